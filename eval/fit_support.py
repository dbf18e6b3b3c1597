"""Fits the support score of ``rag/checking/confidence.py``: cheap signs to the odds that a quote carries a claim.

    python -m eval.fit_support collect signs.jsonl   signs of every labelled sentence of the fit and choose parts
    python -m eval.fit_support fit signs.jsonl       prints the coefficients; on the choose part AUROC and calibration

Labelled sentences: RAGTruth's responses by their marked spans (QA and Summary), and ClapNQ's answers, held against
their own passage (carried) and against that passage without the sentences people chose (not carried). They are read
from ``COPYDESK_BENCH_DIR``; each set weighs what ``SHARES`` says. What is fitted is the odds at these sets' own shares
of unsupported sentences, so that the score may be read as a probability there.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import platformdirs

from eval import calibration, logistic
from eval.bench import clapnq, ragtruth
from eval.bench.base import read
from eval.bench.splits import Part, part
from eval.bench.vectors import RememberingEmbedder
from eval.metrics import auroc
from rag.checking import verify
from rag.config import load_settings
from rag.intake.chunk import chunk
from rag.search.embed import Embedder, load_embedder
from rag.text.sentences import split
from rag.types import Article, SourceSentence

PENALTY = 5.0  # ridge, on standardised signs; 2 to 20 are alike on the choose parts
SHARES = {"clapnq": 0.25}  # a set's weight, else 1: ClapNQ's answers copy their passage, which is easily told
# Which way a sign must point. One that a fit turns round only makes up for another, and is left out.
AGAINST = ("expected", "passed_on", "contradicted")


class Labelled(NamedTuple):
    """One claim against one source text, and whether people say the source carries it."""

    set: str
    document: str
    response: str
    claim: str
    source: str
    carried: bool


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    collecting = commands.add_parser("collect")
    collecting.add_argument("out", type=Path)
    fitting = commands.add_parser("fit")
    fitting.add_argument("file", type=Path)
    fitting.add_argument("--all", action="store_true", help="fit on the choose parts too, once all is chosen")
    options = parser.parse_args(argv)
    if options.command == "fit":
        report([json.loads(line) for line in options.file.read_text("utf-8").splitlines()], everything=options.all)
        return 0
    settings = load_settings()
    if settings.bench_dir is None:
        sys.exit("Nothing to fit on: set COPYDESK_BENCH_DIR to the folder that holds the benchmarks' data.")
    cache = Path(platformdirs.user_cache_dir("copydesk", appauthor=False)) / "bench"
    with (
        closing(RememberingEmbedder(load_embedder(settings), cache)) as embedder,
        options.out.open("w", encoding="utf-8") as out,
    ):
        for row in collect(labelled(settings.bench_dir), embedder):
            out.write(json.dumps(row) + "\n")
    return 0


def labelled(folder: Path) -> Iterator[Labelled]:
    """The labelled sentences of the fit and choose parts."""
    for case in ragtruth.load(folder):
        for text, sound in ragtruth.sentences(case.data["response"], case.data["spans"]):
            yield Labelled(f"ragtruth-{case.data['kind']}", case.document, case.id, text, case.data["article"], sound)
    for case in clapnq.load(folder):
        if not case.data["selected"]:
            continue
        chosen = set(case.data["selected"])
        rest = [s for s in case.data["sentences"] if s not in chosen]
        for span in split(case.data["gold"]):
            claim = case.data["gold"][span.start : span.end]
            yield Labelled("clapnq", case.document, case.id, claim, " ".join(case.data["sentences"]), True)
            if rest:
                yield Labelled("clapnq", case.document, case.id, claim, " ".join(rest), False)


def collect(rows: Iterator[Labelled], embedder: Embedder) -> Iterator[dict[str, Any]]:
    """Each sentence of the fit and choose parts with its signs."""
    folder = load_settings().bench_dir
    assert folder is not None
    bodies = {
        ragtruth.article_id(kind, row): ragtruth.source_text(row["source"])
        for kind, name in ragtruth.FILES.items()
        for row in read(folder / name)
    }
    known: dict[str, tuple[list[SourceSentence], Any]] = {}
    for each in rows:
        if part(each.document) == "report":
            continue
        if each.source not in known:
            if len(known) > 8:
                known.clear()
            sources = sentences_of(bodies.get(each.source, each.source))
            known[each.source] = sources, embedder.encode_documents([s.text for s in sources])
        sources, vectors = known[each.source]
        vector = embedder.encode_documents([each.claim])[0]
        assessed = verify.assess(each.claim, sources, [float(c) for c in vectors @ vector])
        if assessed is not None:
            yield {
                "set": each.set,
                "part": part(each.document),
                "document": each.document,
                "response": each.response,
                "claim": each.claim,
                "carried": each.carried,
                "signs": assessed.signs,
            }


def sentences_of(text: str) -> list[SourceSentence]:
    """A text cut as an article is."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    article = Article(digest[:12], text, digest)
    return [SourceSentence(article, p.id, span, p.sentence_text(span)) for p in chunk(article) for span in p.sentences]


