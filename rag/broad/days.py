"""The days that a broad question limits itself to: "this week", "the last three days", "in June", "on Sunday"."""

from __future__ import annotations

import re
from datetime import date, timedelta

from rag.text.times import Interval, find_dates, resolve

PERIOD = re.compile(
    r"\b(?:(?:of|in|from|for|during|on|over|within|throughout)\s+)?(?:the|this|these|that|past|last|previous)\s+"
    r"(?:(?:past|last|previous|whole|entire|current)\s+)?(?:(?:few|couple of|\d+|two|three|four|five|six|"
    r"seven|ten)\s+)?"
    r"(?P<unit>day|week|weekend|fortnight|month|year)s?(?:['’]s?)?(?!\w)(?:\s+(?:so far|in (?:the )?(?:news|review)))?",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"(?:the|these) (?:past|last|previous) (?P<n>\w+) (?P<unit>day|week|month)s", re.IGNORECASE)
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "ten": 10}
_NUMBERS |= {"few": 3, "couple": 2}
_ROLLING = {"day": 1, "week": 7, "fortnight": 14}


def split_days(text: str, today: date | None) -> tuple[Interval | None, str]:
    """The days a phrase limits itself to, and the phrase without them."""
    counted, period = _COUNTED.search(text), PERIOD.search(text)
    if period and today:
        found = _span(counted, period, today)
        if found:
            return found, _tidy(text[: period.start()] + " " + text[period.end() :])
    for mention in find_dates(text):
        days = resolve(mention, today)
        if days:
            before = re.sub(
                r"\b(?:of|in|from|for|during|on|over|since|the|until)\s*$", "", text[: mention.start], flags=re.I
            )
            after = re.sub(r"^['’]s\b", "", text[mention.end :])
            if re.search(r"\bsince\s*$", text[: mention.start], re.IGNORECASE):
                days = Interval(days.start, max(days.end, today or days.end))
            elif re.search(r"\buntil\s*$", text[: mention.start], re.IGNORECASE):
                days = Interval(date.min, days.end)
            return days, _tidy(before + " " + after)
    return None, _tidy(text)


def _span(counted: re.Match[str] | None, period: re.Match[str], today: date) -> Interval | None:
    """ "The week", "this week" and "the past week" are the seven days that end today; "last week" is the calendar's."""
    said, unit = period.group().lower(), period["unit"].lower()
    if counted and counted["n"].lower() not in ("few", "couple"):
        n = int(counted["n"]) if counted["n"].isdigit() else _NUMBERS.get(counted["n"].lower(), 0)
        length = n * {"day": 1, "week": 7, "month": 30}[counted["unit"].lower()]
        return Interval(today - timedelta(days=length - 1), today) if 0 < length < 4000 else None
    if re.search(r"\b(?:few|couple)\b", said):
        length = 3 * {"day": 1, "week": 7, "month": 30}.get(unit, 1)
        return Interval(today - timedelta(days=length - 1), today)
    calendar = re.search(r"(?<!the )\b(?:last|previous)\s+(?:\w+\s+)?(?:week|weekend|month|year)", said)
    if unit in _ROLLING and not calendar:
        return Interval(today - timedelta(days=_ROLLING[unit] - 1), today)
    if unit in ("month", "year") and not calendar:
        start = today.replace(day=1) if unit == "month" else today.replace(month=1, day=1)
        if re.search(r"\b(?:past|last)\b", said):
            start = today - timedelta(days=29 if unit == "month" else 364)
        return Interval(start, today)
    shift = "last" if calendar else "this"
    return next((days for m in find_dates(f"{shift} {unit}") if (days := resolve(m, today))), None)


def _tidy(text: str) -> str:
    return " ".join(text.split()).strip(" ,;:")
