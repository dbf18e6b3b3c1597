"""Finished runs, kept as files of one folder: ``ID.json``, readable by the user alone, the newest ``MOST`` of them.

A file is one JSON object in two lines: the first holds the ``head``, the second the whole ``run``. A list of runs reads
heads only, some kilobytes where a run has megabytes.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import CopydeskError, InputError, NotFoundError

MOST = 100  # runs
LONGEST_HEAD = 64_000  # bytes
ID = re.compile(r"[0-9]{8}-[0-9]{6}-[a-z0-9-]{1,60}")
HEAD_KEYS = (
    "set",
    "questions",
    "started_at",
    "duration_s",
    "of",
    "whole",
    "stopped",
    "from",
    "machine",
    "model",
    "llm_problem",
    "metrics",
)
_OPENING, _BETWEEN = b'{"head": ', b',\n"run": '


@dataclass(frozen=True, slots=True)
class Kept:
    """The heads of all kept runs, the newest first, and the names of the files that could not be read."""

    heads: tuple[Mapping[str, Any], ...] = ()
    unreadable: tuple[str, ...] = ()


def keep(folder: Path, run: Mapping[str, Any], most: int = MOST) -> str:
    """Write a run (as ``eval.results.result`` makes it) and forget the oldest beyond ``most``. Returns its id.

    Raises CopydeskError where the folder can't be written.
    """
    id = _new_id(run)
    data = _OPENING + _json(head(run, id)) + _BETWEEN + _json(run) + b"}\n"
    part = folder / f"{id}.part"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
        part.replace(_path(folder, id))
        for old in _ids(folder)[most:]:
            _path(folder, old).unlink(missing_ok=True)
    except OSError as error:
        raise CopydeskError(
            f"{folder} can't be written: {error.strerror or error}.",
            "Make room or name another folder with COPYDESK_EVALS; --no-keep leaves a run out.",
        ) from error
    return id


def head(run: Mapping[str, Any], id: str = "") -> dict[str, Any]:
    """What a list of runs tells of one: no answers, but which were right."""
    answers = run["answers"]
    return {
        "id": id,
        **{key: run.get(key) for key in HEAD_KEYS},
        "asked": len(answers),
        "right": sum(answer["correct"] for answer in answers),
    }


def heads(folder: Path) -> Kept:
    """All kept runs. A folder that is not there holds none."""
    found: list[Mapping[str, Any]] = []
    unreadable: list[str] = []
    for id in _ids(folder):
        read = _head(_path(folder, id), id)
        if read is None:
            unreadable.append(_path(folder, id).name)
        else:
            found.append(read)
    return Kept(tuple(found), tuple(unreadable))


def load(folder: Path, id: str) -> dict[str, Any]:
    """A whole run by its id. Raises NotFoundError where there is none, InputError where its file is damaged."""
    path = _path(folder, id)
    try:
        run = json.loads(path.read_bytes())["run"] if ID.fullmatch(id) else None
    except FileNotFoundError:
        run = None
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        raise InputError(
            f"The run {path.name} can't be read.", "Delete the file, and run the questions again."
        ) from None
    if run is None:
        raise NotFoundError(f"There is no run {id!r}.", f"See the list of runs; the newest {MOST} are kept.")
    if not (isinstance(run, dict) and isinstance(run.get("answers"), list) and isinstance(run.get("metrics"), dict)):
        raise InputError(f"The run {path.name} can't be read.", "Delete the file, and run the questions again.")
    return run


def _head(path: Path, id: str) -> dict[str, Any] | None:
    try:
        with path.open("rb") as file:
            line = file.readline(LONGEST_HEAD)
        told = json.loads(line.rstrip()[:-1] + b"}")["head"]
        sound = told["id"] == id and all(key in told for key in (*HEAD_KEYS, "asked", "right"))
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None
    return told if sound and isinstance(told["metrics"], dict) and isinstance(told["model"], dict) else None


def _ids(folder: Path) -> list[str]:
    """The newest first: an id begins with its time."""
    if not folder.is_dir():
        return []
    return sorted((p.stem for p in folder.glob("*.json") if ID.fullmatch(p.stem)), reverse=True)


def _new_id(run: Mapping[str, Any]) -> str:
    """Of the run's time and set, and some letters more: two runs may begin in one second."""
    time = re.sub(r"[^0-9]", "", str(run["started_at"]))[:14]
    name = re.sub(r"[^a-z0-9]+", "-", str(run["set"]).lower()).strip("-")[:40] or "questions"
    return f"{time[:8]}-{time[8:]}-{name}-{secrets.token_hex(2)}"


def _path(folder: Path, id: str) -> Path:
    return folder / f"{id}.json"


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()
