"""What each open page has asked: its turns, and the one under way with its stop button.

Kept here, not in Gradio's ``State``: for that each tab holds a connection open, and a browser has six for one server,
so that with a few tabs open neither a question nor a stop got through.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from typing import Any

from rag.errors import CopydeskError
from rag.http.jobs import Item, Jobs
from rag.llm.base import Cancel
from rag.types import Message, Question
from ui.ask.draft import Draft, apply, stopped

SHOWN_TURNS = 30
HISTORY_TURNS = 6  # what a follow-up question can refer to
FRAME_SECONDS = 0.06  # the page is redrawn at most this often
BEAT_SECONDS = 1.0  # a sign of life at least this often; writing it shows whether the page is still there


@dataclass(frozen=True)
class Conversation:
    """The turns so far, the newest last; ``dropped`` older ones are no longer shown."""

    turns: tuple[Draft, ...] = ()
    dropped: int = 0

    @property
    def next_number(self) -> int:
        return self.dropped + len(self.turns) + 1

    def with_turn(self, draft: Draft) -> Conversation:
        turns = (*self.turns, draft)
        gone = max(0, len(turns) - SHOWN_TURNS)
        return replace(self, turns=turns[gone:], dropped=self.dropped + gone)

    def history(self) -> tuple[Message, ...]:
        """What a follow-up may refer to: questions with their checked answers, never unchecked text."""
        messages: list[Message] = []
        for draft in self.turns[-HISTORY_TURNS:]:
            if draft.answer is not None:
                said = str(draft.answer["text"] or draft.answer["notice"] or "")
                messages += [Message("user", draft.question), Message("assistant", said)]
        return tuple(messages)


class Turn:
    """A page's newest question. Its answer's own thread moves ``draft`` on, so it goes on and ends whatever becomes of
    the stream to the browser; any thread may stop it, from the moment it is made."""

    def __init__(self, number: int, draft: Draft) -> None:
        self.number = number
        self.draft = draft
        self.cancel = Cancel()
        self._changed = threading.Condition()

    def tell(self, item: Item) -> None:
        """One more item of its job."""
        halted = item is None and self.cancel.is_set()  # a job stopped by others, as by the server's end
        self._become(lambda draft: stopped(draft) if halted else apply(draft, item))

    def stop(self) -> None:
        """Shown at once, however long the model takes to notice; nothing for a turn that has ended."""
        self._become(stopped)
        self.cancel.set()

    def lose(self) -> None:
        """Nobody follows it any more: stop it, and say why should the page ask after it."""
        fault = CopydeskError("The connection to this page broke off.", "Ask again.")
        self._become(lambda draft: apply(draft, fault))
        self.cancel.set()

    def after(self, seen: Draft, seconds: float) -> Draft:
        """The draft once it is another than ``seen``, or as it is after so many seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self.draft is not seen, seconds)
            return self.draft

    def _become(self, change: Callable[[Draft], Draft]) -> None:
        with self._changed:
            self.draft = change(self.draft)
            self._changed.notify_all()


class Talk:
    """One page's conversation: the turns before, and the newest."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.past = Conversation()
        self.turn: Turn | None = None

    def begin(self, draft: Draft) -> Turn | None:
        """A new turn; None while one is under way."""
        with self._lock:
            if self.turn is not None:
                if self.turn.draft.running:
                    return None
                self.past = self.past.with_turn(self.turn.draft)
            self.turn = Turn(self.past.next_number, draft)
            return self.turn


def start(desk: Any, jobs: Jobs, question: Question, turn: Turn) -> None:
    """Have the turn answered; what prevents that ends it."""
    try:
        jobs.start(lambda cancel: desk.stream(question, cancel), turn.tell, question.asker, turn.cancel)
    except CopydeskError as error:
        turn.tell(error)


def states(turn: Turn) -> Generator[Draft | None]:
    """The turn's drafts from now on, not faster than ``FRAME_SECONDS``; the last one is not running.

    None is a beat: nothing new, the answer is under way. Left early, as when the browser is gone, it ends the turn.
    """
    seen = turn.draft
    try:
        yield seen
        while seen.running:
            before, seen = seen, turn.after(seen, BEAT_SECONDS)
            yield None if seen is before else seen
            if seen.running:
                time.sleep(FRAME_SECONDS)
    finally:
        turn.lose()
