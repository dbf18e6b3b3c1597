"""What the model makes of what was found: a draft, checked and judged; where it comes to nothing, a second one.

Runs on the thread that owns the model.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from typing import Any

from rag import compose, drafting, evidence, hearing, prompt, timeline
from rag.asking import Asking
from rag.checking import verify
from rag.clock import Clock
from rag.found import Found
from rag.llm.base import LLM, complete
from rag.search.embed import Embedder
from rag.steps import mapped
from rag.types import Check, Conflict, Event, SourceSentence, Withheld
from rag.verdict import abstain, judge

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
    """What of the model's draft may be said; where nothing may, of its draft from the sentences next in line. Where
    other sentences answer with another value, both are told."""
    outcome = yield from _told(llm, question, found, conflicts, check, asking)
    if conflicts or outcome.status not in ("answered", "partial"):
        return outcome
    if hearing.beside_the_point(llm, question, outcome.checks, outcome.answerability, asking.cancel):
        said = [Withheld(check.text, "its quote alone does not answer the question") for check in outcome.checks]
        silent = compose.silent(*abstain.WEAK_EVIDENCE, [*said, *outcome.withheld])
        return replace(silent, answerability=outcome.answerability)
    heard = hearing.others(llm, question, outcome.checks, found, asking.cancel)
    if not heard:
        return outcome
    return replace(
        compose.compared(heard, found.sentences), withheld=outcome.withheld, answerability=outcome.answerability
    )


def _told(
    llm: LLM,
    question: str,
    found: Found,
    conflicts: Sequence[Conflict],
    check: Callable[[str], Check],
    asking: Asking,
) -> Generator[Event, None, compose.Outcome]:
    """As ``told``, without a hearing for the others."""
    clock = asking.clock

    def marked(event: Event) -> Event:
        if event.name == "token":
            clock.mark("first_token")
        return event

    def judged(draft: drafting.Draft, found: Found) -> compose.Outcome:
        with clock.timed("check"):
            return judge.outcome(question, draft, found, conflicts)

    read = first_evidence(llm, question, found, asking)
    draft = yield from mapped(drafting.draft(llm, question, read, check, cancel=asking.cancel), marked)
    outcome = judged(draft, found)
    if not judge.looks_further(draft, outcome):
        return outcome
    rest = found.without(read)
    if not rest.ranked:
        return outcome
    read = _chosen(llm, question, rest, evidence.BUDGET)
    steps = drafting.draft(llm, question, read, check, cancel=asking.cancel, least=judge.FURTHER)
    draft = yield from mapped(steps, _wordless)  # the first draft's words are on the page
    second = judged(draft, rest)
    return second if second.checks and not draft.refused else outcome


def first_evidence(llm: LLM, question: str, found: Found, asking: Asking) -> tuple[SourceSentence, ...]:
    """What the model reads at first: as many tokens as are left of a question's."""
    left = UNCACHED - SCAFFOLD - llm.count(question) - asking.clock.meter.uncached  # less rewriting
    budget = min(evidence.BUDGET, max(evidence.BUDGET // 2, left))
    return _chosen(llm, question, found, budget)


def _chosen(llm: LLM, question: str, found: Found, budget: int) -> tuple[SourceSentence, ...]:
    return evidence.choose(timeline.newest_only(question, found.ranked), llm.count, budget)


def _wordless(event: Event) -> Event | None:
    return None if event.name == "token" else event


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
