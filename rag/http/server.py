"""The server: the HTTP API with the chat window mounted on it, on one archive, until it is told to stop."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag import examples
from rag.config import Settings, silence_telemetry
from rag.errors import CopydeskError
from rag.http.client import SERVER_FILE
from rag.http.guard import EVERYWHERE, Closing, Guard, is_loopback
from rag.http.jobs import Jobs
from rag.types import Listing

if TYPE_CHECKING:
    from fastapi import FastAPI

    from rag.http.streams import ServerState

TELL_SECONDS = 10  # between two lines on how far indexing is
STOP_SECONDS = 2  # how long open connections get when the server is told to stop
BACKLOG = 128
REHEARSED = 4000  # sentences whose vectors are made before anybody asks for them, about 10 s of a core
AT_ONCE = 16  # of them: 20 ms in which a question that comes has to wait

Report = Callable[[str], None]


class PortInUseError(CopydeskError):
    """Something else listens on the port already."""

    http_status = 409


def create_app(
    desk: Any,
    *,
    host: str = "127.0.0.1",
    token: str | None = None,
    jobs: Jobs | None = None,
    with_ui: bool = True,
    evals: Callable[[ServerState], Any] | None = None,
) -> FastAPI:
    """The whole application for ``desk`` (a Copydesk, or a fake with its methods), behind its guard.

    ``evals`` makes what lists and runs known questions (an ``eval.live.Evals``); without it there is no such view.

    ``app.state.copydesk`` is the ServerState; set its ``problem`` while questions can't be answered yet. From any
    thread, ``app.state.close()`` ends the answers and event streams under way, so that the server can stop at once.
    """
    silence_telemetry()
    from fastapi import FastAPI
    from starlette.middleware import Middleware

    from rag.http.api import add_error_handlers, add_fallback, build_router
    from rag.http.mcp_door import McpDoor
    from rag.http.openai_door import build_chat_router
    from rag.http.responses_door import build_responses_router
    from rag.http.streams import ServerState

    closing = Closing()
    jobs = jobs or Jobs(limit=desk.settings.queue_size + 1)
    state = ServerState(desk=desk, jobs=jobs, token=token or secrets.token_urlsafe(32))

    known = evals(state) if evals else None

    mcp = McpDoor(state)

    def close() -> None:
        jobs.stop_all()
        if known:
            known.close()
        closing.set()

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        close()
        await mcp.close()

    app = FastAPI(
        title="Copydesk",
        lifespan=lifespan,
        docs_url=None,  # these pages would load scripts from elsewhere
        redoc_url=None,
        openapi_url="/v1/openapi.json",
        middleware=[Middleware(Guard, host=host, closing=closing, refused=jobs.metrics.refused)],
    )
    app.state.copydesk = state
    app.state.close = close
    app.state.evals = known
    add_error_handlers(app)
    app.include_router(build_router(state))
    app.include_router(build_chat_router(state))
    app.include_router(build_responses_router(state))
    if known:
        from rag.http.evals_api import build_evals_router

        app.include_router(build_evals_router(known))
    app.router.routes += mcp.routes
    add_fallback(app)
    if with_ui:
        from ui.stubs import unwritten

        with unwritten():
            from ui.app import mount_ui

        mount_ui(app, desk, jobs, lambda: state.problem, state.writing, known)
    return app


def serve(settings: Settings, *, report: Report = lambda line: None) -> None:
    """Serve ``settings.archive_dir`` on ``settings.host:port`` until SIGINT or SIGTERM.

    The port is taken first, then the archive's write lock, then the models are loaded, while the page is up already.
    ``report`` gets one line for each step. Raises PortInUseError, ArchiveBusyError, other CopydeskErrors.
    """
    listener = _listen(settings.host, settings.port)
    with contextlib.suppress(KeyboardInterrupt), _terminable(), contextlib.closing(listener):
        settings = replace(settings, port=listener.getsockname()[1])
        if not is_loopback(settings.host):
            report(
                f"Warning: listening on {settings.host}, so everyone who can reach this machine can read the archive "
                "and ask questions; there is no password."
            )
        report(f"Opening the archive in {settings.archive_dir} ...")
        with _open_desk(settings) as desk:
            token = secrets.token_urlsafe(32)
            with _presence(settings, token):
                report("Preparing the chat window ...")
                desk.load_ahead()
                _run(desk, settings, token, listener, report)


def _open_desk(settings: Settings) -> contextlib.AbstractContextManager[Any]:
    from rag.pipeline import Copydesk

    desk: contextlib.AbstractContextManager[Any] = Copydesk.open(settings, write=True)
    return desk


def _evals(folder: Path, state: ServerState) -> Any:
    """The runs of known questions: those kept in ``folder``, and one more with the server's own models."""
    from eval.live import Evals, desk_beside

    return Evals(
        folder,
        lambda articles: desk_beside(state.desk, articles),
        lambda: state.jobs.active > 0,
        lambda: state.problem,
    )


