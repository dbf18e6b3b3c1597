"""When what an article tells took place, apart from when it was published: the dates its sentences say, resolved.

Only code writes these dates, and only where one reading is possible: "on Sunday" in a report of 9 August 2021 becomes
"on Sunday (8 August 2021)". Without the article's own date nothing is resolved.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache

from rag.text.times import DateMention, Interval, dates_agree, find_dates, parse_day, resolve
from rag.text.words import asks_yes_no, content_stems
from rag.types import Article, Check, Quote

DATELINE_CHARS = 90  # of a text's beginning that a dateline may take
DATELINE_DAYS = 3  # a dateline this much older than the publication is the day the report was written
CLAUSE_SHARE = 0.6

_ASKS_WHEN = re.compile(
    r"\bwhen\b|\b(?:what|which) (?:day|date|year|month|week|weekday)\b|\bhow long ago\b|\bwhat (?:is|was) the date\b",
    re.IGNORECASE,
)
_CLAUSE_WHEN = re.compile(
    r"^\W*(?:who|what|where|why|how|which)\b(?!.{0,6}\b(?:day|date|year|month|week)\b)", re.IGNORECASE
)
# KABUL, Aug 9 (Agency) —
_DATELINE_BEFORE = re.compile(r"[A-ZÀ-Þ]{3,}[A-ZÀ-Þ .,'’/()-]*(?:\([^()]{1,30}\)\s*)?[,.]?\s*$")
_DATELINE_AFTER = re.compile(r"[.,]?\s*(?:\([^()]{1,30}\)\s*)?(?:[—–-]|:)\s")
_SAID = re.compile(
    r"\b(?:said|says|told|according to|wrote|tweeted)\b(?:\s+[\w'’]+){0,4}?\s+(?:(?:late|early)\s+)?(?:on\s+)?$",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"[,;:()—]\s|[.!?]\s|\s(?:and|but|while|after|before|when|which|who|that|as|than|because|if|until)\s"
)
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"")


def said_on(article: Article) -> date | None:
    """The day against which an article's "Sunday" and "yesterday" are read: its publication date, or that of its
    dateline where it is at most ``DATELINE_DAYS`` older. None where the publication date is unknown."""
    return _said_on(article.published_at, article.text[:DATELINE_CHARS])


@lru_cache(maxsize=512)
def _said_on(published_at: str | None, opening: str) -> date | None:
    published = parse_day(published_at)
    if published is None:
        return None
    for mention in find_dates(opening):
        written = resolve(mention, published) if mention.kind == "day" and _is_dateline(opening, mention) else None
        if written and timedelta(0) <= published - written.start <= timedelta(days=DATELINE_DAYS):
            return written.start
    return published


def event_of(claim: str, quote: Quote) -> tuple[str, str] | None:
    """(days, words): when what a quote tells took place, and the words that say so; None where that can't be told.

    The days are those of the date that ``claim``, the shown sentence, shares with the quote; where it gives none, of
    the only one in the quote, if the claim's words stand in the clause around it. A dateline, or the day on which
    somebody said it, is no event's date.
    """
    anchor = said_on(quote.article)
    theirs = [m for m in find_dates(quote.text) if not _is_dateline(quote.text, m)]
    ours = find_dates(claim)
    shared = [m for o in ours for m in theirs if dates_agree(o, [m], anchor) or dates_agree(m, [o], anchor)]
    near = [m for m in theirs if _in_clause(m, quote.text, claim)]
    told = [m for m in (shared or ([] if ours else near)) if not _SAID.search(quote.text[: m.start])]
    known = [(interval, m) for m in told if (interval := resolve(m, anchor)) and not _open(m)]
    if not known or (not shared and len({interval for interval, _ in known}) > 1):
        return None
    return iso(known[0][0]), known[0][1].text


def _in_clause(mention: DateMention, text: str, claim: str) -> bool:
    """Whether the clause around a date holds at least ``CLAUSE_SHARE`` of the claim's content words."""
    start = max((m.end() for m in _CLAUSE.finditer(text, 0, mention.start)), default=0)
    end = next((m.start() for m in _CLAUSE.finditer(text, mention.end)), len(text))
    said = set(content_stems(claim))
    return bool(said) and len(said & set(content_stems(text[start:end]))) >= CLAUSE_SHARE * len(said)


