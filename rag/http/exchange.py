"""One HTTP exchange with a Copydesk server, by the standard library: importing httpx takes four times as long, and an
answer's first words would wait for it."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from rag.llm.base import Cancel

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 900.0  # a long queue on a slow machine; Ctrl-C works all the while


@contextmanager
def exchange(
    url: str,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    *,
    cancel: Cancel | None = None,
    connect: float = CONNECT_SECONDS,
    read: float = ANSWER_SECONDS,
) -> Iterator[http.client.HTTPResponse]:
    """One request on a connection of its own, through no proxy; leaving the block closes it. ``cancel`` breaks it off
    from any thread. Raises OSError, HTTPException, ValueError for an address that is none."""
    address = urlsplit(url)
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    connection = kind(address.hostname or "", address.port, timeout=connect)
    try:
        connection.connect()
        line = connection.sock
        line.settimeout(read)
        with cancel.watching(lambda: _break_off(line)) if cancel else nullcontext():
            connection.request(method, address.path.rstrip("/") + path, body, dict(headers or {}))
            yield connection.getresponse()
    finally:
        connection.close()


def _break_off(line: socket.socket) -> None:
    """Wake a thread that waits for the next bytes; closing alone would let it wait on."""
    with suppress(OSError):  # it has ended meanwhile
        line.shutdown(socket.SHUT_RDWR)
