"""Example questions, before a model writes any: sentences that are worth asking about, what to ask of each, and whom or
what to name."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rag import conversation, example_topics
from rag.text import quantities, showable
from rag.text.names import find_names, is_country
from rag.text.time_words import find_dates
from rag.text.words import content_stems, flat, word_set
from rag.types import Article, Listing, Passage, Span
from rag.verdict.abstain import ANSWERS_IN

NEWEST = 24  # articles that questions are drawn from
MOST = 36  # sentences that are tried, about 2 minutes of a core's idle time
FEWEST = 3  # of each article
COMMON = 0.8  # share of the articles above which a name tells none from another, where they are more than two
TARGETS = 3  # things that are asked of a sentence at most
SAID_WORDS = 4  # of a statement

_DAYS = ("day", "weekday", "month")
_NEWEST_FIRST = Listing(sort="-published", limit=NEWEST)
_BECAUSE = re.compile(r"\b(?:because(?: of)?|due to|owing to|on account of)\s+(?P<why>[^,;:.]{12,90})")
_PLURAL = re.compile(r"(?:(?<!s)s|people|children|men|women)$", re.IGNORECASE)
_COUNTED = re.compile(
    r"(?:of the \d+ )?(?:(?!(?:of|more|other)\b)[a-z-]+ ){0,2}(?!more\b)[a-z-]{3,}"
)  # "provincial capitals"
_SAYS = (
    "said|says|warned|urged|asked|announced|claimed|denied|promised|vowed|demanded|called for|proposed|ordered|pledged"
)
_STATES = re.compile(
    rf"(?:, [^,;]{{3,60}},)? (?:also |then |has )?(?:{_SAYS})\b"
    r"(?P<what> (?!(?:on|in|at|late|early|last) )[^;:“”\"]{20,})"
)
_LISTED = re.compile(r"(?: \([a-z]+\))?(?:,| and|, and) (?:in |the )?")
_IS = re.compile(
    r"(?:,| is| was) (?P<what>(?:a|an|the) (?![^,;:]*\b(?:who|which|that|said|says)\b)[a-z][^,;:“”\"()]{12,80})"
    r"(?:,|\.$)"
)
_THE = re.compile(r"\b[Tt]he $")
_WITHIN = re.compile(r"\b(?:in|at|of|near|from|to|with|by|on|for|and|against) (?:the )?$")
_BY = re.compile(r"\b[a-z]{3,}(?:ed|en|wn|un|ung|ade|uilt|ound|eld|ost|ught) by (?:the |former |President )*$")
_LASTING = re.compile(
    r"\b(?:for|lasted|lasting|took|takes?) (?P<long>(?:about |nearly |almost |more than |at least )?"
    r"(?:a|an|[a-z]+|\d+)[ -](?:and a half )?(?:minutes|hours|days|weeks|months|years|decades))\b"
)
_TIMES = re.compile(r"\b(?:seconds|minutes|hours|days|weeks|months|years|decades)$")
_OF_TWO = re.compile(  # "five votes to four", "eight points higher"
    r"\s+(?:to|against|out of|or more|and a half|above|below|ahead|behind|higher|lower|later|earlier|more|fewer|less)\b"
)
_GOVERNED = re.compile(  # told of in passing, or known already: "after the two days", "its 21 seats"
    r"(?:\b(?P<by>in|by|at|from|for|to|on|after|within|than|over|against|(?<!, )and|or|the|its|their|his|her)|['’]s?)"
    r"(?: next| last| past| first)? $"
)
_TOLD_ON = re.compile(rf"\b(?:{_SAYS}|told|wrote|writes|published|reported)\b[^,;]{{0,30}}$")
_TELLING = re.compile(r"(?: [\w’'-]+){0,8} (?:said|told|confirmed|say)\b")  # "two people close to the talks said"
_FRONTED = word_set("in by")  # "By how many votes"


@dataclass(frozen=True, slots=True)
class Target:
    """What of a sentence is asked for: the ``answer`` as it stands there, and how the question begins ("" where the
    model is to say)."""

    start: str
    answer: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence to ask about. ``about``: what its article tells most of; ``common``: words of names that most articles
    hold, so that they tell none from another."""

    article: Article
    passage_id: str
    span: Span
    text: str
    about: tuple[str, ...] = ()
    common: frozenset[str] = frozenset()

    @property
    def digest(self) -> str:
        return hashlib.sha256(f"{self.article.content_hash} {self.span.start}".encode()).hexdigest()[:16]


