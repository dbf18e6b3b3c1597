"""How soon the page is there and how much of it moves while an answer streams: ``python -m tests.browser.paint``.

Each load is a new browser profile, so that nothing is cached. Times are milliseconds from the request: first contentful
paint, until a question can be typed, until all of the page is drawn. On the scripted desk, or on a server (``--url``).
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
from contextlib import nullcontext
from typing import Any

from playwright.sync_api import sync_playwright

from tests.browser.conftest import ARGS, ask, chromium_path
from tests.fakes_desk import FakeDesk, live

LOADS = 10
MARK = """addEventListener("DOMContentLoaded", () => { const seen = () => {
    if (!window.typable && document.querySelector("textarea:focus")) window.typable = performance.now();
    if (!window.typable || !document.querySelector(".cd-welcome")) requestAnimationFrame(seen);
    else window.drawn = performance.now(); }; seen(); });
window.moved = 0; new PerformanceObserver((list) => { for (const shift of list.getEntries())
    if (!shift.hadRecentInput) window.moved += shift.value; }).observe({ type: "layout-shift", buffered: true });"""
TIMES = "[performance.getEntriesByName('first-contentful-paint')[0].startTime, window.typable, window.drawn]"
DONE = "#cd-current .cd-turn[data-phase=done]"


def main(args: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.browser.paint", description=__doc__)
    parser.add_argument("--url", help="a running server (default: one with a scripted desk)")
    parser.add_argument("--n", type=int, default=LOADS, help="how many loads after one to warm up")
    chosen = parser.parse_args(args)
    desk = FakeDesk()
    desk.delay = desk.prefill = 0.05
    served = nullcontext(chosen.url) if chosen.url else live(desk, with_ui=True)
    with served as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=ARGS)
        loads = [load(browser, url) for _ in range(chosen.n + 1)][1:]
        moved = streamed(browser, url)
        browser.close()
    for name, times in zip(("first paint", "can be typed into", "all drawn"), zip(*loads, strict=True), strict=True):
        print(f"{name:18} {statistics.median(times):6.0f} ms  ({min(times):.0f} to {max(times):.0f}, n = {len(times)})")
    print(f"{'layout shift':18} {moved:6.4f}     (from the load to the end of a streamed answer)")
    print(f"load of the machine {os.getloadavg()[0]:.1f}")


def load(browser: Any, url: str) -> list[float]:
    """The three times of one load."""
    page = opened(browser, url)
    times: list[float] = page.evaluate(TIMES)
    page.context.close()
    return times


def streamed(browser: Any, url: str) -> float:
    """The sum of layout shifts of a load with one answer."""
    page = opened(browser, url)
    ask(page, "How many passengers were aboard?")
    page.wait_for_selector(DONE, timeout=180_000)
    page.wait_for_timeout(300)
    moved: float = page.evaluate("window.moved")
    page.context.close()
    return moved


def opened(browser: Any, url: str) -> Any:
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.add_init_script(MARK)
    page.goto(url)
    page.wait_for_function("window.drawn")
    return page


if __name__ == "__main__":
    main(sys.argv[1:])
