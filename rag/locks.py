"""Locks between processes: one writes to an archive, any number read it."""

from __future__ import annotations

import fcntl
import os
import re
import sys
import weakref
from datetime import datetime
from pathlib import Path

from rag.errors import ArchiveBusyError, ArchiveError


class WriteLock:
    """An exclusive, non-blocking lock on a file, held until ``release`` or the end of the process."""

    def __init__(self, path: Path) -> None:
        """Take the lock. Raises ArchiveBusyError when another process, or this one, already holds it."""
        self.path = path
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise ArchiveError(
                f"The archive at {path.parent} can't be written to: {error.strerror}.",
                "Check the permissions and the free space there, or choose another folder with --archive.",
            ) from error
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(self._fd, 200).decode("utf-8", "replace")
            os.close(self._fd)
            raise ArchiveBusyError(
                f"The archive at {path.parent} is being written to by {_who(holder)}.",
                "Wait until it has finished, or stop it, and try again.",
            ) from error
        os.ftruncate(self._fd, 0)
        since = datetime.now().astimezone().isoformat(timespec="seconds")
        os.write(self._fd, f"{os.getpid()}\n{_program()}\n{since}\n".encode())

    def release(self) -> None:
        """Give the lock back; safe to call twice."""
        if self._fd >= 0:
            os.ftruncate(self._fd, 0)
            os.close(self._fd)
            self._fd = -1


def _program() -> str:
    """What this process runs, for people: "copydesk ingest". Only the command, never what it was given."""
    words = [Path(sys.argv[0]).name if sys.argv else "", *sys.argv[1:2]]
    return " ".join(word for word in words if re.fullmatch(r"[a-z][\w.-]{1,30}", word))


def _who(holder: str) -> str:
    """The process that a lock file names: "process 4711 (copydesk ingest), since 14:02"."""
    pid, program, since = ([line.strip() for line in holder.splitlines()] + ["", "", ""])[:3]
    if not pid.isdigit():
        return "another process"
    who = f"process {pid}"
    if re.fullmatch(r"[\w. -]{1,80}", program):
        who += f" ({program})"
    try:
        began = datetime.fromisoformat(since)
    except ValueError:
        return who
    today = began.date() == datetime.now(began.tzinfo).date()
    return f"{who}, since {began:%H:%M}" if today else f"{who}, since {began:%Y-%m-%d %H:%M}"


class ReadLock:
    """A shared lock on a folder, held until ``release`` or the last reference to it is gone."""

    def __init__(self, folder: Path) -> None:
        """Take the lock. Raises OSError when the folder is not there."""
        fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        self.release = weakref.finalize(self, os.close, fd)
        fcntl.flock(fd, fcntl.LOCK_SH)


def is_read(folder: Path) -> bool:
    """Whether anybody, this process included, holds a ReadLock on ``folder``."""
    fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(fd)
    return False
