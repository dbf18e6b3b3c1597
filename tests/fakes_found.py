"""Articles, passages and hits made from a text, for tests of the stages that read them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from rag.text.sentences import split
from rag.types import Article, Hit, Passage, Quote, SourceSentence


def article(id: str, text: str, **fields: Any) -> Article:
    return Article(id, text, hashlib.sha256(text.encode()).hexdigest(), **fields)


def sources(article: Article, passage_id: str | None = None) -> list[SourceSentence]:
    """All sentences of an article, as one passage."""
    return [
        SourceSentence(article, passage_id or f"{article.id}-p", span, article.text[span.start : span.end])
        for span in split(article.text)
    ]


def hit(article: Article, rank: int = 1, passage_id: str | None = None) -> Hit:
    """The whole article as one retrieved passage."""
    spans = tuple(split(article.text))
    passage = Passage(passage_id or f"{article.id}-p", article.content_hash, 0, len(article.text), article.text, spans)
    return Hit(passage, article, 1 / (60 + rank), {"dense": rank}, 0.5, 1.0)


def quote(sentences: Sequence[SourceSentence]) -> Quote:
    """One or more contiguous sentences as a quote."""
    first, last = sentences[0], sentences[-1]
    text = first.article.text[first.span.start : last.span.end]
    return Quote(first.article, first.passage_id, first.span.start, last.span.end, text, first.also_in)
