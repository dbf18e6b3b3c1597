"""An OpenAI-compatible server in the local model's place: a scripted transport, and a real socket for the stop."""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from rag.errors import Cancelled, InputError, ModelError
from rag.llm.base import Cancel, Prompt, complete
from rag.llm.openai_api import OpenAICompatible
from rag.types import Message

PROMPT = Prompt((Message("system", "Be brief."), Message("user", "Who?")), 1, assistant_start="The")


def event(**data: Any) -> str:
    return f"data: {json.dumps(data)}\n\n"


def delta(text: str, **more: Any) -> str:
    return event(choices=[{"index": 0, "delta": {"content": text}, **more}])


def logprobs(**tokens: float) -> dict[str, Any]:
    top = [{"token": token, "logprob": value} for token, value in tokens.items()]
    return {"content": [{**top[0], "top_logprobs": top}]}


class Server:
    """Answers each request with the next of ``answers``: text is streamed, a number is an error status."""

    def __init__(self, *answers: str | tuple[int, str]) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, tuple):
            return httpx.Response(answer[0], text=answer[1])
        return httpx.Response(200, text=answer)

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(request.content) for request in self.requests]


def client(server: Callable[[httpx.Request], httpx.Response], **more: Any) -> OpenAICompatible:
    options = {"model": "m", **more}
    return OpenAICompatible("http://llm.test:8080", transport=httpx.MockTransport(server), **options)


