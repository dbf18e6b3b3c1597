"""Runs that are kept: whole, private, the newest hundred; a damaged file is named and stops nothing."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval import reading, results, runs
from eval.judge import failed
from eval.known import KnownQuestion
from rag.errors import CopydeskError, InputError, NotFoundError
from tests.fakes_eval import answer

KNOWN = (
    KnownQuestion("a1", "How many aboard?", "answered", must_contain=(("212",), ("aground", "ran ashore"))),
    KnownQuestion("a2", "How many burned?", "conflicting", conflict_values=(("14",), ("eleven", "11"))),
    KnownQuestion("a3", "Who owns her?", "not_found", tags=("unanswerable",)),
)
SAID = {
    "right": answer("It ran aground with 212.", ("ferry", "q")),
    "wrong": answer("It ran ashore.", ("ferry", "q")),
    "refused": answer(status="not_found", reason="weak_evidence"),
    "disputed": answer("They differ.", ("ferry", "q"), status="conflicting", values=("14", "11")),
    "half": answer("They differ.", ("ferry", "q"), status="conflicting", values=("14",)),
}


def run(*said: str, started_at: str = "2026-11-21T17:08:09+00:00", name: str = "seeds") -> dict[str, Any]:
    asked = [results.ask(known, lambda _, which=which: SAID[which]) for known, which in zip(KNOWN, said, strict=False)]
    made = results.result(asked, name=name, path=Path(f"{name}.jsonl"), started_at=started_at)
    made |= {"duration_s": 6.0, "ready_s": 1.0, "of": 3, "whole": len(said) == 3, "stopped": False, "from": "command"}
    return made


def test_half_a_character_in_an_answer_loses_no_run(tmp_path: Path) -> None:
    made = run("right")
    made["answers"][0]["question"] = "What is \ud800?"
    assert runs.load(tmp_path, runs.keep(tmp_path, made))["answers"][0]["question"] == "What is \ud800?"


def test_a_run_comes_back_as_it_was_and_its_head_without_its_answers(tmp_path: Path) -> None:
    folder = tmp_path / "evals"
    made = run("right", "disputed", "refused")
    id = runs.keep(folder, made)
    assert id.startswith("20261121-170809-seeds-")
    assert runs.load(folder, id) == json.loads(json.dumps(made))
    (head,) = runs.heads(folder).heads
    assert (head["asked"], head["right"], head["model"]["llm"]) == (3, 3, "scripted")
    assert "answers" not in head and head["metrics"]["answer_accuracy"]["value"] == 1.0
    if os.name != "nt":
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert [stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()] == [0o600]
    assert json.loads((folder / f"{id}.json").read_text())["head"]["id"] == id


def test_a_list_reads_heads_only(tmp_path: Path) -> None:
    made = run("right", "disputed", "refused") | {"padding": "x" * 3_000_000}
    id = runs.keep(tmp_path, made)
    with (tmp_path / f"{id}.json").open("rb") as file:
        assert len(file.readline()) < 20_000
    (tmp_path / f"{id}.json").write_bytes((tmp_path / f"{id}.json").read_bytes()[:100_000])  # the rest is not looked at
    assert [head["id"] for head in runs.heads(tmp_path).heads] == [id]


def test_the_oldest_go_and_two_of_one_second_both_stay(tmp_path: Path) -> None:
    kept = [runs.keep(tmp_path, run("right", started_at=f"2026-01-0{day}T00:00:00"), most=3) for day in (1, 2, 2, 4)]
    assert len(set(kept)) == 4
    assert [head["id"] for head in runs.heads(tmp_path).heads] == sorted(kept[1:], reverse=True)


def test_damaged_files_are_named_and_strange_ones_left_alone(tmp_path: Path) -> None:
    good = runs.keep(tmp_path, run("right", "disputed", "refused"))
    for name, content in {
        "20260101-000000-seeds-0001.json": b"",
        "20260101-000000-seeds-0002.json": b'{"head": {"id": "another"},\n"run": {}}\n',
        "20260101-000000-seeds-0003.json": b"\xff\xfe\x00",
        "20260101-000000-seeds-0004.json": b"[" * 100_000,
        "notes.json": b"mine",
        "20260101-000000-seeds-0005.part": b"half",
    }.items():
        (tmp_path / name).write_bytes(content)
    kept = runs.heads(tmp_path)
    assert [head["id"] for head in kept.heads] == [good]
    assert list(kept.unreadable) == [f"20260101-000000-seeds-000{n}.json" for n in (4, 3, 2, 1)]
    for n in (1, 2, 3, 4):
        with pytest.raises((InputError, NotFoundError)):
            runs.load(tmp_path, f"20260101-000000-seeds-000{n}")


@pytest.mark.parametrize("id", ["", "../secret", "20260101-000000-a/../b", "20260101-000000-none", "x" * 500, "a\x00b"])
def test_only_ids_are_looked_up(tmp_path: Path, id: str) -> None:
    folder = tmp_path / "evals"
    folder.mkdir()
    (tmp_path / "secret.json").write_text('{"run": {"answers": [], "metrics": {}}}')
    with pytest.raises(NotFoundError):
        runs.load(folder, id)


def test_a_folder_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CopydeskError, match="can't be written"):
        runs.keep(tmp_path / "file" / "evals", run("right"))
    assert runs.heads(tmp_path / "nowhere") == runs.Kept()


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_name_of_a_set_makes_an_id(name: str) -> None:
    assert runs.ID.fullmatch(runs._new_id({"started_at": "2026-11-21T17:08:09+00:00", "set": name}))


# --- made ready to be shown -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "said", "kind"),
    [
        (KNOWN[0], "wrong", "wrong"),
        (KNOWN[0], "refused", "false_refusal"),
        (KNOWN[0], "disputed", "false_conflict"),
        (KNOWN[1], "right", "missed_conflict"),
        (KNOWN[1], "half", "wrong"),
        (KNOWN[1], "refused", "false_refusal"),
        (KNOWN[2], "right", "no_refusal"),
    ],
)
def test_each_miss_has_its_kind(known: KnownQuestion, said: str, kind: str) -> None:
    made = results.result(
        [results.ask(known, lambda _: SAID[said])], name="s", path=Path("s"), started_at="2026-01-01T00:00:00"
    )
    (miss,) = reading.view(made, None)["misses"]
    assert (miss["kind"], miss["label"]) == (kind, reading.KINDS[kind])
    assert miss["why"] and not miss["new"]


def test_a_question_that_could_not_be_asked_is_an_error() -> None:
    asked = results.Asked(KNOWN[2], None, failed(KNOWN[2], RuntimeError("lost")))
    made = results.result([asked], name="s", path=Path("s"), started_at="2026-01-01T00:00:00")
    assert reading.view(made, None)["misses"][0]["kind"] == "error"


def test_what_was_expected_is_said_in_words() -> None:
    said = [reading.expected(record) for record in run("wrong", "right", "right")["answers"]]
    assert said == [
        "It must say “212”; and “aground” or “ran ashore”.",
        "A dispute between “14”; and “eleven” or “11”.",
        "A refusal: the articles don’t say.",
    ]


def test_figures_come_with_words_cases_and_intervals() -> None:
    figures = {figure["key"]: figure for figure in reading.figures(run("wrong", "disputed", "refused"))}
    accuracy = figures["answer_accuracy"]
    assert (accuracy["said"], accuracy["rests_on"], accuracy["change"]) == ("50.0%", "2 answerable questions", None)
    assert accuracy["interval"] == "9.5% to 90.5%" and accuracy["means"] and accuracy["target"] == "≥ 75.0%"
    assert figures["refusal_recall"]["rests_on"] == "1 unanswerable question"
    assert figures["first_token_p50"]["said"] == "0.90 s"


def test_times_of_other_machines_and_small_differences_are_no_news() -> None:
    now, then = run("right", "disputed", "refused"), run("right", "disputed", "refused")
    key = ["first_token_p50"]
    then["metrics"]["first_token_p50"]["value"] = 950.0
    assert reading.figures(now, then, key)[0]["change"] == {"said": "about the same", "word": "same"}
    then["metrics"]["first_token_p50"]["value"] = 2000.0
    assert reading.figures(now, then, key)[0]["change"] == {"said": "−1.10 s", "word": "better"}
    then["machine"] = {"cpu": "another"}
    assert reading.figures(now, then, key)[0]["change"] is None


def test_a_run_without_some_measure_is_shown_without_it() -> None:
    made = run("right", "disputed", "refused")
    del made["metrics"]["conflicts_surfaced"]
    assert "conflicts_surfaced" not in [figure["key"] for figure in reading.view(made, None)["figures"]]


def test_two_runs_differ_in_questions() -> None:
    found = reading.compare(run("wrong", "disputed", "refused"), run("right", "right", "refused"))
    assert [q["id"] for q in found["newly_right"]] == ["a2"]
    (wrong,) = found["newly_wrong"]
    assert (wrong["id"], wrong["before"], wrong["now"]) == ("a1", "It ran aground with 212.[1]", "It ran ashore.[1]")
    assert "212" in wrong["why"] and found["asked_in_both"] == 3 and found["reworded"] == 0
