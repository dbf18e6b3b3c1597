"""The evaluation view: Gradio's events around the HTML of its neighbours."""

from __future__ import annotations

import gradio as gr


def build() -> None:
    """The view, inside an open ``gr.Blocks``."""
    with gr.Column(elem_id="cd-evaluation"):
        gr.HTML(elem_id="cd-runs")
