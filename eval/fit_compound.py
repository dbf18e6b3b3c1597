"""How the limits for questions of several clauses do: ``rag/compound/names.py`` and ``rag/compound/closed.py``.

    python -m eval.fit_compound            prints a table for MultiHop-RAG's fit part; asks the language model

Every question is asked twice: of all articles, and of all but its own, where nothing is to be said. A limit is good
that gives up little of the first for much of the second.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import platformdirs

from eval.bench import archives, multihop_rag
from eval.bench.base import Case
from eval.bench.matching import holds
from eval.bench.splits import part
from rag.archive import Archive
from rag.compound import answer as compound_answer
from rag.compound import closed as compound_closed
from rag.compound import names as compound_names
from rag.compound.answer import Parts
from rag.compound.closed import Evidence, Likeness
from rag.compound.question import Compound
from rag.config import load_settings
from rag.llm import load_llm
from rag.llm.base import LLM
from rag.types import Filter


@dataclass(frozen=True, slots=True)
class Named:
    """A question for a name: the best name's relevance, and whether it is the gold one. ``own``: its articles count."""

    score: float
    right: bool
    own: bool


@dataclass(frozen=True, slots=True)
class Closed:
    """A yes/no question with what was found for its clauses."""

    plan: Compound
    evidence: Sequence[Evidence]
    like: Likeness
    gold: str
    own: bool


def main(argv: Sequence[str] | None = None) -> int:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args(argv)
    settings = load_settings()
    if settings.bench_dir is None:
        sys.exit("Set COPYDESK_BENCH_DIR to the folder that holds the benchmarks' data.")
    llm = load_llm(settings)
    if llm is None:
        sys.exit("No language model is set.")
    texts, cases = multihop_rag.texts(settings.bench_dir), multihop_rag.load(settings.bench_dir)
    cache = Path(platformdirs.user_cache_dir("copydesk", appauthor=False)) / "bench"
    own = archives.build(multihop_rag.BENCH.name, texts, settings, cache, None).settings
    named: list[Named] = []
    closed: list[Closed] = []
    with closing(llm), Archive.open(own) as archive:
        for case in (c for c in cases if part(c.document) == "fit"):
            for result in examine(archive, llm, case):
                if isinstance(result, Named):
                    named.append(result)
                else:
                    closed.append(result)
    _show_named(named)
    _show_closed(closed)
    return 0


def examine(archive: Archive, llm: LLM, case: Case) -> Iterator[Named | Closed]:
    """The case asked of all articles, and of all but its own; nothing for an ordinary question."""
    every = compound_answer.look(case.data["question"], archive, Filter())
    if every is None or not case.data["answerable"]:
        return
    for parts, own in ((every, True), (without(every, case.data["articles"]), False)):
        if parts.plan.kind == "which":
            ranked = compound_names.vote(parts.plan.asked, parts.found, parts.outlets)
            if ranked:
                yield Named(ranked[0].score, own and holds(ranked[0].name, case.data["gold"]), own)
        elif multihop_rag.gold(case.data) and all(found.ranked for found in parts.found):
            evidence, like = compound_answer.judged(llm, parts, archive.embedder)
            yield Closed(parts.plan, evidence, like, multihop_rag.gold(case.data) or "", own)


def without(parts: Parts, articles: Collection[str]) -> Parts:
    """What was found, but for these articles."""
    return replace(
        parts,
        found=tuple(
            replace(
                found,
                hits=tuple(h for h in found.hits if h.article.id not in articles),
                ranked=tuple(s for s in found.ranked if s.sentence.article.id not in articles),
            )
            for found in parts.found
        ),
    )


def _show_named(results: Sequence[Named]) -> None:
    for limit in (0.5, 0.6, compound_names.LEAST, 0.7, 0.8):
        told = Counter((r.own, r.right) for r in results if r.score >= limit)
        print(
            f"LEAST {limit}: right {told[True, True]}, wrong {told[True, False]}, told without their articles "
            f"{told[False, False]}, of {sum(r.own for r in results)}"
        )


def _show_closed(results: Sequence[Closed]) -> None:
    kept = compound_closed.HOLDS, compound_closed.FOUND
    for holds_at in (0.4, 0.5, 0.6):
        for found_at in (0.2, 0.3, 0.4):
            compound_closed.HOLDS, compound_closed.FOUND = holds_at, found_at
            told: Counter[tuple[bool, bool]] = Counter()
            for r in results:
                found = compound_closed.verdict(r.plan, r.evidence, r.like)
                if found:
                    told[r.own, found.word.lower() == r.gold] += 1
            print(
                f"HOLDS {holds_at} FOUND {found_at}: right {told[True, True]}, wrong {told[True, False]}, told without "
                f"their articles {told[False, True] + told[False, False]}, of {sum(r.own for r in results)}"
            )
    compound_closed.HOLDS, compound_closed.FOUND = kept


if __name__ == "__main__":
    sys.exit(main())
