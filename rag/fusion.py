"""Reciprocal rank fusion: several rankings of ids become one. Standard library only."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence


def reciprocal_rank_fusion(
    rankings: Mapping[str, Sequence[str]], k: int = 60, weights: Mapping[str, float] | None = None
) -> list[tuple[str, float]]:
    """Ids with their fused scores, best first; equal scores are ordered by id.

    An id scores ``weight / (k + rank)`` in each ranking that holds it (ranks from 1, its first place counts).
    ``weights`` are by ranking name, 1.0 where not given. Raises ValueError for a negative ``k`` or weight.
    """
    if k < 0:
        raise ValueError(f"k is {k}, it can't be negative")
    parts: dict[str, list[float]] = {}
    for name, ranking in rankings.items():
        weight = 1.0 if weights is None else weights.get(name, 1.0)
        if weight < 0:
            raise ValueError(f"the weight of {name!r} is {weight}, it can't be negative")
        seen: set[str] = set()
        for rank, item in enumerate(ranking, start=1):
            if item not in seen:
                seen.add(item)
                parts.setdefault(item, []).append(weight / (k + rank))
    # fsum is exact, so the order of the rankings can't change a score
    fused = [(item, math.fsum(scores)) for item, scores in parts.items()]
    return sorted(fused, key=lambda pair: (-pair[1], pair[0]))
