"""One question under way, and its turn at the language model."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TypeVar

from rag.clock import Clock
from rag.llm.base import LLM, Cancel
from rag.llm.worker import Worker
from rag.types import Event

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Asking:
    """One question under way: its stop button, its stopwatch, and who waits for it."""

    clock: Clock
    cancel: Cancel
    asker: str = ""


def in_turn(
    worker: Worker, work: Callable[[LLM], Generator[Event, None, R]], asking: Asking
) -> Generator[Event, None, R]:
    """Do the work on the thread that owns the model when its turn comes; the wait and the model's calls are clocked."""
    clock = asking.clock
    asked = clock.now()

    def begun(llm: LLM) -> Generator[Event, None, R]:
        clock.spend("queue", asked)
        return (yield from work(clock.metered(llm)))

    waited = False

    def position(ahead: int) -> Event | None:
        nonlocal waited
        waited, waiting = ahead > 0, waited
        return Event("queue", {"position": ahead}) if ahead or waiting else None

    return (yield from worker.run(begun, asking.cancel, position, asking.asker))
