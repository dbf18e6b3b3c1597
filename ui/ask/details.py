"""What stands below an answer: what can be done with it, what was withheld, how it came about. Pure."""

from __future__ import annotations

from rag.types import STAGE_WORDS
from ui.ask import copying, status
from ui.ask.draft import Draft
from ui.bricks import Json, count, esc, icon

BAR_WIDTH = 200  # what the bar of times is drawn in; a part of less than one is not seen
TENTH = 1000  # milliseconds, from which on tenths of a second say enough
LONGEST_REASON = 500  # characters
COPIES = {"markdown": "Markdown", "plain": "Plain text", "html": "Rich text"}


def footer(draft: Draft, number: int, *, tools: bool = True, kept: bool = True) -> str:
    """Tools, then what is there to look into. What is not ``kept`` has no address to copy and takes no rating."""
    looks = _looks(draft, number)
    looked = f'<div class="cd-looks">{looks}</div>' if looks else ""
    used = _tools(draft, kept and bool(draft.id)) if tools and not draft.running else ""
    return f'<footer class="cd-foot">{used}{looked}</footer>' if used or looked else ""


# --- tools --------------------------------------------------------------------------------------------


def _tools(draft: Draft, kept: bool) -> str:
    """What can be done with any answer, but for what is offered as a next step already."""
    parts = []
    if draft.answer is not None or draft.sentences:
        choices = "".join(
            f'<button type="button" data-do="copy" data-as="{form}">{said}</button>' for form, said in COPIES.items()
        )
        parts.append(
            f'<details class="cd-menu"><summary class="cd-tool">{icon("copy")}Copy</summary>'
            f'<div role="group" aria-label="Copy with its citations">{choices}</div></details>'
            f"{copying.templates(draft)}"
        )
    if kept:
        parts.append(_tool("link", "Link", "Copy a link to this answer"))
    others = (("retry", "Ask again", "Ask this question again"), ("edit", "Edit", "Edit this question"))
    parts += [_tool(*tool) for tool in others if tool[0] not in status.steps_of(draft)]
    rate = _rating(draft) if kept and draft.answer is not None else ""
    if not parts:
        return ""
    return f'<div class="cd-tools" role="group" aria-label="This answer">{"".join(parts)}{rate}</div>{_reason(draft)}'


def _tool(do: str, said: str, title: str) -> str:
    return f'<button type="button" class="cd-tool" data-do="{do}" title="{title}">{icon(do)}{said}</button>'


def _rating(draft: Draft) -> str:
    def thumb(value: str, said: str) -> str:
        pressed = "true" if draft.rating == value else "false"
        return (
            f'<button type="button" class="cd-tool cd-thumb" data-do="rate" data-value="{value}" '
            f'aria-pressed="{pressed}" aria-label="{said}" title="{said}">{icon(f"thumb-{value}")}</button>'
        )

    return f'<span class="cd-rate">{thumb("up", "Useful")}{thumb("down", "Not useful")}</span>'


def _reason(draft: Draft) -> str:
    """Once it is rated: why, if the reader cares to say; once that is kept, so much in place of the button."""
    if not draft.rating:
        return ""
    asked = "What was good about it?" if draft.rating == "up" else "What was wrong with it?"
    unsaved, saved = (" hidden", "") if draft.rating_reason else ("", " hidden")
    return (
        f'<form class="cd-reason" data-do="rate-reason"><label><span>{asked} '
        "<small>Kept on this machine.</small></span>"
        f'<input class="cd-field" name="reason" maxlength="{LONGEST_REASON}" autocomplete="off" '
        f'value="{esc(draft.rating_reason)}"></label><button class="cd-plain"{unsaved}>Save</button>'
        f'<span class="cd-saved"{saved}>{icon("answered")}Saved</span>'
        '<button type="button" class="cd-plain" data-do="rate-undo">Undo</button></form>'
    )


# --- what there is to look into -----------------------------------------------------------------------


def _looks(draft: Draft, number: int) -> str:
    parts = []
    if draft.citations or draft.passages:
        label = count(len(draft.citations), "source") if draft.citations else count(len(draft.passages), "passage")
        parts.append(f'<button type="button" class="cd-open" data-turn="{number}">{esc(label)}</button>')
    if draft.withheld and not draft.running:
        parts.append(_withheld(draft))
    if draft.answer is not None:
        parts.append(_how(draft.answer))
    return "".join(parts)


def _withheld(draft: Draft) -> str:
    items = "".join(
        f'<li><span class="cd-unsaid" dir="auto">{esc(item["text"])}</span> '
        f'<span class="cd-why">Withheld: {esc(item["reason"])}</span></li>'
        for item in draft.withheld
    )
    return (
        '<details class="cd-withheld" data-key="withheld">'
        f"<summary>{count(len(draft.withheld), 'sentence')} withheld</summary><ul>{items}</ul></details>"
    )


def _how(answer: Json) -> str:
    timings, usage, model = answer["timings_ms"], answer["usage"], answer["model"]
    rows = [
        ("Evidence", _seconds(timings.get("evidence"))),
        ("First words", _seconds(timings.get("first_token"))),
        ("Whole answer", _seconds(timings.get("total"))),
        ("Tokens read", f"{usage['prompt_tokens']:,} ({usage['cached_tokens']:,} kept from before)"),
        ("Tokens written", f"{usage['completion_tokens']:,}"),
        ("Language model", model["llm"] or "none"),
        ("Embedder", model["embedder"]),
        ("Prompt", model["prompt"]),
    ]
    cells = "".join(f"<dt>{esc(name)}</dt><dd>{esc(value)}</dd>" for name, value in rows if value)
    took = _seconds(timings.get("total"))
    return (
        f'<details class="cd-how" data-key="how"><summary>{esc(f"Took {took}" if took else "How")}</summary>'
        f"{_where(answer.get('stages_ms') or {})}<dl>{cells}</dl></details>"
    )


def _where(stages: Json) -> str:
    """Where the time went: a bar in proportion, and the same in words; what took too little to be seen is left out."""
    spent = [(name, word, float(stages.get(name) or 0.0)) for name, word in STAGE_WORDS.items()]
    whole = sum(ms for _, _, ms in spent)
    parts, words, at = "", "", 0.0
    for name, word, ms in spent:
        width = BAR_WIDTH * ms / whole if whole else 0.0
        if width >= 1:
            parts += f'<rect class="cd-spent-{name}" x="{at:.1f}" width="{width:.1f}" height="8"/>'
            words += f'<li class="cd-spent-{name}">{word} <span>{_seconds(ms)}</span></li>'
        at += width
    bar = f'<svg viewBox="0 0 {BAR_WIDTH} 8" preserveAspectRatio="none" aria-hidden="true">{parts}</svg>'
    return f'<div class="cd-spent">{bar}<ul>{words}</ul></div>' if words else ""


def _seconds(ms: float | None) -> str:
    if ms is None:
        return ""
    return f"{ms / 1000:.1f} s" if ms >= TENTH else f"{ms / 1000:.2f} s"
