"""Which articles repeat another's text. Near-copies of one report are one source, however many outlets print it.

Similarity is the share of the shorter text's word 4-shingles that the longer one holds (``rag.text.shingles``): a
cut-down agency story stays a copy of the whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import combinations
from types import MappingProxyType

from rag.text import shingles
from rag.text.words import flat
from rag.types import Article, SourceSentence, Span

NEAR = 0.5  # of the shorter text's shingles
MIN_WORDS = 5  # of a sentence that can be told to have another's wording
MIN_SAME = 0.55  # of the shorter sentence's words

Token = tuple[str, int, int]
Differences = tuple[tuple[Span, Span], ...]
_WORD = re.compile(r"[^\W_]+(?:[.,’'-][^\W_]+)*")


def containment(one: str, two: str) -> float:
    """The share in [0, 1] of the shorter text's shingles that the other holds; 0 for texts too short to tell."""
    return shingles.containment(shingles.shingles(one), shingles.shingles(two))


def near(a: Article, b: Article) -> bool:
    """Whether one article is a copy of the other, whole or in the main."""
    return a.content_hash == b.content_hash or containment(a.text, b.text) >= NEAR


def holds(article: Article, sentence: str) -> bool:
    """Whether an article has this very sentence, case and punctuation aside."""
    return flat(sentence) in flat(article.text)


def mark(
    sentences: Sequence[SourceSentence], left_out: Mapping[str, Sequence[Article]] = MappingProxyType({})
) -> tuple[SourceSentence, ...]:
    """The sentences, each with the ids of the near-copies that hold the very same sentence: among their articles, and
    among those ``left_out`` of the search as copies of one (by its id).

    What a copy changed is no longer the same sentence: it stays a statement of its own.
    """
    articles = list({s.article.id: s.article for s in sentences}.values())
    copies: dict[str, list[Article]] = {a.id: [] for a in articles}
    for a, b in combinations(articles, 2):
        if near(a, b):
            copies[a.id].append(b)
            copies[b.id].append(a)
    for article in articles:
        known = {b.id for b in copies[article.id]}
        copies[article.id] += [b for b in left_out.get(article.id, ()) if b.id not in known]
    marked = []
    for sentence in sentences:
        more = [b.id for b in copies[sentence.article.id] if b.id not in sentence.also_in and holds(b, sentence.text)]
        marked.append(replace(sentence, also_in=sentence.also_in + tuple(more)) if more else sentence)
    return tuple(marked)


def aligned(one: str, two: str) -> tuple[Differences, float] | None:
    """Where two sentences of the same wording differ, and how far they agree; None where the wording is not the same.

    Differences are pairs of spans of the two texts in order of appearance, one side perhaps empty. The agreement is the
    share in [0, 1] of the shorter sentence's words that stand in the other in the same order.
    """
    a, b = _tokens(one), _tokens(two)
    shorter = min(len(a), len(b))
    if shorter < MIN_WORDS:
        return None
    matcher = SequenceMatcher(None, [w for w, _, _ in a], [w for w, _, _ in b], autojunk=False)
    same = sum(block.size for block in matcher.get_matching_blocks())
    if same < MIN_SAME * shorter:
        return None
    pairs = tuple((_span(a, i, j), _span(b, k, m)) for tag, i, j, k, m in matcher.get_opcodes() if tag != "equal")
    return pairs, same / shorter


def _span(tokens: tuple[Token, ...], i: int, j: int) -> Span:
    if i == j:
        at = tokens[i][1] if i < len(tokens) else tokens[-1][2] if tokens else 0
        return Span(at, at)
    return Span(tokens[i][1], tokens[j - 1][2])


@lru_cache(maxsize=4096)
def _tokens(text: str) -> tuple[Token, ...]:
    return tuple((m[0].lower(), m.start(), m.end()) for m in _WORD.finditer(text))
