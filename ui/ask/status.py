"""How an answer stands, why, and what can be done next: words, outlines and buttons. Pure."""

from __future__ import annotations

from ui.ask.draft import Draft
from ui.bricks import count, esc, icon

LABELS = {
    "answered": "Answered",
    "partial": "Partly answered",
    "conflicting": "Sources disagree",
    "not_found": "Not in these articles",
    "failed": "No answer",
    "stopped": "Stopped",
}
REASONS = {
    "no_evidence": "No passage of the archive is about this.",
    "weak_evidence": "The nearest passages don’t answer it.",
    "unsupported": "Nothing that could be said passed the check against the passages.",
    "false_premise": "The question takes for granted something the articles don’t say.",
}
ALONE = "The sources disagree."  # a notice that says no more than the label
STEPS = {  # what can be done next, as ask.js knows it
    "retry": "Ask again",
    "widen": "Ask all articles",
    "nearest": "See the nearest passages",
    "as-of": "Ask as of another date",
    "edit": "Reword the question",
}


def banner(draft: Draft) -> str:
    """One line: an outline, how the answer stands, and why."""
    kind, label, why = standing(draft)
    said = f'<span class="cd-notice" dir="auto">{esc(why)}</span>' if why else ""
    return (
        f'<div class="cd-status cd-is-{esc(kind)}">{icon(kind)}<span class="cd-label">{esc(label)}</span>{said}</div>'
    )


def standing(draft: Draft) -> tuple[str, str, str]:
    """Its kind (a key of LABELS, or "working"), its name, and why or how so."""
    if draft.phase == "failed":
        return "failed", LABELS["failed"], f"{draft.error} {draft.hint}".strip()
    if draft.phase == "stopped":
        kept = "What is shown had passed the check." if draft.sentences else "Nothing had passed the check yet."
        return "stopped", LABELS["stopped"], kept
    if draft.answer is not None:
        status = str(draft.answer["status"])
        reason = str(draft.answer["reason"] or "")
        told = str(draft.answer["notice"] or "")
        why = _parted(draft) if told == ALONE else told or REASONS.get(reason) or _sentence(reason) or _checked(draft)
        return (status, LABELS[status], why) if status in LABELS else ("answered", status, why)
    working = {
        "waiting": draft.waiting_for or "Searching the archive …",
        "queued": f"Waiting; {count((draft.queue_position or 1), 'question')} before yours …",
        "reading": f"Reading {count(len(draft.passages), 'passage')} …",
        "writing": "Writing, and checking each sentence …",
    }
    return "working", working[draft.phase], ""


def next_steps(draft: Draft) -> str:
    """Buttons for what can be done where the answer is not all that was wanted; nothing for a plain answer."""
    steps = steps_of(draft)
    if not steps:
        return ""
    buttons = "".join(
        f'<button type="button" class="cd-plain" data-do="{step}">{STEPS[step]}</button>' for step in steps
    )
    return f'<p class="cd-next" role="group" aria-label="What to do next">{buttons}</p>'


def steps_of(draft: Draft) -> list[str]:
    """Which of STEPS are offered."""
    if draft.phase in ("failed", "stopped"):
        return ["retry", "edit"]
    if draft.answer is None:
        return []
    narrowed = ["widen"] if not draft.filter.is_open else []
    nearest = ["nearest"] if draft.passages else []
    match str(draft.answer["status"]):
        case "not_found":
            dated = ["as-of"] if draft.answer["reason"] != "no_evidence" or draft.filter.as_of else []
            return [*nearest, *narrowed, *dated, "edit"]
        case "partial":
            return [*nearest, *narrowed, "edit"]
        case "conflicting":
            return ["as-of"]
        case _:
            return ["as-of"] if draft.answer["conflicts"] else []


def _checked(draft: Draft) -> str:
    n = len(draft.sentences)
    if not n:
        return ""
    return "Checked against the passage it cites." if n == 1 else f"{n} sentences, each checked against what it cites."


def _parted(draft: Draft) -> str:
    values = [value for conflict in (draft.answer or {})["conflicts"] for value in conflict["values"]]
    return f"{count(len(values), 'report')} say different things. None is picked for you."


def _sentence(reason: str) -> str:
    return reason and f"{reason[0].upper()}{reason[1:].rstrip('.')}."
