"""How likely each retrieved sentence holds what a question asks for: cheap signs, put together by a fitted score.

The weights come from ``python -m eval.fit_ranking``. No model but the embedder, whose cosines are given.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

from rag.text.names import find_names
from rag.text.words import content_stems, words
from rag.types import Hit, SourceSentence

_ASKS_NUMBER = re.compile(
    r"\b(how (?:many|much|long|far|old|big|large|often)|what (?:number|percentage|share))\b", re.IGNORECASE
)
_ASKS_TIME = re.compile(r"\b(when|(?:what|which) (?:day|date|year|month|time)|how long|since when)\b", re.IGNORECASE)
_ASKS_WHO = re.compile(
    r"\bwho(?:m|se)?\b|"
    r"\bwhich (?:person|man|woman|officer|minister|judge|player|company|firm|team|country|city|party|group)\b",
    re.IGNORECASE,
)
_ASKS_WHERE = re.compile(r"\bwhere\b|\bwhich (?:city|town|country|place|village|province|region)\b", re.IGNORECASE)
_ASKS_WHY = re.compile(
    r"\bwhy\b|\bwhat (?:caused|led|made|kept)\b|\b(?:for what reason|on what grounds)\b", re.IGNORECASE
)
_ASKS_MONEY = re.compile(
    r"\b(price|costs?|pay|paid|fee|salary|earn|worth|money|fined?|budget|sum|compensat\w+|much)\b", re.IGNORECASE
)
_HAS_NUMBER = re.compile(
    r"\d|\b(two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|hundreds?|thousands?|millions?|half|third)\b",
    re.IGNORECASE,
)
_HAS_TIME = re.compile(
    r"\b(19|20)\d\d\b|\b(mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(january|february|march|april|may|june|july|august|"
    r"september|october|november|december|today|yesterday|tomorrow|week|month|year|hours?)\b",
    re.IGNORECASE,
)
_HAS_CAUSE = re.compile(
    r"\b(because|since|due to|after|as a result|so that|in order|to (?:avoid|protect|prevent|allow|make|keep)|caused?|"
    r"reason|blamed?|led to|owing|for fear|amid|over|therefore)\b",
    re.IGNORECASE,
)
_HAS_MONEY = re.compile(
    r"[$£€]|\b(dollars?|euros?|pounds?|crowns?|francs?|yen|rupees?|million|billion|percent)\b", re.IGNORECASE
)
# A sentence that opens like this leans on the one before it for its subject.
LEANING = re.compile(
    r"^[\"“‘']?(he|she|it|they|his|her|its|their|this|that|these|those|such|both|the (?:two|latter|former|move|"
    r"decision|attack|incident|group|company|minister|spokes\w+|official|measure|president|agreement|announcement))\b",
    re.IGNORECASE,
)
SHORT = 6  # words below which a sentence is hardly one


@dataclass(frozen=True, slots=True)
class Signs:
    """Of one sentence. Similarities are cosines, overlaps shares of the question's words by rarity, the rest 0 or 1."""

    cosine: float
    passage_cosine: float  # the highest in its passage
    overlap: float
    with_previous: float  # overlap together with the sentence before it, or with the title
    passage_overlap: float
    passage_rank: float  # 1 / rank
    passage_score: float  # how far the search put it behind the best one, 0 at most
    number: float  # it holds the kind of thing that is asked for
    time: float
    number_for_time: float
    who: float
    where: float
    why: float
    money: float
    unasked_number: float
    length: float  # log(1 + words)
    short: float
    question: float  # it is one itself
    first: float  # in its passage
    leaning: float


@dataclass(frozen=True, slots=True)
class Weights(Signs):
    """Of each sign in the score."""


WEIGHTS = Weights(
    cosine=3.29,
    passage_cosine=1.12,
    overlap=2.73,
    with_previous=3.14,
    passage_overlap=0.60,
    passage_rank=0.73,
    passage_score=0.36,
    number=1.63,
    time=0.40,
    number_for_time=0.12,
    who=0.58,
    where=1.49,
    why=0.60,
    money=0.77,
    unasked_number=-0.11,
    length=0.26,
    short=-0.53,
    question=-4.86,
    first=-0.44,
    leaning=0.41,
)


