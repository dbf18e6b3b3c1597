"""How long something lasted, told by its two ends: "began on Sunday night and by midday Monday they had taken it"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from rag.text.times import DateMention, find_dates, parse_day, resolve
from rag.types import SourceSentence

LOOSELY = 1.5  # times as long as the ends allow, since who counts in days rounds up

_BEGAN = re.compile(
    r"\b(?:began|begun|started|broke out|erupted|opened)\s+(?:(?:early|late|shortly|just|at|on|in|the|of|before|after|"
    r"around|about)\s+|\d[\d.:]*\s*(?:[ap]\.?m\.?\s+)?){0,5}$",
    re.IGNORECASE,
)
_UNTIL = re.compile(
    r"[^.;]{0,40}\b(?:by|until|till|to|end(?:ed|s)?|finished|over|out)\b(?:\s+(?:early|late|shortly|just|at|on|in|the|"
    r"before|after|around|about|(?P<part>dawn|daybreak|sunrise|noon|midday|dusk|midnight)))*\s*$",
    re.IGNORECASE,
)
# Hours of the day, those after midnight beyond 24; as wide as anyone would put them.
_HOURS = {
    "dawn": (4.0, 8.0), "daybreak": (4.0, 8.0), "sunrise": (4.0, 8.0), "morning": (5.0, 12.0), "noon": (12.0, 12.0),
    "midday": (12.0, 12.0), "afternoon": (12.0, 18.5), "dusk": (16.0, 22.0), "evening": (17.0, 24.0),
    "night": (18.0, 30.0), "midnight": (24.0, 24.0),
}  # fmt: skip
_ALL_DAY = (0.0, 24.0)


class Lasted(NamedTuple):
    """A stretch of ``low`` to ``high`` days, as ``phrase`` tells it at ``at``."""

    low: float
    high: float
    phrase: str
    at: int


def told_by_ends(source: SourceSentence) -> Iterator[Lasted]:
    """The stretches of one sentence that are told by when they began and when they were over."""
    text = source.text
    days = [d for d in find_dates(text) if d.kind in ("weekday", "day")]
    for first, last in pairwise(days):
        began = _BEGAN.search(text[: first.start])
        until = _UNTIL.fullmatch(text, first.end, last.start)
        if not began or not until:
            continue
        gap = _gap(first, last, source)
        if gap is None:
            continue
        early, late = (_HOURS.get(p or "", _ALL_DAY) for p in (first.part, last.part or (until["part"] or "").lower()))
        low, high = gap + (late[0] - early[1]) / 24, gap + (late[1] - early[0]) / 24
        if high > 0:
            yield Lasted(max(0.0, low), LOOSELY * high, text[began.start() : last.end].rstrip(" .,"), began.start())


def _gap(first: DateMention, last: DateMention, source: SourceSentence) -> int | None:
    """Days from one date to another; None where that can't be told."""
    if first.weekday is not None and last.weekday is not None and first.kind == last.kind == "weekday":
        return (last.weekday - first.weekday) % 7
    anchor = parse_day(source.article.published_at)
    one, two = resolve(first, anchor), resolve(last, anchor)
    if one is None or two is None or one.start != one.end or two.start != two.end or two.start < one.start:
        return None
    return (two.start - one.start).days
