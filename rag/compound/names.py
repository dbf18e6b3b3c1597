"""Whom or what a question of several clauses means: the name that the sentences nearest to its clauses share.

Each clause gives every name near it the relevance of the best sentence that holds it, a little less where only the
article's title or the passage does. The name with most over all clauses is the answer, if it has enough.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rag.found import Found
from rag.text.names import Name, find_names, same_name
from rag.types import Quote, SourceSentence

LOOKED = 10  # of the sentences nearest to a clause
IN_TITLE, IN_PASSAGE = 0.8, 0.7  # what a name counts that doesn't stand in the sentence itself
LIKELY_PERSON, UNLIKELY_PERSON = 1.15, 0.85  # factors for a name of two or three words, and another, asked for a person
LEAST = 0.66  # relevance a clause, on average, that a name must have; see eval/fit_compound.py
RIVAL = 0.70  # share of the best one's relevance from which another name may be meant
QUOTED = 0.55  # relevance of a sentence that is cited for a clause
LONGEST_NAME = 3  # words of a name that shorter ones are taken to stand for

_AT = re.compile(r"\b(?:in|on|near|across|around|outside|throughout)\s+(?:the\s+)?$", re.IGNORECASE)
_PLACE = re.compile(
    r"\b(?:where|place|city|town|village|country|state|nation|island|region|province|capital|river|port|street|venue|"
    r"stadium|market|district|location)\b",
    re.IGNORECASE,
)
MOSTLY = 0.5  # share of its mentions after a word of place that makes a name a place
_OFFICE = re.compile(r"\b(?:CEO|CFO|CTO|COO|VP|MP|President|Judge|Season|Week|Trial)\b")
_PERSON = re.compile(
    r"^\W*who\b|\b(?:whose|whom|person|individual|star|singer|actor|actress|player|politician|figure|minister|man|woman|"
    r"coach|author|judge|lawyer|scientist|captain|mayor|official|executive)\b",
    re.IGNORECASE,
)
_PAIR = re.compile(r"^\W*(?:which|what|who) (?:are the |were the )?two\b", re.IGNORECASE)
_OPENING = 6  # words of a question in which it says what kind of thing it asks for

Keys = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A name with its relevance a clause, and the forms in which sentences have it."""

    name: str
    score: float
    forms: frozenset[Keys]


def vote(question: str, found: Sequence[Found], left_out: Sequence[str]) -> list[Candidate]:
    """The names near the clauses, the one that fits them best first. ``found``: what was found for each clause;
    ``left_out``: names that can't be it, such as outlets'. The question's own names never are."""
    own = {key for name in find_names(question) for key in name.keys}
    never = {text.casefold() for text in left_out}
    written: dict[Keys, Counter[str]] = defaultdict(Counter)
    placed: Counter[Keys] = Counter()
    by_clause = [_near(clause, own, never, written, placed) for clause in found]
    person = asks_person(question)
    if not _PLACE.search(_opening(question)):
        by_clause = [
            {k: v for k, v in near.items() if placed[k] < MOSTLY * sum(written[k].values())} for near in by_clause
        ]
    stands_for = _full_names(written, person)
    score: dict[Keys, float] = defaultdict(float)
    for near in by_clause:
        best: dict[Keys, float] = {}
        for keys, value in near.items():
            full = stands_for[keys]
            best[full] = max(best.get(full, 0.0), value)
        for keys, value in best.items():
            score[keys] += value / len(found)
    if person:
        for keys in score:
            score[keys] *= LIKELY_PERSON if 2 <= len(keys) <= LONGEST_NAME else UNLIKELY_PERSON
    return [
        Candidate(_form(written[keys]), score[keys], frozenset(k for k, full in stands_for.items() if full == keys))
        for keys in sorted(score, key=lambda k: (-score[k], k))
    ]


def asks_person(question: str) -> bool:
    """Whether a question asks for a person, by its first words."""
    return bool(_PERSON.search(_opening(question)))


def _opening(question: str) -> str:
    return " ".join(question.split()[:_OPENING])


def asks_pair(question: str) -> bool:
    """Whether two names are asked for: "Which two ministers ..."."""
    return bool(_PAIR.search(question))


def quotes(candidate: Candidate, found: Sequence[Found]) -> tuple[Quote | None, ...]:
    """For each clause the sentence nearest to it that speaks of the candidate, None where none does."""
    return tuple(_quote(clause, candidate.forms) for clause in found)


