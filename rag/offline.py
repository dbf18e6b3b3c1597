"""Proves that Copydesk works without a network: refuses connections, then does the work.

Run as a child process (``python -m rag.offline``) with ``{"settings": {...}, "full": false}`` on standard input; it
writes one JSON object, ``{"done": [what worked], "tried": [addresses refused], "error": null or a sentence}``.
"""

from __future__ import annotations

import ipaddress
import json
import socket
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rag.config import Settings
from rag.errors import CopydeskError

_TIMEOUT_SECONDS = 240


@dataclass(frozen=True, slots=True)
class Proof:
    """What an offline run could do. ``tried``: addresses that something wanted to reach, and could not."""

    done: tuple[str, ...]
    tried: tuple[str, ...]
    error: str | None


def prove(settings: Settings, *, full: bool = False) -> Proof:
    """Embeds a sentence and counts tokens (with ``full``, also lets the language model answer) in a child process
    that can't connect anywhere. Never raises: what went wrong is in ``error``."""
    values = {name: str(value) if isinstance(value, Path) else value for name, value in asdict(settings).items()}
    try:
        result = subprocess.run(
            [sys.executable, "-P", "-m", "rag.offline"],
            input=json.dumps({"settings": values, "full": full}),
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
        )
        found = json.loads(result.stdout.splitlines()[-1])
        return Proof(tuple(found["done"]), tuple(found["tried"]), found["error"])
    except subprocess.TimeoutExpired:
        return Proof((), (), f"it did not end within {_TIMEOUT_SECONDS} s")
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        lines = result.stderr.strip().splitlines() if "result" in locals() else []
        return Proof((), (), lines[-1][:300] if lines else "the check could not be started")


def refuse_connections(tried: list[str]) -> None:
    """From here on this process reaches loopback addresses and Unix sockets only; other attempts fail and are noted."""
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def refuse(host: object) -> None:
        if not _is_local(host):
            tried.append(str(host))
            raise ConnectionRefusedError(f"connections are refused here: {host}")

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX:
            refuse(address[0])
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        if self.family != socket.AF_UNIX:
            refuse(address[0])
        return connect_ex(self, address)

    def guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        refuse(host)
        return getaddrinfo(host, *args, **kwargs)

    socket.socket.connect = guarded_connect  # type: ignore[assignment, method-assign]
    socket.socket.connect_ex = guarded_connect_ex  # type: ignore[assignment, method-assign]
    socket.getaddrinfo = guarded_getaddrinfo


def _is_local(host: object) -> bool:
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if name is None or name in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(str(name).split("%")[0]).is_loopback
    except ValueError:
        return False


def _work(settings: Settings, full: bool, done: list[str]) -> None:
    from rag.models import resolve_llm
    from rag.search.embed import load_embedder

    load_embedder(settings).encode_queries(["What did the harbour master report?"])
    done.append("a sentence was embedded")
    if settings.llm_url:
        done.append("the language model is on a server of yours, which was not asked")
        return
    gguf = resolve_llm(settings)
    if gguf is None:
        return
    if not full:
        from rag.tokens import count, encoding_for

        if encoding := encoding_for(gguf, settings.models_dir):
            count(encoding, "What did the harbour master report?")
            done.append("tokens were counted")
        return
    from rag.llm import load_llm
    from rag.llm.base import Prompt
    from rag.types import Message

    model = load_llm(settings)
    if model is None:
        return
    try:
        for _ in model.stream(Prompt((Message("user", "Say yes."),)), max_tokens=4):
            pass
    finally:
        model.close()
    done.append("the language model answered")


def main() -> int:
    request = json.loads(sys.stdin.read())
    values = request["settings"]
    settings = Settings(
        **{**values, "archive_dir": Path(values["archive_dir"]), "models_dir": Path(values["models_dir"])}
    )
    tried: list[str] = []
    done: list[str] = []
    error: str | None = None
    refuse_connections(tried)
    try:
        _work(settings, bool(request["full"]), done)
    except (CopydeskError, OSError, ValueError, RuntimeError, ImportError) as problem:
        error = f"{type(problem).__name__}: {problem}" if not isinstance(problem, CopydeskError) else problem.message
    sys.stdout.write("\n" + json.dumps({"done": done, "tried": tried, "error": error}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
