"""One answer, followed from a coroutine while it comes about on its thread. Standard library only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import replace
from typing import Any

from rag.errors import Cancelled, CopydeskError
from rag.http.jobs import Item, Jobs
from rag.llm.base import Cancel
from rag.types import Event, Question

KEEP_ALIVE_SECONDS = 10.0
FINAL = ("answer", "error")

Stream = Callable[[Question, Cancel], Iterator[Event]]


async def following(
    jobs: Jobs, stream: Stream, question: Question, asker: str, left: asyncio.Future[Any] | None = None
) -> AsyncGenerator[Item]:
    """The items of one answer as they come; None stands for a pause (time to write a keep-alive). The last item is
    always an answer or an error. ``asker`` is who waits for it, "DOOR:WHO".

    Stops the job when ``left`` is done, or when the caller stops listening. Raises QueueFullError at once.
    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[Item] = asyncio.Queue()
    cancel: Cancel | None = None

    def produce(cancel: Cancel) -> Iterator[Event]:
        return stream(replace(question, asker=asker), cancel)

    def emit(item: Item) -> None:
        try:
            loop.call_soon_threadsafe(queue.put_nowait, item)
        except RuntimeError:  # the server's loop has ended meanwhile
            if cancel is not None:
                cancel.set()

    cancel = jobs.start(produce, emit, asker)
    coming = asyncio.create_task(queue.get())
    finished = False
    try:
        while not finished:
            watched = (coming,) if left is None else (coming, left)
            await asyncio.wait(watched, timeout=KEEP_ALIVE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if coming.done():
                item = coming.result()
                finished = not isinstance(item, Event) or item.name in FINAL
                coming = asyncio.create_task(queue.get())
                yield broke_off() if item is None else item
            elif left is not None and left.done():
                yield Cancelled()
                return
            else:
                yield None
    finally:
        coming.cancel()
        if not finished:
            cancel.set()


def broke_off() -> CopydeskError:
    """For a job that ended without an answer or an error of its own."""
    return CopydeskError("The answer broke off because of a fault in Copydesk.", "Ask again; see the server's log.")


def failure(item: Item) -> CopydeskError | None:
    """The error that an item is; None for one that is none."""
    if isinstance(item, CopydeskError):
        return item
    if item is not None and item.name == "error":
        return CopydeskError(str(item.data.get("error")), str(item.data.get("hint", "")))
    return None
