"""Plain text and Markdown files: bytes to text, front matter, the heading."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import BinaryIO

from rag.errors import SourceError
from rag.sources import markdown
from rag.sources.files import Item, SourceFile
from rag.types import RawDocument

_WESTERN = frozenset("àáâãäåæçèéêëìíîïñòóôõöøùúûüœßÀÁÂÃÄÅÆÇÈÉÊËÍÎÏÑÓÔÕÖØÚÛÜŒŸ‘’‚“”„…–—•«»‹›€£§°©®™¿¡·´\u00a0")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def read_plain(stream: BinaryIO, file: SourceFile) -> Iterator[Item]:
    """A text file, with YAML front matter where it has one."""
    meta, body = markdown.split_front_matter(_text(stream.read()))
    yield lambda: _document(file, body, None, meta)


def read_markdown(stream: BinaryIO, file: SourceFile) -> Iterator[Item]:
    """A Markdown file without its markup; its first heading is the title."""
    document = markdown.parse(_text(stream.read()))
    yield lambda: _document(file, document.text, document.title, document.meta)


def _text(data: bytes) -> str:
    text = decode(data)
    if not text.strip():
        raise SourceError("It is empty.", "")
    return text


def _document(file: SourceFile, text: str, title: str | None, meta: Mapping[str, str]) -> RawDocument:
    value = next((meta[k] for k in ("date", "published_at", "published") if meta.get(k)), None)
    published_at = parse_date(value) if value else None
    return RawDocument(
        key=file.key,
        path=file.path,
        text=text,
        title=meta.get("title") or title,
        outlet=next((meta[k] for k in ("outlet", "source", "publisher", "publication") if meta.get(k)), None),
        published_at=published_at,
        published_at_source="metadata" if published_at else "unknown",
        url=meta.get("url") or meta.get("link"),
    )


def decode(data: bytes) -> str:
    """The text in ``data``: UTF-8, UTF-16 with a byte order mark, or whatever charset-normalizer takes it to be.

    Raises SourceError when it is not text.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                raise SourceError("Its encoding is damaged.", "Save it again as UTF-8.") from None
    if data.startswith(b"%PDF-") or b"\x00" in data:
        raise _binary()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = _detect(data)
    controls = sum(c < " " and c not in "\t\n\r\f\v\x1b" for c in text)
    if controls > 0.01 * len(text) + 1:
        raise _binary()
    return text


def _detect(data: bytes) -> str:
    from charset_normalizer import from_bytes

    try:  # on short Western texts detection wavers between encodings that differ in a letter or two
        western = data.decode("cp1252")
    except UnicodeDecodeError:
        western = ""
    foreign = [c for c in western if not c.isascii()]
    if western and len(foreign) < 0.2 * len(western) and set(foreign) <= _WESTERN:
        return western
    best = from_bytes(data).best()
    if best is None:
        raise _binary()
    return data.decode(best.encoding)


def _binary() -> SourceError:
    return SourceError("It is not text (a binary file).", "Is its name right?")


def parse_date(value: str) -> str | None:
    """``YYYY-MM-DD`` from an ISO date or timestamp, None when it is neither."""
    match = re.match(r"\s*(\d{4}-\d{2}-\d{2})(?:[T ]|\s*$)", value)
    try:
        return date.fromisoformat(match.group(1)).isoformat() if match else None
    except ValueError:
        return None
