"""The archive view in Chromium, on a scripted desk: find, read, link, remove, restore, add."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from rag.types import Passage, Span
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
    shelf.click(".cd-pager :text-is('Next')")
    total(shelf, "51 to 100 of 124 articles")
    assert shelf.evaluate("document.activeElement.matches('.cd-row .cd-pick')"), "the keyboard goes on in the new page"
    shelf.click(".cd-pager :text-is('Last')")
    total(shelf, "101 to 124 of 124 articles")
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


# --- addresses ------------------------------------------------------------------------------------


def address(page: Any) -> str:
    return page.evaluate("location.hash")


def test_opening_an_article_sets_the_address_and_back_closes_it(shelf: Any) -> None:
    shelf.fill("[name=q]", "harbour")
    total(shelf, "2 articles")
    shelf.click("text=Fire sweeps through harbour quarter")
    shelf.wait_for_selector(".cd-article[data-id=fire-early]")
    assert address(shelf) == "#article=fire-early"
    shelf.click(".cd-copies .cd-pick")
    shelf.wait_for_selector(".cd-article[data-id=fire-other]")
    shelf.go_back()
    shelf.wait_for_selector(".cd-article[data-id=fire-early]")
    assert shelf.locator("#cd-rows .cd-here").text_content().startswith("Fire sweeps")
    shelf.go_back()
    shelf.wait_for_selector("#cd-reader .cd-none")
    total(shelf, "2 articles")
    assert address(shelf) == "#archive" and shelf.locator("#cd-rows .cd-here").count() == 0


def test_an_address_opens_the_article_at_the_passage_and_the_quote(page: Any, url: str, desk: FakeDesk) -> None:
    text = "\n\n".join(f"Part {n}. {FERRY.text}" for n in range(30))
    desk.archive.held["long"] = replace(FERRY, id="long", text=text)
    cuts = [text.index(f"Part {n}.") for n in (0, 10, 20)]
    parts = [
        Passage(f"p-{a}", "h", a, b, text[a:b], (Span(a, b),))
        for a, b in zip(cuts, [*cuts[1:], len(text)], strict=True)
    ]
    desk.archive.passages = lambda id: parts
    quote = text.index("Nobody was hurt", cuts[2])
    page.goto(f"{url}#article=long&passage=p-{cuts[2]}&quote={quote}-{quote + 15}")
    mark = page.wait_for_selector(".cd-full mark")
    assert mark.text_content() == "Nobody was hurt"
    in_view(page, mark)
    assert page.locator(".cd-at.cd-here i").text_content() == "3"
    page.evaluate(f"location.hash = '#article=long&passage=p-{cuts[1]}'")
    page.wait_for_selector(".cd-full mark:has-text('Part 10.')")
    assert page.locator(".cd-full mark").text_content() == text[cuts[1] : cuts[2]]
    page.wait_for_function("document.querySelector('.cd-at.cd-here i').textContent === '2'")
    page.evaluate("location.hash = '#article=long&passage=p-of-before&quote=3-9'")
    page.wait_for_selector(".cd-astray:has-text('text has changed since')")
    assert page.locator(".cd-full mark").count() == 0 and page.locator(".cd-full").is_visible()
    assert not page.complaints and not outside(page, url)


def in_view(page: Any, element: Any) -> None:
    box = element.bounding_box()
    assert box["y"] >= 0 and box["y"] + box["height"] <= page.viewport_size["height"]


def test_an_address_of_what_is_gone_says_so_and_what_to_do(page: Any, url: str, desk: FakeDesk) -> None:
    page.goto(f"{url}#article=no-such&passage=p-ferry-aground")
    page.wait_for_selector("#cd-reader :text('There is no article “no-such”.')")
    page.click(".cd-out .cd-pick:has-text('Ferry runs aground')")  # the passage stands there
    page.wait_for_selector(".cd-article[data-id=ferry-aground] mark")
    desk.archive.remove(["fire-early"])
    page.evaluate("location.hash = '#article=fire-early'")
    page.wait_for_selector("#cd-reader :text('was removed on 21 November 2026')")
    page.click(".cd-out [data-do=restore]")
    page.wait_for_selector(".cd-article[data-id=fire-early]")
    assert "fire-early" in desk.archive.held


def test_links_to_an_article_and_to_a_passage_are_copied(browser: Any, url: str) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"], reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{url}#article=ferry-aground")
    page.wait_for_selector(".cd-article")
    page.click(".cd-top [data-copy]")
    page.wait_for_selector(".cd-top :text-is('Copied')")
    assert page.evaluate("navigator.clipboard.readText()") == f"{url}/#article=ferry-aground"
    number = page.locator(".cd-at").first
    tip = number.locator(".cd-tip")
    page.mouse.move(0, 0)
    assert not tip.is_visible()
    page.focus(".cd-full .cd-at")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert tip.is_visible() and tip.text_content() == "Copy link to this passage"
    page.keyboard.press("Enter")
    page.wait_for_selector(".cd-tip:text-is('Copied')")
    assert page.locator("#cd-bar .cd-heard").text_content() == "Copied", "a screen reader hears it"
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{url}/#article=ferry-aground&passage=p-ferry-aground"
    page.wait_for_selector(".cd-tip:text-is('Copy link to this passage')", state="attached")
    page.goto("about:blank")
    page.goto(copied)
    page.wait_for_selector(".cd-article mark")
    context.close()


def test_asking_about_an_article_sets_its_outlet_and_goes_to_the_box(shelf: Any, desk: FakeDesk) -> None:
    shelf.fill("[name=q]", "ferry-aground")
    total(shelf, "1 article")
    shelf.click("#cd-rows .cd-pick")
    shelf.click("text=Ask about this")
    shelf.wait_for_selector("#cd-box textarea:focus")
    assert "Only articles from Coast Post" in shelf.locator(".cd-scope-said").text_content()
    shelf.keyboard.type("How many were aboard?")
    shelf.keyboard.press("Enter")
    shelf.wait_for_selector("#cd-current .cd-turn[data-phase=done]")
    assert desk.questions[-1].filter.sources == ("Coast Post",)


# --- removing and restoring -----------------------------------------------------------------------


def ask_to_remove(page: Any, id: str) -> None:
    page.evaluate("id => { location.hash = `#article=${id}`; }", id)
    page.wait_for_selector(f".cd-article[data-id={id}]")
    page.click("text=Remove from the archive")
    page.wait_for_selector(".cd-asking")


def test_removing_is_asked_first_and_can_be_called_off(shelf: Any, desk: FakeDesk) -> None:
    ask_to_remove(shelf, "ferry-aground")
    assert shelf.evaluate("document.activeElement.textContent") == "Keep"
    shelf.keyboard.press("Escape")
    shelf.wait_for_selector("text=Remove from the archive")
    assert "ferry-aground" in desk.archive.held


def test_what_was_removed_comes_back_by_undo_and_from_the_list(shelf: Any, desk: FakeDesk) -> None:
    for id in ("ferry-aground", "fire-early"):
        ask_to_remove(shelf, id)
        shelf.click(".cd-asking [data-do=remove]")
        shelf.wait_for_selector("#cd-reader :text-is('Removed')")
        assert id not in desk.archive.held and address(shelf) == "#archive"
        assert shelf.evaluate("document.activeElement.textContent") == "Undo"
    total(shelf, "1 to 50 of 122 articles")
    assert "122 articles" in shelf.locator(".cd-masthead").text_content()
    shelf.keyboard.press("Enter")
    shelf.wait_for_selector(".cd-article[data-id=fire-early]")
    assert address(shelf) == "#article=fire-early" and "fire-early" in desk.archive.held
    shelf.click(".cd-gone summary:text-is('Removed (1)')")
    shelf.click(".cd-gone [data-do=restore]")
    shelf.wait_for_selector(".cd-gone", state="detached")
    total(shelf, "1 to 50 of 124 articles")
    assert "ferry-aground" in desk.archive.held and not shelf.complaints


def test_close_works_after_a_removal_too(shelf: Any) -> None:
    ask_to_remove(shelf, "ferry-aground")
    shelf.click(".cd-asking [data-do=remove]")
    shelf.wait_for_selector("#cd-reader :text-is('Removed')")
    shelf.click(".cd-leave")
    shelf.wait_for_selector("#cd-reader .cd-none")


# --- adding ---------------------------------------------------------------------------------------


def file(name: str, text: str) -> dict[str, Any]:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": text.encode()}


def test_files_are_added_and_those_that_are_none_are_named(shelf: Any, desk: FakeDesk) -> None:
    shelf.set_input_files(
        ".cd-files", [file("new story.txt", "A whale was seen off Skerry Point."), file("virus.exe", "MZ")]
    )
    shelf.wait_for_selector(".cd-done")
    said = shelf.locator("#cd-intake").text_content()
    assert "1 added, 1 not added" in said and "virus.exe Files of this kind are not read." in said
    assert (desk.settings.archive_dir / "uploads" / "new story.txt").exists()
    shelf.click("#cd-intake .cd-pick:text-is('New: new story')")
    shelf.wait_for_selector(".cd-full:has-text('A whale was seen')")
    total(shelf, "1 to 50 of 125 articles")
    for _ in range(2):  # the same again, twice: the second time there is nothing new on the page
        shelf.set_input_files(".cd-files", [file("new story.txt", "A whale was seen off Skerry Point.")])
        shelf.wait_for_selector(".cd-done :text-is('1 unchanged')")
        shelf.wait_for_selector(".cd-adding", state="hidden")


def test_how_far_adding_is_can_be_seen_and_it_can_be_stopped(shelf: Any, desk: FakeDesk) -> None:
    desk.archive.slow = 20.0
    shelf.set_input_files(".cd-files", [file(f"{n}.txt", f"Story {n}.") for n in range(3)])
    shelf.wait_for_selector(".cd-adding :text-is('Indexing passages')")
    assert shelf.locator(".cd-far").text_content() == "1 of 2"
    assert shelf.locator("#cd-bar .cd-heard").text_content() == "Indexing passages"
    begun = time.monotonic()
    shelf.click(".cd-halt")
    shelf.wait_for_selector(".cd-done :text-is('Stopped: 3 not added')")
    assert time.monotonic() - begun < 3 and shelf.locator(".cd-adding").is_hidden()
    assert not list((desk.settings.archive_dir / "uploads").iterdir()) and len(desk.archive.held) == 124
    desk.archive.slow = 0.0
    shelf.set_input_files(".cd-files", [file("0.txt", "Story 0.")])
    shelf.wait_for_selector(".cd-done :text-is('1 added')")


def test_adding_can_be_stopped_while_files_are_copied(shelf: Any, desk: FakeDesk) -> None:
    shelf.route("**/v1/uploads/1.txt", lambda route: None)  # never answered
    shelf.set_input_files(".cd-files", [file(f"{n}.txt", f"Story {n}.") for n in range(3)])
    shelf.wait_for_selector(".cd-adding :text-is('Copying files')")
    shelf.wait_for_selector(".cd-far:text-is('1 of 3')")
    shelf.click(".cd-halt")
    shelf.wait_for_selector(".cd-done :text-is('Stopped: nothing to add')")
    assert not list((desk.settings.archive_dir / "uploads").iterdir()) and not desk.archive.ingested


DROP = """() => {
    const carried = new DataTransfer();
    carried.items.add(new File(["Dropped text."], "dropped.txt"));
    for (const kind of ["dragover", "drop"])
        document.body.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: carried }));
}"""


def test_files_dropped_anywhere_are_added_and_the_archive_is_shown(page: Any, url: str, desk: FakeDesk) -> None:
    page.goto(url)
    page.wait_for_selector(".cd-welcome")
    page.evaluate(DROP)
    page.wait_for_selector(".cd-done :text-is('1 added')")
    assert page.is_visible("#cd-rows") and address(page) == "#archive"
    assert [path.name for path in desk.archive.ingested] == ["dropped.txt"]
    assert page.evaluate("document.documentElement.classList.contains('cd-over')") is False


def test_an_empty_archive_invites_files(page: Any) -> None:
    desk = FakeDesk(articles=())
    with live(desk, with_ui=True) as url:
        page.goto(f"{url}#archive")
        page.wait_for_selector(".cd-empty :text('Drop articles here')")
        assert page.locator("#cd-find form").count() == 0
        with page.expect_file_chooser() as chooser:
            page.click("text=choose files")
        chooser.value.set_files([file("first.txt", "The first article.")])
        page.wait_for_selector(".cd-done :text-is('1 added')")
        total(page, "1 article")
        assert page.locator("#cd-find form").count() == 1 and page.locator(".cd-empty").count() == 0


def test_a_citation_leads_to_its_place_in_the_article_and_the_conversation_stays(page: Any, url: str) -> None:
    page.goto(url)
    page.wait_for_selector(".cd-welcome")
    ask(page, "How many passengers were aboard?")
    page.wait_for_selector("#cd-current .cd-turn[data-phase=done]")
    page.click("#cd-panel .cd-active .cd-read:text-is('Read the article') >> nth=0")
    page.wait_for_selector(".cd-article mark")
    assert page.locator(".cd-article mark").text_content() == "It carried 212 passengers and a crew of 18."
    page.go_back()
    assert page.is_visible("#cd-current .cd-turn[data-phase=done]") and not page.is_visible("#cd-archive")


def test_what_an_answer_cites_is_marked_once_it_is_removed(page: Any, url: str, desk: FakeDesk) -> None:
    page.goto(url)
    page.wait_for_selector(".cd-welcome")
    ask(page, "How many passengers?")
    page.wait_for_selector("#cd-current .cd-turn[data-phase=done]")
    page.click(".cd-views a:text('Archive')")
    ask_to_remove(page, FERRY.id)
    page.click(".cd-asking [data-do=remove]")
    page.wait_for_selector("#cd-removed summary:text('Removed (1)')")
    page.click(".cd-views a:text('Ask')")
    page.wait_for_selector("#cd-current .cd-chip:has-text('removed') >> nth=1")
    assert "since removed from the archive" in page.locator("#cd-panel").text_content()


def test_hostile_articles_are_text_here_too(shelf: Any, url: str) -> None:
    shelf.check("[name=undated]")
    total(shelf, "1 article")
    assert HOSTILE in shelf.locator("#cd-rows .cd-pick").text_content()
    shelf.click("#cd-rows .cd-pick")
    shelf.wait_for_selector(".cd-article")
    assert HOSTILE in shelf.locator(".cd-full").text_content()
    assert shelf.evaluate("window.hacked") is None
    assert shelf.locator("#cd-archive :is(img, iframe, script, a:not([href^='#']))").count() == 0
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
    phone.tap(".cd-leave")
    phone.wait_for_selector("#cd-reader", state="hidden")
    context.close()
