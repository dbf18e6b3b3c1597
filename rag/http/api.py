"""The HTTP API under /v1, /healthz and /metrics. Loaded by ``rag.http.server`` only; FastAPI is imported here."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Body, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.routing import Match

from rag import browse
from rag.errors import ArchiveBusyError, CopydeskError, InputError
from rag.http.api_models import (
    Added,
    AddRequest,
    ArticleDetail,
    ArticleList,
    AskRequest,
    Forgotten,
    Info,
    ListRequest,
    Problem,
    Removed,
    RemovedList,
    RemoveRequest,
    Restored,
    SearchRequest,
    SyncRequest,
    Uploaded,
    UploadsRequest,
    checked_question,
)
from rag.http.client import TOKEN_HEADER
from rag.http.guard import is_loopback
from rag.http.streams import ServerState, error_json, finished_answer, sse, stream_response, wants_events
from rag.intake import uploads
from rag.sources import Web, check_mapping, is_url
from rag.wire import hit_json

T = TypeVar("T")

_BAD: dict[int | str, dict[str, Any]] = {400: {"model": Problem}, 422: {"model": Problem}}
_NONE: dict[int | str, dict[str, Any]] = {404: {"model": Problem}}
_REFUSED: dict[int | str, dict[str, Any]] = {403: {"model": Problem}, 409: {"model": Problem}}


# --- routes ---------------------------------------------------------------------------------------


def build_router(state: ServerState) -> APIRouter:
    """All routes but the chat-completions one."""
    router = APIRouter()
    desk, archive = state.desk, state.desk.archive
    max_chars: int = desk.settings.max_question_chars

    @router.post("/v1/ask")
    async def ask(request: Request, body: AskRequest) -> Response:
        question = body.to_question(max_chars)
        if wants_events(request):
            return await stream_response(state, request, question)
        return JSONResponse(await finished_answer(state, request, question, "json"))

    @router.post("/v1/search")
    def search(body: SearchRequest) -> dict[str, Any]:
        query = checked_question(body.query, max_chars)
        wanted = body.filter()
        hits = desk.search(query, k=body.k, filter=wanted)
        return {"query": query, "hits": [hit_json(hit) for hit in hits], "undated_left_out": archive.undated(wanted)}

    @router.get("/v1/articles", response_model=ArticleList, responses=_BAD, summary="List articles, page by page")
    def list_articles(asked: Annotated[ListRequest, Query()]) -> dict[str, Any]:
        return browse.page(archive, asked.listing())

    @router.get(
        "/v1/articles/{article_id:path}",
        response_model=ArticleDetail,
        responses=_NONE,
        summary="One article with its text, passages and near-copies",
    )
    def show_article(article_id: str) -> dict[str, Any]:
        return browse.article(archive, article_id)

    def require_web() -> None:
        if not desk.settings.allow_urls:
            raise _Forbidden(
                "The server on this archive does not fetch from the web.",
                "Start it with `copydesk serve --allow-urls`, or stop it and try again.",
            )

    @router.post("/v1/articles")
    async def add_articles(request: Request, body: AddRequest) -> Response:
        _require_token(state, request)
        paths = [path if is_url(path) else Path(path) for path in body.paths]
        if not (paths or body.feeds):
            raise InputError("There is nothing to ingest.", "Send paths.")
        if relative := [str(path) for path in paths if isinstance(path, Path) and not path.is_absolute()]:
            raise InputError(f"{relative[0]!r} is not an absolute path.", "Send paths that begin at the root.")
        given: dict[str, Any] = {"mapping": check_mapping(body.mapping)} if body.mapping else {}
        if body.feeds or not all(isinstance(path, Path) for path in paths):
            require_web()
            given["web"] = Web(feeds=tuple(body.feeds))

        def work(progress: Callable[[str, int, int], None]) -> dict[str, Any]:
            report = archive.ingest(paths, dry_run=body.dry_run, progress=progress, **given)
            return report.to_dict()  # type: ignore[no-any-return]

        return await _write(state, request, work)

    async def remove(request: Request, ids: list[str]) -> Response:
        _require_local(state, request)
        return await _write(state, request, lambda progress: {"removed": archive.remove(ids)})

    @router.delete(
        "/v1/articles/{article_id:path}",
        response_model=Removed,
        responses={**_NONE, **_REFUSED},
        summary="Take an article out of the archive, until it is restored; its file stays",
    )
    async def remove_article(request: Request, article_id: str) -> Response:
        return await remove(request, [article_id])

    @router.post(
        "/v1/articles/remove",
        response_model=Removed,
        responses={**_NONE, **_REFUSED},
        summary="Take articles out of the archive, all or none, until they are restored; their files stay",
    )
    async def remove_articles(request: Request, body: RemoveRequest) -> Response:
        return await remove(request, body.ids)

    @router.get(
        "/v1/removed", response_model=RemovedList, responses=_REFUSED, summary="What was taken out, the last first"
    )
    def list_removed(request: Request) -> dict[str, Any]:
        _require_local(state, request)
        return {"removed": browse.removed(archive)}

    @router.post(
        "/v1/articles/restore",
        response_model=Restored,
        responses={**_BAD, **_NONE, **_REFUSED},
        summary="Put articles back that were taken out, all or none",
    )
    async def restore_articles(request: Request, body: RemoveRequest) -> Response:
        _require_local(state, request)
        return await _write(state, request, lambda progress: {"restored": archive.restore(body.ids)})

    @router.post(
        "/v1/articles/forget",
        response_model=Forgotten,
        responses={**_NONE, **_REFUSED},
        summary="Delete the kept texts of articles that were taken out, all or none; they stay out",
    )
    async def forget_articles(request: Request, body: RemoveRequest) -> Response:
        _require_local(state, request)
        folder: Path = desk.settings.archive_dir
        return await _write(state, request, lambda progress: {"forgotten": browse.forget(archive, body.ids, folder)})

    @router.put(
        "/v1/uploads/{name}",
        response_model=Uploaded,
        responses={**_BAD, **_REFUSED, 413: {"model": Problem}},
        summary="Keep a copy of a file (the request's body) in the archive's folder, to be added",
    )
    async def upload(request: Request, name: str) -> Response:
        _require_local(state, request)
        body = await request.body()
        kept = await run_in_threadpool(uploads.keep, desk.settings.archive_dir, name, body)
        return JSONResponse({"name": kept})

    @router.post(
        "/v1/uploads",
        response_model=Added,
        responses={**_BAD, **_NONE, **_REFUSED},
        summary="Add uploaded files to the archive",
    )
    async def add_uploads(request: Request, body: UploadsRequest) -> Response:
        _require_local(state, request)
        folder: Path = desk.settings.archive_dir
        return await _write(state, request, lambda progress: uploads.add(archive, folder, body.names, progress))

    @router.post("/v1/sync")
    async def sync(request: Request, body: SyncRequest = Body(default=SyncRequest())) -> Response:  # noqa: B008
        _require_token(state, request)

        if body.web:
            require_web()
        given: dict[str, Any] = {"web": Web()} if body.web else {}

        def work(progress: Callable[[str, int, int], None]) -> dict[str, Any]:
            return archive.sync(dry_run=body.dry_run, progress=progress, **given).to_dict()  # type: ignore[no-any-return]

        return await _write(state, request, work)

    @router.post("/v1/rebuild")
    async def rebuild(request: Request) -> Response:
        _require_token(state, request)
        return await _write(state, request, lambda progress: {"passages": archive.rebuild(progress=progress)})

    @router.get("/v1/info", response_model=Info, response_model_exclude_unset=True, summary="What is in the archive")
    def info(request: Request) -> dict[str, Any]:
        told = {**archive.info(), "llm_problem": desk.llm_problem}
        if not _is_local(request):
            told.pop("path", None)
        return told

    @router.get("/healthz")
    async def healthz() -> Response:
        problem = state.problem
        if problem is None and state.jobs.active >= state.jobs.limit:
            problem = "As many questions as fit are being answered or waiting."
        if problem is not None:
            return JSONResponse({"status": "unavailable", "why": problem}, status_code=503)
        return JSONResponse({"status": "ok", "llm_problem": desk.llm_problem})

    @router.get("/metrics")
    async def metrics() -> Response:
        gauges = {
            "copydesk_ready": ("1 when a question would be answered.", float(state.problem is None)),
            "copydesk_answers_in_progress": ("Answers running or waiting.", float(state.jobs.active)),
            "copydesk_queue_length": ("Questions that wait for the language model.", float(desk.waiting)),
        }
        return PlainTextResponse(state.jobs.metrics.render(gauges), media_type="text/plain; version=0.0.4")

    return router


def add_fallback(app: FastAPI) -> None:
    """Unknown routes under /v1 answer in JSON; without this the chat window would take them."""

    @app.api_route(
        "/v1/{rest:path}", methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"], include_in_schema=False
    )
    async def unknown(request: Request, rest: str) -> Response:
        scope = dict(request.scope)
        for route in app.router.routes:
            if getattr(route, "endpoint", None) is not unknown and route.matches(scope)[0] is Match.PARTIAL:
                return error_response(405, f"{request.method} is not possible on /v1/{rest}.", "See GET /v1/info.")
        return error_response(404, f"There is no /v1/{rest}.", "See the README for the routes.")


def add_error_handlers(app: FastAPI) -> None:
    """Every error leaves as {"error", "hint"} with its status."""

    async def known(request: Request, error: Exception) -> Response:
        assert isinstance(error, CopydeskError)
        return JSONResponse(error_json(error), status_code=error.http_status)

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            return error_response(400, "The request body is not JSON.", "Send a JSON object as UTF-8.")
        where = ".".join(str(part) for part in first["loc"] if part != "body") or "the body"
        return error_response(422, f"{where}: {first['msg']}.", "See the README for what the route takes.")

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return error_response(
            error.status_code, f"{error.detail}.".replace("..", "."), "See the README for the routes."
        )

    async def bug(request: Request, error: Exception) -> Response:
        return error_response(500, "Copydesk failed on this request.", "See the server's log, and report it.")

    app.add_exception_handler(CopydeskError, known)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, bug)


def error_response(status: int, error: str, hint: str) -> Response:
    return JSONResponse({"error": error, "hint": hint}, status_code=status)


# --- writing --------------------------------------------------------------------------------------


def _is_local(request: Request) -> bool:
    return is_loopback(request.client.host if request.client else None)


def _require_token(state: ServerState, request: Request) -> None:
    """Only a process that can read ``server.json`` in the archive's folder may name files or rewrite the index."""
    given = request.headers.get(TOKEN_HEADER, "")
    if not (_is_local(request) and secrets.compare_digest(given.encode(), state.token.encode())):
        raise _Forbidden(
            "This request needs the server's token, from this machine.",
            f"Use the copydesk command, or send the token in <archive>/server.json as {TOKEN_HEADER}.",
        )


