"""A kept run, made ready to be shown: figures with their words and changes, misses by kind, what became of questions.

Pure functions of a run's JSON. The page that shows it knows no measure by name: labels, explanations and verdicts come
with the data. Runs of other versions may lack a measure; that one is then left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from eval.measures import (
    MEASURES,
    Measure,
    meets_target,
    written,
    written_cases,
    written_interval,
    written_target,
)

Json = Mapping[str, Any]

SHOWN = (
    "answer_accuracy",
    "refusal_recall",
    "false_refusal_rate",
    "citation_precision",
    "unsupported_numbers",
    "conflicts_surfaced",
    "first_token_p50",
    "first_token_p95",
)
CHARTED = ("answer_accuracy", "refusal_recall")
KINDS = {
    "wrong": "Wrong",
    "false_refusal": "False refusal",
    "no_refusal": "Should have refused",
    "missed_conflict": "Conflict missed",
    "false_conflict": "False dispute",
    "error": "Error",
}
NOISE = 0.10  # of a time: what two runs on the same machine differ by anyway


def view(run: Json, before: Json | None) -> dict[str, Any]:
    """Figures, tags and misses of ``run``, with changes against ``before``, an earlier run of the same questions."""
    earlier = {answer["id"]: answer["correct"] for answer in before["answers"]} if before else {}
    return {
        "figures": figures(run, before),
        "by_tag": _by_tag(run, before),
        "misses": [{**_miss(answer), "new": earlier.get(answer["id"]) is True} for answer in _wrong(run)],
        "kinds": [{"kind": kind, "label": label} for kind, label in KINDS.items()],
    }


def figures(run: Json, before: Json | None = None, keys: Iterable[str] = SHOWN) -> list[dict[str, Any]]:
    """The chosen measures of a run or of its head, in words; those that it has."""
    wanted, measures = run["metrics"], {measure.key: measure for measure in MEASURES}
    return [_figure(measures[key], wanted[key], run, before) for key in keys if key in wanted]


def compare(run: Json, other: Json) -> dict[str, Any]:
    """What became of the questions that both runs asked, ``other`` being the earlier one."""
    then = {answer["id"]: answer for answer in other["answers"]}
    both = [(then[answer["id"]], answer) for answer in run["answers"] if answer["id"] in then]
    return {
        "asked_in_both": len(both),
        "newly_right": [_turned(old, new) for old, new in both if new["correct"] and not old["correct"]],
        "newly_wrong": [_turned(old, new) for old, new in both if old["correct"] and not new["correct"]],
        "reworded": sum(old["correct"] == new["correct"] and said(old) != said(new) for old, new in both),
        "figures": figures(run, other),
    }


def kind(answer: Json) -> str:
    """Which of ``KINDS`` a wrong answer's record is."""
    expected, status = answer["expect"], answer["status"]
    if status == "error":
        return "error"
    if expected == "not_found":
        return "no_refusal"
    if status == "not_found":
        return "false_refusal"
    if expected == "conflicting" and not (answer["dispute_said"] and status == "conflicting"):
        return "missed_conflict"
    return "false_conflict" if expected == "answered" and status == "conflicting" else "wrong"


def expected(answer: Json) -> str:
    """What the question file asks of an answer, as a sentence."""
    if answer["expect"] == "not_found":
        return "A refusal: the articles don’t say."
    parts = []
    if answer["expect"] == "conflicting":
        values = _groups(answer["conflict_values"])
        parts.append(f"A dispute between {values}." if values else "A dispute.")
    if answer["must_contain"]:
        parts.append(f"It must say {_groups(answer['must_contain'])}.")
    if answer["must_not_contain"]:
        parts.append(f"It must not say {' or '.join(f'“{wrong}”' for wrong in answer['must_not_contain'])}.")
    return " ".join(parts) or "An answer."


def said(answer: Json) -> str:
    """What was answered, as one line."""
    told = answer["answer"]
    return "" if told is None else str(told["text"] or told["notice"] or told["reason"] or "")


# --- parts ----------------------------------------------------------------------------------------


def _figure(measure: Measure, figure: Json, run: Json, before: Json | None) -> dict[str, Any]:
    value = figure["value"]
    return {
        "key": measure.key,
        "label": measure.label,
        "means": measure.means,
        "kind": measure.kind,
        "value": value,
        "said": written(measure, value),
        "cases": figure["cases"],
        "rests_on": written_cases(measure, figure["cases"]),
        "interval": written_interval(measure, figure),
        "target": written_target(measure),
        "met": meets_target(measure, value, whole=run.get("whole") is not False),
        "change": _change(measure, value, run, before),
    }


def _change(measure: Measure, value: float | None, run: Json, before: Json | None) -> dict[str, str] | None:
    """Sign and size, and whether that is ``better``, ``worse`` or the ``same``; None where nothing compares."""
    old = ((before or {}).get("metrics", {}).get(measure.key) or {}).get("value")
    if before is None or old is None or value is None:
        return None
    if measure.kind in ("ms", "mb"):
        if before["machine"] != run["machine"]:
            return None
        if abs(value - old) <= NOISE * old:
            return {"said": "about the same", "word": "same"}
    grown = value - old
    size = {
        "share": f"{abs(100 * grown):.1f} points",
        "count": f"{abs(grown):.0f}",
        "ms": f"{abs(grown) / 1000:.2f} s",
        "mb": f"{abs(grown):,.0f} MB",
    }[measure.kind]
    if not grown:
        return {"said": "no change", "word": "same"}
    better = (grown > 0) == measure.higher_is_better
    return {"said": f"{'+' if grown > 0 else '−'}{size}", "word": "better" if better else "worse"}


def _by_tag(run: Json, before: Json | None) -> list[dict[str, Any]]:
    then = (before or {}).get("by_tag", {})
    return [
        {"tag": tag, "value": row["value"], "cases": row["cases"], "before": (then.get(tag) or {}).get("value")}
        for tag, row in run["by_tag"].items()
    ]


def _wrong(run: Json) -> list[Json]:
    return [answer for answer in run["answers"] if not answer["correct"]]


def _miss(answer: Json) -> dict[str, Any]:
    which = kind(answer)
    return {
        "id": answer["id"],
        "question": answer["question"],
        "kind": which,
        "label": KINDS[which],
        "tags": list(answer["tags"]),
        "expected": expected(answer),
        "said": said(answer),
        "why": answer["why"] or "",
    }


def _turned(old: Json, new: Json) -> dict[str, Any]:
    return {
        "id": new["id"],
        "question": new["question"],
        "before": said(old) or old["why"] or "",
        "now": said(new) or new["why"] or "",
        "why": (old if new["correct"] else new)["why"] or "",
    }


def _groups(groups: Sequence[Sequence[str]]) -> str:
    """Groups of alternatives: “14” or “fourteen”; and “encircl…”, which is a prefix (``encircl*`` in the file)."""
    return "; and ".join(" or ".join(f"“{wording.replace('*', '…')}”" for wording in group) for group in groups)
