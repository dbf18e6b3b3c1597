"""What the view's parts show of a conversation: updates of Gradio's components, by component."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import gradio as gr

from rag.errors import CopydeskError, NotFoundError
from rag.examples import SHOWN, examples_of
from rag.http.jobs import Jobs
from rag.threads import Thread
from rag.wire import article_json
from ui.ask import keeping, panel, scope, talks, threads
from ui.ask import turn as render
from ui.ask import welcome as start
from ui.ask.draft import Draft
from ui.ask.parts import Parts
from ui.bricks import Json, count, esc
from ui.pages import PerPage
from ui.visitors import is_local

NOTHING = ("", "")  # removed

Update = dict[Any, Any]
_told = itertools.count(1)


@dataclass(frozen=True)
class View:
    """All that the handlers of the view share. ``pages`` holds what each open page shows, ``removed`` the thread
    (id, title) that it can put back, ``shelf`` which saved threads are in use."""

    desk: Any
    jobs: Jobs
    problem: Callable[[], str | None]
    parts: Parts
    keeper: keeping.Keeper
    pages: PerPage[talks.Talk]
    removed: PerPage[tuple[str, str]]
    shelf: talks.Shelf

    def talk(self, request: gr.Request) -> talks.Talk:
        """What this visitor's page shows."""
        return self.pages.of(request.session_hash)


def shown(view: View, talk: talks.Talk, turn: talks.Turn, draft: Draft, *, active: bool = True) -> Update:
    """The newest turn; ``active`` where its sources are those to be seen."""
    draft = as_held(view, draft)
    return {
        view.parts.current: render.turn(draft, turn.number, kept=bool(talk.thread)),
        view.parts.current_panel: panel.sources(draft, turn.number, active=active) or panel.no_sources(),
    }


def before(view: View, talk: talks.Talk, active: str = "") -> Update:
    """The turns before it; ``active`` names the one whose sources are to be seen, mostly none of them."""
    past = [(number, as_held(view, old)) for number, old in enumerate(talk.past.turns, talk.past.dropped + 1)]
    kept = bool(talk.thread)
    more = threads.earlier(talk.past.dropped) if kept else ""
    return {
        view.parts.past: more + "".join(render.turn(old, number, kept=kept) for number, old in past),
        view.parts.past_panel: "".join(
            panel.sources(old, number, active=bool(active) and old.id == active) for number, old in past
        ),
    }


def as_held(view: View, draft: Draft) -> Draft:
    """The draft with what the archive says now of the articles it cites: which are ``gone``, and of which outlets and
    days the copies of each are."""

    def held(id: str) -> Json:
        try:
            return article_json(view.desk.archive.article(id), with_text=False)
        except NotFoundError:
            return {"article_id": id, "gone": True}
        except CopydeskError:  # it can't be told just now
            return {"article_id": id}

    def told(citation: Json) -> Json:
        gone = held(str(citation["article_id"])).get("gone", False)
        return {**citation, "gone": gone, "copies": [held(str(id)) for id in citation.get("also_in") or ()]}

    return replace(draft, citations=tuple(map(told, draft.citations))) if draft.citations else draft


def buttons(view: View, draft: Draft) -> Update:
    return {
        view.parts.ask: gr.update(visible=not draft.running),
        view.parts.stop: gr.update(visible=draft.running),
        view.parts.clear: gr.update(visible=not draft.running),
    }


def whole(view: View, talk: talks.Talk, **data: object) -> Update:
    """The conversation, its welcome gone; ``data`` is told to the page."""
    turn = talk.turn
    if turn is None:
        return blank(view, **data)
    draft, marked = turn.draft, str(data.get("mark", ""))  # the answer that a link leads to: its sources beside it
    return {
        view.parts.welcome: "",
        view.parts.example_box: gr.update(visible=False),
        view.parts.note: _note(view, talk),
        view.parts.wire: told(thread=talk.thread, turn=turn.number, answer=draft.id, **data),
        **before(view, talk, marked),
        **shown(view, talk, turn, draft, active=marked in ("", draft.id)),
        **buttons(view, draft),
    }


def blank(view: View, **data: object) -> Update:
    """No conversation: the welcome, and questions to start from."""
    parts = view.parts
    return {
        parts.past: "",
        parts.current: "",
        parts.past_panel: "",
        parts.current_panel: panel.no_sources(),
        parts.note: threads.note(view.keeper.trouble()),
        parts.wire: told(thread="", answer="", **data),
        parts.ask: gr.update(visible=True),
        parts.stop: gr.update(visible=False),
        parts.clear: gr.update(visible=False),
        **welcome(view),
    }


def absent(view: View, name: str, *, local: bool) -> Update:
    """In place of a conversation: that there is none of this name."""
    return {
        **blank(view, missing=name),
        view.parts.welcome: "",
        view.parts.example_box: gr.update(visible=False),
        view.parts.current: threads.missing(name, local=local),
        view.parts.clear: gr.update(visible=False),
    }


def welcome(view: View) -> Update:
    """What stands there before the first question."""
    parts, archive = view.parts, view.desk.archive
    info = archive.info()
    articles = int(info["articles"])
    questions = examples_of(view.desk.settings, archive)
    buttons = [gr.update(value=q, visible=True) for q in questions]
    buttons += [gr.update(visible=False)] * (SHOWN - len(questions))
    return {
        parts.welcome: start.welcome(articles),
        parts.choice: scope.line(info.get("outlets") or {} if articles else None),
        parts.example_box: gr.update(visible=bool(questions)),
        **dict(zip(parts.examples, buttons, strict=True)),
    }


def unsaved(view: View) -> Update:
    """What is wrong with the keeping, if anything is and it was not said before."""
    said = view.keeper.trouble()
    return {view.parts.note: threads.note(said)} if said else {}


def listed(view: View, talk: talks.Talk, request: gr.Request, search: str = "") -> Update:
    """The list of saved threads."""
    if not is_local(request):
        return {view.parts.threads: threads.not_yours()}
    nothing: tuple[Thread, ...] = ()
    found = view.keeper.read(lambda store: store.list(search), nothing)
    today = keeping.now().astimezone().date()
    running = view.shelf.running() - {talk.thread}
    removed = view.removed.of(request.session_hash)
    html = threads.threads(found, today, opened=talk.thread, search=search, running=running, removed=removed)
    return {view.parts.threads: html}


def told(**data: object) -> str:
    """What the page's scripts should know of what was just done, as data of an element; numbered, so that the same
    twice is heard twice."""
    held = {"n": next(_told), **data}
    said = " ".join(f'data-{name}="{esc(value)}"' for name, value in held.items())
    return f"<i {said}></i>"


def edited(draft: Draft) -> dict[str, object]:
    """What the page needs to put a question into the box again."""
    return {"edit": draft.id, "question": draft.question, "filter": json.dumps(asdict(draft.filter))}


def _note(view: View, talk: talks.Talk) -> str:
    if said := view.keeper.trouble():
        return threads.note(said)
    if talk.replaced is None:
        return ""
    later = len(talk.replaced.ids) - 1
    also = f", and {count(later, 'later one')} taken away" if later else ""
    return threads.note(f"The answer before was replaced{also}.", undo=True)
