"""From timed questions to figures: medians with intervals, ratios to the peer, and the aims beside what was measured.

Pure functions. Times are milliseconds from the request unless a name says otherwise; percentiles are by nearest rank.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eval.metrics import Outcome, answer_accuracy, bootstrap, percentile, refusal_recall, wilson_interval
from eval.speed.asking import Asked

STAGES = ("queue", "retrieve", "prefill", "decode", "check", "other")
MOMENTS = ("evidence", "first_token", "first_sentence", "total")


@dataclass(frozen=True, slots=True)
class Aim:
    """A figure beside what it should be. ``value`` None: not measured. ``unit``: ms, s, x (times), tokens or share."""

    key: str
    label: str
    value: float | None
    reach: float
    unit: str
    at_most: bool = True

    @property
    def met(self) -> bool | None:
        if self.value is None:
            return None
        return self.value <= self.reach if self.at_most else self.value >= self.reach


def times(values: Iterable[float | None]) -> dict[str, float | int | None]:
    """Median with its 95% bootstrap interval, and 95th percentile; None values (it never came) are left out."""
    known = [value for value in values if value is not None]
    interval = bootstrap(known, lambda some: percentile(some, 50))
    low, high = interval or (None, None)
    return {
        "p50": _rounded(percentile(known, 50)),
        "low": _rounded(low),
        "high": _rounded(high),
        "p95": _rounded(percentile(known, 95)),
        "n": len(known),
    }


def summary(asked: Sequence[Asked]) -> dict[str, Any]:
    """The figures of one program over its questions.

    ``stages_ms`` are means, so they add up to the mean of the totals. ``check_ms_a_sentence`` is the median over the
    answers in which something was checked. Rates are tokens of all answers over seconds of all answers.
    """
    outcomes = [one.outcome for one in asked]
    computed = [one.uncached_tokens for one in asked if one.uncached_tokens is not None]
    checks = [one.stages_ms["check"] / one.checked for one in asked if one.checked and one.stages_ms.get("check")]
    return {
        "n": len(asked),
        **{f"{name}_ms": times(getattr(one, f"{name}_ms") for one in asked) for name in MOMENTS},
        "stages_ms": mean_stages([one.stages_ms for one in asked]),
        "check_ms_a_sentence": _rounded(percentile(checks, 50)),
        "uncached_tokens": {
            "p50": percentile(computed, 50),
            "p95": percentile(computed, 95),
            "max": max(computed, default=None),
        },
        "prefill_tokens_s": _rate(asked, "uncached_tokens", "prefill"),
        "decode_tokens_s": _rate(asked, "completion_tokens", "decode"),
        "right": right(outcomes),
        "answer_accuracy": answer_accuracy(outcomes).value,
        "refusal_recall": refusal_recall(outcomes).value,
    }


def right(outcomes: Sequence[Outcome]) -> dict[str, float | int | None]:
    """The share of questions with the right outcome, refusals included, with its 95% interval."""
    flags = [outcome.correct for outcome in outcomes]
    low, high = wilson_interval(sum(flags), len(flags)) or (None, None)
    return {"value": sum(flags) / len(flags) if flags else None, "low": low, "high": high, "n": len(flags)}


def mean_stages(questions: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Mean milliseconds by stage; a stage that a question did not have counts as 0."""
    if not questions:
        return {}
    return {name: round(sum(one.get(name, 0.0) for one in questions) / len(questions), 1) for name in STAGES}


def ratios(ours: Sequence[Asked], theirs: Sequence[Asked]) -> dict[str, dict[str, float | int | None]]:
    """How many times as long the peer takes, on the questions that both were asked: median over median, with a 95%
    interval drawn by questions. First tokens are compared where both showed some."""
    by_id = {one.known.id: one for one in ours}
    both = [(by_id[peer.known.id], peer) for peer in theirs if peer.known.id in by_id]
    found = {}
    for name in ("first_token", "total"):
        times = [(getattr(a, f"{name}_ms"), getattr(b, f"{name}_ms")) for a, b in both]
        known = [(a, b) for a, b in times if a is not None and b is not None]
        interval = bootstrap(known, _ratio)
        low, high = interval or (None, None)
        found[name] = {"value": _rounded(_ratio(known), 2), "low": _rounded(low, 2), "high": _rounded(high, 2)} | {
            "n": len(known)
        }
    return found


