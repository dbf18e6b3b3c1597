"""How long the catalog takes when it is large, on articles that are made up.

    python -m eval.catalog_scale --articles 100000 --passages 10

Words are drawn as they occur in a language (Zipf's law); a tenth of the articles are copies of earlier ones with a
sentence more. Each figure is one call on a warm file, in milliseconds.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

from rag.catalog import Catalog
from rag.intake import clusters
from rag.intake import ingest as ingesting
from rag.intake.chunk import passage_id
from rag.types import Article, Filter, Listing, Passage, Span

_SYLLABLES = ("ba", "de", "fi", "go", "ku", "la", "me", "ni", "po", "ru", "sa", "te", "vi", "wo", "xa")
_VOCABULARY, _OUTLETS, _BATCH = 20_000, 60, 64


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--passages", type=int, default=10, help="of each article")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder, Catalog.open(Path(folder) / "catalog.sqlite3") as catalog:
        began = time.perf_counter()
        for batch in _batches(articles(options.articles)):
            with catalog.transaction():
                for article in batch:
                    catalog.put(article, passages(article, options.passages))
        print(f"{options.articles:,} articles, {len(catalog.passage_ids()):,} passages")
        print(f"store one article           {(time.perf_counter() - began) * 1000 / options.articles:10.2f} ms")
        measure(catalog, options.articles)
        size = (Path(folder) / "catalog.sqlite3").stat().st_size
        print(f"size of the file            {size / 1e6:10.0f} MB")
    return 0


def _batches(found: Iterator[Article]) -> Iterator[list[Article]]:
    while batch := [article for article, _ in zip(found, range(_BATCH), strict=False)]:
        yield batch


def articles(count: int) -> Iterator[Article]:
    chance = random.Random(3)
    words = ["".join(chance.choice(_SYLLABLES) for _ in range(chance.randint(1, 4))) for _ in range(_VOCABULARY)]
    weights = list(accumulate(1 / (rank + 5) for rank in range(_VOCABULARY)))

    def sentence() -> str:
        return " ".join(chance.choices(words, cum_weights=weights, k=chance.randint(8, 20))).capitalize() + "."

    kept: list[str] = []
    for number in range(count):
        if kept and chance.random() < 0.1:
            text = f"{chance.choice(kept)} {sentence()}"
        else:
            text = " ".join(sentence() for _ in range(chance.randint(6, 12)))
        if len(kept) < 2000:
            kept.append(text)
        day = f"20{chance.randint(10, 24)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
        yield Article(
            id=f"a{number}",
            text=text,
            content_hash=hashlib.sha256(text.encode()).hexdigest(),
            title=sentence()[:60],
            outlet=f"Outlet {chance.randrange(_OUTLETS)}",
            published_at=None if number % 20 == 0 else day,
            published_at_source="unknown" if number % 20 == 0 else "metadata",
            language="en",
            path=f"/news/a{number}.txt",
            ingested_at="2026-01-01T00:00:00+00:00",
        )


def passages(article: Article, count: int) -> list[Passage]:
    step = -(-len(article.text) // count)
    return [
        Passage(passage_id(article.content_hash, a, b), article.content_hash, a, b, article.text[a:b], (Span(a, b),))
        for a in range(0, len(article.text), step)
        for b in (min(len(article.text), a + step),)
    ]


def measure(catalog: Catalog, count: int) -> None:
    def timed(name: str, call: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        found = call()
        print(f"{name:28}{(time.perf_counter() - began) * 1000:10.1f} ms")
        return found

    def page(**wanted: Any) -> Callable[[], Any]:
        return lambda: catalog.articles_page(Listing(**wanted))

    timed("near-copies, all new", lambda: clusters.settle(catalog))
    some = [row[0] for row in catalog.rows("SELECT hash FROM contents LIMIT 60")]
    recent = Filter(since="2020-01-01")
    timed("clusters of 60 texts", lambda: catalog.cluster_of(some))
    timed("a filter, of 60 texts", lambda: catalog.allowed(recent, some))
    timed("how many pass a filter", lambda: catalog.extent(recent))
    timed("passages with their filters", catalog.passage_rows)
    timed("titles", catalog.titles)
    timed("counts for info", catalog.stats)
    timed("list: first page", page())
    timed("list: newest first", page(sort="-published"))
    timed("list: nine tenths on", page(sort="-published", offset=count * 9 // 10))
    timed("list: two words", page(search="outlet ba"))
    timed("list: an outlet since 2020", page(filter=Filter(sources=("Outlet 3",), since="2020-01-01")))
    timed("copies of an article", lambda: catalog.copies_of("a1"))
    timed("remove an article", lambda: ingesting.remove(["a1"], catalog))
    timed("near-copies after that", lambda: clusters.settle(catalog))
    timed("copy all, for a dry run", lambda: catalog.scratch().close())


if __name__ == "__main__":
    sys.exit(main())