def iso(interval: Interval) -> str:
    """``2021-08-08``, or ``2021-05-01/2021-05-31`` for more than a day (ISO 8601)."""
    start, end = interval.start.isoformat(), interval.end.isoformat()
    return start if start == end else f"{start}/{end}"


def asks_when(question: str) -> bool:
    """Whether a question asks for a date: "When did ...", "Since when", "What day"; not "What happened when ..."."""
    aside = asks_yes_no(question) or _CLAUSE_WHEN.match(question)
    return bool(_ASKS_WHEN.search(question)) and not aside


def with_days(checks: Sequence[Check], question: str) -> tuple[Check, ...]:
    """The checked sentences of an answer to "when", with the day that "Sunday" stood for in brackets.

    Only for weekdays and words such as "yesterday": wider spans are told beside the citation. The day on which somebody
    said it goes without, where there is another.
    """
    if not asks_when(question):
        return tuple(checks)
    return tuple(replace(c, text=_with_days(c.text, c.quotes)) for c in checks)


def _with_days(text: str, quotes: Sequence[Quote]) -> str:
    shown, done = text, {i for m in find_dates(text) if m.year and (i := resolve(m, None))}
    spoken = [m.span() for m in _QUOTED.finditer(text)]
    added = []
    dated = any(_is_day_word(m) and not _SAID.search(text[: m.start]) for m in find_dates(text))
    for mention in find_dates(text):
        day = _meant(mention, quotes) if _is_day_word(mention) else None
        inside = any(start <= mention.start < end for start, end in spoken)
        if day is None or day in done or inside or (dated and _SAID.search(text[: mention.start])):
            continue
        done.add(day)
        inferred = any(q.article.published_at_source == "inferred" for q in quotes)
        added.append((mention.start + len(mention.text), f" ({'probably ' if inferred else ''}{spell(day)})"))
    for place, bracket in reversed(added):
        shown = f"{shown[:place]}{bracket}{shown[place:]}"
    return shown


def _is_day_word(mention: DateMention) -> bool:
    """Whether a mention is a weekday or a word like "yesterday", that only the article's date makes a day."""
    numbered = mention.offset is not None and mention.text.lower().endswith("ago")
    return not numbered and (mention.kind == "weekday" or (mention.offset is not None and mention.offset[1] == "day"))


def _meant(mention: DateMention, quotes: Sequence[Quote]) -> Interval | None:
    """The one day that a shown date stood for wherever the quotes say it."""
    found: set[Interval | None] = set()
    for quote in quotes:
        anchor = said_on(quote.article)
        found |= {resolve(m, anchor) for m in find_dates(quote.text) if dates_agree(mention, [m], anchor)}
    day = found.pop() if len(found) == 1 else None
    return day if day is not None and day.start == day.end else None


def _open(mention: DateMention) -> bool:
    """Whether the words leave the days open, so that naming them would say more than the article does."""
    return mention.vague or (mention.offset is not None and mention.offset[1] in ("week", "month", "year"))


def spell(interval: Interval) -> str:
    """An interval in words: "8 August 2021", "6 to 8 August 2021", "May 2021", "2020"."""
    start, end = interval
    if start == end:
        return f"{start.day} {start:%B} {start.year}"
    if start.day == 1 and (end + timedelta(days=1)).day == 1:
        if (start.month, end.month) == (1, 12) and start.year == end.year:
            return str(start.year)
        if (start.year, start.month) == (end.year, end.month):
            return f"{start:%B} {start.year}"
    last = f"{end.day} {end:%B} {end.year}"
    if start.year != end.year:
        return f"{start.day} {start:%B} {start.year} to {last}"
    return f"{start.day}{'' if start.month == end.month else f' {start:%B}'} to {last}"


def _is_dateline(text: str, mention: DateMention) -> bool:
    """Whether a date stands in the line that opens a report: "KABUL, Aug 9 —"."""
    return bool(
        mention.end <= DATELINE_CHARS
        and _DATELINE_BEFORE.match(text[: mention.start])
        and _DATELINE_AFTER.match(text, mention.end)
    )
