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

from eval import baseline, machine, report, show
from eval.judge import failed, judge
from eval.known import KnownQuestion, check, load
from eval.measures import by_tag, figures
from eval.metrics import Outcome
from rag.errors import CopydeskError, InputError
from rag.sources import read_paths
from rag.types import Answer, Message

HERE = Path(__file__).resolve().parent
ARTICLES = {"seeds": HERE.parent / "seeds", "invented": HERE / "questions" / "invented"}

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
        options = _parser().parse_args(argv)
    except SystemExit as stop:
        return int(stop.code or 0)
    try:
        return _check(options) if options.check else _evaluate(options, open_desk or open_real_desk)
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
        with Copydesk.open(settings) as desk:
            yield desk


# --- the command ----------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="copydesk eval",
        description="Ask known questions and measure the answers. Exits 1 when something got worse than the baseline.",
    )
    add = parser.add_argument
    add("questions", nargs="?", type=Path, metavar="QUESTIONS.jsonl", help="your own questions instead of a set")
    add("--set", choices=sorted(ARTICLES), default="seeds", help="which questions and articles (default: seeds)")
    add("--articles", type=Path, metavar="DIR", help="the articles that your questions are about (default: the set's)")
    add("--check", action="store_true", help="only check the question file")
    add("--json", type=Path, metavar="OUT", help="write everything, all answers included, as JSON")
    add("--html", type=Path, metavar="OUT", help="write a report with charts")
    add("--baseline", metavar="FILE|none", help="compare with this baseline (default: the set's own)")
    add("--update-baseline", action="store_true", help="store this run as the new baseline")
    add("--limit", type=int, metavar="N", help="ask the first N questions only; not compared")
    add("--tag", metavar="T", help="ask questions with this tag only; not compared")
    add("--quiet", action="store_true", help="no progress bar and no tables, only what got worse")
    return parser


def _check(options: argparse.Namespace) -> int:
    path, articles = _files(options)
    questions, problems = check(path, _article_ids(articles))
    show.checked(path, questions, problems)
    return 2 if problems else 0


def _evaluate(options: argparse.Namespace, open_desk: OpenDesk) -> int:
    path, articles = _files(options)
    questions = _chosen(load(path, _article_ids(articles)), options)
    stored_at = _baseline_path(options)
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
    run = result(asked, name=_name(options), path=path, started_at=started_at, llm_problem=llm_problem)
    run |= {"ready_s": round(ready_s, 2), "duration_s": round(time.monotonic() - clock, 1)}

    comparison = baseline.compare(run, stored) if stored and not stopped else None
    if not options.quiet:
        show.run(run)
    _write(options, run, comparison)
    if stopped:
        show.line(f"Stopped after {len(asked)} of {len(questions)} questions; not compared.")
        return 130
    if options.update_baseline:
        target = stored_at or _default_baseline(options)
        baseline.write(target, run)
        show.line(f"Baseline written: {target}")
    show.comparison(comparison, _why_not_compared(options, stored_at))
    errors = run["metrics"]["errors"]["value"]
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


# --- options --------------------------------------------------------------------------------------


def _files(options: argparse.Namespace) -> tuple[Path, Path]:
    """The question file and the folder of its articles."""
    articles: Path = options.articles or ARTICLES[options.set]
    if not articles.is_dir():
        raise InputError(f"There is no folder of articles {articles}.", "Name one with --articles.")
    return options.questions or HERE / "questions" / f"{options.set}.jsonl", articles


def _article_ids(articles: Path) -> frozenset[str]:
    """The ids that the folder's articles get when they are read in."""
    documents, _ = read_paths([articles])
    return frozenset(document.key for document in documents)


def _chosen(questions: Sequence[KnownQuestion], options: argparse.Namespace) -> list[KnownQuestion]:
    if options.limit is not None and options.limit < 1:
        raise InputError(f"--limit is {options.limit}.", "Give a number of 1 or more.")
    chosen = [known for known in questions if options.tag is None or options.tag in known.tags]
    if not chosen:
        tags = ", ".join(sorted({tag for known in questions for tag in known.tags}))
        raise InputError(f"No question has the tag {options.tag!r}.", f"Tags in this file: {tags}.")
    return chosen[: options.limit]


def _name(options: argparse.Namespace) -> str:
    return options.questions.stem if options.questions else str(options.set)


def _default_baseline(options: argparse.Namespace) -> Path:
    return HERE / "baselines" / f"{_name(options)}.json"


def _baseline_path(options: argparse.Namespace) -> Path | None:
    """The baseline to use: None where there is none to compare with or the run is only a part."""
    partial = options.limit is not None or options.tag is not None or options.articles is not None
    if options.update_baseline and partial:
        raise InputError("A part of the questions makes no baseline.", "Drop --limit, --tag and --articles.")
    if options.baseline == "none" or partial:
        return None
    if options.baseline:
        return Path(options.baseline)
    default = _default_baseline(options)
    return default if options.update_baseline or default.is_file() else None


def _why_not_compared(options: argparse.Namespace, stored_at: Path | None) -> str | None:
    if stored_at is not None or options.update_baseline:
        return None
    if options.baseline == "none":
        return "Not compared with a baseline."
    if options.limit is not None or options.tag or options.articles:
        return "Not compared with a baseline: only a part was asked."
    return f"There is no baseline yet; store this run with --update-baseline ({_default_baseline(options).name})."
