"""Reports of one event that give different numbers: both are shown, side by side, and the reader is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from rag.broad.text import Candidate
from rag.events import said_on
from rag.text.quantities import Quantity, same
from rag.text.reading import read
from rag.text.words import content_stems, words

ONE_NEWS = timedelta(days=3)  # reports further apart than this may both be right, each of its day
ALIKE = 0.60  # cosine, or share of content words, from which two sentences tell the same
KINDS = ("number", "percent", "money")


def differ(a: Candidate, b: Candidate) -> tuple[str, str] | None:
    """The numbers in which two outlets' sentences differ, as written ("three paintings", "four paintings"), or None.

    Only numbers of one unit count, each alone of its kind in its sentence, from reports a few days apart at most. What
    an outlet reports on another day brings its own earlier report up to date.
    """
    first, second = said_on(a.article), said_on(b.article)
    if a.article.content_hash == b.article.content_hash or not first or not second or abs(first - second) > ONE_NEWS:
        return None
    if first != second and a.article.outlet is not None and a.article.outlet == b.article.outlet:
        return None
    ours, theirs = _counted(a.text), _counted(b.text)
    for unit in ours.keys() & theirs.keys():
        if not same(ours[unit], theirs[unit]):
            return _written(a.text, ours[unit]), _written(b.text, theirs[unit])
    return None


def alike(a: str, b: str) -> float:
    """The share of the shorter sentence's content words that the other holds, in [0, 1]."""
    ours, theirs = set(content_stems(a)), set(content_stems(b))
    return len(ours & theirs) / (min(len(ours), len(theirs)) or 1)


def set_beside(found: Sequence[Candidate], like: Any, chosen: Sequence[list[int]]) -> tuple[list[list[int]], list[str]]:
    """The chosen groups with those added that give another number, and a notice for each pair.

    ``like`` is float32 [len(found), len(found)], the cosines between the sentences.
    """
    groups = [list(g) for g in chosen]
    notices: list[str] = []
    shown = {g[0] for g in groups}
    for head in [g[0] for g in chosen]:
        for j, other in enumerate(found):
            numbers = differ(found[head], other) if j != head else None
            close = float(like[head, j]) >= ALIKE and alike(found[head].text, other.text) >= ALIKE
            if numbers and close and (j in shown or len(notices) < 2):
                if j not in shown:
                    groups.append([j])
                    shown.add(j)
                notice = f"Reports differ: “{numbers[0]}” and “{numbers[1]}”."
                if f"Reports differ: “{numbers[1]}” and “{numbers[0]}”." not in notices:
                    notices.append(notice)
                break
    return groups, list(dict.fromkeys(notices))


def _counted(text: str) -> dict[str, Quantity]:
    """The numbers of a sentence by what they count, where it gives only one of a kind."""
    found: dict[str, list[Quantity]] = {}
    for number in read(text).numbers:
        if number.kind in KINDS and number.unit_stem and len(number.values) == 1:
            found.setdefault(number.unit_stem, []).append(number)
    return {unit: numbers[0] for unit, numbers in found.items() if len(numbers) == 1}


def _written(text: str, number: Quantity) -> str:
    said = text[number.start : number.end]
    return said if not number.unit or number.unit.lower() in words(said) else f"{said} {number.unit}"