def _run(desk: Any, settings: Settings, token: str, listener: socket.socket, report: Report) -> None:
    import uvicorn

    evals = partial(_evals, settings.evals_dir) if settings.evals_dir else None
    app = create_app(desk, host=settings.host, token=token, evals=evals)
    state = app.state.copydesk
    state.problem = "The language model is being loaded."

    ending = threading.Event()
    told = [time.monotonic()]

    def tell(stage: str, done: int, total: int) -> None:
        if stage != "embed" or done == total:
            state.problem = "The language model is being loaded."
            return
        state.problem = f"The articles are being indexed: {done:,} of {total:,} passages are done."
        if time.monotonic() - told[0] > TELL_SECONDS:
            told[0] = time.monotonic()
            report(state.problem)

    def warm() -> None:
        try:
            desk.warm(tell)
        except CopydeskError as error:
            state.problem = str(error)
            report(f"Not ready: {error}")
            return
        state.problem = None
        if desk.llm_problem:
            report(f"No language model: {desk.llm_problem} Questions are answered with quoted passages only.")
        report("Ready for questions.")
        with contextlib.suppress(CopydeskError):  # whoever asks will hear of it
            rehearse(desk, state.jobs, ending)
        examples.keep_fresh(desk, busy, ending)

    def busy() -> bool:
        """Whether anybody waits for the models, or known questions are being asked."""
        known = app.state.evals
        return state.jobs.active > 0 or bool(known and known.state()["running"])

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            if self.started:
                report(f"Copydesk is on {url(settings.host, settings.port)} (Ctrl-C stops it).")
                report("Loading the models ...")
                threading.Thread(target=warm, name="warm-up", daemon=True).start()

        def handle_exit(self, sig: int, frame: Any) -> None:
            ending.set()
            app.state.close()
            super().handle_exit(sig, frame)

    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=STOP_SECONDS,
        server_header=False,
        proxy_headers=False,  # a forwarded address must not pass for the loopback one
        lifespan="on",
    )
    Server(config).run(sockets=[listener])
    if app.state.evals:
        app.state.evals.wait()  # it works with the desk's models, which are closed next


def rehearse(desk: Any, jobs: Jobs, ending: threading.Event) -> None:
    """Make the vectors of the newest articles' sentences, which the first questions would wait for otherwise; only
    while nobody asks, and until ``ending`` is set. Raises CopydeskError."""
    texts: list[str] = []
    for row in desk.archive.articles_page(Listing(sort="-published", limit=REHEARSED // 10)).articles:
        if len(texts) >= REHEARSED:
            break
        texts += [p.sentence_text(span) for p in desk.archive.passages(row.id) for span in p.sentences]
    for start in range(0, min(len(texts), REHEARSED), AT_ONCE):
        while jobs.active and not ending.is_set():
            ending.wait(0.1)
        if ending.is_set():
            return
        desk.archive.embedder.encode_cached(texts[start : start + AT_ONCE])


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM ends the server as Ctrl-C does, so that ``server.json`` goes and the archive is closed."""
    if threading.current_thread() is not threading.main_thread():  # only the main thread may set handlers
        yield
        return

    def interrupt(sig: int, frame: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def url(host: str, port: int) -> str:
    """Where a browser on this machine finds the server."""
    host = "127.0.0.1" if host in EVERYWHERE else host.strip("[]")
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket: whoever has it has the port, before minutes are spent on loading models."""
    host = host.strip("[]")
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, proto)
    except OSError as error:
        raise CopydeskError(
            f"Can't listen on {host!r}: {error.strerror or error}.",
            "Use --host 127.0.0.1, or an address of this machine.",
        ) from error
    try:
        if os.name != "nt":  # there, it would let two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        if _somebody_listens(host, port):
            raise PortInUseError(
                f"Port {port} on {host} is in use already.",
                f"Stop the program that uses it, or choose another port: copydesk serve --port {_other(port)}.",
            ) from error
        raise CopydeskError(
            f"Can't listen on {host} port {port}: {error.strerror or error}.",
            "Choose another address with --host, or a port from 1024 up with --port.",
        ) from error
    return listener


def _somebody_listens(host: str, port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1" if host in EVERYWHERE else host, port), timeout=0.5):
            return True
    except OSError:
        return False


def _other(port: int) -> int:
    return port + 1 if port < 65535 else port - 1


@contextlib.contextmanager
def _presence(settings: Settings, token: str) -> Iterator[None]:
    """``server.json`` in the archive's folder, for commands to find this server; only the user can read it."""
    path = settings.archive_dir / SERVER_FILE
    data = {"pid": os.getpid(), "host": settings.host, "port": settings.port, "token": token}
    _write_private(path, json.dumps(data))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _write_private(path: Path, text: str) -> None:
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    part.replace(path)
