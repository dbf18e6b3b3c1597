"""The archive view in Chromium, on a scripted desk: find, read, remove, add."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.conftest import ask, outside
from tests.fakes_desk import ARTICLES, FERRY, HOSTILE, FakeDesk, article, live

pytestmark = pytest.mark.browser

MANY = tuple(
    article(f"story-{n:03}", f"Story number {n}", "Coast Post", f"2020-01-{1 + n % 28:02}", "metadata", FERRY.text)
    for n in range(120)
)


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk(articles=(*ARTICLES, *MANY))


@pytest.fixture
def url(desk: FakeDesk) -> Iterator[str]:
    with live(desk, with_ui=True) as url:
        yield url


@pytest.fixture
def shelf(page: Any, url: str) -> Any:
    page.goto(url)
    page.wait_for_selector(".cd-welcome")
    page.click(".cd-views a:text('Archive')")
    page.wait_for_selector(".cd-row")
    return page


def titles(page: Any) -> list[str]:
    return [text.strip() for text in page.locator("#cd-rows .cd-pick").all_text_contents()]


def total(page: Any, said: str) -> None:
    page.wait_for_selector(f".cd-total:text-is('{said}')")


def test_articles_are_found_by_words_outlet_and_date_page_by_page(shelf: Any, url: str) -> None:
    total(shelf, "1 to 50 of 124 articles")
    assert shelf.locator(".cd-views a[aria-current=page]").text_content() == "Archive"
    shelf.click("text=Next")
    total(shelf, "51 to 100 of 124 articles")
    shelf.fill("[name=q]", "harbour")
    total(shelf, "2 articles")
    assert titles(shelf) == ["Fire sweeps through harbour quarter", "Harbour fire leaves families homeless"]
    assert "inferred" in shelf.locator(".cd-row").first.text_content()
    shelf.select_option("#cd-find [name=source]", "Harbour Times")
    total(shelf, "1 article")
    shelf.click(".cd-clear")
    total(shelf, "1 to 50 of 124 articles")
    shelf.fill("#cd-find [name=since]", "2020-01-28")
    total(shelf, "4 articles")
    assert "1 article without a date left out." in shelf.locator("#cd-rows").text_content()
    shelf.click(".cd-clear")
    shelf.check("[name=undated]")
    total(shelf, "1 article")
    assert not outside(shelf, url) and not shelf.complaints


def test_an_article_is_read_with_its_copies_and_closed_again(shelf: Any) -> None:
    shelf.fill("[name=q]", "harbour")
    total(shelf, "2 articles")
    shelf.click("text=Fire sweeps through harbour quarter")
    shelf.wait_for_selector(".cd-article")
    assert "A fire burned down 14 houses" in shelf.locator(".cd-full").text_content()
    assert shelf.evaluate("document.activeElement.className") == "cd-article", "a screen reader goes on there"
    shelf.click(".cd-copies .cd-pick")
    shelf.wait_for_selector("h2:has-text('Harbour fire leaves families homeless')")
    assert shelf.locator("#cd-rows .cd-here").text_content().startswith("Harbour fire leaves")
    shelf.keyboard.press("Escape")
    shelf.wait_for_selector("#cd-reader .cd-none")
    assert shelf.evaluate("document.activeElement.textContent") == "Harbour fire leaves families homeless"


def test_the_keyboard_alone_opens_an_article(shelf: Any) -> None:
    shelf.focus("[name=q]")
    for _ in range(20):
        shelf.keyboard.press("Tab")
        if shelf.evaluate("document.activeElement.matches('.cd-row .cd-pick')"):
            break
    shelf.keyboard.press("Enter")
    shelf.wait_for_selector(".cd-article")


def test_removing_is_asked_first_and_can_be_called_off(shelf: Any, desk: FakeDesk) -> None:
    shelf.fill("[name=q]", "ferry-aground")
    total(shelf, "1 article")
    shelf.click("#cd-rows .cd-pick")
    shelf.click("text=Remove from the archive")
    shelf.wait_for_selector(".cd-asking")
    assert shelf.evaluate("document.activeElement.textContent") == "Keep"
    shelf.keyboard.press("Escape")
    shelf.wait_for_selector("text=Remove from the archive")
    assert "ferry-aground" in desk.archive.held
    shelf.click("text=Remove from the archive")
    shelf.click(".cd-asking [data-do=remove]")
    shelf.wait_for_selector("#cd-reader :text('Removed')")
    total(shelf, "No article matches.")
    assert "ferry-aground" not in desk.archive.held
    assert "123 articles" in shelf.locator(".cd-masthead").text_content()


def test_files_are_added_and_those_that_are_none_are_named(shelf: Any, desk: FakeDesk) -> None:
    shelf.set_input_files(
        ".cd-files",
        [
            {"name": "new story.txt", "mimeType": "text/plain", "buffer": b"A whale was seen off Skerry Point."},
            {"name": "virus.exe", "mimeType": "application/x-msdownload", "buffer": b"MZ"},
        ],
    )
    shelf.wait_for_selector(".cd-done")
    said = shelf.locator("#cd-intake").text_content()
    assert "1 added, 1 not added" in said and "virus.exe Files of this kind are not read." in said
    assert (desk.settings.archive_dir / "uploads" / "new story.txt").exists()
    shelf.click("#cd-intake .cd-pick")
    shelf.wait_for_selector(".cd-full:has-text('A whale was seen')")
    total(shelf, "1 to 50 of 125 articles")


def test_files_can_be_dropped_on_the_view(shelf: Any, desk: FakeDesk) -> None:
    shelf.evaluate(
        """() => {
            const carried = new DataTransfer();
            carried.items.add(new File(["Dropped text."], "dropped.txt"));
            const zone = document.getElementById("cd-shelf");
            for (const kind of ["dragover", "drop"])
                zone.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: carried }));
        }"""
    )
    shelf.wait_for_selector(".cd-done")
    assert [path.name for path in desk.archive.ingested] == ["dropped.txt"]


def test_a_citation_leads_to_its_place_in_the_article_and_the_conversation_stays(page: Any, url: str) -> None:
    page.goto(url)
    page.wait_for_selector(".cd-welcome")
    ask(page, "How many passengers were aboard?")
    page.wait_for_selector("#cd-current .cd-turn[data-phase=done]")
    page.click("#cd-panel .cd-active .cd-read >> nth=0")
    page.wait_for_selector(".cd-article mark")
    assert page.locator(".cd-article mark").text_content() == "It carried 212 passengers and a crew of 18."
    page.go_back()
    assert page.is_visible("#cd-current .cd-turn[data-phase=done]") and not page.is_visible("#cd-archive")


def test_hostile_articles_are_text_here_too(shelf: Any, url: str) -> None:
    shelf.check("[name=undated]")
    total(shelf, "1 article")
    assert HOSTILE in shelf.locator("#cd-rows .cd-pick").text_content()
    shelf.click("#cd-rows .cd-pick")
    shelf.wait_for_selector(".cd-article")
    assert HOSTILE in shelf.locator(".cd-full").text_content()
    assert shelf.evaluate("window.hacked") is None
    assert shelf.locator("#cd-archive :is(img, iframe, script, a)").count() == 0
    assert not outside(shelf, url)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_the_article_covers_the_list(browser: Any, url: str, scheme: str) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, color_scheme=scheme, reduced_motion="reduce", has_touch=True
    )
    phone = context.new_page()
    phone.goto(f"{url}#archive")
    phone.wait_for_selector(".cd-row")
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    phone.fill("[name=q]", "evil")  # the longest words
    total(phone, "1 article")
    phone.tap("#cd-rows .cd-pick")
    phone.wait_for_selector(".cd-article")
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    box = phone.locator("#cd-reader").bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 390, 844)
    phone.tap("[data-do=close]")
    phone.wait_for_selector("#cd-reader", state="hidden")
    context.close()
