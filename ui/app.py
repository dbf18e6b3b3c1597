"""The chat window: Gradio's layout and events around the HTML that ``ui.render`` makes.

The one module that imports Gradio, and itself imported only when a server starts.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import gradio as gr

from rag.errors import CopydeskError
from rag.http.jobs import Item, Jobs
from rag.llm.base import Cancel
from rag.types import Event, Listing, Message, Question
from ui import archive, render, scope
from ui.draft import Draft, apply, stopped

if TYPE_CHECKING:
    from fastapi import FastAPI

EXAMPLES = 3
NEWEST = 20  # articles whose titles make examples
SHOWN_TURNS = 30
HISTORY_TURNS = 6  # what a follow-up question can refer to
FRAME_SECONDS = 0.06  # the page is redrawn at most this often
CHOSEN = 'addEventListener("cd-scope", (event) => { props.value = event.detail; });'
POLL_SECONDS = 0.1  # how soon Stop shows, even when the model is slow to notice

Problem = Callable[[], str | None]


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


def mount_ui(
    app: FastAPI, desk: Any, jobs: Jobs, problem: Problem = lambda: None, writing: threading.Lock | None = None
) -> None:
    """Put the window at ``/`` of ``app``; ``problem`` tells what questions wait for, ``writing`` is held by whoever
    changes the archive.

    Nothing of the page is fetched from other machines.
    """
    gr.mount_gradio_app(
        app,
        build_ui(desk, jobs, problem, writing),
        path="/",
        theme=gr.themes.Base(
            font=[gr.themes.Font("system-ui"), gr.themes.Font("sans-serif")],
            font_mono=[gr.themes.Font("ui-monospace"), gr.themes.Font("monospace")],
        ),
        css=asset("style.css") + asset("archive.css"),
        head=f"<script>{asset('app.js')}</script>",
        allowed_paths=[],
        show_error=False,
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        mcp_server=False,
        enable_monitoring=False,
        pwa=False,
    )


def asset(name: str) -> str:
    """One of the files beside this one."""
    return files("ui").joinpath(name).read_text(encoding="utf-8")


def build_ui(
    desk: Any, jobs: Jobs, problem: Problem = lambda: None, writing: threading.Lock | None = None
) -> gr.Blocks:
    """The window for one desk. Answers run in ``jobs``, so that the server's limit holds here too."""
    running: dict[str, Cancel] = {}  # by browser session
    hidden: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}

    blocks: gr.Blocks
    with gr.Blocks(title="Copydesk", analytics_enabled=False, fill_width=True) as blocks:
        conversation = gr.State(Conversation())
        masthead = gr.HTML(elem_id="cd-head")
        alert = gr.HTML(elem_id="cd-alert")
        with gr.Row(elem_id="cd-desk"):
            with gr.Column(elem_id="cd-talk", scale=3):
                welcome = gr.HTML(elem_id="cd-hello")
                with gr.Column(elem_id="cd-examples", visible=False) as example_box:
                    examples = [gr.Button(visible=False, elem_classes="cd-example") for _ in range(EXAMPLES)]
                past = gr.HTML(elem_id="cd-past")
                current = gr.HTML(elem_id="cd-current")
                with gr.Column(elem_id="cd-dock"):
                    choice = gr.HTML(elem_id="cd-choice", js_on_load=asset("scope.js"))
                    chosen = gr.HTML(html_template="<i></i>", js_on_load=CHOSEN, visible="hidden")
                    with gr.Row(elem_id="cd-composer"):
                        box = gr.Textbox(
                            elem_id="cd-box",
                            placeholder="Ask the archive",
                            label="Your question",
                            show_label=False,
                            container=False,
                            lines=1,
                            max_lines=6,
                            max_length=desk.settings.max_question_chars,
                            autofocus=True,
                            scale=1,
                        )
                        ask_button = gr.Button("Ask", elem_id="cd-ask", variant="primary", scale=0)
                        stop_button = gr.Button("Stop", elem_id="cd-stop", visible=False, scale=0)
                        clear_button = gr.Button("New", elem_id="cd-clear", visible=False, scale=0)
            with gr.Column(elem_id="cd-side", scale=2):
                gr.HTML(
                    '<button type="button" id="cd-close" aria-label="Close the sources">Close</button>',
                    elem_id="cd-bar",
                )
                current_panel = gr.HTML(render.no_sources(), elem_id="cd-panel")
                past_panel = gr.HTML(elem_id="cd-past-panel")

        archive.build(desk, writing or threading.Lock(), masthead, render.masthead)

        def opened() -> dict[Any, Any]:
            told = desk.archive.info()
            articles = int(told["articles"])
            first = desk.archive.articles_page(Listing(sort="-published", limit=NEWEST)).articles
            questions = example_questions([a.title for a in first])
            buttons = [gr.update(value=q, visible=True) for q in questions]
            buttons += [gr.update(visible=False)] * (EXAMPLES - len(questions))
            return {
                masthead: render.masthead(articles),
                alert: render.alert(desk.llm_problem),
                welcome: render.welcome(articles),
                choice: scope.form(told.get("outlets") or {}) if articles else "",
                example_box: gr.update(visible=bool(questions)),
                **dict(zip(examples, buttons, strict=True)),
            }

        def ask(text: str, so_far: Conversation, narrowed: str, request: gr.Request) -> Iterator[dict[Any, Any]]:
            text = (text or "").strip()
            if not text:
                yield {box: ""}
                return
            number, session = so_far.next_number, str(request.session_hash)
            filter = scope.read(narrowed)
            blank = Draft(text, scope.said(filter), waiting_for=problem() or "")
            yield {
                box: "",
                welcome: "",
                example_box: gr.update(visible=False),
                ask_button: gr.update(visible=False),
                stop_button: gr.update(visible=True),
                clear_button: gr.update(visible=False),
                past: "".join(render.turn(turn, so_far.dropped + i) for i, turn in enumerate(so_far.turns, 1)),
                past_panel: "".join(
                    render.sources(turn, so_far.dropped + i, active=False) for i, turn in enumerate(so_far.turns, 1)
                ),
                current: render.turn(blank, number),
                current_panel: render.no_sources(),
            }
            question = Question(text, so_far.history(), filter, f"window:{session}")
            for draft in drafts(desk, jobs, question, running, session, blank):
                update: dict[Any, Any] = {
                    current: render.turn(draft, number),
                    current_panel: render.sources(draft, number) or render.no_sources(),
                }
                if not draft.running:  # with the last state, so that the next question can be sent once it is seen
                    update |= {
                        conversation: so_far.with_turn(draft),
                        ask_button: gr.update(visible=True),
                        stop_button: gr.update(visible=False),
                        clear_button: gr.update(visible=True),
                    }
                yield update

        def stop(request: gr.Request) -> None:
            if cancel := running.get(str(request.session_hash)):
                cancel.set()

        def clear() -> dict[Any, Any]:
            return {
                conversation: Conversation(),
                past: "",
                current: "",
                past_panel: "",
                current_panel: render.no_sources(),
                clear_button: gr.update(visible=False),
                **opened(),
            }

        still = [masthead, alert, welcome, choice, example_box, *examples]
        live = [box, past, past_panel, current, current_panel, conversation, ask_button, stop_button, clear_button]
        blocks.load(opened, None, still, **hidden)
        asked: dict[str, Any] = {
            "inputs": [box, conversation, chosen],
            "outputs": [*live, welcome, example_box],
            "concurrency_limit": None,
            "concurrency_id": "ask",
            "trigger_mode": "once",
            **hidden,
        }
        gr.on([box.submit, ask_button.click], ask, **asked)
        for button in examples:
            button.click(ask, **{**asked, "inputs": [button, conversation, chosen]})
        stop_button.click(stop, None, None, queue=False, **hidden)
        clear_button.click(clear, None, [*live, *still], queue=False, **hidden)
        blocks.unload(stop)
        blocks.queue(max_size=64, api_open=False, default_concurrency_limit=None)
    return blocks


