"""Who stands where to whom, where a relation can be told from either side: A beat B, B lost to A; A is ahead of B, B is
behind A; A is older than B, B younger than A; A sold to B, B bought from A. Rules over words, clause by clause.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rag.text.names import Name, same_name
from rag.text.reading import Reading, read

_BEAT = (
    r"beat|beats|beating|defeat(?:s|ed|ing)?|thrash(?:es|ed|ing)?|overcame|overcomes?|outpoll(?:s|ed)?|outplay(?:s|ed)?"
)
_BEATEN = r"beaten|defeated|thrashed|overcome|outpolled|outplayed"
_PASSED = r"overtak(?:es?|ing)|overtook|overhaul(?:s|ed)?|outstripp?(?:s|ed)?|outpac(?:es?|ed)"
_BE = r"\b(?:is|are|was|were|be|been|being|got|get|gets)\b(?:\s+\w+){0,2}?\s+"
# (relation, whether the first named stands second in it, what stands between the two names); the first that fits.
_BETWEEN = (
    ("beat", True, rf"{_BE}(?:{_BEATEN})\b[^,;]*\bby\b"),
    ("beat", False, rf"^(?!.*{_BE}(?:{_BEATEN})).*\b(?:{_BEAT})\b"),
    ("beat", False, r"\b(?:won|wins?|winning|victory|triumph(?:s|ed)?|triumph)\b[^,;]*\b(?:over|against)\b"),
    ("beat", True, r"\b(?:lost|loses?|losing)\b[^,;]*\b(?:to|against)\b|\b(?:defeat|loss)\s+(?:by|to|against|at)\b"),
    ("ahead", True, rf"{_BE}(?:overtaken|overhauled|outstripped|outpaced|led)\b[^,;]*\bby\b"),
    ("ahead", True, r"\bbehind\b|\b(?:trail|lag)(?:s|ed|ged|ing|ging)?\b"),
    ("ahead", False, rf"\bahead of\b|\bin front of\b|\b(?:{_PASSED})\b|\blead(?:s|ing)?\s*$|\bled\s*$|\blead over\b"),
    ("buy", False, r"\b(?:bought|buys?|buying|purchased?|acquired?)\b[^;]*\bfrom\b"),
    ("buy", True, r"\b(?:sold|sells?|selling|sale)\b[^;]*\bto\b"),
    ("lend", False, r"\b(?:lent|lends?|lending|loaned)\b[^;]*\bto\b"),
    ("lend", True, r"\b(?:borrow(?:s|ed|ing)?)\b[^;]*\bfrom\b"),
    ("before", False, r"\b(?:before|earlier than|prior to)\s*$"),
    ("before", True, r"\b(?:after|later than)\s*$"),
)
_COMPARED = """
old young; large small; big small; long short; tall short; high low; fast slow; strong weak; rich poor; good bad;
heavy light; wide narrow; early late; near far; cheap dear; warm cold; hot cold; dark light; deep shallow; thick thin;
hard soft
"""
_LESS = {pair.split()[1]: pair.split()[0] for pair in reversed(_COMPARED.split(";"))}
_IRREGULAR = {"better": "good", "worse": "bad", "farther": "far", "further": "far"}
_THAN = re.compile(r"\b(?:(?P<much>more|less|fewer)\s+(?P<of>[a-z]+)|(?P<er>[a-z]{3,}er|worse))\s+than\b[^,;]*$")
_LISTING = frozenset(["and", "the", "of", "in", "as", "well", "both", "or", "plus"])
# With only one of the two named: "A was ahead", "A won".
_ALONE = (
    ("ahead", False, r"^\W*(?:\w+\s+){0,3}?(?:ahead|in front|in the lead|leading|leads|led)\b(?!\s+(?:of|to)\b)"),
    ("ahead", True, r"^\W*(?:\w+\s+){0,3}?(?:behind|trailing|trails|trailed)\b"),
)


@dataclass(frozen=True, slots=True)
class Relation:
    """``first`` beat, leads or outdoes ``second``; either may be unnamed, not both. ``at``: where it is told."""

    kind: str
    first: Name | None
    second: Name | None
    at: int


def relations(reading: Reading) -> list[Relation]:
    """The relations that a sentence tells between two names, or of one."""
    found: list[Relation] = []
    names = [n for n in reading.names if not _of_place(reading.text, n)]
    for left in names:
        rights = [n for n in reading.names if n.start >= left.end]
        for right in rights[:3]:
            told = _between(reading.text[left.end : right.start])
            if told:
                kind, turned = told
                first, second = (right, left) if turned else (left, right)
                found.append(Relation(kind, first, second, left.end))
                break
        else:
            until = rights[0].start if rights else len(reading.text)
            alone = _alone(reading.text[left.end : until])
            if alone:
                found.append(Relation(alone[0], None if alone[1] else left, left if alone[1] else None, left.end))
    return found


def reversed_in(claim: Reading, quote: Sequence[Reading]) -> bool:
    """Whether a quote tells a relation of the claim's the other way round, and nowhere as the claim has it."""
    theirs = [r for reading in quote for r in relations(reading)]
    for ours in relations(claim):
        same = [r for r in theirs if r.kind == ours.kind]
        straight = any(_fits(ours.first, r.first) and _fits(ours.second, r.second) for r in same)
        turned = any(_meets(ours.first, r.second) or _meets(ours.second, r.first) for r in same)
        if turned and not straight:
            return True
    return False


