"""The page's frame: the document that a browser gets at ``/``, around the application that Gradio makes.

Gradio's own document paints nothing before six waves of scripts have come, asks other hosts for pictures, and needs
scripts in its markup to be allowed. This one has the same application in it, and: the masthead and a question box that
can be typed into from the first paint on (``still.js`` hands over what was typed); its scripts in one file of this
server, so that the content security policy forbids every script in markup; and a list of what will be needed, so that
it is fetched at once. Plain ASGI, standard library only.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from hashlib import sha256
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

SCRIPT = "/page.js"
FOREVER = (b"cache-control", b"public, max-age=31536000, immutable")  # for names that tell their content
ALWAYS_ASK = (b"cache-control", b"no-cache")
ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16'"
    " rx='3' fill='%2317497a'/%3E%3Cpath d='M4 5h8M4 8h8M4 11h5' stroke='%23fff' stroke-width='1.6'/%3E%3C/svg%3E"
)
_CONFIG = re.compile(r"<script>window\.gradio_config = (.*?);</script>", re.DOTALL)
_API = re.compile(r"<script>window\.gradio_api_info = (.*?);</script>", re.DOTALL)
_ENTRY = re.compile(r'<script type="module" crossorigin src="([^"]+)"></script>')
_SHEET = re.compile(r'<link rel="stylesheet" crossorigin href="([^"]+)">')


class Frame:
    """Wraps Gradio's application. ``style`` and ``script`` are the still page's own, ``still()`` its body as HTML,
    ``needed`` the files under ``/assets/`` that the application will ask for."""

    def __init__(self, app: App, *, style: str, script: str, still: Callable[[], str], needed: tuple[str, ...]) -> None:
        self.app = app
        self.style = style
        self.script = script.encode()
        self.version = sha256(self.script).hexdigest()[:16]
        self.still = still
        self.needed = needed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self.app(scope, receive, send)
        elif scope["path"] == SCRIPT:
            current = scope["query_string"] == f"v={self.version}".encode()
            await _respond(send, self.script, b"text/javascript; charset=utf-8", FOREVER if current else ALWAYS_ASK)
        elif scope["path"] == "/":
            await self._document(scope, receive, send)
        else:
            await self.app(scope, receive, _kept(send) if scope["path"].startswith("/assets/") else send)

    async def _document(self, scope: Scope, receive: Receive, send: Send) -> None:
        start: Message = {}
        body = bytearray()

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                body.extend(message.get("body", b""))

        await self.app({**scope, "method": "GET"}, receive, collect)
        if start.get("status") != 200:
            await send(start)
            await send({"type": "http.response.body", "body": bytes(body)})
            return
        made = self.document(body.decode("utf-8")).encode()
        await _respond(send, made, b"text/html; charset=utf-8", ALWAYS_ASK)

    def document(self, gradio: str) -> str:
        """This page around what stands in Gradio's. Raises LookupError where that is not as expected."""
        config, api, entry, sheet = (_only(pattern, gradio) for pattern in (_CONFIG, _API, _ENTRY, _SHEET))
        hints = "".join(
            f'<link rel="preload" as="style" crossorigin href="./assets/{name}">'
            if name.endswith(".css")
            else f'<link rel="modulepreload" crossorigin href="./assets/{name}">'
            for name in self.needed
        )
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><base href="./"><title>Copydesk</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            '<meta name="color-scheme" content="light dark">'
            f'<link rel="icon" href="{ICON}"><style>{self.style}</style>'
            f'<script type="application/json" id="gradio-config">{config}</script>'
            f'<script type="application/json" id="gradio-api">{api}</script>'
            f'<script src=".{SCRIPT}?v={self.version}"></script>'
            f'<link rel="modulepreload" crossorigin href="{entry}">{hints}'
            f'<link rel="preload" as="style" crossorigin href="{sheet}"></head><body>{self.still()}'
            '<gradio-app control_page_title="true" embed="false" eager="true" '
            f'data-style="{sheet}" data-script="{entry}"></gradio-app></body></html>'
        )


def _only(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    if found is None:
        raise LookupError(f"Gradio's page has no {pattern.pattern}")
    return found[1]


def _kept(send: Send) -> Send:
    """For files whose names change with their content."""

    async def keeping(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 200:
            others = [(name, value) for name, value in message["headers"] if name.lower() != b"cache-control"]
            message = {**message, "headers": [*others, FOREVER]}
        await send(message)

    return keeping


async def _respond(send: Send, body: bytes, kind: bytes, caching: tuple[bytes, bytes]) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), caching]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
