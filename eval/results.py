"""A run's result: one question asked and judged, and all of them as one JSON-ready object."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eval import machine
from eval.judge import failed, judge
from eval.known import KnownQuestion
from eval.measures import by_tag, figures
from eval.metrics import Outcome
from rag.errors import Cancelled, CopydeskError
from rag.types import Answer

# What a question may fail with and the run go on: every ordinary error, but not a full memory or Ctrl-C.
QUESTION_ERRORS = (
    CopydeskError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One known question with the answer it got; None where asking failed."""

    known: KnownQuestion
    answer: Answer | None
    outcome: Outcome


def ask(known: KnownQuestion, answer_to: Callable[[KnownQuestion], Answer]) -> Asked:
    """The question asked, timed and judged. What asking it fails with is its outcome, but for Cancelled."""
    start = time.perf_counter()
    try:
        answer = answer_to(known)
        return Asked(known, answer, judge(known, answer, 1000 * (time.perf_counter() - start)))
    except Cancelled:
        raise
    except QUESTION_ERRORS as error:
        return Asked(known, None, failed(known, error))


def result(
    asked: Sequence[Asked], *, name: str, path: Path, started_at: str, llm_problem: str | None = None
) -> dict[str, Any]:
    """A run as one JSON-ready object: what, where, the measures, by tag, the misses, every answer."""
    outcomes = [one.outcome for one in asked]
    first = next((one.answer for one in asked if one.answer), None)
    return {
        "set": name,
        "questions_file": path.name,
        "questions": _fingerprint(one.known for one in asked),
        "started_at": started_at,
        "machine": machine.describe(),
        "model": asdict(first.model) if first else {"llm": None, "embedder": None, "prompt": None},
        "llm_problem": llm_problem,
        "metrics": {key: asdict(figure) for key, figure in figures(outcomes, machine.peak_memory_mb()).items()},
        "by_tag": {tag: {"value": share.value, "cases": share.cases} for tag, share in by_tag(outcomes).items()},
        "misses": [
            {"id": one.known.id, "question": one.known.question, "said": _said(one), "why": one.outcome.why}
            for one in asked
            if not one.outcome.correct
        ],
        "answers": [_record(one) for one in asked],
    }


def _record(one: Asked) -> dict[str, Any]:
    known = asdict(one.known)
    known["history"] = [asdict(turn) for turn in one.known.history]
    judged = {k: v for k, v in asdict(one.outcome).items() if k not in known}
    return known | judged | {"answer": one.answer.to_dict() if one.answer else None}


def _said(one: Asked) -> str:
    if one.answer is None:
        return "(error)"
    return f"{one.answer.status}: {one.answer.text or one.answer.notice or one.answer.reason or ''}".strip()


def _fingerprint(questions: Iterable[KnownQuestion]) -> str:
    """Changes with any change to the questions asked or to what is expected of them."""
    content = json.dumps([asdict(known) for known in questions], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:16]
