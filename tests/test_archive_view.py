"""The archive as HTML: what it says of articles, and that their words stay words."""

from __future__ import annotations

import re
import threading
import time
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import browse
from rag.archive import Archive
from rag.config import load_settings
from rag.errors import CopydeskError
from rag.types import Filter, Listing
from tests.fakes_desk import FERRY, HOSTILE, FakeDesk
from tests.fakes_embedder import KeywordEmbedder
from ui.archive import adding, reader, shelf
from ui.archive import events as archive
from ui.archive.reader import Place
from ui.bricks import esc

ALLOWED = {
    "a",
    "article",
    "b",
    "button",
    "circle",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "form",
    "h2",
    "i",
    "input",
    "label",
} | {"li", "mark", "nav", "option", "p", "path", "progress", "rect", "select", "span", "summary", "svg", "time", "ul"}


class Reader(HTMLParser):
    """The tags, attributes and text of some HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


def listed(desk: FakeDesk, **wanted: Any) -> Reader:
    page = browse.page(desk.archive, Listing(**wanted))
    return Reader(shelf.rows(page, searched=bool(wanted.get("search"))))


def html_of(desk: FakeDesk, id: str, passage: str = "", quote: tuple[int, int] | None = None, **how: Any) -> str:
    return reader.reader(browse.article(desk.archive, id), Place(id, passage, quote), **how)


def read(desk: FakeDesk, id: str, *place: Any, **how: Any) -> Reader:
    return Reader(html_of(desk, id, *place, **how))


def safe(html: Reader) -> bool:
    """Only our own tags, no handler, and no address but a web page's."""
    links = [value or "" for name, value in html.attributes if name in ("href", "src", "action")]
    handlers = [name for name, _ in html.attributes if name.startswith("on")]
    return set(html.tags) <= ALLOWED and not handlers and all(link.startswith(("http", "#")) for link in links)


# --- the list -------------------------------------------------------------------------------------


def test_a_row_tells_title_outlet_date_how_it_is_known_passages_and_copies(desk: FakeDesk) -> None:
    text = listed(desk).text
    assert "4 articles" in text
    assert "Fire sweeps through harbour quarterHarbour Times5 March 2019 inferred1 passage1 copy" in text
    assert "Harbour fire leaves families homelessDaily Lantern5 March 2019 from the text" in text
    assert "undated" in text


def test_pages_can_be_turned_where_there_are_more(desk: FakeDesk) -> None:
    assert "Next" not in listed(desk).text
    first, second = listed(desk, limit=3), listed(desk, limit=3, offset=3)
    assert "1 to 3 of 4 articles" in first.text and "Page 1 of 2" in first.text
    assert [value for name, value in first.attributes if name == "data-to"] == ["0", "0", "3", "3"]
    assert first.attributes[-2:] != [] and ("disabled", None) in first.attributes
    assert "4 to 4 of 4 articles" in second.text and "Page 2 of 2" in second.text


def test_nothing_found_and_undated_left_out_are_said(desk: FakeDesk) -> None:
    assert "Only titles and outlets are searched here" in listed(desk, search="nowhere").text
    none = listed(desk, filter=Filter(sources=("Nobody",))).text
    assert "No article matches." in none and "searched here" not in none
    assert "1 article without a date left out." in listed(desk, filter=Filter(since="2019-01-01")).text


def test_an_article_is_opened_by_its_address(desk: FakeDesk) -> None:
    assert ("href", "#article=evil") in listed(desk).attributes
    assert 'href="#article=2019%2Fa+b%26c%3D1"' in shelf.pick({"article_id": "2019/a b&c=1"})


def test_what_was_removed_can_be_restored_from_the_list(desk: FakeDesk) -> None:
    assert shelf.removed(browse.removed(desk.archive)) == ""
    desk.archive.remove(["evil", "fire-early"])
    html = shelf.removed(browse.removed(desk.archive))
    shown = Reader(html)
    assert "Removed (2)" in shown.text and "removed 21 November 2026" in shown.text
    assert [v for k, v in shown.attributes if k == "data-id"] == ["fire-early", "evil"] and safe(shown)
    [item] = browse.removed(desk.archive)[:1]
    assert "Restore" not in Reader(shelf.removed([{**item, "restorable": False}])).text
    assert "and 4 more" in Reader(shelf.removed([item] * (shelf.MOST_REMOVED + 4))).text


def test_an_empty_archive_says_where_articles_go() -> None:
    assert "Drop articles here" in shelf.empty(".txt and .pdf", True) and ".txt and .pdf" in shelf.empty(
        ".txt and .pdf", True
    )
    assert "own machine" in shelf.empty(".txt", False) and "Drop" not in shelf.empty(".txt", False)


