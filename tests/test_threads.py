"""Saved conversations: what is kept is found again, whatever happens to the file or beside it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag import threads_file
from rag.errors import ArchiveBusyError, ArchiveError
from rag.threads import FILE, LONGEST_TITLE, UNDO, Threads, Turn
from rag.types import Filter

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def later(**ago: float) -> datetime:
    return NOW + timedelta(**ago)


def turn(id: str, question: str = "How many?", thread: str = "t1", minute: int = 0, **fields: Any) -> Turn:
    return Turn(id, thread, question, f"2026-11-21T12:{minute:02}:00+00:00", **fields)


@pytest.fixture
def store(tmp_path: Path) -> Threads:
    return Threads.open(tmp_path / FILE, NOW)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
days = st.none() | st.dates().map(str)
filters = st.builds(Filter, days, days, days, st.lists(texts, max_size=3).map(tuple))
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(texts, filters, st.dictionaries(texts, values, max_size=3)), min_size=1, max_size=4))
def test_what_is_kept_comes_back_as_it_was(asked: list[tuple[str, Filter, dict[str, Any]]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / FILE
        turns = tuple(turn(f"a{i}", q, minute=i, filter=f, outcome=o) for i, (q, f, o) in enumerate(asked))
        store = Threads.open(path, NOW)
        for one in turns:
            store.keep(one)
        store.close()
        again = Threads.open(path, NOW)
        assert again.turns("t1") == turns
        assert again.turn("a0") == turns[0]
        (listed,) = again.list()
        assert listed.turns == len(turns) and listed.updated == turns[-1].asked_at
        again.close()


def test_a_thread_is_named_after_its_first_question_in_one_line(store: Threads) -> None:
    store.keep(turn("a", "How many\n  passengers?"))
    store.keep(turn("b", "And where?", minute=1))
    store.keep(turn("c", "x" * 500, thread="t2", minute=2))
    newest, first = store.list()
    assert first.title == "How many passengers?" and first.turns == 2
    assert len(newest.title) == LONGEST_TITLE and newest.title.endswith("…")


def test_the_latest_asked_stands_first_and_words_are_found_in_all_questions(store: Threads) -> None:
    store.keep(turn("a", "Who rules Orlo?"))
    store.keep(turn("b", "How many?", thread="t2", minute=1))
    store.keep(turn("c", "Où est l’Élysée?", minute=2))
    assert [t.id for t in store.list()] == ["t1", "t2"]
    assert [t.id for t in store.list("elysee ORLO")] == ["t1"]
    assert store.list("100%_") == ()


def test_keeping_a_turn_again_changes_what_came_of_it_but_not_its_place_or_rating(store: Threads) -> None:
    store.keep(turn("a", outcome={"phase": "waiting"}))
    store.keep(turn("b", minute=1))
    store.rate("a", "down", "wrong", "2026-11-21T12:05:00+00:00")
    store.keep(turn("a", outcome={"phase": "done"}))
    first, second = store.turns("t1")
    assert (first.id, first.outcome, first.rating, first.reason) == ("a", {"phase": "done"}, "down", "wrong")
    assert second.id == "b"


def test_a_rating_taken_back_leaves_nothing(store: Threads) -> None:
    store.keep(turn("a"))
    store.keep(turn("b", minute=1))
    store.rate("a", "up", "short", "2026-11-21T12:05:00+00:00")
    store.rate("b", "down", "", "2026-11-21T12:06:00+00:00")
    assert [(t.id, t.rating, t.reason) for t in store.rated()] == [("b", "down", ""), ("a", "up", "short")]
    store.rate("a", "", "short", "2026-11-21T12:07:00+00:00")
    assert [t.id for t in store.rated()] == ["b"]
    assert store.turn("a") == turn("a")


def test_what_is_removed_can_be_put_back_for_an_hour_and_is_then_gone(tmp_path: Path) -> None:
    store = Threads.open(tmp_path / FILE, NOW)
    store.keep(turn("a", "a secret question"))
    store.rename("t1", "  Kept  as ")
    store.remove("t1", NOW)
    assert store.list() == () and store.thread("t1") is None and store.turn("a") is None
    store.restore("t1")
    assert [t.title for t in store.list()] == ["Kept as"] and store.turn("a") is not None
    store.remove("t1", NOW)
    store.close()
    Threads.open(tmp_path / FILE, later(minutes=59)).close()
    again = Threads.open(tmp_path / FILE, NOW + UNDO + timedelta(seconds=1))
    again.restore("t1")
    assert again.list() == ()
    again.close()
    assert b"a secret question" not in (tmp_path / FILE).read_bytes()


def test_nothing_of_what_is_gone_is_left_in_the_files_of_an_open_store(store: Threads) -> None:
    store.keep(turn("a", "a secret question", outcome={"text": "a secret answer" * 500}))
    store.keep(turn("b", thread="t2"))
    store.remove("t1", NOW)
    store.purge(later(minutes=61))
    for path in store.path.parent.iterdir():
        assert b"a secret" not in path.read_bytes(), path


def test_a_replaced_turn_can_be_put_back_and_is_kept_for_good_where_it_was_rated(store: Threads) -> None:
    for i, id in enumerate("abc"):
        store.keep(turn(id, minute=i))
    store.rate("b", "down", "", "2026-11-21T12:05:00+00:00")
    store.replace(["b", "c"], NOW)
    store.keep(turn("d", minute=5))
    assert [t.id for t in store.turns("t1")] == ["a", "d"]
    found = store.turn("b")
    assert found is not None and found.replaced
    store.replace(["d"], NOW, back=["b", "c"])
    assert [t.id for t in store.turns("t1")] == ["a", "b", "c"]
    store.replace(["b", "c"], NOW)
    store.remove("t2", later(hours=2))  # whatever is removed clears up
    assert store.turn("b") is not None and store.turn("c") is None and store.turn("d") is None


def test_only_its_owner_can_read_the_file(store: Threads) -> None:
    store.keep(turn("a"))
    for path in store.path.parent.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from rag.threads import Threads, Turn
store = Threads.open(Path(sys.argv[1]), datetime.now(UTC))
for i in range(60):
    store.keep(Turn(f"{sys.argv[2]}-{i}", f"{sys.argv[2]}-{i % 3}", "q", datetime.now(UTC).isoformat()))
"""


