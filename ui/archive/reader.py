"""One article as HTML: what is known of it, its near-copies, its text passage by passage, its removal. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ui.archive.shelf import fault, outlet, pick
from ui.bricks import Json, count, dated, day, esc, icon, link

Range = tuple[int, int]  # code points of the article's text


@dataclass(frozen=True)
class Place:
    """What an address names: an article, and which part of it. ``quote`` is where it begins and ends in the text."""

    article: str = ""
    passage: str = ""
    quote: Range | None = None


def reader(article: Json, place: Place, *, removable: bool = True, asking: bool = False) -> str:
    """An article to read, with the part that ``place`` names marked, or a note that it is not there any more."""
    title, id = article.get("title") or article["article_id"], esc(article["article_id"])
    marked, note = locate(article, place)
    said = f'<p class="cd-astray" role="status">{icon("failed")}<span>{esc(note)}</span></p>' if note else ""
    about = f'<button type="button" class="cd-plain" data-ask="{esc(article.get("outlet"))}">Ask about this</button>'
    copied = f'<button type="button" class="cd-plain" data-copy data-article="{id}">Copy link</button>'
    return (
        f'<article class="cd-article" tabindex="-1" aria-labelledby="cd-article-title" data-id="{id}">'
        f"{_top(about + copied)}"
        f'<h2 id="cd-article-title" dir="auto">{esc(title)}</h2>'
        f'<p class="cd-line">{outlet(article)}{dated(article)}{link(article.get("url"))}</p>{said}'
        f"{_copies(article.get('copies') or ())}"
        f'<div class="cd-full" dir="auto">{_text(article, marked, place.passage)}</div>'
        f"{_about(article)}{_removal(article, asking) if removable else ''}</article>"
    )


def locate(article: Json, place: Place) -> tuple[Range | None, str]:
    """What to mark, and what to say where the link's part is not in the text."""
    text = str(article.get("text") or "")
    passage = next((p for p in article.get("passages") or () if p["id"] == place.passage), None)
    if place.passage and passage is None:
        return None, "The passage that this link leads to is not in the article any more: its text has changed since."
    if place.quote and 0 <= place.quote[0] < place.quote[1] <= len(text):
        return place.quote, ""
    if passage is not None:
        return (int(passage["start"]), int(passage["end"])), ""
    return None, "The quote that this link leads to lies outside the article’s text." if place.quote else ""


def nothing_open() -> str:
    """Before an article is chosen: what can be done with one."""
    return (
        '<div class="cd-none"><p>Choose an article to read it here.</p>'
        "<p>The numbers in its margin are the passages that questions are put to; each copies a link to its place. "
        "What an answer cites is marked when you come from its source.</p>"
        '<p class="cd-own">A removed article is out of every later answer. Its file stays where it is, and it can be '
        "restored.</p></div>"
    )


def removed(title: str, id: str) -> str:
    """In place of an article that was just taken out."""
    return (
        f'{_top("")}<div class="cd-out"><p class="cd-status cd-is-stopped" role="status" tabindex="-1">'
        f'{icon("stopped")}<span class="cd-label">Removed</span><span class="cd-notice" dir="auto">{esc(title)}</span>'
        "</p><p>It stays out when its file is read again.</p>"
        f'<button type="button" class="cd-plain" data-do="restore" data-open="1" data-id="{esc(id)}" data-focus>Undo'
        "</button></div>"
    )


def not_there(place: Place, gone: Json | None, holders: Sequence[Json], here: bool) -> str:
    """In place of an article that an address names and the archive does not hold: whether it was removed (``gone``),
    and which other articles its passage stands in. ``here``: the visitor may restore it."""
    back, hint = "", "Look for it in the list: its file may have been renamed or taken away."
    message = f"There is no article “{place.article}”."
    kind = "failed" if gone is None else "stopped"
    if gone is not None:
        message = f"“{gone.get('title') or place.article}” was removed on {day(str(gone['removed_at'])[:10])}."
        hint = "Restore it, or look for another one." if here else "It can be restored on the archive’s own machine."
        if not gone.get("restorable", True):
            hint = "Its text was deleted too: take its file in again to read it."
        elif here:
            back = (
                f'<button type="button" class="cd-plain" data-do="restore" data-open="1" '
                f'data-id="{esc(place.article)}">Restore</button>'
            )
    items = "".join(
        f'<li>{pick(item, passage=place.passage)}<span class="cd-line">{outlet(item)}{dated(item)}</span></li>'
        for item in holders
    )
    others = f'<div class="cd-copies"><p>The same passage stands in</p><ul>{items}</ul></div>' if holders else ""
    return f'{_top("")}<div class="cd-out">{fault(message, hint, kind)}{back}{others}</div>'


