"""Tells questions that want many articles ("What happened in Kunduz?", "List the capitals taken") from narrow ones.

Only plain wordings count: a narrow question answered broadly is a worse loss than a broad one answered narrowly.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from rag.reading import root
from rag.times import Interval, find_dates, resolve
from rag.words import STOP_WORDS, content_stems, word_set, words

Kind = Literal["overview", "period", "said", "list"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a broad question wants. ``topic``: the question's words for what it is about, "" for all there is.

    ``days``: those it limits itself to. For a list ``item`` is the noun asked for ("towns"), ``topic`` the whole
    question, and ``wanted`` the roots of what is said of the items ("flood").
    """

    kind: Kind
    topic: str
    days: Interval | None = None
    item: str = ""
    wanted: frozenset[str] = frozenset()


_POLITE = re.compile(
    r"^(?:(?:please|kindly|hi|hello|so|ok(?:ay)?|and|now)\b[\s,]*|(?:can|could|would|will) you (?:please )?(?:to )?|"
    r"i(?:['’]d| would) like (?:you to|to (?:have|get|see))?\s*|i (?:want|need)\s+(?:you to\s+)?|let me have\s+)+",
    re.IGNORECASE,
)
_SUMMARY = re.compile(
    r"^(?:summari[sz]e|sum up|recap|outline|brief (?:me|us) (?:on|about)|catch (?:me|us) up on|"
    r"(?:(?:give|show|write|make|provide|get|prepare)\s+(?:me\s+|us\s+)?)?(?:an?|the)\s+"
    r"(?:(?:brief|short|quick|concise|general|full|complete)\s+)?"
    r"(?:summary|overview|recap|rundown|round-?up|digest|outline|chronology)\s+(?:of|on|about|for))\s+",
    re.IGNORECASE,
)
_HAPPENED = re.compile(
    r"^what(?:\s+(?:has|have|is|was|were|all)|['’]s)?(?:\s+(?:been|all))?\s+"
    r"(?:happened|happening|happens|going on|gone on|went on|took place|taken place|occurred)\b\s*",
    re.IGNORECASE,
)
_WHERE = re.compile(
    r"^(?:in|at|on|during|with|around|near|outside|inside|across|over|throughout|along|within)\s+", re.IGNORECASE
)
_EVENTS = re.compile(
    r"^(?:what(?:['’]s| (?:are|were|is|was))\s+)?(?:in\s+)?(?:all\s+|the\s+)*"
    r"(?:(?:main|key|major|big|biggest|top|most important|important|"
    r"latest|"
    r"recent|today['’]s|this week['’]s|yesterday['’]s|last week['’]s)\s+)*"
    r"(?:news|headlines|events|developments|stories|happenings)\b\s*(?:(?:of|in|from|on|about|at|for|around|during)\s+)?",
    re.IGNORECASE,
)
_KNOWN = re.compile(
    r"^(?:what (?:do|does|did|can) (?:we|you|i|the (?:\w+ )?(?:articles|reports|papers|newspapers|sources|outlets|"
    r"archive|press|media|coverage|texts|documents))\s+(?:know|say|report|write|tell(?: (?:us|me))?|have)\s+"
    r"(?:about|of|on)|"
    r"what is (?:known|reported|said|written) (?:about|of|on)|"
    r"tell (?:me|us) (?:(?:everything|all|what (?:you|we) know)\s+)?about|everything (?:about|on)|all about)\s+",
    re.IGNORECASE,
)
_UNFOLDED = re.compile(
    r"^how (?:did|has|have|is|was) (?P<topic>(?!you\b|it\b).+?) "
    r"(?:develop(?:ed|ing)?|unfold(?:ed|ing)?|evolved?|evolving|gone so far)$",
    re.IGNORECASE,
)
_SAID = re.compile(
    r"^(?:what (?:has|have) been (?:said|written|reported|published|told)|what was (?:said|written|reported)|"
    r"what (?:do|does|did|have|has) (?:people|everyone|everybody|the (?:different |various )?(?:sides|parties|press|"
    r"media|outlets|papers|newspapers))\s+(?:say|said|think|thought|write|written)|"
    r"what (?:were|are|was|is) the (?:\w+ )?(?:reactions?|responses?|comments?)|who (?:has )?said what)\s+"
    r"(?:about|on|to|over)\s+",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"\b(?:when|after|before|while|because|if|that|which|who|whom|whose|since|until|once|where|why|how|whether|than|"
    r"and what|is|are|was|were|did|does|do|has|have|had|will|would|can|could)\b",
    re.IGNORECASE,
)
_TO_ONE = re.compile(r"^(?:next|then|to|if|when|there|here|it|this|that|he|she|they|him|her|them)\b", re.IGNORECASE)

