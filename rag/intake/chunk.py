"""Articles into passages: runs of whole sentences, small enough to retrieve and to read at a glance."""

from __future__ import annotations

import hashlib
import re

from rag.text.sentences import split
from rag.types import Article, Passage, Span

HARD_LIMIT = 400  # words; a longer "sentence" (a table, a text without full stops) is cut at a space
_BLANK_LINE = re.compile(r"\n\s*\n")
_WORD = re.compile(r"\S+")


def chunk(article: Article, *, target_words: int = 110) -> list[Passage]:
    """Passages of about ``target_words`` words that hold every sentence of the article once, in order.

    A passage ends at a paragraph break near the target, or else at a sentence end, and never past 1.3 times the
    target unless a single sentence is longer. Passages do not overlap.
    """
    text = article.text
    spans = [piece for span in split(text) for piece in _hard_split(text, span)]
    sizes = [len(text[a:b].split()) for a, b in spans]
    opens = [i == 0 or bool(_BLANK_LINE.search(text, spans[i - 1].end, spans[i].start)) for i in range(len(spans))]
    ahead = _words_to_paragraph_end(sizes, opens)
    limit = 1.3 * target_words
    passages: list[Passage] = []
    first, words = 0, 0
    for i, size in enumerate(sizes):
        if opens[i]:  # close early rather than tear the next paragraph apart
            full = words >= 0.75 * target_words or (words >= 0.4 * target_words and words + ahead[i] > limit)
        else:
            full = words >= target_words and words + ahead[i] > limit
        if i > first and (full or words + size > limit):
            passages.append(_passage(article, spans[first:i]))
            first, words = i, 0
        words += size
    if spans:
        passages.append(_passage(article, spans[first:]))
    return _join_short_tail(article, passages, target_words)


def _words_to_paragraph_end(sizes: list[int], opens: list[bool]) -> list[int]:
    ahead = [0] * len(sizes)
    total = 0
    for i in reversed(range(len(sizes))):
        total += sizes[i]
        ahead[i] = total
        if opens[i]:
            total = 0
    return ahead


def passage_id(content_hash: str, start: int, end: int) -> str:
    """20 hex digits that depend on the article's content and the offsets only."""
    return hashlib.sha256(f"{content_hash}:{start}:{end}".encode()).hexdigest()[:20]


def _join_short_tail(article: Article, passages: list[Passage], target: int) -> list[Passage]:
    """A last passage of a few words says nothing alone, so it goes with the one before where that fits."""
    if len(passages) < 2:
        return passages
    *rest, before, last = passages
    if len(last.text.split()) >= 0.25 * target or len((before.text + " " + last.text).split()) > 1.3 * target:
        return passages
    return [*rest, _passage(article, [*before.sentences, *last.sentences])]


def _passage(article: Article, spans: list[Span]) -> Passage:
    start, end = spans[0].start, spans[-1].end
    return Passage(
        id=passage_id(article.content_hash, start, end),
        content_hash=article.content_hash,
        start=start,
        end=end,
        text=article.text[start:end],
        sentences=tuple(spans),
    )


def _hard_split(text: str, span: Span) -> list[Span]:
    words = list(_WORD.finditer(text, span.start, span.end))
    groups = [words[i : i + HARD_LIMIT] for i in range(0, len(words), HARD_LIMIT)]
    return [Span(group[0].start(), group[-1].end()) for group in groups]
