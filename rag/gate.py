"""One search at a time, first come first served, and searches before whatever can wait.

Eight searches side by side on two cores, with Python's one lock between them, each take as long as all eight together;
one after the other the first is done in an eighth of that, and the last no later. Standard library only.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from heapq import heapify, heappop, heappush
from itertools import count

PATIENCE = 0.5  # seconds that other work waits for searches at most, so that a crowd of them can't starve it


class Gate:
    """Shared by all threads of a desk."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = count()
        self._waiting: list[tuple[int, int, threading.Event]] = []  # a heap: number drawn, a second one, turn
        self._within = False
        self._quiet = threading.Event()  # nobody is within, nobody waits
        self._quiet.set()

    def draw(self) -> int:
        """A number: whoever drew first goes first, also with a second and third search."""
        return next(self._numbers)

    @contextmanager
    def search(self, number: int | None = None) -> Iterator[None]:
        """Within the block no other search runs. Without a ``number`` one is drawn."""
        turn = threading.Event()
        with self._lock:
            self._quiet.clear()
            if self._within:
                heappush(self._waiting, (self.draw() if number is None else number, self.draw(), turn))
            else:
                self._within = True
                turn.set()
        try:
            turn.wait()
            yield
        finally:
            self._leave(turn)

    def give_way(self, patience: float = PATIENCE) -> None:
        """Wait until nobody searches, for ``patience`` seconds at most."""
        self._quiet.wait(patience)

    def _leave(self, turn: threading.Event) -> None:
        with self._lock:
            if not turn.is_set():  # interrupted while it waited
                self._waiting = [one for one in self._waiting if one[2] is not turn]
                heapify(self._waiting)
            elif self._waiting:
                heappop(self._waiting)[2].set()
            else:
                self._within = False
                self._quiet.set()
