"""Many readers at once, measured against a scripted desk whose times are known."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from eval.speed import readers
from rag.llm.base import Cancel
from rag.types import Event, Question
from tests.fakes_desk import FakeDesk, live


class LateDesk(FakeDesk):
    """Finds passages after so many seconds."""

    late = 0.0

    def stream(self, question: Question, cancel: Cancel | None = None) -> Iterator[Event]:
        time.sleep(self.late)
        yield from super().stream(question, cancel)


@pytest.mark.parametrize(("delay", "within"), [(0.0, 1.0), (0.55, 0.0)])
def test_each_readers_wait_for_passages_is_told(delay: float, within: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "SINGLE", 2)
    desk = LateDesk(prefill=0.2)
    desk.late = delay
    with live(desk) as url:
        told = readers.measure(url, n=3, rounds=1)
    assert (told["n"], told["rounds"]) == (3, 1)
    assert told["within"] == within
    assert 1000 * delay <= told["evidence_p50_ms"] <= told["evidence_max_ms"] < 1000 * delay + 400
    assert told["alone_ms"] >= 1000 * delay
    assert told["running_ms"] > 200 and told["running_beside_ms"] > 200
