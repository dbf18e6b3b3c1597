"""Holds one generated sentence to the passages: which quote carries it, how well, and what is wrong with it.

First a quote is chosen: one to three contiguous sentences of one passage with the highest support. Then hard checks:
every number (with what it counts), date and name of the sentence must stand in that quote, and the quote must not
deny it, swap its roles, or only call it possible. Its other words must stand there in some form, too, or in headline or
question: a short sentence that repeats the question would else pass whatever it answers. A name may also stand in the
article's title, which is shown with every citation; a surname is completed from the article or the question, but the
question alone brings in no name.
What passes them must be probable enough (``rag.checking.confidence``); where that is doubtful a second opinion may be
asked. What the quote only passes on as somebody's word is not told as fact.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rag.checking import attribution, confidence, own_words
from rag.checking.answer_word import polarity_ok, split_answer_word
from rag.checking.hard_checks import absence, contradiction, unheard
from rag.checking.quote_pairs import Scored, list_pair, naming_pair
from rag.checking.support import DEFAULT, Weights, Window, matched, ranked_windows, rarities, windows
from rag.text.names import find_names, missing_names
from rag.text.reading import read
from rag.text.sentences import split
from rag.text.showable import asks, plain, showable
from rag.text.words import asks_yes_no
from rag.types import Check, Quote, SourceSentence

TRIMMED = 0.75  # of a longer quote's share of the claim's words that a part of it must hold
TRIMMED_SURE = (0.9, 0.6)  # with that probability, that share is enough

Opinion = Callable[[str, Quote], float | None]  # a claim and its quote to the probability that the quote carries it


@dataclass(frozen=True, slots=True)
class _Sources:
    """What a claim is held against, and how."""

    sentences: Sequence[SourceSentence]
    rarity: Mapping[str, float]
    question: str
    weights: Weights
    opinion: Opinion | None


def check(
    claim: str,
    sources: Sequence[SourceSentence],
    cosines: Sequence[float],
    question: str = "",
    weights: Weights = DEFAULT,
    opinion: Opinion | None = None,
) -> Check:
    """Check one sentence against the sentences of the retrieved passages.

    An "according to ..." of the claim that its quote does not have is cut off, where the rest passes without it.

    ``sources``: all sentences of those passages, in any order; ``cosines``: the claim's similarity to each, in [-1, 1],
    or empty where unknown; ``opinion`` is asked where the cheap signs leave a doubt. The result has one or two quotes,
    or a problem in plain English and no quote. Its text is the claim, or the quote's own sentence where the claim would
    leave out whose word it is.
    """
    held = _Sources(sources, rarities(sources), question, weights, opinion)
    found = _checked(claim, held, cosines)
    told = attribution.source_of(claim)
    if told is None or (found.passed and (found.text != claim or _from(*told, found.quotes))):
        return found
    bare = _checked(told[1], held, cosines) if _says_more(told[1], question) else found
    if bare.passed and bare is not found:
        return bare
    return Check(claim, (), found.support, found.problem or f"the quote does not have this from “{told[0]}”")


def _from(who: str, claim: str, quotes: Sequence[Quote]) -> bool:
    """Whether one of a claim's quotes has it from ``who``."""
    return any(
        attribution.speaks(
            who, read(claim), [read(q.text[s.start : s.end]) for s in split(q.text)], q.article.outlet or ""
        )
        for q in quotes
    )


def _says_more(claim: str, question: str) -> bool:
    """Whether a claim says anything that the question does not: one that only repeats it answers nothing."""
    answer_word, body = split_answer_word(claim)
    ours, asked = read(body), read(question)
    return bool(answer_word or ours.numbers or ours.dates or set(ours.roots) - set(asked.roots))


