"""Values in source sentences that are no counts: hours of the day, dates, how long, how far, how old, which place.

Every value is read as a stretch ``[low, high]`` in one measure (minutes after midnight, days, metres, years, ...), as
wide as its wording is loose: "about", "nearly", "shortly after", a rounded figure. Two values disagree where their
stretches lie apart, so that rounding and other units ("5 km", "three miles") are no disagreement.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from rag.disagreement.asked import asking
from rag.text.quantities import Quantity, find
from rag.text.reading import Reading, read
from rag.text.times import DateMention, Interval, find_dates, parse_day, resolve
from rag.text.units import TIME_UNITS
from rag.types import SourceSentence

DAY = 1440.0  # minutes
EXACT = 0.03  # of a measured value: what rounding and conversion take
COARSE = 0.07  # of a stretch of time told in weeks, months or years
ABOUT = 0.2
LOOSE_DAYS = 100.0  # of a stretch that is told in place of a day
OTHER_EVENT_DAYS = 31.0  # between "on Sunday" and a day told by its month
MOST_OVER = 1.5  # "more than a month" may be one and a half, hardly three

# Factors into the measure each unit belongs to (SI where there is one; the mile is 1,609.344 m, the acre 0.4047 ha).
_MEASURES = {
    "length": {
        "km": 1000.0, "metre": 1.0, "cm": 0.01, "mm": 0.001, "mile": 1609.344, "foot": 0.3048, "inch": 0.0254,
        "yard": 0.9144,
    },
    "mass": {"kg": 1.0, "gram": 0.001, "tonne": 1000.0, "lb": 0.4536},
    "area": {"hectare": 1.0, "acre": 0.4047},
    "speed": {"kph": 1.0, "mph": 1.609344},
    "volume": {"litre": 1.0, "gallon": 3.785, "barrel": 159.0},
    "power": {"mw": 1.0, "gw": 1000.0},
    "temperature": {"degree": 1.0},
    "span": {
        "seconds": 1 / 86400, "minute": 1 / DAY, "hour": 1 / 24, "day": 1.0, "week": 7.0, "month": 30.4, "year": 365.25,
        "decade": 3652.5, "century": 36525.0,
    },
}  # fmt: skip
_MEASURE_OF = {unit: (name, factor) for name, units in _MEASURES.items() for unit, factor in units.items()}

_ASKS = {
    "clock": r"\b(?:what time|at what (?:time|hour)|which hour|what hour|when)\b",
    "date": r"\b(?:when|(?:what|which) (?:day|date|year|month|weekday)|since when|what is the (?:\w+ )?date|"
    r"deadline|how long (?:until|till|before))\b",
    "span": r"\bhow (?:long|many (?:hours|days|weeks|months|years))\b(?! ago)|\bhow much time\b|\bfor how long\b",
    "length": r"\bhow (?:far|tall|high|deep|wide|long|big|large|close|near)\b|\b(?:height|depth|length|width|"
    r"distance) of\b",
    "mass": r"\bhow (?:heavy|much)\b|\bweigh",
    "area": r"\bhow (?:big|large|much)\b|\b(?:area|size) of\b",
    "speed": r"\bhow fast\b|\bspeed\b",
    "volume": r"\bhow (?:much|many)\b",
    "power": r"\bhow (?:much|powerful|many)\b|\bcapacity\b",
    "temperature": r"\bhow (?:hot|cold|warm)\b|\btemperature\b|\bhow many degrees\b",
    "age": r"\bhow old\b|\b(?:what|which) age\b|\bage of\b|\bmedian age\b",
    "rank": r"\b(?:which|what) (?:place|rank|position|spot|round)\b|\b(?:finish|rank|rate|place)(?:ed|s|d)?\b.*\?|"
    r"\bhow (?:high|low) (?:did|does|is|was)\b.*\brank",
}
_ASKS_RE = {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in _ASKS.items()}

_GOES_ON = re.compile(r"\b(?:has|have|been|is|are)\b", re.IGNORECASE)
_NOON = re.compile(
    r"\b(?P<noon>noon|midday|midnight)\b|(?<![\w.:])(?P<h>1[0-2]|[1-9]|one|two|three|four|five|six|seven|eight|"
    r"nine|ten|"
    r"eleven|twelve)\s+o['’]clock(?:\s+(?:in the\s+)?(?P<half>morning|afternoon|evening|at night))?"
    r"|\b(?P<part>dawn|daybreak|sunrise|dusk|sunset|nightfall)\b"
    r"|\b(?:in the\s+)?(?P<early>early hours|small hours|early morning)\b"
    r"|\b(?:(?P<when>early|mid|late)[\s-]+)?(?:on\s+)?(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day\s+)?(?P<of>morning|afternoon|evening)\b",
    re.IGNORECASE,
)
# Minutes of the day; wide, since nobody agrees where they end.
_THIRDS = {
    ("", "morning"): (0, 725), ("early", "morning"): (0, 540), ("mid", "morning"): (540, 690),
    ("late", "morning"): (570, 725), ("", "afternoon"): (735, 1110), ("early", "afternoon"): (735, 900),
    ("mid", "afternoon"): (810, 990), ("late", "afternoon"): (900, 1140), ("", "evening"): (1020, 1439),
    ("early", "evening"): (1020, 1200), ("mid", "evening"): (1110, 1290), ("late", "evening"): (1200, 1439),
}  # fmt: skip
_PARTS = {
    "dawn": (240, 480), "daybreak": (240, 480), "sunrise": (240, 500), "dusk": (930, 1320), "sunset": (930, 1320),
    "nightfall": (960, 1380),
}  # fmt: skip
_HOURS = {name: n for n, name in enumerate(
    ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"), start=1
)}  # fmt: skip
_BEFORE_CLOCK = (
    (re.compile(r"\b(?:shortly|just|soon|moments|minutes)\s+(?:after|past|gone)\s+$", re.I), (0.0, 25.0)),
    (re.compile(r"\b(?:shortly|just|moments|minutes)\s+(?:before|to|ahead of)\s+$", re.I), (-25.0, 0.0)),
    (re.compile(r"\b(?:about|around|roughly|approximately|some time around|towards?|near|circa|at around)\s+$", re.I),
     (-40.0, 40.0)),
    (re.compile(r"\b(?:after|since|from)\s+$", re.I), (0.0, 150.0)),
    (re.compile(r"\b(?:before|by|until|till)\s+$", re.I), (-240.0, 0.0)),
)  # fmt: skip
_AGO = re.compile(r"\s*(?:ago|earlier|old|-old)\b", re.IGNORECASE)
_COUNTED_FROM = re.compile(r"\s*(?:later|before|after)\b", re.IGNORECASE)
_LASTS = re.compile(r"\b(?:for|last(?:ed|s|ing)?|took|takes?|taken|spent|waited|continued)\s+$", re.IGNORECASE)
_FOR = re.compile(
    r"\b(?:for|lasted|lasts|lasting|last|took|takes|taken|within|after|in|over|under|of|spent|during|waited|"
    r"continued|"
    r"the (?:past|last|next)|than|about|around|some|nearly|almost|least|most|only|just)\s+(?:a\s+)?$",
    re.IGNORECASE,
)
_A_SPAN = re.compile(
    r"\b(?P<bound>(?:less|more) than |nearly |almost |about |around |over |under |at least |up to |(?:just )?over |"
    r"for |lasted |took |within |in |(?:the )?(?:past|last) )+(?P<n>a|an|half an?|a full|an entire)\s+"
    r"(?P<unit>hour|day|week|fortnight|month|year|decade|century)\b(?!-|\s+(?:ago|earlier|later|before|old))",
    re.IGNORECASE,
)
_UNIT_WORD = re.compile(r"[^\W\d_]+(?:/h)?")
_SINCE = re.compile(r"\b(?:since|ever since)\s+(?:the\s+)?(?:\w+\s+)?$", re.IGNORECASE)
_CALENDAR = re.compile(
    r"\b(?:1[5-9]|20)\d\d\b|\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\b|\b\d{1,2}(?:st|nd|rd|th)\b"
)
_AGE = re.compile(r"\b(?:aged?(?: of)?|was|is|turned|median age(?: \w+){0,4})\s+$|,\s*$", re.IGNORECASE)
_PUT_OFF = re.compile(
    r"\b(?:postponed|put (?:back|off)|rescheduled|delayed|extended|moved|shifted)\s+(?:\w+\s+)?(?:to|until|till|"
    r"for)\s+"
    r"(?:\w+\s+)?$", re.I,
)  # fmt: skip
MOVED = re.compile(
    r"\b(?:postponed|moved|brought forward|put (?:back|off)|reschedul\w+|delayed|extended|shifted|instead of|"
    r"earlier than|later than)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Fact:
    """A value in a source sentence. ``at``: where its phrase stands; ``period``: what it repeats after, or 0."""

    source: SourceSentence
    relevance: float
    kind: str
    low: float
    high: float
    phrase: str
    at: int
    period: float = 0.0
    moving: bool = False  # what lies ahead, and what may be put off

    def apart(self, other: Fact) -> bool:
        """Whether the two can't both be true."""
        shifts = (-self.period, 0.0, self.period) if self.period else (0.0,)
        return all(self.low + s > other.high or other.low > self.high + s for s in shifts)


