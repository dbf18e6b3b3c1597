"""``copydesk eval --bench NAME``: asks a benchmark's part through Copydesk's own stages, measures, and reports.

Finished rows are kept in the user's cache folder, under a fingerprint of all that makes an answer, so a run that was
stopped goes on where it was, and a second run with the same program only scores. ``--fresh`` starts over.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import inspect
import json
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

import platformdirs

import prompts
import rag
from eval import calibration
from eval.bench import archives, report
from eval.bench.base import Bench, Case
from eval.bench.names import NAMES
from eval.bench.published import CAVEATS, PUBLISHED
from eval.bench.splits import part, place
from eval.results import QUESTION_ERRORS
from rag.config import Settings, load_settings
from rag.errors import InputError
from rag.pipeline import Copydesk
from rag.search.embed import Embedder

OpenDesk = Callable[[Settings], AbstractContextManager[Copydesk]]


def main(
    options: argparse.Namespace,
    *,
    open_desk: OpenDesk | None = None,
    cache: Path | None = None,
    embedder: Embedder | None = None,
) -> int:
    """Exit code: 0 done or skipped, 1 a case failed with an error, 130 stopped. Raises InputError."""
    settings = load_settings()
    bench = find(options.bench)
    missing = absent(bench, settings.bench_dir)
    if missing or settings.bench_dir is None:
        report.line(f"Skipped {bench.name}: {missing}")
        return 0
    for out in (options.json, options.html):
        if out and not out.parent.is_dir():
            raise InputError(f"There is no folder {out.parent}.", "Make it first, or write somewhere else.")
    cache = cache or Path(platformdirs.user_cache_dir("copydesk", appauthor=False)) / "bench"
    cases = chosen(bench, settings.bench_dir, options.part, options.limit)
    progress = None if options.quiet else report.building()
    if bench.needs_archive:
        built = archives.build(bench.name, bench.texts(settings.bench_dir), settings, cache, progress, embedder)
    else:
        built = archives.Built(settings, 0, 0, ())
    for article, reason in built.skipped:
        report.warn(f"Not in the archive: {article}: {reason}")
    rows_file = cache / "rows" / f"{bench.name}-{options.part}-{fingerprint(bench, cases, built.settings)}.jsonl"
    if options.fresh:
        rows_file.unlink(missing_ok=True)
    opening = (open_desk or open_real_desk)(built.settings) if bench.needs_archive else nullcontext()
    with opening as desk:
        rows, failed, stopped = ask_all(bench, cases, desk, rows_file, quiet=options.quiet)
    figures = bench.score(rows)
    result = {
        "bench": bench.name,
        "about": bench.about,
        "part": options.part,
        "cases": len(rows),
        "of": len(cases),
        "failed": failed,
        "rows_file": str(rows_file),
        "archive": {"articles": built.articles, "passages": built.passages, "skipped": len(built.skipped)},
        "model": next((row["answer"]["model"] for row in rows if "answer" in row), None),
        "figures": [{**asdict(figure), "met": figure.met} for figure in figures],
        "reliability": {
            title: [b._asdict() for b in calibration.bins(pairs)]
            for title, pairs in (bench.probabilities(rows) if bench.probabilities else {}).items()
        },
        "published": [asdict(other) for other in PUBLISHED.get(bench.name, ())],
        "caveat": CAVEATS.get(bench.name, ""),
        "rows": rows,
    }
    _write(options, result)
    report.table(result, figures)
    if stopped:
        report.line(f"Stopped after {len(rows)} of {len(cases)}; the same command goes on from here.")
        return 130
    for case_id, why in failed.items():
        report.line(f"Failed: {case_id}: {why}")
    return 1 if failed else 0


def find(name: str) -> Bench:
    """The benchmark of that name. Raises InputError."""
    if name not in NAMES:
        raise InputError(f"There is no benchmark {name!r}.", f"Choose one of {', '.join(NAMES)}.")
    bench: Bench = importlib.import_module(f"eval.bench.{name}").BENCH
    return bench


def absent(bench: Bench, folder: Path | None) -> str | None:
    """Why the benchmark can't be run here, None where it can."""
    if folder is None:
        return "set COPYDESK_BENCH_DIR to the folder that holds the benchmarks' data."
    lost = [name for name in bench.files if not (folder / name).is_file()]
    return f"there is no {', no '.join(lost)} in {folder} (COPYDESK_BENCH_DIR)." if lost else None


