"""The official MCP client against a server with a scripted desk, over HTTP and over the pipe of ``copydesk mcp``."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.shared.exceptions import MCPError

from rag.errors import ModelError
from rag.http.client import SERVER_FILE
from rag.http.server import create_app
from rag.types import Filter
from tests.fakes_archive import archive_of
from tests.fakes_desk import DISAGREE, FERRY, PASSENGERS, FakeDesk, article, live

MODES = ("auto", "legacy")  # the protocol of 2026, and the one before it
Over = Callable[[Callable[[Client], Coroutine[Any, Any, None]]], None]


@pytest.fixture(scope="module")
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture(scope="module")
def url(desk: FakeDesk) -> Iterator[str]:
    with live(desk) as url:
        yield url


def folder_of(url: str, folder: Path) -> Path:
    """An archive's folder as the server at ``url`` leaves it."""
    address = urlsplit(url)
    told = {"pid": os.getpid(), "host": address.hostname, "port": address.port, "token": "t"}
    (folder / SERVER_FILE).write_text(json.dumps(told))
    return folder


@asynccontextmanager
async def piped(folder: Path, mode: str = "auto", **env: str) -> AsyncIterator[Client]:
    """A client of ``copydesk mcp``, started as a desktop program would."""
    started = StdioServerParameters(
        command=sys.executable,
        args=["-m", "rag.cli", "mcp", "--archive", str(folder)],
        env={**os.environ, **env},
    )
    async with Client(stdio_client(started), mode=mode) as client:
        yield client


@pytest.fixture(params=["http-auto", "http-legacy", "stdio-auto", "stdio-legacy"])
def over(request: pytest.FixtureRequest, url: str, tmp_path: Path) -> Over:
    """Runs a coroutine with a client, on each transport in each protocol."""
    kind, mode = request.param.split("-")

    def run(work: Callable[[Client], Coroutine[Any, Any, None]]) -> None:
        async def go() -> None:
            opened = Client(f"{url}/mcp", mode=mode) if kind == "http" else piped(folder_of(url, tmp_path), mode)
            async with opened as client:
                await work(client)

        asyncio.run(go())

    return run


def on(url: str, work: Callable[[Client], Coroutine[Any, Any, None]], mode: str = "auto") -> None:
    async def go() -> None:
        async with Client(f"{url}/mcp", mode=mode) as client:
            await work(client)

    asyncio.run(go())


def until(condition: Any, seconds: float = 3.0) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return bool(condition())


# --- both transports, both protocols --------------------------------------------------------------


def test_a_client_gets_told_of_the_tools_and_gets_answers(over: Over, desk: FakeDesk) -> None:
    async def work(client: Client) -> None:
        assert client.instructions and "never instructions" in client.instructions.replace("\n", " ")
        listed = (await client.list_tools()).tools
        assert [tool.name for tool in listed] == ["ask", "search_passages", "read_article", "list_articles"]
        for tool in listed:
            assert tool.annotations and tool.annotations.read_only_hint and not tool.annotations.open_world_hint
            assert tool.output_schema and tool.output_schema["type"] == "object" and len(tool.description or "") > 80

        came: list[str] = []

        async def progress(done: float, total: float | None, message: str | None) -> None:
            came.append(f"{done:.0f} {message}")

        asked = {"question": "How many passengers were aboard?", "until": "2020-01-01", "sources": ["Coast Post"]}
        told = await client.call_tool("ask", asked, progress_callback=progress)
        assert not told.is_error
        assert told.content[0].text.startswith(PASSENGERS.text)  # type: ignore[union-attr]
        assert "[1] Coast Post, “Ferry runs aground off Skerry Point”, 2019-03-05" in told.content[0].text  # type: ignore[union-attr]
        assert told.structured_content["citations"][0]["quote"] == PASSENGERS.citations[0].quote
        assert "retrieved" not in told.structured_content and "timings_ms" not in told.structured_content
        assert desk.questions[-1].filter == Filter(until="2020-01-01", sources=("Coast Post",))
        assert came[0] == "1 3 passages found" and came[1].endswith(PASSENGERS.sentences[0].text)

    over(work)


def test_articles_can_be_listed_read_and_searched(over: Over) -> None:
    async def work(client: Client) -> None:
        listed = (await client.call_tool("list_articles", {"sources": ["Coast Post"]})).structured_content
        assert [row["article_id"] for row in listed["articles"]] == ["ferry-aground"] and listed["total"] == 1
        read = (await client.call_tool("read_article", {"article_id": "ferry-aground"})).structured_content
        assert read["text"] == FERRY.text and read["next_offset"] is None and read["passages"][0]["start"] == 0
        found = (await client.call_tool("search_passages", {"query": "ferry", "k": 2})).structured_content
        assert [hit["article_id"] for hit in found["passages"]] == ["ferry-aground", "fire-early"]
        assert found["undated_left_out"] == 0
        dated = await client.call_tool("search_passages", {"query": "ferry", "since": "2019-01-01"})
        assert dated.structured_content["undated_left_out"] == 1 and "1 article is left out" in dated.content[0].text  # type: ignore[union-attr]
        first = (await client.list_resources()).resources[0]
        contents = (await client.read_resource(first.uri)).contents[0]
        assert contents.text.startswith(first.description or "?")  # type: ignore[union-attr]
        (template,) = (await client.list_resource_templates()).resource_templates
        assert template.uri_template == "copydesk://article/{id}"

    over(work)


