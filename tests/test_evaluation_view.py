"""The evaluation view's HTML: what a reader is told, and that no text of a run becomes markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from eval import runs
from eval.live import SECONDS_EACH
from rag.http.server import create_app
from tests.fakes_desk import ATTACK, FERRY, HOSTILE, FakeDesk
from tests.fakes_evals import GOOD, KNOWN, MISSED, a_run, kept, scripted
from ui.evaluation import history, report, running, trace
from ui.evaluation.events import view

IDLE = {"running": False, "set": "", "phase": "", "done": 0, "total": 0, "right": 0, "question": "", "left_s": None,
        "stopped": False, "error": "", "hint": "", "finished": ""}  # fmt: skip
GOING = {**IDLE, "running": True, "set": "seeds", "phase": "asking", "done": 12, "total": 107, "right": 9,
         "question": "Who?", "left_s": 290.0}  # fmt: skip
SETS = [{"name": "seeds", "questions": 107, "seconds": 321.0}, {"name": "invented", "questions": 53, "seconds": 40.0}]


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


@pytest.fixture
def evals(tmp_path: Path) -> Any:
    kept(tmp_path)
    return scripted(tmp_path)


def shown(evals: Any, **place: str) -> dict[str, str]:
    return view(evals, place, IDLE, may_run=True)


# --- the report -----------------------------------------------------------------------------------


def test_a_figure_says_what_it_means_what_it_rests_on_and_how_it_moved(evals: Any) -> None:
    said = words(shown(evals)["report"])
    assert "Seeds, 20 November 2026, 16:05 UTC" in said and "6 questions" in said and "fake-llm" in said
    assert "Changes are against the run of 11 November 2026, 09:30 UTC" in said
    assert "Refusal recall 50.0% −50.0 points, worse Refusals where the articles don’t say 2 unanswerable" in said
    assert "False refusals 0.0% no change" in said and "target ≤ 15.0%, met" in said
    assert "First token, p50 1.90 s +0.50 s, worse" in said


def test_the_first_run_compares_with_nothing(tmp_path: Path) -> None:
    runs.keep(tmp_path, a_run(GOOD, "2026-11-10T09:30:00+00:00"))
    made = shown(scripted(tmp_path))
    assert "no earlier run of the same questions" in words(made["report"])
    assert "worse" not in words(made["report"]) and "cd-ev-chart" not in made["history"]


def test_what_else_differs_from_the_run_before_is_said(evals: Any) -> None:
    run = evals.run(evals.runs()["runs"][0]["id"])
    run["before"]["model"] = {"llm": "small", "embedder": "fake-embedder", "prompt": "answer@0"}
    said = words(report.report(run))
    assert "09:30 UTC , made with the language model small and the" in said and "prompt answer@0." in said


def test_tags_come_with_bars_and_counts(evals: Any) -> None:
    made = shown(evals)["tags"]
    assert "unanswerable 1 of 2 −1" in words(made)
    assert made.count("<svg") == 5 and 'class="cd-ev-fill" width="50.0"' in made


def test_misses_are_named_with_what_was_expected_said_and_judged(evals: Any) -> None:
    made = shown(evals)["misses"]
    assert re.findall(r'data-question="(\w+)"', made) == list(MISSED)
    said = words(made)
    assert "How many houses burned? Conflict missed k2 conflict, number new Expected A dispute between" in said
    assert "Who is the captain? Should have refused k5" in said and "Judged Answered, though the articles" in said
    assert "New in this run (2)" in said and "Wrong (2)" in said


def test_a_part_of_a_set_says_so_and_is_not_taken_for_the_latest(evals: Any) -> None:
    part = next(run for run in evals.runs()["runs"] if not run["whole"])
    listed = shown(evals)["history"]
    assert "Stopped: 2 of 6 questions" in words(listed) and listed.count("cd-ev-unwhole") == 1
    said = words(shown(evals, name="run", id=part["id"])["report"])
    assert "Stopped before its end: whether the targets are met takes the whole set." in said
    assert "target ≥ 75.0%" in said and ", met" not in said and ", missed" not in said
    assert "100.0% to 100.0%" not in said


def test_how_long_a_run_takes_is_reckoned_from_whole_ones_only(tmp_path: Path) -> None:
    run = a_run(GOOD, "2026-11-19T09:30:00+00:00", KNOWN[:1])
    runs.keep(tmp_path, {**run, "duration_s": 90.0})
    seeds = scripted(tmp_path).runs()["sets"][0]
    assert seeds["seconds"] == SECONDS_EACH * seeds["questions"]
    runs.keep(tmp_path, {**a_run(GOOD, "2026-11-18T09:30:00+00:00"), "duration_s": 60.0})
    assert scripted(tmp_path).runs()["sets"][0]["seconds"] == 60.0 / len(KNOWN) * seeds["questions"]


def test_runs_are_charted_in_lines_told_apart_without_colour(evals: Any) -> None:
    made = shown(evals)["history"]
    assert 'role="img" aria-label="Percent over 3 whole runs: answer accuracy from' in made
    assert made.count("<circle") == 3 and made.count('width="5.6"') == 3
    assert made.count('type="checkbox"') == 4


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.one_of(st.none(), st.floats(0, 1))), max_size=40))
def test_any_history_is_drawn_inside_its_frame(values: list[tuple[float, float | None]]) -> None:
    drawn = history.chart(
        [
            {"started_at": "2026-11-10T09:30:00+00:00", "shown": [], "metrics": {"a": {"value": a}, "b": {"value": b}}}
            for a, b in values
        ],
        ["a", "b"],
    )
    places = [
        tuple(map(float, pair.split(","))) for line in re.findall(r'points="([^"]+)"', drawn) for pair in line.split()
    ]
    assert all(history.LEFT <= x <= history.WIDTH - history.RIGHT + 0.1 for x, _ in places)
    assert all(history.TOP - 0.1 <= y <= history.HEIGHT - history.BOTTOM + 0.1 for _, y in places)
    assert bool(drawn) == (len(values) > 1) and "nan" not in drawn


def test_two_runs_are_held_against_each_other(evals: Any) -> None:
    newest, *_, oldest = evals.runs()["runs"]
    made = shown(evals, name="run", id=newest["id"], **{"with": oldest["id"]})
    said = words(made["report"])
    assert "20 November 2026, 16:05 UTC , against 10 November 2026" in said
    assert "Now wrong 2 How many houses burned? k2 Before Harbour Times reports 14 houses" in said
    assert "Now right 0 None." in said and made["misses"] == made["tags"] == ""


# --- the trace ------------------------------------------------------------------------------------


def test_a_trace_shows_the_answer_its_times_what_was_found_and_withheld(evals: Any) -> None:
    newest = evals.runs()["runs"][0]["id"]
    said = words(shown(evals, name="run", id=newest, question="k5")["trace"])
    assert "Should have refused k5" in said and "Expected A refusal: the articles don’t say." in said
    assert "The ferry carried 212 passengers and a crew of 18." in said
    assert "Withheld: " in said and "Searching 0.05 s" in said and "Writing 0.90 s" in said
    assert "Found, by rank # Passage of words meaning score 1 Coast Post, 5 March 2019 cited 2 1" in said


def test_a_follow_up_shows_what_was_said_before_and_the_fair_sources(evals: Any) -> None:
    newest = evals.runs()["runs"][0]["id"]
    said = words(shown(evals, name="run", id=newest, question="k4")["trace"])
    assert "Said before Asked Where did the ferry run aground? Answered Skerry Point." in said
    assert "as of 6 March 2019" in said


def test_a_question_that_failed_shows_its_error(tmp_path: Path) -> None:
    id = runs.keep(tmp_path, a_run({}, "2026-11-10T09:30:00+00:00"))
    evals = scripted(tmp_path)
    assert words(shown(evals)["misses"]).count("Error k") == len(KNOWN)
    assert "ModelError: The model gave up." in words(trace.trace(evals.answer(id, "k1"), id))


def test_what_is_not_there_says_so(evals: Any) -> None:
    assert "There is no run" in words(shown(evals, name="run", id="20200101-000000-none-0000")["report"])
    newest = evals.runs()["runs"][0]["id"]
    made = shown(evals, name="run", id=newest, question="k99")
    assert "did not ask" in words(made["trace"]) and made["report"]


# --- a run under way --------------------------------------------------------------------------------


def test_the_first_visit_says_what_it_is_and_invites() -> None:
    said = words(running.head(SETS, "seeds", IDLE, may_run=True, runs=0))
    assert "Run the seeds questions about 5 minutes" in said and "107 questions whose answers are known" in said
    assert "about 40 seconds" in words(running.head(SETS, "invented", IDLE, may_run=True, runs=0))


def test_runs_of_other_sets_are_listed_but_not_begun_here(tmp_path: Path) -> None:
    runs.keep(tmp_path, a_run(GOOD, "2026-11-10T09:30:00+00:00", name="my & own"))
    evals = scripted(tmp_path)
    assert "Run the seeds questions" in words(shown(evals)["head"])
    made = shown(evals, name="evaluation", set="my & own")
    assert "My &amp; own" in made["report"] and "from the command line" in made["head"]
    assert 'href="#evaluation&amp;set=my+%26+own" aria-current' in made["head"] and "data-do" not in made["head"]


def test_from_another_machine_a_run_can_be_watched_only() -> None:
    for state in (IDLE, GOING):
        assert "data-do" not in running.head(SETS, "seeds", state, may_run=False, runs=0)


def test_progress_counts_and_guesses_what_is_left() -> None:
    made = running.progress(GOING)
    assert words(made) == "12 of 107 9 right so far about 5 minutes left Who?"
    assert '<progress max="107" value="12"' in made
    assert "reader’s question goes first" in words(running.progress({**GOING, "phase": "waiting"}))


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ({"done": 107, "total": 107, "finished": "x"}, "Done: 107 questions asked. See the report of this run"),
        ({"done": 3, "total": 107, "stopped": True, "finished": "x"}, "Stopped after 3 of 107 questions. See the"),
        ({"stopped": True, "total": 107}, "Stopped after 0 of 107 questions."),
        ({"error": "No room.", "hint": "Make some."}, "The run ended early No room. Make some."),
    ],
)
def test_how_a_run_ended_is_told(end: dict[str, Any], said: str) -> None:
    assert words(running.progress({**IDLE, **end})).startswith(said)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "1 second"), (7, "7 seconds"), (42, "40 seconds"), (57, "1 minute"), (321, "5 minutes")],
)
def test_durations_are_round(seconds: float, said: str) -> None:
    assert running.about(seconds) == f"about {said}"


# --- safety and the API ---------------------------------------------------------------------------


def test_no_text_of_a_run_becomes_markup(tmp_path: Path) -> None:
    made = a_run({**GOOD, "k6": ATTACK}, "2026-11-10T09:30:00+00:00", name=HOSTILE)
    made["model"] = {"llm": HOSTILE, "embedder": HOSTILE, "prompt": HOSTILE}
    made["by_tag"][HOSTILE] = {"value": 0.5, "cases": 2}
    for record in made["answers"]:
        record |= {"why": HOSTILE, "correct": False, "tags": [HOSTILE], "unsupported_numbers": [HOSTILE]}
    id = runs.keep(tmp_path, made)
    evals = scripted(tmp_path)
    told, run = evals.runs(), evals.run(id)
    html = [
        report.report(run),
        report.tags(run["by_tag"]),
        report.misses(run),
        history.history(told["runs"], told["charted"], [HOSTILE], id),
        history.comparison(
            {**evals.compare(id, id), "newly_wrong": [{**run["misses"][0], "before": HOSTILE, "now": HOSTILE}]}
        ),
        running.progress({**GOING, "question": HOSTILE}),
        running.fault(HOSTILE, HOSTILE),
        *(trace.trace(evals.answer(id, known.id), id) for known in KNOWN),
    ]
    for part in html:
        tags = Tags()
        tags.feed(part)
        assert not {"script", "img", "iframe", "style"} & {name for name, _ in tags.found}
        attributes = [pair for _, pairs in tags.found for pair in pairs]
        assert not [name for name, _ in attributes if name.startswith("on")]
        links = [str(value) for name, value in attributes if name in ("href", "src")]
        assert all(link.startswith("#") or link == FERRY.url for link in links)
        assert "&lt;script&gt;" in part


class Tags(HTMLParser):
    """The tags of a text as a browser reads them, with their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list[tuple[str, str | None]]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, attrs))


def test_the_api_tells_runs_and_misses_but_no_answers(tmp_path: Path) -> None:
    ids = kept(tmp_path)
    app = create_app(FakeDesk(), with_ui=False, evals=lambda state: scripted(tmp_path))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        told = client.get("/v1/evals").json()
        assert [run["id"] for run in told["runs"]] == ids[::-1] and told["unreadable"] == []
        assert told["runs"][0]["llm"] == "fake-llm" and told["runs"][0]["metrics"]["refusal_recall"]["value"] == 0.5
        answer = client.get(f"/v1/evals/{ids[-1]}")
        assert [miss["id"] for miss in answer.json()["misses"]] == list(MISSED) and len(answer.content) < 20_000
        assert client.get("/v1/evals/none").status_code == 404
        assert client.post("/v1/evals").status_code == 405
    with TestClient(create_app(FakeDesk(), with_ui=False), base_url="http://127.0.0.1") as client:
        assert client.get("/v1/evals").status_code == 404
