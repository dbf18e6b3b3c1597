"""Web archives (WARC, ARC): the articles among the crawled pages. Owns warcio."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from functools import partial
from typing import Any, BinaryIO

from rag.errors import SourceError
from rag.sources import html, pdf
from rag.sources.files import Item, SourceFile
from rag.sources.text import decode
from rag.types import RawDocument

_MAX_RECORD = 20_000_000  # bytes; of a longer one only the beginning is read
_HTML = frozenset({"text/html", "application/xhtml+xml"})


def read_warc(stream: BinaryIO, file: SourceFile) -> Iterator[Item]:
    """Pages that were answered with success; pictures, scripts and errors are passed over in silence.

    The day of a crawl is no day of publication.
    """
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    number = 0
    try:
        for record in ArchiveIterator(stream, arc2warc=True):
            kind, url = _kind(record), record.rec_headers.get_header("WARC-Target-URI")
            if kind is None:
                continue
            data = record.content_stream().read(_MAX_RECORD)
            number += 1
            yield partial(_read, kind, data, url, *file.part(number))
    except (ArchiveLoadFailed, EOFError, zlib.error, UnicodeDecodeError, ValueError, AttributeError, KeyError):
        raise SourceError("It is a damaged web archive.", "") from None
    if not number:
        raise SourceError("It holds no web pages.", "")


def _kind(record: Any) -> str | None:
    """The media type of what can be read in a record, else None."""
    if record.rec_type == "conversion":  # text that the crawler took out of a page
        return "text/plain" if "text/plain" in (record.rec_headers.get_header("Content-Type") or "") else None
    if record.rec_type == "response" and record.http_headers is not None:
        if record.http_headers.get_statuscode() != "200":
            return None
        given = record.http_headers.get_header("Content-Type")
    elif record.rec_type == "resource":
        given = record.rec_headers.get_header("Content-Type")
    else:
        return None
    kind = (given or "").partition(";")[0].strip().lower()
    return kind if kind in _HTML or kind == "application/pdf" else None


def _read(kind: str, data: bytes, url: str | None, key: str, path: str) -> RawDocument:
    if kind in _HTML:
        return html.document(data, key, path, url)
    if kind == "application/pdf":
        return pdf.document(data, key, path, url)
    return RawDocument(key=key, path=path, text=decode(data), url=url)
