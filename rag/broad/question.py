"""Tells questions that want many articles ("What happened in Kunduz?", "List the capitals taken") from narrow ones.

Only plain wordings count: a narrow question answered broadly is a worse loss than a broad one answered narrowly.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from rag.broad.days import PERIOD, split_days
from rag.broad.lists import LISTING, WHICH, ListPlan, listed
from rag.text.times import Interval
from rag.text.words import STOP_WORDS, content_stems, word_set, words

Kind = Literal["overview", "period", "said"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a broad question wants. ``topic``: the question's words for what it is about, "" for all there is.

    ``days``: those it limits itself to.
    """

    kind: Kind
    topic: str
    days: Interval | None = None


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

_NEWS_WORDS = word_set(
    "news headlines events event developments stories story articles archive day all everything things main key"
)

_ALL_NEWS = re.compile(
    r"^(?:what (?:has )?happened|what(?:['’]s| is| was) (?:the |in the )?news|(?:summari[sz]e|sum up|recap)"
    r"(?: (?:all |the )*(?:news|events|articles|archive|everything|period))?|(?:the )?(?:news|headlines))$",
    re.IGNORECASE,
)


def plan(question: str, today: date | None, days: Interval | None = None) -> Plan | ListPlan | None:
    """What a broad question asks for, or None for a narrow one.

    ``today`` is the day that "the week" and "yesterday" are told from: the reader's, or that of the newest article.
    ``days``: those that the reader limited the articles to, for a question that names none ("Summarise the news").
    """
    text = _bare(question)
    if days and _ALL_NEWS.search(text):
        return Plan("period", "", days)
    return _overview(text, today) or listed(text, today)


def may_be_broad(question: str) -> bool:
    """Whether a question is worded like a broad one; cheap, and right whenever it says no."""
    text = _bare(question)
    return any(
        p.match(text) for p in (_HAPPENED, _SUMMARY, _UNFOLDED, _KNOWN, _SAID, _EVENTS, LISTING, WHICH, _ALL_NEWS)
    )


def _bare(question: str) -> str:
    return _POLITE.sub("", " ".join(question.split())).rstrip(" ?.!")


def _overview(text: str, today: date | None) -> Plan | None:
    found = _HAPPENED.match(text)
    if found:
        rest = text[found.end() :]
        days, left = split_days(rest, today)
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
    days, left = split_days(rest, today)
    left = _EVENTS.sub("", left, count=1)
    left = re.sub(r"^(?:in|at|on|of|from|about|for|during)\s+", "", left, flags=re.IGNORECASE)
    if days is None and PERIOD.search(rest):
        return None  # "the week" of nobody knows when
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
