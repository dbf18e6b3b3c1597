"""What a quote must not do to a claim: deny it, turn it round, call it possible only, lack a number, date, name or word
of what the claim says."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.checking.brought_in import brought_in
from rag.checking.claim_numbers import number_problem, set_apart, taken_over, vague_clash
from rag.checking.meaning import only_possible, other_subject, polarity_clash, roles_reversed
from rag.checking.support import DEFAULT, Weights, Window
from rag.text.names import is_country, missing_names, put_together, sibling
from rag.text.reading import Reading, read
from rag.text.times import dates_agree, is_day, parse_day

_BECAUSE = re.compile(r"\b(?:because|due to|owing to)\b", re.IGNORECASE)
# By what a sentence may tell why. Many tell other things as well, but one that has none of them tells no reason.
_REASON = re.compile(
    r"\b(?:because|since|while|as|due|owing|after|amid|following|over|for|so|to|by|with|when|if|through|from|out\s+of|hence|"
    r"therefore|thus|thanks|account|reasons?|why|caus(?:e[sd]?|ing)|lead(?:s|ing)?|led|result\w*|blam\w+|forc(?:e[sd]?|ing)|"
    r"prompt\w*|trigger\w*|ma(?:k|d)(?:e|es|ing)|mean[st]?|need\w*|want\w*|fear\w*|hop(?:e[sd]?|ing)|sa(?:y|ys|id|ying)|"
    r"cit(?:e[sd]?|ing)|argu\w+|explain\w*|object\w*|complain\w*)\b|[:;]|\s[–—-]\s",
    re.IGNORECASE,
)
MIXED_SHARE = 0.6  # of a claim's words, names aside, in the one sentence that tells its matter


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
        if found and not taken_over(number, reading, quote, read(question), article.text):
            return found
    vague = vague_clash(claim, window.text)
    if vague:
        return vague
    anchor = parse_day(article.published_at)
    theirs = [d for r in quote for d in r.dates]
    for mention in reading.dates:
        told = re.search(r"\b(?:publish|report|dated|wrote|written)", claim[: mention.start], re.IGNORECASE)
        if not dates_agree(mention, theirs, anchor) and not (told and anchor and is_day(mention, anchor)):
            return f"date {mention.text} not in the cited quote"
    around = f"{article.text}\n{question}"
    lacking = missing_names(claim, window.text, window.title, known=around)
    absent = [name for name in lacking if not _common(name, claim, article.text)]
    if absent:
        return f"name {absent[0]} not in the cited quote"
    apart = put_together(claim, f"{window.text} {window.title}", article.text)
    if apart:
        return f"name {apart} not in the cited quote"
    return (
        _mixed_up(reading, quote)
        or _told_of_another(reading, quote, window.text)
        or _made_a_reason(reading, quote)
        or set_apart(reading, quote)
    )


def unheard(claim: str, quotes: Sequence[Window], question: str) -> str | None:
    """The first word of the claim that no quote, headline or the question has in any form, or None."""
    readings = [reading for window in quotes for reading in window.readings]
    new = brought_in(read(claim), readings, (read(question), *(read(window.title) for window in quotes)))
    return f"“{new[0].low}” not in the cited quote" if new else None


def _told_of_another(claim: Reading, quote: Sequence[Reading], text: str) -> str | None:
    """A name of the quote's in the place of one that only the headline has: the quote tells of the Music School, the
    headline of the Trade School."""
    absent = set(missing_names(claim.text, text))
    names = [name for reading in quote for name in reading.names]
    other = next((o for n in claim.names if n.text in absent and (o := sibling(n, names))), None)
    return f"the quote says this of “{other.text}”" if other else None


def _made_a_reason(claim: Reading, quote: Sequence[Reading]) -> str | None:
    """That a claim ties together by "because" what its quote only tells side by side."""
    if not _BECAUSE.search(claim.text):
        return None
    best = max(len(set(claim.roots) & set(r.roots)) for r in quote)
    nearest = [r for r in quote if len(set(claim.roots) & set(r.roots)) == best]
    told = len(quote) > 1 and best < len(set(claim.roots))  # a reason may stand in the sentence beside
    return None if told or any(_REASON.search(r.text) for r in nearest) else "the quote does not say that this is why"


def _common(name: str, claim: str, article: str) -> bool:
    """Whether a lone word that opens the claim is no name: its article has it in small letters only."""
    if " " in name or not claim.lstrip("\"“‘'( ").startswith(name) or not name[1:].islower() or is_country(name):
        return False
    return bool(re.search(rf"\b{re.escape(name.lower())}\b", article)) and not re.search(rf"[a-z,] {name}\b", article)


def _mixed_up(claim: Reading, quote: Sequence[Reading]) -> str | None:
    """Whether the sentence of a longer quote that tells the claim's matter tells it of a name like the claim's: of the
    Trade School at Orrin, where the next sentence has the Music School."""
    if len(quote) < 2:
        return None
    inside = [(n.start, n.end) for n in claim.names]
    words = {t.root for t in claim.terms if t.content and not any(a <= t.start < b for a, b in inside)}
    if len(words) < 2:
        return None
    best = max(quote, key=lambda r: len(words & set(r.roots)))
    if len(words & set(best.roots)) < MIXED_SHARE * len(words):
        return None
    for name in claim.names:
        other = sibling(name, best.names)
        if other:
            return f"the quote says this of “{other.text}”"
    return None
