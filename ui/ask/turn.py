"""Answers as HTML. Pure functions of the contract's JSON; no text becomes markup, no address is used by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rag.text.sentences import split
from rag.types import STAGE_WORDS
from ui.ask import scope
from ui.ask.draft import Draft
from ui.bricks import Json, count, day, esc, icon, source_name

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
BAR_WIDTH = 200  # what the bar of times is drawn in; a part of less than one is not seen
TENTH = 1000  # milliseconds, from which on tenths of a second say enough
ENDS = ".!?…"
BLANK = '<span class="cd-chip cd-blank" aria-hidden="true"></span>'
LONGEST_TAIL = 20  # characters kept together with a citation


# --- the conversation column ------------------------------------------------------------------------


def turn(draft: Draft, number: int) -> str:
    """One question with what is known of its answer. ``number`` ties it to its section of the sources panel."""
    body = _body(draft, number)
    live = ' aria-busy="true"' if draft.running else ""
    return (
        f'<article class="cd-turn" data-turn="{number}" data-phase="{draft.phase}"{live}>'
        f'<h2 class="cd-question" dir="auto">{esc(draft.question)}</h2>'
        f'{_scope(draft)}{_banner(draft)}<div class="cd-answer" dir="auto">{body}</div>'
        f"{_details(draft, number)}</article>"
    )


def _scope(draft: Draft) -> str:
    said = scope.said(draft.filter)
    return f'<p class="cd-asked-of" dir="auto">{esc(said)}</p>' if said else ""


def _banner(draft: Draft) -> str:
    kind, label, notice = _status(draft)
    said = f'<span class="cd-notice">{esc(notice)}</span>' if notice else ""
    return (
        f'<div class="cd-status cd-is-{kind}" role="status">{icon(kind)}'
        f'<span class="cd-label">{esc(label)}</span>{said}</div>{_searched(draft)}'
    )


def _status(draft: Draft) -> tuple[str, str, str]:
    if draft.phase == "failed":
        return "failed", LABELS["failed"], f"{draft.error} {draft.hint}".strip()
    if draft.phase == "stopped":
        kept = "What is shown had passed the check." if draft.sentences else "Nothing had passed the check yet."
        return "stopped", LABELS["stopped"], kept
    if draft.answer is not None:
        status = str(draft.answer["status"])
        reason = draft.answer["reason"]
        notice = draft.answer["notice"] or REASONS.get(str(reason), reason or "")
        return status, LABELS.get(status, status), str(notice)
    working = {
        "waiting": draft.waiting_for or "Searching the archive …",
        "queued": f"Waiting; {count((draft.queue_position or 1), 'question')} before yours …",
        "reading": f"Reading {count(len(draft.passages), 'passage')} …",
        "writing": "Writing, and checking each sentence …",
    }
    return "working", working[draft.phase], ""


def _searched(draft: Draft) -> str:
    searched = str(draft.answer["standalone_question"]) if draft.answer else ""
    if not searched or _squeezed(searched) == _squeezed(draft.question):
        return ""
    return f'<p class="cd-searched">Searched for: <q dir="auto">{esc(searched)}</q></p>'


def _body(draft: Draft, number: int) -> str:
    sentences = " ".join(_sentence(sentence, draft, number) for sentence in draft.sentences)
    loose = f' <span class="cd-loose" title="Not checked yet">{_loose(draft.loose)}</span>' if draft.loose else ""
    text = f'<p class="cd-text">{sentences}{loose}</p>' if sentences or loose else ""
    known = (*draft.citations, *(draft.answer or {}).get("retrieved", ()))
    titles = {item["article_id"]: item["title"] for item in known if item.get("title")}
    conflicts = "".join(
        _conflict(conflict, draft.citations, titles, number) for conflict in (draft.answer or {}).get("conflicts", ())
    )
    return text + conflicts


def _loose(text: str) -> str:
    """Unchecked text; its sentences have room for a citation each, so that no word moves when they turn solid."""
    parts = [text[start:end] for start, end in split(text)]
    return " ".join(_tailed(part, BLANK if part[-1:] in ENDS else "") for part in parts)


def _sentence(sentence: Json, draft: Draft, number: int) -> str:
    chips = "".join(_chip(n, draft.citations, number) for n in sentence["citations"])
    return f'<span class="cd-checked">{_tailed(str(sentence["text"]), chips)}</span>'


def _tailed(text: str, chips: str) -> str:
    """A sentence with its citations; the last word, these and the full stop stay on one line."""
    body = text.rstrip(ENDS)
    space = body.rfind(" ") + 1
    space = space if len(body) - space <= LONGEST_TAIL else len(body)
    return f'{esc(body[:space])}<span class="cd-tail">{esc(body[space:])}{chips}{esc(text[len(body) :])}</span>'


def _chip(n: int, citations: Iterable[Json], number: int) -> str:
    found = next((c for c in citations if c["n"] == n), None)
    said = f"Source {n}: {source_name(found)}" if found else f"Source {n}"
    return (
        f'<button type="button" class="cd-chip" data-turn="{number}" data-n="{int(n)}" '
        f'title="{esc(said)}" aria-label="{esc(said)}">{int(n)}</button>'
    )


def _conflict(conflict: Json, citations: Iterable[Json], titles: Mapping[str, str], number: int) -> str:
    disputed = conflict["kind"] == "disputed"
    values = list(conflict["values"])
    if not disputed:
        values.sort(key=lambda value: value["date"] or "")
    head = "Sources disagree" if disputed else "The figure changed over time"
    cards = "".join(
        _value(value, citations, titles, number, latest=not disputed and i == len(values) - 1)
        for i, value in enumerate(values)
    )
    listed = f'<ul class="cd-values">{cards}</ul>' if disputed else f'<ol class="cd-values cd-moved">{cards}</ol>'
    return (
        f'<section class="cd-conflict cd-{"disputed" if disputed else "superseded"}">'
        f'<h3>{icon("conflicting")} {head}: <span dir="auto">{esc(conflict["about"])}</span></h3>{listed}</section>'
    )


def _value(value: Json, citations: Iterable[Json], titles: Mapping[str, str], number: int, *, latest: bool) -> str:
    unit = f' <span class="cd-unit">{esc(value["unit"])}</span>' if value["unit"] else ""
    chip = _chip(value["citation"], citations, number) if value["citation"] else ""
    tag = '<span class="cd-tag cd-latest">latest</span>' if latest else ""
    date = value["date"]
    when = f'<time datetime="{esc(date)}">{esc(day(date))}</time>' if date else "undated"
    who = value["outlet"] or titles.get(value["article_id"]) or value["article_id"]
    return (
        f'<li><strong class="cd-figure" dir="auto">{esc(value["value"])}{unit}</strong>{tag}'
        f'<span class="cd-who">{esc(who)}, {when} {chip}</span>'
        f'<q dir="auto">{esc(value["quote"])}</q></li>'
    )


def _details(draft: Draft, number: int) -> str:
    parts = []
    if draft.citations or draft.passages:
        label = count(len(draft.citations), "source") if draft.citations else count(len(draft.passages), "passage")
        parts.append(f'<button type="button" class="cd-open" data-turn="{number}">{esc(label)}</button>')
    if draft.withheld and not draft.running:
        items = "".join(
            f'<li><span class="cd-unsaid" dir="auto">{esc(item["text"])}</span> '
            f'<span class="cd-why">Withheld: {esc(item["reason"])}</span></li>'
            for item in draft.withheld
        )
        parts.append(
            f'<details class="cd-withheld"><summary>{count(len(draft.withheld), "sentence")} withheld</summary>'
            f"<ul>{items}</ul></details>"
        )
    if draft.answer is not None:
        parts.append(_how(draft.answer))
    return f'<footer class="cd-foot">{"".join(parts)}</footer>' if parts else ""


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
        f'<details class="cd-how"><summary>{esc(f"Took {took}" if took else "How")}</summary>'
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


# --- the page's still parts ---------------------------------------------------------------------------


def welcome(articles: int) -> str:
    """What stands in the conversation before the first question."""
    if not articles:
        return (
            '<div class="cd-welcome"><p>There are no articles yet. Add some with '
            "<code>copydesk ingest FOLDER</code>, then reload this page.</p></div>"
        )
    return (
        '<div class="cd-welcome"><p>Ask what the articles say. An answer comes with numbered sources; '
        "click a number to see the sentence it rests on. What the articles don’t say, Copydesk won’t.</p></div>"
    )


# --- small things ---


def _seconds(ms: float | None) -> str:
    if ms is None:
        return ""
    return f"{ms / 1000:.1f} s" if ms >= TENTH else f"{ms / 1000:.2f} s"


def _squeezed(text: str) -> str:
    return " ".join(text.lower().split()).rstrip("?. ")
