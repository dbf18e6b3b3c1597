"""A run inside the server, with a scripted desk: it ends, is stopped, fails in the middle, gives way to readers."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from eval import choices
from eval.live import Evals
from rag.errors import Cancelled, CopydeskError, InputError, ModelError, NotFoundError, QueueFullError
from rag.llm.base import Cancel
from rag.types import Answer, Question
from tests.fakes_eval import answer

QUESTIONS = [
    {"id": "a1", "question": "How many aboard?", "expect": "answered", "must_contain": [["212"]],
     "gold_sources": ["ferry"], "tags": ["number"], "as_of": "2019-03-06"},
    {"id": "a2", "question": "How many burned?", "expect": "conflicting", "gold_sources": ["ferry"],
     "tags": ["conflict"],
     "conflict_values": [["14"], ["eleven", "11"]]},
    {"id": "a3", "question": "Who owns her?", "expect": "not_found", "tags": ["unanswerable"]},
]  # fmt: skip
GOOD: dict[str, Answer | Exception] = {
    "How many aboard?": answer("It carried 212 passengers.", ("ferry", "It carried 212 passengers.")),
    "How many burned?": answer("Reports differ.", ("ferry", "14 burned"), status="conflicting", values=("14", "11")),
    "Who owns her?": answer(status="not_found", reason="no_evidence"),
}


class Desk:
    """Plays answers; with a ``gate``, those to questions with ``held`` in them wait for it to be opened, or a stop."""

    def __init__(self, script: dict[str, Any] = GOOD, gate: threading.Event | None = None, held: str = "") -> None:
        self.script, self.gate, self.held = script, gate, held
        self.llm_problem: str | None = None
        self.asked: list[Question] = []
        self.closed = 0

    def ask(self, question: Question, *, cancel: Cancel) -> Answer:
        self.asked.append(question)
        while self.gate and self.held in question.text and not self.gate.is_set():
            if cancel.wait(0.01):
                raise Cancelled
        played = self.script[question.text]
        if isinstance(played, list):
            played = played.pop(0)
        if isinstance(played, Exception):
            raise played
        assert isinstance(played, Answer)
        return played

    @contextmanager
    def opened(self, articles: Path) -> Iterator[Desk]:
        assert articles.is_dir()
        try:
            yield self
        finally:
            self.closed += 1


@pytest.fixture
def make_evals(tmp_path: Path) -> Callable[..., Evals]:
    """Makes an ``Evals`` with three questions in place of the seeds'."""
    file = tmp_path / "seeds.jsonl"
    file.write_text("\n".join(map(json.dumps, QUESTIONS)), encoding="utf-8")
    return partial(Evals, find=lambda name: (file, choices.of_set(name)[1]))


def until(met: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not met():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.005)


def ended(evals: Evals) -> dict[str, Any]:
    evals.wait()
    assert not evals.state()["running"]
    return evals.state()


def test_a_run_is_asked_kept_and_can_be_read(tmp_path: Path, make_evals: Callable[..., Evals]) -> None:
    desk = Desk()
    evals = make_evals(tmp_path / "runs", desk.opened)
    assert evals.runs()["runs"] == [] and [s["name"] for s in evals.runs()["sets"]] == ["seeds", "invented"]
    evals.start("seeds")
    told = ended(evals)
    assert (told["done"], told["total"], told["right"], told["error"]) == (3, 3, 3, "")
    assert [q.text for q in desk.asked] == [str(q["question"]) for q in QUESTIONS]
    assert desk.asked[0].filter.as_of == "2019-03-06" and {q.asker for q in desk.asked} == {"eval:server"}
    assert desk.closed == 1
    (head,) = evals.runs()["runs"]
    assert head["id"] == told["finished"] and head["whole"] and head["from"] == "page"
    run = evals.run(head["id"])
    assert run["misses"] == [] and run["before"] is None
    assert evals.answer(head["id"], "a1")["answer"]["text"].startswith("It carried 212")
    with pytest.raises(NotFoundError):
        evals.answer(head["id"], "a9")


def test_the_next_run_is_held_against_the_one_before(tmp_path: Path, make_evals: Callable[..., Evals]) -> None:
    worse = GOOD | {"How many aboard?": answer("It carried 99.", ("ferry", "It carried 212 passengers."))}
    folder = tmp_path / "runs"
    for script in (GOOD, worse):
        evals = make_evals(folder, Desk(script).opened)
        evals.start("seeds")
        ended(evals)
        time.sleep(1.01 if script is GOOD else 0)  # ids go by the second
    now, then = evals.runs()["runs"]
    run = evals.run(now["id"])
    assert run["before"]["id"] == then["id"]
    (miss,) = run["misses"]
    assert (miss["id"], miss["kind"], miss["new"], miss["expected"]) == ("a1", "wrong", True, "It must say “212”.")
    figures = {figure["key"]: figure for figure in run["figures"]}
    assert figures["answer_accuracy"]["change"] == {"said": "−50.0 points", "word": "worse"}
    assert figures["unsupported_numbers"]["change"] == {"said": "+1", "word": "worse"}
    assert figures["refusal_recall"]["change"] == {"said": "no change", "word": "same"}
    for ids in ((now["id"], then["id"]), (then["id"], now["id"])):
        found = evals.compare(*ids)
        assert [q["id"] for q in found["newly_wrong"]] == ["a1"] and found["newly_right"] == []
        assert found["then"]["id"] == then["id"]


