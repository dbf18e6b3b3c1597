"""What of a draft may be said: each sentence mended where code may, checked, and the whole held to the question."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from rag import compose, drafting
from rag.checking import mending
from rag.checking.answer_word import settles, split_answer_word, with_answer_word
from rag.found import Found
from rag.text.names import missing_names
from rag.text.quantities import find as find_numbers
from rag.text.quantities import same
from rag.text.showable import leans, plain, showable
from rag.text.words import asks_yes_no, content_stems, words
from rag.types import Check, Conflict, Quote, Withheld
from rag.verdict import abstain, closed, further, premise, signals, swapped, topic

OWN_WORDS = 0.5  # probability that the evidence states the answer at which a sentence of its own may stand for a draft
SURE = 0.65  # at which it may even share few words with the question
DOUBTED = 0.75  # below it, what a question takes for granted must stand in so many words
FURTHER = 0.6  # at which a draft from the sentences next in line is written
LOOKED = 2  # of the most relevant sentences, for one that may
HOLDING = 20  # of them, for one that holds a phrase
CLOSED = 12  # of them, for one that settles a yes/no question
LONGEST = 60  # words of it
LONG = 40  # from which on a shorter one goes first
_ELSEWHERE = re.compile(r"number .+ stands in the quote, but about something else$")
TOUCHED = 0.34  # of the question's content words in the sentence whose number a draft took for something else's
# A number or a word as where there is none to tell.
_INVENTED = re.compile(r"(?:number .+|“.+”) not in the cited quote$")
_MISCOUNTED = re.compile(r"the quote's .+ counts ")
ENOUGH = 5  # of a long question's content words there
COUNTED = 10  # of the most relevant sentences, for one with a draft's number
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_COUNTED = ("number", "money", "percent", "fraction")
COVERED = 0.4  # of the question's content words in the passage that a bare phrase was found in


def mended(claim: str, question: str, found: Found, check: Callable[[str], Check]) -> Check:
    """A drafted sentence, checked; with the Yes or No it amounts to, without a date that no quote holds, and whole."""
    claim = with_answer_word(claim, question) if asks_yes_no(question) else claim
    kept = mending.mended(claim, question, found, check)
    if kept.passed and kept.text.rstrip().endswith((",", ";")):
        return replace(kept, quotes=(), problem="it breaks off", nearest=kept.quotes[0])
    shown = drafting.whole_sentence(kept, question)
    if shown is kept:
        return kept
    for quote in (*_holding(kept.text, found), shown.quotes[0]):
        if _same_matter(question, quote, found) and showable(quote.text):
            return Check(plain(quote.text), (quote,), kept.support)
    return Check(kept.text, (), kept.support, "the passage it stands in is about something else", kept.quotes[0])


def _holding(phrase: str, found: Found) -> list[Quote]:
    """The sentences that hold a bare phrase word for word, the most relevant to the question first."""
    wanted = " ".join(words(phrase))
    able = [s.sentence for s in found.ranked[:HOLDING] if f" {wanted} " in f" {' '.join(words(s.sentence.text))} "]
    short = [compose.whole(s) for s in able if wanted and len(s.text.split()) <= LONGEST]
    return sorted(short, key=_unwieldy)


def _unwieldy(quote: Quote) -> bool:
    """Whether a sentence reads ill by itself: it leans on the one before it, or is long."""
    return leans(quote.text) or len(quote.text.split()) > LONG


def _same_matter(question: str, quote: Quote, found: Found) -> bool:
    """Whether the passages of a quote's article speak of what is asked: a good share of the question's words, or, of a
    long question, enough of them."""
    around = found.near
    near = " ".join(around[h.passage.id] for h in found.hits if h.article.id == quote.article.id)
    share = signals.covered(question, near or around[quote.passage_id])
    return share >= COVERED or share * len(set(content_stems(question))) >= ENOUGH


def outcome(question: str, draft: drafting.Draft, found: Found, conflicts: Sequence[Conflict]) -> compose.Outcome:
    """What of a checked draft may be said."""
    question = mending.respelt(question, question, found)
    measured = signals.measure(
        question, draft.checks, found.near, stated=draft.stated, refusal=draft.refusal, probed=draft.probed
    )
    decided = _decide(question, draft, found, conflicts, measured)
    return replace(decided, answerability=abstain.answerable(measured))


def looks_further(draft: drafting.Draft, decided: compose.Outcome) -> bool:
    """Whether a draft from further evidence may help: this one answers nothing, and a probe tells what the next may."""
    return draft.probed and decided.status == "not_found" and decided.reason in ("weak_evidence", "unsupported")


def _decide(
    question: str, draft: drafting.Draft, found: Found, conflicts: Sequence[Conflict], measured: signals.Signals
) -> compose.Outcome:
    denying = premise.denial(question, found)
    if denying is not None:
        withheld = [Withheld(c.text, c.problem or "the articles say otherwise") for c in draft.checks]
        return compose.denied(denying, abstain.DENIED, withheld)
    if asks_yes_no(question):
        return _closed(question, draft, found, conflicts)
    decided = _open(question, draft, found, conflicts, measured)
    spoken = topic.told(question, found) if decided.status == "not_found" else None
    if spoken is not None:
        decided = compose.as_it_stands(spoken, decided.withheld)
    quotes = [quote for check in decided.checks for quote in check.quotes]
    otherwise = swapped.swapped(question, quotes, " ".join(found.near.values())) if quotes else None
    if otherwise and decided.status in ("answered", "partial"):
        withheld = [Withheld(c.text, f"the articles say “{otherwise[1]}”") for c in decided.checks]
        return compose.corrected(quotes[0], *otherwise, [*withheld, *decided.withheld])
    year = _untold_year(question, quotes, found) if decided.status in ("answered", "partial") else None
    if year:
        withheld = [Withheld(c.text, f"the passage says nothing of {year}") for c in decided.checks]
        return compose.silent(*abstain.WEAK_EVIDENCE, [*withheld, *decided.withheld])
    if decided.status in ("answered", "partial") and not conflicts:
        return replace(decided, checks=(*decided.checks, *further.further(question, decided.checks, found)))
    return decided


def _untold_year(question: str, quotes: Sequence[Quote], found: Found) -> str | None:
    """A year of the question that neither the quotes' passages hold nor lies within a year of their publication."""
    near = " ".join(f"{found.near.get(q.passage_id, '')} {q.text} {q.article.title or ''}" for q in quotes)
    published = {int(day[:4]) for q in quotes if (day := q.article.published_at)}
    for year in _YEAR.findall(question) if quotes else ():
        if year not in near and f"{year[:3]}0s" not in near and not published & {int(year) + i for i in (-1, 0, 1)}:
            return str(year)
    return None