def test_facts_count_what_there_is() -> None:
    info = {
        "articles": 1200, "distinct_texts": 1100, "clusters": 9, "outlets": {"A": 700, "B": 400},
        "first_published_at": "2019-03-05T10:00:00Z", "last_published_at": "2021-01-02", "dates": {"unknown": 3},
    }  # fmt: skip
    said = Reader(shelf.facts(info)).text
    for part in ("1,200 articles", "1,100 distinct texts", "9 groups", "2 outlets", "5 Mar 2019 to 2 Jan 2021"):
        assert part in said
    assert "3 undated" in said and "behind" not in said
    assert "behind" in shelf.facts({**info, "index_current": False})
    assert "No articles yet" in shelf.facts({"articles": 0})


# --- one article ----------------------------------------------------------------------------------


def test_an_article_shows_its_whole_text_with_passages_and_copies(desk: FakeDesk) -> None:
    shown = read(desk, "fire-early")
    assert ("aria-label", "Passage 1 of 1: copy link to this passage") in shown.attributes
    assert ("data-passage", "p-fire-early") in shown.attributes
    assert desk.archive.held["fire-early"].text in shown.text
    assert "Told in 1 other article too" in shown.text and "nearly the same text" in shown.text
    assert ("data-id", "fire-other") in shown.attributes


def test_a_quote_is_marked_where_it_stands(desk: FakeDesk) -> None:
    text = desk.archive.held["ferry-aground"].text
    start = text.index("It carried")
    assert marked(html_of(desk, "ferry-aground", quote=(start, start + 10))) == ["It carried"]
    assert marked(html_of(desk, "ferry-aground", "p-ferry-aground", (start, start + 10))) == ["It carried"]
    assert marked(html_of(desk, "ferry-aground", "p-ferry-aground")) == [text]
    for wrong in ((5, 5), (9, 3), (0, len(text) + 1)):
        shown = html_of(desk, "ferry-aground", quote=wrong)
        assert not marked(shown) and "lies outside" in Reader(shown).text
    assert "cd-astray" not in html_of(desk, "ferry-aground")


def marked(html: str) -> list[str]:
    return re.findall("<mark>(.*?)</mark>", html)


def test_a_link_to_a_passage_that_is_gone_opens_the_article_and_says_so(desk: FakeDesk) -> None:
    shown = html_of(desk, "ferry-aground", "p-of-before", (3, 9))
    assert not marked(shown) and "its text has changed since" in Reader(shown).text
    assert desk.archive.held["ferry-aground"].text in Reader(shown).text


def test_a_link_to_an_article_that_is_gone_says_what_to_do(desk: FakeDesk) -> None:
    desk.archive.remove(["evil"])
    [gone] = browse.removed(desk.archive)
    told = Reader(reader.not_there(Place("evil"), gone, [], here=True))
    assert "was removed on 21 November 2026" in told.text and ("data-do", "restore") in told.attributes and safe(told)
    far = Reader(reader.not_there(Place("evil"), gone, [], here=False))
    assert "own machine" in far.text and "data-do" not in dict(far.attributes)
    lost = Reader(reader.not_there(Place("evil"), {**gone, "restorable": False}, [], here=True))
    assert "take its file in again" in lost.text and "data-do" not in dict(lost.attributes)
    other = {"article_id": "copy", "title": "The copy", "outlet": "B", "published_at": None}
    held = Reader(reader.not_there(Place("old", "p-1"), None, [other], here=True))
    assert "There is no article “old”" in held.text and "The same passage stands inThe copy" in held.text
    assert ("href", "#article=copy&passage=p-1") in held.attributes


PLACE = st.integers(0, 60)


@given(st.text(min_size=1, max_size=60), st.lists(PLACE, max_size=6), PLACE, PLACE)
def test_a_text_is_shown_whole_however_it_is_cut(text: str, places: list[int], start: int, end: int) -> None:
    cuts = sorted({min(place, len(text)) for place in places} - {len(text)})
    passages = [{"id": f"p{a}", "start": a, "end": b} for a, b in pairwise([*cuts, len(text)])]
    html = reader._text({"text": text, "passages": passages}, (start, end) if start < end <= len(text) else None)
    shown = Reader(re.sub('<button type="button" class="cd-at".*?</button>', "", html, flags=re.DOTALL))
    assert shown.text == Reader(esc(text)).text
    assert set(shown.tags) <= {"mark"}


def test_removal_is_asked_for_first_and_only_where_it_is_allowed(desk: FakeDesk) -> None:
    assert ("data-do", "ask-remove") in read(desk, "evil").attributes
    asking = read(desk, "evil", asking=True)
    assert "Its file stays where it is" in asking.text and ("data-do", "remove") in asking.attributes
    assert not {"remove", "ask-remove"} & {
        v for k, v in read(desk, "evil", removable=False).attributes if k == "data-do"
    }


# --- adding ---------------------------------------------------------------------------------------


