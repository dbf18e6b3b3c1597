"""Example questions, the part without a model: sentences that are worth asking about, what to ask of each, and which of
the questions that a model writes will do."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rag import conversation, example_topics
from rag.text import quantities, showable
from rag.text.names import find_names, is_country, missing_names
from rag.text.time_words import find_dates
from rag.text.words import asks_yes_no, content_stems, flat, word_set
from rag.types import Answer, Article, Citation, Listing, Passage, Span
from rag.verdict.abstain import ANSWERS_IN

NEWEST = 24  # articles that questions are drawn from
MOST = 36  # sentences that are tried, about 2 minutes of a core's idle time
FEWEST = 3  # of each article
COMMON = 0.5  # share of the articles above which a name tells none from another, where they are more than two
TARGETS = 3  # things that are asked of a sentence at most
OF_A_KIND = 2  # questions that begin alike
MAX_WORDS = 18  # of a question
SAID_WORDS = 4  # of a statement
SAID = 0.5  # share of a question's words that the sentence must hold; the headline may bring the rest

_NEWEST_FIRST = Listing(sort="-published", limit=NEWEST)
_ASKING = re.compile(
    r"^(?:(?:in|on|at|to|from|by|for|with|of) )?(?:who|whom|whose|what|which|when|where|why|how)\b", re.IGNORECASE
)
_OF_A_TEXT = re.compile(r"\b(?:sentences?|headlines?|articles?|texts?|passages?|according to)\b", re.IGNORECASE)
_BECAUSE = re.compile(r"\b(?:because(?: of)?|due to|owing to|on account of)\s+(?P<why>[^,;:.]{12,90})")
_PLURAL = re.compile(r"(?:(?<!s)s|people|children|men|women)$", re.IGNORECASE)
_COUNTED = re.compile(
    r"(?:of the \d+ )?(?:(?!(?:of|more|other)\b)[a-z-]+ ){0,2}(?!more\b)[a-z-]{3,}"
)  # "provincial capitals"
_SAYS = (
    "said|says|warned|urged|asked|announced|claimed|denied|promised|vowed|demanded|called for|proposed|ordered|pledged"
)
_STATES = re.compile(rf"(?:, [^,;]{{3,60}},)? (?:also |then |has )?(?:{_SAYS})\b(?P<what> [^;:“”\"]{{20,}})")
_LISTED = re.compile(r"(?: \([a-z]+\))?(?:,| and|, and) (?:in |the )?")
_IS = re.compile(r",? (?P<what>(?:a|an|the) (?![^,;:]*\b(?:who|which|that)\b)[a-z][^,;:“”\"()]{8,80})(?:,|\.$|\.?”?$)")
_THE = re.compile(r"\b[Tt]he $")
_WITHIN = re.compile(r"\b(?:in|at|of|near|from|to|with|by|on|for|and|against) (?:the )?$")
_BY = re.compile(r"\b[a-z]{3,}(?:ed|en|wn|un|ung|ade|uilt|ound|eld|ost|ught) by (?:the |former |President )*$")
_LASTING = re.compile(
    r"\b(?:for|lasted|lasting|took|takes?) (?P<long>(?:about |nearly |almost |more than |at least )?"
    r"(?:a|an|[a-z]+|\d+)[ -](?:and a half )?(?:minutes|hours|days|weeks|months|years|decades))\b"
)
_TIMES = re.compile(r"\b(?:seconds|minutes|hours|days|weeks|months|years|decades)$")
_CLAUSE = re.compile(
    r"; |, (?=according|said|after|as|but|and|while|ending|leaving|becoming)"
    r"|\b(?:that|which|who|whom|whose|because|before|until|while|where|according to)\b"
)
_OF_TWO = re.compile(  # "five votes to four", "eight points higher"
    r"\s+(?:to|against|out of|or more|and a half|above|below|ahead|behind|higher|lower|later|earlier|more|fewer|less)\b"
)
_GOVERNED = re.compile(
    r"\b(?P<by>in|by|at|from|for|to|of(?= (?:the|its))|on|after|within|than|over|against|(?<!, )and|or) (?:the |its )?$"
)
_FRONTED = word_set("in by at from for")  # "By how many votes"
_EMPTY = word_set("happen happened happening do did does done event events situation issue news status role main")


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
    return [one for score, _, one in ranked if score > 0 and targets(one.text) and _tells_apart(one)]


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


def targets(text: str) -> list[Target]:
    """What can be asked of a sentence, the most telling first: a number, a reason, what somebody is or said, by whom,
    who, how long, where, when."""
    found = [*_amounts(text)]
    if reason := _BECAUSE.search(text):
        found.append(Target("Why", reason["why"]))
    names = [name for name in find_names(text) if not is_country(name.text)]
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
        found += [Target("When", day.text) for day in find_dates(text) if day.kind in ("day", "weekday", "month")][:1]
    return list(dict.fromkeys(found))[:TARGETS]


def _amounts(text: str) -> Iterator[Target]:
    for number in quantities.find(text):
        if number.kind == "number" and number.value > 1 and _PLURAL.search(number.unit or ""):
            end = number.unit_start + len(number.unit or "")
            counted = " ".join(text[number.end : max(end, 0)].split())
            if not _COUNTED.fullmatch(counted) or _OF_TWO.match(text, end) or _TIMES.search(counted):
                continue
            governed = _GOVERNED.search(text[: number.phrase_start])
            if governed is None:
                yield Target(f"How many {counted}", text[number.phrase_start : end])
            elif governed["by"] in _FRONTED:
                yield Target(f"{governed['by'].title()} how many {counted}", text[number.phrase_start : end])
        elif number.kind == "money":
            yield Target("How much", number.phrase)


def _acts(after: str) -> bool:
    """Whether the word after a name, adverbs aside, is a verb."""
    return showable.has_verb(next((word for word in after.split() if not word.endswith("ly")), ""))


def to_name(candidate: Candidate, target: Target) -> list[str]:
    """The names that make a question understood by itself: the first of the sentence that not every article has, with
    those it is listed with, and one of the headline where the sentence has none of that."""
    left = [name for name in example_topics.told_of(candidate.text) if not _overlap(name, target.answer)]
    rare = [name for name in left if not is_common(name, candidate.common)][:1]
    listed = next((group for group in _lists(candidate.text) if rare and rare[0] in group), rare)
    about = [name for name in candidate.about if not _overlap(name, target.answer) and name not in left]
    title = flat(candidate.article.title or "")
    led = [name for name in about if flat(name) in title]
    if any(flat(name) in title for name in left):
        led = []
    return [*listed, *led[:1]] or [*about[:1], *left[:1]]


def _lists(text: str) -> list[list[str]]:
    """Names that stand beside each other: "Larne, Halden and Portmore"."""
    groups: list[list[str]] = []
    end = -1
    for name in find_names(text):
        if end >= 0 and _LISTED.fullmatch(text[end : name.start]):
            groups[-1].append(name.text)
        else:
            groups.append([name.text])
        end = name.end
    return [group for group in groups if len(group) > 1]


def _tells_apart(candidate: Candidate) -> bool:
    own = example_topics.told_of(candidate.text)
    return bool(candidate.about or len(own) > 1) or not all(is_common(name, candidate.common) for name in own)


def is_common(name: str, common: frozenset[str]) -> bool:
    return all(key in common for named in find_names(name) for key in named.keys)


def _overlap(a: str, b: str) -> bool:
    return bool(set(content_stems(a)) & set(content_stems(b)))


# --- which will do --------------------------------------------------------------------------------


def accept(written: str, candidate: Candidate, target: Target, others: Sequence[str] = ()) -> str | None:
    """The model's question where it is one that a reader might ask without having seen the sentence, else None."""
    text = " ".join(written.split()).strip(' "“”')
    text = text[: text.find("?") + 1]
    if not 4 <= len(text.split()) <= MAX_WORDS or not text[0].isupper():
        return None
    if not _ASKING.match(text) or asks_yes_no(text) or _OF_A_TEXT.search(text) or not conversation.stands_alone(text):
        return None
    source = f"{candidate.article.title or ''}. {candidate.text} {'; '.join(to_name(candidate, target))}"
    named = find_names(text[:1].lower() + text[1:])
    telling = [name for name in named if not is_common(name.text, candidate.common)]
    if not (telling or len(named) > 1) or any(day.kind in ("weekday", "relative") for day in find_dates(text)):
        return None
    if missing_names(text, source) or quantities.missing_numbers(text, source):
        return None
    asked, told = _telling(text), set(content_stems(candidate.text))
    sought = set(content_stems(target.answer)) - set(content_stems(target.start))
    if len(asked) < 3 or len(asked & told) < max(2.0, SAID * len(asked)) or sought & asked:
        return None
    if any(0 < sum(name in text for name in group) < len(group) for group in _lists(candidate.text)):
        return None
    if target.start == "When" and not _dated_so(text, candidate.text, target.answer):
        return None
    if sum(text.startswith(f"{target.start or text.split()[0]} ") for text in others) >= OF_A_KIND:
        return None
    return None if any(_alike(asked, _telling(other)) for other in others) else text


