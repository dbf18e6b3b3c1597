"""Answers in progress: each runs on a thread of its own, can be stopped, and at most so many run at once.

Standard library only. The server and the chat window share one ``Jobs``, so one limit and one count hold for both.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from rag.errors import Cancelled, CopydeskError, QueueFullError
from rag.http.metrics import Metrics
from rag.llm.base import Cancel
from rag.types import Event

Produce = Callable[[Cancel], Iterator[Event]]
Item = Event | CopydeskError | None  # None: nothing more will come
Emit = Callable[[Item], None]

KEPT = 4  # one place in so many is kept for askers who have no answer under way


class Jobs:
    """Starts answers and knows which are running. ``limit`` counts running and waiting ones together.

    The last places are for those who have nothing under way: one script can't take them all.
    """

    def __init__(self, limit: int, metrics: Metrics | None = None) -> None:
        self.limit = limit
        self.metrics = metrics or Metrics()
        self._lock = threading.Lock()
        self._running: dict[Cancel, str] = {}  # and who asked

    @property
    def active(self) -> int:
        with self._lock:
            return len(self._running)

    def start(self, produce: Produce, emit: Emit, asker: str = "", cancel: Cancel | None = None) -> Cancel:
        """Run ``produce`` on a new thread and hand its events to ``emit``, there; then an error if it raised one;
        at the end always None. Returns the job's stop button, ``cancel`` if given. Raises QueueFullError.

        ``asker`` is who waits for it, "DOOR:WHO". A None without an answer or an error before it means that the job
        died of a bug (its stack is logged).
        """
        cancel, door = cancel or Cancel(), _door(asker)
        with self._lock:
            held, own = len(self._running), sum(other == asker for other in self._running.values())
            if held >= self.limit or (own and held >= self.limit - self.limit // KEPT):
                self.metrics.count("copydesk_queue_full_total", "Questions turned away by a full queue.", door=door)
                raise QueueFullError(
                    f"{held} questions are being answered or waiting already"
                    + (f", {own} of them yours." if own and held < self.limit else "."),
                    "Wait until one of them is done, then ask again.",
                )
            self._running[cancel] = asker
        threading.Thread(target=self._run, args=(produce, emit, cancel, door), name="answer", daemon=True).start()
        return cancel

    def stop_all(self) -> None:
        """Stop every running job, as when the server ends."""
        with self._lock:
            running = list(self._running)
        for cancel in running:
            cancel.set()

    def _run(self, produce: Produce, emit: Emit, cancel: Cancel, door: str) -> None:
        answered = False
        try:
            for event in produce(cancel):
                if cancel.is_set():
                    break
                if event.name == "answer":
                    self.metrics.answer(event.data, door)
                    answered = True
                emit(event)
        except CopydeskError as error:
            if not isinstance(error, Cancelled):
                self.metrics.count("copydesk_failed_total", "Answers that ended in an error.", door=door)
            emit(error)
        finally:
            with self._lock:
                del self._running[cancel]
            if cancel.is_set() and not answered:
                self.metrics.count("copydesk_stopped_total", "Answers stopped before their end.", door=door)
            emit(None)


def _door(asker: str) -> str:
    return asker.partition(":")[0] or "python"
