"""The saved conversations as HTML: the list beside the one that is open, and what is said when one is missing. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from itertools import groupby

from rag.threads import LONGEST_TITLE, Thread
from ui.bricks import count, esc

MANY = 12  # threads, from which on they are searched

HEAD = (
    '<div class="cd-threads-head"><h2>Threads</h2>'
    '<button type="button" class="cd-plain" data-do="new">New</button>'
    '<button type="button" class="cd-plain" id="cd-threads-close">Close</button></div>'
    '<input type="search" id="cd-threads-find" class="cd-field" aria-label="Search the saved threads"'
    ' placeholder="Search threads" maxlength="200" autocomplete="off" hidden>'
)


def threads(
    listed: Sequence[Thread],
    today: date,
    *,
    opened: str = "",
    search: str = "",
    running: Collection[str] = (),
    removed: tuple[str, str] = ("", ""),
) -> str:
    """The list, by day; ``removed`` is (id, title) of one that can still be put back."""
    undo = _removed(*removed) if removed[0] else ""
    if not listed:
        said = "No thread holds these words." if search else "What you ask is kept here, on this machine."
        return f'{undo}<p class="cd-threads-none">{said}</p>'
    parts = "".join(
        f'<section><h3>{name}</h3><ul role="list">'
        + "".join(_thread(thread, thread.id == opened, thread.id in running) for thread in group)
        + "</ul></section>"
        for name, group in _by_day(listed, today)
    )
    return f'{undo}<nav class="cd-kept" aria-label="Saved threads" data-count="{len(listed)}">{parts}</nav>'


def not_yours() -> str:
    """What a visitor from another machine sees in the list's place."""
    said = "Conversations are saved only for visitors on the machine Copydesk runs on."
    return f'<p class="cd-threads-none" data-elsewhere>{said}</p>'


def missing(name: str, *, local: bool) -> str:
    """What stands where a thread or an answer should, that is not there; ``name`` is "thread" or "answer"."""
    head = "This answer is not here" if name == "answer" else "This thread is not here"
    why = (
        "It may have been deleted, or the link is to the archive of another machine."
        if local
        else "Saved conversations can be opened only on the machine Copydesk runs on."
    )
    then = "Open another thread from the list, or ask anew below." if local else "You can ask below."
    return (
        f'<section class="cd-missing" role="status"><h2>{head}</h2><p>{why}</p><p>{then}</p>'
        '<button type="button" class="cd-plain" data-do="new">Start a new thread</button></section>'
    )


def earlier(dropped: int) -> str:
    """Above the first turn that is shown, when there are some before it."""
    if not dropped:
        return ""
    label = f"Show {count(dropped, 'earlier question')}"
    return f'<button type="button" class="cd-plain cd-earlier" data-do="earlier">{label}</button>'


def note(said: str, *, undo: bool = False) -> str:
    """One line above the question box."""
    if not said:
        return ""
    button = ' <button type="button" class="cd-plain" data-do="undo-edit">Undo</button>' if undo else ""
    return f'<p class="cd-note" role="status"><span>{esc(said)}</span>{button}</p>'


def _by_day(listed: Iterable[Thread], today: date) -> Iterable[tuple[str, list[Thread]]]:
    def name(thread: Thread) -> str:
        days = (today - _day(thread.updated)).days
        return "Today" if days <= 0 else "Yesterday" if days == 1 else "Earlier"

    return [(day, list(group)) for day, group in groupby(listed, name)]


def _day(stamp: str) -> date:
    """The day of a timestamp, as this machine's clock tells it."""
    return datetime.fromisoformat(stamp).astimezone().date()


def _thread(thread: Thread, here: bool, running: bool) -> str:
    title, id = esc(thread.title), esc(thread.id)
    current = ' aria-current="true"' if here else ""
    busy = '<span class="cd-thread-busy" data-busy>answering …</span>' if running else ""
    return (
        f'<li class="cd-thread" data-id="{id}"><div class="cd-thread-row">'
        f'<a href="#thread={id}" title="{title}"{current} dir="auto">{title}</a>'
        f'<button type="button" class="cd-thread-more" data-act="acts" aria-expanded="false"'
        f' aria-label="Rename or delete {title}">⋯</button></div>{busy}'
        '<div class="cd-thread-acts" hidden><button type="button" class="cd-plain" data-act="name">Rename</button>'
        '<button type="button" class="cd-plain" data-act="sure">Delete</button></div>'
        f'<form class="cd-thread-name" data-id="{id}" hidden><input name="title" class="cd-field" aria-label="Title"'
        f' value="{title}" maxlength="{LONGEST_TITLE}" required autocomplete="off">'
        '<button class="cd-plain">Save</button><button type="button" class="cd-plain" data-act="">Cancel</button>'
        "</form>"
        f'<div class="cd-thread-sure" role="group" aria-label="Delete {title}?" hidden>'
        f"<p>Delete this thread with {count(max(thread.turns, 1), 'question')}?</p>"
        f'<button type="button" class="cd-plain cd-danger" data-do="remove" data-id="{id}">Delete</button>'
        '<button type="button" class="cd-plain" data-act="">Keep</button></div></li>'
    )


def _removed(id: str, title: str) -> str:
    return (
        f'<p class="cd-removed" role="status"><span dir="auto">Deleted “{esc(title)}”.</span> '
        f'<button type="button" class="cd-plain" data-do="restore" data-id="{esc(id)}">Undo</button></p>'
    )
