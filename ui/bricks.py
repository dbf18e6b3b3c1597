"""The bricks of the page. Whatever text comes from articles, questions or the model goes through ``esc``."""

from __future__ import annotations

import datetime
import ipaddress
import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import urlencode, urlsplit

from ui.icons import ICONS

Json = Mapping[str, Any]


MOST_OUTLETS = 500  # in a menu
_UNSHOWABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")  # controls, and characters' halves
_ADDRESS = re.compile(
    r"https?://[^\s\x00-\x20\\<>\"`{|}^\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+", re.I
)
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*\.?")
_READ_TWO_WAYS = frozenset(
    "\u00df\u03c2"
)  # in a host's name: by the old rules for such names, and by browsers' newer ones


def esc(text: object) -> str:
    """Text as HTML text, safe inside quoted attributes too. What no page can show is replaced by U+FFFD."""
    return escape(showable("" if text is None else str(text)), quote=True)


def showable(text: str) -> str:
    """Without control characters, and without lone surrogates, which can't be sent."""
    return _UNSHOWABLE.sub("\ufffd", text)


def source_name(item: Json) -> str:
    """Outlet (or title, or id) and date of a source, as one line of plain text."""
    name = item.get("outlet") or item.get("title") or item["article_id"]
    date = item.get("published_at")
    return f"{name}, {day(str(date))}" if date else str(name)


def day(iso: str, month: str = "%B") -> str:
    """``2021-08-08`` as ``8 August 2021``; anything else unchanged."""
    try:
        date = datetime.date.fromisoformat(iso)
    except ValueError:
        return iso
    return f"{date.day} {date:{month}} {date.year}"


def short_day(iso: str) -> str:
    """``2021-08-08`` as ``8 Aug 2021``; anything else unchanged."""
    return day(iso, "%b")


def capital(text: object) -> str:
    """With a capital at its beginning. Not escaped for HTML."""
    said = str("" if text is None else text)
    return said[:1].upper() + said[1:]


def icon(kind: str) -> str:
    """A small outline; words stand beside it always."""
    return f'<svg class="cd-icon" viewBox="0 0 16 16" aria-hidden="true">{ICONS[kind]}</svg>'


def count(n: int, noun: str, plural: str | None = None) -> str:
    """``2 articles``, ``1 article``."""
    return f"{n:,} {noun if n == 1 else plural or f'{noun}s'}"


def menu(name: str, choices: Sequence[tuple[str, str]], chosen: str) -> str:
    """A menu of (value, label)."""
    options = "".join(
        f'<option value="{esc(value)}"{" selected" if value == chosen else ""}>{esc(said)}</option>'
        for value, said in choices
    )
    return f'<select name="{name}" class="cd-field">{options}</select>'


def outlet_menu(outlets: Mapping[str, int], *more: str) -> list[tuple[str, str]]:
    """All, then the outlets with most articles and ``more``, by name."""
    most = sorted(outlets, key=lambda name: -outlets[name])[:MOST_OUTLETS]
    names = sorted({*most, *more}, key=str.casefold)
    return [("", "All"), *((name, f"{name} ({outlets.get(name, 0):,})") for name in names)]


def date_field(name: str, day: str | None) -> str:
    return f'<input type="date" name="{name}" class="cd-field" value="{esc(day)}">'


def dated(item: Json) -> str:
    """When it was published, and a tag where that is not from its metadata."""
    date, how = item.get("published_at"), item.get("published_at_source")
    if not date:
        return '<span class="cd-date">undated</span>'
    said = how_dated(item)
    title = {
        "inferred": "No date was given; this one is inferred from what the article says",
        "text": "The date stands in the article's text",
    }.get(str(how), "")
    tag = f' <span class="cd-tag" title="{esc(title)}">{said}</span>' if said else ""
    return f'<time class="cd-date" datetime="{esc(date)}">{esc(day(str(date)))}</time>{tag}'


def how_dated(item: Json) -> str:
    """How its day is known, where not from its metadata."""
    known = {"inferred": "inferred", "text": "from the text"}
    return known.get(str(item.get("published_at_source")), "") if item.get("published_at") else ""


def web_address(url: object) -> str:
    """An address of a web page as it is; nothing for any other address."""
    return str(url) if host(url) else ""


def host(url: object) -> str:
    """The host of a web page's address in the ASCII form that networks use, so that letters of other scripts can't pass
    for it; nothing for any other address, or where a browser might read another host than this."""
    text = str(url or "")
    if not _ADDRESS.fullmatch(text):
        return ""
    try:
        name = urlsplit(text).hostname or ""
        urlsplit(text).port  # noqa: B018 (raises ValueError where it is none)
        if _READ_TWO_WAYS & set(name):
            return ""
        if ":" in name or name.rstrip(".").rpartition(".")[2][:1].isdigit():
            return str(ipaddress.ip_address(name))
        found = name.encode("idna").decode("ascii")
    except ValueError:
        return ""
    return found if _HOST.fullmatch(found) else ""


def link(url: object) -> str:
    """A link to a web page by its host; nothing for any other address."""
    if not (name := host(url)):
        return ""
    return (
        f'<a class="cd-link" href="{esc(url)}" target="_blank" rel="noopener noreferrer nofollow" '
        f'title="{esc(url)}">{esc(name)} ↗</a>'
    )


def address(name: str, id: object, **more: str) -> str:
    """Where a thing is shown, as views.js reads it: ``#article=ID&passage=ID``. Not escaped for HTML."""
    return f"#{urlencode({name: str(id), **more}, errors='replace')}"
