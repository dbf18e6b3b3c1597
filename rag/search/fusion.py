"""Fuses what the retrievers say of each candidate passage into one score. Standard library only.

A weighted sum of signs in [0, 1], the weights fitted by ``python -m eval.fit_retrieval`` on questions whose answering
article is known. Compared there with reciprocal rank fusion, which sees ranks only and so can't tell a near tie from a
landslide.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
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


def score(signs: Signs, weights: Weights = WEIGHTS) -> float:
    """Higher is likelier to answer; only differences within one question mean something."""
    return math.fsum(getattr(signs, f.name) * getattr(weights, f.name) for f in fields(Signs))


def fuse(candidates: Mapping[str, Signs], weights: Weights = WEIGHTS) -> list[tuple[str, float]]:
    """Ids with their scores, best first; equal scores are ordered by id."""
    return sorted(((i, score(signs, weights)) for i, signs in candidates.items()), key=lambda pair: (-pair[1], pair[0]))
