"""/mcp: the Model Context Protocol beside the HTTP API, behind the same guard.

What speaks it is loaded at the first request: a third of a second that a server without such clients need not spend.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from rag.http.guard import MCP
from rag.http.streams import ServerState

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager


class McpDoor:
    """The ASGI application at ``/mcp``. ``close`` must be awaited before the event loop ends."""

    def __init__(self, state: ServerState) -> None:
        self._state = state
        self._starting = asyncio.Lock()
        self._ending = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self._manager: StreamableHTTPSessionManager | None = None

    @property
    def routes(self) -> list[Route]:
        return [Route(path, self) for path in (MCP, f"{MCP}/")]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._starting:
            if self._manager is None:
                await self._start()
        assert self._manager is not None
        await self._manager.handle_request(scope, receive, send)

    async def _start(self) -> None:
        build: Callable[..., Any] = await asyncio.to_thread(_load)
        manager = build(self._state)
        ready = asyncio.Event()

        async def run() -> None:  # a task of its own: the request that comes first must not hold it open
            async with manager.run():
                ready.set()
                await self._ending.wait()

        self._running = asyncio.create_task(run(), name="mcp")
        await ready.wait()
        self._manager = manager

    async def close(self) -> None:
        """End all sessions."""
        self._ending.set()
        if self._running is not None:
            await self._running


def _load() -> Callable[[ServerState], Any]:
    from rag.mcp import server

    def build(state: ServerState) -> Any:
        desk = state.desk
        source = server.Desk(
            lambda: (desk, desk.archive), state.jobs, desk.settings.max_question_chars, lambda: state.problem
        )
        return server.over_http(source)

    return build
