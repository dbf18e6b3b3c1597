"""``copydesk eval`` with a scripted desk: what it asks, prints, writes and how it exits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from eval import choices, runner
from eval.baseline import compare
from eval.report import bars, histogram
from rag.errors import ModelError
from rag.types import Answer
from tests.fakes_eval import ScriptedDesk, answer

QUESTIONS = [
    {"id": "a1", "question": "How many aboard?", "expect": "answered", "must_contain": [["212"]],
     "gold_sources": ["ferry"], "tags": ["number"], "as_of": "2019-03-06",
     "history": [{"role": "user", "content": "A ferry?"}]},
    {"id": "a2", "question": "How many burned?", "expect": "conflicting", "gold_sources": ["ferry", "fire"],
     "conflict_values": [["14"], ["eleven", "11"]], "tags": ["conflict"]},
    {"id": "a3", "question": "Who owns her?", "expect": "not_found", "tags": ["unanswerable", "person"]},
]  # fmt: skip
GOOD = {
    "How many aboard?": answer("It carried 212 passengers.", ("ferry", "It carried 212 passengers.")),
    "How many burned?": answer(
        "Reports differ.", ("ferry", "14 burned"), ("fire", "eleven burned"), status="conflicting", values=("14", "11")
    ),
}


@pytest.fixture
def articles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "ferry.txt").write_text("It carried 212 passengers.", encoding="utf-8")
    (folder / "fire.txt").write_text("Eleven houses burned.", encoding="utf-8")
    monkeypatch.setitem(choices.ARTICLES, "seeds", folder)
    return folder


@pytest.fixture
def file(tmp_path: Path, articles: Path) -> Path:
    path = tmp_path / "mine.jsonl"
    path.write_text("\n".join(map(json.dumps, QUESTIONS)), encoding="utf-8")
    return path


def run(
    file: Path, *options: object, script: Mapping[str, Answer | BaseException] = GOOD, problem: str | None = None
) -> int:
    desk = ScriptedDesk(script, problem)
    code = runner.main([str(file), *map(str, options)], open_desk=desk.opener())
    run.desk = desk  # type: ignore[attr-defined]
    return code


def test_a_run_measures_and_tells(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run.json"
    assert run(file, "--json", out) == 0
    desk = run.desk  # type: ignore[attr-defined]
    assert [text for text, _, _ in desk.asked] == [q["question"] for q in QUESTIONS]
    assert desk.asked[0][1][0].content == "A ferry?" and desk.asked[0][2] == "2019-03-06"
    assert desk.warmed == 1
    shown = capsys.readouterr().out
    assert "answer accuracy" in shown and "Misses (0)" in shown and "Not compared with a baseline: name one" in shown
    data = json.loads(out.read_text())
    assert data["metrics"]["answer_accuracy"]["value"] == 1.0
    recall = data["metrics"]["refusal_recall"]
    assert recall == {"value": 1.0, "cases": 1, "low": pytest.approx(0.207, abs=0.001), "high": 1.0}
    assert data["metrics"]["conflicts_surfaced"]["value"] == 1.0
    assert data["metrics"]["superseded_right"]["value"] is None
    assert data["metrics"]["first_token_p50"] == {"value": 900.0, "cases": 2, "low": None, "high": None}
    assert data["by_tag"]["unanswerable"] == {"value": 1.0, "cases": 1}
    assert data["answers"][0]["answer"]["text"].startswith("It carried 212")
    assert data["model"]["llm"] == "scripted"


def test_misses_are_named_with_what_was_said_and_why(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = GOOD | {"How many aboard?": answer("It carried 99.", ("ferry", "It carried 212 passengers."))}
    assert run(file, script=wrong) == 0
    shown = capsys.readouterr().out
    assert "a1  How many aboard?" in shown
    assert "answered: It carried 99." in shown and "lacks '212'" in shown


def test_an_error_is_counted_and_the_run_goes_on(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run.json"
    broken = GOOD | {"How many aboard?": RuntimeError("lost its head")}
    assert run(file, "--json", out, script=broken) == 1
    shown = capsys.readouterr().out
    assert "RuntimeError: lost its head" in shown and "1 question(s) failed" in shown
    data = json.loads(out.read_text())
    assert data["metrics"]["errors"]["value"] == 1 and len(data["answers"]) == 3
    assert data["answers"][0]["status"] == "error" and data["answers"][0]["answer"] is None
    assert run(file, "--baseline", tmp_path / "b.json", "--update-baseline", script=broken) == 1
    assert not (tmp_path / "b.json").exists()


def test_stopping_keeps_what_there_is(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run.json"
    assert run(file, "--json", out, script=GOOD | {"How many burned?": KeyboardInterrupt()}) == 130
    assert "Stopped after 1 of 3" in capsys.readouterr().out
    assert len(json.loads(out.read_text())["answers"]) == 1


def test_worse_than_the_baseline_exits_1(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stored = tmp_path / "base.json"
    assert run(file, "--baseline", stored, "--update-baseline") == 0
    assert run(file, "--baseline", stored) == 0
    assert "Nothing got worse" in capsys.readouterr().out
    assert run(file, "--baseline", stored, "--quiet", script={"How many burned?": GOOD["How many burned?"]}) == 1
    shown = capsys.readouterr().out
    assert "WORSE: answer accuracy: 100.0% -> 50.0% (margin 3 points)" in shown
    assert "Newly wrong: a1" in shown
    assert "Measures" not in shown  # --quiet


def test_slower_is_worse_on_the_same_machine_only(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stored = tmp_path / "base.json"
    run(file, "--baseline", stored, "--update-baseline")
    slow = GOOD | {
        "How many aboard?": answer("It carried 212.", ("ferry", "It carried 212."), first_token=5000),
    }
    assert run(file, "--baseline", stored, script={**slow, "How many burned?": GOOD["How many burned?"]}) == 0
    # p50 of 900 and 5000 is 900 by nearest rank; both slow makes it 5000
    conflict = answer(
        "Differ.", ("ferry", "14"), ("fire", "11"), status="conflicting", values=("14", "11"), first_token=5000
    )
    slow |= {"How many burned?": conflict}
    capsys.readouterr()
    assert run(file, "--baseline", stored, script=slow) == 1
    assert "WORSE: first token, p50: 0.90 s -> 5.00 s (margin 35% of the baseline)" in capsys.readouterr().out
    elsewhere = json.loads(stored.read_text())
    elsewhere["machine"]["cpu"] = "another"
    stored.write_text(json.dumps(elsewhere))
    assert run(file, "--baseline", stored, script=slow) == 0
    assert "another machine" in capsys.readouterr().out


def test_a_few_milliseconds_more_are_not_worse() -> None:
    base = {"questions": "q", "machine": {}, "model": {"llm": None}, "metrics": {"total_p50": 2.0}, "right": {}}
    assert compare(base | {"metrics": {"total_p50": 40.0}}, base).worse == ()
    assert compare(base | {"metrics": {"total_p50": 60.0}}, base).worse


def test_another_model_is_not_compared_but_a_missing_one_is() -> None:
    base = {"questions": "q", "machine": {}, "model": {"llm": "big"}, "metrics": {"answer_accuracy": 0.9}, "right": {}}
    worse = base | {"metrics": {"answer_accuracy": 0.2}}
    assert compare(worse | {"model": {"llm": "small"}}, base).worse == ()
    assert compare(worse | {"model": {"llm": None}}, base).worse
    gone = compare(base | {"metrics": {"answer_accuracy": None}}, base)
    assert gone.worse == ("answer accuracy: 90.0% -> no cases (margin 3 points)",)


def test_a_set_may_be_named_by_its_file(capsys: pytest.CaptureFixture[str]) -> None:
    opened: list[Path] = []
    desk = ScriptedDesk({})

    def open_desk(articles: Path) -> object:
        opened.append(articles)
        return desk.opener()(articles)

    path = choices.HERE / "questions" / "invented.jsonl"
    assert runner.main([str(path), "--limit", "1"], open_desk=open_desk) == 0  # type: ignore[arg-type]
    assert opened == [choices.ARTICLES["invented"]]
    assert "invented: 1 questions" in capsys.readouterr().out


def test_a_part_is_not_compared(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(file, "--limit", 1) == 0
    assert len(run.desk.asked) == 1  # type: ignore[attr-defined]
    assert run(file, "--tag", "person") == 0
    assert [a[0] for a in run.desk.asked] == ["Who owns her?"]  # type: ignore[attr-defined]
    assert "this was not the whole set" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--tag", "nothing"], "No question has the tag"),
        (["--limit", "0"], "--limit is 0"),
        (["--update-baseline"], "have no baseline yet"),
        (["--limit", "2", "--update-baseline"], "makes no baseline"),
        (["--baseline", "/nowhere/base.json"], "There is no baseline"),
        (["--json", "/nowhere/out.json"], "There is no folder"),
        (["--articles", "/nowhere"], "There is no folder"),
        (["--wrong"], "unrecognized"),
    ],
)
def test_bad_input_exits_2(file: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str) -> None:
    assert run(file, *options) == 2
    assert said in capsys.readouterr().err


def test_a_desk_that_cannot_open_exits_2(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(articles: Path) -> None:
        raise ModelError("The embedder is missing.", "Run copydesk models pull.")

    assert runner.main([str(file)], open_desk=refuse) == 2  # type: ignore[arg-type]
    assert "Run copydesk models pull." in capsys.readouterr().err


def test_check_names_bad_lines(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert runner.main([str(file), "--check"]) == 0
    assert "3 sound questions, 0 bad lines" in capsys.readouterr().out
    file.write_text(file.read_text() + "\n{oops", encoding="utf-8")
    assert runner.main([str(file), "--check"]) == 2
    assert ":4: not JSON" in capsys.readouterr().out
    assert run(file) == 2  # and a run refuses the file before anything is asked
    assert run.desk.asked == []  # type: ignore[attr-defined]


def test_a_missing_language_model_is_said(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(file, problem="no file there") == 0
    assert "No language model: no file there" in capsys.readouterr().out


def test_the_report_is_self_contained_and_escaped(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "run.html"
    hostile = "<script>alert(1)</script><img src=http://evil.test/x.png>"
    script = {"How many aboard?": answer(hostile, ("ferry", hostile))}
    assert run(file, "--html", out, "--baseline", "none", script=script) == 0
    page = out.read_text(encoding="utf-8")
    assert "<script" not in page and "<img" not in page
    assert "&lt;script&gt;" in page
    assert "src=" not in page.replace("img src=", "") and "href=" not in page and "@import" not in page
    assert "<svg" in page and "answer accuracy" in page and "How many burned?" in page


def test_charts_stand_without_cases() -> None:
    assert "no cases" in bars([("a", None, 0.5)])
    assert "no cases" in histogram([None])
    assert histogram([0.0]).count("<rect") == 1
    assert histogram([100.0, 200.0]).count("<rect") == 2
