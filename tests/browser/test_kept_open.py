"""What a reader has unfolded and looks at stays so when the conversation is drawn anew, in Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.conftest import ask
from tests.fakes_desk import FakeDesk, live

pytestmark = pytest.mark.browser

WITHHELD = '.cd-turn[data-turn="1"] .cd-withheld'
OPEN = f"{WITHHELD}[open]"


def done(n: int) -> str:
    return f'#cd-current .cd-turn[data-turn="{n}"][data-phase=done]'


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with live(FakeDesk(), with_ui=True) as url:
        yield url


@pytest.fixture
def chat(page: Any, url: str) -> Any:
    """Two questions asked; in the first turn the withheld sentence, and one of its passages, unfolded."""
    page.goto(url)
    page.wait_for_selector(".cd-welcome")
    ask(page, "How many passengers?")
    page.wait_for_selector(done(1))
    page.click(f"{WITHHELD} summary")
    page.click("#cd-panel .cd-others summary >> nth=0")
    page.click("#cd-panel .cd-rest > summary")
    ask(page, "How many houses burned?")
    page.wait_for_selector(done(2))
    return page


def edit(page: Any, n: int, question: str) -> None:
    page.click(f'.cd-turn[data-turn="{n}"] [data-do="edit"]')
    page.wait_for_selector(".cd-editing:not([hidden])")
    ask(page, question)
    page.wait_for_selector(f"{done(n)} .cd-question >> text={question}")


def test_the_next_question_an_edit_and_its_undoing_fold_nothing_up(chat: Any) -> None:
    assert chat.is_visible(f"{OPEN} .cd-why"), "after the next question"
    edit(chat, 2, "How many tugs?")
    assert chat.is_visible(f"{OPEN} .cd-why"), "after an edit"
    chat.click('.cd-note [data-do="undo-edit"]')
    chat.wait_for_selector(f"{done(2)} .cd-question >> text=How many houses burned?")
    assert chat.is_visible(f"{OPEN} .cd-why"), "after it was undone"
    chat.click('.cd-turn[data-turn="1"] .cd-chip >> nth=0')
    assert chat.locator("#cd-side .cd-active .cd-rest").get_attribute("open") is None, "what was folded up stays so"
    chat.click("#cd-side .cd-active .cd-rest > summary")
    assert chat.is_visible("#cd-side .cd-active .cd-others .cd-source:first-child blockquote")


def test_what_took_a_turns_place_has_nothing_of_it(chat: Any) -> None:
    edit(chat, 1, "How many passengers this time?")
    assert chat.locator(WITHHELD).count() == 1 and chat.locator(OPEN).count() == 0


def test_a_rating_above_leaves_the_page_where_it_is(chat: Any) -> None:
    chat.set_viewport_size({"width": 1280, "height": 500})
    chat.click('.cd-turn[data-turn="1"] .cd-chip >> nth=1')
    before = chat.locator('.cd-turn[data-turn="1"] .cd-withheld').bounding_box()["y"]
    chat.click('.cd-turn[data-turn="1"] [data-do="rate"][data-value="up"]')
    chat.wait_for_selector('.cd-turn[data-turn="1"] form[data-do="rate-reason"]')
    assert chat.is_visible(f"{OPEN} .cd-why")
    assert abs(chat.locator(WITHHELD).bounding_box()["y"] - before) < 80, "only the question why came in between"
    assert "212 passengers" in chat.locator("#cd-side .cd-active").text_content(), "its sources are shown still"
