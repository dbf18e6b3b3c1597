"""The chat window in Chromium, on a scripted desk."""

from __future__ import annotations

import time
from typing import Any

import pytest

from rag.types import Filter
from tests.browser.conftest import ask, outside
from tests.fakes_desk import HOSTILE, FakeDesk
from ui.ask import talks

pytestmark = pytest.mark.browser

DONE = "#cd-current .cd-turn[data-phase=done]"


@pytest.fixture
def chat(page: Any, url: str, desk: FakeDesk) -> Any:
    desk.delay = desk.prefill = 0.0
    page.goto(url)
    page.wait_for_selector(".cd-welcome")
    return page


def test_an_answer_streams_then_its_citation_opens_the_marked_quote(chat: Any, desk: FakeDesk, url: str) -> None:
    desk.delay = 0.15
    ask(chat, "How many passengers were aboard?")
    states: list[tuple[str, str]] = []
    end = time.monotonic() + 20
    while time.monotonic() < end and not chat.query_selector(DONE):
        loose = chat.query_selector("#cd-current .cd-loose")
        checked = chat.query_selector_all("#cd-current .cd-checked")
        try:
            state = (loose.text_content() if loose else "", str(len(checked)))
        except Exception as error:  # noqa: BLE001 (the element was redrawn between two calls)
            assert "attached" in str(error) or "context" in str(error)
            continue
        if state[0] and state not in states:
            states.append(state)
    assert len(states) >= 2, "tokens were seen to stream"
    assert any(checked == "1" for _, checked in states), "the first sentence was solid while the second was loose"

    chip = chat.locator("#cd-current .cd-chip").nth(1)
    chip.click()
    source = chat.locator("#cd-panel .cd-active .cd-source.cd-here")
    assert source.locator("mark").text_content() == "Nobody was hurt, the coast guard said."
    assert "212 passengers" in source.locator("blockquote").text_content()
    assert "Coast Post" in source.text_content() and "5 March 2019" in source.text_content()
    box, window = source.locator("mark").bounding_box(), chat.viewport_size
    assert box["y"] >= 0 and box["y"] + box["height"] <= window["height"], "the quote is in view"
    assert "Also retrieved" in chat.locator("#cd-panel").text_content()

    chat.click("#cd-current .cd-withheld summary")
    assert chat.locator("#cd-current .cd-why").is_visible()
    assert not outside(chat, url) and not chat.complaints


def test_stop_cancels_the_job_and_says_so(chat: Any, desk: FakeDesk) -> None:
    desk.prefill = 60
    ask(chat, "A slow one")
    chat.wait_for_selector('#cd-current [data-phase="reading"]')
    assert chat.is_visible("#cd-stop") and not chat.is_visible("#cd-ask")
    begun = time.monotonic()
    chat.click("#cd-stop")
    chat.wait_for_selector('#cd-current [data-phase="stopped"]')
    assert time.monotonic() - begun < 2
    assert desk.cancels[-1].is_set()
    assert "Stopped" in chat.locator("#cd-current .cd-status").text_content()
    chat.wait_for_selector("#cd-ask")

    desk.prefill = 0
    ask(chat, "How many passengers?")  # and the next question works
    chat.wait_for_selector(DONE)


STOP_AT_ONCE = """() => { let last = 0; new MutationObserver(() => {
    const turn = Number(document.querySelector("#cd-current .cd-turn")?.dataset.turn ?? 0);
    const stop = document.querySelector("#cd-stop");
    if (turn !== last && stop) { last = turn; stop.click(); stop.click(); }
}).observe(document, { subtree: true, childList: true }); }"""


def test_a_stop_in_the_first_milliseconds_is_not_lost(chat: Any, desk: FakeDesk) -> None:
    desk.delay, desk.prefill = 0.05, 60
    chat.evaluate(STOP_AT_ONCE)
    for turn in range(1, 9):
        ask(chat, "Stopped at once")
        chat.wait_for_selector(f'#cd-current [data-turn="{turn}"][data-phase="stopped"]', timeout=5000)


def test_escape_right_after_enter_stops_what_is_not_on_the_page_yet(chat: Any, desk: FakeDesk) -> None:
    desk.prefill = 60
    chat.fill("#cd-box textarea", "A slip of the key")
    chat.evaluate("""() => { for (const key of ["Enter", "Escape"]) for (const kind of ["keydown", "keypress"])
        document.querySelector("#cd-box textarea").dispatchEvent(new KeyboardEvent(kind, { key, bubbles: true })); }""")
    chat.wait_for_selector('#cd-current [data-phase="stopped"]')