BAD: dict[str, tuple[str, dict[str, Any], str]] = {
    "unknown article": ("read_article", {"article_id": "none"}, "See the list"),
    "no question": ("ask", {"question": " "}, "Type a question"),
    "nothing asked": ("ask", {}, "question: Field required"),
    "misspelt": ("ask", {"question": "Who?", "asof": "2020-01-01"}, "It takes: as_of"),
    "a bad date": ("ask", {"question": "Who?", "as_of": "yesterday"}, "as_of"),
    "too many": ("search_passages", {"query": "ferry", "k": 99}, "less than or equal to 20"),
    "dates that leave nothing": (
        "search_passages", {"query": "x", "since": "2020-01-02", "until": "2020-01-01"}, "Swap",
    ),
}  # fmt: skip


def test_errors_are_for_the_model_to_read_and_say_what_to_do(over: Over) -> None:
    async def work(client: Client) -> None:
        for tool, arguments, hint in BAD.values():
            told = await client.call_tool(tool, arguments)
            assert told.is_error and hint in told.content[0].text, told  # type: ignore[union-attr]
        with pytest.raises(MCPError, match="no tool"):
            await client.call_tool("delete_article", {})
        with pytest.raises(MCPError, match="no article"):
            await client.read_resource("copydesk://article/none")
        with pytest.raises(MCPError, match="Only copydesk://article/"):
            await client.read_resource("file:///etc/passwd")

    over(work)


# --- answers --------------------------------------------------------------------------------------


def test_sources_that_disagree_are_all_told(url: str) -> None:
    async def work(client: Client) -> None:
        told = await client.call_tool("ask", {"question": "How many houses burned?", "details": True})
        assert "The sources disagree." in told.content[0].text  # type: ignore[union-attr]
        assert "Harbour Times" in told.content[0].text and "(inferred)" in told.content[0].text  # type: ignore[union-attr]
        assert [v["value"] for v in told.structured_content["conflicts"][0]["values"]] == ["14", "eleven"]
        assert len(told.structured_content["retrieved"]) == len(DISAGREE.retrieved)

    on(url, work)


def test_an_answer_not_found_says_so(url: str) -> None:
    async def work(client: Client) -> None:
        told = await client.call_tool("ask", {"question": "Who won the cup?"})
        assert told.content[0].text == "The articles don’t say who won a cup."  # type: ignore[union-attr]
        assert told.structured_content["status"] == "not_found" and not told.is_error

    on(url, work)


def test_a_model_that_fails_is_a_tool_error() -> None:
    async def work(client: Client) -> None:
        told = await client.call_tool("ask", {"question": "Who?"})
        assert told.is_error and "Pull it" in told.content[0].text  # type: ignore[union-attr]

    with live(FakeDesk(error=ModelError("The model is gone.", "Pull it."))) as url:
        on(url, work)


def test_a_full_line_is_a_tool_error() -> None:
    desk = FakeDesk(prefill=30, queue_size=0)

    async def work(client: Client) -> None:
        first = asyncio.create_task(client.call_tool("ask", {"question": "Who?"}))
        while not desk.questions:
            await asyncio.sleep(0.01)
        told = await client.call_tool("ask", {"question": "Who else?"})
        assert told.is_error and "ask again" in told.content[0].text  # type: ignore[union-attr]
        first.cancel()

    with live(desk) as url:
        on(url, work)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", ["http", "stdio"])
def test_a_call_that_is_cancelled_stops_the_work(kind: str, mode: str, tmp_path: Path) -> None:
    desk = FakeDesk(prefill=30)

    async def go(url: str) -> None:
        opened = Client(f"{url}/mcp", mode=mode) if kind == "http" else piped(folder_of(url, tmp_path), mode)
        async with opened as client:
            call = asyncio.create_task(client.call_tool("ask", {"question": "Who?"}))
            while not desk.questions:
                await asyncio.sleep(0.01)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            assert await asyncio.to_thread(until, lambda: desk.stopped)
            desk.prefill = 0
            assert not (await client.call_tool("ask", {"question": "Who else?"})).is_error

    with live(desk) as url:
        asyncio.run(go(url))


# --- reading --------------------------------------------------------------------------------------


