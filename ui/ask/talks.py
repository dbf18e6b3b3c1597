"""What each open page has asked: its turns, and the one under way with its stop button.

Kept here, not in Gradio's ``State``: for that each tab holds a connection open, and a browser has six for one server,
so that with a few tabs open neither a question nor a stop got through.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakValueDictionary

from rag.errors import CopydeskError
from rag.http.jobs import Item, Jobs
from rag.llm.base import Cancel
from rag.types import Message, Question
from ui.ask.draft import Draft, apply, stopped

SHOWN_TURNS = 30
HISTORY_TURNS = 6  # what a follow-up question can refer to
FRAME_SECONDS = 0.06  # the page is redrawn at most this often
BEAT_SECONDS = 1.0  # a sign of life at least this often; writing it shows whether the page is still there
RETURN_SECONDS = 15.0  # how long an answer goes on when its page is gone: it may be loading anew

Ended = Callable[[Draft], None]


@dataclass(frozen=True)
class Conversation:
    """The turns so far, the newest last; ``dropped`` older ones are no longer shown."""

    turns: tuple[Draft, ...] = ()
    dropped: int = 0
    shown: int = SHOWN_TURNS

    @property
    def next_number(self) -> int:
        return self.dropped + len(self.turns) + 1

    def with_turn(self, draft: Draft) -> Conversation:
        turns = (*self.turns, draft)
        gone = max(0, len(turns) - self.shown)
        return replace(self, turns=turns[gone:], dropped=self.dropped + gone)

    def history(self) -> tuple[Message, ...]:
        """What a follow-up may refer to: questions as they were searched, with their checked answers, never unchecked
        text."""
        messages: list[Message] = []
        for draft in self.turns[-HISTORY_TURNS:]:
            if draft.answer is not None:
                said = str(draft.answer["text"] or draft.answer["notice"] or "")
                searched = str(draft.answer["standalone_question"] or draft.question)
                messages += [Message("user", searched), Message("assistant", said)]
        return tuple(messages)


class Turn:
    """A page's newest question. Its answer's own thread moves ``draft`` on, so it goes on and ends whatever becomes of
    the stream to the browser; any thread may stop it, from the moment it is made. ``ended`` hears how it came out,
    once."""

    def __init__(self, number: int, draft: Draft, ended: Ended = lambda draft: None) -> None:
        self.number = number
        self.draft = draft
        self.cancel = Cancel()
        self._changed = threading.Condition()
        self._ended = ended
        self._followers: list[str] = []  # pages
        self._visits = 0
        self._alone = False  # goes on though nobody follows it

    def tell(self, item: Item) -> None:
        """One more item of its job."""
        halted = item is None and self.cancel.is_set()  # a job stopped by others, as by the server's end
        self.become(lambda draft: stopped(draft) if halted else apply(draft, item))

    def stop(self) -> None:
        """Shown at once, however long the model takes to notice; nothing for a turn that has ended."""
        self.become(stopped)
        self.cancel.set()

    def lose(self) -> None:
        """Nobody follows it any more: stop it, and say why should the page ask after it."""
        fault = CopydeskError("The connection to this page broke off.", "Ask again.")
        self.become(lambda draft: apply(draft, fault))
        self.cancel.set()

    @property
    def followed(self) -> bool:
        return bool(self._followers)

    def followed_by(self, page: str) -> bool:
        return page in self._followers

    def go_on(self) -> None:
        """Whoever asked looks at something else now, and will come back: it needs no follower."""
        self._alone = True

    def join(self, page: str = "") -> None:
        """One more page follows it."""
        with self._changed:
            self._followers.append(page)
            self._visits += 1

    def leave(self, patience: float, page: str = "") -> None:
        """A page that followed it is gone. When it was the last one, and none comes for ``patience`` seconds, it is
        lost."""
        with self._changed:
            self._followers.remove(page)
            waits = self.draft.running and not self._followers and not self._alone
            visits = self._visits
        if waits and patience > 0:
            timer = threading.Timer(patience, self._lose_if_alone, (visits,))
            timer.daemon = True
            timer.start()
        elif waits:
            self.lose()

    def _lose_if_alone(self, visits: int) -> None:
        if not self._followers and self._visits == visits and not self._alone:
            self.lose()

    def after(self, seen: Draft, seconds: float) -> Draft:
        """The draft once it is another than ``seen``, or as it is after so many seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self.draft is not seen, seconds)
            return self.draft

    def become(self, change: Callable[[Draft], Draft]) -> None:
        """Another draft."""
        with self._changed:
            ran = self.draft.running
            self.draft = change(self.draft)
            if ran and not self.draft.running:
                self._ended(self.draft)
            self._changed.notify_all()