def _open(
    question: str, draft: drafting.Draft, found: Found, conflicts: Sequence[Conflict], measured: signals.Signals
) -> compose.Outcome:
    """What of a draft may be said to a question that is not for yes or no."""
    kept = compose.drafted(draft.checks, conflicts)
    said = " ".join(c.text for c in kept.checks)
    beside = signals.misses_the_point(question, said) if said else None
    if not said or beside:
        count = None if draft.refused else signals.counting(question, found)
        if count is not None:
            return compose.as_it_stands(compose.whole(count), kept.withheld)
        able = not abstain.unsure(measured)
        quote = (_with_its_number(question, draft, found) if able else None) or _own_words(question, draft, found)
        if quote is not None:
            return compose.as_it_stands(quote, kept.withheld)
    if draft.refused:
        return compose.silent(*abstain.WEAK_EVIDENCE)
    if not said:
        return compose.silent(*abstain.UNSUPPORTED, kept.withheld)
    near = found.near
    told = " ".join(near[q.passage_id] for c in kept.checks for q in c.quotes)
    doubtful = not draft.probed or abstain.answerable(measured) < DOUBTED
    untold = premise.unheard(question, told) or (premise.untold(question, said, told) if doubtful else None)
    if untold or beside or abstain.unsure(measured):
        why = f"no passage says “{untold}”" if untold else beside or "the articles don't seem to answer this"
        withheld = [Withheld(c.text, c.problem or why) for c in draft.checks]
        return compose.silent(*(abstain.false_premise(untold) if untold else abstain.WEAK_EVIDENCE), withheld)
    return kept


