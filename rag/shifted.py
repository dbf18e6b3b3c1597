"""Computes "the day before" and its like from the one date that the question before, or its answer, names."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta

from rag.text.time_words import DateMention, find_dates

_COUNTS = {w: n for n, w in enumerate(("a one", "two", "three", "four", "five", "six", "seven"), 1) for w in w.split()}
_UNIT = r"(?P<{0}>day|week|month|year)"
_STEP = re.compile(
    r"(?:\b(?:on|in|for|during)\s+)?(?:"
    rf"\bthe\s+{_UNIT.format('a')}\s+(?P<way>before|after|earlier|later)(?:\s+that)?"
    rf"|\bthe\s+(?P<next>previous|preceding|next|following)\s+{_UNIT.format('b')}"
    rf"|\b(?P<n>\d{{1,2}}|{'|'.join(_COUNTS)})\s+{_UNIT.format('c')}s?\s+(?P<far>before|after|earlier|later)(?:\s+that)?"
    r")\s*$",
    re.IGNORECASE,
)
_BACK = ("before", "earlier", "previous", "preceding")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NEAR_DAYS = {
    -2: "the day before yesterday",
    -1: "yesterday",
    0: "today",
    1: "tomorrow",
    2: "the day after tomorrow",
}


def step(text: str) -> re.Match[str] | None:
    """Where a turn ends in a day counted from one named before: "And the day before", "What happened a year later"."""
    return _STEP.search(text.rstrip(" ?.!"))


def shift(said: re.Match[str], mention: DateMention) -> tuple[str, str] | None:
    """(preposition, words) for the time that ``step`` found, counted from ``mention``: ("on", "Wednesday") for the day
    before "Thursday"; None where the calendar alone can't tell."""
    unit = (said["a"] or said["b"] or said["c"]).lower()
    back = (said["way"] or said["next"] or said["far"]).lower() in _BACK
    number = said["n"] or "1"
    count = int(number) if number.isdigit() else _COUNTS[number.lower()]
    try:
        return _shifted(mention, -count if back else count, unit)
    except (ValueError, OverflowError):  # 31 June, or beyond the calendar
        return None


def only_date(text: str) -> DateMention | None:
    """The one date a text names; None for none, and for several."""
    found = find_dates(text)
    return found[0] if len(found) == 1 else None


def _shifted(m: DateMention, by: int, unit: str) -> tuple[str, str] | None:
    if m.shift or m.last_day or m.last_weekday is not None or m.vague:
        return None
    if m.kind == "weekday" and unit == "day" and m.weekday is not None and abs(by) < 7:
        return "on", _DAYS[(m.weekday + by) % 7]
    if m.offset and m.offset[1] == "day" and unit == "day":
        near = _NEAR_DAYS.get(m.offset[0] + by)
        return ("", near) if near else None
    if m.kind == "year" and unit == "year" and m.year:
        return "in", str(m.year + by)
    if m.kind == "month" and m.month and not m.part:
        return _month(m, by, unit)
    if m.kind == "day" and m.month and m.day:
        return _day(m, by, unit)
    return None


def _month(m: DateMention, by: int, unit: str) -> tuple[str, str] | None:
    if unit == "year" and m.year:
        return "in", f"{calendar.month_name[m.month or 1]} {m.year + by}"
    if unit != "month":
        return None
    years, month = divmod((m.month or 1) - 1 + by, 12)
    name = calendar.month_name[month + 1]
    return "in", f"{name} {m.year + years}" if m.year else name


def _day(m: DateMention, by: int, unit: str) -> tuple[str, str] | None:
    days = {"day": 1, "week": 7}.get(unit)
    if unit == "year" and m.year:
        new = date(m.year + by, m.month or 1, m.day or 1)
    elif days is None:
        return None
    elif m.year:
        new = date(m.year, m.month or 1, m.day or 1) + timedelta(days=by * days)
    else:  # the end of February is another day in leap years
        new, other = (date(y, m.month or 1, m.day or 1) + timedelta(days=by * days) for y in (2001, 2004))
        if (new.month, new.day) != (other.month, other.day):
            return None
    day, month, year = str(new.day), calendar.month_name[new.month], f" {new.year}" if m.year else ""
    return "on", f"{month} {day}{year and f',{year}'}" if m.text[:1].isalpha() else f"{day} {month}{year}"
