"""Reading numerals: tokens of a text to values, in digits or in English words. Standard library only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from rag.text.words import word_set


def word_list(text: str) -> list[str]:
    """The words of a long literal, so that tables stay readable."""
    return text.split()


SMALL = {
    w: i
    for i, w in enumerate(
        word_list("""zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen""")
    )
}
TENS = {w: 10 * i for i, w in enumerate(word_list("""twenty thirty forty fifty sixty seventy eighty ninety"""), 2)}
SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "lakh": 1e5, "crore": 1e7}
CURRENCY_SIGNS = "$€£¥₹₽₩"
_SUFFIXES = {"k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "b": 1e9, "tn": 1e12}
_ORDINALS = {
    w: i
    for i, w in enumerate(
        word_list("""first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth
    fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"""),
        1,
    )
}
_ORDINALS |= {t[:-1] + "ieth": v for t, v in TENS.items()} | {"hundredth": 100, "thousandth": 1000}
_FRACTIONS = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10}
_ONE_NOT_COUNTED_BEFORE = word_set(
    """no any every some each this that which the another only last next new other not such"""
)
# Function words: after "one" or "the first" they show that nothing is counted. Listed here, since this module imports
# nothing of ours.
_FUNCTION_WORDS = word_set(
    """a about after all also am an and any are as at be because been before being but by can could did do does for from
    had has have he her hers him his how i if in into is it its may me might more most must my no nor not now of off on
    once only or our out over own said says she should since so some such than that the their them then there these they
    this those through to too under until up us was we were what when where which while who whom whose why will with
    without would yet you your"""
)
_ONE_NOT_COUNTED_AFTER = _FUNCTION_WORDS | word_set("another day side hand time thing point way reason moment")
_NUMBER = r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?(?![0-9])|[0-9]+(?:\.[0-9]+)?"
_TOKEN = re.compile(rf"(?P<num>{_NUMBER})|(?P<word>[^\W\d_]+(?:['’][^\W\d_]+)*)|(?P<sym>[^\s\w]|_)")


class Token(NamedTuple):
    kind: str  # "num" | "word" | "sym"
    text: str
    low: str
    start: int
    end: int


def tokenize(text: str) -> list[Token]:
    return [Token(m.lastgroup or "", m[0], m[0].lower(), m.start(), m.end()) for m in _TOKEN.finditer(text)]


def looks_year(text: str) -> bool:
    return bool(re.fullmatch(r"(?:1[5-9]|20)[0-9][0-9]", text))


def digits(tokens: Sequence[Token], i: int, masked: Sequence[tuple[int, int]]) -> tuple[int, tuple[float, ...]]:
    value = float(tokens[i].text.replace(",", ""))
    end = i + 1
    value, end = _scaled(tokens, end, value)
    follow = range_end(tokens, end, i, masked)
    if follow is None or looks_year(tokens[i].text) or looks_year(tokens[follow[0] - 1].text):
        return end, (value,)
    if value < follow[1] and follow[2] > 1:  # "2 to 3 million": the scale stands once, for both
        value = value if value >= follow[2] else value * follow[2]
    return follow[0], (value, follow[1])


def _scaled(tokens: Sequence[Token], end: int, value: float) -> tuple[float, int]:
    """Apply "million", "m" (glued) and the like after a number."""
    while end < len(tokens):
        token, glued = tokens[end], tokens[end].start == tokens[end - 1].end
        if token.text == "-" and glued and end + 1 < len(tokens) and tokens[end + 1].low in SCALES:
            value, end = value * SCALES[tokens[end + 1].low], end + 2
        elif token.low in SCALES:
            value, end = value * SCALES[token.low], end + 1
        elif (
            glued and token.low in _SUFFIXES and not (token.low == "m" and not _after_currency(tokens, end - 1))
        ) or token.low in ("bn", "mn", "tn"):
            value, end = value * _SUFFIXES[token.low], end + 1
        else:
            break
    return value, end


def _after_currency(tokens: Sequence[Token], i: int) -> bool:
    return i > 0 and tokens[i - 1].text in CURRENCY_SIGNS


def range_end(
    tokens: Sequence[Token], end: int, start: int, masked: Sequence[tuple[int, int]]
) -> tuple[int, float, float] | None:
    """The second number of "24-48", "3–1", "5 to 7", "between 5 and 7": (next index, value, its scale)."""
    if end + 1 >= len(tokens):
        return None
    link, second = tokens[end], tokens[end + 1]
    if any(s <= second.start < e for s, e in masked):
        return None
    before = tokens[start - 1].low if start else ""
    glued = link.text in "-–" and link.start == tokens[end - 1].end and second.start == link.end
    spaced = (link.low == "to" and before != "from") or (link.low == "and" and before == "between")
    if not (glued or spaced):
        return None
    if second.text in CURRENCY_SIGNS and end + 2 < len(tokens):
        second, end = tokens[end + 2], end + 1
    if second.kind == "num":
        base = float(second.text.replace(",", ""))
        value, after = _scaled(tokens, end + 2, base)
        return after, value, (value / base if base else 1.0)
    in_words = None if glued else spelled(tokens, end + 1)
    return (in_words[0], in_words[1], 1.0) if in_words else None


def spelled(tokens: Sequence[Token], i: int) -> tuple[int, float] | None:
    """A number written in words from token ``i``: (next index, value), or None."""
    low = tokens[i].low
    nxt = tokens[i + 1].low if i + 1 < len(tokens) else ""
    if low == "half" and nxt in ("a", "an") and i + 2 < len(tokens):
        noun = tokens[i + 2].low
        if noun == "dozen":
            return i + 3, 6.0
        if noun in SCALES:
            return i + 3, SCALES[noun] / 2
        return None
    if low in ("a", "an"):
        if nxt == "dozen":
            return i + 2, 12.0
        if nxt not in SCALES:
            return None
        return _words(tokens, i + 1, 1.0)
    if low == "dozen" or low in SCALES:
        before = tokens[i - 1].low if i else ""
        if before in ("several", "few", "many", "some", "couple", "the", "per", "by", "each", "multi"):
            return None
        return (i + 1, 12.0) if low == "dozen" else _words(tokens, i, 1.0)
    if low not in SMALL and low not in TENS:
        return None
    if low == "one" and not _one_counts(tokens, i):
        return None
    return _words(tokens, i, None)


def _words(tokens: Sequence[Token], i: int, lead: float | None) -> tuple[int, float]:
    """Read number words greedily. ``lead`` is the 1 that "a" stands for before a scale."""
    total, group, start = 0.0, lead or 0.0, i
    ceiling = 1e18  # scales must fall from left to right, but for "hundred thousand"
    last = ""  # the class of the word before: "small", "tens", "scale"
    while i < len(tokens):
        low = tokens[i].low
        skip = 0
        if (i > start and low in ("-", "–") and last == "tens" and tokens[i].start == tokens[i - 1].end) or (
            i > start and low == "and" and last == "scale"
        ):
            skip = 1
        word = tokens[i + skip].low if i + skip < len(tokens) else ""
        if word in SMALL and (last in ("", "scale") or (last == "tens" and 0 < SMALL[word] < 10)):
            if skip and low == "and" and SMALL[word] == 1 and not _one_counts(tokens, i + 1):
                break
            group, last = group + SMALL[word], "small"
        elif word in TENS and last in ("", "scale"):
            group, last = group + TENS[word], "tens"
        elif word == "hundred" and not skip and (last in ("small", "tens") or lead is not None) and group < 100:
            group, last = group * 100, "scale"
        elif word in SCALES and word != "hundred" and not skip and group and SCALES[word] < ceiling:
            scale = SCALES[word]
            total, group, ceiling, last = total + group * scale, 0.0, scale, "scale"
            if [t.low for t in tokens[i + 1 : i + 4]] == ["and", "a", "half"]:
                return i + 4, total + scale / 2
        elif word == "dozen" and not skip and last == "small" and total == 0:
            return i + 1, group * 12
        else:
            break
        lead = None
        i += 1 + skip
    if [t.low for t in tokens[i : i + 3]] == ["and", "a", "half"]:
        return _scaled(tokens, i + 3, total + group + 0.5)[::-1]
    return i, total + group


def _one_counts(tokens: Sequence[Token], i: int) -> bool:
    """Whether "one" at ``i`` counts something ("one person"), rather than stand for it ("one of the", "no one")."""
    before = tokens[i - 1] if i else None
    after = tokens[i + 1] if i + 1 < len(tokens) else None
    if after is None or (before is not None and before.low in _ONE_NOT_COUNTED_BEFORE):
        return False
    if after.text == "-":
        return True
    if after.low in SCALES:
        return True
    if before is not None and before.low == "at" and after.low in ("point", "stage", "time"):
        return False
    return after.kind == "word" and after.low not in _ONE_NOT_COUNTED_AFTER


def fraction(tokens: Sequence[Token], i: int) -> tuple[float, int] | None:
    """ "a third of", "two-thirds", "three quarters of", "half of", "half the": (value, next index)."""
    low = tokens[i].low
    nxt = [t.low for t in tokens[i + 1 : i + 4]] + ["", "", ""]
    if low == "half" and nxt[0] in ("of", "the", "its", "their", "his", "her", "all"):
        return 0.5, i + 1
    top = 1.0 if low in ("a", "one") else float(SMALL.get(low, 0))
    if not top:
        return None
    skip = 1 if nxt[0] == "-" else 0
    part = nxt[skip]
    plural = part.endswith("s") and part[:-1] in _FRACTIONS
    if top > 1 and plural:
        return top / _FRACTIONS[part[:-1]], i + 2 + skip
    if top == 1 and part in _FRACTIONS and nxt[skip + 1] == "of":
        return 1 / _FRACTIONS[part], i + 2 + skip
    return None


def percent(tokens: Sequence[Token], end: int) -> int | None:
    nxt = [t.low for t in tokens[end : end + 3]] + ["", "", ""]
    skip = 1 if nxt[0] == "-" else 0
    if nxt[skip] in ("%", "percent", "pct"):
        return end + 1 + skip
    return end + 2 + skip if nxt[skip : skip + 2] == ["per", "cent"] else None


def ordinal(tokens: Sequence[Token], i: int) -> tuple[int, float] | None:
    """An ordinal in words from token ``i``: (next index, value), or None."""
    low = tokens[i].low
    before = tokens[i - 1].low if i else ""
    after = tokens[i + 1] if i + 1 < len(tokens) else None
    if low in TENS and after is not None and after.text == "-" and i + 2 < len(tokens):
        unit = _ORDINALS.get(tokens[i + 2].low, 0)
        return (i + 3, float(TENS[low] + unit)) if 0 < unit < 10 else None
    if low not in _ORDINALS:
        return None
    if low == "first":
        # Mostly an adverb or a common adjective; it claims a rank in "the first woman".
        ranked = before in ("the", "his", "her", "their", "its")
        if not (ranked and after is not None and after.kind == "word" and after.low not in _FUNCTION_WORDS):
            return None
    if low == "second" and before in ("a", "per", "every", "split") and (after is None or after.kind == "sym"):
        return None
    return i + 1, float(_ORDINALS[low])
