"""A yes/no question over several articles: whether each clause holds, and how what they tell relates. By rules, and
the language model's opinion of each clause.

A clause holds where the model takes its statement to be true of the report found for it. How two reports relate ("the
same", "a change", "consistent") is read off their quotes: numbers of one kind that agree or differ, a denial, and else
how near the quotes are to each other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rag.checking.meaning import polarity_clash
from rag.compound.question import Clause, Compound
from rag.text.quantities import find as find_numbers
from rag.text.quantities import same
from rag.text.reading import read

Relation = Literal["same", "different", "similar", "changed", "consistent", "inconsistent"]

HOLDS = 0.50  # probability, by the model, from which a clause holds; fit and choose part agree, see eval/LOG.md
FOUND = 0.30  # cosine of the best sentence from which a report speaks of a clause's matter
SURELY_FOUND = 0.40  # from which it surely does, so that it can deny the clause or date it
ALIKE = 0.75  # cosine from which two quotes tell the same

_RELATIONS: dict[Relation, str] = {  # looked for in this order
    "inconsistent": r"\binconsisten\w+|\bdiscrepanc\w+|\bcontradict\w*|\bat odds\b|\bdisagree\w*|\bconflict with\b",
    "consistent": r"\bconsisten\w+|\bin line with\b|\balign\w*|\bagree(?:s|d)?\b",
    "similar": r"\bsimilar\w*|\bin the same (?:way|manner)\b|\balike\b",
    "same": r"\bthe same\b(?= [^,?]*\bas\b)|\b(?:remain\w*|stay\w*|still|is|are|was|were|be) the same\b|\bidentical\w*",
    "different": r"\bdifferent\w*|\bdiffer(?:s|ed|ing|ence)?\b|\bdissimilar\w*",
    "changed": r"\bchange[ds]?\b|\bshift(?:s|ed)?\b",
}
_TURNED = re.compile(
    r"\b(?:no|not|without|any lack of)\s+(?:\w+\s+)?$|\bfail(?:s|ed)? to\s+(?:\w+\s+)?$", re.IGNORECASE
)
_FAILS = re.compile(r"\bfail(?:s|ed)? to (?:mention|report|say|note|cover|discuss)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found for a clause: its best sentence ``quote`` and that one's cosine to the clause's topic; whether the
    report has every name of the topic, ``named``; the model's probability ``holds`` that the clause is true of it."""

    clause: Clause
    quote: str
    cosine: float
    holds: float
    published_at: str | None = None
    named: bool = False

    @property
    def found(self) -> bool:
        """Whether the report speaks of the clause's matter at all."""
        return self.cosine >= FOUND or self.named


@dataclass(frozen=True, slots=True)
class Verdict:
    """``word`` answers the question; ``settled_by`` are the places of the clauses that settle it."""

    word: Literal["Yes", "No"]
    settled_by: tuple[int, ...]


def relation(asked: str) -> tuple[Relation, bool] | None:
    """How the question asks two reports to relate, and whether it asks that they don't ("no change"); None where it
    asks only whether they tell something."""
    for name, pattern in _RELATIONS.items():
        match = re.search(pattern, asked, re.IGNORECASE)
        if match:
            return name, bool(_TURNED.search(asked[: match.start()]))
    return None


@dataclass(frozen=True, slots=True)
class Likeness:
    """Whether two quotes tell the same, None where they only tell different things, which contradicts nothing;
    ``by_number``: numbers of one kind say so."""

    alike: bool | None
    by_number: bool = False


def likeness(one: str, two: str, cosine: float) -> Likeness:
    """Whether two quotes tell the same: their numbers of one kind, or a denial, decide; then how near they are to each
    other, ``cosine``."""
    pairs = [
        (a, b)
        for a in find_numbers(one)
        for b in find_numbers(two)
        if a.unit_stem is not None and a.unit_stem == b.unit_stem
    ]
    if pairs:
        return Likeness(any(same(a, b) for a, b in pairs), by_number=True)
    if polarity_clash(read(one), [read(two)]):
        return Likeness(False)
    return Likeness(True if cosine >= ALIKE else None)


def related(kind: Relation, like: bool | None) -> bool:
    """Whether quotes of a likeness so relate."""
    return {
        "same": like is True,
        "different": like is not True,
        "changed": like is not True,
        "similar": like is not False,
        "consistent": like is not False,
        "inconsistent": like is False,
    }[kind]


def verdict(plan: Compound, evidence: Sequence[Evidence], like: Likeness) -> Verdict | None:
    """Yes or No, None where the reports don't settle it. ``evidence``: of each clause, in order; ``like``: of the first
    and the last quote."""
    if not all(e.found for e in evidence):
        return None
    every = tuple(range(len(evidence)))
    wanted = relation(plan.asked)
    if plan.kind == "claims":
        failing = [i for i, e in enumerate(evidence) if _FAILS.search(e.clause.text)]
        if not plan.order and not (wanted and like.by_number):
            failing += [i for i, e in enumerate(evidence) if e.holds < HOLDS or _other_number(e.clause.topic, e.quote)]
        if failing:
            surely = [i for i in failing if evidence[i].cosine >= SURELY_FOUND]
            return Verdict("No", (surely[0],)) if surely else None
    if plan.order:
        return _ordered(plan.order, evidence)
    if wanted:
        kind, turned = wanted
        return Verdict("Yes" if related(kind, like.alike) != turned else "No", every)
    return Verdict("Yes", every)


def _other_number(clause: str, quote: str) -> bool:
    """Whether a quote gives another number for a thing that the clause counts ("two years" for "four years")."""
    theirs = find_numbers(quote)
    return any(
        any(n.unit_stem is not None and n.unit_stem == m.unit_stem for m in theirs)
        and not any(same(n, m) for m in theirs)
        for n in find_numbers(clause)
    )


def _ordered(order: str, evidence: Sequence[Evidence]) -> Verdict | None:
    """Whether the first clause's report came ``order`` the second's, by their dates."""
    first, second = evidence[0].published_at, evidence[1].published_at
    if first is None or second is None or first == second or any(e.cosine < SURELY_FOUND for e in evidence[:2]):
        return None
    return Verdict("Yes" if (first < second) == (order == "before") else "No", (0, 1))
