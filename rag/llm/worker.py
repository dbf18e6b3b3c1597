"""One thread owns the language model; questions wait their turn in a bounded queue."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from rag.errors import Cancelled, ModelError, QueueFullError
from rag.llm.base import LLM, Cancel

T = TypeVar("T")
R = TypeVar("R")

_END = object()


@dataclass(eq=False)
class _Job:
    """``told`` carries what happens to the job to its caller: positions, items, and at last ``_END``."""

    cancel: Cancel
    told: queue.SimpleQueue[Any] = field(default_factory=queue.SimpleQueue)


@dataclass(frozen=True)
class _Position:
    ahead: int


class Worker:
    """Runs jobs one after another, first come first served, on the thread that owns the model.

    A job is a whole question's sequence of model calls, so that they share the model's cache. Items are handed over
    without waiting for the caller: a slow reader holds nobody up.
    """

    def __init__(self, llm: LLM | Callable[[], LLM], queue_size: int = 16, *, close_llm: bool = True) -> None:
        """``llm`` is the model, or a function that loads it, called on the worker's thread at the first job.

        ``queue_size`` jobs may wait while one runs. ``close`` closes the model too, unless ``close_llm`` is False.
        """
        self._load: Callable[[], LLM] | None = llm if callable(llm) else None
        self._llm: LLM | None = None if callable(llm) else llm
        self._queue_size = queue_size
        self._close_llm = close_llm
        self._jobs: list[_Job] = []  # the running one first
        self._lock = threading.Lock()
        self._closed = False
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="copydesk-llm")

    @property
    def name(self) -> str | None:
        """The model's name; None before it is loaded."""
        return None if self._llm is None else self._llm.name

    @property
    def waiting(self) -> int:
        """Jobs in the queue, without the running one."""
        return max(0, len(self._jobs) - 1)

    def run(
        self,
        work: Callable[[LLM], Generator[T, None, R]] | Callable[[LLM], Iterator[T]],
        cancel: Cancel | None = None,
        on_position: Callable[[int], T | None] | None = None,
    ) -> Generator[T, None, R]:
        """Iterate ``work(llm)`` on the worker's thread and yield its items here; returns what it returns.

        It is queued when the first item is asked for. ``on_position`` is called on this thread with the number of
        jobs ahead, whenever that changes, and with 0 when the turn comes; an item that it returns is yielded. Leaving
        the iteration early stops the job through ``cancel``, which ``work`` should pass on to the model. Raises
        QueueFullError, Cancelled at once when stopped while waiting, and whatever ``work`` raises.
        """
        job = _Job(cancel or Cancel())
        future = self._submit(job, work)
        try:
            with job.cancel.watching(lambda: _withdraw(future)):
                while (told := job.told.get()) is not _END:
                    if not isinstance(told, _Position):
                        yield told
                    elif on_position is not None and (item := on_position(told.ahead)) is not None:
                        yield item
            if future.cancelled():
                raise Cancelled
            result: R = future.result()
            return result
        finally:
            if not future.done():
                job.cancel.set()
                future.cancel()

    def close(self) -> None:
        """Stop the running job and all that wait, and wait for the thread to end. Closing twice does nothing."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            jobs = list(self._jobs)
        for job in jobs:
            job.cancel.set()
        self._pool.submit(self._shut)
        self._pool.shutdown(wait=True)

    def _submit(self, job: _Job, work: Callable[[LLM], Any]) -> Future[Any]:
        with self._lock:
            if self._closed:
                raise ModelError("Copydesk is shutting down.", "Start it again.")
            if len(self._jobs) > self._queue_size:
                raise QueueFullError(
                    f"{len(self._jobs)} questions are being answered or waiting already.", "Try again in a minute."
                )
            self._jobs.append(job)
            if len(self._jobs) > 1:
                job.told.put(_Position(len(self._jobs) - 1))
            future = self._pool.submit(self._do, job, work)
        future.add_done_callback(lambda _: self._leave(job))
        return future

    def _do(self, job: _Job, work: Callable[[LLM], Any]) -> Any:
        """The job, on the worker's thread. Exceptions end up in its future."""
        job.told.put(_Position(0))
        if self._llm is None and self._load is not None:
            self._llm = self._load()
        assert self._llm is not None
        items = iter(work(self._llm))
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

    def _leave(self, job: _Job) -> None:
        with self._lock:
            at = self._jobs.index(job)
            del self._jobs[at]
            for ahead, other in enumerate(self._jobs[at:], start=at):
                if ahead:  # the next in line hears of its turn when it starts
                    other.told.put(_Position(ahead))
        job.told.put(_END)

    def _shut(self) -> None:
        if self._llm is not None and self._close_llm:
            self._llm.close()


def _withdraw(future: Future[Any]) -> None:
    """Take a job out of the queue; a running one stops by itself, as it looks at the same ``Cancel``."""
    future.cancel()
