"""The view where questions are asked: what happens as the page opens, a question is asked, stopped or looked after."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import gradio as gr

from rag.http.jobs import Jobs
from rag.types import Filter, Question
from ui.ask import acts, keeping, scope, talks, threads
from ui.ask.draft import Draft
from ui.ask.drawing import NOTHING, Update, View, blank, buttons, listed, shown, unsaved, welcome, whole
from ui.ask.parts import lay_out
from ui.pages import UNCHANGED, PerPage
from ui.visitors import is_local

BUSY = "Another page is asking in this thread. Your question is kept in the box: ask it when that answer has come."
ID_BYTES = 12  # of randomness in the name of a thread or an answer


def build(desk: Any, jobs: Jobs, problem: Callable[[], str | None]) -> None:
    """The view, inside an open ``gr.Blocks``. Answers run in ``jobs``; ``problem`` tells what questions wait for."""
    parts = lay_out(desk.settings.max_question_chars)
    keeper = keeping.Keeper(desk.settings.archive_dir)
    view = View(desk, jobs, problem, parts, keeper, PerPage(talks.Talk), PerPage(lambda: NOTHING), talks.Shelf())

    def opened(request: gr.Request) -> Update:
        return {**welcome(view), **listed(view, view.talk(request), request)}

    def ask(text: str, chosen: str, request: gr.Request) -> Iterator[Update]:
        text = (text or "").strip()
        filter, instead = scope.read(chosen), scope.instead(chosen)
        if not text:
            yield {parts.box: ""}
            return
        yield from asked(view, request, text, filter, instead, parts.box)

    def again(event: gr.EventData, request: gr.Request) -> Iterator[Update]:
        """What is asked by something other than the box: an answer's buttons, and a page that comes back."""
        data = event._data if isinstance(event._data, dict) else {}
        talk, what = view.talk(request), data.get("do")
        old = talk.find(str(data.get("id", "")))
        if what == "follow":
            yield from followed(view, talk, request)
        elif old is not None and what in ("retry", "widen", "as-typed"):
            newest = talk.turn is not None and talk.turn.draft.id == old.id
            filter = Filter() if what == "widen" else old.filter
            instead = old.id if newest and what != "widen" else ""
            yield from asked(view, request, old.question, filter, instead, alone=what == "as-typed")
        else:
            yield dict(UNCHANGED)

    def stop(request: gr.Request) -> Update:
        turn = view.talk(request).turn
        if turn is None:
            return dict(UNCHANGED)
        turn.stop()
        return look(request)

    def look(request: gr.Request) -> Update:
        """How the turn stands, by another way than the stream: the page asks when that has fallen silent."""
        talk = view.talk(request)
        lost = talk.turn is not None and talk.turn.draft.running and not talk.turn.followed
        return whole(view, talk, **({"follow": 1} if lost else {}))

    def clear(request: gr.Request) -> Update:
        acts.leave(view, request)
        return blank(view)

    def act(event: gr.EventData, request: gr.Request) -> Update:
        return acts.act(view, event, request)

    hidden: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    everything = parts.all()
    gr.on(None, opened, None, everything, queue=False, **hidden)  # as the page opens
    streamed: dict[str, Any] = {
        "outputs": parts.live(),
        "concurrency_limit": None,
        "concurrency_id": "ask",
        "trigger_mode": "multiple",  # "once" would swallow a question asked just as the last answer ends
        **hidden,
    }
    gr.on([parts.box.submit, parts.ask.click], ask, [parts.box, parts.chosen], **streamed)
    for button in parts.examples:
        button.click(ask, [button, parts.chosen], **streamed)
    parts.wire.again(again, None, **streamed)
    quick: dict[str, Any] = {"outputs": everything, "queue": False, "trigger_mode": "multiple", **hidden}
    for pressed, what in ((parts.stop, stop), (parts.look, look), (parts.clear, clear)):
        pressed.click(what, None, **quick)
    parts.wire.act(act, None, **quick)


