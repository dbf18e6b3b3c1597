"""A real ``copydesk serve`` on an archive of its own, started and stopped for measuring."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from rag.errors import CopydeskError

COMMAND = (sys.executable, "-c", "import sys; from rag.cli import main; sys.exit(main())")
START_SECONDS = 180.0
STOP_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Running:
    """A server: its address, and the seconds from the command to a page (``GET /``) and to taking questions."""

    url: str
    page_s: float
    ready_s: float


def make_archive(articles: Path, archive: Path) -> None:
    """Take a folder's articles into a new archive. Raises CopydeskError with what the command said."""
    command = [*COMMAND, "ingest", str(articles), "--archive", str(archive)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=START_SECONDS, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-500:]
        raise CopydeskError(f"The articles could not be taken in: {said}", "`copydesk doctor` tells what is missing.")


@contextmanager
def serving(archive: Path, log: Path) -> Iterator[Running]:
    """``copydesk serve`` on the archive, ready for questions; stopped at the end. ``log`` gets what it prints.

    Raises RuntimeError where it ends before it is ready, or is not ready in time.
    """
    port = free_port()
    command = [*COMMAND, "serve", "--archive", str(archive), "--host", "127.0.0.1", "--port", str(port)]
    with log.open("a", encoding="utf-8") as sink:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT)
        try:
            yield ready(process, f"http://127.0.0.1:{port}", began, log)
        finally:
            stop(process)


def ready(process: subprocess.Popen[bytes], url: str, began: float, log: Path) -> Running:
    """Wait until the process, started at ``began``, serves at ``url``. Raises RuntimeError as ``serving`` does."""
    page = None
    with httpx.Client(base_url=url, timeout=5.0, trust_env=False) as http:
        while time.perf_counter() - began < START_SECONDS:
            if process.poll() is not None:
                raise RuntimeError(f"the server ended: {_end(log)}")
            page = page or _answered(http, "/", began)
            if page and (is_up := _answered(http, "/healthz", began)):
                return Running(url, page, is_up)
            time.sleep(0.05)
    raise RuntimeError(f"the server was not ready after {START_SECONDS:.0f} s: {_end(log)}")


def _end(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace").strip()[-500:]


def _answered(http: httpx.Client, path: str, began: float) -> float | None:
    """Seconds since ``began`` where the path is answered with 200 now."""
    try:
        return time.perf_counter() - began if http.get(path).status_code == 200 else None
    except httpx.HTTPError:
        return None


def stop(process: subprocess.Popen[Any]) -> None:
    """Ask a process to end, and make it where it doesn't."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port
