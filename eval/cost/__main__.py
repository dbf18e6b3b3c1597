"""``make bench``: what an archive costs, and how it grows. Needs COPYDESK_BENCH_DIR.

    python -m eval.cost                                  embedding, ingest, searches at 1k, 10k and 100k passages
    python -m eval.cost --sizes 1000,1000000             other sizes (a million takes 10 GB of disk and half an hour)
    python -m eval.cost --only sizes --html growth.html  a part of it; the page with the plots

Ends with one line of JSON. Vectors for the comparison of hit@5 are kept in the user's cache folder.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import platformdirs

from eval.bench import realtimeqa
from eval.bench import report as telling
from eval.cost import embedding, growing, ingesting, page
from eval.cost.synthetic import Model, SyntheticEmbedder
from eval.machine import describe
from rag.config import Settings, load_settings
from rag.errors import CopydeskError
from rag.search.embed import load_embedder

PARTS = ("embedding", "quality", "ingest", "sizes")
ASKED = 150  # questions timed at each size
KNOWN = 2000  # real passages whose vectors the synthetic ones are made of


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code: 0 done or skipped, 2 on bad input."""
    options = _parser().parse_args(argv)
    settings = load_settings()
    missing = [
        n
        for n in (realtimeqa.QUESTIONS, realtimeqa.RESULTS)
        if not (settings.bench_dir or Path()).joinpath(n).is_file()
    ]
    if settings.bench_dir is None or missing:
        telling.line("Skipped make bench: set COPYDESK_BENCH_DIR to the folder with realtimeqa/ in it.")
        return 0
    try:
        run = measure(options, settings, settings.bench_dir)
    except CopydeskError as error:
        telling.warn(f"Error: {error}")
        return 2
    page.tables(run)
    if options.html:
        options.html.write_text(page.page(run), encoding="utf-8")
    print(json.dumps(run))
    return 0


def measure(options: argparse.Namespace, settings: Settings, bench: Path) -> dict[str, Any]:
    run: dict[str, Any] = {
        "started_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": describe(),
        "embedder": settings.embedder,
        "sizes": [],
        "left_out": [],
    }
    told = telling.building()
    cache = Path(platformdirs.user_cache_dir("copydesk", appauthor=False)) / "bench" / "cost"
    with tempfile.TemporaryDirectory(prefix="copydesk-bench-", dir=options.folder) as temporary:
        folder = Path(temporary)
        articles = list(realtimeqa.texts(bench))
        articles = articles[:: max(1, len(articles) // options.limit)] if options.limit else articles
        if "ingest" in options.only:
            run["ingest"] = ingesting.ingest(articles, settings, folder / "real", told)
        listed = ingesting.passages(articles)
        texts = [text for text, _ in listed]
        if {"embedding", "quality"} & set(options.only):
            plain = embedding.Plain(settings)
            if "embedding" in options.only:
                run["embedding"] = embedding.pairs(texts, plain, settings, options.pairs, told)
            if "quality" in options.only:
                owners = [article for _, article in listed]
                run["quality"] = embedding.quality(texts, owners, plain, settings, cache, told)
        if "sizes" in options.only:
            some = texts[:: max(1, len(texts) // KNOWN)]
            embedder = load_embedder(settings)
            model = Model.of(texts, embedder.encode_documents(some))
            stand_in = SyntheticEmbedder(model, embedder.name, embedder.fingerprint)
            questions = [case.data["question"] for case in realtimeqa.load(bench)][:ASKED]
            for size in options.sizes:
                if why := growing.lacking(size, folder):
                    run["left_out"].append((size, why))
                    continue
                told("sizes", size, max(options.sizes))
                run["sizes"].append(growing.grow(size, model, stand_in, questions, folder / str(size)))
    return run


def _parser() -> argparse.ArgumentParser:
    def sizes(value: str) -> list[int]:
        return [int(part) for part in value.split(",")]

    def parts(value: str) -> list[str]:
        return [part for part in PARTS if part in value.split(",")]

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=sizes, default=[1000, 10_000, 100_000], help="passages, with commas between")
    parser.add_argument("--only", type=parts, default=list(PARTS), help=f"of {', '.join(PARTS)}")
    parser.add_argument("--limit", type=int, help="RealTimeQA articles taken, spread over all of them")
    parser.add_argument("--pairs", type=int, default=12, help="comparisons with the plain encode")
    parser.add_argument("--folder", type=Path, help="where to make the archives; the system's temporary folder")
    parser.add_argument("--html", type=Path, help="write a page with the figures and plots")
    return parser


if __name__ == "__main__":
    sys.exit(main())
