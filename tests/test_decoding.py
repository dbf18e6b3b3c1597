"""The benchmark of writing: its figures by hand, and both ways of writing asked for every reply."""

from __future__ import annotations

import pytest

from eval.speed.decoding import Both, Reply, summary
from rag.errors import ModelError
from rag.llm.base import Prompt, complete
from rag.types import Message
from tests.fakes_llm import ScriptedLLM

PROMPT = Prompt((Message("user", "Where?"),))


def test_figures_by_hand() -> None:
    replies = [
        Reply(ours=30.0, plain=20.0, tokens=7, same=True),  # 6 tokens after the first: 0.2 and 0.3 s
        Reply(ours=40.0, plain=20.0, tokens=5, same=False),  # 4: 0.1 and 0.2 s
        Reply(ours=60.0, plain=20.0, tokens=13, same=True),  # 12: 0.2 and 0.6 s
        Reply(ours=9.0, plain=90.0, tokens=4, same=True),  # too short to be timed
    ]
    found = summary(replies, 1, 0)
    assert found["ratio"] == 2.0  # median of 1.5, 2 and 3
    assert found["total_ratio"] == 2.2  # 1.1 s / 0.5 s
    assert (found["tokens_s"], found["plain_tokens_s"]) == (40.0, 20.0)
    assert (found["replies"], found["timed"], found["differ"]) == (4, 3, 1)
    assert (found["right_where_differ"], found["plain_right_where_differ"]) == (1, 0)


def test_without_a_long_reply_there_is_no_figure() -> None:
    with pytest.raises(ModelError):
        summary([Reply(1.0, 1.0, 2, True)], 0, 0)


def test_each_reply_is_written_both_ways_and_ours_is_the_answer() -> None:
    ours, plain = ScriptedLLM(["In the north."]), ScriptedLLM(["In the south."])
    both = Both(ours, plain)
    assert [complete(both, PROMPT, max_tokens=9).text for _ in range(2)] == ["In the north."] * 2
    assert len(ours.prompts) == len(plain.prompts) == 2
    assert [reply.same for reply in both.replies] == [False, False]
    both.only_plain = True
    assert complete(both, PROMPT, max_tokens=9).text == "In the south."
    assert len(both.replies) == 2
