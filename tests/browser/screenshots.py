"""The README's pictures, from the real server with the real models on the seed articles: ``make screenshots``.

Writes ``ui/screenshots/VIEW-WIDTH-SCHEME.png``: each view at 1440 and 390 pixels, light and dark. The questions are
asked once; the other pictures reopen their threads. The evaluation shows the runs of ``--evals``, or else one made for
it, which takes minutes. What is waited for is a state of the page, never a time; clocks are UTC, nothing is animated.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.request import urlopen

ROOT = Path(__file__).parents[2]
OUT = ROOT / "ui" / "screenshots"
LOOKS = [(1440, 900, "light"), (1440, 900, "dark"), (390, 844, "light"), (390, 844, "dark")]
QUESTIONS = {
    "answered": "Which city did the Taliban claim to have taken on Friday?",
    "disagree": "How many districts did the Taliban capture within 24 hours in June?",
    "not-found": "Who won the football world cup in 1998?",
}
READY_SECONDS = 300
ANSWER_MS = 180_000
MOST_BYTES = 200_000
COLOURS = (256, 128, 64)  # of a picture, fewer where it would be too large
CALM = "* { animation: none !important; transition: none !important; caret-color: transparent !important; }"
DRAWN = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def main(args: list[str]) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.browser.screenshots", description="Take the README's pictures."
    )
    parser.add_argument("--evals", type=Path, help="a folder of kept runs to show (default: make one run)")
    chosen = parser.parse_args(args)
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "COPYDESK_HOME": f"{folder}/archive", "COPYDESK_EVALS": f"{folder}/evals", "TZ": "UTC"}
        if chosen.evals:
            env["COPYDESK_EVALS"] = str(chosen.evals.resolve())
        else:
            copydesk(env, "eval")
        copydesk(env, "ingest", str(ROOT / "seeds"))
        OUT.mkdir(exist_ok=True)
        with served(env) as url:
            take(url)


def copydesk(env: dict[str, str], *words: str) -> None:
    """One command, to its end; an evaluation that finds fault with the answers is no fault here."""
    done = subprocess.run([sys.executable, "-m", "rag.cli", *words], cwd=ROOT, env=env)
    if done.returncode and words[0] != "eval":
        raise SystemExit(done.returncode)


@contextmanager
def served(env: dict[str, str]) -> Iterator[str]:
    """The address of a server that answers questions."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    server = subprocess.Popen([sys.executable, "-m", "rag.cli", "serve", "--port", port], cwd=ROOT, env=env)
    try:
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end and server.poll() is None:
            with contextlib.suppress(OSError), urlopen(f"http://127.0.0.1:{port}/healthz") as answer:
                if answer.status == 200:
                    break
            time.sleep(0.2)
        else:
            raise SystemExit("The server did not get ready.")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


def take(url: str) -> None:
    """All pictures, from a server's page."""
    from playwright.sync_api import sync_playwright

    from tests.browser.conftest import ARGS, ask, chromium_path

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=ARGS)
        page = opened(browser, url, *LOOKS[0])
        threads = {}
        for name, question in QUESTIONS.items():
            ask(page, question)
            page.wait_for_selector("#cd-current .cd-turn[data-phase=done]", timeout=ANSWER_MS)
            page.wait_for_function("location.hash.startsWith('#thread=')")
            threads[name] = page.evaluate("location.hash")
            page.click("#cd-clear")
            page.wait_for_selector(".cd-welcome")
        page.context.close()
        for width, height, scheme in LOOKS:
            page = opened(browser, url, width, height, scheme)
            save(page, f"start-{width}-{scheme}")
            for name, thread in threads.items():
                page.evaluate("hash => { location.hash = hash; }", thread)
                page.wait_for_selector(f"#cd-current .cd-question:text-is('{QUESTIONS[name]}')")
                if width > 1000 and (chip := page.locator("#cd-current .cd-chip").first).count():
                    chip.click()
                    page.wait_for_selector("#cd-panel .cd-here mark")
                page.evaluate("scrollTo(0, 0)")
                save(page, f"{name}-{width}-{scheme}")
            page.evaluate("location.hash = '#archive'")
            page.wait_for_selector(".cd-row")
            save(page, f"archive-{width}-{scheme}")
            page.click("#cd-rows .cd-pick >> nth=0")
            page.wait_for_selector("#cd-reader .cd-article")
            save(page, f"reader-{width}-{scheme}")
            page.evaluate("location.hash = '#evaluation'")
            page.wait_for_selector("#cd-evaluation :is(h2, h3)")
            save(page, f"evaluation-{width}-{scheme}")
            page.context.close()
        browser.close()


def opened(browser: Any, url: str, width: int, height: int, scheme: str) -> Any:
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        reduced_motion="reduce",
        timezone_id="UTC",
        locale="en-GB",
        has_touch=width < 600,
        is_mobile=width < 600,
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(url)
    page.wait_for_selector(".cd-welcome")
    page.wait_for_selector(".cd-still", state="detached")
    page.add_style_tag(content=CALM)
    return page


def save(page: Any, name: str) -> None:
    """What is seen, with as many colours as fit into MOST_BYTES."""
    from PIL import Image

    page.evaluate(DRAWN)
    page.mouse.move(0, 0)
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    for colours in COLOURS:
        data = BytesIO()
        picture.quantize(colours, dither=Image.Dither.NONE).save(data, "png", optimize=True)
        if data.tell() <= MOST_BYTES:
            break
    (OUT / f"{name}.png").write_bytes(data.getvalue())
    print(f"{name}.png: {data.tell() // 1000} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
