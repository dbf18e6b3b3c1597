"""The archive view in Chromium on a real archive: real files dropped, read, linked to, removed, restored, stopped."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import outside
from tests.fakes_desk import live
from tests.fakes_embedder import KeywordEmbedder
from tests.fakes_files import mail, word
from tests.fakes_files import page as web_page

pytestmark = pytest.mark.browser

SEEDS = Path(__file__).parents[2] / "seeds"
WORD = word(["The harbour commission", "The commission met on Monday. It heard nine witnesses about the ferry."])
PAGE = web_page("Tugs pull ferry free", ["Tugs from Larne pulled the ferry free at high tide.", "Nobody was hurt."])
MAIL = mail("The pilot had slept for two hours. He told the inquiry so on Friday.", Subject="The pilot’s night")
DROP = """(files) => {
    const carried = new DataTransfer();
    for (const [name, data] of Object.entries(files))
        carried.items.add(new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], name));
    document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: carried }));
}"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Any]:
    from rag.config import load_settings
    from rag.pipeline import Copydesk

    settings = load_settings({"COPYDESK_HOME": str(tmp_path / "archive"), "COPYDESK_LLM": "none"})
    with Copydesk.open(settings, write=True, embedder=KeywordEmbedder()) as desk:
        desk.archive.ingest([SEEDS])
        yield desk


@pytest.fixture
def url(desk: Any) -> Iterator[str]:
    with live(desk, with_ui=True) as url:
        yield url


def drop(page: Any, **files: bytes) -> None:
    page.evaluate(DROP, {name.replace("__", "."): base64.b64encode(data).decode() for name, data in files.items()})


def found(page: Any, url: str, query: str) -> list[str]:
    hits = page.request.post(f"{url}/v1/search", data={"query": query, "k": 20}).json()["hits"]
    return [hit["article_id"] for hit in hits]


def test_real_files_are_dropped_read_linked_to_removed_and_restored(page: Any, url: str, desk: Any) -> None:
    page.goto(url)
    page.wait_for_selector(".cd-welcome")
    drop(page, minutes__docx=WORD, tugs__html=PAGE.encode(), pilot__eml=MAIL, holiday__jpg=b"\xff\xd8")
    page.wait_for_selector(".cd-done")
    said = page.locator(".cd-done").text_content()
    assert "3 added, 1 not added" in said and "holiday.jpg" in said, said
    page.wait_for_selector(".cd-total:text-is('8 articles')")
    assert desk.archive.check() == [] and "minutes" in found(page, url, "commission heard nine witnesses")

    page.click("#cd-intake .cd-pick >> nth=0")
    page.wait_for_selector(".cd-article[data-id=minutes]")
    assert "nine witnesses" in page.locator(".cd-full").text_content()
    passage = page.locator(".cd-at").first.get_attribute("data-passage")

    page.click("text=Remove from the archive")
    page.click(".cd-asking [data-do=remove]")
    page.wait_for_selector("#cd-reader :text-is('Removed')")
    assert "minutes" not in found(page, url, "commission heard nine witnesses")
    assert desk.archive.sync().left_out == ("minutes",) and desk.archive.check() == []
    page.click("text=Undo")
    page.wait_for_selector(".cd-article[data-id=minutes]")
    assert "minutes" in found(page, url, "commission heard nine witnesses") and desk.archive.check() == []

    drop(page, minutes__docx=WORD)
    page.wait_for_selector(".cd-done :text-is('1 unchanged')")
    drop(page, copy__docx=WORD)
    page.wait_for_selector(".cd-done :text('same text as minutes')")

    # the link outlives the article: the passage stands in its copy
    desk.archive.remove(["minutes"])
    page.evaluate(f"location.hash = '#article=minutes&passage={passage}'")
    page.wait_for_selector(".cd-out :text('The same passage stands in')")
    page.click(".cd-out .cd-copies .cd-pick")
    page.wait_for_selector(".cd-article[data-id=copy] mark")
    assert not outside(page, url)


def test_a_long_intake_is_stopped_and_leaves_the_archive_whole(
    page: Any, url: str, desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.search.index._EMBED", 4)
    embedder = desk.archive.embedder
    plain = embedder.encode_documents

    def slow(texts: Any) -> Any:
        time.sleep(0.4)
        return plain(texts)

    monkeypatch.setattr(embedder, "encode_documents", slow)
    page.goto(f"{url}#archive")
    page.wait_for_selector(".cd-row")
    names = [f"ward-{n:02}.txt" for n in range(40)]
    page.set_input_files(
        ".cd-files",
        [
            {"name": name, "mimeType": "text/plain", "buffer": f"Ward {n} opened street {n * 7}. It rained.".encode()}
            for n, name in enumerate(names)
        ],
    )
    page.wait_for_function(
        "document.querySelector('.cd-stage').textContent === 'Indexing passages' &&"
        " parseInt(document.querySelector('.cd-far').textContent) >= 8"
    )
    page.click(".cd-halt")
    page.wait_for_selector(".cd-done :text('Stopped: ')")
    kept = {a.id for a in desk.archive.articles()} & {name.removesuffix(".txt") for name in names}
    assert 8 <= len(kept) < 40 and desk.archive.check() == []
    left = sorted(path.stem for path in (desk.settings.archive_dir / "uploads").iterdir())
    assert left == sorted(kept)
    page.wait_for_selector(f".cd-total:text-is('{5 + len(kept)} articles')")