@dataclass(frozen=True)
class Replaced:
    """How a conversation stood before a question was asked in the place of another."""

    past: Conversation
    turn: Turn
    ids: tuple[str, ...]  # of the turns that gave way


class Talk:
    """One conversation: the turns before, and the newest. Pages that show the same thread share it."""

    def __init__(self, thread: str = "", drafts: Sequence[Draft] = (), shown: int = SHOWN_TURNS) -> None:
        self._lock = threading.Lock()
        self.thread = thread  # its name; empty until something is asked, and where it is not kept
        self.past = Conversation(shown=shown)
        self.turn: Turn | None = None
        self.replaced: Replaced | None = None
        for draft in drafts:
            if self.turn:
                self.past = self.past.with_turn(self.turn.draft)
            self.turn = Turn(self.past.next_number, draft)

    def begin(self, draft: Draft, ended: Ended = lambda draft: None, instead_of: str = "") -> Turn | None:
        """A new turn, in the place of one and all after it where ``instead_of`` names one; None while one is under
        way."""
        with self._lock:
            self.replaced = None
            if self.turn is not None:
                if self.turn.draft.running:
                    return None
                turns = (*self.past.turns, self.turn.draft)
                ids = tuple(old.id for old in turns)
                if instead_of and instead_of in ids:
                    place = ids.index(instead_of)
                    self.replaced = Replaced(self.past, self.turn, ids[place:])
                    self.past = replace(self.past, turns=turns[:place])
                else:
                    self.past = self.past.with_turn(self.turn.draft)
            self.turn = Turn(self.past.next_number, draft, ended)
            return self.turn

    def put_back(self) -> tuple[str, tuple[str, ...]] | None:
        """Undo the last replacement: the name of the turn that is gone now, and of those that are back."""
        with self._lock:
            before, new = self.replaced, self.turn
            if before is None or new is None:
                return None
            self.past, self.turn, self.replaced = before.past, before.turn, None
        new.stop()
        return new.draft.id, before.ids

    def find(self, id: str) -> Draft | None:
        """A turn by its name."""
        drafts = (*self.past.turns, *((self.turn.draft,) if self.turn else ()))
        return next((draft for draft in drafts if id and draft.id == id), None)

    def change(self, id: str, change: Callable[[Draft], Draft]) -> Draft | None:
        """Another draft in the place of a turn's; None where there is no such turn."""
        with self._lock:
            if self.turn is not None and self.turn.draft.id == id:
                self.turn.become(change)
            else:
                turns = tuple(change(old) if old.id == id else old for old in self.past.turns)
                self.past = replace(self.past, turns=turns)
        return self.find(id)


class Shelf:
    """The kept conversations that some page shows or an answer is under way in, by the name of their thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._talks: WeakValueDictionary[str, Talk] = WeakValueDictionary()

    def get(self, thread: str) -> Talk | None:
        with self._lock:
            return self._talks.get(thread)

    def put(self, talk: Talk) -> Talk:
        """The one of that name that is here already, or else this."""
        with self._lock:
            return self._talks.setdefault(talk.thread, talk)

    def drop(self, thread: str) -> Talk | None:
        with self._lock:
            return self._talks.pop(thread, None)

    def running(self) -> frozenset[str]:
        """The names of threads with an answer under way."""
        with self._lock:
            return frozenset(name for name, talk in self._talks.items() if talk.turn and talk.turn.draft.running)


def start(desk: Any, jobs: Jobs, question: Question, turn: Turn) -> None:
    """Have the turn answered; what prevents that ends it."""
    try:
        jobs.start(lambda cancel: desk.stream(question, cancel), turn.tell, question.asker, turn.cancel)
    except CopydeskError as error:
        turn.tell(error)


def states(turn: Turn, patience: float = 0.0, page: str = "") -> Generator[Draft | None]:
    """The turn's drafts from now on, for a page, not faster than ``FRAME_SECONDS``; the last one is not running.

    None is a beat: nothing new, the answer is under way. Left early, as when the browser is gone, it ends the turn
    unless another follows it, or comes within ``patience`` seconds.
    """
    turn.join(page)
    try:
        seen = turn.draft
        yield seen
        while seen.running:
            before, seen = seen, turn.after(seen, BEAT_SECONDS)
            yield None if seen is before else seen
            if seen.running:
                time.sleep(FRAME_SECONDS)
    finally:
        turn.leave(patience, page)
