"""Whether two sources speak of the same matter: on the question's topic, of one story, of the same person or place."""

from __future__ import annotations

import re
from functools import lru_cache

from rag.disagreement.mentions import PEOPLE_ROOTS
from rag.text.names import Name, find_names, is_country, share_name
from rag.text.reading import Reading, read, root
from rag.text.senses import event
from rag.text.times import parse_day
from rag.text.words import stem, word_set
from rag.types import Article, SourceSentence

MIN_TOPIC = 0.5  # of the question's words beyond unit and fate that a sentence or its article's opening must hold
STORY_CHARS = 700  # of an article's opening that tell its story
MIN_STORY_SHARED = 5  # content words that two articles' openings share when they tell one story
MIN_STORY_OVERLAP = 0.15  # of the shorter opening's content words
SAME_NEWS_DAYS = 3  # articles this close in date are about the same state of affairs

MIN_SHARED = 3  # content words that two sentences of undated articles share
MIN_OVERLAP = 0.5  # of the shorter one's
MIN_WORDS = 2  # of a question without names, in two sentences of the same days
MIN_NAMES = 3  # names beyond the question's that articles share when they tell one story
UNDATED_NAMES = 5  # where one of them has no date

# Words of a question that ask or lead on, but say nothing of the matter.
ASKING = frozenset(
    root(w)
    for w in word_set(
        """many much number total toll next lost far long there people true single hour day week month year time date
        moment point exactly currently still already yet happen happened take place occur occurred name called old
        age"""
    )
)
_ASIDE = re.compile(r"\s\([^()]*\)\s*\??$")  # what a follow-up was about: it says which story, not what is asked
_BRACKET = re.compile(r"\s*\(([^()]{3,60})\)")
_PLACE_AFTER = re.compile(r",\s+([A-Z][\w.'’-]+(?:\s+[A-Z][\w.'’-]+)?)")
_IS_A = re.compile(r"\b(?:is|was|were|are)\s+(?:an?|the|one of the)\s+([^.;,()]{3,90})")
_WORK_OR_LIFE = re.compile(
    r"\b(?:film|album|song|novel|book|series|play|opera|game|born)\b|"
    r"\d\s*[-–]\s*",
    re.IGNORECASE,
)
_LIFE = re.compile(r"\b(1[0-9]\d\d|20\d\d)\b")


def topic(asked: Reading) -> frozenset[str]:
    """The question's content roots but for names, units, words that only ask and what stands in brackets at its end."""
    in_names = {key for name in asked.names for word in name.text.split() for key in (root(word), stem(word.lower()))}
    aside = _ASIDE.search(asked.text)
    own = [t.root for t in asked.terms if t.content and not (aside and aside.start() <= t.start < aside.end())]
    return frozenset(own) - PEOPLE_ROOTS - ASKING - in_names


def on_topic(asked: Reading, source: SourceSentence) -> bool:
    """Whether a sentence, or the opening of its article, holds the question's names and half of its other words."""
    told = {event(r) for r in frozenset(read(source.text).roots) | story(source.article)}
    names = find_names(source.text) + story_names(source.article)
    units = {root(q.unit) for q in read(source.text).numbers if q.unit}
    wanted = {event(r) for r in topic(asked) - units}
    if not asked.names:
        return not wanted or len(wanted & told) >= MIN_TOPIC * len(wanted)
    return share_name(names, asked.names) and (not wanted or bool(wanted & told))


@lru_cache(maxsize=512)
def story_names(article: Article) -> tuple[Name, ...]:
    return find_names(article.title or "") + find_names(article.text[:STORY_CHARS])


@lru_cache(maxsize=512)
def story(article: Article) -> frozenset[str]:
    """Content words of an article's title and opening, which tell what it is about."""
    return frozenset(read(article.title or "").roots) | frozenset(read(article.text[:STORY_CHARS]).roots)


def same_story(a: Article, b: Article) -> bool:
    """Whether two articles open on the same matter."""
    ours, theirs = story(a), story(b)
    told = ours & theirs
    return len(told) >= MIN_STORY_SHARED and len(told) >= MIN_STORY_OVERLAP * min(len(ours), len(theirs))


def day_gap(a: Article, b: Article) -> int | None:
    """Days between two articles' dates; None where one has none."""
    one, two = parse_day(a.published_at), parse_day(b.published_at)
    return abs((one - two).days) if one and two else None


def copy_of(a: SourceSentence, b: SourceSentence) -> bool:
    return a.article.id in b.also_in or b.article.id in a.also_in


