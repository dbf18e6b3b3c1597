"""How well what stands around a value covers a question.

Each word of the question counts by its rarity among the candidates: in full in the value's own clause, less in its
sentence, in the sentences before it and in the article's title and opening.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rag.disagreement.asked import Asked, asked_of
from rag.disagreement.matter import ASKING, STORY_CHARS
from rag.disagreement.mentions import FATES
from rag.text.quantities import Quantity, same
from rag.text.reading import Reading, read, root
from rag.text.senses import alike, event, roots_of
from rag.text.words import word_set
from rag.types import Article, SourceSentence

Found = Sequence[tuple[SourceSentence, float]]

IN_CLAUSE, IN_SENTENCE, BEFORE, OPENING = 1.0, 0.9, 0.7, 0.5  # what a word of the question counts where it stands

NEAR_CHARS = 400  # before a sentence, that it may lean on

_ANY_YEAR = re.compile(r"\b(?:19|20)\d\d\b")

# What the counted did or what was done to them: "how many drivers were arrested", "how many people survived".
_DEED = re.compile(
    r"\b[Hh]ow many (?:[\w'’-]+ ){1,4}?(?:(?:were|was|are|is|have|has|had|did|do|does|will|would) (?:been |be |"
    r"being )?"
    r"(?:(?:the|a|an|its|their) )?(?:[A-Z]\w+ )*)?(?P<deed>living|aboard|missing|dead|inside|[a-z]{3,}ed\b|"
    r"[a-z]{3,}ing\b|"
    r"burnt|stolen|shot|held|lost|taken|sent|built|freed|fled|sunk)",
)

_LIGHT = word_set("called named used counted told reported involved including existed wanted needed owed")


@dataclass(frozen=True, slots=True)
class Account:
    """A value with whose it is and how well what stands around it fits the question: ``cover`` in [0, 1], of it
    ``own`` in the sentence itself. ``kind`` tells what it measures or counts; values of one kind compare."""

    source: SourceSentence
    relevance: float
    kind: str
    low: float
    high: float
    phrase: str
    unit: str | None
    quantity: Quantity | None
    at: int
    cover: float = 0.0
    own: float = 0.0
    party: frozenset[str] = frozenset()

    @property
    def score(self) -> float:
        return self.cover + 0.5 * self.own + 0.4 * self.relevance

    def apart(self, other: Account) -> bool:
        """Whether the two can't both be true."""
        if self.quantity is not None and other.quantity is not None:
            return not same(self.quantity, other.quantity)
        if self.kind == "clock":
            gap = abs((self.low + self.high) / 2 - (other.low + other.high) / 2)
            wide = (self.high - self.low + other.high - other.low) / 2
            return min(gap, 1440 - gap) > wide
        return self.low > other.high or other.low > self.high


class Matter:
    """The question's words with their weights, against which sentences are held."""

    def __init__(self, question: str, found: Found) -> None:
        self.asked: Asked = asked_of(question)
        self.reading: Reading = read(self.asked.text)
        self.names = self.reading.names
        stands = Counter(r for s, _ in found for r in roots_of(read(s.text).roots))
        words = [r for r in dict.fromkeys(self.reading.roots) if r not in ASKING]
        self.weights = {
            r: math.log(1 + (len(found) + 1) / (1 + max((stands[a] for a in (r,)), default=0))) for r in words
        }
        self.years = {d.year for d in self.reading.dates if d.year} | {
            int(y) for y in _ANY_YEAR.findall(self.asked.text)
        }
        roots = {event(r) for r in self.reading.roots}
        self.aspects = frozenset(roots & {"start", "end"})
        deed = _DEED.search(self.asked.text) if self.asked.noun else None
        self.deed = root(deed["deed"]) if deed and deed["deed"].lower() not in _LIGHT else ""
        self.fates = frozenset(f for f, words in FATES.items() if any(t.low in words for t in self.reading.terms))
        if re.search(
            r"\b(?:los[et]|losing) (?:their )?(?:life|lives)\b|\bfell\b(?! (?:ill|sick|by|from|to|in)\b)|"
            r"\b(?:losses|casualties)\b",
            self.asked.text,
        ):
            self.fates |= {"killed"}

    def cover(self, source: SourceSentence, clause: tuple[int, int], without: frozenset[str]) -> tuple[float, float]:
        """How much of the question, weighted, stands around a clause: (all told, in the sentence itself)."""
        text, article = source.text, source.article
        places = (
            (IN_CLAUSE, roots_of(read(text[slice(*clause)]).roots)),
            (IN_SENTENCE, roots_of(read(text).roots)),
            (BEFORE, roots_of(_before(source))),
            (OPENING, roots_of(_opening(article))),
        )
        wanted = {r: w for r, w in self.weights.items() if r not in without}
        total = sum(wanted.values())
        if not total:
            return 1.0, 1.0
        all_told = own = 0.0
        for word, weight in wanted.items():
            credit = next((c for c, held in places if alike(word) & held), 0.0)
            all_told += weight * credit
            own += weight * (credit >= IN_SENTENCE)
        return all_told / total, own / total


def _before(source: SourceSentence) -> tuple[str, ...]:
    """The content roots of what an article says right before a sentence, in the same paragraph or the one before."""
    return read(text_before(source)).roots


def text_before(source: SourceSentence) -> str:
    start = source.span.start
    return " ".join(source.article.text[max(0, start - NEAR_CHARS) : start].split())


def _opening(article: Article) -> tuple[str, ...]:
    return read(f"{article.title or ''}. {' '.join(article.text[:STORY_CHARS].split())}").roots
