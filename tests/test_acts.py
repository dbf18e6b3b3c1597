"""The small actions of the view without a browser: whose conversations are kept, and what other pages see of them."""

from __future__ import annotations

from dataclasses import fields, replace
from types import SimpleNamespace
from typing import Any

import pytest

from rag.examples import SHOWN
from rag.http.jobs import Jobs
from rag.types import Filter
from tests.fakes_desk import FERRY, FakeDesk
from ui.ask import acts, talks
from ui.ask.drawing import NOTHING, View, blank
from ui.ask.events import asked, followed
from ui.ask.keeping import Keeper
from ui.ask.parts import Parts
from ui.pages import UNCHANGED, PerPage


@pytest.fixture
def view() -> View:
    desk = FakeDesk()
    names = {field.name: field.name for field in fields(Parts)} | {"examples": tuple(f"e{i}" for i in range(SHOWN))}
    parts = Parts(**names)  # type: ignore[arg-type]
    keeper = Keeper(desk.settings.archive_dir)
    pages, removed = PerPage(talks.Talk), PerPage(lambda: NOTHING)
    return View(desk, Jobs(4), lambda: None, parts, keeper, pages, removed, talks.Shelf())


def visitor(page: str = "tab", host: str = "127.0.0.1") -> Any:
    return SimpleNamespace(session_hash=page, client=SimpleNamespace(host=host))


def ask(view: View, text: str, who: Any, filter: Filter = Filter()) -> str:  # noqa: B008
    """Asks, and waits for the answer's end; the turn's name."""
    for _ in asked(view, who, text, filter):
        pass
    turn = view.talk(who).turn
    assert turn is not None and turn.draft.phase == "done"
    return turn.draft.id


def act(view: View, who: Any, do: str, **data: Any) -> dict[Any, Any]:
    return acts.act(view, SimpleNamespace(_data={"do": do, **data}), who)


def kept(view: View) -> list[str]:
    return [thread.title for thread in view.keeper.read(lambda store: store.list(), ())]


def test_what_visitors_of_this_machine_ask_is_kept_and_opens_in_another_page(view: View) -> None:
    here, there = visitor(), visitor("other tab")
    ask(view, "How many passengers?", here)
    thread = view.talk(here).thread
    assert kept(view) == ["How many passengers?"]
    update = act(view, there, "open", id=thread)
    assert "212 passengers" in update["current"] and f'data-thread="{thread}"' in update["wire"]
    assert view.talk(there) is view.talk(here), "two pages, one conversation"
    ask(view, "And how many houses?", there)
    assert [m.content for m in view.desk.questions[-1].history if m.role == "user"] == ["How many passengers?"]


def test_nothing_of_other_machines_visitors_is_kept_and_nothing_shown_to_them(view: View) -> None:
    here, far = visitor(), visitor("far tab", "192.0.2.7")
    mine = ask(view, "A private question", here)
    thread = view.talk(here).thread
    theirs = ask(view, "Somebody else's", far)
    assert kept(view) == ["A private question"] and view.talk(far).thread == ""
    for do, id in (("open", thread), ("answer", mine)):
        shown = act(view, far, do, id=id)
        assert "private" not in str(shown) and "is not here" in shown["current"]
    assert "private" not in str(act(view, far, "list", search="private"))
    assert "on the machine Copydesk runs on" in act(view, far, "list")["threads"]
    for do in ("rename", "remove", "restore"):
        act(view, far, do, id=thread, title="Mine now")
    assert kept(view) == ["A private question"]
    ask(view, "Once more", far)
    for id in (mine, theirs):
        assert "Ratings are kept only" in str(act(view, far, "rate", id=id, value="up"))
    assert view.keeper.read(lambda store: store.rated(), ()) == ()


def test_another_machines_visitor_finds_an_answer_while_the_page_lives(view: View) -> None:
    far = visitor("far tab", "192.0.2.7")
    id = ask(view, "How many passengers?", far)
    ask(view, "And houses?", far)
    assert f'data-mark="{id}"' in act(view, far, "answer", id=id)["wire"]


def test_an_answer_of_a_page_that_turned_to_another_thread_is_found_while_it_runs(view: View) -> None:
    view.desk.prefill = 30
    here = visitor()
    stream = asked(view, here, "A slow one", Filter())
    next(stream)
    thread = view.talk(here).thread
    act(view, here, "new")
    assert list(stream) == [UNCHANGED], "the other conversation is not drawn over the new one"
    assert view.talk(here).turn is None
    assert "answering" in act(view, here, "list")["threads"]
    update = act(view, here, "open", id=thread)
    assert 'data-follow="1"' in update["wire"] and "aria-busy" in update["current"]
    again = followed(view, view.talk(here), here)
    assert "aria-busy" in next(again)["current"]
    view.talk(here).turn.stop()  # type: ignore[union-attr]
    assert "Stopped" in list(again)[-2]["current"]


def test_two_pages_of_one_thread_wait_for_each_other_and_say_so(view: View) -> None:
    here, there = visitor(), visitor("other tab")
    ask(view, "How many passengers?", here)
    act(view, there, "open", id=view.talk(here).thread)
    view.desk.prefill = 30
    stream = asked(view, here, "A slow one", Filter())
    next(stream)
    refused = asked(view, there, "How many houses?", Filter(), box="box")
    said = next(refused)
    assert "Another page is asking" in said["note"] and "A slow one" in said["current"]
    assert "box" not in said, "what was typed stays"
    assert list(asked(view, there, "How many houses?", Filter())) == [UNCHANGED], "it is followed already"
    view.talk(here).turn.stop()  # type: ignore[union-attr]
    ended = list(refused)[-2]
    assert "Stopped" in ended["current"] and ended["note"] == ""
    list(stream)
    view.desk.prefill = 0.0
    seen = view.talk(there).turn.draft.id  # type: ignore[union-attr]
    ask(view, "How many houses burned?", there)
    assert "houses burned" in act(view, here, "peek", answer=seen)["current"], "the first page learns of it"
    assert act(view, here, "peek", answer=view.talk(here).turn.draft.id) == UNCHANGED  # type: ignore[union-attr]


