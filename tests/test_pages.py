from __future__ import annotations

import contextlib
import json
import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import SourceError
from rag.sources.pages import Page, decode, extract

TODAY = date(2026, 11, 21)
URL = "https://www.coastpost.example/news/ferry"
BODY = [
    "The ferry Star of Tholm ran aground near Exampletown early on Tuesday, and all 212 passengers are ashore.",
    "Captain Ilse Roe told reporters that thick fog and a broken radar had left the crew without a view of the reef.",
    "The harbour master said that the ferry would be towed off at the next spring tide, if the weather allowed it.",
]


def html(*, head: str = "", before: str = "", after: str = "", body: list[str] | None = None) -> str:
    paragraphs = "".join(f"<p>{text}</p>" for text in (BODY if body is None else body))
    return (
        f"<!doctype html><html><head>{head}</head><body><nav><a href='/'>Home</a> <a href='/s'>Sport</a></nav>"
        f"<article><h1>Ferry aground</h1>{before}{paragraphs}{after}</article>"
        "<footer>© 2026 Coast Post</footer></body></html>"
    )


def read(page: str, url: str | None = URL) -> Page:
    return extract(page, url, TODAY)


TODAYS = "<header><div class='date'>Saturday, November 21, 2026</div></header>"
OTHER = '<div class="related"><time datetime="2018-01-02">2 January 2018</time></div>'


def ld(**fields: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **fields})}</script>'


# --- the text -------------------------------------------------------------------------------------------


def test_the_article_without_headline_and_menus() -> None:
    assert read(html()).text.split("\n\n") == BODY


@pytest.mark.parametrize(
    "extra",
    [
        "<p>READ MORE: <a href='/x'>Storm closes the harbour for a week</a></p>",
        "<p><a href='/x'>Storm closes the harbour for a week</a> [VIDEO]</p>",
        "<ul><li><a href='/x'>Storm closes the harbour</a></li><li><a href='/y'>Ten ferries compared</a></li></ul>",
        "<p>Sign up for our daily newsletter and get the best stories straight to your inbox.</p>",
        "<p>Advertisement</p>",
    ],
)
def test_pointers_to_other_stories_and_furniture_go(extra: str) -> None:
    page = html(before=f"<p>{BODY[0]}</p>{extra}", body=BODY[1:])
    assert read(page).text.split("\n\n") == BODY


def test_pictures_take_their_captions_along() -> None:
    figure = "<figure><img src='/a.jpg'><figcaption>Boats beside the wreck. Jan Doe/Reuters</figcaption></figure>"
    assert read(html(before=f"<p>{BODY[0]}</p>{figure}", body=BODY[1:])).text.split("\n\n") == BODY


def test_a_linked_sentence_inside_the_article_stays() -> None:
    linked = "<a href='/x'>“We had no warning at all,” the captain said.</a>"
    assert "“We had no warning at all,” the captain said." in read(html(body=[BODY[0], linked, *BODY[1:]])).text


def test_headings_lists_and_tables_keep_their_words() -> None:
    table = "<table><tr><th>Port</th><th>Ferries</th></tr><tr><td>Tholm</td><td>12</td></tr></table>"
    items = "<ul><li>Exampletown is closed</li><li>Tholm is open</li></ul>"
    page = html(body=[BODY[0], BODY[1]], after=f"<h2>Other harbours</h2>{items}{table}<p>{BODY[2]}</p>")
    lines = read(page).text.split("\n\n")
    assert lines == [
        *BODY[:2],
        "Other harbours",
        "Exampletown is closed",
        "Tholm is open",
        "Port | Ferries",
        "Tholm | 12",
        BODY[2],
    ]


def test_an_article_in_pieces_is_joined() -> None:
    more = [text.replace("ferry", "tanker").replace("Captain", "Mate") for text in BODY]
    piece = (
        "<div class='row'><div class='inner'><div class='body__container'>{}</div></div></div><div class='ad'>x</div>"
    )
    pieces = "".join(piece.format("".join(f"<p>{t}</p>" for t in part)) for part in (BODY, more))
    page = f"<html><body><article><h1>Aground</h1><div class='article__chunks'>{pieces}</div></article></body></html>"
    assert read(page).text.split("\n\n") == [*BODY, *more]


