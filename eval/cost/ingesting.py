"""An ordinary ingest of real articles, with the time of each stage."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from eval.bench import archives
from eval.bench.base import Text
from eval.cost.timing import Clock, disk, timed
from rag.archive import Archive
from rag.config import Settings
from rag.errors import SourceError
from rag.intake import chunk, clean
from rag.search.bm25 import BM25Index
from rag.search.embed import Embedder
from rag.search.index import indexed_text
from rag.search.store import VectorStore
from rag.sources import read_paths
from rag.types import Progress, RawDocument


def ingest(texts: Sequence[Text], settings: Settings, folder: Path, told: Progress) -> dict[str, Any]:
    """Reading is timed by itself, before: within the ingest it goes on beside the other stages."""
    archives.write(texts, folder / "articles")
    start = time.perf_counter()
    read_paths([folder / "articles"])
    reading = time.perf_counter() - start
    clock = Clock(float)
    stages = [
        ("clean", clean, "clean"),
        ("chunk", chunk, "chunk"),
        ("embed", Embedder, "encode_documents"),
        ("upsert", VectorStore, "create"),
        ("words", BM25Index, "updated"),
    ]
    with Archive.open(replace(settings, archive_dir=folder / "archive"), write=True) as archive:
        archive.embedder.encode_queries(["warm"])
        start = time.perf_counter()
        with timed(clock, *stages):
            report = archive.ingest([folder / "articles"], progress=told)
        total = time.perf_counter() - start
        passages = archive.info()["passages"]
    return {
        "articles": len(report.added),
        "passages": passages,
        "seconds": round(total, 1),
        "passages_per_s": round(passages / total, 1),
        "stages_s": {"read": round(reading, 1)} | {name: round(clock[name], 1) for name, _, _ in stages},
        "disk_mb": round(disk(folder / "archive"), 1),
    }


def passages(texts: Sequence[Text]) -> list[tuple[str, str]]:
    """(indexed text, article id) of every passage, cleaned and cut as an ingest does, but for what articles share."""
    found = []
    for text in texts:
        raw = RawDocument(text.id, text.id, text.text, text.title, text.outlet, text.published_at)
        with suppress(SourceError):  # too short, or not text
            article = clean.clean(raw, "")
            found += [(indexed_text(passage, article.title), text.id) for passage in chunk.chunk(article)]
    return found
