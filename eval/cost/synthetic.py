"""Archives of any size that are to a search what a real one is: words as frequent as in real passages, drawn anew; and
vectors of real passages, moved a little."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from rag.catalog import Catalog
from rag.intake.chunk import passage_id
from rag.types import Article, Passage, Span

if TYPE_CHECKING:
    from numpy.typing import NDArray

PASSAGES = 16  # in an article, as in RealTimeQA's
WORDS = 110  # in a passage
SENTENCE = 22  # words
OUTLETS = 40
FIRST, DAYS = date(2019, 1, 1), 1800
UNDATED = 0.05
MIXED = 8  # real vectors whose differences from the mean make the noise, so that it varies as real vectors do
NOISE = 0.6  # how much of it is added to a real vector
BATCH = 200  # articles in one transaction


@dataclass(frozen=True, slots=True)
class Model:
    """What is known of real passages: all their words, as often as they occur, and the vectors of some."""

    words: NDArray[np.object_]  # [words of all passages]
    vectors: NDArray[np.float32]  # [some passages, dims]

    @classmethod
    def of(cls, passages: Sequence[str], vectors: NDArray[np.float32]) -> Model:
        return cls(np.array(" ".join(passages).split(), dtype=object), vectors)


class SyntheticEmbedder:
    """Stands in for the real embedder, whose name and fingerprint it bears, where an archive is made."""

    def __init__(self, model: Model, name: str, fingerprint: str) -> None:
        self.name = name
        self.fingerprint = fingerprint
        self.dims = model.vectors.shape[1]
        self._vectors = model.vectors
        self._spread = (model.vectors - model.vectors.mean(axis=0)) * np.float32(NOISE / np.sqrt(MIXED))

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        random = np.random.default_rng(zlib.crc32(texts[0].encode()) if texts else 0)
        vectors = self._vectors[random.integers(0, len(self._vectors), len(texts))]
        for _ in range(MIXED):
            signs = random.choice(np.array([-1, 1], dtype=np.float32), (len(texts), 1))
            vectors = vectors + signs * self._spread[random.integers(0, len(self._spread), len(texts))]
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)

    encode_queries = encode_cached = encode_documents


def fill(catalog: Catalog, model: Model, passages: int) -> None:
    """Put articles of ``passages`` passages in all into an empty catalog."""
    made = _articles(model, passages)
    while batch := [entry for _, entry in zip(range(BATCH), made, strict=False)]:
        with catalog.transaction():
            for article, parts in batch:
                catalog.put(article, parts)


def article(model: Model, number: int, passages: int = PASSAGES) -> tuple[Article, list[Passage]]:
    """One article, the same for the same number."""
    random = np.random.default_rng(number)
    parts, text, starts = [], "", []
    for _ in range(passages):
        drawn = model.words[random.integers(0, len(model.words), WORDS)]
        sentences = [" ".join(drawn[at : at + SENTENCE]) + "." for at in range(0, WORDS, SENTENCE)]
        parts.append(sentences)
        starts.append(len(text))
        text += " ".join(sentences) + "\n\n"
    content = hashlib.sha256(text.encode()).hexdigest()
    made = []
    for start, sentences in zip(starts, parts, strict=True):
        spans = []
        for sentence in sentences:
            spans.append(Span(start, start + len(sentence)))
            start += len(sentence) + 1
        first, last = spans[0].start, spans[-1].end
        made.append(Passage(passage_id(content, first, last), content, first, last, text[first:last], tuple(spans)))
    day = None if random.random() < UNDATED else (FIRST + timedelta(int(random.integers(DAYS)))).isoformat()
    outlet = f"Outlet {int(OUTLETS * random.random() ** 2):02}"  # some are much larger than others
    title = " ".join(model.words[random.integers(0, len(model.words), 8)])
    return Article(f"article-{number}", text, content, title, outlet, day, "metadata" if day else "unknown"), made


def _articles(model: Model, passages: int) -> Iterator[tuple[Article, list[Passage]]]:
    for number, start in enumerate(range(0, passages, PASSAGES)):
        yield article(model, number, min(PASSAGES, passages - start))
