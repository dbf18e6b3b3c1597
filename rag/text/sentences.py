"""Sentence boundaries with exact offsets, for articles and for text that is still being generated.

sentencex knows the abbreviations. It is given one line at a time and only an ASCII projection of it, as long as
the original: quotation marks and brackets, inside which it never splits, become spaces, and so does the
white space that its byte offsets trip over. What it gets wrong in news text is then put right here, by
looking at the words on both sides of each boundary only, so that a boundary once seen never moves when more text comes.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

from rag.types import Span

_OPENERS = "\"'“”„‘‚«»‹›([{「『（【*_—–-"  # may stand before a sentence's first word
_CLOSERS = "\"'”“’»«›)]}」』）】*_"
_MASKED = frozenset('"“”„‟«»‹›()[]{}「」『』（）【】*_`')
_SINGLE_QUOTE = re.compile("['‘’‚‛]")
_TERMINATORS = ".!?…。！？｡؟।॥۔"
_CJK_END = re.compile(r"[。！？｡।॥۔]+[\"'”’」』）】)]*")
_PROJECTED = {"…": ".", "؟": "?", "،": ",", "‐": "-", "‑": "-", "–": "-", "—": "-", "−": "-"}

_PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*|[\u2029\f\v]\s*")
_NEWLINE = re.compile(r"\n|\r\n?|\u2028|\x85")
_BULLET = re.compile(r"\s*(?:[-*•‣▪·–—]\s|\(?(?:\d{1,3}|[a-zA-Z])[.)]\s)")
_LINE_DONE = re.compile(rf"[{re.escape(_TERMINATORS)}:;][{re.escape(_CLOSERS)}\s]*(?:\[\d+\]\s*)*$")
_STRAY = re.compile(r"(?:\s+\.(?=\s|$))+")  # "the border with Iran. ."
_CITATION = re.compile(rf"(?<=[{re.escape(_TERMINATORS)}])[{re.escape(_CLOSERS)}]*\s*(?:\[\d{{1,3}}\]\s?)+")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that a full stop after them does not end a sentence when a name or a number follows.
_BEFORE_NAME = _words(
    """adm amb brig capt cardinal cmdr cmdt col cpl dr fr gen gov hon insp lt maj messrs mlle mme mr mrs ms msgr pres
    prof pte pvt rep rev sen sens reps sgt supt mt ft st ste"""
)
_BEFORE_NUMBER = _words(
    """approx art c ca ch circa fig figs no nos nr p para pp sec vol
    jan feb mar apr jun jul aug sep sept oct nov dec"""
)
_AFTER_TIME = re.compile(  # what goes on after "8 p.m."
    r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day(?:s\b|\b(?!['’]))|[ECMPB][SD]?T\b|GMT\b|UTC\b|CES?T\b"
    r"|(?:Eastern|Central|Mountain|Pacific)\b|(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)[a-z]*\.?\s+\d)"
)
_OPENING_WORDS = _words(
    """a an the this that these those he she it they we i you his her its their our my in on at by for from to with
    after before since when while as if but and so yet however meanwhile there here what who why how no not more most
    many some all one two three according also both although despite last next"""
)
_VIEW = 200  # characters on each side that decide a boundary; keeps the work linear in the text
_LAST_WORD = re.compile(r"([^\W_]+(?:[.'’-][^\W_]+)*)\W*$")
_FIRST_WORD = re.compile(r"\W*([^\W_]+)")
_MARKER = re.compile(r"\(?(?:\d{1,3}|[ivxIVX]{1,5}|[a-zA-Z])[.)]")


def split(text: str) -> list[Span]:
    """Trimmed spans of the sentences of ``text``, in order; together they hold every non-space character.

    A blank line always ends a sentence; a single line break does so after final punctuation and before a list item.
    """
    spans = []
    for start, end in _blocks(text):
        cuts = [start, *_boundaries(text, start, end), end]
        for a, b in pairwise(cuts):
            a, b = _trim(text, a, b)
            if a < b:
                spans.append(Span(a, b))
    return spans


def split_complete(text: str) -> tuple[list[Span], int]:
    """The sentences that stay as they are whatever text follows, and the offset where the rest begins.

    A sentence is complete once a paragraph break, or the whole first word of the next sentence, has been seen.
    """
    spans = split(text)
    if spans and not _ends_paragraph(text, spans[-1].end):
        last = spans.pop()
        # What follows a boundary decides it, so its first word has to be there in full, and one thing after it.
        while spans and not re.search(r"(?<!\[)[^\W_]\S*\s+\W*[^\W_]", text[last.start :]):
            previous = spans[-1]
            if _PARAGRAPH.search(text, previous.end, last.start):
                break
            last = spans.pop()
    return spans, spans[-1].end if spans else 0


def _ends_paragraph(text: str, end: int) -> bool:
    return _PARAGRAPH.match(text, _skip_blanks(text, end)) is not None


def _skip_blanks(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t":
        position += 1
    return position


def _blocks(text: str) -> list[tuple[int, int]]:
    """Ranges that no sentence crosses: paragraphs, list items, lines that end in final punctuation."""
    blocks = []
    position = 0
    for match in [*_PARAGRAPH.finditer(text), None]:
        end = match.start() if match else len(text)
        start = position
        for newline in _NEWLINE.finditer(text, position, end):
            if _BULLET.match(text, newline.end(), end) or _LINE_DONE.search(
                text[max(start, newline.start() - 80) : newline.start()]
            ):
                blocks.append((start, newline.start()))
                start = newline.end()
        blocks.append((start, end))
        position = match.end() if match else end
    return blocks


def _boundaries(text: str, start: int, end: int) -> list[int]:
    """Where a new sentence begins inside ``text[start:end]``."""
    from sentencex import get_sentence_boundaries

    block = text[start:end]
    if not block.strip():
        return []
    candidates = {b["start_index"] for b in get_sentence_boundaries("en", _project(block))[1:]}
    candidates |= {m.end() for m in _CJK_END.finditer(block)}
    kept: list[int] = []
    begin = 0
    for candidate in sorted(candidates):
        boundary = _settle(block, candidate)
        if begin < boundary < len(block) and _is_boundary(
            block[max(begin, boundary - _VIEW) : boundary], block[boundary : boundary + _VIEW]
        ):
            kept.append(start + boundary)
            begin = boundary
    return kept


def _project(block: str) -> str:
    """An ASCII string of the same length in which only what matters to sentence boundaries is left."""
    chars = list(block.translate(_TABLE))
    for match in _SINGLE_QUOTE.finditer(block):
        i = match.start()
        inside = 0 < i < len(block) - 1 and block[i - 1].isalnum() and block[i + 1].isalnum()
        chars[i] = "'" if inside else " "
    for match in re.finditer(r"\[\d{1,3}\]", block):  # a citation is a word of the sentence it stands in
        chars[match.start() : match.end()] = "x" * len(match.group())
    for match in _CITATION.finditer(block):
        chars[match.start() : match.end()] = " " * len(match.group())
    return "".join(chars)


def _ascii(c: str) -> str:
    if c in _MASKED or c.isspace():
        return " "
    if c.isascii():
        return c if c.isprintable() else " "
    if c in _PROJECTED:
        return _PROJECTED[c]
    base = unicodedata.normalize("NFD", c)[0]
    if base.isascii() and base.isalnum():
        return base
    if c.isdigit():
        return "1"
    if c.isalpha():
        return "X" if c.isupper() or not c.islower() else "x"
    return " "


class _Table(dict[int, str]):
    """``_ascii`` as a table for ``str.translate``, filled as characters are met."""

    def __missing__(self, code: int) -> str:
        self[code] = _ascii(chr(code))
        return self[code]


_TABLE = _Table()


def _settle(block: str, position: int) -> int:
    """Move a boundary behind the closing marks and citations of the sentence it ends."""
    while position > 0 and block[position - 1] not in _TERMINATORS:
        position -= 1
    stray = _STRAY.match(block, position)
    if stray:
        position = stray.end()
    match = _CITATION.match(block, position)
    if match:
        return match.end()
    while position < len(block) and block[position] in _CLOSERS:
        if block[position] in "\"'*_“" and position + 1 < len(block) and block[position + 1].isalnum():
            break  # opens the next sentence
        position += 1
    return position


def _is_boundary(left: str, right: str) -> bool:
    """Whether a sentence really ends between ``left`` (one sentence so far) and ``right`` (the rest of the line)."""
    first = _FIRST_WORD.match(right)
    if not first or not re.search(r"[^\W_]", left):
        return False  # nothing but punctuation on one side
    word = first.group(1)
    if word[0].islower() or right.lstrip()[:1] in ",;:":
        return False
    if _MARKER.fullmatch(left.strip()):
        return False
    ends_cjk = bool(_CJK_END.search(left[-3:]))
    last = _LAST_WORD.search(left)
    if last and left.rstrip().endswith("."):
        before = last.group(1).lower()
        if before in _BEFORE_NAME and word[0].isupper():
            return False
        if before in _BEFORE_NUMBER and word[0].isdigit() and not _is_number_end(left):
            return False
        if before in ("a.m", "p.m") and _AFTER_TIME.match(right.lstrip()):
            return False
    if not ends_cjk and not right[:1].isspace() and not left[-1].isspace() and left[-1] in ".…!?":
        return _safe_without_space(left, right, word)
    return True


def _is_number_end(left: str) -> bool:
    return bool(re.search(r"\d\W*$", left))


def _safe_without_space(left: str, right: str, word: str) -> bool:
    """Whether ``clashes.The`` is a missing space rather than a name, an address or an abbreviation."""
    token = left.split()[-1] + right.split()[0]
    if re.search(r"[/@\\]|^www\.|[A-Z]\.[A-Z]", token) or (len(word) > 1 and not word[1:].islower()):
        return False
    before = re.search(r"([^\W\d_]+)\W*$", left)  # no digits: sentencex changes its mind about "5.The"
    if not before:
        return False
    is_plain_word = len(before.group(1)) > 1 and before.group(1).islower()
    dotted = left.split()[-1].rstrip(".").count(".") > 0
    return word.lower() in _OPENING_WORDS or (is_plain_word and not dotted)


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end
