"""How well a run of sentences supports a claim: candidate quotes, their features, and one number out of those."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.checking.claim_numbers import stands
from rag.checking.meaning import only_possible, other_subject, polarity_clash, roles_reversed
from rag.text.names import missing_names
from rag.text.reading import Reading, read
from rag.text.times import dates_agree, parse_day
from rag.types import Quote, SourceSentence

MAX_QUOTE_SENTENCES = 3


@dataclass(frozen=True, slots=True)
class Weights:
    """How near a quote is to a claim, by which quotes are ranked, and what the best one must reach.

    ``recall``, ``cosine``, ``pairs``, ``details`` are shares of nearness and sum to 1; without cosines theirs goes to
    ``recall``. The rest are factors, costs and limits in [0, 1]; those of support are probabilities by
    ``rag.checking.confidence``. Nearness was set by hand on invented sentences.
    """

    recall: float = 0.50  # of the claim's content words, rarer ones counting more
    cosine: float = 0.20  # of the best sentence of the quote, from ``cosine_low`` (0) to ``cosine_high`` (1)
    pairs: float = 0.15  # neighbouring content words of the claim that are near one another in the quote
    details: float = 0.15  # numbers, dates and names found
    cosine_low: float = 0.15
    cosine_high: float = 0.75
    context_credit: float = 0.5  # what a word counts that stands only in the title or the sentence before
    extra_sentence: float = 0.02  # cost of each sentence of a quote beyond the first
    expected_only: float = 0.85  # factor where the claim tells as done what the quote calls planned or expected
    least_near: float = 0.225  # below it no passage is about the matter
    min_support: float = 0.78  # probability that the quote carries the claim
    doubt_from: float = 0.30  # between these a second opinion is asked, where there is one
    doubt_to: float = 0.90
    min_recall: float = 0.25  # of the claim's words that the quote must hold, whatever the probability
    min_recall_part: float = 0.40  # the same where a name is left to another quote
    min_recall_verbatim: float = 0.55  # of a claim, names from the question aside, for showing the quote itself
    min_recall_against: float = 0.5  # below it a quote can't contradict the claim, it only fails to carry it
    min_near_number: float = 0.34  # share of the claim's words that must stand about a number in the quote
    min_shared: float = 0.60  # of words other than names that both quotes of a list must hold
    widen: float = 0.15  # nearness given up for a quote that holds every name itself
    candidates: int = 12  # quotes that go through the hard checks


DEFAULT = Weights()


@dataclass(frozen=True, slots=True)
class Window:
    """A candidate quote: contiguous sentences of one passage, with the cosine of the best of them (None: unknown)."""

    sentences: tuple[SourceSentence, ...]
    before: str  # the sentence before, for names and words it may lean on
    cosine: float | None

    @property
    def readings(self) -> tuple[Reading, ...]:
        return tuple(read(s.text) for s in self.sentences)

    @property
    def text(self) -> str:
        return " ".join(s.text for s in self.sentences)

    @property
    def title(self) -> str:
        return self.sentences[0].article.title or ""

    def quote(self) -> Quote:
        first, last = self.sentences[0], self.sentences[-1]
        start, end = first.span.start, last.span.end
        article = first.article
        return Quote(article, first.passage_id, start, end, article.text[start:end], first.also_in)


def windows(sources: Sequence[SourceSentence], cosines: Sequence[float]) -> list[Window]:
    """All runs of one to three sentences of a passage between which nothing but white space stands."""
    cosine = {id(s): c for s, c in zip(sources, cosines, strict=False)}
    passages: dict[tuple[str, str], dict[int, SourceSentence]] = {}
    for source in sources:
        passages.setdefault((source.article.id, source.passage_id), {}).setdefault(source.span.start, source)
    found = []
    for group in passages.values():
        ordered = [group[start] for start in sorted(group)]
        for i, first in enumerate(ordered):
            run = [first]
            before = ordered[i - 1].text if i and _adjacent(ordered[i - 1], first) else ""
            while True:
                known = [cosine[id(s)] for s in run if id(s) in cosine]
                found.append(Window(tuple(run), before, max(known) if known else None))
                following = ordered[i + len(run)] if i + len(run) < len(ordered) else None
                if len(run) == MAX_QUOTE_SENTENCES or following is None or not _adjacent(run[-1], following):
                    break
                run.append(following)
    return found


def rarities(sources: Sequence[SourceSentence]) -> Mapping[str, float]:
    """Each content word's weight in [0.5, 1]: the fewer of the source sentences hold it, the heavier."""
    counts = Counter(w for s in sources for w in set(read(s.text).roots))
    total = math.log(1 + len(sources)) or 1.0
    return {w: 0.5 + 0.5 * math.log(1 + len(sources) / (1 + n)) / total for w, n in counts.items()}


