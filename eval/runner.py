"""``copydesk eval``: asks known questions on an archive of its own, measures, reports, compares with a baseline."""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from eval import baseline, choices, machine, report, show
from eval.judge import failed, judge
from eval.known import KnownQuestion, check, load
from eval.measures import by_tag, figures
from eval.metrics import Outcome
from rag.errors import CopydeskError, InputError
from rag.types import Answer, Message

# What a question may fail with and the run go on: every ordinary error, but not a full memory or Ctrl-C.
QUESTION_ERRORS = (
    CopydeskError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)


class Desk(Protocol):
    """What the runner needs of ``rag.pipeline.Copydesk``; tests hand in a scripted one."""

    llm_problem: str | None

    def warm(self) -> None: ...

    def ask(self, question: str, *, history: Sequence[Message] = (), as_of: str | None = None) -> Answer: ...


OpenDesk = Callable[[Path], AbstractContextManager[Desk]]


@dataclass(frozen=True, slots=True)
class Asked:
    """One known question with the answer it got; None where asking failed."""

    known: KnownQuestion
    answer: Answer | None
    outcome: Outcome


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
    questions = choices.chosen(load(path, choices.article_ids(articles)), options)
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
    run = result(asked, name=choices.name(options), path=path, started_at=started_at, llm_problem=llm_problem)
    run |= {"ready_s": round(ready_s, 2), "duration_s": round(time.monotonic() - clock, 1)}

    comparison = baseline.compare(run, stored) if stored and not stopped else None
    _write(options, run, comparison)  # before anything is printed: a closed pipe must not lose the run
    if not options.quiet:
        show.run(run)
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
    with show.progress(len(questions), quiet) as advance:
        try:
            for known in questions:
                asked.append(_ask(desk, known))
                advance(known.id, asked[-1].outcome.correct)
        except KeyboardInterrupt:
            return asked, True
    return asked, False


def _ask(desk: Desk, known: KnownQuestion) -> Asked:
    start = time.perf_counter()
    try:
        answer = desk.ask(known.question, history=known.history, as_of=known.as_of)
        total_ms = 1000 * (time.perf_counter() - start)
        return Asked(known, answer, judge(known, answer, total_ms))
    except QUESTION_ERRORS as error:
        return Asked(known, None, failed(known, error))


# --- the result -----------------------------------------------------------------------------------


def result(
    asked: Sequence[Asked], *, name: str, path: Path, started_at: str, llm_problem: str | None = None
) -> dict[str, Any]:
    """A run as one JSON-ready object: what, where, the measures, by tag, the misses, every answer."""
    outcomes = [one.outcome for one in asked]
    first = next((one.answer for one in asked if one.answer), None)
    return {
        "set": name,
        "questions_file": path.name,
        "questions": _fingerprint(one.known for one in asked),
        "started_at": started_at,
        "machine": machine.describe(),
        "model": asdict(first.model) if first else {"llm": None, "embedder": None, "prompt": None},
        "llm_problem": llm_problem,
        "metrics": {key: asdict(figure) for key, figure in figures(outcomes, machine.peak_memory_mb()).items()},
        "by_tag": {tag: {"value": share.value, "cases": share.cases} for tag, share in by_tag(outcomes).items()},
        "misses": [
            {"id": one.known.id, "question": one.known.question, "said": _said(one), "why": one.outcome.why}
            for one in asked
            if not one.outcome.correct
        ],
        "answers": [_record(one) for one in asked],
    }


def _record(one: Asked) -> dict[str, Any]:
    known = asdict(one.known)
    known["history"] = [asdict(turn) for turn in one.known.history]
    judged = {k: v for k, v in asdict(one.outcome).items() if k not in known}
    return known | judged | {"answer": one.answer.to_dict() if one.answer else None}


def _said(one: Asked) -> str:
    if one.answer is None:
        return "(error)"
    return f"{one.answer.status}: {one.answer.text or one.answer.notice or one.answer.reason or ''}".strip()


def _fingerprint(questions: Iterable[KnownQuestion]) -> str:
    """Changes with any change to the questions asked or to what is expected of them."""
    content = json.dumps([asdict(known) for known in questions], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


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
