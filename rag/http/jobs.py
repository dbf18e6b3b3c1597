"""Answers in progress: each runs on a thread of its own, can be stopped, and at most so many run at once.

Standard library only. The server and the chat window share one ``Jobs``, so one limit holds for both.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from rag.errors import CopydeskError, QueueFullError
from rag.llm.base import Cancel
from rag.types import Event

Produce = Callable[[Cancel], Iterator[Event]]
Item = Event | CopydeskError | None  # None: nothing more will come
Emit = Callable[[Item], None]


class Jobs:
    """Starts answers and knows which are running. ``limit`` counts running and waiting ones together."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._lock = threading.Lock()
        self._running: set[Cancel] = set()

    @property
    def active(self) -> int:
        with self._lock:
            return len(self._running)

    def start(self, produce: Produce, emit: Emit) -> Cancel:
        """Run ``produce`` on a new thread and hand its events to ``emit``, there; then an error if it raised one;
        at the end always None. Returns the job's stop button. Raises QueueFullError.

        A None without an answer or an error before it means that the job died of a bug (its stack is logged).
        """
        cancel = Cancel()
        with self._lock:
            if len(self._running) >= self.limit:
                raise QueueFullError(
                    f"{len(self._running)} questions are being answered or waiting already.",
                    "Wait until one of them is done, then ask again.",
                )
            self._running.add(cancel)
        threading.Thread(target=self._run, args=(produce, emit, cancel), name="answer", daemon=True).start()
        return cancel

    def stop_all(self) -> None:
        """Stop every running job, as when the server ends."""
        with self._lock:
            running = list(self._running)
        for cancel in running:
            cancel.set()

    def _run(self, produce: Produce, emit: Emit, cancel: Cancel) -> None:
        try:
            for event in produce(cancel):
                if cancel.is_set():
                    break
                emit(event)
        except CopydeskError as error:
            emit(error)
        finally:
            with self._lock:
                self._running.discard(cancel)
            emit(None)
