"""Fits the probe of ``rag/probe.py``: from the model's hidden state to whether its evidence states the answer.

    python -m eval.fit_probe collect squad2 squad2.npz --limit 700   hidden states of a set's questions
    python -m eval.fit_probe fit squad2.npz clapnq.npz               AUROC on each choose part; --write puts it in place

The sets are those of ``eval/fit_sets.py``. In each the answerable weigh as much as the rest.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eval import fit_sets, logistic
from eval.bench import splits
from eval.fit_sets import Asked
from eval.metrics import auroc
from rag import probe, prompt
from rag.config import load_settings
from rag.models import resolve_llm
from rag.pipeline import Copydesk

LAYER = 19  # of 28; 17 to 20 are alike on the choose parts, earlier and later ones worse
PENALTY = 600.0  # ridge on standardised states, by the choose parts
PROBES = Path(probe.__file__).parent / "probes"


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    collecting = commands.add_parser("collect")
    collecting.add_argument("set", choices=fit_sets.NAMES)
    collecting.add_argument("out", type=Path)
    collecting.add_argument("--limit", type=int, default=500)
    fitting = commands.add_parser("fit")
    fitting.add_argument("files", nargs="+", metavar="FILE[=WEIGHT]")
    fitting.add_argument("--penalty", type=float, default=PENALTY)
    fitting.add_argument("--all", action="store_true", help="fit on the choose parts too, once all is chosen")
    fitting.add_argument("--write", action="store_true")
    options = parser.parse_args(argv)
    if options.command == "fit":
        fit_all(options.files, options.penalty, everything=options.all, write=options.write)
        return 0
    settings = load_settings()
    with fit_sets.open_desk(options.set, settings, LAYER) as desk:
        collect(desk, list(fit_sets.asked(options.set, settings))[: options.limit], options.out)
    return 0


def collect(desk: Copydesk, asked: Sequence[Asked], out: Path) -> None:
    """Hidden states (float16 [n, width]), labels and parts; written every 25 questions, what is there is kept."""
    rows: dict[str, Any] = {"hidden": [], "label": [], "part": [], "done": 0}
    if out.is_file():
        rows = dict(np.load(out))
    states, labels, parts = list(rows["hidden"]), list(rows["label"]), list(rows["part"])
    for n, each in enumerate(asked[int(rows["done"]) :], start=int(rows["done"]) + 1):
        _, _, draft = desk.examine(each.question, write=False)
        if draft.hidden is not None:  # None of a yes/no question
            states.append(draft.hidden.astype(np.float16))
            labels.append(fit_sets.stated(each, draft))
            parts.append(splits.part(each.document))
        if states and (n % 25 == 0 or n == len(asked)):
            np.savez(out, hidden=np.stack(states), label=np.array(labels), part=np.array(parts), done=n)
            print(f"{n} of {len(asked)}", file=sys.stderr, flush=True)


def weighted(files: Sequence[str]) -> list[tuple[Path, float]]:
    """``FILE=8`` as the file and how often each of its questions counts, once where that is not said."""
    return [(Path(name), float(times or 1)) for name, _, times in (file.partition("=") for file in files)]


def fit(cases: Sequence[tuple[Any, Any, float]], penalty: float = PENALTY) -> tuple[Any, float]:
    """Slopes, float [width], and intercept; a case is (hidden [n, width], labels [n], how often each counts)."""
    states = np.concatenate([hidden for hidden, *_ in cases]).astype(np.float64)
    labels = np.concatenate([label for _, label, _ in cases]).astype(float)
    weight = np.concatenate([times * logistic.balanced(np.asarray(label, float)) for _, label, times in cases])
    mean, scale = states.mean(0), states.std(0) + 1e-6
    beta = logistic.fit((states - mean) / scale, labels, weight, penalty)
    slopes = beta[1:] / scale
    return slopes, float(beta[0] - slopes @ mean)


def fit_all(files: Sequence[str], penalty: float, *, everything: bool, write: bool) -> None:
    """Fit on the fit parts, print the AUROC of each set's choose part, and write the probe where asked to.

    ``FILE=8`` makes each question of that set count eightfold: news is few among the benchmarks.
    """
    named = weighted(files)
    sets = {file.stem: np.load(file) for file, _ in named}
    fitted = ("fit", "choose") if everything else ("fit",)
    cases = []
    for file, times in named:
        rows = sets[file.stem]
        inside = np.isin(rows["part"], fitted)
        cases.append((rows["hidden"][inside], rows["label"][inside], times))
    slopes, intercept = fit(cases, penalty)
    for name, rows in sets.items():
        held = ~np.isin(rows["part"], ("fit",))
        score, label = rows["hidden"][held].astype(np.float64) @ slopes + intercept, rows["label"][held]
        yes, no = score[label], score[~label]
        right = float(np.mean((score > 0) == label)) if len(label) else float("nan")
        print(f"{name}: n {len(label)}, AUROC {auroc(yes.tolist(), no.tolist())}, right at one half {right:.3f}")
    if write:
        path = resolve_llm(load_settings())
        if path is None:
            sys.exit("No local model is set.")
        label = prompt.load("answer").label
        fields = {"model": path.stem, "prompt": label, "layer": LAYER, "intercept": float(f"{intercept:.5g}")}
        weights = [float(f"{w:.4g}") for w in slopes]
        file = PROBES / f"{path.stem}.json"
        file.write_text(json.dumps({**fields, "weights": weights}) + "\n", encoding="utf-8")
        print(f"wrote {file}")


if __name__ == "__main__":
    sys.exit(main())
