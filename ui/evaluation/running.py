"""The top of the evaluation view as HTML: what it is, which questions, a run under way. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from ui.bricks import Json, count, esc, icon

MINUTE = 60  # seconds


def head(sets: Sequence[Json], chosen: str, state: Json, *, may_run: bool, runs: int) -> str:
    """Title, sets, and the button that begins a run or ends it. ``may_run``: the visitor is on this machine."""
    links = "".join(_set_link(one, one["name"] == chosen) for one in sets)
    which = f'<nav class="cd-ev-sets" aria-label="Question sets">{links}</nav>' if len(sets) > 1 else ""
    one = next((one for one in sets if one["name"] == chosen), None)
    return (
        '<header class="cd-ev-head"><div><h2>Evaluation</h2>'
        "<p>Known questions, asked of articles that come with Copydesk, and judged by code: "
        "no model judges, and your archive is not touched.</p></div>"
        f"{_runner(one, state, may_run)}{which}</header>{invitation(one, may_run) if not runs and one else ''}"
    )


def _set_link(one: Json, here: bool) -> str:
    current = ' aria-current="page"' if here else ""
    return (
        f'<a href="#evaluation&amp;{esc(urlencode({"set": one["name"]}))}"{current}>{esc(one["name"].capitalize())} '
        f"<small>{count(int(one['questions']), 'question')}</small></a>"
    )


def _runner(one: Json | None, state: Json, may_run: bool) -> str:
    if state["running"]:
        halted = state["phase"] == "stopping"
        wait = " disabled" if halted else ""
        stop = f'<button type="button" class="cd-plain cd-risky" data-do="stop"{wait}>Stop the run</button>'
        return f'<div class="cd-ev-go" data-running>{stop if may_run else ""}</div>'
    if one is None:
        return ""
    if one["seconds"] is None:
        return '<p class="cd-ev-go cd-ev-note">These questions are run from the command line.</p>'
    if not may_run:
        return '<p class="cd-ev-go cd-ev-note">Runs are started on the server’s own machine.</p>'
    return (
        f'<div class="cd-ev-go"><button type="button" class="cd-plain cd-ev-start" data-do="start" '
        f'data-set="{esc(one["name"])}">Run the {esc(one["name"])} questions</button>'
        f'<span class="cd-ev-note">{esc(about(float(one["seconds"])))}</span></div>'
    )


def invitation(one: Json, may_run: bool) -> str:
    """In place of a report, before the first run of a set."""
    how = (
        f"Run them: it takes {about(float(one['seconds']))}. Readers’ questions go first meanwhile, "
        "and you may leave this page."
        if may_run
        else "There is no report yet."
    )
    return (
        f'<div class="cd-ev-invite"><p>How often is an answer right, and how often is silence the right one? The '
        f"{esc(one['name'])} set asks {count(int(one['questions']), 'question')} whose answers are known: plain facts, "
        "sources that disagree, values that changed, and much that the articles do not say.</p>"
        f"<p>{esc(how)} <code>copydesk eval --set {esc(one['name'])}</code> does the same from the command line; "
        "its runs are listed here, too.</p></div>"
    )


def progress(state: Json) -> str:
    """How far the run under way is, or how the last one ended."""
    if state["running"]:
        return _under_way(state)
    if state["error"]:
        return (
            f'<p class="cd-status cd-is-failed" role="alert">{icon("failed")}<span class="cd-label">The run ended early'
            f'</span><span class="cd-notice">{esc(state["error"])} {esc(state["hint"])}</span></p>'
        )
    if state["finished"] or state["stopped"]:
        return f'<p class="cd-ev-done" role="status">{_ended(state)}</p>'
    return ""


def _under_way(state: Json) -> str:
    done, total = int(state["done"]), int(state["total"])
    told = {
        "preparing": "Reading the articles in …",
        "waiting": "A reader’s question goes first …",
        "stopping": "Stopping …",
    }.get(state["phase"], "")
    now = f'<q dir="auto">{esc(state["question"])}</q>' if state["phase"] == "asking" else esc(told)
    left = f"{about(float(state['left_s']))} left" if state["left_s"] is not None else ""
    facts = [f"{done} of {total}", f"{int(state['right'])} right so far" if done else "", left]
    counted = "".join(f"<span>{esc(fact)}</span>" for fact in facts if fact)
    return (
        f'<div class="cd-ev-going"><progress max="{total}" value="{done}" '
        f'aria-label="Questions asked: {done} of {total}"></progress>'
        f'<p class="cd-ev-count">{counted}</p><p class="cd-ev-now">{now}</p></div>'
    )


def _ended(state: Json) -> str:
    done, total = int(state["done"]), int(state["total"])
    told = (
        f"Stopped after {done} of {total} questions." if state["stopped"] else f"Done: {count(done, 'question')} asked."
    )
    link = f' <a href="#run={esc(state["finished"])}">See the report of this run</a>' if state["finished"] else ""
    return f"{esc(told)}{link}"


def about(seconds: float) -> str:
    """A duration to reckon with: ``about 40 seconds``, ``about 5 minutes``."""
    if seconds < MINUTE - 5:
        return f"about {count(max(1, round(seconds / 5) * 5 if seconds > 10 else round(seconds)), 'second')}"
    return f"about {count(round(seconds / MINUTE), 'minute')}"


def took(seconds: float | None) -> str:
    """A duration that was: ``48 s``, ``5 min 3 s``."""
    if seconds is None:
        return ""
    whole = round(seconds)
    return f"{whole} s" if whole < MINUTE else f"{whole // MINUTE} min {whole % MINUTE} s"


def fault(message: str, hint: str) -> str:
    """An error, in place of a report."""
    return (
        f'<p class="cd-status cd-is-failed" role="alert">{icon("failed")}<span class="cd-label">Not shown</span>'
        f'<span class="cd-notice">{esc(message)} {esc(hint)}</span></p>'
    )
