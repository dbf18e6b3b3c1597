"""How probable it is that a quote carries a claim: cheap signs of it, and a logistic combination of them.

The hard checks (``rag.checking.verify``) say what must not be shown; this tells how sure one may be of the rest. The
signs look at the quote and, for what a claim brings in from nowhere, at the other sentences of the same article.
Coefficients are fitted by ``python -m eval.fit_support`` on people's judgements of sentences.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from rag.checking.attribution import only_passed_on
from rag.checking.claim_numbers import stands
from rag.checking.meaning import only_possible, other_subject, polarity_clash, roles_reversed
from rag.checking.support import Window, matched
from rag.text.names import missing_names
from rag.text.reading import Reading, read
from rag.types import SourceSentence

# Where one statement of a sentence ends and the next may begin.
_PART = re.compile(
    r"[,;:()]|\s[–—-]\s|\b(?:and|or|but|while|which|who|with|including|as well as|such as|because|so that|until)\b",
    re.IGNORECASE,
)

INTERCEPT = -1.227
COEFFICIENTS: dict[str, float] = {
    "pairs": 1.38,
    "cosine": 0.712,
    "part_least": 1.081,
    "part_mean": 0.472,
    "words": 1.378,
    "unmatched_near": -0.463,
    "unmatched_run_near": -0.285,
    "numbers_missing": -0.717,
    "numbers_missing_near": -0.77,
    "dates_missing": -1.164,
    "names_missing": -0.199,
    "names_missing_near": -0.66,
    "passed_on": -0.662,
}


def probability(signs: Mapping[str, float]) -> float:
    """That the quote carries the claim, in (0, 1), from ``signs``."""
    x = INTERCEPT + math.fsum(weight * signs[name] for name, weight in COEFFICIENTS.items())
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, x))))


def joined(support: float, opinion: float) -> float:
    """The probability that two judges of one claim come to: the mean of their log-odds."""
    odds = [math.log(p / (1 - p)) for p in (min(max(q, 1e-4), 1 - 1e-4) for q in (support, opinion))]
    return 1 / (1 + math.exp(-sum(odds) / 2))


def signs_of(
    claim: str,
    window: Window,
    sources: Sequence[SourceSentence],
    rarity: Mapping[str, float],
) -> dict[str, float]:
    """What speaks for and against the claim, as numbers: shares in [0, 1], counts (some as their square root), flags.

    ``sources`` as in ``verify.check``, ``rarity`` from ``support.rarities``. Names that end in ``_near``
    look at all sentences of the quote's article among the sources, the others at the quote.
    """
    reading, quote = read(claim), window.readings
    found = matched(claim, window, rarity)
    own = window.sentences[0].article.id
    near = [read(s.text) for s in sources if s.article.id == own] or list(quote)
    here, held = _roots(quote), _roots(near)
    parts = [_best_recall(part, near, rarity) for part in _parts(claim)]
    return {
        "recall": found["recall"],
        "lent": found["context_recall"] - found["recall"],
        "pairs": found["pairs"],
        "cosine": found["cosine"],
        "part_least": min(parts),
        "part_mean": sum(parts) / len(parts),
        "words": math.log1p(len(set(reading.roots))),
        "unmatched": math.sqrt(len(set(reading.roots) - here)),
        "unmatched_near": math.sqrt(len(set(reading.roots) - held)),
        "unmatched_run": float(_longest_run(reading, here)),
        "unmatched_run_near": float(_longest_run(reading, held)),
        "numbers_missing": float(_numbers_missing(reading, quote)),
        "numbers_missing_near": float(_numbers_missing(reading, near)),
        "dates_missing": (1 - found["dates"]) * len(reading.dates),
        "names_missing": float(len(missing_names(claim, window.text, window.title))),
        "names_missing_near": float(len(missing_names(claim, " ".join(r.text for r in near), window.title))),
        "expected": found["expected"],
        "passed_on": float(only_passed_on(reading, quote)),
        "contradicted": float(
            polarity_clash(reading, quote) is not None
            or roles_reversed(reading, quote)
            or only_possible(reading, quote) is not None
            or other_subject(reading, quote) is not None
        ),
    }


def _roots(readings: Sequence[Reading]) -> set[str]:
    return {root for reading in readings for root in reading.roots}


@lru_cache(maxsize=256)
def _parts(claim: str) -> tuple[frozenset[str], ...]:
    """The content words of each statement of the claim; of the whole where it has no more than one."""
    whole = frozenset(read(claim).roots)
    parts = [frozenset(read(part).roots) for part in _PART.split(claim)]
    return tuple(part for part in parts if len(part) >= 2) or (whole,)


def _best_recall(part: frozenset[str], near: Sequence[Reading], rarity: Mapping[str, float]) -> float:
    """The largest share of a part's words, rarer ones counting more, that one sentence holds."""
    total = sum(rarity.get(word, 1.0) for word in part)
    if not total:
        return 1.0
    return max(sum(rarity.get(word, 1.0) for word in part.intersection(r.roots)) for r in near) / total


def _longest_run(claim: Reading, held: set[str]) -> int:
    """The most content words of the claim in a row that are not among ``held``."""
    longest = run = 0
    for root in claim.roots:
        run = 0 if root in held else run + 1
        longest = max(longest, run)
    return longest


def _numbers_missing(claim: Reading, readings: Sequence[Reading]) -> int:
    return sum(not any(stands(n, q, claim, r) for r in readings for q in r.numbers) for n in claim.numbers)