def test_a_page_that_looks_again_follows_what_another_asked(view: View) -> None:
    here, there = visitor(), visitor("other tab")
    seen = ask(view, "How many passengers?", here)
    act(view, there, "open", id=view.talk(here).thread)
    view.desk.prefill = 30
    stream = asked(view, there, "A slow one", Filter())
    next(stream)
    assert 'data-follow="1"' in act(view, here, "peek", answer=seen)["wire"]
    assert "data-follow" not in act(view, there, "peek", answer=seen)["wire"]
    view.talk(here).turn.stop()  # type: ignore[union-attr]
    list(stream)


def test_a_streams_last_words_which_gradio_repeats_at_its_end_change_nothing(view: View) -> None:
    here = visitor()
    updates = list(asked(view, here, "How many passengers?", Filter()))
    assert "212 passengers" in updates[-2]["current"] and updates[-1] == UNCHANGED
    assert list(followed(view, view.talk(here), here))[-1] == UNCHANGED
    assert list(followed(view, view.talk(visitor("new tab")), here)) == [UNCHANGED]


def test_a_deleted_thread_is_stopped_and_comes_back_whole(view: View) -> None:
    here = visitor()
    ask(view, "How many passengers?", here)
    thread = view.talk(here).thread
    assert "Deleted “How many passengers?”" in act(view, here, "remove", id=thread)["threads"]
    assert view.talk(here).turn is None and kept(view) == []
    assert "Deleted" in act(view, here, "list")["threads"], "as long as nothing new is asked"
    assert "Deleted" not in act(view, here, "restore", id=thread)["threads"]
    assert "212 passengers" in act(view, here, "open", id=thread)["current"]


def test_a_thread_deleted_elsewhere_begins_anew_when_asked_on(view: View) -> None:
    here, there = visitor(), visitor("other tab")
    ask(view, "How many passengers?", here)
    act(view, there, "remove", id=view.talk(here).thread)
    ask(view, "And houses?", here)
    assert kept(view) == ["And houses?"]


def test_an_answer_that_was_replaced_opens_what_took_its_place(view: View) -> None:
    here = visitor()
    old = ask(view, "How many?", here)
    for _ in asked(view, here, "How many passengers?", Filter(), old):
        pass
    update = act(view, visitor("other tab"), "answer", id=old)
    assert "replaced by a later one" in update["note"] and "data-mark" not in update["wire"]


def test_of_a_long_thread_a_link_opens_a_turn_from_before_those_shown(view: View) -> None:
    here = visitor()
    first = ask(view, "The first?", here)
    for i in range(talks.SHOWN_TURNS + 2):
        ask(view, f"Question {i}?", here)
    there = visitor("other tab")
    update = act(view, there, "answer", id=first)
    assert f'data-id="{first}"' in update["past"] and f'data-mark="{first}"' in update["wire"]


def test_earlier_turns_are_shown_on_request(view: View) -> None:
    here = visitor()
    for i in range(talks.SHOWN_TURNS + 3):
        ask(view, f"Question {i}?", here)
    thread, there = view.talk(here).thread, visitor("other tab")
    assert "Show 2 earlier questions" in act(view, there, "open", id=thread)["past"]
    past = act(view, there, "earlier")["past"]
    assert "Question 0?" in past and "earlier question" not in past


def test_copies_are_told_by_outlet_and_day_and_what_was_removed_since_is_marked(view: View) -> None:
    here, archive = visitor(), view.desk.archive
    archive.held["ferry-copy"] = replace(FERRY, id="ferry-copy", outlet="Radio Orlo", published_at="2019-03-06")
    ask(view, "How many passengers?", here)
    drawn = act(view, here, "peek", answer="")
    assert 'article=ferry-copy" dir="auto">Radio Orlo, 6 March 2019</a>' in drawn["current_panel"]
    assert "removed" not in drawn["current"] + drawn["current_panel"]
    archive.remove([FERRY.id])
    drawn = act(view, here, "peek", answer="")
    assert drawn["current"].count("since removed from the archive") == 4, "title and label of two chips"
    assert ">removed</i>" in drawn["current"] and "since removed" in drawn["current_panel"]
    ask(view, "How many houses burned?", here)
    drawn = act(view, here, "peek", answer="")
    assert ">removed</i>" in drawn["past"] and "removed" not in drawn["current"]


def test_nonsense_from_a_page_does_nothing(view: View) -> None:
    here = visitor()
    for data in ({}, {"id": 7}, {"id": None, "value": ["up"], "title": {}}):
        for do in acts.ACTS:
            assert act(view, here, do, **data), "Gradio fails on an update of nothing"
    assert acts.act(view, SimpleNamespace(_data={"do": "no such thing"}), here) == UNCHANGED
    assert acts.act(view, SimpleNamespace(_data=None), here) == UNCHANGED
    assert kept(view) == []


def test_where_nothing_can_be_saved_it_is_said_below_an_answer_that_came_all_the_same(view: View) -> None:
    path = view.desk.settings.archive_dir / "threads.sqlite3"
    path.mkdir()
    here = visitor()
    updates = list(asked(view, here, "How many passengers?", Filter()))
    assert "212 passengers" in updates[-2]["current"]
    view.keeper.flush(5)
    said = str(updates) + str(blank(view))
    assert said.count("not being saved") == 1
