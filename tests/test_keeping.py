"""Conversations are kept without an answer's ever waiting or failing for it, and come back as they looked."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from rag import threads_file
from rag.threads import FILE, Threads, Turn
from rag.types import Filter
from tests.fakes_desk import DISAGREE, NOTHING, PASSENGERS, events_of
from tests.test_ui import run
from ui.ask import keeping
from ui.ask.draft import Draft, stopped
from ui.ask.keeping import Keeper, draft_of, kept, load, now
from ui.ask.turn import turn as render


@pytest.fixture
def keeper(tmp_path: Path) -> Keeper:
    return Keeper(tmp_path)


def asked(id: str = "a", question: str = "How many?") -> Draft:
    return Draft(question, id=id, asked_at="2026-11-21T12:00:00+00:00", filter=Filter(since="2019-01-01"))


@pytest.mark.parametrize("answer", [PASSENGERS, DISAGREE, NOTHING], ids=lambda a: a.status)
def test_a_finished_turn_looks_the_same_when_it_is_reopened(keeper: Keeper, answer: object) -> None:
    done = run(asked(), events_of(answer))[-1]  # type: ignore[arg-type]
    keeper.later(lambda store: store.keep(kept(done, "t")))
    found = keeper.read(lambda store: load(store, "t"), None)
    assert found is not None and found.title == "How many?"
    assert render(found.drafts[0], 1) == render(done, 1)


def test_of_a_stopped_turn_what_had_passed_the_check_is_kept(keeper: Keeper) -> None:
    halted = stopped(run(asked(), events_of(PASSENGERS)[:13])[-1])
    assert halted.sentences
    keeper.later(lambda store: store.keep(kept(halted, "t")))
    found = keeper.read(lambda store: load(store, "t"), None)
    assert found is not None and render(found.drafts[0], 1) == render(halted, 1)


def test_an_answer_that_was_under_way_as_the_server_ended_says_so() -> None:
    back = draft_of(kept(asked(), "t"))
    assert back.phase == "failed" and "closed" in back.error and back.hint


def test_a_rating_comes_back_too(keeper: Keeper) -> None:
    done = run(asked(), events_of(PASSENGERS))[-1]
    keeper.later(lambda store: store.keep(kept(done, "t")))
    keeper.later(lambda store: store.rate("a", "down", "wrong boat", "2026-11-21T12:01:00+00:00"))
    found = keeper.read(lambda store: load(store, "t"), None)
    assert found is not None
    assert found.drafts[0] == replace(done, rating="down", rating_reason="wrong boat")


def test_a_held_file_makes_nobody_wait_and_nothing_is_lost(
    keeper: Keeper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads_file, "WAIT_SECONDS", 0.05)
    other = Threads.open(tmp_path / FILE, now())
    other._connection.execute("BEGIN IMMEDIATE")
    begun = time.monotonic()
    for id in "abc":
        keeper.later(lambda store, id=id: store.keep(kept(asked(id), "t")))  # type: ignore[misc]
    assert time.monotonic() - begun < 0.02
    keeper.flush(5)
    said = keeper.trouble()
    assert "not being saved" in said and "in use" in said
    assert keeper.trouble() == "", "it is told once"
    other._connection.execute("COMMIT")
    keeper.later(lambda store: store.keep(kept(asked("d"), "t")))
    keeper.flush(5)
    assert [turn.id for turn in other.turns("t")] == ["a", "b", "c", "d"]
    assert keeper.trouble() == ""


def test_what_was_deleted_is_dropped_for_good_while_the_server_runs(
    keeper: Keeper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "PURGE_SECONDS", 0.02)
    keeper.later(lambda store: store.keep(kept(asked(), "t")))
    keeper.later(lambda store: store.remove("t", now() - timedelta(hours=2)))
    keeper.flush(5)
    end = time.monotonic() + 5
    while b"How many?" in b"".join(path.read_bytes() for path in tmp_path.iterdir()) and time.monotonic() < end:
        time.sleep(0.02)
    keeper.later(lambda store: store.restore("t"))
    assert keeper.read(lambda store: store.list(), None) == ()


def test_where_nothing_can_be_written_answers_go_on_and_it_is_told_once(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path / "nowhere")
    keeper.later(lambda store: store.keep(Turn("a", "t", "q", "2026-11-21T12:00:00+00:00")))
    assert keeper.read(lambda store: store.list(), ()) == ()
    assert "not being saved" in keeper.trouble() and keeper.trouble() == ""


def test_a_file_put_aside_is_named(keeper: Keeper, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"nonsense" * 600)
    assert keeper.read(lambda store: store.list(), ()) == ()
    (aside,) = tmp_path.glob("threads-unreadable-*")
    assert aside.name in keeper.trouble() and keeper.trouble() == ""
