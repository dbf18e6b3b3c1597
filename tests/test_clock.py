"""A question's stopwatch, and the meter around its model calls."""

from __future__ import annotations

import pytest

from rag.clock import Clock
from rag.llm.base import Prompt, complete
from rag.types import Message
from tests.fakes_llm import ScriptedLLM


class Hands:
    """A clock's hands, moved by the test. Seconds."""

    def __init__(self) -> None:
        self.at = 10.0

    def __call__(self) -> float:
        return self.at


def prompt(*texts: str) -> Prompt:
    return Prompt(tuple(Message("user", text) for text in texts), prefix_messages=len(texts) - 1)


def test_a_stage_keeps_the_first_moment_it_was_reached() -> None:
    hands = Hands()
    clock = Clock(hands)
    hands.at = 10.1
    clock.mark("evidence")
    hands.at = 10.5
    clock.mark("evidence")
    clock.mark("first_token")
    hands.at = 11.0
    timings = clock.timings()
    assert (timings.evidence, timings.first_token, timings.total) == (100.0, 500.0, 1000.0)
    assert timings.first_sentence is None


def test_the_kinds_of_work_add_up_to_the_total() -> None:
    hands = Hands()
    clock = Clock(hands)
    with clock.timed("retrieve"):
        hands.at += 0.1
    asked = clock.now()
    hands.at += 0.3
    clock.spend("queue", asked)
    for _ in range(2):
        with clock.timed("check"):
            hands.at += 0.02
    clock.meter.prefill, clock.meter.decode = 200.0, 250.0
    hands.at = 11.0
    stages = clock.stages()
    assert (stages.queue, stages.retrieve, stages.check) == (300.0, 100.0, 40.0)
    assert (stages.prefill, stages.decode, stages.other) == (200.0, 250.0, 110.0)


def test_time_counts_also_when_the_work_fails() -> None:
    hands = Hands()
    clock = Clock(hands)
    with pytest.raises(RuntimeError), clock.timed("check"):
        hands.at += 0.05
        raise RuntimeError
    assert clock.stages().check == 50.0


def test_tokens_and_times_of_all_calls_are_added_up() -> None:
    clock = Clock()
    model = ScriptedLLM(["It carried 212 passengers."])
    llm = clock.metered(model)
    llm.choice(prompt("rules", "evidence"), ("Yes", "No"))
    read = clock.meter.prefill
    assert complete(llm, prompt("rules", "evidence"), max_tokens=20).text == "It carried 212 passengers."
    usage = clock.meter.usage
    sizes = [sum(model.count(m.content) for m in p.messages) for p in (model.choices[0][0], model.prompts[0])]
    assert usage.prompt_tokens == sum(sizes)
    assert clock.meter.uncached == usage.prompt_tokens - usage.cached_tokens > 0
    assert usage.completion_tokens == 4
    assert clock.meter.prefill > read > 0
    assert clock.meter.decode > 0


def test_a_reply_left_early_is_stopped_in_the_model_too() -> None:
    clock = Clock()
    pieces = clock.metered(ScriptedLLM(["one two three"])).stream(prompt("a", "b"), max_tokens=9)
    next(pieces)
    pieces.close()
    assert clock.meter.prefill > 0
