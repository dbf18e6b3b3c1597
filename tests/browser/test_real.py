"""The chat window in Chromium on the real models and the seed articles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import ask, outside
from tests.fakes_desk import live

pytestmark = [pytest.mark.browser, pytest.mark.integration]

SEEDS = Path(__file__).parents[2] / "seeds"
DONE = "#cd-current .cd-turn[data-phase=done]"
SLOW = (
    "Why did the soldiers give up the districts around Kunduz?",
    "Why did the governor of Ghazni leave the city?",
    "Why did the United States send soldiers to Kabul?",
    "Why do the residents of Faryab fear for Maimana?",
)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    from rag.config import load_settings
    from rag.pipeline import Copydesk

    settings = load_settings(archive_dir=tmp_path_factory.mktemp("archive"))
    with Copydesk.open(settings, write=True) as desk:
        desk.archive.ingest([SEEDS])
        desk.warm()
        with live(desk, with_ui=True) as url:
            yield url


@pytest.mark.timeout(600)
def test_a_checked_answer_with_its_quote_and_a_stop(page: Any, url: str) -> None:
    page.set_default_timeout(120_000)
    page.goto(url)
    page.wait_for_selector(".cd-welcome")
    assert page.locator(".cd-example:visible").count() > 0

    ask(page, "Which city did the Taliban claim to have taken on Friday?")
    page.wait_for_selector("#cd-current .cd-loose, #cd-current .cd-checked")  # text before the whole answer
    page.wait_for_selector(DONE)
    answer = page.locator("#cd-current .cd-text").text_content()
    assert "Kandahar" in answer
    page.click("#cd-current .cd-chip >> nth=0")
    quote = page.locator(".cd-active .cd-here mark").text_content()
    assert "Kandahar" in quote
    assert quote in page.locator(".cd-active .cd-here blockquote").text_content()

    for turn, question in enumerate(SLOW, start=2):  # a quick machine may have answered before the button is pressed
        ask(page, question)
        page.wait_for_selector(f'#cd-current .cd-turn[data-turn="{turn}"]')
        page.evaluate("document.querySelector('#cd-stop')?.click()")
        page.wait_for_selector(f'#cd-current [data-turn="{turn}"]:is([data-phase=stopped], [data-phase=done])')
        if page.locator('#cd-current [data-phase="stopped"]').count():
            break
    assert page.locator('#cd-current [data-phase="stopped"]').count(), "every answer was quicker than the stop"

    ask(page, "Who won the football world cup in 1998?")
    page.wait_for_selector(f'{DONE}[data-turn="{turn + 1}"]')
    assert "Not in these articles" in page.locator("#cd-current .cd-status").text_content()
    assert not outside(page, url) and not page.complaints
