"""On paper there is what was asked, answered and cited, and nothing to press; in Chromium on a scripted desk."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import ask
from tests.fakes_desk import FakeDesk, live

pytestmark = pytest.mark.browser

PRESSED = "button:visible, summary:visible, textarea:visible, input:visible, select:visible, .cd-views a:visible"


def test_a_conversation_prints_with_all_of_its_sources(page: Any) -> None:
    with live(FakeDesk(), with_ui=True) as url:
        page.goto(url)
        page.wait_for_selector(".cd-welcome")
        for n, question in enumerate(("How many passengers?", "How many houses burned?", "Who won the cup?"), 1):
            ask(page, question)
            page.wait_for_selector(f'#cd-current .cd-turn[data-turn="{n}"][data-phase=done]')
        page.emulate_media(media="print", color_scheme="dark")
        assert page.locator(PRESSED).evaluate_all("all => all.filter((e) => !e.matches('.cd-chip')).length") == 0
        assert page.locator(".cd-question:visible").count() == 3
        quotes = page.locator("#cd-side mark:visible").all_text_contents()
        assert len(quotes) == 4 and "It carried 212 passengers and a crew of 18." in quotes
        assert page.locator("#cd-side .cd-for:visible").count() == 2, "which question they are for"
        assert page.locator("#cd-side").evaluate("side => side.scrollHeight <= side.clientHeight + 1"), "all of them"
        white = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert white == "rgb(255, 255, 255)" and page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        page.evaluate("location.hash = '#article=ferry-aground'")
        page.wait_for_selector(".cd-article")
        assert page.is_visible(".cd-full") and not page.is_visible("#cd-shelf")
