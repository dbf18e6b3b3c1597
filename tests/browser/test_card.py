"""The card of values where sources disagree, in Chromium on a scripted desk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests import fakes_desk
from tests.browser.conftest import ask
from tests.fakes_desk import DISAGREE, FERRY, FakeDesk, live, value
from tests.test_values import LONG

pytestmark = pytest.mark.browser

ASKED = "How many in all?"
CARD = "#cd-current .cd-conflict"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    (conflict,) = DISAGREE.conflicts
    values = (value("at least seventeen", 1, FERRY, LONG), *conflict.values)
    answer = replace(DISAGREE, conflicts=(replace(conflict, values=values),))
    with pytest.MonkeyPatch.context() as patch, live(FakeDesk(), with_ui=True) as url:
        patch.setitem(fakes_desk.SCRIPTS, ASKED, answer)
        yield url


@pytest.fixture
def card(page: Any, url: str) -> Any:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(url)
    page.wait_for_selector(".cd-welcome")
    ask(page, ASKED)
    page.wait_for_selector(f"#cd-current .cd-turn[data-phase=done] {CARD.split()[1]}")
    return page


def tops(page: Any, selector: str) -> set[float]:
    return {round(box.bounding_box()["y"]) for box in page.locator(f"{CARD} {selector}").all()}


def test_values_sources_and_quotes_line_up(card: Any) -> None:
    assert card.locator(f"{CARD} .cd-figure").count() == 3
    for row in (".cd-figure", ".cd-cites", "li > div > q:first-child"):
        assert len(tops(card, row)) == 1, row
    assert card.locator(f"{CARD} .cd-figure strong").all_text_contents() == [
        "At least seventeen houses", "14 houses", "Eleven houses"
    ]  # fmt: skip


def test_one_long_quote_leaves_the_card_low_and_can_be_read_whole(card: Any) -> None:
    low = card.locator(CARD).bounding_box()["height"]
    assert low < 400
    assert card.is_visible(f"{CARD} b >> text=at least seventeen")
    assert not card.is_visible(f"{CARD} >> text=According to officials")
    card.click(f"{CARD} .cd-whole summary")
    assert card.is_visible(f"{CARD} >> text=According to officials") and not card.is_visible(f"{CARD} .cd-part")
    assert card.locator(CARD).bounding_box()["height"] > low
    assert card.locator(f"{CARD} .cd-whole summary").inner_text().startswith("Less")
    card.focus(f"{CARD} .cd-whole summary")
    card.keyboard.press("Enter")
    assert card.is_visible(f"{CARD} .cd-part") and card.locator(CARD).bounding_box()["height"] == low
