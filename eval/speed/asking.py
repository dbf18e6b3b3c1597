"""One known question put to a server over SSE: when each thing reached the reader, and what became of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from eval.judge import judge
from eval.known import KnownQuestion
from eval.metrics import Outcome
from rag.errors import CopydeskError
from rag.http.client import RemoteDesk
from rag.types import Answer, Event, Filter, Question
from rag.wire import answer_from_dict

T = TypeVar("T")
READABLE = ("token", "sentence")  # events with words of the answer


@dataclass(frozen=True, slots=True)
class Seen:
    """When a reader saw what, in milliseconds from sending the request; None for what never came.

    ``first_token`` is the first word of the answer, checked or draft; ``drafted`` what was seen as a draft, in order.
    """

    evidence: float | None
    first_token: float | None
    first_sentence: float | None
    total: float
    answer: Answer
    drafted: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question by either program. ``stages_ms`` by name, and what is left of the total as "other"."""

    known: KnownQuestion
    outcome: Outcome
    evidence_ms: float | None
    first_token_ms: float | None
    first_sentence_ms: float | None
    total_ms: float
    stages_ms: dict[str, float] = field(default_factory=dict)
    uncached_tokens: int | None = None
    completion_tokens: int | None = None
    checked: int = 0  # sentences that were checked, withheld ones included
    text: str = ""


def record(who: str, asked: Asked) -> dict[str, Any]:
    """A question as the run's JSON keeps it."""
    kept = {name: getattr(asked, name) for name in ("evidence_ms", "first_token_ms", "first_sentence_ms", "total_ms")}
    return {
        "who": who,
        "id": asked.known.id,
        "question": asked.known.question,
        "expect": asked.known.expect,
        "correct": asked.outcome.correct,
        "why": asked.outcome.why,
        **{name: None if ms is None else round(ms, 1) for name, ms in kept.items()},
        "stages_ms": {name: round(ms, 1) for name, ms in asked.stages_ms.items()},
        "uncached_tokens": asked.uncached_tokens,
        "completion_tokens": asked.completion_tokens,
        "text": asked.text,
    }


def spread(items: Sequence[T], n: int | None) -> list[T]:
    """At most ``n`` of the items, evenly spread over all of them: always the same for the same items."""
    if n is None or n >= len(items):
        return list(items)
    return [items[i * len(items) // n] for i in range(n)]


def ask(desk: RemoteDesk, known: KnownQuestion) -> Asked:
    """Raises CopydeskError where the server fails."""
    question = Question(known.question, known.history, Filter(as_of=known.as_of))
    seen = watch(desk.stream(question))
    answer = seen.answer
    stages = {name: float(ms) for name, ms in answer.to_dict().get("stages_ms", {}).items() if name != "other"}
    return Asked(
        known=known,
        outcome=judge(known, answer, seen.total),
        evidence_ms=seen.evidence,
        first_token_ms=seen.first_token,
        first_sentence_ms=seen.first_sentence,
        total_ms=seen.total,
        stages_ms=with_other(stages, seen.total),
        uncached_tokens=answer.usage.prompt_tokens - answer.usage.cached_tokens,
        completion_tokens=answer.usage.completion_tokens,
        checked=len(answer.sentences) + len(answer.withheld),
        text=answer.text or answer.notice or "",
    )


def watch(events: Iterable[Event], now: Callable[[], float] = time.perf_counter) -> Seen:
    """Follow a streamed answer; the request counts as sent when this is called."""
    first: dict[str, float] = {}
    began, drafted = now(), ""
    for event in events:
        at = 1000 * (now() - began)
        for name in _names(event):
            first.setdefault(name, at)
        if event.name == "token":
            drafted += str(event.data.get("text", ""))
        if event.name == "answer":
            answer = answer_from_dict(event.data)
            return Seen(first.get("evidence"), first.get("readable"), first.get("sentence"), at, answer, drafted)
    raise CopydeskError("The answer broke off.", "See the server's log.")


def _names(event: Event) -> Iterator[str]:
    yield event.name
    if event.name in READABLE and str(event.data.get("text", "")).strip():
        yield "readable"


def with_other(stages: dict[str, float], total: float) -> dict[str, float]:
    """The stages and, as "other", what they leave of the total; never below 0."""
    return stages | {"other": max(0.0, total - sum(stages.values()))}
