"""The words as they were typed, beside what was searched for them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import ask
from tests.fakes_desk import FakeDesk

pytestmark = pytest.mark.browser

DONE = "#cd-current .cd-turn[data-phase=done]"


def test_a_question_taken_for_a_follow_up_can_be_asked_as_it_was_written(page: Any, url: str, desk: FakeDesk) -> None:
    page.goto(url)
    page.wait_for_selector(".cd-welcome")
    ask(page, "How many houses burned?")
    page.wait_for_selector(f'{DONE}[data-turn="1"]')
    assert page.locator("#cd-current [data-do=as-typed]").count() == 0, "nothing was written otherwise"
    ask(page, "And who won the cup?")
    page.wait_for_selector(f'{DONE}[data-turn="2"]')
    assert desk.questions[-1].history
    before = len(desk.questions)
    page.locator("#cd-current [data-do=as-typed]").press("Enter")
    page.wait_for_function("() => document.querySelector('#cd-current .cd-turn')?.dataset.turn === '2'")
    page.wait_for_selector(f'{DONE}[data-turn="2"]')
    for _ in range(50):
        if len(desk.questions) > before:
            break
        page.wait_for_timeout(100)
    assert (desk.questions[-1].text, desk.questions[-1].history) == ("And who won the cup?", ())
    assert page.locator(".cd-turn").count() == 2, "in the place of the answer it was pressed for"
