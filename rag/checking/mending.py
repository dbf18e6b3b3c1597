"""Mends what a small model gets wrong in a true sentence: names misspelt by the asker, days copied from the question.

What is mended still has to pass the check by itself; nothing is added that a quote does not hold.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from rag.drafting import without_date
from rag.found import Found
from rag.text.names import find_names
from rag.text.showable import plain
from rag.types import Check

SPELT = 6  # letters of a word that may have one wrong
LONG = 9  # and two
_SPLIT_INITIALS = re.compile(r"\b([A-Z])\.\s(?=[A-Z]\.)")
_DATE_PROBLEM = re.compile(r"date (.+) not in the cited quote$")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
SHORTEST = 3  # words that must be left of a sentence whose date is cut out


def respelt(text: str, question: str, found: Found) -> str:
    """The text with the question's misspelt names as the articles spell them.

    A name's word of six letters or more that stands nowhere in what was found, while one there differs from it in a
    letter (of nine or more in two), is taken for that one.
    """
    asked = {w for name in find_names(question) for w in _WORD.findall(_bare(name.text))}
    mine = [w for name in find_names(text) for w in _WORD.findall(_bare(name.text))]
    doubtful = [w for w in dict.fromkeys(mine) if len(w) >= SPELT and w in asked and w[0].isupper()]
    if not doubtful:
        return text
    near = " ".join(found.near.values())
    held = {_bare(w) for w in _WORD.findall(near)}
    low = {_fold(w) for w in held}
    for word in doubtful:
        if any(_fold(word).startswith(h) or h.startswith(_fold(word)) for h in low if len(h) >= SPELT - 1):
            continue
        most = 2 if len(word) >= LONG else 1
        likely = {
            h for h in held if h[0] == word[0] and len(h) >= SPELT - 1 and _differ(_fold(word), _fold(h), most) <= most
        }
        if len(likely) == 1:
            text = re.sub(rf"\b{re.escape(word)}\b", likely.pop(), text)
    return text


def mended(claim: str, question: str, found: Found, check: Callable[[str], Check]) -> Check:
    """A drafted sentence, checked; where it fails by a date alone, without it."""
    first = check(respelt(plain(_SPLIT_INITIALS.sub(r"\1.", claim)), question, found))
    for shorter in (without_copied_date(first, question), without_date(first)):
        second = check(shorter) if shorter else first
        if second.passed:
            return second
    return first


def without_copied_date(check: Check, question: str) -> str | None:
    """A sentence that failed by a date which it only repeats from the question ("this week"), without it; else None."""
    failed = _DATE_PROBLEM.match(check.problem or "")
    if not failed or not re.search(rf"\b{re.escape(failed[1])}\b", question, re.IGNORECASE):
        return None
    cut = re.sub(
        rf",?\s*\b(?:(?:on|by|in|at|since|until|from|during|before|for|as of|earlier|late|early)\s+)?"
        rf"{re.escape(failed[1])}\b",
        "",
        check.text,
        count=1,
        flags=re.IGNORECASE,
    ).lstrip(" ,")
    cut = cut[:1].upper() + cut[1:]
    return cut if cut != check.text and len(cut.split()) >= SHORTEST else None


def _bare(word: str) -> str:
    return re.sub(r"['’]s?$", "", word)


def _fold(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text)
    return "".join(c for c in folded if not unicodedata.combining(c)).lower()


def _differ(a: str, b: str, most: int) -> int:
    """How many letters must be put in, left out, changed or swapped with their neighbour to get from one word to the
    other (optimal string alignment distance); ``most + 1`` where it is more."""
    if abs(len(a) - len(b)) > most:
        return most + 1
    rows = [list(range(len(b) + 1))]
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, rows[-2][j - 2] + 1)
            row.append(cost)
        rows.append(row)
    return min(rows[-1][-1], most + 1)
