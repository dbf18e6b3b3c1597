"""Whether probabilities keep their word: of what was said to be 80% likely, 80% should be so. Standard library."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Bin(NamedTuple):
    """The cases whose probability was in ``[low, high)``: how many, their mean probability, and the share that held."""

    low: float
    high: float
    n: int
    said: float
    was: float


def bins(probabilities: Iterable[float], held: Iterable[float], count: int = 10) -> list[Bin]:
    """``count`` bins of equal width over [0, 1], without the empty ones; 1 belongs to the last."""
    pairs = [(float(p), float(h)) for p, h in zip(probabilities, held, strict=True)]
    found = []
    for i in range(count):
        inside = [(p, h) for p, h in pairs if min(int(p * count), count - 1) == i]
        if inside:
            n = len(inside)
            said, was = sum(p for p, _ in inside) / n, sum(h for _, h in inside) / n
            found.append(Bin(i / count, (i + 1) / count, n, said, was))
    return found


def error(probabilities: Iterable[float], held: Iterable[float], count: int = 10) -> float:
    """Expected calibration error: the gap between what was said and what was, in [0, 1], averaged over the cases.

    Source: Naeini, Cooper, Hauskrecht, "Obtaining Well Calibrated Probabilities Using Bayesian Binning", AAAI 2015.
    """
    found = bins(probabilities, held, count)
    total = sum(b.n for b in found)
    return sum(b.n * abs(b.said - b.was) for b in found) / total if total else 0.0
