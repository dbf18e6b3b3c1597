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

from rag.errors import SourceError
from rag.intake import boilerplate
from rag.intake.boilerplate import Line, is_sentence
from rag.sources import page_meta
from rag.types import DateSource, OutletSource

MAX_CHARS = 20_000_000
_LINKED = 0.8  # share of a line's letters that stand in links, from which on it points elsewhere
_POINTER = 30  # words; a longer line of links says something itself
_PROSE = 18  # words of a sentence that is the article itself
_CELL = 25  # words; a table with a longer cell lays out a page
_SHORT = 600  # characters; with less, the publisher's own copy of the text may be better

# Where a page gives other days than its article's.
_OTHER_DAYS = (
    ".//body//header[not(ancestor::article or ancestor::main or .//h1)] | .//nav | .//footer | .//aside"
    " | .//meta[contains(@property, 'modif') or contains(@property, 'update') or contains(@name, 'modif')"
    " or contains(@itemprop, 'odified') or contains(@name, 'revis') or contains(@http-equiv, 'odified')]"
    " | .//*[@itemprop='copyrightYear' or @itemprop='dateModified' or contains(@class, 'comment')"
    " or contains(@class, 'related') or contains(@class, 'copyright') or contains(@class, 'modified')"
    " or contains(@class, 'updated') or contains(@class, 'today') or contains(@class, 'current-date')]"
)
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
    """A paragraph ("p"), headline ("h1"), other heading ("head"), list item ("item"), "quote" or table row ("row")."""

    text: str
    kind: str