def comparable(a: Fact, b: Fact) -> bool:
    """Whether two dates may be of one event: "Sunday night" and "September 2020" are not, nor does "the past year" name
    a day at all."""
    if a.kind != "date":
        return True
    if max(a.high - a.low, b.high - b.low) > LOOSE_DAYS and min(a.high - a.low, b.high - b.low) < LOOSE_DAYS / 10:
        return _named_date(a.phrase) and _named_date(b.phrase)
    gap = max(a.low - b.high, b.low - a.high)
    return _named_date(a.phrase) == _named_date(b.phrase) or gap <= OTHER_EVENT_DAYS


def _named_date(phrase: str) -> bool:
    """Whether a date is told by its month or year, not by a weekday or from the day it was written."""
    return bool(_CALENDAR.search(phrase))


def asked_kinds(question: str) -> frozenset[str]:
    """The kinds of value that a question may be asking for."""
    question = asking(question)
    found = frozenset(kind for kind, pattern in _ASKS_RE.items() if pattern.search(question))
    if "span" in found and _GOES_ON.search(question):
        found |= {"since"}
    return found | {"day"} if "date" in found else found


def facts(source: SourceSentence, relevance: float, kinds: frozenset[str]) -> Iterator[Fact]:
    """The values of these kinds in one sentence."""
    reading = read(source.text)
    anchor = parse_day(source.article.published_at)
    if "clock" in kinds:
        yield from _clocks(source, relevance, reading)
    if "date" in kinds:
        yield from _dates(source, relevance, anchor)
    if "span" in kinds:
        yield from _spans(source, relevance, anchor, "since" in kinds)
    for quantity in reading.numbers:
        fact = _measure(source, relevance, quantity, kinds)
        if fact:
            yield fact