_LOOSE = re.compile(  # what only the conversation, or nobody, names; or two topics
    r"\b(?:its|his|her|their|this|these|those|it|him|them|a (?:specific|certain|particular)|one of|some)\b"
    r"|\band about\b",
    re.IGNORECASE,
)

# --- periods ---
_PERIOD = re.compile(
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
_NEWS_WORDS = word_set(
    "news headlines events event developments stories story articles archive day all everything things main key"
)
_LEFT = re.compile(
    r"^(?:(?:the|all|an?|any|of|in|on|from|about|for|during|at|over|news|events|stories|articles|archive|main|key|"
    r"everything|latest|developments|headlines|happened|what)\b\s*)+|[\s,]+(?:of|in|on|from|for|during|at|over|the)\s*$",
    re.IGNORECASE,
)

_ALL_NEWS = re.compile(
    r"^(?:what (?:has )?happened|what(?:['’]s| is| was) (?:the |in the )?news|(?:summari[sz]e|sum up|recap)"
    r"(?: (?:all |the )*(?:news|events|articles|archive|everything|period))?|(?:the )?(?:news|headlines))$",
    re.IGNORECASE,
)

# --- lists ---
# Classes of things that go by names of their own. General English; what else is asked for gets the narrow way.
_NAMEABLE = word_set(
    """airline airport area artist athlete author bank base border borough bridge candidate canton capital castle
    church city club college company community councillor country county crossing dam department district driver
    employer factory ferry festival firm forest hospital hotel island jail lake lawmaker leader library locality mall
    market mayor mine minister ministry mosque mountain municipality museum musician nation neighbourhood neighborhood
    newspaper operator outlet palace park party person place plant player politician port prefecture prison producer
    province region republic retailer river road rival school senator settlement ship shop singer stadium state station
    street suburb supermarket team temple territory theatre theater town township union university valley vessel
    village volcano winner zone"""
)
_IRREGULAR = {"people": "person", "men": "man", "women": "woman"}
_LISTING = re.compile(
    r"^(?:(?:list|name|enumerate)|(?:give|show|make|write|get)\s+(?:me\s+|us\s+)?(?:an?|the)\s+(?:full\s+|complete\s+)?list\s+of|"
    r"(?:give|show|tell)\s+(?:me|us)\s+all|what\s+(?:are|were)\s+(?:all\s+)?(?:the\s+)?names\s+of|what\s+(?:are|were)\s+all)\s+"
    r"(?:all\s+|every\s+|each\s+)?(?:of\s+)?(?:the\s+|those\s+)?(?P<rest>.+)$",
    re.IGNORECASE,
)
_WHICH = re.compile(
    r"^(?:(?:in|at|on|from|to|by)\s+)?(?:which|what)\s+(?P<rest>(?!of\b|is\b|are\b|was\b|were\b).+)$", re.IGNORECASE
)
_NOT_ALL = re.compile(
    r"\b(?:first|second|third|last|next|\w+est|most|least|more|fewer|only|both|two|either|than|like|as|closest|apart)\b",
    re.IGNORECASE,
)
_NO_VERB = STOP_WORDS | word_set("list name names give show all every each archive articles article reported far")


def plan(question: str, today: date | None, days: Interval | None = None) -> Plan | None:
    """What a broad question asks for, or None for a narrow one.

    ``today`` is the day that "the week" and "yesterday" are told from: the reader's, or that of the newest article.
    ``days``: those that the reader limited the articles to, for a question that names none ("Summarise the news").
    """
    text = _bare(question)
    if days and _ALL_NEWS.search(text):
        return Plan("period", "", days)
    return _overview(text, today) or _listed(text, today)


def may_be_broad(question: str) -> bool:
    """Whether a question is worded like a broad one; cheap, and right whenever it says no."""
    text = _bare(question)
    return any(
        p.match(text) for p in (_HAPPENED, _SUMMARY, _UNFOLDED, _KNOWN, _SAID, _EVENTS, _LISTING, _WHICH, _ALL_NEWS)
    )


def _bare(question: str) -> str:
    return _POLITE.sub("", " ".join(question.split())).rstrip(" ?.!")


def _overview(text: str, today: date | None) -> Plan | None:
    found = _HAPPENED.match(text)
    if found:
        rest = text[found.end() :]
        days, left = _split(rest, today)
        if not left and days:
            return Plan("period", "", days)
        where = _WHERE.match(left)
        if not where or _CLAUSE.search(left) or _TO_ONE.match(left[where.end() :]):
            return None
        return _about("overview", left[where.end() :], days)
    found = _SUMMARY.match(text)
    if found:
        rest = re.sub(r"^(?:what|everything that|all that) (?:has )?happened\s*", "", text[found.end() :], flags=re.I)
        rest = re.sub(r"^(?:what (?:is|we) know[n]? (?:about|of))\s+", "", rest, flags=re.IGNORECASE)
        return _topical("overview", rest.partition(":")[0], today, asked_plainly=True)
    found = _UNFOLDED.match(text)
    if found:
        return _topical("overview", found["topic"], today)
    found = _KNOWN.match(text)
    if found:
        return _topical("overview", text[found.end() :], today)
    found = _SAID.match(text)
    if found:
        return _topical("said", text[found.end() :], today)
    found = _EVENTS.match(text)
    if found and (text[found.end() :] or re.search(r"today|yesterday|week", found.group(), re.IGNORECASE)):
        return _topical("overview", text, today)
    return None


def _topical(kind: Kind, rest: str, today: date | None, *, asked_plainly: bool = False) -> Plan | None:
    days, left = _split(rest, today)
    left = _EVENTS.sub("", left, count=1)
    left = re.sub(r"^(?:in|at|on|of|from|about|for|during)\s+", "", left, flags=re.IGNORECASE)
    if not left or not [w for w in words(left) if w not in STOP_WORDS and w not in _NEWS_WORDS]:
        return Plan("period", "", days) if days else None
    return _about(kind, left, days, asked_plainly=asked_plainly)


def _about(kind: Kind, topic: str, days: Interval | None, *, asked_plainly: bool = False) -> Plan | None:
    """The plan for a topic; a clause makes it a narrow question, unless a summary is asked for in so many words."""
    topic = re.sub(
        r"^(?:the\s+)?(?:case|story|situation|state of affairs|matter|subject|topic) (?:of|in|with)\s+", "", topic
    )
    topic = topic.strip(" ,")
    if (
        (_CLAUSE.search(topic) and not asked_plainly)
        or _LOOSE.search(topic)
        or _TO_ONE.match(topic)
        or not re.search(r"[^\W\d_]{3}", topic)
        or not content_stems(topic)
        or len(topic.split()) > 12
    ):
        return None
    return Plan(kind, topic, days)


def _split(text: str, today: date | None) -> tuple[Interval | None, str]:
    """The days a phrase limits itself to, and the phrase without them."""
    counted, period = _COUNTED.search(text), _PERIOD.search(text)
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


# --- lists ----------------------------------------------------------------------------------------


def _listed(text: str, today: date | None) -> Plan | None:
    listing, which = _LISTING.match(text), _WHICH.match(text)
    found = listing or which
    if not found:
        return None
    if _NOT_ALL.search(text) or re.search(r"\bor\b", text):
        return None
    item, rest = _head(found["rest"])
    if not item:
        return None
    stems = frozenset(
        root(w) for w in words(rest) if w not in _NO_VERB and not w.isdigit() and root(w) != root(singular(item))
    )
    days, _ = _split(rest, today)
    return Plan("list", text, days, item, stems) if stems else None


def _head(phrase: str) -> tuple[str, str]:
    """The plural noun among the first words that a list's items are ("provincial capitals taken" -> "capitals"), and
    the rest of the phrase, what stands before the noun included; ("", "") where it is none that goes by names."""
    tokens = phrase.split()
    for i, token in enumerate(tokens[:4]):
        low = token.lower().strip(",;:")
        if low != singular(low) and singular(low) in _NAMEABLE and tokens[i + 1 : i + 2] != ["of"]:
            return low, " ".join(tokens[:i] + tokens[i + 1 :])
        if low.endswith(("ed", "es")) or (low in STOP_WORDS and low not in ("other", "own", "of")):
            break  # a verb before the noun: "which theory suggested people ..."
    return "", ""


def singular(noun: str) -> str:
    """A plural noun's singular, by its ending: "cities" -> "city"."""
    if noun in _IRREGULAR:
        return _IRREGULAR[noun]
    if noun.endswith("ies") and len(noun) > 4:
        return noun[:-3] + "y"
    if noun.endswith(("ches", "shes", "sses", "xes")):
        return noun[:-2]
    return noun[:-1] if noun.endswith("s") and not noun.endswith("ss") else noun