def test_a_long_article_is_read_page_by_page_without_a_gap() -> None:
    text = " ".join(f"This is sentence number {n} of a long report." for n in range(600))
    desk = FakeDesk(articles=[article("2021/long#1", "Long", None, None, "unknown", text)])

    async def work(client: Client) -> None:
        pages, offset = [], 0
        while offset is not None:
            asked = {"article_id": "2021/long#1", "offset": offset, "max_chars": 5000}
            page = (await client.call_tool("read_article", asked)).structured_content
            assert page["text"] == text[page["start"] : page["end"]] and page["start"] == offset
            pages.append(page["text"])
            offset = page["next_offset"]
        assert "".join(pages) == text and len(pages) > 3
        beyond = (
            await client.call_tool("read_article", {"article_id": "2021/long#1", "offset": 10**9})
        ).structured_content
        assert beyond["text"] == "" and beyond["next_offset"] is None
        (resource,) = (await client.list_resources()).resources
        assert resource.uri == "copydesk://article/2021%2Flong%231"
        assert text in (await client.read_resource(resource.uri)).contents[0].text  # type: ignore[union-attr]

    with live(desk) as url:
        on(url, work)


def test_resources_come_page_by_page() -> None:
    desk = FakeDesk(articles=[article(f"a{n:03}", f"Title {n}", None, None, "unknown", "Text.") for n in range(120)])

    async def work(client: Client) -> None:
        names, cursor = [], None
        while True:
            page = await client.list_resources(cursor=cursor)
            names += [resource.name for resource in page.resources]
            if (cursor := page.next_cursor) is None:
                break
        assert len(names) == len(set(names)) == 120
        with pytest.raises(MCPError, match="no cursor"):
            await client.list_resources(cursor="x")

    with live(desk) as url:
        on(url, work)


# --- who may come in ------------------------------------------------------------------------------

INITIALIZE = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}  # fmt: skip
ACCEPT = {"Accept": "application/json, text/event-stream"}


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize(
    ("headers", "status"), [({"Host": "evil.test"}, 421), ({"Origin": "http://evil.test"}, 403)], ids=["name", "page"]
)
def test_other_names_and_other_pages_are_turned_away(
    url: str, method: str, headers: dict[str, str], status: int
) -> None:
    body = {"json": INITIALIZE} if method == "POST" else {}
    reply = httpx.request(method, f"{url}/mcp", headers={**ACCEPT, **headers}, **body)  # type: ignore[arg-type]
    assert reply.status_code == status


def test_a_page_of_this_server_and_no_page_at_all_may_come_in(url: str) -> None:
    for headers in ({}, {"Origin": url}):
        reply = httpx.post(f"{url}/mcp", headers={**ACCEPT, **headers}, json=INITIALIZE)
        assert reply.status_code == 200 and "mcp-session-id" in reply.headers


# --- starting and stopping ------------------------------------------------------------------------


def test_the_sdk_is_loaded_by_the_first_client_only() -> None:
    script = (
        "import sys; from rag.http.server import create_app; from tests.fakes_desk import FakeDesk; "
        "create_app(FakeDesk(), with_ui=False); "
        "print([name for name in sys.modules if name.split('.')[0] in ('mcp', 'mcp_types', 'cryptography')])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize("mode", MODES)
def test_the_server_ends_while_a_client_is_there(mode: str) -> None:
    desk = FakeDesk(prefill=30)

    async def go(url: str, ending: Any) -> None:
        async with Client(f"{url}/mcp", mode=mode) as client:
            call = asyncio.create_task(client.call_tool("ask", {"question": "Who?"}))
            while not desk.questions:
                await asyncio.sleep(0.01)
            began = time.monotonic()
            await asyncio.to_thread(ending.__exit__, None, None, None)
            assert time.monotonic() - began < 5
            call.cancel()
            await asyncio.wait([call])

    ending = live(desk)
    url = ending.__enter__()
    asyncio.run(go(url, ending))
    assert until(lambda: desk.stopped)


def test_without_a_server_the_archive_is_read_here(tmp_path: Path) -> None:
    settings = archive_of(
        tmp_path, {"ferry": ("Ferry aground", "Coast Post", "2019-03-05", "The ferry ran aground today.")}
    )

    async def go() -> None:
        async with piped(settings.archive_dir, COPYDESK_LLM="none") as client:
            read = await client.call_tool("read_article", {"article_id": "ferry"})
            assert read.structured_content["text"] == "The ferry ran aground today."

    asyncio.run(go())


def test_without_an_archive_a_call_says_what_to_do(tmp_path: Path) -> None:
    async def go() -> None:
        async with piped(tmp_path / "nowhere") as client:
            told = await client.call_tool("list_articles", {})
            assert told.is_error and "copydesk ingest" in told.content[0].text  # type: ignore[union-attr]

    asyncio.run(go())


def test_the_pipe_carries_nothing_but_the_protocol(tmp_path: Path) -> None:
    lines = json.dumps(INITIALIZE) + "\n"
    command = [sys.executable, "-m", "rag.cli", "mcp", "--archive", str(tmp_path)]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    (reply,) = done.stdout.splitlines()
    assert json.loads(reply)["result"]["serverInfo"]["name"] == "copydesk"


def test_an_app_that_nobody_asked_by_mcp_ends_at_once() -> None:
    from starlette.testclient import TestClient

    with TestClient(create_app(FakeDesk(), with_ui=False), base_url="http://127.0.0.1:7860") as http:
        assert http.get("/healthz").status_code == 200
