"""One turn of the chat as it comes into being: events go in, what the page shows comes out. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from rag.errors import Cancelled, CopydeskError
from rag.http.jobs import Item
from rag.types import Event, Filter
from ui.bricks import Json

Phase = Literal["waiting", "queued", "reading", "writing", "done", "stopped", "failed"]
Rating = Literal["", "up", "down"]


@dataclass(frozen=True)
class Draft:
    """``sentences`` and ``citations`` have passed the check; ``loose`` is text of the model that has not (yet)."""

    question: str
    id: str = ""  # what a permalink names it by; nothing where it is not kept
    asked_at: str = ""  # ISO timestamp, UTC
    filter: Filter = field(default_factory=Filter)
    phase: Phase = "waiting"
    waiting_for: str = ""  # what has to happen first, such as the model's loading
    queue_position: int | None = None
    passages: tuple[Json, ...] = ()
    sentences: tuple[Json, ...] = ()
    citations: tuple[Json, ...] = ()
    withheld: tuple[Json, ...] = ()
    loose: str = ""
    answer: Json | None = None
    error: str = ""
    hint: str = ""
    rating: Rating = ""
    rating_reason: str = ""

    @property
    def running(self) -> bool:
        return self.phase not in ("done", "stopped", "failed")


def apply(draft: Draft, item: Item) -> Draft:
    """The draft after one more item of its job; None, the end of the job, closes it."""
    if not draft.running:
        return draft
    if item is None:
        fault = CopydeskError(
            "The answer broke off because of a fault in Copydesk.", "Ask again; see the server's log."
        )
        return _failed(draft, fault)
    if isinstance(item, Cancelled):
        return stopped(draft)
    if isinstance(item, CopydeskError):
        return _failed(draft, item)
    return _event(draft, item)


def stopped(draft: Draft) -> Draft:
    """What had passed the check stays; loose text goes."""
    return replace(draft, phase="stopped", loose="", queue_position=None) if draft.running else draft


def _failed(draft: Draft, error: CopydeskError) -> Draft:
    return replace(draft, phase="failed", loose="", queue_position=None, error=error.message, hint=error.hint)


def _event(draft: Draft, event: Event) -> Draft:
    data = event.data
    match event.name:
        case "queue":
            position = int(data.get("position") or 0)
            phase: Phase = "queued" if position > 0 else "reading" if draft.passages else "waiting"
            return replace(draft, phase=phase, queue_position=position or None)
        case "evidence":
            return replace(draft, phase="reading", queue_position=None, passages=tuple(data.get("passages", ())))
        case "token":
            return replace(draft, phase="writing", queue_position=None, loose=draft.loose + str(data.get("text", "")))
        case "sentence":
            known = {citation["n"] for citation in draft.citations}
            new = tuple(c for c in data.get("citation_details", ()) if c["n"] not in known)
            return replace(
                draft,
                phase="writing",
                sentences=(*draft.sentences, data),
                citations=(*draft.citations, *new),
                loose=_after(draft.loose, str(data.get("text", ""))),
            )
        case "withheld":
            return replace(
                draft, withheld=(*draft.withheld, data), loose=_after(draft.loose, str(data.get("text", "")))
            )
        case "error":
            return _failed(draft, CopydeskError(str(data.get("error", "")), str(data.get("hint", ""))))
        case "answer":
            return replace(
                draft,
                phase="done",
                loose="",
                answer=data,
                passages=tuple(data["retrieved"]),
                sentences=tuple(data["sentences"]),
                citations=tuple(data["citations"]),
                withheld=tuple(data["withheld"]),
            )
    return draft


def _after(loose: str, sentence: str) -> str:
    """What is left of the loose text once this sentence has been decided on."""
    place = loose.find(sentence)
    return loose[place + len(sentence) :].lstrip() if place >= 0 else ""
