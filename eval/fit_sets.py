"""Questions to fit on: benchmarks' fit and choose parts, and Copydesk's own invented sets. Never what is reported on.

``squad2-open`` asks over all paragraphs, so that evidence is mixed from several as in an archive; where a question is
open the label is whether the evidence holds a gold answer, not whether one exists. ``seeds`` is for measuring only.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import platformdirs

from eval import known
from eval.bench import archives
from eval.bench.base import Case
from eval.bench.matching import holds
from eval.bench.run import find
from eval.bench.splits import part, place
from eval.choices import ARTICLES, HERE
from eval.known import matches_any
from rag.archive import Archive
from rag.config import Settings
from rag.drafting import Draft
from rag.llm.llama_cpp import LlamaCpp
from rag.models import resolve_llm
from rag.pipeline import Copydesk
from rag.types import Filter, Message, Question

NAMES = ("squad2", "squad2-open", "clapnq", "realtimeqa", "multihop_rag", "mtrag_un", "invented", "gazette")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what says whether a draft's evidence states its answer. ``document`` decides its part."""

    question: Question
    document: str
    answerable: bool
    gold: Sequence[str] | None = None  # the evidence must hold one of them, where given
    facts: Sequence[Collection[str]] = ()  # and of each of these groups one, as in question files


def stated(asked: Asked, draft: Draft) -> bool:
    """Whether the evidence that the model read states the answer."""
    if not asked.answerable:
        return False
    evidence = " ".join(sentence.text for sentence in draft.evidence)
    facts = all(matches_any(group, evidence) for group in asked.facts)
    return facts and (asked.gold is None or any(holds(evidence, gold) for gold in asked.gold))


def holds_part(asked: Asked, text: str) -> bool:
    """Whether a text holds an answer, or one of the facts that make it up."""
    return any(matches_any(group, text) for group in asked.facts) or any(holds(text, gold) for gold in asked.gold or ())


@contextmanager
def open_desk(name: str, settings: Settings, layer: int | None) -> Iterator[Copydesk]:
    """An open desk on the set's archive, its model tapped at ``layer``. Exits with a line where there is none."""
    path = resolve_llm(settings)
    if path is None:
        sys.exit("No local model is set.")
    with tempfile.TemporaryDirectory() as folder, closing(LlamaCpp(path, tap_layer=layer)) as llm:
        if name in ARTICLES:
            own = replace(settings, archive_dir=Path(folder) / "archive")
            with Archive.open(own, write=True) as archive:
                archive.ingest([ARTICLES[name]])
        else:
            bench = find(name.removesuffix("-open"))
            if settings.bench_dir is None:
                sys.exit("Set COPYDESK_BENCH_DIR to the folder that holds the benchmarks' data.")
            cache = Path(platformdirs.user_cache_dir("copydesk", appauthor=False)) / "bench"
            own = archives.build(bench.name, bench.texts(settings.bench_dir), settings, cache, None).settings
        with Copydesk.open(own, llm=llm) as desk:
            yield desk


def asked(name: str, settings: Settings) -> Iterator[Asked]:
    """A set's questions in a fixed order; of a benchmark's, those of its fit and choose parts."""
    if name in ARTICLES:
        for q in known.load(HERE / "questions" / f"{name}.jsonl"):
            if q.expect != "conflicting":
                question = Question(q.question, q.history, Filter(as_of=q.as_of))
                yield Asked(question, q.question, q.answerable, facts=q.must_contain)
        return
    if settings.bench_dir is None:
        sys.exit("Set COPYDESK_BENCH_DIR to the folder that holds the benchmarks' data.")
    cases = [c for c in find(name.removesuffix("-open")).load(settings.bench_dir) if part(c.document) != "report"]
    for case in sorted(cases, key=lambda c: place(c.id)):
        yield _of_case(name, case)


def _of_case(name: str, case: Case) -> Asked:
    data, text = case.data, case.data["question"][:2000]
    if name in ("squad2", "clapnq"):
        return Asked(Question(text, (), Filter(sources=(data["context"],))), case.document, data["answerable"])
    if name == "squad2-open":
        return Asked(Question(text), case.document, data["answerable"], data["gold"])
    if name == "realtimeqa":
        return Asked(Question(text, (), Filter(as_of=data["as_of"])), case.document, True, data["gold"])
    if name == "multihop_rag":
        return Asked(Question(text), case.document, data["kind"] != "null_query")
    history = tuple(Message(turn["role"], turn["content"]) for turn in data["history"])
    return Asked(
        Question(text, history, Filter(sources=(data["collection"],))), case.document, bool(data["answerable"])
    )
