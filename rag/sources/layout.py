"""Lines placed on pages into paragraphs in reading order: columns, line ends, running heads, page numbers.

Pure functions over boxes. Measures are in points, from the lower left corner of a page.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

HYPHENS = "-\u00ad\u2010\x02\ufffe"  # the last two are what PDFium puts for a hyphen at a line's end
_MARGIN = 0.12  # of the page's height, above and below, where running heads stand
_SAME_HEIGHT = 6.0
_PAGE_NUMBER = re.compile(
    r"[\W_]*(?:(?:page|seite|página|pagina|p\.)\s*)?\d{1,4}(?:\s*(?:/|of|von|de|di)\s*\d{1,4})?[\W_]*", re.IGNORECASE
)
_BULLET = re.compile(r"[•‣▪◦●–*-]\s+\w")
_SPLIT = re.compile(rf"(\w+)([{HYPHENS}])$")


@dataclass(frozen=True, slots=True)
class Line:
    """A run of text on one line of one column."""

    left: float
    bottom: float
    right: float
    top: float
    text: str

    @property
    def height(self) -> float:
        return self.top - self.bottom


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page."""

    height: float
    lines: tuple[Line, ...]


def paragraphs(sheets: Sequence[Sheet]) -> list[str]:
    """The text of all pages in reading order, without running heads and page numbers; words that a line's end cut are
    whole again."""
    sheets = without_furniture(sheets)
    blocks: list[list[str]] = []
    for sheet in sheets:
        for number, block in enumerate(_blocks(in_order(merged(sheet.lines)))):
            if number == 0 and blocks and _goes_on(blocks[-1][-1], block[0], len(blocks[-1]) > 1):
                blocks[-1].extend(block)
            else:
                blocks.append(block)
    words = Counter(word.lower() for block in blocks for line in block for word in re.findall(r"\w+(?:-\w+)*", line))
    return [text for block in blocks if (text := _joined(block, words))]