def extract(data: bytes | str, url: str | None = None, today: date | None = None) -> Page:
    """The article in an HTML page. ``url`` is where it came from, if that is known; days after ``today`` (by default
    this computer's) are not believed.

    Raises SourceError when ``data`` is not HTML. Some 20 ms for an ordinary page.
    """
    from trafilatura import load_html

    text = decode(data) if isinstance(data, bytes) else data
    tree = load_html(text) if "<" in text and len(text) <= MAX_CHARS else None
    if tree is None:
        raise SourceError("It holds no web page.", "Give an HTML page with an article in it.")
    today = today or date.today()
    meta = page_meta.read(tree, url, today)
    links = _links(tree)
    _unbox_quotes(tree)
    blocks = _article(tree)
    if _join_pieces(tree, {block.text for block in blocks}):
        blocks = _article(tree)
    published_at, source = meta.published_at, meta.published_at_source
    if published_at is None and (published_at := _guessed_day(tree, today)):
        source = "inferred"
    lines = [block.text for block in _kept(blocks, links, meta.title)]
    if sum(map(len, lines)) < min(_SHORT, 0.5 * len(meta.body)):
        lines = [line.strip() for line in re.split(r"\n+", meta.body) if line.strip()]
    return Page(
        text="\n\n".join(lines),
        title=meta.title,
        outlet=meta.outlet,
        published_at=published_at,
        published_at_source=source,
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


# --- mending the page ---------------------------------------------------------------------------------


def _article(tree: Any) -> list[_Block]:
    """What trafilatura takes for the article. Its quick mode, without the comparison with other extractors, did better
    than the others on the pages it was chosen by (eval/LOG.md)."""
    import trafilatura

    document = trafilatura.bare_extraction(tree, include_comments=False, fast=True)
    body = getattr(document, "body", None)
    return [] if body is None else list(_blocks(body))


def _unbox_quotes(tree: Any) -> None:
    """Quoted posts out of the boxes that embed them, which are taken for widgets."""
    for quote in tree.xpath(".//blockquote[parent::div or parent::figure]"):
        box = quote.getparent()
        words = "".join(quote.itertext()).split()
        if words and box.getparent() is not None and len("".join(box.itertext()).split()) <= len(words) + 5:
            quote.attrib.clear()
            quote.tail = box.tail
            box.getparent().replace(box, quote)


def _join_pieces(tree: Any, known: set[str]) -> bool:
    """Join an article that is cut in pieces around advertisements, if much of it is not ``known``. The pieces are
    boxes of one class that hold paragraphs and lie in one part of the page."""
    pieces: dict[tuple[Any, ...], list[Any]] = {}
    for box in tree.xpath(".//div[@class][p] | .//section[@class][p]"):
        if len(_prose(box)) > 1:
            within = list(box.iterancestors())[2:3]
            pieces.setdefault((box.tag, box.get("class"), *within), []).append(box)
    joined = False
    for first, *others in pieces.values():
        told = [text for box in (first, *others) for text in _prose(box)]
        lost = [text for text in told if text not in known]
        if others and 4 * sum(map(len, lost)) > sum(map(len, told)) > sum(map(len, lost)):
            for box in others:
                first.extend(list(box))
            joined = True
    return joined


def _prose(box: Any) -> list[str]:
    texts = (" ".join(p.text_content().split()) for p in box.iterchildren("p"))
    return [text for text in texts if len(text.split()) >= _PROSE and is_sentence(text)]


def _guessed_day(tree: Any, today: date) -> str | None:
    """The day htmldate takes a page to be of, looked for where it may well be the article's; the tree is spent.

    What the page's head, foot and side say may be today, and so may a guess that falls on ``today``; the first of
    January is a copyright's year.
    """
    from htmldate import find_date

    for element in tree.xpath(_OTHER_DAYS):
        if (parent := element.getparent()) is not None:
            parent.remove(element)
    found = find_date(tree, extensive_search=False, original_date=True, max_date=today.isoformat())
    return found if found and found < today.isoformat() and not found.endswith("-01-01") else None


# --- blocks -------------------------------------------------------------------------------------------


def _links(tree: Any) -> list[str]:
    """The words that are links on the page, the longest first."""
    texts = {" ".join(a.text_content().split()) for a in tree.iter("a")}
    return sorted((t for t in texts if 1 < len(t.split()) <= _POINTER), key=lambda t: (-len(t), t))


def _blocks(root: Any) -> Iterator[_Block]:
    """The blocks under an element of trafilatura's tree, in order."""
    words: list[str] = []

    def flush(kind: str) -> Iterator[_Block]:
        for part in "".join(words).split("\n"):
            if line := " ".join(part.split()):
                yield _Block(line, kind)
        words.clear()

    def walk(element: Any, kind: str) -> Iterator[_Block]:
        words.append(_flat(element.text))
        for child in element:
            if child.tag == "lb":
                words.append("\n")
            elif child.tag in _INLINE:
                yield from walk(child, kind)
            elif isinstance(child.tag, str):
                yield from flush(kind)
                if child.tag == "table" and _is_data(child):
                    yield from _rows(child)
                else:
                    inner = _kind(child, kind)
                    yield from walk(child, inner)
                    yield from flush(inner)
            words.append(_flat(child.tail))

    yield from walk(root, "p")
    yield from flush("p")


def _kind(element: Any, outer: str) -> str:
    if element.tag == "head":
        return "h1" if element.get("rend") == "h1" else "head"
    return element.tag if element.tag in ("item", "quote") else outer


def _is_data(table: Any) -> bool:
    cells = list(table.iter("cell"))
    short = all(len("".join(cell.itertext()).split()) <= _CELL for cell in cells)
    return short and not any(True for cell in cells for _ in cell.iter("table"))


def _rows(table: Any) -> Iterator[_Block]:
    for row in table.iter("row"):
        cells = [" ".join("".join(cell.itertext()).split()) for cell in row.iter("cell")]
        if text := " | ".join(cell for cell in cells if cell):
            yield _Block(text, "row")


def _flat(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "")


# --- what is not the article ----------------------------------------------------------------------------


def _kept(blocks: list[_Block], links: list[str], title: str | None) -> list[_Block]:
    """The blocks without the headline, pointers to other stories, furniture and what was said right before."""
    prose = [i for i, block in enumerate(blocks) if _is_prose(block)]
    first, last = (prose[0], prose[-1]) if prose else (0, len(blocks) - 1)
    kept: list[_Block] = []
    for i, block in enumerate(blocks):
        edge = i < first or i > last
        if i <= first and title and (block.kind == "h1" or _words(block.text) == _words(title)):
            continue
        if (edge or block.kind != "head") and _points_elsewhere(block, edge, links):
            continue
        if boilerplate.judge(Line(block.text, edge=edge))[0] >= boilerplate.THRESHOLD:
            continue
        if kept and block.text == kept[-1].text:
            continue
        kept.append(block)
    return kept


def _is_prose(block: _Block) -> bool:
    return block.kind != "row" and is_sentence(block.text) and len(block.text.split()) >= _PROSE


def _points_elsewhere(block: _Block, edge: bool, links: list[str]) -> bool:
    """Whether a line is a link and little else. In the middle of an article a linked sentence may be a quotation."""
    if len(block.text.split()) > _POINTER or (is_sentence(block.text) and not edge):
        return False
    least = _LINKED * len(block.text)
    return any(len(link) >= least and link in block.text for link in links if len(link) <= len(block.text))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
