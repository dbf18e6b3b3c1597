from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.intake.provenance import day_in, host_of, split_title, url_day, without_slogan


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://coastpost.example/2022/06/17/harbour/index.html", "2022-06-17"),
        ("https://coastpost.example/story/news/2022/6/7/harbour/123/", "2022-06-07"),
        ("https://coastpost.example/world/2022/jun/17/harbour", "2022-06-17"),
        ("https://coastpost.example/story/2022-06-17/harbour", "2022-06-17"),
        ("https://coastpost.example/20220617-harbour", "2022-06-17"),
        ("https://coastpost.example/news/harbour-2022-06-17.html", "2022-06-17"),
        ("https://coastpost.example/2022/06/harbour", None),  # a month is no day
        ("https://coastpost.example/2022/13/45/harbour", None),
        ("https://coastpost.example/news/12345678", None),
        ("https://coastpost.example/?date=2022/06/17", None),  # the query is the reader's
        ("https://coastpost.example/1850/02/30/", None),
        ("http://[broken", None),
        (None, None),
    ],
)
def test_a_day_in_an_address(url: str | None, day: str | None) -> None:
    assert url_day(url) == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2019-03-05T23:30:00-05:00", "2019-03-05"),  # as the publisher wrote it
        ("20190305", "2019-03-05"),
        ("Tue, 05 Mar 2019 10:00:00 GMT", "2019-03-05"),
        ("March 5th, 2019", "2019-03-05"),
        ("5 Mar. 2019", "2019-03-05"),
        ("13/03/2019", "2019-03-13"),
        ("03/13/2019", "2019-03-13"),
        ("03/05/2019", None),  # of March or of May
        ("February 30, 2019", None),
        ("2019", None),
        ("", None),
    ],
)
def test_a_day_in_a_value(text: str, day: str | None) -> None:
    assert day_in(text) == day


@pytest.mark.parametrize(
    ("title", "outlet", "url", "expected"),
    [
        ("Ferry aground | Coast Post", "Coast Post", None, ("Ferry aground", "Coast Post")),
        (
            "Ferry aground - The Coast Post",
            None,
            "https://www.coastpost.example/a",
            ("Ferry aground", "The Coast Post"),
        ),
        ("Ferry aground – CP", None, "https://cp.example/a", ("Ferry aground", "CP")),
        ("Ferry aground - CP ...", None, "https://cp.example/a", ("Ferry aground", "CP")),
        ("Ferry aground - Coast News", None, "https://m.coast.example/a", ("Ferry aground", "Coast News")),
        (
            "Ferry aground - The North Coast Times",
            None,
            "https://ncoasttimes.example",
            ("Ferry aground", "The North Coast Times"),
        ),
        ("Coast Post | Ferry aground", "Coast Post", None, ("Ferry aground", "Coast Post")),
        ("Ferry - a tale - aground | Coast Post", "Coast Post", None, ("Ferry - a tale - aground", "Coast Post")),
        (
            "Ferry aground - live updates",
            "Coast Post",
            "https://coastpost.example",
            ("Ferry aground - live updates", None),
        ),
        ("Well-known ferry", "known ferry", None, ("Well-known ferry", None)),
        ("Coast Post", "Coast Post", None, ("Coast Post", None)),
    ],
)
def test_titles_lose_their_outlets_name(
    title: str, outlet: str | None, url: str | None, expected: tuple[str, str | None]
) -> None:
    assert split_title(title, outlet, url) == expected


def test_slogans_and_hosts() -> None:
    assert without_slogan("News from the shore | Coast Post", "https://coastpost.example") == "Coast Post"
    assert without_slogan("Coast Post - News from the shore", None) == "Coast Post"
    assert without_slogan(" | ", None) == ""
    assert host_of("https://www.coastpost.example:8080/a") == "coastpost.example"
    assert host_of("https://edition.coastpost.example/a") == "coastpost.example"
    assert host_of("https://news.sky.example/a") == "news.sky.example"
    assert host_of("http://192.0.2.7/a") is host_of("file:///tmp/a") is host_of("no address") is None


@given(st.text(max_size=120), st.text(max_size=40), st.text(max_size=60))
def test_any_text_is_read_without_error(text: str, outlet: str, url: str) -> None:
    for day in (day_in(text), url_day(text)):
        assert day is None or len(day) == 10
    title, name = split_title(text, outlet, url)
    assert title in text and (name is None or name in text)
    without_slogan(text, url)
