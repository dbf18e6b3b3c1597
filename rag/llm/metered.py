"""Counts what a question's model calls take: tokens and time, whichever model runs them. Standard library only."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

from rag.llm.base import LLM, Cancel, ChoiceResult, Completion, Prompt
from rag.types import Usage


@dataclass(slots=True)
class Meter:
    """What one question's calls came to so far. Times are milliseconds."""

    usage: Usage = field(default_factory=Usage)
    prefill: float = 0.0  # reading prompts, until a reply's first piece of text
    decode: float = 0.0  # writing what follows it

    @property
    def uncached(self) -> int:
        """Prompt tokens that had to be computed."""
        return self.usage.prompt_tokens - self.usage.cached_tokens

    def add(self, prompt_tokens: int, cached_tokens: int, completion_tokens: int = 0) -> None:
        u = self.usage
        self.usage = Usage(
            u.prompt_tokens + prompt_tokens, u.cached_tokens + cached_tokens, u.completion_tokens + completion_tokens
        )


class Metered:
    """A model whose calls go onto a meter; otherwise the model itself. Closing it leaves the model open."""

    def __init__(self, llm: LLM, meter: Meter) -> None:
        self._llm = llm
        self._meter = meter

    @property
    def name(self) -> str:
        return self._llm.name

    def count(self, text: str) -> int:
        return self._llm.count(text)

    def warm(self, prompt: Prompt) -> None:
        self._llm.warm(prompt)

    def stream(
        self, prompt: Prompt, *, max_tokens: int, stop: Sequence[str] = (), cancel: Cancel | None = None
    ) -> Generator[str, None, Completion]:
        pieces = self._llm.stream(prompt, max_tokens=max_tokens, stop=stop, cancel=cancel)
        began, first = time.perf_counter(), None
        try:
            while True:
                try:
                    piece = next(pieces)
                except StopIteration as end:
                    done: Completion = end.value
                    self._meter.add(done.prompt_tokens, done.cached_tokens, done.completion_tokens)
                    return done
                first = first or time.perf_counter()
                yield piece
        finally:
            pieces.close()
            now = time.perf_counter()
            self._meter.prefill += 1000 * ((first or now) - began)
            self._meter.decode += 1000 * (now - (first or now))

    def choice(self, prompt: Prompt, options: Sequence[str], *, cancel: Cancel | None = None) -> ChoiceResult:
        began = time.perf_counter()
        try:
            told = self._llm.choice(prompt, options, cancel=cancel)
        finally:
            self._meter.prefill += 1000 * (time.perf_counter() - began)
        self._meter.add(told.prompt_tokens, told.cached_tokens)
        return told

    def close(self) -> None:
        """Nothing: the model is its owner's."""
