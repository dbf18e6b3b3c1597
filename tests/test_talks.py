"""A conversation: asking in the place of an earlier question and undoing that, and who an answer goes on for."""

from __future__ import annotations

import gc
import time
from dataclasses import replace

from rag.http.jobs import Jobs
from rag.types import Question
from tests.fakes_desk import PASSENGERS, FakeDesk, events_of
from ui.ask.draft import Draft, apply
from ui.ask.talks import SHOWN_TURNS, Conversation, Shelf, Talk, Turn, start, states


def done(id: str, question: str = "q") -> Draft:
    draft = Draft(question, id=id)
    for event in events_of(replace(PASSENGERS, standalone_question=question)):
        draft = apply(draft, event)
    return draft


def ids(talk: Talk) -> list[str]:
    return [draft.id for draft in (*talk.past.turns, *((talk.turn.draft,) if talk.turn else ()))]


def test_a_conversation_that_was_kept_goes_on_where_it_was() -> None:
    talk = Talk("t", [done("a", "one"), done("b", "two")])
    assert ids(talk) == ["a", "b"] and talk.turn is not None and talk.turn.number == 2
    turn = talk.begin(Draft("three", id="c"))
    assert turn is not None and turn.number == 3
    assert [m.content for m in talk.past.history() if m.role == "user"] == ["one", "two"]


def test_a_question_asked_in_the_place_of_another_takes_the_later_ones_away_and_can_be_undone() -> None:
    talk = Talk("t", [done(id) for id in "abc"])
    turn = talk.begin(Draft("other", id="x"), instead_of="b")
    assert turn is not None and turn.number == 2 and ids(talk) == ["a", "x"]
    assert len(talk.past.history()) == 2, "what gave way is no longer referred to"
    assert talk.replaced is not None and talk.replaced.ids == ("b", "c")
    assert talk.put_back() == ("x", ("b", "c"))
    assert ids(talk) == ["a", "b", "c"] and turn.draft.phase == "stopped"
    assert talk.put_back() is None


def test_the_next_question_makes_a_replacement_final() -> None:
    talk = Talk("t", [done("a")])
    talk.begin(Draft("other", id="x"), instead_of="a")
    assert talk.turn is not None
    talk.turn.stop()
    talk.begin(Draft("next", id="y"))
    assert talk.put_back() is None and ids(talk) == ["x", "y"]


def test_of_a_long_conversation_the_turns_before_a_replaced_one_stay_counted() -> None:
    talk = Talk("t", [done(str(i)) for i in range(SHOWN_TURNS + 5)])
    before = ids(talk)
    turn = talk.begin(Draft("other", id="x"), instead_of=before[-1])
    assert turn is not None and turn.number == SHOWN_TURNS + 5
    assert ids(talk) == [*before[:-1], "x"]


def test_an_unknown_place_is_the_end() -> None:
    talk = Talk("t", [done("a")])
    talk.begin(Draft("other", id="x"), instead_of="gone")
    assert ids(talk) == ["a", "x"] and talk.replaced is None


def test_a_rating_changes_one_turn_new_or_old() -> None:
    talk = Talk("t", [done("a"), done("b")])
    for id in "ab":
        changed = talk.change(id, lambda draft: replace(draft, rating="up"))
        assert changed is not None and changed.rating == "up"
    assert talk.change("c", lambda draft: draft) is None
    assert [draft.rating for draft in (*talk.past.turns, talk.turn.draft)] == ["up", "up"]  # type: ignore[union-attr]


def test_how_a_turn_came_out_is_heard_once() -> None:
    heard: list[str] = []
    turn = Turn(1, Draft("q"), lambda draft: heard.append(draft.phase))
    start(FakeDesk(), Jobs(1), Question("q"), turn)
    end = time.monotonic() + 5
    while turn.draft.running and time.monotonic() < end:
        time.sleep(0.01)
    turn.stop()
    turn.become(lambda draft: replace(draft, rating="up"))
    assert heard == ["done"]


def test_an_answer_outlives_its_page_for_a_while_and_another_takes_it_up() -> None:
    turn = Turn(1, Draft("q"))
    start(FakeDesk(prefill=30), Jobs(1), Question("q"), turn)
    first = states(turn, patience=0.2)
    next(first)
    first.close()
    assert turn.draft.running, "the page may be loading anew"
    second = states(turn, patience=0.2)
    next(second)
    time.sleep(0.4)
    assert turn.draft.running
    second.close()
    time.sleep(0.4)
    assert turn.draft.phase == "failed" and turn.cancel.is_set()


def test_one_of_two_pages_that_leaves_does_not_stop_the_other_s_answer() -> None:
    turn = Turn(1, Draft("q"))
    start(FakeDesk(prefill=30), Jobs(1), Question("q"), turn)
    one, two = states(turn), states(turn)
    next(one), next(two)
    one.close()
    assert turn.draft.running
    two.close()
    assert not turn.draft.running


def test_an_answer_left_for_another_thread_goes_on() -> None:
    turn = Turn(1, Draft("q"))
    start(FakeDesk(prefill=30), Jobs(1), Question("q"), turn)
    seen = states(turn)
    next(seen)
    turn.go_on()
    seen.close()
    assert turn.draft.running
    turn.stop()


def test_pages_that_show_the_same_thread_share_it_for_as_long_as_one_does() -> None:
    shelf = Shelf()
    talk = shelf.put(Talk("t", [done("a")]))
    assert shelf.put(Talk("t")) is talk and shelf.get("t") is talk
    assert shelf.running() == frozenset()
    talk.begin(Draft("q", id="b"))
    assert shelf.running() == {"t"}
    del talk
    gc.collect()
    assert shelf.get("t") is None


def test_all_turns_can_be_shown() -> None:
    talk = Talk("t", [done(str(i)) for i in range(40)], shown=40)
    assert len(ids(talk)) == 40 and talk.past.dropped == 0
    assert Conversation(shown=40).with_turn(Draft("q")).shown == 40
