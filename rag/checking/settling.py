"""Whether one sentence settles a yes/no question: one of its clauses says what is asked, or its plain opposite, of the
same subject and object. Rules over words, no model.

Where who did it, to whom, or whether it happened can't be told from that clause, nothing is settled.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from rag.checking.asked import Asked, asked
from rag.checking.clauses import AUX, BE, PRONOUNS, Clause, clauses, holds_off, is_denied, mode
from rag.checking.relations import relations, turned_round
from rag.text.names import Name, missing_names, same_name
from rag.text.opposites import complements, equals, opposites, things
from rag.text.quantities import same
from rag.text.reading import Reading, Term, is_past, read, root, stands_as_noun, unprefixed
from rag.text.times import dates_agree
from rag.text.words import word_set

Word = Literal["Yes", "No"]

_FRAME = re.compile(  # "Are you sure that it sank?" asks whether it sank
    r"^\W*(?:are you (?:sure|certain)|is it (?:true|correct|right|a fact)|do you (?:know|think|believe)|"
    r"can you (?:tell me|confirm))\s+(?:that\s+|if\s+|whether\s+)?",
    re.IGNORECASE,
)
_NOMINAL = re.compile(r"(?:tion|sion|ment|ance|ence|ure|al)s?$")
_COMPARES = re.compile(r"\b(?:more|less|fewer)\s+(?P<of>[a-z]+)|\b[a-z]{3,}er than\b", re.IGNORECASE)
_COMPARED = re.compile(r"\b(?:more|less|fewer|than|worse|better|[a-z]{3,}er)\b", re.IGNORECASE)

BESIDE = 0.5  # of the words that only go along, how many the sentence or its passage must hold

_TURNED = {"for": "against", "against": "for", "with": "without", "to": "from", "from": "to", "into": "from"}
_PREPOSITIONS = word_set("to with without against for by from into about of than off on in at over")
_RELATIVE = word_set("who which that whom")
_SAYING = word_set(
    """say said tell told think thought believ believe admit announc announce claim report warn confirm deni deny"""
)
_OBJECTS = word_set("him her it them this that")


@dataclass(frozen=True, slots=True)
class _Place:
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


def settled(question: str, sentence: str, near: str, article: str = "") -> Word | None:
    """Yes or No, or None. ``near``: the text around the sentence, title included, where names of the question, and whom
    a pronoun of the sentence means, may stand; ``article``: all of it, for what only goes along."""
    framed = _FRAME.sub("did ", question, count=1)
    compared = _COMPARES.search(question)
    if compared and not (_COMPARED.search(sentence) and (compared["of"] or "").lower() in sentence.lower()):
        return None
    ask, said = asked(read(framed)), read(sentence)
    if ask is None or ask.reading.denied or missing_names(question, near):
        return None
    dates = said.dates if ask.subject else (*said.dates, *read(near).dates)
    if not all(dates_agree(d, dates, None) for d in ask.reading.dates) or not _goes_along(
        ask, said, f"{near} {article}"
    ):
        return None
    every = clauses(said)
    found = [_by_relation(ask, said, every)]
    for at, term in enumerate(said.terms):
        is_same = term.root in _equals(ask)
        prefixed = bool(_equals(ask) & set(unprefixed(term.low)))
        if is_same or prefixed or (term.root in opposites(ask.root) and not _inside(term, said.names)):
            clause = next(c for c in every if c.start <= at < c.end)
            found.append(_told(ask, _Place(said, every, clause, at), near, turned=not is_same))
    words = {word for word in found if word}
    return words.pop() if len(words) == 1 else None


def _equals(ask: Asked) -> frozenset[str]:
    """The roots that say the predicate; who was killed has died."""
    return equals(ask.root) | (equals(root("die")) if ask.passive and ask.root == root("kill") else frozenset())


def _by_relation(ask: Asked, said: Reading, every: Sequence[Clause]) -> Word | None:
    """Of "A beat B" and its like: which way round the sentence tells it."""
    ours = [r for r in relations(ask.reading) if r.kind not in ("buy", "lend")]
    theirs = relations(said)
    for one in ours:
        for other in (r for r in theirs if r.kind == one.kind):
            at = next((i for i, t in enumerate(said.terms) if t.start >= other.at), None)
            clause = next((c for c in every if at is not None and c.start <= at < c.end), None)
            if at is None or clause is None or mode(said, every, clause, min(at + 1, clause.end - 1)) != "fact":
                continue
            way = turned_round(one, other)
            if way is not None:
                return "No" if way else "Yes"
    return None


def _told(ask: Asked, place: _Place, near: str, *, turned: bool) -> Word | None:
    """What one use of the predicate in a sentence amounts to."""
    terms, term = place.said.terms, place.said.terms[place.at]
    wanted = ask.reading.terms[ask.predicate]
    prefixed = bool(_equals(ask) & set(unprefixed(term.low)))
    denied_noun = bool(place.left) and place.left[-1].low == "no"
    text = place.said.text[terms[place.clause.start].start : terms[place.clause.end - 1].end]
    if _NOMINAL.search(term.low) and not _NOMINAL.search(wanted.low) and not denied_noun:
        return None
    noun_asked = ask.there or stands_as_noun(wanted.low, ask.reading.text)
    if stands_as_noun(term.low, text) and not noun_asked:
        return None
    if ask.particle and not turned and ask.particle not in [t.low for t in place.right[:3]]:
        return None
    how = mode(place.said, place.every, place.clause, place.at)
    denied = is_denied(terms, place.every, place.clause, place.at)
    if denied is None or not _fits(ask, how, denied):
        return None
    side = _opposed_side(ask, place)
    if not _governed(ask, place, near) or not _subject(ask, place, near):
        return None
    for number in ask.reading.numbers:
        theirs = [
            n
            for n in place.said.numbers
            if terms[place.clause.start].start <= n.start <= terms[place.clause.end - 1].end
        ]
        if not any(same(number, n) for n in theirs):
            other = any(n.unit_stem is not None and n.unit_stem == number.unit_stem for n in theirs)
            return "No" if other and not denied and not turned else None
    if turned:
        if denied:
            return "Yes" if (wanted.root in complements(term.root) or prefixed) and not side else None
        return None if side else "No"
    return "Yes" if denied == side else "No"


def _fits(ask: Asked, how: str, denied: bool) -> bool:
    """Whether what is told so may answer what is asked so."""
    if how == "unsaid":
        return holds_off(ask.reading.text)
    if how == "possible":
        return ask.may
    return how == "fact" or ask.ahead or ask.may or denied


# --- who, whom and where --------------------------------------------------------------------------


def _goes_along(ask: Asked, said: Reading, near: str) -> bool:
    """Whether where and when it is asked of stand in the sentence or around it."""
    if not ask.beside:
        return True
    held = set(said.roots) | set(read(near).roots)
    wanted = [ask.reading.terms[i].root for i in ask.beside]
    return sum(bool(things(r) & held) for r in wanted) >= BESIDE * len(wanted)


def _opposed_side(ask: Asked, place: _Place) -> bool:
    """Whether the sentence has "against" where the question has "for"."""
    ours = _after(ask.reading.terms[ask.predicate + 1 :])
    theirs = _after(place.right)
    return {ours, theirs} == {"for", "against"}


def _after(terms: Sequence[Term]) -> str:
    """The preposition that follows a predicate at once."""
    return terms[0].low if terms and terms[0].low in _PREPOSITIONS else ""


def _governed(ask: Asked, place: _Place, near: str) -> bool:
    """Whether the clause has all that the predicate takes, in the same place."""
    if not ask.governed:
        return True
    said, terms = place.said, place.said.terms
    start, end = place.clause.start, place.clause.end
    if ask.root in _SAYING:  # what is said stands in a clause of its own
        end = max(c.end for c in place.every if c.segment == place.clause.segment)
    if _bare(place) and not any(t.content for t in place.right):  # "was content with it, and would not appeal"
        start = next(c for c in place.every if c.segment == place.clause.segment).start
    text = said.text[terms[start].start : terms[end - 1].end]
    pronoun = any(t.low in _OBJECTS for t in terms[place.at + 1 : end])
    elided = _opposed_side(ask, place) and not any(t.content for t in place.right)
    for i in ask.governed:
        wanted = ask.reading.terms[i]
        name = next((n for n in ask.reading.names if n.start <= wanted.start < n.end), None)
        if name and i + 1 in ask.governed and not _inside(ask.reading.terms[i + 1], ask.reading.names):
            continue  # "the Voss verdict": the passage has the name, the clause the verdict
        if name:
            others = [n for n in said.names if terms[place.at].end <= n.start < terms[end - 1].end]
            if missing_names(name.text, text) and not (pronoun and not others) and not elided:
                return False
            continue
        uses = [j for j in range(start, end) if j != place.at and terms[j].root in things(wanted.root)]
        if not uses and not elided:
            return False
        ours = _before(ask.reading.terms, i, ask.predicate)
        theirs = {_before(terms, j, place.at) for j in uses}
        if ours and theirs and all(t == _TURNED.get(ours) for t in theirs) and ours not in ("for", "against"):
            return False
    return True


def _before(terms: Sequence[Term], at: int, since: int) -> str:
    """The preposition that brings a word, looked for no further back than ``since``."""
    return next((terms[j].low for j in range(at - 1, max(since, -1), -1) if terms[j].low in _PREPOSITIONS), "")


def _subject(ask: Asked, place: _Place, near: str) -> bool:
    """Whether the clause says it of the one asked about."""
    passive = _passive(place)
    verb = is_past(place.said.terms[place.at].low)
    if ask.passive and not passive and not _bare(place) and _object_follows(place):
        return _is_subject(ask, place, place.right[:6], near, whole=False)
    if not ask.passive and passive and verb and not ask.there and place.said.terms[place.at].root in _equals(ask):
        by = next((k for k, t in enumerate(place.right) if t.low == "by"), None)
        return by is not None and _is_subject(ask, place, place.right[by + 1 :], near, whole=False)
    return _is_subject(ask, place, place.left, near)


def _passive(place: _Place) -> bool:
    """Whether a form of "be" stands right before the verb."""
    before = [
        t.low for t in place.left if t.low not in ("not", "never", "also", "already") and not t.low.endswith("ly")
    ]
    return bool(before) and before[-1] in BE


def _bare(place: _Place) -> bool:
    """Whether no noun or pronoun stands before the verb: "With the road closed" has one, "closed on Friday" none."""
    return not any(t.content or t.low in PRONOUNS for t in place.left)


def _object_follows(place: _Place) -> bool:
    nearest = place.right[:1]
    return bool(nearest) and (
        nearest[0].content or nearest[0].low in ("the", "a", "an", "its", "his", "her", "their", "all")
    )


def _is_subject(ask: Asked, place: _Place, side: Sequence[Term], near: str, *, whole: bool = True) -> bool:
    """Whether a stretch of the sentence names the subject, or stands for it."""
    if ask.anybody and not ask.subject:
        return True
    said = place.said
    content = [t for t in side if t.content and t.low not in AUX and not t.low.endswith("ly")]
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
    if _inside(head, subjects):
        return any(same_name(n, s) for n in names for s in subjects)
    roots = {t.root for t in content}
    if not things(head.root) & roots:
        return False
    if any(not any(same_name(n, s) for s in ask.reading.names) for n in names) and subjects:
        return False
    around = set(said.roots) | set(read(near).roots)
    for i in ask.subject[:-1]:
        own = ask.reading.terms[i]
        if _inside(own, subjects) or own.root in roots:
            continue
        if opposites(own.root) & roots or not things(own.root) & around:
            return False
    return True


def _meant(ask: Asked, said: Reading, near: str) -> bool:
    """Whether a pronoun can mean the subject: no other name stands in the sentence, and the passage has the subject."""
    if any(not any(same_name(n, own) for own in ask.reading.names) for n in said.names):
        return False
    around = set(said.roots) | set(read(near).roots)
    return all(
        things(t.root) & around for i in ask.subject if not _inside(t := ask.reading.terms[i], ask.reading.names)
    )


def _antecedent(place: _Place) -> Sequence[Term]:
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


def _inside(term: Term, names: Iterable[Name]) -> bool:
    return any(n.start <= term.start < n.end for n in names)
