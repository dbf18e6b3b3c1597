"""Mentions of dates in English text: where they stand and what they say. Standard library only.

No library is used: dateparser reads "may" in "may meet", "sun" in "the sun" and "3-1" as dates and swallows the words
after a date ("May, 12 people").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rag.text.quantities import MONTHS, find
from rag.text.tense import Tense, tense_at

Kind = Literal["day", "month", "year", "decade", "weekday", "relative"]


@dataclass(frozen=True, slots=True)
class DateMention:
    """A date as written at ``[start, end)``. What was not said is None; ``offset`` is set for relative mentions.

    ``weekday`` counts from Monday = 0; with ``last_weekday`` it opens a stretch ("Friday to Sunday"). ``part`` is
    "night", "morning", "overnight", ... of a day, or "early", "mid", "late" of a month or year, "earlier" or "later" of
    one still running. ``shift`` is "last", "next" or "this", or "any" where no single day is meant ("Sundays", "Easter
    Sunday", "the following Sunday"). ``tense`` tells whether the sentence speaks of what was or what is to come.
    ``vague``: "about three weeks ago".
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
    last_weekday: int | None = None
    part: str | None = None
    shift: str | None = None
    offset: tuple[int, str] | None = None  # (-3, "day"), (-1, "week"), (0, "this month"), ...
    tense: Tense = "none"
    vague: bool = False


_MONTH_NUMBER = {name.lower(): i for i, name in enumerate(MONTHS.split("|")[:12], 1)}
_MONTH_NUMBER |= {name[:3]: i for name, i in _MONTH_NUMBER.items()} | {"sept": 9}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAY = "|".join(_DAYS)
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
            rf"(?:\b(?P<weekday>{_DAY}),?\s+(?:the\s+)?)?"
            rf"(?<![\w.,])(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:\s*[-–]\s*(?P<last>\d{{1,2}})(?:st|nd|rd|th)?)?"
            rf"\s+(?:of\s+)?(?P<month>{MONTHS})\b\.?(?:,?\s+(?P<year>{_YEAR})(?!\d))?",
        ),
        (
            "mdy",
            rf"(?:\b(?P<weekday>{_DAY}),?\s+)?"
            rf"\b(?P<month>{MONTHS})\b\.?\s+(?:the\s+)?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:]|[.,]\d|\s*%)"
            rf"(?:\s*[-–]\s*(?P<last>\d{{1,2}})(?:st|nd|rd|th)?(?!\d))?(?:,?\s+(?P<year>{_YEAR})(?!\d))?",
        ),
        ("month", rf"(?i:{_PART})(?<!\w)(?P<month>{MONTHS})\b(?!-)\.?(?:,?\s+(?:of\s+)?(?P<year>{_YEAR})(?!\d))?"),
        ("decade", r"(?i:\b(?:the\s+)?(?:(?P<part>early|mid|late)[\s-]+)?)(?P<decade>(?:1[5-9]|20)\d0)['’]?s\b"),
        ("short_decade", r"(?i:\bthe\s+(?:(?P<part>early|mid|late)[\s-]+)?)['’](?P<decade>\d0)s\b"),
        (
            "days",
            r"\b(?:(?i:(?P<lead>overnight|(?:the\s+)?night)\s+(?:on\s+|of\s+|from\s+|between\s+)?)|"
            r"(?i:(?P<from>from|between)\s+))?"
            rf"(?P<weekday>{_DAY})(?:\s+(?P<after>night|evening))?"
            r"(?:\s*[-–]\s*|\s+(?i:(?P<to>to|into|through|until|till|and))\s+)"
            rf"(?P<last>{_DAY})\b(?!\s+(?i:{_DAY_PARTS})\b)(?!['’]s)",
        ),
        (
            "weekday",
            r"(?:\b(?i:(?P<before>morning|afternoon|evening|night|midday|noon|midnight|overnight)\s+(?:on\s+|of\s+)?))?"
            r"(?:\b(?i:(?P<shift>last|next|this|past|coming|following|previous|preceding|every|each|alternate))\s+)?"
            rf"\b(?P<weekday>{_DAY})(?:['’]s|(?P<plural>s))?\b(?:\s+(?i:(?P<after>{_DAY_PARTS}))\b)?",
        ),
        (
            "ago",
            r"(?i:\b(?P<n>[a-z]+(?:-[a-z]+)?|\d+)\s+(?P<unit>day|week|month|year)s?\s+(?P<way>ago|earlier|before|later)\b)",
        ),
        (
            "span",
            r"(?i:\b(?:(?P<part>early|earlier|later|late|(?:the )?end of|(?:the )?start of|(?:the )?beginning of)\s+)?"
            r"(?P<shift>last|next|this|past|coming)\s+(?P<unit>week|weekend|month|year)\b)",
        ),
        ("weekend", r"(?i:\b(?:over|at|during|on)\s+the\s+(?P<unit>weekend)\b)"),
        (
            "day_word",
            r"(?i:\b(?P<word>today|yesterday|tomorrow|tonight|last (?:night|evening)|"
            r"this (?:morning|afternoon|evening)|the day (?:before yesterday|after tomorrow))\b"
            r"(?:\s+(?P<after>morning|afternoon|evening|night)\b)?)",
        ),
        ("overnight", r"(?:^|(?<=[.!?]\s))Overnight\b|\b(?i:overnight)(?=[.,;]|\s+(?:into|and|after|by|in|as)\b|$)"),
    )
)  # fmt: skip
_STEPS = {
    "yesterday": -1, "tomorrow": 1, "last night": -1, "last evening": -1, "the day before yesterday": -2,
    "the day after tomorrow": 2,
}  # fmt: skip
# Days that bear a weekday's name but lie where the calendar puts them, and days that are no single one.
_NAMED = re.compile(r"\b(?:Easter|Palm|Good|Black|Ash|Bloody|Super|Maundy|Shrove|Cyber|Fat|Holy|Whit)\s+$")
_VAGUE = re.compile(
    r"\b(?:about|around|roughly|nearly|almost|some|over|more than|less than|at least|under|just)\s+$", re.IGNORECASE
)
_THE = re.compile(r"\bthe\s+$", re.IGNORECASE)
_INDEFINITE = re.compile(r"\b(?:an?|one|any|some|most|many|the (?:first|second|third|last))\s+$", re.IGNORECASE)
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
            start = head.start() if head else quantity.start
            said, part = text[start : quantity.end], _flat(head[1]) if head else None
            found.append(DateMention(start, quantity.end, said, "year", year=int(quantity.value), part=part))
    return tuple(sorted(found, key=lambda m: m.start))


