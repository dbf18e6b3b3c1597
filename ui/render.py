"""Answers as HTML. Pure functions of the contract's JSON; every piece of text that comes from articles, questions
or the model goes through ``esc``, and no address is used but http(s) ones, as links the reader may choose to follow.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from html import escape
from urllib.parse import urlsplit

from ui.draft import Draft, Json

ICONS = {  # 16x16 outlines, drawn with the colour of the text beside them
    "answered": '<path d="M3 8.5l3.2 3.2L13 5"/>',
    "partial": '<circle cx="8" cy="8" r="5.5"/><path d="M8 2.5a5.5 5.5 0 010 11z" fill="currentColor"/>',
    "conflicting": '<path d="M2.5 5.5h9M9 3l2.7 2.5L9 8M13.5 10.5h-9M7 8l-2.7 2.5L7 13"/>',
    "not_found": '<circle cx="8" cy="8" r="5.5"/><path d="M4.2 11.8l7.6-7.6"/>',
    "failed": '<path d="M8 2.5l6 10.5H2z"/><path d="M8 6.5v3M8 11.2v.3"/>',
    "stopped": '<rect x="4" y="4" width="8" height="8"/>',
    "working": '<circle cx="8" cy="8" r="5.5" stroke-dasharray="20 15"/>',
}
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
LONGEST_TAIL = 20  # characters kept together with a citation


def esc(text: object) -> str:
    """Text as HTML text, safe inside quoted attributes too."""
    return escape("" if text is None else str(text), quote=True)


# --- the conversation column ------------------------------------------------------------------------


def turn(draft: Draft, number: int) -> str:
    """One question with what is known of its answer. ``number`` ties it to its section of the sources panel."""
    body = _body(draft, number)
    live = ' aria-busy="true"' if draft.running else ""
    return (
        f'<article class="cd-turn" data-turn="{number}" data-phase="{draft.phase}"{live}>'
        f'<h2 class="cd-question" dir="auto">{esc(draft.question)}</h2>'
        f'{_banner(draft)}<div class="cd-answer" dir="auto">{body}</div>{_details(draft, number)}</article>'
    )


def _banner(draft: Draft) -> str:
    kind, label, notice = _status(draft)
    said = f'<span class="cd-notice">{esc(notice)}</span>' if notice else ""
    return (
        f'<div class="cd-status cd-is-{kind}" role="status">{_icon(kind)}'
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
        "waiting": "Searching the archive …",
        "queued": f"Waiting; {_count((draft.queue_position or 1), 'question')} before yours …",
        "reading": f"Reading {_count(len(draft.passages), 'passage')} …",
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
    loose = f' <span class="cd-loose" title="Not checked yet">{esc(draft.loose)}</span>' if draft.loose else ""
    text = f'<p class="cd-text">{sentences}{loose}</p>' if sentences or loose else ""
    conflicts = "".join(
        _conflict(conflict, draft.citations, number) for conflict in (draft.answer or {}).get("conflicts", ())
    )
    return text + conflicts


def _sentence(sentence: Json, draft: Draft, number: int) -> str:
    text = str(sentence["text"])
    body = text.rstrip(".!?…")
    chips = "".join(_chip(n, draft.citations, number) for n in sentence["citations"])
    # The last word, its citations and the full stop stay on one line.
    space = body.rfind(" ") + 1
    space = space if len(body) - space <= LONGEST_TAIL else len(body)
    tail = f'<span class="cd-tail">{esc(body[space:])}{chips}{esc(text[len(body) :])}</span>'
    return f'<span class="cd-checked">{esc(body[:space])}{tail}</span>'


def _chip(n: int, citations: Iterable[Json], number: int) -> str:
    found = next((c for c in citations if c["n"] == n), None)
    said = f"Source {n}: {source_name(found)}" if found else f"Source {n}"
    return (
        f'<button type="button" class="cd-chip" data-turn="{number}" data-n="{int(n)}" '
        f'title="{esc(said)}" aria-label="{esc(said)}">{int(n)}</button>'
    )


def _conflict(conflict: Json, citations: Iterable[Json], number: int) -> str:
    disputed = conflict["kind"] == "disputed"
    values = list(conflict["values"])
    if not disputed:
        values.sort(key=lambda value: value["date"] or "")
    head = "Sources disagree" if disputed else "The figure changed over time"
    cards = "".join(
        _value(value, citations, number, latest=not disputed and i == len(values) - 1) for i, value in enumerate(values)
    )
    return (
        f'<section class="cd-conflict cd-{"disputed" if disputed else "superseded"}">'
        f'<h3>{_icon("conflicting")} {head}: <span dir="auto">{esc(conflict["about"])}</span></h3>'
        f'<ul class="cd-values">{cards}</ul></section>'
    )


def _value(value: Json, citations: Iterable[Json], number: int, *, latest: bool) -> str:
    unit = f' <span class="cd-unit">{esc(value["unit"])}</span>' if value["unit"] else ""
    chip = _chip(value["citation"], citations, number) if value["citation"] else ""
    tag = '<span class="cd-tag cd-latest">latest</span>' if latest else ""
    when = day(value["date"]) if value["date"] else "undated"
    return (
        f'<li><strong class="cd-figure" dir="auto">{esc(value["value"])}{unit}</strong>{tag}'
        f'<span class="cd-who">{esc(value["outlet"] or value["article_id"])}, {esc(when)} {chip}</span>'
        f'<q dir="auto">{esc(value["quote"])}</q></li>'
    )


def _details(draft: Draft, number: int) -> str:
    parts = []
    if draft.citations or draft.passages:
        label = _count(len(draft.citations), "source") if draft.citations else "Passages"
        parts.append(f'<button type="button" class="cd-open" data-turn="{number}">{esc(label)}</button>')
    if draft.withheld and not draft.running:
        items = "".join(
            f'<li><span class="cd-unsaid" dir="auto">{esc(item["text"])}</span> '
            f'<span class="cd-why">Withheld: {esc(item["reason"])}</span></li>'
            for item in draft.withheld
        )
        parts.append(
            f'<details class="cd-withheld"><summary>{_count(len(draft.withheld), "sentence")} withheld</summary>'
            f"<ul>{items}</ul></details>"
        )
    if draft.answer is not None:
        parts.append(_how(draft.answer))
    return f'<footer class="cd-foot">{"".join(parts)}</footer>' if parts else ""


def _how(answer: Json) -> str:
    timings, usage, model = answer["timings_ms"], answer["usage"], answer["model"]
    rows = [
        ("First words", _seconds(timings.get("first_token"))),
        ("Whole answer", _seconds(timings.get("total"))),
        ("Search", _seconds(timings.get("retrieve"))),
        ("Tokens read", f"{usage['prompt_tokens']:,} ({usage['cached_tokens']:,} kept from before)"),
        ("Tokens written", f"{usage['completion_tokens']:,}"),
        ("Language model", model["llm"] or "none"),
        ("Embedder", model["embedder"]),
        ("Prompt", model["prompt"]),
    ]
    cells = "".join(f"<dt>{esc(name)}</dt><dd>{esc(value)}</dd>" for name, value in rows if value)
    took = _seconds(timings.get("total"))
    return f'<details class="cd-how"><summary>{esc(took or "How")}</summary><dl>{cells}</dl></details>'


# --- the sources panel --------------------------------------------------------------------------------


def sources(draft: Draft, number: int, *, active: bool = True) -> str:
    """The panel's section for one turn: the cited passages, then the others that were retrieved."""
    if not (draft.citations or draft.passages):
        return ""
    cited = "".join(_cited(citation, draft, number) for citation in draft.citations)
    used = {citation["passage_id"] for citation in draft.citations}
    rest = [passage for passage in draft.passages if passage["passage_id"] not in used]
    others = "".join(_passage(passage) for passage in rest)
    head = "Also retrieved" if cited else ("Nearest passages" if not draft.running else "Retrieved")
    cited_part = f'<h3>Cited</h3><ol class="cd-sources">{cited}</ol>' if cited else ""
    other_part = (
        f'<h3>{head} <small>not used as a source</small></h3><ul class="cd-sources cd-others">{others}</ul>'
        if others
        else ""
    )
    return (
        f'<section class="cd-panel{" cd-active" if active else ""}" data-turn="{number}">'
        f'<p class="cd-for" dir="auto">{esc(draft.question)}</p>{cited_part}{other_part}</section>'
    )


