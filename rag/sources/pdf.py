"""PDF files: their text in reading order, and what their properties say. Owns pypdfium2."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from rag.errors import SourceError
from rag.sources import layout
from rag.sources.dates import day_of
from rag.sources.files import Item, SourceFile
from rag.types import RawDocument

MAX_PAGES = 1000
_UNNAMED = re.compile(r"untitled|no title|microsoft word|powerpoint|\.(?:docx?|pdf|indd|qxd|pptx?|odt|rtf|tex)\b", re.I)


def read_pdf(stream: BinaryIO, file: SourceFile) -> Iterator[Item]:
    """One article. Its title is the properties' or, where they hold a file name, what is set largest on page one."""
    data = stream.read()
    yield lambda: document(data, file.key, file.path, file.path if file.is_web else None)


def document(data: bytes, key: str, path: str, url: str | None) -> RawDocument:
    """A PDF as a document. Raises SourceError where it has no text."""
    import pypdfium2

    try:
        opened = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise _unreadable(error) from None
    try:
        if len(opened) > MAX_PAGES:
            raise SourceError(f"It has {len(opened)} pages; the limit is {MAX_PAGES}.", "Split it.")
        sheets = [_sheet(opened[number]) for number in range(len(opened))]
        about = opened.get_metadata_dict()
    except pypdfium2.PdfiumError as error:
        raise _unreadable(error) from None
    finally:
        opened.close()
    text = "\n\n".join(layout.paragraphs(sheets))
    if not text.strip():
        raise SourceError("It holds pictures of text (a scan), and no text.", "Run it through text recognition first.")
    return RawDocument(
        key=key,
        path=path,
        text=text,
        title=_title(about.get("Title")) or layout.headline(sheets[0]),
        url=url,
        created_on=day_of(about.get("CreationDate")),
    )


def _sheet(page: Any) -> layout.Sheet:
    words = page.get_textpage()
    lines = []
    for number in range(words.count_rects()):
        left, bottom, right, top = words.get_rect(number)
        text = words.get_text_bounded(left, bottom, right, top)
        if text.strip() and top > bottom:
            lines.append(layout.Line(left, bottom, right, top, text.replace("\r\n", " ")))
    sheet = layout.Sheet(page.get_height(), tuple(lines))
    words.close()
    page.close()
    return sheet


def _title(given: str | None) -> str | None:
    title = " ".join((given or "").split())
    return title if len(title.split()) > 1 and not _UNNAMED.search(title) else None


def _unreadable(error: Exception) -> SourceError:
    if "password" in str(error).lower():
        return SourceError("It is locked with a password.", "Save it again without one.")
    return SourceError("It is no PDF, or a damaged one.", "Open it in a PDF reader and save it again.")
