"""Which articles a question may draw on: what the page sends, and what it says of it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.types import Filter
from tests.fakes_desk import HOSTILE
from ui.ask import scope


@pytest.mark.parametrize(
    ("chosen", "filter"),
    [
        ({}, Filter()),
        ({"source": "", "since": "", "until": ""}, Filter()),
        ({"source": "Coast Post", "since": "2019-03-01"}, Filter(since="2019-03-01", sources=("Coast Post",))),
        ({"since": "2020-01-02", "until": "2020-01-01"}, Filter(since="2020-01-01", until="2020-01-02")),
        ({"since": "soon", "until": "2020-13-45"}, Filter()),
    ],
)
def test_what_is_chosen_becomes_a_filter(chosen: dict[str, str], filter: Filter) -> None:
    assert scope.read(json.dumps(chosen)) == filter


@given(st.one_of(st.none(), st.text(), st.recursive(st.integers() | st.text(), st.lists).map(json.dumps)))
def test_nothing_a_browser_sends_breaks_it(sent: object) -> None:
    assert isinstance(scope.read(sent), Filter)


def test_a_filter_is_said_in_words() -> None:
    assert scope.said(Filter()) == ""
    assert scope.said(Filter(sources=("AFP",), since="2021-08-01")) == "Only articles from AFP, since 1 August 2021"
    assert scope.said(Filter(until="2021-08-31")) == "Only articles until 31 August 2021"
    both = Filter(since="2021-08-01", until="2021-08-31")
    assert scope.said(both) == "Only articles of 1 August 2021 to 31 August 2021"


def test_hostile_outlets_stay_text_in_the_menu() -> None:
    html = scope.form({HOSTILE: 2, '"><script>': 1})
    assert "<script" not in html and "<img" not in html and "<iframe" not in html