def test_a_question_can_be_asked_as_soon_as_the_last_answer_ends(chat: Any) -> None:
    chat.evaluate("""() => { let last = 0; new MutationObserver(() => {
        const turn = document.querySelector("#cd-current .cd-turn[data-phase=done]");
        const box = document.querySelector("#cd-box textarea");
        if (!turn || turn.dataset.turn === last || turn.dataset.turn === "6") return;
        last = turn.dataset.turn;
        Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(box, `And then ${last}?`);
        box.dispatchEvent(new Event("input", { bubbles: true }));
        queueMicrotask(() => { for (const kind of ["keydown", "keypress"])
            box.dispatchEvent(new KeyboardEvent(kind, { key: "Enter", bubbles: true })); });
    }).observe(document, { subtree: true, childList: true }); }""")
    ask(chat, "How many passengers?")
    chat.wait_for_selector(f'{DONE}[data-turn="6"]')


def test_an_answer_is_taken_up_again_when_its_stream_falls_silent(chat: Any, desk: FakeDesk) -> None:
    desk.delay = 0.05
    chat.route("**/gradio_api/queue/data**", lambda route: None)  # opened, and never a word
    ask(chat, "How many passengers?")
    chat.wait_for_selector(DONE)
    chat.wait_for_selector("#cd-ask")
    desk.prefill = 60
    ask(chat, "And how many more?")
    chat.wait_for_selector('#cd-current [data-turn="2"][data-phase="reading"]')
    chat.click("#cd-stop")
    chat.wait_for_selector('#cd-current [data-turn="2"][data-phase="stopped"]', timeout=2000)


def test_a_draft_is_grey_and_turns_solid_where_it_stands(chat: Any, desk: FakeDesk) -> None:
    desk.delay = 0.15
    chat.evaluate("""() => { window.drawn = []; new MutationObserver(() => {
        const text = document.querySelector("#cd-current .cd-text");
        if (text) drawn.push({ loose: text.querySelector(".cd-loose")?.textContent ?? "", height: text.offsetHeight,
            inks: [...text.querySelectorAll(".cd-loose, .cd-loose *")].map((e) => getComputedStyle(e).color),
            solid: [...text.querySelectorAll(".cd-checked")].map((e) => getComputedStyle(e).color) });
    }).observe(document, { subtree: true, childList: true, characterData: true }); }""")
    ask(chat, "How many passengers?")
    chat.wait_for_selector(DONE)
    drawn = chat.evaluate("drawn")
    assert not {ink for d in drawn for ink in d["inks"]} & {ink for d in drawn for ink in d["solid"]}
    sentence = "The ferry carried 212 passengers and a crew of 18."
    before = {d["height"] for d in drawn if d["loose"] == sentence}
    after = {d["height"] for d in drawn if d["solid"] and not d["loose"]}
    assert before and before <= after, "the citation's coming moved nothing"


def test_with_many_tabs_open_a_question_still_gets_through_and_can_be_stopped(
    browser: Any, url: str, desk: FakeDesk
) -> None:
    desk.delay, desk.prefill = 0.0, 60
    context = browser.new_context()
    tabs = [context.new_page() for _ in range(8)]  # a browser opens six connections to a server
    for tab in tabs:
        tab.goto(url)
        tab.wait_for_selector(".cd-welcome", timeout=10_000)
    for tab in tabs[-2:]:
        ask(tab, "Slow in two tabs")
        tab.wait_for_selector('#cd-current [data-phase="reading"]', timeout=10_000)
    tabs[-1].click("#cd-stop")
    tabs[-1].wait_for_selector('#cd-current [data-phase="stopped"]', timeout=5000)
    assert tabs[-2].locator('#cd-current [data-phase="reading"]').count() == 1
    context.close()


def test_escape_stops_too(chat: Any, desk: FakeDesk) -> None:
    desk.prefill = 60
    ask(chat, "Another slow one")
    chat.wait_for_selector("#cd-stop")
    chat.keyboard.press("Escape")
    chat.wait_for_selector('#cd-current [data-phase="stopped"]')


def test_closing_the_tab_stops_the_job(browser: Any, url: str, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talks, "RETURN_SECONDS", 0.5)  # it may be loading anew
    desk.prefill = 60
    tab = browser.new_page()
    tab.goto(url)
    tab.wait_for_selector(".cd-welcome")
    ask(tab, "Nobody waits for this")
    tab.wait_for_selector('#cd-current [data-phase="reading"]')
    cancel = desk.cancels[-1]
    tab.close()
    assert cancel.wait(2)


