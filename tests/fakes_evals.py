"""Runs of known questions about the scripted desk's articles: kept ones, and a live one that a test lets go on."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from eval import results, runs
from eval.known import KnownQuestion
from eval.live import Evals
from rag.errors import Cancelled, ModelError
from rag.llm.base import Cancel
from rag.types import Answer, Message, Question, Stages, Timings
from tests.fakes_desk import ATTACK, DISAGREE, HOSTILE, NOTHING, PARTLY, PASSENGERS

FERRY, FIRE = "ferry-aground", "fire-early"
KNOWN = (
    KnownQuestion("k1", "How many passengers were aboard?", "answered", must_contain=(("212",),),
                  gold_sources=(FERRY,), tags=("number",)),
    KnownQuestion("k2", "How many houses burned?", "conflicting", conflict_values=(("14",), ("eleven", "11")),
                  gold_sources=(FIRE,), tags=("conflict", "number")),
    KnownQuestion("k3", "Who won the cup?", "not_found", tags=("unanswerable",)),
    KnownQuestion("k4", "And what tore the hull?", "answered", must_contain=(("rocks",), ("hour",)),
                  gold_sources=(FERRY,), tags=("follow-up",), as_of="2019-03-06",
                  history=(Message("user", "Where did the ferry run aground?"), Message("assistant", "Skerry Point."))),
    KnownQuestion("k5", "Who is the captain?", "not_found", tags=("unanswerable", "person")),
    KnownQuestion("k6", f"What about {HOSTILE}?", "answered", must_contain=((HOSTILE, "nowhere"),),
                  must_not_contain=("Words",), tags=("number",)),
)  # fmt: skip
GOOD: Mapping[str, Answer] = {"k1": PASSENGERS, "k2": DISAGREE, "k3": NOTHING, "k4": PARTLY, "k5": NOTHING}
MISSED = ("k2", "k4", "k5", "k6")  # of the last kept run
LAST: Mapping[str, Answer] = {**GOOD, "k2": PARTLY, "k5": PASSENGERS, "k6": ATTACK}


def played(answer: Answer, question: str, first_ms: float) -> Answer:
    """An answer as if to this question, with its times."""
    return replace(
        answer,
        question=question,
        standalone_question=question,
        timings_ms=Timings(40, 60, first_ms, first_ms + 300, first_ms + 1400),
        stages_ms=Stages(0, 52, first_ms - 60, 900, 310, 20),
    )


def a_run(
    script: Mapping[str, Answer],
    started_at: str,
    known: Sequence[KnownQuestion] = KNOWN,
    *,
    first_ms: float = 1400,
    name: str = "seeds",
) -> dict[str, Any]:
    """A finished run; a question that the script lacks failed."""

    def answer(one: KnownQuestion) -> Answer:
        if one.id not in script:
            raise ModelError("The model gave up.", "Try again.")
        return played(script[one.id], one.question, first_ms)

    asked = [results.ask(one, answer) for one in known]
    run = results.result(asked, name=name, path=Path(f"{name}.jsonl"), started_at=started_at)
    part = len(known) < len(KNOWN)
    run |= {"ready_s": 1.0, "duration_s": 2.8 * len(known), "of": len(KNOWN)}
    return run | {"whole": not part, "stopped": part, "from": "command"}


class LiveDesk:
    """Answers the seeds' questions one by one, each when the test lets it."""

    def __init__(self) -> None:
        self.llm_problem: str | None = None
        self.steps = threading.Semaphore(0)
        self.asked: list[str] = []

    def ask(self, question: Question, *, cancel: Cancel) -> Answer:
        self.asked.append(question.text)
        while not self.steps.acquire(timeout=0.02):
            if cancel.is_set():
                raise Cancelled
        return played(NOTHING, question.text, 900)

    @contextmanager
    def opened(self, articles: Path) -> Iterator[LiveDesk]:
        yield self


def kept(folder: Path, history: int = 3) -> list[str]:
    """So many runs of the seeds, the last one worse, and one that was stopped; their ids, the oldest first."""
    ids = [runs.keep(folder, a_run(GOOD, f"2026-11-{10 + n:02}T09:30:00+00:00")) for n in range(history - 1)]
    ids.append(runs.keep(folder, a_run(GOOD, "2026-11-19T09:30:00+00:00", KNOWN[:2])))
    ids.append(runs.keep(folder, a_run(LAST, "2026-11-20T16:05:00+00:00", first_ms=1900)))
    return ids


def scripted(folder: Path, desk: LiveDesk | None = None) -> Evals:
    return Evals(folder, (desk or LiveDesk()).opened)