def kin(asked: Reading, a: SourceSentence, b: SourceSentence) -> bool:
    """Whether two sentences' articles tell one story, of the same person or place."""
    one, two = a.article, b.article
    if copy_of(a, b) or namesakes(asked, one, two):
        return False
    gap = day_gap(one, two)
    if gap is not None and gap <= SAME_NEWS_DAYS and (same_story(one, two) or _both_name(asked, a, b)):
        return True
    known = frozenset(asked.roots)
    ours, theirs = frozenset(read(a.text).roots) - known, frozenset(read(b.text).roots) - known
    shared = ours & theirs
    if len(shared) >= MIN_SHARED and len(shared) >= MIN_OVERLAP * min(len(ours), len(theirs)):
        return True
    enough = UNDATED_NAMES if gap is None else MIN_NAMES
    return same_story(one, two) and len(_own_names(asked, one) & _own_names(asked, two)) >= enough


def same_days(a: SourceSentence, b: SourceSentence) -> bool:
    gap = day_gap(a.article, b.article)
    return gap is None or gap <= SAME_NEWS_DAYS


def _both_name(asked: Reading, a: SourceSentence, b: SourceSentence) -> bool:
    """Whether two sentences both name what the question names; where it names nothing, hold two of its words."""
    if asked.names:
        return all(share_name(read(s.text).names, asked.names) for s in (a, b))
    return len(set(read(a.text).roots) & set(read(b.text).roots) & set(asked.roots)) >= MIN_WORDS


def _own_names(asked: Reading, article: Article) -> frozenset[str]:
    """The names that an article tells beyond the question's, countries aside."""
    known = {key for name in asked.names for key in name.keys}
    names = [n for line in article.text.split("\n") for n in read(line).names]
    return frozenset(" ".join(n.keys) for n in names if not is_country(n.text) and not known & set(n.keys))


def events(source: SourceSentence, at: int) -> frozenset[str]:
    """The events of the clause around a place in a sentence with those of the clause before, or of the one after where
    it has none of its own ("On 3 May, the bridge collapsed")."""
    terms = [t for t in read(source.text).terms if t.content]
    here = max((t.clause for t in read(source.text).terms if t.start <= at), default=0)
    own = any(t.clause == here for t in terms)
    clauses = (here, here - 1) if own else (here, here - 1, here + 1)
    return frozenset(event(t.root) for t in terms if t.clause in clauses)


def namesakes(asked: Reading, a: Article, b: Article) -> bool:
    """Whether two articles plainly speak of different persons, places or works that bear the question's name.

    Told by what stands in brackets after the name, by a state or country after it, by further given names, or by
    what each is said to be.
    """
    return any(_differ(name, a.text, b.text) for name in asked.names)


def _differ(name: Name, one: str, two: str) -> bool:
    ours, theirs = _described(name, one), _described(name, two)
    years, others = ours.get("years"), theirs.get("years")
    if years and others and not years & others:
        return True
    for kind in ("bracket", "place"):
        mine, other = ours.get(kind), theirs.get(kind)
        if mine and other and not (mine <= other or other <= mine):
            return True
    for mine_given, other_given in [(ours.get("given"), theirs.get("given"))]:
        if mine_given and other_given and not {g[0] for g in mine_given} & {g[0] for g in other_given}:
            return True
    mine, other = ours.get("is"), theirs.get("is")
    return bool(mine and other and len(mine) > 1 and len(other) > 1 and not mine & other)


def _described(name: Name, text: str) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for match in re.finditer(re.escape(name.text), text):
        after = text[match.end() : match.end() + 160]
        bracket = _BRACKET.match(after)
        if bracket:
            years = frozenset(_LIFE.findall(bracket[1]))
            words = frozenset(read(bracket[1]).roots)
            if years and _WORK_OR_LIFE.search(bracket[1]):
                found.setdefault("years", years)
            elif words and not years:
                found.setdefault("bracket", words)
        place = _PLACE_AFTER.match(after)
        if place:
            found.setdefault("place", frozenset({place[1].lower()}))
        given = _given(name, text, match.start())
        if given:
            found.setdefault("given", given)
        is_a = _IS_A.search(after[:110])
        if is_a:
            found.setdefault("is", frozenset(read(is_a[1]).roots))
    return found


def _given(name: Name, text: str, at: int) -> frozenset[str]:
    """The names before a surname where it is told in full: "John Henry" of "John Henry Bloomer"."""
    for full in find_names(text[:2000]):
        if full.start <= at < full.end and len(full.keys) > len(name.keys):
            first = [k for k in full.keys[: len(full.keys) - len(name.keys)] if k not in name.keys]
            if full.keys[-len(name.keys) :] == name.keys and first:
                return frozenset(first)
    return frozenset()