def headline(sheet: Sheet) -> str | None:
    """What is set largest in the upper half of the first page, when that is clearly larger than the rest."""
    lines = [line for line in in_order(merged(sheet.lines)) if re.search(r"\w", line.text)]
    if len(lines) < 4:
        return None
    usual = median(line.height for line in lines for _ in range(max(1, len(line.text) // 10)))
    most = max(line.height for line in lines)
    if most < 1.35 * usual:
        return None
    large = [line for line in lines if line.height > 0.8 * most and line.bottom > sheet.height * 0.4]
    text = " ".join(" ".join(line.text for line in large[:4]).split())
    return text if 2 <= len(text.split()) <= 30 else None


# --- lines ------------------------------------------------------------------------------------------


def merged(pieces: Iterable[Line]) -> list[Line]:
    """Pieces of one line (a word in bold, a link) as one, from the top down."""
    rows: list[list[Line]] = []
    for piece in sorted(pieces, key=lambda p: -(p.bottom + p.top)):
        row = next((r for r in reversed(rows[-4:]) if _same_row(r[-1], piece)), None)
        if row is None:
            rows.append([piece])
        else:
            row.append(piece)
    lines = []
    for row in rows:
        row.sort(key=lambda p: p.left)
        run = [row[0]]
        for before, piece in pairwise(row):
            if piece.left - before.right < 0.9 * max(before.height, piece.height):
                run.append(piece)
            else:
                lines.append(_one(run))
                run = [piece]
        lines.append(_one(run))
    return lines


def _same_row(a: Line, b: Line) -> bool:
    shared = min(a.top, b.top) - max(a.bottom, b.bottom)
    return shared > 0.5 * min(a.height, b.height) and max(a.height, b.height) < 2.5 * min(a.height, b.height)


def _one(run: Sequence[Line]) -> Line:
    parts = [run[0].text]
    for before, piece in pairwise(run):
        gap = not -0.25 < (piece.left - before.right) / piece.height < 0.12
        parts.append((" " if gap and not parts[-1].endswith(" ") else "") + piece.text)
    return Line(
        min(p.left for p in run),
        min(p.bottom for p in run),
        max(p.right for p in run),
        max(p.top for p in run),
        "".join(parts).strip(),
    )


# --- columns ----------------------------------------------------------------------------------------


def in_order(lines: Sequence[Line], depth: int = 0) -> list[Line]:
    """Lines as they are read: column by column, each between the headlines that span them."""
    down = sorted(lines, key=lambda line: (-line.top, line.left))
    gutter = _gutter(down) if depth < 8 else None
    if gutter is None:
        return down
    ordered: list[Line] = []
    left: list[Line] = []
    right: list[Line] = []

    def flush() -> None:
        for side in (left, right):
            ordered.extend(in_order(side, depth + 1))
            side.clear()

    for line in down:
        if line.right <= gutter:
            left.append(line)
        elif line.left >= gutter:
            right.append(line)
        else:
            flush()
            ordered.append(line)
    flush()
    return ordered


def _gutter(lines: Sequence[Line]) -> float | None:
    """Where a blank strip parts two columns: at least three lines on either side, side by side, few across it."""
    best: tuple[int, float] | None = None
    for edge in sorted({line.left for line in lines}):
        right = [line for line in lines if line.left >= edge - 0.5]
        left = [line for line in lines if line.right <= edge - 4]
        across = len(lines) - len(left) - len(right)
        if min(len(left), len(right)) < 3 or across > 0.35 * len(lines):
            continue
        shared = min(max(x.top for x in left), max(x.top for x in right)) - max(
            min(x.bottom for x in left), min(x.bottom for x in right)
        )
        if shared < 2 * median(line.height for line in lines):
            continue
        score = min(len(left), len(right)) - 2 * across
        if best is None or score > best[0]:
            best = score, edge - 2
    return best[1] if best and best[0] > 0 else None


# --- paragraphs -------------------------------------------------------------------------------------


def _blocks(lines: Sequence[Line]) -> list[list[str]]:
    """Lines of text by paragraph."""
    if not lines:
        return []
    steps = [a.bottom - b.bottom for a, b in pairwise(lines) if 0 < a.bottom - b.bottom < 4 * a.height]
    step = median(steps) if steps else 0.0
    blocks = [[lines[0].text]]
    for number, (above, line) in enumerate(pairwise(lines)):
        nearby = [x for x in lines[max(0, number - 8) : number + 10] if x.left < above.right and x.right > above.left]
        left = sorted(x.left for x in nearby)[len(nearby) // 5]  # in a text of short paragraphs half are indented
        right = max(x.right for x in nearby)
        full = above.right > right - 0.15 * (right - left)
        if line.bottom >= above.bottom:  # on to the next column
            starts = not _goes_on(above.text, line.text, full)
        else:
            starts = _is_apart(above, line, step) or _is_indented(above, line, left) or bool(_BULLET.match(line.text))
            starts = starts or (_ends(above.text) and not full)
        if starts and not _is_cut(above.text):
            blocks.append([line.text])
        else:
            blocks[-1].append(line.text)
    return blocks


def _is_apart(above: Line, line: Line, step: float) -> bool:
    far = max(1.35 * step, 1.45 * min(above.height, line.height))  # lines of a large headline stand wider
    return above.bottom - line.bottom > far or abs(above.height - line.height) > 0.2 * line.height


def _is_indented(above: Line, line: Line, left: float) -> bool:
    """Whether a line is set in as the first of a paragraph, and not as one of a quotation or a list's item."""
    if not 0.5 * line.height < line.left - left < 5 * line.height or _BULLET.match(above.text):
        return False
    return abs(above.left - left) < 0.5 * line.height or _ends(above.text)


def _goes_on(above: str, line: str, is_prose: bool) -> bool:
    """Whether a sentence runs on from the foot of one column or page to the head of the next."""
    return _is_cut(above) or (not _ends(above) and (is_prose or bool(re.match(r"\W*[a-zß-ÿ0-9]", line))))


def _ends(text: str) -> bool:
    return bool(re.search(r"[.!?:…][\W_]*$", text))


def _is_cut(line: str) -> bool:
    return bool(_SPLIT.search(line.rstrip()))


def _joined(block: Sequence[str], words: Counter[str]) -> str:
    text = ""
    for line in block:
        line = line.strip()
        cut = _SPLIT.search(text)
        head = re.match(r"\w+", line)
        if cut and head:
            text = text[: cut.start(2)] + ("-" if _keeps_hyphen(cut[1], cut[2], head[0], words) else "") + line
        else:
            text = f"{text} {line}"
    return re.sub(rf"[{HYPHENS[1:]}](?=\W|$)", "-", " ".join(text.split())).replace("\u00ad", "")


def _keeps_hyphen(before: str, mark: str, after: str, words: Counter[str]) -> bool:
    """Whether a hyphen at a line's end belongs to the word ("long-/term") or only to the line ("compen-/sation")."""
    if mark == "\u00ad":
        return False
    whole, hyphened = f"{before}{after}".lower(), f"{before}-{after}".lower()
    if words[whole] != words[hyphened]:
        return words[hyphened] > words[whole]
    return before[-1].isdigit() or not after[0].islower() or before.isupper()


# --- running heads ----------------------------------------------------------------------------------


def without_furniture(sheets: Sequence[Sheet]) -> list[Sheet]:
    """Pages without page numbers and without what stands in the margin of most of them, at the same height and whatever
    its number."""
    marginal = [_margin(sheet) for sheet in sheets]
    heights: dict[str, list[float]] = {}
    for lines in marginal:
        for key, height in {_key(line.text): line.bottom for line in lines}.items():
            heights.setdefault(key, []).append(height)
    often = {
        key
        for key, found in heights.items()
        if len(found) >= max(2, 0.4 * len(sheets)) and max(found) - min(found) < _SAME_HEIGHT
    }
    result = []
    for sheet, lines in zip(sheets, marginal, strict=True):
        drop = {id(x) for x in lines if _key(x.text) in often or _PAGE_NUMBER.fullmatch(x.text.strip())}
        result.append(Sheet(sheet.height, tuple(x for x in sheet.lines if id(x) not in drop)))
    return result


def _margin(sheet: Sheet) -> list[Line]:
    low, high = _MARGIN * sheet.height, (1 - _MARGIN) * sheet.height
    return [line for line in sheet.lines if line.top < low or line.bottom > high]


def _key(text: str) -> str:
    return re.sub(r"\d+", "#", " ".join(text.split()).casefold())
