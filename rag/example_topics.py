"""Questions to start from that need no model: what happened in a place, what is known about somebody or something that
the newest articles tell of. The archive answers such questions with its articles' own sentences."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rag.text.names import Name, find_names, is_country
from rag.types import Article

READ = 8_000  # characters of an article
OFTEN = 4  # mentions that count at most
LEAD = 400  # characters; a name that the headline or these hold weighs twice
SHORT = 5  # letters at most of an acronym; what is longer and all in capitals opens a report
COMMON = 0.8  # share of the articles above which a name says nothing, where they are more than two

_PLACED = re.compile(r"\b(?P<how>in|at|on|near) (?:the )?$")
_PASSED_ON = re.compile(r"\b(?:told|tells|according to|reported by|quoted by|source:?) (?:the )?$", re.IGNORECASE)
_WITHIN = re.compile(r"[a-z,] (?:the )?$")  # any word may open a sentence with a capital
_WITH_THE = re.compile(r"\b[Tt]he $")


@dataclass(frozen=True, slots=True)
class _Mention:
    name: Name
    before: str
    early: bool

    @property
    def key(self) -> str:
        return " ".join(self.name.keys)


def questions(articles: Sequence[Article], wanted: int, besides: Sequence[str] = ()) -> list[str]:
    """Up to ``wanted`` questions, each about another name, and none about one that the questions ``besides`` have: the
    best of each article, in the order of ``articles``, before the second best of any."""
    read = [_mentions(article) for article in articles]
    held = Counter(key for mentions in read for key in {mention.key for mention in mentions})
    most = COMMON * len(articles) if len(articles) > 2 else 2.0
    best: list[list[tuple[str, list[_Mention]]]] = []
    for mentions in read:
        groups = [(k, g) for k, g in _grouped(mentions, held).items() if held[k] <= most or _placed(g)]
        best.append(sorted(groups, key=lambda told: -_weight(told[1], held[told[0]])))
    asked = [" ".join(name.keys) for question in besides for name in find_names(question)]
    found: dict[str, str] = {}
    for _ in range(wanted):
        for groups in best:
            left = [(key, group) for key, group in groups if not _shares_a_word(key, [*found, *asked])]
            if left and len(found) < wanted:
                found[left[0][0]] = _question(left[0][1])
    return list(found.values())


def names(article: Article) -> list[str]:
    """What an article tells most of, by name, the most first."""
    mentions = _mentions(article)
    groups = _grouped(mentions, Counter({mention.key for mention in mentions}))
    return [_form(group) for group in sorted(groups.values(), key=lambda group: -_weight(group, 1))]


def told_of(text: str, article: str = "") -> list[str]:
    """The names in a text of an article, each once, but for countries and who only passed it on."""
    found = (n for n in find_names(text) if not is_country(n.text) and is_name(n, text, article))
    return list(dict.fromkeys(n.text for n in found if not _PASSED_ON.search(text[: n.start][-24:])))


def is_name(name: Name, text: str, article: str) -> bool:
    """Whether a word is a name, and has its capital not only for opening a sentence of ``text``."""
    opens = not name.start and " " not in name.text and not re.match("['’]s ", text[name.end :])
    return not opens or re.search(rf"[a-z,] (?:the )?{re.escape(name.text)}\b", article) is not None


def _mentions(article: Article) -> list[_Mention]:
    """Where an article names somebody or something, those left out who only passed it on."""
    title = "" if not article.title or article.title.isupper() else article.title
    text = f"{title}.\n{article.text[:READ]}"
    early = len(title) + LEAD
    found = []
    for name in find_names(text):
        before = text[max(0, name.start - 24) : name.start]
        told_by = name.text == article.outlet or _PASSED_ON.search(before)
        shouted = name.text.isupper() and len(name.text) > SHORT
        if name.keys and len(name.text) > 2 and not (is_country(name.text) or told_by or shouted):
            found.append(_Mention(name, before, name.start < early))
    return found


def _grouped(mentions: Sequence[_Mention], held: Mapping[str, int]) -> dict[str, list[_Mention]]:
    """Mentions by name, a surname with its full name; only names that stand within a sentence, and early or twice."""
    groups: dict[str, list[_Mention]] = {}
    for mention in sorted(mentions, key=lambda mention: -len(mention.name.keys)):  # whole names first
        words = set(mention.name.keys)
        wholes = [key for key in groups if words <= set(key.split(" ")) and held[key] >= held[mention.key]]
        groups.setdefault(wholes[0] if wholes else mention.key, []).append(mention)
    return {k: g for k, g in groups.items() if _stands(k, g) and (len(g) > 1 or g[0].early)}


def _stands(key: str, mentions: Sequence[_Mention]) -> bool:
    """Whether a name stands within a sentence, where only names have a capital."""
    return any(_WITHIN.search(mention.before) for mention in mentions if mention.key == key)


def _weight(mentions: Sequence[_Mention], held: int) -> float:
    """How much there is to tell of a name: by its mentions here, early ones, and the articles that have it; more of a
    place, where things happen."""
    kind = (2.0 if any(m.early for m in mentions) else 1.0) * (1.5 if _placed(mentions) else 1.0)
    return min(len(mentions), OFTEN) * kind * math.sqrt(min(held, 3))


def _shares_a_word(key: str, found: Iterable[str]) -> bool:
    return any(set(key.split(" ")) & set(other.split(" ")) for other in found)


def _question(mentions: Sequence[_Mention]) -> str:
    whole = [m for m in mentions if m.key == mentions[0].key]
    with_the = 2 * sum(bool(_WITH_THE.search(m.before)) for m in whole) > len(whole)
    named = f"the {_form(mentions)}" if with_the else _form(mentions)
    place = _placed(mentions)
    return f"What happened {place} {named}?" if place else f"What is known about {named}?"


def _form(mentions: Sequence[_Mention]) -> str:
    """A name in full, as it is mostly written."""
    return Counter(m.name.text for m in mentions if m.key == mentions[0].key).most_common(1)[0][0]


def _placed(mentions: Sequence[_Mention]) -> str:
    """The preposition that a name is mostly told with, "" for what is no place."""
    places = Counter(place["how"] for m in mentions if (place := _PLACED.search(m.before)))
    return places.most_common(1)[0][0] if 2 * places.total() >= len(mentions) else ""
