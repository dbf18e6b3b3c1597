"""Cold start: the command's help, the import, a question without and with a running server, the server itself.

Everything runs with the models in the system's page cache ("a warm disk").
"""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import select
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from eval.known import KnownQuestion
from eval.speed.asking import Seen, watch
from eval.speed.server import COMMAND, free_port, ready, stop
from rag.http.client import RemoteDesk
from rag.types import Question

LIMIT_S = 120.0
_SCREEN = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07|\r")  # what moves the cursor and sets colours
_IMPORT = "import time; t = time.perf_counter(); import rag; print(time.perf_counter() - t)"


def commands(times: int) -> dict[str, float]:
    """Medians in seconds: ``copydesk --help`` from starting the process to its end, and ``import rag`` in a new one."""

    def imported() -> float:
        done = subprocess.run([sys.executable, "-c", _IMPORT], capture_output=True, text=True, check=True)
        return float(done.stdout)

    return {
        "help_s": statistics.median(_spent([*_command(), "--help"]) for _ in range(times)),
        "import_s": statistics.median(imported() for _ in range(times)),
    }


def alone(archive: Path, question: str, word: str, times: int) -> dict[str, float]:
    """Median seconds from ``copydesk ask`` to the answer's first word, the models being loaded anew each time."""
    return {"ask_s": statistics.median(ask_s(archive, question, word) for _ in range(times))}


def ask_s(archive: Path, question: str, word: str) -> float:
    """Seconds from starting ``copydesk ask`` in a terminal to the answer's first word on it.

    ``word`` is what the answer's draft begins with. Raises RuntimeError where it doesn't come.
    """
    wanted, shown = re.compile(rf"\b{re.escape(word)}\b"), ""
    for at, piece in _terminal([*_command(), "ask", question, "--archive", str(archive)]):
        shown += piece
        if wanted.search(_SCREEN.sub(" ", shown)):
            return at
    raise RuntimeError(f"`copydesk ask` did not show {word!r}: {_SCREEN.sub(' ', shown)[-300:]}")


def through_server(url: str, archive: Path, questions: Sequence[KnownQuestion]) -> dict[str, Any]:
    """First token by ``copydesk ask`` through the running server, and by the server alone, on the same questions:
    medians in seconds, and the median of what the command adds to it. ``first`` is one of the questions with the word
    that its answer begins with.

    Another question is asked before each, so that neither finds the question's evidence read already.
    """
    server, command, first = [], [], None
    for known, filler in zip(questions, [*questions[-1:], *questions[:-1]], strict=True):
        seen = _asked(url, filler.question, known.question)
        if seen.first_token is None:
            continue
        word = first_word(seen.drafted or seen.answer.text)
        _asked(url, filler.question)
        server.append(seen.first_token / 1000)
        command.append(ask_s(archive, known.question, word))
        first = first or (known.question, word)
    if not command:
        raise RuntimeError("no question showed a first token")
    added = statistics.median(a - b for a, b in zip(command, server, strict=True))
    found = {"ask_s": statistics.median(command), "alone_s": statistics.median(server), "added_s": added}
    return {"server": found | {"n": len(command)}, "first": first}


def first_word(text: str) -> str:
    """What to look for on the screen."""
    found = re.search(r"\w+", text)
    return found[0] if found else text


def make_run(root: Path, archive: Path, log: Path) -> dict[str, float]:
    """Seconds from ``make run``, everything being installed, to a page that takes questions, on an archive that is
    there already. Raises RuntimeError where this is no checkout with its environment set up."""
    stamp = root / ".venv" / "copydesk-seeds.json"
    before = stamp.read_bytes() if stamp.is_file() else b"{}"
    done = json.loads(before)
    if not (root / "Makefile").is_file() or not done:
        raise RuntimeError("this is no checkout that `make setup` was run in")
    stamp.write_text(json.dumps(done | {str(archive): next(iter(done.values()))}), encoding="utf-8")
    try:
        return {"make_run_s": round(_page_s(root, archive, log), 2)}
    finally:
        stamp.write_bytes(before)


def _page_s(root: Path, archive: Path, log: Path) -> float:
    port = free_port()
    command = ["env", f"COPYDESK_HOME={archive}", f"COPYDESK_PORT={port}", "make", "-s", "run"]
    with log.open("a", encoding="utf-8") as sink:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=root, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            return ready(process, f"http://127.0.0.1:{port}", began, log).ready_s
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            stop(process)


# --- parts ----------------------------------------------------------------------------------------


def _asked(url: str, *questions: str) -> Seen:
    """Ask one after another; what a reader saw of the last."""
    with RemoteDesk(url) as desk:
        for question in questions:
            seen = watch(desk.stream(Question(question)))
    return seen


def _command() -> list[str]:
    """The installed ``copydesk``, or where there is none the same by its module."""
    script = Path(sys.executable).parent / "copydesk"
    return [str(script)] if script.is_file() else list(COMMAND)


def _spent(command: Sequence[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, capture_output=True, check=True)
    return time.perf_counter() - began


def _terminal(command: Sequence[str]) -> Iterator[tuple[float, str]]:
    """What the command writes to a terminal, each piece with the seconds since it was started. Stopped at the end."""
    ours, theirs = pty.openpty()
    began = time.perf_counter()
    command = ["env", "TERM=xterm-256color", *command]  # a dumb terminal is shown no draft
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs)
    os.close(theirs)
    try:
        while (now := time.perf_counter() - began) < LIMIT_S:
            if not select.select([ours], [], [], LIMIT_S - now)[0]:
                return
            try:
                piece = os.read(ours, 65536)
            except OSError:  # on Linux the end of the output
                return
            if not piece:
                return
            yield time.perf_counter() - began, piece.decode("utf-8", "replace")
    finally:
        stop(process)
        os.close(ours)