def _cited(citation: Json, draft: Draft, number: int) -> str:
    passage = next((p for p in draft.passages if p["passage_id"] == citation["passage_id"]), None)
    copies = citation.get("also_in") or ()
    also = f'<p class="cd-also">Same text in {esc(", ".join(copies))}</p>' if copies else ""
    return (
        f'<li class="cd-source" id="cd-{number}-{int(citation["n"])}" data-n="{int(citation["n"])}" tabindex="-1">'
        f'<span class="cd-n">{int(citation["n"])}</span>{_origin(citation)}'
        f'<blockquote dir="auto">{_quoted(citation, passage)}</blockquote>{also}</li>'
    )


def _quoted(citation: Json, passage: Json | None) -> str:
    """The passage with the quote marked; the bare quote where the two don't lie one in the other."""
    quote = str(citation["quote"])
    if passage is not None:
        text = str(passage["text"])
        start = citation["start"] - passage["start"]
        end = citation["end"] - passage["start"]
        if 0 <= start < end <= len(text) and text[start:end] == quote:
            return f"{esc(text[:start])}<mark>{esc(quote)}</mark>{esc(text[end:])}"
    return f"<mark>{esc(quote)}</mark>"


def _passage(passage: Json) -> str:
    text = str(passage["text"])
    best = passage.get("highlight")
    ranks = ", ".join(f"{esc(name)} #{int(rank)}" for name, rank in sorted(passage["ranks"].items()))
    if best and 0 <= best[0] - passage["start"] < best[1] - passage["start"] <= len(text):
        start, end = best[0] - passage["start"], best[1] - passage["start"]
        shown = f"{esc(text[:start])}<em>{esc(text[start:end])}</em>{esc(text[end:])}"
    else:
        shown = esc(text)
    title = (
        f'<span class="cd-ranks" title="Rank by meaning (dense) and by words (bm25)">{ranks}</span>' if ranks else ""
    )
    return (
        f'<li class="cd-source">{_origin(passage)}<details><summary dir="auto">{esc(_lead(text))}</summary>'
        f'<blockquote dir="auto">{shown}</blockquote>{title}</details></li>'
    )


