"""Counts in source sentences that speak of the same matter, and those that can't both stand.

Two numbers are set against each other only if all of this holds; where in doubt they are left alone:

- both stand in sentences relevant to the question, which asks for a number of that unit or mentions the unit;
- they come from articles with different content, neither a copy of the other;
- they count the same noun or, of people, the same fate (killed, injured, arrested, missing, displaced, rescued);
- neither speaks of a fate, a named place or person that the other's clause contradicts; where the question names one,
  a sentence about another is out;
- one sentence sets the other's number against its own ("194, not the 187 first given"), or
  their sentences share content words beyond the unit, or their articles open on one story and the sentences share a
  word of the question or tell the same fate;
- they are said of the same stretch of time: "in the past 24 hours" is not "since May" (stretches must overlap and
  differ in length at most by a factor of 2.5; one left unsaid is taken to be the article's present), and the question
  asks about no other stretch;
- both tell what there is ("has 40 ships") or both what happened;
- and the values can't both stand: "at least 17" and 17, "a dozen" and 12, "more than 50" and 53 agree.
"""

from __future__ import annotations

import re
from datetime import timedelta

from rag.disagreement.asked import asked_of, asking
from rag.disagreement.matter import SAME_NEWS_DAYS, same_story, topic
from rag.disagreement.mentions import (
    ANYBODY,
    FATES,
    LONG,
    PEOPLE,
    Mention,
    asked_days,
    only_partly,
)
from rag.disagreement.uncounted import is_another_share, is_anothers, margin_fits
from rag.text.names import share_name
from rag.text.quantities import equal_value, same
from rag.text.reading import Reading, read, root
from rag.text.words import asks_yes_no

MIN_SHARED = 2  # content words that two sentences share beyond the unit
MIN_OVERLAP = 0.25  # of the shorter clause's content words that the other sentence shares
MAX_STRETCH_RATIO = 2.5
MIN_COVER = 0.5  # of the question's words in a sentence with money or a share
LEAST_SINCE = 14.0  # days: "in the past week" is no count since something began
EVENT_DAYS = 45  # between two reports of what befell people; later ones tell of another event
STOCK_DAYS = 400  # between two reports of anything else

_ASKS_COUNT = re.compile(
    r"\b(?:how many|(?:what|which) (?:is |was |were |are )?(?:the )?(?:\w+ )?(?:number|toll|count|total)|"
    r"number of|toll|how often|"
    r"count of)\b", re.IGNORECASE
)  # fmt: skip
_ASKS_MONEY = re.compile(
    r"\bhow much\b|\b(?:what|which) (?:is |was |were |are )?(?:the )?(?:\w+ )?(?:fee|price|sum|amount|cost|"
    r"value|budget|fine|"
    r"salary|wage|loss|damage|reward|ransom)\b", re.IGNORECASE
)  # fmt: skip
_ASKS_STOCK = re.compile(
    r"\bhow many\s+(?:\w+\s+){1,3}?"
    r"(?:(?:do|does|did)\s+(?:[\w'’-]+\s+){1,4}(?:have|own|employ|run|operate)\b(?!\s+to)|(?:are|were) there\b)",
    re.IGNORECASE,
)
_ASKS_SHARE = re.compile(
    r"\b(?:(?:what|which) (?:is |was |were |are )?(?:the )?(?:\w+ )?(?:percent|per cent|percentage|share|"
    r"proportion|rate|turnout)|"
    r"how (?:much|high|many percent|many per cent))\b", re.IGNORECASE
)  # fmt: skip
_HOW_MANY = re.compile(
    r"\bhow many\s+(?:of the\s+)?((?:\w+\s+)??\w+)\s+(?:\w+ly\s+)?(?:were|was|are|is|have|"
    r"has|had|did|do|died|fell|lost|got|in|of)\b",
    re.I,
)
_CONTRAST_BEFORE = re.compile(
    r"\b(?:not|instead of|rather than|up from|down from|from|compared (?:with|to)|revised|earlier|"
    r"previous(?:ly)?|first|initial(?:ly)?|"
    r"correct\w*|against|than)\b[^.;]{0,25}$", re.I,
)  # fmt: skip
_CONTRAST_AFTER = re.compile(
    r"[^.;]{0,20}\b(?:first|initially|earlier|previously|originally|given|reported|"
    r"announced)\b",
    re.I,
)
_STAGE = re.compile(
    r"\b(?:provisional|preliminary|initial|final|partial|recount|revised|definitive|first|second|third) ?"
    r"(?:result|count|round|figure|toll|estimate)?s?\b",
    re.IGNORECASE,
)
_OF_THE = re.compile(r"\b(?:half|third|quarter|most|some|all|none|\d+|\w+) of (?:the|its|their)\s*$", re.I)
_RUNNING = re.compile(
    r"\b(?:so far|now|toll|number of|ros|rose|risen|rises|climbed|climbs|reached|updated|revised|latest|"
    r"increased|jumped|"
    r"total|in all|altogether|up from|no longer|since then|by now|to date|overall)\b", re.I
)  # fmt: skip
_ASKS_NOW = re.compile(
    r"\b(?:now|currently|at present|at the moment|so far|to date|(?:at )?(?:the )?(?:last|latest) count|still)\b",
    re.IGNORECASE,
)
_LOST_LIVES = re.compile(
    r"\b(?:los[et]|losing|claimed?) (?:\w+ )?(?:life|lives)\b|\b(?:soldiers|troops|fighters|rebels|policemen|"
    r"officers) (?:fell|fallen)\b",
    re.IGNORECASE,
)
_PAST = re.compile(r"\b(?:past|last|previous)\b", re.IGNORECASE)
_CASUALTIES = re.compile(r"\b(?:casualties|victims)\b", re.IGNORECASE)
_ASKS_ANYBODY = re.compile(
    r"\b(?:anyone|anybody|any (?:people|casualties|injuries|deaths|arrests)|people)\b", re.IGNORECASE
)