def _dated_so(question: str, sentence: str, day: str) -> bool:
    """Whether a day goes with what a question asks about: a word that is no name stands in the day's clause."""
    start = sentence.find(day)
    before = _CLAUSE.split(sentence[:start])[-1]
    beside = before if len(before.split()) > 2 else _CLAUSE.split(sentence[start + len(day) :].lstrip(" ,"))[0]
    names = {stem for name in find_names(question[:1].lower() + question[1:]) for stem in content_stems(name.text)}
    return bool((set(content_stems(question)) - names) & set(content_stems(beside)))


def leads_back(answer: Answer, candidate: Candidate, target: Target) -> bool:
    """Whether an answer says what was sought from the sentence that its question was made from, and nothing that the
    sentence does not; or shows it beside what one other source has instead."""
    sought, said = set(content_stems(target.answer)), set(content_stems(answer.text))
    if 2 * len(sought & said) < len(sought) or not any(_is_it(cited, candidate) for cited in answer.citations):
        return False
    if answer.status == "conflicting":
        return _two_sides(answer, candidate, sought)
    source = f"{candidate.article.title or ''}. {candidate.text}"
    first = answer.sentences[0] if answer.sentences else None
    cites = first is not None and any(_is_it(c, candidate) for c in answer.citations if c.n in first.citations)
    return answer.status == "answered" and first is not None and cites and not missing_names(first.text, source)


def _is_it(cited: Citation, candidate: Candidate) -> bool:
    article, span = candidate.article, candidate.span
    held = cited.article_id == article.id or article.id in cited.also_in
    return held and cited.passage_id == candidate.passage_id and cited.start < span.end and span.start < cited.end


def _two_sides(answer: Answer, candidate: Candidate, sought: set[str]) -> bool:
    """Whether an answer sets the sentence's value beside the other one of another article."""
    values = answer.conflicts[0].values if answer.conflicts else ()
    told_by = [value.article_id for value in values]
    ours = [value for value in values if value.article_id == candidate.article.id]
    two = len(answer.conflicts) == 1 and len(values) == 2 and len(set(told_by)) == 2
    return two and len(ours) == 1 and bool(sought & set(content_stems(ours[0].value)))


def _telling(text: str) -> set[str]:
    return set(content_stems(text)) - {stem for word in _EMPTY for stem in content_stems(word)}


def _alike(a: set[str], b: set[str]) -> bool:
    return len(a & b) > 0.6 * min(len(a), len(b))
