"""The process that reads files: limited in memory and time, without network, started by ``rag.sources.child``.

It is told one file after another on its standard input and answers on its standard output. It may die at any time.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from contextlib import suppress
from types import TracebackType
from typing import Any, BinaryIO

from rag.errors import SourceError
from rag.sources import frames
from rag.sources.formats import READERS
from rag.sources.items import called, items_of
from rag.types import RawDocument, Skipped

MEMORY = 1_500_000_000  # bytes of address space
_STALE = 500_000_000  # bytes in use after which a new process takes over
_BATCH_CHARS = 200_000
_BATCH_SECONDS = 0.3
_REFUSED = frozenset(
    {"socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec"}
    | {"os.fork", "os.posix_spawn", "pty.spawn", "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.kill"}
)


def main() -> None:
    """Read files until standard input ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is no answer
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asked
    _limit()
    _on_failure(answers)
    stale = False
    while not stale and (asked := frames.read(sys.stdin.buffer)):
        message, data = asked
        end = _serve(message, data if message["fetched"] else None, answers)
        stale = _memory() > _STALE
        frames.write(answers, {**end, "end": True, "stale": stale})


def _serve(message: dict[str, Any], data: bytes | None, answers: BinaryIO) -> dict[str, Any]:
    """Send the articles of one file from number ``first`` on; returns the last message, without its mark as such."""
    file = frames.file_from_json(message["file"], data)
    seconds = READERS[file.kind].seconds
    batch: list[RawDocument | Skipped] = []
    chars, sent_at, done = 0, time.monotonic(), 0
    problem = None
    _allow(seconds)
    try:
        for item in items_of(file):
            if done >= message["first"]:
                batch.append(called(item, file, done))
                chars += len(getattr(batch[-1], "text", ""))
            done += 1
            if message["one_by_one"] or chars > _BATCH_CHARS or time.monotonic() - sent_at > _BATCH_SECONDS:
                frames.write(answers, {"records": [frames.record_to_json(r) for r in batch], "done": done})
                batch, chars, sent_at = [], 0, time.monotonic()
                _allow(seconds)
    except SourceError as error:
        problem = error.message
    except OSError as error:
        problem = f"It can't be read: {error.strerror or error}."
    return {"records": [frames.record_to_json(r) for r in batch], "done": done, "problem": problem}


# --- limits -----------------------------------------------------------------------------------------


def _limit() -> None:
    for what, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0)):
        with suppress(ValueError, OSError):  # a system that has no such limit, or a lower one
            resource.setrlimit(what, (most, most))
    sys.addaudithook(_refuse)


def _allow(seconds: float) -> None:
    """So much more processor time; the kernel ends the process when it is used up."""
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (int(used + seconds) + 1, resource.RLIM_INFINITY))


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    """A second lock on the door: no reader connects anywhere, starts anything or writes a file."""
    if event == "open":
        writes = isinstance(arguments[1], str) and bool(set(arguments[1]) & set("wax+"))
    else:
        writes = event in _REFUSED
    if writes:
        raise PermissionError(f"{event} is not for readers")


def _memory() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _on_failure(answers: BinaryIO) -> None:
    """Say why before dying of an exception that no reader foresaw."""

    def tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        with suppress(OSError, MemoryError):
            frames.write(answers, {"died": kind.__name__})
        os._exit(1)

    sys.excepthook = tell
