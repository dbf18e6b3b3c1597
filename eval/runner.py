"""``copydesk eval``: asks known questions on an archive of its own, measures, reports, compares with a baseline."""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from eval import baseline, choices, report, results, runs, show
from eval.known import KnownQuestion, check, load
from eval.results import Asked
from rag.errors import CopydeskError, InputError
from rag.types import Answer, Message


class Desk(Protocol):
    """What the runner needs of ``rag.pipeline.Copydesk``; tests hand in a scripted one."""

    llm_problem: str | None

    def warm(self) -> None: ...

    def ask(self, question: str, *, history: Sequence[Message] = (), as_of: str | None = None) -> Answer: ...


OpenDesk = Callable[[Path], AbstractContextManager[Desk]]


def main(argv: Sequence[str] | None = None, *, open_desk: OpenDesk | None = None) -> int:
    """Exit code: 0 fine, 1 worse than the baseline or a question failed with an error, 2 bad input, 130 stopped."""
    try:
        options = choices.parse(argv)
        if options.bench:
            from eval.bench.run import main as run_bench

            return run_bench(options)
        return _check(options) if options.check else _evaluate(options, open_desk or open_real_desk)
    except SystemExit as stop:
        return int(stop.code or 0)
    except CopydeskError as error:
        show.error(error)
        return 2


@contextmanager
def open_real_desk(articles: Path) -> Iterator[Desk]:
    """The real pipeline on a fresh archive of a folder's articles, removed afterwards; never the user's archive."""
    from rag.archive import Archive
    from rag.config import load_settings
    from rag.pipeline import Copydesk

    with tempfile.TemporaryDirectory(prefix="copydesk-eval-") as folder:
        settings = load_settings(archive_dir=Path(folder) / "archive")
        with Archive.open(settings, write=True) as archive:
            archive.ingest([articles])
            embedder = archive.embedder  # loaded once for both
        with Copydesk.open(settings, embedder=embedder) as desk:
            yield desk


# --- the command ----------------------------------------------------------------------------------


def _check(options: argparse.Namespace) -> int:
    path, articles = choices.files(options)
    questions, problems = check(path, choices.article_ids(articles))
    show.checked(path, questions, problems)
    return 2 if problems else 0


def _evaluate(options: argparse.Namespace, open_desk: OpenDesk) -> int:
    path, articles = choices.files(options)
    known = load(path, choices.article_ids(articles))
    questions = choices.chosen(known, options)
    stored_at = choices.baseline_path(options)
    stored = baseline.read(stored_at) if stored_at and not options.update_baseline else None
    for out in (options.json, options.html):
        if out and not out.parent.is_dir():
            raise InputError(f"There is no folder {out.parent}.", "Make it first, or write somewhere else.")

    started_at, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()
    with open_desk(articles) as desk:
        desk.warm()
        ready_s = time.monotonic() - clock
        asked, stopped = _ask_all(desk, questions, quiet=options.quiet)
        llm_problem = desk.llm_problem
    run = results.result(asked, name=choices.name(options), path=path, started_at=started_at, llm_problem=llm_problem)
    run |= {"ready_s": round(ready_s, 2), "duration_s": round(time.monotonic() - clock, 1)}
    run |= {"of": len(known), "whole": not (stopped or choices.partial(options)), "stopped": stopped, "from": "command"}

    comparison = baseline.compare(run, stored) if stored and not stopped else None
    _write(options, run, comparison)  # before anything is printed: a closed pipe must not lose the run
    kept = "" if options.no_keep or not asked else _keep(run)
    if not options.quiet:
        show.run(run)
    if kept:
        show.line(kept)
    if stopped:
        show.line(f"Stopped after {len(asked)} of {len(questions)} questions; not compared.")
        return 130
    errors = run["metrics"]["errors"]["value"]
    if options.update_baseline and stored_at:
        if not errors:
            baseline.write(stored_at, run)
        show.line(f"Baseline {'not ' if errors else ''}written: {stored_at}")
    elif comparison:
        show.comparison(comparison)
    else:
        show.line(choices.why_not_compared(options))
    if errors:
        show.line(f"{errors} question(s) failed with an error.")
    return 1 if errors or (comparison and comparison.worse) else 0


def _ask_all(desk: Desk, questions: Sequence[KnownQuestion], *, quiet: bool) -> tuple[list[Asked], bool]:
    """All questions in order; True when stopped by Ctrl-C."""
    asked: list[Asked] = []

    def answer(known: KnownQuestion) -> Answer:
        return desk.ask(known.question, history=known.history, as_of=known.as_of)

    with show.progress(len(questions), quiet) as advance:
        try:
            for known in questions:
                asked.append(results.ask(known, answer))
                advance(known.id, asked[-1].outcome.correct)
        except KeyboardInterrupt:
            return asked, True
    return asked, False


def _write(options: argparse.Namespace, run: Mapping[str, Any], comparison: baseline.Comparison | None) -> None:
    outputs: list[tuple[Path, str]] = []
    if options.json:
        outputs.append((options.json, json.dumps(run, ensure_ascii=False, indent=1) + "\n"))
    if options.html:
        outputs.append((options.html, report.page(run, asdict(comparison) if comparison else None)))
    for path, content in outputs:
        try:
            path.write_text(content, encoding="utf-8")
        except OSError as error:
            raise InputError(f"{path} can't be written: {error.strerror}.", "Write somewhere else.") from None


def _keep(run: Mapping[str, Any]) -> str:
    """Keep the run for the evaluation page; what prevents that is told, and costs nothing else."""
    from rag.config import load_settings

    folder = load_settings().evals_dir
    try:
        if folder is not None:
            runs.keep(folder, run)
    except CopydeskError as error:
        return f"The run is not kept: {error}"
    return ""
