"""Which figures a run reports, in which order, with target, direction and the margin a baseline allows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from eval import metrics
from eval.metrics import Outcome, Share

Kind = Literal["share", "count", "ms", "mb"]


@dataclass(frozen=True, slots=True)
class Measure:
    """``target`` and ``margin`` are in the unit of ``kind`` (shares in [0, 1], milliseconds, megabytes).

    ``margin`` is how much worse than the baseline a run may be; for ``relative`` measures a share of the baseline.
    None: reported only. Relative measures depend on the machine and are compared only on the same one.
    """

    key: str
    label: str
    kind: Kind
    higher_is_better: bool
    target: float | None = None
    margin: float | None = None
    relative: bool = False


MEASURES = (
    Measure("answer_accuracy", "answer accuracy", "share", True, 0.75, 0.03),
    Measure("citation_precision", "citation precision", "share", True, 0.85, 0.03),
    Measure("citation_recall", "citation recall", "share", True, None, 0.05),
    Measure("source_coverage", "cross-article sources cited", "share", True),
    Measure("retrieval_recall", "retrieval recall", "share", True, None, 0.03),
    Measure("refusal_precision", "refusal precision", "share", True, None, 0.05),
    Measure("refusal_recall", "refusal recall", "share", True, 0.80, 0.04),
    Measure("refusal_f1", "refusal F1", "share", True),
    Measure("false_refusal_rate", "false refusals", "share", False, 0.15, 0.03),
    Measure("conflicts_surfaced", "conflicts surfaced", "share", True, None, 0.15),
    Measure("false_conflicts", "false disputes", "share", False, None, 0.03),
    Measure("superseded_right", "superseded right", "share", True, None, 0.20),
    Measure("superseded_shown", "superseded values shown", "share", True),
    Measure("unsupported_numbers", "unsupported numbers", "count", False, 0, 0),
    Measure("uncited_sentences", "uncited sentences", "count", False, 0, 0),
    Measure("errors", "errors", "count", False, 0, 0),
    Measure("first_token_p50", "first token, p50", "ms", False, 3000, 0.35, relative=True),
    Measure("first_token_p95", "first token, p95", "ms", False),
    Measure("total_p50", "whole answer, p50", "ms", False, 7000, 0.35, relative=True),
    Measure("total_p95", "whole answer, p95", "ms", False),
    Measure("peak_memory", "peak memory", "mb", False, 3072, 0.20, relative=True),
)

SHARES: Mapping[str, Callable[[Sequence[Outcome]], Share]] = {
    "answer_accuracy": metrics.answer_accuracy,
    "citation_precision": metrics.citation_precision,
    "citation_recall": metrics.citation_recall,
    "source_coverage": metrics.source_coverage,
    "retrieval_recall": metrics.retrieval_recall,
    "refusal_precision": metrics.refusal_precision,
    "refusal_recall": metrics.refusal_recall,
    "false_refusal_rate": metrics.false_refusal_rate,
    "conflicts_surfaced": metrics.conflicts_surfaced,
    "false_conflicts": metrics.false_conflicts,
    "superseded_right": metrics.superseded_right,
    "superseded_shown": metrics.superseded_shown,
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value; ``value`` is None where there were no cases. ``low`` and ``high`` are its 95% interval."""

    value: float | None
    cases: int
    low: float | None = None
    high: float | None = None


def figures(outcomes: Sequence[Outcome], peak_memory_mb: float | None) -> dict[str, Figure]:
    """Every measure of a run, by key, in the order of ``MEASURES``."""
    found = {key: _share(share(outcomes)) for key, share in SHARES.items()}
    precision, recall = found["refusal_precision"], found["refusal_recall"]
    found["refusal_f1"] = Figure(metrics.f1(precision.value, recall.value), recall.cases)
    shown = sum(o.sentences for o in outcomes)
    found["unsupported_numbers"] = Figure(metrics.unsupported_numbers(outcomes), shown)
    found["uncited_sentences"] = Figure(metrics.uncited_sentences(outcomes), shown)
    failed = sum(o.status == metrics.ERROR for o in outcomes)
    found["errors"] = Figure(failed if outcomes else None, len(outcomes))
    for name, times in (
        ("first_token", [o.first_token_ms for o in outcomes]),
        ("total", [o.total_ms for o in outcomes]),
    ):
        cases = sum(time is not None for time in times)
        for p in (50, 95):
            found[f"{name}_p{p}"] = Figure(metrics.percentile(times, p), cases)
    found["peak_memory"] = Figure(peak_memory_mb, 0 if peak_memory_mb is None else 1)
    return {measure.key: found[measure.key] for measure in MEASURES}


def by_tag(outcomes: Iterable[Outcome]) -> dict[str, Share]:
    """Right outcomes by tag, most frequent tag first."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        for tag in outcome.tags:
            groups.setdefault(tag, []).append(outcome)
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    return {tag: metrics.accuracy(group) for tag, group in ordered}


def meets_target(measure: Measure, value: float | None) -> bool | None:
    """None where there is no target or no value."""
    if measure.target is None or value is None:
        return None
    return value >= measure.target if measure.higher_is_better else value <= measure.target


def written(measure: Measure, value: float | None) -> str:
    """A value for a reader: "82.5%", "3", "1.42 s", "2,310 MB", "no cases"."""
    if value is None:
        return "no cases"
    if measure.kind == "share":
        return f"{100 * value:.1f}%"
    if measure.kind == "ms":
        return f"{value / 1000:.2f} s"
    return f"{value:,.0f} MB" if measure.kind == "mb" else f"{value:.0f}"


def written_target(measure: Measure) -> str:
    if measure.target is None:
        return ""
    if measure.target == 0:
        return "0"
    return f"{'≥' if measure.higher_is_better else '≤'} {written(measure, measure.target)}"


def _share(share: Share) -> Figure:
    hits = round(share.hits)
    interval = metrics.bootstrap_interval([True] * hits + [False] * (share.cases - hits))
    return Figure(share.value, share.cases, *(interval or (None, None)))
