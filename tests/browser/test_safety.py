"""A hundred hostile texts as articles, questions and answers: on the page each is text, and nothing else happens."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from urllib.request import urlopen

import pytest

from eval import runs
from eval.known import KnownQuestion
from rag.archive import Archive
from rag.config import load_settings
from rag.types import Event, Question
from tests.browser.conftest import ask, outside
from tests.fakes_desk import ARTICLES, FakeDesk, events_of, live
from tests.fakes_embedder import KeywordEmbedder
from tests.fakes_evals import a_run, scripted
from tests.hostile import HARMLESS, PAYLOADS, answers, articles, seen

pytestmark = pytest.mark.browser

DONE = "#cd-current .cd-turn[data-phase=done]"
PLAIN = [" ".join([HARMLESS] * (1 + len(text) // len(HARMLESS))) for text in PAYLOADS]  # as long as the hostile ones
OPENED = 12  # articles that are read, of all that are listed
NEVER = {
    "script",
    "iframe",
    "object",
    "embed",
    "link",
    "meta",
    "base",
    "img",
    "video",
    "audio",
    "style",
    "math",
    "portal",
}
OURS = "#cd-head, #cd-alert, #cd-desk, #cd-archive, #cd-evaluation"
AUDIT = """(ours) => {
  const parts = [...document.querySelectorAll(ours)];
  parts.forEach((part) => part.querySelectorAll("details").forEach((details) => { details.open = true; }));
  const all = parts.flatMap((part) => [part, ...part.querySelectorAll("*")]);
  const inside = [...document.querySelectorAll("template")].flatMap((t) => [...t.content.querySelectorAll("*")]);
  const shape = (e) => [e.localName, ...e.getAttributeNames().map((a) => `${e.localName}.${a}`)];
  const link = (a) => (
    { href: a.getAttribute("href"), resolved: a.href, rel: a.rel, target: a.target, said: a.textContent });
  return {
    shapes: [...new Set([...all, ...inside].flatMap(shape))],
    links: all.filter((e) => e.localName === "a").map(link),
    text: parts.map((part) => part.textContent).join(" "),
  };
}"""
SHOWS = "head => document.querySelector('#cd-reader')?.textContent.replace(/\\s+/g, ' ').includes(head)"
TRACED = "head => document.querySelector('#cd-ev-trace')?.textContent.replace(/\\s+/g, ' ').includes(head)"
TURNED = """(ours) => {
  const odd = [];
  for (const part of document.querySelectorAll(ours)) {
    const walk = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
    for (let node; (node = walk.nextNode()); ) {
      const text = node.data.trimEnd();
      if (!/^[A-Za-z0-9][A-Za-z0-9 ,.:]{3,}$/.test(text)) continue;
      if (node.parentElement.closest("blockquote, .cd-full")) continue; // all of one article
      const at = (i) => {
        const range = document.createRange();
        range.setStart(node, i);
        range.setEnd(node, i + 1);
        return range.getBoundingClientRect();
      };
      const [first, last] = [at(0), at(text.length - 1)];
      if (first.width && last.width && Math.abs(first.top - last.top) < 4 && first.left > last.left) odd.push(text);
    }
  }
  return odd;
}"""


@dataclass
class Seen:
    """What a walk through the page has come across."""

    shapes: set[str] = field(default_factory=set)
    links: list[dict[str, str]] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)  # of the page, by where it was

    def add(self, where: str, found: dict[str, Any]) -> None:
        self.shapes |= set(found["shapes"])
        self.links += found["links"]
        self.texts[where] = " ".join(found["text"].split())


class Scripted(FakeDesk):
    """Says each of the texts in answers of its own, about articles that are full of them."""

    def __init__(self, texts: Sequence[str]) -> None:
        super().__init__(articles=(*ARTICLES, *articles(texts)))
        self.said = list(answers(texts=texts))

    def stream(self, question: Question, cancel: Any = None) -> Iterator[Event]:
        self.questions.append(question)
        number = int(question.text.partition(":")[0].removeprefix("Set ")) // 10
        yield from events_of(self.said[number][1])


def walk(page: Any, url: str, desk: Scripted) -> Seen:
    """Ask everything, read some articles; every question in a thread of its own."""
    found = Seen()
    page.goto(url)
    page.wait_for_selector(".cd-welcome")
    found.add("welcome", page.evaluate(AUDIT, OURS))
    for question, _ in desk.said:
        before = page.locator(".cd-turn").count()
        ask(page, question)
        page.wait_for_selector(DONE)
        page.locator("#cd-current .cd-chip").first.click()
        found.add(question, page.evaluate(AUDIT, OURS))
        assert before == 0
        page.click("#cd-clear")
        page.wait_for_selector(".cd-welcome")
    page.click(".cd-views a:text('Archive')")
    page.wait_for_selector(".cd-row")
    found.add("list", page.evaluate(AUDIT, OURS))
    picks = page.locator("#cd-rows .cd-pick")
    for n in range(OPENED):
        pick = picks.nth(4 * n)
        title = pick.text_content()
        pick.click()
        page.wait_for_function(
            "title => document.querySelector('#cd-reader h2')?.textContent.trim() === title.trim()", arg=title
        )
        found.add(f"article {n}", page.evaluate(AUDIT, OURS))
    return found


@pytest.fixture(scope="module")
def harmless(browser: Any) -> Seen:
    """The same walk where every text is a plain one: what the page itself is made of."""
    desk = Scripted(PLAIN)
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    with live(desk, with_ui=True) as url:
        found = walk(context.new_page(), url, desk)
    context.close()
    return found


@pytest.mark.timeout(240)
def test_a_hundred_hostile_texts_are_text_wherever_they_are_shown(page: Any, harmless: Seen) -> None:
    assert len(PAYLOADS) >= 100
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    desk = Scripted(PAYLOADS)
    with live(desk, with_ui=True) as url:
        found = walk(page, url, desk)
        assert not outside(page, url)
        assert page.evaluate("window.hacked") is None and not dialogs
        assert page.url.startswith(url)
        refused = [said for said in page.complaints if "Content Security Policy" in said]
        assert not refused and not page.complaints, "nothing even had to be refused"

    made = {shape.partition(".")[0] for shape in found.shapes}
    assert not made & NEVER
    assert not [shape for shape in found.shapes if shape.partition(".")[2].startswith("on")]
    assert found.shapes <= harmless.shapes, f"made out of text: {found.shapes - harmless.shapes}"

    for link in found.links:
        if not link["href"].startswith("#"):
            parts = urlsplit(link["resolved"])
            assert parts.scheme in ("http", "https"), link
            assert {"noopener", "noreferrer"} <= set(link["rel"].split()) and link["target"] == "_blank", link
            assert link["said"] == f"{parts.hostname} ↗", "what it says is where it leads"

    for number, (question, answer) in enumerate(desk.said):
        shown = found.texts[question]
        assert seen(question) in shown
        for text in PAYLOADS[10 * number : 10 * number + 10]:
            for place in (
                "Words {} end here.",
                "Before. Words {} end here. After.",
                "Withheld {}",
                "reason {}",
                "Title {}",
            ):
                assert seen(place.format(text)) in shown, (place, text)
        assert seen(answer.standalone_question) in shown
    listed = found.texts["list"]
    assert sum(seen(f"Title {text}") in listed for text in PAYLOADS) >= 40, "a page of the list"


def traces(page: Any, folder: Path, texts: Sequence[str]) -> tuple[Seen, list[str]]:
    """Open every question of a kept run whose questions, tags, demands and answers are full of the texts."""
    said = answers(texts=texts)
    known = [
        KnownQuestion(f"h{n}", question, "not_found", must_contain=((text,),), tags=(text,))
        for n, ((question, _), text) in enumerate(zip(said, texts, strict=False))
    ]
    run = runs.keep(
        folder, a_run({f"h{n}": answer for n, (_, answer) in enumerate(said)}, "2026-11-20T16:05:00", known)
    )
    found = Seen()
    with live(FakeDesk(), with_ui=True, evals=scripted(folder)) as url:
        page.requested.clear()
        page.goto(f"{url}/#run={run}")
        page.wait_for_selector("#cd-ev-misses a")
        found.add("run", page.evaluate(AUDIT, OURS))
        for one in known:
            page.evaluate("hash => { location.hash = hash; }", f"#run={run}&question={one.id}")
            head = seen(one.question)[:60]
            page.wait_for_function(TRACED, arg=head)
            found.add(one.question, page.evaluate(AUDIT, OURS))
        assert page.evaluate("window.hacked") is None and not outside(page, url) and not page.complaints
    return found, [one.question for one in known]


def test_hostile_texts_in_a_kept_run_are_text_in_its_traces(page: Any, tmp_path: Path) -> None:
    plain, _ = traces(page, tmp_path / "plain", [HARMLESS] * len(PAYLOADS))
    found, questions = traces(page, tmp_path / "hostile", PAYLOADS)
    assert not {shape.partition(".")[0] for shape in found.shapes} & NEVER
    assert found.shapes <= plain.shapes, f"made out of text: {found.shapes - plain.shapes}"
    assert all(seen(question) in found.texts[question] for question in questions)


def test_text_that_runs_backwards_turns_nothing_else_around(page: Any) -> None:
    turned = ["Up \u202e", "\u2067Left", "Both \u202e\u2067 ways", "שלום", "\u202d\u202eover"]
    desk = Scripted(turned)
    desk.said = [
        (question, replace(answer, status="conflicting" if n % 2 else "answered"))
        for n, (question, answer) in enumerate(answers(texts=turned))
    ]
    with live(desk, with_ui=True) as url:
        page.goto(url)
        page.wait_for_selector(".cd-welcome")
        assert page.evaluate(TURNED, OURS) == []
        for question, _ in desk.said:
            ask(page, question)
            page.wait_for_selector(DONE)
            page.evaluate(AUDIT, OURS)  # opens what is folded up
            assert page.evaluate(TURNED, OURS) == []
            page.click("#cd-clear")
            page.wait_for_selector(".cd-welcome")
        page.click(".cd-views a:text('Archive')")
        page.wait_for_selector(".cd-row")
        assert page.evaluate(TURNED, OURS) == []
        for n in range(len(turned)):
            page.locator("#cd-rows .cd-pick").nth(n).click()
            page.wait_for_selector("#cd-reader .cd-article")
            assert page.evaluate(TURNED, OURS) == []


def test_even_markup_that_got_onto_the_page_could_run_no_script_and_fetch_nothing(page: Any) -> None:
    with live(FakeDesk(), with_ui=True) as url:
        page.goto(url)
        page.wait_for_selector(".cd-welcome")
        page.evaluate(
            """texts => {
                const place = document.querySelector(".cd-welcome");
                for (const text of texts) place.insertAdjacentHTML("beforeend", text);
                const inline = document.createElement("script");
                inline.textContent = "window.hacked = 1";
                place.append(inline);
                place.querySelectorAll("a[href^=javascript]").forEach((link) => link.click());
            }""",
            [text for text in PAYLOADS if "http-equiv" not in text],
        )
        page.wait_for_timeout(500)
        assert page.evaluate("window.hacked") is None
        assert page.url.startswith(url)
        came = page.evaluate(
            """() => performance.getEntriesByType("resource").filter((e) => e.responseStatus).map((e) => e.name)"""
        )
        assert all(name.startswith(url) for name in came), "refused before it left"


def test_a_hundred_hostile_files_are_read_in_and_shown_as_text(page: Any, tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    listed = []
    for n, text in enumerate(PAYLOADS):
        shown = text.encode("utf-8", "replace").decode()
        name, body = f"story-{n}.txt", f"Story {n} begins.\n\nWords {shown} end here.\n\nThat is all of {n}.\n"
        (folder / name).write_text(body, encoding="utf-8")
        listed.append({"file": name, "title": f"Title {n} {shown}", "outlet": f"Outlet {n} {shown}", "url": shown})
    (folder / "manifest.json").write_text(json.dumps({"articles": listed}))
    settings = load_settings({"COPYDESK_HOME": str(tmp_path / "archive"), "COPYDESK_LLM": "none"})
    with Archive.open(settings, write=True, embedder=KeywordEmbedder()) as archive:
        report = archive.ingest([folder])
        assert len(report.added) >= 100
        desk = FakeDesk()
        desk.archive = archive  # type: ignore[assignment]
        desk.settings.archive_dir = settings.archive_dir
        with live(desk, with_ui=True) as url:
            rows = json.load(urlopen(f"{url}/v1/articles?limit=200"))["articles"]
            assert len(rows) == len(report.added)
            found = Seen()
            page.goto(url)
            page.wait_for_selector(".cd-welcome")
            page.evaluate("location.hash = '#archive'")
            page.wait_for_selector(".cd-row")
            found.add("list", page.evaluate(AUDIT, OURS))
            for row in rows[::12]:
                article = json.load(urlopen(f"{url}/v1/articles/{quote(row['article_id'], safe='')}"))
                page.evaluate("id => { location.hash = `#article=${encodeURIComponent(id)}`; }", row["article_id"])
                head = " ".join((article["title"] or row["article_id"]).split())[:40]
                page.wait_for_function(SHOWS, arg=seen(head))
                found.add(row["article_id"], page.evaluate(AUDIT, OURS))
                text = found.texts[row["article_id"]]
                assert all(seen(line) in text for line in article["text"].splitlines())
            assert page.evaluate("window.hacked") is None
            assert not outside(page, url) and not page.complaints
    assert not {shape.partition(".")[0] for shape in found.shapes} & NEVER
    assert not [shape for shape in found.shapes if shape.partition(".")[2].startswith("on")]
