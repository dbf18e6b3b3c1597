"""Comparing a run with a stored one, and storing a run as the new baseline."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.measures import MEASURES, Measure, written
from rag.errors import InputError

NOISE = {"ms": 50.0, "mb": 50.0}  # a change of less says nothing, however small the baseline is


@dataclass(frozen=True, slots=True)
class Comparison:
    """``worse`` names each measure beyond its margin; ``notes`` say what was not or not fully compared."""

    worse: tuple[str, ...] = ()
    better: tuple[str, ...] = ()
    newly_wrong: tuple[str, ...] = ()
    newly_right: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def summary(run: Mapping[str, Any]) -> dict[str, Any]:
    """What a baseline keeps of a run's result: no answers, so that the file stays readable in a diff."""
    return {
        "questions": run["questions"],
        "machine": run["machine"],
        "model": run["model"],
        "metrics": {key: figure["value"] for key, figure in run["metrics"].items()},
        "right": {answer["id"]: answer["correct"] for answer in run["answers"]},
    }


def read(path: Path) -> dict[str, Any]:
    """A stored baseline. Raises InputError where it is missing or not one."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"There is no baseline {path}.", "Make one with --update-baseline.") from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputError(
            f"The baseline {path} can't be read: {error}.", "Make it anew with --update-baseline."
        ) from None
    numbers = stored.get("metrics") if isinstance(stored, dict) else None
    if not isinstance(numbers, dict) or not all(v is None or isinstance(v, (int, float)) for v in numbers.values()):
        raise InputError(f"{path} is not a baseline.", "Make it anew with --update-baseline.")
    return dict(stored)


def write(path: Path, run: Mapping[str, Any]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(summary(run), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"The baseline {path} can't be written: {error.strerror}.", "Choose another place.") from None


def compare(run: Mapping[str, Any], stored: Mapping[str, Any]) -> Comparison:
    """Sets a run (or its summary) against a stored baseline.

    A measure that had a value and has none now counts as worse. Timings and memory are compared on the same machine
    only, and nothing is where both runs had a language model, but different ones.
    """
    now = summary(run) if "answers" in run else run
    llm_then, llm_now = (side.get("model", {}).get("llm") for side in (stored, now))
    if llm_then and llm_now and llm_then != llm_now:
        return Comparison(notes=(f"not compared: the baseline was made with {llm_then}, this run with {llm_now}",))
    notes = []
    same_machine = stored.get("machine") == now["machine"]
    if not same_machine:
        notes.append("another machine than the baseline's: times and memory not compared")
    if stored.get("questions") != now["questions"]:
        notes.append("the questions changed since the baseline; renew it with --update-baseline")
    worse, better = [], []
    for measure in MEASURES:
        then, value = stored["metrics"].get(measure.key), now["metrics"].get(measure.key)
        if measure.margin is None or then is None or (measure.relative and not same_machine):
            continue
        line = f"{measure.label}: {written(measure, then)} -> {written(measure, value)}"
        allowed = max(measure.margin * then, NOISE[measure.kind]) if measure.relative else measure.margin
        change = _loss(measure, then, value)
        if change is None or change > allowed + 1e-9:
            worse.append(f"{line} (margin {_margin(measure)})")
        elif -change > allowed + 1e-9:
            better.append(line)
    before, after = stored.get("right", {}), now["right"]
    both = [key for key in after if key in before]
    return Comparison(
        worse=tuple(worse),
        better=tuple(better),
        newly_wrong=tuple(key for key in both if before[key] and not after[key]),
        newly_right=tuple(key for key in both if after[key] and not before[key]),
        notes=tuple(notes),
    )


def _loss(measure: Measure, then: float, now: float | None) -> float | None:
    if now is None:
        return None
    return then - now if measure.higher_is_better else now - then


def _margin(measure: Measure) -> str:
    assert measure.margin is not None
    if measure.relative:
        return f"{100 * measure.margin:.0f}% of the baseline"
    return f"{100 * measure.margin:.0f} points" if measure.kind == "share" else f"{measure.margin:.0f}"