def asked(
    view: View,
    request: gr.Request,
    text: str,
    filter: Filter,
    instead: str = "",
    box: Any = None,
    *,
    alone: bool = False,
) -> Iterator[Update]:
    """Ask, in the place of the turn ``instead`` names, and follow the answer; ``box`` is emptied once it is asked.
    ``alone``: in these very words, as if nothing had been asked before."""
    talk = view.talk(request)
    local = is_local(request)
    thread = talk.thread or (new_id() if local else "")
    draft = Draft(
        text,
        id=new_id(),
        asked_at=keeping.now().isoformat(timespec="seconds"),
        filter=filter,
        waiting_for=view.problem() or "",
    )

    def ended(draft: Draft) -> None:  # holds on to the talk, so that it is found while the answer is under way
        if thread and talk.thread == thread:
            view.keeper.later(lambda store: store.keep(keeping.kept(draft, thread)))

    turn = talk.begin(draft, ended, instead)
    if turn is None:  # not yet: what is in the box stays
        yield from waits(view, talk, request)
        return
    view.removed.put(request.session_hash, NOTHING)
    if thread:
        talk.thread = thread
        view.shelf.put(talk)
        gone = talk.replaced.ids if talk.replaced else ()
        when = keeping.now()
        view.keeper.later(lambda store: store.replace(gone, when))
        view.keeper.later(lambda store: store.keep(keeping.kept(replace(draft, waiting_for=""), thread)))
    question = Question(text, () if alone else talk.past.history(), filter, f"window:{request.session_hash}")
    talks.start(view.desk, view.jobs, question, turn)
    first = {**whole(view, talk, asked=1), **({box: ""} if box is not None else {})}
    yield from drawn(view, talk, turn, request, first)


def followed(view: View, talk: talks.Talk, request: gr.Request) -> Iterator[Update]:
    """An answer that another page, or this one before it was loaded anew, has asked for."""
    if talk.turn is None or not talk.turn.draft.running:
        if talk.turn is not None:
            yield whole(view, talk)
        yield dict(UNCHANGED)  # as at the end of those below
        return
    yield from drawn(view, talk, talk.turn, request, whole(view, talk))


def waits(view: View, talk: talks.Talk, request: gr.Request) -> Iterator[Update]:
    """For a question asked while another page's is being answered in the thread: that is shown, and said to come first.
    A page that shows it already shows its stop button, too."""
    running = talk.turn
    if running is None or running.followed_by(str(request.session_hash)):
        yield dict(UNCHANGED)
        return
    first = {**whole(view, talk), view.parts.note: threads.note(BUSY)}
    yield from drawn(view, talk, running, request, first, {view.parts.note: ""})


def drawn(
    view: View,
    talk: talks.Talk,
    turn: talks.Turn,
    request: gr.Request,
    first: Update,
    last: Update | None = None,
) -> Iterator[Update]:
    """The turn as it goes on; ``first`` is everything that it changes, for the first time it is drawn, ``last`` what
    else changes at its end."""
    patience = talks.RETURN_SECONDS if talk.thread else 0.0
    with closing(talks.states(turn, patience, str(request.session_hash))) as steps:
        for i, draft in enumerate(steps):
            if view.talk(request) is not talk:  # the page shows another by now
                turn.go_on()
                break
            if draft is None:
                yield {view.parts.beat: f'<i class="cd-sign">{i}</i>'}
            elif i == 0:
                yield first
            elif draft.running:
                yield shown(view, talk, turn, draft)
            else:  # with the last state, so that the next question can be sent once it is seen
                yield {**shown(view, talk, turn, draft), **buttons(view, draft), **(last or {}), **unsaved(view)}
    # At a stream's end Gradio sends its last state once more, by when the page may show another conversation.
    yield dict(UNCHANGED)


def new_id() -> str:
    """A name that nobody can guess, for a thread or an answer."""
    return secrets.token_urlsafe(ID_BYTES)
