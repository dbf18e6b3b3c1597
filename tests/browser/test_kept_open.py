"""What a reader has unfolded and looks at stays so when the conversation is drawn anew, in Chromium."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import ask

pytestmark = pytest.mark.browser

WITHHELD = '.cd-turn[data-turn="1"] .cd-withheld'
OPEN = f"{WITHHELD}[open]"


def done(n: int) -> str:
    return f'#cd-current .cd-turn[data-turn="{n}"][data-phase=done]'


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
    before = chat.locator(f"{WITHHELD} summary").bounding_box()["y"]
    chat.click('.cd-turn[data-turn="1"] [data-do="rate"][data-value="up"]')
    chat.wait_for_selector('.cd-turn[data-turn="1"] form[data-do="rate-reason"]')
    assert chat.is_visible(f"{OPEN} .cd-why")
    assert abs(chat.locator(f"{WITHHELD} summary").bounding_box()["y"] - before) < 80, (
        "only the question why came in between"
    )
    assert "212 passengers" in chat.locator("#cd-side .cd-active").text_content(), "its sources are shown still"


def test_the_page_moves_only_for_an_answer(browser: Any, url: str) -> None:
    phone = browser.new_context(viewport={"width": 390, "height": 500}, reduced_motion="reduce").new_page()
    phone.goto(url)
    phone.wait_for_selector(".cd-welcome")
    ask(phone, "How many houses burned?")
    phone.wait_for_selector(done(1))
    phone.wait_for_timeout(1200)
    before = phone.evaluate("scrollBy(0, 90), scrollY")
    phone.wait_for_timeout(100)
    phone.evaluate("document.getElementById('cd-said').textContent = 'Copied'")
    phone.wait_for_timeout(100)
    assert phone.evaluate("scrollY") == before
    phone.context.close()


def test_what_is_opened_below_an_answer_is_not_under_the_question_box(browser: Any, url: str) -> None:
    phone = browser.new_context(viewport={"width": 390, "height": 844}, reduced_motion="reduce").new_page()
    phone.goto(url)
    phone.wait_for_selector(".cd-welcome")
    for n in (1, 2):
        ask(phone, "How many houses burned?")
        phone.wait_for_selector(done(n))
    phone.locator("#cd-current .cd-menu summary").scroll_into_view_if_needed()
    dock = phone.locator("#cd-dock").bounding_box()["y"]
    phone.evaluate(
        "y => scrollBy(0, document.querySelector('#cd-current .cd-tools').getBoundingClientRect().bottom - y)", dock
    )
    phone.click("#cd-current .cd-menu summary")
    box = phone.locator("#cd-current .cd-menu > div").bounding_box()
    assert box["y"] + box["height"] <= dock
    phone.keyboard.press("Escape")
    assert not phone.is_visible("#cd-current .cd-menu > div")
    assert phone.evaluate("document.activeElement.matches('#cd-current .cd-menu summary')")
    phone.click("#cd-current .cd-menu summary")
    phone.click("#cd-current .cd-question")
    assert not phone.is_visible("#cd-current .cd-menu > div")
    phone.click("#cd-current [data-do=rate] >> nth=1")
    phone.wait_for_selector("#cd-current .cd-reason input:focus")
    form = phone.locator("#cd-current .cd-reason").bounding_box()
    assert form["y"] + form["height"] <= dock
    phone.context.close()