def test_stopping_keeps_what_was_asked(tmp_path: Path, make_evals: Callable[..., Evals]) -> None:
    desk = Desk(gate=threading.Event(), held="burned")
    evals = make_evals(tmp_path / "runs", desk.opened)
    evals.start("seeds")
    until(lambda: evals.state()["question"] == "How many burned?")
    evals.stop()
    told = ended(evals)
    assert (told["stopped"], told["done"], desk.closed) == (True, 1, 1)
    (head,) = evals.runs()["runs"]
    assert (head["id"], head["asked"], head["of"]) == (told["finished"], 1, 3)
    assert head["stopped"] and not head["whole"]


def test_stopped_before_any_answer_nothing_is_kept(tmp_path: Path, make_evals: Callable[..., Evals]) -> None:
    evals = make_evals(tmp_path / "runs", Desk(gate=threading.Event()).opened)
    evals.start("seeds")
    until(lambda: evals.state()["phase"] == "asking")
    evals.stop()
    assert ended(evals)["finished"] == "" and evals.runs()["runs"] == []


def test_one_run_at_a_time(tmp_path: Path, make_evals: Callable[..., Evals]) -> None:
    gate = threading.Event()
    evals = make_evals(tmp_path / "runs", Desk(gate=gate).opened)
    evals.start("seeds")
    with pytest.raises(CopydeskError, match="under way") as told:
        evals.start("seeds")
    assert told.value.http_status == 409
    gate.set()
    assert ended(evals)["done"] == 3
    evals.start("seeds")
    assert ended(evals)["done"] == 3


def test_a_question_that_fails_is_counted_and_the_run_goes_on(tmp_path: Path, make_evals: Callable[..., Evals]) -> None:
    evals = make_evals(
        tmp_path / "runs", Desk(GOOD | {"How many burned?": ModelError("The model died.", "Hm.")}).opened
    )
    evals.start("seeds")
    told = ended(evals)
    assert (told["done"], told["right"]) == (3, 2)
    (miss,) = evals.run(told["finished"])["misses"]
    assert (miss["id"], miss["kind"]) == ("a2", "error") and "The model died." in miss["why"]


@pytest.mark.parametrize(
    ("fault", "said"),
    [(ModelError("No embedder.", "Fetch it."), "No embedder."), (OSError(28, "No space left"), "No space left")],
)
def test_what_prevents_a_run_is_told(
    tmp_path: Path, make_evals: Callable[..., Evals], fault: Exception, said: str
) -> None:
    @contextmanager
    def broken(articles: Path) -> Iterator[Desk]:
        raise fault
        yield

    evals = make_evals(tmp_path / "runs", broken)
    evals.start("seeds")
    told = ended(evals)
    assert said in told["error"] and told["hint"] and told["finished"] == ""


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_even_a_bug_ends_the_run_for_those_who_watch(tmp_path: Path, make_evals: Callable[..., Evals]) -> None:
    evals = make_evals(tmp_path / "runs", Desk(GOOD | {"How many burned?": EOFError()}).opened)  # no ordinary error
    evals.start("seeds")
    assert "fault in Copydesk" in ended(evals)["error"]


def test_readers_go_first_and_a_full_line_is_no_wrong_answer(tmp_path: Path, make_evals: Callable[..., Evals]) -> None:
    readers = [True]
    full = QueueFullError("Full.", "Wait.")
    desk = Desk(GOOD | {"How many aboard?": [full, GOOD["How many aboard?"]]})
    evals = make_evals(tmp_path / "runs", desk.opened, lambda: readers[0])
    evals.start("seeds")
    until(lambda: evals.state()["phase"] == "waiting")
    time.sleep(0.05)
    assert desk.asked == []
    readers[0] = False
    assert ended(evals)["right"] == 3


def test_nothing_starts_that_can_not_be_answered(tmp_path: Path, make_evals: Callable[..., Evals]) -> None:
    desk = Desk()
    with pytest.raises(CopydeskError, match="being loaded"):
        make_evals(tmp_path, desk.opened, problem=lambda: "The language model is being loaded.").start()
    with pytest.raises(InputError, match="no set 'bench'"):
        make_evals(tmp_path, desk.opened).start("bench")
    ending = make_evals(tmp_path, desk.opened)
    ending.close()
    with pytest.raises(CopydeskError, match="shutting down"):
        ending.start()
    assert desk.asked == []


def test_the_end_of_the_server_keeps_no_half_run(tmp_path: Path, make_evals: Callable[..., Evals]) -> None:
    gate = threading.Event()
    evals = make_evals(tmp_path / "runs", Desk(gate=gate).opened)
    evals.start("seeds")
    until(lambda: evals.state()["phase"] == "asking")
    evals.close()
    ended(evals)
    assert evals.runs()["runs"] == []
