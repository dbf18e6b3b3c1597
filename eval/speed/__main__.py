"""``make bench-speed``: how long a reader waits, for what, and how that compares with a plain LlamaIndex.

    python -m eval.speed                              everything, on all known questions about the seeds: about 20 min
    python -m eval.speed --n 24 --peer-n 8            fewer questions, evenly spread
    python -m eval.speed --only answers,peer          some parts; --skip leaves some out
    python -m eval.speed --html speed.html            the page with the plots

Timings mean something on a quiet machine only. Ends with one line of JSON. A part that fails is reported and the others
go on; the exit code is then 1.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from eval.bench import report as telling
from eval.choices import ARTICLES, HERE
from eval.known import KnownQuestion, load
from eval.machine import describe
from eval.results import QUESTION_ERRORS
from eval.speed import figures, page, peer, starting, stopping
from eval.speed.asking import Asked, ask, record, spread
from eval.speed.server import make_archive, serving
from rag.config import Settings, load_settings
from rag.errors import CopydeskError, InputError, ModelError
from rag.http.client import RemoteDesk
from rag.models import resolve_llm

T = TypeVar("T")

PARTS = ("starting", "answers", "peer", "stopping", "readers", "make-run", "decoding", "evidence")
ERRORS = (*QUESTION_ERRORS, subprocess.SubprocessError)
MODULE_SECONDS = 1800.0
TIMES = 5  # what a part repeats to take the median


class Bench:
    """A run in the making: which parts are wanted, what they found, which failed."""

    def __init__(self, parts: Sequence[str]) -> None:
        self.parts = parts
        self.run: dict[str, Any] = {
            "started_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": describe(),
            "parts": list(parts),
            "failed": {},
            "left_out": {},
            "records": [],
        }
        self.tell = telling.Teller()

    def attempt(self, part: str, work: Callable[[], T]) -> T | None:
        """The part's figures; None, and the reason noted, where it fails; None also where it is not wanted."""
        if part not in self.parts:
            return None
        telling.warn(f"{part} ...")
        try:
            return work()
        except ERRORS as error:
            self.failed(part, error)
            return None

    def failed(self, what: str, error: Exception) -> None:
        self.run["failed"][what] = f"{type(error).__name__}: {error}"
        telling.warn(f"{what} failed: {self.run['failed'][what]}")

    def note(self, name: str, found: dict[str, Any] | None) -> None:
        """Add figures under a name; none leave it as it is."""
        if found is not None:
            self.run[name] = self.run.get(name, {}) | found


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code: 0 done, 1 a part failed, 2 bad input, 130 stopped; what was measured until then is shown."""
    options = _parser().parse_args(argv)
    parts = [part for part in PARTS if part in options.only and part not in options.skip]
    bench = Bench(parts)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the processes it started end with it
    try:
        if options.html and not options.html.parent.is_dir():
            raise InputError(f"There is no folder {options.html.parent}.", "Make it first, or write somewhere else.")
        measure(bench, options.n, options.peer_n, load_settings())
    except CopydeskError as error:
        telling.warn(f"Error: {error}")
        return 2
    except KeyboardInterrupt:
        bench.run["failed"]["stopped"] = "not all was measured"
    run = bench.run | {"aims": [asdict(aim) | {"met": aim.met} for aim in figures.aims(bench.run)]}
    if options.html:
        options.html.write_text(page.page(run), encoding="utf-8")
    page.tables(run)
    print(json.dumps(run))
    return 130 if "stopped" in run["failed"] else 1 if run["failed"] else 0


def measure(bench: Bench, n: int | None, peer_n: int, settings: Settings) -> None:
    """All parts that are wanted, one after another. Raises CopydeskError where nothing can be measured at all."""
    model = None if settings.llm_url else resolve_llm(settings)
    if model is None:
        raise ModelError("Only a local language model can be measured.", "Unset COPYDESK_LLM and COPYDESK_LLM_URL.")
    bench.note("model", {"llm": model.stem, "embedder": settings.embedder})
    questions = spread(load(HERE / "questions" / "seeds.jsonl"), n)
    with tempfile.TemporaryDirectory(prefix="copydesk-speed-") as temporary:
        archive, log = Path(temporary) / "archive", Path(temporary) / "log.txt"
        make_archive(ARTICLES["seeds"], archive)
        bench.note("starting", bench.attempt("starting", lambda: starting.commands(TIMES)))
        if served := [part for part in bench.parts if part not in ("decoding", "evidence", "make-run")]:
            try:
                _with_server(bench, questions, peer_n, model, archive, log)
            except ERRORS as error:
                bench.failed(", ".join(served), error)
        if first := bench.run.get("starting", {}).pop("first", None):
            question, word = first
            bench.note("starting", bench.attempt("starting", lambda: starting.alone(archive, question, word, TIMES)))
        bench.note("starting", bench.attempt("make-run", lambda: starting.make_run(HERE.parent, archive, log)))
    fewer = ["--limit", str(n)] if n else []
    bench.note("decoding", bench.attempt("decoding", lambda: module("decoding", *fewer)))
    if "evidence" in bench.parts and settings.bench_dir is None:
        bench.run["left_out"]["evidence"] = "COPYDESK_BENCH_DIR is not set"
    else:
        bench.note("evidence", bench.attempt("evidence", lambda: module("evidence")))


def _with_server(
    bench: Bench, questions: Sequence[KnownQuestion], peer_n: int, model: Path, archive: Path, log: Path
) -> None:
    with serving(archive, log) as server:
        bench.note("server", {"page_s": round(server.page_s, 2), "ready_s": round(server.ready_s, 2)})
        ours = _answers(bench, questions, peer_n, model, server.url, log)
        drafted = [one.known for one in ours if one.stages_ms.get("prefill") and one.first_token_ms is not None]
        some = spread([known for known in drafted or questions if plain(known)], TIMES)
        url = server.url
        bench.note("starting", bench.attempt("starting", lambda: starting.through_server(url, archive, some)))
        bench.note("stopping", bench.attempt("stopping", lambda: stopping.measure(url, some)))
        bench.note("readers", bench.attempt("readers", lambda: module("readers", url)))


def _answers(
    bench: Bench, questions: Sequence[KnownQuestion], peer_n: int, model: Path, url: str, log: Path
) -> list[Asked]:
    """Our answers. The peer gets some of the questions, each right after Copydesk, so both meet the same machine."""
    ours: list[Asked] = []
    theirs: list[Asked] = []
    with ExitStack() as stack:
        shared: set[str] = set()
        other = bench.attempt("peer", lambda: stack.enter_context(peer.running(model, ARTICLES["seeds"], log)))
        if other is not None:
            shared = {known.id for known in spread([known for known in questions if plain(known)], peer_n)}
        wanted = [known for known in questions if "answers" in bench.parts or known.id in shared]
        desk = stack.enter_context(RemoteDesk(url))

        def work() -> None:
            for done, known in enumerate(wanted):
                bench.tell("questions", done, len(wanted))
                ours.append(ask(desk, known))
                if known.id in shared and other is not None:
                    theirs.append(other.ask(known))

        try:
            bench.attempt("answers" if "answers" in bench.parts else "peer", work)
        finally:  # when it is stopped, too
            _note_answers(bench, ours, theirs)
    return ours


def _note_answers(bench: Bench, ours: Sequence[Asked], theirs: Sequence[Asked]) -> None:
    bench.run["records"] = [record("copydesk", one) for one in ours] + [record("peer", one) for one in theirs]
    if ours and "answers" in bench.parts:
        bench.note("answers", figures.summary(ours))
    if theirs:
        both = {one.known.id for one in theirs}
        same = [one for one in ours if one.known.id in both]
        compared = {"ours": figures.summary(same), "ratios": figures.ratios(ours, theirs)}
        bench.note("peer", {"name": peer.NAME, **figures.summary(theirs), **compared})


def plain(known: KnownQuestion) -> bool:
    """Whether a question needs neither a conversation nor a day, of which the peer knows nothing."""
    return not known.history and known.as_of is None


def module(name: str, *arguments: str) -> dict[str, Any]:
    """What a part with a command of its own prints last; what it writes to stderr is shown. Raises RuntimeError."""
    command = [sys.executable, "-m", f"eval.speed.{name}", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=MODULE_SECONDS, check=False)
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        raise RuntimeError(f"eval.speed.{name} ended with code {done.returncode}")
    found: dict[str, Any] = json.loads(lines[-1])
    return found


def _parser() -> argparse.ArgumentParser:
    def named(value: str) -> list[str]:
        found = [part.strip() for part in value.split(",")]
        if unknown := set(found) - set(PARTS):
            raise argparse.ArgumentTypeError(f"no part is called {', '.join(sorted(unknown))}; of {', '.join(PARTS)}")
        return found

    def count(value: str) -> int:
        if not value.isdigit() or not int(value):
            raise argparse.ArgumentTypeError(f"{value!r} is no number of 1 or more")
        return int(value)

    parser = argparse.ArgumentParser(
        prog="python -m eval.speed", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--n", type=count, help="questions asked, evenly spread over the set; all by default")
    parser.add_argument("--peer-n", type=count, default=24, help="of them asked of the peer, too (about 20 s each)")
    parser.add_argument("--only", type=named, default=list(PARTS), help=f"of {', '.join(PARTS)}")
    parser.add_argument("--skip", type=named, default=[], help="parts to leave out")
    parser.add_argument("--html", type=Path, help="write a page with the figures and plots")
    return parser


if __name__ == "__main__":
    sys.exit(main())
