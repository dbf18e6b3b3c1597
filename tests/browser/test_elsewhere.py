"""Visitors from other machines are offered only what they may do, in Chromium on a scripted desk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.conftest import ask
from tests.fakes_desk import FakeDesk, live
from tests.fakes_evals import kept, scripted

pytestmark = pytest.mark.browser

DONE = "#cd-current .cd-turn[data-phase=done]"
CHANGING = """[data-do=rate], [data-do=link], [data-do=remove], [data-do=ask-remove], [data-do=restore],
    [data-do=start], [data-do=stop], input[type=file]"""
DRAG = """(kind) => {
    const carried = new DataTransfer();
    carried.items.add(new File(["Dropped text."], "dropped.txt"));
    document.body.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: carried }));
    return document.documentElement.classList.contains("cd-over");
}"""


@pytest.fixture(scope="module")
def url(desk: FakeDesk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("runs")
    kept(folder)
    with live(desk, with_ui=True, evals=scripted(folder)) as url:
        yield url


def test_nothing_is_offered_that_would_be_refused(
    page: Any, url: str, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.visitors.is_loopback", lambda host: False)
    page.goto(url)
    page.wait_for_selector(".cd-threads-none")
    ask(page, "How many passengers?")
    page.wait_for_selector(f"{DONE}[data-turn='1']")
    ask(page, "How many houses burned?")
    page.wait_for_selector(f"{DONE}[data-turn='2']")
    assert page.locator(CHANGING).count() == 0
    assert page.locator("#cd-past [data-do=copy]").count() == 3 and page.is_visible("#cd-current [data-do=edit]")
    assert not page.evaluate(DRAG, "dragover"), "no invitation to drop files"
    page.evaluate(DRAG, "drop")
    assert page.evaluate("location.hash") != "#archive"

    page.evaluate("location.hash = '#archive'")
    page.click("#cd-rows .cd-pick >> nth=0")
    page.wait_for_selector(".cd-article")
    assert page.locator(CHANGING).count() == 0
    assert "own machine only" in page.locator("#cd-add").text_content()

    page.evaluate("location.hash = '#evaluation'")
    page.wait_for_selector(".cd-ev-report")
    assert page.locator(CHANGING).count() == 0
    assert "started on the server’s own machine" in page.locator("#cd-ev-head").text_content()
    assert not desk.archive.ingested and not page.complaints


def test_on_this_machine_all_of_it_is(page: Any, url: str) -> None:
    page.goto(url)
    page.wait_for_selector(".cd-welcome")
    ask(page, "How many passengers?")
    page.wait_for_selector(DONE)
    assert page.locator("#cd-current [data-do=rate]").count() == 2 and page.is_visible("#cd-current [data-do=link]")
    assert page.evaluate(DRAG, "dragover")
