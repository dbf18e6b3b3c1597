"""The day that a metadata field means, in the forms that files and feeds write it. What is ambiguous is unknown."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PARTED = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)")
_CLOSE = re.compile(r"(?:d:)?(\d{4})(\d\d)(\d\d)(?:t?\d{4}(?:\d\d)?)?(?!\d)")  # also a PDF's "D:20220612101500+02'00'"
_IN_WORDS = re.compile(
    r"(?:[a-z]+\.?,?\s+)?(?:(?P<day>\d{1,2})(?:st|nd|rd|th)?\.?\s+(?P<month>[a-z]{3,9})\.?,?\s+(?P<year>\d{4})"
    r"|(?P<month2>[a-z]{3,9})\.?\s+(?P<day2>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year2>\d{4}))(?!\d)"
)
_NUMBERS = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?!\d)")
_YEARS = range(1600, 2200)
_SINCE_1970 = (100_000_000, 5_000_000_000)  # seconds: from 1973 to 2128


def day_of(value: object) -> str | None:
    """``YYYY-MM-DD`` from a date, a timestamp (the day as it is written, whatever its zone), seconds or milliseconds
    since 1970, or a date in English words; None where it is none of these, or day and month could be either."""
    if value is None or isinstance(value, bool):
        return None
    text = " ".join(str(value).split()).lower()
    if (match := _PARTED.match(text) or _CLOSE.match(text)) and (
        day := _iso(*(int(part) for part in match.groups() if part.isdigit()))
    ):
        return day
    if re.fullmatch(r"\d{9,13}(?:\.\d+)?", text):
        seconds = float(text) if float(text) < _SINCE_1970[1] else float(text) / 1000
        if _SINCE_1970[0] <= seconds <= _SINCE_1970[1]:
            return datetime.fromtimestamp(seconds, UTC).date().isoformat()
        return None
    if match := _IN_WORDS.match(text):
        name = (match["month"] or match["month2"])[:3]
        month = _MONTHS.index(name) + 1 if name in _MONTHS else 0
        return _iso(int(match["year"] or match["year2"]), month, int(match["day"] or match["day2"]))
    if match := _NUMBERS.match(text):
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        if first > 12 or first == second or match[2] == ".":  # wherever dots are written, the day comes first
            return _iso(year, second, first)
        return _iso(year, first, second) if second > 12 else None
    return None


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat() if year in _YEARS else None
    except ValueError:
        return None
