"""What a number in a source sentence is about: whom or what it counts, what befell them, where, and since when."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from rag.disagreement.uncounted import is_age
from rag.text.names import Name, find_names, share_name
from rag.text.quantities import Quantity
from rag.text.reading import Reading, read, root
from rag.text.senses import alike, event
from rag.text.times import Interval, find_dates, parse_day, resolve
from rag.text.units import TIME_UNITS
from rag.text.words import word_set
from rag.types import SourceSentence

NEAR_CHARS = 60  # before a "who" clause, in which the one it tells of is named
LONG = 10_000.0  # days of a stretch that began at an unknown time
FATES = {
    "killed": word_set(
        "killed kill kills killing dead died die deaths death fatalities fatality toll perished drowned"
    ),
    "injured": word_set("injured injuries injury wounded hurt hospitalised hospitalized"),
    "missing": word_set("missing unaccounted disappeared vanished"),
    "arrested": word_set("arrested arrests arrest detained detentions jailed"),
    "displaced": word_set("displaced evacuated homeless fled flee evacuees refugees"),
    "rescued": word_set("rescued rescue saved freed"),
}
PEOPLE = word_set(
    """people person persons men women children lives civilians victims bodies passengers residents soldiers police
    policemen workers miners pupils students villagers migrants firefighters crew sailors others deaths fatalities
    casualties"""
)
# Nouns for people that single nobody out: "six people", "six dead" and "six lives" count the same.
ANYBODY = word_set("""people person persons lives victims bodies others deaths fatalities casualties""")
PEOPLE_ROOTS = frozenset(root(w) for group in (*FATES.values(), PEOPLE) for w in group)
_SOME_OF_THEM = re.compile(
    r"\b(?:most|many|some|half|few|several|all|one|two|three|four|five|six|seven|eight|nine|ten|\d+) of (?:them|"
    r"whom|these|"
    r"those)\b[^.;]*",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(r"\b(?:in|during) (?:it|that one)\b|\b(?:back then|at that time)\b", re.IGNORECASE)
_WHEN = re.compile(r",?\s*(?:when|in wh|as)\w*\W*\w*")
_WHO_WERE = re.compile(
    r"\s+(?:\w+\s+)?\w+\s+(?:who|that|which)\s+(?:were|was|are|had been|have been)\s+(?:\w+ly\s+)?(?P<fate>\w+)", re.I
)
_WHO = re.compile(r"(?:who|whose|which)\b", re.IGNORECASE)
_NONE = re.compile(
    r"\b(?:no|nobody|none|no one|no-one)\b(?:\s+(?:one|people|person|passengers|residents|workers|of them|else|"
    r"were|was|has|"
    r"have|had|been|reported|reports? of|serious|other|immediate|any|is|are)){0,5}\s+"
    r"(?P<fate>casualt(?:y|ies)|injur(?:y|ies|ed)|hurt|killed|deaths?|died|wounded|fatalities|missing|arrested|"
    r"arrests?)\b",
    re.IGNORECASE,
)
_PARTLY = re.compile(r"\s*of (?:the|them|those|these|its|their|whom)\b", re.IGNORECASE)
_STRETCH_BEFORE = re.compile(
    r"\b(?:in|over|within|during|for|after)\s+(?:(?:less than|more than|about|just|only|at least|nearly)\s+)?"
    r"(?:the\s+)?(?:(?:last|past|previous|first|next)\s+)?(?:space of\s+)?$",
    re.IGNORECASE,
)
_LOOSE_STRETCH = re.compile(
    r"\b(?:in|over|within|during)\s+(?:(?:less than|more than|about|just|only|nearly|under)\s+)?"
    r"(?:a|an|the (?:last|past))\s+(hour|day|week|month|year|decade)\b",
    re.IGNORECASE,
)
_STOCK = re.compile(
    r"\b(?:there (?:are|were|is|was)|has|have|had|with|comprises?|consists? of|divided into|employs|runs|owns|"
    r"operates)"
    r"(?:\s+(?:currently|now|only|still))?\s*$",
    re.IGNORECASE,
)
_WEEKS_OF = re.compile(r"\bafter\s+(?:[\w-]+\s+){0,2}$", re.IGNORECASE)
_OF = re.compile(r"\s+\w+\s+of\b")
_ASKED_SPAN = re.compile(r"\b(?:in|over|within|during|last|past|those|these)\s+(?:\w+\s+)?$", re.IGNORECASE)
_ASKED_ONE = re.compile(
    r"\b(?:in|over|within|during)\s+(?:a|an|one)\s+(?:single\s+)?(day|week|month|year)\b", re.IGNORECASE
)
_PLACED = re.compile(
    r"\b(?:in|near|at|around|outside|across|off|inside|throughout)\s+(?:the\s+)?(?:\w+\s+)?$", re.IGNORECASE
)
_REPORTS = re.compile(
    r"\W*(?:\w+\s+){0,2}(?:said|says|told|reports?|reported|announced|put|counted|confirmed|estimated|admitted|"
    r"claimed)\b"
)
_INSTITUTION = re.compile(
    r"(?i)\b(?:hospital|clinic|ministry|department|agency|service|board|office|authority|police|news|times|post|"
    r"council|"
    r"university|institute|centre|center|commission|union|court|cross|crescent|reuters|press)\b"
)
_RECORD = re.compile(r"\b(?:\w{3,}est|first|worst|most \w+|record)\b", re.IGNORECASE)  # "the worst flood in a decade"
_SINCE_WHAT = re.compile(r"\bsince\s+(?P<what>[^?.,;]+)", re.IGNORECASE)
_OPENS_WHEN = re.compile(r"\W*(?:On|In|At)\s[^,]{3,40},\s+(?:when|as|where|the day)\s+(?P<what>[^,]+),")
# "Since then", "since the hunt began": counted from a day that the sentence does not give.
_SINCE_THEN = re.compile(
    r"\b[Ss]ince (?:then\b|(?:the |its |their |his |her |a )?(?:start|beginning|end|outbreak|fall|launch|opening|"
    r"onset)\b|(?:the |its |their |his |her |a )?(?:[\w'’-]+ ){1,5}?(?:began|begun|started|broke out|took|came|ended|"
    r"opened|fell)\b)"
)
_UNIT_DAYS = {"hour": 1 / 24, "day": 1.0, "week": 7.0, "month": 30.0, "year": 365.0, "decade": 3650.0, "minute": 0.0}


@dataclass(frozen=True, slots=True)
class Mention:
    """One number in a source sentence with all that decides what it is about."""

    source: SourceSentence
    quantity: Quantity
    relevance: float
    subject: str  # the unit's stem, or "people" for people and uncounted fates
    fate: str | None
    words: frozenset[str]
    focus: tuple[Name, ...]  # the places and subjects that its clause names
    stock: bool  # what there is ("there are 400 schools", "has 40 ships"), not what happened
    days: float | None  # length of the stretch of time it is said of
    stretch: Interval | None
    published: date | None


def only_partly(text: str, names: tuple[Name, ...]) -> bool:
    """Whether a text names these only for a part of what it counts: "85 were killed, most of them in Askel"."""
    part = _SOME_OF_THEM.search(text)
    if not part or not names:
        return False
    own = find_names(text)
    rest = [n for n in own if not part.start() <= n.start < part.end()]
    return share_name(own, names) and not share_name(rest, names)


def mentions(source: SourceSentence, score: float) -> list[Mention]:
    reading = read(source.text)
    anchor = parse_day(source.article.published_at)
    found = []
    for quantity in reading.numbers:
        if quantity.kind not in ("number", "money", "percent") or len(quantity.values) != 1:
            continue
        clause = clause_of(reading, quantity)
        fate = fate_of(reading, quantity, clause)
        unit = (quantity.unit or "").lower()
        of_people = not unit or unit in PEOPLE or any(unit in words for words in FATES.values())
        subject = "people" if fate and of_people else root(unit) if unit else None
        if subject is None and quantity.kind == "percent":
            subject = "share"
        spell = quantity.unit in TIME_UNITS and _STRETCH_BEFORE.search(source.text[: quantity.phrase_start])
        partly = fate and _PARTLY.match(source.text, quantity.end)  # "three of the dead": some, not how many
        if is_age(source.text, quantity):
            continue
        if subject is None or spell or partly or (fate and _ELSEWHERE.search(source.text[quantity.end :])):
            continue
        stock = fate is None and bool(_STOCK.search(source.text[: quantity.phrase_start]))
        days, stretch = _stretch(reading, quantity, clause, anchor)
        names = focus_of(reading, clause)
        words = frozenset(reading.roots) - set(quantity.unit_stems) - {subject} - PEOPLE_ROOTS
        about = f"{subject}/{quantity.kind}"
        found.append(Mention(source, quantity, score, about, fate, words, names, stock, days, stretch, anchor))
    return found or _nobody(source, reading, score, anchor)


def _nobody(source: SourceSentence, reading: Reading, score: float, anchor: date | None) -> list[Mention]:
    """The count of none: "no one was hurt", "there were no casualties"."""
    found = []
    for match in _NONE.finditer(source.text):
        fate = next((f for f, words in FATES.items() if match["fate"].lower() in words), None)
        fates = (fate,) if fate else ("killed", "injured")  # no casualties: neither
        for each in fates:
            end = match.end()
            none = Quantity(
                match.start(), end, match.start(), match[0], match[0], (0.0,), "number", None, -1, (), "exact"
            )
            clause = clause_of(reading, none)
            words = frozenset(reading.roots) - PEOPLE_ROOTS
            days, stretch = _stretch(reading, none, clause, anchor)
            focus = focus_of(reading, clause)
            found.append(
                Mention(source, none, score, "people/number", each, words, focus, False, days, stretch, anchor)
            )
    return found


def clause_of(reading: Reading, quantity: Quantity) -> tuple[int, int]:
    at = next((i for i, t in enumerate(reading.terms) if t.start >= quantity.start), None)
    if at is None:
        return (0, len(reading.text))
    clause = [t for t in reading.terms if t.clause == reading.terms[at].clause]
    return (clause[0].start, clause[-1].end)


def focus_of(reading: Reading, clause: tuple[int, int]) -> tuple[Name, ...]:
    """The names of a clause that tell what a number is about: where ("in Brix"), who ("Brix lost"), not who says so."""
    found = []
    for name in reading.names:
        counted = any(q.start < name.end and name.start < q.end for q in reading.numbers)  # "Thirty-one ships"
        if counted or not clause[0] <= name.start < clause[1]:
            continue
        said = _REPORTS.match(reading.text, name.end) or _INSTITUTION.search(name.text)
        opens = not reading.text[clause[0] : name.start].lower().replace("the ", "").strip(" \"“'")
        if _PLACED.search(reading.text[: name.start]) or (opens and not said):
            found.append(name)
    for name in reading.names:  # "Rusk of Millhaven, who scored 14 goals"
        if (
            _WHO.match(reading.text, clause[0])
            and clause[0] - NEAR_CHARS <= name.start < clause[0]
            and name not in found
        ):
            found.append(name)
    return tuple(found)


def fate_of(reading: Reading, quantity: Quantity, clause: tuple[int, int]) -> str | None:
    """What befell the counted, from the nearest such word of the clause; one that follows the number goes first."""
    unit = (quantity.unit or "").lower()
    best: tuple[int, str] | None = None
    for term in reading.terms:
        if not clause[0] <= term.start < clause[1]:
            continue
        for fate, words in FATES.items():
            if term.low in words:
                if term.low == unit:
                    return fate
                gap = term.start - quantity.end if term.start >= quantity.end else 20 + quantity.start - term.end
                if best is None or gap < best[0]:
                    best = (gap, fate)
    if best is None:  # "19 passengers who were injured"
        who = _WHO_WERE.match(reading.text, quantity.end)
        return next((f for f, words in FATES.items() if who and who["fate"].lower() in words), None)
    return best[1]


def _stretch(
    reading: Reading, quantity: Quantity, clause: tuple[int, int], anchor: date | None
) -> tuple[float | None, Interval | None]:
    """(days, interval) of the stretch of time that a number is said of; the interval is None without a date to count
    from. "In the past 24 hours", "in less than a month", "since 3 May", "on Sunday", "over the weekend"."""
    text = reading.text
    for span in reading.numbers:
        if span.unit in _UNIT_DAYS and span is not quantity and _STRETCH_BEFORE.search(text[: span.phrase_start]):
            if _WEEKS_OF.search(text[: span.phrase_start]) and _OF.match(text, span.end):
                continue  # "after four weeks of talks": how long those lasted, not what the count is of
            days = max(1.0, span.values[-1] * _UNIT_DAYS[span.unit])
            return days, _back(anchor, days)
    loose = _LOOSE_STRETCH.search(text)
    if loose and not _RECORD.search(text[: loose.start()]):
        days = max(1.0, _UNIT_DAYS[loose[1].lower()])
        return days, _back(anchor, days)
    if _SINCE_THEN.search(text):
        return LONG, None
    opening = re.match(
        r"[\"“]?(?:\w+[ ]){1,2}", text
    )  # "On 3 May, when ..., crews closed": said of the main clause too
    for mention in sorted(find_dates(text), key=lambda d: not clause[0] <= d.start < clause[1]):
        interval = resolve(mention, anchor)
        before = text[max(0, mention.start - 16) : mention.start].lower()
        if re.search(r"\b(?:since|from)\s+(?:the\s+)?(?:\w+\s+)?$", before):
            if interval and anchor and interval.start <= anchor:
                return float((anchor - interval.start).days + 1), Interval(interval.start, anchor)
            return LONG, None
        here = clause[0] <= mention.start < clause[1] or (opening and mention.start <= opening.end())
        here = here or bool(_WHEN.fullmatch(text[mention.end : clause[0] + 5].lower()[: clause[0] - mention.end + 5]))
        if here and interval:
            return float((interval.end - interval.start).days + 1), interval
    return None, None


def since_asked(asked: Reading, mention: Mention) -> Mention:
    """The count as one since a day, where its sentence dates it to the event since which the question asks: "On 3 May,
    when the works began, ..." for "since the works began"."""
    since = _SINCE_WHAT.search(asked.text)
    opens = _OPENS_WHEN.match(mention.source.text)
    if not since or not opens or mention.stretch is None or mention.published is None:
        return mention
    event_words = {event(r) for r in read(since["what"]).roots}
    told = {event(r) for r in read(opens["what"]).roots}
    shared = sum(bool(alike(w) & told) for w in event_words)
    if not event_words or 2 * shared < len(event_words) or mention.stretch.start > mention.published:
        return mention
    days = (mention.published - mention.stretch.start).days + 1
    return replace(mention, days=float(days), stretch=Interval(mention.stretch.start, mention.published))


def _back(anchor: date | None, days: float) -> Interval | None:
    if anchor is None:
        return None
    try:
        return Interval(anchor - timedelta(days=days), anchor)
    except OverflowError:  # "in the past 4,000 years"
        return None


def asked_days(asked: Reading) -> float | None:
    """Days of the stretch of time that a question asks about; ``LONG`` for "since ...", None where it names none."""
    for span in asked.numbers:
        if span.unit in _UNIT_DAYS and _ASKED_SPAN.search(asked.text[: span.phrase_start]):
            return max(1.0, span.values[-1] * _UNIT_DAYS[span.unit])
    loose = _ASKED_ONE.search(asked.text)
    if loose:
        return _UNIT_DAYS[loose[1].lower()]
    return LONG if re.search(r"\bsince\b", asked.text, re.IGNORECASE) else None
