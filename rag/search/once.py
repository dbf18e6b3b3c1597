"""One place in the results for each cluster of near-copies: what a copy only says again is left to the first found.

What a copy changed stays: a passage with another number, name or negation in it is a statement of its own, and the
sources may disagree there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from rag.text.names import find_names
from rag.text.numerals import SCALES, SMALL, TENS
from rag.text.words import flat, word_set
from rag.types import Article, Passage

_NEGATIONS = word_set("not no never none nobody nothing neither nor without cannot denied denies deny refused")
_FEW = 3  # words that may be new in a sentence: "Our own staff."
_NUMBERS = frozenset({*SMALL, *TENS, *SCALES})


def once(
    ranked: Sequence[tuple[str, float]],
    passages: Mapping[str, Passage],
    articles: Mapping[str, Article],
    clusters: Mapping[str, str],
) -> tuple[list[tuple[str, float]], dict[str, tuple[str, ...]]]:
    """The ranked passages (id, score) without those that only repeat one of a better-ranked near-copy; and, by the
    content hash of what is left, the content hashes of the copies left out for it, in the order of their rank.

    ``articles`` (by content hash) need hold the texts of clusters only that have several among the passages.
    """
    leaders: dict[str, dict[str, None]] = {}  # of each cluster, the texts that have a place, in the order of their rank
    kept: list[tuple[str, float]] = []
    left_out: dict[str, dict[str, None]] = {}
    for passage_id, score in ranked:
        passage = passages[passage_id]
        content = passage.content_hash
        ahead = leaders.setdefault(clusters.get(content, content), {})
        said = [c for c in ahead if c != content and c in articles and only_repeats(passage, articles[c].text)]
        if said:
            left_out.setdefault(said[0], {})[content] = None
        else:
            ahead[content] = None
            kept.append((passage_id, score))
    return kept, {leader: tuple(copies) for leader, copies in left_out.items()}


def only_repeats(passage: Passage, text: str) -> bool:
    """Whether a passage says nothing that ``text`` does not: each of its sentences stands there, or differs in a few
    words that are neither numbers nor negations nor names unknown there."""
    return all(_repeats(passage.sentence_text(span), text) for span in passage.sentences)


def _repeats(sentence: str, text: str) -> bool:
    if flat(sentence) in flat(text):
        return True
    run, known = flat(sentence).split(), _known(text)
    telling = any(any(c.isdigit() for c in w) or w in _NUMBERS or w in _NEGATIONS for w in run) or "n't" in sentence
    names = (word for name in find_names(sentence) for word in flat(name.text).split())
    few_new = sum(word not in known for word in run) <= max(_FEW, 0.2 * len(run))
    return not telling and few_new and all(name in known for name in names)


@lru_cache(maxsize=64)
def _known(text: str) -> frozenset[str]:
    return frozenset(flat(text).split())
