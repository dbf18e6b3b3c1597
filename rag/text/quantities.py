"""Numbers in English text: their value, what they count, and how exactly they are meant. Standard library only.

No library is used: text2num reads neither "a dozen", "half a million" nor "1.5 million", and none gives the counted
noun or the bound. Vague amounts ("dozens of", "several hundred", "a few") are not numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rag.text.numerals import SMALL, Token, digits, fraction, looks_year, ordinal, percent, range_end, spelled, tokenize
from rag.text.units import (
    BOUND_AFTER,
    BOUND_BEFORE,
    CURRENCY,
    CURRENCY_WORDS,
    MEASURES,
    VERBS,
    Bound,
    counted,
    is_plural,
)
from rag.text.words import STOP_WORDS, stem, word_set

Kind = Literal["number", "percent", "fraction", "money", "ordinal", "year", "decade", "day", "clock", "name"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number at ``[start, end)`` of the text it was found in (``phrase_start`` includes "at least", "$").

    ``values``: one value, or two for a range ("24-48") or a score ("3-1"); clock times in minutes after midnight.
    ``unit``: the counted noun as written ("districts"), a currency or measure in one form ("dollar", "km"), or None.
    ``unit_stems``: stems of all words of the counted phrase ("US soldiers" -> "us", "soldier").
    """

    start: int
    end: int
    phrase_start: int
    text: str
    phrase: str
    values: tuple[float, ...]
    kind: Kind
    unit: str | None = None
    unit_start: int = -1
    unit_stems: tuple[str, ...] = ()
    bound: Bound = "exact"

    @property
    def approx(self) -> bool:
        return self.bound != "exact"

    @property
    def value(self) -> float:
        return self.values[0]

    @property
    def unit_stem(self) -> str | None:
        return None if self.unit is None else stem(self.unit.lower())


_TITLED = (
    "January|February|March|April|May|June|July|August|September|October|November|December|"
    "Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec"
)
MONTHS = f"{_TITLED}|{_TITLED.upper()}"  # with a capital, or "17 may have died" would hold a date
# Words that name the thing a number labels rather than counts: "Flight 370", "page 12".
_LABELS = word_set(
    """flight article section chapter route highway room gate apollo boeing airbus group formula number no nos page
    level phase stage version type model resolution part act bill proposition title volume line platform terminal
    ward zone pier apartment suite channel radio interstate runway episode round class grade category division"""
)
_DATE = re.compile(
    rf"\b(?P<iso>(?:1[5-9]|20)\d\d-\d\d-\d\d)\b"
    rf"|\b(?P<d1>\d{{1,2}}(?:st|nd|rd|th)?)(?:\s*[-–]\s*(?P<d1b>\d{{1,2}}))?\s+(?:of\s+)?(?:{MONTHS})\b\.?"
    rf"|\b(?:{MONTHS})\.?\s+(?P<d2>\d{{1,2}}(?:st|nd|rd|th)?)(?:\s*[-–]\s*(?P<d2b>\d{{1,2}}))?\b"
    r"(?![:,.]?\d|\s*(?:%|percent|per cent|people|million|billion))",
)
_CLOCK = re.compile(
    r"\b(?P<h>[01]?\d|2[0-4])(?:[:.](?P<m>[0-5]\d))?\s*(?P<half>[ap])\.?m\b\.?"
    r"|\b(?P<h24>[01]?\d|2[0-3]):(?P<m24>[0-5]\d)\b"
    r"|\b(?P<mil>[01]\d|2[0-3])(?P<milm>[0-5]\d)(?=\s*(?:GMT|UTC|hours|hrs)\b)",
    re.IGNORECASE,
)


@lru_cache(maxsize=8192)
def find(text: str) -> tuple[Quantity, ...]:
    """All numbers of ``text`` in order of appearance, none overlapping another."""
    found: list[Quantity] = []
    masked: list[tuple[int, int]] = []
    for match in _DATE.finditer(text):
        masked.append(match.span())
        found.extend(_date_numbers(match, text))
    for match in _CLOCK.finditer(text):
        if not any(s < match.end() and match.start() < e for s, e in masked):
            masked.append(match.span())
            found.append(_clock(match))
    tokens = tokenize(text)
    masked.sort()
    i = 0
    while i < len(tokens):
        covering = next((e for s, e in masked if s <= tokens[i].start < e), None)
        parsed = None if covering is not None else _parse(tokens, i, text, masked)
        if parsed is None:
            i += 1
            continue
        quantity, i = parsed
        found.append(quantity)
    return tuple(sorted(found, key=lambda q: q.start))


def same(a: Quantity, b: Quantity) -> bool:
    """Whether two mentions can stand for the same number.

    Equal values, or, where one is approximate, one that lies in its bound ("more than 50" and 53) or within 5%
    ("nearly 150" and 148). Percentages, ordinals, clock times, years and money only match their like.
    """
    if not _comparable(a, b):
        return False
    if equal_value(a, b):
        return True
    return len(a.values) == len(b.values) == 1 and (_admits(a, b) or _admits(b, a))