def test_the_publishers_copy_stands_in_where_the_page_shows_little() -> None:
    page = html(head=ld(articleBody="\n".join(BODY * 4)), body=["Please enable scripts to read this."])
    assert read(page).text.startswith(BODY[0])


def test_what_is_no_page_is_an_error() -> None:
    for data in (b"", "no markup at all"):
        with pytest.raises(SourceError):
            extract(data, None, TODAY)


# --- the day --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "url", "day", "source"),
    [
        (html(head=ld(datePublished="2019-03-05T08:00:00Z", dateModified="2019-03-09")), URL, "2019-03-05", "metadata"),
        (
            html(head='<meta property="article:published_time" content="2019-03-05T08:00">'),
            URL,
            "2019-03-05",
            "metadata",
        ),
        (html(head='<meta name="pubdate" content="20190305">'), URL, "2019-03-05", "metadata"),
        (html(), "https://coastpost.example/2019/03/05/ferry", "2019-03-05", "metadata"),
        (
            html(head='<link rel="canonical" href="https://coastpost.example/2019/03/05/f">'),
            None,
            "2019-03-05",
            "metadata",
        ),
        (
            html(before='<time itemprop="datePublished" datetime="2019-03-05">today</time>'),
            URL,
            "2019-03-05",
            "metadata",
        ),
        (html(before='<span class="published">Published 5 March 2019</span>'), URL, "2019-03-05", "text"),
        (html(before='<p class="byline">By Jan Doe | March 5, 2019</p>'), URL, "2019-03-05", "text"),
        # the address is made once; a tag may tell when the page was last served
        (html(head=ld(datePublished="2026-11-20")), "https://coastpost.example/2019/03/05/f", "2019-03-05", "metadata"),
        # not days of publication
        (html(), URL, None, "unknown"),
        (html(head=ld(dateModified="2019-03-09")), URL, None, "unknown"),
        (html(head='<meta property="article:modified_time" content="2019-03-09">'), URL, None, "unknown"),
        (html(head='<meta property="og:updated_time" content="2019-03-09">'), URL, None, "unknown"),
        (html(head='<meta http-equiv="last-modified" content="2019-03-09">'), URL, None, "unknown"),
        (html(head='<meta itemprop="copyrightYear" content="2019">'), URL, None, "unknown"),
        (html(before='<span class="updated">Updated 9 March 2019</span>'), URL, None, "unknown"),
        (html(head=ld(datePublished="2199-03-05")), URL, None, "unknown"),
        (html(after="<footer>© 2019 Coast Post. Printed on 21 November 2019.</footer>"), URL, None, "unknown"),
        (html().replace("<nav>", f"{TODAYS}<nav>"), URL, None, "unknown"),
        (html(after=OTHER), URL, None, "unknown"),
    ],
)
def test_the_day_of_publication_and_how_it_is_known(page: str, url: str | None, day: str | None, source: str) -> None:
    found = read(page, url)
    assert (found.published_at, found.published_at_source) == (day, source)


def test_a_guess_is_marked_as_one() -> None:
    found = read(html(before='<div class="meta-line"><em>05.03.2019</em> <b>2019-03-05 10:30</b></div>'))
    assert (found.published_at, found.published_at_source) in {("2019-03-05", "inferred"), (None, "unknown")}


def test_stories_that_a_page_lists_lend_it_no_day() -> None:
    listed = [
        {"@type": "NewsArticle", "url": f"https://coastpost.example/{i}", "datePublished": f"2018-01-0{i}"}
        for i in (1, 2)
    ]
    script = f'<script type="application/ld+json">{json.dumps(listed)}</script>'
    assert read(html(head=script)).published_at is None
    own = ld(url=URL, datePublished="2019-03-05", headline="Ferry aground")
    assert read(html(head=script + own)).published_at == "2019-03-05"