def _with_its_number(question: str, draft: drafting.Draft, found: Found) -> Quote | None:
    """The sentence that gives the number of a draft which put it together with what another sentence tells."""
    asked = [q.values for q in find_numbers(question)]
    for check in draft.checks:
        numbers = [q for q in find_numbers(check.text) if q.values not in asked and q.kind in _COUNTED]
        elsewhere = _ELSEWHERE.match(check.problem or "") is not None
        if check.passed or not numbers or not (elsewhere or _INVENTED.match(check.problem or "")):
            continue
        for quote in sorted((compose.whole(s.sentence) for s in found.ranked[:COUNTED]), key=_unwieldy):
            theirs = find_numbers(quote.text)
            if not all(any(same(n, q) and n.unit_stem == q.unit_stem for q in theirs) for n in numbers[:1]):
                continue
            if elsewhere and signals.covered(question, quote.text) < TOUCHED:
                continue
            off = signals.misses_the_point(question, quote.text) or missing_names(
                question, found.near[quote.passage_id]
            )
            if not off and _same_matter(question, quote, found) and showable(quote.text):
                return quote
    return None


def _own_words(question: str, draft: drafting.Draft, found: Found) -> Quote | None:
    """The articles' own words, where they seem to state the answer but the model's words for it did not pass.

    A draft that failed still points at its sentence; where there is none it is the most relevant one.
    """
    problems = [c.problem or "" for c in draft.checks]
    invented = any(_INVENTED.match(p) or _MISCOUNTED.match(p) for p in problems)
    if not draft.probed or draft.stated < OWN_WORDS or invented or signals.asks_name(question):
        return None
    pointed = [c.nearest for c in draft.checks if not c.passed and c.nearest]
    nearest = [compose.whole(s.sentence) for s in found.ranked[:LOOKED]]
    for quote in pointed or nearest:
        near = found.near.get(quote.passage_id, quote.text)
        off = signals.misses_the_point(question, quote.text) or missing_names(question, near)
        close = draft.stated >= SURE or _same_matter(question, quote, found)
        if close and not off and showable(quote.text) and len(quote.text.split()) <= LONGEST:
            return quote
    return None


def _closed(question: str, draft: drafting.Draft, found: Found, conflicts: Sequence[Conflict]) -> compose.Outcome:
    """A yes/no question's answer: the draft's sentence that settles it as its quote does, else the sentence of the
    articles that settles it, after the Yes or No that it amounts to. Of reports that differ the newest counts."""
    near = found.near
    telling = closed.telling(question, _candidates(draft, found), near)
    withheld = [Withheld(c.text, c.problem or "no passage settles this") for c in draft.checks]
    for check in compose.drafted(draft.checks, conflicts).checks:
        word, body = split_answer_word(check.text)
        around = " ".join([body, *(near.get(q.passage_id, q.text) for q in check.quotes)])
        same = [t for t in telling if t.word == word and any(_within(t.quote, q) for q in check.quotes)]
        denied = not telling and word == "No" and settles(check.text, question)
        if (same and closed.settled(question, body, around) == word) or (
            denied and any(closed.denied(question, body, q.text) for q in check.quotes)
        ):
            rest = [w for w in withheld if w.text != check.text]
            return compose.Outcome("answered", None, None, (check,), tuple(conflicts), tuple(rest))
    for one in telling:
        if showable(one.quote.text) and len(one.quote.text.split()) <= LONGEST:
            return compose.as_it_stands(one.quote, withheld, f"{one.word}: ")
    return compose.silent(*(abstain.UNSUPPORTED if draft.checks else abstain.WEAK_EVIDENCE), withheld)


def _candidates(draft: drafting.Draft, found: Found) -> list[Quote]:
    """The single sentences that the draft points at, then the most relevant ones."""
    pointed = [q for c in draft.checks for q in (*c.quotes, *([c.nearest] if c.nearest else []))]
    inside = [compose.whole(s) for q in pointed for s in found.sentences if _within(compose.whole(s), q)]
    return list(dict.fromkeys([*inside, *(compose.whole(s.sentence) for s in found.ranked[:CLOSED])]))


def _within(part: Quote, whole: Quote) -> bool:
    return part.article.id == whole.article.id and whole.start <= part.start and part.end <= whole.end
