"""Whether one sentence settles a yes/no question: one of its clauses says what is asked, or its plain opposite, of the
same subject and object. Rules over words, no model.

Where who did it, to whom, or whether it happened can't be told from that clause, nothing is settled.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from rag.checking.asked import Asked, asked
from rag.checking.clauses import Clause, clauses, holds_off, is_denied, mode
from rag.checking.relations import relations, turned_round
from rag.checking.subjects import Place, inside, is_accused, is_bare, is_said_of, meanings
from rag.text.names import missing_names
from rag.text.opposites import complements, equals, opposites, things
from rag.text.quantities import same
from rag.text.reading import Reading, Term, read, root, stands_as_noun, unprefixed
from rag.text.times import dates_agree
from rag.text.words import word_set, words

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
_SAYING = word_set(
    """say said tell told think thought believ believe admit announc announce claim report warn confirm deni deny"""
)
_OBJECTS = word_set("him her it them this that")


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
    if not all(dates_agree(d, dates, None) for d in ask.reading.dates) or not _goes_along(ask, said, near, article):
        return None
    every = clauses(said)
    found = [_by_relation(ask, said, every)]
    own = {
        next(c.start for c in every if c.start <= i < c.end)
        for i, t in enumerate(said.terms)
        if t.root in meanings(ask)
    }
    for at, term in enumerate(said.terms):
        is_same = term.root in meanings(ask)
        if not is_same and next(c.start for c in every if c.start <= at < c.end) in own:
            continue  # the clause has the very word
        prefixed = bool(meanings(ask) & set(unprefixed(term.low)))
        if is_same or prefixed or (term.root in opposites(ask.root) and not inside(term, said.names)):
            clause = next(c for c in every if c.start <= at < c.end)
            found.append(_told(ask, Place(said, every, clause, at), near, turned=not is_same))
    words = {word for word in found if word}
    return words.pop() if len(words) == 1 else None


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


def _told(ask: Asked, place: Place, near: str, *, turned: bool) -> Word | None:
    """What one use of the predicate in a sentence amounts to."""
    terms, term = place.said.terms, place.said.terms[place.at]
    wanted = ask.reading.terms[ask.predicate]
    prefixed = bool(meanings(ask) & set(unprefixed(term.low)))
    denied_noun = bool(place.left) and place.left[-1].low == "no"
    text = place.said.text[terms[place.clause.start].start : terms[place.clause.end - 1].end]
    if _NOMINAL.search(term.low) and not _NOMINAL.search(wanted.low) and not denied_noun:
        return None
    noun_asked = ask.there or stands_as_noun(wanted.low, ask.reading.text)
    if stands_as_noun(term.low, text) and not noun_asked:
        return None
    if term.low == "close" and wanted.content and not term.content:  # "close to the border"
        return None
    if ask.particle and not turned and ask.particle not in [t.low for t in place.right[:3]]:
        return None
    how = mode(place.said, place.every, place.clause, place.at)
    denied = is_denied(terms, place.every, place.clause, place.at)
    if denied is None or not _fits(ask, how, denied):
        return None
    if not denied and is_accused(ask, place):
        return None
    side = _opposed_side(ask, place)
    if not _governed(ask, place, near) or not is_said_of(ask, place, near):
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


def _goes_along(ask: Asked, said: Reading, near: str, article: str) -> bool:
    """Whether where and when it is asked of stand in the sentence or around it."""
    held = set(said.roots)
    wanted = [ask.reading.terms[i].root for i in ask.beside]
    for text in ("", near, article):
        held |= {root(w) for w in words(text)}
        if sum(bool(things(r) & held) for r in wanted) >= BESIDE * len(wanted):
            return True
    return False


def _opposed_side(ask: Asked, place: Place) -> bool:
    """Whether the sentence has "against" where the question has "for"."""
    ours = _after(ask.reading.terms[ask.predicate + 1 :])
    theirs = _after(place.right)
    return {ours, theirs} == {"for", "against"}


def _plain(terms: Sequence[Term]) -> list[Term]:
    """The terms but for what only says how or when: "voted against, saying"."""
    return [t for t in terms if not t.low.endswith(("ing", "ly")) and t.low not in ("also", "again")]


def _after(terms: Sequence[Term]) -> str:
    """The preposition that follows a predicate at once."""
    return terms[0].low if terms and terms[0].low in _PREPOSITIONS else ""


def _governed(ask: Asked, place: Place, near: str) -> bool:
    """Whether the clause has all that the predicate takes, in the same place."""
    if not ask.governed:
        return True
    said, terms = place.said, place.said.terms
    start, end = place.clause.start, place.clause.end
    if ask.root in _SAYING:  # what is said stands in a clause of its own
        stop = re.search(r";|\bbut\b|[.!?]\s", said.text[terms[place.at].end :])
        last = terms[place.at].end + stop.start() if stop else len(said.text)
        end = max(i for i, t in enumerate(terms) if t.start < last) + 1
    if is_bare(place) and not any(t.content for t in place.right):  # "was content with it, and would not appeal"
        start = next(c for c in place.every if c.segment == place.clause.segment).start
    text = said.text[terms[start].start : terms[end - 1].end]
    pronoun = any(t.low in _OBJECTS for t in terms[place.at + 1 : end])
    ours = _after(ask.reading.terms[ask.predicate + 1 :])
    elided = ours in ("for", "against") and _after(place.right) in ("for", "against") and len(_plain(place.right)) == 1
    for i in ask.governed:
        wanted = ask.reading.terms[i]
        name = next((n for n in ask.reading.names if n.start <= wanted.start < n.end), None)
        if name and i + 1 in ask.governed and not inside(ask.reading.terms[i + 1], ask.reading.names):
            continue  # "the Voss verdict": the passage has the name, the clause the verdict
        if name:
            others = [n for n in said.names if terms[place.at].end <= n.start < terms[end - 1].end]
            if missing_names(name.text, text) and not (pronoun and not others) and not elided:
                return False
            continue
        alike = things(wanted.root) | equals(wanted.root)
        uses = [j for j in range(start, end) if j != place.at and terms[j].root in alike]
        if ask.root in _SAYING and any(_is_denied(place, j) is not False for j in uses):
            return False
        if not uses and not elided:
            return False
        ours = _before(ask.reading.terms, i, ask.predicate)
        theirs = {_before(terms, j, place.at) for j in uses}
        if ours and theirs and all(t == _TURNED.get(ours) for t in theirs) and ours not in ("for", "against"):
            return False
    return True


def _is_denied(place: Place, at: int) -> bool | None:
    clause = next(c for c in place.every if c.start <= at < c.end)
    return is_denied(place.said.terms, place.every, clause, at)


def _before(terms: Sequence[Term], at: int, since: int) -> str:
    """The preposition that brings a word, looked for no further back than ``since``."""
    return next((terms[j].low for j in range(at - 1, max(since, -1), -1) if terms[j].low in _PREPOSITIONS), "")
