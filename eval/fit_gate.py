"""Fits the gate in ``rag/verdict/abstain.py``: from a draft's signals to the probability that it answers the question.

    python -m eval.fit_gate collect gazette gazette.jsonl --limit 200   signals of a set's drafts
    python -m eval.fit_gate fit gazette.jsonl squad2.jsonl              prints the coefficients for ``abstain.py``

The sets are those of ``eval/fit_sets.py``. Only drafts count that passed the checks and meet the question: the rest is
withheld whatever the gate says. With a probe fitted for the model it is the gate ``PROBED`` that is fitted.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from eval import fit_sets, logistic
from eval.bench.splits import bucket
from eval.fit_probe import LAYER
from eval.fit_sets import Asked
from eval.metrics import auroc
from rag.config import load_settings
from rag.pipeline import Copydesk
from rag.verdict import signals
from rag.verdict.abstain import log_odds

FEATURES = ("stated", "refusal", "support", "coverage", "absent")
LOG_ODDS = ("stated", "refusal")
PENALTY = 5.0  # ridge, on standardised features: few drafts of unanswerable questions get this far


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    collecting = commands.add_parser("collect")
    collecting.add_argument("set", choices=fit_sets.NAMES)
    collecting.add_argument("out", type=Path)
    collecting.add_argument("--limit", type=int, default=100)
    fitting = commands.add_parser("fit")
    fitting.add_argument("files", type=Path, nargs="+")
    options = parser.parse_args(argv)
    if options.command == "fit":
        _report([json.loads(line) for file in options.files for line in file.read_text("utf-8").splitlines()])
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
    """The signals of each draft that passed the checks, and whether the question can be answered."""
    for each in asked:
        standalone, found, draft = desk.examine(each.question)
        shown = " ".join(c.text for c in draft.checks if c.passed)
        if draft.refused or not shown or signals.misses_the_point(standalone, shown):
            continue
        measured = signals.measure(
            standalone, draft.checks, found.near, stated=draft.stated, refusal=draft.refusal, probed=draft.probed
        )
        yield {
            "question": standalone,
            "said": shown,
            "answerable": each.answerable,
            "fold": bucket(each.document),
            **asdict(measured),
        }


def _report(rows: Sequence[dict[str, Any]]) -> None:
    x = np.array([[log_odds(r[f]) if f in LOG_ODDS else min(r[f], 1) for f in FEATURES] for r in rows])
    y = np.array([float(r["answerable"]) for r in rows])
    mean, scale = x.mean(0), x.std(0)
    z, weight = (x - mean) / scale, logistic.balanced(y)
    folds, held_out = np.array([r["fold"] for r in rows]), np.zeros(len(y))
    for fold in range(10):
        inside = folds != fold
        beta = logistic.fit(z[inside], y[inside], weight[inside], PENALTY)
        held_out[~inside] = 1 / (1 + np.exp(-(beta[0] + z[~inside] @ beta[1:])))
    beta = logistic.fit(z, y, weight, PENALTY)
    slopes = beta[1:] / scale
    print(f"n = {len(y)}, {int(y.sum())} answerable")
    print(
        "intercept",
        round(float(beta[0] - slopes @ mean), 2),
        dict(zip(FEATURES, slopes.round(2).tolist(), strict=True)),
    )
    for name in sorted({r["set"] for r in rows}):
        here = np.array([r["set"] == name for r in rows])
        yes, no = held_out[here & (y == 1)], held_out[here & (y == 0)]
        print(f"{name}: AUROC {auroc(yes.tolist(), no.tolist())} (10-fold)")
        for line in (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5):
            kept, dropped = np.mean(yes >= line), np.mean(no < line)
            print(f"  threshold {line}: keeps {kept:.0%} of the answerable, drops {dropped:.0%} of the rest")


if __name__ == "__main__":
    sys.exit(main())
