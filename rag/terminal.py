"""Writing to a terminal safely: text stripped of what could steer it, JSON, progress."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

OnProgress = Callable[[str, int, int], None]

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_].*?(?:\x07|\x1b\\|$)|[ -/]*[0-~])?", re.DOTALL)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_STAGES = {
    "fetch": "Fetching pages",
    "read": "Reading files",
    "store": "Reading the articles of a file",
    "cut": "Cutting articles into passages",
    "lines": "Looking for repeated lines",
    "sign": "Looking for near-copies",
    "copies": "Comparing near-copies",
    "embed": "Embedding passages",
    "index": "Writing the index",
}
_WIDE = 100_000  # columns: what goes into a pipe or file is never wrapped or cut


# --- text -----------------------------------------------------------------------------------------


def clean(text: str | None) -> str:
    """``text`` without anything that could steer a terminal: escape sequences, control and direction characters."""
    return _CONTROLS.sub("", _ESCAPES.sub("", text or ""))


def one_line(text: str | None, limit: int | None = None) -> str:
    """Cleaned, on one line, cut to ``limit`` characters."""
    line = " ".join(clean(text).split())
    return line if limit is None or len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def to_json_text(value: Any) -> str:
    """JSON for people and programs: other scripts as they are, control characters always escaped."""
    text = json.dumps(value, ensure_ascii=False, indent=2, default=str)
    return re.sub("[\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]", lambda m: f"\\u{ord(m[0]):04x}", text)


def make_console(file: IO[str] | None = None) -> Console:
    """A console on ``file`` (default: standard output) that reads no markup."""
    file = file or sys.stdout
    width = None if file.isatty() else _WIDE
    return Console(file=file, width=width, markup=False, highlight=False, emoji=False, legacy_windows=False)


def size(count: int) -> str:
    """Bytes in a unit for people."""
    amount, units = float(count), iter(("bytes", "kB", "MB", "GB"))
    unit = next(units)
    for larger in units:
        if amount < 1000:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"


# --- progress -------------------------------------------------------------------------------------


@contextmanager
def progress(console: Console, *, in_bytes: bool = False) -> Iterator[OnProgress]:
    """Shows what is done, how far it is and how long it takes: bars on a terminal, now and then a line elsewhere."""
    if not console.is_terminal:
        yield _lines(console, in_bytes)
        return
    amount: ProgressColumn = DownloadColumn() if in_bytes else MofNCompleteColumn()
    columns = (TextColumn("{task.description}"), BarColumn(), amount, TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bars:
        tasks: dict[str, TaskID] = {}

        def advance(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(one_line(_STAGES.get(stage, stage)))
            bars.update(tasks[stage], completed=done, total=total or None)

        yield advance


def _lines(console: Console, in_bytes: bool, *, every: float = 10.0) -> OnProgress:
    shown: dict[str, tuple[float, int]] = {}
    started = time.monotonic()

    def advance(stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        at, last = shown.get(stage, (-every, -1))
        finished = bool(total) and done >= total and last < total
        if now - at < every and not finished:
            return
        shown[stage] = (now, done)
        far, whole = (size(done), size(total)) if in_bytes else (str(done), str(total))
        console.print(
            f"{one_line(_STAGES.get(stage, stage))}: {far} of {whole if total else '?'}, {now - started:.0f} s"
        )

    return advance


@contextmanager
def waiting(console: Console, what: str) -> Iterator[None]:
    """A spinner on a terminal; elsewhere nothing."""
    if not console.is_terminal:
        yield
        return
    with console.status(Text(f"{what} …", style="dim")):
        yield
