"""Puts an ``Answer`` together from checked sentences, conflicts and hits. No model, no judgement: only form."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from rag.clock import Clock
from rag.events import event_of
from rag.text.showable import plain
from rag.timeline import timeline
from rag.types import (
    Answer,
    AnswerSentence,
    Article,
    Check,
    Citation,
    Conflict,
    ConflictValue,
    Coverage,
    Hit,
    ModelInfo,
    Quote,
    Reason,
    Retrieved,
    SourceSentence,
    Span,
    Status,
    Withheld,
)

EXCERPT = 24  # words of a sentence that are quoted whole
_PERCENT = re.compile(r"per ?cent\b", re.IGNORECASE)
SOURCES = 2  # named for one value of a dispute; the rest stand in the conflict


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is to be said: the sentences that passed, and what goes with them."""

    status: Status
    reason: str | None
    notice: str | None
    checks: tuple[Check, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    answerability: float | None = None
    coverage: Coverage | None = None


def cite(checks: Sequence[Check]) -> tuple[tuple[AnswerSentence, ...], tuple[Citation, ...], str]:
    """Sentences, their citations numbered in order of appearance, and the text with its markers ``[1][2]``."""
    numbers: dict[tuple[str, int, int], int] = {}
    citations: list[Citation] = []
    sentences: list[AnswerSentence] = []
    shown: list[str] = []
    for check in checks:
        marks = []
        for quote in check.quotes:
            key = (quote.article.id, quote.start, quote.end)
            if key not in numbers:
                numbers[key] = len(numbers) + 1
                citations.append(citation(numbers[key], quote, check.text))
            if numbers[key] not in marks:
                marks.append(numbers[key])
        text = _plain(check.text)
        sentences.append(AnswerSentence(text, tuple(marks), round(check.support, 3)))
        shown.append(with_marks(text, marks))
    return tuple(sentences), tuple(citations), " ".join(shown)


def with_marks(sentence: str, marks: Sequence[int]) -> str:
    """The sentence with its citation markers before the closing full stop: ``It sank [1][2].``

    Where a quotation mark closes it the markers come last: ``“It sank.” [1]``.
    """
    joined = "".join(f"[{n}]" for n in marks)
    if not joined:
        return sentence
    body = sentence.rstrip(".!?…")
    return f"{body.rstrip()} {joined}{sentence[len(body) :]}"


def _plain(sentence: str) -> str:
    """On one line, without marks of its own: an article's "[3]" would pass for a citation."""
    return " ".join(re.sub(r"\s*\[\d+\]", "", sentence).split())


def citation(n: int, quote: Quote, claim: str) -> Citation:
    """The quote as the source of ``claim``, with the days that its date words stand for."""
    a = quote.article
    event_at, event_text = event_of(claim, quote) or (None, None)
    return Citation(
        n,
        a.id,
        quote.passage_id,
        a.title,
        a.outlet,
        a.published_at,
        a.published_at_source,
        quote.text,
        quote.start,
        quote.end,
        a.url,
        quote.also_in,
        event_at,
        event_text,
    )


def retrieved(hits: Sequence[Hit], highlights: Mapping[str, Span]) -> tuple[Retrieved, ...]:
    """The hits as the contract shows them; ``highlights``: each passage's most relevant sentence, by passage id."""
    return tuple(
        Retrieved(
            h.passage.id,
            h.article.id,
            h.article.title,
            h.article.outlet,
            h.article.published_at,
            h.article.published_at_source,
            h.passage.text,
            h.passage.start,
            h.passage.end,
            round(h.score, 5),
            dict(h.ranks),
            highlights.get(h.passage.id),
        )
        for h in hits
    )


def silent(reason: Reason, notice: str, withheld: Sequence[Withheld] = ()) -> Outcome:
    """Nothing is said, and why."""
    return Outcome("not_found", reason, notice, withheld=tuple(withheld))


def quoted(sentence: SourceSentence, problem: str | None) -> Outcome:
    """Without a language model: the best sentence as it stands, said to be just that."""
    notice = (
        f"No language model answered ({problem or 'none is set'}). This is the best matching sentence, as it stands."
    )
    quote = whole(sentence)
    return Outcome("partial", "no language model: quoted evidence only", notice, (Check(sentence.text, (quote,), 1.0),))


def as_it_stands(quote: Quote, withheld: Sequence[Withheld], word: str = "") -> Outcome:
    """The articles' own words in place of a draft that got them wrong, after ``word`` ("Yes: ") where one is due."""
    check = Check(word + plain(quote.text), (quote,), 1.0)
    return Outcome("answered", None, None, (check,), withheld=tuple(withheld))


def denied(sentence: SourceSentence, notice: str, withheld: Sequence[Withheld]) -> Outcome:
    """The question takes for granted what a sentence denies: that sentence, as it stands."""
    check = Check(" ".join(sentence.text.split()), (whole(sentence),), 1.0)
    return Outcome("not_found", "false_premise", notice, (check,), withheld=tuple(withheld))


def corrected(quote: Quote, asked: str, said: str, withheld: Sequence[Withheld]) -> Outcome:
    """The question speaks of ``asked`` where a quote has ``said`` in its place: the quote, as it stands."""
    notice = f"The question speaks of “{asked}”; the articles say “{said}”. This is what they say."
    check = Check(plain(quote.text), (quote,), 1.0)
    return Outcome("not_found", "false_premise", notice, (check,), withheld=tuple(withheld))


def dispute(conflicts: Sequence[Conflict], sentences: Sequence[SourceSentence]) -> Outcome:
    """A disagreement told by code: who says what, and when. The model never picks a side."""
    checks = []
    notice = "The sources disagree."
    for conflict in conflicts:
        if conflict.kind != "disputed":
            continue
        quotes = [_quote_of(value, sentences) for value in conflict.values]
        if len({v.article_id for v in conflict.values}) == 1:  # two parties that one article quotes: its own sentences
            checks += [Check(_plain(q.text), (q,), 1.0) for q in dict.fromkeys(quotes) if q is not None]
            notice = "The article quotes parties that disagree."
            continue
        shown: Counter[str] = Counter()
        for value, quote in zip(conflict.values, quotes, strict=True):
            shown[value.value.lower()] += 1
            if quote is not None and shown[value.value.lower()] <= SOURCES:
                checks.append(
                    Check(
                        f"{source_name(quote.article)}{_also(quote)} says {_said(value, quote).rstrip('.')}.",
                        (quote,),
                        1.0,
                    )
                )
    return Outcome("conflicting", None, notice, tuple(checks), tuple(conflicts))


def latest(conflicts: Sequence[Conflict], sentences: Sequence[SourceSentence]) -> Outcome:
    """Where values only moved over time: the latest report's own sentence; the earlier values are in the conflicts."""
    quotes = [_quote_of(c.values[-1], sentences) for c in conflicts]
    checks = tuple(Check(q.text, (q,), 1.0) for q in dict.fromkeys(quotes) if q is not None)
    return Outcome(
        "answered", None, "Earlier reports gave other figures; this is the latest.", checks, tuple(conflicts)
    )


def compared(conflicts: Sequence[Conflict], sentences: Sequence[SourceSentence]) -> Outcome:
    """Conflicts as they are told: side by side where one is disputed, else by the latest report."""
    return (dispute if any(c.kind == "disputed" for c in conflicts) else latest)(conflicts, sentences)


def drafted(draft_checks: Sequence[Check], conflicts: Sequence[Conflict]) -> Outcome:
    """What passed of a draft; the rest is withheld. ``partial`` when something was."""
    passed = tuple(c for c in draft_checks if c.passed)
    withheld = tuple(Withheld(c.text, c.problem or "no passage says this") for c in draft_checks if not c.passed)
    if withheld and passed:
        return Outcome("partial", "part of the draft failed the check", None, passed, tuple(conflicts), withheld)
    return Outcome("answered", None, None, passed, tuple(conflicts), withheld)


def note(outcome: Outcome, more: str | None) -> Outcome:
    """The outcome with a further notice for the reader, if there is one."""
    return replace(outcome, notice=" ".join(filter(None, (outcome.notice, more)))) if more else outcome


def whole(sentence: SourceSentence) -> Quote:
    """A sentence as the quote of itself."""
    return Quote(
        sentence.article, sentence.passage_id, sentence.span.start, sentence.span.end, sentence.text, sentence.also_in
    )


def answer(
    question: str,
    standalone: str,
    outcome: Outcome,
    shown: tuple[Retrieved, ...],
    clock: Clock,
    model: ModelInfo,
) -> Answer:
    """The contract's object."""
    sentences, citations, text = cite(outcome.checks)
    conflicts = number_conflicts(outcome.conflicts, citations)
    return Answer(
        question,
        standalone,
        outcome.status,
        outcome.reason,
        outcome.notice,
        text,
        sentences,
        citations,
        conflicts,
        outcome.withheld,
        shown,
        clock.timings(),
        clock.stages(),
        clock.meter.usage,
        model,
        None if outcome.answerability is None else round(outcome.answerability, 3),
        timeline(conflicts),
        outcome.coverage,
    )


def _said(value: ConflictValue, quote: Quote) -> str:
    """A value as a source says it: a number with its unit, a time or date bare, all else in the words around it."""
    phrase = _within(value.value) if quote.text.lstrip("\"“‘' ").startswith(value.value) else value.value
    if value.unit and value.unit not in phrase and not (value.unit == "%" and _PERCENT.search(phrase)):
        return f"{phrase} {value.unit}"
    if value.unit or re.search(r"\d", phrase):
        return phrase
    return f"“{_excerpt(quote.text, value.value)}”"


def _excerpt(text: str, phrase: str) -> str:
    """The words around a phrase of a sentence, the whole of it where it is short."""
    text = " ".join(text.split()).rstrip(".")
    at = text.find(phrase)
    if len(text.split()) <= EXCERPT or at < 0:
        return text
    before, after = text[:at].split(), text[at + len(phrase) :].split()
    lead, tail = before[-EXCERPT // 2 :], after[: EXCERPT // 3]
    words = " ".join([*lead, phrase, *tail])
    return f"{'… ' if len(lead) < len(before) else ''}{words}{' …' if len(tail) < len(after) else ''}"


def _also(quote: Quote) -> str:
    """That other articles print the same report: copies add no weight."""
    more = len(quote.also_in)
    return f" (also in {more} other article{'s' if more > 1 else ''})" if more else ""


def _within(phrase: str) -> str:
    """A phrase that opened a sentence ("At least 17"), as it stands within one."""
    return phrase if phrase[:2].isupper() else phrase[:1].lower() + phrase[1:]


def _quote_of(value: ConflictValue, sentences: Sequence[SourceSentence]) -> Quote | None:
    for sentence in sentences:
        if sentence.article.id == value.article_id and (value.quote in sentence.text or sentence.text in value.quote):
            return whole(sentence)
    return None


def source_name(article: Article) -> str:
    """What to call an article in a sentence: outlet and date, else its title, else a report of that date."""
    day = f" of {long_date(article.published_at)}" if article.published_at else ""
    if article.outlet and not re.search(r"\d", article.outlet):
        return f"{article.outlet}{day}"
    if article.title and not re.search(r"\d", article.title):
        title = article.title.strip().rstrip(".")
        return f"The report “{title}”{day}"
    return f"A report{day}"


def long_date(iso: str) -> str:
    """``2021-06-21`` as ``21 June 2021``."""
    day = date.fromisoformat(iso)
    return f"{day.day} {day:%B} {day.year}"


def number_conflicts(conflicts: Sequence[Conflict], citations: Sequence[Citation]) -> tuple[Conflict, ...]:
    """The conflicts with the number of the citation that shows each value, where the text cites it."""

    def number(value: ConflictValue) -> int | None:
        for c in citations:
            if c.article_id == value.article_id and (value.quote in c.quote or c.quote in value.quote):
                return c.n
        return None

    return tuple(replace(c, values=tuple(replace(v, citation=number(v)) for v in c.values)) for c in conflicts)
