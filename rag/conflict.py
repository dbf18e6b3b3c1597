"""Numbers on which articles disagree, told apart as disputed or overtaken by a later report.

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

``superseded``: the later article is more than three days younger, or younger at all and told as an update ("so far",
"rose to", "now"); values run from the earliest to the latest. ``disputed``: the rest, and whatever has no date.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache

from rag.mentions import ANYBODY, FATES, LONG, PEOPLE, PEOPLE_ROOTS, Mention, asked_days, mentions
from rag.names import Name, find_names, share_name
from rag.quantities import equal_value, same
from rag.reading import Reading, read, root
from rag.types import Article, Conflict, ConflictKind, ConflictValue, SourceSentence
from rag.words import stem, word_set

MIN_RELEVANCE = 0.3  # of a sentence to the question, in [0, 1]
MIN_SHARED = 2  # content words that two sentences share beyond the unit
MIN_OVERLAP = 0.25  # of the shorter clause's content words that the other sentence shares
MIN_TOPIC = 0.5  # of the question's words beyond unit and fate that a sentence or its article's opening must hold
STORY_CHARS = 700  # of an article's opening that tell its story
MIN_STORY_SHARED = 5  # content words that two articles' openings share when they tell one story
MIN_STORY_OVERLAP = 0.15  # of the shorter opening's content words
SAME_NEWS_DAYS = 3  # articles this close in date are about the same state of affairs
MAX_STRETCH_RATIO = 2.5

_UPDATE = re.compile(
    r"\b(?:so far|now|rose to|risen to|rises to|climbed to|climbs to|has reached|reached|updated|revised|latest|"
    r"increased to|jumped to|total of|up from|no longer|since then)\b",
    re.IGNORECASE,
)
_LEADING = "many much number total toll next lost far long there people true single hour day week month year time"
# Words of a question that ask or lead on, but say nothing of the matter.
_ASKING = frozenset(root(w) for w in word_set(_LEADING))
_ASKS_NUMBER = re.compile(
    r"\b(?:how (?:many|much|long|far|large|big|high|tall|deep|old|fast)|what (?:number|percentage|share|proportion)|"
    r"number of|toll|how often|count of|total)\b",
    re.IGNORECASE,
)
_ASKS_STOCK = re.compile(
    r"\bhow many\s+(?:\w+\s+){1,3}?"
    r"(?:(?:do|does|did)\s+(?:[\w'’-]+\s+){1,4}(?:have|own|employ|run|operate)\b(?!\s+to)|(?:are|were) there\b)",
    re.IGNORECASE,
)
_ASKS_SHARE = re.compile(r"\b(?:percent|per cent|percentage|share|proportion|rate|turnout|how much)\b", re.IGNORECASE)


def detect(question: str, sentences: Sequence[SourceSentence], relevance: Sequence[float]) -> list[Conflict]:
    """Conflicts between numbers in ``sentences``; ``relevance`` is each one's to the question, in [0, 1].

    Empty where the question is about no number. See the module's docstring for the rule.
    """
    asked = read(question)
    found = [
        mention
        for source, score in zip(sentences, relevance, strict=False)
        if score >= MIN_RELEVANCE and _on_topic(asked, source)
        for mention in mentions(source, score)
        if _asked_for(question, asked, mention)
    ]
    found.sort(key=lambda m: -m.relevance)
    conflicts: list[Conflict] = []
    used: set[int] = set()
    for seed in found:
        if id(seed) in used:
            continue
        group = [seed]
        for other in found:
            alone = all(other.source.article.id != m.source.article.id for m in group)
            if other is not seed and id(other) not in used and alone and _same_matter(seed, other, asked):
                group.append(other)
        if any(not same(seed.quantity, m.quantity) for m in group):
            used.update(id(m) for m in group)
            conflicts.append(_conflict(group))
    return conflicts


def _asked_for(question: str, asked: Reading, mention: Mention) -> bool:
    """Whether the question is about such a number."""
    subject = mention.subject.split("/")[0]
    days = asked_days(asked)
    if days and mention.days and max(days, mention.days) > MAX_STRETCH_RATIO * min(days, mention.days):
        return days == LONG and mention.days > SAME_NEWS_DAYS
    if _ASKS_STOCK.search(question) and not mention.stock:
        return False
    fates = {fate for fate, words in FATES.items() if any(t.low in words for t in asked.terms)}
    wants = bool(_ASKS_NUMBER.search(question) or asked.numbers)
    if fates or subject == "people":
        groups = {t.low for t in asked.terms if t.low in PEOPLE - ANYBODY}
        whom = not groups or (mention.quantity.unit or "").lower() in groups
        return wants and whom and subject == "people" and mention.fate in fates
    if mention.quantity.kind == "money":
        return wants and ("much" in question.lower() or subject in asked.roots)
    if mention.quantity.kind == "percent":
        return bool(
            re.search(r"\b(?:percent|per cent|percentage|share|proportion|rate|turnout|how much)\b", question, re.I)
        )
    return wants and subject in asked.roots


def _on_topic(asked: Reading, source: SourceSentence) -> bool:
    """Whether a sentence, or the opening of its article, holds the question's names and half of its other words."""
    told = frozenset(read(source.text).roots) | _story(source.article)
    names = find_names(source.text) + _story_names(source.article)
    units = {root(q.unit) for q in read(source.text).numbers if q.unit}
    topic = set(asked.roots) - PEOPLE_ROOTS - _ASKING - units
    topic -= {key for name in asked.names for word in name.text.split() for key in (root(word), stem(word.lower()))}
    if not asked.names:
        return not topic or len(topic & told) >= MIN_TOPIC * len(topic)
    return share_name(names, asked.names) and (not topic or bool(topic & told))