def test_what_became_of_files_is_said_with_every_reason() -> None:
    report = {
        "added": ["a", "b"], "unchanged": ["c"], "copies": ["b"], "copy_of": {"b": "old"}, "near_copies": ["b"],
        "restored": ["d"],
        "skipped": [{"path": "/archive/uploads/bad.pdf", "reason": "It holds no text."}],
    }  # fmt: skip
    said = Reader(adding.added(report, [("x.exe", "Not read.")], {"a": "A whale"})).text
    assert "2 added, 1 brought back, 1 unchanged, 2 not added" in said and "b nearly the same text as old" in said
    assert "A whaleb" in said and "c unchanged" in said and "d brought back" in said
    assert "Stopped: 1 added" in adding.added({"stopped": True, "added": ["a"]})
    assert "bad.pdf It holds no text." in said and "x.exe Not read." in said and "/archive" not in said
    assert "Nothing to add" in adding.added({})
    many = adding.added({"added": [], "skipped": [{"path": f"{i}.txt", "reason": "No."} for i in range(50)]})
    assert many.count("<li>") == adding.NAMED + 1 and "and 38 more" in many


def test_an_ingest_is_said_to_finish_last(tmp_path: Path) -> None:
    settings = load_settings({"COPYDESK_HOME": str(tmp_path / "archive"), "COPYDESK_MODELS": str(tmp_path)})
    for n in range(3):
        (tmp_path / f"{n}.txt").write_text(f"{FERRY.text} And again, number {n}.")
    steps: list[str] = []
    with Archive.open(settings, write=True, embedder=KeywordEmbedder()) as archive:
        archive.ingest(sorted(tmp_path.glob("*.txt")), progress=lambda *step: steps.append(adding.step(*step)))
    said = [words for step in steps for words in re.findall('data-words="([^"]+)"', step)]
    assert said[0] == "Reading files" and said[-1] == "Finishing"
    assert said.index("Finishing") > said.index("Indexing passages")


# --- hostile words --------------------------------------------------------------------------------


def test_hostile_text_stays_text_everywhere(desk: FakeDesk) -> None:
    shown = [
        listed(desk),
        read(desk, "evil", HOSTILE, (3, 30)),
        read(desk, "evil", asking=True),
        Reader(
            shelf.find_form({HOSTILE: 3, '"><b onclick=x>': 1}, Listing(Filter(sources=(HOSTILE,)), search=HOSTILE))
        ),
        Reader(
            adding.added({"added": [HOSTILE], "skipped": [{"path": HOSTILE, "reason": HOSTILE}]}, [(HOSTILE, HOSTILE)])
        ),
        Reader(reader.removed(HOSTILE, HOSTILE)),
        Reader(reader.unreadable(HOSTILE, HOSTILE)),
        Reader(adding.step(HOSTILE, 1, 2)),
        Reader(reader.not_there(Place(HOSTILE, HOSTILE), None, [{"article_id": HOSTILE, "title": HOSTILE}], here=True)),
    ]
    assert all(map(safe, shown))
    assert HOSTILE in shown[1].text


# --- what the visitor asks for ----------------------------------------------------------------------


def test_the_form_is_read_carefully() -> None:
    data = {"q": "ferry", "source": "Coast Post", "since": "2019-01-01", "until": "", "sort": "title", "undated": False}
    assert archive._listing(data) == Listing(
        Filter(since="2019-01-01", sources=("Coast Post",)), "ferry", False, "title", 0, archive.PAGE
    )
    assert archive._listing({"sort": "drop table", "q": None}).sort == "-published"
    assert len(archive._listing({"q": "x" * 9000}).search) == shelf.MOST_CHARS
    with pytest.raises(CopydeskError):
        archive._listing({"since": "2020-01-02", "until": "2020-01-01"})
    assert [archive._range(v) for v in ("3-9", "9-3", "3", "", None, "a-b", "-1-4")] == [(3, 9), *[None] * 6]
    assert [archive._number(v) for v in ("12", 7, None, "-1", "1e9", "9" * 40, "１")] == [12, 7, 0, 0, 0, 0, 0]


def test_the_form_keeps_what_was_chosen() -> None:
    wanted = Listing(Filter(since="2019-01-01", sources=("B",)), "ferry", True, "title")
    html = shelf.find_form({"A": 2, "B": 1}, wanted)
    assert 'value="ferry"' in html and '<option value="B" selected>' in html and 'value="2019-01-01"' in html
    assert '<option value="title" selected>' in html and 'name="undated" checked' in html


def test_an_ingest_tells_how_far_it_is_and_how_it_ended() -> None:
    def add(tell: Any) -> dict[str, Any]:
        tell("embed", 1, 2)
        time.sleep(0.05)
        return {"added": ["a"]}

    def broken(tell: Any) -> dict[str, Any]:
        raise CopydeskError("The disk is full.", "Free some.")

    *steps, report = archive._steps(add)
    assert steps == [("embed", 1, 2)] and report == {"added": ["a"]}
    (only,) = archive._steps(broken)
    assert isinstance(only, CopydeskError) and only.message == "The disk is full."


def test_two_changes_at_once_are_refused() -> None:
    lock = threading.Lock()
    with archive._Writing(lock), pytest.raises(CopydeskError, match="being changed"), archive._Writing(lock):
        pass
    assert not lock.locked()
