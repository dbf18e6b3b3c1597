"""How often search finds the article that answers, beside plain retrievers; and the weights of its fusion.

    python -m eval.retrieval               hit@k, MRR and milliseconds, on RealTimeQA and on MultiHop-RAG's facts
    python -m eval.retrieval --fit         prints weights for ``rag/search/fusion.py`` too

Questions are asked as of their own day, of the whole index. Copydesk's row is out of fold: each tenth of the questions
is ranked with weights fitted on the rest. RealTimeQA's labels are weak (an article that holds the answer's words need
not answer), so 50 questions were read by hand: ``bench/realtimeqa_checked.json`` names the articles that really answer,
of those that any of the retrievers ranked among its first five.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import platformdirs
from numpy.typing import NDArray

from eval.bench import archives, multihop_rag, realtimeqa
from eval.bench.base import Bench, Case
from eval.bench.matching import holds
from eval.bench.splits import bucket
from eval.fit_ranking import fit
from eval.metrics import hit_rate, mean_reciprocal_rank
from rag.archive import Archive
from rag.config import load_settings
from rag.search.fusion import WEIGHTS, Signs, Weights
from rag.types import Filter, Hit

SIGNS = tuple(f.name for f in fields(Signs))
DEPTH = 10
READ = 8  # passages of which every sentence is compared with the question
CANDIDATES = 100  # hits taken of each question, whose order the weights decide
CHECKED = Path(__file__).parent / "bench" / "realtimeqa_checked.json"
PENALTY = 0.01  # ridge on standardised signs
FOLDS = 10
RRF = 60  # Cormack, Clarke and Büttcher, "Reciprocal rank fusion outperforms Condorcet" (2009)

Ranked = Sequence[Sequence[str]]  # of each question, article ids, best first


@dataclass(frozen=True, slots=True)
class Found:
    """A question with what search found: hits best first, plain rankings (article ids), the search's milliseconds."""

    case: Case
    hits: Sequence[Hit]
    plain: Mapping[str, Sequence[str]]
    ms: float

    def signs(self) -> NDArray[np.float64]:
        """[hits, signs]"""
        return np.array([[hit.signs[name] for name in SIGNS] for hit in self.hits]).reshape(-1, len(SIGNS))

    def holders(self) -> NDArray[np.bool_]:
        """Which hits are of an article labelled as answering."""
        return np.array([bool(ids(hit) & set(self.case.data["articles"])) for hit in self.hits], dtype=bool)

    def stating(self) -> NDArray[np.bool_]:
        """Which of those state the answer themselves, where the benchmark gives it as words."""
        gold = self.case.data["gold"]
        texts = [gold] if isinstance(gold, str) else gold
        stated = [any(holds(hit.passage.text, text) for text in texts) for hit in self.hits]
        return np.logical_and(self.holders(), stated)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", action="store_true", help="print weights fitted on all questions")
    parser.add_argument("--limit", type=int, help="questions of each set")
    options = parser.parse_args(argv)
    settings = load_settings()
    if settings.bench_dir is None:
        print("Skipped: set COPYDESK_BENCH_DIR to the folder that holds the benchmarks' data.")
        return 0
    cache = Path(platformdirs.user_cache_dir("copydesk", appauthor=False)) / "bench"
    sets: dict[str, list[Found]] = {}
    for bench in (realtimeqa.BENCH, multihop_rag.BENCH):
        built = archives.build(bench.name, bench.texts(settings.bench_dir), settings, cache, None)
        with Archive.open(built.settings) as archive:
            sets[bench.name] = [find(archive, c) for c in cases(bench, settings.bench_dir)[: options.limit]]
    for line in table(sets):
        print(line)
    if options.fit:
        print(weights_code(fitted([f for found in sets.values() for f in found])))
    return 0


def cases(bench: Bench, folder: Path) -> list[Case]:
    return [case for case in bench.load(folder) if case.data["articles"]]


def find(archive: Archive, case: Case) -> Found:
    """Search as a user's question is searched, and as the plain retrievers would."""
    question, filter = case.data["question"], Filter(as_of=case.data.get("as_of"))
    archive.search(question, 1, filter)  # not timed: what a first search loads
    began = time.perf_counter()
    archive.search(question, DEPTH, filter)
    ms = 1000 * (time.perf_counter() - began)
    hits = archive.search(question, CANDIDATES, filter)
    ranks = {side: {h.passage.id: h.ranks[side] for h in hits if side in h.ranks} for side in ("dense", "bm25")}
    article = {h.passage.id: h.article.id for h in hits}
    rrf: dict[str, float] = {}
    for ranking in ranks.values():
        for passage, rank in ranking.items():
            rrf[passage] = rrf.get(passage, 0.0) + 1 / (RRF + rank)
    plain = {
        **{side: [article[p] for p in sorted(ranking, key=ranking.__getitem__)] for side, ranking in ranks.items()},
        "rrf": [article[p] for p in sorted(rrf, key=lambda p: (-rrf[p], p))],
    }
    return Found(case, hits, {side: list(dict.fromkeys(order)) for side, order in plain.items()}, ms)


