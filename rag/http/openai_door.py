"""POST /v1/chat/completions and /v1/models for programs that speak OpenAI's protocol.

Only checked sentences are ever sent.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from contextlib import aclosing
from typing import Any

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse
from fastapi.routing import APIRoute

from rag.errors import CopydeskError, NotFoundError
from rag.http.following import failure
from rag.http.jobs import Item
from rag.http.openai_models import ChatRequest, UnusableError
from rag.http.streams import ServerState, finished_answer, follow
from rag.types import Question

MODEL = "copydesk"
RETRY_SECONDS = 5  # about what one answer of the line takes on two cores
_KINDS = {404: "not_found_error", 429: "rate_limit_error"}

Piece = str | dict[str, Any] | CopydeskError | None


class OpenAIRoute(APIRoute):
    """A route whose errors have the form that OpenAI's clients read."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def told(request: Request) -> Response:
            try:
                return await handler(request)
            except RequestValidationError as error:
                return error_response(_unreadable(error))
            except CopydeskError as error:
                return error_response(error)

        return told


def build_chat_router(state: ServerState) -> APIRouter:
    router = APIRouter(route_class=OpenAIRoute)
    max_chars: int = state.desk.settings.max_question_chars
    model = {"id": MODEL, "object": "model", "created": 0, "owned_by": "copydesk"}

    @router.get("/v1/models")
    def models() -> dict[str, Any]:
        return {"object": "list", "data": [model]}

    @router.get("/v1/models/{name:path}")
    def one_model(name: str) -> dict[str, Any]:
        if name != MODEL:
            raise NotFoundError(f"There is no model {name!r} here.", f"The only one is {MODEL!r}.")
        return model

    @router.post("/v1/chat/completions")
    async def chat(request: Request, body: ChatRequest) -> Response:
        head = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": MODEL}
        question = body.to_question(max_chars)
        if body.stream:
            with_usage = bool((body.stream_options or {}).get("include_usage"))
            return await streamed(state, request, question, lambda pieces: _chunks(pieces, head, with_usage))
        answer = await finished_answer(state, request, question, "chat")
        message = {"role": "assistant", "content": content(answer), "refusal": None}
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        whole = {**head, "object": "chat.completion", "choices": [choice], "usage": _usage(answer), "copydesk": answer}
        return JSONResponse(whole)

    return router


def content(answer: dict[str, Any]) -> str:
    """What a reader of plain text gets: the checked text, and the notice on what is missing or was left out."""
    return "\n\n".join(filter(None, (answer["text"], answer["notice"]))) or "The articles do not say."


async def streamed(
    state: ServerState,
    request: Request,
    question: Question,
    write: Callable[[AsyncGenerator[Piece]], AsyncIterator[str]],
) -> Response:
    """An answer's pieces as server-sent events, as ``write`` puts them. Raises what fails before the first."""
    items = follow(state, request, question, "chat")
    first = await anext(items)
    if isinstance(first, CopydeskError):
        raise first
    return StreamingResponse(
        write(_pieces(first, items)),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _pieces(first: Item, items: AsyncGenerator[Item]) -> AsyncGenerator[Piece]:
    """The answer's text piece by piece, None for a pause, at the end the whole answer or an error."""
    sent = ""
    item: Item = first
    async with aclosing(items):
        while True:
            if item is None:
                yield None
            elif isinstance(item, CopydeskError) or item.name == "error":
                yield failure(item)
                return
            elif item.name == "sentence":
                piece = (" " if sent else "") + with_markers(item.data)
                sent += piece
                yield piece
            elif item.name == "answer":
                break
            item = await anext(items)
    whole = content(item.data)
    if whole != sent:  # composed at the end, as for sources that disagree, or nothing passed the check
        yield whole[len(sent) :] if whole.startswith(sent) else f"\n\n{whole}"
    yield item.data


async def _chunks(pieces: AsyncGenerator[Piece], head: dict[str, Any], with_usage: bool) -> AsyncIterator[str]:
    def chunk(delta: dict[str, Any], finish: str | None = None, **extra: Any) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return data({**head, "object": "chat.completion.chunk", "choices": [choice], **extra})

    yield chunk({"role": "assistant", "content": ""})
    async with aclosing(pieces):
        async for piece in pieces:
            if piece is None:
                yield ": still here\n\n"
            elif isinstance(piece, str):
                yield chunk({"content": piece})
            elif isinstance(piece, CopydeskError):
                yield data(error_body(piece))
                return
            else:
                yield chunk({}, "stop", copydesk=piece)
                if with_usage:
                    yield data({**head, "object": "chat.completion.chunk", "choices": [], "usage": _usage(piece)})
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


def _unreadable(error: RequestValidationError) -> UnusableError:
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return UnusableError("The request body is not JSON.", "Send a JSON object as UTF-8.", "")
    where = ".".join(str(part) for part in first["loc"] if part != "body")
    return UnusableError(f"{where or 'The body'}: {first['msg']}.", "See examples/openai.md for what is read.", where)


def error_body(error: CopydeskError) -> dict[str, Any]:
    """The error as OpenAI's clients read it; its message tells what to do, too."""
    status = error.http_status
    kind = _KINDS.get(status, "invalid_request_error" if status < 500 else "server_error")
    param = getattr(error, "param", None) or None
    return {"error": {"message": str(error), "type": kind, "code": kind.removesuffix("_error"), "param": param}}


def error_response(error: CopydeskError) -> Response:
    waiting = {"Retry-After": str(RETRY_SECONDS)} if error.http_status == 429 else None
    return JSONResponse(error_body(error), status_code=error.http_status, headers=waiting)


def data(value: Any) -> str:
    """One server-sent event without a name."""
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n"
