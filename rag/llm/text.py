"""Text as it comes out of a model: bytes cut in the middle of a character, stop strings cut in two. Pure functions."""

from __future__ import annotations

import codecs
from collections.abc import Sequence


class TextStream:
    """Turns a model's bytes into pieces of text that are safe to show.

    A character is held back until complete, and text that may be the beginning of a stop string until it turns out
    not to be. Once a stop string came, ``stopped`` is True and nothing more is given out.
    """

    def __init__(self, stop: Sequence[str] = ()) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._stop = tuple(s for s in stop if s)
        self._held = ""
        self.stopped = False

    def feed(self, data: bytes) -> str:
        """The text that can be shown after ``data``; often empty."""
        return self._push(self._decoder.decode(data))

    def finish(self) -> str:
        """What was still held back, at the end of the model's output."""
        rest = self._push(self._decoder.decode(b"", final=True))
        if not self.stopped:
            rest, self._held = rest + self._held, ""
        return rest

    def _push(self, text: str) -> str:
        if self.stopped:
            return ""
        self._held += text
        found = [(at + len(s), at) for s in self._stop if (at := self._held.find(s)) >= 0]
        if found:  # the one complete first counts, however the text was cut
            self.stopped = True
            return self._held[: min(found)[1]]
        keep = max((_overlap(self._held, s) for s in self._stop), default=0)
        cut = len(self._held) - keep
        ready, self._held = self._held[:cut], self._held[cut:]
        return ready


def _overlap(text: str, stop: str) -> int:
    """Length of the longest end of ``text`` that is a beginning of ``stop``, short of all of it."""
    for size in range(min(len(text), len(stop) - 1), 0, -1):
        if text.endswith(stop[:size]):
            return size
    return 0


def valid_unicode(text: str) -> str:
    """``text`` with lone surrogates, which no encoding can hold, replaced by U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
