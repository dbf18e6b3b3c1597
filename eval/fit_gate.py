"""Fits the gate in ``rag/verdict/abstain.py``: from a draft's signals to the probability that it answers the question.

    python -m eval.fit_gate collect gazette gazette.jsonl --limit 200   signals and hidden states of a set's drafts
    python -m eval.fit_gate fit gazette.jsonl invented.jsonl --states squad2.npz clapnq.npz=2

The sets are those of ``eval/fit_sets.py``. Only drafts count that passed the checks and meet the question: the rest is
withheld whatever the gate says. What the probe says of a question it was fitted on is no guide to what it says of
others: for each tenth of the questions it is fitted anew on ``--states`` (from ``eval.fit_probe``) and the rest.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eval import fit_probe, fit_sets, logistic
from eval.bench.splits import bucket
from eval.fit_probe import LAYER
from eval.fit_sets import Asked
from eval.metrics import auroc
from rag.config import load_settings
from rag.pipeline import Copydesk
from rag.verdict import signals
from rag.verdict.abstain import log_odds

FEATURES = ("stated", "absent")  # refusal, support and coverage add nothing: .896 with all, .904 without, see LOG.md
PENALTY = 5.0  # ridge, on standardised features: few drafts of unanswerable questions get this far
TIMES = 8.0  # that each question of these sets counts in the probe
FOLDS = 10


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    collecting = commands.add_parser("collect")
    collecting.add_argument("set", choices=fit_sets.NAMES)
    collecting.add_argument("out", type=Path)
    collecting.add_argument("--limit", type=int, default=100)
    fitting = commands.add_parser("fit")
    fitting.add_argument("files", type=Path, nargs="+")
    fitting.add_argument("--states", nargs="+", required=True, metavar="FILE[=WEIGHT]")
    options = parser.parse_args(argv)
    if options.command == "fit":
        rows = [json.loads(line) for file in options.files for line in file.read_text("utf-8").splitlines()]
        report(rows, options.states)
        return 0
    settings = load_settings()
    asked = list(fit_sets.asked(options.set, settings))[: options.limit]
    with fit_sets.open_desk(options.set, settings, LAYER) as desk, options.out.open("w", encoding="utf-8") as out:
        for row in collect(desk, asked):
            out.write(json.dumps({"set": options.set, **row}) + "\n")
            out.flush()
            print(".", end="", file=sys.stderr, flush=True)
    return 0


def collect(desk: Copydesk, asked: Sequence[Asked]) -> Iterator[dict[str, Any]]:
    """Of each draft but those to yes/no questions: the signals, the hidden state, whether the evidence states the
    answer, whether the articles do, and whether it passed the checks and meets the question."""
    for each in asked:
        standalone, found, draft = desk.examine(each.question)
        if draft.hidden is None:
            continue
        shown = " ".join(c.text for c in draft.checks if c.passed)
        measured = signals.measure(
            standalone, draft.checks, found.near, stated=draft.stated, refusal=draft.refusal, probed=draft.probed
        )
        yield {
            "question": standalone,
            "said": shown,
            "passed": bool(shown) and not draft.refused and not signals.misses_the_point(standalone, shown),
            "stated_in_evidence": fit_sets.stated(each, draft),
            "answerable": each.answerable,
            "fold": bucket(each.document),
            "absent": measured.absent,
            "hidden": [round(float(h), 4) for h in draft.hidden],
        }


def report(rows: Sequence[dict[str, Any]], states: Sequence[str]) -> None:
    """Print the gate's coefficients and, ten-fold, what each threshold would keep and drop."""
    folds = np.array([r["fold"] for r in rows])
    x = _features(rows, folds, states)
    passed = np.array([r["passed"] for r in rows])
    x, folds, kept = x[passed], folds[passed], [r for r in rows if r["passed"]]
    y = np.array([float(r["answerable"]) for r in kept])
    mean, scale = x.mean(0), x.std(0) + 1e-9
    z, weight = (x - mean) / scale, logistic.balanced(y)
    held_out = np.zeros(len(y))
    for fold in range(FOLDS):
        inside = folds != fold
        beta = logistic.fit(z[inside], y[inside], weight[inside], PENALTY)
        held_out[~inside] = 1 / (1 + np.exp(-(beta[0] + z[~inside] @ beta[1:])))
    beta = logistic.fit(z, y, weight, PENALTY)
    slopes = beta[1:] / scale
    print(f"n = {len(y)}, {int(y.sum())} answerable")
    coefficients = dict(zip(FEATURES, slopes.round(2).tolist(), strict=True))
    print("intercept", round(float(beta[0] - slopes @ mean), 2), coefficients)
    for name in sorted({r["set"] for r in kept}):
        here = np.array([r["set"] == name for r in kept])
        yes, no = held_out[here & (y == 1)], held_out[here & (y == 0)]
        print(f"{name}: AUROC {auroc(yes.tolist(), no.tolist())} ({FOLDS}-fold)")
        for line in (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5):
            shown, dropped = np.mean(yes >= line), np.mean(no < line)
            print(f"  threshold {line}: keeps {shown:.0%} of the answerable, drops {dropped:.0%} of the rest")


def _features(rows: Sequence[dict[str, Any]], folds: Any, states: Sequence[str]) -> Any:
    """Float [n, features]; what the probe says of each row is that of one fitted without the row's fold."""
    hidden = np.array([r["hidden"] for r in rows])
    label = np.array([r["stated_in_evidence"] for r in rows])
    others = []
    for file, times in fit_probe.weighted(states):
        known = np.load(file)
        others.append((known["hidden"], known["label"], times))
    told = np.zeros(len(rows))
    for fold in range(FOLDS):
        slopes, intercept = fit_probe.fit([*others, (hidden[folds != fold], label[folds != fold], TIMES)])
        told[folds == fold] = hidden[folds == fold] @ slopes + intercept
    limit = log_odds(0.9999)
    return np.column_stack([np.clip(told, -limit, limit), np.array([min(r["absent"], 1) for r in rows])])


if __name__ == "__main__":
    sys.exit(main())
