"""The page of an archive with nothing in it yet, in Chromium."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import ask
from tests.fakes_desk import FakeDesk, live

pytestmark = pytest.mark.browser


def test_an_empty_archives_page_has_no_fault(page: Any) -> None:
    with live(FakeDesk(articles=()), with_ui=True) as url:
        page.goto(url)
        page.wait_for_selector("#cd-keys-open")
        ask(page, "How many passengers?")
        page.wait_for_selector("#cd-current .cd-turn[data-phase=done]")
        page.click("#cd-current [data-do=edit]")
        page.wait_for_function("document.querySelector('#cd-box textarea').value.startsWith('How many')")
        assert page.complaints == []
