"""The window: its frame, with one view after another put into it, mounted on the HTTP application."""

from __future__ import annotations

import threading
from collections.abc import Callable
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import gradio as gr

from rag.http.jobs import Jobs
from ui import masthead
from ui.archive import events as archive
from ui.ask import events as ask
from ui.evaluation import events as evaluation
from ui.frame import Frame
from ui.still import still

if TYPE_CHECKING:
    from fastapi import FastAPI

STYLES = (
    "style.css", "bricks.css", "ask/ask.css", "ask/threads.css", "archive/archive.css", "evaluation/evaluation.css",
    "print.css",
)  # fmt: skip
SCRIPTS = ("still.js", "views.js", "clipboard.js", "ask/folds.js", "ask/threads.js", "ask/ask.js", "ask/doing.js")

Problem = Callable[[], str | None]


def mount_ui(
    app: FastAPI,
    desk: Any,
    jobs: Jobs,
    problem: Problem = lambda: None,
    writing: threading.Lock | None = None,
    evals: Any = None,
) -> None:
    """Put the window at ``/`` of ``app``; ``problem`` tells what questions wait for, ``writing`` is held by whoever
    changes the archive, ``evals`` has the runs of known questions (None: there is no view of them).

    Nothing of the page is fetched from other machines.
    """
    gr.mount_gradio_app(
        app,
        build_ui(desk, jobs, problem, writing, evals),
        path="/",
        theme=gr.themes.Base(
            font=[gr.themes.Font("system-ui"), gr.themes.Font("sans-serif")],
            font_mono=[gr.themes.Font("ui-monospace"), gr.themes.Font("monospace")],
        ),
        css="".join(asset(name) for name in STYLES),
        allowed_paths=[],
        show_error=False,
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        mcp_server=False,
        enable_monitoring=False,
        pwa=False,
    )
    longest = int(desk.settings.max_question_chars)
    mount: Any = app.router.routes[-1]
    mount.app = Frame(
        mount.app,
        style=asset("style.css") + asset("still.css"),
        script="".join(asset(name) for name in SCRIPTS),
        still=lambda: still(int(desk.archive.info()["articles"]), longest),
        needed=needed(),
    )


def needed() -> tuple[str, ...]:
    """The files of Gradio that the page asks for sooner or later, of those that this Gradio has."""
    held = files("gradio").joinpath("templates/frontend/assets")
    return tuple(name for name in asset("needed.txt").split() if held.joinpath(name).is_file())


def asset(name: str) -> str:
    """One of the files beside this one."""
    return files("ui").joinpath(name).read_text(encoding="utf-8")


def build_ui(
    desk: Any,
    jobs: Jobs,
    problem: Problem = lambda: None,
    writing: threading.Lock | None = None,
    evals: Any = None,
) -> gr.Blocks:
    """The window for one desk. Answers run in ``jobs``, so that the server's limit holds here too."""
    hidden: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}

    def top(articles: int) -> str:
        return masthead.masthead(articles, evals is not None)

    blocks: gr.Blocks
    with gr.Blocks(title="Copydesk", analytics_enabled=False, fill_width=True) as blocks:
        head = gr.HTML(top(int(desk.archive.info()["articles"])), elem_id="cd-head")
        alert = gr.HTML(elem_id="cd-alert")
        ask.build(desk, jobs, problem)
        archive.build(desk, writing or threading.Lock(), head, top)
        if evals is not None:
            evaluation.build(evals)

        def opened() -> dict[Any, Any]:
            articles = int(desk.archive.info()["articles"])
            return {head: top(articles), alert: masthead.alert(desk.llm_problem)}

        blocks.load(opened, None, [head, alert], queue=False, **hidden)
        blocks.queue(max_size=64, api_open=False, default_concurrency_limit=None)
    return blocks
