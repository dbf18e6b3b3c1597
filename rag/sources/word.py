"""Word files (.docx). Owns python-docx."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO

from rag.errors import SourceError
from rag.sources.dates import day_of
from rag.sources.files import Item, SourceFile
from rag.sources.packages import damaged, open_package
from rag.types import RawDocument

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_PROGRAMS = re.compile(r"python-docx|microsoft|office|user|admin|unknown|author|owner", re.IGNORECASE)


def read_word(stream: BinaryIO, file: SourceFile) -> Iterator[Item]:
    """One article: the body as accepted, tables and text boxes too, without headers, footers and notes."""
    yield lambda: _read(stream, file)


def _read(stream: BinaryIO, file: SourceFile) -> RawDocument:
    from docx import Document
    from docx.opc.exceptions import OpcError
    from lxml.etree import LxmlError

    open_package(stream)
    stream.seek(0)
    try:
        document = Document(stream)
        about = document.core_properties
        title, author, made = about.title, about.author, about.created
        template = Document().core_properties.created  # what a program leaves in that knows no better
    except (OpcError, LxmlError, zipfile.BadZipFile, KeyError, ValueError, AttributeError, RuntimeError):
        raise damaged() from None
    found = [
        (text, style) for p in document.element.body.iter(f"{_W}p") if (text := _text(p)) for style in (_style(p),)
    ]
    if not found:
        raise SourceError("It holds no text.", "")
    headline = next((text for text, style in found[:10] if style == "title"), None)
    return RawDocument(
        key=file.key,
        path=file.path,
        text="\n\n".join(text for text, _ in found),
        title=" ".join((title or "").split()) or headline,
        authors=(author.strip(),) if author and not _PROGRAMS.search(author) else (),
        created_on=day_of(made) if made != template else None,
    )


def _text(paragraph: Any) -> str:
    """A paragraph's own text: what was inserted counts, what was deleted doesn't, nor a text box inside it."""
    if any(above.tag == _FALLBACK for above in paragraph.iterancestors()):
        return ""  # the same text box once more, for old programs
    parts = []
    for element in paragraph.iter(f"{_W}t", f"{_W}tab", f"{_W}br", f"{_W}cr"):
        if next(element.iterancestors(f"{_W}p")) is paragraph:
            parts.append((element.text or "") if element.tag == f"{_W}t" else " ")
    return " ".join("".join(parts).split())


def _style(paragraph: Any) -> str:
    styles = paragraph.findall(f"{_W}pPr/{_W}pStyle")
    return str(styles[0].get(f"{_W}val") or "").casefold() if styles else ""
