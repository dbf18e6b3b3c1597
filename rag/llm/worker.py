"""One thread owns the language model; questions wait their turn in a bounded line, where askers take turns."""

from __future__ import annotations

import os
import queue
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from rag.errors import Cancelled, ModelError, QueueFullError
from rag.llm.base import LLM, Cancel
from rag.llm.line import Line

T = TypeVar("T")
R = TypeVar("R")

NICE = 5  # how much the model gives way to whoever searches or talks to a client
_END = object()


@dataclass(eq=False)
class _Job:
    """``told`` carries what happens to the job to its caller: positions, items, and at last ``_END``.

    ``done`` holds what the work came to; None where it was withdrawn before its turn.
    """

    work: Callable[[LLM], Any]
    cancel: Cancel
    told: queue.SimpleQueue[Any] = field(default_factory=queue.SimpleQueue)
    ahead: int = 0  # the position told last
    done: Future[Any] | None = None


@dataclass(frozen=True)
class _Position:
    ahead: int


class Worker:
    """Runs jobs one after another on the thread that owns the model; whoever asks take turns.

    A job is a whole question's sequence of model calls, so that they share the model's cache. Items are handed over
    without waiting for the caller: a slow reader holds nobody up. The thread, and the threads that the model starts
    from it, run at a lower priority than the rest of the process: a search lasts milliseconds and its reader waits.
    """

    def __init__(self, llm: LLM | Callable[[], LLM], queue_size: int = 16, *, close_llm: bool = True) -> None:
        """``llm`` is the model, or a function that loads it, called on the worker's thread at the first job.

        ``queue_size`` jobs may wait while one runs. ``close`` closes the model too, unless ``close_llm`` is False.
        """
        self._load: Callable[[], LLM] | None = llm if callable(llm) else None
        self._llm: LLM | None = None if callable(llm) else llm
        self._queue_size = queue_size
        self._close_llm = close_llm
        self._line: Line[_Job] = Line()
        self._lock = threading.Lock()  # held for the line and what is told of it
        self._closed = False
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="copydesk-llm", initializer=give_way)

    @property
    def name(self) -> str | None:
        """The model's name; None before it is loaded."""
        return None if self._llm is None else self._llm.name

    @property
    def waiting(self) -> int:
        """Jobs in the line, without the running one."""
        with self._lock:
            return len(self._line)

    def run(
        self,
        work: Callable[[LLM], Generator[T, None, R]] | Callable[[LLM], Iterator[T]],
        cancel: Cancel | None = None,
        on_position: Callable[[int], T | None] | None = None,
        asker: str = "",
    ) -> Generator[T, None, R]:
        """Iterate ``work(llm)`` on the worker's thread and yield its items here; returns what it returns.

        It is queued when the first item is asked for. Jobs of one ``asker`` run in their order, and askers take turns:
        before an asker's next job each other asker gets one at most. ``on_position`` is called on this thread with the
        number of jobs ahead, whenever that changes (it may grow, when others ask), and with 0 when the turn comes; an
        item that it returns is yielded. Leaving the iteration early stops the job through ``cancel``, which ``work``
        should pass on to the model. Raises QueueFullError, Cancelled at once when stopped while waiting, and whatever
        ``work`` raises.
        """
        job = _Job(work, cancel or Cancel())
        self._join(job, asker)
        try:
            with job.cancel.watching(lambda: self._withdraw(job)):
                while (told := job.told.get()) is not _END:
                    if not isinstance(told, _Position):
                        yield told
                    elif on_position is not None and (item := on_position(told.ahead)) is not None:
                        yield item
            if job.done is None:
                raise Cancelled
            result: R = job.done.result()
            return result
        finally:
            if job.done is None:
                job.cancel.set()
                self._withdraw(job)

    def close(self) -> None:
        """Stop the running job and all that wait, and wait for the thread to end. Closing twice does nothing."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            jobs = [*([self._line.running] if self._line.running else []), *self._line]
        for job in jobs:
            job.cancel.set()
        self._pool.submit(self._shut)
        self._pool.shutdown(wait=True)

    def _join(self, job: _Job, asker: str) -> None:
        with self._lock:
            if self._closed:
                raise ModelError("Copydesk is shutting down.", "Start it again.")
            held = len(self._line) + (self._line.running is not None)
            if held > self._queue_size:
                raise QueueFullError(
                    f"{held} questions are being answered or waiting already.", "Try again in a minute."
                )
            self._line.join(asker, job)
            self._tell_positions()
            turn = self._pool.submit(self._serve_next)  # one turn for each job; of a withdrawn one it does nothing
            turn.add_done_callback(self._leave)

    def _serve_next(self) -> Any:
        """The next job, on the worker's thread. Exceptions end up in the turn's future."""
        with self._lock:
            job = self._line.start()
        if job is None:
            return None
        job.told.put(_Position(0))
        if self._llm is None and self._load is not None:
            self._llm = self._load()
        assert self._llm is not None
        items = iter(job.work(self._llm))
        try:
            while not job.cancel.is_set():
                try:
                    job.told.put(next(items))
                except StopIteration as end:
                    return end.value
            raise Cancelled
        finally:
            if isinstance(items, Generator):
                items.close()

    def _leave(self, turn: Future[Any]) -> None:
        """After each turn, on the worker's thread: hand its outcome over."""
        with self._lock:
            job = self._line.done()
            if job is None:
                return
            job.done = turn
            self._tell_positions()
        job.told.put(_END)

    def _withdraw(self, job: _Job) -> None:
        """Take a job out of the line; a running one stops by itself, as it looks at the same ``Cancel``."""
        with self._lock:
            if not self._line.leave(job):
                return
            self._tell_positions()
        job.told.put(_END)

    def _tell_positions(self) -> None:
        """Tell each waiting job whose place has changed; the next in line hears of its turn when it starts."""
        for job, ahead in self._line.positions():
            if ahead and ahead != job.ahead:
                job.told.put(_Position(ahead))
            job.ahead = ahead

    def _shut(self) -> None:
        if self._llm is not None and self._close_llm:
            self._llm.close()


def give_way() -> None:
    """Lower the priority of this thread, and of the threads it will start, where the system has one for each thread.

    On Linux alone a thread's id names it to setpriority; elsewhere the whole process would give way.
    """
    if sys.platform == "linux":
        with suppress(OSError):  # a sandbox that forbids it
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