def features(claim: str, window: Window, rarity: Mapping[str, float]) -> dict[str, float]:
    """What support is computed from, each in [0, 1], and what a later fit may add.

    ``cosine`` is 0.5 where unknown. ``clash``, ``reversed``, ``possible``, ``other_subject`` are flags for what the
    hard checks look at.
    """
    reading, quote = read(claim), window.readings
    return matched(claim, window, rarity) | {
        "clash": float(polarity_clash(reading, quote) is not None),
        "reversed": float(roles_reversed(reading, quote)),
        "possible": float(only_possible(reading, quote) is not None),
        "other_subject": float(other_subject(reading, quote) is not None),
    }


def matched(claim: str, window: Window, rarity: Mapping[str, float]) -> dict[str, float]:
    """The features that support is computed from: what of the claim stands in the quote."""
    reading, quote = read(claim), window.readings
    held = {w for r in quote for w in r.roots}
    context = set(read(window.before).roots) | set(read(window.title).roots)
    ours = dict.fromkeys(reading.roots)
    total = sum(rarity.get(w, 1.0) for w in ours) or 1.0
    recall = sum(rarity.get(w, 1.0) for w in ours if w in held) / total
    lent = sum(rarity.get(w, 1.0) for w in ours if w not in held and w in context) / total
    numbers = [any(stands(n, q, reading, r) for r in quote for q in r.numbers) for n in reading.numbers]
    anchor = parse_day(window.sentences[0].article.published_at)
    theirs = [d for r in quote for d in r.dates]
    dates = [dates_agree(d, theirs, anchor) for d in reading.dates]
    absent = missing_names(claim, window.text, window.title)
    names = [name.text not in absent for name in reading.names]
    details = numbers + dates + names
    return {
        "recall": recall if ours else 1.0,
        "context_recall": min(1.0, recall + lent) if ours else 1.0,
        "precision": sum(w in ours for w in held) / (len(held) or 1),
        "cosine": 0.5 if window.cosine is None else max(0.0, window.cosine),
        "pairs": _pairs(reading, quote),
        "numbers": _share(numbers),
        "dates": _share(dates),
        "names": _share(names),
        "details": _share(details),
        "expected": float(only_possible(reading, quote, ahead=True) is not None),
        "sentences": len(quote) / MAX_QUOTE_SENTENCES,
    }


def nearness(found: Mapping[str, float], cosine_known: bool, weights: Weights = DEFAULT) -> float:
    """One number in [0, 1] out of ``matched`` or ``features``."""
    recall = found["recall"] + weights.context_credit * (found["context_recall"] - found["recall"])
    spread = (found["cosine"] - weights.cosine_low) / (weights.cosine_high - weights.cosine_low)
    closeness = min(1.0, max(0.0, spread)) if cosine_known else recall
    value = (
        weights.recall * recall
        + weights.cosine * closeness
        + weights.pairs * found["pairs"]
        + weights.details * found["details"]
    )
    if found["expected"]:
        value *= weights.expected_only
    value -= weights.extra_sentence * (found["sentences"] * MAX_QUOTE_SENTENCES - 1)
    return min(1.0, max(0.0, value))


def ranked_windows(
    claim: str, candidates: Sequence[Window], rarity: Mapping[str, float], weights: Weights
) -> list[tuple[float, Window]]:
    scored = [(nearness(matched(claim, w, rarity), w.cosine is not None, weights), w) for w in candidates]
    return sorted(scored, key=lambda pair: -pair[0])


def _adjacent(a: SourceSentence, b: SourceSentence) -> bool:
    return a.span.end <= b.span.start and not a.article.text[a.span.end : b.span.start].strip()


def _share(found: Sequence[bool]) -> float:
    return sum(found) / len(found) if found else 1.0


def _pairs(claim: Reading, quote: Sequence[Reading]) -> float:
    """Share of the claim's neighbouring content words that stand at most five words apart in a quote sentence."""
    ours = list(zip(claim.roots, claim.roots[1:], strict=False))
    if not ours:
        return 1.0
    near: set[tuple[str, str]] = set()
    for reading in quote:
        for i, word in enumerate(reading.roots):
            near.update((word, other) for other in reading.roots[i + 1 : i + 6])
    return sum((a, b) in near or (b, a) in near for a, b in ours) / len(ours)
