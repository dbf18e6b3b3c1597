"""The trace: a line for each answer, private, and never in an answer's way."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rag.config import load_settings
from rag.errors import Cancelled, CopydeskError, InputError, ModelError
from rag.pipeline import Copydesk
from rag.trace import Trace, recorded
from rag.types import Answer, Event, Filter, Question
from tests.fakes_desk import PASSENGERS, events_of
from tests.fakes_embedder import KeywordEmbedder

QUESTION = Question("How many were aboard?", filter=Filter(until="2020-01-01"), asker="sse:127.0.0.1")


def steps(error: CopydeskError | None = None) -> Generator[Event, None, Answer]:
    yield from events_of(PASSENGERS)[:-1]
    if error:
        raise error
    return PASSENGERS


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def run(trace: Trace | None, given: Generator[Event, None, Answer]) -> tuple[list[Event], Answer]:
    passed, tracing = [], recorded(trace, QUESTION, given)
    while True:
        try:
            passed.append(next(tracing))
        except StopIteration as end:
            return passed, end.value


def test_an_answer_leaves_one_line_with_where_its_time_went(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    trace = Trace(path, now=lambda: datetime(2026, 11, 21, 14, 0, tzinfo=UTC))
    events, answer = run(trace, steps())
    assert (events, answer) == (events_of(PASSENGERS)[:-1], PASSENGERS), "what passes is not changed"
    (line,) = lines(path)
    assert line["time"] == "2026-11-21T14:00:00.000+00:00"
    assert (line["door"], line["question"]) == ("sse", "How many were aboard?")
    assert line["filter"] == {"until": "2020-01-01"} and line["turns_before"] == 0
    assert line["standalone_question"] == PASSENGERS.standalone_question
    assert line["status"] == "answered" and line["text"] == PASSENGERS.text
    for name in ("timings_ms", "stages_ms", "usage", "withheld"):
        assert line[name] == PASSENGERS.to_dict()[name]
    assert line["passages"] == [
        {"passage_id": r.passage_id, "article_id": r.article_id, "score": r.score, "ranks": dict(r.ranks)}
        for r in PASSENGERS.retrieved
    ]
    assert line["draft"] == "".join(e.data["text"] for e in events if e.name == "token") != ""


def test_answers_that_are_stopped_or_fail_are_told_too(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    trace = Trace(path)
    with pytest.raises(Cancelled):
        run(trace, steps(Cancelled()))
    with pytest.raises(ModelError):
        run(trace, steps(ModelError("It broke.", "Mend it.")))
    left = recorded(trace, QUESTION, steps())
    next(left)
    left.close()
    assert [line["status"] for line in lines(path)] == ["stopped", "failed", "stopped"]
    assert lines(path)[1]["error"] == "It broke." and lines(path)[1]["draft"]


def test_a_reader_that_leaves_stops_the_steps(tmp_path: Path) -> None:
    closed = []

    def watched() -> Generator[Event, None, Answer]:
        try:
            yield from steps()
        finally:
            closed.append(True)
        return PASSENGERS

    left = recorded(Trace(tmp_path / "t"), QUESTION, watched())
    next(left)
    left.close()
    assert closed


@pytest.mark.skipif(os.name == "nt", reason="no such modes there")
def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    path.write_text('{"old": 1}\n')
    path.chmod(0o644)
    Trace(path).write({"new": 1})
    assert path.stat().st_mode & 0o777 == 0o600
    assert [set(line) - {"time"} for line in lines(path)] == [{"old"}, {"new"}]
    Trace(tmp_path / "new.jsonl")
    assert (tmp_path / "new.jsonl").stat().st_mode & 0o777 == 0o600


def test_a_full_file_is_put_aside_once(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    trace = Trace(path, limit=1000)
    for n in range(60):
        trace.write({"n": n})
    kept = lines(tmp_path / "trace.jsonl.1") + lines(path)
    assert [line["n"] for line in kept] == list(range(60 - len(kept), 60)) and len(kept) > 12
    assert path.stat().st_size <= 1000 and sorted(p.name for p in tmp_path.iterdir()) == [
        "trace.jsonl",
        "trace.jsonl.1",
    ]


def test_a_question_that_is_no_proper_text_is_written_all_the_same(tmp_path: Path) -> None:
    trace = Trace(tmp_path / "t")
    trace.write({"question": "half a \ud83d\u2028smile\n"})
    assert len(lines(tmp_path / "t")) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device")
def test_a_full_disk_stops_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    trace = Trace(tmp_path / "trace.jsonl")
    monkeypatch.setattr(trace, "_open", lambda: os.open("/dev/full", os.O_WRONLY))
    for _ in range(3):
        assert run(trace, steps())[1] == PASSENGERS
    assert len(caplog.records) == 1 and "No space" in caplog.text


@pytest.mark.parametrize("name", ["missing/trace.jsonl", "", "pipe"])
def test_a_trace_that_cannot_be_written_is_said_at_the_start(name: str, tmp_path: Path) -> None:
    if name == "pipe":
        if sys.platform == "win32":
            pytest.skip("no named pipes")
        os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="can't be written") as caught:
        Trace(tmp_path / name)
    assert "--trace" in caught.value.hint


def test_nothing_is_written_unless_asked_for(tmp_path: Path) -> None:
    assert load_settings({}).trace is None
    assert load_settings({"COPYDESK_TRACE": str(tmp_path / "t")}).trace == tmp_path / "t"
    assert run(None, steps())[1] == PASSENGERS


def test_a_desk_told_to_traces_its_answers(tmp_path: Path) -> None:
    settings = load_settings({"COPYDESK_HOME": str(tmp_path / "archive"), "COPYDESK_TRACE": str(tmp_path / "t")})
    with Copydesk.open(settings, write=True, embedder=KeywordEmbedder()) as desk:
        desk.ask("Hello")
        list(desk.stream(Question("Thanks!", asker="window:me")))
    assert [(line["door"], line["question"]) for line in lines(tmp_path / "t")] == [
        ("python", "Hello"),
        ("window", "Thanks!"),
    ]
