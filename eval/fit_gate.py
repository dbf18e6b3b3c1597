"""Fits the gate in ``rag/abstain.py``: from a draft's signals to the probability that it answers the question.

    python -m eval.fit_gate collect invented invented.jsonl          signals of a question set's drafts
    python -m eval.fit_gate collect squad2 squad2.jsonl --limit 100  of a sample of SQuAD 2.0's dev questions
    python -m eval.fit_gate fit invented.jsonl squad2.jsonl          prints the coefficients to put into ``Gate``

SQuAD 2.0 is read from ``COPYDESK_BENCH_DIR``; a title is in the fit part when its sha256 modulo 10 is below 6, and half
of the sample is unanswerable. The set ``seeds`` is for measuring and is not fitted on.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import random
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from eval import known
from eval.choices import ARTICLES, HERE
from eval.metrics import auroc
from rag import signals
from rag.abstain import log_odds
from rag.config import load_settings
from rag.types import Filter, Question

FEATURES = ("stated", "refusal", "support")
LOG_ODDS = ("stated", "refusal")
PENALTY = 5.0  # ridge, on standardised features: few drafts of unanswerable questions get this far


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    collecting = commands.add_parser("collect")
    collecting.add_argument("set", choices=("invented", "squad2"))
    collecting.add_argument("out", type=Path)
    collecting.add_argument("--limit", type=int, default=100)
    fitting = commands.add_parser("fit")
    fitting.add_argument("files", type=Path, nargs="+")
    options = parser.parse_args(argv)
    if options.command == "fit":
        _report([json.loads(line) for file in options.files for line in file.read_text("utf-8").splitlines()])
        return 0
    with tempfile.TemporaryDirectory() as folder, options.out.open("w", encoding="utf-8") as out:
        articles, questions = (
            _squad2(Path(folder), options.limit) if options.set == "squad2" else _own(options.set, options.limit)
        )
        for row in collect(articles, questions, Path(folder) / "archive"):
            out.write(json.dumps({"set": options.set, **row}) + "\n")
            out.flush()
            print(".", end="", flush=True)
    print()
    return 0


def collect(articles: Path, questions: Sequence[tuple[Question, bool]], folder: Path) -> Iterator[dict[str, Any]]:
    """The signals of each draft that passed the checks, and whether the question can be answered."""
    from rag.archive import Archive
    from rag.pipeline import Copydesk

    settings = load_settings(archive_dir=folder)
    with Archive.open(settings, write=True) as archive:
        archive.ingest([articles])
    with Copydesk.open(settings) as desk:
        for question, answerable in questions:
            standalone, _, draft = desk.examine(question)
            shown = " ".join(c.text for c in draft.checks if c.passed)
            if draft.refused or not shown or signals.misses_the_point(standalone, shown):
                continue
            measured = signals.measure(draft.checks, draft.stated, draft.refusal)
            yield {"question": standalone, "said": shown, "answerable": answerable, **asdict(measured)}


def fit(x: Any, y: Any, weight: Any) -> Any:
    """Weights of a ridge-penalised logistic regression, intercept first, by Newton's method.

    ``x`` is float [n, features], ``y`` 0 or 1 [n], ``weight`` positive [n]. Source: Hastie, Tibshirani, Friedman, The
    Elements of Statistical Learning, 2nd ed., section 4.4.1; the intercept is not penalised.
    """
    design = np.column_stack([np.ones(len(x)), x])
    penalty = PENALTY * np.diag([0.0] + [1.0] * x.shape[1])
    beta = np.zeros(design.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-design @ beta))
        gradient = design.T @ (weight * (y - p)) - penalty @ beta
        hessian = (design * (weight * p * (1 - p))[:, None]).T @ design + penalty
        step = np.linalg.solve(hessian, gradient)
        beta += step
        if np.abs(step).max() < 1e-9:
            break
    return beta


def _report(rows: Sequence[dict[str, Any]]) -> None:
    x = np.array([[log_odds(r[f]) if f in LOG_ODDS else r[f] for f in FEATURES] for r in rows])
    y = np.array([float(r["answerable"]) for r in rows])
    weight = np.where(y == 1, 0.5 / y.mean(), 0.5 / (1 - y.mean()))  # both kinds count the same
    mean, scale = x.mean(0), x.std(0)
    held_out = np.zeros(len(y))
    folds = np.array([int(hashlib.sha256(r["question"].encode()).hexdigest(), 16) % 10 for r in rows])
    for fold in range(10):
        inside = folds != fold
        beta = fit(((x - mean) / scale)[inside], y[inside], weight[inside])
        held_out[~inside] = 1 / (1 + np.exp(-(beta[0] + ((x - mean) / scale)[~inside] @ beta[1:])))
    beta = fit((x - mean) / scale, y, weight)
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
        for line in (0.3, 0.35, 0.4, 0.45, 0.5):
            kept, dropped = np.mean(yes >= line), np.mean(no < line)
            print(f"  threshold {line}: keeps {kept:.0%} of the answerable, drops {dropped:.0%} of the rest")


def _own(name: str, limit: int) -> tuple[Path, list[tuple[Question, bool]]]:
    questions = known.load(HERE / "questions" / f"{name}.jsonl")
    rows = [q for q in questions if q.expect != "conflicting"][:limit]
    return ARTICLES[name], [(Question(q.question, q.history, Filter(as_of=q.as_of)), q.answerable) for q in rows]


def _squad2(folder: Path, limit: int) -> tuple[Path, list[tuple[Question, bool]]]:
    bench = load_settings().bench_dir
    if bench is None:
        sys.exit("SQuAD 2.0 is skipped: set COPYDESK_BENCH_DIR to the folder that holds squad2/.")
    with gzip.open(bench / "squad2" / "dev.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    fitting = [r for r in rows if int(hashlib.sha256(r["title"].encode()).hexdigest(), 16) % 10 < 6]
    pick = random.Random(5)
    answerable = pick.sample([r for r in fitting if not r["is_impossible"]], limit // 2)
    others = pick.sample([r for r in fitting if r["is_impossible"]], limit // 2)
    articles = folder / "articles"
    articles.mkdir()
    for title in {r["title"] for r in (*answerable, *others)}:
        text = "\n\n".join(dict.fromkeys(r["context"] for r in rows if r["title"] == title))
        name = re.sub(r"\W+", "-", title)
        (articles / f"{name}.txt").write_text(f"{title.replace('_', ' ')}\n\n{text}", encoding="utf-8")
    pairs = [row for pair in zip(answerable, others, strict=True) for row in pair]
    return articles, [(Question(r["question"]), not r["is_impossible"]) for r in pairs]


if __name__ == "__main__":
    sys.exit(main())
