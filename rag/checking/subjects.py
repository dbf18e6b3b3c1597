"""Of whom a clause of a sentence says something: whether that is the one a yes/no question asks about.

Rules over words: the clause's own subject, whom its pronoun or noun stands for, or, of a clause without one, that of
the clause it hangs on. Where it can't be told, it is somebody else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag.checking.asked import ADVERBS, Asked
from rag.checking.clauses import AUX, BE, PRONOUNS, TELLS, Clause, accuser
from rag.text.names import Name, same_name
from rag.text.opposites import equals, opposites, things
from rag.text.reading import Reading, Term, is_past, read, root
from rag.text.words import word_set

_RELATIVE = word_set("who which that whom")
_SAYS = frozenset(
    map(root, word_set("say tell state declare announce stress add note recall insist confirm explain promise"))
)
_ARTICLES = word_set("the a an its his her their this that these those some all")
_PREPOSITIONS = word_set("of to in at on for from near against about between under over into behind beside")
_OF_ITSELF = re.compile(  # "says that she": of whom the sentence speaks from the start
    r"\b(?:said|says|added|admitted|insisted|confirmed|promised|made clear)\s+(?:that\s+)?(?:he|she|it|they)\b"
)
_ELECTED = root("elected")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the sentence has the predicate: the term at ``at`` of ``clause``, among ``every`` clause."""

    said: Reading
    every: Sequence[Clause]
    clause: Clause
    at: int

    @property
    def left(self) -> Sequence[Term]:
        start = self.clause.start + (self.clause.after not in ("", "comma"))
        return self.said.terms[min(start, self.at) : self.at]

    @property
    def right(self) -> Sequence[Term]:
        return self.said.terms[self.at + 1 : self.clause.end]


def meanings(ask: Asked) -> frozenset[str]:
    """The roots that say the predicate; who was killed has died, who was elected has won, many verbs mean "say"."""
    if ask.root == root("say"):
        return _SAYS
    if ask.root == root("win"):
        return equals(ask.root) | {_ELECTED}
    return equals(ask.root) | (equals(root("die")) if ask.passive and ask.root == root("kill") else frozenset())


def is_said_of(ask: Asked, place: Place, near: str) -> bool:
    """Whether the clause says it of the one asked about."""
    passive = _passive(place)
    verb = is_past(place.said.terms[place.at].low)
    if ask.passive and not passive and not is_bare(place) and _object_follows(place):
        return _names_subject(ask, place, place.right[:6], near, whole=False)
    elected = place.said.terms[place.at].root == _ELECTED
    if (
        not ask.passive
        and passive
        and verb
        and not ask.there
        and not elected
        and place.said.terms[place.at].root in meanings(ask)
    ):
        by = next((k for k, t in enumerate(place.right) if t.low == "by"), None)
        return by is not None and _names_subject(ask, place, place.right[by + 1 :], near, whole=False)
    return _names_subject(ask, place, place.left, near)


def is_accused(ask: Asked, place: Place) -> bool:
    """Whether somebody else says of a named subject that it did the thing: that settles nothing."""
    if ask.passive or not ask.subject or not inside(ask.reading.terms[ask.subject[-1]], ask.reading.names):
        return False
    at = accuser(place.said, place.every, place.clause, place.at)
    if at is None:
        return False
    said = place.said
    before = [n for n in said.names if n.end <= said.terms[at].start]
    between = [t for t in said.terms[at + 1 : place.at] if t.low in PRONOUNS - {"that"}]
    return not between and not any(same_name(n, own) for n in before for own in ask.reading.names)


def _passive(place: Place) -> bool:
    """Whether a form of "be" stands right before the verb."""
    before = [
        t.low for t in place.left if t.low not in ("not", "never", "also", "already") and not t.low.endswith("ly")
    ]
    return bool(before) and before[-1] in BE


def is_bare(place: Place) -> bool:
    """Whether no noun or pronoun stands before the verb: "With the road closed" has one, "closed on Friday" none."""
    return not any(t.content or t.low in PRONOUNS for t in place.left)


def _object_follows(place: Place) -> bool:
    nearest = place.right[:1]
    return bool(nearest) and (
        nearest[0].content or nearest[0].low in ("the", "a", "an", "its", "his", "her", "their", "all")
    )


