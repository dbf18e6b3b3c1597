"""What a quote holds back and a claim must not drop: that something is not known, only suspected, or a first count.

Rules over words: each looks at the part of a sentence that tells what the claim answers, and speaks up only where every
mention of it there is hedged and the claim has no hedge at all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from rag.text.quantities import equal_value
from rag.text.reading import Reading
from rag.text.senses import alike

_UNKNOWN = (
    r"(?:not|never|n['’]t|yet\s+to\s+be)\s+(?:yet\s+)?(?:be\s+|been\s+)?(?:known|clear|certain|confirmed|established|"
    r"determined|verified|ruled\s+out|excluded)|unknown|unclear|uncertain|unconfirmed|undetermined|unverified|"
    r"impossible\s+to\s+(?:say|tell|know)"
)
_SUSPECTED = (
    r"suspect(?:s|ed|ing)?|suspicions?|possibl[ey]|probabl[ey]|perhaps|allegedly|alleged|apparently|supposedly|rumou?red|"
    r"(?:thought|believed|feared|presumed|said)\s+to\s+(?:be|have)|may\s+(?:be|have)|might|seem(?:s|ed)?\s+to|"
    r"appear(?:s|ed)?\s+to"
)
_COUNT = r"(?:results?|returns?|counts?|figures?|estimates?|data|indications?|tall(?:y|ies)|projections?)"
_PROVISIONAL = (
    rf"(?:early|first|initial|preliminary|provisional|partial|incomplete|unofficial)\s+{_COUNT}|preliminary|provisional|"
    r"provisionally|estimat(?:e[sd]?|ing)|exit\s+polls?|with\s+(?:\d|half\b|most\b|about\b|some\b|nearly\b)[^,;.]{0,40}\s(?:counted|declared|reporting)"
)
_AHEAD = r"expect(?:s|ed)?|forecasts?|projected|predict(?:s|ed)?|hop(?:e[sd]?|ing)"
_HEDGE = re.compile(rf"\b(?:{_UNKNOWN}|{_SUSPECTED}|{_PROVISIONAL}|{_AHEAD})\b", re.IGNORECASE)
# What a claim may say instead: any of them, or a word for what is to come or may be.
_KEPT = re.compile(
    rf"\b(?:{_UNKNOWN}|{_SUSPECTED}|{_PROVISIONAL}|{_AHEAD}|could|may|might|would|will|plan(?:s|ned)?|due|likely|about|"
    r"around|roughly|approximately|early|first|initial|counted|if|unless|whether|not)\b",
    re.IGNORECASE,
)
# Where one statement of a sentence ends and another may begin.
_BREAK = re.compile(r"[;:]|,?\s\b(?:but|while|whereas|although|though)\b|,\s(?:and|who|which|where)\b", re.IGNORECASE)


def hedge_dropped(claim: Reading, quote: Sequence[Reading], question: Reading) -> str | None:
    """The hedge that a quote puts on every mention of what the claim answers, where the claim has none; else None.

    What it answers are its words and numbers that the question has not; names where it has nothing else.
    """
    if _KEPT.search(claim.text) or _HEDGE.search(question.text):
        return None
    asked = {other for r in question.roots for other in alike(r)}
    inside = [(n.start, n.end) for n in claim.names] + [(d.start, d.end) for d in claim.dates]
    new = [t for t in claim.terms if t.content and t.root not in asked]
    numbers = [n for n in claim.numbers if not any(equal_value(n, q) for q in question.numbers)]
    words = {t.root for t in new if not any(start <= t.start < end for start, end in inside)}
    if not words and not numbers:
        words = {t.root for t in new}
    found = None
    for reading in quote:
        for start, end in _statements(reading.text):
            told = any(t.root in words for t in reading.terms if start <= t.start < end)
            told = told or any(equal_value(n, q) for n in numbers for q in reading.numbers if start <= q.start < end)
            if not told:
                continue
            hedge = _HEDGE.search(reading.text, start, end)
            if not hedge:
                return None
            found = found or " ".join(hedge[0].split())
    return found


def _statements(text: str) -> list[tuple[int, int]]:
    cuts = [0, *(m.start() for m in _BREAK.finditer(text)), len(text)]
    return list(pairwise(cuts))
