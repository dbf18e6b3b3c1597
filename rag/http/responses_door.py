"""POST /v1/responses: OpenAI's newer protocol, as far as it is text in and text out. Nothing is kept afterwards."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from rag.errors import CopydeskError
from rag.http.openai_door import MODEL, OpenAIRoute, Piece, content, error_body, streamed
from rag.http.openai_models import ResponsesRequest
from rag.http.streams import ServerState, finished_answer


def build_responses_router(state: ServerState) -> APIRouter:
    router = APIRouter(route_class=OpenAIRoute)
    max_chars: int = state.desk.settings.max_question_chars

    @router.post("/v1/responses")
    async def responses(request: Request, body: ResponsesRequest) -> Response:
        question = body.to_question(max_chars)
        head = _head(body)
        if body.stream:
            return await streamed(state, request, question, lambda pieces: _events(pieces, head))
        answer = await finished_answer(state, request, question, "chat")
        return JSONResponse(_whole(head, _message(_new("msg"), content(answer)), answer))

    return router


def _head(body: ResponsesRequest) -> dict[str, Any]:
    """The fields of a response that say nothing of the answer."""
    return {
        "id": _new("resp"),
        "object": "response",
        "created_at": int(time.time()),
        "status": "in_progress",
        "background": False,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": body.metadata or {},
        "model": MODEL,
        "output": [],
        "parallel_tool_calls": False,
        "previous_response_id": None,
        "store": False,
        "temperature": None,
        "text": {"format": {"type": "text"}},
        "tool_choice": "none",
        "tools": [],
        "top_p": None,
        "usage": None,
    }


def _message(name: str, text: str | None) -> dict[str, Any]:
    """The one item of the output; without text it has only begun."""
    parts = [] if text is None else [_part(text)]
    status = "in_progress" if text is None else "completed"
    return {"id": name, "type": "message", "role": "assistant", "status": status, "content": parts}


def _part(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _whole(head: dict[str, Any], message: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    return {**head, "status": "completed", "output": [message], "usage": _usage(answer), "copydesk": answer}


def _usage(answer: dict[str, Any]) -> dict[str, Any]:
    usage = answer["usage"]
    return {
        "input_tokens": usage["prompt_tokens"],
        "input_tokens_details": {"cached_tokens": usage["cached_tokens"]},
        "output_tokens": usage["completion_tokens"],
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": usage["prompt_tokens"] + usage["completion_tokens"],
    }


async def _events(pieces: AsyncGenerator[Piece], head: dict[str, Any]) -> AsyncIterator[str]:
    number = 0

    def event(kind: str, **fields: Any) -> str:
        nonlocal number
        told = {"type": f"response.{kind}", "sequence_number": number, **fields}
        number += 1
        return f"event: {told['type']}\ndata: {json.dumps(told, ensure_ascii=False)}\n\n"

    name, sent = _new("msg"), ""
    item: dict[str, Any] = {"output_index": 0}
    place: dict[str, Any] = {"item_id": name, "output_index": 0, "content_index": 0}
    yield event("created", response=head)
    yield event("in_progress", response=head)
    yield event("output_item.added", **item, item=_message(name, None))
    yield event("content_part.added", **place, part=_part(""))
    async with aclosing(pieces):
        async for piece in pieces:
            if piece is None:
                yield ": still here\n\n"
            elif isinstance(piece, str):
                sent += piece
                yield event("output_text.delta", **place, delta=piece, logprobs=[])
            elif isinstance(piece, CopydeskError):
                told = error_body(piece)["error"]
                failure = {"code": "server_error", "message": told["message"]}
                yield event("failed", response={**head, "status": "failed", "error": failure})
                return
            else:
                message = _message(name, sent)
                yield event("output_text.done", **place, text=sent, logprobs=[])
                yield event("content_part.done", **place, part=_part(sent))
                yield event("output_item.done", **item, item=message)
                yield event("completed", response=_whole(head, message, piece))


def _new(kind: str) -> str:
    return f"{kind}_{uuid.uuid4().hex}"
