"""Gives the other sources a hearing: sentences with another value than the one to be told are put to the model alone.

A draft is written from several sources at once and tells one value. Where other sentences hold another value of that
kind, each is read by itself under the same question, and the probe tells whether it states an answer (``rag.probe``):
one that does is a second answer, and both are shown. A sentence that answers something else is left alone, however
alike its words. By the same sign a quote that passed every check is held to the question once more where the draft is
a doubtful one: a sentence on a neighbouring matter may carry every word of it and answer nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from rag import drafting, probe, prompt
from rag.disagreement import conflict, copies, telling
from rag.disagreement.asked import Asked, asked_of
from rag.disagreement.matter import SAME_NEWS_DAYS, kin
from rag.disagreement.uncounted import is_age, margin_fits
from rag.found import Found, Scored
from rag.llm.base import LLM, Cancel
from rag.ranking import LEANING
from rag.text.quantities import Quantity, find, same
from rag.text.reading import read, root
from rag.text.senses import counts_same
from rag.text.units import TIME_UNITS
from rag.text.words import words
from rag.types import Check, Conflict, SourceSentence, Span

LOOKED = 16  # of the most promising sentences, for one with another value
HEARD = 3  # of them that are put to the model at most: about 60 tokens each
STATES = 0.5  # probability that a sentence states an answer, from which it counts as one
BESIDE = 0.1  # probability, below which a quote answers something else than was asked
DOUBTED = 0.7  # answerability from which a draft is not held to its quote once more
_NOW = re.compile(r"\b(?:now|still|currently|so far|latest|at the moment|today)\b", re.IGNORECASE)
_NUMBERS = {"count": ("number",), "percent": ("percent",), "money": ("number", "money")}  # that answer such questions
_MANY = frozenset({"count", "money", "percent", "span", "length", "mass", "volume", "area", "power", "speed"})
_WHAT = re.compile(r"\W*(?:what|which)\s+(?:is|are|was|were|will|would|did|does|do|has|have)\b", re.IGNORECASE)
_NOT = re.compile(r"\b(?:not|rather than|instead of)\s+(?:the\s+|just\s+|only\s+)?$", re.IGNORECASE)
_AT_FIRST = re.compile(
    r"[^.;]{0,40}\b(?:first|initially|earlier|previously|originally|was (?:given|reported|announced))\b", re.IGNORECASE
)
_CORRECTION = re.compile(r"\bcorrect(?:ion|ed|s)\b", re.IGNORECASE)
_YEARS = re.compile(r"[\s-]*years?(?:[\s-]*olds?\b|\s+of age\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Value:
    """A number that may answer, where it stands and how promising its sentence is."""

    source: SourceSentence
    relevance: float
    quantity: Quantity


def stated(llm: LLM, question: str, evidence: str, cancel: Cancel | None = None) -> float | None:
    """Probability in [0, 1] that ``evidence`` states the answer, None for a model without a probe.

    Costs a prompt of these few words, and writes nothing.
    """
    template, fitted = prompt.load("answer"), probe.of(llm.name)
    if fitted is None or fitted.prompt != template.label:
        return None
    asked = prompt.render(template, {"evidence": evidence, "question": question})
    return fitted.stated(llm.choice(asked, drafting.OPENINGS, cancel=cancel).hidden)


def beside_the_point(
    llm: LLM, question: str, told: Sequence[Check], answerability: float | None, cancel: Cancel | None = None
) -> bool:
    """Whether the first quote of a doubtful answer says by itself nothing of what was asked."""
    if not told or answerability is None or answerability >= DOUBTED or asked_of(question).yes_no:
        return False
    quote = told[0].quotes[0]
    sentence = SourceSentence(quote.article, quote.passage_id, Span(quote.start, quote.end), quote.text)
    alone = stated(llm, question, prompt.evidence_block([sentence]), cancel)
    return alone is not None and alone < BESIDE


def others(
    llm: LLM, question: str, told: Sequence[Check], found: Found, cancel: Cancel | None = None
) -> list[Conflict]:
    """The value that is to be told with those that other sentences give for it, where there are any."""
    asked = asked_of(question)
    if asked.yes_no or asked.one_party or not (asked.kinds & _MANY or _attribute(asked, told)):
        return []
    mine = _told_value(asked, told, found)
    if mine is None:
        return []
    answers = [mine]
    for value in islice(_rivals(asked, mine, found), HEARD):
        if any(same(value.quantity, a.quantity) for a in answers):
            continue
        if value.source.article.id != mine.source.article.id and not kin(read(question), value.source, mine.source):
            continue
        if denies(value, mine) or (stated(llm, question, _titled(value.source, found), cancel) or 0.0) >= STATES:
            answers.append(value)
    if len(answers) == 1:
        return []
    shown = [telling.Told(a.source, a.relevance, a.quantity.phrase, _unit(a.quantity), a.quantity) for a in answers]
    about = asked.noun or (mine.quantity.unit if mine.quantity.kind == "number" else None) or "amount"
    days = 0 if _NOW.search(question) else SAME_NEWS_DAYS
    found_apart = telling.made(about, shown, conflict.fixed(question), days)
    if any(_corrects(a, b) for a in answers for b in answers):
        found_apart = replace(found_apart, kind="superseded")
    return [found_apart]


def denies(value: Value, other: Value) -> bool:
    """Whether a sentence sets its number against the other's in so many words: "27 men are missing, not 22"."""
    text = value.source.text
    return any(q.values == other.quantity.values and _NOT.search(text[: q.phrase_start]) for q in find(text))


