"""What visitors said about answers, as `copydesk feedback` prints it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rag.cli import main
from rag.threads import FILE, Threads, Turn
from tests.fakes_desk import NOTHING, PASSENGERS

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def rated(tmp_path: Path) -> Path:
    store = Threads.open(tmp_path / FILE, NOW)
    for id, answer in (("one-answer-id", PASSENGERS), ("two-answer-id", NOTHING), ("unrated-id", NOTHING)):
        outcome = {"phase": "done", "answer": answer.to_dict()}
        store.keep(Turn(id, "t", answer.question, NOW.isoformat(), outcome=outcome))
    store.rate("one-answer-id", "down", "The captain \x1b[31mis missing", "2026-11-21T12:01:00+00:00")
    store.rate("two-answer-id", "up", "", "2026-11-21T12:02:00+00:00")
    store.close()
    return tmp_path


def test_as_json_with_question_answer_reason_and_link(rated: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["feedback", "--json", "--archive", str(rated)]) == 0
    newest, first = json.loads(capsys.readouterr().out)
    assert (newest["id"], newest["rating"], newest["status"]) == ("two-answer-id", "up", "not_found")
    assert newest["text"] == NOTHING.notice
    assert (first["question"], first["text"]) == (PASSENGERS.question, PASSENGERS.text)
    assert first["reason"].startswith("The captain") and first["rated_at"] == "2026-11-21T12:01:00+00:00"
    assert first["model"]["llm"] == "fake-llm" and first["filter"]["as_of"] is None


def test_for_people_without_control_characters(rated: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["feedback", "--archive", str(rated)]) == 0
    said = capsys.readouterr().out
    assert "not useful  2026-11-21  answered  #answer=one-answer-id" in said
    assert PASSENGERS.question in said and "The captain" in said and "\x1b[31mis" not in said
    assert "unrated" not in said


def test_before_anything_was_rated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["feedback", "--archive", str(tmp_path)]) == 0
    assert "Nothing has been rated yet" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == [], "asking leaves nothing behind"


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / FILE).write_bytes(b"nonsense" * 600)
    assert main(["feedback", "--archive", str(tmp_path)]) == 2
    assert "damaged" in capsys.readouterr().err
