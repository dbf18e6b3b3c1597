"""The HTTP client: finds the server of an archive, reads its streams, and gives back dataclasses and known errors."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import ArchiveBusyError, Cancelled, CopydeskError, InputError, NotFoundError, QueueFullError
from rag.http.client import RemoteDesk, answer_from_dict, connect, find_server
from rag.llm.base import Cancel
from rag.types import Filter, Listing, Message, Question, Span
from rag.wire import parse_events, passage_from_dict
from tests.fakes_desk import DISAGREE, NOTHING, PARTLY, PASSENGERS, TOKEN, FakeDesk, live


class Asked(NamedTuple):
    """A request as the scripted server got it."""

    path: str
    query: dict[str, list[str]]
    headers: Mapping[str, str]
    body: bytes


Handler = Callable[[Asked], tuple[int, bytes | str | dict[str, Any]]]
DeskOn = Callable[[Handler], RemoteDesk]


@pytest.fixture
def desk_on() -> Iterator[DeskOn]:
    """Makes desks whose server answers as a function says: status and body."""
    with ExitStack() as stack:

        def make(handler: Handler) -> RemoteDesk:
            class Scripted(BaseHTTPRequestHandler):
                def do_GET(self) -> None:
                    path, _, query = self.path.partition("?")
                    body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                    status, told = handler(Asked(path, parse_qs(query), dict(self.headers), body))
                    if isinstance(told, dict):
                        told = json.dumps(told)
                    data = told.encode() if isinstance(told, str) else told
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)

                do_POST = do_GET

                def log_message(self, format: str, *args: Any) -> None: ...

            server = ThreadingHTTPServer(("127.0.0.1", 0), Scripted)
            thread = threading.Thread(target=server.serve_forever, args=(0.01,))
            thread.start()
            for end in (thread.join, server.server_close, server.shutdown):
                stack.callback(end)
            return RemoteDesk(f"http://127.0.0.1:{server.server_port}", token="secret")

        yield make


def write_presence(folder: Path, url: str, **changes: Any) -> None:
    host, port = url.removeprefix("http://").split(":")
    data = {"pid": os.getpid(), "host": host, "port": int(port), "token": TOKEN, **changes}
    (folder / "server.json").write_text(json.dumps(data))


# --- JSON -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [PASSENGERS, DISAGREE, NOTHING, PARTLY], ids=lambda a: a.status)
def test_an_answer_survives_json(answer: Any) -> None:
    assert answer_from_dict(json.loads(json.dumps(answer.to_dict()))) == answer


def test_an_answer_of_a_newer_server_is_read_too() -> None:
    assert answer_from_dict({**PASSENGERS.to_dict(), "mood": "cheerful"}) == PASSENGERS


@pytest.mark.parametrize("data", [{}, {"question": "q"}, {**PASSENGERS.to_dict(), "citations": 3}, [], "text", None])
def test_what_is_no_answer_is_refused_with_a_hint(data: Any) -> None:
    with pytest.raises(CopydeskError) as caught:
        answer_from_dict(data)
    assert caught.value.hint


def test_spans_come_back_as_spans() -> None:
    data = {"id": "p", "content_hash": "h", "start": 3, "end": 9, "text": "Hello.", "sentences": [[3, 9]]}
    assert passage_from_dict(data).sentences == (Span(3, 9),)


# --- server-sent events ---------------------------------------------------------------------------


@given(st.lists(st.text(), max_size=5), st.integers(1, 7))
def test_events_are_read_whatever_the_text_and_wherever_the_chunks_break(texts: list[str], size: int) -> None:
    sent = "".join(f"event: token\ndata: {json.dumps({'text': t}, ensure_ascii=False)}\n\n" for t in texts)
    raw = sent.encode()
    chunks = [raw[i : i + size] for i in range(0, len(raw), size)]
    assert [e.data["text"] for e in parse_events(chunks)] == texts


def test_comments_and_carriage_returns_are_no_events() -> None:
    raw = b': still here\r\n\r\nevent: token\r\ndata: {"text":\r\ndata: "a"}\r\n\r\n: still here\n\nevent: x\n\n'
    assert [(e.name, e.data) for e in parse_events([raw])] == [("token", {"text": "a"})]


def test_an_event_that_is_no_json_is_an_error_with_a_hint() -> None:
    with pytest.raises(CopydeskError, match="can't read"):
        list(parse_events([b"event: token\ndata: oops\n\n"]))


# --- asking ---------------------------------------------------------------------------------------


def test_the_question_is_sent_with_history_and_filter(desk_on: DeskOn) -> None:
    sent: dict[str, Any] = {}

    def handler(asked: Asked) -> tuple[int, dict[str, Any]]:
        sent.update(json.loads(asked.body), token=asked.headers["X-Copydesk-Token"])
        return 200, PASSENGERS.to_dict()

    history = (Message("user", "Hello?"), Message("assistant", "Yes."))
    assert desk_on(handler).ask("How many?", history=history, until="2020-01-01", sources=["Coast Post"]) == PASSENGERS
    assert sent == {
        "question": "How many?",
        "history": [{"role": "user", "content": "Hello?"}, {"role": "assistant", "content": "Yes."}],
        "until": "2020-01-01",
        "sources": ["Coast Post"],
        "token": "secret",
    }


@pytest.mark.parametrize(
    ("status", "kind"), [(400, InputError), (404, NotFoundError), (409, ArchiveBusyError), (429, QueueFullError)]
)
def test_errors_come_back_as_what_they_were(status: int, kind: type[CopydeskError], desk_on: DeskOn) -> None:
    desk = desk_on(lambda asked: (status, {"error": "No.", "hint": "Do this.", "status": status}))
    for call in (lambda: desk.ask("q"), lambda: list(desk.stream(Question("q"))), desk.info):
        with pytest.raises(kind) as caught:
            call()
        assert (caught.value.message, caught.value.hint) == ("No.", "Do this.")


def test_an_error_in_the_middle_of_a_stream_is_raised(desk_on: DeskOn) -> None:
    body = b'event: token\ndata: {"text": "a"}\n\nevent: error\ndata: {"error": "E.", "hint": "H.", "status": 429}\n\n'
    events = desk_on(lambda asked: (200, body)).stream(Question("q"))
    assert next(events).name == "token"
    with pytest.raises(QueueFullError, match=r"E\."):
        next(events)


@pytest.mark.parametrize("body", ["<html>Bad gateway</html>", '["?"]', "{}"])
def test_an_error_page_of_something_else_still_makes_a_sentence(body: str, desk_on: DeskOn) -> None:
    with pytest.raises(CopydeskError, match="HTTP 502"):
        desk_on(lambda asked: (502, body)).info()


def test_what_is_no_http_is_one_clear_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        desk = RemoteDesk(f"http://127.0.0.1:{other.getsockname()[1]}")

        def speak() -> None:
            line, _ = other.accept()
            with line:
                line.recv(65536)
                line.sendall(b"SSH-2.0-something\r\n")

        thread = threading.Thread(target=speak)
        thread.start()
        with pytest.raises(CopydeskError, match="did not answer"):
            desk.info()
        thread.join()


def test_a_server_that_has_gone_is_one_clear_sentence() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        desk = RemoteDesk(f"http://127.0.0.1:{free.getsockname()[1]}")
    for call in (lambda: desk.ask("q"), lambda: list(desk.stream(Question("q"))), lambda: desk.sync()):
        with pytest.raises(CopydeskError, match="did not answer") as caught:
            call()
        assert "copydesk serve" in caught.value.hint


def test_no_proxy_stands_between(desk_on: DeskOn, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert desk_on(lambda asked: (200, {"articles": 4})).info() == {"articles": 4}


def test_a_stream_cut_short_is_an_error_not_an_answer(desk_on: DeskOn) -> None:
    desk = desk_on(lambda asked: (200, b'event: token\ndata: {"text": "a"}\n\n'))
    with pytest.raises(CopydeskError, match="closed the connection"):
        desk.ask("q", cancel=Cancel())


def test_cancel_ends_the_stream(desk_on: DeskOn) -> None:
    body = b'event: token\ndata: {"text": "a"}\n\n' * 3
    cancel = Cancel()
    events = desk_on(lambda asked: (200, body)).stream(Question("q"), cancel)
    next(events)
    cancel.set()
    with pytest.raises(Cancelled):
        next(events)


def test_cancel_from_another_thread_stops_a_silent_stream_and_the_servers_work() -> None:
    desk = FakeDesk(prefill=20)
    with live(desk) as url, RemoteDesk(url) as remote:
        cancel = Cancel()
        events = remote.stream(Question("How many?"), cancel)
        assert next(events).name == "evidence"
        threading.Timer(0.2, cancel.set).start()
        started = time.monotonic()
        with pytest.raises(Cancelled):
            next(events)
        while not desk.stopped and time.monotonic() < started + 5:
            time.sleep(0.02)
        assert desk.stopped and time.monotonic() - started < 5


def test_cancel_is_heard_before_the_servers_first_word() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, ThreadPoolExecutor(1) as pool:
        cancel = Cancel()
        desk = RemoteDesk(f"http://127.0.0.1:{silent.getsockname()[1]}")
        asked = pool.submit(list, desk.stream(Question("q"), cancel))
        line, _ = silent.accept()
        with line:
            line.recv(65536)
            began = time.monotonic()
            cancel.set()
            with pytest.raises(Cancelled):
                asked.result(5)
            assert time.monotonic() - began < 1


# --- the archive ----------------------------------------------------------------------------------


def test_what_was_removed_is_listed_restored_and_forgotten() -> None:
    desk = FakeDesk()
    with live(desk) as url, RemoteDesk(url, token=TOKEN) as remote:
        remote.remove(["evil", "fire-early"])
        assert [item["article_id"] for item in remote.removed()] == ["fire-early", "evil"]
        with pytest.raises(NotFoundError, match="No article 'nobody' was removed"):
            remote.restore(["evil", "nobody"])
        assert remote.restore(["evil"]) == ["evil"] and "evil" in desk.archive.held
        assert remote.forget(["fire-early"]) == ["fire-early"] and remote.removed() == []


def test_removing_an_unknown_article_removes_none() -> None:
    desk = FakeDesk()
    with live(desk) as url, RemoteDesk(url, token=TOKEN) as remote:
        with pytest.raises(NotFoundError):
            remote.remove(["evil", "nobody"])
        assert "evil" in desk.archive.held
        assert remote.remove(["evil", "evil"]) == ["evil"]


def test_the_whole_archive_through_a_live_server() -> None:
    steps: list[tuple[str, int, int]] = []
    with live(FakeDesk()) as url, RemoteDesk(url, token=TOKEN) as remote:
        report = remote.ingest([Path("news/new.txt")], progress=lambda *step: steps.append(step))
        assert report.added == ("new",) and steps[-1] == ("embed", 2, 2)
        page = remote.articles_page(Listing(Filter(sources=("Coast Post",)), search="ferry"))
        assert page["total"] == 1 and page["articles"][0]["article_id"] == "ferry-aground"
        found = remote.articles(Listing(sort="-id", limit=2))
        assert [row.id for row in found.articles] == ["new", "fire-other"] and found.total == 5
        assert found.articles[1].published_at_source == "text" and found.articles[1].copies == 1
        assert remote.article("ferry-aground")["passages"][0]["id"] == "p-ferry-aground"
        assert remote.rebuild() == 7


def test_a_list_longer_than_a_page_comes_in_several_requests(desk_on: DeskOn) -> None:
    asked: list[tuple[int, int]] = []

    def handler(page: Asked) -> tuple[int, dict[str, Any]]:
        offset, limit = int(page.query["offset"][0]), int(page.query["limit"][0])
        asked.append((offset, limit))
        found = [{"article_id": str(i)} for i in range(offset, min(offset + limit, 1203))]
        return 200, {"articles": found, "total": 1203, "undated_left_out": 0}

    page = desk_on(handler).articles_page(Listing(offset=3, limit=None))
    assert [a["article_id"] for a in page["articles"]] == [str(i) for i in range(3, 1203)]
    assert asked == [(3, 500), (503, 500), (1003, 500)] and page["limit"] is None
    asked.clear()
    assert len(desk_on(handler).articles_page(Listing(limit=600))["articles"]) == 600
    assert asked == [(0, 500), (500, 100)]


def test_without_the_token_nothing_is_changed() -> None:
    desk = FakeDesk()
    with live(desk) as url, RemoteDesk(url) as remote, pytest.raises(CopydeskError, match="token"):
        remote.ingest([Path("/news")])
    assert not desk.archive.ingested


# --- finding the server ---------------------------------------------------------------------------


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    with live(FakeDesk()) as url:
        write_presence(tmp_path, url)
        yield url


def test_a_running_server_is_found(served: str, tmp_path: Path) -> None:
    assert find_server(tmp_path) == served
    remote = connect(tmp_path)
    assert remote is not None and remote.info()["articles"] == 4


def test_a_server_listening_everywhere_is_reached_on_this_machine(served: str, tmp_path: Path) -> None:
    write_presence(tmp_path, served, host="0.0.0.0")
    assert find_server(tmp_path) == served


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"pid": 1}', '{"pid": "x", "host": "h", "port": 1}', "\xff"])
def test_a_damaged_server_file_counts_as_no_server(text: str, tmp_path: Path) -> None:
    (tmp_path / "server.json").write_text(text, encoding="latin-1")
    assert find_server(tmp_path) is None and connect(tmp_path) is None


def test_no_archive_has_no_server(tmp_path: Path) -> None:
    assert find_server(tmp_path / "missing") is None


def test_a_file_left_by_a_crash_counts_as_no_server(served: str, tmp_path: Path) -> None:
    write_presence(tmp_path, served, pid=2**22 + 1)  # above the largest process id of Linux
    assert find_server(tmp_path) is None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    write_presence(tmp_path, f"http://127.0.0.1:{port}")
    assert find_server(tmp_path) is None


def test_asking_through_a_server_loads_little() -> None:
    code = (
        "import sys, rag.http.client\n"
        "heavy = {'httpx', 'httpcore', 'numpy', 'anyio', 'rag.sources', 'rag.pipeline', 'fastapi'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
