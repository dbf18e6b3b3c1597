"""What a language model has to offer, whichever program runs it. Standard library only."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from rag.steps import finish
from rag.types import Message


class Cancel:
    """A stop button that any thread may press, once and for good."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._watchers: list[Callable[[], None]] = []

    def set(self) -> None:
        """Stop. Runs the watchers' callbacks on this thread; pressing again does nothing."""
        with self._lock:
            if self._event.is_set():
                return
            self._event.set()
            watchers = list(self._watchers)
        for watcher in watchers:
            watcher()

    def is_set(self) -> bool:
        return self._event.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait up to ``timeout`` seconds; True when stopped."""
        return self._event.wait(timeout)

    @contextmanager
    def watching(self, callback: Callable[[], None]) -> Iterator[None]:
        """Call ``callback`` once when stopped within the block, at once if stopped already.

        It may run just after the block was left, when both happen at the same time: it must do no harm then.
        """
        with self._lock:
            pressed = self._event.is_set()
            self._watchers.append(callback)
        try:
            if pressed:
                callback()
            yield
        finally:
            with self._lock:
                self._watchers.remove(callback)


@dataclass(frozen=True, slots=True)
class Prompt:
    """Messages for the model to answer.

    The first ``prefix_messages`` of them are the same for many prompts: what the model computed for them is kept.
    ``assistant_start`` is text the reply is made to begin with; it is not part of the streamed reply.
    """

    messages: tuple[Message, ...]
    prefix_messages: int = 0
    assistant_start: str = ""


@dataclass(frozen=True, slots=True)
class Completion:
    """A finished reply. Counts are tokens; of ``prompt_tokens``, ``cached_tokens`` had been computed before.

    ``first_token_logprobs`` maps the text of the 20 likeliest first tokens to their natural log-probability,
    None where the model's server does not tell.
    """

    text: str
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    first_token_logprobs: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class ChoiceResult:
    """Natural log-probability of each option as the reply's beginning, over the whole vocabulary.

    ``prompt_tokens`` and ``cached_tokens`` as in ``Completion``. ``hidden`` is the tapped layer's state after the
    prompt, float32 [width], None where no layer is tapped.
    """

    options: tuple[str, ...]
    logprobs: tuple[float, ...]
    prompt_tokens: int = field(default=0, compare=False)
    cached_tokens: int = field(default=0, compare=False)
    hidden: Any = field(default=None, compare=False)

    def probability(self, option: str) -> float:
        """Share of ``option`` among the options, in [0, 1]; they sum to 1."""
        top = max(self.logprobs)
        shares = [math.exp(value - top) for value in self.logprobs]
        return shares[self.options.index(option)] / sum(shares)

    @property
    def best(self) -> str:
        """The likeliest option, the first of equals."""
        return self.options[max(range(len(self.options)), key=lambda i: self.logprobs[i])]


class LLM(Protocol):
    """A language model. One thread at a time; only ``count`` may be called from any thread."""

    @property
    def name(self) -> str:
        """What answers show as their model."""
        ...

    def count(self, text: str) -> int:
        """Tokens in ``text``, exact where the vocabulary is known."""
        ...

    def warm(self, prompt: Prompt) -> None:
        """Compute and keep the prompt's fixed prefix."""
        ...

    def stream(
        self, prompt: Prompt, *, max_tokens: int, stop: Sequence[str] = (), cancel: Cancel | None = None
    ) -> Generator[str, None, Completion]:
        """Yield the reply in pieces of text and return it whole; ends before the first of the ``stop`` strings.

        Raises Cancelled when stopped, InputError when the prompt is too long, ModelError when the model fails.
        """
        ...

    def choice(self, prompt: Prompt, options: Sequence[str], *, cancel: Cancel | None = None) -> ChoiceResult:
        """How likely the reply begins with each of two or more ``options``. Raises as ``stream`` does."""
        ...

    def close(self) -> None:
        """Free the model's memory; closing twice does nothing."""
        ...


def complete(
    llm: LLM, prompt: Prompt, *, max_tokens: int, stop: Sequence[str] = (), cancel: Cancel | None = None
) -> Completion:
    """The whole reply at once. Raises as ``LLM.stream`` does."""
    return finish(llm.stream(prompt, max_tokens=max_tokens, stop=stop, cancel=cancel))
