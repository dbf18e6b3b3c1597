"""Fits the order in which retrieved sentences are read (``rag/ranking.py``): which of them hold the answer?

    python -m eval.fit_ranking collect gazette gazette.jsonl --limit 300   signs of the sentences found for it
    python -m eval.fit_ranking fit gazette.jsonl realtimeqa.jsonl=0.5      prints weights, and how well they rank

The sets are those of ``eval/fit_sets.py``; questions of a conversation are left out. The loss is that of a softmax over
a question's sentences, in which those that hold an answer share the probability (Cao and others, Learning to rank: from
pairwise approach to listwise approach, ICML 2007).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

from eval import fit_sets
from eval.bench.splits import bucket
from eval.fit_sets import Asked
from rag import ranking
from rag.config import load_settings
from rag.found import Found
from rag.ranking import Signs

NAMES = tuple(f.name for f in fields(Signs))
PENALTY = 0.01  # ridge on standardised signs
STEPS = 500
RATE = 0.2
FIRST = 5  # sentences among which an answer should be


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    collecting = commands.add_parser("collect")
    collecting.add_argument("set", choices=fit_sets.NAMES)
    collecting.add_argument("out", type=Path)
    collecting.add_argument("--limit", type=int, default=300)
    fitting = commands.add_parser("fit")
    fitting.add_argument("files", nargs="+", metavar="FILE[=WEIGHT]")
    options = parser.parse_args(argv)
    if options.command == "fit":
        report([(Path(name), float(w or 1)) for name, _, w in (file.partition("=") for file in options.files)])
        return 0
    settings = load_settings()
    asked = [a for a in fit_sets.asked(options.set, settings) if a.answerable and not a.question.history]
    with fit_sets.open_desk(options.set, settings, None) as desk, options.out.open("w", encoding="utf-8") as out:
        for n, each in enumerate(asked[: options.limit], start=1):
            row = signs_of(each, desk.find(each.question.text, each.question.filter))
            if row:
                out.write(json.dumps(row) + "\n")
            if n % 25 == 0:
                print(f"{n} of {len(asked[: options.limit])}", file=sys.stderr, flush=True)
    return 0


def signs_of(asked: Asked, found: Found) -> dict[str, Any] | None:
    """The signs of each sentence, and which hold an answer; None where none or all do."""
    holds = [fit_sets.holds_part(asked, s.text) for s in found.sentences]
    if not any(holds) or all(holds):
        return None
    scored = {(s.sentence.passage_id, s.sentence.span): s.cosine for s in found.ranked}
    cosines = [scored[s.passage_id, s.span] for s in found.sentences]
    signs = ranking.signs(asked.question.text, found.hits, found.sentences, cosines)
    rows = [[round(float(v), 4) for v in asdict(s).values()] for s in signs]
    return {"fold": bucket(asked.document), "signs": rows, "holds": holds}


def report(files: Sequence[tuple[Path, float]]) -> None:
    """Print how each set ranks with weights from the others, with weights from all (10-fold), and the weights."""
    sets = {file.stem: [json.loads(line) for line in file.read_text("utf-8").splitlines()] for file, _ in files}
    weight = {file.stem: w for file, w in files}
    every = np.concatenate([np.array(row["signs"]) for rows in sets.values() for row in rows])
    mean, scale = every.mean(0), every.std(0) + 1e-9

    def cases(keep: Any) -> list[tuple[Any, Any, float]]:
        return [
            ((np.array(row["signs"]) - mean) / scale, np.array(row["holds"]), weight[name])
            for name, rows in sets.items()
            for row in rows
            if keep(name, row)
        ]

    for name in sets:
        beta = fit(cases(lambda other, _, name=name: other != name)) if len(sets) > 1 else None
        held = []
        for fold in range(10):
            inside = fit(cases(lambda other, row, name=name, fold=fold: other != name or row["fold"] != fold))
            held += [_first(c, inside) for c in cases(lambda o, r, n=name, f=fold: o == n and r["fold"] == f)]
        own = cases(lambda other, _, name=name: other == name)
        without = f", fitted without it {np.mean([_first(c, beta) for c in own]):.3f}" if beta is not None else ""
        print(f"{name}: n {len(own)}, an answer among the first {FIRST}: {np.mean(held):.3f} (10-fold){without}")
    beta = fit(cases(lambda *_: True)) / scale
    print("WEIGHTS = Weights(")
    for sign, value in zip(NAMES, beta, strict=True):
        print(f"    {sign}={value:.2f},")
    print(")")


def fit(cases: Sequence[tuple[Any, Any, float]], penalty: float = PENALTY) -> Any:
    """Weights, float [signs], by gradient descent; a case is (signs [sentences, signs], holds [sentences], weight)."""
    most = max(len(holds) for _, holds, _ in cases)
    x = np.stack([np.pad(signs, ((0, most - len(signs)), (0, 0))) for signs, *_ in cases])
    holds = np.stack([np.pad(each, (0, most - len(each))) for _, each, _ in cases])
    there = np.stack([np.arange(most) < len(each) for _, each, _ in cases])
    weight = np.array([w for *_, w in cases])[:, None] / sum(w for *_, w in cases)
    beta = step = np.zeros(x.shape[2])
    for _ in range(STEPS):
        e = np.where(there, np.exp(np.clip(x @ beta, -30, 30)), 0.0)
        p, right = e / e.sum(1, keepdims=True), e * holds / (e * holds).sum(1, keepdims=True)
        gradient = np.einsum("nsf,ns->f", x, weight * (p - right)) + 2 * penalty * beta
        step = 0.9 * step - RATE * gradient
        beta = beta + step
        if np.abs(gradient).max() < 1e-4:
            break
    return beta


def _first(case: tuple[Any, Any, float], beta: Any) -> bool:
    x, holds, _ = case
    return bool(holds[np.argsort(-(x @ beta), kind="stable")[:FIRST]].any())


if __name__ == "__main__":
    sys.exit(main())
