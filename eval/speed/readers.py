"""Many readers: while the model writes an answer, so many others ask at once. When does each see passages?

    python -m eval.speed.readers http://127.0.0.1:7860 [ROUNDS]

The server should hold the seeds. Each round asks one question and, as soon as its passages are there (the model begins
to read on all cores), ``n`` others, each on a connection of its own; all but the first leave when that one is answered.
What the others cost the first one is told by asking the same questions alone too, in alternation. The last line is one
JSON object: milliseconds from sending to the event, over all readers of all rounds.
"""

from __future__ import annotations

import json
import statistics
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import files
from itertools import islice
from pathlib import Path

from eval.known import load
from eval.metrics import percentile
from rag.http.client import RemoteDesk
from rag.llm.base import Cancel
from rag.types import Question

ROUNDS = 6
SINGLE = 5  # questions that take turns at being first; the last one is asked in between
LIMIT_MS = 500.0
MODEL_MS = 600.0  # prefill and decode of a question that is worth being first: long enough to be asked beside


@dataclass(frozen=True, slots=True)
class First:
    """The answer under way: when it was done, and what the model spent on it."""

    total_ms: float
    model_ms: float


def measure(url: str, n: int = 8, rounds: int = ROUNDS) -> dict[str, float]:
    """``evidence_p50_ms``, ``evidence_max_ms`` and ``within`` (the share under half a second) of ``n`` readers a round;
    ``alone_ms``, evidence on an idle server; ``running_ms`` and ``running_beside_ms``, the medians of the same whole
    answers without and with the readers, and ``running_ratio``, the median of their ratios."""
    questions = [known.question for known in load(Path(str(files("eval.questions") / "seeds.jsonl")))]
    single = list(islice((q for q in questions if _answer(url, q).model_ms >= MODEL_MS), SINGLE))
    if len(single) < 2:
        raise RuntimeError("the server has no model that takes its time")
    others = [q for q in questions if q not in single]
    idle = threading.Event()
    idle.set()
    alone: list[float] = []
    evidence: list[float] = []
    runs: list[tuple[float, float]] = []
    for i in range(rounds):
        question, filler = single[i % (len(single) - 1)], single[-1]
        asking = [others[(i * n + k) % len(others)] for k in range(n)]
        both: dict[bool, float] = {}
        for beside in (False, True) if i % 2 else (True, False):
            _answer(url, filler)  # so that neither finds this question read already
            if beside:
                both[beside], seen = _beside(url, question, asking)
                evidence += seen
            else:
                both[beside] = _answer(url, question).total_ms
                alone += [_evidence(url, q, idle) for q in asking[:2]]
        runs.append((both[False], both[True]))
    return {
        "n": n,
        "rounds": rounds,
        "evidence_p50_ms": round(statistics.median(evidence), 1),
        "evidence_p95_ms": round(percentile(evidence, 95) or 0.0, 1),
        "evidence_max_ms": round(max(evidence), 1),
        "within": round(sum(ms <= LIMIT_MS for ms in evidence) / len(evidence), 3),
        "alone_ms": round(statistics.median(alone), 1),
        "running_ms": round(statistics.median(a for a, _ in runs), 1),
        "running_beside_ms": round(statistics.median(b for _, b in runs), 1),
        "running_ratio": round(statistics.median(b / a for a, b in runs), 3),
    }


def _beside(url: str, question: str, others: Sequence[str]) -> tuple[float, list[float]]:
    """The whole first answer's milliseconds, and those to each other reader's passages."""
    began, started, done = time.perf_counter(), threading.Event(), threading.Event()
    with ThreadPoolExecutor(len(others) + 1) as pool:

        def first() -> float:
            with RemoteDesk(url) as desk:
                for event in desk.stream(Question(question)):
                    if event.name == "evidence":
                        started.set()
            done.set()
            return 1000 * (time.perf_counter() - began)

        running = pool.submit(first)
        started.wait()
        time.sleep(0.05)  # the model is reading now
        seen = [pool.submit(_evidence, url, q, done) for q in others]
        return running.result(), [one.result() for one in seen]


def _evidence(url: str, question: str, until: threading.Event) -> float:
    """Milliseconds to the passages. The reader stays until ``until`` is set, as one who waits for the answer would."""
    cancel, began = Cancel(), time.perf_counter()
    with RemoteDesk(url) as desk:
        events = desk.stream(Question(question), cancel)
        for event in events:
            if event.name in ("evidence", "answer"):
                seen = 1000 * (time.perf_counter() - began)
                break
        else:
            raise RuntimeError(f"no passages for {question!r}")
        until.wait(60)
        events.close()  # type: ignore[attr-defined]
    return seen


def _answer(url: str, question: str) -> First:
    began = time.perf_counter()
    with RemoteDesk(url) as desk:
        answer = desk.ask(question)
    spent = answer.stages_ms
    return First(1000 * (time.perf_counter() - began), spent.prefill + spent.decode)


if __name__ == "__main__":
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS
    print(json.dumps(measure(sys.argv[1], rounds=rounds)))