def _same_matter(a: Mention, b: Mention, asked: Reading) -> bool:
    one, two = a.source.article, b.source.article
    if one.content_hash == two.content_hash or one.id in b.source.also_in or two.id in a.source.also_in:
        return False
    if a.subject != b.subject or a.fate != b.fate or not _same_stretch(a, b):
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
    if _cites(a, b) or _cites(b, a):
        return True
    if a.stock != b.stock:
        return False
    shared = a.words & b.words
    if len(shared) >= MIN_SHARED and len(shared) >= MIN_OVERLAP * min(len(a.words), len(b.words)):
        return True
    ours, theirs = _story(one), _story(two)
    told = ours & theirs
    if len(told) < MIN_STORY_SHARED or len(told) < MIN_STORY_OVERLAP * min(len(ours), len(theirs)):
        return False
    return bool(a.fate or shared & set(asked.roots))


def _cites(a: Mention, b: Mention) -> bool:
    """Whether a sentence sets the other's number against its own: "194, not the 187 first given"."""
    others = [q for q in read(a.source.text).numbers if q is not a.quantity and q.kind == b.quantity.kind]
    return any(equal_value(q, b.quantity) and (q.unit is None or q.unit == b.quantity.unit) for q in others) and (
        not same(a.quantity, b.quantity)
    )


@lru_cache(maxsize=512)
def _story_names(article: Article) -> tuple[Name, ...]:
    return find_names(article.title or "") + find_names(article.text[:STORY_CHARS])


@lru_cache(maxsize=512)
def _story(article: Article) -> frozenset[str]:
    """Content words of an article's title and opening, which tell what it is about."""
    return frozenset(read(article.title or "").roots) | frozenset(read(article.text[:STORY_CHARS]).roots)


def _same_stretch(a: Mention, b: Mention) -> bool:
    if a.days and b.days and max(a.days, b.days) > MAX_STRETCH_RATIO * min(a.days, b.days):
        return False
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


def _conflict(group: Sequence[Mention]) -> Conflict:
    ordered = sorted(group, key=lambda m: m.source.article.published_at or "")
    kind: ConflictKind = "disputed"
    if all(m.published for m in ordered):
        last = ordered[-1]
        others = [m for m in ordered if not same(m.quantity, last.quantity)]
        gap = min((_day_gap(m, last) for m in others), default=0)
        update = gap > 0 and _UPDATE.search(last.source.text)
        if gap > SAME_NEWS_DAYS or update:
            kind = "superseded"
    first = max(group, key=lambda m: m.relevance)
    unit = first.quantity.unit or "people"
    kind_of = unit if unit.lower() in PEOPLE - ANYBODY else "people"
    about = f"{kind_of} {first.fate}" if first.fate else unit
    if first.quantity.kind == "percent":
        about = f"percentage of {first.quantity.unit}" if first.quantity.unit else "percentage"
    return Conflict(about, kind, tuple(_value(m) for m in ordered))


def _value(mention: Mention) -> ConflictValue:
    article = mention.source.article
    unit = "%" if mention.quantity.kind == "percent" else mention.quantity.unit
    return ConflictValue(
        mention.quantity.phrase, unit, None, article.published_at, article.id, article.outlet, mention.source.text
    )
