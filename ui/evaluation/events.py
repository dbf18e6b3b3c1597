"""The evaluation view: Gradio's events around the HTML of its neighbours.

What is shown is told by the page's address: ``#evaluation&set=NAME``, ``#run=ID``, ``#run=ID&question=ID``,
``#run=ID&with=ID``. So it can be left and come back to, and a run under way goes on without it.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import gradio as gr

from rag.errors import CopydeskError
from ui.bricks import Json
from ui.evaluation import history, report, running
from ui.evaluation import trace as tracing
from ui.pages import UNCHANGED, PerPage
from ui.visitors import is_local, require_local

PARTS = ("head", "progress", "report", "tags", "history", "misses", "trace")


def build(evals: Any) -> None:
    """The view, inside an open ``gr.Blocks``. ``evals`` is an ``eval.live.Evals``, or a scripted one. Runs are begun
    and ended by visitors on this machine only.
    """
    script = files("ui.evaluation").joinpath("evaluation.js").read_text(encoding="utf-8")
    hidden: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "queue": False}
    shown: PerPage[dict[str, str]] = PerPage(dict)  # what each page has in each part, to send what changes
    parts: dict[str, gr.HTML] = {}

    def part(name: str) -> None:
        made = f'<div class="cd-ev-{name}-part">${{value}}</div>'
        parts[name] = gr.HTML(elem_id=f"cd-ev-{name}", html_template=made, js_on_load=script)

    with gr.Column(elem_id="cd-evaluation"):
        part("head")
        part("progress")
        part("report")
        with gr.Row(elem_id="cd-ev-middle"):
            part("tags")
            part("history")
        with gr.Row(elem_id="cd-ev-bottom"):
            part("misses")
            part("trace")

    def changed(now: dict[str, str], request: gr.Request) -> dict[Any, Any]:
        before = shown.of(request.session_hash)
        new = {name: html for name, html in now.items() if before.get(name) != html}
        shown.put(request.session_hash, {**before, **new})
        return {parts[name]: html for name, html in new.items()} or dict(UNCHANGED)

    def act(event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
        data = event._data if isinstance(event._data, dict) else {}
        try:
            if data.get("do") in ("start", "stop"):
                require_local(request, "Runs are started and stopped", "`copydesk eval`")
                evals.start(str(data.get("set", ""))) if data["do"] == "start" else evals.stop()
            state = evals.state()
            if data.get("do") == "tick" and state["running"]:
                return changed({"progress": running.progress(state)}, request)
            if data.get("do") in ("show", "tick", "start", "stop"):
                return changed(view(evals, data, state, may_run=is_local(request)), request)
        except CopydeskError as error:
            return changed({"progress": running.fault(error.message, error.hint)}, request)
        return dict(UNCHANGED)

    parts["head"].click(act, None, list(parts.values()), trigger_mode="multiple", **hidden)


def view(evals: Any, place: Json, state: Json, *, may_run: bool) -> dict[str, str]:
    """Every part as HTML, for a place as ``copydesk.place()`` tells it. What can't be shown says so in its part."""
    made = dict.fromkeys(PARTS, "")
    told = evals.runs()
    by_id = {run["id"]: run for run in told["runs"]}
    wanted = str(place.get("id") or "") if place.get("name") == "run" else ""
    names = [one["name"] for one in told["sets"]]
    set_name = str(place.get("set") or "")
    chosen = by_id[wanted]["set"] if wanted in by_id else set_name if set_name in names else names[0]
    runs = [run for run in told["runs"] if run["set"] == chosen]
    here = wanted or next((run["id"] for run in runs if run["whole"]), runs[0]["id"] if runs else "")
    made["head"] = running.head(told["sets"], chosen, state, may_run=may_run, runs=len(runs))
    made["progress"] = running.progress(state)
    made["history"] = history.history(runs, told["charted"], told["unreadable"], here)
    if not here:
        return made
    try:
        if place.get("with"):
            made["report"] = history.comparison(evals.compare(here, str(place["with"])))
            return made
        run = evals.run(here)
        made["report"], made["tags"] = report.report(run), report.tags(run["by_tag"])
        made["misses"], made["trace"] = report.misses(run), tracing.nothing_open() if run["misses"] else ""
        if place.get("question"):
            made["trace"] = tracing.trace(evals.answer(here, str(place["question"])), here)
    except CopydeskError as error:
        made["trace" if made["report"] else "report"] = running.fault(error.message, error.hint)
    return made
