"""Which of the names that a list would hold are of the kind asked for, and which a later report takes off again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from rag.broad.lists import ListPlan, joined, named_in, singular
from rag.broad.text import Candidate, sentences_of
from rag.checking.settling import settled
from rag.text.names import Name, find_names
from rag.text.reading import is_past, read, root
from rag.text.words import STOP_WORDS, words
from rag.types import Article, Passage

REACH = 5  # words between a verb and its object, the noun asked for

# "The branches at Alba, Brix and Corva": what the names of a run stand with.
_PLACED = re.compile(
    r"\b(?P<head>[^\W\d_]+)\s+(?:at|in|of|between|near|from|to|on|called|named)\s+(?:the\s+)?(?:[^.;:]*?(?:,|\band\b)\s*)?$"
)
_NAMED = r"\s+(?:at|in|of|on|called|named)\s+(?:the\s+)?$"


def of_the_kind(sentence: str, name: Name, plan: ListPlan, article: str) -> bool:
    """Whether a sentence's name is one of the things asked for: it stands with their noun ("the libraries at Alba"), or
    with none and its article speaks of such things."""
    if plan.kind != "thing":
        return True
    placed = _PLACED.search(sentence[: name.start])
    if placed and not is_past(placed["head"].lower()) and placed["head"].lower() not in STOP_WORDS:
        return _is_item(placed["head"], plan, article)
    return root(singular(plan.item)) in {root(w) for w in words(article)}


def items(sentence: str, plan: ListPlan, texts: str, article: str) -> list[Name]:
    """The names that a sentence says it of, in order. ``texts``: the articles found, for what kind of thing each is;
    ``article``: the title and text of its own."""
    names = [n for n in named_in(sentence, plan, texts) if of_the_kind(sentence, n, plan, article)]
    return names or attached(sentence, plan)


def attached(sentence: str, plan: ListPlan) -> list[Name]:
    """The names right behind the noun asked for: "to close the libraries at Alba and Brix"."""
    names = find_names(sentence)
    noun = rf"\b(?:{re.escape(plan.item)}|{re.escape(singular(plan.item))})"
    told = [t for t in read(sentence).terms if t.root in plan.verbs]
    if plan.kind != "thing" or not told:
        return []
    for name in names:
        found = re.search(noun + _NAMED, sentence[: name.start], re.IGNORECASE)
        if found and len(sentence[told[0].end : found.start()].split()) <= REACH:
            return joined(sentence, list(names), name, forward=True)
    return []


def withdrawn(name: str, plan: ListPlan, later: Iterable[tuple[str, str]]) -> bool:
    """Whether a later sentence denies of a name what the list is asked of; ``later``: sentences with what is around."""
    verb = next((w for w in words(plan.text) if root(w) in plan.verbs), None)
    if verb is None:
        return False
    forms = (f"Was {name} {verb}?", f"Did {name} {verb}?") if is_past(verb) else (f"Will {name} {verb}?",)
    return any(settled(form, text, near) == "No" for text, near in later for form in forms)


def still(
    found: Sequence[tuple[Candidate, frozenset[str]]],
    plan: ListPlan,
    articles: Sequence[Article],
    passages: Callable[[str], Sequence[Passage]],
) -> list[tuple[Candidate, frozenset[str]]]:
    """The sentences none of whose items a later report takes off the list."""
    latest: dict[str, str] = {}  # the last day each item is said to be on it
    for candidate, items in found:
        for item in items:
            latest[item] = max(latest.get(item, ""), candidate.article.published_at or "")
    gone = set()
    for item, day in latest.items():
        later = [a for a in articles if day and (a.published_at or "") > day and item.split()[0] in a.text.lower()]
        rows = [(s.text, a.text) for a in later for s in sentences_of(a, passages(a.id))]
        if withdrawn(item.title(), plan, rows):
            gone.add(item)
    return [(candidate, items) for candidate, items in found if not items & gone]


def _is_item(head: str, plan: ListPlan, article: str) -> bool:
    """Whether a noun is the one asked for, or the article calls the two by one name ("branch libraries")."""
    own, other = singular(plan.item), singular(head.lower())
    if root(own) == root(other):
        return True
    both = rf"\b{re.escape(other)}\w*\s+{re.escape(own[:-1])}\w*|\b{re.escape(own[:-1])}\w*\s+{re.escape(other)}\w*"
    return bool(re.search(both, article, re.IGNORECASE))
