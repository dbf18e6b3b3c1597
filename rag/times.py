"""Mentions of dates in English text, and the days they stand for. Standard library only.

No library is used: dateparser reads "may" in "may meet", "sun" in "the sun" and "3-1" as dates and swallows the words
after a date ("May, 12 people").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple

from rag.quantities import MONTHS, find

Kind = Literal["day", "month", "year", "decade", "weekday", "relative"]


class Interval(NamedTuple):
    """Days from ``start`` to ``end``, both included."""

    start: date
    end: date

    def contains(self, other: Interval) -> bool:
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True)
class DateMention:
    """A date as written at ``[start, end)``. What was not said is None; ``offset`` is set for relative mentions.

    ``weekday`` counts from Monday = 0. ``part`` is "night", "morning", ... of a day, or "early", "mid", "late" of a
    month or year. ``shift`` is "last", "next" or "this". ``future`` tells that the sentence looks ahead.
    """

    start: int
    end: int
    text: str
    kind: Kind
    year: int | None = None
    month: int | None = None
    day: int | None = None
    last_day: int | None = None
    weekday: int | None = None
    part: str | None = None
    shift: str | None = None
    offset: tuple[int, str] | None = None  # (-3, "day"), (-1, "week"), ...
    future: bool = False


_MONTH_NUMBER = {name.lower(): i for i, name in enumerate(MONTHS.split("|")[:12], 1)}
_MONTH_NUMBER |= {name[:3]: i for name, i in _MONTH_NUMBER.items()} | {"sept": 9}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAY_PARTS = "morning|afternoon|evening|night|midday|noon|midnight|overnight"
_YEAR = r"(?:1[5-9]|20)\d\d"
_PART = (
    r"(?:(?P<part>early|mid|late|(?:the )?(?:end|beginning|start|middle|close) of)(?:[\s-]+(?:in\s+)?))?"
    r"(?:(?P<shift>last|next|this|past|coming)\s+)?"
)
_FLAT_PART = {
    "early": "early", "beginning of": "early", "start of": "early", "mid": "mid", "middle of": "mid", "late": "late",
    "end of": "late", "close of": "late",
}  # fmt: skip
_PATTERNS = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("iso", rf"(?<![\w-])(?P<year>{_YEAR})-(?P<month>\d\d)-(?P<day>\d\d)(?![\w-])"),
        (
            "dmy",
            rf"(?<![\w.,])(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:\s*[-–]\s*(?P<last>\d{{1,2}})(?:st|nd|rd|th)?)?"
            rf"\s+(?:of\s+)?(?P<month>{MONTHS})\b\.?(?:,?\s+(?P<year>{_YEAR})(?!\d))?",
        ),
        (
            "mdy",
            rf"\b(?P<month>{MONTHS})\b\.?\s+(?:the\s+)?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:]|[.,]\d|\s*%)"
            rf"(?:\s*[-–]\s*(?P<last>\d{{1,2}})(?:st|nd|rd|th)?(?!\d))?(?:,?\s+(?P<year>{_YEAR})(?!\d))?",
        ),
        ("month", rf"(?i:{_PART})(?<!\w)(?P<month>{MONTHS})\b(?!-)\.?(?:,?\s+(?:of\s+)?(?P<year>{_YEAR})(?!\d))?"),
        ("decade", r"(?i:\b(?:the\s+)?(?:(?P<part>early|mid|late)[\s-]+)?)(?P<decade>(?:1[5-9]|20)\d0)['’]?s\b"),
        ("short_decade", r"(?i:\bthe\s+(?:(?P<part>early|mid|late)[\s-]+)?)['’](?P<decade>\d0)s\b"),
        (
            "weekday",
            r"(?:\b(?i:(?P<before>morning|afternoon|evening|night|midday|noon|midnight)\s+(?:on\s+|of\s+)?))?"
            r"(?:\b(?i:(?P<shift>last|next|this|past|coming))\s+)?"
            rf"\b(?P<weekday>{'|'.join(_DAYS)})(?:['’]s|s)?\b(?:\s+(?i:(?P<after>{_DAY_PARTS}))\b)?",
        ),
        (
            "ago",
            r"(?i:\b(?P<n>[a-z]+(?:-[a-z]+)?|\d+)\s+(?P<unit>day|week|month|year)s?\s+(?P<way>ago|earlier|before|later)\b)",
        ),
        (
            "span",
            r"(?i:\b(?:(?P<part>early|earlier|later|late|the end of|the start of)\s+)?"
            r"(?P<shift>last|next|this|past|coming)\s+(?P<unit>week|weekend|month|year)\b)",
        ),
        ("weekend", r"(?i:\b(?:over|at|during|on)\s+the\s+(?P<unit>weekend)\b)"),
        (
            "day_word",
            r"(?i:\b(?P<word>today|yesterday|tomorrow|tonight)\b(?:\s+(?P<after>morning|afternoon|evening|night))?)",
        ),
    )
)  # fmt: skip
_FUTURE = re.compile(
    r"\b(?:will|shall|is (?:due|scheduled|expected|set|planned|to)|are (?:due|scheduled|expected|set|planned|to)|"
    r"due to|due on|plans? to|going to|scheduled|upcoming|ahead of|intends? to)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[.;!?](?=\s|$)|\n")
# "May" and "March" are words too: they need a sign that a month is meant.
_BEFORE_MONTH = re.compile(
    r"\b(?:in|of|since|by|until|till|from|during|between|and|or|to|before|after|last|next|this|every|through|for|that)\s+$"
    r"|[-–(]$",
    re.IGNORECASE,
)


@lru_cache(maxsize=8192)
def find_dates(text: str) -> tuple[DateMention, ...]:
    """All mentions of dates in ``text``, in order of appearance, none overlapping another."""
    found: list[DateMention] = []
    for name, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            mention = _mention(name, match, text)
            if mention and not any(m.start < mention.end and mention.start < m.end for m in found):
                found.append(mention)
    for quantity in find(text):
        if quantity.kind == "year" and not any(m.start < quantity.end and quantity.start < m.end for m in found):
            head = re.search(r"(?i)\b(early|mid|late|the end of|the start of)[\s-]+(?:in\s+)?$", text[: quantity.start])
            found.append(
                DateMention(
                    head.start() if head else quantity.start,
                    quantity.end,
                    text[head.start() if head else quantity.start : quantity.end],
                    "year",
                    year=int(quantity.value),
                    part=_flat(head[1]) if head else None,
                )
            )
    return tuple(sorted(found, key=lambda m: m.start))


def resolve(mention: DateMention, anchor: date | None) -> Interval | None:
    """The days a mention stands for when said on ``anchor`` (an article's date); None where that can't be told.

    A weekday is the last such day up to the anchor, or the next from it on where the sentence looks ahead; a date or
    month without a year is the nearest to the anchor.
    """
    try:
        return _resolve(mention, anchor)
    except (ValueError, OverflowError):  # 31 June, or beyond the calendar
        return None


def dates_agree(claim: DateMention, quotes: Sequence[DateMention], anchor: date | None) -> bool:
    """Whether a claim's date stands among a quote's, both said on ``anchor``.

    A broader date is carried by a narrower one ("in August" by "8 August"), never the reverse; "Sunday" by the date
    of that Sunday and the other way round; a part of the day must be said by both.
    """
    return any(_agree(claim, quote, anchor) for quote in quotes)


def is_day(mention: DateMention, day: date) -> bool:
    """Whether a mention names exactly ``day`` (read as if said then), or the month or year it lies in."""
    interval = resolve(mention, day)
    return interval is not None and interval.contains(Interval(day, day)) and mention.kind in ("day", "month", "year")


def parse_day(text: str | None) -> date | None:
    """An ISO day, or None for anything else."""
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None


def _agree(claim: DateMention, quote: DateMention, anchor: date | None) -> bool:
    if claim.kind not in ("month", "year", "decade") and claim.part and claim.part != quote.part:
        return False
    if _words(claim) == _words(quote):
        return True
    ours, theirs = resolve(claim, anchor), resolve(quote, anchor)
    if ours is not None and theirs is not None:
        return ours.contains(theirs)
    if claim.kind == "weekday":
        return quote.weekday == claim.weekday and claim.shift in (None, quote.shift)
    if claim.kind in ("day", "month") and quote.kind in ("day", "month"):
        said = [(claim.year, quote.year), (claim.month, quote.month), (claim.day, quote.day)]
        within = claim.part is None or claim.part == quote.part
        return within and all(mine is None or mine == other for mine, other in said)
    return False


def _words(mention: DateMention) -> str:
    text = re.sub(r"[^\w]+", " ", mention.text.lower())
    return re.sub(r"\b(?:the|of|on|in|over|during)\b|(?<=\d)(?:st|nd|rd|th)\b", "", text).replace("  ", " ").strip()


def _flat(part: str | None) -> str | None:
    return None if part is None else _FLAT_PART.get(part.lower().removeprefix("the "), part.lower())


def _mention(name: str, match: re.Match[str], text: str) -> DateMention | None:
    group = match.groupdict()
    start, end = match.span()
    clause_start = max((m.end() for m in _CLAUSE.finditer(text, 0, start)), default=0)
    clause_end = next((m.start() for m in _CLAUSE.finditer(text, end)), len(text))
    future = bool(_FUTURE.search(text, clause_start, clause_end))
    month = _MONTH_NUMBER[group["month"].lower()] if name in ("dmy", "mdy", "month") else None
    year = int(group["year"]) if group.get("year") else None
    shift = (group.get("shift") or "").lower() or None
    shift = {"past": "last", "coming": "next"}.get(shift or "", shift)

    def build(kind: Kind, **fields: object) -> DateMention:
        return DateMention(start, end, text[start:end].strip(" ."), kind, future=future, **fields)  # type: ignore[arg-type]

    if name == "iso":
        return build("day", year=year, month=int(group["month"]), day=int(group["day"]))
    if name in ("dmy", "mdy"):
        if not 1 <= int(group["day"]) <= 31:
            return None
        last = int(group["last"]) if group["last"] else None
        return build("day", year=year, month=month, day=int(group["day"]), last_day=last)
    if name == "month":
        part = _flat(group["part"])
        plain = group["month"].lower() in ("may", "march", "mar", "sep", "jan", "jun", "dec")
        if plain and not (year or part or shift) and not _BEFORE_MONTH.search(text[max(0, start - 12) : start]):
            return None
        return build("month", year=year, month=month, part=part, shift=shift)
    if name in ("decade", "short_decade"):
        tens = int(group["decade"])
        return build("decade", year=tens if tens > 99 else 1900 + tens, part=_flat(group["part"]))
    if name == "weekday":
        part = (group["after"] or group["before"] or "").lower() or None
        return build("weekday", weekday=_DAYS.index(group["weekday"]), part=part, shift=shift)
    if name == "ago":
        number = _count(group["n"])
        if number is None or number > 5000:
            return None
        if group["way"].lower() != "ago":  # counted from another event, not from the article's day
            return build("relative")
        return build("relative", offset=(-number, group["unit"].lower()))
    if name in ("span", "weekend"):
        step = {"last": -1, "next": 1}.get(shift or "", 0)
        unit = group["unit"].lower()
        part = _flat(group.get("part"))
        part = {"earlier": "early", "later": "late"}.get(part or "", part)
        return build("relative", offset=(step, f"this {unit}"), shift=shift, part=part)
    word = group["word"].lower()
    part = (group["after"] or "").lower() or ("night" if word == "tonight" else None)
    return build("relative", offset=({"yesterday": -1, "tomorrow": 1}.get(word, 0), "day"), part=part)


def _count(text: str) -> int | None:
    if text.lower() in ("a", "an", "one"):
        return 1
    numbers = [q for q in find(f"{text} days") if q.kind == "number"]
    return int(numbers[0].value) if numbers and len(numbers[0].values) == 1 else None


def _resolve(m: DateMention, anchor: date | None) -> Interval | None:
    if m.kind == "decade" and m.year is not None:
        return _cut(Interval(date(m.year, 1, 1), date(m.year + 9, 12, 31)), m.part)
    if m.kind == "year" and m.year is not None:
        return _cut(Interval(date(m.year, 1, 1), date(m.year, 12, 31)), m.part)
    if m.kind in ("day", "month") and m.month is not None:
        year = m.year
        if year is None:
            if anchor is None:
                return None
            year = _nearest_year(m, anchor)
        if m.day is not None:
            return Interval(date(year, m.month, m.day), date(year, m.month, m.last_day or m.day))
        return _cut(_month(year, m.month), m.part)
    if anchor is None:
        return None
    if m.weekday is not None:
        back = (anchor.weekday() - m.weekday) % 7
        ahead = (m.weekday - anchor.weekday()) % 7
        if m.shift == "last":
            day = anchor - timedelta(days=back or 7)
        elif m.shift == "next":
            day = anchor + timedelta(days=ahead or 7)
        else:
            day = anchor + timedelta(days=ahead) if m.future else anchor - timedelta(days=back)
        return Interval(day, day)
    return _relative(m, anchor)


def _relative(m: DateMention, anchor: date) -> Interval | None:
    if m.offset is None:
        return None
    n, unit = m.offset
    monday = anchor - timedelta(days=anchor.weekday())
    if unit == "day":
        day = anchor + timedelta(days=n)
        return Interval(day, day)
    if unit == "week":
        day = anchor + timedelta(weeks=n)
        return Interval(day - timedelta(days=3), day + timedelta(days=3))
    if unit == "this week":
        return Interval(monday + timedelta(weeks=n), monday + timedelta(weeks=n, days=6))
    if unit == "this weekend":
        # The weekend said on a weekday is the one behind, unless the sentence looks ahead; "last" adds nothing to that.
        saturday = monday + timedelta(days=5)
        if n > 0 or (n == 0 and m.future):
            return Interval(saturday, saturday + timedelta(days=1))
        if anchor < saturday or n < 0:
            saturday -= timedelta(weeks=1)
        return Interval(saturday, saturday + timedelta(days=1))
    if unit in ("month", "this month"):
        index = anchor.year * 12 + anchor.month - 1 + n
        return _cut(_month(index // 12, index % 12 + 1), m.part)
    return _cut(Interval(date(anchor.year + n, 1, 1), date(anchor.year + n, 12, 31)), m.part)


def _month(year: int, month: int) -> Interval:
    following = date(year + month // 12, month % 12 + 1, 1)
    return Interval(date(year, month, 1), following - timedelta(days=1))


def _nearest_year(m: DateMention, anchor: date) -> int:
    middle = m.day or 15

    def distance(year: int) -> int:
        return abs((date(year, m.month or 1, min(middle, 28)) - anchor).days)

    if m.shift == "last":
        return anchor.year if (m.month or 1) < anchor.month else anchor.year - 1
    if m.shift == "next":
        return anchor.year if (m.month or 1) > anchor.month else anchor.year + 1
    return min((anchor.year - 1, anchor.year, anchor.year + 1), key=distance)


def _cut(interval: Interval, part: str | None) -> Interval:
    """The early, middle or late third of an interval."""
    third = (interval.end - interval.start) / 3
    if part == "early":
        return Interval(interval.start, interval.start + third)
    if part == "mid":
        return Interval(interval.start + third, interval.end - third)
    if part == "late":
        return Interval(interval.end - third, interval.end)
    return interval