def signs(
    question: str, hits: Sequence[Hit], sentences: Sequence[SourceSentence], cosines: Sequence[float]
) -> list[Signs]:
    """The signs of each sentence, in the same order; ``sentences`` are from the passages of ``hits``."""
    share = _share(question, [s.text for s in sentences])
    previous = {
        (hit.passage.id, span): hit.passage.sentence_text(spans[i - 1]) if i else hit.article.title or ""
        for hit in hits
        for spans in [hit.passage.sentences]
        for i, span in enumerate(spans)
    }
    rank = {hit.passage.id: i for i, hit in enumerate(hits, start=1)}
    score_of = {hit.passage.id: hit.score for hit in hits}
    most = max(score_of.values(), default=0.0)
    opening = {(hit.passage.id, hit.passage.sentences[0]) for hit in hits if hit.passage.sentences}
    around = {hit.passage.id: share(f"{hit.passage.text} {hit.article.title or ''}") for hit in hits}
    near: dict[str, float] = {}
    for sentence, cosine in zip(sentences, cosines, strict=True):
        near[sentence.passage_id] = max(near.get(sentence.passage_id, -1.0), cosine)
    asked, known = _asked(question), set(words(question))
    named = asked["who"] or asked["where"]
    found = []
    for sentence, cosine in zip(sentences, cosines, strict=True):
        text, length = sentence.text, len(sentence.text.split())
        number, time = bool(_HAS_NUMBER.search(text)), bool(_HAS_TIME.search(text))
        new_name = named and any(not set(words(name.text)) <= known for name in find_names(text))
        before = previous.get((sentence.passage_id, sentence.span), "")
        found.append(
            Signs(
                cosine=cosine,
                passage_cosine=near[sentence.passage_id],
                overlap=share(text),
                with_previous=share(f"{before} {text}"),
                passage_overlap=around[sentence.passage_id],
                passage_rank=1 / rank[sentence.passage_id],
                passage_score=score_of[sentence.passage_id] - most,
                number=asked["number"] and number,
                time=asked["time"] and time,
                number_for_time=asked["time"] and number,
                who=asked["who"] and new_name,
                where=asked["where"] and new_name,
                why=asked["why"] and bool(_HAS_CAUSE.search(text)),
                money=asked["money"] and bool(_HAS_MONEY.search(text)),
                unasked_number=number and not asked["number"] and not asked["time"],
                length=math.log(1 + length),
                short=length < SHORT,
                question=text.rstrip().endswith("?"),
                first=(sentence.passage_id, sentence.span) in opening,
                leaning=bool(LEANING.match(text)),
            )
        )
    return found


def score(signs: Signs, weights: Weights = WEIGHTS) -> float:
    """Higher is likelier to hold the answer; only differences within one question mean something."""
    return math.fsum(getattr(signs, f.name) * getattr(weights, f.name) for f in fields(Signs))


def _share(question: str, sentences: Sequence[str]) -> Callable[[str], float]:
    """Which share of the question's content words a text holds, in [0, 1]; rare ones among the sentences weigh more."""
    frequency = Counter(stem for text in sentences for stem in set(content_stems(text)))
    rarity = {t: math.log(1 + len(sentences) / (1 + frequency[t])) for t in dict.fromkeys(content_stems(question))}
    total = sum(rarity.values()) or 1.0
    return lambda text: math.fsum(rarity[t] for t in rarity.keys() & set(content_stems(text))) / total


def _asked(question: str) -> dict[str, bool]:
    """Which kinds of thing the question asks for."""
    kinds = {
        "number": _ASKS_NUMBER,
        "time": _ASKS_TIME,
        "who": _ASKS_WHO,
        "where": _ASKS_WHERE,
        "why": _ASKS_WHY,
        "money": _ASKS_MONEY,
    }
    return {kind: bool(pattern.search(question)) for kind, pattern in kinds.items()}
