"""The metrics, as pure functions. Standard library only.

A share is kept as hits and cases; its ``value`` is None where there were no cases, never a made-up 0 or 1.
"Retrieved" in the classical definitions (C. J. van Rijsbergen, Information Retrieval, 2nd ed. 1979, ch. 7) is
"refused" for refusals and "cited" for citations here.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Hashable, Iterable, Sequence, Set
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple, TypeVar

Case = TypeVar("Case")

REFUSED = "not_found"
ERROR = "error"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One question, asked and judged.

    ``expect`` is what the question file says, ``status`` what the answer said (``error`` where asking failed).
    ``cited`` holds for each citation the ids of the articles it stands for: the cited one and exact copies of it.
    ``retrieved`` are the ids of the articles whose passages were found.
    ``values_shown`` counts how many of ``values_expected`` conflicting values the answer shows; ``dispute_said``
    whether it says that sources disagree.
    """

    id: str
    expect: str
    status: str
    correct: bool
    tags: tuple[str, ...] = ()
    why: str | None = None
    cited: tuple[tuple[str, ...], ...] = ()
    gold: tuple[str, ...] = ()
    retrieved: tuple[str, ...] = ()
    sentences: int = 0
    uncited_sentences: int = 0
    unsupported_numbers: tuple[str, ...] = ()
    values_expected: int = 0
    values_shown: int = 0
    dispute_said: bool = False
    first_token_ms: float | None = None
    total_ms: float | None = None

    @property
    def answerable(self) -> bool:
        return self.expect != REFUSED

    @property
    def refused(self) -> bool:
        return self.status == REFUSED

    @property
    def said_something(self) -> bool:
        return self.status not in (REFUSED, ERROR)


class Share(NamedTuple):
    """``hits`` out of ``cases``."""

    hits: float
    cases: int

    @property
    def value(self) -> float | None:
        return self.hits / self.cases if self.cases else None


def share(flags: Iterable[bool]) -> Share:
    """How many of the flags are set: hits = number of True, cases = number of flags."""
    flags = list(flags)
    return Share(sum(flags), len(flags))


# --- answers --------------------------------------------------------------------------------------


def answer_accuracy(outcomes: Sequence[Outcome]) -> Share:
    """Right answers / answerable questions. A refusal or an error on an answerable question is wrong.

    What is right is decided by ``eval.judge``. Exact-match accuracy with alternatives, as in TriviaQA
    (Joshi et al., 2017), but with every required part to be met.
    """
    return share(o.correct for o in outcomes if o.answerable)


def accuracy(outcomes: Sequence[Outcome]) -> Share:
    """Right outcomes / all questions, a right refusal being right. Used for the table by tag."""
    return share(o.correct for o in outcomes)


# --- refusals -------------------------------------------------------------------------------------


def refusal_precision(outcomes: Sequence[Outcome]) -> Share:
    """Unanswerable questions among the refused ones: TP / (TP + FP), a refusal being the positive class."""
    return share(not o.answerable for o in outcomes if o.refused)


def refusal_recall(outcomes: Sequence[Outcome]) -> Share:
    """Refused questions among the unanswerable ones: TP / (TP + FN). An error is no refusal."""
    return share(o.refused for o in outcomes if not o.answerable)


def false_refusal_rate(outcomes: Sequence[Outcome]) -> Share:
    """Refused questions among the answerable ones: FP / (FP + TN), lower is better."""
    return share(o.refused for o in outcomes if o.answerable)


def f1(precision: float | None, recall: float | None) -> float | None:
    """Harmonic mean 2PR / (P + R) (van Rijsbergen's F with beta 1). None where either is None; 0 where both are 0."""
    if precision is None or recall is None:
        return None
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


# --- citations ------------------------------------------------------------------------------------


