"""Which figures a run reports, in which order, with target, direction and the margin a baseline allows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from eval import metrics
from eval.metrics import Outcome, Share

Kind = Literal["share", "count", "ms", "mb"]


@dataclass(frozen=True, slots=True)
class Measure:
    """``target`` and ``margin`` are in the unit of ``kind`` (shares in [0, 1], milliseconds, megabytes).

    ``margin`` is how much worse than the baseline a run may be; for ``relative`` measures a share of the baseline.
    None: reported only. Relative measures depend on the machine and are compared only on the same one.
    ``means`` says in a few words what it is, ``of`` what its cases are, "{s}" standing for the plural's ending.
    """

    key: str
    label: str
    kind: Kind
    higher_is_better: bool
    target: float | None = None
    margin: float | None = None
    relative: bool = False
    means: str = ""
    of: str = "case{s}"


ANSWERABLE = "answerable question{s}"
UNANSWERABLE = "unanswerable question{s}"
DISPUTED = "question{s} in dispute"
SENTENCES = "sentence{s} shown"
ANSWERS = "answer{s} timed"

MEASURES = (
    Measure("answer_accuracy", "answer accuracy", "share", True, 0.75, 0.03,
            means="right answers to what the articles do say", of=ANSWERABLE),
    Measure("citation_precision", "citation precision", "share", True, 0.85, 0.03,
            means="citations of an article that is fair to cite", of="citation{s}"),
    Measure("citation_recall", "citation recall", "share", True, None, 0.05,
            means="answers that cite a fitting article", of="answer{s}"),
    Measure("source_coverage", "cross-article sources cited", "share", True,
            means="of the articles that a question needs, those cited", of="article{s} needed"),
    Measure("retrieval_recall", "retrieval recall", "share", True, None, 0.03,
            means="questions for which a fitting article was found", of=ANSWERABLE),
    Measure("refusal_precision", "refusal precision", "share", True, None, 0.05,
            means="refusals that were called for", of="refusal{s}"),
    Measure("refusal_recall", "refusal recall", "share", True, 0.80, 0.04,
            means="refusals where the articles don’t say", of=UNANSWERABLE),
    Measure("refusal_f1", "refusal F1", "share", True,
            means="refusal precision and recall in one", of=UNANSWERABLE),
    Measure("false_refusal_rate", "false refusals", "share", False, 0.15, 0.03,
            means="refusals though the articles do say", of=ANSWERABLE),
    Measure("conflicts_surfaced", "conflicts surfaced", "share", True, None, 0.15,
            means="disputes shown as such, with every value", of=DISPUTED),
    Measure("false_conflicts", "false disputes", "share", False, None, 0.03,
            means="disputes reported where there is none", of="undisputed question{s}"),
    Measure("superseded_right", "superseded right", "share", True, None, 0.20,
            means="the value that holds, where it changed over time", of="question{s} whose answer changed"),
    Measure("superseded_shown", "superseded values shown", "share", True,
            means="all values shown, where one changed over time", of="question{s} whose answer changed"),
    Measure("unsupported_numbers", "unsupported numbers", "count", False, 0, 0,
            means="numbers shown that stand in no cited quote", of=SENTENCES),
    Measure("uncited_sentences", "uncited sentences", "count", False, 0, 0,
            means="sentences shown without a citation", of=SENTENCES),
    Measure("errors", "errors", "count", False, 0, 0,
            means="questions that ended in an error", of="question{s}"),
    Measure("first_token_p50", "first token, p50", "ms", False, 3000, 0.35, relative=True,
            means="half of the answers begin sooner", of=ANSWERS),
    Measure("first_token_p95", "first token, p95", "ms", False,
            means="nineteen of twenty answers begin sooner", of=ANSWERS),
    Measure("total_p50", "whole answer, p50", "ms", False, 7000, 0.35, relative=True,
            means="half of the answers are done sooner", of=ANSWERS),
    Measure("total_p95", "whole answer, p95", "ms", False,
            means="nineteen of twenty answers are done sooner", of=ANSWERS),
    Measure("peak_memory", "peak memory", "mb", False, 3072, 0.20, relative=True,
            means="the most that the process took", of="process{s}"),
)  # fmt: skip

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


def meets_target(measure: Measure, value: float | None, *, whole: bool = True) -> bool | None:
    """None where there is no target or no value, and for a run that is not ``whole``: a part settles nothing."""
    if measure.target is None or value is None or not whole:
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


def written_cases(measure: Measure, cases: int) -> str:
    """How many cases a figure rests on: "80 answerable questions"."""
    return f"{cases:,} {measure.of.format(s='' if cases == 1 else 's')}"


def written_interval(measure: Measure, figure: Mapping[str, Any]) -> str:
    """A figure's 95% interval: "81.0% to 93.5%", or nothing where there is none."""
    if figure.get("low") is None or figure.get("high") is None:
        return ""
    return f"{written(measure, figure['low'])} to {written(measure, figure['high'])}"


def written_target(measure: Measure) -> str:
    if measure.target is None:
        return ""
    if measure.target == 0:
        return "0"
    return f"{'≥' if measure.higher_is_better else '≤'} {written(measure, measure.target)}"


def _share(share: Share) -> Figure:
    return Figure(share.value, share.cases, *(metrics.wilson_interval(share.hits, share.cases) or (None, None)))