def asks(question: str) -> bool:
    """Whether a question may be about a count, a sum or a share at all."""
    question = asking(question)
    wanted = (_ASKS_COUNT, _ASKS_MONEY, _ASKS_SHARE, _ASKS_ANYBODY, _CASUALTIES)
    return any(pattern.search(question) for pattern in wanted) or asks_yes_no(question)


def asks_stock(question: str) -> bool:
    """Whether a question asks how many there are, not how many did something: "How many ships does it have?"."""
    return bool(_ASKS_STOCK.search(question))


def asks_now(question: str) -> bool:
    """Whether a question asks how many there are at the last: "still", "now", "so far"."""
    return bool(_ASKS_NOW.search(asking(question)))


def asked_for(question: str, asked: Reading, mention: Mention) -> bool:
    """Whether the question is about such a number."""
    question = asking(question)
    subject = mention.subject.split("/")[0]
    reading, number = read(mention.source.text), mention.quantity
    if not of_asked_stretch(asked, mention) or not margin_fits(question, reading.text, number):
        return False
    if is_anothers(asked, reading, number) or is_another_share(asked, reading, number):
        return False
    stages = _stages(question)
    if stages and not stages & _stages(mention.source.text) and _stages(mention.source.text):
        return False  # "the provisional result", "a partial recount"
    if only_partly(mention.source.text, asked.names):
        return False
    if _other_year(asked, mention) or (_ASKS_STOCK.search(question) and not mention.stock):
        return False
    yes_no = asks_yes_no(question)
    counted = _counted(question)
    if mention.quantity.kind == "money":
        return bool(_ASKS_MONEY.search(question)) and _covers(asked, mention)
    if mention.quantity.kind == "percent":
        return bool(_ASKS_SHARE.search(question)) and not counted and _covers(asked, mention)
    wants = bool(_ASKS_COUNT.search(question)) or (yes_no and bool(asked.numbers or _ASKS_ANYBODY.search(question)))
    fates = {fate for fate, words in FATES.items() if any(t.low in words for t in asked.terms)}
    if not fates and _LOST_LIVES.search(question):
        fates = {"killed"}
    if not fates and _CASUALTIES.search(question):
        fates = {"killed", "injured"}
    if counted and subject == "people" and _other_people(counted, mention):
        return False
    if fates or subject == "people":
        groups = {t.low for t in asked.terms if t.low in PEOPLE - ANYBODY}
        whom = not groups or (mention.quantity.unit or "").lower() in groups
        if wants and whom and subject == "people" and mention.fate in fates:
            return True
        if subject == "people" or not counted:
            return False
    nouns = {root(w) for w in counted.split()} if counted else set(asked.roots)
    return wants and subject in nouns


def _counted(question: str) -> str:
    """What "how many" counts; "" where the question is worded otherwise."""
    counted = _HOW_MANY.search(question)
    return counted[1] if counted else asked_of(question).noun


def of_asked_stretch(asked: Reading, mention: Mention) -> bool:
    """Whether a count is not said of another stretch of time than the question's: "since May" is not "in the past
    week", whatever began in May."""
    days = asked_days(asked)
    if not days or not mention.days:
        return True
    if days == LONG:
        rolling = mention.days < LEAST_SINCE and _PAST.search(mention.source.text)
        return mention.days > SAME_NEWS_DAYS and not rolling
    return max(days, mention.days) <= MAX_STRETCH_RATIO * min(days, mention.days)


def _stages(text: str) -> set[str]:
    return {m[0].lower()[:6] for m in _STAGE.finditer(text)}