def _checked(claim: str, held: _Sources, cosines: Sequence[float]) -> Check:
    """The claim as it stands, checked."""
    sources, question, weights = held.sentences, held.question, held.weights
    answer_word, body = split_answer_word(claim)
    if answer_word and not body:
        return Check(claim, (), 0.0, "a bare yes or no says nothing that a passage could carry")
    reading = read(body)
    if not (reading.roots or reading.numbers or reading.dates):
        return Check(claim, (), 0.0, "nothing in this sentence can be checked")
    if answer_word and polarity_ok(question, body, answer_word) is False:
        return Check(claim, (), 0.0, f"“{answer_word}” does not fit what follows it")
    known = {id(s): c for s, c in zip(sources, cosines, strict=False)}
    telling = [s for s in sources if not asks(s.text)]  # a question carries no statement
    near = [known[id(s)] for s in telling] if len(known) == len(sources) else []
    ranked = ranked_windows(body, windows(telling, near), held.rarity, weights)
    if not ranked or ranked[0][0] < weights.least_near:
        return Check(claim, (), 0.0, "no passage says this")
    carrier, problem = _carrier(body, ranked, held)
    beside = None if carrier or answer_word else _carrier(body, ranked, held, strict=False)[0]
    if carrier:
        return own_words.shown(claim, *carrier, [w for _, w in ranked], question)
    pair = _two_quotes(body, ranked, held)
    if pair:
        new = unheard(body, [w for _, w in pair], question)
        if new:
            return Check(claim, (), 0.0, new)
        if attribution.only_passed_on(reading, [r for _, w in pair for r in w.readings]):
            return Check(claim, (), 0.0, "the quotes only pass this on as somebody's word")
        return Check(claim, tuple(w.quote() for _, w in pair), min(s for s, _ in pair))
    spoken = _verbatim(body, ranked, held)
    if spoken and not answer_word and showable(spoken[1].text):
        return Check(plain(spoken[1].text), (spoken[1].quote(),), spoken[0])
    own = own_words.instead(claim, beside[1], [w for _, w in ranked], question) if beside else None
    if own and beside:
        return Check(plain(own.text), (own.quote(),), beside[0])
    return Check(claim, (), _probability(body, ranked[0][1], held), problem)


@dataclass(frozen=True, slots=True)
class Assessed:
    """The quote that comes nearest to a claim, the signs of whether it carries it, and the probability they come to."""

    quote: Quote
    signs: Mapping[str, float]
    probability: float


def assess(
    claim: str, sources: Sequence[SourceSentence], cosines: Sequence[float], weights: Weights = DEFAULT
) -> Assessed | None:
    """How probable it is that the sources carry a claim, whatever the hard checks say; ``check`` decides by both.

    Arguments as in ``check``. None where the claim says nothing that can be checked, or there are no sources.
    """
    body = split_answer_word(claim)[1]
    reading = read(body)
    rarity = rarities(sources)
    ranked = ranked_windows(body, windows(sources, cosines), rarity, weights)
    if not ranked or not (reading.roots or reading.numbers or reading.dates):
        return None
    signs = confidence.signs_of(body, ranked[0][1], sources, rarity)
    return Assessed(ranked[0][1].quote(), signs, confidence.probability(signs))


def best_quote(
    claim: str, sources: Sequence[SourceSentence], cosines: Sequence[float], weights: Weights = DEFAULT
) -> tuple[Quote, float] | None:
    """The quote with the highest support and that support, whatever the hard checks say; None without sources."""
    ranked = ranked_windows(split_answer_word(claim)[1] or claim, windows(sources, cosines), rarities(sources), weights)
    return (ranked[0][1].quote(), ranked[0][0]) if ranked else None


# --- choosing -------------------------------------------------------------------------------------


def _probability(claim: str, window: Window, held: _Sources) -> float:
    return confidence.probability(confidence.signs_of(claim, window, held.sentences, held.rarity))


def _carrier(
    claim: str, ranked: Sequence[Scored], held: _Sources, *, strict: bool = True
) -> tuple[Scored | None, str | None]:
    """The best quote that passes every check, with its support; else None and the problem with the best.

    Without ``strict`` the claim may have words that the quote lacks.
    Where a quote contradicts the claim, another that holds less of the claim does not carry it.
    """
    passing: list[tuple[float, Scored]] = []  # how near, (support, quote)
    problem, contradicted, bar = None, None, 0.0
    reading, weights = read(claim), held.weights
    for near, window in ranked[: weights.candidates]:
        recall = matched(claim, window, held.rarity)["recall"]
        # a quote that shares little with the claim is about something else, whatever it denies
        against = contradiction(claim, window) if recall >= weights.min_recall_against else None
        lacking = absence(claim, window, held.question, weights)
        if against and not lacking:
            contradicted, bar = contradicted or against, max(bar, recall)
        support = 0.0 if lacking or against or recall < weights.min_recall else _probability(claim, window, held)
        weak = "no passage says this" if support < weights.min_support else None
        new = unheard(claim, [window], held.question) if support and strict else None
        problem = problem or lacking or against or weak or new
        if support and not new:
            passing.append((near, (support, window)))
    passing = [p for p in passing if matched(claim, p[1][1], held.rarity)["recall"] >= bar]
    sure = [p for p in passing if p[1][0] >= weights.min_support]
    if not sure:
        doubtful = max((p[1] for p in passing), key=lambda scored: scored[0], default=None)
        asked = _second(claim, doubtful, held) if doubtful else None
        if asked and asked[0] >= weights.min_support:
            return asked, None
        return None, contradicted or problem
    # a quote that holds every name itself goes before a closer one that leans on the title or the article, and one
    # that states the matter before one that passes it on
    literal = [p for p in sure if sure[0][0] - p[0] < weights.widen and not missing_names(claim, p[1][1].text)]
    stating = [p for p in literal or sure if not attribution.only_passed_on(reading, p[1][1].readings)]
    chosen = _second(claim, _trimmed(claim, (stating or literal or sure)[0][1], [p[1] for p in sure], held), held)
    return (chosen, None) if chosen[0] >= weights.min_support else (None, "no passage says this")


