"""What kind of value a question asks for, read once for all who compare values: how many, how much money, what share,
at what hour, when, how long, how far, who, where, why, or whether. Rules over the question's wording, no model."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from rag.text.words import asks_yes_no

_RISE = r"rise|risen|rose|grow|grown|increase|increased|shrink|shrunk|shrank"
# Kinds of one measure may overlap ("how big": a length or an area); which it is, the unit in the text tells.
_KINDS = {
    "count": r"\bhow many\b(?! per ?cent)|\bhow often\b|\b(?:number|toll|count|total) of\b|\btoll\b|\b(?:what|which) "
    r"(?:is |was |were |are )?(?:the )?(?:\w+ )?(?:number|toll|count|total)\b|\bhow (?:big|large|strong) (?:is|"
    r"was|were) "
    r"(?:the )?(?:\w+ )?(?:crowd|group|force|crew|audience|army|garrison|camp)\b",
    "money": r"\bhow much\b(?! (?:of|more|less|time|longer|higher|lower|faster)\b)|\bhow (?:high|big|large|"
    r"great) (?:is|was|"
    r"were|are) the (?:\w+ )?(?:damage|loss(?:es)?|fine|fee|price|costs?|debts?|ransom|bill|budget|compensation|sum|"
    r"reward|profits?|rent|pay|wages?|salary)\b|\b(?:what|which) (?:is |was |were |are |does |did |do |has |"
    r"have )?(?:the "
    r")?(?:[\w'’-]+ ){0,2}(?:fee|price|sum|amount|costs?|value|budget|fine|salary|wage|loss|damages?|reward|"
    r"ransom|debt|"
    r"compensation)\b|\bwhat (?:do|does|did) .{2,60}\b(?:pay|cost|earn)\b|\bfor how much\b",
    "percent": r"\b(?:what|which) (?:is |was |were |are )?(?:the )?(?:\w+ )?(?:percent|per cent|percentage|share|"
    rf"proportion|rate|turnout)\b|\bhow much (?:of|more|less|higher|lower)\b|\bhow many per ?cent\b|\bby how much\b|"
    rf"\bhow (?:high|big|large) (?:is|was|were) (?:the )?(?:\w+ )?(?:turnout|share|majority|inflation|"
    rf"unemployment|rate)\b"
    rf"|\bhow much (?:\w+ )+(?:{_RISE})\b",
    "clock": r"\b(?:what time|at what (?:time|hour)|which hour|what hour|when|(?:what|which) (?:are|were|"
    r"is) the hours|"
    r"from what (?:time|hour)|until what (?:time|hour))\b",
    "date": r"\b(?:when|(?:what|which) (?:day|date|year|month|weekday)|since when|what is the (?:\w+ )?date|"
    r"by when|until "
    r"when|how long (?:ago|until|till|before)|deadline)\b",
    "span": r"\bhow (?:long|many (?:minutes|hours|days|weeks|months|years))\b(?! ago)|\bhow much time\b|"
    r"\bwhat (?:sentence|"
    r"term|prison sentence|jail term)\b|\bhow many years\b",
    "length": r"\bhow (?:far|tall|high|deep|wide|long|big|large|close|near)\b|\b(?:height|depth|length|width|"
    r"distance) of\b"
    r"|\bat what (?:depth|height|distance)\b",
    "mass": r"\bhow (?:heavy|much)\b|\bweigh",
    "area": r"\bhow (?:big|large|much)\b|\b(?:area|size) of\b",
    "speed": r"\bhow fast\b|\bspeed\b",
    "volume": r"\bhow (?:much|many)\b",
    "power": r"\bhow (?:much|powerful|many)\b|\bcapacity\b",
    "temperature": r"\bhow (?:hot|cold|warm)\b|\btemperature\b|\bhow many degrees\b",
    "strength": r"\bmagnitude\b|\bhow (?:strong|powerful) (?:is|was) .{0,40}\b(?:quake|earthquake|tremor|"
    r"aftershock|shock)\b"
    r"|\b(?:quake|earthquake|tremor|aftershock)\w* (?:strength|strong)\b",
    "age": r"\bhow old\b|\b(?:what|which) age\b|\bage of\b|\bmedian age\b",
    "rank": r"\b(?:which|what) (?:place|rank|position|spot|round)\b|\b(?:finish|rank|rate|place)(?:ed|s|d)?\b.*\?|"
    r"\bhow (?:high|low) (?:did|does|is|was)\b.*\brank",
    "who": r"\b(?:who|whom|whose|by whom)\b|\bwhat(?:['’]s| is| was) the name of\b|\bwhich (?:side|group|army|"
    r"party|team|"
    r"candidate|forces?|man|woman|player|club|company)\b",
    "where": r"\bwhere\b|\b(?:in|to|from|at|near) (?:which|what) (?:\w+ )?(?:city|town|country|state|place|"
    r"village|county|"
    r"location|province|region)\b",
    "cause": r"\bwhy\b|\bwhat (?:caused|led to|triggered|started|brought|sparked|set off|went wrong|made)\b|"
    r"\bcauses? of\b|"
    r"\breasons? (?:for|of|why)\b|\bblam(?:e|es|ed)\b|\bresponsib\w+|\bfault\b|\bhow did .{3,50}\b(?:start|"
    r"happen|come "
    r"about)\b",
}
_KINDS_RE = {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in _KINDS.items()}
# A question for one party's word is answered by that party alone.
_ONE_PARTY = re.compile(
    r"\b(?:according to|by \w+(?: \w+)?['’]s (?:count|account|estimate)|(?:does|did|do|has|have) (?!each|either|both)"
    r".{2,40}\b(?:say|claim|think|put(?! (?:out|off|back|down|up|on|an end)\b)|believe|estimate|demand|offer|"
    r"announce)\b|(?:says|said|claims|claimed))\b",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"\bhow many\s+(?:of the\s+)?(?P<noun>(?:[\w'’-]+\s+){0,3}?[\w'’-]+)\s+(?=(?:\w+ly\s+)?"
    r"(?:were|was|are|is|have|has|had|did|do|does|died|fell|lost|got|in|of|at|on|to|from|for|by|will|would|can|"
    r"could|may|"
    r"took|take|takes|live|lived|went|came|left|stood|marched|joined|saw|see|stopped|attended|voted|gave|made|fled|"
    r"survived|escaped|(?:\w{3,}ed))\b)", re.IGNORECASE)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """``kinds`` of value asked for (see the table), ``noun``: what "how many" counts, in small letters, "" where it
    is left open; ``yes_no``; ``one_party``: only what one party says is asked for."""

    text: str
    kinds: frozenset[str]
    noun: str
    yes_no: bool
    one_party: bool


def asking(question: str) -> str:
    """The sentence of a question that asks, where others lead up to it: "A quake hit Tarn. How strong was it?"."""
    parts = [p for p in re.split(r"(?<=[.!?])\s+(?=[A-Z])", question.strip()) if p]
    return next((p for p in reversed(parts) if p.endswith("?")), parts[-1] if parts else question)


@lru_cache(maxsize=256)
def asked_of(question: str) -> Asked:
    """Read a question. Pure and cached."""
    text = asking(question)
    kinds = frozenset(kind for kind, pattern in _KINDS_RE.items() if pattern.search(text))
    counted = _COUNTED.search(text)
    yes_no = asks_yes_no(text)
    return Asked(text, kinds, counted["noun"].lower() if counted else "", yes_no, bool(_ONE_PARTY.search(text)))
