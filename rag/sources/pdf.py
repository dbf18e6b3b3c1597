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
_CUT = 2  # what PDFium gives for the hyphen that cuts a word at the end of a line
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
    """Runs of characters that stand side by side, each as high as its font."""
    from pypdfium2.raw import FS_RECTF, FPDFText_GetLooseCharBox, FPDFText_GetUnicode, FPDFText_IsGenerated

    words = page.get_textpage()
    box = FS_RECTF()
    lines: list[layout.Line] = []
    run: list[str] = []
    seen: set[tuple[str, int, int]] = set()
    left = bottom = right = top = 0.0
    for number in range(words.count_chars() + 1):
        code = FPDFText_GetUnicode(words.raw, number) if number < words.count_chars() else 10
        made_up = number < words.count_chars() and FPDFText_IsGenerated(words.raw, number) == 1
        if not made_up and (code > 32 or code == _CUT):
            FPDFText_GetLooseCharBox(words.raw, number, box)
            if run and _goes_on(box, right, bottom, top):
                right, bottom, top = max(right, box.right), min(bottom, box.bottom), max(top, box.top)
                run.append(chr(code))
                continue
        elif code not in (10, 13) or not run:
            run += [" "] if run and run[-1] != " " else []
            continue
        text = "".join(run).encode("utf-16", "surrogatepass").decode("utf-16", "replace").strip()
        place = (text, round(left / 2), round(bottom / 2))
        if text and top > bottom and place not in seen:  # bold type is sometimes the same text printed twice
            seen.add(place)
            lines.append(layout.Line(left, bottom, right, top, text))
        run = [chr(code)] if code > 32 or code == _CUT else []
        left, bottom, right, top = box.left, box.bottom, box.right, box.top
    sheet = layout.Sheet(page.get_height(), tuple(lines))
    words.close()
    page.close()
    return sheet


def _goes_on(box: Any, right: float, bottom: float, top: float) -> bool:
    """Whether a character stands on the line that ends at ``right``, no more than a wide space away."""
    height = top - bottom
    shared = min(box.top, top) - max(box.bottom, bottom)
    return bool(shared > 0.5 * min(height, box.top - box.bottom) and -height < box.left - right < 0.9 * height)


def _title(given: str | None) -> str | None:
    title = " ".join((given or "").split())
    return title if len(title.split()) > 1 and not _UNNAMED.search(title) else None


def _unreadable(error: Exception) -> SourceError:
    if "password" in str(error).lower():
        return SourceError("It is locked with a password.", "Save it again without one.")
    return SourceError("It is no PDF, or a damaged one.", "Open it in a PDF reader and save it again.")
