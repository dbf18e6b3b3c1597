"""The terminal chat: follow-ups, its commands, and Ctrl-C that stops an answer but not the chat."""

from __future__ import annotations

import io
import os
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from rich.console import Console

from rag import chat
from rag.errors import Cancelled, ModelError
from rag.llm.base import Cancel
from rag.types import Event, Filter, Question
from tests.fakes_desk import NOTHING, PASSENGERS, FakeDesk


def talk(desk: Any, *lines: str | type[BaseException], **options: Any) -> str:
    """What the chat shows when these lines are typed; an exception stands for the key that raises it."""
    typed = iter([*lines, EOFError])
    out = io.StringIO()

    def read(prompt: str) -> str:
        line = next(typed)
        if isinstance(line, str):
            return line
        raise line

    chat.run(desk, Console(file=out, width=200, markup=False, highlight=False), read=read, **options)
    return out.getvalue()


def test_it_answers_with_numbered_sources() -> None:
    shown = talk(FakeDesk(), "How many passengers were aboard?")
    assert PASSENGERS.text in shown
    assert "[1] Coast Post, “Ferry runs aground off Skerry Point”, 2019-03-05" in shown


def test_a_follow_up_is_asked_with_what_was_said_before() -> None:
    desk = FakeDesk()
    talk(desk, "How many passengers were aboard?", "", "Who won the cup?", "And the crew?")
    said = [(m.role, m.content) for m in desk.questions[-1].history]
    assert said == [
        ("user", "How many passengers were aboard?"),
        ("assistant", PASSENGERS.text),
        ("user", "Who won the cup in 2019?"),  # as it was searched
        ("assistant", NOTHING.notice),
    ]


def test_new_forgets_what_was_said() -> None:
    desk = FakeDesk()
    shown = talk(desk, "How many?", "/new", "/sources", "And the crew?")
    assert "Nothing was asked yet." in shown
    assert desk.questions[-1].history == ()


def test_a_long_chat_hands_on_only_its_last_turns() -> None:
    desk = FakeDesk()
    talk(desk, *(f"How many, {n}?" for n in range(30)))
    assert len(desk.questions[-1].history) == chat.KEPT_TURNS
    assert desk.questions[-1].history[0].role == "user"


def test_the_filter_holds_for_every_question() -> None:
    desk = FakeDesk()
    talk(desk, "How many?", "And the crew?", filter=Filter(until="2020-01-01"))
    assert {question.filter.until for question in desk.questions} == {"2020-01-01"}


def test_sources_and_withheld_are_shown_on_request() -> None:
    shown = talk(FakeDesk(), "How many?")
    assert "The captain was 54" not in shown and "1 sentence withheld" in shown
    shown = talk(FakeDesk(), "How many?", "/sources", "/withheld")
    assert "“It carried 212 passengers and a crew of 18.”" in shown
    assert "The captain was 54 years old. (number 54 not in the cited quote)" in shown
    shown = talk(FakeDesk(), "Who won the cup?", "/sources", "/withheld")
    assert "cites nothing" in shown and "Nothing was withheld" in shown


def test_help_and_unknown_commands() -> None:
    shown = talk(FakeDesk(), "/help", "/quot\x1b[2J")
    assert "/withheld" in shown and "There is no command /quot;" in shown


def test_quit_leaves() -> None:
    desk = FakeDesk()
    talk(desk, "/quit", "How many?")
    assert not desk.questions


def test_an_error_is_shown_and_the_chat_goes_on() -> None:
    desk = FakeDesk(error=ModelError("The model is gone.", "Fetch it again."))
    shown = talk(desk, "How many?", "How many?")
    assert shown.count("The model is gone.") == shown.count("Fetch it again.") == 2


def test_ctrl_c_at_the_prompt_does_not_leave() -> None:
    assert PASSENGERS.text in talk(FakeDesk(), KeyboardInterrupt, "How many?")


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Python's own reaction to Ctrl-C, which a test run started in the background begins without."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_stops_an_answer_but_not_the_chat() -> None:
    stopped: list[Cancel] = []

    class Slow(FakeDesk):
        def stream(self, question: Question, cancel: Cancel | None = None) -> Iterator[Event]:
            if "slowly" not in question.text:
                yield from super().stream(question, cancel)
                return
            assert cancel is not None
            stopped.append(cancel)
            threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
            cancel.wait(10)
            raise Cancelled()

    started = time.monotonic()
    shown = talk(Slow(), "Tell me slowly.", "How many?")
    assert time.monotonic() - started < 5
    assert stopped[0].is_set() and "Stopped." in shown and PASSENGERS.text in shown
