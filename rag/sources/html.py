"""Saved web pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from rag.errors import SourceError
from rag.sources import pages
from rag.sources.files import Item, SourceFile
from rag.types import RawDocument


def read_html(stream: BinaryIO, file: SourceFile) -> Iterator[Item]:
    """The article in one page."""
    data = stream.read()
    url = file.path if file.is_web else file.known.url
    yield lambda: document(data, file.key, file.path, url)


def document(data: bytes | str, key: str, path: str, url: str | None) -> RawDocument:
    """A page as a document. Raises SourceError where there is no article in it."""
    page = pages.extract(data, url)
    if not page.text.strip():
        raise SourceError("There is no article in this page.", "")
    return RawDocument(
        key=key,
        path=path,
        text=page.text,
        title=page.title,
        outlet=page.outlet,
        published_at=page.published_at,
        published_at_source=page.published_at_source,
        url=page.url or url,
        authors=page.authors,
        outlet_source=page.outlet_source,
    )