def test_two_processes_make_and_write_the_same_file_at_once(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path / FILE)]
    both = [subprocess.Popen([*command, name]) for name in ("one", "two")]
    assert [process.wait(60) for process in both] == [0, 0]
    store = Threads.open(tmp_path / FILE, NOW)
    assert store.set_aside is None
    assert sorted((t.id, t.turns) for t in store.list()) == [(f"{n}-{i}", 20) for n in ("one", "two") for i in range(3)]
    assert [path.name for path in tmp_path.glob("*unreadable*")] == []


def test_it_is_read_while_a_server_has_it_open_and_after(store: Threads) -> None:
    store.keep(turn("a"))
    store.rate("a", "up", "", "2026-11-21T12:05:00+00:00")
    beside = Threads.read(store.path)
    assert [t.id for t in beside.rated()] == ["a"]
    beside.close()
    store.close()
    after = Threads.read(store.path)
    assert [t.id for t in after.rated()] == ["a"]
    with pytest.raises(ArchiveError):
        after.keep(turn("b"))


def test_a_file_held_by_another_is_busy_not_broken(store: Threads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads_file, "WAIT_SECONDS", 0.05)
    second = Threads.open(store.path, NOW)
    store._connection.execute("BEGIN IMMEDIATE")
    with pytest.raises(ArchiveBusyError):
        second.keep(turn("a"))
    with pytest.raises(ArchiveBusyError):
        Threads.open(store.path, NOW)
    store._connection.execute("COMMIT")
    second.keep(turn("a"))
    assert [path.name for path in store.path.parent.glob("*unreadable*")] == []


@pytest.mark.parametrize("broken", [b"not a database at all" * 99, b"SQLite format 3\x00" + b"\x07" * 9000])
def test_a_file_that_cannot_be_read_is_put_aside_whole(tmp_path: Path, broken: bytes) -> None:
    path = tmp_path / FILE
    path.write_bytes(broken)
    store = Threads.open(path, NOW)
    assert store.set_aside is not None and store.set_aside.read_bytes() == broken
    assert store.set_aside.name == "threads-unreadable-20261121-120000.sqlite3"
    store.keep(turn("a"))
    store.close()
    path.write_bytes(broken)
    again = Threads.open(path, NOW)
    assert again.set_aside is not None and again.set_aside.name == "threads-unreadable-20261121-120000-2.sqlite3"


def test_damage_in_the_middle_is_noticed_as_it_is_opened(tmp_path: Path) -> None:
    store = Threads.open(tmp_path / FILE, NOW)
    for i in range(60):
        store.keep(turn(f"a{i}", "q" * 500, outcome={"text": "x" * 2000}))
    store.close()
    whole = bytearray((tmp_path / FILE).read_bytes())
    whole[8192:24576] = b"\xff" * 16384
    (tmp_path / FILE).write_bytes(whole)
    again = Threads.open(tmp_path / FILE, NOW)
    assert again.set_aside is not None and again.list() == ()


def test_a_file_of_a_later_version_or_of_someone_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / FILE
    Threads.open(path, NOW).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(ArchiveError, match="later version"):
        Threads.open(path, NOW)
    with pytest.raises(ArchiveError, match="later version"):
        Threads.read(path)
    assert [p.name for p in tmp_path.iterdir() if "unreadable" in p.name] == []


def test_every_version_is_brought_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / FILE
    first = Threads.open(path, NOW)
    first.keep(turn("a"))
    first.close()
    steps = (*threads_file.MIGRATIONS, lambda c: c.execute("ALTER TABLE turns ADD COLUMN colour TEXT DEFAULT 'red'"))
    monkeypatch.setattr(threads_file, "MIGRATIONS", steps)
    store = Threads.open(path, NOW)
    assert store.turns("t1") == (turn("a"),)
    assert store._connection.execute("SELECT colour FROM turns").fetchall() == [("red",)]


def test_a_folder_that_is_not_there_is_an_error_with_a_hint(tmp_path: Path) -> None:
    for opened in (lambda p: Threads.open(p, NOW), Threads.read):
        with pytest.raises(ArchiveError) as caught:
            opened(tmp_path / "nowhere" / FILE)
        assert caught.value.hint
