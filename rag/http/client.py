"""Talk to a Copydesk server: find the one that holds an archive, and use it as if it were here.

A server writes ``server.json`` into its archive's folder while it runs. The command line looks there first, so that
commands given beside an open chat window share its loaded models instead of fighting over the index.
"""

from __future__ import annotations

import http.client
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlencode

from rag.browse import MAX_PAGE
from rag.errors import (
    ArchiveBusyError,
    Cancelled,
    CopydeskError,
    InputError,
    ModelError,
    NotFoundError,
    QueueFullError,
    SourceError,
)
from rag.http.exchange import exchange
from rag.types import (
    Answer,
    ArticlePage,
    ArticleRow,
    Event,
    Filter,
    IngestReport,
    Listing,
    Message,
    Progress,
    Question,
    Retrieved,
    to_json,
)
from rag.wire import answer_from_dict, build, parse_events, retrieved_from_dict, unreadable

if TYPE_CHECKING:
    from rag.llm.base import Cancel
    from rag.sources import Web

__all__ = ["SERVER_FILE", "TOKEN_HEADER", "RemoteDesk", "answer_from_dict", "connect", "find_server"]

SERVER_FILE = "server.json"
TOKEN_HEADER = "X-Copydesk-Token"
_PROBES = (0.5, 2.0)  # seconds; the second for a server that is up but busy
_CHUNK = 1 << 16  # bytes read at once, at most


class Address(NamedTuple):
    """Where a server listens, and the token that lets this user change its archive."""

    url: str
    token: str | None


# --- finding the server ---------------------------------------------------------------------------


def find_server(archive_dir: Path) -> str | None:
    """The URL of the server that runs on this archive, or None. A stale ``server.json`` counts as none."""
    address = find_address(archive_dir)
    return address.url if address else None


def connect(archive_dir: Path) -> RemoteDesk | None:
    """A desk on the server that runs on this archive, or None when there is none."""
    address = find_address(archive_dir)
    return RemoteDesk(address.url, token=address.token) if address else None


def find_address(archive_dir: Path) -> Address | None:
    """URL and token of the server that runs on this archive, or None."""
    try:
        data = json.loads((archive_dir / SERVER_FILE).read_text(encoding="utf-8"))
        pid, host, port = int(data["pid"]), str(data["host"]), int(data["port"])
        token = data.get("token")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    address = Address(_url(host, port), str(token) if token else None)
    return address if _alive(pid) and _responds(address.url) else None


def _url(host: str, port: int) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # listening everywhere
    return f"http://[{host.strip('[]')}]:{port}" if ":" in host else f"http://{host}:{port}"


def _alive(pid: int) -> bool:
    if pid <= 0:
        return False
    if os.name == "nt":  # there, signal 0 would end the process
        return True
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _responds(url: str) -> bool:
    for seconds in _PROBES:
        try:
            with exchange(url, "GET", "/healthz", connect=seconds, read=seconds) as response:
                return "status" in json.loads(response.read())  # also with 503: it is warming up, and holds the archive
        except TimeoutError:
            continue
        except (OSError, http.client.HTTPException, ValueError, TypeError):
            return False
    return False


# --- the desk -------------------------------------------------------------------------------------


