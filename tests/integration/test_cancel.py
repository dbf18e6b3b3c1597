"""A reader that leaves while a real model reads a long prompt: how soon the next one's turn comes."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from rag.errors import Cancelled
from rag.http.client import RemoteDesk
from rag.llm.base import LLM, Cancel, Prompt
from rag.llm.llama_cpp import LlamaCpp
from rag.llm.worker import Worker
from rag.types import Event, Message, Question
from tests.fakes_desk import PASSENGERS, FakeDesk, live
from tests.integration.conftest import SMALL, model_path

pytestmark = pytest.mark.integration

LONG = "The ferry Aurora ran aground off Skagen on Tuesday with 212 passengers on board, said the harbour master. "
FREE_SECONDS = 1.0  # a stop frees the model within


class ReadingDesk(FakeDesk):
    """Shows passages, then has the model read: a prompt of seconds where the question asks for a long one."""

    def __init__(self, worker: Worker) -> None:
        super().__init__()
        self.worker = worker
        self.begun: dict[str, float] = {}

    def stream(self, question: Question, cancel: Cancel | None = None) -> Iterator[Event]:
        cancel = cancel or Cancel()
        yield Event("evidence", {"passages": []})
        text = LONG * 130 if "long" in question.text else "Hello."

        def work(llm: LLM) -> Generator[Event, None, None]:
            self.begun[question.text] = time.monotonic()
            prompt = Prompt((Message("user", f"{text} {question.text}"),))
            for piece in llm.stream(prompt, max_tokens=2, cancel=cancel):
                yield Event("token", {"text": piece})

        yield from self.worker.run(work, cancel, asker=question.asker)
        yield Event("answer", PASSENGERS.to_dict())

    def until_reading(self, question: str) -> None:
        end = time.monotonic() + 10
        while question not in self.begun:
            assert time.monotonic() < end
            time.sleep(0.005)
        time.sleep(0.15)  # well into the prompt


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    worker = Worker(LlamaCpp(model_path(SMALL)))
    yield worker
    worker.close()


@pytest.fixture
def served(worker: Worker) -> Iterator[tuple[ReadingDesk, str]]:
    desk = ReadingDesk(worker)
    with live(desk) as url:
        yield desk, url


def next_begins(desk: ReadingDesk, url: str, left: float) -> float:
    """Seconds from the first reader's leaving to the next one's turn at the model."""
    with RemoteDesk(url) as remote:
        list(remote.stream(Question("next")))
    return desk.begun["next"] - left


def test_the_prompt_takes_longer_to_read_than_a_stop_may_take(served: tuple[ReadingDesk, str]) -> None:
    desk, url = served
    came: list[str] = []
    cancel = Cancel()
    with RemoteDesk(url) as remote, ThreadPoolExecutor(1) as pool:
        asked = pool.submit(lambda: [came.append(event.name) for event in remote.stream(Question("long 0"), cancel)])
        desk.until_reading("long 0")
        time.sleep(FREE_SECONDS)
        cancel.set()
        with pytest.raises(Cancelled):
            asked.result(5)
    assert came == ["evidence"], "else the tests below prove nothing"


def test_closing_a_stream_frees_the_model_though_it_reads(served: tuple[ReadingDesk, str]) -> None:
    desk, url = served
    with RemoteDesk(url) as remote:
        events = remote.stream(Question("long 1"))
        assert next(events).name == "evidence"
        desk.until_reading("long 1")
        left = time.monotonic()
        events.close()  # type: ignore[attr-defined]
    assert next_begins(desk, url, left) < FREE_SECONDS


def test_stop_in_the_terminal_frees_the_model_though_it_reads(served: tuple[ReadingDesk, str]) -> None:
    desk, url = served
    cancel = Cancel()
    with RemoteDesk(url) as remote, ThreadPoolExecutor(1) as pool:
        asked = pool.submit(lambda: list(remote.stream(Question("long 2"), cancel)))
        desk.until_reading("long 2")
        left = time.monotonic()
        cancel.set()
        with pytest.raises(Cancelled):
            asked.result(5)
        assert next_begins(desk, url, left) < FREE_SECONDS


def test_a_client_without_a_stream_that_leaves_frees_the_model_though_it_reads(
    served: tuple[ReadingDesk, str],
) -> None:
    desk, url = served
    with httpx.Client() as http:
        sender = threading.Thread(target=lambda: _give_up(http, url))
        sender.start()
        desk.until_reading("long 3")
        sender.join()
        left = time.monotonic()
    assert next_begins(desk, url, left) < FREE_SECONDS


def _give_up(http: httpx.Client, url: str) -> None:
    with contextlib.suppress(httpx.ReadTimeout):
        http.post(f"{url}/v1/ask", json={"question": "long 3"}, timeout=0.5)