def equal_value(a: Quantity, b: Quantity) -> bool:
    """Whether the kinds go together and the values are equal (an end of a range equals that number)."""
    if not _comparable(a, b):
        return False
    if len(a.values) == len(b.values):
        return all(map(_close, a.values, b.values)) or all(map(_close, a.values, reversed(b.values)))
    return any(_close(x, y) for x in a.values for y in b.values)


def bounds_clash(claim: Quantity, quote: Quantity) -> bool:
    """Whether the claim turns a bound round: "fewer than 20" for "at least 20"."""
    up, down = {"at_least", "more_than"}, {"at_most", "less_than", "nearly"}
    return (claim.bound in up and quote.bound in down - {"nearly"}) or (claim.bound in down and quote.bound in up)


def missing_numbers(claim: str, quote: str, extra_allowed: Iterable[float] = ()) -> list[Quantity]:
    """The numbers of ``claim`` whose value does not stand in ``quote``. Nothing is added, rounded or derived.

    ``extra_allowed``: values that may stand in the claim anyway. "One" is met by "a", "an" or "the" before its noun.
    """
    allowed = tuple(extra_allowed)
    held = find(quote)
    return [q for q in find(claim) if not (any(v in allowed for v in q.values) or holds(q, held, quote))]


def holds(claim: Quantity, held: Sequence[Quantity], quote: str) -> bool:
    """Whether the value of one number of a claim stands among those of a quote."""
    if any(equal_value(claim, q) for q in held if len(q.values) >= len(claim.values)):  # "5" does not state "5 to 11"
        return True
    if len(claim.values) == 2 and claim.kind in ("number", "money", "percent", "year"):  # "between 5 metres and 7"
        return all(
            any(len(q.values) == 1 and _close(v, q.value) for q in held if q.kind != "day") for v in claim.values
        )
    if claim.values == (1.0,) and claim.unit is not None and claim.kind == "number":
        nouns = {stem(w.lower()) for w in re.findall(r"\b(?:a|an|the|single|lone)\s+(?:\w+\s+){0,2}?(\w+)", quote)}
        return claim.unit_stem in nouns or claim.unit_stem in {stem(w) for w in re.findall(r"\w+", quote.lower())}
    return False


def _comparable(a: Quantity, b: Quantity) -> bool:
    kinds = {a.kind, b.kind}
    if len(kinds) == 1:
        return a.kind != "money" or a.unit == b.unit
    plain: set[Kind] = {"number", "name"}
    if kinds <= plain | {"year"}:
        # "2020" may be read as a year in one place and a label in the other, but a counted 2,020 is no year.
        return "year" not in kinds or not any(q.kind == "number" and q.unit for q in (a, b))
    if kinds == {"money", "number"}:
        return next(q for q in (a, b) if q.kind == "number").unit is None
    if kinds == {"ordinal", "name"}:
        return True
    return kinds == {"percent", "fraction"}


def _close(x: float, y: float) -> bool:
    return abs(x - y) <= 1e-9 * max(1.0, abs(x), abs(y))


def _admits(loose: Quantity, other: Quantity) -> bool:
    x, y = loose.value, other.value
    near = abs(x - y) <= 0.05 * max(abs(x), abs(y))
    if loose.bound in ("at_least", "more_than"):
        # "More than 50" can be 53, hardly 120: a reporter would have said more than 100.
        return x <= y <= 1.25 * x or (other.approx and near)
    if loose.bound in ("at_most", "less_than"):
        return 0.75 * x <= y <= x or (other.approx and near)
    return loose.approx and near


# --- reading one number ---------------------------------------------------------------------------


def _parse(
    tokens: Sequence[Token], i: int, text: str, masked: Sequence[tuple[int, int]]
) -> tuple[Quantity, int] | None:
    token = tokens[i]
    before = tokens[i - 1] if i else None
    part = fraction(tokens, i)
    if part:
        value, end = part
        return _build(tokens, i, end, text, (value,), "fraction")
    if token.kind == "num":
        end, values = digits(tokens, i, masked)
    elif token.kind == "word":
        rank = ordinal(tokens, i)
        if rank:
            return _build(tokens, i, rank[0], text, (rank[1],), "ordinal")
        in_words = spelled(tokens, i)
        if in_words is None:
            return None
        end, value = in_words
        values = (value,)
        # "between five and seven", "five to seven"
        follow = range_end(tokens, end, i, masked)
        if follow:
            end, values = follow[0], (value, follow[1])
    else:
        return None
    last = tokens[end - 1]
    after = tokens[end] if end < len(tokens) else None
    glued = after is not None and after.start == last.end
    if token.kind == "num" and after is not None and glued and after.kind == "word":
        if after.low in ("st", "nd", "rd", "th"):
            return _build(tokens, i, end + 1, text, values, "ordinal")
        if after.low == "s" and values[0] % 10 == 0:
            return _build(tokens, i, end + 1, text, values, "decade")
    if after is not None and after.text == "’" and glued and end + 1 < len(tokens) and tokens[end + 1].low == "s":
        return _build(tokens, i, end + 2, text, values, "decade")
    if before is not None and before.end == token.start and token.kind == "num":
        joined = before.kind == "word" or (before.text in "-–" and i > 1 and tokens[i - 2].kind == "word")
        if joined and before.low not in ("us", "a", "c", "s", "rs"):
            return _build(tokens, i, end, text, values, "name")
    sign_end = percent(tokens, end)
    if sign_end:
        return _build(tokens, i, sign_end, text, values, "percent")
    if _is_year(tokens, i, end, values):
        return _build(tokens, i, end, text, values, "year")
    if token.kind == "num" and before is not None and before.kind == "word" and _labels(tokens, i, end):
        return _build(tokens, i, end, text, values, "name")
    return _build(tokens, i, end, text, values, "number")


