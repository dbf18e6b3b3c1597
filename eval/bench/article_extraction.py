"""Article extraction: web pages with their article's text, scored by shingles of four words as the benchmark scores.

A page's words are those of ``\\w+``, case kept. Its shingles are the runs of four words, each as often as it stands;
a text with fewer words is one shingle. Precision is the share of the extracted shingles that are the article's, recall
the share of the article's that were extracted; each is averaged over the pages that have any, and F1 is the harmonic
mean of the two averages. Scrapinghub, article-extraction-benchmark (2020), its evaluation re-told.

In the same run trafilatura extracts the same pages, with its own settings and without readers' comments, and its
published output of 2.0.0 is scored.
"""

from __future__ import annotations

import gzip
import json
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from eval.bench.base import Bench, Case, Figure, Row, figure
from eval.metrics import share
from rag.errors import SourceError
from rag.intake import clean
from rag.intake.provenance import url_day
from rag.sources import pages
from rag.types import RawDocument

TRUTH = "article_extraction/ground-truth.json"
PUBLISHED = "article_extraction/trafilatura_reference_output.json"
SHINGLE = 4
NOW = "2026-01-01T00:00:00+00:00"
SYSTEMS = {
    "cleaned": "Copydesk, cleaned",  # as the archive gets it
    "page": "Copydesk, page only",
    "trafilatura": "trafilatura",
    "no_comments": "trafilatura, no comments",
    "published": "trafilatura 2.0.0",  # its published output
}
Counts = tuple[int, int, int]  # shingles in both, only extracted, only in the article


def load(folder: Path) -> list[Case]:
    """One case a page."""
    truth = json.loads((folder / TRUTH).read_text(encoding="utf-8"))
    published = json.loads((folder / PUBLISHED).read_text(encoding="utf-8"))["output"]
    return [
        Case(
            key,
            key,
            {
                "url": page["url"],
                "article": page["articleBody"],
                "published": published[key]["articleBody"],
                "html": str(folder / "article_extraction" / "html" / f"{key}.html.gz"),
            },
        )
        for key, page in sorted(truth.items())
    ]


def ask(_: Any, case: Case) -> dict[str, Any]:
    """The shingles each extractor got right and wrong on one page, the time, and the day found without its address."""
    import trafilatura

    html = gzip.decompress(Path(case.data["html"]).read_bytes())
    url = case.data["url"]
    started = time.perf_counter()
    page = pages.extract(html, url)
    took = 1000 * (time.perf_counter() - started)
    texts = {
        "cleaned": _cleaned(page, url),
        "page": page.text,
        "trafilatura": trafilatura.extract(html) or "",
        "no_comments": trafilatura.extract(html, include_comments=False) or "",
        "published": case.data["published"],
    }
    hidden = pages.extract(_without_address(html))
    return {
        "url": url,
        "ms": took,
        "counts": {name: counts(case.data["article"], text) for name, text in texts.items()},
        "day": [url_day(url), hidden.published_at, hidden.published_at_source],
        "outlet": [page.outlet, page.outlet_source],
    }


def counts(article: str, extracted: str) -> Counts:
    """How many shingles stand in both, only in ``extracted``, only in ``article``."""
    gold, found = shingles(article), shingles(extracted)
    both = sum((gold & found).values())
    return both, sum(found.values()) - both, sum(gold.values()) - both


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """The runs of four words in ``text`` with how often each stands there."""
    words = re.findall(r"\w+", text)
    if not words:
        return Counter()
    return Counter(tuple(words[i : i + SHINGLE]) for i in range(max(1, len(words) - SHINGLE + 1)))


def precision(pages_counts: Sequence[Counts]) -> float | None:
    """The mean over pages of which anything was extracted; None where there are none."""
    return _mean([both / (both + extra) for both, extra, _ in pages_counts if both + extra])


def recall(pages_counts: Sequence[Counts]) -> float | None:
    """The mean over pages that hold an article; None where there are none."""
    return _mean([both / (both + lost) for both, _, lost in pages_counts if both + lost])


def f1(pages_counts: Sequence[Counts]) -> float | None:
    """The harmonic mean of mean precision and mean recall."""
    p, r = precision(pages_counts), recall(pages_counts)
    return 2 * p * r / (p + r) if p and r else None if p is None or r is None else 0.0


def score(rows: Sequence[Row]) -> list[Figure]:
    def of(name: str, measure: Callable[[Sequence[Counts]], float | None]) -> Callable[[Sequence[Row]], float | None]:
        return lambda some: measure([tuple(row["counts"][name]) for row in some])

    def gain(some: Sequence[Row]) -> float | None:
        ours, *theirs = (of(name, f1)(some) for name in ("cleaned", "trafilatura", "no_comments"))
        return None if ours is None or None in theirs else ours - max(t for t in theirs if t is not None)

    figures = [
        figure(f"{name}_{key}", f"{label}: {key}", rows, of(name, measure))
        for name, label in SYSTEMS.items()
        for key, measure in (("F1", f1), ("precision", precision), ("recall", recall))
    ]
    note = "F1 of what the archive gets, less that of the better of trafilatura's two runs on the same pages"
    figures.insert(0, figure("gain", "F1 above trafilatura", rows, gain, reach=0.0, note=note))
    dated = [row for row in rows if row["day"][0]]
    told = [row for row in dated if row["day"][1]]
    note = "of pages whose address holds the day, with the address hidden from the reader"
    return [
        *figures,
        figure("day_told", "Day told, its address hidden", dated, lambda s: share(bool(r["day"][1]) for r in s).value),
        figure(
            "day_right", "Told day right to the day", told, lambda s: share(_off(r) == 0 for r in s).value, note=note
        ),
        figure("day_near", "Told day right to a day", told, lambda s: share(_off(r) <= 1 for r in s).value),
        figure(
            "ms",
            "Milliseconds a page, median",
            rows,
            lambda s: statistics.median(r["ms"] for r in s),
            reach=100,
            at_most=True,
        ),
    ]


def _off(row: Row) -> int:
    true, told = (date.fromisoformat(day) for day in row["day"][:2])
    return abs((true - told).days)


def _cleaned(page: pages.Page, url: str) -> str:
    raw = RawDocument(key="page", path=url, text=page.text, title=page.title, outlet=page.outlet, url=url)
    try:
        return clean.clean(raw, NOW).text
    except SourceError:  # nothing was left
        return ""


def _without_address(html: bytes) -> bytes:
    return re.sub(rb"<(?:link[^>]*\bcanonical\b|meta[^>]*\bog:url\b|meta[^>]*\btwitter:url\b)[^>]*>", b"", html)


def _mean(values: list[float]) -> float | None:
    return statistics.fmean(values) if values else None


BENCH = Bench(
    "article_extraction",
    "the article in a web page, by shingles of four words",
    (TRUTH, PUBLISHED),
    load,
    lambda _: (),
    ask,
    score,
    needs_llm=False,
    needs_archive=False,
)
