"""The evaluation view in Chromium: reports, misses with their traces, two runs compared, a run begun and stopped."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from eval import runs as evals_kept
from rag.errors import CopydeskError
from tests.browser.conftest import ask, outside
from tests.fakes_desk import NOTHING, PASSENGERS, FakeDesk, live
from tests.fakes_evals import GOOD, LiveDesk, a_run, kept, scripted

pytestmark = pytest.mark.browser


@pytest.fixture
def runs(tmp_path: Path) -> list[str]:
    return kept(tmp_path / "evals")


@pytest.fixture
def answering() -> LiveDesk:
    return LiveDesk()


@pytest.fixture
def url(tmp_path: Path, answering: LiveDesk) -> Iterator[str]:
    evals = scripted(tmp_path / "evals", answering)
    with live(FakeDesk(), with_ui=True, evals=evals) as url:
        yield url
    evals.wait()


@pytest.fixture
def view(page: Any, runs: list[str], url: str) -> Any:
    page.goto(url)
    page.click(".cd-views a:text('Evaluation')")
    page.wait_for_selector(".cd-ev-misses")
    return page


def text(page: Any, selector: str) -> str:
    return " ".join(page.locator(selector).first.text_content().split())


def test_the_latest_report_stands_there_and_any_run_has_an_address(view: Any, url: str, runs: list[str]) -> None:
    assert view.locator(".cd-views a[aria-current=page]").text_content() == "Evaluation"
    assert "20 November 2026" in text(view, ".cd-ev-report h3")
    assert view.locator(".cd-ev-figure").count() == 8
    assert "worse" in text(view, ".cd-ev-figures")
    view.click(".cd-ev-history td a:has-text('10 Nov 2026, 09:30')")
    view.wait_for_selector(".cd-ev-report h3:has-text('10 November 2026')")
    assert view.evaluate("location.hash") == f"#run={runs[0]}"
    assert view.locator(".cd-ev-history [aria-current]").text_content() == "10 Nov 2026, 09:30"
    view.go_back()
    view.wait_for_selector(".cd-ev-report h3:has-text('20 November 2026')")
    view.reload()
    view.wait_for_selector(".cd-ev-report h3:has-text('20 November 2026')")
    assert not outside(view, url) and not view.complaints


def test_a_miss_opens_its_trace_and_closing_leads_back(view: Any, runs: list[str]) -> None:
    view.click(".cd-ev-misses .cd-pick:has-text('Who is the captain?')")
    view.wait_for_selector(".cd-ev-trace .cd-turn")
    assert view.evaluate("location.hash") == f"#run={runs[-1]}&question=k5"
    assert view.evaluate("document.activeElement.className") == "cd-ev-trace", "a screen reader goes on there"
    assert "212 passengers" in text(view, ".cd-ev-trace .cd-text")
    assert view.locator(".cd-ev-trace .cd-tools, .cd-ev-trace [data-do=retry]").count() == 0
    view.click(".cd-ev-trace .cd-chip >> nth=1")
    assert view.locator(".cd-ev-trace .cd-source.cd-here").get_attribute("data-n") == "2"
    view.keyboard.press("Escape")
    view.wait_for_selector(".cd-ev-trace", state="detached")
    assert view.evaluate("document.activeElement.textContent") == "Who is the captain?"
    view.go_back()
    view.wait_for_selector(".cd-ev-trace[data-question=k5]")
    assert not view.complaints


def test_misses_are_filtered_by_what_went_wrong_and_by_kind_of_question(view: Any) -> None:
    def left() -> list[str]:
        return [a.get_attribute("data-question") for a in view.locator(".cd-ev-misses .cd-pick:visible").all()]

    assert left() == ["k2", "k4", "k5", "k6"]
    view.select_option("[name=kind]", "wrong")
    assert left() == ["k4", "k6"] and text(view, ".cd-ev-filter [role=status]") == "2 of 4 shown"
    view.select_option("[name=tag]", "number")
    assert left() == ["k6"]
    view.select_option("[name=kind]", "new")
    assert left() == ["k2"]
    view.click(".cd-ev-misses .cd-pick:visible")
    view.wait_for_selector(".cd-ev-trace")
    assert left() == ["k2"], "a look at a trace keeps the filter"


def test_two_runs_are_ticked_and_compared(view: Any, runs: list[str]) -> None:
    boxes = view.locator(".cd-ev-tick input")
    button = view.locator(".cd-ev-compare button")
    assert button.is_disabled()
    for place in (3, 1, 0):  # a third tick takes the place of an earlier one
        boxes.nth(place).check()
    assert [box.is_checked() for box in boxes.all()] == [True, True, False, False]
    boxes.nth(1).uncheck()
    boxes.nth(3).check()
    button.click()
    view.wait_for_selector(".cd-ev-two")
    assert view.evaluate("location.hash") == f"#run={runs[-1]}&with={runs[0]}"
    assert "How many houses burned?" in text(view, ".cd-ev-two .cd-ev-list")
    view.click(".cd-ev-two .cd-pick:has-text('How many houses burned?')")
    view.wait_for_selector(".cd-ev-trace[data-question=k2]")


def test_hostile_text_stays_text(view: Any, url: str) -> None:
    view.click(".cd-ev-misses .cd-pick >> nth=3")
    view.wait_for_selector(".cd-ev-trace[data-question=k6] .cd-turn")
    assert "<script>window.hacked=1</script>" in text(view, ".cd-ev-trace h2")
    assert view.evaluate("window.hacked") is None
    assert not outside(view, url) and not view.complaints


def test_a_run_is_begun_left_come_back_to_and_ends_in_its_report(page: Any, url: str, answering: LiveDesk) -> None:
    page.goto(f"{url}/#evaluation")
    page.wait_for_selector(".cd-ev-invite")
    page.focus("[data-do=start]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".cd-ev-count:has-text('0 of 107')")
    page.wait_for_selector("[data-do=stop]")
    assert page.evaluate("document.activeElement.dataset.do") == "stop", "the keyboard stays where it was"
    for _ in range(5):
        answering.steps.release()
    page.wait_for_selector(".cd-ev-count:has-text('5 of 107')")
    page.click(".cd-views a:text('Ask')")
    ask(page, "How many passengers were aboard?")
    page.wait_for_selector(".cd-turn[data-phase=done]")
    page.click(".cd-views a:text('Evaluation')")
    answering.steps.release()
    page.wait_for_selector(".cd-ev-count:has-text('6 of 107')")
    page.reload()
    page.wait_for_selector(".cd-ev-count:has-text('6 of 107')")
    for _ in range(101):
        answering.steps.release()
    page.wait_for_selector(".cd-ev-done:has-text('Done: 107 questions asked.')")
    page.wait_for_selector(".cd-ev-report h3:has-text('Seeds')")
    assert page.locator("[data-do=start]").is_visible()
    assert not page.complaints


def test_a_run_is_stopped_and_what_it_asked_is_kept(view: Any, answering: LiveDesk) -> None:
    view.click("[data-do=start]")
    answering.steps.release()
    view.wait_for_selector(".cd-ev-count:has-text('1 of 107')")
    view.click("[data-do=stop]")
    view.wait_for_selector(".cd-ev-done:has-text('Stopped after 1 of 107 questions.')")
    assert "20 November 2026" in text(view, ".cd-ev-report h3"), "a part is not taken for the latest report"
    view.click(".cd-ev-done a")
    view.wait_for_selector(".cd-ev-report:has-text('Stopped before its end')")


def test_what_prevents_a_run_is_said(view: Any, answering: LiveDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise CopydeskError("The disk is full.", "Make room.")

    monkeypatch.setattr("eval.runs.keep", full)
    view.click("[data-do=start]")
    view.wait_for_selector("[data-do=stop]")
    for _ in range(107):
        answering.steps.release()
    view.wait_for_selector("[role=alert]:has-text('The disk is full. Make room.')")


def test_from_another_machine_runs_are_read_and_not_begun(
    page: Any, url: str, runs: list[str], answering: LiveDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.visitors.is_loopback", lambda host: False)
    page.goto(f"{url}/#evaluation")
    page.wait_for_selector(".cd-ev-go:has-text('on the server’s own machine')")
    assert page.locator(".cd-ev-figure").count() == 8 and page.locator("[data-do=start]").count() == 0
    page.evaluate(
        """() => {
            const forged = Object.assign(document.createElement("button"), { id: "forged" });
            Object.assign(forged.dataset, { do: "start", set: "seeds" });
            document.querySelector(".cd-ev-head").append(forged);
            forged.click();
        }"""
    )
    page.wait_for_selector("[role=alert]:has-text('own machine only')")
    assert answering.asked == []


def test_without_evaluations_there_is_no_way_to_them(page: Any) -> None:
    with live(FakeDesk(), with_ui=True) as url:
        page.goto(url)
        page.wait_for_selector(".cd-views a:text('Archive')")
        assert page.locator(".cd-views a").count() == 2


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_scrolls_sideways(view: Any, runs: list[str], url: str, width: int) -> None:
    view.set_viewport_size({"width": width, "height": 800})
    for place in ("#evaluation", f"#run={runs[-1]}&question=k6", f"#run={runs[-1]}&with={runs[0]}"):
        view.goto(f"{url}/{place}")
        view.wait_for_selector(
            ".cd-ev-two" if "with" in place else ".cd-ev-trace" if "question" in place else ".cd-ev-figure"
        )
        view.wait_for_function("document.documentElement.scrollWidth <= innerWidth")  # once it is laid out anew


OVERLAPS = """() => {
    const svg = document.querySelector(".cd-ev-chart svg");
    const box = (e) => ({ at: e.getBoundingClientRect(), said: e.textContent });
    const boxes = (all) => [...svg.querySelectorAll(all)].map(box);
    const over = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
    const words = boxes("text"), marks = boxes("g:not(.cd-ev-grid) :is(line, circle, rect)");
    const wide = document.documentElement.clientWidth;
    return [...words.flatMap((word, i) => [...words.slice(i + 1), ...marks].filter((other) => over(word.at, other.at))
        .map((other) => `${word.said} over ${other.said || "a line"}`)),
        ...words.filter((word) => word.at.left < 0 || word.at.right > wide).map((word) => `${word.said} is cut off`)];
}"""


@pytest.mark.parametrize("count", [1, 2, 10, 40])
def test_in_the_chart_no_word_lies_over_another_or_a_line(page: Any, tmp_path: Path, count: int) -> None:
    begun = datetime(2026, 10, 1, 9, 30, tzinfo=UTC)
    for n in range(count):
        script = GOOD if n % 3 else {**GOOD, "k1": NOTHING, "k5": PASSENGERS}
        evals_kept.keep(tmp_path, a_run(script, (begun + timedelta(hours=n if count == 10 else 26 * n)).isoformat()))
    with live(FakeDesk(), with_ui=True, evals=scripted(tmp_path)) as url:
        for width in (1440, 390, 320):
            page.set_viewport_size({"width": width, "height": 844})
            page.goto(f"{url}/#evaluation")
            page.wait_for_selector(".cd-ev-history")
            assert page.locator(".cd-ev-chart").count() == (count > 1)
            assert count == 1 or page.evaluate(OVERLAPS) == []
        assert page.locator(".cd-ev-history").bounding_box()["height"] < 900, "however many there are"
