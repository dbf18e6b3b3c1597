"""A real Chromium, and a page that notes every request it makes and every complaint it has."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes_desk import FakeDesk, live

ARGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
VIEWPORT = {"width": 1280, "height": 800}


def chromium_path() -> str | None:
    found = [path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))]
    return found[0] if found else None


@pytest.fixture(scope="package")  # its event loop must not outlive these tests: others run loops of their own
def browser() -> Iterator[Any]:
    path = chromium_path()
    if path is None:
        said = "no Chromium here: install it (Debian: apt-get install chromium) to run the browser tests"
        if os.environ.get("CI"):
            pytest.fail(said)
        pytest.skip(said)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def profile(browser: Any) -> Iterator[Any]:
    """What a reader's browser keeps from visit to visit: fetching and compiling scripts is half of a load."""
    context = browser.new_context(viewport=VIEWPORT, reduced_motion="reduce")
    yield context
    context.close()


@pytest.fixture
def page(profile: Any) -> Iterator[Any]:
    """A tab of its own; of other tests' it knows the scripts only."""
    profile.set_storage_state({"cookies": [], "origins": []})
    page = profile.new_page()
    page.set_default_timeout(20_000)
    page.requested = []
    page.complaints = []
    page.on("request", lambda request: page.requested.append(request.url))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
    yield page
    for tab in profile.pages:
        tab.close()
    profile.clear_permissions()


@pytest.fixture(scope="module")
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture(scope="module")
def url(desk: FakeDesk) -> Iterator[str]:
    """A server for ``desk``; a file whose desk is another, or has evaluations, has its own."""
    with live(desk, with_ui=True) as url:
        yield url


def ask(page: Any, question: str) -> None:
    """Type a question and press Enter."""
    page.fill("#cd-box textarea", question)
    page.press("#cd-box textarea", "Enter")


def outside(page: Any, url: str) -> list[str]:
    """Requests that left the server's own origin."""
    return [asked for asked in page.requested if not asked.startswith((url, "data:", "blob:"))]
