"""What is shown of a sentence that a quote carries: the sentence, or the quote's own words where it goes beyond them.

A model likes to answer in the question's words (that the mill burned for two days, where smoke hung over it for two).
Where such a word, or a hedge of the quote, makes the difference, the reader gets what the article says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.checking import attribution
from rag.checking.answer_word import split_answer_word
from rag.checking.brought_in import brought_in
from rag.checking.hedges import hedge_dropped
from rag.checking.support import Window
from rag.text.quantities import equal_value
from rag.text.reading import Reading, read
from rag.text.showable import leans, plain, showable
from rag.types import Check

_ASKS_WHY = re.compile(r"^\W*(?:and |so |but )?(?:why\b|for what reason\b|what (?:is|was) the reason\b)", re.IGNORECASE)
_REASON = re.compile(
    r"\b(?:because|since|due to|owing to|thanks to|after|following|reasons?|cause[sd]?|in order to|so that|"
    r"as (?:an? |the |it|he|she|they)\b)",
    re.IGNORECASE,
)
LONGEST = 60  # words of what is shown in the source's own words


def shown(claim: str, support: float, window: Window, near: Sequence[Window], question: str) -> Check:
    """The claim with its quote; or with whose word it is, or as the quote has it; a problem where neither can be.

    ``near``: quotes to choose from where ``window`` is too long or begins with "They".
    """
    answer_word, body = split_answer_word(claim)
    reading, problem = read(body), None
    if attribution.only_passed_on(reading, window.readings):
        told = [attribution.with_speaker(claim, s.text) for s in window.sentences]
        tagged = next((text for text in told if text), None)
        if tagged:
            return Check(tagged, (window.quote(),), support)
        problem = "the quote only passes this on as somebody's word"
    elif not answer_word:  # a yes or no is the question's own statement: whether the quote makes it is told elsewhere
        problem = _beyond(reading, window, read(question))
    if problem is None:
        return Check(claim, (window.quote(),), support)
    own = None if answer_word else _own(reading, read(question), window, near)
    return Check(plain(own.text), (own.quote(),), support) if own else Check(claim, (), support, problem)


def instead(claim: str, window: Window, near: Sequence[Window], question: str) -> Window | None:
    """The quote to be shown in place of a claim that adds to it; None where what the claim adds is all it answers."""
    reading, asked = read(claim), read(question)
    return _own(reading, asked, window, near) if _of(reading, asked, window) else None


def _beyond(claim: Reading, window: Window, question: Reading) -> str | None:
    """How a claim goes beyond its quote, or falls short of it, although nothing in it is wrong by itself; or None."""
    borrowed = brought_in(claim, window.readings, (read(window.title),))
    if borrowed:
        return f"“{borrowed[0].low}” is the question's word, not the quote's"
    hedge = hedge_dropped(claim, window.readings, question)
    if hedge:
        return f"the quote says “{hedge}”, which this leaves out"
    return "it gives no reason" if _ASKS_WHY.match(question.text) and not _REASON.search(claim.text) else None


def _own(claim: Reading, question: Reading, window: Window, near: Sequence[Window]) -> Window | None:
    """The quote to be shown as it stands: one sentence where one holds all that the quote has of what the claim
    answers, with the one before where it leans on that, or with the rest of a speech that it only begins."""
    whole = _of(claim, question, window)
    parts = [w for w in near if len(w.sentences) == 1 and w.sentences[0] in window.sentences and _fits(w)]
    full = [w for w in parts if whole and _of(claim, question, w) >= whole and not _breaks_off(w.text)]
    best = full or ([window] if _fits(window) else sorted(parts, key=lambda w: -len(_of(claim, question, w))))
    if not best:
        return None
    if not leans(best[0].text) and not _breaks_off(best[0].text):
        return best[0]
    whole_speech = _breaks_off(best[0].text)
    wider = [
        w
        for w in near
        if _within(best[0], w)
        and _fits(w)
        and not _breaks_off(w.text)
        and (whole_speech or w.sentences[-1] == best[0].sentences[-1])
    ]
    return min(wider, key=lambda w: len(w.text), default=best[0])


def _within(part: Window, whole: Window) -> bool:
    """Whether one quote is a part of another, and not all of it."""
    return len(part.sentences) < len(whole.sentences) and all(s in whole.sentences for s in part.sentences)


def _of(claim: Reading, question: Reading, window: Window) -> set[str]:
    """What a quote has of the words, by their roots, and numbers of a claim that the question has not."""
    held = {r for reading in window.readings for r in reading.roots}
    numbers = [q for reading in window.readings for q in reading.numbers]
    words = set(claim.roots) - set(question.roots)
    return (words & held) | {n.text for n in claim.numbers if any(equal_value(n, q) for q in numbers)}


def _breaks_off(text: str) -> bool:
    """Whether a quotation opens in a text and ends after it, or began before: who speaks may stand there."""
    return text.count("“") != text.count("”") or text.count('"') % 2 == 1


def _fits(window: Window) -> bool:
    return len(window.text.split()) <= LONGEST and showable(window.text)
