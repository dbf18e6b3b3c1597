"""Reading in a limited process: one is started when first needed, reused, and replaced when it dies or hangs."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, cast

from rag.config import bare_environment
from rag.errors import SourceError
from rag.sources import frames
from rag.sources.files import Records, SourceFile
from rag.sources.formats import READERS
from rag.types import RawDocument, Skipped

MAX_CHARS = 400_000_000  # of text in one file
MAX_DEATHS = 20  # in one file; after that many the rest of it is given up
MAX_FRUITLESS = 3  # deaths in a row without an article between them
_START_SECONDS = 20.0
_START = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from rag.sources.worker import main; main()"


class Child:
    """Reads risky files in a process of its own. A context manager; not for two threads at once, but for ``stop``."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def stop(self) -> None:
        """End the process, from any thread; whatever it is reading fails."""
        self._stopped = True
        if (process := self._process) is not None:
            process.kill()

    def read(self, file: SourceFile) -> Records:
        """The articles of ``file``. One that kills the process, or hangs, is ``Skipped``, and the rest are read; a
        ``Skipped`` with the path of the file itself says why what follows could not be.

        Raises SourceError where nothing of it can be read.
        """
        found: Records = []
        done, deaths, fruitless = 0, 0, 0
        while True:
            one_by_one = deaths > 0 and fruitless > 0
            before = done
            done, problem, died = self._ask(file, done, one_by_one, found)
            if not died:
                break
            deaths, fruitless = deaths + 1, 1 if done > before else fruitless + 1
            if not READERS[file.kind].many or deaths > MAX_DEATHS or fruitless > MAX_FRUITLESS or self._stopped:
                break
            if one_by_one:  # then it is known which article did it
                found.append(Skipped(file.part(done + 1)[1], cast(str, problem)))
                done += 1
        if problem and not any(isinstance(record, RawDocument) for record in found):
            raise SourceError(problem, "")
        return [*found, Skipped(file.path, f"Only its first part was read. {problem}")] if problem else found

    def _ask(self, file: SourceFile, first: int, one_by_one: bool, found: Records) -> tuple[int, str | None, bool]:
        """Add what the process sends of ``file`` from article ``first`` on; returns how many it has come to, what went
        wrong, and whether it died of it."""
        done, seconds = first, READERS[file.kind].seconds
        chars = sum(len(r.text) for r in found if isinstance(r, RawDocument))
        try:
            pipe = self._send(file, first, one_by_one)
            while True:
                message = frames.read_within(pipe, 2 * seconds + _START_SECONDS)  # of wall time: others want the cores
                if "died" in message:
                    self._end()
                    return done, _why_died(str(message["died"])), True
                for given in message.get("records", ()):
                    record = frames.record_from_json(given, file)
                    found.append(record)
                    chars += len(getattr(record, "text", ""))
                done = max(done, _number(message.get("done")))
                if message.get("end"):
                    if message.get("stale"):
                        self._end()
                    problem = message.get("problem")
                    return done, str(problem) if problem else None, False
                if chars > MAX_CHARS:
                    self._end()
                    return done, f"It holds more than {MAX_CHARS // 1_000_000} million characters of text.", False
        except frames.Broken as broken:
            return done, self._why_ended(broken.late), True
        except BrokenPipeError:
            return done, self._why_ended(False), True

    def _send(self, file: SourceFile, first: int, one_by_one: bool) -> int:
        """Hand over a file; returns the descriptor to read the answer from. Starts a process where there is none."""
        if self._process is None or self._process.poll() is not None:
            self._process = _start()
            if self._stopped:
                self._process.kill()
        assert self._process.stdin and self._process.stdout
        message = {"file": frames.file_to_json(file), "first": first, "one_by_one": one_by_one, "fetched": file.is_web}
        frames.write(cast(Any, self._process.stdin), message, file.data or b"")
        return self._process.stdout.fileno()

    def _why_ended(self, late: bool) -> str:
        code = self._end()
        if late or code == -signal.SIGXCPU:
            return "Reading it took too long."
        return "The program that reads this format failed on it."

    def _end(self) -> int | None:
        process, self._process = self._process, None
        if process is None:
            return None
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.2)  # for its own exit code, where it has one
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()
        return process.wait()


def _why_died(kind: str) -> str:
    if kind == "MemoryError":
        return "Reading it needs more memory than is allowed."
    if kind == "RecursionError":
        return "It is nested too deeply."
    return f"The program that reads this format failed on it ({kind[:60]})."


def _number(value: Any) -> int:
    if not isinstance(value, int):
        raise frames.Broken
    return value


def _start() -> subprocess.Popen[bytes]:
    paths = [str(Path(path or ".").absolute()) for path in sys.path]
    try:
        return subprocess.Popen(
            [sys.executable, "-I", "-c", _START, json.dumps([str(Path(__file__).parents[2]), *paths])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=bare_environment(),
        )
    except OSError as error:
        raise SourceError(
            f"The process that reads files can't be started: {error.strerror or error}.", "Try again later."
        ) from error
