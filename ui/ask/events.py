"""The view where questions are asked: Gradio's layout and events around the HTML of its neighbours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from importlib.resources import files
from typing import Any

import gradio as gr

from rag.http.jobs import Jobs
from rag.types import Listing, Question
from ui.ask import panel, scope, talks
from ui.ask import turn as render
from ui.ask.draft import Draft
from ui.pages import PerPage

EXAMPLES = 3
NEWEST = 20  # articles whose titles make examples
CHOSEN = 'addEventListener("cd-scope", (event) => { props.value = event.detail; });'


def build(desk: Any, jobs: Jobs, problem: Callable[[], str | None]) -> None:
    """The view, inside an open ``gr.Blocks``. Answers run in ``jobs``; ``problem`` tells what questions wait for."""
    pages = PerPage(talks.Talk)
    hidden: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    script = files("ui.ask").joinpath("scope.js").read_text(encoding="utf-8")

    with gr.Row(elem_id="cd-desk"):
        with gr.Column(elem_id="cd-talk", scale=3):
            welcome = gr.HTML(elem_id="cd-hello")
            with gr.Column(elem_id="cd-examples", visible=False) as example_box:
                examples = [gr.Button(visible=False, elem_classes="cd-example") for _ in range(EXAMPLES)]
            past = gr.HTML(elem_id="cd-past")
            current = gr.HTML(elem_id="cd-current")
            with gr.Column(elem_id="cd-dock"):
                choice = gr.HTML(elem_id="cd-choice", js_on_load=script)
                chosen = gr.HTML(html_template="<i></i>", js_on_load=CHOSEN, visible="hidden")
                look_button = gr.Button("Look", elem_id="cd-look", visible="hidden")
                beat = gr.HTML(elem_id="cd-beat", visible="hidden")
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
            current_panel = gr.HTML(panel.no_sources(), elem_id="cd-panel")
            past_panel = gr.HTML(elem_id="cd-past-panel")

    def opened() -> dict[Any, Any]:
        told = desk.archive.info()
        articles = int(told["articles"])
        first = desk.archive.articles_page(Listing(sort="-published", limit=NEWEST)).articles
        questions = example_questions([a.title for a in first])
        buttons = [gr.update(value=q, visible=True) for q in questions]
        buttons += [gr.update(visible=False)] * (EXAMPLES - len(questions))
        return {
            welcome: render.welcome(articles),
            choice: scope.form(told.get("outlets") or {}) if articles else "",
            example_box: gr.update(visible=bool(questions)),
            **dict(zip(examples, buttons, strict=True)),
        }

    def shown(turn: talks.Turn, draft: Draft) -> dict[Any, Any]:
        return {
            current: render.turn(draft, turn.number),
            current_panel: panel.sources(draft, turn.number) or panel.no_sources(),
        }

    def whole(talk: talks.Talk, turn: talks.Turn, draft: Draft) -> dict[Any, Any]:
        """Everything that a new turn changes; the first turns' welcome gives way."""
        before = list(enumerate(talk.past.turns, talk.past.dropped + 1))
        return {
            welcome: "",
            example_box: gr.update(visible=False),
            past: "".join(render.turn(old, number) for number, old in before),
            past_panel: "".join(panel.sources(old, number, active=False) for number, old in before),
            **shown(turn, draft),
            **buttons(draft),
        }

    def buttons(draft: Draft) -> dict[Any, Any]:
        return {
            ask_button: gr.update(visible=not draft.running),
            stop_button: gr.update(visible=draft.running),
            clear_button: gr.update(visible=not draft.running),
        }

    def ask(text: str, narrowed: str, request: gr.Request) -> Iterator[dict[Any, Any]]:
        text, session, talk = (text or "").strip(), request.session_hash, pages.of(request.session_hash)
        filter = scope.read(narrowed)
        turn = talk.begin(Draft(text, filter=filter, waiting_for=problem() or "")) if text else None
        if turn is None:  # nothing to ask, or not yet: what is in the box stays
            yield {box: gr.update() if text else ""}
            return
        question = Question(text, talk.past.history(), filter, f"window:{session}")
        talks.start(desk, jobs, question, turn)
        with closing(talks.states(turn)) as steps:
            for i, draft in enumerate(steps):
                if draft is None:
                    yield {beat: f'<i class="cd-sign">{i}</i>'}
                elif i == 0:
                    yield {box: "", **whole(talk, turn, draft)}
                elif draft.running:
                    yield shown(turn, draft)
                else:  # with the last state, so that the next question can be sent once it is seen
                    yield {**shown(turn, draft), **buttons(draft)}

    def stop(request: gr.Request) -> dict[Any, Any]:
        talk = pages.of(request.session_hash)
        if talk.turn is None:
            return {}
        talk.turn.stop()
        return look(request)

    def look(request: gr.Request) -> dict[Any, Any]:
        """How the turn stands, by another way than the stream: the page asks when that has fallen silent."""
        talk = pages.of(request.session_hash)
        turn = talk.turn
        return whole(talk, turn, turn.draft) if turn else clear(request)

    def clear(request: gr.Request) -> dict[Any, Any]:
        if turn := pages.of(request.session_hash).turn:
            turn.stop()
        pages.put(request.session_hash, talks.Talk())
        return {
            past: "",
            current: "",
            past_panel: "",
            current_panel: panel.no_sources(),
            ask_button: gr.update(visible=True),
            stop_button: gr.update(visible=False),
            clear_button: gr.update(visible=False),
            **opened(),
        }

    still = [welcome, choice, example_box, *examples]
    live = [past, past_panel, current, current_panel, ask_button, stop_button, clear_button]
    gr.on(None, opened, None, still, **hidden)  # as the page opens
    asked: dict[str, Any] = {
        "outputs": [box, *live, welcome, example_box, beat],
        "concurrency_limit": None,
        "concurrency_id": "ask",
        "trigger_mode": "multiple",  # "once" would swallow a question asked just as the last answer ends
        **hidden,
    }
    gr.on([box.submit, ask_button.click], ask, [box, chosen], **asked)
    for button in examples:
        button.click(ask, [button, chosen], **asked)
    for pressed, what in ((stop_button, stop), (look_button, look), (clear_button, clear)):
        pressed.click(what, None, [*live, *still], queue=False, trigger_mode="multiple", **hidden)


def example_questions(titles: list[str | None]) -> list[str]:
    """Questions to start from, made from whatever articles there are."""
    return [f"What does “{title}” report?" for title in dict.fromkeys(titles) if title][:EXAMPLES]