def chosen(bench: Bench, folder: Path, wanted: str, limit: int | None) -> list[Case]:
    """The cases of a part, in an order fixed once; the first ``limit``, or the benchmark's own sample."""
    if limit is not None and limit < 1:
        raise InputError(f"--limit is {limit}.", "Give a number of 1 or more.")
    cases = [case for case in bench.load(folder) if wanted in ("all", part(case.document))]
    if not cases:
        raise InputError(f"{bench.name} has no case in the part {wanted!r}.", "Choose another with --part.")
    return sorted(cases, key=lambda case: place(case.id))[: limit or bench.sample]


def ask_all(
    bench: Bench, cases: Sequence[Case], desk: Copydesk | None, rows_file: Path, *, quiet: bool
) -> tuple[list[dict[str, Any]], dict[str, str], bool]:
    """The rows in order of the cases, what failed by case id, and whether Ctrl-C stopped it."""
    done = dict(_finished(rows_file))
    failed: dict[str, str] = {}
    rows_file.parent.mkdir(parents=True, exist_ok=True)
    stopped = False
    todo = [case for case in cases if case.id not in done]
    with rows_file.open("a", encoding="utf-8") as file, report.progress(len(cases), len(todo), quiet) as advance:
        try:
            if todo and bench.needs_llm and desk is not None:
                desk.warm()
            for case in todo:
                try:
                    row = {"id": case.id, "document": case.document, **bench.ask(desk, case)}
                except QUESTION_ERRORS as error:
                    failed[case.id] = f"{type(error).__name__}: {error}"
                else:
                    file.write(json.dumps(row, ensure_ascii=False) + "\n")
                    file.flush()
                    done[case.id] = row
                advance()
        except KeyboardInterrupt:
            stopped = True
    return [done[case.id] for case in cases if case.id in done], failed, stopped


@contextmanager
def open_real_desk(settings: Settings) -> Iterator[Copydesk]:
    """The real pipeline on a built archive."""
    with Copydesk.open(settings) as desk:
        yield desk


def fingerprint(bench: Bench, cases: Sequence[Case], settings: Settings) -> str:
    """Changes with anything that may change a row: the library's program and prompts, the models, archive and cases'
    data, and how the adapter asks. How many are asked does not count, so that more can be asked later."""
    package = Path(rag.__file__).parent
    prompt_files = Path(next(iter(prompts.__path__))).glob("*.md")
    parts = [
        archives.code_hash([*package.rglob("*.py"), *prompt_files]),
        textwrap.dedent(inspect.getsource(bench.ask)),
        settings.llm,
        settings.llm_url,
        settings.llm_model,
        settings.embedder,
        settings.n_ctx,
        str(settings.archive_dir),
    ]
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()[:16]


def _finished(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Rows of an earlier run; a line that was cut off by a stop is left out."""
    if path.is_file():
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                row = json.loads(line)
            except json.JSONDecodeError:
                continue
            yield row["id"], row


def _write(options: argparse.Namespace, result: Mapping[str, Any]) -> None:
    outputs: list[tuple[Path | None, str]] = [
        (options.json, json.dumps(result, ensure_ascii=False, indent=1) + "\n"),
        (options.html, report.page(result)),
    ]
    for path, content in outputs:
        if path:
            try:
                path.write_text(content, encoding="utf-8")
            except OSError as error:
                raise InputError(f"{path} can't be written: {error.strerror}.", "Write somewhere else.") from None
