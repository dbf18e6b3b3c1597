"""Fetching pages and feeds, against a server on this machine: only there are loopback addresses let through."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.archive import Archive
from rag.config import load_settings
from rag.errors import InputError, SourceError
from rag.sources import Web, plan, read_all
from rag.sources.web import fetch, is_public, key_of
from rag.types import RawDocument, Skipped
from tests.fakes_embedder import KeywordEmbedder

PARAGRAPHS = (
    "The ferry Morning Star ran aground off Skerry Point on Tuesday with 212 passengers on board, it was said.",
    "Nobody was hurt, and all passengers had been taken off by two lifeboats before nightfall, the guard said.",
)
PAGE = (
    "<html><head><title>Ferry aground</title></head><body><article><h1>Ferry aground</h1>"
    + "".join(f"<p>{text}</p>" for text in PARAGRAPHS * 2)
    + "</article></body></html>"
).encode()
FEED = """<rss version="2.0"><channel><title>Coast Post</title>
<item><title>Ferry aground</title><link>/page</link><pubDate>Tue, 05 Mar 2019 18:00:00 GMT</pubDate></item>
<item><title>Known already</title><link>{base}/known</link></item>
<item><title>Gone</title><link>{base}/gone</link><description>{long}</description></item>
<item><title>Gone and short</title><link>{base}/gone2</link><description>Short.</description></item>
</channel></rss>"""

Answer = tuple[int, dict[str, str], bytes]


class Site:
    """A web server of one test: paths with their answers, and what was asked of it."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer | Callable[[BaseHTTPRequestHandler], None]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append((self.path, dict(self.headers)))
                answer = site.answers.get(self.path, (404, {}, b""))
                if callable(answer):
                    answer(self)
                    return
                status, headers, body = answer
                self.send_response(status)
                for name, value in {"Content-Type": "text/html", "Set-Cookie": "a=b", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://news.test:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    made.answers["/page"] = (200, {}, PAGE)
    yield made
    made.server.shutdown()
    made.server.server_close()


def local(**changes: Any) -> Web:
    """Lets this test's server through, under any name."""
    return Web(resolve=lambda host, port: ["127.0.0.1"], is_allowed=lambda ip: ip == "127.0.0.1", pause=0, **changes)


def test_a_page_becomes_an_article(site: Site) -> None:
    (file,) = plan([f"{site.base}/page"], web=local()).files
    ((_, found),) = read_all([file])
    (article,) = found
    assert isinstance(article, RawDocument)
    assert (article.title, article.url, article.path) == ("Ferry aground", f"{site.base}/page", f"{site.base}/page")
    assert PARAGRAPHS[0] in article.text and article.key.endswith("/page")
    ((_, headers),) = site.asked
    assert headers["User-Agent"].startswith("Copydesk/") and "Cookie" not in headers
    assert headers["Host"] == site.base.removeprefix("http://")


def test_without_leave_no_address_is_fetched(site: Site) -> None:
    with pytest.raises(InputError, match="may not be fetched"):
        plan([f"{site.base}/page"])
    assert site.asked == []


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://news.test/a", "http://", "https://user:pw@news.test/", "gopher://x/", "http://[1"],
)
def test_other_schemes_and_passwords_are_refused(url: str) -> None:
    planned = plan([url], web=local())
    assert not planned.files and len(planned.skipped) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_but_named(site: Site, status: int) -> None:
    site.answers["/moved"] = (status, {"Location": f"{site.base}/page"}, b"")
    with pytest.raises(SourceError, match=r"redirects to http://news\.test:\d+/page"):
        fetch(f"{site.base}/moved", local())
    assert [path for path, _ in site.asked] == ["/moved"]


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.7", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fe80::1%1", "fd00::1", "224.0.0.1"],
)
def test_private_addresses_are_refused_when_connecting(site: Site, address: str) -> None:
    web = Web(resolve=lambda host, port: [address])
    with pytest.raises(SourceError, match="not on the public internet"):
        fetch(f"{site.base}/page", web)
    assert site.asked == []


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1", "2130706433", "0x7f.1", "[::1]", "0.0.0.0"])
def test_this_machine_is_refused_under_all_its_names(site: Site, host: str) -> None:
    with pytest.raises(SourceError):
        fetch(f"http://{host}:{site.server.server_port}/page", Web())
    assert site.asked == []


def test_a_name_that_changes_its_address_gains_nothing(site: Site) -> None:
    """The address that was checked is connected to, whatever the name leads to a moment later."""
    answers = iter([["203.0.113.9"], ["127.0.0.1"]])
    checked: list[str] = []

    def allowed(address: str) -> bool:
        checked.append(address)
        return address == "203.0.113.9"

    with pytest.raises(SourceError):
        fetch(f"{site.base}/page", Web(resolve=lambda h, p: next(answers), is_allowed=allowed, seconds=0.3))
    assert checked == ["203.0.113.9"] and site.asked == []


def test_only_the_allowed_of_several_addresses_is_used(site: Site) -> None:
    web = Web(resolve=lambda h, p: ["10.0.0.7", "127.0.0.1"], is_allowed=lambda ip: ip == "127.0.0.1")
    assert fetch(f"{site.base}/page", web).kind == "html"


