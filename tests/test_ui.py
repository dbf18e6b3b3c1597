"""The chat's logic without a browser: how a turn grows, is stopped, and what a follow-up gets to know."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from rag.errors import InputError
from rag.http.jobs import Jobs
from rag.types import Event, Question
from tests.fakes_desk import ATTACK, PASSENGERS, FakeDesk, events_of
from ui.app import build_ui
from ui.ask.draft import Draft, apply, stopped
from ui.ask.talks import Conversation, Talk, Turn, start, states
from ui.ask.turn import turn
from ui.pages import PerPage


def run(draft: Draft, events: list[Event]) -> list[Draft]:
    states = []
    for event in events:
        draft = apply(draft, event)
        states.append(draft)
    return states


def test_tokens_are_loose_until_their_sentence_has_passed() -> None:
    states = run(Draft("q"), events_of(PASSENGERS))
    assert states[0].phase == "reading" and len(states[0].passages) == 3
    growing = [state.loose for state in states if not state.sentences and state.loose]
    assert growing[:3] == ["The", "The ferry", "The ferry carried"]
    first = next(state for state in states if state.sentences)
    assert first.loose == "" and [c["n"] for c in first.citations] == [1]


def test_a_withheld_sentence_leaves_the_text() -> None:
    states = run(Draft("q"), events_of(PASSENGERS))
    before = next(i for i, state in enumerate(states) if state.withheld)
    assert "captain" in states[before - 1].loose and states[before].loose == ""


def test_tokens_ahead_of_a_sentence_stay_loose() -> None:
    said = Draft("q", phase="writing", loose="One is here. Two be")
    after = apply(said, Event("sentence", {"text": "One is here.", "citations": [], "support": 1.0}))
    assert after.loose == "Two be"


def test_the_answer_has_the_last_word() -> None:
    last = run(Draft("q"), events_of(ATTACK))[-1]
    assert last.phase == "done" and not last.running and last.answer is not None
    assert apply(last, Event("token", {"text": "late"})) is last and stopped(last) is last


def test_when_its_turn_comes_a_question_is_no_longer_said_to_wait() -> None:
    found = events_of(PASSENGERS)[0]
    states = run(Draft("q"), [found, Event("queue", {"position": 1}), Event("queue", {"position": 0})])
    assert [state.phase for state in states] == ["reading", "queued", "reading"]


def test_a_job_that_dies_is_an_error_not_a_silence() -> None:
    assert apply(Draft("q"), None).phase == "failed"


def begun(desk: FakeDesk, jobs: Jobs | None = None) -> Turn:
    made = Turn(1, Draft("q"))
    start(desk, jobs or Jobs(3), Question("q"), made)
    return made


def phases(made: Turn) -> Iterator[str]:
    return (draft.phase for draft in states(made) if draft is not None)


def test_stop_shows_at_once_even_when_the_model_is_slow_to_notice() -> None:
    desk = FakeDesk(prefill=2)
    desk.deaf = True
    made = begun(desk)
    seen = phases(made)
    assert next(phase for phase in seen if phase != "waiting") == "reading"
    made.stop()
    clicked = time.monotonic()
    assert list(seen) == ["stopped"] and time.monotonic() - clicked < 0.5
    assert desk.cancels[0].is_set()


def test_a_stop_before_anything_was_shown_is_not_lost() -> None:
    desk = FakeDesk(prefill=2)
    made = Turn(1, Draft("q"))
    made.stop()
    made.stop()
    start(desk, Jobs(3), Question("q"), made)
    assert list(phases(made)) == ["stopped"]
    assert made.cancel.is_set()


def test_an_answer_goes_on_when_nobody_draws_it() -> None:
    made = begun(FakeDesk())
    end = time.monotonic() + 5
    while made.draft.running and time.monotonic() < end:
        time.sleep(0.01)
    assert made.draft.phase == "done"


def test_a_browser_that_leaves_stops_its_answer() -> None:
    desk = FakeDesk(prefill=30)
    made = begun(desk)
    seen = states(made)
    next(seen)
    seen.close()
    assert made.cancel.is_set()
    assert made.draft.phase == "failed" and "connection" in made.draft.error


def test_while_nothing_happens_there_is_a_sign_of_life() -> None:
    made = begun(FakeDesk(prefill=30))
    seen = states(made)
    assert any(draft is None for draft in seen)
    seen.close()


def test_a_page_asks_one_question_at_a_time_and_keeps_those_before() -> None:
    pages = PerPage(Talk)
    talk = pages.of("tab")
    first = talk.begin(Draft("one"))
    assert first is not None and talk.begin(Draft("two")) is None
    assert pages.of("other tab").begin(Draft("three")) is not None
    first.stop()
    second = pages.of("tab").begin(Draft("two"))
    assert second is not None and second.number == 2
    assert [old.question for old in talk.past.turns] == ["one"]


@pytest.mark.parametrize("desk", [FakeDesk(error=InputError("Too long.", "Shorten it.")), FakeDesk(queue_size=0)])
def test_errors_end_the_turn_with_a_hint(desk: FakeDesk) -> None:
    made = begun(desk, Jobs(desk.settings.queue_size))
    *_, last = (draft for draft in states(made) if draft is not None)
    assert last.phase == "failed" and last.error and last.hint


def test_what_a_question_waits_for_is_said() -> None:
    assert "The model is being loaded." in turn(Draft("q", waiting_for="The model is being loaded."), 1)


def test_history_holds_checked_text_only_and_questions_as_they_were_searched() -> None:
    finished = run(Draft("How many?"), events_of(PASSENGERS))[-1]
    halted = stopped(run(Draft("And then?"), events_of(PASSENGERS)[:5])[-1])
    history = Conversation().with_turn(finished).with_turn(halted).history()
    assert [(m.role, m.content) for m in history] == [
        ("user", PASSENGERS.standalone_question),
        ("assistant", PASSENGERS.text),
    ]


def test_long_conversations_are_trimmed_but_keep_counting() -> None:
    talk = Conversation()
    for i in range(40):
        talk = talk.with_turn(Draft(str(i)))
    assert len(talk.turns) == 30 and talk.dropped == 10 and talk.next_number == 41


def test_the_window_can_be_built_for_an_empty_archive() -> None:
    blocks = build_ui(FakeDesk(articles=()), Jobs(1))
    assert not blocks.analytics_enabled
