"""The days that mentions of dates stand for, and whether two mentions agree. Standard library only.

A mention is resolved against the day its article was published, never against today. What can mean two days is not
resolved: a wrong date is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import NamedTuple

from rag.text.time_words import DateMention, find_dates

__all__ = ["DateMention", "Interval", "dates_agree", "find_dates", "is_day", "parse_day", "resolve"]

AMBIGUOUS_DAYS = 60  # a day without a year may lie this near on the side that the verb speaks against
AMBIGUOUS_MONTH_DAYS = 31  # and a month

SURELY_AHEAD_DAYS = 90  # "will open on 1 December", said in March, looks ahead though the last one was nearer


class Interval(NamedTuple):
    """Days from ``start`` to ``end``, both included."""

    start: date
    end: date

    def contains(self, other: Interval) -> bool:
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Interval) -> bool:
        return self.start <= other.end and other.start <= self.end


def resolve(mention: DateMention, anchor: date | None) -> Interval | None:
    """The days a mention stands for when said on ``anchor`` (an article's date); None where that can't be told.

    A weekday is the last such day up to the anchor, or the next from it on where the sentence looks ahead; a date or
    month without a year is the nearest on that side. None where the wording leaves the side open; of 31 weekdays
    that news articles gave beside their date, without a telling verb, 17 lay ahead (RealTimeQA's articles, fit part).
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
    ours = resolve(replace(claim, tense=quote.tense) if claim.tense == "none" else claim, anchor)
    theirs = resolve(quote, anchor)
    ends = quote.last_weekday is not None and claim.last_weekday is None and claim.kind == "weekday"
    if ours is not None and theirs is not None and not ends:
        return ours.contains(theirs)
    if claim.kind == "weekday" and quote.last_weekday is not None and claim.last_weekday is None:
        return claim.weekday in (quote.weekday, quote.last_weekday) and claim.shift is None
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


def _resolve(m: DateMention, anchor: date | None) -> Interval | None:
    if m.kind == "decade" and m.year is not None:
        return _cut(Interval(date(m.year, 1, 1), date(m.year + 9, 12, 31)), m.part)
    if m.kind == "year" and m.year is not None:
        return _cut(Interval(date(m.year, 1, 1), date(m.year, 12, 31)), m.part)
    if m.kind in ("day", "month") and m.month is not None:
        return _dated(m, m.year) if m.year is not None else _without_year(m, anchor) if anchor else None
    if anchor is None:
        return None
    return _weekday(m, anchor) if m.weekday is not None else _relative(m, anchor)


def _dated(m: DateMention, year: int) -> Interval | None:
    month = m.month or 1
    if m.day is None:
        return _cut(_month(year, month), m.part)
    found = Interval(date(year, month, m.day), date(year, month, m.last_day or m.day))
    wrong_day = m.weekday is not None and found.start.weekday() != m.weekday
    return None if wrong_day or found.end < found.start else found


def _without_year(m: DateMention, anchor: date) -> Interval | None:
    """The nearest such day or month on the side that the verb speaks of; nearest at all where no verb does."""
    if m.shift in ("last", "next"):
        ahead = m.shift == "next"
        month = m.month or 1
        this = month > anchor.month if ahead else month < anchor.month
        return _dated(m, anchor.year if this else anchor.year + (1 if ahead else -1))
    near: list[Interval | None] = []
    for year in (anchor.year - 1, anchor.year, anchor.year + 1):
        try:
            near.append(_dated(replace(m, weekday=None), year))
        except ValueError:  # 29 February
            continue
    found = sorted((i for i in near if i is not None), key=lambda i: _gap(i, anchor))
    best = found[0] if found else None
    if best is not None and m.weekday is not None:  # "Sunday, 8 August": the two must fit
        return best if best.start.weekday() == m.weekday else None
    if best is None or _gap(best, anchor) == 0 or m.tense == "none":
        return best
    right = (best.end < anchor) if m.tense == "past" else (best.start > anchor)
    near_days = AMBIGUOUS_MONTH_DAYS if m.day is None else AMBIGUOUS_DAYS
    if m.tense == "unsure" or right:
        return best if right or _gap(best, anchor) <= near_days else None
    if _gap(best, anchor) <= (near_days if m.tense == "past" else SURELY_AHEAD_DAYS):
        return None  # "moved the deadline of 20 March", "will try him for the arson of 3 March"
    if m.tense == "future":
        return next((i for i in found if i.start > anchor), None)
    return next((i for i in found if i.end < anchor), None)


def _gap(interval: Interval, anchor: date) -> int:
    """Days between an interval and a day, 0 where the day lies in it."""
    return max(0, (interval.start - anchor).days, (anchor - interval.end).days)


def _weekday(m: DateMention, anchor: date) -> Interval | None:
    weekday = m.weekday or 0
    if m.shift == "any" or (m.tense in ("unsure", "none") and m.shift in (None, "this")):
        return None
    back, ahead = _back(weekday, anchor), _ahead(weekday, anchor)
    if m.last_weekday is not None:
        if m.tense == "future":
            return Interval(ahead, _ahead(m.last_weekday, ahead))
        end = _back(m.last_weekday, anchor)
        return Interval(_back(weekday, end), end)
    if m.shift == "last":
        back = back if back < anchor else anchor - timedelta(days=7)
        return Interval(back, back)
    if m.shift == "next":
        ahead = ahead if ahead > anchor else anchor + timedelta(days=7)
        return Interval(ahead, ahead)
    day = ahead if m.tense == "future" else back
    return Interval(day, day)


def _back(weekday: int, anchor: date) -> date:
    return anchor - timedelta(days=(anchor.weekday() - weekday) % 7)


def _ahead(weekday: int, anchor: date) -> date:
    return anchor + timedelta(days=(weekday - anchor.weekday()) % 7)


def _relative(m: DateMention, anchor: date) -> Interval | None:
    if m.offset is None:
        return None
    n, unit = m.offset
    if unit == "overnight":
        future = m.tense == "future"
        return Interval(anchor, anchor + timedelta(days=1)) if future else Interval(anchor - timedelta(days=1), anchor)
    if unit == "day":
        slack = timedelta(days=1 if m.vague else 0)
        day = anchor + timedelta(days=n)
        return Interval(day - slack, day + slack)
    if unit == "week":
        day = anchor + timedelta(weeks=n)
        return Interval(day - timedelta(days=3), day + timedelta(days=3))
    if unit == "month":  # about so many months back, to a fortnight
        there = _month(*_months_on(anchor, n))
        day = there.start + timedelta(days=min(anchor.day, there.end.day) - 1)
        return Interval(day - timedelta(days=15), day + timedelta(days=15))
    if unit.startswith("running "):
        days = timedelta(days={"week": 7, "month": 31, "year": 366}.get(unit.removeprefix("running "), 7))
        return Interval(anchor, anchor + days) if n > 0 else Interval(anchor - days, anchor)
    frame = _frame(m, unit, n, anchor)
    if frame is not None and frame.start <= anchor <= frame.end:
        if m.part == "earlier":
            return Interval(frame.start, anchor)
        if m.part == "later":
            return Interval(anchor, frame.end)
    return None if frame is None else _cut(frame, m.part)


def _frame(m: DateMention, unit: str, n: int, anchor: date) -> Interval | None:
    """The week, weekend, month or year ``n`` after the one that ``anchor`` lies in."""
    monday = anchor - timedelta(days=anchor.weekday())
    if unit == "this week":
        return Interval(monday + timedelta(weeks=n), monday + timedelta(weeks=n, days=6))
    if unit == "this weekend":
        # The weekend said on a weekday is the one behind, unless the sentence looks ahead; "last" adds nothing to that.
        saturday = monday + timedelta(days=5)
        if anchor < saturday and n == 0 and m.tense in ("unsure", "none"):
            return None
        if (anchor < saturday and n <= 0 and m.tense != "future") or n < 0:
            saturday -= timedelta(weeks=1)
        elif anchor >= saturday and n > 0:
            saturday += timedelta(weeks=1)
        return Interval(saturday, saturday + timedelta(days=1))
    if unit == "this month":
        return _month(*_months_on(anchor, n))
    return Interval(date(anchor.year + n, 1, 1), date(anchor.year + n, 12, 31))


def _months_on(day: date, n: int) -> tuple[int, int]:
    index = day.year * 12 + day.month - 1 + n
    return index // 12, index % 12 + 1


def _month(year: int, month: int) -> Interval:
    following = date(year + month // 12, month % 12 + 1, 1)
    return Interval(date(year, month, 1), following - timedelta(days=1))


def _cut(interval: Interval, part: str | None) -> Interval:
    """The early, middle or late third of an interval."""
    third = (interval.end - interval.start) / 3
    if part in ("early", "earlier"):
        return Interval(interval.start, interval.start + third)
    if part == "mid":
        return Interval(interval.start + third, interval.end - third)
    if part in ("late", "later"):
        return Interval(interval.end - third, interval.end)
    return interval
