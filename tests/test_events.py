"""When what an article tells took place: resolved dates beside a citation, and in an answer to "when"."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.events import asks_when, event_of, said_on, spell, with_days
from rag.text.times import Interval, find_dates, resolve
from rag.types import Article, Check, Quote
from tests.fakes_found import article

MONDAY = "2021-08-09"


def quote(text: str, published_at: str | None = MONDAY, source: str = "metadata", before: str = "") -> Quote:
    told = article("a", before + text, published_at=published_at, published_at_source=source)
    return Quote(told, "p", len(before), len(before + text), text)


def shown(claim: str, of: Quote, question: str = "When did it happen?") -> str:
    return with_days([Check(claim, (of,), 1.0)], question)[0].text


@pytest.mark.parametrize(
    ("claim", "text", "expected"),
    [
        ("The mill burned on Sunday.", "The mill burned on Sunday, police said on Monday.", ("2021-08-08", "Sunday")),
        ("The mill burned.", "The mill burned on Sunday, police said on Monday.", ("2021-08-08", "Sunday")),
        ("The mill burned.", "The mill burned on Sunday and the barn on Saturday.", ("2021-08-08", "Sunday")),
        ("The barn burned Saturday.", "The mill burned on Sunday, the barn Saturday.", ("2021-08-07", "Saturday")),
        ("The mill will cut 640 jobs.", "The mill will cut 640 jobs and close a hall by March 2022.", None),
        ("It opened last May.", "It opened last May.", ("2021-05-01/2021-05-31", "last May")),
        ("It opened two days ago.", "It opened two days ago.", ("2021-08-07", "two days ago")),
        ("It opened two years ago.", "It opened two years ago.", None),
        ("The strike begins on Friday.", "The strike begins on Friday.", None),
        ("The strike will begin on Friday.", "The strike will begin on Friday.", ("2021-08-13", "Friday")),
        ("The mill is shut.", "The mill is shut, the owner said on Sunday.", None),
        ("The mill is shut.", "HARWICH, Aug 9 (Coast Post) — The mill is shut.", None),
        ("The mill burned on 8 August 2021.", "The mill burned on Sunday.", ("2021-08-08", "Sunday")),
    ],
)  # fmt: skip
def test_a_citation_tells_when_what_it_says_took_place(claim: str, text: str, expected: tuple[str, str] | None) -> None:
    assert event_of(claim, quote(text)) == expected


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("The mill burned on Sunday.", "The mill burned on Sunday (8 August 2021)."),
        ("The mill burned yesterday morning.", "The mill burned yesterday morning (8 August 2021)."),
        (
            "It burned on Sunday, police said on Monday.",
            "It burned on Sunday (8 August 2021), police said on Monday.",
        ),
        ("It burned, police said on Sunday.", "It burned, police said on Sunday (8 August 2021)."),
        ("It will open on Friday.", "It will open on Friday (13 August 2021)."),
        ("It shut on 3 May and fell on Sunday.", "It shut on 3 May and fell on Sunday (8 August 2021)."),
        ("It shut last week.", "It shut last week."),  # told beside the citation
        ("It opened last May.", "It opened last May."),
        ("It shut overnight Saturday to Sunday.", "It shut overnight Saturday to Sunday."),
        ("It shut on 8 August 2021.", "It shut on 8 August 2021."),
        ("It shut two weeks ago.", "It shut two weeks ago."),
        ("The strike begins on Friday.", "The strike begins on Friday."),
        ("“It shut on Sunday,” she said.", "“It shut on Sunday,” she said."),  # nothing is put into a mouth
    ],
)
def test_an_answer_to_when_names_the_day(claim: str, expected: str) -> None:
    assert shown(claim, quote(claim)) == expected
    assert shown(expected, quote(claim)) == expected
    assert shown(claim, quote(claim), "What happened?") == claim


def test_an_inferred_publication_date_makes_the_day_probable() -> None:
    of = quote("The mill burned on Sunday.", source="inferred")
    assert shown("The mill burned on Sunday.", of) == "The mill burned on Sunday (probably 8 August 2021)."


def test_without_a_publication_date_nothing_is_resolved() -> None:
    of = quote("The mill burned on Sunday.", None, "unknown")
    assert event_of("The mill burned on Sunday.", of) is None
    assert shown("The mill burned on Sunday.", of) == "The mill burned on Sunday."


def test_quotes_that_mean_different_days_name_none() -> None:
    claim = "The mill burned on Sunday."
    both = (quote(claim), quote(claim, "2021-08-20"))
    assert with_days([Check(claim, both, 1.0)], "When did it burn?")[0].text == claim


def test_days_count_from_the_dateline_where_it_is_a_little_older() -> None:
    def told(opening: str) -> Article:
        return article("a", f"{opening}The mill burned today.", published_at=MONDAY)

    assert said_on(told("HARWICH, Aug 8 (Coast Post) — ")) == date(2021, 8, 8)
    assert said_on(told("HARWICH, Aug. 8 - ")) == date(2021, 8, 8)
    assert said_on(told("HARWICH, May 8 — ")) == date(2021, 8, 9)  # a slip, or an old story
    assert said_on(told("On Aug 8 the mayor left. ")) == date(2021, 8, 9)
    assert said_on(article("b", "HARWICH, Aug 8 — The mill burned.")) is None


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("When did the mill burn?", True),
        ("Since when has it been shut?", True),
        ("On what day was the vote?", True),
        ("In which year did it open?", True),
        ("And when did he go?", True),
        ("What happened when the dam broke?", False),
        ("How many died when the dam broke?", False),
        ("Was anyone hurt when the dam broke?", False),
        ("Who left?", False),
    ],
)
def test_which_questions_ask_when(question: str, expected: bool) -> None:
    assert asks_when(question) is expected


@given(st.dates(date(1950, 1, 1), date(2090, 1, 1)), st.integers(0, 900))
def test_an_interval_spelled_out_reads_as_itself(start: date, length: int) -> None:
    end = start + timedelta(days=length)
    text = spell(Interval(start, end))
    assert str(end.year) in text
    days = [i for m in find_dates(text) if (i := resolve(m, None))]
    assert not days or (days[-1].end == end)
