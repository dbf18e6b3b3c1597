"""How soon the model is free again after a reader leaves while it reads the evidence."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import cast

from eval.known import KnownQuestion
from eval.speed.asking import watch
from rag.http.client import RemoteDesk
from rag.types import Event, Question

INTO_PREFILL_S = 0.1  # after the evidence is shown the model begins to read it


def measure(url: str, questions: Sequence[KnownQuestion]) -> dict[str, float]:
    """Leave each question while the model reads its evidence, and ask the next at once: seconds from leaving until the
    model takes up the next one, its own search included; median and longest.

    ``questions`` should be such as the model answers. Raises RuntimeError where a token always came first.
    """
    spent = []
    for known, following in zip(questions, [*questions[1:], *questions[:1]], strict=True):
        left = _left(url, known)
        if left is None:
            continue
        with RemoteDesk(url) as desk:
            asked = time.perf_counter()
            seen = watch(desk.stream(Question(following.question)))
        waited = (seen.evidence or 0.0) + seen.answer.stages_ms.queue
        spent.append(asked - left + waited / 1000)
    if not spent:
        raise RuntimeError("no question was left in prefill")
    return {"p50_s": statistics.median(spent), "max_s": max(spent), "n": len(spent)}


def _left(url: str, known: KnownQuestion) -> float | None:
    """Ask, and leave when the model has begun to read; the moment of leaving, None where words came first."""
    with RemoteDesk(url) as desk, closing(cast("Closable", desk.stream(Question(known.question)))) as events:
        for event in events:
            if event.name in ("token", "sentence", "answer"):
                return None
            if event.name == "evidence":
                time.sleep(INTO_PREFILL_S)
                return time.perf_counter()
    return None


class Closable(Iterator[Event]):
    """What ``RemoteDesk.stream`` returns: closing it breaks the connection."""

    def close(self) -> None: ...
