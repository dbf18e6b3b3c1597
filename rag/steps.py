"""Work told step by step: generators that yield what happens and return what it came to. Standard library only."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, TypeVar

T = TypeVar("T")
U = TypeVar("U")
R = TypeVar("R")


def finish(steps: Generator[Any, None, R]) -> R:
    """What the steps come to, with what they yield left aside."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: R = end.value
            return result


def mapped(steps: Generator[T, None, R], change: Callable[[T], U | None]) -> Generator[U, None, R]:
    """The steps with each item changed, and left out where that gives None."""
    while True:
        try:
            item = next(steps)
        except StopIteration as end:
            result: R = end.value
            return result
        changed = change(item)
        if changed is not None:
            yield changed