def report(rows: Sequence[dict[str, Any]], *, everything: bool) -> None:
    """Fit, and print what goes into ``rag/checking/confidence.py`` and how good it is on the choose parts."""
    names = list(rows[0]["signs"])
    x = np.array([[row["signs"][name] for name in names] for row in rows])
    y = np.array([float(row["carried"]) for row in rows])
    sets = np.array([row["set"] for row in rows])
    parts = np.array([row["part"] for row in rows])
    fitted: tuple[Part, ...] = ("fit", "choose") if everything else ("fit",)
    inside = np.isin(parts, fitted)
    weight = np.ones(len(y))
    for name in np.unique(sets):
        weight[sets == name] = SHARES.get(name, 1.0) * inside.sum() / (inside & (sets == name)).sum()
    weight /= weight[inside].mean()
    intercept, slopes = _fit(names, x[inside], y[inside], weight[inside])
    kept = [names.index(name) for name in slopes]
    probability = 1 / (1 + np.exp(-(intercept + x[:, kept] @ np.array(list(slopes.values())))))
    print(f"INTERCEPT = {intercept:.3f}")
    print("COEFFICIENTS = " + json.dumps({name: round(slope, 3) for name, slope in slopes.items()}, indent=4))
    held = parts == "choose"
    for name in np.unique(sets):
        here = held & (sets == name)
        found = auroc(probability[here & (y == 1)], probability[here & (y == 0)])
        error = calibration.error(zip(probability[here], y[here], strict=True))
        print(f"{name}: n {here.sum()}, {int((1 - y[here]).sum())} not carried, AUROC {found:.3f}, ECE {error:.3f}")
    for kind in ragtruth.FILES:
        of_kind = sets == f"ragtruth-{kind}"
        threshold, value = best_threshold(
            [row["response"] for row in rows if row["set"] == f"ragtruth-{kind}"], probability[of_kind], y[of_kind]
        )
        print(f"{kind}: responses told best at {threshold:.2f}, balanced accuracy {value:.3f} (fit and choose)")
    for b in calibration.bins(zip(probability[held], y[held], strict=True)):
        print(f"  said {b.said:.2f}  was {b.was:.2f}  n {b.n}")


def best_threshold(responses: Sequence[str], probability: Any, carried: Any) -> tuple[float, float]:
    """Below which support of its least supported sentence a response is best taken for unsupported, and the balanced
    accuracy of that on these very sentences."""
    least: dict[str, float] = {}
    sound: dict[str, bool] = {}
    for response, p, y in zip(responses, probability, carried, strict=True):
        least[response] = min(least.get(response, 1.0), float(p))
        sound[response] = sound.get(response, True) and bool(y)
    good = np.array([least[r] for r in least if sound[r]])
    bad = np.array([least[r] for r in least if not sound[r]])
    grid = np.arange(0.05, 1.0, 0.01)
    values = np.array([((good >= t).mean() + (bad < t).mean()) / 2 for t in grid])
    # a threshold is worth what its surroundings are worth: a lone peak is chance
    smooth = np.convolve(np.pad(values, 3, mode="edge"), np.ones(7) / 7, mode="valid")
    at = int(smooth.argmax())
    return float(grid[at]), float(values[at])


def _fit(names: Sequence[str], x: Any, y: Any, weight: Any) -> tuple[float, dict[str, float]]:
    """Intercept and slopes of the signs as they are; without those that come out pointing the wrong way."""
    kept = list(names)
    while True:
        columns = x[:, [names.index(name) for name in kept]]
        mean, scale = columns.mean(0), columns.std(0) + 1e-9
        beta = logistic.fit((columns - mean) / scale, y, weight, PENALTY)
        slopes = dict(zip(kept, (beta[1:] / scale).tolist(), strict=True))
        wrong = [name for name, slope in slopes.items() if slope * _way(name) < 0]
        if not wrong:
            return float(beta[0] - (beta[1:] / scale) @ mean), slopes
        kept.remove(min(wrong, key=lambda name: abs(beta[1 + kept.index(name)])))


def _way(name: str) -> int:
    """+1 where a sign may only speak for a claim, -1 where only against it, 0 where either will do."""
    if name == "words":
        return 0
    return -1 if name in AGAINST or "missing" in name or "unmatched" in name else 1


if __name__ == "__main__":
    sys.exit(main())