def drafts(
    desk: Any, jobs: Jobs, question: Question, running: dict[str, Cancel], session: str, draft: Draft
) -> Iterator[Draft]:
    """The turn's states after ``draft``, not faster than ``FRAME_SECONDS``; the last one is never running."""
    items: queue.Queue[Item] = queue.Queue()

    def produce(cancel: Cancel) -> Iterator[Event]:
        return desk.stream(question, cancel)  # type: ignore[no-any-return]

    try:
        cancel = jobs.start(produce, items.put, question.asker)
    except CopydeskError as error:
        yield apply(draft, error)
        return
    running[session] = cancel
    try:
        while draft.running:
            began = time.monotonic()
            before = draft
            for item in _waiting(items):
                draft = apply(draft, item)
            if draft.running and cancel.is_set():
                draft = stopped(draft)
            if draft is not before:
                yield draft
            if draft.running:
                time.sleep(max(0.0, FRAME_SECONDS - (time.monotonic() - began)))
    finally:
        cancel.set()  # also when the browser left
        if running.get(session) is cancel:
            del running[session]


def _waiting(items: queue.Queue[Item]) -> Iterator[Item]:
    """What has come by now; when nothing has, waits a moment for it."""
    try:
        yield items.get(timeout=POLL_SECONDS)
        while True:
            yield items.get_nowait()
    except queue.Empty:
        return


def example_questions(titles: list[str | None]) -> list[str]:
    """Questions to start from, made from whatever articles there are."""
    return [f"What does “{title}” report?" for title in dict.fromkeys(titles) if title][:EXAMPLES]