def _clocks(source: SourceSentence, relevance: float, reading: Reading) -> Iterator[Fact]:
    text = source.text
    for q in reading.numbers:
        if q.kind == "clock" and not re.match(r"\s*(?:GMT|UTC|[ECMP][SD]T)\b", text[q.end :]):
            width = 10.0 if q.value % 30 == 0 else 5.0 if q.value % 5 == 0 else 2.0
            yield _clock(source, relevance, q.value, q.start, q.end, width)
    for m in _NOON.finditer(text):
        if m["noon"]:
            at = 0.0 if m["noon"].lower() == "midnight" else 720.0
            yield _clock(source, relevance, at, m.start(), m.end(), 15.0)
        elif m["h"]:
            hour = _HOURS.get(m["h"].lower()) or int(m["h"])
            half = (m["half"] or "").lower()
            minutes = hour % 12 * 60 + (720 if half in ("afternoon", "evening", "at night") else 0)
            fact = _clock(source, relevance, float(minutes), m.start(), m.end(), 10.0)
            yield fact if half else Fact(*_fields(fact), period=DAY / 2)
        elif m["of"]:
            low, high = _THIRDS[(m["when"] or "").lower(), m["of"].lower()]
            if not any(q.kind == "clock" and q.start - 6 <= m.start() <= q.end + 20 for q in reading.numbers):
                yield Fact(source, relevance, "clock", low, high, m[0], m.start(), DAY)
        else:
            low, high = (0, 390) if m["early"] else _PARTS[m["part"].lower()]
            yield Fact(source, relevance, "clock", low, high, m[0], m.start(), DAY)


