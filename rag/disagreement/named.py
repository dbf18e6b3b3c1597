"""Names that two freely worded reports put to the same slot: who did it, where it happened."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.disagreement.matter import topic
from rag.disagreement.slots import SAYS, Slot, Want
from rag.text.names import Name, is_country, same_name
from rag.text.reading import Reading, read, root
from rag.text.senses import event
from rag.types import SourceSentence

MIN_SHARED = 3  # content words that two sentences share
MIN_OVERLAP = 0.5  # of the shorter one's content words

_PLACED = re.compile(
    r"\b(?:in|at|near|to|from|outside|around|into|on|of)\s+(?:the\s+)?(?:[a-z]+\s+(?:city|town|village|port)\s+of\s+)?$"
)


def named(asked: Reading, kind: Want, source: SourceSentence, relevance: float) -> Iterator[tuple[Slot, Name, str]]:
    """The one name that stands with the question's verb in a clause: (slot, name, the verb's event)."""
    wanted = {event(r) for r in topic(asked)}
    reading = read(source.text)
    for clause in sorted({t.clause for t in reading.terms}):
        terms = [t for t in reading.terms if t.clause == clause]
        verbs = [event(t.root) for t in terms if t.content and event(t.root) in wanted and t.root not in reading.denied]
        inside = [n for n in reading.names if terms[0].start <= n.start < terms[-1].end]
        free = [
            n for n in inside if not any(same_name(n, q) for q in asked.names) and not SAYS.match(source.text, n.end)
        ]
        if kind == "where":
            free = [n for n in free if _PLACED.search(source.text[: n.start])]
        else:
            free = [n for n in free if not _PLACED.search(source.text[: n.start]) and not is_country(n.text)]
        if verbs and len(free) == 1:
            yield Slot(source, relevance, source.text[free[0].start : free[0].end], relevance), free[0], verbs[0]


def other_name(a: tuple[Slot, Name, str], b: tuple[Slot, Name, str], kind: Want) -> bool:
    """Whether two sentences put different names to the same slot, and neither article knows the other's name."""
    (one, mine, verb), (two, theirs, other_verb) = a, b
    left, right = one.source, two.source
    if verb != other_verb or same_name(mine, theirs):
        return False
    if kind == "where" and is_country(mine.text) != is_country(theirs.text):
        return False
    if _knows(left, theirs) or _knows(right, mine):
        return False
    ours, others = set(read(left.text).roots), set(read(right.text).roots)
    ours -= {root(w) for w in mine.text.split()}
    others -= {root(w) for w in theirs.text.split()}
    shared = ours & others
    return len(shared) >= MIN_SHARED and len(shared) >= MIN_OVERLAP * min(len(ours), len(others))


def _knows(source: SourceSentence, name: Name) -> bool:
    words = {w.lower() for w in re.findall(r"\w+", source.article.text)}
    return bool(set(name.keys) & words)
