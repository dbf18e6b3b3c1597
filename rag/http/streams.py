"""Answers on their way to a client: followed as they come, told as server-sent events, stopped when it leaves.

Part of the server: FastAPI's and Starlette's types are imported here.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from rag.errors import CopydeskError
from rag.http.following import FINAL, broke_off, failure, following
from rag.http.jobs import Item, Jobs
from rag.types import Event, Question


@dataclass
class ServerState:
    """What the routes share. ``problem`` says why no question would be answered now, None when one would."""

    desk: Any  # rag.pipeline.Copydesk, or a fake with the same methods
    jobs: Jobs
    token: str
    problem: str | None = None
    writing: threading.Lock = field(default_factory=threading.Lock)


async def follow(state: ServerState, request: Request, question: Question, door: str) -> AsyncGenerator[Item]:
    """The items of one answer, as ``rag.http.following`` gives them, until the client leaves. ``door`` is "json", "sse"
    or "chat"; one client at one door is one asker. Raises QueueFullError at once."""
    left = asyncio.create_task(_left(request))
    asker = f"{door}:{request.client.host if request.client else ''}"
    try:
        async with aclosing(following(state.jobs, state.desk.stream, question, asker, left)) as items:
            async for item in items:
                yield item
    finally:
        left.cancel()


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def finished_answer(state: ServerState, request: Request, question: Question, door: str) -> dict[str, Any]:
    """The answer's JSON. Raises the job's error, or Cancelled when the client left."""
    async with aclosing(follow(state, request, question, door)) as items:
        async for item in items:
            if error := failure(item):
                raise error
            if isinstance(item, Event) and item.name == "answer":
                return item.data
    raise broke_off()  # never reached: the last item is one of the above


def error_json(error: CopydeskError) -> dict[str, Any]:
    return {"error": error.message, "hint": error.hint, "status": error.http_status}


def sse(name: str, data: Any) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


async def _event_stream(first: Item, items: AsyncGenerator[Item]) -> AsyncIterator[str]:
    item: Item = first
    async with aclosing(items):
        while True:
            if item is None:
                yield ": still here\n\n"
            elif isinstance(item, CopydeskError):
                yield sse("error", error_json(item))
                return
            else:
                yield sse(item.name, item.data)
                if item.name in FINAL:
                    return
            item = await anext(items)


async def stream_response(state: ServerState, request: Request, question: Question) -> Response:
    """Server-sent events of one answer. Raises what fails before its first event, so that it gets its HTTP status."""
    items = follow(state, request, question, "sse")
    first = await anext(items)
    if isinstance(first, CopydeskError):
        raise first
    return StreamingResponse(
        _event_stream(first, items),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def wants_events(request: Request) -> bool:
    return "text/event-stream" in request.headers.get("accept", "")