def test_a_reply_streams_with_its_usage() -> None:
    usage = {"prompt_tokens": 12, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 8}}
    server = Server(
        ": keep-alive\n\n"
        + delta("The", logprobs=logprobs(The=-0.1, A=-2.5))
        + delta(" mayor")
        + event(choices=[], usage=usage)
        + "data: [DONE]\n\n"
    )
    llm = client(server, key="secret")
    pieces: list[str] = []
    stream = llm.stream(PROMPT, max_tokens=9, stop=["\n"])
    with pytest.raises(StopIteration) as end:
        while True:
            pieces.append(next(stream))
    done = end.value.value
    assert pieces == ["The", " mayor"] and done.text == "The mayor"
    assert (done.prompt_tokens, done.cached_tokens, done.completion_tokens) == (12, 8, 3)
    assert done.first_token_logprobs == {"The": -0.1, "A": -2.5}
    (body,) = server.bodies
    assert body["temperature"] == 0 and body["max_tokens"] == 9 and body["stop"] == ["\n"]
    assert body["messages"] == [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Who?"}]
    assert str(server.requests[0].url) == "http://llm.test:8080/v1/chat/completions"
    assert server.requests[0].headers["Authorization"] == "Bearer secret"


def test_stop_strings_are_kept_to_whatever_the_server_does() -> None:
    server = Server(delta("one #") + delta("# two"))
    assert complete(client(server), PROMPT, max_tokens=9, stop=["##"]).text == "one "


def test_without_usage_tokens_are_estimated() -> None:
    done = complete(client(Server(delta("a") + delta(" b"))), PROMPT, max_tokens=9)
    assert done.completion_tokens == 2 and done.cached_tokens == 0
    assert done.prompt_tokens == 3 + 1  # "Be brief." has 9 characters, "Who?" 4


def test_a_server_that_refuses_logprobs_is_asked_without() -> None:
    server = Server((400, '{"error": {"message": "unknown field logprobs"}}'), delta("yes"), delta("again"))
    llm = client(server)
    assert complete(llm, PROMPT, max_tokens=9).text == "yes"
    assert complete(llm, PROMPT, max_tokens=9).text == "again"
    assert ["logprobs" in body for body in server.bodies] == [True, False, False]


def test_without_a_model_name_the_first_listed_is_taken() -> None:
    server = Server('{"data": [{"id": "first"}, {"id": "second"}]}', delta("x"))
    llm = client(server, model=None)
    assert complete(llm, PROMPT, max_tokens=9).text == "x"
    assert llm.name == "first" and json.loads(server.requests[1].content)["model"] == "first"


@pytest.mark.parametrize(
    ("answer", "says", "hint"),
    [
        ((401, '{"error": {"message": "bad key"}}'), "bad key", "COPYDESK_LLM_KEY"),
        ((404, '{"error": {"message": "no model m"}}'), "'m'", "COPYDESK_LLM_MODEL"),
        ((429, "slow down"), "slow down", "later"),
        ((500, ""), "500", "log"),
        ("<html>hello</html>", "OpenAI-compatible", "COPYDESK_LLM_URL"),
        ("data: {broken\n\n", "OpenAI-compatible", "COPYDESK_LLM_URL"),
        ("data: [1, 2]\n\n", "OpenAI-compatible", "COPYDESK_LLM_URL"),
        ('data: {"error": {"message": "out of memory"}}\n\n', "out of memory", "log"),
    ],
)
def test_errors_are_clear(answer: Any, says: str, hint: str) -> None:
    with pytest.raises(ModelError) as error:
        complete(client(Server(answer)), PROMPT, max_tokens=9)
    assert says in error.value.message and hint in error.value.hint


def test_a_server_that_is_not_there() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("Connection refused")

    for model in ("m", None):
        with pytest.raises(ModelError, match="can't be reached"):
            complete(client(refuse, model=model), PROMPT, max_tokens=9)


def test_a_server_that_falls_silent() -> None:
    def silent(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("timed out")

    with pytest.raises(ModelError, match="in time"):
        complete(client(silent), PROMPT, max_tokens=9)


@pytest.mark.parametrize("url", ["llm.test", "ftp://x", "http://", "http://h:port"])
def test_a_wrong_url_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="COPYDESK_LLM_URL"):
        OpenAICompatible(url)


def test_the_url_may_end_in_v1_or_not_and_its_password_is_never_shown() -> None:
    for url in ("http://u:pw@h:1", "http://u:pw@h:1/v1/"):
        llm = OpenAICompatible(url)
        assert llm._base == "http://u:pw@h:1/v1"
        assert "pw" not in llm.name


def test_choice_from_log_probabilities() -> None:
    server = Server(delta("yes", logprobs=logprobs(yes=math.log(0.6), no=math.log(0.2), maybe=math.log(0.1))))
    result = client(server).choice(PROMPT, ["yes", "no"])
    assert result.probability("yes") == pytest.approx(0.75)
    assert server.bodies[0]["max_tokens"] == 1


def test_choice_by_the_word_the_model_says() -> None:
    server = Server(delta("Hm"), delta('"No."'))
    result = client(server).choice(PROMPT, ["yes", "no"])
    assert result.best == "no" and result.probability("no") == pytest.approx(0.98)
    asked = server.bodies[1]["messages"][-1]["content"]
    assert asked.startswith("Who?") and '"yes" or "no"' in asked


def test_choice_when_the_model_names_neither() -> None:
    result = client(Server(delta("Hm"), delta("I can't say"))).choice(PROMPT, ["yes", "no"])
    assert result.probability("yes") == result.probability("no") == pytest.approx(0.5)


@pytest.fixture
def slow_server() -> Iterator[tuple[str, threading.Event]]:
    """Sends a word, then a word every 20 ms until the other side hangs up, which sets the event."""
    gone = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            try:
                for _ in range(500):
                    self.wfile.write(delta("word ").encode())
                    self.wfile.flush()
                    time.sleep(0.02)
            except OSError:
                gone.set()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1", gone
    server.shutdown()
    server.server_close()


def test_stop_is_heard_at_once_and_hangs_up(slow_server: tuple[str, threading.Event]) -> None:
    url, gone = slow_server
    cancel = Cancel()
    llm = OpenAICompatible(url, model="m")
    stream = llm.stream(PROMPT, max_tokens=999, cancel=cancel)
    assert next(stream) == "word "
    threading.Timer(0.05, cancel.set).start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        list(stream)
    assert time.monotonic() - began < 1
    assert gone.wait(5)
    llm.close()


def test_leaving_early_hangs_up_too(slow_server: tuple[str, threading.Event]) -> None:
    url, gone = slow_server
    llm = OpenAICompatible(url, model="m")
    stream = llm.stream(PROMPT, max_tokens=999)
    next(stream)
    stream.close()
    assert gone.wait(5)
    llm.close()


def test_a_stop_pressed_before_sends_nothing() -> None:
    cancel, server = Cancel(), Server()
    cancel.set()
    with pytest.raises(Cancelled):
        complete(client(server), PROMPT, max_tokens=9, cancel=cancel)
    assert server.requests == []