def _fields(f: Fact) -> tuple[SourceSentence, float, str, float, float, str, int]:
    return f.source, f.relevance, f.kind, f.low, f.high, f.phrase, f.at


def _clock(source: SourceSentence, relevance: float, minutes: float, start: int, end: int, width: float) -> Fact:
    before = source.text[max(0, start - 24) : start]
    for pattern, (down, up) in _BEFORE_CLOCK:
        match = pattern.search(before)
        if match:
            first = start - len(before) + match.start()
            return Fact(
                source, relevance, "clock", minutes + down - (down < 0 and 5), minutes + up + 5,
                source.text[first:end], start, DAY,
            )  # fmt: skip
    return Fact(source, relevance, "clock", minutes - width, minutes + width, source.text[start:end], start, DAY)


def _dates(source: SourceSentence, relevance: float, anchor: date | None) -> Iterator[Fact]:
    for mention in find_dates(source.text):
        if mention.kind == "decade" or _SINCE.search(source.text[max(0, mention.start - 16) : mention.start]):
            continue
        interval = resolve(mention, anchor)
        if interval is None and _PUT_OFF.search(source.text[max(0, mention.start - 30) : mention.start]):
            interval = resolve(replace(mention, tense="future"), anchor)  # "postponed to 30 September" lies ahead
        if interval is None:
            if anchor is None and mention.kind == "day" and mention.month and mention.day and mention.year is None:
                at = float(mention.month * 31 + mention.day)
                yield Fact(source, relevance, "day", at, at, mention.text, mention.start)
            continue
        if anchor and interval.end < anchor and mention.year is None and mention.kind in ("day", "month"):
            interval = _ahead(mention, interval, source.text)
        slack = 1 if mention.kind == "relative" else 0
        low, high = interval.start.toordinal() - slack, interval.end.toordinal() + slack
        ahead = bool(anchor and interval.end > anchor)
        moving = ahead or bool(MOVED.search(source.text))
        yield Fact(source, relevance, "date", low, high, mention.text, mention.start, moving=moving)


def _ahead(mention: DateMention, found: Interval, text: str) -> Interval:
    """A day that something was put off to lies ahead, though the same day of last year be nearer."""
    if not _PUT_OFF.search(text[max(0, mention.start - 30) : mention.start]):
        return found
    return Interval(*(day + timedelta(days=365) for day in found))


def _spans(source: SourceSentence, relevance: float, anchor: date | None, goes_on: bool) -> Iterator[Fact]:
    text = source.text
    for q in find(text):  # also what a date is counted by: "lasted three weeks before ..."
        unit = (q.unit or "").lower()
        if q.kind != "number" or unit not in TIME_UNITS or _AGO.match(text, unit_end(text, q)):
            continue
        before = text[max(0, q.phrase_start - 20) : q.phrase_start]
        if _COUNTED_FROM.match(text, unit_end(text, q)) and not _LASTS.search(before):
            continue
        if _FOR.search(before) or q.bound != "exact" or _is_adjective(text, q):
            factor = _MEASURES["span"][unit]
            low, high = _stretch(q, factor, COARSE if unit in ("week", "month", "year") else EXACT)
            yield Fact(source, relevance, "span", low, high, text[q.phrase_start : unit_end(text, q)], q.start)
    for m in _A_SPAN.finditer(text):
        unit = m["unit"].lower()
        days = 14.0 if unit == "fortnight" else _MEASURES["span"][unit]
        days *= 0.5 if m["n"].lower().startswith("half") else 1.0
        low, high = _loosely(m["bound"].lower(), days)
        yield Fact(source, relevance, "span", low, high, m[0], m.start())
    for mention in find_dates(text):
        if goes_on and anchor and _SINCE.search(text[max(0, mention.start - 16) : mention.start]):
            interval = resolve(mention, anchor)
            if interval and interval.start <= anchor:
                least = max(0, (anchor - interval.end).days)
                most = (anchor - interval.start).days + 1
                yield Fact(source, relevance, "span", least, most, f"since {mention.text}", mention.start, moving=True)