# --- weights --------------------------------------------------------------------------------------


def fitted(found: Sequence[Found], without: Sequence[str] = ()) -> Weights:
    """Weights under which the hits that answer come first: half by article, half by passage. ``without`` are signs left
    out."""
    keep = [i for i, name in enumerate(SIGNS) if name not in without]
    every = np.concatenate([f.signs()[:, keep] for f in found])
    scale = every.std(0) + 1e-9
    examples = []
    for each in found:
        signs = (each.signs()[:, keep] - every.mean(0)) / scale
        for label in (each.holders(), each.stating()):
            if label.any() and not label.all():
                examples.append((signs, label, 0.5))
    beta = fit(examples, PENALTY) / scale
    return Weights(**dict.fromkeys(without, 0.0), **{SIGNS[i]: float(b) for i, b in zip(keep, beta, strict=True)})


def out_of_fold(found: Sequence[Found]) -> list[list[str]]:
    """Of each question, the articles as weights fitted on the other folds' questions rank them."""
    folds = [bucket(f.case.id) % FOLDS for f in found]
    weights = {fold: fitted([f for f, n in zip(found, folds, strict=True) if n != fold]) for fold in sorted(set(folds))}
    return [ranked(f, weights[fold]) for f, fold in zip(found, folds, strict=True)]


def ranked(found: Found, weights: Weights) -> list[str]:
    """Article ids as these weights rank them, best first."""
    score = found.signs() @ np.array([getattr(weights, name) for name in SIGNS])
    order = sorted(range(len(found.hits)), key=lambda i: (-score[i], found.hits[i].passage.id))
    return list(dict.fromkeys(found.hits[i].article.id for i in order))


def weights_code(weights: Weights) -> str:
    values = ", ".join(f"{name}={getattr(weights, name):.2f}" for name in SIGNS)
    return f"WEIGHTS = Weights({values})"


# --- the table ------------------------------------------------------------------------------------


def table(sets: Mapping[str, Sequence[Found]]) -> list[str]:
    lines = []
    for name, found in sets.items():
        if not found:
            continue
        gold = [set(f.case.data["articles"]) for f in found]
        shipped = [ranked(f, WEIGHTS) for f in found]
        rows: dict[str, Ranked] = {
            "MiniLM": [f.plain["dense"] for f in found],
            "BM25": [f.plain["bm25"] for f in found],
            "RRF of both": [f.plain["rrf"] for f in found],
            "Copydesk, out of fold": out_of_fold(found),
            "Copydesk, as shipped": shipped,
        }
        ms = statistics.median(f.ms for f in found)
        lines += ["", f"{name}: {len(found)} questions, median search {ms:.0f} ms", *_rows(rows, gold)]
        if name != realtimeqa.BENCH.name:
            continue
        stated = sum(bool(f.stating()[:READ].any()) for f in found) / len(found)
        lines.append(f"an answering article's passage that states the answer is among the first {READ}: {stated:.3f}")
        checked = _checked()
        at = [i for i, f in enumerate(found) if checked.get(f.case.id)]
        if at:
            lines += ["", f"{name}, the {len(at)} of 50 read by hand that an article answers"]
            lines += _rows({k: [v[i] for i in at] for k, v in rows.items()}, [checked[found[i].case.id] for i in at])
    return lines


def _rows(rows: Mapping[str, Ranked], gold: Sequence[set[str]]) -> list[str]:
    lines = [f"{'':24}{'hit@1':>8}{'hit@5':>8}{'MRR@10':>8}"]
    measures: list[Callable[[Ranked], float]] = [
        lambda r: hit_rate(r, gold, 1),
        lambda r: hit_rate(r, gold, 5),
        lambda r: mean_reciprocal_rank(r, gold, DEPTH),
    ]
    return [*lines, *(f"{name:24}" + "".join(f"{measure(r):8.3f}" for measure in measures) for name, r in rows.items())]


def _checked() -> dict[str, set[str]]:
    return {i: set(relevant) for i, relevant in json.loads(CHECKED.read_text(encoding="utf-8")).items()}


def ids(hit: Hit) -> set[str]:
    return {hit.article.id, *hit.also_in}


if __name__ == "__main__":
    sys.exit(main())
