"""A language model that says what a test tells it to, word by word."""

from __future__ import annotations

import math
import re
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence

from rag.errors import Cancelled
from rag.llm.base import Cancel, ChoiceResult, Completion, Prompt
from rag.llm.text import TextStream

Reply = str | Exception


class ScriptedLLM:
    """Replies from a list, one a call (the last again when it runs out), or from a function of the prompt.

    ``choose`` gives the probability of each option, or the one option that is all but certain; without it the first
    option wins with .9. ``first_token_logprobs`` is handed out with every completion. An exception in place of a
    reply is raised. ``delay`` seconds pass before each word, and before a choice. ``prompts``, ``choices`` and
    ``warmed`` record what was asked, ``threads`` on which threads; ``closed`` counts the calls of ``close``.
    """

    name = "scripted"

    def __init__(
        self,
        replies: Sequence[Reply] | Callable[[Prompt], Reply] = ("",),
        *,
        choose: Callable[[Prompt, Sequence[str]], str | Mapping[str, float]] | None = None,
        first_token_logprobs: Mapping[str, float] | None = None,
        delay: float = 0.0,
    ) -> None:
        self._replies = replies
        self._choose = choose
        self._first = first_token_logprobs
        self._delay = delay
        self.prompts: list[Prompt] = []
        self.choices: list[tuple[Prompt, tuple[str, ...]]] = []
        self.warmed: list[Prompt] = []
        self.threads: set[str] = set()
        self.closed = 0

    def count(self, text: str) -> int:
        """Words and punctuation marks."""
        return len(re.findall(r"\w+|[^\w\s]", text))

    def warm(self, prompt: Prompt) -> None:
        self._enter(None)
        self.warmed.append(prompt)

    def stream(
        self, prompt: Prompt, *, max_tokens: int, stop: Sequence[str] = (), cancel: Cancel | None = None
    ) -> Generator[str, None, Completion]:
        self._enter(cancel)
        reply = self._reply(prompt)
        self.prompts.append(prompt)
        if isinstance(reply, Exception):
            raise reply
        text, shown, made = TextStream(stop), "", 0
        for word in re.findall(r"\s*\S+|\s+$", reply)[:max_tokens]:
            self._pause(cancel)
            made += 1
            if piece := text.feed(word.encode()):
                shown += piece
                yield piece
            if text.stopped:
                break
        if piece := text.finish():
            shown += piece
            yield piece
        return Completion(shown, self._size(prompt), self._cached(prompt), made, self._first)

    def choice(self, prompt: Prompt, options: Sequence[str], *, cancel: Cancel | None = None) -> ChoiceResult:
        self._enter(cancel)
        self._pause(cancel)
        self.choices.append((prompt, tuple(options)))
        chosen = self._choose(prompt, options) if self._choose else {options[0]: 0.9}
        if isinstance(chosen, str):
            chosen = {chosen: 0.999}
        unnamed = [option for option in options if option not in chosen]
        rest = (1 - sum(chosen.values())) / max(1, len(unnamed))
        shares = [max(chosen.get(option, rest), 1e-9) for option in options]
        return ChoiceResult(
            tuple(options), tuple(math.log(s) for s in shares), self._size(prompt), self._cached(prompt)
        )

    def close(self) -> None:
        self.closed += 1

    def _enter(self, cancel: Cancel | None) -> None:
        self.threads.add(threading.current_thread().name)
        if cancel is not None and cancel.is_set():
            raise Cancelled

    def _pause(self, cancel: Cancel | None) -> None:
        if cancel is None:
            time.sleep(self._delay)
        elif cancel.wait(self._delay) if self._delay else cancel.is_set():
            raise Cancelled

    def _reply(self, prompt: Prompt) -> Reply:
        if callable(self._replies):
            return self._replies(prompt)
        return self._replies[min(len(self.prompts), len(self._replies) - 1)]

    def _size(self, prompt: Prompt) -> int:
        return sum(self.count(message.content) for message in prompt.messages)

    def _cached(self, prompt: Prompt) -> int:
        return sum(self.count(message.content) for message in prompt.messages[: prompt.prefix_messages])