class RemoteDesk:
    """A Copydesk behind HTTP: what ``Copydesk`` and its ``Archive`` do, done by a server.

    Errors come back as the ``CopydeskError`` classes, with the server's message and hint. A server that can't be
    reached raises ``CopydeskError``. Each request has a connection of its own, so threads may share a desk.
    """

    def __init__(self, url: str, *, token: str | None = None) -> None:
        self.url = url
        self._headers = {TOKEN_HEADER: token} if token else {}

    def __enter__(self) -> RemoteDesk:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Nothing stays open between requests; here for those who close what they opened."""

    # questions

    def ask(
        self,
        question: str | Question,
        *,
        history: Sequence[Message] = (),
        as_of: str | None = None,
        since: str | None = None,
        until: str | None = None,
        sources: Sequence[str] = (),
        cancel: Cancel | None = None,
    ) -> Answer:
        """One checked answer. With ``cancel`` it is streamed, so that it can be stopped between two events."""
        if isinstance(question, str):
            question = Question(question, tuple(history), Filter(as_of, since, until, tuple(sources)))
        if cancel is None:
            return answer_from_dict(self._call("POST", "/v1/ask", _ask_body(question)))
        for event in self.stream(question, cancel):
            if event.name == "answer":
                return answer_from_dict(event.data)
        raise _broke_off()

    def stream(self, question: Question, cancel: Cancel | None = None) -> Iterator[Event]:
        """The answer as it comes into being. Closing the iterator, or ``cancel``, stops the server's work too."""
        try:
            for event in self._events("/v1/ask", _ask_body(question), cancel):
                if cancel is not None and cancel.is_set():
                    raise Cancelled()
                yield event
        except CopydeskError as error:
            if cancel is not None and cancel.is_set():
                raise Cancelled() from error
            raise

    def search(self, query: str, k: int = 8, filter: Filter = Filter()) -> list[Retrieved]:  # noqa: B008 (frozen)
        """The ``k`` nearest passages with the rank each retriever gave."""
        return [retrieved_from_dict(hit) for hit in self.hits(query, k, filter)]

    def hits(self, query: str, k: int = 8, filter: Filter = Filter()) -> list[dict[str, Any]]:  # noqa: B008
        """What ``search`` finds, as JSON objects with the raw scores."""
        return _list(self._call("POST", "/v1/search", {"query": query, "k": k, **_filter_body(filter)}), "hits")

    # the archive

    def articles(self, listing: Listing = Listing()) -> ArticlePage:  # noqa: B008 (frozen)
        """One page of the archive's articles, without their texts."""
        page = self.articles_page(listing)
        rows = tuple(build(ArticleRow, {**item, "id": item.get("article_id")}) for item in page["articles"])
        return ArticlePage(rows, int(page.get("total", 0)), listing.offset)

    def articles_page(self, listing: Listing) -> dict[str, Any]:
        """A page of the list of articles as a JSON object: ``articles``, ``total``, ``offset``, ``limit`` and
        ``undated_left_out``. More than the server lists at once comes in several requests."""
        found: list[Any] = []
        while True:
            left = MAX_PAGE if listing.limit is None else min(MAX_PAGE, listing.limit - len(found))
            query = _list_query(listing, listing.offset + len(found), left)
            page = dict(self._call("GET", "/v1/articles", params=query))
            new = _list(page, "articles")
            found += new
            if not new or len(found) == listing.limit or listing.offset + len(found) >= int(page.get("total", 0)):
                return {**page, "articles": found, "offset": listing.offset, "limit": listing.limit}

    def undated(self, filter: Filter) -> int:
        """How many articles a filter by date leaves out because their date is unknown."""
        if not filter.by_date:
            return 0
        return int(self.articles_page(Listing(filter, limit=1)).get("undated_left_out", 0))

    def article(self, article_id: str) -> dict[str, Any]:
        """One article as a JSON object with its ``text``, ``passages`` and ``copies``. Raises NotFoundError."""
        return dict(self._call("GET", _article_path(article_id)))

    def remove(self, ids: Sequence[str]) -> list[str]:
        """Take articles out of the archive, all or (where one is unknown) none, until they are restored; their files
        stay. Raises NotFoundError."""
        return _list(self._call("POST", "/v1/articles/remove", {"ids": list(dict.fromkeys(ids))}), "removed")

    def removed(self) -> list[dict[str, Any]]:
        """What was taken out and stays out, the last first, as JSON objects."""
        return _list(self._call("GET", "/v1/removed"), "removed")

    def restore(self, ids: Sequence[str]) -> list[str]:
        """Put articles back that were taken out, all or none. Raises NotFoundError, InputError."""
        return _list(self._call("POST", "/v1/articles/restore", {"ids": list(dict.fromkeys(ids))}), "restored")

    def forget(self, ids: Sequence[str]) -> list[str]:
        """Delete the kept texts of articles that were taken out, all or none. Raises NotFoundError."""
        return _list(self._call("POST", "/v1/articles/forget", {"ids": list(dict.fromkeys(ids))}), "forgotten")

    def ingest(
        self,
        paths: Sequence[Path | str],
        *,
        mapping: Mapping[str, str] | None = None,
        web: Web | None = None,
        dry_run: bool = False,
        progress: Progress | None = None,
    ) -> IngestReport:
        """Read files and folders of this machine into the server's archive, and web pages where it may fetch them."""
        from rag.sources.web import is_url  # knows all formats, which asking can do without

        names = [path if isinstance(path, str) and is_url(path) else str(Path(path).absolute()) for path in paths]
        body: dict[str, Any] = {"paths": names, "dry_run": dry_run}
        if mapping:
            body["mapping"] = dict(mapping)
        if web is not None and web.feeds:
            body["feeds"] = list(web.feeds)
        return build(IngestReport, self._write("/v1/articles", body, progress))

    def sync(self, *, web: Web | None = None, dry_run: bool = False, progress: Progress | None = None) -> IngestReport:
        """Take up what changed in the files ingested before; with ``web`` in the web pages too, where it may fetch."""
        body = {"dry_run": dry_run, **({"web": True} if web is not None else {})}
        return build(IngestReport, self._write("/v1/sync", body, progress))

    def rebuild(self, progress: Progress | None = None) -> int:
        """Make the index again from the catalog. Returns the number of passages."""
        return int(self._write("/v1/rebuild", {}, progress)["passages"])

    def info(self) -> dict[str, Any]:
        """What the archive holds."""
        return dict(self._call("GET", "/v1/info"))

    # HTTP

    def _call(self, method: str, path: str, body: Any = None, *, params: Mapping[str, Any] | None = None) -> Any:
        where = f"{path}?{urlencode(params, doseq=True)}" if params else path
        with self._reaching(), self._send(method, where, body) as response:
            told = response.read()
        if response.status >= 400:
            raise _error(response.status, told)
        try:
            return json.loads(told)
        except ValueError as error:
            raise unreadable() from error

    def _write(self, path: str, body: Any, progress: Progress | None) -> dict[str, Any]:
        """One change of the archive, its progress streamed."""
        for event in self._events(path, body):
            name: str = event.name
            if name == "result":
                return event.data
            if name == "progress" and progress:
                progress(str(event.data["stage"]), int(event.data["done"]), int(event.data["total"]))
        raise _broke_off()

    def _events(self, path: str, body: Any, cancel: Cancel | None = None) -> Iterator[Event]:
        """Server-sent events; one named "error" is raised. ``cancel`` breaks the connection, from any thread."""
        streaming = self._send("POST", path, body, {"Accept": "text/event-stream"}, cancel)
        with self._reaching(), streaming as response:
            if response.status >= 400:
                raise _error(response.status, response.read())
            for event in parse_events(iter(lambda: response.read1(_CHUNK), b"")):
                if event.name == "error":
                    raise _error_from(event.data, 500)
                yield event

    def _send(
        self, method: str, path: str, body: Any, headers: Mapping[str, str] | None = None, cancel: Cancel | None = None
    ) -> AbstractContextManager[http.client.HTTPResponse]:
        sent = {**self._headers, **(headers or {})}
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        return exchange(self.url, method, path, data, sent, cancel=cancel)

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except (OSError, http.client.HTTPException) as error:
            raise CopydeskError(
                f"The Copydesk server at {self.url} did not answer ({type(error).__name__}).",
                "It may have been stopped just now: try again, or start it with `copydesk serve`.",
            ) from error


