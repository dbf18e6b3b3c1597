"""POST /v1/chat/completions for programs that speak OpenAI's protocol. Only checked sentences are ever sent."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from rag.errors import CopydeskError
from rag.http.api_models import ChatRequest
from rag.http.jobs import Item
from rag.http.streams import ServerState, finished_answer, follow
from rag.types import Question

MODEL = "copydesk"


def build_chat_router(state: ServerState) -> APIRouter:
    router = APIRouter()
    max_chars: int = state.desk.settings.max_question_chars

    @router.get("/v1/models")
    def models() -> dict[str, Any]:
        return {"object": "list", "data": [{"id": MODEL, "object": "model", "created": 0, "owned_by": "copydesk"}]}

    @router.post("/v1/chat/completions")
    async def chat(request: Request, body: ChatRequest) -> Response:
        head = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": MODEL}
        try:
            question = body.to_question(max_chars)
            if body.stream:
                with_usage = bool((body.stream_options or {}).get("include_usage"))
                return await _stream(state, request, question, head, with_usage)
            answer = await finished_answer(state, request, question, "chat")
        except CopydeskError as error:
            return JSONResponse(_error(error), status_code=error.http_status)
        message = {"role": "assistant", "content": content(answer)}
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        whole = {**head, "object": "chat.completion", "choices": [choice], "usage": _usage(answer), "copydesk": answer}
        return JSONResponse(whole)

    return router


def content(answer: dict[str, Any]) -> str:
    """What a reader of plain text gets: the checked text, or in its absence the notice."""
    return str(answer["text"] or answer["notice"] or "The articles do not say.")


async def _stream(
    state: ServerState, request: Request, question: Question, head: dict[str, Any], with_usage: bool
) -> Response:
    items = follow(state, request, question, "chat")
    first = await anext(items)
    if isinstance(first, CopydeskError):
        raise first
    return StreamingResponse(
        _chunks(first, items, head, with_usage),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _chunks(
    first: Item, items: AsyncGenerator[Item], head: dict[str, Any], with_usage: bool
) -> AsyncIterator[str]:
    def chunk(delta: dict[str, Any], finish: str | None = None, **extra: Any) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return _data({**head, "object": "chat.completion.chunk", "choices": [choice], **extra})

    sent = ""
    answer: dict[str, Any] | None = None
    item: Item = first
    yield chunk({"role": "assistant", "content": ""})
    async with aclosing(items):
        while answer is None:
            if item is None:
                yield ": still here\n\n"
            elif isinstance(item, CopydeskError):
                yield _data(_error(item))
                return
            elif item.name == "error":
                yield _data(_error(CopydeskError(str(item.data.get("error")), str(item.data.get("hint", "")))))
                return
            elif item.name == "sentence":
                piece = (" " if sent else "") + with_markers(item.data)
                sent += piece
                yield chunk({"content": piece})
            elif item.name == "answer":
                answer = item.data
                continue
            item = await anext(items)
    whole = content(answer)
    if whole != sent:  # composed at the end, as for sources that disagree, or nothing passed the check
        rest = whole[len(sent) :] if whole.startswith(sent) else f"\n\n{whole}"
        yield chunk({"content": rest})
    yield chunk({}, "stop", copydesk=answer)
    if with_usage:
        yield _data({**head, "object": "chat.completion.chunk", "choices": [], "usage": _usage(answer)})
    yield "data: [DONE]\n\n"


def with_markers(sentence: dict[str, Any]) -> str:
    """A sentence as it stands in the answer's text: ``It ran aground [1][2].``"""
    text = str(sentence["text"])
    markers = "".join(f"[{n}]" for n in sentence["citations"])
    if not markers:
        return text
    body = text.rstrip(".!?")
    return f"{body} {markers}{text[len(body) :]}"


def _usage(answer: dict[str, Any]) -> dict[str, Any]:
    usage = answer["usage"]
    return {
        "prompt_tokens": usage["prompt_tokens"],
        "completion_tokens": usage["completion_tokens"],
        "total_tokens": usage["prompt_tokens"] + usage["completion_tokens"],
        "prompt_tokens_details": {"cached_tokens": usage["cached_tokens"]},
    }


def _error(error: CopydeskError) -> dict[str, Any]:
    kind = "invalid_request_error" if error.http_status < 500 else "server_error"
    return {"error": {"message": str(error), "type": kind, "code": error.http_status, "param": None}}


def _data(value: Any) -> str:
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n"
