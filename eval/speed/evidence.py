"""How soon a question's passages can be on screen: from the question to the ``evidence`` event as JSON.

    python -m eval.speed.evidence                     100,000 passages, 100 questions of RealTimeQA; the first run
                                                      makes the archive: some minutes, 0.8 GB of the cache folder
    python -m eval.speed.evidence --passages 30000    another size
    python -m eval.speed.evidence --archive DIR --questions FILE   any archive, with one question a line

The archive holds the articles of RealTimeQA (27,000 passages: what is found is real text), and made-up ones beside
them. Each question is asked for the first time, so that its sentences were never embedded before; then once more. No
language model is loaded. Needs COPYDESK_BENCH_DIR. The last line is one JSON object with the figures.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs

from eval.bench import archives, realtimeqa
from eval.bench import report as telling
from eval.cost.synthetic import PASSAGES, Model, SyntheticEmbedder, article
from eval.cost.timing import Clock, percentiles, timed
from rag import evidence
from rag.archive import Archive
from rag.broad import answer as broad
from rag.catalog import Catalog
from rag.compound import answer as compound
from rag.config import Settings, load_settings
from rag.disagreement import copies
from rag.errors import CopydeskError, InputError
from rag.pipeline import Copydesk
from rag.search.embed import Embedder, load_embedder
from rag.search.index import Index
from rag.text import language
from rag.types import Question

SIZE, ASKED = 100_000, 100
KNOWN = 8000  # real passages whose words and vectors the made-up ones are made of
BATCH = 200  # articles in one transaction
STAGES: list[tuple[str, object, str]] = [
    ("language", language, "detect"),
    ("broad", broad, "answer"),
    ("compound", compound, "look"),
    ("search", Archive, "search"),
    ("choose sentences", evidence, "shortlist"),
    ("copies", copies, "mark"),
    ("embed sentences", Embedder, "encode_cached"),
    ("rank sentences", evidence, "rank"),
]


def measure(desk: Copydesk, questions: Sequence[str]) -> dict[str, Any]:
    """Milliseconds from each question to its passages as JSON: ``p50_ms``, ``p95_ms`` and ``n`` of the first time it is
    asked, ``again_p50_ms`` of the second; ``mean_ms`` by stage and ``again_mean_ms``, of ``other`` what is in none.

    Of stages within one another the inner counts, too. Small talk and what else shows no passages is left out.
    """
    desk.archive.warm()
    found: dict[str, Any] = {}
    for again in ("", "again_"):
        clock, spent = Clock(float), []
        with timed(clock, *STAGES):
            for question in questions:
                took = _shown(desk, question)
                if took is not None:
                    spent.append(took)
        if not spent:
            raise InputError("None of the questions showed a passage.", "Ask about the archive's articles.")
        stages = {stage: clock[stage] for stage, _, _ in STAGES}
        stages["other"] = sum(spent) - sum(stages.values())
        found |= {f"{again}{name}": value for name, value in percentiles(spent).items()}
        found[f"{again}mean_ms"] = {stage: round(1000 * took / len(spent), 2) for stage, took in stages.items()}
    return found


def _shown(desk: Copydesk, question: str) -> float | None:
    """Seconds until the question's passages are there as JSON; None where it shows none."""
    start = time.perf_counter()
    events = desk.stream(Question(question))
    for event in events:
        if event.name == "evidence":
            json.dumps(event.data)
            return time.perf_counter() - start
    return None


def grown(settings: Settings, passages: int, bench: Path) -> Settings:
    """The settings of an archive of so many passages, made where it is not in the cache folder yet."""
    cache = Path(platformdirs.user_cache_dir("copydesk", appauthor=False)) / "bench"
    embedder, told = load_embedder(settings), telling.building()
    built = archives.build("realtimeqa", realtimeqa.texts(bench), settings, cache, told)
    if passages <= built.passages:
        return built.settings
    real = built.settings.archive_dir
    folder = cache / "speed" / f"{real.parent.name}-{passages}"
    if not (folder / "ready").is_file():
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(real, folder)
        telling.warn(f"Growing an archive to {passages:,} passages in {folder} ...")
        _grow(folder, passages, embedder)
        (folder / "ready").touch()
    return replace(settings, archive_dir=folder)


def _grow(folder: Path, passages: int, embedder: Embedder) -> None:
    """Add made-up articles to the archive in ``folder`` until it has so many passages."""
    with Catalog.open(folder / "catalog.sqlite3") as catalog:
        index = Index(folder / "index", catalog)
        snapshot = index.snapshot(embedder)
        if snapshot is None:
            raise InputError(f"The archive in {folder} is empty.", "Delete the folder and try again.")
        ids = list(snapshot.ids)
        some = ids[:: max(1, len(ids) // KNOWN)]
        vectors = np.stack(list(snapshot.store.vectors(some).values()))
        model = Model.of([p.text for p in catalog.passages(some)], vectors)
        missing = passages - len(ids)
        made = [article(model, number, min(PASSAGES, missing - at)) for number, at in _numbered(missing)]
        for start in range(0, len(made), BATCH):
            with catalog.transaction():
                for entry in made[start : start + BATCH]:
                    catalog.put(*entry)
        index.update(SyntheticEmbedder(model, embedder.name, embedder.fingerprint))  # type: ignore[arg-type]
        index.close()
        index.tidy()


def _numbered(passages: int) -> enumerate[int]:
    return enumerate(range(0, passages, PASSAGES))


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code: 0 done, 2 on bad input."""
    options = _parser().parse_args(argv)
    settings = replace(load_settings(), llm="none", llm_url=None)
    try:
        if options.archive:
            settings, questions = replace(settings, archive_dir=options.archive), _lines(options.questions)
        else:
            if settings.bench_dir is None or not (settings.bench_dir / realtimeqa.QUESTIONS).is_file():
                raise InputError("There is no RealTimeQA here.", "Name the folder with it: COPYDESK_BENCH_DIR.")
            questions = [case.data["question"] for case in realtimeqa.load(settings.bench_dir)][: options.n]
            settings = grown(settings, options.passages, settings.bench_dir)
        with Copydesk.open(settings) as desk:
            figures = {"passages": desk.archive.info()["passages"]} | measure(desk, questions)
    except CopydeskError as error:
        telling.warn(f"Error: {error}")
        return 2
    telling.line(
        f"{figures['passages']:,} passages, {figures['n']} questions: evidence after {figures['p50_ms']:.0f} ms at the"
        f" median, {figures['p95_ms']:.0f} ms p95; asked again {figures['again_p50_ms']:.0f} ms"
    )
    for stage, took in figures["mean_ms"].items():
        telling.line(f"  {stage:<18}{took:8.1f} ms, again {figures['again_mean_ms'][stage]:.1f} ms (means)")
    print(json.dumps(figures))
    return 0


def _lines(path: Path | None) -> list[str]:
    """The questions of a file, one a line. Raises InputError."""
    try:
        text = path.read_text(encoding="utf-8") if path else ""
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} can't be read: {error}.", "Name a text file with one question a line.") from error
    found = [line.strip() for line in text.splitlines() if line.strip()]
    if not found:
        raise InputError("There are no questions.", "With --archive, name a file of them with --questions.")
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m eval.speed.evidence", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--passages", type=int, default=SIZE, help="how many the archive is to hold")
    parser.add_argument("--n", type=int, default=ASKED, help="questions asked")
    parser.add_argument("--archive", type=Path, help="an archive of your own; nothing is made then")
    parser.add_argument("--questions", type=Path, help="with --archive: a file with one question a line")
    return parser


if __name__ == "__main__":
    sys.exit(main())