def _origin(item: Json) -> str:
    link = _link(item.get("url"))
    outlet = f'<span class="cd-outlet" dir="auto">{esc(item["outlet"])}</span>' if item.get("outlet") else ""
    title = f'<span class="cd-title" dir="auto">{esc(item.get("title") or item["article_id"])}</span>'
    return f'<div class="cd-origin">{title}<span class="cd-line">{outlet}{_dated(item)}{link}</span></div>'


def _dated(item: Json) -> str:
    date, how = item.get("published_at"), item.get("published_at_source")
    if not date:
        return '<span class="cd-date">undated</span>'
    said = {"inferred": "inferred", "text": "from the text"}.get(str(how), "")
    title = {
        "inferred": "No date was given; this one is inferred from what the article says",
        "text": "The date stands in the article's text",
    }.get(str(how), "")
    tag = f' <span class="cd-tag" title="{esc(title)}">{said}</span>' if said else ""
    return f'<time class="cd-date" datetime="{esc(date)}">{esc(day(str(date)))}</time>{tag}'


def _link(url: object) -> str:
    try:
        parts = urlsplit(str(url or ""))
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return ""
    return (
        f'<a class="cd-link" href="{esc(url)}" target="_blank" rel="noopener noreferrer nofollow" '
        f'title="{esc(url)}">{esc(parts.hostname)} ↗</a>'
    )


# --- the page's still parts ---------------------------------------------------------------------------


def masthead(articles: int, problem: str | None) -> str:
    """The top line. ``problem`` is why there is no language model, or None."""
    held = f"{_count(articles, 'article')} in the archive" if articles else "The archive is empty"
    warning = (
        f'<p class="cd-status cd-is-failed cd-wide" role="status">{_icon("failed")}'
        f'<span class="cd-label">Quotes only</span><span class="cd-notice">{esc(problem)}</span></p>'
        if problem
        else ""
    )
    return (
        '<header class="cd-masthead"><h1>Copydesk</h1>'
        f'<p>Every sentence is checked against the passage it cites. <span class="cd-held">{esc(held)}.</span></p>'
        f"</header>{warning}"
    )


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


def no_sources() -> str:
    """The sources panel before the first question."""
    return '<p class="cd-none">The passages an answer rests on appear here.</p>'


# --- small things ---------------------------------------------------------------------------------------


def source_name(item: Json) -> str:
    """Outlet (or title, or id) and date of a source, as one line of plain text."""
    name = item.get("outlet") or item.get("title") or item["article_id"]
    date = item.get("published_at")
    return f"{name}, {day(str(date))}" if date else str(name)


def day(iso: str) -> str:
    """``2021-08-08`` as ``8 August 2021``; anything else unchanged."""
    try:
        date = datetime.date.fromisoformat(iso)
    except ValueError:
        return iso
    return f"{date.day} {date:%B %Y}"


def _icon(kind: str) -> str:
    return f'<svg class="cd-icon" viewBox="0 0 16 16" aria-hidden="true">{ICONS[kind]}</svg>'


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"


def _seconds(ms: float | None) -> str:
    return "" if ms is None else f"{ms / 1000:.1f} s"


def _squeezed(text: str) -> str:
    return " ".join(text.lower().split()).rstrip("?. ")


def _lead(text: str, words: int = 16) -> str:
    parts = text.split()
    return " ".join(parts[:words]) + (" …" if len(parts) > words else "")
