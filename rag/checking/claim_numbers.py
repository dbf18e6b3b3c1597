"""Whether a claim's numbers mean in the quote what they mean in the claim: the same things, in the same matter."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.text.quantities import Quantity, bounds_clash, equal_value, find, holds
from rag.text.reading import Reading, Term
from rag.text.units import TIME_UNITS
from rag.text.words import content_stems, word_set


def number_problem(number: Quantity, claim: Reading, quote: Sequence[Reading], min_near: float) -> str | None:
    holders = [i for i, r in enumerate(quote) if holds(number, r.numbers, r.text)]
    if not holders:
        return f"number {number.text} not in the cited quote"
    theirs = [q for i in holders for q in quote[i].numbers if equal_value(number, q)]
    if not theirs:
        return None
    fits = any(_unit_fits(number, q, claim, quote[i]) for i in holders for q in quote[i].numbers if q in theirs)
    if not fits and not any(_of_that_kind(number, q, quote) for q in theirs):
        other = next((q.unit for q in theirs if q.unit), None)
        return f"the quote's {number.text} counts {other}, not {number.unit}"
    if all(bounds_clash(number, q) for q in theirs):
        return f"the quote says “{theirs[0].phrase}”, not “{number.phrase}”"
    words = {w for w in claim.roots if w not in number.unit_stems}
    if len(words) >= 3 and number.kind != "name":  # "Petrel-2" may stand anywhere
        near = max(
            len(words & {w for r in quote[max(0, i - 1) : i + 2] for w in r.roots}) / len(words) for i in holders
        )
        if near < min_near:
            return f"number {number.text} stands in the quote, but about something else"
    return None


def taken_over(number: Quantity, claim: Reading, quote: Sequence[Reading], asked: Reading, article: str) -> bool:
    """Whether a number that the quote lacks is the question's own: its rank for a thing ("the first film"), if the
    article uses that rank or says "original"; its count of what the claim lists ("the three parts"), if the claim
    lists as many or the quote has the number for what it calls otherwise."""
    same_kind = [q for q in asked.numbers if q.kind == number.kind and q.values == number.values]
    if number.kind == "ordinal":
        original = number.values == (1.0,) and any("origin" in r.roots for r in quote)
        ranks = {q.values for q in find(article) if q.kind == "ordinal"}
        return bool(same_kind) and (original or number.values in ranks)
    if number.kind != "number" or number.unit is None or number.unit in TIME_UNITS:
        return False
    if not any(q.unit_stem == number.unit_stem for q in same_kind):
        return False
    told = _NAMES_THEM.search(claim.text, number.end)
    if not told:
        return False
    listed = 1 + len(_LISTED.findall(claim.text[told.end() :]))
    if listed == number.value and number.value > 1:
        return True
    return any(equal_value(number, q) and q.kind == "number" for r in quote for q in r.numbers) and listed > 1


_NAMES_THEM = re.compile(
    r"(?:\b(?:are|is|were|was|include|includes|included)|:)\s+(?!(?:to|in|on|from|by|at|for|of|not)\b)"
)
_LISTED = re.compile(r",\s+(?:and|or)\s+|,\s+|\s+(?:and|or)\s+")
_VAGUE = re.compile(
    r"\b(?P<much>tens of thousands|hundreds of thousands|tens of millions|hundreds of millions|dozens|scores|hundreds|"
    r"thousands|millions|billions)\b(?P<of>(?:\s+of)?(?:\s+[\w’'-]+){0,3})",
    re.IGNORECASE,
)


def vague_clash(claim: str, quote: str) -> str | None:
    """That the quote speaks of "thousands" where the claim has "hundreds" of the same, or None."""
    theirs = [(m["much"].lower(), set(content_stems(m["of"]))) for m in _VAGUE.finditer(quote)]
    for match in _VAGUE.finditer(claim):
        ours, things = match["much"].lower(), set(content_stems(match["of"]))
        if theirs and all(much != ours for much, _ in theirs):
            other = next((much for much, of in theirs if of & things or not (of and things)), None)
            if other:
                return f"the quote says “{other}”, not “{ours}”"
    return None


def stands(ours: Quantity, theirs: Quantity, claim: Reading, sentence: Reading) -> bool:
    """Whether a quote's number has the value of the claim's and may count the same."""
    return equal_value(ours, theirs) and _unit_fits(ours, theirs, claim, sentence)


_PERSON_ENDS = ("ers", "ors", "men", "women", "ists", "ians", "ees", "ants", "ents", "eers")
_KINDS = word_set(
    """animals beasts creatures individuals specimens vehicles craft items objects pieces things ones units cases"""
)
_PERSONS = word_set("""people persons person men women children civilians residents lives citizens""")


def _unit_fits(ours: Quantity, theirs: Quantity, claim: Reading, sentence: Reading) -> bool:
    """Whether two equal numbers count the same thing, as far as the words beside them tell."""
    if ours.unit is None or theirs.unit is None or ours.kind == "ordinal" or theirs.kind == "ordinal":
        return True
    if ours.unit_stem == theirs.unit_stem or set(ours.unit_stems) & set(theirs.unit_stems):
        return True
    if ours.unit in TIME_UNITS or theirs.unit in TIME_UNITS:
        return False
    if ours.unit_stem in {t.root for t in _near(theirs, sentence)} or theirs.unit_stem in {
        t.root for t in _near(ours, claim)
    }:
        return True
    low = theirs.unit.lower()
    return ours.unit.lower() in ("people", "persons") and (low in _PERSONS or low.endswith(_PERSON_ENDS))


def _of_that_kind(ours: Quantity, theirs: Quantity, quote: Sequence[Reading]) -> bool:
    """Whether a quote that speaks of the whales counts them as "animals"."""
    return (theirs.unit or "").lower() in _KINDS and any(ours.unit_stem in r.roots for r in quote)


def _near(number: Quantity, reading: Reading) -> list[Term]:
    """The words of the number's clause within seven words of it."""
    position = next((i for i, t in enumerate(reading.terms) if t.start >= number.start), len(reading.terms))
    return [t for t in reading.terms[max(0, position - 7) : position + 8] if t.content]


def set_apart(claim: Reading, quote: Sequence[Reading]) -> str | None:
    """A count and the stretch of time it is said of must stand in one sentence of the quote."""
    spans = [n for n in claim.numbers if n.unit in TIME_UNITS]
    counts = [n for n in claim.numbers if n.kind in ("number", "money", "percent") and n.unit not in TIME_UNITS]
    for count in counts:
        for span in spans:
            together = any(holds(count, r.numbers, r.text) and holds(span, r.numbers, r.text) for r in quote)
            if not together:
                return f"the quote does not put {count.text} and {span.text} {span.unit}s together"
    return None
