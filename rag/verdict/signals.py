"""What tells an answer that the articles give from one that they don't, as numbers. Pure functions, no model."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.disagreement.mentions import FATES, PEOPLE_ROOTS
from rag.found import Found
from rag.text.names import find_names, is_country, missing_names
from rag.text.quantities import find as find_numbers
from rag.text.reading import read
from rag.text.showable import showable
from rag.text.times import find_dates
from rag.text.units import MEASURES
from rag.text.words import asks_yes_no, content_stems
from rag.types import Check, SourceSentence
from rag.verdict.point import another_subject, asks_time, gives_occasion, lacks_its_name, names_nobody, turned_round

_ASKS_COUNT = re.compile(
    r"\bhow (?:many|much|old|large|big|high|tall|deep|wide|heavy|fast|far)\b"
    r"|\bwhat (?:number|percentage|proportion|share) of\b",
    re.IGNORECASE,
)
_VAGUE_COUNT = re.compile(
    r"\b(?:none|nobody|no one|dozens|scores|hundreds|thousands|millions|several|a few|half|most|all of|every)\b",
    re.IGNORECASE,
)
_ASKS_LENGTH = re.compile(r"\b(?:how|so) long\b", re.IGNORECASE)
_HAS_LENGTH = re.compile(
    r"\b(?:seconds?|minutes?|hours?|days?|nights?|weeks?|fortnight|months?|years?|decades?|centur(?:y|ies)|since|until|till|"
    r"from|ever|always|never|permanent\w*|indefinite\w*|forever|met(?:er|re)s?|kilomet(?:er|re)s?|km|miles?|feet|foot|inch(?:es)?|"
    r"yards?|pages?|words?)\b|\d\s?(?:s|min|h|m|cm|ft)\b",
    re.IGNORECASE,
)
_ASKS_WHY = re.compile(r"^\W*(?:and |but |so )?why\b|\bfor what reason\b", re.IGNORECASE)
_ASKS_NAME = re.compile(
    r"\bwhat (?:is|was|are|were) (?:the |his |her |its |their )?(?:\w+ )?names?\b|\bwho (?:is|was) named\b"
    r"|\bwhat (?:is|was|are|were) .{1,60} (?:named|called)\b",
    re.IGNORECASE,
)
COUNTING = 8  # of the ranked sentences looked at for a count
_HOW_MANY = re.compile(
    r"\bhow many (?!of\b)((?:[\w’'-]+ ){1,4}?)"
    r"(?:is|are|was|were|do|does|did|has|have|had|will|would|can|could|should|may|might|\w+ed|took|fell|died|fled|burn|went|came|left|lost|won|stood|got|made)\b",
    re.IGNORECASE,
)
_JUST_ONE = re.compile(
    r"\b(?:only|just|exactly|no more than|at most) (?:one|a single)((?: [a-z]+){1,3})", re.IGNORECASE
)
# "How many miles east of Berlin is Warsaw?": what follows these says where, not what is counted.
_PLACE = re.compile(
    r"\b(?:(?:north|south|east|west)\w*|of|in|on|at|from|to|per|for|away|above|below|behind|within|along|down|up)\b",
    re.IGNORECASE,
)
_ANYONE = frozenset(content_stems("people persons members men women individuals others times things"))
_TIME_WORDS = re.compile(
    r"\b(?:after|before|during|while|until|since|soon|today|now|early|late|morning|afternoon|evening|night|noon|midday|"
    r"midnight|ago|weeks?|months?|years?|days?|hours?|minutes?|recent\w*|last|next)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Signals:
    """``stated``, ``refusal``: the model's probabilities that the evidence states the answer, and that it would rather
    not say. ``support``: of the checked sentences, the highest. All in [0, 1]."""

    stated: float
    refusal: float
    support: float
    absent: int = 0
    probed: bool = False  # ``stated`` is a fitted probe's, not the model's own yes or no


def misses_the_point(question: str, answer: str) -> str | None:
    """How a sentence that may well be true is no answer to the question, for the reader, or None.

    It only repeats the question; it gives no number, time or name where one was asked for; or it counts something else.
    """
    if asks_yes_no(question):
        return None
    other = another_subject(question, answer)
    if other:
        return f"it speaks of {other}, not of whom was asked about"
    if _ASKS_COUNT.search(question):
        asked = [q.values for q in find_numbers(question)]
        plain = any(q.values not in asked for q in find_numbers(answer)) or _JUST_ONE.search(answer)
        if not plain and not _VAGUE_COUNT.search(answer):
            return "it gives no number, though one was asked for"
        if _other_nation(question, answer):
            return "it counts those of another nation"
        what = counted(question)
        if what and not of_kind(answer, what, asked) and not _VAGUE_COUNT.search(answer):
            return f"it gives no number of {what}"
        fates, fated = _fates(question), _fates(answer)
        if fates and fated and not fates & fated:
            return f"it tells of {' and '.join(sorted(fated))}, not of {' and '.join(sorted(fates))}"
        return None
    if asks_time(question):
        asked_dates = {d.text.lower() for d in find_dates(question)}
        told = [d for d in find_dates(answer) if d.text.lower() not in asked_dates]
        if not told and not _TIME_WORDS.search(answer) and not gives_occasion(question, answer):
            return "it gives no time, though one was asked for"
        return None
    if _ASKS_LENGTH.search(question) and not _HAS_LENGTH.search(answer):
        return "it gives no length of time, though one was asked for"
    if _ASKS_NAME.search(question) and all(is_country(n) for n in missing_names(answer, question)):
        return "it gives no name, though one was asked for"
    if lacks_its_name(question, answer):
        return "it gives no name, though one was asked for"
    if names_nobody(question, answer):
        return "it names nobody, though a name was asked for"
    if turned_round(question, answer):
        return "it has it the other way round"
    if set(content_stems(answer)) <= set(content_stems(question)):
        return "it only repeats the question"
    if _ASKS_WHY.search(question) and set(read(answer).roots) <= set(read(question).roots):  # dates are no reasons
        return "it gives no reason, though one was asked for"
    return None


def asks_name(question: str) -> bool:
    """Whether it asks what somebody or something is called."""
    return bool(_ASKS_NAME.search(question))


def counted(question: str) -> str | None:
    """What a question asks the number of ("provincial capitals"), None where that is just people or not said."""
    found = _HOW_MANY.search(question)
    what = _PLACE.split(found[1].strip(), maxsplit=1)[0].strip() if found else ""
    measure = what.lower().removesuffix("s") in MEASURES or what.lower() in MEASURES
    return what if what and not measure and not set(content_stems(what)) & _ANYONE else None


def of_kind(text: str, what: str, asked: Sequence[tuple[float, ...]] = (), *, strict: bool = False) -> bool:
    """Whether the text holds a number, other than those ``asked`` with, that counts ``what``.

    Unless ``strict`` it may leave unsaid what it counts, and of people any noun for them will do where ``what`` is one:
    checking the quote tells them apart.
    """
    heads = {words[-1] for part in re.split(r"\b(?:and|or)\b", what) if (words := content_stems(part))}
    if any(heads & set(content_stems(m[1])) for m in _JUST_ONE.finditer(text)):
        return True
    for number in find_numbers(text):
        if number.values in asked or number.kind not in ("number", "percent", "fraction", "money"):
            continue
        stems = set(number.unit_stems)
        if heads & stems or (not strict and (not stems or (heads & PEOPLE_ROOTS and stems & PEOPLE_ROOTS))):
            return True
    return False


def counting(question: str, found: Found) -> SourceSentence | None:
    """The sentence that plainly counts what was asked, near every name of the question; None where none does."""
    what = counted(question)
    if not what:
        return None
    asked = [q.values for q in find_numbers(question)]
    near, fates = found.near, _fates(question)
    for scored in found.ranked[:COUNTING]:
        text = scored.sentence.text
        if not showable(text):
            continue
        if fates and not fates & _fates(text):
            continue
        if of_kind(text, what, asked, strict=True) and not missing_names(question, near[scored.sentence.passage_id]):
            return scored.sentence
    return None


def covered(question: str, near: str) -> float:
    """Share of the question's content words that stand in a text, in [0, 1]; 1 where it has none."""
    wanted = set(content_stems(question))
    return len(wanted & set(content_stems(near))) / len(wanted) if wanted else 1.0


def _other_nation(question: str, answer: str) -> bool:
    """Whether the answer to a count speaks of another country's people than the question."""
    ours = {n.keys for n in find_names(question) if is_country(n.text)}
    theirs = {n.keys for n in find_names(answer) if is_country(n.text)}
    return bool(ours and theirs and not ours & theirs)


def _fates(text: str) -> set[str]:
    """What befell people in it: killed, injured, missing, arrested, displaced, rescued."""
    words = set(re.findall(r"[a-z]+", text.lower()))
    return {fate for fate, forms in FATES.items() if words & forms}


def measure(
    question: str,
    checks: Sequence[Check],
    near: Mapping[str, str],
    *,
    stated: float,
    refusal: float | None,
    probed: bool = False,
) -> Signals:
    """The signals of a checked draft; ``near``: the text around each quote by its passage's id (``Found.near``)."""
    passed = [c for c in checks if c.passed]
    quotes = [q for c in passed for q in c.quotes]
    around = " ".join(near.get(q.passage_id, q.text) for q in quotes)
    return Signals(
        stated,
        refusal if refusal is not None else 0.0,
        max((c.support for c in passed), default=0.0),
        len(missing_names(question, around)) if quotes else 0,
        probed,
    )