def _corrects(value: Value, other: Value) -> bool:
    """Whether it tells the other as what was said at first ("44 are gone, not 31 as the police first said"), or is a
    correction."""
    text = value.source.text
    at_first = any(q.values == other.quantity.values and _AT_FIRST.match(text, q.end) for q in find(text))
    return denies(value, other) and (at_first or bool(_CORRECTION.search(value.source.article.title or "")))


def _attribute(asked: Asked, told: Sequence[Check]) -> bool:
    """Whether one number is all that answers a question for an attribute: "What was the attendance?"."""
    return (
        not asked.kinds
        and _WHAT.match(asked.text) is not None
        and len(told) == 1
        and len(_numbers(told[0].text, asked)) == 1
    )


def _told_value(asked: Asked, told: Sequence[Check], found: Found) -> Value | None:
    """The number that the answer gives, as its quote has it."""
    for check in told:
        given = _numbers(check.text, asked)
        for quote in check.quotes:
            for scored in found.ranked:
                sentence = scored.sentence
                inside = sentence.passage_id == quote.passage_id and quote.start <= sentence.span.start < quote.end
                held = _numbers(sentence.text, asked) if inside else []
                match = next((q for q in reversed(held) if any(same(q, g) for g in given)), None)
                if match is not None:
                    return Value(sentence, _relevance(scored), match)
    return None


def _rivals(asked: Asked, mine: Value, found: Found) -> Iterator[Value]:
    """Numbers in other sentences that may answer as well, the most promising sentences first, an article once."""
    seen = set()
    for scored in found.ranked[:LOOKED]:
        sentence = scored.sentence
        article = sentence.article
        if article.content_hash in seen or sentence.text == mine.source.text:
            continue
        numbers = [q for q in _numbers(sentence.text, asked) if _like(q, mine.quantity)]
        if any(same(q, mine.quantity) and not _NOT.search(sentence.text[: q.phrase_start]) for q in numbers):
            continue  # it gives that value, too
        numbers = [q for q in numbers if not same(q, mine.quantity)]
        own = article.id == mine.source.article.id
        if numbers and (own or not copies.holds(mine.source.article, sentence.text)):
            seen.add(article.content_hash)
            yield Value(sentence, _relevance(scored), numbers[0])


def _numbers(text: str, asked: Asked) -> list[Quantity]:
    """The numbers that may be what is asked for: of what it counts, where it names that; else of nothing that it names
    itself. No ages, and stretches of time only where one is asked for."""
    time, known = "span" in asked.kinds, find(asked.text)
    kinds = next((kinds for name, kinds in _NUMBERS.items() if name in asked.kinds), ("number", "money", "percent"))
    found = [
        q
        for q in find(text)
        if q.kind in kinds
        and len(q.values) == 1
        and (q.unit in TIME_UNITS) == time
        and not any(q.values == k.values for k in known)
        and not _YEARS.match(text, q.end)
        and not is_age(text, q)
        and margin_fits(asked.text, text, q)
    ]
    if asked.noun and not time:
        noun = asked.noun.split()[-1]
        return [q for q in found if q.unit is None or counts_same(q.unit, noun)]
    roots = {root(word) for word in words(asked.text)}
    return [q for q in found if q.unit is None or root(q.unit.lower()) not in roots]


def _like(one: Quantity, two: Quantity) -> bool:
    """Whether two numbers may count the same: alike in kind and noun, or one without a noun."""
    if one.kind != two.kind:
        return False
    if one.kind == "number":
        return one.unit is None or two.unit is None or counts_same(one.unit, two.unit)
    return one.kind == "percent" or one.unit == two.unit


def _titled(sentence: SourceSentence, found: Found) -> str:
    """A sentence under its article's title, and with the sentence before where it leans on that."""
    before = [
        s
        for s in found.sentences
        if LEANING.match(sentence.text) and s.passage_id == sentence.passage_id and s.span.end <= sentence.span.start
    ]
    lead = [max(before, key=lambda s: s.span.end)] if before else []
    day, _, text = prompt.evidence_block([*lead, sentence]).partition(": ")
    title = (sentence.article.title or "").strip().rstrip(".")
    return f"{day}: {title}. {text}" if title else f"{day}: {text}"


def _relevance(scored: Scored) -> float:
    return min(1.0, max(0.0, scored.relevance / 1.5))


def _unit(number: Quantity) -> str | None:
    return "%" if number.kind == "percent" else number.unit
