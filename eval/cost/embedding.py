"""Copydesk's embedder beside sentence-transformers' own ``encode``, on the same passages in the same run."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from eval.bench import realtimeqa
from eval.bench.vectors import RememberingEmbedder
from eval.metrics import hit_rate
from rag.config import Settings, go_offline
from rag.models import embedder_path
from rag.search.embed import Embedder, load_embedder

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIZE = 384  # passages in each of a pair
DEPTH = 5
STEP = 512

Told = Callable[[str, int, int], None]


class Plain(Embedder):
    """``SentenceTransformer(folder).encode(texts)``: float32, everything as it comes."""

    def __init__(self, settings: Settings) -> None:
        go_offline()
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()
        super().__init__(embedder_path(settings), "plain")
        self._plain = SentenceTransformer(str(embedder_path(settings)), device="cpu", local_files_only=True)

    @property
    def fingerprint(self) -> str:
        return "plain-" + super().fingerprint

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self.encode_documents(texts)

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.asarray(self._plain.encode(list(texts), show_progress_bar=False), dtype=np.float32)


def pairs(texts: Sequence[str], plain: Embedder, settings: Settings, count: int, told: Told) -> dict[str, Any]:
    """``count`` times the same passages by both, one right after the other, so that what else runs slows both; and by
    Copydesk's embedder kept to float32, as on a CPU without bfloat16."""
    quick = load_embedder(settings)
    exact = load_embedder(replace(settings, exact_embedding=True))
    ways = {"plain": plain, "copydesk": quick, "float32": exact}
    for embedder in ways.values():
        embedder.encode_documents(texts[:16])
    random = np.random.default_rng(0)
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    cosines = []
    for turn in range(count):
        told("pairs", turn, count)
        chosen = [texts[int(place)] for place in random.choice(len(texts), min(SIZE, len(texts)), replace=False)]
        vectors = {}
        for name in sorted(ways, reverse=bool(turn % 2)):
            start = time.perf_counter()
            vectors[name] = ways[name].encode_documents(chosen)
            seconds[name].append(time.perf_counter() - start)
        cosines.append(float((vectors["plain"] * vectors["copydesk"]).sum(axis=1).min()))
    size = min(SIZE, len(texts))
    rates = {name: size * len(spent) / sum(spent) for name, spent in seconds.items()}
    ratios = [a / b for a, b in zip(seconds["plain"], seconds["copydesk"], strict=True)]
    return {
        "pairs": count,
        "passages_in_each": size,
        "passages_per_s": {name: round(rate, 1) for name, rate in rates.items()},
        "ratio": round(statistics.median(ratios), 2),
        "ratio_lowest": round(min(ratios), 2),
        "ratio_float32": round(
            statistics.median(a / b for a, b in zip(seconds["plain"], seconds["float32"], strict=True)), 2
        ),
        "lowest_cosine": round(min(cosines), 5),
        "query": {name: _query_ms(ways[name], texts) for name in ways},
    }


def _query_ms(embedder: Embedder, texts: Sequence[str]) -> float:
    """Median milliseconds for one question-sized text."""
    spent = []
    for text in texts[:50]:
        start = time.perf_counter()
        embedder.encode_queries([" ".join(text.split()[:12])])
        spent.append(time.perf_counter() - start)
    return round(1000 * statistics.median(spent), 2)


def quality(
    texts: Sequence[str], articles: Sequence[str], plain: Embedder, settings: Settings, cache: Path, told: Told
) -> dict[str, Any]:
    """Article hit@5 by vectors alone over these passages, ``articles`` the id of each, with either embedder, and with
    questions of the one asked of the passages of the other. Vectors are remembered in ``cache``."""
    cases = [c for c in realtimeqa.load(Path(settings.bench_dir or ".")) if set(c.data["articles"]) & set(articles)]
    questions = [case.data["question"] for case in cases]
    made: dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]] = {}
    for name, embedder in (("plain", plain), ("copydesk", _Quick(settings))):
        remembering = RememberingEmbedder(embedder, cache)
        parts = []
        for start in range(0, len(texts), STEP):
            told(f"vectors, {name}", start, len(texts))
            parts.append(remembering.encode_documents(texts[start : start + STEP]))
        remembering.close()
        made[name] = np.concatenate(parts), embedder.encode_queries(questions)
    found = {}
    for passages, (matrix, _) in made.items():
        for asked, (_, vectors) in made.items():
            ranked = [_articles(matrix @ vector, articles) for vector in vectors]
            rate = hit_rate(ranked, [set(c.data["articles"]) for c in cases], DEPTH)
            found[passages if passages == asked else f"{asked} questions, {passages} passages"] = rate
    return {"questions": len(cases), "passages": len(texts), "hit5": found}


class _Quick(Embedder):
    """Copydesk's embedder under a name of its own, so that nothing else's vectors are taken for its."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(embedder_path(settings), "copydesk", settings.n_threads)

    @property
    def fingerprint(self) -> str:
        return "bench-" + super().fingerprint


def _articles(scores: NDArray[np.float32], articles: Sequence[str]) -> list[str]:
    """The first articles, ranked by their best passage."""
    best: dict[str, None] = {}
    for place in np.argsort(-scores, kind="stable"):
        best.setdefault(articles[int(place)])
        if len(best) == DEPTH:
            break
    return list(best)