def side_by_side(text: str, names: Collection[str]) -> bool:
    """Whether names stand in one list ("Alba, Brix and Corva"), so that what is said of one is said of each."""
    places = sorted((m.start(), m.end()) for name in names for m in re.finditer(re.escape(name), text))
    gaps = [text[a[1] : b[0]] for a, b in itertools.pairwise(places)]
    return all(all(w[:1].isupper() or w.lower() in _LISTING for w in re.findall(r"[^\W_]+", gap)) for gap in gaps)


def turned_round(ours: Relation, theirs: Relation) -> bool | None:
    """Whether one of two relations of a kind tells the other the other way round; None where they are of others."""
    if (ours.first or ours.second) and _fits(ours.first, theirs.first) and _fits(ours.second, theirs.second):
        known = [(a, b) for a, b in ((ours.first, theirs.first), (ours.second, theirs.second)) if a and b]
        return False if known else None
    if _fits(ours.first, theirs.second) and _fits(ours.second, theirs.first):
        return True if _meets(ours.first, theirs.second) or _meets(ours.second, theirs.first) else None
    return None


def _fits(ours: Name | None, theirs: Name | None) -> bool:
    return ours is None or theirs is None or same_name(ours, theirs)


def _meets(ours: Name | None, theirs: Name | None) -> bool:
    return ours is not None and theirs is not None and same_name(ours, theirs)


def _between(text: str) -> tuple[str, bool] | None:
    """The relation told by the words between two names, and whether the second name comes first in it."""
    low = " ".join(text.lower().split())
    if re.search(r"[;.]\s|\b(?:while|whereas|but|although|though)\b", low):
        return None
    if re.search(r"\b(?:not|never|nor|n't)\b|n['’]t\b", low):
        return None
    compared = _THAN.search(low)
    if compared:
        word = compared["of"] or compared["er"]
        less = compared["much"] in ("less", "fewer")
        if compared["er"]:
            word = _IRREGULAR.get(word) or _positive(word)
        base = _LESS.get(word, word)
        return f"than:{base}", less != (base != word)
    for kind, turned, pattern in _BETWEEN:
        if re.search(pattern, low):
            return f"{kind}:{_first_root(low)}" if kind == "before" else kind, turned
    return None


def _first_root(low: str) -> str:
    """What comes before or after: "resigned before" is told of resigning alone."""
    return next((t.root for t in read(low).terms if t.content), "")


def _positive(comparative: str) -> str:
    stem = comparative.removesuffix("er")
    known = {w for pair in _COMPARED.split(";") for w in pair.split()}
    tries = (stem, f"{stem}e", stem[:-1], f"{stem[:-1]}y")
    return next((w for w in tries if w in known), stem)


def _alone(text: str) -> tuple[str, bool] | None:
    low = text.lower()
    if re.search(r"\b(?:not|never)\b|n['’]t\b", low):
        return None
    for kind, turned, pattern in _ALONE:
        if re.search(pattern, low):
            return kind, turned
    return None


def _of_place(text: str, name: Name) -> bool:
    """Whether a name only says where or when: "in Halm"."""
    return bool(re.search(r"\b(?:in|at|on|near|of|from)\s+(?:the\s+)?$", text[: name.start], re.IGNORECASE))
