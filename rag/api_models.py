"""What the HTTP doors accept. Unknown fields are refused, so that a misspelt filter does not pass silently."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from rag.errors import InputError
from rag.types import Filter, Message, Question

MAX_TURNS = 100
MAX_HITS = 50


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Filtered(_Strict):
    as_of: datetime.date | None = None
    since: datetime.date | None = None
    until: datetime.date | None = None
    sources: list[str] = Field(default_factory=list, max_length=200)

    def filter(self) -> Filter:
        """Raises InputError when ``since`` is after ``until``."""
        if self.since and self.until and self.since > self.until:
            raise InputError(
                f"since ({self.since}) is later than until ({self.until}).", "Swap the two dates or drop one."
            )
        return Filter(
            as_of=_iso(self.as_of),
            since=_iso(self.since),
            until=_iso(self.until),
            sources=tuple(name.strip() for name in self.sources if name.strip()),
        )


class Turn(_Strict):
    role: Literal["user", "assistant"]
    content: str


class AskRequest(Filtered):
    question: str
    history: list[Turn] = Field(default_factory=list, max_length=MAX_TURNS)

    def to_question(self, max_chars: int) -> Question:
        """Raises InputError when the question is empty or longer than ``max_chars`` characters."""
        history = tuple(Message(turn.role, turn.content) for turn in self.history)
        return Question(checked_question(self.question, max_chars), history, self.filter())


class SearchRequest(Filtered):
    query: str
    k: int = Field(default=8, ge=1, le=MAX_HITS)


class AddRequest(_Strict):
    """Files of this machine to ingest (the CLI's way in), with the server's token only."""

    paths: list[str] = Field(min_length=1, max_length=1000)
    dry_run: bool = False


class SyncRequest(_Strict):
    dry_run: bool = False


class ChatMessage(BaseModel):
    """One OpenAI chat message; content may be text or a list of parts, of which the text ones are read."""

    role: str
    content: str | list[dict[str, Any]] | None = None

    def text(self) -> str:
        if isinstance(self.content, str):
            return self.content
        return "\n".join(str(part["text"]) for part in self.content or () if part.get("type") == "text")


class ChatRequest(BaseModel):
    """The part of OpenAI's request that means something here; sampling settings are accepted and ignored."""

    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=2 * MAX_TURNS)]
    model: str = ""
    stream: bool = False
    stream_options: dict[str, Any] | None = None

    def to_question(self, max_chars: int) -> Question:
        """The last message is the question; the user's and assistant's earlier ones are the history."""
        *earlier, last = self.messages
        if last.role != "user":
            raise InputError("The last message is not from the user.", "End `messages` with the user's question.")
        history = tuple(
            Message("user" if m.role == "user" else "assistant", m.text())
            for m in earlier
            if m.role in ("user", "assistant") and m.text().strip()
        )
        return Question(checked_question(last.text(), max_chars), history)


def checked_question(text: str, max_chars: int) -> str:
    """``text`` trimmed. Raises InputError when nothing or more than ``max_chars`` characters are left."""
    text = text.strip()
    if not text:
        raise InputError("The question is empty.", "Type a question.")
    if len(text) > max_chars:
        raise InputError(
            f"The question has {len(text):,} characters; {max_chars:,} are allowed.",
            "Shorten it: ask one thing, in a sentence or two.",
        )
    return text


def _iso(day: datetime.date | None) -> str | None:
    return day.isoformat() if day else None
