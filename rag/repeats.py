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

from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stripped:
    """A text without an outlet's repeated lines, and the lines that went, in order."""

    text: str
    dropped: tuple[str, ...] = ()


def outlet_key(outlet: str | None, url: str | None) -> str | None:
    """Under which name an article's lines are counted: the outlet, else the host of its URL; None where neither is
    known."""
    raise NotImplementedError


def line_keys(text: str) -> frozenset[str]:
    """What each line of a cleaned text is counted as: short keys that overlook case, digits and signs.

    A line too long to be furniture has none.
    """
    raise NotImplementedError


def furniture(articles: int, counts: Mapping[str, int]) -> frozenset[str]:
    """The keys of an outlet's lines that are furniture: ``counts`` says in how many of its ``articles`` distinct texts
    each key stands."""
    raise NotImplementedError


def strip(text: str, keys: Collection[str]) -> Stripped:
    """``text`` without the lines whose keys are given. A text that would be left without a sentence stays as it is."""
    raise NotImplementedError
