"""Picks the sentences that tell of a matter best: one an article or event, each understood alone, none twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from rag.broad.text import Candidate, alone, sentences_of
from rag.events import said_on
from rag.text.names import Name, find_names, keys_of, share_name
from rag.text.reading import root
from rag.text.words import STOP_WORDS, word_set, words
from rag.types import Article, Passage, SourceSentence

MOST = 8  # sentences of an answer
PER_ARTICLE = 4  # candidate sentences of one article
SAME = 0.80  # cosine above which two sentences tell the same
SAME_DAY = 0.60  # as much where they share a name and a day

COPIED = 0.70  # share of words in common above which one report is a copy of another
NOVELTY = 0.55  # what likeness to a sentence already chosen costs
WORTH = 0.55  # score below which a sentence is left out, the best excepted


_EMPTY = word_set(
    """find found know known learn learned happen happened come came tell told say said write wrote show shown
    report reported articles article news story main key event events thing things develop development developments"""
)


@dataclass(frozen=True, slots=True)
class Topic:
    """What a question is about: its names, and the roots of its other content words."""

    text: str
    names: tuple[Name, ...]
    roots: frozenset[str]

    @classmethod
    def of(cls, text: str) -> Topic:
        names = find_names(text[:1].lower() + text[1:] if text.split(" ")[0].lower() in STOP_WORDS else text)
        keys = {k for n in names for k in n.keys} | {w for n in names for w in words(n.text)}
        plain = [
            w for w in words(text) if w not in STOP_WORDS and w not in keys and w not in _EMPTY and not w.isdigit()
        ]
        return cls(text, names, frozenset(root(w) for w in plain))


def unnamed(topic: Topic, article: Article) -> list[str]:
    """The names of a topic that an article's text and title don't hold, as written."""
    held = keys_of(article.text) | keys_of(article.title or "")
    return [n.text for n in topic.names if not all(key in held or f"{key}s" in held for key in n.keys)]


def covered(topic: Topic, text: str) -> float:
    """The share of the topic's plain words that a text holds, in [0, 1]; 1 where it has none."""
    if not topic.roots:
        return 1.0
    held = {root(w) for w in words(text)}
    return len(topic.roots & held) / len(topic.roots)


def candidates(
    article: Article, passages: Sequence[Passage], topic: Topic | None, *, said: bool = False
) -> list[Candidate]:
    """An article's sentences worth showing, best first by what can be told without vectors.

    Without a topic those of its beginning. With one, those that hold its names and words; where the title or the first
    sentences hold them, the article is about it, and its other first sentences count too. ``said`` prefers speech.
    """
    rows = sentences_of(article, passages)
    about = topic is None or _about(topic, article, rows)
    found: list[Candidate] = []
    for place, source in enumerate(rows):
        held = topic is not None and _holds(topic, source.text)
        if held or (about and not said and place < 6):
            share = 0.0 if topic is None else 0.6 * _share(topic, source.text)
            one = alone(rows, place, share, early=about, said=said)
            found += [one] if one else []
    found.sort(key=lambda c: (-c.score, c.place))
    return found[: PER_ARTICLE if about else 1]