def _names_subject(ask: Asked, place: Place, side: Sequence[Term], near: str, *, whole: bool = True) -> bool:
    """Whether a stretch of the sentence names the subject, or stands for it."""
    if ask.anybody and not ask.subject:
        return True
    said = place.said
    told = max((k for k, t in enumerate(side) if t.low in TELLS), default=None) if whole else None
    if told is not None:  # "the minister said the mayor": the mayor
        side = side[told + 1 :]
    content = [t for t in side if t.content and t.low not in AUX | ADVERBS and not t.low.endswith("ly")]
    if whole and not content and not any(t.low in PRONOUNS - _RELATIVE for t in side):
        side = _antecedent(place)
        content = [t for t in side if t.content and t.low not in AUX]
        if not content and any(t.low in PRONOUNS for t in side):
            return _meant(ask, said, near)
    elif not content:
        return any(t.low in PRONOUNS for t in side) and _meant(ask, said, near)
    if not content:
        return False
    names = [n for n in said.names if any(n.start <= t.start < n.end for t in side)]
    subjects = [n for n in ask.reading.names if any(n.start <= ask.reading.terms[i].start < n.end for i in ask.subject)]
    if not ask.subject:  # "Was he injured?"
        return _meant(ask, said, near)
    head = ask.reading.terms[ask.subject[-1]]
    if inside(head, subjects):
        return any(same_name(n, s) and _is_free(said, n.start, n.end) for n in names for s in subjects) or (
            not names and _known_as(content[-1].low, subjects, f"{near} {said.text}")
        )
    roots = {t.root for t in content}
    if not any(t.root in things(head.root) and _is_free(said, t.start, t.end) for t in content):
        return False
    if any(not any(same_name(n, s) for s in ask.reading.names) for n in names) and subjects:
        return False
    around = set(said.roots) | set(read(near).roots)
    for i in ask.subject[:-1]:
        own = ask.reading.terms[i]
        if inside(own, subjects) or own.root in roots:
            continue
        if opposites(own.root) & roots or not things(own.root) & around:
            return False
    return True


def _is_free(said: Reading, start: int, end: int) -> bool:
    """Whether a noun or name is no part of another's: neither "the road to the bridge" nor "the mayor's brother"."""
    if said.text[start:end].lower().endswith(("'s", "’s")) or re.match(r"['’]s?\s", said.text[end : end + 3]):
        return False
    before = [t for t in said.terms if t.end <= start]
    while before and before[-1].content and not said.text[before[-1].end : start].strip():
        start = before.pop().start
    if before and before[-1].low in _ARTICLES and not said.text[before[-1].end : start].strip():
        start = before.pop().start
    return not (before and before[-1].low in _PREPOSITIONS and not said.text[before[-1].end : start].strip())


def _known_as(noun: str, subjects: Sequence[Name], near: str) -> bool:
    """Whether a text calls the subject, and nobody else, by a noun: "the minister" after "Minister Ada Holm"."""
    called = re.compile(rf"\b{re.escape(noun)}s?\b", re.IGNORECASE)
    around = read(near)
    bearers = []
    for name in around.names:
        before = near[max(0, name.start - 40) : name.start].rstrip()
        after = re.match(r",\s+(?:the|an?)\s+(?:[\w-]+\s+){0,3}?(?P<noun>[\w-]+)", near[name.end :])
        beside = re.search(r"([\w-]+)$", before)
        if (
            called.search(name.text)
            or (beside and called.fullmatch(beside[1]))
            or (after and called.fullmatch(after["noun"]))
        ):
            bearers.append(name)
    return bool(bearers) and all(any(same_name(b, s) for s in subjects) for b in bearers)


def _meant(ask: Asked, said: Reading, near: str) -> bool:
    """Whether a pronoun can mean the subject: no other name stands in the sentence, and the passage has the subject."""
    if said.names and _OF_ITSELF.search(said.text) and any(same_name(said.names[0], n) for n in ask.reading.names):
        return True
    head = ask.reading.terms[ask.subject[-1]] if ask.subject else None
    told = head is not None and not inside(head, ask.reading.names) and bool(things(head.root) & set(said.roots))
    if not told and any(not any(same_name(n, own) for own in ask.reading.names) for n in said.names):
        return False
    around = set(said.roots) | set(read(near).roots)
    return all(things(t.root) & around for i in ask.subject if not inside(t := ask.reading.terms[i], ask.reading.names))


def _antecedent(place: Place) -> Sequence[Term]:
    """Where the subject of a clause without one of its own stands: before "and", at the sentence's beginning, or, of
    "who" and "which", right before it."""
    terms, clause = place.said.terms, place.clause
    at = place.every.index(clause)
    if clause.after in _RELATIVE and at:
        last = place.every[at - 1]
        return terms[max(last.start, clause.start - 4) : clause.start]
    first = next(c for c in place.every if c.segment == clause.segment)
    source = place.every[at - 1] if clause.after == "and" and at else first
    if source is clause:
        return ()
    verb = next(
        (i for i in range(source.start, source.end) if terms[i].low in AUX or is_past(terms[i].low)), source.end
    )
    start = source.start + (source.after not in ("", "comma"))
    own = terms[min(start, verb) : verb]
    return own if any(t.content or t.low in PRONOUNS for t in own) else terms[first.start : max(verb, first.start)]


def inside(term: Term, names: Iterable[Name]) -> bool:
    return any(n.start <= term.start < n.end for n in names)
