"""What a question that wants more than a name, number or date gets beside its first sentence: the next best sentences
of the same passage, word for word, each cited to itself. No model, so nothing in them is made up."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.compose import whole
from rag.found import Found, Scored
from rag.text.showable import leans, plain, showable
from rag.text.words import asks_yes_no, content_stems
from rag.types import Check, Quote
from rag.verdict.point import asks_time

SENTENCES = 3  # in all
WORDS = 90  # in all
LONGEST = 45  # words of one that is added
# Chosen on ClapNQ's fit part, where people marked which sentences of a passage answer: of those added 57% are marked.
ENOUGH = 0.40
NEW_WORDS = 0.2
GOES_ON = 0.1
ALIKE = 0.6  # share of its words that one already shown has

_WANTS_MORE = re.compile(
    r"^\W*(?:and |so |but )?(?:"
    r"how(?! (?:many|much|old|long|far|tall|big|large|often|deep|high|fast|wide|heavy|soon)\b)"
    r"|why\b|what (?:happen\w*|makes?|determines?|causes?|kinds?|types?|sorts?|role|steps|measures|reasons?)\b"
    r"|what (?:does|do|did|has|have)\b.*\b(?:do|done|mean|involve|work)\b"
    r"|what(?: (?:is|are|was|were)|['’]s) (?:"
    r"the (?:[a-z]+ )?(?:role|function|purpose|point|process|difference|meaning|significance|impact|effect|importance|"
    r"relationship|idea|concept|aim|goal|structure|history)s?\b|the (?:two|three|four|five|main|different)\b|meant by\b"
    r"|(?!.*\b(?:name|number|capital|rate|date|age|price|cost|population|height|length|status|called|named|titled|"
    r"\w{3,}est|most|first|last)\b)(?:[^\s?]+[\s?]*){1,4}$)"
    r"|who (?:is|was|were|are) (?:(?:the )?[\w.'’-]+\W*){1,4}(?:$|and\b)|where (?:do|does|are)\b"
    r"|(?:explain|describe|tell (?:me|us)|list|summari[sz]e|\d+|two|three|four|five)\b)"
    r"|\b(?:and (?:what|how|why|who|where) (?:is|are|was|were|do|does|did|has|have)|facts|impacts?|effects?|"
    r"differences?|causes|types|kinds|examples|meaning of)\b",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"\b(?:who|whom|whose|what|which|when|where|why|how)\b|^\W*(?:is|are|was|were|do|does|did|can|could|will|would|"
    r"should|has|have|had)\b",
    re.IGNORECASE,
)


def wants_more(question: str) -> bool:
    """Whether more than a name, a number, a date or a yes or no is asked for: how, why, what one does, who one is, a
    list, or a topic that is no question at all."""
    if asks_yes_no(question) or asks_time(question):
        return False
    return bool(_WANTS_MORE.search(question)) or not _ASKING.search(question)


def further(question: str, checks: Sequence[Check], found: Found) -> tuple[Check, ...]:
    """Up to two more sentences of the first quote's passage that speak to the question, in reading order.

    One that opens with "They" or "As a result" comes only right after the sentence it leans on.
    """
    if not checks or not checks[0].quotes or len(checks) >= SENTENCES or not wants_more(question):
        return ()
    quoted = [quote for check in checks for quote in check.quotes]
    place, shown = quoted[0].passage_id, " ".join(check.text for check in checks)
    left = WORDS - len(shown.split())
    wanted = set(content_stems(question)) - set(content_stems(" ".join(q.text for q in quoted)))
    likely = sorted(
        ((_worth(scored, quoted, wanted, len(set(content_stems(question)))), scored) for scored in found.ranked),
        key=lambda pair: -pair[0],
    )
    added: list[Quote] = []
    for worth, scored in likely:
        quote = whole(scored.sentence)
        size = len(quote.text.split())
        if worth < ENOUGH or len(checks) + len(added) >= SENTENCES:
            break
        if quote.passage_id != place or size > min(left, LONGEST) or not showable(quote.text):
            continue
        if leans(quote.text) and not _follows(quote, [*quoted, *added]):
            continue
        if _told(quote, quoted, f"{shown} {' '.join(q.text for q in added)}"):
            continue
        added.append(quote)
        left -= size
    return tuple(Check(plain(q.text), (q,), 1.0) for q in sorted(added, key=lambda q: q.start))


def _worth(scored: Scored, quoted: Sequence[Quote], wanted: set[str], asked: int) -> float:
    """How near a sentence is to the question, with what it adds to those quoted (about 0 to 1.3)."""
    new = len(wanted & set(content_stems(scored.sentence.text))) / asked if asked else 0.0
    goes_on = leans(scored.sentence.text) and _follows(whole(scored.sentence), quoted)
    return scored.cosine + NEW_WORDS * new + GOES_ON * goes_on


def _follows(quote: Quote, others: Sequence[Quote]) -> bool:
    """Whether it comes right after one of the others in the article."""
    text = quote.article.text
    return any(
        q.article.id == quote.article.id and q.end <= quote.start and not text[q.end : quote.start].strip()
        for q in others
    )


def _told(quote: Quote, quoted: Sequence[Quote], shown: str) -> bool:
    """Whether it lies in a quote already, or says little that is not shown yet."""
    if any(q.article.id == quote.article.id and q.start < quote.end and quote.start < q.end for q in quoted):
        return True
    words = set(content_stems(quote.text))
    return not words or len(words & set(content_stems(shown))) / len(words) >= ALIKE
