"""An answer to take along, with its citations: as Markdown, as plain text, as HTML. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import escape

from ui.ask.draft import Draft
from ui.bricks import Json, esc, how_dated, source_name, web_address

FORMS = ("markdown", "plain", "html")
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~$!])")  # what Markdown, with its usual additions, reads as more than text


def templates(draft: Draft) -> str:
    """The three texts, unseen in the page, for the page's script to copy. Each is the text of its element."""
    return "".join(
        f'<template class="cd-copy" data-as="{form}">{esc(text)}</template>'
        for form, text in zip(FORMS, (markdown(draft), plain(draft), html(draft)), strict=True)
    )


def markdown(draft: Draft) -> str:
    """Paragraphs, then the sources as a list. Text of articles is escaped: it stays text."""
    said = _sentences(draft, _as_markdown)
    listed = [
        f"- [{c['n']}] {_as_markdown(_source(c))}: “{_as_markdown(str(c['quote']))}”" + _link(c, "<{}>")
        for c in draft.citations
    ]
    parts = [
        f"**{_as_markdown(_line(draft.question))}**",
        _note(draft, _as_markdown),
        said,
        *_values(draft, _as_markdown),
    ]
    return "\n\n".join(filter(None, (*parts, "\n".join(listed))))


def plain(draft: Draft) -> str:
    """The same without markup."""
    said = _sentences(draft, str)
    listed = [f"[{c['n']}] {_source(c)}: “{c['quote']}”" + _link(c, "{}") for c in draft.citations]
    parts = [_line(draft.question), _note(draft, str), said, *_values(draft, str)]
    return "\n\n".join(filter(None, (*parts, "\n".join(listed))))


def html(draft: Draft) -> str:
    """The same for a word processor: headings are bold, sources a numbered list."""
    said = _sentences(draft, escape)
    values = "".join(f"<p>{text}</p>" for text in _values(draft, escape))
    listed = "".join(
        f'<li value="{int(c["n"])}">{escape(_source(c))}: “{escape(str(c["quote"]))}”{_anchor(c)}</li>'
        for c in draft.citations
    )
    note = _note(draft, escape)
    return (
        f"<p><strong>{escape(draft.question)}</strong></p>"
        + (f"<p><em>{note}</em></p>" if note else "")
        + (f"<p>{said}</p>" if said else "")
        + values
        + (f"<ol>{listed}</ol>" if listed else "")
    )


def _sentences(draft: Draft, quoted: Callable[[str], str]) -> str:
    return " ".join(
        f"{quoted(_line(str(s['text'])))} {''.join(f'[{n}]' for n in s['citations'])}".rstrip() for s in draft.sentences
    )


def _note(draft: Draft, quoted: Callable[[str], str]) -> str:
    """What has to be known of an answer that is not plainly one."""
    if draft.answer is None:
        return "Stopped before it was whole." if draft.phase == "stopped" else ""
    if draft.answer["status"] == "answered" and not draft.answer["conflicts"]:
        return ""
    return quoted(_line(str(draft.answer["notice"] or draft.answer["reason"] or "")))


def _values(draft: Draft, quoted: Callable[[str], str]) -> list[str]:
    """What values were reported before the latest: they stand in no sentence."""
    moved = [c for c in (draft.answer or {}).get("conflicts", ()) if c["kind"] == "superseded"]
    return [quoted(f"Earlier: {_earlier(c['values'])}.") for c in moved if len(c["values"]) > 1]


def _earlier(values: Sequence[Json]) -> str:
    dated = sorted(values, key=lambda value: value["date"] or "")[:-1]
    return "; ".join(
        _line(f"{v['value']} {v['unit'] or ''}".rstrip() + f" ({source_name(_as_source(v))})") for v in dated
    )


def _as_source(value: Json) -> Json:
    return {"outlet": value["outlet"], "article_id": value["article_id"], "published_at": value["date"]}


def _source(citation: Json) -> str:
    how = how_dated(citation)
    title = f", “{citation['title']}”" if citation.get("outlet") and citation.get("title") else ""
    date = "" if citation.get("published_at") else ", undated"
    return _line(f"{source_name(citation)}{date}{f' (date {how})' if how else ''}{title}")


def _link(citation: Json, form: str) -> str:
    url = web_address(citation.get("url"))
    return f" {form.format(url)}" if url else ""


def _anchor(citation: Json) -> str:
    url = web_address(citation.get("url"))
    return f' <a href="{escape(url)}">{escape(url)}</a>' if url else ""


def _line(text: str) -> str:
    return " ".join(text.split())


def _as_markdown(text: str) -> str:
    return _MARKUP.sub(r"\\\1", text)