def _near(
    found: Found, own: set[str], never: set[str], written: Mapping[Keys, Counter[str]], placed: Counter[Keys]
) -> dict[Keys, float]:
    """Each name near a clause with the relevance of the best sentence about it. Its spellings are counted in
    ``written``, and in ``placed`` how often a word of place stands before it."""
    hits = {hit.passage.id: hit for hit in found.hits}
    near: dict[Keys, float] = {}
    for scored in found.ranked[:LOOKED]:
        hit = hits[scored.sentence.passage_id]
        places = (1.0, scored.sentence.text), (IN_TITLE, hit.article.title or ""), (IN_PASSAGE, hit.passage.text)
        for weight, text in places:
            for name in _names(text, own, never):
                near[name.keys] = max(near.get(name.keys, 0.0), weight * max(0.0, scored.relevance))
                written[name.keys][name.text] += 1
                placed[name.keys] += bool(name.start and _AT.search(text[: name.start]))
    return near


def _names(text: str, own: set[str], never: set[str]) -> list[Name]:
    return [
        name
        for whole in find_names(text)
        for name in _owner_and_owned(whole)
        if not set(name.keys) <= own and name.text.casefold() not in never and not _OFFICE.search(name.text)
    ]


def _owner_and_owned(name: Name) -> Sequence[Name]:
    """Both names of "Ada Lovelace's Notes"."""
    parts = re.split(r"['’]s\s+", name.text)
    return (name,) if len(parts) == 1 else [replace(n, start=0) for part in parts for n in find_names(f"of {part}")]


def _full_names(written: Mapping[Keys, Counter[str]], person: bool) -> dict[Keys, Keys]:
    """For each name the one it is short for: its last words ("Lovelace"), its initials, of a person the first too."""
    stands_for: dict[Keys, Keys] = {}
    for keys in written:
        short = len(_form(written[keys]).split()) == 1  # "Lovelace", "Bankman-Fried"
        longer = [
            other
            for other in written
            if short
            and len(keys) < len(other) <= LONGEST_NAME
            and (
                other[-len(keys) :] == keys
                or (len(keys) == 1 and _initials(keys, other, _form(written[other])))
                or (person and other[: len(keys)] == keys)
            )
        ]
        stands_for[keys] = max(longer, key=lambda o: (sum(written[o].values()), o), default=keys)
    return {keys: _last(keys, stands_for) for keys in stands_for}


def _initials(keys: Keys, other: Keys, form: str) -> bool:
    return keys[0] not in other and same_name(Name(0, 0, keys[0], keys), Name(0, 0, form, other))


def _last(keys: Keys, stands_for: Mapping[Keys, Keys]) -> Keys:
    while stands_for[keys] != keys:  # each step is to a longer name
        keys = stands_for[keys]
    return keys


def _form(spellings: Counter[str]) -> str:
    return min(spellings, key=lambda text: (-spellings[text], text))


def _quote(found: Found, forms: frozenset[Keys]) -> Quote | None:
    """The sentence nearest to a clause that speaks of the name: it names it, or the sentence before or the title does.

    A sentence before that is needed for it belongs to the quote.
    """
    for scored in found.ranked[:LOOKED]:
        if scored.relevance < QUOTED:
            return None
        sentence = scored.sentence
        if _speaks_of(sentence.text, forms) or _speaks_of(sentence.article.title or "", forms):
            return _of(sentence, sentence.span.start)
        before = [
            s
            for s in found.sentences
            if s.passage_id == sentence.passage_id and s.span.end <= sentence.span.start and _adjacent(s, sentence)
        ]
        if before and _speaks_of(before[-1].text, forms):
            return _of(sentence, before[-1].span.start)
    return None


def _speaks_of(text: str, forms: frozenset[Keys]) -> bool:
    return any(name.keys in forms for name in find_names(text))


def _adjacent(a: SourceSentence, b: SourceSentence) -> bool:
    return a.article.id == b.article.id and not a.article.text[a.span.end : b.span.start].strip()


def _of(sentence: SourceSentence, start: int) -> Quote:
    end = sentence.span.end
    article = sentence.article
    return Quote(article, sentence.passage_id, start, end, article.text[start:end], sentence.also_in)
