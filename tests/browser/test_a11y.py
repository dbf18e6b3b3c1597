"""Every view and state for people who don't see, don't point, or see large: axe-core, the keyboard alone, live regions,
zoom and narrow windows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from rag.errors import CopydeskError
from tests.browser.conftest import ask
from tests.fakes_desk import FakeDesk, live
from tests.fakes_evals import kept, scripted

pytestmark = pytest.mark.browser

DONE = "#cd-current .cd-turn[data-phase=done]"
GRAVE = ("serious", "critical")
AXE = """async (only) => (await axe.run(document, { resultTypes: ["violations"], ...only })).violations.map((v) => (
    { id: v.id, impact: v.impact, help: v.help, nodes: v.nodes.map((n) => `${n.target}: ${n.html.slice(0, 160)} ${n.any
        .map((a) => a.message).join(" ")}`) }))"""
SETTLED = """() => new Promise(requestAnimationFrame).then(() => {
    for (const a of document.getAnimations()) if (a instanceof CSSTransition) a.finish(); })"""
COLOURS = ["color-contrast", "link-in-text-block"]  # all that differs in the dark
SCHEMES: dict[str, dict[str, Any]] = {"light": {}, "dark": {"runOnly": COLOURS}}
SIZES = [(1440, 900), (390, 844)]
NARROW = [(390, 844), (320, 568), (720, 450)]  # the last is 1440 x 900 at 200%
SLOW = 60.0


@pytest.fixture(scope="module")
def url(desk: FakeDesk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("runs")
    kept(folder)
    with live(desk, with_ui=True, evals=scripted(folder)) as url:
        yield url


@pytest.fixture(autouse=True)
def quick(desk: FakeDesk) -> Iterator[None]:
    yield
    desk.delay = desk.prefill = 0.0
    desk.error, desk.crash = None, False
    for cancel in desk.cancels:
        cancel.set()


@pytest.fixture(scope="module")
def seen_by_axe(browser: Any) -> Iterator[Any]:
    """Tabs with axe in them, sharp as on most screens."""
    context = browser.new_context(device_scale_factor=2, reduced_motion="reduce", bypass_csp=True)
    context.add_init_script(AXE_SCRIPT)
    yield context
    context.close()


@pytest.fixture
def tab(seen_by_axe: Any) -> Iterator[Any]:
    page = seen_by_axe.new_page()
    page.set_default_timeout(20_000)
    yield page
    page.close()


def opened(tab: Any, url: str, width: int = 1280, height: int = 800) -> Any:
    tab.set_viewport_size({"width": width, "height": height})
    tab.goto(url)
    tab.wait_for_selector(".cd-welcome")
    return tab


def asked(question: str, phase: str = "done") -> Callable[[Any, FakeDesk], None]:
    def reach(page: Any, desk: FakeDesk) -> None:
        ask(page, question)
        page.wait_for_selector(f"#cd-current .cd-turn[data-phase={phase}]")

    return reach


def streaming(page: Any, desk: FakeDesk) -> None:
    desk.delay = 0.4
    ask(page, "How many passengers?")
    page.wait_for_selector("#cd-current .cd-loose")
    page.wait_for_selector("#cd-current .cd-checked")


def reading(page: Any, desk: FakeDesk) -> None:
    desk.prefill = SLOW
    asked("How many passengers?", "reading")(page, desk)


def stopped(page: Any, desk: FakeDesk) -> None:
    reading(page, desk)
    page.click("#cd-stop")
    page.wait_for_selector("#cd-current .cd-turn[data-phase=stopped]")


def failed(page: Any, desk: FakeDesk) -> None:
    desk.error = CopydeskError("The model could not be loaded.", "Run copydesk doctor.")
    asked("How many passengers?", "failed")(page, desk)


def unfolded(page: Any, desk: FakeDesk) -> None:
    asked("How many passengers?")(page, desk)
    page.evaluate("document.querySelectorAll('#cd-desk details').forEach((d) => { d.open = true; })")


def source(page: Any, desk: FakeDesk) -> None:
    asked("How many passengers?")(page, desk)
    page.click("#cd-current .cd-chip >> nth=0")
    page.wait_for_selector("#cd-panel .cd-here")


def followed_up(page: Any, desk: FakeDesk) -> None:
    asked("How many houses burned?")(page, desk)
    ask(page, "And who won the cup?")
    page.wait_for_selector(f'{DONE}[data-turn="2"]')


def view(name: str, ready: str) -> Callable[[Any, FakeDesk], None]:
    def reach(page: Any, desk: FakeDesk) -> None:
        page.click(f".cd-views a[data-view={name}]")
        page.wait_for_selector(ready)

    return reach


def reader(page: Any, desk: FakeDesk) -> None:
    view("archive", ".cd-row")(page, desk)
    page.click("#cd-rows .cd-pick >> nth=0")
    page.wait_for_selector("#cd-reader .cd-article")


STATES: dict[str, Callable[[Any, FakeDesk], None]] = {
    "empty": lambda page, desk: None,
    "answered": asked("How many passengers?"),
    "unfolded": unfolded,
    "conflicting": asked("How many houses burned?"),
    "superseded": asked("attack"),
    "not found": asked("Who won the cup?"),
    "partial": asked("What tore the hull and why?"),
    "streaming": streaming,
    "reading": reading,
    "stopped": stopped,
    "failed": failed,
    "source": source,
    "followed up": followed_up,
    "archive": view("archive", ".cd-row"),
    "reader": reader,
    "evaluation": view("evaluation", "#cd-evaluation :is(h2, h3)"),
}


def begin_anew(page: Any, desk: FakeDesk) -> None:
    """Back to the empty conversation, whatever state the page is in."""
    for cancel in desk.cancels:
        cancel.set()
    desk.delay = desk.prefill = 0.0
    desk.error = None
    page.evaluate("location.hash = '#ask'")
    page.wait_for_selector("#cd-ask")  # nothing is under way
    page.keyboard.press("Escape")  # closes what is raised over the page
    if page.is_visible("#cd-clear"):
        page.click("#cd-clear")
    page.wait_for_selector(".cd-welcome")


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_axe_finds_nothing_grave_in_any_state(tab: Any, url: str, desk: FakeDesk, width: int, height: int) -> None:
    page = opened(tab, url, width, height)
    found = []
    for name, reach in STATES.items():
        reach(page, desk)
        for scheme, only in SCHEMES.items():
            page.emulate_media(color_scheme=scheme)
            page.wait_for_selector("body.dark" if scheme == "dark" else "body:not(.dark)")
            page.evaluate(SETTLED)
            for finding in page.evaluate(AXE, only):
                if finding["impact"] in GRAVE:
                    nodes = "\n  ".join(finding["nodes"])
                    found.append(f"{name}, {scheme}: {finding['id']}: {finding['help']}\n  {nodes}")
        page.emulate_media(color_scheme="light")
        begin_anew(page, desk)
    assert not found, "\n".join(found)


# --- narrow windows, large text -----------------------------------------------------------------------

CUT = """() => {
  const wide = document.documentElement.clientWidth, cut = [];
  for (const e of document.querySelectorAll("#cd-head *, #cd-desk *, #cd-archive *, #cd-evaluation *")) {
    const box = e.getBoundingClientRect(), style = getComputedStyle(e);
    if (!box.width || !box.height || style.visibility === "hidden" || !e.checkVisibility()) continue;
    if (e.closest("svg, [aria-hidden=true], .cd-unseen")) continue;
    let held = false;  // inside something that scrolls by itself, or that is out of sight on purpose
    for (let up = e; up && up !== document.body; up = up.parentElement) {
      const s = getComputedStyle(up);
      if (/auto|scroll/.test(s.overflowX) && up.scrollWidth > up.clientWidth + 1 && up !== e) held = true;
      if (s.position === "fixed" && s.visibility === "hidden") held = true;
      if (s.clipPath !== "none" || s.overflow === "hidden") held = true;
    }
    if (held || (box.left >= -1 && box.right <= wide + 1)) continue;
    cut.push(`${e.localName}#${e.id}.${e.className}: ${box.left} to ${box.right}`);
  }
  const whole = document.documentElement.scrollWidth;
  if (whole > wide) cut.push(`the page: ${whole} of ${wide}`);
  return cut;
}"""


def test_nothing_is_cut_off_or_scrolls_sideways(tab: Any, url: str, desk: FakeDesk) -> None:
    page = opened(tab, url, *NARROW[0])
    found = []
    for name, reach in STATES.items():
        reach(page, desk)
        for width, height in (*NARROW[1:], NARROW[0]):
            page.set_viewport_size({"width": width, "height": height})
            page.evaluate(SETTLED)
            found += [f"{name}, {width} wide: {what}" for what in page.evaluate(CUT)]
        begin_anew(page, desk)
    assert not found, "\n".join(found)


# --- the keyboard alone -------------------------------------------------------------------------------

STOP = """() => {
  const e = document.activeElement, box = e.getBoundingClientRect(), style = getComputedStyle(e);
  const name = e.getAttribute("aria-label") ?? e.labels?.[0]?.textContent ?? e.textContent;
  const lines = [style, getComputedStyle(e, "::after"), getComputedStyle(e.parentElement)];
  return {
    is: `${e.localName}#${e.id}.${e.className}`,
    name: name.trim().slice(0, 60),
    body: e === document.body,
    ring: lines.some((s) => s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 1),
    y: Math.round(box.y),
    inView: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight,
  };
}"""
TOP = """() => {
  scrollTo(0, 0);
  const start = document.createElement("span");
  start.tabIndex = -1;
  document.body.prepend(start);
  start.focus();
  start.remove();
}"""
POINTED = """() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
    .filter((e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
    .filter((e) => !e.disabled && e.tabIndex >= 0)
    .filter((e) => !e.closest("[inert]") && e.getBoundingClientRect().width > 0)
    .map((e) => `${e.localName}#${e.id}.${e.className}`)"""


def walk(page: Any, most: int = 400) -> list[dict[str, Any]]:
    """Where Tab leads from the top of the page until it comes round."""
    page.evaluate(TOP)
    stops: list[dict[str, Any]] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop["body"]:
            return stops
        stops.append(stop)
    raise AssertionError(f"Tab does not come round: {[stop['is'] for stop in stops[-10:]]}")


@pytest.mark.parametrize("state", ["empty", "answered", "conflicting", "not found", "archive", "reader", "evaluation"])
def test_tab_leads_everywhere_in_order_and_can_be_seen(tab: Any, url: str, desk: FakeDesk, state: str) -> None:
    page = opened(tab, url)
    STATES[state](page, desk)
    stops, reachable = walk(page), page.evaluate(POINTED)
    assert not [stop for stop in stops if not stop["name"]], "everything has a name"
    assert not [stop for stop in stops if not stop["ring"]], "the focus can be seen"
    assert not [stop for stop in stops if not (stop["inView"])], "and is in view"
    missed = [what for what in set(reachable) if what not in {stop["is"] for stop in stops}]
    assert not missed, "everything that can be pressed is reached"
    assert stops[0]["y"] < 80, "it begins at the top"


def test_a_question_is_asked_and_its_source_opened_and_left_by_keyboard(tab: Any, url: str, desk: FakeDesk) -> None:
    page = opened(tab, url, 390, 844)
    page.keyboard.type("How many passengers?")
    page.keyboard.press("Enter")
    page.wait_for_selector(DONE)
    assert page.evaluate("document.activeElement.localName") == "textarea", "the next question can be typed"
    page.locator("#cd-current .cd-chip").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#cd-panel .cd-here mark")
    assert page.evaluate("document.activeElement.closest('.cd-source') !== null"), "focus goes to the source"
    page.keyboard.press("Escape")
    page.wait_for_selector("#cd-panel", state="hidden")
    assert page.evaluate("document.activeElement.className").startswith("cd-chip"), "and back to the chip"


# --- what is said aloud -------------------------------------------------------------------------------

SAID = """() => { window.said = []; const last = new Map();
  const regions = () => document.querySelectorAll("[role=status], [role=alert], [aria-live]:not([aria-live=off])");
  const hear = () => { for (const region of regions()) {
    const text = region.textContent.replace(/\\s+/g, " ").trim(), key = region.id || region.className;
    if (text && text !== last.get(key)) { last.set(key, text); said.push(text); }
  } };
  hear(); said.length = 0;
  new MutationObserver(hear).observe(document, { subtree: true, childList: true, characterData: true });
}"""


def test_an_answers_coming_is_announced_once_and_not_word_for_word(tab: Any, url: str, desk: FakeDesk) -> None:
    page = opened(tab, url)
    page.evaluate(SAID)
    desk.delay = 0.08
    ask(page, "How many passengers?")
    page.wait_for_selector(DONE)
    page.wait_for_timeout(200)
    said = page.evaluate("said")
    assert sum("Answered" in text for text in said) == 1, said
    assert len(said) <= 6, "states are said, not frames"
    assert not [text for text in said if "212" in text and "Answered" not in text], "no unfinished sentence"