def unit_end(text: str, q: Quantity) -> int:
    """Where a number with its unit, as it is written, ends: "45 kilometres"."""
    word = _UNIT_WORD.match(text, q.unit_start) if q.unit_start >= 0 else None
    return max(q.end, word.end()) if word else q.end


def _is_adjective(text: str, q: Quantity) -> bool:
    return text[q.end : q.end + 1] == "-"


def _loosely(words: str, value: float) -> tuple[float, float]:
    if "less" in words or "under" in words or "up to" in words or "within" in words:
        return 0.4 * value, value
    if "nearly" in words or "almost" in words:
        return 0.75 * value, value
    if "more" in words or "over" in words or "least" in words:
        return value, MOST_OVER * value
    width = ABOUT if "about" in words or "around" in words else COARSE
    return (1 - width) * value, (1 + width) * value


def _stretch(q: Quantity, factor: float, width: float) -> tuple[float, float]:
    low, high = min(q.values) * factor, max(q.values) * factor
    if q.bound in ("at_least", "more_than"):
        return low, MOST_OVER * high
    if q.bound in ("at_most", "less_than"):
        return 0.5 * low, high
    if q.bound == "nearly":
        return 0.75 * low, high
    width = ABOUT if q.bound == "about" else width
    return (1 - width) * low, (1 + width) * high


def _measure(source: SourceSentence, relevance: float, q: Quantity, kinds: frozenset[str]) -> Fact | None:
    text, unit = source.text, (q.unit or "").lower()
    phrase = text[q.phrase_start : unit_end(text, q)].strip()
    if q.kind == "ordinal" and "rank" in kinds:
        return Fact(source, relevance, "rank", q.value, q.value, phrase, q.start)
    if q.kind != "number":
        return None
    if "age" in kinds:
        old = re.match(r"(?:[\s-]*years?[\s-]*old|\s+years of age)\b", text[q.end :])
        if old or (unit in ("", "year") and _AGE.search(text[max(0, q.start - 40) : q.start]) and q.value < 120):
            return Fact(source, relevance, "age", min(q.values) - 0.5, max(q.values) + 0.5, phrase, q.start)
    measure, factor = _MEASURE_OF.get(unit, ("", 1.0))
    if measure and measure != "span" and measure in kinds:
        low, high = _stretch(q, factor, EXACT)
        return Fact(source, relevance, measure, low, high, phrase, q.start)
    return None


def days_of(q: Quantity) -> tuple[float, float] | None:
    """The days that a number of hours, days, weeks, ... stands for, as a stretch; None for any other number."""
    unit = (q.unit or "").lower()
    if q.kind != "number" or unit not in TIME_UNITS:
        return None
    return _stretch(q, _MEASURES["span"][unit], COARSE if unit in ("week", "month", "year") else EXACT)


def measure_of(q: Quantity) -> str:
    """What a quantity measures ("length", "span", ...); "" for a plain count."""
    return _MEASURE_OF.get((q.unit or "").lower(), ("", 1.0))[0]


def measures_agree(a: Quantity, b: Quantity) -> bool | None:
    """Whether two measured values can be the same in other units; False also for two plain numbers, None where they
    measure different things ("5 km", "5 hours")."""
    (mine, factor), (other, their_factor) = (_MEASURE_OF.get((q.unit or "").lower(), ("", 1.0)) for q in (a, b))
    if mine != other:
        return None if mine and other else False
    if not mine:
        return False
    (low, high), (least, most) = _stretch(a, factor, EXACT), _stretch(b, their_factor, EXACT)
    return low <= most and least <= high
