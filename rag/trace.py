"""The trace: one JSON object a line for each answer, for whoever wants to know where the time went and why.

Off unless a file is named (``COPYDESK_TRACE``, ``copydesk serve --trace``), since questions are private: the file is
its owner's alone to read. Writing it never stops an answer. Standard library only.
"""

from __future__ import annotations

import json
import logging
import os
import stat
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rag.errors import Cancelled, CopydeskError, InputError
from rag.types import Answer, Event, Question, to_json

LIMIT = 50_000_000  # bytes; a full file is put aside as FILE.1, in place of the one before
_KEPT = ("answerability", "status", "reason", "notice", "text", "timings_ms", "stages_ms", "usage", "model", "withheld")
_log = logging.getLogger(__name__)


class Trace:
    """A file that lines are added to. Threads and processes may share it."""

    def __init__(self, path: Path, limit: int = LIMIT, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Raises InputError where ``path`` can't be written."""
        self._path = path
        self._limit = limit
        self._now = now
        self._lock = threading.Lock()
        self._failed = False
        try:
            os.close(self._open())
        except OSError as error:
            raise InputError(
                f"The trace {path} can't be written: {error.strerror or error}.",
                "Name a file in a folder that you may write to, with --trace or COPYDESK_TRACE.",
            ) from error

    def write(self, record: Mapping[str, Any]) -> None:
        """Add a line, its time first. What the system refuses, as on a full disk, is said once in the log."""
        line = json.dumps({"time": self._now().isoformat(timespec="milliseconds"), **record}) + "\n"
        data = line.encode("ascii")
        try:
            with self._lock:
                self._add(data)
        except OSError as error:
            if not self._failed:
                _log.warning("the trace %s can't be written: %s", self._path, error.strerror or error)
            self._failed = True
        else:
            self._failed = False

    def _add(self, data: bytes) -> None:
        file = self._open()
        try:
            begun = os.fstat(file).st_size
            if begun and begun + len(data) > self._limit:
                self._path.replace(self._path.with_name(f"{self._path.name}.1"))
                os.close(file)
                file, begun = self._open(), 0
            if os.write(file, data) < len(data):  # the disk is full: half a line would spoil the next one
                os.ftruncate(file, begun)
        finally:
            os.close(file)

    def _open(self) -> int:
        """The file, open at its end, for its owner alone. Raises OSError, also for what is no plain file."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NONBLOCK", 0)
        file = os.open(self._path, flags, 0o600)
        mode = os.fstat(file).st_mode
        if not stat.S_ISREG(mode):
            os.close(file)
            raise OSError(f"{self._path} is no plain file")
        if mode & 0o077 and os.name != "nt":
            os.fchmod(file, 0o600)
        return file


def recorded(
    trace: Trace | None, question: Question, steps: Generator[Event, None, Answer]
) -> Generator[Event, None, Answer]:
    """The steps of an answer as they are, with a line written at their end, however they end."""
    if trace is None:
        return (yield from steps)
    asked: dict[str, Any] = {
        "door": question.asker.partition(":")[0] or "python",
        "question": question.text,
        "filter": {name: value for name, value in to_json(question.filter).items() if value},
        "turns_before": len(question.history),
    }
    draft: list[str] = []
    seen: list[Any] = []
    ended: dict[str, Any] = {"status": "failed"}  # unless it turns out otherwise
    with closing(steps):
        try:
            while True:
                event = next(steps)
                if event.name == "token":
                    draft.append(str(event.data.get("text", "")))
                elif event.name == "evidence":
                    seen = list(event.data["passages"])
                yield event
        except StopIteration as end:
            answer: Answer = end.value
            told = answer.to_dict()
            ended = {"standalone_question": answer.standalone_question, **{name: told[name] for name in _KEPT}}
            seen = told["retrieved"]
            return answer
        except (Cancelled, GeneratorExit):
            ended = {"status": "stopped"}
            raise
        except CopydeskError as error:
            ended["error"] = error.message
            raise
        finally:
            passages = [{name: p[name] for name in ("passage_id", "article_id", "score", "ranks")} for p in seen]
            trace.write({**asked, **ended, "passages": passages, "draft": "".join(draft)})
