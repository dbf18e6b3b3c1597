"""Saved threads, what can be done with a turn, and the keyboard, in Chromium on a scripted desk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from rag.threads import FILE, Threads
from rag.types import Filter
from tests.browser.conftest import ask, outside
from tests.fakes_desk import HOSTILE, FakeDesk, live

pytestmark = pytest.mark.browser


def done(n: int) -> str:
    return f'#cd-current .cd-turn[data-turn="{n}"][data-phase=done]'


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[FakeDesk, str]]:
    desk = FakeDesk()
    with live(desk, with_ui=True) as url:
        yield desk, url


@pytest.fixture
def desk(shared: tuple[FakeDesk, str]) -> FakeDesk:
    desk, _ = shared
    desk.delay = desk.prefill = 0.0
    store = Threads.read(desk.settings.archive_dir / FILE) if (desk.settings.archive_dir / FILE).exists() else None
    if store:
        store.close()
    return desk


@pytest.fixture
def url(shared: tuple[FakeDesk, str]) -> str:
    return shared[1]


@pytest.fixture
def chat(page: Any, url: str, desk: FakeDesk) -> Any:
    page.goto(url)
    page.wait_for_selector(".cd-welcome")
    page.wait_for_selector(".cd-kept, .cd-threads-none")
    return page


def thread_of(page: Any) -> str:
    page.wait_for_function("location.hash.startsWith('#thread=')")
    return page.url.partition("#thread=")[2]


def test_a_page_loaded_anew_brings_the_conversation_back_and_follow_ups_know_it(
    chat: Any, desk: FakeDesk, url: str
) -> None:
    ask(chat, "How many passengers were aboard?")
    chat.wait_for_selector(done(1))
    ask(chat, "How many houses burned?")
    chat.wait_for_selector(done(2))
    before = chat.locator("#cd-talk .cd-turn").all_text_contents()
    chat.reload()
    chat.wait_for_selector(done(2))
    assert chat.locator("#cd-talk .cd-turn").all_text_contents() == before
    assert not chat.is_visible(".cd-welcome")
    chat.click("#cd-past .cd-chip >> nth=0")
    assert "212 passengers" in chat.locator(".cd-active .cd-here mark").text_content()
    ask(chat, "And who won the cup?")
    chat.wait_for_selector(done(3))
    asked = [m.content for m in desk.questions[-1].history if m.role == "user"]
    assert asked == ["How many passengers were aboard?", "How many houses burned?"]
    assert not outside(chat, url) and not chat.complaints


def test_an_answer_under_way_is_taken_up_by_the_page_loaded_anew(chat: Any, desk: FakeDesk) -> None:
    desk.prefill = 60
    ask(chat, "A slow one")
    chat.wait_for_selector('#cd-current [data-phase="reading"]')
    thread_of(chat)
    asked = len(desk.questions)
    chat.reload()
    chat.wait_for_selector('#cd-current [data-phase="reading"]')
    assert len(desk.questions) == asked and not desk.cancels[-1].is_set()
    chat.wait_for_function("document.querySelector('#cd-beat .cd-sign')", timeout=5000)  # it streams
    chat.click("#cd-stop")
    chat.wait_for_selector('#cd-current [data-phase="stopped"]')
    assert desk.cancels[-1].is_set()
    desk.prefill = 0
    chat.click('#cd-current .cd-next [data-do="retry"]')
    chat.wait_for_selector(done(1))
    assert chat.locator(".cd-turn").count() == 1, "it took the stopped one's place"


def test_threads_are_listed_named_found_and_deleted_with_a_way_back(chat: Any) -> None:
    ask(chat, "How many masts had the ferry?")
    chat.wait_for_selector(done(1))
    first = thread_of(chat)
    chat.keyboard.press("Alt+n")
    chat.wait_for_selector(".cd-welcome")
    assert chat.evaluate("location.hash") == "#ask"
    ask(chat, "How many houses burned?")
    chat.wait_for_selector(done(1))
    second = thread_of(chat)
    assert second != first
    row = chat.locator(f'.cd-thread[data-id="{first}"]')
    row.locator("a").wait_for()
    assert chat.locator(".cd-kept h3").first.text_content() == "Today"
    assert chat.locator(".cd-thread a[aria-current]").text_content() == "How many houses burned?"

    row.locator("a").click()
    chat.wait_for_selector("#cd-current .cd-question >> text=How many masts had the ferry?")
    assert chat.url.endswith(f"#thread={first}")
    chat.go_back()
    chat.wait_for_selector("#cd-current .cd-question >> text=How many houses burned?")

    row.hover()
    row.locator('[data-act="acts"]').click()
    row.locator('[data-act="name"]').click()
    row.locator("input").fill("Masts & sails")
    chat.keyboard.press("Enter")
    chat.wait_for_selector(".cd-thread a >> text=Masts & sails")

    row.hover()
    row.locator('[data-act="acts"]').click()
    row.locator('[data-act="sure"]').click()
    chat.keyboard.press("Escape")
    assert row.locator("a").is_visible() and not row.locator(".cd-thread-sure").is_visible()
    row.hover()
    row.locator('[data-act="acts"]').click()
    row.locator('[data-act="sure"]').click()
    row.locator('[data-do="remove"]').click()
    row.wait_for(state="detached")
    assert "Deleted “Masts & sails”." in chat.locator(".cd-removed").text_content()
    chat.click(".cd-removed button")
    row.wait_for()
    assert chat.locator("#cd-current .cd-question").text_content() == "How many houses burned?"


def test_the_open_thread_deleted_leaves_a_new_one(chat: Any) -> None:
    ask(chat, "To be deleted")
    chat.wait_for_selector(done(1))
    row = chat.locator(f'.cd-thread[data-id="{thread_of(chat)}"]')
    row.hover()
    row.locator('[data-act="acts"]').click()
    row.locator('[data-act="sure"]').click()
    row.locator('[data-do="remove"]').click()
    chat.wait_for_selector(".cd-welcome")
    assert chat.locator(".cd-turn").count() == 0 and chat.evaluate("location.hash") == "#ask"


def test_an_answer_goes_on_while_another_thread_is_open(chat: Any, desk: FakeDesk) -> None:
    desk.prefill = 60
    ask(chat, "A slow one to leave")
    chat.wait_for_selector('#cd-current [data-phase="reading"]')
    left = thread_of(chat)
    chat.keyboard.press("Alt+n")
    chat.wait_for_selector(".cd-welcome")
    chat.wait_for_selector(f'.cd-thread[data-id="{left}"] [data-busy]')
    desk.prefill = 0
    ask(chat, "How many passengers?")
    chat.wait_for_selector(done(1))
    assert not desk.cancels[-2].is_set()
    chat.wait_for_selector(f'.cd-thread[data-id="{thread_of(chat)}"]')  # from now on the list stands still
    chat.click(f'.cd-thread[data-id="{left}"] a')
    chat.wait_for_selector('#cd-current [data-phase="reading"]')
    chat.click("#cd-stop")
    chat.wait_for_selector('#cd-current [data-phase="stopped"]')


LAGGING = """
const plain = window.fetch;
window.lag = 0;  // ms by which answers come late, while all else comes at once
window.fetch = async (...given) => {
  const response = await plain(...given);
  if (!response.headers.get("content-type")?.includes("event-stream")) return response;
  const late = new TransformStream({ async transform(chunk, out) {
    await new Promise((done) => setTimeout(done, window.lag));
    out.enqueue(chunk);
  } });
  return new Response(response.body.pipeThrough(late), response);
};
"""


def test_what_comes_late_of_a_thread_that_was_left_does_not_stay(page: Any, url: str, desk: FakeDesk) -> None:
    page.add_init_script(LAGGING)
    page.goto(url)
    page.wait_for_selector(".cd-welcome")
    desk.prefill = 0.5
    ask(page, "How many passengers?")
    page.wait_for_selector('#cd-current [data-phase="reading"]')
    page.evaluate("window.lag = 1500")
    page.wait_for_timeout(800)  # answered by now, and not heard of
    page.keyboard.press("Alt+n")
    page.wait_for_selector(".cd-welcome")
    page.wait_for_timeout(3500)  # it has come
    page.wait_for_selector("#cd-current .cd-turn", state="detached")
    assert page.is_visible(".cd-welcome") and not page.is_visible("#cd-stop")


def test_a_link_to_an_answer_opens_its_thread_there(chat: Any, url: str) -> None:
    for n, question in enumerate(["How many passengers?", "How many houses burned?", "What tore the hull?"], 1):
        ask(chat, question)
        chat.wait_for_selector(done(n))
    id = chat.locator(".cd-turn").nth(1).get_attribute("data-id")
    assert re.fullmatch(r"[\w-]{12,}", id)
    chat.goto("about:blank")
    chat.goto(f"{url}/#answer={id}")
    chat.wait_for_selector(f'.cd-turn[data-id="{id}"].cd-marked')
    head = chat.locator(".cd-marked .cd-question")
    assert head.text_content() == "How many houses burned?"
    chat.wait_for_timeout(300)
    assert 0 <= head.bounding_box()["y"] < 300 and chat.locator(".cd-turn").count() == 3
    assert chat.url.endswith(f"#answer={id}")
    sources = chat.locator("#cd-side .cd-panel.cd-active")
    assert sources.count() == 1 and sources.get_attribute("data-id") == id, "its own sources beside it"
    first = chat.locator(".cd-turn").nth(0).get_attribute("data-id")
    chat.evaluate("id => { location.hash = `#answer=${id}`; }", first)
    chat.wait_for_selector(f'.cd-turn[data-id="{first}"].cd-marked')
    assert sources.count() == 1 and sources.get_attribute("data-id") == first, "in the page that is open already, too"
    ask(chat, "And who won the cup?")
    chat.wait_for_selector(done(4))
    assert "#thread=" in chat.url


@pytest.mark.parametrize("address", ["thread=nothing-here", "answer=nothing-here", "answer=<img src=x>"])
def test_an_unknown_address_says_so_and_what_to_do(page: Any, url: str, address: str) -> None:
    page.goto(f"{url}/#{address}")
    page.wait_for_selector(".cd-missing")
    assert "is not here" in page.locator(".cd-missing h2").text_content()
    page.click('.cd-missing [data-do="new"]')
    page.wait_for_selector(".cd-welcome")
    assert page.evaluate("location.hash") == "#ask"
    assert not page.complaints


def test_an_edited_question_takes_the_place_of_its_turn_and_can_be_undone(chat: Any, desk: FakeDesk) -> None:
    chat.click(".cd-scope summary")
    chat.select_option(".cd-scope [name=source]", "Coast Post")
    for n, question in enumerate(["How many passengers?", "How many houses burned?", "What tore the hull?"], 1):
        ask(chat, question)
        chat.wait_for_selector(done(n))
    chat.click(".cd-scope summary")
    chat.click(".cd-scope [type=reset]")
    chat.click('.cd-turn[data-turn="2"] [data-do="edit"]')
    chat.wait_for_selector(".cd-editing:not([hidden])")
    assert chat.input_value("#cd-box textarea") == "How many houses burned?"
    assert "Only articles from Coast Post" in chat.locator(".cd-scope-said").text_content()
    chat.fill("#cd-box textarea", "How many tugs were there?")
    chat.keyboard.press("Enter")
    chat.wait_for_selector('#cd-current .cd-turn[data-turn="2"][data-phase=done]')
    assert chat.locator(".cd-question").all_text_contents() == ["How many passengers?", "How many tugs were there?"]
    assert desk.questions[-1].filter == Filter(sources=("Coast Post",))
    assert len(desk.questions[-1].history) == 2
    assert not chat.is_visible(".cd-editing")
    assert "a later one" not in chat.locator(".cd-note").text_content()
    chat.click('.cd-note [data-do="undo-edit"]')
    chat.wait_for_selector(done(3))
    assert chat.locator(".cd-question").nth(1).text_content() == "How many houses burned?"
    chat.reload()
    chat.wait_for_selector(done(3))
    assert chat.locator(".cd-turn").count() == 3, "as it is kept, too"


def test_a_rating_and_its_reason_are_kept_on_this_machine(chat: Any, desk: FakeDesk) -> None:
    ask(chat, "How many passengers?")
    chat.wait_for_selector(done(1))
    chat.focus('#cd-current [data-do="rate"][data-value="down"]')
    chat.keyboard.press("Enter")
    chat.wait_for_selector('#cd-current form[data-do="rate-reason"] input:focus')
    chat.keyboard.type("The crew is left out")
    chat.keyboard.press("Enter")
    chat.wait_for_function("document.getElementById('cd-said').textContent.includes('kept on this machine')")
    form = chat.locator('#cd-current form[data-do="rate-reason"]')
    assert form.locator("text=Saved").is_visible() and not form.get_by_role("button", name="Save").is_visible()
    assert form.locator("input:focus").count() == 1
    chat.keyboard.type(", and the dog")
    assert form.get_by_role("button", name="Save").is_visible() and not form.locator("text=Saved").is_visible()
    chat.fill('#cd-current form[data-do="rate-reason"] input', "The crew is left out")
    assert form.locator("text=Saved").is_visible() and not form.get_by_role("button", name="Save").is_visible()
    ask(chat, "How many houses burned?")
    chat.wait_for_selector(done(2))
    chat.reload()
    chat.wait_for_selector(done(2))
    assert chat.get_attribute('#cd-past [data-do="rate"][data-value="down"]', "aria-pressed") == "true"
    store = Threads.read(desk.settings.archive_dir / FILE)
    assert [(t.question, t.rating, t.reason) for t in store.rated()][:1] == [
        ("How many passengers?", "down", "The crew is left out")
    ]
    chat.click('#cd-past [data-do="rate-undo"]')
    chat.wait_for_selector('#cd-past form[data-do="rate-reason"]', state="detached")
    chat.wait_for_function("true")
    assert "The crew is left out" not in [t.reason for t in store.rated()]
    store.close()


def test_an_answer_is_copied_in_three_forms_and_its_link(browser: Any, desk: FakeDesk, url: str) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"], reduced_motion="reduce")
    page = context.new_page()
    page.goto(url)
    page.wait_for_selector(".cd-welcome")
    ask(page, "How many passengers?")
    page.wait_for_selector(done(1))
    page.click("#cd-current .cd-menu summary")
    for form, said in (("markdown", "**How many passengers?**"), ("plain", "[1] Coast Post, 5 March 2019")):
        button = page.locator(f'#cd-current [data-do="copy"][data-as="{form}"]')
        button.click()
        page.wait_for_function("document.getElementById('cd-said').textContent === 'Copied'")
        assert button.text_content() == "Copied"
        assert said in page.evaluate("navigator.clipboard.readText()")
        page.wait_for_function("document.getElementById('cd-said').textContent === ''")
        page.click("#cd-current .cd-menu summary")
    page.click('#cd-current [data-do="copy"][data-as="html"]')
    page.wait_for_function("document.getElementById('cd-said').textContent === 'Copied'")
    types = page.evaluate("navigator.clipboard.read().then((items) => items[0].types)")
    assert set(types) == {"text/html", "text/plain"}
    page.click('#cd-current [data-do="link"]')
    id = page.get_attribute("#cd-current .cd-turn", "data-id")
    page.wait_for_function(f"navigator.clipboard.readText().then((text) => text === '{url}/#answer={id}')")
    context.close()


def test_the_keyboard_alone(chat: Any) -> None:
    chat.evaluate("document.activeElement.blur()")
    chat.keyboard.press("?")
    chat.wait_for_selector("#cd-keys[open]")
    assert "Alt" in chat.locator("#cd-keys").text_content()
    chat.keyboard.press("Escape")
    chat.wait_for_selector("#cd-keys", state="hidden")
    chat.keyboard.press("/")
    assert chat.evaluate("document.activeElement.matches('#cd-box textarea')")
    chat.keyboard.type("How many passengers/crew?")
    assert chat.input_value("#cd-box textarea") == "How many passengers/crew?"
    chat.keyboard.press("Enter")
    chat.wait_for_selector(done(1))
    chat.wait_for_function("document.querySelector('#cd-box textarea').value === ''")
    chat.keyboard.press("ArrowUp")
    chat.wait_for_selector(".cd-editing:not([hidden])")
    assert chat.input_value("#cd-box textarea") == "How many passengers/crew?"
    chat.keyboard.press("Escape")
    chat.wait_for_selector(".cd-editing", state="hidden")
    assert chat.input_value("#cd-box textarea") == ""


def test_as_of_another_day(chat: Any, desk: FakeDesk) -> None:
    ask(chat, "How many houses burned?")
    chat.wait_for_selector(done(1))
    chat.click('#cd-current [data-do="as-of"]')
    assert chat.evaluate("document.activeElement.name") == "as_of"
    assert chat.input_value("#cd-box textarea") == "How many houses burned?"
    chat.fill(".cd-scope [name=as_of]", "2019-03-05")
    chat.press("#cd-box textarea", "Enter")
    chat.wait_for_selector(done(2))
    assert desk.questions[-1].filter == Filter(as_of="2019-03-05")
    assert "as of 5 March 2019" in chat.locator("#cd-current .cd-asked-of").text_content()


def test_narrowed_to_nothing_it_is_asked_of_all_articles(chat: Any, desk: FakeDesk) -> None:
    chat.click(".cd-scope summary")
    chat.fill(".cd-scope [name=since]", "2019-03-01")
    ask(chat, "Who won the cup?")
    chat.wait_for_selector(done(1))
    chat.click('#cd-current [data-do="widen"]')
    chat.wait_for_selector(done(2))
    assert desk.questions[-1].filter == Filter() and desk.questions[-1].text == "Who won the cup?"
    chat.click('#cd-current [data-do="nearest"]')
    chat.wait_for_selector("#cd-panel .cd-active .cd-others summary:focus")


def test_hostile_questions_are_titles_like_any_other(chat: Any, url: str) -> None:
    ask(chat, f"attack {HOSTILE}")
    chat.wait_for_selector(done(1))
    chat.wait_for_selector(".cd-thread a[aria-current]")
    assert "<script>window.hacked=1</script>" in chat.locator(".cd-thread a[aria-current]").text_content()
    chat.click('#cd-current [data-do="edit"]')
    chat.wait_for_selector(".cd-editing:not([hidden])")
    assert "<script>window.hacked=1</script>" in chat.locator(".cd-editing q").text_content()
    assert HOSTILE in chat.input_value("#cd-box textarea")
    assert chat.evaluate("window.hacked") is None
    assert chat.locator("#cd-threads :is(img, iframe, script)").count() == 0
    assert not outside(chat, url)


def test_on_a_phone_threads_are_a_drawer(browser: Any, url: str, desk: FakeDesk) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, reduced_motion="reduce", has_touch=True)
    phone = context.new_page()
    phone.goto(url)
    phone.wait_for_selector(".cd-welcome")
    ask(phone, "On the phone")
    phone.wait_for_selector(done(1))
    assert not phone.is_visible("#cd-threads")
    phone.tap("#cd-threads-open")
    phone.wait_for_selector("#cd-threads .cd-thread a[aria-current]")
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    for box in phone.locator("#cd-threads button:visible, #cd-threads a:visible").all():
        assert box.bounding_box()["height"] >= 24
    phone.keyboard.press("Escape")
    phone.wait_for_selector("#cd-threads", state="hidden")
    phone.tap("#cd-threads-open")
    phone.tap('#cd-threads [data-do="new"]')
    phone.wait_for_selector(".cd-welcome")
    phone.wait_for_selector("#cd-threads", state="hidden")
    context.close()
