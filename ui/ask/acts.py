"""What the small actions of the view do: opening, naming and deleting threads, ratings, undoing an edit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import gradio as gr

from rag.threads import LONGEST_REASON
from ui.ask import keeping, talks, threads
from ui.ask.draft import Draft, Rating
from ui.ask.drawing import NOTHING, Update, View, absent, before, blank, edited, listed, shown, told, whole
from ui.pages import UNCHANGED
from ui.visitors import is_local

LONGEST_SEARCH = 200  # characters


def act(view: View, event: gr.EventData, request: gr.Request) -> Update:
    """Carry out what a click or a key asked for; nothing for what is not known here."""
    data = event._data if isinstance(event._data, dict) else {}
    what = ACTS.get(str(data.get("do", "")))
    return what(view, data, request) if what else dict(UNCHANGED)


def leave(view: View, request: gr.Request) -> None:
    """The page turns to a new conversation. An answer under way in a saved one goes on, any other is stopped."""
    talk = view.talk(request)
    if talk.turn and talk.thread:
        talk.turn.go_on()
    elif talk.turn:
        talk.turn.stop()
    view.pages.put(request.session_hash, talks.Talk())


def _new(view: View, data: dict[str, Any], request: gr.Request) -> Update:
    leave(view, request)
    return {**blank(view, new=1), **listed(view, view.talk(request), request)}


def _list(view: View, data: dict[str, Any], request: gr.Request) -> Update:
    return listed(view, view.talk(request), request, _text(data, "search")[:LONGEST_SEARCH])


def _open(view: View, data: dict[str, Any], request: gr.Request) -> Update:
    """Open a saved thread; nothing when the page shows it already."""
    thread, talk = _text(data, "id"), view.talk(request)
    if thread and thread == talk.thread:
        return {view.parts.wire: told(thread=thread)}
    return _show(view, request, _talk(view, thread, request), "thread")


def _answer(view: View, data: dict[str, Any], request: gr.Request) -> Update:
    """Open the thread that an answer stands in."""
    id, talk = _text(data, "id"), view.talk(request)
    if talk.find(id):
        return {view.parts.wire: told(thread=talk.thread, mark=id)}
    turn = view.keeper.read(lambda store: store.turn(id), None) if is_local(request) else None
    if turn is None:
        return _show(view, request, None, "answer")
    found = _talk(view, turn.thread, request)
    if found and not turn.replaced and found.find(id) is None:
        found = _all(view, found)
    update = _show(view, request, found, "answer", **({} if turn.replaced else {"mark": id}))
    if turn.replaced:
        said = "That answer was replaced by a later one. This is the conversation it stood in."
        update[view.parts.note] = threads.note(said)
    return update


def _show(view: View, request: gr.Request, talk: talks.Talk | None, name: str, **data: object) -> Update:
    leave(view, request)
    if talk is None:
        return {**absent(view, name, local=is_local(request)), **listed(view, view.talk(request), request)}
    view.pages.put(request.session_hash, talk)
    running = talk.turn is not None and talk.turn.draft.running
    follow = {"follow": 1} if running else {}
    return {**whole(view, talk, opened=1, **follow, **data), **listed(view, talk, request)}


def _talk(view: View, thread: str, request: gr.Request) -> talks.Talk | None:
    """A saved conversation; the very same that other pages show, if any do."""
    if not is_local(request) or not thread:
        return None
    if talk := view.shelf.get(thread):
        return talk
    found = view.keeper.read(lambda store: keeping.load(store, thread), None)
    return view.shelf.put(talks.Talk(found.id, found.drafts)) if found and found.drafts else None


def _all(view: View, talk: talks.Talk) -> talks.Talk:
    """The conversation with all of its turns, however many; as it is while an answer is under way."""
    if talk.turn and talk.turn.draft.running:
        return talk
    found = view.keeper.read(lambda store: keeping.load(store, talk.thread), None)
    if found is None or not found.drafts:
        return talk
    view.shelf.drop(talk.thread)
    return view.shelf.put(talks.Talk(found.id, found.drafts, shown=len(found.drafts)))


def _peek(view: View, data: dict[str, Any], request: gr.Request) -> Update:
    """A page that is looked at again, and shows ``answer`` as the newest: another may have asked in its thread."""
    talk = view.talk(request)
    turn = talk.turn
    if turn is None or not talk.thread or turn.draft.id == _text(data, "answer"):
        return dict(UNCHANGED)
    unseen = turn.draft.running and not turn.followed_by(str(request.session_hash))
    return whole(view, talk, **({"follow": 1} if unseen else {}))


def _earlier(view: View, data: dict[str, Any], request: gr.Request) -> Update:
    talk = view.talk(request)
    if not talk.thread or not is_local(request):
        return dict(UNCHANGED)
    talk = view.pages.put(request.session_hash, _all(view, talk))
    return before(view, talk)


def _rename(view: View, data: dict[str, Any], request: gr.Request) -> Update:
    if is_local(request):
        id, title = _text(data, "id"), _text(data, "title")
        view.keeper.later(lambda store: store.rename(id, title))
    return listed(view, view.talk(request), request)


def _remove(view: View, data: dict[str, Any], request: gr.Request) -> Update:
    """Delete a thread; its answer under way is stopped, and a page that shows it turns to a new one."""
    id = _text(data, "id")
    found = view.keeper.read(lambda store: store.thread(id), None) if is_local(request) else None
    if found is None:
        return listed(view, view.talk(request), request)
    shared = view.shelf.drop(id)
    if shared is not None:
        if shared.turn:
            shared.turn.stop()
        shared.thread = ""  # asked on in another page, it begins a thread of its own
    when = keeping.now()
    view.keeper.later(lambda store: store.remove(id, when))
    update: Update = {}
    if shared is not None and view.talk(request) is shared:
        view.pages.put(request.session_hash, talks.Talk())
        update = blank(view, new=1)
    view.removed.put(request.session_hash, (found.id, found.title))
    return {**update, **listed(view, view.talk(request), request)}


def _restore(view: View, data: dict[str, Any], request: gr.Request) -> Update:
    if is_local(request):
        id = _text(data, "id")
        view.keeper.later(lambda store: store.restore(id))
        view.removed.put(request.session_hash, NOTHING)
    return listed(view, view.talk(request), request)


def _edit(view: View, data: dict[str, Any], request: gr.Request) -> Update:
    """Hand the page a question to change; without a name, the newest."""
    talk = view.talk(request)
    draft = talk.find(_text(data, "id")) or (talk.turn.draft if talk.turn and not data.get("id") else None)
    if draft is None or (talk.turn and talk.turn.draft.running):
        return dict(UNCHANGED)
    return {view.parts.wire: told(thread=talk.thread, **edited(draft))}


def _undo_edit(view: View, data: dict[str, Any], request: gr.Request) -> Update:
    talk = view.talk(request)
    undone = talk.put_back()
    if undone is None:
        return dict(UNCHANGED)
    gone, back = undone
    when = keeping.now()
    if talk.thread:
        view.keeper.later(lambda store: store.replace([gone], when, back=back))
    return whole(view, talk)


def _rate(view: View, data: dict[str, Any], request: gr.Request) -> Update:
    value = _text(data, "value")
    rating = cast(Rating, value if value in ("up", "down") else "")
    return _rated(view, data, request, lambda draft: replace(draft, rating=rating, rating_reason=""))


def _reason(view: View, data: dict[str, Any], request: gr.Request) -> Update:
    reason = _text(data, "reason").strip()[:LONGEST_REASON]
    return _rated(view, data, request, lambda draft: replace(draft, rating_reason=reason))


def _unrate(view: View, data: dict[str, Any], request: gr.Request) -> Update:
    return _rated(view, data, request, lambda draft: replace(draft, rating="", rating_reason=""))


def _rated(view: View, data: dict[str, Any], request: gr.Request, change: Callable[[Draft], Draft]) -> Update:
    talk, id = view.talk(request), _text(data, "id")
    if not talk.thread or not is_local(request):
        return {view.parts.note: threads.note("Ratings are kept only from visitors on the machine Copydesk runs on.")}
    draft = talk.change(id, change)
    if draft is None:
        return dict(UNCHANGED)
    when = keeping.now().isoformat(timespec="seconds")
    view.keeper.later(lambda store: store.rate(id, draft.rating, draft.rating_reason, when))
    newest = talk.turn is not None and talk.turn.draft.id == id
    return shown(view, talk, talk.turn, talk.turn.draft) if newest and talk.turn else before(view, talk)


def _text(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    return value if isinstance(value, str) else ""


ACTS: dict[str, Callable[[View, dict[str, Any], gr.Request], Update]] = {
    "new": _new,
    "list": _list,
    "open": _open,
    "answer": _answer,
    "peek": _peek,
    "earlier": _earlier,
    "rename": _rename,
    "remove": _remove,
    "restore": _restore,
    "edit": _edit,
    "undo-edit": _undo_edit,
    "rate": _rate,
    "rate-reason": _reason,
    "rate-undo": _unrate,
}
