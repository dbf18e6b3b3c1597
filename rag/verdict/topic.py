"""A turn that asks nothing but names a topic ("Pagination options", "Tax rate for a company"): told by the sentences
that speak of it, word for word."""

from __future__ import annotations

import re

from rag.compose import whole
from rag.found import Found
from rag.text.names import missing_names
from rag.text.showable import has_verb, leans, showable
from rag.text.words import content_stems
from rag.types import Quote

MOST_WORDS = 8  # of a topic
NEAR = 0.55  # cosine of the sentence to it, at least
HELD = 0.6  # of its content words in the sentence
LONGEST = 60  # words of it

_ASKING = re.compile(
    r"\?|\b(?:who|whom|whose|what|which|when|where|why|how)\b|^\W*(?:is|are|was|were|do|does|did|can|could|will|would|"
    r"should|has|have|had|may|might|must|yes|no|ok|okay|thanks?|thank|please|sorry|sure|great|hi|hello)\b",
    re.IGNORECASE,
)


def is_topic(question: str) -> bool:
    """Whether a turn is a short noun phrase: no question word, no verb, no greeting."""
    words = question.split()
    return (
        1 < len(words) <= MOST_WORDS
        and not _ASKING.search(question)
        and not has_verb(question)
        and not re.search(r"\b(?:i|we|you|my|our|your)\b", question, re.IGNORECASE)
    )


def told(question: str, found: Found) -> Quote | None:
    """The sentence that speaks most plainly of a topic, None where none does."""
    wanted = set(content_stems(question))
    if not is_topic(question) or not wanted:
        return None
    titled = all(word[0].isupper() or len(word) < 4 for word in question.split())  # "Tax Rate for Ferries" names nobody
    for scored in found.ranked[:4]:
        sentence = scored.sentence
        near = f"{sentence.text} {sentence.article.title or ''}"
        if scored.cosine < NEAR or (not titled and missing_names(question, near)):
            continue
        held = wanted & set(content_stems(near))
        plain = showable(sentence.text) and not leans(sentence.text) and len(sentence.text.split()) <= LONGEST
        if plain and len(held) >= HELD * len(wanted):
            return whole(sentence)
    return None