def _covers(asked: Reading, mention: Mention) -> bool:
    """Whether a sentence holds half of what the question is about: money and shares are told of too many things."""
    matter = topic(asked) | {root(w) for n in asked.names for w in n.text.split()}
    matter -= {root(w) for w in ("much", "cost", "share", "percent", "percentage", "proportion", "rate", "price")}
    told = set(read(mention.source.text).roots)
    return len(matter & told) >= max(min(2, len(matter)), MIN_COVER * len(matter))


def _other_year(asked: Reading, mention: Mention) -> bool:
    """Whether the question names a year that neither the sentence nor its article's date is of."""
    years = {d.year for d in asked.dates if d.year}
    if not years:
        return False
    told = {d.year for d in read(mention.source.text).dates if d.year}
    if told:
        return not years & told
    return mention.published is not None and mention.published.year not in years


def _other_people(noun: str, mention: Mention) -> bool:
    """Whether a question asks how many of some people ("rebels"), and others ("soldiers") are counted."""
    unit = (mention.quantity.unit or "").lower()
    asked = noun.split()[-1].lower()
    generic = ANYBODY | {w for words in FATES.values() for w in words} | {""}
    return (
        asked not in generic
        and unit not in generic
        and root(unit) != root(asked)
        and not (asked not in PEOPLE and unit not in PEOPLE)
    )


def same_matter(a: Mention, b: Mention, asked: Reading) -> bool:
    one, two = a.source.article, b.source.article
    if one.content_hash == two.content_hash or one.id in b.source.also_in or two.id in a.source.also_in:
        return False
    cited = _cites(a, b) or _cites(b, a)
    if a.subject != b.subject or a.fate != b.fate or not (cited or same_stretch(a, b)):
        return False
    if _day_gap(a, b) > (EVENT_DAYS if a.fate else STOCK_DAYS):
        return False
    for mine in (a, b):
        if asked.names and mine.focus and not share_name(mine.focus, asked.names):
            named = share_name(read(mine.source.text).names, asked.names)
            if not named:
                return False
    if a.focus and b.focus and not share_name(a.focus, b.focus):
        return False
    if (
        a.fate
        and len({m.quantity.unit_stem for m in (a, b) if (m.quantity.unit or "").lower() in PEOPLE - ANYBODY}) > 1
    ):
        return False  # six workers, four firefighters
    if cited:
        return True
    if a.stock != b.stock:
        return False
    shared = a.words & b.words
    if a.subject.startswith("person/") and not shared & topic(asked):
        return False  # people who fell ill, people who were vaccinated
    if len(shared) >= MIN_SHARED and len(shared) >= MIN_OVERLAP * min(len(a.words), len(b.words)):
        return True
    moves = _told_on(a) or _told_on(b) or bool(_ASKS_NOW.search(asked.text))
    if not same_story(one, two) or (_day_gap(a, b) > SAME_NEWS_DAYS and not moves):
        return False
    return bool(a.fate or shared & set(asked.roots))


def _told_on(mention: Mention) -> bool:
    """Whether a count is told as one that goes on: "so far", "the toll", "rose to"."""
    return bool(_RUNNING.search(mention.source.text))


def _cites(a: Mention, b: Mention) -> bool:
    """Whether a sentence sets the other's number against its own: "194, not the 187 first given"."""
    text = a.source.text
    others = [
        q
        for q in read(text).numbers
        if q is not a.quantity
        and q.kind == b.quantity.kind
        and (_CONTRAST_AFTER.match(text, q.end) or _CONTRAST_BEFORE.search(text[: q.start]))
        and not _OF_THE.search(text[: q.start])
    ]
    return any(equal_value(q, b.quantity) and (q.unit is None or q.unit == b.quantity.unit) for q in others) and (
        not same(a.quantity, b.quantity)
    )


def same_stretch(a: Mention, b: Mention) -> bool:
    """Whether two numbers are said of stretches of time that overlap and are about as long."""
    if a.days and b.days and max(a.days, b.days) > MAX_STRETCH_RATIO * min(a.days, b.days):
        return max(a.days, b.days) == LONG and min(a.days, b.days) >= LEAST_SINCE
    if (a.days is None) != (b.days is None):
        # one is said of a stretch, the other of the present: only a short stretch is the same news
        if (a.days or b.days or 0) > SAME_NEWS_DAYS:
            return False
        return _day_gap(a, b) <= SAME_NEWS_DAYS
    if a.stretch and b.stretch:
        slack = timedelta(days=1)
        return a.stretch.start <= b.stretch.end + slack and b.stretch.start <= a.stretch.end + slack
    if a.days and b.days:
        return _day_gap(a, b) <= SAME_NEWS_DAYS
    return True


def _day_gap(a: Mention, b: Mention) -> int:
    return abs((a.published - b.published).days) if a.published and b.published else 0
