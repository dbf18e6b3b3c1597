"""Writes a reply token by token, greedily, with guesses checked several at once; and the pen that does it quicker."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack

from rag.errors import ModelError
from rag.llm.base import Cancel
from rag.llm.context import Context
from rag.llm.lookup import Lookup

BATCH = 16  # tokens that a pen computes at once: one and the guesses after it


class Pen:
    """A second context for writing, loaded on a thread of its own from the start on.

    Its weights are laid out for few tokens at a time: writing 1.25 times as fast, for as much memory
    as the file takes once more. A prompt read by the first context is handed over in milliseconds, so that either does
    what it is quicker at.
    """

    def __init__(self, make: Callable[[], Context], free: Callable[[], None]) -> None:
        """``make`` makes the context, ``free`` what it rests on; both are called once, ``free`` last."""
        self._context: Context | None = None
        self._free = free

        def work() -> None:
            try:
                self._context = make()
            except ModelError:  # no memory for it: the first context can do everything
                self._context = None

        self._thread = threading.Thread(target=work, name="copydesk-pen")
        self._thread.start()

    def context(self, size: int) -> Context | None:
        """The context, once it is there; None where it could not be had, or ``size`` tokens are too many for it."""
        self._thread.join()
        return self._context if self._context is not None and size <= self._context.n_ctx else None

    def close(self) -> None:
        self._thread.join()
        if self._context is not None:
            self._context.close()
            self._context = None
        self._free()


def written(
    context: Context,
    pen: Pen | None,
    prompt: list[int],
    token: int,
    *,
    start: int,
    limit: int,
    ends: Callable[[int], bool],
    cancel: Cancel | None = None,
) -> Iterator[int]:
    """The reply's tokens, ``limit`` at most: ``token``, and greedily what follows, up to one that ``ends`` the reply.

    ``context`` holds ``start`` tokens. Only a pen guesses: without one, a batch of a few tokens costs nearly as much as
    computing them one by one, and wrong guesses cost more than right ones save. They are looked up in ``prompt``, which
    is what was asked without the fixed examples: those are not to be copied. Which batches are computed depends on the
    tokens alone, so the same prompt always gets the same reply. Raises RuntimeError when the context was used otherwise
    meanwhile.
    """
    turn, made = context.turn, 0
    writer: Context | None = None
    lookup: Lookup | None = None

    def in_order() -> None:
        if context.turn != turn:
            raise RuntimeError("the model was asked something else before this reply was finished")

    with ExitStack() as guards:
        while made < limit and not ends(token):
            made += 1
            yield token
            if made == limit:
                return
            in_order()
            if writer is None:
                writer = context
                if pen is not None and (quick := pen.context(start + limit)) is not None:
                    writer, lookup = quick, Lookup(prompt)
                    guards.enter_context(writer.guard(cancel))
                    writer.take_over(context)
            guessed: list[int] = []
            if lookup is not None:
                lookup.add(token)
                guessed = lookup.guess()[: limit - made]
            likeliest = writer.verdicts([token, *guessed], start + made - 1)
            right = next((i for i, one in enumerate(guessed) if one != likeliest[i]), len(guessed))
            token = likeliest[right]
            for one in guessed[:right]:
                if ends(one):
                    return
                made += 1
                yield one
                if lookup is not None:
                    lookup.add(one)
            if right < len(guessed):
                in_order()
                writer.forget(start + made)
