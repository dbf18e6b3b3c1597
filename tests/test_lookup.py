"""Guesses from the prompt, and replies written with them: whatever is guessed, the text is the model's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import ModelError
from rag.llm.base import Cancel
from rag.llm.context import Context
from rag.llm.lookup import Lookup
from rag.llm.writing import Pen, written

END = 0
tokens = st.lists(st.integers(1, 4), max_size=40)


class FakeContext:
    """A model whose next token is a function of all before it: ``script`` first, then what their sum makes it.

    Like the real cache it computes on what it holds, so that tokens not taken back show in the reply.
    """

    def __init__(self, held: list[int], script: list[int], n_ctx: int = 1000) -> None:
        self.cache = list(held)
        self.start, self.script = len(held), script
        self.turn, self.n_ctx, self.closed = 1, n_ctx, 0
        self.batches: list[int] = []

    def after(self, held: list[int]) -> int:
        made = len(held) - self.start
        return self.script[made] if made < len(self.script) else sum(held[-5:]) % 5

    def verdicts(self, tokens: list[int], position: int) -> list[int]:
        assert position == len(self.cache), "computed at the wrong place"
        self.batches.append(len(tokens))
        told = []
        for token in tokens:
            self.cache.append(token)
            told.append(self.after(self.cache))
        return told

    def forget(self, position: int) -> None:
        assert position < len(self.cache)
        del self.cache[position:]

    def take_over(self, other: FakeContext) -> None:
        self.cache = list(other.cache)

    @contextmanager
    def guard(self, cancel: Cancel | None) -> Iterator[None]:
        yield

    def close(self) -> None:
        self.closed += 1


def write(context: Any, prompt: list[int], limit: int, pen: Pen | None = None) -> list[int]:
    first = context.after(context.cache)
    return list(
        written(
            context,
            pen,
            prompt,
            first,
            start=len(context.cache),
            limit=limit,
            ends=lambda token: token == END,
        )
    )


def plain(context: FakeContext, limit: int) -> list[int]:
    """One token after another, as the definition of greedy writing has it."""
    held, reply = list(context.cache), list[int]()
    while len(reply) < limit and (token := context.after(held)) != END:
        reply.append(token)
        held.append(token)
    return reply


def pen_with(context: FakeContext) -> Pen:
    return Pen(lambda: cast(Context, context), lambda: None)


@given(tokens, tokens, st.integers(0, 30), st.booleans())
def test_whatever_is_guessed_the_reply_is_the_models_own(
    prompt: list[int], script: list[int], limit: int, with_pen: bool
) -> None:
    context = FakeContext(prompt, script)
    pen = pen_with(FakeContext(prompt, script)) if with_pen else None
    assert write(context, prompt, limit, pen) == plain(FakeContext(prompt, script), limit)


def test_a_copied_passage_takes_the_pen_few_batches() -> None:
    prompt = list(range(10, 40))
    quick = FakeContext(prompt, [*prompt, END])
    assert write(FakeContext(prompt, [*prompt, END]), prompt, 100, pen_with(quick)) == prompt
    assert len(quick.batches) < 12 and max(quick.batches) > 8
    alone = FakeContext(prompt, [*prompt, END])
    assert write(alone, prompt, 100) == prompt
    assert alone.batches == [1] * 30


def test_a_reply_is_handed_out_token_by_token() -> None:
    context = FakeContext([7], [1, 2, 3, END])
    steps = written(cast(Context, context), None, [7], 1, start=1, limit=9, ends=lambda token: token == END)
    assert next(steps) == 1 and context.batches == []  # the first is there before anything more is computed
    assert next(steps) == 2 and len(context.batches) == 1


def test_the_limit_holds_within_a_guess() -> None:
    prompt = list(range(10, 40))
    quick = FakeContext(prompt, prompt)
    assert write(FakeContext(prompt, prompt), prompt, 9, pen_with(quick)) == prompt[:9]
    assert len(quick.cache) <= len(prompt) + 9


def test_a_context_used_meanwhile_is_noticed() -> None:
    context = FakeContext([7], [1, 2, 3, 4, END])
    steps = written(cast(Context, context), None, [7], 1, start=1, limit=9, ends=lambda token: token == END)
    next(steps)
    context.turn += 1
    with pytest.raises(RuntimeError):
        next(steps)
    assert context.batches == []


def test_the_pen_writes_and_the_prompt_stays_as_it_was() -> None:
    context, quick = FakeContext([5, 6], [1, 2, 3, END]), FakeContext([5, 6], [1, 2, 3, END])
    assert write(context, [5, 6], 10, pen_with(quick)) == [1, 2, 3]
    assert context.batches == [] and context.cache == [5, 6]
    assert quick.batches


def test_without_a_pen_or_room_in_it_the_first_context_writes() -> None:
    def fails() -> Context:
        raise ModelError("No memory.", "Close other programs.")

    freed: list[int] = []
    for pen in (Pen(fails, lambda: freed.append(1)), pen_with(FakeContext([5, 6], [1, END], n_ctx=11))):
        context = FakeContext([5, 6], [1, 2, END])
        assert write(context, [5, 6], 10, pen) == [1, 2]
        assert context.batches
        pen.close()
    assert freed == [1]


@given(tokens, tokens)
def test_a_guess_is_what_followed_the_same_tokens(prompt: list[int], reply: list[int]) -> None:
    lookup = Lookup(prompt, ((3, 4),))
    for token in reply:
        lookup.add(token)
    said, guess = prompt + reply, lookup.guess()
    places = [i for i in range(3, len(said)) if said[i - 3 : i] == said[-3:]]
    assert bool(guess) == bool(places)
    assert not guess or guess in [said[i : i + 4] for i in places]


def test_the_place_where_most_agrees_is_taken_then_the_latest() -> None:
    lookup = Lookup([1, 2, 3, 4, 5, 9, 9, 2, 3, 4, 6, 1, 2, 3, 4], ((3, 1),))
    assert lookup.guess() == [5]
    assert Lookup([1, 2, 3, 5, 1, 2, 3, 6, 1, 2, 3], ((3, 1),)).guess() == [6]


def test_more_is_guessed_where_more_agrees() -> None:
    line = list(range(20, 40))
    assert len(Lookup([*line, 1, *line[4:8]], ((5, 6), (3, 2))).guess()) == 2
    assert len(Lookup([*line, 1, *line[4:9]], ((5, 6), (3, 2))).guess()) == 6
    assert Lookup([*line, 1, *line[4:6]], ((5, 6), (3, 2))).guess() == []
