"""A run of known questions inside the running server, with its models: progress, stop, and the runs that are kept.

The questions go to an archive of their own, which is made for the run and removed after it, and stand in the same line
as readers' questions: the next one is asked only while no reader waits.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any, Protocol

from eval import choices, reading, results, runs
from eval.known import KnownQuestion, load
from eval.runs import Kept
from rag.errors import Cancelled, CopydeskError, InputError, NotFoundError, QueueFullError
from rag.llm.base import Cancel
from rag.types import Answer, Filter, Question

SETS = ("seeds", "invented")
ASKER = "eval:server"
LOOK_SECONDS = 0.2  # between two looks at whether a reader waits
SECONDS_EACH = 3.0  # a question takes on two cores, until a run has told better
END_SECONDS = 5.0  # how long a run under way gets when the server ends


class Desk(Protocol):
    """What a run needs of ``rag.pipeline.Copydesk``; tests hand in a scripted one."""

    llm_problem: str | None

    def ask(self, question: Question, *, cancel: Cancel) -> Answer: ...


OpenDesk = Callable[[Path], AbstractContextManager[Desk]]
FindSet = Callable[[str], tuple[Path, Path]]


class RunningError(CopydeskError):
    """One run at a time."""

    http_status = 409


@dataclass(frozen=True, slots=True)
class State:
    """How the run under way, or the last one, stands. ``left_s`` is an estimate in seconds; ``finished`` the id that
    the last run was kept by."""

    running: bool = False
    set: str = ""
    phase: str = ""  # preparing, asking, waiting (a reader's question goes first), stopping
    done: int = 0
    total: int = 0
    right: int = 0
    question: str = ""
    left_s: float | None = None
    stopped: bool = False
    error: str = ""
    hint: str = ""
    finished: str = ""


class Evals:
    """The runs that are kept in ``folder``, and the one under way. Threads may share it.

    ``busy`` tells whether a reader's question is being answered or waits, ``problem`` what questions wait for,
    ``find`` a set's question file and the folder of its articles.
    """

    def __init__(
        self,
        folder: Path,
        open_desk: OpenDesk,
        busy: Callable[[], bool] = lambda: False,
        problem: Callable[[], str | None] = lambda: None,
        find: FindSet = choices.of_set,
    ) -> None:
        self._folder, self._open, self._busy, self._problem, self._find = folder, open_desk, busy, problem, find
        self._lock = threading.Lock()
        self._state = State()
        self._cancel = Cancel()
        self._closing = False
        self._thread: threading.Thread | None = None

    # --- what is kept -----------------------------------------------------------------------------

    def runs(self) -> dict[str, Any]:
        """The heads of all runs with their figures in words, the newest first; files that can't be read; the sets, each
        with how many questions it has and, where it can be run here, about how many seconds they take."""
        kept = runs.heads(self._folder)
        others = {head["set"]: int(head["of"] or head["asked"]) for head in kept.heads if head["set"] not in SETS}
        listed = [{**head, "shown": reading.figures(head)} for head in kept.heads]
        return {
            "runs": listed,
            "charted": list(reading.CHARTED),
            "unreadable": list(kept.unreadable),
            "sets": [self._told_of(name, kept) for name in SETS]
            + [{"name": name, "questions": n, "seconds": None} for name, n in sorted(others.items())],
        }

    def run(self, id: str) -> dict[str, Any]:
        """One run to be shown: its head, figures with their changes against the run before of the same questions,
        tags, misses. Raises NotFoundError, InputError for a damaged file."""
        run = runs.load(self._folder, id)
        before = self._before(id, run)
        earlier = runs.load(self._folder, before["id"]) if before else None
        return {"head": runs.head(run, id), "before": before, **reading.view(run, earlier)}

    def answer(self, id: str, question: str) -> dict[str, Any]:
        """One question of a run, by its id, with the whole answer. Raises as ``run`` does."""
        for record in runs.load(self._folder, id)["answers"]:
            if record["id"] == question:
                told = {"kind": "", "label": ""} if record["correct"] else _kind(record)
                return {**record, **told, "expected": reading.expected(record)}
        raise NotFoundError(f"That run did not ask {question!r}.", "Choose one of its questions.")

    def compare(self, id: str, other: str) -> dict[str, Any]:
        """Two runs, the earlier one as what the later is held against. Raises as ``run`` does."""
        first, second = sorted((id, other))
        now, then = runs.load(self._folder, second), runs.load(self._folder, first)
        heads = {"now": runs.head(now, second), "then": runs.head(then, first)}
        return {**heads, **reading.compare(now, then)}

    # --- the run under way ------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """How the run under way, or the last one, stands: the fields of ``State``."""
        return asdict(self._state)

    def start(self, name: str = SETS[0]) -> None:
        """Begin a run of one of the ``SETS`` on a thread of its own. Raises CopydeskError while another one runs or
        questions can't be answered, InputError for another set."""
        if name not in SETS:
            raise InputError(f"There is no set {name!r} to run here.", f"The sets are {' and '.join(SETS)}.")
        if problem := self._problem():
            raise CopydeskError(problem, "Try again when questions are answered.")
        path, articles = self._find(name)
        questions = _questions(path)
        with self._lock:
            if self._state.running:
                raise RunningError("A run is under way already.", "Wait for its end, or stop it.")
            if self._closing:
                raise CopydeskError("Copydesk is shutting down.", "Start it again.")
            self._cancel = Cancel()
            self._state = State(running=True, set=name, phase="preparing", total=len(questions))
            work = (name, path, articles, questions, self._cancel)
            self._thread = threading.Thread(target=self._guarded, args=work, name="eval", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the run under way; what it has asked is kept."""
        with self._lock:
            if self._state.running:
                self._state = replace(self._state, phase="stopping")
        self._cancel.set()

    def close(self) -> None:
        """End the run under way, for good: it is not kept, and no other begins."""
        with self._lock:
            self._closing = True
        self._cancel.set()

    def wait(self, seconds: float = END_SECONDS) -> None:
        """Until the run under way has ended, for so many seconds at most."""
        if self._thread is not None:
            self._thread.join(seconds)

    # --- its thread -------------------------------------------------------------------------------

    def _guarded(self, *work: Any) -> None:
        """The run, whatever it ends with told in its state."""
        fault = CopydeskError("The run broke off because of a fault in Copydesk.", "See the server's log.")
        ended: dict[str, Any] = {"error": fault.message, "hint": fault.hint}
        try:
            ended = self._run(*work)
        except CopydeskError as error:
            ended = {"error": error.message, "hint": error.hint}
        except OSError as error:
            ended = {"error": f"The run broke off: {error.strerror or error}.", "hint": "Make room, then try again."}
        finally:
            self._tell(running=False, phase="", question="", left_s=None, **ended)

    def _run(
        self, name: str, path: Path, articles: Path, questions: Sequence[KnownQuestion], cancel: Cancel
    ) -> dict[str, Any]:
        started_at, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()
        asked: list[results.Asked] = []
        with self._open(articles) as desk:
            ready_s = time.monotonic() - clock
            took: list[float] = []
            for known in questions:
                left = median(took) * (len(questions) - len(asked)) if took else None
                self._tell(question=known.question, left_s=left)
                self._let_readers_go_first(cancel)
                if cancel.is_set():
                    break
                begun = time.monotonic()
                try:
                    asked.append(results.ask(known, lambda known: _answer(desk, known, cancel)))
                except Cancelled:
                    break
                took.append(time.monotonic() - begun)
                self._tell(done=len(asked), right=sum(one.outcome.correct for one in asked))
            problem = desk.llm_problem
        stopped = len(asked) < len(questions)
        if self._closing or not asked:
            return {"stopped": stopped}
        run = results.result(asked, name=name, path=path, started_at=started_at, llm_problem=problem)
        run |= {"ready_s": round(ready_s, 2), "duration_s": round(time.monotonic() - clock, 1)}
        run |= {"of": len(questions), "whole": not stopped, "stopped": stopped, "from": "page"}
        return {"stopped": stopped, "finished": runs.keep(self._folder, run)}

    def _let_readers_go_first(self, cancel: Cancel) -> None:
        while self._busy() and not cancel.is_set():
            self._tell(phase="waiting")
            cancel.wait(LOOK_SECONDS)
        if not cancel.is_set():
            self._tell(phase="asking")

    def _tell(self, **changes: Any) -> None:
        with self._lock:
            self._state = replace(self._state, **changes)

    # --- small things -----------------------------------------------------------------------------

    def _before(self, id: str, run: dict[str, Any]) -> dict[str, Any] | None:
        """The newest earlier run of the same questions, whose answers are to be the same."""
        for head in runs.heads(self._folder).heads:
            if head["id"] < id and head["set"] == run["set"] and head["questions"] == run["questions"]:
                return dict(head)
        return None

    def _told_of(self, name: str, kept: Kept) -> dict[str, Any]:
        questions = len(_questions(self._find(name)[0]))
        whole = (head for head in kept.heads if head["set"] == name and head["whole"])  # of a part, most is the start
        last = next((head for head in whole if head["asked"] and head["duration_s"]), None)
        each = last["duration_s"] / last["asked"] if last else SECONDS_EACH
        return {"name": name, "questions": questions, "seconds": each * questions}


@contextmanager
def desk_beside(desk: Any, articles: Path) -> Iterator[Desk]:
    """A desk with the models of ``desk`` (a Copydesk) on an archive of a folder's articles, removed afterwards."""
    from rag.archive import Archive

    with tempfile.TemporaryDirectory(prefix="copydesk-eval-") as folder:
        settings = replace(desk.settings, archive_dir=Path(folder) / "archive")
        with Archive.open(settings, write=True, embedder=desk.archive.embedder) as archive:
            archive.ingest([articles])
            archive.warm()
            yield desk.beside(archive)


def _answer(desk: Desk, known: KnownQuestion, cancel: Cancel) -> Answer:
    question = Question(known.question, known.history, Filter(as_of=known.as_of), ASKER)
    while True:
        try:
            return desk.ask(question, cancel=cancel)
        except QueueFullError:  # readers took every place: that says nothing of the answer
            if cancel.wait(1):
                raise Cancelled from None


@cache
def _questions(path: Path) -> tuple[KnownQuestion, ...]:
    """A file's questions, read once: each look at the page asks for them."""
    return tuple(load(path))


def _kind(record: dict[str, Any]) -> dict[str, str]:
    kind = reading.kind(record)
    return {"kind": kind, "label": reading.KINDS[kind]}
