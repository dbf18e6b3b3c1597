"""OpenAI's own client against a real server of a scripted desk: what programs written for it get."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI, OpenAI

from rag.errors import ModelError
from rag.llm.base import Cancel
from rag.types import Event, Filter, Question
from tests.fakes_desk import DISAGREE, NOTHING, PASSENGERS, FakeDesk, live

ASKED: list[Any] = [{"role": "user", "content": "How many passengers were aboard?"}]


@contextmanager
def serving(desk: FakeDesk) -> Iterator[OpenAI]:
    with live(desk) as url, OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as client:
        yield client


@pytest.fixture(scope="module")
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture(scope="module")
def client(desk: FakeDesk) -> Iterator[OpenAI]:
    with serving(desk) as client:
        yield client


def until(condition: Any, seconds: float = 3.0) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return bool(condition())


# --- chat completions -----------------------------------------------------------------------------


def test_a_completion_is_the_checked_text_with_the_whole_answer_beside_it(client: OpenAI) -> None:
    made = client.chat.completions.create(model="copydesk", messages=ASKED)
    assert made.choices[0].message.content == PASSENGERS.text and made.choices[0].finish_reason == "stop"
    assert made.model_extra and made.model_extra["copydesk"]["citations"][0]["outlet"] == "Coast Post"
    assert made.usage and (made.usage.prompt_tokens, made.usage.completion_tokens) == (840, 42)
    assert made.usage.prompt_tokens_details and made.usage.prompt_tokens_details.cached_tokens == 600


def test_a_streamed_completion_says_the_same(client: OpenAI) -> None:
    options: Any = {"include_usage": True}
    chunks = list(client.chat.completions.create(model="copydesk", messages=ASKED, stream=True, stream_options=options))
    said = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert said == PASSENGERS.text
    whole = [c.model_extra["copydesk"] for c in chunks if c.model_extra and "copydesk" in c.model_extra]
    assert [w["text"] for w in whole] == [PASSENGERS.text]
    assert chunks[-1].usage and chunks[-1].usage.total_tokens == 882 and len({c.id for c in chunks}) == 1


@pytest.mark.parametrize("script", [DISAGREE, NOTHING], ids=lambda answer: answer.status)
def test_whatever_the_answer_it_is_said(client: OpenAI, script: Any) -> None:
    made = client.chat.completions.create(model="copydesk", messages=[{"role": "user", "content": script.question}])
    assert made.choices[0].message.content == "\n\n".join(filter(None, (script.text, script.notice)))


def test_turns_before_are_the_history_and_system_messages_change_nothing(client: OpenAI, desk: FakeDesk) -> None:
    messages: list[Any] = [
        {"role": "system", "content": "Answer like a pirate."},
        {"role": "user", "content": "What ran aground?"},
        {"role": "assistant", "content": "The ferry Morning Star."},
        {"role": "user", "content": [{"type": "text", "text": "How many passengers"}, {"type": "text", "text": "?"}]},
        {"role": "developer", "content": "Be brief."},
    ]
    client.chat.completions.create(model="copydesk", messages=messages)
    asked = desk.questions[-1]
    assert asked.text == "How many passengers\n?"
    assert [m.content for m in asked.history] == ["What ran aground?", "The ferry Morning Star."]


def test_filters_come_in_the_extra_body_or_as_metadata(client: OpenAI, desk: FakeDesk) -> None:
    told = {"as_of": "2020-01-01", "sources": ["Coast Post", "Times, The"]}
    client.chat.completions.create(model="copydesk", messages=ASKED, extra_body={"copydesk": told})
    assert desk.questions[-1].filter == Filter(as_of="2020-01-01", sources=("Coast Post", "Times, The"))
    noted = {"since": "2019-01-01", "sources": "Coast Post, Daily Lantern", "ticket": "17"}
    client.chat.completions.create(model="copydesk", messages=ASKED, metadata=noted)
    assert desk.questions[-1].filter == Filter(since="2019-01-01", sources=("Coast Post", "Daily Lantern"))
    quoted = {"until": "2019-12-31", "sources": '["Times, The"]'}
    client.chat.completions.create(model="copydesk", messages=ASKED, metadata=quoted)
    assert desk.questions[-1].filter == Filter(until="2019-12-31", sources=("Times, The",))


def test_settings_of_a_writing_model_are_ignored(client: OpenAI) -> None:
    made = client.chat.completions.create(
        model="gpt-4o", messages=ASKED, temperature=2, max_completion_tokens=1, stop=["The"], seed=3, user="me", n=1
    )
    assert made.choices[0].message.content == PASSENGERS.text and made.model == "copydesk"


TOOL = {"type": "function", "function": {"name": "f", "parameters": {}}}
UNUSABLE: dict[str, tuple[dict[str, Any], str]] = {
    "tools": ({"tools": [TOOL]}, "tools"),
    "n": ({"n": 2}, "n"),
    "response_format": ({"response_format": {"type": "json_object"}}, "response_format"),
    "logprobs": ({"logprobs": True}, "logprobs"),
    "sound": ({"modalities": ["text", "audio"]}, "modalities"),
    "a bad date": ({"metadata": {"as_of": "yesterday"}}, "metadata"),
    "a misspelt filter": ({"extra_body": {"copydesk": {"asof": "2020-01-01"}}}, "copydesk.asof"),
    "dates that leave nothing": (
        {"extra_body": {"copydesk": {"since": "2021-01-01", "until": "2020-01-01"}}}, None,
    ),
    "no question": ({"messages": [{"role": "user", "content": " "}]}, None),
    "nobody asks": ({"messages": [{"role": "assistant", "content": "Yes."}]}, "messages"),
    "only rules": ({"messages": [{"role": "system", "content": "Be brief."}]}, "messages"),
    "an image": (
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]}, "messages",
    ),
    "nothing": ({"messages": []}, "messages"),
}  # type: ignore[dict-item]  # fmt: skip


@pytest.mark.parametrize("case", UNUSABLE)
def test_what_can_t_be_served_is_a_bad_request_with_a_hint(client: OpenAI, desk: FakeDesk, case: str) -> None:
    fields, param = UNUSABLE[case]
    before = len(desk.questions)
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(**{"model": "copydesk", "messages": ASKED, **fields})
    assert caught.value.param == param and caught.value.type == "invalid_request_error"
    message = caught.value.body["message"]  # type: ignore[call-overload,index]
    assert message.count(".") >= 2, "what is wrong, and what to do"
    assert len(desk.questions) == before


def test_a_full_queue_is_a_rate_limit_with_the_time_to_wait() -> None:
    desk = FakeDesk(prefill=30, queue_size=0)
    with serving(desk) as client, client.chat.completions.create(model="copydesk", messages=ASKED, stream=True):
        for ask in (
            lambda: client.chat.completions.create(model="copydesk", messages=ASKED),
            lambda: client.responses.create(model="copydesk", input="How many?", stream=True),
        ):
            with pytest.raises(openai.RateLimitError, match="ask again") as caught:
                ask()
            assert int(caught.value.response.headers["retry-after"]) > 0


def test_a_failing_model_is_a_server_error() -> None:
    desk = FakeDesk(error=ModelError("The model is gone.", "Pull it."))
    with serving(desk) as client, pytest.raises(openai.InternalServerError, match="Pull it"):
        client.chat.completions.create(model="copydesk", messages=ASKED)


def test_closing_the_stream_stops_the_answer() -> None:
    desk = FakeDesk(prefill=30)
    with serving(desk) as client:
        for stream in (
            client.chat.completions.create(model="copydesk", messages=ASKED, stream=True),
            client.responses.create(model="copydesk", input="How many?", stream=True),
        ):
            before = len(desk.stopped)
            next(iter(stream))
            stream.close()
            assert until(lambda before=before: len(desk.stopped) > before)  # type: ignore[misc]


def test_the_async_client_gets_the_same_and_stops_it_too() -> None:
    async def go(url: str) -> tuple[str, str]:
        async with AsyncOpenAI(base_url=f"{url}/v1", api_key="none") as client:
            made = await client.chat.completions.create(model="copydesk", messages=ASKED)
            said = ""
            async with await client.chat.completions.create(model="copydesk", messages=ASKED, stream=True) as stream:
                async for chunk in stream:
                    said += chunk.choices[0].delta.content or ""
        return str(made.choices[0].message.content), said

    async def leave(url: str) -> None:
        async with AsyncOpenAI(base_url=f"{url}/v1", api_key="none") as client:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.5):
                    await client.chat.completions.create(model="copydesk", messages=ASKED)

    desk = FakeDesk()
    with live(desk) as url:
        assert asyncio.run(go(url)) == (PASSENGERS.text, PASSENGERS.text)
        desk.prefill = 30
        asyncio.run(leave(url))
        assert until(lambda: desk.stopped)


# --- models ---------------------------------------------------------------------------------------


def test_the_one_model_can_be_listed_and_looked_up(client: OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["copydesk"]
    assert client.models.retrieve("copydesk").owned_by == "copydesk"
    with pytest.raises(openai.NotFoundError, match="The only one is 'copydesk'"):
        client.models.retrieve("gpt-4o")


# --- responses ------------------------------------------------------------------------------------


def test_a_response_is_the_checked_text(client: OpenAI) -> None:
    made = client.responses.create(model="copydesk", input="How many passengers were aboard?", instructions="Arr.")
    assert made.output_text == PASSENGERS.text and made.status == "completed" and made.error is None
    assert made.usage and (made.usage.input_tokens, made.usage.output_tokens, made.usage.total_tokens) == (840, 42, 882)
    assert made.model_extra and made.model_extra["copydesk"]["status"] == "answered"


def test_a_streamed_response_says_the_same_and_ends_with_the_whole(client: OpenAI) -> None:
    with client.responses.stream(model="copydesk", input="How many passengers were aboard?") as stream:
        events = list(stream)
        final = stream.get_final_response()
    assert "".join(e.delta for e in events if e.type == "response.output_text.delta") == PASSENGERS.text
    assert final.output_text == PASSENGERS.text and final.usage and final.usage.total_tokens == 882
    assert [e.sequence_number for e in events] == list(range(len(events)))  # type: ignore[union-attr]


def test_earlier_turns_of_a_response_are_its_input(client: OpenAI, desk: FakeDesk) -> None:
    first = client.responses.create(model="copydesk", input="What ran aground?")
    turns: list[Any] = [
        {"role": "user", "content": "What ran aground?"},
        *(item.to_dict() for item in first.output),
        {"role": "user", "content": [{"type": "input_text", "text": "How many passengers?"}]},
    ]
    client.responses.create(model="copydesk", input=turns, extra_body={"copydesk": {"until": "2020-01-01"}})
    asked = desk.questions[-1]
    assert asked.text == "How many passengers?" and asked.filter == Filter(until="2020-01-01")
    assert [m.role for m in asked.history] == ["user", "assistant"] and asked.history[1].content == first.output_text


@pytest.mark.parametrize(
    "fields",
    [
        {"previous_response_id": "resp_1"},
        {"background": True},
        {"tools": [{"type": "web_search"}]},
        {"text": {"format": {"type": "json_object"}}},
        {"input": []},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_what_a_response_can_t_be_is_refused(client: OpenAI, fields: dict[str, Any]) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.create(**{"model": "copydesk", "input": "How many?", **fields})
    assert caught.value.param == next(iter(fields))


def test_an_answer_that_fails_midway_ends_the_stream_with_its_reason() -> None:
    class Failing(FakeDesk):
        def stream(self, question: Question, cancel: Cancel | None = None) -> Iterator[Event]:
            yield from itertools.islice(super().stream(question, cancel), 3)
            raise ModelError("The model is gone.", "Pull it.")

    with serving(Failing()) as client:
        with pytest.raises(openai.APIError, match="Pull it"):
            list(client.chat.completions.create(model="copydesk", messages=ASKED, stream=True))
        events = list(client.responses.create(model="copydesk", input="How many?", stream=True))
        assert events[-1].type == "response.failed"
        assert events[-1].response.error and "Pull it" in events[-1].response.error.message
