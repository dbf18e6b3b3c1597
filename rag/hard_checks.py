"""What a quote must not do to a claim: deny it, turn it round, call it possible only, lack a number, date or name."""

from __future__ import annotations

import re

from rag.claim_numbers import number_problem, set_apart
from rag.meaning import only_possible, other_subject, polarity_clash, roles_reversed
from rag.names import missing_names
from rag.reading import read
from rag.support import DEFAULT, Weights, Window
from rag.times import dates_agree, is_day, parse_day


def contradiction(claim: str, window: Window) -> str | None:
    """How a quote that speaks of the same matter says something else than the claim, for the reader, or None."""
    reading, quote = read(claim), window.readings
    # in a longer quote the sentence closest to the claim speaks for itself
    closest = max(quote, key=lambda r: len(set(reading.roots) & set(r.roots)))
    for part in ([closest], quote):
        if roles_reversed(reading, part):
            return "the quote has it the other way round"
        clash = polarity_clash(reading, part)
        if clash:
            return f"the quote says the opposite about “{clash}”"
        if only_possible(reading, part):
            return "the quote says it could happen, not that it did"
    subject = other_subject(reading, quote)
    return f"the quote says this of “{subject}”" if subject else None


def absence(claim: str, window: Window, question: str = "", weights: Weights = DEFAULT) -> str | None:
    """The first number, date or name of the claim that the quote lacks or uses for something else, or None."""
    reading, quote = read(claim), window.readings
    article = window.sentences[0].article
    for number in reading.numbers:
        found = number_problem(number, reading, quote, weights.min_near_number)
        if found:
            return found
    anchor = parse_day(article.published_at)
    theirs = [d for r in quote for d in r.dates]
    for mention in reading.dates:
        told = re.search(r"\b(?:publish|report|dated|wrote|written)", claim[: mention.start], re.IGNORECASE)
        if not dates_agree(mention, theirs, anchor) and not (told and anchor and is_day(mention, anchor)):
            return f"date {mention.text} not in the cited quote"
    absent = missing_names(claim, window.text, window.title, known=f"{article.text}\n{question}")
    return f"name {absent[0]} not in the cited quote" if absent else set_apart(reading, quote)
