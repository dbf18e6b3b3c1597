"""Two tabs that show one thread, in Chromium."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import ask
from tests.fakes_desk import FakeDesk, live

pytestmark = pytest.mark.browser


def done(n: int) -> str:
    return f'#cd-current .cd-turn[data-turn="{n}"][data-phase=done]'


def test_one_waits_for_the_other_and_each_learns_what_was_asked(page: Any) -> None:
    desk = FakeDesk()
    with live(desk, with_ui=True) as url:
        page.goto(url)
        page.wait_for_selector(".cd-welcome")
        ask(page, "How many passengers?")
        page.wait_for_selector(done(1))
        page.wait_for_function("location.hash.startsWith('#thread=')")
        other = page.context.new_page()
        other.goto(page.url)
        other.wait_for_selector(done(1))
        desk.prefill = 3
        ask(page, "How many houses burned?")
        page.wait_for_selector("#cd-current [aria-busy]")
        ask(other, "Who won the cup?")
        other.wait_for_selector(".cd-note >> text=Another page is asking")
        other.wait_for_selector('#cd-current .cd-turn[data-turn="2"][aria-busy] >> text=How many houses burned?')
        assert other.input_value("#cd-box textarea") == "Who won the cup?"
        other.wait_for_selector(done(2))
        other.wait_for_selector(".cd-note", state="detached")
        page.wait_for_selector(done(2))
        desk.prefill = 0
        other.press("#cd-box textarea", "Enter")
        other.wait_for_selector(done(3))
        page.evaluate("dispatchEvent(new Event('focus'))")
        page.wait_for_selector(f"{done(3)} >> text=Who won the cup?")
        assert page.complaints == []
        other.close()
