"""Lines that stand in many of an outlet's articles: newsletter boxes, ad surveys, notices. Pure functions.

How an ingest uses them, over cleaned texts *before* any line was taken out of them (keep that text where stripping
changed it, so that a line can come back and the counts stay right):

    who = outlet_key(article.outlet, article.url)      # None: nobody to compare with, leave the text alone
    line_keys(text)                                    # add 1 to the outlet's count of each, and 1 to its articles,
                                                       # once per distinct text (exact copies count once)
    found = furniture(articles, counts)                # the keys to strip, from one outlet's counts
    stripped = strip(text, found)                      # Stripped(text, dropped); text may be unchanged

Only the set of distinct texts matters, not the order in which they came: the same archive gives the same lines.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from rag.intake import boilerplate
from rag.intake.boilerplate import Line, is_sentence
from rag.intake.bylines import is_byline
from rag.intake.provenance import host_of

LONGEST = 700  # characters; longer paragraphs are told, not stamped on
LEAST_ARTICLES = 5  # of an outlet with fewer distinct texts nothing is known
# For each kind of key: in how many articles it must stand, at least, and in what share of the outlet's. A line that
# looks like furniture anyway ("f") needs little to be sure, its first words alone ("o") and names of writers and
# agencies ("b") a little more. Prose ("p") is what wire stories, updates of a running story and its background
# paragraphs share, so it needs much; so do other headings and names ("n"), which lists share.
LIMITS: Mapping[str, tuple[int, float]] = {
    "f": (3, 0.002),
    "o": (5, 0.005),
    "b": (5, 0.01),
    "p": (12, 0.03),
    "n": (12, 0.05),
}
_CUE = 1.0  # a ``boilerplate`` score that takes more than being no sentence
_OPENING = 4  # words, of a line that has no more than
_OPENED = 25

# What an article says of itself or to its readers; ``boilerplate`` asks for more where a line stands only once.
_SELF = re.compile(
    r"\bthis (?:story|article|report|piece|post|page|transcript|video|version|interview|newsletter|column)\b"
    r"|\b(?:contributed to this|read more|contributing|click here|sign up|subscri\w+|our (?:own )?\w+)\b"
    r"|\bfollow (?:\w+ ){1,6}on\b",
    re.IGNORECASE,
)
_CORRECTS = re.compile(r"\b(?:correct(?:s|ed|ion|ions)?|clarif\w+|misstated|misspelled)\b", re.IGNORECASE)  # facts
_NUMBERED = re.compile(r"\W*\d{1,3}[.):]?\s")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Stripped:
    """A text without an outlet's repeated lines, and the lines that went, in order."""

    text: str
    dropped: tuple[str, ...] = ()


def outlet_key(outlet: str | None, url: str | None) -> str | None:
    """Under which name an article's lines are counted: the host of its URL, whose pages they are stamped on, else its
    outlet; None where neither is known."""
    return host_of(url) or " ".join(_WORD.findall((outlet or "").casefold())) or None


def line_keys(text: str) -> frozenset[str]:
    """What each line of a cleaned text is counted as: short keys that overlook case and signs.

    The first letter says what kind of key it is, one of ``LIMITS``. Lines too long to be furniture and numbered ones,
    which belong to lists, have none.
    """
    return frozenset(key for line in text.split("\n\n") for key in _keys(line))


def furniture(articles: int, counts: Mapping[str, int]) -> frozenset[str]:
    """The keys of an outlet's lines that are furniture: ``counts`` says in how many of its ``articles`` distinct texts
    each key stands."""
    if articles < LEAST_ARTICLES:
        return frozenset()
    least = {kind: max(number, share * articles) for kind, (number, share) in LIMITS.items()}
    return frozenset(key for key, count in counts.items() if count >= least[key[0]])


def strip(text: str, keys: Collection[str]) -> Stripped:
    """``text`` without the lines whose keys are given. A text that would be left without a sentence stays as it is."""
    lines = text.split("\n\n") if keys else []
    goes = [any(key in keys for key in _keys(line)) for line in lines]
    kept = [line for line, gone in zip(lines, goes, strict=True) if not gone]
    if len(kept) == len(lines) or not any(map(is_sentence, kept)):
        return Stripped(text)
    return Stripped("\n\n".join(kept), tuple(line for line, gone in zip(lines, goes, strict=True) if gone))


def _keys(line: str) -> list[str]:
    if len(line) > LONGEST or _NUMBERED.match(line):
        return []
    words = _WORD.findall(line.casefold())
    if not any(map(str.isalpha, words)):
        return []
    kind = _kind(line)
    keys = [_hash(kind, words)]
    if kind == "f" and _OPENING < len(words) <= _OPENED:
        keys.append(_hash("o", words[:_OPENING]))
    return keys


def _kind(line: str) -> str:
    sentence = is_sentence(line)
    of_itself = sentence and line[0].isalnum() and _SELF.search(line)
    if not _CORRECTS.search(line) and (of_itself or boilerplate.judge(Line(line, edge=False))[0] >= _CUE):
        return "f"
    if is_byline(line.lstrip("-–—").strip()):
        return "b"
    return "p" if sentence else "n"


def _hash(kind: str, words: list[str]) -> str:
    return kind + hashlib.sha256(" ".join(words).encode()).hexdigest()[:15]