def _flat(part: str | None) -> str | None:
    return None if part is None else _FLAT_PART.get(part.lower().removeprefix("the "), part.lower())


def _mention(name: str, match: re.Match[str], text: str) -> DateMention | None:
    group = match.groupdict()
    start, end = match.span()
    month = _MONTH_NUMBER[group["month"].lower()] if name in ("dmy", "mdy", "month") else None
    year = int(group["year"]) if group.get("year") else None
    shift = (group.get("shift") or "").lower() or None
    shift = {"past": "last", "coming": "next"}.get(shift or "", shift)

    def build(kind: Kind, **fields: object) -> DateMention:
        tense = tense_at(text, start, end)
        return DateMention(start, end, text[start:end].strip(" ."), kind, tense=tense, **fields)  # type: ignore[arg-type]

    if name == "iso":
        return build("day", year=year, month=int(group["month"]), day=int(group["day"]))
    if name in ("dmy", "mdy"):
        if not 1 <= int(group["day"]) <= 31:
            return None
        last = int(group["last"]) if group["last"] else None
        weekday = _DAYS.index(group["weekday"]) if group["weekday"] else None
        return build("day", year=year, month=month, day=int(group["day"]), last_day=last, weekday=weekday)
    if name == "month":
        part = _flat(group["part"])
        plain = group["month"].lower() in ("may", "march", "mar", "sep", "jan", "jun", "dec")
        if plain and not (year or part or shift) and not _BEFORE_MONTH.search(text[max(0, start - 12) : start]):
            return None
        return build("month", year=year, month=month, part=part, shift=shift)
    if name in ("decade", "short_decade"):
        tens = int(group["decade"])
        return build("decade", year=tens if tens > 99 else 1900 + tens, part=_flat(group["part"]))
    if name == "days":
        if (group["to"] or "").lower() == "and" and not (group["lead"] or (group["from"] or "").lower() == "between"):
            return None  # two days, not a stretch
        first, final = _DAYS.index(group["weekday"]), _DAYS.index(group["last"])
        part = "overnight" if group["lead"] or group["after"] else None
        return build("weekday", weekday=first, last_weekday=final, part=part)
    if name == "weekday":
        part = (group["after"] or group["before"] or "").lower() or None
        several = group["plural"] or _NAMED.search(text[:start]) or _INDEFINITE.search(text[:start])
        counted = _THE.search(text[:start]) and (group["shift"] or "").lower() in (
            "last",
            "next",
        )  # "the last Sunday of"
        known = shift in (None, "last", "next", "this") and not counted
        return build(
            "weekday",
            weekday=_DAYS.index(group["weekday"]),
            part=part,
            shift=shift if known and not several else "any",
        )
    if name == "ago":
        number = _count(group["n"])
        if number is None or number > 5000:
            return None
        if group["way"].lower() != "ago":  # counted from another event, not from the article's day
            return build("relative")
        return build("relative", offset=(-number, group["unit"].lower()), vague=bool(_VAGUE.search(text[:start])))
    if name in ("span", "weekend"):
        step = {"last": -1, "next": 1}.get(shift or "", 0)
        # "last week" is the one before this, "the last week" the seven days up to now
        rolling = name == "span" and step and not group["part"] and _THE.search(text[:start])
        frame = "running" if rolling else "this"
        return build(
            "relative", offset=(step, f"{frame} {group['unit'].lower()}"), shift=shift, part=_flat(group.get("part"))
        )
    if name == "overnight":
        return build("relative", offset=(0, "overnight"), part="overnight")
    word = group["word"].lower()
    before, _, said = word.partition(" ")
    part = (group["after"] or "").lower() or {"tonight": "night"}.get(word) or (said if before != "the" else "") or None
    return build("relative", offset=(_STEPS.get(word, 0), "day"), part=part)


def _count(text: str) -> int | None:
    if text.lower() in ("a", "an", "one"):
        return 1
    numbers = [q for q in find(f"{text} days") if q.kind == "number"]
    return int(numbers[0].value) if numbers and len(numbers[0].values) == 1 else None
