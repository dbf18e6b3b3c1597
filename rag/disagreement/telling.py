"""How a disagreement is told: its kind, what it is about, the values in order, near-copies of one value once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from rag.disagreement import copies
from rag.disagreement.asked import Asked
from rag.disagreement.attributed import Claim
from rag.disagreement.cover import Account
from rag.disagreement.matter import SAME_NEWS_DAYS, day_gap
from rag.disagreement.mentions import ANYBODY, FATES, PEOPLE, Mention
from rag.disagreement.outcomes import State
from rag.disagreement.stances import Stance
from rag.text.quantities import Quantity, same
from rag.types import Conflict, ConflictKind, ConflictValue, SourceSentence

_UPDATE = re.compile(
    r"\b(?:so far|now|rose to|risen to|rises to|climbed to|climbs to|"
    r"reached(?!\s+(?:an?|the|its|their|no|agreement)\b)|updated|revised|latest|"
    r"increased to|jumped to|total of|up from|no longer|since then|postponed|rescheduled|brought forward|put back|"
    r"moved (?:to|from|back)|corrected|delayed until|extended (?:to|until)|"
    r"(?:as|than) (?:[\w'’]+ ){0,4}(?:first|initially|originally) (?:said|reported|thought|given|announced))\b",
    re.IGNORECASE,
)
_LOWERED = re.compile(
    r"\b(?:revised|corrected|correction|not the|instead of|rather than|down from|fell|fallen|dropped|lowered|"
    r"recount\w*|now|"
    r"fewer|less)\b", re.IGNORECASE
)  # fmt: skip
_PROVISIONAL = re.compile(
    r"\b(?:early|preliminary|provisional|partial|first) (?:results?|counts?|figures?|returns|tally|tallies|toll)\b|"
    r"\bexit poll|\bso far\b|\bat first\b|\binitially\b|"
    r"\bby (?:noon|midday|midnight|evening|nightfall|dusk|(?:\w+ )?(?:morning|afternoon|evening|night))\b|"
    r"\b(?:with|after) [\w.,-]+(?: per ?cent|%) (?:of (?:the )?\w+ )?(?:had been |were |being )?counted\b",
    re.IGNORECASE,
)
_ESTIMATE = re.compile(r"\bestimat\w+", re.IGNORECASE)
_FINAL = re.compile(
    r"\b(?:final|definitive|official (?:results?|count|figures?)|in the end|certified)\b", re.IGNORECASE
)
_PERCENT = re.compile(r"per ?cent\b|%", re.IGNORECASE)
_MONEY = "sum of money"
_OF_MONEY = re.compile(
    r"\b(?:damages?|loss(?:es)?|fine|fee|price|costs?|debts?|ransom|bill|budget|compensation|reward|profits?|rent|"
    r"wages?|salary|savings?)\b",
    re.IGNORECASE,
)
_OF_SHARES = re.compile(r"\b(?:turnout|majority|inflation|unemployment|rate|proportion)\b", re.IGNORECASE)
_ABOUT = {
    "clock": "time", "date": "date", "day": "date", "span": "how long", "length": "distance or size", "mass": "weight",
    "age": "age", "rank": "place", "control": "who holds it", "survival": "who survived", "approval": "approval",
    "opening": "open or shut", "verdict": "verdict", "custody": "custody", "progress": "whether it went on",
    "fire": "state of the fire", "deal": "agreement", "whereabouts": "whereabouts", "power": "supply",
    "ship": "state of the ship", "result": "result", "office": "office", "limits": "restrictions", "time": "date",
    "number": "number", "who": "who", "where": "where", "what": "what",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """One source's value as a conflict shows it."""

    source: SourceSentence
    relevance: float
    phrase: str
    unit: str | None = None
    quantity: Quantity | None = None

    def agrees(self, other: Told) -> bool:
        """Whether two values are the same but for their wording."""
        if self.quantity is not None and other.quantity is not None:
            return same(self.quantity, other.quantity)
        return self.phrase.lower() == other.phrase.lower()


def falls(group: Sequence[Mention]) -> bool:
    """Whether a later report gives fewer without saying that it corrects: it counts a part, or something else."""
    dated = sorted((m for m in group if m.published), key=lambda m: m.published or date.min)
    if len(dated) < len(group) or not dated:
        return False
    first, last = dated[0], dated[-1]
    gap = day_gap(first.source.article, last.source.article) or 0
    return gap > SAME_NEWS_DAYS and last.quantity.value < first.quantity.value and not _LOWERED.search(last.source.text)


