"""The HTTP contract against a scripted desk: routes, event order, errors, who may ask, and what stops an answer."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import psutil
import pytest
from starlette.testclient import TestClient

from rag.archive import Archive
from rag.catalog import Catalog
from rag.config import load_settings
from rag.errors import CopydeskError, ModelError, NotFoundError, QueueFullError
from rag.http import server
from rag.http.client import TOKEN_HEADER, RemoteDesk
from rag.http.guard import MAX_BODY
from rag.http.metrics import Metrics
from rag.http.server import create_app
from rag.llm.base import Cancel
from rag.types import Filter, Question
from tests.fakes_desk import DISAGREE, PASSENGERS, TOKEN, FakeDesk, live

SSE = {"Accept": "text/event-stream"}


def client(desk: FakeDesk, *, peer: str = "127.0.0.1", **kwargs: Any) -> TestClient:
    app = create_app(desk, token=TOKEN, with_ui=False, **kwargs)
    return TestClient(app, base_url="http://127.0.0.1:7860", client=(peer, 50000), raise_server_exceptions=False)


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture
def http(desk: FakeDesk) -> TestClient:
    return client(desk)


def events(text: str) -> list[tuple[str, Any]]:
    found = []
    for block in text.strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
        if lines:
            found.append((lines["event"], json.loads(lines["data"])))
    return found


def until(condition: Any, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return False


# --- asking ---------------------------------------------------------------------------------------


def test_ask_answers_the_contract(http: TestClient) -> None:
    answer = http.post("/v1/ask", json={"question": "How many passengers were aboard?"}).json()
    assert answer == PASSENGERS.to_dict()


def test_ask_passes_history_and_filter_on(http: TestClient, desk: FakeDesk) -> None:
    body = {
        "question": " And the crew? ",
        "history": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}],
        "as_of": "2020-01-01", "since": "2019-01-01", "until": "2019-12-31", "sources": ["Coast Post"],
    }  # fmt: skip
    assert http.post("/v1/ask", json=body).status_code == 200
    asked = desk.questions[0]
    assert asked.text == "And the crew?"
    assert [(m.role, m.content) for m in asked.history] == [("user", "q"), ("assistant", "a")]
    assert asked.filter == Filter("2020-01-01", "2019-01-01", "2019-12-31", ("Coast Post",))


def test_stream_sends_the_events_in_order(http: TestClient) -> None:
    response = http.post("/v1/ask", json={"question": "How many?"}, headers=SSE)
    assert response.headers["content-type"].startswith("text/event-stream")
    found = events(response.text)
    names = [name for name, _ in found]
    assert names[0] == "evidence" and names[-1] == "answer" and names.count("answer") == 1
    assert names.index("token") < names.index("sentence") < names.index("withheld")
    assert dict(found)["answer"]["text"] == PASSENGERS.text
    assert [data["text"] for name, data in found if name == "sentence"] == [s.text for s in PASSENGERS.sentences]


def test_the_client_module_understands_this_server(desk: FakeDesk) -> None:
    desk.delay = 0.001
    with live(desk) as url, RemoteDesk(url, token=TOKEN) as remote:
        assert remote.ask("How many houses burned?").to_dict() == {
            **DISAGREE.to_dict(), "question": "How many houses burned?"
        }  # fmt: skip
        assert [e.name for e in remote.stream(Question("How many?"))][-1] == "answer"
        assert [hit.article_id for hit in remote.search("ferry", 2)] == ["ferry-aground", "fire-early"]
        assert remote.article("ferry-aground")["text"].startswith("The ferry")
        assert remote.ingest([Path("/news/new.txt")]).added == ("new",)
        assert remote.sync().unchanged and remote.rebuild() == 7
        assert remote.remove(["evil"]) == ["evil"]
        with pytest.raises(NotFoundError):
            remote.article("evil")
        assert remote.info()["articles"] == 4


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"question": ""}, 400, "empty"),
        ({"question": "  \n "}, 400, "empty"),
        ({"question": "x" * 100_000}, 400, "100,000 characters"),
        ({}, 422, "question"),
        ({"question": 7}, 422, "question"),
        ({"question": "q", "source": ["x"]}, 422, "source"),
        ({"question": "q", "as_of": "yesterday"}, 422, "as_of"),
        ({"question": "q", "since": "2020-01-02", "until": "2020-01-01"}, 400, "later than"),
        ({"question": "q", "history": [{"role": "system", "content": "x"}]}, 422, "history.0.role"),
        ([1], 422, "body"),
    ],
)
def test_bad_questions_get_one_clear_sentence(http: TestClient, body: Any, status: int, said: str) -> None:
    response = http.post("/v1/ask", json=body)
    assert response.status_code == status
    assert said in response.json()["error"] and response.json()["hint"]


def test_bad_json_is_a_400(http: TestClient) -> None:
    response = http.post("/v1/ask", content=b"{not json", headers={"Content-Type": "application/json"})
    assert response.status_code == 400 and "JSON" in response.json()["error"]


def test_a_large_body_is_refused_with_and_without_its_length_told(http: TestClient) -> None:
    big = b'{"question": "' + b"x" * MAX_BODY + b'"}'
    json_type = {"Content-Type": "application/json"}
    assert http.post("/v1/ask", content=big, headers=json_type).status_code == 413
    chunked = http.post("/v1/ask", content=iter([big[:500_000], big[500_000:]]), headers=json_type)
    assert chunked.status_code == 413 and chunked.json()["hint"]


@pytest.mark.parametrize("headers", [{}, SSE])
def test_errors_keep_their_status_sentence_and_hint(headers: dict[str, str]) -> None:
    http = client(FakeDesk(error=ModelError("The model is gone.", "Pull it.")))
    response = http.post("/v1/ask", json={"question": "q"}, headers=headers)
    assert response.status_code == 503
    assert (response.json()["error"], response.json()["hint"]) == ("The model is gone.", "Pull it.")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("headers", [{}, SSE])
def test_a_bug_in_the_pipeline_ends_the_answer_with_an_error(desk: FakeDesk, headers: dict[str, str]) -> None:
    desk.crash = True
    response = client(desk).post("/v1/ask", json={"question": "q"}, headers=headers)
    assert response.status_code == 500 and "broke off" in response.json()["error"]


def test_more_questions_than_fit_are_turned_away() -> None:
    desk = FakeDesk(prefill=30, queue_size=0)
    with live(desk) as url, httpx.stream("POST", f"{url}/v1/ask", json={"question": "slow"}, headers=SSE) as first:
        held = first.iter_bytes()  # letting go of it would close the connection
        next(held)
        assert httpx.post(f"{url}/v1/ask", json={"question": "q"}).status_code == 429
        assert httpx.get(f"{url}/healthz").status_code == 503


# --- stopping -------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [SSE, {}])
def test_a_client_that_leaves_stops_its_answer_within_a_second(headers: dict[str, str]) -> None:
    desk = FakeDesk(prefill=30)
    with live(desk) as url:
        begun = time.monotonic()
        with (
            contextlib.suppress(httpx.ReadTimeout),
            httpx.stream("POST", f"{url}/v1/ask", json={"question": "q"}, headers=headers, timeout=0.4) as response,
        ):
            held = response.iter_bytes()
            next(held)
        left = time.monotonic()
        assert left - begun < 3
        assert until(lambda: desk.cancels and desk.cancels[0].is_set(), 1.0)
        assert until(lambda: desk.stopped, 0.5)


def test_search_does_not_wait_behind_answers() -> None:
    desk = FakeDesk(prefill=30)
    with live(desk) as url, contextlib.ExitStack() as stack:
        held = []  # letting go of them would close the connections
        for _ in range(3):
            slow = stack.enter_context(httpx.stream("POST", f"{url}/v1/ask", json={"question": "q"}, headers=SSE))
            held.append(slow.iter_bytes())
            next(held[-1])
        begun = time.monotonic()
        assert httpx.post(f"{url}/v1/search", json={"query": "ferry"}).status_code == 200
        assert time.monotonic() - begun < 1


def test_a_long_pause_is_bridged_by_comments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.http.following.KEEP_ALIVE_SECONDS", 0.25)
    text = client(FakeDesk(prefill=0.9)).post("/v1/ask", json={"question": "q"}, headers=SSE).text
    assert text.count(": still here") >= 2
    assert events(text)[-1][0] == "answer"


# --- searching and articles -----------------------------------------------------------------------


def test_search_gives_the_ranks_of_each_side(http: TestClient) -> None:
    found = http.post("/v1/search", json={"query": "ferry", "k": 2, "sources": ["Coast Post"]}).json()
    (hit,) = found["hits"]
    assert hit["article_id"] == "ferry-aground" and hit["ranks"] == {"dense": 1} and hit["cosine"] == 0.5
    assert found["undated_left_out"] == 0
    assert http.post("/v1/search", json={"query": "ferry", "since": "2019-01-01"}).json()["undated_left_out"] == 1
    assert http.get("/v1/articles", params={"as_of": "2019-01-01"}).json()["undated_left_out"] == 1
    assert http.post("/v1/search", json={"query": "ferry", "k": 0}).status_code == 422
    assert http.post("/v1/search", json={"query": " "}).status_code == 400


def ids_of(http: TestClient, **params: Any) -> list[str]:
    return [a["article_id"] for a in http.get("/v1/articles", params=params).json()["articles"]]


def test_articles_are_listed_without_and_shown_with_text(http: TestClient) -> None:
    (listed,) = http.get("/v1/articles", params={"source": ["Coast Post"]}).json()["articles"]
    assert listed["article_id"] == "ferry-aground" and listed["words"] == 49 and listed["passages"] == 1
    assert (listed["published_at"], listed["published_at_source"]) == ("2019-03-05", "metadata")
    assert "text" not in listed and "path" not in listed
    shown = http.get("/v1/articles/ferry-aground").json()
    passage = shown["passages"][0]
    assert shown["text"][passage["start"] : passage["end"]] == passage["text"]
    assert shown["copies"] == [] and "path" not in shown
    fire = http.get("/v1/articles/fire-early").json()
    (copy,) = fire["copies"]
    assert fire["cluster"] == copy["cluster"]
    assert copy["article_id"] == "fire-other" and copy["outlet"] == "Daily Lantern" and copy["same_text"] is False


def test_the_list_is_filtered_sorted_and_paged(http: TestClient) -> None:
    everything = ["evil", "ferry-aground", "fire-early", "fire-other"]
    page = http.get("/v1/articles", params={"limit": 2, "offset": 1}).json()
    assert [a["article_id"] for a in page["articles"]] == everything[1:3]
    assert (page["total"], page["offset"], page["limit"], page["undated_left_out"]) == (4, 1, 2, 0)
    assert ids_of(http, q="FIRE times") == ["fire-early"]
    assert ids_of(http, undated=True) == ["evil"]
    assert ids_of(http, sort="-id") == everything[::-1]
    assert ids_of(http, sort="-published")[-1] == "evil", "what has no date comes last both ways"
    assert ids_of(http, source=["Coast Post", "Daily Lantern"]) == ["ferry-aground", "fire-other"]
    dated = http.get("/v1/articles", params={"since": "2019-01-01"}).json()
    assert dated["total"] == 3 and dated["undated_left_out"] == 1


def test_the_first_page_of_20_000_articles_comes_in_100_ms(tmp_path: Path) -> None:
    n = range(20_000)
    with Catalog.open(tmp_path / "catalog.sqlite3") as catalog:
        text = "A sentence of no importance. " * 100
        catalog.run(
            "INSERT INTO contents (hash, text, language, words, cluster) VALUES (?, ?, 'en', 500, ?)",
            ((f"h{i}", f"{text}{i}", f"h{i - i % 9}") for i in n),
        )
        catalog.run(
            "INSERT INTO articles (id, content_hash, title, outlet, published_at, search, published_at_source, path,"
            " source_hash) VALUES (?, ?, ?, ?, ?, ?, 'metadata', '', '')",
            (
                (
                    f"a{i}",
                    f"h{i}",
                    f"Story {i}",
                    f"Outlet {i % 300}",
                    f"20{10 + i % 12}-01-01",
                    f"story {i}\noutlet {i % 300}",
                )
                for i in n
            ),
        )
        catalog.run(
            "INSERT INTO passages (id, content_hash, ordinal, start_at, end_at, sentences)"
            " VALUES (?, ?, ?, ?, ?, '[[0, 9]]')",
            ((f"p{i}-{k}", f"h{i}", k, 100 * k, 100 * k + 90) for i in n for k in range(4)),
        )
    settings = load_settings({"COPYDESK_HOME": str(tmp_path), "COPYDESK_LLM": "none"})
    with Archive.open(settings) as archive:
        http = client(SimpleNamespace(settings=settings, archive=archive, llm_problem=None))  # type: ignore[arg-type]
        assert http.get("/v1/articles").json()["total"] == 20_000
        for query in (
            "sort=-published",
            "q=story+77",
            "source=Outlet+7",
            "since=2015-01-01&sort=title",
            "offset=19950",
        ):
            took = []
            for _ in range(5):
                begun = time.perf_counter()
                page = http.get(f"/v1/articles?{query}").json()
                took.append(1000 * (time.perf_counter() - begun))
            assert page["articles"] and page["articles"][0]["passages"] == 4
            assert statistics.median(took) < 100, f"{query}: {took} ms"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("since=soon", 422), ("sources=x", 422), ("sort=colour", 422), ("limit=0", 422), ("limit=501", 422),
        ("offset=-1", 422), ("since=2020-01-02&until=2020-01-01", 400), ("undated=perhaps", 422),
    ],
)  # fmt: skip
def test_a_list_that_cannot_be_made_says_why(http: TestClient, query: str, status: int) -> None:
    response = http.get(f"/v1/articles?{query}")
    assert response.status_code == status and response.json()["error"] and response.json()["hint"]


def test_the_routes_describe_themselves(http: TestClient) -> None:
    told = http.get("/v1/openapi.json").json()
    listing = told["paths"]["/v1/articles"]["get"]
    assert {p["name"] for p in listing["parameters"]} >= {"source", "since", "q", "undated", "sort", "offset", "limit"}
    assert all(p.get("description") for p in listing["parameters"])
    assert "ArticleDetail" in told["components"]["schemas"] and "Problem" in told["components"]["schemas"]


def test_several_articles_are_removed_together_or_not_at_all(http: TestClient, desk: FakeDesk) -> None:
    assert http.post("/v1/articles/remove", json={"ids": ["evil", "nobody"]}).status_code == 404
    assert "evil" in desk.archive.held
    assert http.post("/v1/articles/remove", json={"ids": []}).status_code == 422
    done = http.post("/v1/articles/remove", json={"ids": ["evil", "fire-early"]})
    assert done.json() == {"removed": ["evil", "fire-early"]} and len(desk.archive.held) == 2
    far = client(desk, peer="192.0.2.7")
    assert far.post("/v1/articles/remove", json={"ids": ["ferry-aground"]}).status_code == 403


def test_an_article_id_may_be_a_path(desk: FakeDesk) -> None:
    http = client(desk)
    desk.archive.held["2019/march/ferry"] = desk.archive.held["ferry-aground"]
    assert http.get("/v1/articles/2019/march/ferry").status_code == 200
    assert http.delete("/v1/articles/2019/march/ferry").json() == {"removed": ["2019/march/ferry"]}
    gone = http.get("/v1/articles/2019/march/ferry")
    assert gone.status_code == 404 and gone.json()["hint"]
    assert http.delete("/v1/articles/nothing").status_code == 404


def test_naming_files_takes_the_token_and_this_machine(desk: FakeDesk) -> None:
    body, token = {"paths": ["/news/a.txt"]}, {TOKEN_HEADER: TOKEN}
    http = client(desk)
    for route in ("/v1/articles", "/v1/sync", "/v1/rebuild"):
        sent = body if route == "/v1/articles" else {}
        assert http.post(route, json=sent).status_code == 403
        assert http.post(route, json=sent, headers={TOKEN_HEADER: "wrong"}).status_code == 403
        assert http.post(route, json=sent, headers=token).status_code == 200
        assert client(desk, peer="192.0.2.7").post(route, json=sent, headers=token).status_code == 403
    assert desk.archive.ingested == [Path("/news/a.txt")]
    assert http.post("/v1/articles", json={"paths": ["a.txt"]}, headers=token).status_code == 400
    assert client(desk, peer="192.0.2.7").delete("/v1/articles/evil").status_code == 403


def test_a_server_fetches_from_the_web_only_where_it_was_allowed_to(desk: FakeDesk) -> None:
    http, token = client(desk), {TOKEN_HEADER: TOKEN}
    wanted: list[tuple[str, dict[str, Any]]] = [
        ("/v1/articles", {"paths": ["https://post.example/a"]}),
        ("/v1/articles", {"feeds": ["https://post.example/rss"]}),
        ("/v1/sync", {"web": True}),
    ]
    for route, body in wanted:
        refused = http.post(route, json=body, headers=token)
        assert refused.status_code == 403 and "--allow-urls" in refused.json()["hint"]
    assert desk.archive.asked == []
    desk.settings.allow_urls = True
    for route, body in wanted[:2]:
        assert http.post(route, json=body, headers=token).status_code == 200
        assert http.post(route, json=body).status_code == 403  # still not for everybody
    assert [web.feeds for _, web in desk.archive.asked] == [(), ("https://post.example/rss",)]
    table = {"paths": ["/news/a.csv"], "mapping": {"text": "body"}, "dry_run": True}
    assert http.post("/v1/articles", json=table, headers=token).status_code == 200
    assert desk.archive.asked[-1] == ({"text": "body"}, None)
    assert http.post("/v1/articles", json={**table, "mapping": {"colour": "x"}}, headers=token).status_code == 400
    assert http.post("/v1/articles", json={}, headers=token).status_code == 400


def test_a_file_can_be_handed_in_and_added(http: TestClient, desk: FakeDesk) -> None:
    kept = http.put("/v1/uploads/My%20story.txt", content=b"A story.").json()
    assert kept == {"name": "My story.txt"}
    assert http.put("/v1/uploads/My%20story.txt", content=b"A story.").json() == kept, "the same file keeps its place"
    other = http.put("/v1/uploads/My%20story.txt", content=b"Another.").json()
    assert other == {"name": "My story-2.txt"}, "and nothing is overwritten"
    done = http.post("/v1/uploads", json={"names": [kept["name"], other["name"]]}).json()
    assert done["added"] == ["My story", "My story-2"]
    folder = desk.settings.archive_dir / "uploads"
    assert [path.parent for path in desk.archive.ingested] == [folder, folder]
    assert (folder / "My story.txt").read_bytes() == b"A story."


def test_the_copy_of_a_file_stays_until_its_article_is_forgotten(http: TestClient, desk: FakeDesk) -> None:
    http.put("/v1/uploads/story.txt", content=b"A story.")
    http.post("/v1/uploads", json={"names": ["story.txt"]})
    copy = desk.settings.archive_dir / "uploads" / "story.txt"
    desk.archive.held["story"] = replace(desk.archive.held["story"], path=str(copy))
    assert http.delete("/v1/articles/story").status_code == 200 and copy.exists()
    assert [item["article_id"] for item in http.get("/v1/removed").json()["removed"]] == ["story"]
    assert http.post("/v1/articles/restore", json={"ids": ["story"]}).json() == {"restored": ["story"]}
    assert http.post("/v1/articles/restore", json={"ids": ["story"]}).status_code == 404
    http.delete("/v1/articles/story")
    assert http.post("/v1/articles/forget", json={"ids": ["story"]}).json() == {"forgotten": ["story"]}
    assert not copy.exists()


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [("virus.exe", b"MZ", 400), ("manifest.json", b"{}", 400), ("noname", b"x", 400), ("empty.txt", b"", 422)],
)
def test_a_file_that_is_no_article_is_not_kept(
    http: TestClient, desk: FakeDesk, name: str, content: bytes, status: int
) -> None:
    response = http.put(f"/v1/uploads/{name}", content=content)
    assert response.status_code == status and response.json()["error"] and response.json()["hint"]
    assert not list(desk.settings.archive_dir.rglob("*.*"))


def test_a_file_name_cannot_leave_the_folder(http: TestClient, desk: FakeDesk) -> None:
    for sent in ("..%5C..%5Cevil.txt", ".hidden.txt", "%01nasty.txt", f"{'x' * 400}.txt"):
        assert http.put(f"/v1/uploads/{sent}", content=b"text").status_code == 200
    folder = desk.settings.archive_dir / "uploads"
    kept = sorted(
        path.relative_to(folder).as_posix() for path in desk.settings.archive_dir.rglob("*") if path.is_file()
    )
    assert kept == ["evil.txt", "hidden.txt", "nasty.txt", f"{'x' * 146}.txt"]
    for named in ("../../etc/passwd", "/etc/passwd", "nothing.txt", ".."):
        assert http.post("/v1/uploads", json={"names": [named]}).status_code == 404


def test_files_come_from_this_machine_only(desk: FakeDesk) -> None:
    far = client(desk, peer="192.0.2.7")
    assert far.put("/v1/uploads/a.txt", content=b"text").status_code == 403
    assert far.put("/v1/uploads/a.txt", content=b"x" * (MAX_BODY + 1)).status_code == 413
    assert far.post("/v1/uploads", json={"names": ["a.txt"]}).status_code == 403
    near = client(desk)
    assert near.put("/v1/uploads/a.txt", content=b"x" * (MAX_BODY + 1)).status_code == 200
    assert near.put("/v1/uploads/a.txt", content=b"x", headers={"Origin": "http://evil.test"}).status_code == 403


def test_ingest_progress_can_be_followed(http: TestClient) -> None:
    response = http.post("/v1/articles", json={"paths": ["/news/a.txt"]}, headers={TOKEN_HEADER: TOKEN, **SSE})
    found = events(response.text)
    assert [name for name, _ in found] == ["progress", "progress", "result"]
    assert found[0][1] == {"stage": "embed", "done": 1, "total": 2} and found[-1][1]["added"] == ["a"]


# --- OpenAI's protocol ----------------------------------------------------------------------------


def test_chat_completions_answer_with_the_checked_text(http: TestClient, desk: FakeDesk) -> None:
    messages = [
        {"role": "system", "content": "Be a pirate."},
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Ask."},
        {"role": "user", "content": [{"type": "text", "text": "How many?"}]},
    ]
    body = {"model": "anything", "temperature": 2, "messages": messages}
    reply = http.post("/v1/chat/completions", json=body).json()
    assert reply["object"] == "chat.completion" and reply["choices"][0]["message"]["content"] == PASSENGERS.text
    assert reply["copydesk"]["citations"] and reply["usage"]["total_tokens"] == 882
    assert [m.content for m in desk.questions[0].history] == ["Hello", "Ask."]


@pytest.mark.parametrize("question", ["How many?", "How many houses?", "Who won the cup?"])
def test_chat_completions_stream_only_checked_text(http: TestClient, question: str) -> None:
    body = {
        "messages": [{"role": "user", "content": question}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    text = http.post("/v1/chat/completions", json=body).text
    lines = [line[6:] for line in text.split("\n\n") if line.startswith("data: ")]
    assert lines[-1] == "[DONE]"
    chunks = [json.loads(line) for line in lines[:-1]]
    said = "".join(c["choices"][0]["delta"].get("content", "") for c in chunks if c["choices"])
    answer = next(c["copydesk"] for c in chunks if "copydesk" in c)
    assert (answer["text"] or answer["notice"]) in said
    assert "captain" not in said  # the withheld sentence
    assert chunks[-1]["usage"]["prompt_tokens"] == 840


def test_chat_completions_stream_equals_the_text_when_sentences_came_one_by_one(http: TestClient) -> None:
    body = {"messages": [{"role": "user", "content": "How many?"}], "stream": True}
    lines = [line[6:] for line in http.post("/v1/chat/completions", json=body).text.split("\n\n") if line][:-1]
    said = "".join(json.loads(line)["choices"][0]["delta"].get("content", "") for line in lines if line)
    assert said == PASSENGERS.text


def test_chat_completions_report_errors_openai_s_way(http: TestClient) -> None:
    response = http.post("/v1/chat/completions", json={"messages": [{"role": "user", "content": " "}]})
    assert response.status_code == 400 and response.json()["error"]["type"] == "invalid_request_error"


# --- health, figures, unknown routes --------------------------------------------------------------


def test_healthz_says_why_no_question_would_be_answered(desk: FakeDesk) -> None:
    http = client(desk)
    assert http.get("/healthz").status_code == 200
    http.app.state.copydesk.problem = "Loading."  # type: ignore[attr-defined]
    response = http.get("/healthz")
    assert response.status_code == 503 and response.json()["why"] == "Loading."


def test_metrics_count_answers(http: TestClient) -> None:
    http.post("/v1/ask", json={"question": "How many?"})
    http.post("/v1/ask", json={"question": "How many houses?"}, headers=SSE)
    text = http.get("/metrics").text
    assert 'copydesk_answers_total{door="json",status="answered"} 1' in text
    assert 'copydesk_answers_total{door="sse",status="conflicting"} 1' in text
    assert 'copydesk_answer_seconds_bucket{le="2.5"} 2' in text and "copydesk_answer_seconds_sum 4.6" in text
    assert 'copydesk_time_to_first_token_seconds_bucket{le="0.5"} 0' in text
    assert 'copydesk_time_to_first_token_seconds_bucket{le="1"} 2' in text, "900 ms, twice"
    assert 'copydesk_stage_seconds_sum{stage="prefill"} 1.5' in text, "750 ms, twice"
    assert 'copydesk_stage_seconds_bucket{stage="queue",le="0.05"} 2' in text
    assert "copydesk_ready 1" in text and "copydesk_withheld_sentences_total 1" in text
    assert "copydesk_queue_length 0" in text


def test_metrics_count_who_was_turned_away_and_who_left() -> None:
    desk = FakeDesk(prefill=30, queue_size=0)
    with live(desk) as url:
        with httpx.stream("POST", f"{url}/v1/ask", json={"question": "slow"}, headers=SSE) as first:
            held = first.iter_bytes()
            next(held)
            httpx.post(f"{url}/v1/ask", json={"question": "q"})
            httpx.post(f"{url}/v1/ask", json={"question": ""})
            httpx.get(f"{url}/nothing", headers={"Host": "evil.test"})
        assert until(lambda: desk.stopped, 2)
        assert until(lambda: 'copydesk_stopped_total{door="sse"} 1' in httpx.get(f"{url}/metrics").text, 2)
        text = httpx.get(f"{url}/metrics").text
    assert [f'copydesk_refused_total{{status="{s}"}} 1' in text for s in (400, 421, 429)] == [True] * 3
    assert 'copydesk_queue_full_total{door="json"} 1' in text


@pytest.mark.skipif(sys.platform != "linux", reason="memory is told on Linux only")
def test_metrics_tell_of_the_process(http: TestClient) -> None:
    told = dict(line.split() for line in http.get("/metrics").text.splitlines() if line.startswith("process_"))
    assert float(told["process_resident_memory_bytes"]) == pytest.approx(psutil.Process().memory_info().rss, rel=0.1)
    assert float(told["process_cpu_seconds_total"]) > 0


def test_metrics_are_what_prometheus_reads(http: TestClient) -> None:
    http.post("/v1/ask", json={"question": "How many?"})
    kinds: dict[str, str] = {}
    values: dict[str, float] = {}
    for line in http.get("/metrics").text.splitlines():
        if line.startswith("# TYPE "):
            name, kind = line.split()[2:]
            assert name not in kinds, "a metric's type is said once"
            kinds[name] = kind
        elif not line.startswith("#"):
            sample, value = line.rsplit(" ", 1)
            assert sample not in values
            values[sample] = float(value)
    for name, kind in kinds.items():
        assert kind != "counter" or name.endswith("_total")
        assert kind != "histogram" or name.endswith("_seconds")
    buckets = [v for sample, v in values.items() if sample.startswith("copydesk_answer_seconds_bucket")]
    assert buckets == sorted(buckets) and buckets[-1] == values["copydesk_answer_seconds_count"] == 1


def test_metric_labels_are_escaped() -> None:
    metrics = Metrics()
    metrics.count("x_total", "X.", kind='a"b\\c\nd')
    assert 'x_total{kind="a\\"b\\\\c\\nd"} 1' in metrics.render({})


def test_unknown_routes_and_methods_answer_in_json(http: TestClient) -> None:
    for method, path, status in (("GET", "/v1/nothing", 404), ("GET", "/v1/ask", 405), ("PUT", "/v1/articles", 405)):
        response = http.request(method, path)
        assert response.status_code == status and response.json()["hint"], (method, path)


def test_info_tells_about_the_archive(http: TestClient) -> None:
    assert http.get("/v1/info").json()["articles"] == 4


# --- who may ask ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "fine"),
    [
        ("127.0.0.1:7860", True), ("localhost", True), ("LOCALHOST:1", True), ("[::1]:7860", True),
        ("evil.test", False), ("127.0.0.1.evil.test", False), ("localhost.evil.test:7860", False),
        ("192.0.2.7", False), ("", False), ("[", False),
    ],
)  # fmt: skip
def test_only_our_own_host_names_are_answered(http: TestClient, host: str, fine: bool) -> None:
    assert (http.get("/v1/info", headers={"Host": host}).status_code == 200) is fine


def test_a_configured_host_and_all_addresses_are_answered_when_asked_for(desk: FakeDesk) -> None:
    named = client(desk, host="news.example")
    assert named.get("/v1/info", headers={"Host": "news.example:7860"}).status_code == 200
    everywhere = client(desk, host="0.0.0.0")
    assert everywhere.get("/v1/info", headers={"Host": "192.0.2.7:7860"}).status_code == 200
    assert everywhere.get("/v1/info", headers={"Host": "evil.test"}).status_code == 421


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://evil.test"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1:9"},
     {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}],
)  # fmt: skip
def test_other_web_pages_may_not_ask_or_change(http: TestClient, desk: FakeDesk, headers: dict[str, str]) -> None:
    assert http.post("/v1/ask", json={"question": "q"}, headers=headers).status_code == 403
    assert http.delete("/v1/articles/evil", headers=headers).status_code == 403
    assert not desk.questions and "evil" in desk.archive.held


def test_our_own_page_may(http: TestClient) -> None:
    headers = {"Origin": "http://127.0.0.1:7860", "Sec-Fetch-Site": "same-origin"}
    assert http.post("/v1/ask", json={"question": "q"}, headers=headers).status_code == 200


def test_a_form_of_another_kind_is_not_json(http: TestClient, desk: FakeDesk) -> None:
    response = http.post("/v1/ask", content=b'{"question": "q"}', headers={"Content-Type": "text/plain"})
    assert response.status_code == 422 and not desk.questions


def test_every_response_carries_the_security_headers(http: TestClient) -> None:
    for response in (http.get("/healthz"), http.get("/v1/nothing"), http.get("/x", headers={"Host": "evil.test"})):
        assert "default-src 'self'" in response.headers["content-security-policy"]
        assert response.headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in response.headers


def test_the_window_serves_its_page_and_no_files() -> None:
    desk = FakeDesk()
    with TestClient(create_app(desk, token=TOKEN), base_url="http://127.0.0.1:7860") as http:
        page = http.get("/")
        assert page.status_code == 200 and "default-src 'self'" in page.headers["content-security-policy"]
        assert http.get("/theme.css").status_code == 200
        for path in ("file=/etc/hostname", "file/etc/hostname", "proxy=http://evil.test/", "info", "runs"):
            refused = http.get(f"/gradio_api/{path}")
            assert refused.status_code == 404 and refused.json()["hint"], path
        assert http.post("/gradio_api/upload", files={"files": b"x"}).status_code == 404
        joined = http.post("/gradio_api/queue/join", json={}, headers={"Origin": "http://evil.test"})
        assert joined.status_code == 403


# --- jobs -----------------------------------------------------------------------------------------


def test_jobs_are_limited_and_all_can_be_stopped() -> None:
    from rag.http.jobs import Jobs

    jobs, desk, seen = Jobs(limit=1), FakeDesk(prefill=30), []

    def produce(cancel: Cancel) -> Any:
        return desk.stream(Question("q"), cancel)

    jobs.start(produce, seen.append)
    with pytest.raises(QueueFullError):
        jobs.start(produce, seen.append)
    jobs.stop_all()
    assert until(lambda: jobs.active == 0 and seen[-1] is None, 1)


def test_one_script_cannot_take_all_places() -> None:
    from rag.http.jobs import Jobs

    jobs, desk, seen = Jobs(limit=4), FakeDesk(prefill=30), []

    def produce(cancel: Cancel) -> Any:
        return desk.stream(Question("q"), cancel)

    for _ in range(3):
        jobs.start(produce, seen.append, "json:127.0.0.1")
    with pytest.raises(QueueFullError, match="3 of them yours"):
        jobs.start(produce, seen.append, "json:127.0.0.1")
    jobs.start(produce, seen.append, "window:a")
    with pytest.raises(QueueFullError):
        jobs.start(produce, seen.append, "window:b")
    jobs.stop_all()
    assert until(lambda: jobs.active == 0, 1)


def test_the_doors_say_who_asks(http: TestClient, desk: FakeDesk) -> None:
    http.post("/v1/ask", json={"question": "q"})
    http.post("/v1/ask", json={"question": "q"}, headers=SSE)
    http.post("/v1/chat/completions", json={"messages": [{"role": "user", "content": "q"}]})
    assert [q.asker for q in desk.questions] == ["json:127.0.0.1", "sse:127.0.0.1", "chat:127.0.0.1"]
    assert http.post("/v1/ask", json={"question": "q", "asker": "window:me"}).status_code == 422


def test_info_is_described(http: TestClient) -> None:
    told = http.get("/v1/openapi.json").json()
    answer = told["paths"]["/v1/info"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert answer["$ref"].endswith("/Info")
    assert http.get("/v1/info").json()["articles"] == 4


def test_sentences_are_embedded_ahead_while_nobody_asks(desk: FakeDesk) -> None:
    from rag.http.jobs import Jobs

    jobs = Jobs(limit=1)
    busy = jobs.start(lambda cancel: FakeDesk(prefill=30).stream(Question("q"), cancel), lambda item: None)
    ahead = threading.Thread(target=server.rehearse, args=(desk, jobs, threading.Event()))
    ahead.start()
    time.sleep(0.1)
    assert not desk.archive.embedded, "a question goes first"
    busy.set()
    ahead.join(5)
    expected = [
        p.sentence_text(s) for a in desk.archive.articles() for p in desk.archive.passages(a.id) for s in p.sentences
    ]
    assert sorted(desk.archive.embedded) == sorted(expected) and expected


# --- serve() --------------------------------------------------------------------------------------


def test_a_port_in_use_is_said_before_anything_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from rag.config import load_settings

    monkeypatch.setattr(server, "_open_desk", lambda settings: pytest.fail("the archive was opened"))
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        settings = load_settings({}, archive_dir=tmp_path, models_dir=tmp_path, port=port)
        with pytest.raises(CopydeskError, match=f"Port {port} .* in use") as caught:
            server.serve(settings)
    assert "--port" in caught.value.hint and caught.value.http_status < 500


def test_an_address_that_is_not_ours_is_said(tmp_path: Path) -> None:
    from rag.config import load_settings

    settings = load_settings({}, archive_dir=tmp_path, models_dir=tmp_path, host="192.0.2.7", port=7860)
    with pytest.raises(CopydeskError, match="Can't listen"):
        server.serve(settings)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_served_archive_is_announced_privately_and_let_go_on_a_signal(tmp_path: Path, how: int) -> None:
    program = textwrap.dedent(f"""
        import sys, time
        from pathlib import Path
        from rag.http import server
        from rag.config import load_settings
        from tests.fakes_desk import FakeDesk

        class Slow(FakeDesk):
            def warm(self, progress=None):
                time.sleep(1.5)

        closed = Path({str(tmp_path)!r}, "closed")
        class Opened:
            def __enter__(self): return Slow(prefill=60)
            def __exit__(self, *_): closed.touch()
        server._open_desk = lambda settings: Opened()
        here = Path({str(tmp_path)!r})
        settings = load_settings({{}}, archive_dir=here, models_dir=here, host="127.0.0.1", port=int(sys.argv[1]))
        server.serve(settings, report=lambda line: print(line, flush=True))
    """)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    running = subprocess.Popen(
        [sys.executable, "-c", program, str(port)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[1], text=True
    )
    try:
        announced = tmp_path / "server.json"

        def status() -> int:
            with contextlib.suppress(httpx.TransportError):
                return httpx.get(f"{url}/healthz").status_code
            return 0

        assert until(lambda: status() == 503, 60)  # up early, and says that it is not ready
        data = json.loads(announced.read_text())
        assert announced.stat().st_mode & 0o777 == 0o600
        assert (data["pid"], data["port"], data["host"]) == (running.pid, port, "127.0.0.1") and len(data["token"]) > 20
        assert until(lambda: status() == 200, 10)
        page = httpx.get(url)
        assert page.status_code == 200 and "Copydesk" in page.text
        with (
            contextlib.suppress(httpx.TransportError),
            httpx.stream("POST", f"{url}/v1/ask", json={"question": "q"}, headers=SSE) as stream,
        ):
            held = stream.iter_bytes()
            next(held)
            begun = time.monotonic()
            os.kill(running.pid, how)
            assert running.wait(10) == 0
            assert time.monotonic() - begun < 5
        assert not announced.exists() and (tmp_path / "closed").exists()
        assert f"Copydesk is on {url}" in (running.stdout.read() if running.stdout else "")
    finally:
        if running.poll() is None:
            running.kill()
        running.wait(10)
