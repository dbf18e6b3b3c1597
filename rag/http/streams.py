"""Answers on their way to a client: followed as they come, told as server-sent events, stopped when it leaves.

Part of the server: FastAPI's and Starlette's types are imported here.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from rag.errors import Cancelled, CopydeskError
from rag.http.jobs import Item, Jobs
from rag.llm.base import Cancel
from rag.types import Event, Question

KEEP_ALIVE_SECONDS = 10.0
FINAL = ("answer", "error")


@dataclass
class ServerState:
    """What the routes share. ``problem`` says why no question would be answered now, None when one would."""

    desk: Any  # rag.pipeline.Copydesk, or a fake with the same methods
    jobs: Jobs
    token: str
    problem: str | None = None
    writing: threading.Lock = field(default_factory=threading.Lock)


async def follow(state: ServerState, request: Request, question: Question, door: str) -> AsyncGenerator[Item]:
    """The items of one answer as they come; None stands for a pause (time to write a keep-alive). The last item is
    always an answer or an error. ``door`` is "json", "sse" or "chat"; one client at one door is one asker.

    Stops the job when the client leaves, or when the caller stops listening. Raises QueueFullError at once.
    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[Item] = asyncio.Queue()
    cancel: Cancel | None = None
    asker = f"{door}:{request.client.host if request.client else ''}"

    def produce(cancel: Cancel) -> Iterator[Event]:
        return state.desk.stream(replace(question, asker=asker), cancel)  # type: ignore[no-any-return]

    def emit(item: Item) -> None:
        try:
            loop.call_soon_threadsafe(queue.put_nowait, item)
        except RuntimeError:  # the server's loop has ended meanwhile
            if cancel is not None:
                cancel.set()

    cancel = state.jobs.start(produce, emit, asker)
    left = asyncio.create_task(_left(request))
    coming = asyncio.create_task(queue.get())
    finished = False
    try:
        while not finished:
            await asyncio.wait((coming, left), timeout=KEEP_ALIVE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if coming.done():
                item = coming.result()
                finished = not isinstance(item, Event) or item.name in FINAL
                coming = asyncio.create_task(queue.get())
                yield broke_off() if item is None else item
            elif left.done():
                yield Cancelled()
                return
            else:
                yield None
    finally:
        left.cancel()
        coming.cancel()
        if not finished:
            cancel.set()


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def broke_off() -> CopydeskError:
    """For a job that ended without an answer or an error of its own."""
    return CopydeskError("The answer broke off because of a fault in Copydesk.", "Ask again; see the server's log.")


async def finished_answer(state: ServerState, request: Request, question: Question, door: str) -> dict[str, Any]:
    """The answer's JSON. Raises the job's error, or Cancelled when the client left."""
    async with aclosing(follow(state, request, question, door)) as items:
        async for item in items:
            if isinstance(item, CopydeskError):
                raise item
            if item is not None and item.name == "error":
                raise CopydeskError(str(item.data.get("error")), str(item.data.get("hint", "")))
            if item is not None and item.name == "answer":
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