def choose(
    found: Sequence[Candidate],
    vectors: Any,
    relevance: Sequence[float],
    most: int = MOST,
    per_article: int | None = None,
) -> list[list[int]]:
    """Groups of candidates (as indices) to show, each group one event, its best sentence first, in order of choice.

    ``vectors`` is float32 [len(found), dims], L2-normalised; ``relevance`` is added to each score. A sentence told by
    several reports weighs more; one like a sentence already chosen less (maximal marginal relevance, Carbonell and
    Goldstein, 1998).
    """
    like = vectors @ vectors.T
    score = [c.score + r for c, r in zip(found, relevance, strict=True)]
    groups = _events(found, like, score)
    articles = len({c.article.content_hash for c in found})
    cap = per_article or (1 if articles >= 6 else 2 if articles >= 3 else 3 if articles == 2 else 4)
    chosen: list[list[int]] = []
    used: dict[str, int] = {}
    left = list(groups)
    while left and len(chosen) < most:

        def gain(group: list[int]) -> float:
            near = max((float(like[group[0], c[0]]) for c in chosen), default=0.0)
            told = len({found[i].article.content_hash for i in group}) - 1
            first = 0.35 if not used.get(found[group[0]].article.content_hash) else 0.0
            return score[group[0]] + 0.1 * min(told, 4) + first - NOVELTY * max(0.0, near)

        best = max(left, key=lambda g: (gain(g), -g[0]))
        left.remove(best)
        key = found[best[0]].article.content_hash
        if used.get(key, 0) >= cap or any(_overlap(found[best[0]], found[c[0]]) for c in chosen):
            continue
        if chosen and gain(best) < WORTH:
            break
        used[key] = used.get(key, 0) + 1
        chosen.append(best)
    return chosen


def in_order(found: Sequence[Candidate], chosen: Iterable[list[int]]) -> list[list[int]]:
    """The chosen groups by the day they tell of, undated ones last; sentences of one article as they stand in it."""
    latest = date.max

    def key(group: list[int]) -> tuple[date, date, str, int]:
        c = found[group[0]]
        return (c.day or latest, said_on(c.article) or latest, c.article.id, c.place)

    return sorted(chosen, key=key)


def copies(articles: Sequence[Article]) -> dict[str, str]:
    """Of articles that are copies of another one, mostly word for word: id -> id of the first of its kind."""
    first: dict[str, str] = {}
    kept: list[tuple[Article, frozenset[tuple[str, ...]]]] = []
    for article in sorted(articles, key=lambda a: (a.published_at or "9999", -len(a.text), a.id)):
        tokens = words(article.text[:4000])
        runs = frozenset(zip(tokens, tokens[1:], tokens[2:], strict=False))
        for other, theirs in kept:
            if runs and len(runs & theirs) >= COPIED * min(len(runs), len(theirs)):
                first[article.id] = other.id
                break
        else:
            kept.append((article, runs))
    return first


def _about(topic: Topic, article: Article, rows: Sequence[SourceSentence]) -> bool:
    """Whether an article is about a topic, and not only mentions it: its beginning or several sentences hold it."""
    opening = " ".join([article.title or "", *(s.text for s in rows[:3])])
    if _holds(topic, opening) or (topic.names and _holds(Topic(topic.text, topic.names, frozenset()), opening)):
        return True
    told = sum(_holds(topic, s.text) for s in rows)
    return told >= (max(3, len(rows) // 4) if topic.names else 2)


def _overlap(a: Candidate, b: Candidate) -> bool:
    """Whether two quotes share a sentence."""
    return a.article.id == b.article.id and a.quote.start < b.quote.end and b.quote.start < a.quote.end


def _holds(topic: Topic, text: str) -> bool:
    """Whether a text names all that the topic names and uses at least half of its other words."""
    held = keys_of(text)
    named = all(all(k in held or f"{k}s" in held for k in n.keys) for n in topic.names)
    return named and covered(topic, text) >= 0.5


def _share(topic: Topic, text: str) -> float:
    held = keys_of(text)
    named = [all(k in held for k in n.keys) for n in topic.names]
    parts = [*named, *([covered(topic, text)] if topic.roots else [])]
    return sum(parts) / len(parts) if parts else 1.0


def _events(found: Sequence[Candidate], like: Any, score: Sequence[float]) -> list[list[int]]:
    """Candidates that tell the same, grouped about the best of them."""
    groups: list[list[int]] = []
    for i in sorted(range(len(found)), key=lambda i: (-score[i], i)):
        for group in groups:
            head = group[0]
            close = float(like[i, head])
            together = found[i].day == found[head].day and share_name(
                find_names(found[i].text), find_names(found[head].text)
            )
            if close >= SAME or (close >= SAME_DAY and together):
                group.append(i)
                break
        else:
            groups.append([i])
    return groups