def unreadable(message: str, hint: str) -> str:
    """In place of an article that can't be shown, or could not be removed."""
    return f'{_top("")}<div class="cd-out">{fault(message, hint)}</div>'


def _top(tools: str) -> str:
    return f'<div class="cd-top">{tools}<a class="cd-plain cd-leave" href="#archive">Close</a></div>'


def _copies(copies: Sequence[Json]) -> str:
    if not copies:
        return ""
    items = "".join(
        f'<li>{pick(copy)}<span class="cd-line">{outlet(copy)}{dated(copy)}'
        f'<span class="cd-tag">{"same text" if copy.get("same_text") else "nearly the same text"}</span></span></li>'
        for copy in copies
    )
    said = f"Told in {count(len(copies), 'other article')} too; an answer counts them as one source"
    return (
        f'<details class="cd-copies"{" open" if len(copies) < 4 else ""}><summary>{said}</summary>'
        f"<ul>{items}</ul></details>"
    )


def _text(article: Json, quote: Range | None, here: str = "") -> str:
    """The text, cut where passages begin and where the quote begins and ends; each piece is escaped by itself."""
    text = str(article.get("text") or "")
    passages = sorted(article.get("passages") or (), key=lambda p: int(p["start"]))
    begins = {int(p["start"]): n for n, p in enumerate(passages, 1)}
    start, end = quote or (-1, -1)
    cuts = sorted({0, len(text), *begins} | ({start, end} if start >= 0 else set()))
    parts = []
    for a, b in pairwise(cuts):
        if a in begins:
            passage = passages[begins[a] - 1]
            parts.append(_number(begins[a], len(passages), passage, article, passage["id"] == here))
        piece = esc(text[a:b])
        parts.append(f"<mark>{piece}</mark>" if start <= a < end else piece)
    return "".join(parts)


def _number(n: int, of: int, passage: Json, article: Json, here: bool) -> str:
    """A passage's number in the margin, which copies a link to it."""
    return (
        f'<button type="button" class="cd-at{" cd-here" if here else ""}" data-copy '
        f'data-article="{esc(article.get("article_id"))}" data-passage="{esc(passage["id"])}" '
        f'aria-label="Passage {n} of {of}: copy link to this passage">'
        f'<i dir="ltr">{n}</i><span class="cd-tip" dir="ltr">Copy link to this passage</span></button>'
    )


def _about(article: Json) -> str:
    authors, passages = article.get("authors"), len(article.get("passages") or ())
    facts: list[tuple[str, Any]] = [
        ("File name", article["article_id"]),
        ("Written by", ", ".join(authors) if isinstance(authors, (list, tuple)) else authors),
        ("Language", article.get("language")),
        ("Length", f"{count(int(article.get('words') or 0), 'word')} in {count(passages, 'passage')}"),
        ("Added", day(str(article.get("ingested_at") or "")[:10])),
    ]
    cells = "".join(f'<dt>{name}</dt><dd dir="auto">{esc(value)}</dd>' for name, value in facts if value)
    return f'<dl class="cd-about">{cells}</dl>'


def _removal(article: Json, asking: bool) -> str:
    id = esc(article["article_id"])
    risky = f'<button type="button" class="cd-plain cd-risky" data-id="{id}" data-do='
    if not asking:
        return f'<p class="cd-removal">{risky}"ask-remove">Remove from the archive</button></p>'
    return (
        '<div class="cd-removal cd-asking" role="alertdialog" aria-label="Remove this article?">'
        "<p>Remove this article from the archive? Its file stays where it is, is left out from now on, and the article "
        "can be restored.</p>"
        f'{risky}"remove">Remove</button> '
        f'<button type="button" class="cd-plain" data-do="keep" data-id="{id}" data-focus>Keep</button></div>'
    )
