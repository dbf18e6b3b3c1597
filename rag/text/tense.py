"""Whether a date in a sentence is said of what was or of what is to come. Rules over words; standard library only.

"The minister said on Sunday that he will resign" tells of a Sunday gone by, "He will resign on Sunday" of one ahead:
the verb before a date goes with it, and only where there is none, the verb after it. Where the wording leaves both open
("agreed to meet on Friday", "the trial opens on Monday") nothing is guessed.
"""

from __future__ import annotations

import re
from typing import Literal

Tense = Literal["past", "future", "unsure", "none"]

_ADVERBS = r"(?:\s+(?:not|also|now|soon|then|still|only|both|all|never|again|likely|probably|\w+ly))*"
_PLANS = (
    r"(?:due|scheduled|expected|set|planned|slated|likely|poised|supposed|meant|forecast|billed|booked|bound|ready)"
)
_PROMISED = (
    r"(?:agreed|decided|vowed|pledged|promised|ordered|planned|wanted|hoped|expected|intended|threatened|invited|urged|"
    r"asked|told|allowed|required|demanded|called|offered|arranged|booked|given|instructed|advised|proposed|voted|moved|"
    r"postponed|delayed|rescheduled|scheduled|set|summoned|prepared|extended)"
)
_IRREGULAR = (
    "was|were|had|did|been|said|told|fell|took|began|rose|grew|gave|came|went|won|lost|left|held|met|found|kept|led|built|"
    "bought|brought|fought|caught|sold|sent|spent|paid|made|broke|stole|chose|drove|wrote|flew|drew|threw|saw|shot|struck|"
    "sank|ran|fled|swept|withdrew|overthrew|became|hit|cut|died|fallen|taken|begun|broken|stolen|chosen|driven|beat|hurt|"
    "quit|spread|shut|spoke|spoken|stood|sat|heard|knew|known|got|felt|thought|wore|hid|rode|shown|given|gone|done|seen|"
    "seized|burnt|burst|split|blew|blown|froze|dug|laid|lay|arose|awoke|bore|bound|bred|dealt|forbade|hung|lent|lit|put"
)
_SIGNS = re.compile(
    rf"(?P<unsure>\b(?:would|(?:was|were|been)\s+(?:also\s+)?(?:{_PLANS}|going)|(?:was|were)\s+to)\b"
    rf"(?:{_ADVERBS}\s+(?:to\s+)?(?:be\s+)?\w+)?"
    rf"|\b(?:could|should|can|will)\s+(?:not\s+)?have\b(?:\s+been)?\s+\w+|\b(?:is|are|['’]s|['’]re)\s+(?:\w+ly\s+)?\w+ing\b"
    rf"|\bdemand(?:ed|s)?\s+(?:that\s+)?(?:\w+\s+){{1,3}}"
    rf"|\b(?:(?:has|have)\s+)?{_PROMISED}\b(?:\s+[\w'’-]+){{0,5}}?\s+to\s+(?:be\s+)?[a-z]+"
    rf"|\b(?:(?:has|have)\s+)?{_PROMISED}\s+(?:to|for|until|till)\b"
    r"|\bto\s+be\s+\w+|\b(?:opens|begins|starts|closes|ends|expires|meets|arrives|returns|votes|plays|resumes|faces|"
    r"hosts|launches|departs|kicks off|takes place|takes effect|comes into force)\b"
    r"|\b(?:open|begin|start|close|end|meet|resume|vote|play)\s+on\b)"
    r"|(?P<past>\b(?:may|might|must)\s+(?:not\s+)?have\b(?:\s+been)?\s+\w+)"
    rf"|(?P<future>(?:\b(?:will|shall|may|might|could|should|must|can|cannot|can['’]t|won['’]t|gonna)\b|['’]ll\b)"
    rf"(?:{_ADVERBS}\s+(?:be\s+)?\w+)?"
    rf"|\b(?:is|are|['’]s|['’]re)\s+(?:{_PLANS}|going)\b(?:\s+to\s+(?:be\s+)?\w+|\s+(?:for|on|in|by|at))?"
    rf"|\b(?:is|are)(?:\s+(?:also|now|both|all))?\s+to\s+(?:be\s+)?[a-z]+"
    r"|\b(?:plans?|aims?|intends?|hopes?|expects?|vows?|pledges?|wants?|promises?|threatens?|due|scheduled)\s+(?:\w+\s+)?"
    r"to\s+(?:be\s+)?\w+|\b(?:expects?|plans|awaits?|due)\b|\b(?:upcoming|forthcoming|ahead of)\b"
    r"|\b(?:has|have)\s+until\b)"
    rf"|(?:\b(?:{_IRREGULAR})\b"
    rf"|\b(?:has|have|['’]ve)(?:\s+\w+){{0,2}}\s+(?:\w+(?:ed|en|un|ung|ade|ept|elt|ought|aught)|{_IRREGULAR})\b"
    r"|\b(?!need|speed|seed|feed|breed|indeed|hundred|sacred|naked|proceed|exceed|succeed|embed|united)"
    r"\w{2,}ed\b)",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<!\b[A-Za-z])[.;!?][\"”’)]*(?=\s|$)|\n")  # but not after "7 a.m."
_BACKWARD = re.compile(
    r"\b(?:after|following|since|over|about|against|despite|because of|in response to)\b", re.IGNORECASE
)
_ONWARD = re.compile(
    r"\b(?:starting|beginning|effective|from|as of|until|till|through|to|for|ahead of|before|upcoming)\s+(?:on\s+)?$",
    re.IGNORECASE,
)
_AFTER = re.compile(r"\b(?:after|following|since|in)\s+(?:\w+\s+)?$", re.IGNORECASE)  # "two dead after Sunday's attack"
_SAYING = re.compile(r"(?:said|says|told|announced|reported|added|according to)$", re.IGNORECASE)


def tense_at(text: str, start: int, end: int) -> Tense:
    """What the date at ``[start, end)`` is said of; ``none`` where its sentence has no verb that would tell.

    ``unsure`` where the wording fits both, such as a plan that was made: nothing should be resolved then.
    """
    first = max((m.end() for m in _SENTENCE.finditer(text, 0, start)), default=0)
    last = next((m.start() for m in _SENTENCE.finditer(text, end)), len(text))
    before = list(_SIGNS.finditer(text, first, start))
    whose = text[end - 2 : end] in ("'s", "’s")
    onward = _ONWARD.search(text[first:start])
    if before:
        sign = before[-1]
        told = _kind(sign)
        if told == "future" and (_BACKWARD.search(text[sign.end() : start]) or whose):
            return "unsure"  # "will meet after the attack on Sunday", "will answer Sunday's vote"
        if told == "past" and onward and not re.search(r"\bhad\b", text[first:start]):
            return "unsure"  # "closed until Sunday", "prepared for Sunday's vote"
        return told
    after = list(_SIGNS.finditer(text, end, last))
    if onward:
        return "unsure"  # "Effective Friday, access is limited"
    if not after:
        return "past" if whose and _AFTER.search(text[first:start]) else "none"
    told = _kind(after[0])
    aside = text[end : end + 1] == "," and _SAYING.search(after[0][0])
    if told == "past" and aside and any(_kind(s) != "past" for s in after[1:]):
        return "unsure"  # "On Sunday, officials said, schools will shut"
    return told


def verbs(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The places of ``text[start:end]`` where a verb tells its time, in order, as (start, end): "will meet", "fell"."""
    return [m.span() for m in _SIGNS.finditer(text, start, end)]


def _kind(sign: re.Match[str]) -> Tense:
    return "unsure" if sign["unsure"] else "future" if sign["future"] else "past"
