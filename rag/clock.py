"""One question's stopwatch: when each stage was reached, and how long each kind of work took. Standard library only."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from rag.llm.base import LLM
from rag.llm.metered import Meter, Metered
from rag.types import Stages, Timings

Moment = Literal["retrieve", "evidence", "first_token", "first_sentence"]
Spent = Literal["queue", "retrieve", "check"]


class Clock:
    """Runs from its making. One question's, passed from thread to thread but never shared at the same time."""

    def __init__(self, now: Callable[[], float] = time.perf_counter) -> None:
        self.meter = Meter()
        self._now = now
        self._start = now()
        self._reached: dict[str, float] = {}
        self._spent: dict[str, float] = {}

    def mark(self, stage: Moment) -> None:
        """Note that a stage is reached; only the first time counts."""
        self._reached.setdefault(stage, self._since(self._start))

    @contextmanager
    def timed(self, work: Spent) -> Iterator[None]:
        """Add the time that the block takes to a kind of work."""
        began = self._now()
        try:
            yield
        finally:
            self.spend(work, began)

    def now(self) -> float:
        """A moment to hand to ``spend``."""
        return self._now()

    def spend(self, work: Spent, began: float) -> None:
        """Add the time since ``began`` to a kind of work."""
        self._spent[work] = self._spent.get(work, 0.0) + self._since(began)

    def metered(self, llm: LLM) -> LLM:
        """The model with its calls counted here."""
        return Metered(llm, self.meter)

    def timings(self) -> Timings:
        """Milliseconds from the start to each stage, the total being now."""
        return Timings(**{name: round(ms, 1) for name, ms in self._reached.items()}, total=round(self._total(), 1))

    def stages(self) -> Stages:
        """Milliseconds that each kind of work took; with "other" they add up to the total."""
        spent = {**self._spent, "prefill": self.meter.prefill, "decode": self.meter.decode}
        other = max(0.0, self._total() - sum(spent.values()))
        return Stages(**{name: round(ms, 1) for name, ms in {**spent, "other": other}.items()})

    def _total(self) -> float:
        return self._since(self._start)

    def _since(self, began: float) -> float:
        return 1000 * (self._now() - began)
