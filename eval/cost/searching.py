"""Search times and memory of one archive, in a process that has done nothing else.

python -m eval.cost.searching ARCHIVE QUESTIONS.json     prints one JSON object
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eval.cost.timing import Clock, memory, percentiles, timed
from rag.archive import Archive
from rag.catalog import Catalog
from rag.config import load_settings
from rag.search.bm25 import BM25Index
from rag.search.embed import Embedder, load_embedder
from rag.search.index import Index
from rag.search.store import VectorStore
from rag.types import Filter

STAGES: list[tuple[str, object, str]] = [
    ("embed", Embedder, "encode_queries"),
    ("dense", VectorStore, "query"),
    ("dense", VectorStore, "vectors"),
    ("bm25", BM25Index, "scores"),
    ("bm25", BM25Index, "best"),
    ("bm25", BM25Index, "group_scores"),
    ("bm25", BM25Index, "share"),
    ("fetch", Catalog, "passages"),
    ("fetch", Catalog, "allowed"),
    ("fetch", Catalog, "articles"),
    ("fetch", Catalog, "cluster_of"),
]
FILTERS = {
    "open": Filter(),
    "half of the days": Filter(since="2020-07-01", until="2022-12-31"),
    "one outlet": Filter(sources=("Outlet 07",)),  # of forty
}
DEEP = 50


def measure(archive_dir: Path, questions: Sequence[str]) -> dict[str, Any]:
    settings = load_settings(archive_dir=archive_dir)
    embedder = load_embedder(settings)
    embedder.encode_queries(["warm"])
    before = memory()
    start = time.perf_counter()
    with Archive.open(settings, embedder=embedder) as archive:
        archive.search(questions[0])
        ready = time.perf_counter() - start
        after = memory()
        figures: dict[str, Any] = {
            "ready_s": round(ready, 2),
            "memory_mb": round(after["own"] - before["own"], 1),
            "mapped_mb": round(after["files"] - before["files"], 1),
        }
        for name, filter in FILTERS.items():
            archive.search(questions[0], filter=filter)
            clock, spent = Clock(float), []
            with timed(clock, *STAGES):
                for question in questions:
                    start = time.perf_counter()
                    archive.search(question, filter=filter)
                    spent.append(time.perf_counter() - start)
            stages = {stage: clock[stage] for stage, _, _ in STAGES}
            stages["other"] = sum(spent) - sum(stages.values())
            figures[name] = percentiles(spent) | {
                "mean_ms": {stage: round(1000 * took / len(spent), 2) for stage, took in stages.items()}
            }
    return figures | {"recall50": recall(archive_dir, embedder, questions[:50])}


def recall(archive_dir: Path, embedder: Embedder, questions: Sequence[str]) -> dict[str, float]:
    """Which share of the 50 nearest passages by exact comparison the vector search finds: of all, of a random half, and
    of a random hundredth. Mean over questions."""
    found: dict[str, list[float]] = {}
    with Catalog.open(archive_dir / "catalog.sqlite3", read_only=True) as catalog:
        index = Index(archive_dir / "index", catalog)
        snapshot = index.snapshot(embedder)
        if snapshot is None:
            return {}
        store, random = snapshot.store, np.random.default_rng(0)
        masks = {name: random.random(len(store.ids)) < share for name, share in (("half", 0.5), ("hundredth", 0.01))}
        for vector in embedder.encode_queries(questions):
            for name, mask in {"all": None, **masks}.items():
                near = {i for i, _ in store.query(vector, DEEP, mask)}
                exact = {i for i, _ in store.query(vector, DEEP, mask, exact=True)}
                found.setdefault(name, []).append(len(near & exact) / max(1, len(exact)))
        index.close()
    return {name: round(statistics.fmean(shares), 4) for name, shares in found.items()}


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")))))
