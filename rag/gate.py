"""One search at a time, and searches before whatever can wait.

Eight searches side by side on two cores, with Python's one lock between them, each take as long as all eight together;
one after the other the first is done in an eighth of that, and the last no later. Standard library only.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE = 0.5  # seconds that other work waits for searches at most, so that a crowd of them can't starve it


class Gate:
    """Shared by all threads of a desk."""

    def __init__(self) -> None:
        self._one = threading.Lock()
        self._changed = threading.Condition()
        self._searching = 0  # those within and those that wait

    @contextmanager
    def search(self) -> Iterator[None]:
        """Within the block no other search runs."""
        with self._changed:
            self._searching += 1
        try:
            with self._one:
                yield
        finally:
            with self._changed:
                self._searching -= 1
                if not self._searching:
                    self._changed.notify_all()

    def give_way(self, patience: float = PATIENCE) -> None:
        """Wait until nobody searches, for ``patience`` seconds at most."""
        with self._changed:
            self._changed.wait_for(lambda: not self._searching, patience)
