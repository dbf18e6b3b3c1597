"""Numbers that are no count of what they stand beside: how old somebody is, by how many votes somebody won, what
somebody else scored, the share of something else."""

from __future__ import annotations

import re

from rag.text.names import share_name
from rag.text.quantities import Quantity
from rag.text.reading import Reading, root
from rag.text.senses import alike
from rag.text.words import word_set

NEAR_CHARS = 60  # around a number, in which it may be told as a difference
_OLD = re.compile(r"[\s-]*years?[\s-]*old\b", re.IGNORECASE)
_AGED = re.compile(
    r"\baged\s+$|\b(?:an?|the|his|her|their|father|mother|one)\s+(?:[\w-]+\s+){0,2}?(?!(?:group|crowd|total|number|toll|"
    r"crew|party|team|force|army|gang|band|convoy|company|platoon|squad|patrol|unit|maximum|minimum|majority|margin|"
    r"average|record|family|staff|fleet|list|pack|herd|lead|loss|sum|fine|count|mob|congregation|audience|rest|best|"
    r"garrison|range|class|queue|coalition|cast|panel|jury|board|committee|cell|colony|flock|population)\s)[\w-]+\s+of\s+$|"
    r"(?P<set_off>\w,\s+)$",
    re.IGNORECASE,
)
_NO_NOUNS = word_set(  # that may stand right behind an age
    "near in at from on by was is who killed died dead injured wounded missing arrested rescued"
)
OLDEST = 120  # years of an age
# What contests are counted in, how a difference is told, and how one is asked for.
_SCORED = word_set("vote votes point points goal goals seat seats ballots length lengths run runs")
_BY = re.compile(r"\bby (?:just |only |exactly |a mere )?$", re.IGNORECASE)
_APART = re.compile(
    r"\b(?:margin|majority|lead|leads|led|ahead|behind|apart|difference|separat\w+|gap|between|more than|fewer than)\b",
    re.IGNORECASE,
)
_PLACED = re.compile(r"\b(?:in|at|near|of|for|from|on)\s+(?:the\s+)?$", re.IGNORECASE)
_SAYS = re.compile(r"\W*(?:said|says|told|reported|reports)\b")
_SHARE_OF = re.compile(r"\s+of\s+(?:the\s+|all\s+|its\s+|their\s+)?(?P<what>[\w-]+)")
_IT = re.compile(r"\b(?:it|that|this|figure|number)\b", re.IGNORECASE)
_NAMED_SHARE = re.compile(r"\b(?:turnout|inflation|unemployment)\b", re.IGNORECASE)
_BY_HOW_MANY = re.compile(r"\bby how many\b|\bby\W*$", re.IGNORECASE)


def is_age(text: str, number: Quantity) -> bool:
    """Whether a number tells how old somebody is: "62 years old", "a woman of 62 was killed", "Ferrow, 38, found"."""
    if _OLD.match(text, number.end):
        return True
    counted = number.unit is not None and 0 <= number.unit_start - number.end <= 1 and number.unit not in _NO_NOUNS
    if number.kind != "number" or len(number.values) != 1 or number.value >= OLDEST or counted:
        return False
    before = _AGED.search(text[: number.start])
    return before is not None and (before["set_off"] is None or text[number.end : number.end + 1] == ",")


def margin_fits(question: str, text: str, number: Quantity) -> bool:
    """Whether a score or sum may answer for what it is of: a difference ("won by 17 votes") where one is asked for, and
    no difference where none is ("received 11,846 votes")."""
    if number.kind == "number" and (number.unit or "").lower() not in _SCORED:
        return True
    by = bool(_BY.search(text[: number.phrase_start]))
    if _BY_HOW_MANY.search(question):
        return by or bool(_APART.search(text[max(0, number.start - NEAR_CHARS) : number.end + NEAR_CHARS]))
    return not by or number.kind != "number" or bool(_APART.search(question))


def is_anothers(asked: Reading, reading: Reading, number: Quantity) -> bool:
    """Whether votes, seats and the like are told of somebody else than whom the question names: the last one named
    before them ("Fenn received 21,406 votes")."""
    wanted = [n for n in asked.names if not _PLACED.search(asked.text[: n.start])]
    if not wanted or (number.unit or "").lower() not in _SCORED:
        return False
    before = [
        n
        for n in reading.names
        if n.end <= number.start
        and not _PLACED.search(reading.text[: n.start])
        and not _SAYS.match(reading.text, n.end)
    ]
    return bool(before) and not share_name(before[-1:], wanted)


def is_another_share(asked: Reading, reading: Reading, number: Quantity) -> bool:
    """Whether a percentage is of something else than the share that a question names: "47 percent of the vote", where
    the turnout is asked for."""
    named = _NAMED_SHARE.search(asked.text)
    if number.kind != "percent" or not named:
        return False
    same = alike(root(named[0]))
    of = _SHARE_OF.match(reading.text, number.end)
    told = same & set(reading.roots) or _IT.search(reading.text[: number.start])  # "estimated it at 45 percent"
    return not told or bool(of and not alike(root(of["what"])) & same)
