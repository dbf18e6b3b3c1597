"""``copydesk mcp``: the archive as tools for the program that starts it, over standard input and output."""

from __future__ import annotations

import asyncio
import signal
import threading
from contextlib import ExitStack
from typing import Any

from rag.config import Settings
from rag.http.client import connect
from rag.http.jobs import Jobs


def serve(settings: Settings) -> None:
    """Serve until standard input ends. Questions go to the server that runs on the archive, whenever there is one; else
    the archive is opened here, and the model loaded for the first question."""
    from rag.mcp import server

    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a thread that waits for input can't be told, and nothing is unsaved
    jobs = Jobs(limit=settings.queue_size + 1)
    with ExitStack() as opened:
        finder = _Finder(settings, opened)
        opened.callback(jobs.stop_all)
        asyncio.run(server.over_stdio(server.Desk(finder.open, jobs, settings.max_question_chars)))


class _Finder:
    """Finds what answers, anew for each call: a server may be started or stopped while a program keeps this one."""

    def __init__(self, settings: Settings, opened: ExitStack) -> None:
        self._settings = settings
        self._opened = opened
        self._lock = threading.Lock()
        self._here: Any = None

    def open(self) -> tuple[Any, Any]:
        """What answers questions, and what holds the articles. Raises CopydeskError where there is no archive."""
        if remote := connect(self._settings.archive_dir):
            return remote, remote
        from rag.pipeline import Copydesk

        with self._lock:
            if self._here is None:
                self._here = self._opened.enter_context(Copydesk.open(self._settings))
        return self._here, self._here.archive