def state(archive: Any) -> tuple[str, ...]:
    """What tells whether there may be other candidates than before: quick to make, and equal while there are not."""
    return tuple(f"{row.id} {row.content_hash}" for row in archive.articles_page(_NEWEST_FIRST).articles)


def candidates(archive: Any) -> list[Candidate]:
    """Sentences worth asking about, the best of each article before the second best of any, newest articles first."""
    articles = newest(archive)
    held = Counter(key for article in articles for key in {k for n in find_names(article.text) for k in n.keys})
    common = frozenset(key for key, count in held.items() if len(articles) > 2 and count > COMMON * len(articles))
    each = max(FEWEST, -(-MOST // max(1, len(articles))))
    best = [best_of(article, archive.passages(article.id), common)[:each] for article in articles]
    return [one for turn in range(each) for ones in best for one in ones[turn : turn + 1]]


def newest(archive: Any) -> list[Article]:
    """The newest articles that can be answered from, one of each cluster, with their texts."""
    found: list[Article] = []
    seen: set[str] = set()
    for row in archive.articles_page(_NEWEST_FIRST).articles:
        cluster = row.cluster or row.content_hash
        if row.language in (None, ANSWERS_IN) and cluster not in seen:
            seen.add(cluster)
            found.append(archive.article(row.id))
    return found


def best_of(article: Article, passages: Sequence[Passage], common: frozenset[str] = frozenset()) -> list[Candidate]:
    """The sentences of an article that something can be asked of, those that tell the most first."""
    about = tuple(name for name in example_topics.names(article) if not is_common(name, common))
    found: dict[Span, Candidate] = {}
    for passage in passages:
        for span in passage.sentences:
            text = showable.plain(passage.sentence_text(span))
            found.setdefault(span, Candidate(article, passage.id, span, text, about, common))
    scored = [(worth(one.text, place), -place, one) for place, one in enumerate(found.values())]
    ranked = sorted(scored, key=lambda s: s[:2], reverse=True)
    return [one for score, _, one in ranked if score > 0 and targets(one.text, article.text) and _tells_apart(one)]


def worth(text: str, place: int) -> float:
    """How much a sentence has to ask about; 0 where it can't stand alone. ``place`` is its number in the article: what
    matters most is told first."""
    count = len(text.split())
    names = {name.text for name in find_names(text) if not is_country(name.text)}
    unfit = not 8 <= count <= 45 or not names or not showable.showable(text) or not showable.has_verb(text)
    if unfit or showable.leans(text) or showable.asks(text) or not conversation.stands_alone(text):
        return 0.0
    numbers = len(quantities.find(text))
    spoken = sum(text.count(mark) for mark in '“”"') > 0
    return min(len(names), 3) + 1.5 * min(numbers, 2) - 0.2 * min(place, 10) - spoken - (count > 30)


def targets(text: str, article: str = "") -> list[Target]:
    """What can be asked of a sentence of an article, the most telling first: a number, a reason, what somebody said, by
    whom, who, what somebody is, how long, when."""
    found = [*_amounts(text)]
    if reason := _BECAUSE.search(text):
        found.append(Target("Why", reason["why"]))
    names = [
        name for name in find_names(text) if not is_country(name.text) and example_topics.is_name(name, text, article)
    ]
    for name in names:
        after, before = text[name.end :], text[: name.start]
        said = None if _WITHIN.search(before) else _STATES.match(after)
        if said and len(said["what"].split()) >= SAID_WORDS:
            found.append(Target(f"What did {'the ' * bool(_THE.search(before))}{name.text}", said["what"].strip()))
        elif _BY.search(before):
            found.append(Target("Who", name.text))
    if len(names) > 1 and names[0].start <= len("The ") and _acts(text[names[0].end :]):
        found.append(Target("", names[0].text))
    found += [Target("", told["what"]) for name in names if (told := _IS.match(text, name.end))]
    if long := _LASTING.search(text):
        found.append(Target("How long", long["long"]))
    if names:
        days = (d for d in find_dates(text) if d.kind in _DAYS and not _TOLD_ON.search(text[: d.start]))
        found += [Target("When", day.text) for day in days][:1]
    return list(dict.fromkeys(found))[:TARGETS]


def _amounts(text: str) -> Iterator[Target]:
    for number in quantities.find(text):
        if number.kind == "number" and number.value > 1 and _PLURAL.search(number.unit or ""):
            end = number.unit_start + len(number.unit or "")
            counted = " ".join(text[number.end : max(end, 0)].split())
            if (
                not _COUNTED.fullmatch(counted)
                or _OF_TWO.match(text, end)
                or _TIMES.search(counted)
                or _TELLING.match(text, end)
            ):
                continue
            governed = _GOVERNED.search(text[: number.phrase_start])
            if governed is None:
                yield Target(f"How many {counted}", text[number.phrase_start : end])
            elif governed["by"] in _FRONTED and text[governed.end() - 1 :].startswith(f" {number.phrase}"):
                yield Target(f"{governed['by'].title()} how many {counted}", text[number.phrase_start : end])
        elif number.kind == "money":
            yield Target("How much", number.phrase)


def _acts(after: str) -> bool:
    """Whether the word after a name, adverbs aside, is a verb."""
    return showable.has_verb(next((word for word in after.split() if not word.endswith("ly")), ""))


def to_name(candidate: Candidate, target: Target) -> list[str]:
    """The names that make a question understood by itself: two of the sentence that not every article has, all of a
    list, and where the sentence has fewer, one of the headline, or that the article tells most of."""
    own = example_topics.told_of(candidate.text, candidate.article.text)
    left = [name for name in own if not _overlap(name, target.answer)]
    rare = [name for name in left if not is_common(name, candidate.common)][:2]
    title = flat(candidate.article.title or "")
    about = [name for name in candidate.about if not _overlap(name, f"{target.answer} {left}")]
    led = [name for name in about if flat(name) in title]
    listed = next((group for group in lists(candidate.text) if rare and rare[0] in group), None)
    if not rare and left:  # such as nobody could tell from others; what the article is about might be beside the point
        return left[:2]
    return listed or [*rare, *(led or about * (not rare))[:1]][:2]


def lists(text: str) -> list[list[str]]:
    """Names that stand beside each other: "Larne, Halden and Portmore"."""
    groups: list[list[str]] = []
    end = -1
    for name in find_names(text):
        if end >= 0 and _LISTED.fullmatch(text[end : name.start]):
            groups[-1].append(name.text)
        else:
            groups.append([name.text])
        end = name.end
    return [group for group in groups if len(group) > 2]


def _tells_apart(candidate: Candidate) -> bool:
    """Whether there are names enough to tell what a question is about."""
    own = example_topics.told_of(candidate.text, candidate.article.text)
    return len(own) > 1 or any(not is_common(name, candidate.common) for name in own or candidate.about[:1])


def is_common(name: str, common: frozenset[str]) -> bool:
    return all(key in common for named in find_names(name) for key in named.keys)


def _overlap(a: str, b: str) -> bool:
    return bool(set(content_stems(a)) & set(content_stems(b)))