# --- outlet, title, authors --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "url", "outlet", "source"),
    [
        ('<meta property="og:site_name" content="Coast Post">', URL, "Coast Post", "metadata"),
        ('<meta property="og:site_name" content="Coast Post | News from the shore">', URL, "Coast Post", "metadata"),
        (ld(publisher={"@type": "Organization", "name": "Coast Post"}), URL, "Coast Post", "metadata"),
        (
            '<meta property="og:site_name" content="coastpost">' + ld(publisher={"name": "Coast Post"}),
            URL,
            "Coast Post",
            "metadata",
        ),
        ("<title>Ferry aground | The Coast Post</title>", URL, "The Coast Post", "text"),
        ("<title>Ferry aground</title>", URL, "coastpost.example", "url"),
        ('<meta property="og:site_name" content="@coastpost">', URL, "coastpost.example", "url"),
        ("<title>Ferry aground | Something</title>", None, None, "unknown"),
    ],
)
def test_the_outlet_and_how_it_is_known(head: str, url: str | None, outlet: str | None, source: str) -> None:
    page = read(html(head=head), url)
    assert (page.outlet, page.outlet_source) == (outlet, source)
    assert page.title == "Ferry aground"


def test_authors_are_names() -> None:
    several = [{"name": "Jan Doe"}, {"name": "Ilse Roe, Coast Reporter"}, {"name": "Coast Post"}]
    page = read(html(head=ld(author=several, publisher={"name": "Coast Post"})))
    assert page.authors == ("Jan Doe", "Ilse Roe")
    assert read(html(head='<meta name="author" content="By Jan Doe and Ilse Roe">')).authors == ("Jan Doe", "Ilse Roe")


def test_metadata_is_not_markup() -> None:
    page = read(html(head='<meta property="og:title" content="Ferry &amp;lt;b&gt; &amp; co">'))
    assert "\n" not in (page.title or "") and page.title


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("<p>Tholm’s</p>".encode(), "<p>Tholm’s</p>"),
        (b'<meta charset="iso-8859-1"><p>Tholm\x92s</p>', '<meta charset="iso-8859-1"><p>Tholm’s</p>'),
        ('<meta charset="windows-1251"><p>Паром</p>'.encode("cp1251"), '<meta charset="windows-1251"><p>Паром</p>'),
        ("<p>Паром</p>".encode("utf-16"), "<p>Паром</p>"),
        (b'<meta charset="no-such"><p>\xe9t\xe9</p>', '<meta charset="no-such"><p>été</p>'),
        (b'<meta charset="utf-8"><p>\xc3\xa9 \xff</p>', '<meta charset="utf-8"><p>é \ufffd</p>'),
    ],
)
def test_encodings(data: bytes, text: str) -> None:
    assert decode(data) == text


# --- untrusted pages ------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.sampled_from("<>/=\"' abpdivscript!-[]{}:,@ld+json\n2019-é&;#"), max_size=300))
def test_any_markup_is_read_or_refused(junk: str) -> None:
    try:
        page = extract(html(head=junk, before=junk), URL, TODAY)
    except SourceError:
        return
    assert all(line and "\n" not in line for line in page.text.split("\n\n")) or page.text == ""


@pytest.mark.parametrize(
    "page",
    [
        html(before="<div>" * 3000),
        html(before="<blockquote><div>" * 1500),
        html(after="<span class='date'>2019</span>" * 20_000, body=[]),
        html(head='<script type="application/ld+json">' + "[" * 50_000 + "</script>"),
        html(after="<p>word <a href='/x'>some link text</a></p>" * 5000),
    ],
)
def test_hostile_pages_take_seconds_at_most(page: str) -> None:
    started = time.monotonic()
    with contextlib.suppress(SourceError):
        read(page, None)
    assert time.monotonic() - started < 20