def _trimmed(claim: str, chosen: Scored, sure: Sequence[Scored], held: _Sources) -> Scored:
    """The shortest part of a quote of several sentences that carries the claim by itself; the quote where none does.

    A yes or no keeps its whole quote: what settles the question may stand in the sentence beside.
    """
    window = chosen[1]
    if asks_yes_no(held.question):
        return chosen
    places = {(s.passage_id, s.span) for s in window.sentences}
    whole = matched(claim, window, held.rarity)["recall"]
    absent = len(missing_names(claim, window.text))
    parts = [
        scored
        for scored in sure
        if {(s.passage_id, s.span) for s in scored[1].sentences} < places
        and matched(claim, scored[1], held.rarity)["recall"]
        >= whole * (TRIMMED_SURE[1] if scored[0] >= TRIMMED_SURE[0] else TRIMMED)
        and len(missing_names(claim, scored[1].text)) <= absent
    ]
    return min(parts, key=lambda scored: (len(scored[1].sentences), -scored[0]), default=chosen)


def _second(claim: str, scored: Scored, held: _Sources) -> Scored:
    """The support with a second opinion taken in, where it is doubtful and there is somebody to ask."""
    support, window = scored
    if held.opinion is None or not held.weights.doubt_from <= support < held.weights.doubt_to:
        return scored
    told = held.opinion(claim, window.quote())
    return scored if told is None else (confidence.joined(support, told), window)


def _two_quotes(claim: str, ranked: Sequence[Scored], held: _Sources) -> list[Scored] | None:
    """Two quotes for a claim that none carries alone: one for each of its halves, one that only names whom the other
    speaks of, or one for each part of a list of names."""
    every = [w for _, w in ranked]
    for cut in re.finditer(r"[,;]?\s+(?:while|whereas|but|and)\s+|;\s+", claim):
        halves = (claim[: cut.start()].strip(), claim[cut.end() :].strip(" ."))
        if min(len(read(h).roots) for h in halves) < 2:
            continue
        first, second = (
            _carrier(half, ranked_windows(half, every, held.rarity, held.weights), held)[0] for half in halves
        )
        if first and second:
            return [first, second]
    return naming_pair(
        claim, ranked, held.rarity, held.question, held.weights, lambda bare, w: _probability(bare, w, held)
    ) or list_pair(claim, ranked, held.weights, lambda bare, w: _probability(bare, w, held))


def _verbatim(claim: str, ranked: Sequence[Scored], held: _Sources) -> Scored | None:
    """A sentence to be shown as it stands, because the claim fails only by a name that it took from the question.

    The sentence itself leaves that name unsaid, but its article says it elsewhere.
    """
    asked = find_names(held.question)
    for _, window in ranked[:3]:
        absent = missing_names(claim, window.text, window.title)
        taken = [n for n in absent if any(n in a.text or a.text in n for a in asked)]
        article = window.sentences[0].article
        if not absent or len(taken) < len(absent) or len(window.sentences) > 1:
            continue
        bare = claim
        for name in taken:
            bare = bare.replace(name, "")
        recall = matched(bare, window, held.rarity)["recall"]
        if recall < held.weights.min_recall_verbatim or missing_names(" and ".join(taken), article.text):
            continue
        if not contradiction(bare, window) and not absence(bare, window, held.question, held.weights):
            return _probability(bare, window, held), window
    return None
