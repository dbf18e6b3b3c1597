"""Guesses what a reply says next: where its last tokens stand in the prompt or the reply already, what followed there.

An answer copies its evidence, so such a guess is often right, and the model checks several tokens in one batch. A guess
costs time when it is wrong, never a word: only what the model would have written by itself is kept.
Source: A. Saxena, Prompt Lookup Decoding, 2023 (https://github.com/apoorvumang/prompt-lookup-decoding).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

NEEDLE = 3  # tokens that must agree at least: two agree by chance too often
LONGEST = 16  # more agreement than this says nothing further

# How many tokens are guessed, by how many agree: ((at least so many agree, so many are guessed), ...), longest first.
# Set by what a batch of them costs beside one token, and how often guesses hold: eval/LOG.md.
Reach = tuple[tuple[int, int], ...]
REACH: Reach = ((12, 11), (NEEDLE, 3))


class Lookup:
    """What has been read and written, by every ``NEEDLE`` tokens in a row."""

    def __init__(self, tokens: Iterable[int], reach: Reach = REACH) -> None:
        self._tokens: list[int] = []
        self._reach = reach
        self._ends: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
        for token in tokens:
            self.add(token)

    def add(self, token: int) -> None:
        """The reply goes on with ``token``."""
        self._tokens.append(token)
        if len(self._tokens) >= NEEDLE:
            self._ends[tuple(self._tokens[-NEEDLE:])].append(len(self._tokens))

    def guess(self) -> list[int]:
        """The tokens that followed where most of the last ones agree, the latest such place; often none."""
        now = len(self._tokens)
        best, start = 0, 0
        for end in self._ends.get(tuple(self._tokens[-NEEDLE:]), ()):
            if end < now and (agreeing := self._agreeing(end, now)) >= best:
                best, start = agreeing, end
        wanted = next((size for least, size in self._reach if best >= least), 0)
        return self._tokens[start : start + wanted]

    def _agreeing(self, end: int, now: int) -> int:
        """How many tokens before ``end`` are those before ``now``, up to ``LONGEST``."""
        size = 0
        while size < min(end, LONGEST) and self._tokens[end - 1 - size] == self._tokens[now - 1 - size]:
            size += 1
        return size
