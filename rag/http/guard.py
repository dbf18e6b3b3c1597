"""What every HTTP request must pass before the application sees it. A plain ASGI wrapper, standard library only.

Copydesk listens on the loopback interface, where any web page the user has open can still aim requests. So: the
``Host`` must be one of ours (a page can point its own domain at 127.0.0.1), requests that change or start something
must come from our own page or from no page at all, and of the chat window's routes only those it uses are open
(it could also serve files and fetch for others).
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import socket
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, MutableMapping
from typing import Any
from urllib.parse import urlsplit

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_BODY = 1_000_000  # bytes
UPLOADS = "/v1/uploads/"
MAX_UPLOAD = 50_000_000  # bytes, from this machine only
READING = ("GET", "HEAD")
MCP = "/mcp"  # its protocol wants the origin of every request checked, those that only read as well
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
EVERYWHERE = ("0.0.0.0", "::", "")

UI_API = "/gradio_api/"
UI_API_OPEN = ("queue/join", "queue/data", "run/predict", "heartbeat/", "startup-events", "cancel", "reset")

# Scripts come from this server's files only, never from markup, so that none can hide in an article. Gradio makes
# functions out of its components' templates ('unsafe-eval') and sets styles. All else, images above all, stays on this
# server, so that nothing in an article can make the browser tell a stranger what was read.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
SECURITY_HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


class Closing:
    """Tells every open request, from any thread, that the server ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._closed = False
        self._waiting: set[asyncio.Future[None]] = set()

    def set(self) -> None:
        with self._lock:
            self._closed = True
            for future in self._waiting:
                with contextlib.suppress(RuntimeError):  # its loop has ended before
                    future.get_loop().call_soon_threadsafe(future.cancel)

    @contextlib.contextmanager
    def watched(self) -> Iterator[asyncio.Future[None]]:
        """A future that is cancelled when the server ends."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        with self._lock:
            if self._closed:
                future.cancel()
            self._waiting.add(future)
        try:
            yield future
        finally:
            with self._lock:
                self._waiting.discard(future)
            future.cancel()


class Guard:
    """Wraps ``app``; ``host`` is the address the server listens on.

    Once ``closing`` is set, every request sees its client leave: open event streams end instead of holding up the
    server's end. ``refused`` is told the status of every response that is an error.
    """

    def __init__(
        self,
        app: App,
        host: str = "127.0.0.1",
        closing: Closing | None = None,
        refused: Callable[[int], None] = lambda status: None,
    ) -> None:
        self.app = app
        self.refused = refused
        self.host = host.strip("[]").lower()
        self.closing = closing or Closing()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        problem = self._problem(scope, headers)
        if problem is None and scope["method"] not in READING:
            limit = _limit(scope)
            body = await _read(receive, limit)
            if body is None:
                problem = _too_large(limit)
            else:
                receive = _replay(body, receive)
        send = self._hardened(send)
        if problem is None:
            await self.app(scope, _until(self.closing, receive), send)
        else:
            await _refuse(send, *problem)

    def _problem(self, scope: Scope, headers: Mapping[str, str]) -> tuple[int, str, str] | None:
        host = headers.get("host", "")
        if not self._is_ours(host):
            return 421, "This server does not answer under that name.", "Open it at http://127.0.0.1 and its port."
        path = scope["path"]
        if path.startswith(UI_API) and not path.removeprefix(UI_API).startswith(UI_API_OPEN):
            return 404, f"There is no {path} here.", "The API is under /v1; see GET /v1/info."
        if scope["method"] in READING and path.rstrip("/") != MCP:
            return None
        if not _same_origin(headers, host):
            return 403, "Requests from other web sites are refused.", "Use the page of this server, or no browser."
        limit = _limit(scope)
        if (length := headers.get("content-length", "0")) and (not length.isdigit() or int(length) > limit):
            return _too_large(limit)
        return None

    def _hardened(self, send: Send) -> Send:
        async def hardened(message: Message) -> None:
            if message["type"] == "http.response.start":
                if message["status"] >= 400:
                    self.refused(message["status"])
                ours = {name for name, _ in SECURITY_HEADERS}
                kept: Iterable[tuple[bytes, bytes]] = (
                    (name, value)
                    for name, value in message.get("headers", ())
                    if name.lower() not in ours and not name.lower().startswith(b"access-control-")
                )
                message = {**message, "headers": [*kept, *SECURITY_HEADERS]}
            await send(message)

        return hardened

    def _is_ours(self, host: str) -> bool:
        try:
            name = (urlsplit(f"//{host}").hostname or "").lower()
        except ValueError:
            return False
        if name in LOOPBACK_NAMES or (name and name == self.host):
            return True
        # Listening everywhere, by the user's choice: addresses can't be rebound, other names than ours could be.
        return self.host in EVERYWHERE and (_is_address(name) or name == socket.gethostname().lower())


def is_loopback(host: str | None) -> bool:
    """Whether ``host`` (an address or "localhost") is this machine talking to itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _same_origin(headers: Mapping[str, str], host: str) -> bool:
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc.lower() == host.lower()


def _limit(scope: Scope) -> int:
    """How many bytes a request may bring: an article's file may be larger than a question."""
    client = scope.get("client")
    local = is_loopback(client[0] if client else None)
    return MAX_UPLOAD if local and scope["path"].startswith(UPLOADS) else MAX_BODY


async def _read(receive: Receive, limit: int) -> bytes | None:
    """The whole request body, or None when it is over the limit."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":  # the client left; the application will notice
            return b"".join(chunks)
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            return None
        chunks.append(chunk)
        if not message.get("more_body"):
            return b"".join(chunks)


def _replay(body: bytes, receive: Receive) -> Receive:
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return pending.pop() if pending else await receive()

    return replayed


def _until(closing: Closing, receive: Receive) -> Receive:
    async def until() -> Message:
        message = asyncio.ensure_future(receive())
        try:
            with closing.watched() as closed:
                await asyncio.wait((message, closed), return_when=asyncio.FIRST_COMPLETED)
            return message.result() if message.done() else {"type": "http.disconnect"}
        finally:
            message.cancel()

    return until


def _too_large(limit: int) -> tuple[int, str, str]:
    return 413, f"The request is larger than {limit // 1_000_000} MB.", "Send less at a time."


async def _refuse(send: Send, status: int, error: str, hint: str) -> None:
    body = json.dumps({"error": error, "hint": hint}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if status == 413:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