def citation_precision(outcomes: Sequence[Outcome]) -> Share:
    """Citations of a gold source / all citations, over answers given to answerable questions (micro average).

    A citation counts as gold where the cited article, or one with exactly its text, is a gold source. Follows the
    citation precision of Gao et al., "Enabling LLMs to generate text with citations" (2023), at article level.
    """
    return share(bool(set(ids) & set(o.gold)) for o in _answered(outcomes) for ids in o.cited)


def citation_recall(outcomes: Sequence[Outcome]) -> Share:
    """Answers that cite at least one gold source / answers given to answerable questions.

    ``gold_sources`` lists alternatives (every fair citation), so one of them is enough; see ``source_coverage`` for
    questions that need several.
    """
    return share(any(set(ids) & set(o.gold) for ids in o.cited) for o in _answered(outcomes))


def source_coverage(outcomes: Sequence[Outcome], tag: str = "cross-article") -> Share:
    """Gold sources cited / gold sources, over answers given to the questions with ``tag`` (micro average)."""
    chosen = [o for o in _answered(outcomes) if tag in o.tags]
    found = sum(len(set(o.gold) & {i for ids in o.cited for i in ids}) for o in chosen)
    return Share(found, sum(len(set(o.gold)) for o in chosen))


def retrieval_recall(outcomes: Sequence[Outcome]) -> Share:
    """Answerable questions with at least one gold source among the retrieved passages / answerable questions."""
    return share(bool(set(o.gold) & set(o.retrieved)) for o in outcomes if o.answerable and o.status != ERROR)


# --- disagreement ---------------------------------------------------------------------------------


def conflicts_surfaced(outcomes: Sequence[Outcome]) -> Share:
    """Questions on which sources disagree where the answer shows all values and says that they are disputed."""
    return share(o.dispute_said and o.values_shown == o.values_expected for o in outcomes if o.expect == "conflicting")


def false_conflicts(outcomes: Sequence[Outcome]) -> Share:
    """Questions with one right answer on which a dispute was reported, lower is better."""
    return share(o.status == "conflicting" for o in outcomes if o.expect == "answered")


def superseded_right(outcomes: Sequence[Outcome]) -> Share:
    """Questions whose answer changed over time that got the value that holds (the latest, or that of ``as_of``)."""
    return share(o.correct for o in outcomes if "superseded" in o.tags)


def superseded_shown(outcomes: Sequence[Outcome]) -> Share:
    """Of the superseded questions that list several values, those where the answer shows all of them."""
    chosen = (o for o in outcomes if "superseded" in o.tags and o.values_expected)
    return share(o.values_shown == o.values_expected for o in chosen)


# --- checks of what is shown ----------------------------------------------------------------------


def unsupported_numbers(outcomes: Sequence[Outcome]) -> int | None:
    """How many numbers in shown sentences stand in none of their quotes. None where no sentence was shown."""
    return _count(outcomes, (len(o.unsupported_numbers) for o in outcomes))


def uncited_sentences(outcomes: Sequence[Outcome]) -> int | None:
    """How many shown sentences carry no citation. None where no sentence was shown."""
    return _count(outcomes, (o.uncited_sentences for o in outcomes))


# --- rankings -------------------------------------------------------------------------------------


def hit_rate(rankings: Sequence[Sequence[str]], relevant: Sequence[Set[str]], k: int) -> float:
    """hit@k: the share of rankings, each best first, with a relevant id among the first ``k``; 0.0 without rankings."""
    hits = [bool(set(r[:k]) & gold) for r, gold in zip(rankings, relevant, strict=True)]
    return sum(hits) / len(hits) if hits else 0.0


def mean_reciprocal_rank(rankings: Sequence[Sequence[str]], relevant: Sequence[Set[str]], k: int) -> float:
    """MRR@k: the mean of 1 / rank of the first relevant id, 0 where none is among the first ``k`` (Voorhees, 1999)."""
    values = [
        next((1 / rank for rank, item in enumerate(r[:k], start=1) if item in gold), 0.0)
        for r, gold in zip(rankings, relevant, strict=True)
    ]
    return math.fsum(values) / len(values) if values else 0.0


