"""What the model makes of what was found: a draft, checked and judged; where it comes to nothing, a second one.

Runs on the thread that owns the model.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from rag import compose, drafting, evidence, prompt, timeline
from rag.asking import Asking
from rag.checking import verify
from rag.clock import Clock
from rag.found import Found
from rag.llm.base import LLM, complete
from rag.search.embed import Embedder
from rag.types import Check, Conflict, Event, SourceSentence
from rag.verdict import judge

R = TypeVar("R")

UNCACHED = 200  # prompt tokens that a question may cost beyond the fixed prompts, before its first words
SCAFFOLD = 18  # of them for the chat's markup and the words around evidence and question


def told(
    llm: LLM,
    question: str,
    found: Found,
    conflicts: Sequence[Conflict],
    check: Callable[[str], Check],
    asking: Asking,
) -> Generator[Event, None, compose.Outcome]:
    """What of the model's draft may be said; where nothing may, of its draft from the sentences next in line."""
    clock = asking.clock
    read = first_evidence(llm, question, found, asking)
    draft = yield from _marked(drafting.draft(llm, question, read, check, cancel=asking.cancel), clock)
    with clock.timed("check"):
        outcome = judge.outcome(question, draft, found, conflicts)
    rest = found.without(read)
    if not rest.ranked or not judge.looks_further(draft, outcome):
        return outcome
    read = evidence.choose(timeline.newest_only(question, rest.ranked), llm.count, evidence.BUDGET)
    steps = drafting.draft(llm, question, read, check, cancel=asking.cancel, least=judge.FURTHER)
    draft = yield from _silently(steps)  # the first draft's words are on the page
    with clock.timed("check"):
        second = judge.outcome(question, draft, rest, conflicts)
    return second if second.checks and not draft.refused else outcome


def first_evidence(llm: LLM, question: str, found: Found, asking: Asking) -> tuple[SourceSentence, ...]:
    """What the model reads at first: as many tokens as are left of a question's."""
    left = UNCACHED - SCAFFOLD - llm.count(question) - asking.clock.meter.uncached  # less rewriting
    budget = min(evidence.BUDGET, max(evidence.BUDGET // 2, left))
    return evidence.choose(timeline.newest_only(question, found.ranked), llm.count, budget)


def checker(
    embedder: Embedder, opinion: Callable[[str, Any], float] | None, found: Found, question: str, clock: Clock
) -> Callable[[str], Check]:
    """Checks a drafted sentence against all sentences that were looked at."""

    def check(claim: str) -> Check:
        vector = embedder.encode_cached([claim])[0]
        cosines = [float(c) for c in found.vectors @ vector]
        checked = verify.check(claim, found.sentences, cosines, question, opinion=opinion)
        if checked.passed:
            return checked
        best = verify.best_quote(claim, found.sentences, cosines)
        return replace(checked, nearest=best[0] if best else None)

    def mended(claim: str) -> Check:
        with clock.timed("check"):
            return judge.mended(claim, question, found, check)

    return mended


def warm(llm: LLM) -> Iterator[Event]:
    """Compute what every question begins with, and have all of the model in memory."""
    for name in ("rewrite", "answer"):
        llm.warm(prompt.fixed(prompt.load(name)))
    first = prompt.render(prompt.load("answer"), {"evidence": "Report: Nothing yet.", "question": "What is new?"})
    complete(llm, first, max_tokens=2)  # brings all of the model's weights into memory
    yield from ()


def _marked(steps: Generator[Event, None, R], clock: Clock) -> Generator[Event, None, R]:
    """The steps, with the moment of the first token noted."""
    while True:
        try:
            event = next(steps)
        except StopIteration as end:
            result: R = end.value
            return result
        if event.name == "token":
            clock.mark("first_token")
        yield event


def _silently(steps: Generator[Event, None, R]) -> Generator[Event, None, R]:
    """The steps without their tokens."""
    while True:
        try:
            event = next(steps)
        except StopIteration as end:
            result: R = end.value
            return result
        if event.name != "token":
            yield event