def _require_local(state: ServerState, request: Request) -> None:
    """From elsewhere the token is asked for, which only this machine has."""
    if not _is_local(request):
        _require_token(state, request)


class _Forbidden(CopydeskError):
    http_status = 403


async def _write(
    state: ServerState, request: Request, work: Callable[[Callable[[str, int, int], None]], dict[str, Any]]
) -> Response:
    """Run one change of the archive; with ``Accept: text/event-stream`` its progress is streamed.

    A change runs to its end even when the client leaves: half an ingest helps nobody.
    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[str | None] = asyncio.Queue()

    def locked(progress: Callable[[str, int, int], None]) -> dict[str, Any]:
        if not state.writing.acquire(blocking=False):
            raise ArchiveBusyError("The archive is being changed already.", "Try again when that is done.")
        try:
            return work(progress)
        finally:
            state.writing.release()

    if not wants_events(request):
        return JSONResponse(await run_in_threadpool(locked, lambda stage, done, total: None))

    def tell(stage: str, done: int, total: int) -> None:
        text = sse("progress", {"stage": stage, "done": done, "total": total})
        loop.call_soon_threadsafe(queue.put_nowait, text)

    def streamed() -> None:
        try:
            last = sse("result", locked(tell))
        except CopydeskError as error:
            last = sse("error", error_json(error))
        loop.call_soon_threadsafe(queue.put_nowait, last)
        loop.call_soon_threadsafe(queue.put_nowait, None)

    async def events() -> AsyncIterator[str]:
        running = loop.run_in_executor(None, streamed)
        while (text := await queue.get()) is not None:
            yield text
        await running

    return StreamingResponse(events(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})
