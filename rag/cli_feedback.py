"""What visitors of the window said about answers, for those who improve Copydesk: collected, and printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.terminal import one_line
from rag.threads import FILE, Threads, Turn

if TYPE_CHECKING:
    from rich.console import Console

SIGNS = {"up": "useful", "down": "not useful"}


def ratings(folder: Path) -> list[dict[str, Any]]:
    """The kept ratings in the archive's ``folder``, the latest first, with the question, what was answered, and the
    answer's name in links (``#answer=ID``). Raises ArchiveError where they can't be read."""
    if not (folder / FILE).exists():
        return []
    store = Threads.read(folder / FILE)
    try:
        return [_rating(turn) for turn in store.rated()]
    finally:
        store.close()


def show(console: Console, found: Sequence[Mapping[str, Any]]) -> None:
    """One paragraph for each."""
    from rich.text import Text

    if not found:
        console.print("Nothing has been rated yet. Answers are rated in the chat window; see copydesk serve.")
        return
    for one in found:
        style = "green" if one["rating"] == "up" else "red"
        rest = f"  {one['rated_at'][:10]}  {one['status'] or 'no answer'}  #answer={one['id']}"
        console.print(Text.assemble((SIGNS[one["rating"]], style), rest))
        console.print(Text(f"  {one_line(one['question'])}", style="bold"))
        if one["text"]:
            console.print(Text(f"  {one_line(one['text'])}"))
        if one["reason"]:
            console.print(Text(f"  “{one_line(one['reason'])}”", style="italic"))
        console.print()


def _rating(turn: Turn) -> dict[str, Any]:
    answer = turn.outcome.get("answer") or {}
    return {
        "id": turn.id,
        "rating": turn.rating,
        "reason": turn.reason,
        "rated_at": turn.rated_at,
        "question": turn.question,
        "filter": asdict(turn.filter),
        "asked_at": turn.asked_at,
        "status": answer.get("status"),
        "text": answer.get("text") or answer.get("notice") or "",
        "model": answer.get("model"),
    }