def _ask_body(question: Question) -> dict[str, Any]:
    history = [{"role": turn.role, "content": turn.content} for turn in question.history]
    return {"question": question.text, "history": history, **_filter_body(question.filter)}


def _filter_body(filter: Filter) -> dict[str, Any]:
    return {name: value for name, value in to_json(filter).items() if value}


def _list_query(listing: Listing, offset: int, limit: int) -> dict[str, Any]:
    wanted = _filter_body(listing.filter)
    query = {"source": wanted.pop("sources", []), **wanted, "q": listing.search, "undated": listing.undated}
    return {**query, "sort": listing.sort, "offset": offset, "limit": limit}


def _article_path(article_id: str) -> str:
    return f"/v1/articles/{quote(article_id, safe='/')}"


def _list(found: Any, name: str) -> list[Any]:
    items = found.get(name) if isinstance(found, dict) else None
    if not isinstance(items, list):
        raise unreadable()
    return items


# --- errors ---------------------------------------------------------------------------------------

_BY_STATUS: dict[int, type[CopydeskError]] = {
    400: InputError,
    404: NotFoundError,
    409: ArchiveBusyError,
    422: SourceError,
    429: QueueFullError,
    503: ModelError,
}


def _error(status: int, told: bytes) -> CopydeskError:
    try:
        body = json.loads(told)
    except ValueError:
        body = None
    return _error_from(body if isinstance(body, dict) else {}, status)


def _error_from(body: Mapping[str, Any], status: int) -> CopydeskError:
    given = body.get("status")
    status = given if isinstance(given, int) else status
    if status == Cancelled.http_status:
        return Cancelled()
    message, hint = body.get("error"), body.get("hint")
    return _BY_STATUS.get(status, CopydeskError)(
        message if isinstance(message, str) else f"The server answered with HTTP {status}.",
        hint if isinstance(hint, str) else "See the server's log.",
    )


def _broke_off() -> CopydeskError:
    return CopydeskError("The server closed the connection before it was done.", "Try again.")