# --- statistics -----------------------------------------------------------------------------------


def percentile(values: Iterable[float | None], p: float) -> float | None:
    """The p-th percentile (0 < p <= 100) by nearest rank: the ceil(p/100 * n)-th smallest of n values.

    Always a value that occurred. None values are left out (the stage did not happen); None where none is left.
    """
    if not 0 < p <= 100:
        raise ValueError(f"p is {p}, not in (0, 100]")
    known = sorted(v for v in values if v is not None)
    return known[math.ceil(p / 100 * len(known)) - 1] if known else None


def wilson_interval(hits: float, cases: int) -> tuple[float, float] | None:
    """The 95% score interval of a share (E. B. Wilson, 1927; L. D. Brown et al., Interval Estimation for a Binomial
    Proportion, 2001): of few cases, or where all or none hit, still as wide as so few cases say. None without cases.
    """
    if not cases:
        return None
    z, share = 1.959964, hits / cases
    centre = share + z * z / (2 * cases)
    half = z * math.sqrt(share * (1 - share) / cases + (z / (2 * cases)) ** 2)
    scale = 1 + z * z / cases
    return max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale)


def bootstrap(
    cases: Sequence[Case],
    statistic: Callable[[Sequence[Case]], float | None],
    *,
    level: float = 0.95,
    rounds: int = 1000,
    seed: int = 7,
) -> tuple[float, float] | None:
    """Percentile bootstrap interval of any statistic of the cases (Efron and Tibshirani, 1993, ch. 13); the seed makes
    it repeatable.

    Draws as many cases as there are, with replacement, ``rounds`` times, and takes the (1 - level) / 2 and
    (1 + level) / 2 nearest-rank percentiles of the values. Draws in which the statistic has no value (no case of a
    class) are left out; None where none is left.
    """
    if not cases:
        return None
    draw = random.Random(seed)
    values = [statistic(draw.choices(cases, k=len(cases))) for _ in range(rounds)]
    low, high = percentile(values, 50 * (1 - level)), percentile(values, 50 * (1 + level))
    return None if low is None or high is None else (low, high)


def auroc(positive: Iterable[float], negative: Iterable[float]) -> float | None:
    """Chance that a positive scores above a negative, ties counting half; None without cases of both.

    By ranks, as the Mann-Whitney U statistic over n+ times n- (Hanley and McNeil, 1982).
    """
    scores = sorted([(s, True) for s in positive] + [(s, False) for s in negative])
    hits = sum(is_positive for _, is_positive in scores)
    if not 0 < hits < len(scores):
        return None
    above, below = 0.0, 0  # below: negatives with a lower score
    for _, tied in groupby(scores, key=itemgetter(0)):
        kinds = [is_positive for _, is_positive in tied]
        ours, theirs = sum(kinds), len(kinds) - sum(kinds)
        above += ours * (below + 0.5 * theirs)
        below += theirs
    return above / (hits * (len(scores) - hits))


def balanced_accuracy(cases: Iterable[tuple[Hashable, bool]], classes: Sequence[Hashable]) -> float | None:
    """Mean over ``classes`` of the share that is right in each, from (class, right) pairs; None unless all occur.

    The mean of the recalls (Brodersen et al., 2010): always giving the same of two classes scores 0.5.
    """
    rights: dict[Hashable, list[bool]] = {kind: [] for kind in classes}
    for kind, right in cases:
        rights[kind].append(right)
    if not rights or not all(rights.values()):
        return None
    return sum(sum(of_kind) / len(of_kind) for of_kind in rights.values()) / len(rights)


def _answered(outcomes: Iterable[Outcome]) -> list[Outcome]:
    return [o for o in outcomes if o.answerable and o.said_something]


def _count(outcomes: Sequence[Outcome], counts: Iterable[int]) -> int | None:
    return sum(counts) if any(o.sentences for o in outcomes) else None
