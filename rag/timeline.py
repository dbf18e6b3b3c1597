"""What a question's time words ask of the evidence: the latest state, the state at a past day, what a period brought.

Pure functions over sentences that carry their article's dates. Also the dated timeline of a value that moved.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from rag.events import asks_when, said_on, spell
from rag.found import Scored
from rag.text.times import DateMention, Interval, find_dates, parse_day, resolve
from rag.types import Article, Conflict, Filter, Hit, SourceSentence, TimelineEntry

LATEST = 0.25  # most that the latest report gains, on a scale where a good sentence has about 1.5
TIE = 0.05  # as much where a time or an amount is asked for: a later report breaks ties
CLEAR = 1.15  # times as relevant as any earlier sentence, for the later report to speak alone
WITHIN = 0.12  # for a sentence that tells of the period asked about
OUTSIDE = 0.12  # off one whose dates all lie elsewhere
ONE_NEWS_DAYS = 300  # reports this near to one another share the year that a question leaves unsaid

_LATEST = re.compile(
    r"\b(?:latest|most recent(?:ly)?|newest|so far|to date|currently|current|now|nowadays|at present|"
    r"at the moment|these days|today|update on|what(?:'s| is) happening|last known|(?:at )?(?:the )?last count)\b"
    r"|\bfinal (?:\w+ )?(?:toll|count|tally|figure|number|total|result)s?\b"
    r"|\b(?:is|are)\s+(?:[\w'’-]+\s+){0,5}?(?!anything|something|nothing|everything|during|king|building|meeting|morning|"
    r"evening)\w{3,}ing\b"
    r"|^(?!.*\b(?:was|were|did|had)\b).*\b(?:still|yet|already)\b"
    r"|\bhow (?:many|much|far)\b(?!.*\b(?:do|does|did|would|could|to)\b.*\bhave\b).*\b(?:has|have)\b",
    re.IGNORECASE,
)
_ASKS_AMOUNT = re.compile(
    r"\bhow (?:many|much|high|large|big)\b|\b(?:number|toll|total|share|percentage|rate|price|cost) of\b"
    r"|\b(?:turnout|death toll|lead over)\b",
    re.IGNORECASE,
)
_UNTIL = re.compile(
    r"\b(?:by|as of|up to|until|till|before|prior to)\s+(?:the\s+)?"
    r"(?:(?:morning|evening|night|noon|end|beginning|start)\s+of\s+)?$",
    re.IGNORECASE,
)
_BEFORE = re.compile(r"\b(?:before|prior to)\b", re.IGNORECASE)
_WITHIN = re.compile(r"\b(?:in|on|during|over|of|from|throughout)\s+(?:the\s+)?(?:month of\s+)?$", re.IGNORECASE)
_STATE_NOW = re.compile(r"\b(?:now|so far|to date|since|currently|today|by now|has|have)\b", re.IGNORECASE)
_AHEAD = re.compile(
    r"\b(?:will|shall|due|going to|is to|are to|plans? to|scheduled|expected|deadline|must|should|would)\b",
    re.IGNORECASE,
)
_CALENDAR = re.compile(
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b"
    r"|\b(?:january|february|april|june|july|august|september|october|november|december)\b"
    r"|(?:(?<=\bin )|(?<=\bby )|(?<=\bof )|(?<=\d )|(?<=\bbefore )|(?<=\bsince ))(?:march|may)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class AskedTime:
    """The time that a question is about: the state ``until`` a day (its end), or what happened ``within`` some days."""

    kind: Literal["until", "within"]
    days: Interval


def wants_latest(question: str) -> bool:
    """Whether a question asks for the present state: "the latest on", "how many so far", "now", "yet"."""
    return bool(_LATEST.search(question))


def asked_time(question: str, articles: Sequence[Article], today: date | None = None) -> AskedTime | None:
    """The day or period that a question names, None where it names none or where the words leave it open.

    ``articles`` are those found for it: a date without a year is taken to be near them, unless they lie more than
    ``ONE_NEWS_DAYS`` apart. ``today`` is the day of an "as of"; without it "yesterday" and "Sunday" mean no day.
    Questions about what is still to come ("Who will leave by 11 September?") name a deadline, not a state.
    """
    text = _CALENDAR.sub(lambda m: m[0].capitalize(), question)
    if _AHEAD.search(text):
        return None
    for mention in find_dates(text):
        days = _days(mention, articles, today)
        lead = text[: mention.start]
        if days is None or (today is not None and days.start > today):
            continue
        if _UNTIL.search(lead):
            last = _last(lead, mention, days)
            return AskedTime("until", Interval(last, last))
        relative = mention.kind == "relative" and mention.offset is not None
        if _WITHIN.search(lead) or relative or mention.shift is not None:
            return AskedTime("within", days)
    return None


def _last(lead: str, mention: DateMention, days: Interval) -> date:
    """The day up to which something "by" or "before" a date is asked."""
    end_of = mention.part in ("late", "mid", "early") or re.search(r"\b(?:end|as)\s+of\s+(?:the\s+)?$", lead)
    if _BEFORE.search(lead):
        return days.start - timedelta(days=1)
    return days.end if end_of or mention.kind in ("day", "weekday", "relative") else days.start


def _days(mention: DateMention, articles: Sequence[Article], today: date | None) -> Interval | None:
    if mention.year is not None:
        return resolve(mention, None)
    if today is not None:
        return resolve(mention, today)
    published = [day for a in articles if (day := parse_day(a.published_at))]
    if mention.month is None or mention.shift or not published:
        return None
    if (max(published) - min(published)).days > ONE_NEWS_DAYS:
        return None
    latest = max(published)  # a question looks back from there, though what is asked may come shortly after
    return resolve(replace(mention, tense="past"), latest) or resolve(replace(mention, tense="none"), latest)


def told_by(sentences: Sequence[SourceSentence], asked: AskedTime | None) -> tuple[list[SourceSentence], str | None]:
    """The sentences that can tell the state at a past day, and a notice for the reader where others were left aside.

    Kept are reports of up to that day, and later sentences whose own dates all lie up to it ("By 10 August six had
    fallen"). Everything is kept where that would leave no report of a known date.
    """
    if asked is None or asked.kind != "until":
        return list(sentences), None
    kept = [s for s in sentences if _told_by(s, asked.days.end)]
    dated = any(said_on(s.article) for s in kept)
    if not dated or len(kept) == len(sentences):
        return list(sentences), None
    return kept, f"Only reports up to {spell(asked.days)} were used, as the question asks for the state then."


def up_to(filter: Filter, asked: AskedTime) -> Filter | None:
    """The filter that also leaves out what was published after the past day asked about; None where none was."""
    if asked.kind != "until":
        return None
    last = asked.days.end.isoformat()
    return replace(filter, until=min(filter.until or last, last))


def merged(first: Sequence[Hit], others: Sequence[Hit]) -> list[Hit]:
    """As many hits as ``others`` has, or more where ``first`` is longer: all of ``first``, then what it lacks."""
    known = {hit.passage.id for hit in first}
    return [*first, *(hit for hit in others if hit.passage.id not in known)][: max(len(first), len(others))]


def undated_notice(left_out: int) -> str | None:
    """What a filter by date left aside for want of a date, for the reader."""
    if not left_out:
        return None
    were = "article without a date was" if left_out == 1 else "articles without a date were"
    return f"{left_out} {were} left out."


def newest(question: str, cited: Sequence[Article]) -> str | None:
    """How new an answer about the present state is, for the reader; None where none is asked for, or it isn't known."""
    known = [(day, a.published_at_source) for a in cited if (day := parse_day(a.published_at))]
    if not known or not wants_latest(question):
        return None
    day, how = max(known)
    inferred = " (an inferred date)" if how == "inferred" else ""
    return f"The newest report cited is of {spell(Interval(day, day))}{inferred}."


def _told_by(sentence: SourceSentence, last: date) -> bool:
    anchor = said_on(sentence.article)
    if anchor is None:
        return False
    if anchor <= last:
        return True
    told = [i for m in find_dates(sentence.text) if (i := resolve(m, anchor))]
    return bool(told) and all(i.end <= last for i in told) and not _STATE_NOW.search(sentence.text)


def recency_boost(
    question: str, sentences: Sequence[SourceSentence], asked: AskedTime | None = None, today: date | None = None
) -> list[float]:
    """What each sentence's relevance gains or loses by its time, in [-OUTSIDE, LATEST]; zeros where none is asked for.

    Where the latest is wanted, reports gain by the order of their dates: the latest all, the earliest and those of
    unknown date nothing. Where a period is asked about, sentences gain that tell of it or were written in it.
    """
    if asked is not None and asked.kind == "within":
        return [_within(s, asked.days) for s in sentences]
    tie = asks_when(question) or _ASKS_AMOUNT.search(question)
    weight = LATEST if wants_latest(question) else TIE if tie else 0.0
    dates = [said_on(s.article) for s in sentences]
    known = sorted({d for d in dates if d is not None})
    if not weight or len(known) < 2:
        return [0.0] * len(sentences)
    place = {d: i / (len(known) - 1) for i, d in enumerate(known)}
    return [weight * place[d] if d is not None else 0.0 for d in dates]


def newest_only(question: str, ranked: Sequence[Scored]) -> list[Scored]:
    """What the model is to read where the latest is asked for: nothing older than the report of the best sentence,
    where that is ``CLEAR`` times as relevant as any older one. All sentences otherwise."""
    newest = said_on(ranked[0].sentence.article) if ranked and wants_latest(question) else None
    if newest is None:
        return list(ranked)
    older = [s for s in ranked if (day := said_on(s.sentence.article)) and day < newest]
    if any(s.relevance * CLEAR > ranked[0].relevance for s in older):
        return list(ranked)
    return [s for s in ranked if s not in older]


def _within(sentence: SourceSentence, days: Interval) -> float:
    anchor = said_on(sentence.article)
    told = [i for m in find_dates(sentence.text) if (i := resolve(m, anchor))]
    if any(i.overlaps(days) for i in told):
        return WITHIN
    if told:
        return -OUTSIDE
    return WITHIN / 2 if anchor and days.start <= anchor <= days.end + timedelta(days=1) else 0.0


def timeline(conflicts: Sequence[Conflict]) -> tuple[TimelineEntry, ...]:
    """How a value moved from report to report, by date; empty unless reports of two days gave two values.

    From the ``superseded`` conflicts alone: where sources disagree about the same time, no line runs through them.
    """
    entries: list[TimelineEntry] = []
    for conflict in conflicts if all(c.kind == "superseded" for c in conflicts) else ():
        found: list[TimelineEntry] = []
        for value in sorted((v for v in conflict.values if v.date), key=lambda v: v.date or ""):
            text = value.value if not value.unit or value.unit in value.value else f"{value.value} {value.unit}"
            if not found or found[-1].text != text:
                found.append(
                    TimelineEntry(
                        value.date or "", text, conflict.about, value.citation, value.article_id, value.outlet
                    )
                )
        if len({e.date for e in found}) > 1:
            entries += found
    return tuple(entries)