def test_what_is_too_long_stops(site: Site) -> None:
    site.answers["/long"] = (200, {}, b"x" * 11_000_000)
    site.answers["/bomb"] = (200, {"Content-Encoding": "gzip"}, gzip.compress(b"x" * 200_000_000))
    for path in ("/long", "/bomb"):
        with pytest.raises(SourceError, match="longer than 10 MB"):
            fetch(f"{site.base}{path}", local())


def test_gzip_is_unpacked_and_nothing_else(site: Site) -> None:
    site.answers["/packed"] = (200, {"Content-Encoding": "gzip"}, gzip.compress(PAGE))
    site.answers["/odd"] = (200, {"Content-Encoding": "br"}, b"?")
    site.answers["/broken"] = (200, {"Content-Encoding": "gzip"}, b"\x1f\x8bnonsense")
    assert fetch(f"{site.base}/packed", local()).data == PAGE
    with pytest.raises(SourceError, match="not asked for"):
        fetch(f"{site.base}/odd", local())
    with pytest.raises(SourceError, match="damaged"):
        fetch(f"{site.base}/broken", local())


def test_a_server_that_dribbles_is_given_up(site: Site) -> None:
    def dribble(request: BaseHTTPRequestHandler) -> None:
        for _ in range(100):
            request.wfile.write(b"H")
            request.wfile.flush()
            time.sleep(0.05)

    site.answers["/slow"] = dribble
    began = time.monotonic()
    with pytest.raises(SourceError):
        fetch(f"{site.base}/slow", local(seconds=0.5))
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    ("status", "kind", "message"),
    [(404, "text/html", "HTTP 404"), (200, "image/png", "image/png"), (200, "text/xml", "--feed")],
)
def test_what_is_no_page_is_said_to_be_none(site: Site, status: int, kind: str, message: str) -> None:
    site.answers["/x"] = (status, {"Content-Type": kind}, b"x")
    with pytest.raises(SourceError) as caught:
        fetch(f"{site.base}/x", local())
    assert message in str(caught.value)


def test_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(SourceError, match="could not be fetched"):
        fetch(f"http://news.test:{port}/", local())


def test_a_feed_gives_its_pages_with_its_dates(site: Site) -> None:
    feed = FEED.format(base=site.base, long=" ".join(PARAGRAPHS * 3))
    site.answers["/rss"] = (200, {"Content-Type": "application/rss+xml"}, feed.encode())
    web = local(feeds=(f"{site.base}/rss",), have=frozenset({f"{site.base}/known"}))
    planned = plan([], web=web)
    found = {f.path.rpartition("/")[2]: r for f, r in read_all(planned.files)}
    assert set(found) == {"page", "gone"}  # one was fetched, one the feed itself holds; one is known
    (page,), (gone,) = found["page"], found["gone"]
    assert isinstance(page, RawDocument) and isinstance(gone, RawDocument)
    assert (page.outlet, page.published_at, page.published_at_source) == ("Coast Post", "2019-03-05", "metadata")
    assert gone.title == "Gone" and PARAGRAPHS[1] in gone.text
    assert [s.path.rpartition("/")[2] for s in planned.skipped] == ["gone2"]
    assert "/known" not in [path for path, _ in site.asked]


def test_pages_are_fetched_again_by_a_sync_only_on_request(site: Site, tmp_path: Path) -> None:
    settings = load_settings({}, archive_dir=tmp_path / "archive")
    with Archive.open(settings, write=True, embedder=KeywordEmbedder()) as archive:
        added = archive.ingest([f"{site.base}/page"], web=local()).added
        assert added == (f"news.test:{site.server.server_port}/page",)
        site.answers["/page"] = (200, {}, PAGE.replace(b"Tuesday", b"Friday"))
        (tmp_path / "a.txt").write_text("The court fined the company on Monday for dumping oil in the harbour.")
        archive.ingest([tmp_path / "a.txt"])
        before = len(site.asked)
        assert archive.sync().changed == () and len(site.asked) == before
        assert archive.sync(web=local()).changed == added
        assert "Friday" in archive.article(added[0]).text
        site.answers["/page"] = (404, {}, b"")
        report = archive.sync(web=local())
        assert "HTTP 404" in report.skipped[0].reason and not report.removed
        assert "Friday" in archive.article(added[0]).text


def test_a_page_that_is_no_feed(site: Site) -> None:
    planned = plan([], web=local(feeds=(f"{site.base}/page",)))
    assert not planned.files and isinstance(planned.skipped[0], Skipped) and "feed" in planned.skipped[0].reason


@given(st.ip_addresses(v=4))
def test_an_address_inside_another_is_never_public(ip: Any) -> None:
    for wrapped in (f"::ffff:{ip}", f"64:ff9b::{ip}", f"::{ip}"):
        assert not is_public(wrapped)


def test_names_of_fetched_articles() -> None:
    assert key_of("https://www.post.example/2019/ferry/index.html") == "post.example/2019/ferry"
    assert key_of("https://post.example/a?id=1") != key_of("https://post.example/a?id=2")