def aims(run: Mapping[str, Any]) -> list[Aim]:
    """All aims, in the order a reader meets them; those of parts that were left out have no value."""

    def of(*path: str, scale: float = 1.0) -> float | None:
        value: Any = run
        for name in path:
            value = value.get(name) if isinstance(value, Mapping) else None
        return None if value is None else scale * value

    better = None
    if of("peer", "right", "value") is not None and of("peer", "ours", "right", "value") is not None:
        better = (of("peer", "ours", "right", "value") or 0.0) - (of("peer", "right", "value") or 0.0)
    return [
        Aim("evidence", "Evidence on screen, p50", of("answers", "evidence_ms", "p50"), 150, "ms"),
        Aim("evidence_100k", "Evidence at 100,000 passages, p50", of("evidence", "p50_ms"), 250, "ms"),
        Aim("ttft_p50", "First token, p50", of("answers", "first_token_ms", "p50"), 1500, "ms"),
        Aim("ttft_p95", "First token, p95", of("answers", "first_token_ms", "p95"), 2500, "ms"),
        Aim("sentence_p50", "First checked sentence, p50", of("answers", "first_sentence_ms", "p50"), 2500, "ms"),
        Aim("total_p50", "Whole answer, p50", of("answers", "total_ms", "p50"), 4000, "ms"),
        Aim("uncached", "Uncached prompt tokens, most", of("answers", "uncached_tokens", "max"), 200, "tokens"),
        Aim("decoding", "Tokens a second, beside plain decoding", of("decoding", "ratio"), 1.4, "x", at_most=False),
        Aim("check", "The check, a sentence, p50", of("answers", "check_ms_a_sentence"), 150, "ms"),
        Aim("help", "copydesk --help", of("starting", "help_s"), 0.3, "s"),
        Aim("import", "import rag", of("starting", "import_s"), 0.2, "s"),
        Aim("ask", "copydesk ask without a server, first token", of("starting", "ask_s"), 6, "s"),
        Aim("ask_server", "... with one: beyond the server's own", of("starting", "server", "added_s"), 0.3, "s"),
        Aim("make_run", "make run again, to a page that takes questions", of("starting", "make_run_s"), 10, "s"),
        Aim("readers", "Eight ask at once: evidence, the last one's", of("readers", "evidence_max_ms"), 500, "ms"),
        Aim("stopping", "Stopped in prefill: the model free again, longest", of("stopping", "max_s"), 1, "s"),
        Aim("ratio_ttft", "Peer's first token", of("peer", "ratios", "first_token", "value"), 6, "x", at_most=False),
        Aim("ratio_total", "Peer's whole answer", of("peer", "ratios", "total", "value"), 3, "x", at_most=False),
        Aim("ratio_right", "Right outcomes more than the peer's", better, 0, "share", at_most=False),
    ]


def reached(values: Sequence[float]) -> list[tuple[float, float]]:
    """The empirical distribution: (value, share of the values that are at most that), ascending."""
    ordered = sorted(values)
    return [(value, (i + 1) / len(ordered)) for i, value in enumerate(ordered)]


def _ratio(pairs: Sequence[tuple[float, float]]) -> float | None:
    ours, theirs = percentile((a for a, _ in pairs), 50), percentile((b for _, b in pairs), 50)
    return theirs / ours if ours and theirs is not None else None


def _rate(asked: Sequence[Asked], tokens: str, stage: str) -> float | None:
    """Tokens over the seconds of the stage, over all questions that had it."""
    having = [one for one in asked if one.stages_ms.get(stage) and getattr(one, tokens)]
    spent = sum(one.stages_ms[stage] for one in having)
    return round(1000 * sum(getattr(one, tokens) for one in having) / spent, 1) if spent else None


def _rounded(value: float | None, digits: int = 1) -> float | None:
    return None if value is None else round(value, digits)
