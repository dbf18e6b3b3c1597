"""Keeps conversations on disk without ever making an answer wait, and makes drafts of what was kept."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar, cast

from rag.errors import ArchiveError
from rag.threads import FILE, Threads, Turn
from rag.types import Event
from ui.ask.draft import Draft, Phase, Rating, apply

MOST_UNWRITTEN = 1000  # changes that wait for the disk; of more, the oldest are given up
PURGE_SECONDS = 600.0  # between two looks for what was removed long enough ago
PARTS = ("passages", "sentences", "citations", "withheld")  # of an answer that did not come to its end
READ_SECONDS = 3.0  # how long a reader waits for what is being written

T = TypeVar("T")
Work = Callable[[Threads], object]


def now() -> datetime:
    return datetime.now(UTC)


class Keeper:
    """Writes in a thread of its own, in order. What can't be written is told once, and tried again with the next."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._opening = threading.Lock()  # held as long as the disk takes
        self._starting = threading.Lock()
        self._store: Threads | None = None
        self._work: queue.SimpleQueue[Work | threading.Event] = queue.SimpleQueue()
        self._worker: threading.Thread | None = None
        self._said = ""
        self._told = False

    def later(self, work: Work) -> None:
        """Have ``work`` done soon. Returns at once, and never fails."""
        self._work.put(work)
        with self._starting:
            if self._worker is None:
                self._worker = threading.Thread(target=self._write, name="threads", daemon=True)
                self._worker.start()

    def read(self, work: Callable[[Threads], T], otherwise: T) -> T:
        """What ``work`` finds, all that was handed to ``later`` before it done; ``otherwise`` where the file can't be
        read."""
        self.flush(READ_SECONDS)
        try:
            return work(self._open())
        except ArchiveError as error:
            self._complain(error)
            return otherwise

    def flush(self, seconds: float) -> None:
        """Wait until what was handed in before is written, or so long."""
        if self._worker is not None:
            done = threading.Event()
            self._work.put(done)
            done.wait(seconds)

    def trouble(self) -> str:
        """What a visitor should know about the keeping, each time once; mostly nothing."""
        said, self._said = self._said, ""
        return said

    def _open(self) -> Threads:
        with self._opening:
            if self._store is None:
                self._store = Threads.open(self._path, now())
                if self._store.set_aside:
                    self._said = (
                        f"The file of saved conversations could not be read. It was put aside as"
                        f" {self._store.set_aside.name}, and a new one begun."
                    )
            return self._store

    def _write(self) -> None:
        waiting: deque[Work] = deque(maxlen=MOST_UNWRITTEN)
        item: Work | threading.Event
        while True:
            try:
                item = self._work.get(timeout=PURGE_SECONDS)
            except queue.Empty:
                item = _purge
            if not isinstance(item, threading.Event):
                waiting.append(item)
            with contextlib.suppress(IndexError):
                while waiting:
                    try:
                        waiting[0](self._open())
                    except ArchiveError as error:
                        self._complain(error)
                        break
                    waiting.popleft()
                    self._told = False
            if isinstance(item, threading.Event):
                item.set()

    def _complain(self, error: ArchiveError) -> None:
        if not self._told:
            self._told = True
            self._said = f"This conversation is not being saved. {error}"


def _purge(store: Threads) -> None:
    store.purge(now())


@dataclass(frozen=True)
class Kept:
    """A thread as it is on disk."""

    id: str
    title: str
    drafts: tuple[Draft, ...]


def load(store: Threads, thread: str) -> Kept | None:
    """A thread with its turns; None where there is none of that name."""
    found = store.thread(thread)
    return Kept(found.id, found.title, tuple(draft_of(turn) for turn in store.turns(thread))) if found else None


def kept(draft: Draft, thread: str) -> Turn:
    """A draft as it is kept: what its answer came to, or what had passed the check by then."""
    outcome: dict[str, Any] = {"phase": draft.phase, "error": draft.error, "hint": draft.hint, "answer": draft.answer}
    if draft.answer is None:
        outcome |= {name: list(getattr(draft, name)) for name in PARTS}
    return Turn(draft.id, thread, draft.question, draft.asked_at, draft.filter, outcome)


def draft_of(turn: Turn) -> Draft:
    """The draft that was kept; one that was still under way, which nothing can go on with, as a failed one."""
    outcome = turn.outcome
    draft = Draft(
        turn.question,
        id=turn.id,
        asked_at=turn.asked_at,
        filter=turn.filter,
        rating=cast(Rating, turn.rating),
        rating_reason=turn.reason,
    )
    if answer := outcome.get("answer"):
        return apply(draft, Event("answer", answer))
    parts: dict[str, Any] = {name: tuple(outcome.get(name) or ()) for name in PARTS}
    error, hint = str(outcome.get("error") or ""), str(outcome.get("hint") or "")
    draft = replace(draft, phase=cast(Phase, outcome.get("phase", "waiting")), error=error, hint=hint, **parts)
    if not draft.running:
        return draft
    return replace(
        draft, phase="failed", error="Copydesk was closed before this answer ended.", hint="Ask it once more."
    )
