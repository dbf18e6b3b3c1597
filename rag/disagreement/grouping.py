"""What goes together: items of different articles on one matter, of which at least two differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from rag.types import SourceSentence

T = TypeVar("T")


def groups(
    items: Sequence[T],
    matched: Callable[[T, T], bool],
    differ: Callable[[T, T], bool],
    source: Callable[[T], SourceSentence] = lambda item: item.source,  # type: ignore[attr-defined]
) -> list[list[T]]:
    """Groups of items on one matter, an article once in each, in which at least one differs from the first."""
    found: list[list[T]] = []
    used: set[int] = set()
    for seed in items:
        if id(seed) in used:
            continue
        group = [seed]
        for other in items:
            apart = all(source(other).article.content_hash != source(m).article.content_hash for m in group)
            if other is not seed and id(other) not in used and apart and matched(seed, other):
                group.append(other)
        if any(differ(seed, m) for m in group[1:]):
            used.update(id(m) for m in group)
            found.append(group)
    return found