def _is_year(tokens: Sequence[Token], i: int, end: int, values: tuple[float, ...]) -> bool:
    if end != i + 1 or not looks_year(tokens[i].text):
        return False
    before = tokens[i - 1].low if i else ""
    after = tokens[end] if end < len(tokens) else None
    if before in CURRENCY or (after is not None and after.text == "-" and after.start == tokens[i].end):
        return before not in CURRENCY and not (end + 1 < len(tokens) and tokens[end + 1].low in MEASURES)
    if before in ("in", "since", "by", "until", "till", "from", "during", "early", "late", "mid", "year", "-", "–"):
        return True
    if after is None or after.kind != "word":
        return True
    plural = is_plural(after) or after.low in MEASURES or after.low in CURRENCY_WORDS
    return values[0] >= 1900 and (not plural or before == "the")


def _labels(tokens: Sequence[Token], i: int, end: int) -> bool:
    """Whether the word before the digits names what they label ("Flight 370"), not the start of a count."""
    before = tokens[i - 1]
    if before.end == tokens[i].start:
        return False
    if before.low in _LABELS:
        return True
    first = i < 2 or tokens[i - 2].text in ".!?:“\"'("
    if not before.text[:1].isupper() or first or before.low in STOP_WORDS or before.low in SMALL:
        return False
    after = tokens[end] if end < len(tokens) else None
    return after is None or after.kind != "word" or after.low in STOP_WORDS or after.low in VERBS


def _date_numbers(match: re.Match[str], text: str) -> list[Quantity]:
    if match["iso"]:
        span = match.span("iso")
        day = float(match["iso"][-2:])
        return [
            _plain(text, span[0], span[0] + 4, float(match["iso"][:4]), "year"),
            _plain(text, span[1] - 2, span[1], day, "day"),
        ]
    return [
        _plain(text, *match.span(name), float(re.sub(r"\D", "", match[name])), "day")
        for name in ("d1", "d1b", "d2", "d2b")
        if match[name]
    ]


def _plain(text: str, start: int, end: int, value: float, kind: Kind) -> Quantity:
    return Quantity(start, end, start, text[start:end], text[start:end], (value,), kind)


def _clock(match: re.Match[str]) -> Quantity:
    if match["h24"] or match["mil"]:
        minutes = int(match["h24"] or match["mil"]) * 60 + int(match["m24"] or match["milm"])
    else:
        minutes = int(match["h"]) % 12 * 60 + int(match["m"] or 0) + (720 if match["half"].lower() == "p" else 0)
    return Quantity(match.start(), match.end(), match.start(), match[0], match[0], (float(minutes),), "clock")


# --- what it counts, and how exactly --------------------------------------------------------------


def _build(
    tokens: Sequence[Token], i: int, end: int, text: str, values: tuple[float, ...], kind: Kind
) -> tuple[Quantity, int]:
    start, stop = tokens[i].start, tokens[end - 1].end
    unit, unit_start, stems = None, -1, ()  # type: tuple[str | None, int, tuple[str, ...]]
    currency = CURRENCY.get(tokens[i - 1].text) if i and kind == "number" else None
    if currency:
        kind, unit = "money", currency
    elif kind in ("number", "percent", "fraction", "ordinal"):
        unit, unit_start, stems = counted(tokens, end, values)
        if kind == "number" and unit is not None and unit_start >= 0:
            word = unit.lower().removesuffix("s")
            if unit.lower() in CURRENCY_WORDS or word in CURRENCY_WORDS:
                kind, unit = "money", CURRENCY_WORDS.get(unit.lower(), CURRENCY_WORDS.get(word, unit))
            else:
                unit = MEASURES.get(unit.lower(), MEASURES.get(word, unit))
    head = text[max(0, start - 30) : start]
    bound: Bound = "exact"
    phrase_start = start
    if kind not in ("day", "name", "year", "ordinal"):
        for pattern, name in BOUND_BEFORE:
            match = pattern.search(head)
            if match:
                bound, phrase_start = name, start - len(head) + match.start()
                break
        else:
            after = BOUND_AFTER.match(text, stop)
            if after:
                tail = after[1].lower()
                bound = "about" if tail == "or so" else "at_most" if tail in ("or fewer", "or less") else "at_least"
            elif currency:
                phrase_start = tokens[i - 1].start
    phrase = text[phrase_start:stop]
    return Quantity(
        start, stop, phrase_start, text[start:stop], phrase, values, kind, unit, unit_start, stems, bound
    ), end
