"""Who is next: jobs in a line for one worker, served round robin by who asks. Not thread-safe."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import zip_longest
from typing import Generic, TypeVar

T = TypeVar("T")


class Line(Generic[T]):
    """Each asker's jobs stay in order, and the askers take turns.

    Whose job is running comes last, behind those who ask meanwhile: before an asker's next job no other asker gets
    more than one, the running one included.
    """

    def __init__(self) -> None:
        self._turns: dict[str, deque[T]] = {}  # what waits, by asker, the next asker first
        self._served: str | None = None  # whose job is running
        self._rest: deque[T] = deque()  # what else that asker waits for
        self.running: T | None = None

    def __len__(self) -> int:
        """Jobs that wait, without the running one."""
        return len(self._rest) + sum(map(len, self._turns.values()))

    def __iter__(self) -> Iterator[T]:
        """The waiting jobs in the order in which they will run if nobody else comes or leaves."""
        for turn in zip_longest(*self._turns.values(), self._rest):
            yield from (job for job in turn if job is not None)

    def positions(self) -> Iterator[tuple[T, int]]:
        """Each waiting job with the number of jobs that end before it starts."""
        return ((job, ahead) for ahead, job in enumerate(self, start=int(self.running is not None)))

    def join(self, asker: str, job: T) -> None:
        """Put a job at the end of its asker's."""
        if asker == self._served:
            self._rest.append(job)
        else:
            self._turns.setdefault(asker, deque()).append(job)

    def start(self) -> T | None:
        """Take the next job; None where none waits. The one before must be done."""
        assert self.running is None, "one job at a time"
        if not self._turns:
            return None
        self._served = next(iter(self._turns))
        self._rest = self._turns.pop(self._served)
        self.running = self._rest.popleft()
        return self.running

    def done(self) -> T | None:
        """The running job has ended: its asker goes to the end of the line. Returns it; None where none ran."""
        job, self.running = self.running, None
        if self._served is not None and self._rest:
            self._turns[self._served] = self._rest
        self._served, self._rest = None, deque()
        return job

    def leave(self, job: T) -> bool:
        """Take a waiting job out; False for one that does not wait (any more)."""
        for asker, jobs in [(None, self._rest), *self._turns.items()]:
            if job in jobs:
                jobs.remove(job)
                if not jobs and asker is not None:
                    del self._turns[asker]
                return True
        return False
