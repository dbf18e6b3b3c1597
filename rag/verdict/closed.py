"""Yes/no questions: whether a sentence of an article settles one, and how. Rules over words, no model.

A small model says Yes to nearly everything it is asked and puts the question's words in its mouth. So its Yes or No
counts only where one clause of the articles says the same of the same subject and object, or the opposite.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rag.checking.settling import Word, settled
from rag.text.reading import read
from rag.text.sentences import split
from rag.text.times import find_dates
from rag.types import Quote

__all__ = ["Told", "denied", "settled", "telling"]


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence and the Yes or No that it amounts to."""

    word: Word
    quote: Quote


def telling(question: str, quotes: Iterable[Quote], near: Mapping[str, str]) -> list[Told]:
    """The sentences that settle a question, in the order given, where they agree; where not, those of the side with the
    newest report, and none where both sides have one of that day. ``near``: the text around each, by passage id.

    Where a newer report says otherwise of no day, or of another, nothing is told.
    """
    told: list[Told] = []
    beside: list[Told] = []
    undated = _undated(question)
    for quote in quotes:
        around = near.get(quote.passage_id, quote.text)
        word = settled(question, quote.text, around, quote.article.text)
        if word:
            told.append(Told(word, quote))
        elif undated and (word := settled(undated, quote.text, around, quote.article.text)):
            beside.append(Told(word, quote))
    side = _agreed(told)
    if any(one.word != side[0].word and _newest([one]) > _newest(side) for one in beside if side):
        return []
    return side


def denied(question: str, body: str, quote: str) -> bool:
    """Whether a quote denies a word of the question in all that ``body`` says: what a draft's No may rest on where no
    clause has the question's own subject and object ("The watchman was not harmed" for "Did the thieves hurt him?").

    A No is worth more than a Yes, which a small model says to nearly everything.
    """
    asked, said = set(read(question).roots), read(body)
    sentences = [read(quote[span.start : span.end]) for span in split(quote)]
    inside = [(name.start, name.end) for name in said.names]
    terms = [t for t in said.terms if t.content and not any(a <= t.start < b for a, b in inside)]
    for told in sentences:
        held = set(told.roots) | told.unprefixed
        # a word right before a noun that the quote has may come from the question: "the environment agency"
        whole = all(
            term.root in held or any(term.end + 1 == other.start and other.root in held for other in terms)
            for term in terms
        )
        if whole and asked & set(said.roots) and asked & (told.denied | told.unprefixed):
            return True
    return False


def _undated(question: str) -> str | None:
    """The question without its dates; None where it has none."""
    dates = find_dates(question)
    for date in reversed(dates):
        before = re.sub(
            r"\b(?:on|in|by|at|since|until|before|after|during|the)\s*$", "", question[: date.start].rstrip() + " "
        )
        question = f"{before.rstrip()} {question[date.end :].lstrip()}"
    return question if dates else None


def _agreed(told: Sequence[Told]) -> list[Told]:
    sides: dict[str, list[Told]] = {}
    for one in told:
        sides.setdefault(one.word, []).append(one)
    if len(sides) < 2:
        return list(told)
    newest = {word: _newest(side) for word, side in sides.items()}
    if not all(newest.values()) or newest["Yes"] == newest["No"]:
        return []
    return sides[max(newest, key=lambda word: newest[word])]


def _newest(side: Sequence[Told]) -> str:
    return max((one.quote.article.published_at or "" for one in side), default="")
