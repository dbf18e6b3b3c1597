"""What was retrieved for a question: passages, their sentences, and how near each comes to the question."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from rag.types import Hit, SourceSentence, Span


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate sentence: how near it comes to the question (``relevance``, about 0 to 2), and how likely it is to
    hold the answer (``promise``: only differences within one question mean something)."""

    sentence: SourceSentence
    relevance: float
    cosine: float
    overlap: float
    promise: float = 0.0


@dataclass(frozen=True, slots=True)
class Found:
    """What was retrieved for a question. ``vectors`` is float32 [len(sentences), dims], rows L2-normalised;
    ``ranked`` holds the same sentences, most promising first."""

    hits: tuple[Hit, ...]
    sentences: tuple[SourceSentence, ...]
    vectors: Any
    ranked: tuple[Scored, ...]
    unread: tuple[str, ...] = ()  # languages of passages that were found but can't be read (ISO 639-1)
    notices: tuple[str, ...] = ()  # what was left aside because of its date, for the reader

    @property
    def best(self) -> Scored:
        return self.ranked[0]

    @property
    def relevance(self) -> list[float]:
        """Of each ranked sentence, scaled to [0, 1]."""
        return [min(1.0, max(0.0, s.relevance / 1.5)) for s in self.ranked]

    @property
    def highlights(self) -> dict[str, Span]:
        """The most relevant sentence of each passage, by passage id."""
        best: dict[str, Span] = {}
        for scored in self.ranked:
            best.setdefault(scored.sentence.passage_id, scored.sentence.span)
        return best

    @property
    def near(self) -> dict[str, str]:
        """Each passage's text with its article's title, by passage id: what a quote from it may lean on."""
        return {hit.passage.id: f"{hit.passage.text} {hit.article.title or ''}" for hit in self.hits}

    def without(self, read: Collection[SourceSentence]) -> Found:
        """The same with these sentences no longer ranked: what comes next in line."""
        places = {(s.passage_id, s.span) for s in read}
        ranked = tuple(s for s in self.ranked if (s.sentence.passage_id, s.sentence.span) not in places)
        return replace(self, ranked=ranked)