def test_hostile_text_is_text_and_nothing_leaves_the_origin(chat: Any, desk: FakeDesk, url: str) -> None:
    ask(chat, f"attack {HOSTILE}")
    chat.wait_for_selector(DONE)
    chat.click("#cd-current .cd-withheld summary")
    chat.click("#cd-current .cd-chip")
    assert HOSTILE in chat.locator("#cd-current .cd-question").text_content()
    assert "<script>window.hacked=1</script>" in chat.locator("#cd-current .cd-text").text_content()
    assert "![pixel](http://evil.test/p.png)" in chat.locator("#cd-panel mark").first.text_content()
    assert chat.locator("#cd-side a:not([href^='#article='])").count() == 0
    ask(chat, "And again, so that the turn is drawn as a past one?")
    chat.wait_for_selector(f'{DONE}[data-turn="2"]')
    assert chat.evaluate("window.hacked") is None
    assert chat.locator("#cd-desk :is(img, iframe, script)").count() == 0
    assert not outside(chat, url)


def test_a_follow_up_knows_the_conversation_and_old_chips_still_work(chat: Any, desk: FakeDesk) -> None:
    ask(chat, "How many houses burned?")
    chat.wait_for_selector(f'{DONE}[data-turn="1"]')
    assert "Sources disagree" in chat.locator("#cd-current .cd-status").text_content()
    assert chat.locator("#cd-current .cd-figure").all_text_contents() == ["14 houses", "Eleven houses"]
    ask(chat, "And who won the cup?")
    chat.wait_for_selector(f'{DONE}[data-turn="2"]')
    assert desk.questions[-1].history[0].content == "How many houses burned?"
    assert "Not in these articles" in chat.locator("#cd-current .cd-status").text_content()
    assert "Who won the cup in 2019?" in chat.locator("#cd-current .cd-searched").text_content()
    chat.click("#cd-past .cd-chip >> nth=0")
    assert "14 houses" in chat.locator(".cd-active .cd-here mark").text_content()
    chat.click("#cd-clear")
    chat.wait_for_selector(".cd-welcome")
    assert chat.locator(".cd-turn").count() == 0


def test_an_example_can_be_asked_with_a_click(chat: Any, desk: FakeDesk) -> None:
    chat.click(".cd-example >> nth=0")
    chat.wait_for_selector(DONE)
    assert desk.questions[-1].text == "What is known about Skerry Point?"
    assert not chat.is_visible(".cd-example >> nth=0")


def test_a_question_can_be_put_to_some_of_the_articles(chat: Any, desk: FakeDesk) -> None:
    chat.click(".cd-scope summary")
    chat.select_option(".cd-scope [name=source]", "Coast Post")
    chat.fill(".cd-scope [name=since]", "2019-03-01")
    ask(chat, "How many passengers?")
    chat.wait_for_selector(f'{DONE}[data-turn="1"]')
    assert desk.questions[-1].filter == Filter(since="2019-03-01", sources=("Coast Post",))
    assert "Only articles from Coast Post, since 1 March 2019" in chat.locator("#cd-current").text_content()
    assert "Only articles from Coast Post" in chat.locator(".cd-scope summary").text_content()
    chat.click(".cd-scope summary")
    chat.click(".cd-scope [type=reset]")
    ask(chat, "And how many now?")
    chat.wait_for_selector(f'{DONE}[data-turn="2"]')
    assert desk.questions[-1].filter == Filter()


def test_an_empty_question_does_nothing(chat: Any, desk: FakeDesk) -> None:
    asked = len(desk.questions)
    ask(chat, "   ")
    time.sleep(0.3)
    assert len(desk.questions) == asked and chat.locator(".cd-turn").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_the_sources_rise_as_a_sheet(browser: Any, url: str, desk: FakeDesk, scheme: str) -> None:
    desk.delay = desk.prefill = 0
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, color_scheme=scheme, reduced_motion="reduce", has_touch=True
    )
    phone = context.new_page()
    phone.goto(url)
    phone.wait_for_selector(".cd-welcome")
    ask(phone, "attack")  # the longest words
    phone.wait_for_selector(DONE)
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    assert not phone.is_visible("#cd-panel")
    phone.tap("#cd-current .cd-chip >> nth=0")
    phone.wait_for_selector("#cd-panel .cd-here mark", timeout=3000)
    phone.locator("#cd-side").evaluate("side => side.scrollTo(0, side.scrollHeight)")
    phone.tap("#cd-close")
    phone.wait_for_selector("#cd-panel", state="hidden")
    context.close()
