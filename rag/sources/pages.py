"""A web page into what it says: its text, title, outlet, authors and day of publication. Owns trafilatura.

Runs in the limited child process of the readers: whatever stands in a page is untrusted.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from rag import boilerplate
from rag.boilerplate import Line, is_sentence
from rag.errors import SourceError
from rag.sources import page_meta
from rag.types import DateSource, OutletSource

MAX_CHARS = 20_000_000
_LINKED = 0.8  # share of a line's letters that stand in links, from which on it points elsewhere
_POINTER = 30  # words; a longer line of links says something itself
_CELL = 25  # words; a table with a longer cell lays out a page
_SHORT = 600  # characters; with less, the publisher's own copy of the text may be better

_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_INLINE = frozenset({"ref", "hi", "del", "lb", "code", "graphic", "span", "a"})


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says. ``text`` has its paragraphs parted by blank lines, and is empty where no article was found.
    ``published_at`` is a day, ``YYYY-MM-DD``; what isn't known is None, and its source "unknown"."""

    text: str
    title: str | None = None
    outlet: str | None = None
    published_at: str | None = None
    published_at_source: DateSource = "unknown"
    url: str | None = None
    authors: tuple[str, ...] = ()
    outlet_source: OutletSource = "unknown"


@dataclass(frozen=True, slots=True)
class _Block:
    """A paragraph, heading, list item or table row. ``linked`` is the share of its letters that stand in links."""

    text: str
    kind: str
    linked: float


def extract(data: bytes | str, url: str | None = None, today: date | None = None) -> Page:
    """The article in an HTML page. ``url`` is where it came from, if that is known; days after ``today`` (by default
    this computer's) are not believed.

    Raises SourceError when ``data`` is not HTML. Some 20 ms for an ordinary page.
    """
    import trafilatura

    text = decode(data) if isinstance(data, bytes) else data
    tree = trafilatura.load_html(text) if "<" in text and len(text) <= MAX_CHARS else None
    if tree is None:
        raise SourceError("It holds no web page.", "Give an HTML page with an article in it.")
    meta = page_meta.read(tree, url, today or date.today())
    document = trafilatura.bare_extraction(tree, include_comments=False, include_links=True, fast=True)
    body = getattr(document, "body", None)
    blocks = [] if body is None else list(_blocks(body))
    lines = [block.text for block in _kept(blocks, meta.title)]
    if sum(map(len, lines)) < min(_SHORT, 0.5 * len(meta.body)):
        lines = [line.strip() for line in re.split(r"\n+", meta.body) if line.strip()]
    return Page(
        text="\n\n".join(lines),
        title=meta.title,
        outlet=meta.outlet,
        published_at=meta.published_at,
        published_at_source=meta.published_at_source,
        url=meta.url,
        authors=meta.authors,
        outlet_source=meta.outlet_source,
    )


def decode(data: bytes) -> str:
    """HTML as text: by its byte order mark, as UTF-8, else in the encoding it declares, else as Western European."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(encoding, "replace").lstrip("\ufeff")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    declared = _CHARSET.search(data[:4096])
    try:
        encoding = codecs.lookup(declared[1].decode("ascii") if declared else "cp1252").name
    except LookupError:
        encoding = "cp1252"
    if encoding in ("iso8859-1", "ascii"):  # browsers read both as the larger Windows set
        encoding = "cp1252"
    return data.decode(encoding, "replace")


# --- blocks -------------------------------------------------------------------------------------------


def _blocks(root: Any) -> Iterator[_Block]:
    """The blocks under an element of trafilatura's tree, in order."""
    words: list[tuple[str, bool]] = []

    def flush(kind: str) -> Iterator[_Block]:
        for part in "".join(text for text, _ in words).split("\n"):
            line = " ".join(part.split())
            if line:
                letters = sum(len(text.strip()) for text, _ in words) or 1
                yield _Block(line, kind, sum(len(text.strip()) for text, linked in words if linked) / letters)
        words.clear()

    def walk(element: Any, kind: str, linked: bool) -> Iterator[_Block]:
        words.append((_flat(element.text), linked))
        for child in element:
            if child.tag == "lb":
                words.append(("\n", linked))
            elif child.tag in _INLINE:
                yield from walk(child, kind, linked or child.tag == "ref")
            elif isinstance(child.tag, str):
                yield from flush(kind)
                if child.tag == "table" and _is_data(child):
                    yield from _rows(child)
                else:
                    yield from walk(child, child.tag if child.tag in ("head", "item", "quote") else kind, linked)
                    yield from flush(child.tag if child.tag in ("head", "item", "quote") else kind)
            words.append((_flat(child.tail), linked))

    yield from walk(root, "p", False)
    yield from flush("p")


def _is_data(table: Any) -> bool:
    cells = list(table.iter("cell"))
    return all(len("".join(cell.itertext()).split()) <= _CELL for cell in cells) and not any(
        True for cell in cells for _ in cell.iter("table")
    )


def _rows(table: Any) -> Iterator[_Block]:
    for row in table.iter("row"):
        cells = [" ".join("".join(cell.itertext()).split()) for cell in row.iter("cell")]
        if text := " | ".join(cell for cell in cells if cell):
            links = sum(len(" ".join("".join(ref.itertext()).split())) for ref in row.iter("ref"))
            yield _Block(text, "row", links / len(text))


def _flat(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "")


# --- what is not the article ----------------------------------------------------------------------------


def _kept(blocks: list[_Block], title: str | None) -> list[_Block]:
    """The blocks without the headline, pointers to other stories, furniture and what was said right before."""
    prose = [i for i, block in enumerate(blocks) if _is_prose(block)]
    first, last = (prose[0], prose[-1]) if prose else (0, len(blocks) - 1)
    kept: list[_Block] = []
    for i, block in enumerate(blocks):
        edge = i < first or i > last
        if i <= first and block.kind == "head" and title and _words(block.text) == _words(title):
            continue
        if block.linked >= _LINKED and len(block.text.split()) <= _POINTER and _points_elsewhere(block, edge):
            continue
        if boilerplate.judge(Line(block.text, edge=edge))[0] >= boilerplate.THRESHOLD:
            continue
        if kept and block.text == kept[-1].text:
            continue
        kept.append(block)
    return kept


def _is_prose(block: _Block) -> bool:
    return block.kind != "row" and block.linked < 0.5 and is_sentence(block.text) and len(block.text.split()) >= 18


def _points_elsewhere(block: _Block, edge: bool) -> bool:
    return edge or (block.kind != "head" and not is_sentence(block.text))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
