"""How soon the page is there, and that nothing on it moves by itself. Bounds are generous: the machine may be busy."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest

from tests.browser.conftest import ask, outside
from tests.fakes_desk import FakeDesk
from ui.app import needed

pytestmark = pytest.mark.browser

DONE = "#cd-current .cd-turn[data-phase=done]"
FIRST_PAINT_MS = 1000
MOST_SHIFT = 0.01  # of a layout-shift score; a tenth is what browsers call poor
NOTE_SHIFTS = """window.shifts = []; new PerformanceObserver((list) => { for (const shift of list.getEntries())
    shifts.push({ value: shift.value, at: Math.round(shift.startTime), asked: shift.hadRecentInput,
        moved: shift.sources.map((s) => `${s.node?.id || s.node?.className || s.node?.nodeName}: `
            + `${JSON.stringify(s.previousRect)} to ${JSON.stringify(s.currentRect)}`) });
}).observe({ type: "layout-shift", buffered: true });"""
SIZES = [(1440, 900), (1100, 800), (390, 844)]


@pytest.fixture(params=SIZES, ids=lambda size: str(size[0]))
def sized(page: Any, request: pytest.FixtureRequest) -> Any:
    """A page, desktop and phone, that notes what moves on it."""
    width, height = request.param
    page.set_viewport_size({"width": width, "height": height})
    page.add_init_script(NOTE_SHIFTS)
    return page


def held_back(page: Any) -> Callable[[], None]:
    """Gradio's application does not come until what is returned here is called."""
    kept: list[Any] = []
    let = False

    def release() -> None:
        nonlocal let
        let = True
        for route in kept:
            route.continue_()

    page.route("**/assets/Index-*.js", lambda route: route.continue_() if let else kept.append(route))
    return release


def shifts(page: Any) -> list[Any]:
    """What moved though nobody had just pressed or clicked anything."""
    return [shift for shift in page.evaluate("shifts") if not shift["asked"]]


def place(page: Any, selector: str) -> dict[str, float]:
    box: dict[str, float] = page.locator(selector).bounding_box()
    return box


def test_the_first_paint_comes_within_a_second(browser: Any, url: str) -> None:
    paints = []
    for _ in range(3):
        context = browser.new_context()
        page = context.new_page()
        page.goto(url)
        page.wait_for_selector("#cd-box textarea")
        paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        paints.append(paint - page.evaluate("performance.getEntriesByType('navigation')[0].fetchStart"))
        context.close()
    assert min(paints) <= FIRST_PAINT_MS, paints


def test_what_is_typed_before_the_application_has_come_is_kept(page: Any, url: str) -> None:
    release = held_back(page)
    page.goto(url, wait_until="commit")
    page.wait_for_selector("#cd-still-dock textarea:focus")  # by itself
    page.keyboard.type("How many houses?")
    assert page.input_value("#cd-still-dock textarea") == "How many houses?"
    for _ in range(len("houses?")):
        page.keyboard.press("ArrowLeft")
    release()
    page.wait_for_selector(".cd-welcome")
    page.keyboard.type("burned ")
    assert page.input_value("#cd-box textarea") == "How many burned houses?"
    assert page.locator(".cd-still").count() == 0


def test_what_was_typed_and_not_asked_outlives_a_reload(page: Any, url: str) -> None:
    page.goto(url)
    page.wait_for_selector(".cd-welcome")
    page.fill("#cd-box textarea", "How many passengers, and")
    page.reload()
    page.wait_for_selector(".cd-welcome")
    assert page.input_value("#cd-box textarea") == "How many passengers, and"
    page.press("#cd-box textarea", "Enter")
    page.wait_for_selector(DONE)
    page.reload()
    page.wait_for_selector(DONE)
    assert page.input_value("#cd-box textarea") == ""


def test_a_question_sent_before_the_application_has_come_is_asked(page: Any, url: str, desk: FakeDesk) -> None:
    release = held_back(page)
    page.goto(url, wait_until="commit")
    page.fill("#cd-still-dock textarea", "How many passengers, that early?")
    page.keyboard.press("Enter")
    release()
    page.wait_for_selector(DONE)
    assert [q.text for q in desk.questions].count("How many passengers, that early?") == 1
    assert page.input_value("#cd-box textarea") == ""


def test_the_still_page_is_where_the_application_will_be_and_nothing_moves(sized: Any, url: str) -> None:
    release = held_back(sized)
    sized.goto(url, wait_until="commit")
    sized.wait_for_selector("#cd-still-dock textarea")
    box, name = place(sized, "#cd-still-dock textarea"), place(sized, "#cd-still-head strong")
    release()
    sized.wait_for_selector(".cd-welcome")
    sized.wait_for_timeout(300)
    for before, after in ((box, place(sized, "#cd-box textarea")), (name, place(sized, ".cd-masthead h1"))):
        assert all(abs(before[side] - after[side]) <= 2 for side in ("x", "y", "height")), (before, after)
    moved = shifts(sized)
    assert sum(shift["value"] for shift in moved) <= MOST_SHIFT, moved


def test_nothing_moves_while_an_answer_streams(sized: Any, url: str, desk: FakeDesk) -> None:
    sized.goto(url)
    sized.wait_for_selector(".cd-welcome")
    ask(sized, "How many passengers, to begin with?")
    sized.wait_for_selector(DONE)
    desk.delay, desk.prefill = 0.06, 0.15
    try:
        for turn, question in enumerate(("How many passengers?", "How many houses burned?", "And who won the cup?"), 2):
            ask(sized, question)
            sized.wait_for_selector(f'#cd-current .cd-turn[data-turn="{turn}"]')
            begun = sized.evaluate("performance.now()")
            sized.wait_for_selector(f'{DONE}[data-turn="{turn}"]')
            sized.wait_for_timeout(300)
            moved = [shift for shift in shifts(sized) if shift["at"] > begun]
            assert sum(shift["value"] for shift in moved) <= MOST_SHIFT, (question, moved)
    finally:
        desk.delay = desk.prefill = 0.0


def test_what_the_page_needs_is_asked_for_at_once_and_nothing_else(page: Any, url: str) -> None:
    page.goto(url)
    page.wait_for_selector(".cd-welcome")
    page.wait_for_timeout(500)
    came = page.evaluate("""() => performance.getEntriesByType("resource").filter((e) => e.initiatorType !== "fetch")
        .map((e) => new URL(e.name).pathname).filter((p) => p.startsWith("/assets/")).map((p) => p.slice(8))""")
    entry = files("gradio").joinpath("templates/frontend/index.html").read_text(encoding="utf-8")
    wanted = {name for name in came if name not in entry}
    assert wanted == set(needed()), f"ui/needed.txt should be:\n{chr(10).join(dict.fromkeys(came))}"
    unused = page.evaluate("""() => [...document.querySelectorAll("link[rel=modulepreload], link[rel=preload]")]
        .map((l) => l.href).filter((href) => !performance.getEntriesByName(href).length)""")
    assert not unused and not outside(page, url) and not page.complaints
