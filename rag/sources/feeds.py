"""RSS and Atom feeds. Owns feedparser."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import partial
from typing import Any, BinaryIO
from urllib.parse import urljoin

from rag.errors import SourceError
from rag.sources import fragments
from rag.sources.dates import day_of
from rag.sources.files import Item, SourceFile
from rag.types import RawDocument

MAX_ENTRIES = 500


def read_feed(stream: BinaryIO, file: SourceFile) -> Iterator[Item]:
    """The entries with the text that the feed itself gives of them, be it empty: pages are fetched elsewhere."""
    import feedparser

    parsed = feedparser.parse(io.BytesIO(stream.read()), sanitize_html=False, resolve_relative_uris=False)
    if not parsed.entries:
        raise SourceError("It is no RSS or Atom feed, or an empty one.", "")
    outlet = _line(parsed.feed.get("title"))
    for number, entry in enumerate(parsed.entries[:MAX_ENTRIES], 1):
        yield partial(_entry, entry, outlet, file.path if file.is_web else "", *file.part(number))


def _entry(entry: Any, outlet: str | None, base: str, key: str, path: str) -> RawDocument:
    bodies = [str(part.get("value") or "") for part in entry.get("content", ())] + [str(entry.get("summary") or "")]
    day = day_of(entry.get("published") or entry.get("created"))
    link = urljoin(base, str(entry.get("link") or ""))
    return RawDocument(
        key=key,
        path=path,
        text=max((fragments.plain(body) for body in bodies), key=len),
        title=_line(entry.get("title")),
        outlet=outlet,
        published_at=day,
        published_at_source="metadata" if day else "unknown",
        url=link if link.startswith(("http://", "https://")) else None,
        authors=tuple(name for item in entry.get("authors", ())[:20] if (name := _line(item.get("name")))),
        outlet_source="metadata" if outlet else "unknown",
    )


def _line(value: Any) -> str | None:
    return " ".join(fragments.plain(str(value)).split())[:1000] or None if value else None
