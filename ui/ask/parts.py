"""What the view where questions are asked is laid out of, in Gradio's components."""

from __future__ import annotations

from dataclasses import dataclass, fields
from importlib.resources import files
from typing import Any

import gradio as gr

from rag.examples import SHOWN
from ui.ask import panel, threads

CHOSEN = 'addEventListener("cd-scope", (event) => { props.value = event.detail; });'


@dataclass(frozen=True)
class Parts:
    """The components that change. ``wire`` carries small actions to the server, and word of what it did back."""

    threads: Any
    welcome: Any
    example_box: Any
    examples: tuple[Any, ...]
    past: Any
    current: Any
    note: Any
    choice: Any
    chosen: Any
    look: Any
    beat: Any
    wire: Any
    box: Any
    ask: Any
    stop: Any
    clear: Any
    current_panel: Any
    past_panel: Any

    def all(self) -> list[Any]:
        """Every component once."""
        parts = [getattr(self, field.name) for field in fields(self) if field.name not in ("examples", "chosen")]
        return [*parts, *self.examples]

    def live(self) -> list[Any]:
        """Those that a question and its answer change."""
        return [
            self.box, self.welcome, self.example_box, self.past, self.past_panel, self.current, self.current_panel,
            self.note, self.wire, self.ask, self.stop, self.clear, self.beat,
        ]  # fmt: skip


def lay_out(longest: int) -> Parts:
    """Make the components inside an open ``gr.Blocks``; a question has at most ``longest`` characters."""
    with gr.Row(elem_id="cd-desk"):
        with gr.Column(elem_id="cd-threads", scale=1):
            gr.HTML(threads.HEAD, elem_id="cd-threads-top")
            listed = gr.HTML(elem_id="cd-threads-list")
        with gr.Column(elem_id="cd-talk", scale=3):
            welcome = gr.HTML(elem_id="cd-hello")
            with gr.Column(elem_id="cd-examples", visible=False) as example_box:
                examples = tuple(gr.Button(visible=False, elem_classes="cd-example") for _ in range(SHOWN))
            past = gr.HTML(elem_id="cd-past")
            current = gr.HTML(elem_id="cd-current")
            with gr.Column(elem_id="cd-dock"):
                note = gr.HTML(elem_id="cd-note")
                choice = gr.HTML(elem_id="cd-choice", js_on_load=_script("scope.js"))
                chosen = gr.HTML(html_template="<i></i>", js_on_load=CHOSEN, visible="hidden")
                look = gr.Button("Look", elem_id="cd-look", visible="hidden")
                beat = gr.HTML(elem_id="cd-beat", visible="hidden")
                wire = gr.HTML(
                    elem_id="cd-wire",
                    html_template="<div>${value}</div>",
                    js_on_load=_script("wire.js"),
                    visible="hidden",
                )
                with gr.Row(elem_id="cd-composer"):
                    box = gr.Textbox(
                        elem_id="cd-box",
                        placeholder="Ask the archive",
                        label="Your question",
                        show_label=False,
                        container=False,
                        lines=1,
                        max_lines=6,
                        max_length=longest,
                        autofocus=True,
                        scale=1,
                    )
                    ask = gr.Button("Ask", elem_id="cd-ask", variant="primary", scale=0)
                    stop = gr.Button("Stop", elem_id="cd-stop", visible=False, scale=0)
                    clear = gr.Button("New", elem_id="cd-clear", visible=False, scale=0)
        with gr.Column(elem_id="cd-side", scale=2):
            gr.HTML(
                '<button type="button" id="cd-close" aria-label="Close the sources">Close</button>',
                elem_id="cd-bar",
            )
            current_panel = gr.HTML(panel.no_sources(), elem_id="cd-panel")
            past_panel = gr.HTML(elem_id="cd-past-panel")
    return Parts(
        listed, welcome, example_box, examples, past, current, note, choice, chosen, look, beat, wire, box, ask, stop,
        clear, current_panel, past_panel,
    )  # fmt: skip


def _script(name: str) -> str:
    return files("ui.ask").joinpath(name).read_text(encoding="utf-8")
