"""Fuses what the retrievers say of each candidate passage into one score. Standard library only.

A weighted sum of signs in [0, 1], the weights fitted by ``python -m eval.fit_retrieval`` on questions whose answering
article is known. Compared there with reciprocal rank fusion, which sees ranks only and so can't tell a near tie from a
landslide.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known of one candidate passage, in [0, 1] but for the cosine, in [-1, 1]."""

    cosine: float  # of its vector with the question's
    bm25: float  # its BM25 score, as a share of the best passage's
    article: float  # how well its whole article covers the question's words, as a share of the best article's
    names: float  # share of the question's names that it holds, rare words weighing more
    recent: float  # 1 for what was published on the day asked from, falling with age; 0 where the day is no matter


@dataclass(frozen=True, slots=True)
class Weights(Signs):
    """Of each sign in the score."""


WEIGHTS = Weights(cosine=5.4, bm25=4.8, article=2.5, names=1.0, recent=2.3)

LESS = 1.0  # between .4 and 1.5 the first eight passages hold about as many answers, and more than with 0


def score(signs: Signs, weights: Weights = WEIGHTS) -> float:
    """Higher is likelier to answer; only differences within one question mean something."""
    return math.fsum(getattr(signs, f.name) * getattr(weights, f.name) for f in fields(Signs))


def spread(
    ranked: Sequence[tuple[str, float]], article: Mapping[str, str], less: float = LESS
) -> list[tuple[str, float]]:
    """The ranking (id, score) with each further passage of an article set back by ``less`` times how many of it stand
    before, best first: what an article says again leaves room for what others say. The first of each stays as it is."""
    before: Counter[str] = Counter()
    moved = []
    for passage, value in ranked:
        moved.append((passage, value - less * before[article[passage]]))
        before[article[passage]] += 1
    return sorted(moved, key=lambda pair: (-pair[1], pair[0]))


def fuse(candidates: Mapping[str, Signs], weights: Weights = WEIGHTS) -> list[tuple[str, float]]:
    """Ids with their scores, best first; equal scores are ordered by id."""
    return sorted(((i, score(signs, weights)) for i, signs in candidates.items()), key=lambda pair: (-pair[1], pair[0]))