def of_counts(group: Sequence[Mention], days: int) -> Conflict:
    first = max(group, key=lambda m: m.relevance)
    unit = first.quantity.unit or "people"
    kind_of = unit if unit.lower() in PEOPLE - ANYBODY else "people"
    about = f"{kind_of} {first.fate}" if first.fate else unit
    if first.quantity.kind == "money":
        about = _MONEY
    elif first.quantity.kind == "percent":
        about = f"percentage of {first.quantity.unit}" if first.quantity.unit else "percentage"
    told = [
        Told(
            m.source,
            m.relevance,
            m.quantity.phrase,
            "%" if m.quantity.kind == "percent" else m.quantity.unit,
            m.quantity,
        )
        for m in group
    ]
    return made(about, told, False, days)


def of_parties(*claims: Claim) -> Conflict:
    """The claims of parties that one article quotes: disputed whatever the date."""
    told = [Told(c.source, c.relevance, c.phrase, c.unit) for c in claims]
    about = _MONEY if claims[0].kind.startswith("money") else claims[0].kind.removeprefix("count ")
    return Conflict(_ABOUT.get(about, about), "disputed", tuple(value(t) for t in told))


def of_accounts(group: Sequence[Account], asked: Asked, fixed: bool, days: int) -> Conflict:
    """What articles, or parties within one, give as one value for what is asked."""
    noun = asked.noun
    about, told = group[0].kind, [Told(a.source, a.relevance, a.phrase, a.unit, a.quantity) for a in group]
    if about.startswith("count "):
        fate = about.removeprefix("count ")
        about = f"{noun or 'people'} {fate}" if fate in FATES else noun or group[0].unit or "number"
    elif about.startswith("money"):
        named = _OF_MONEY.search(asked.text)
        about = named[0].lower() if named else _MONEY
    elif about == "percent":
        named = _OF_SHARES.search(asked.text)
        about = named[0].lower() if named else "share"
    about = _ABOUT.get(about, about)
    if len({a.source.article.id for a in group}) == 1:
        return Conflict(about, "disputed", tuple(value(t) for t in told))
    return made(about, told, fixed, days)


def of_values(group: Sequence[object], about: str, fixed: bool, days: int = SAME_NEWS_DAYS) -> Conflict:
    told = [Told(g.source, g.relevance, g.phrase, getattr(g, "unit", None)) for g in group]  # type: ignore[attr-defined]
    return made(_ABOUT.get(about, about), told, fixed, days)


def of_stances(group: Sequence[Stance]) -> Conflict:
    """Statements that contradict each other, each value a whole sentence."""
    told = [Told(s.source, s.relevance, s.phrase) for s in group]
    return Conflict("what happened", "disputed", tuple(value(t) for t in told))


def of_denials(group: Sequence[State], days: int) -> Conflict:
    """What some state and others deny, each value a whole sentence."""
    told = [Told(s.source, s.relevance, " ".join(s.source.text.split())) for s in group]
    return made("whether it is so", told, False, days)


def _overtaken(told: Told, last: Told) -> bool:
    """Whether a figure was told as a provisional one, and the last is none: a count that went on, an estimate by the
    outlet that then has the figure, or one before the final figure."""
    if (
        told.quantity is None
        or _PROVISIONAL.search(last.source.text)
        or not (day_gap(told.source.article, last.source.article) or 0)
    ):
        return False
    if _PROVISIONAL.search(told.source.text):
        return True
    same_outlet = told.source.article.outlet is not None and told.source.article.outlet == last.source.article.outlet
    return bool(_ESTIMATE.search(told.source.text)) and (same_outlet or bool(_FINAL.search(last.source.text)))


def made(about: str, told: Sequence[Told], fixed: bool, days: int) -> Conflict:
    ordered = sorted(told, key=lambda t: (t.source.article.published_at or "", t.source.article.id))
    kind: ConflictKind = "disputed"
    if all(t.source.article.published_at for t in ordered):
        last = ordered[-1]
        others = [t for t in ordered if not t.agrees(last)]
        gap = min((day_gap(t.source.article, last.source.article) or 0 for t in others), default=0)
        update = gap > 0 and _UPDATE.search(last.source.text)
        overtaken = bool(others) and all(_overtaken(t, last) for t in others)
        if (gap > days and not fixed) or update or overtaken:
            kind = "superseded"
    return Conflict(about, kind, tuple(value(t) for t in _without_copies(ordered)))


def _without_copies(told: Sequence[Told]) -> list[Told]:
    """The values, of near-copies that give the same one only the first."""
    kept: list[Told] = []
    for value in told:
        if not any(value.agrees(k) and copies.near(value.source.article, k.source.article) for k in kept):
            kept.append(value)
    return kept


def value(told: Told) -> ConflictValue:
    a = told.source.article
    unit = None if told.unit == "%" and _PERCENT.search(told.phrase) else told.unit
    return ConflictValue(told.phrase, unit, None, a.published_at, a.id, a.outlet, told.source.text)
