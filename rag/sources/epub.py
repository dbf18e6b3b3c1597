"""EPUB books and magazines: one article a chapter."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO
from urllib.parse import unquote

from rag.errors import SourceError
from rag.sources import fragments, pages
from rag.sources.dates import day_of
from rag.sources.files import Item, SourceFile
from rag.sources.packages import damaged, entry, open_package, xml
from rag.sources.text import decode
from rag.types import RawDocument

_PAGES = frozenset({"application/xhtml+xml", "text/html", "application/x-dtbook+xml"})
_MAX_PAGE = 20_000_000  # bytes
_LEAST = 200  # characters; less is a cover, a title page or an imprint
_HEADING = re.compile(r"<h[1-3]\b[^>]*>(.*?)</h[1-3]\s*>", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Book:
    title: str | None
    outlet: str | None
    published_at: str | None
    authors: tuple[str, ...]


def read_epub(stream: BinaryIO, file: SourceFile) -> Iterator[Item]:
    """The chapters in their order; covers, title pages and tables of contents are left out."""
    package = open_package(stream)
    container = entry(package, "META-INF/container.xml")
    if container is None:
        raise damaged()
    where = next((e.get("full-path") for e in xml(container).iter("{*}rootfile") if e.get("full-path")), None)
    described = entry(package, where) if where else None
    if where is None or described is None:
        raise damaged()
    root = xml(described)
    names = _spine(root, posixpath.dirname(where))
    if locked := entry(package, "META-INF/encryption.xml"):
        hidden = {unquote(str(e.get("URI"))) for e in xml(locked).iter("{*}CipherReference")}
        if hidden & set(names):
            raise SourceError("It is locked by its seller (DRM).", "")
    found = [(name, markup, text) for name in names if (markup := _markup(package, name)) and (text := _text(markup))]
    if not found:
        raise SourceError("It holds no text.", "")
    book = _book(root, single=len(found) == 1)
    for number, (_, markup, text) in enumerate(found, 1):
        yield partial(_chapter, book, markup, text, file, number, len(found))


def _spine(root: Any, folder: str) -> list[str]:
    """Names, inside the archive, of the chapters in reading order."""
    items = {item.get("id"): item for item in root.iter("{*}item")}
    names = []
    for reference in root.iter("{*}itemref"):
        item = items.get(reference.get("idref"))
        if item is None or reference.get("linear") == "no" or "nav" in (item.get("properties") or "").split():
            continue
        if item.get("media-type") in _PAGES and item.get("href"):
            names.append(posixpath.normpath(posixpath.join(folder, unquote(item.get("href")))))
    return list(dict.fromkeys(names))


def _markup(package: zipfile.ZipFile, name: str) -> str:
    try:
        if package.getinfo(name).file_size > _MAX_PAGE:
            return ""
    except KeyError:
        return ""
    data = entry(package, name) or b""
    return decode(data) if data.strip() else ""


def _text(markup: str) -> str:
    """The chapter's text; "" for a cover, or a table of contents."""
    text = fragments.to_text(markup)
    linked = sum(len(fragments.to_text(link)) for link in re.findall(r"<a\b[^>]*>.*?</a\s*>", markup, re.DOTALL))
    return text if len(text) >= _LEAST and linked < 0.5 * len(text) else ""


def _chapter(book: _Book, markup: str, whole: str, file: SourceFile, number: int, of: int) -> RawDocument:
    key, path = file.part(number)
    text = pages.extract(markup).text
    heading = _HEADING.search(markup)
    title = " ".join(fragments.to_text(heading[1]).split()) if heading else None
    if of == 1:
        title = book.title or title
    elif not title and book.title:
        title = f"{book.title}, part {number}"
    return RawDocument(
        key=key,
        path=path,
        text=text if len(text) >= 0.5 * len(whole) else whole,  # a chapter is hardly ever furniture
        title=title,
        outlet=book.outlet,
        published_at=book.published_at,
        published_at_source="metadata" if book.published_at else "unknown",
        authors=book.authors,
        outlet_source="metadata" if book.outlet else "unknown",
    )


def _book(root: Any, *, single: bool) -> _Book:
    """What the package says of itself. A magazine's articles take its title for their outlet where it names no
    publisher but the program that made it."""
    values = {
        name: [" ".join("".join(e.itertext()).split())[:300] for e in root.iter(f"{{*}}{name}")]
        for name in ("title", "publisher", "creator")
    }
    title = next(iter(values["title"]), None) or None
    publisher = next((name for name in values["publisher"] if name and "calibre" not in name.casefold()), None)
    dates = [(str(e.get("{http://www.idpf.org/2007/opf}event")), day_of(e.text)) for e in root.iter("{*}date")]
    published = next((day for event, day in dates if day and event in ("None", "publication")), None)
    people = tuple(name for name in values["creator"][:20] if name and "calibre" not in name.casefold())
    return _Book(title, publisher or (None if single else title), published, people)
