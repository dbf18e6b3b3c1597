"""Dates in text: what is found, which days they stand for, and when a claim's date agrees with a quote's."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.times import Interval, dates_agree, find_dates, is_day, parse_day, resolve

_PIECES = ("last", "mid-", "end of", "May", "31", "2021", "Sunday", "night", "weeks", "ago", "two", "the", "’90s")
TUESDAY = date(2023, 3, 14)


def days(text: str, anchor: date | None = TUESDAY) -> list[tuple[str, str]]:
    return [tuple(map(str, i)) for m in find_dates(text) if (i := resolve(m, anchor))]  # type: ignore[misc]


def one(day: str) -> list[tuple[str, str]]:
    return [(day, day)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("opened on 8 August 2021", one("2021-08-08")),
        ("opened on August 8, 2021.", one("2021-08-08")),
        ("opened on 2021-08-08", one("2021-08-08")),
        ("opened on the 8th of August 2021", one("2021-08-08")),
        ("from 3-5 May 2020", [("2020-05-03", "2020-05-05")]),
        ("closes on March 28th", one("2023-03-28")),
        ("it began on 20 December", one("2022-12-20")),  # nearest to March is the one behind
        ("on Sunday the dam leaked", one("2023-03-12")),
        ("It fell on Sunday night", one("2023-03-12")),
        ("The court met on Tuesday.", one("2023-03-14")),
        ("The court will meet on Friday.", one("2023-03-17")),
        ("The court is scheduled to meet on Friday", one("2023-03-17")),
        ("It met on Friday. It will rule later.", one("2023-03-10")),
        ("last Tuesday", one("2023-03-07")),
        ("next Tuesday", one("2023-03-21")),
        ("yesterday morning", one("2023-03-13")),
        ("three days ago", one("2023-03-11")),
        ("last week", [("2023-03-06", "2023-03-12")]),
        ("It fell over the weekend", [("2023-03-11", "2023-03-12")]),
        ("last month", [("2023-02-01", "2023-02-28")]),
        ("in September 2020", [("2020-09-01", "2020-09-30")]),
        ("last May", [("2022-05-01", "2022-05-31")]),
        ("moved to mid-July", [("2023-07-11", "2023-07-21")]),
        ("at the end of August", [("2023-08-21", "2023-08-31")]),
        ("in 2015", [("2015-01-01", "2015-12-31")]),
        ("in the 1990s", [("1990-01-01", "1999-12-31")]),
        ("The mayor said on Monday that he will go.", one("2023-03-13")),
        ("the city fell last Sunday", one("2023-03-12")),
        ("The power failed overnight Sunday to Monday.", [("2023-03-12", "2023-03-13")]),
        ("It burned in the night from Saturday to Sunday.", [("2023-03-11", "2023-03-12")]),
        ("Fighting went on between Friday and Sunday.", [("2023-03-10", "2023-03-12")]),
        ("The show will run from Friday to Sunday.", [("2023-03-17", "2023-03-19")]),
        ("Crews will return next week.", [("2023-03-20", "2023-03-26")]),
        ("The bridge will be shut over the weekend.", [("2023-03-18", "2023-03-19")]),
        ("It moved in early June.", [("2022-06-01", "2022-06-10")]),
        ("It moved in mid-July.", [("2022-07-11", "2022-07-21")]),
        ("The troops will leave by 11 September.", one("2023-09-11")),
        ("Sales fell earlier this month.", [("2023-03-01", "2023-03-14")]),
        ("It was sold a month ago.", [("2023-01-30", "2023-03-01")]),
        ("Ten towns have fallen since May.", [("2022-05-01", "2022-05-31")]),
        ("A report is due in May.", [("2023-05-01", "2023-05-31")]),
        ("It passed a test in October.", [("2022-10-01", "2022-10-31")]),
        ("The bridge opened on 20 May.", one("2022-05-20")),
        ("The bridge is to open on 20 May.", one("2023-05-20")),
        ("It will open on 1 December.", one("2023-12-01")),
        ("The vote was held on Sunday, 5 March.", one("2023-03-05")),
        ("Two were hurt last night.", one("2023-03-13")),
        ("Overnight, rockets hit the port.", [("2023-03-13", "2023-03-14")]),
        ("The bodies were found the day before yesterday.", one("2023-03-12")),
        ("Over the past week 40 died.", [("2023-03-07", "2023-03-14")]),
        ("It opened about three days ago.", [("2023-03-10", "2023-03-12")]),
        ("between 1996 and 2001", [("1996-01-01", "1996-12-31"), ("2001-01-01", "2001-12-31")]),
    ],
)
def test_mentions_are_resolved_against_the_articles_day(text: str, expected: list[tuple[str, str]]) -> None:
    assert days(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "The council agreed to meet on Friday.",  # before or after the report?
        "The trial opens on Friday.",
        "On Friday, officials said, schools will shut.",
        "They will meet after the attack on Friday.",
        "Schools were closed until Friday.",
        "The club met on Fridays.",
        "It was signed on Good Friday.",
        "The following Friday he left.",
        "It ended on the last Friday of the summer.",
        "Details: 8 p.m. Friday.",  # no verb tells
        "Effective Friday, access is limited.",
        "The vote was held on Sunday, 6 March.",  # a Monday that year
        "He will be tried in January.",  # long over, or far ahead
        "The mill shut two years later.",
    ],
)
def test_what_may_mean_two_days_is_not_resolved(text: str) -> None:
    assert days(text) == []


def test_a_weekday_in_that_days_paper_is_that_day() -> None:
    sunday = date(2023, 3, 12)
    assert days("The dam leaked on Sunday.", sunday) == one("2023-03-12")
    assert days("The dam leaked last Sunday.", sunday) == one("2023-03-05")
    assert days("The dam will be tested next Sunday.", sunday) == one("2023-03-19")
    assert days("The fair was held at the weekend.", sunday) == [("2023-03-11", "2023-03-12")]


@pytest.mark.parametrize(
    "text",
    [
        "The council may meet.",
        "May I come in?",
        "They march on.",
        "2,015 people",
        "Flight 370",
        "the sun set",
        "12 mar",
        "31-1",
    ],
)
def test_what_is_no_date(text: str) -> None:
    assert find_dates(text) == ()


def test_without_an_anchor_only_full_dates_resolve() -> None:
    assert days("on Sunday, in May, last week", None) == []
    assert days("on 31 June 2020") == []
    assert days("on 8 August 2021", None) == one("2021-08-08")


@pytest.mark.parametrize(
    ("claim", "quote", "expected"),
    [
        ("on Sunday", "The dam leaked on Sunday.", True),
        ("on 12 March 2023", "The dam leaked on Sunday.", True),
        ("on Sunday", "The dam leaked on 12 March 2023.", True),
        ("on Sunday", "The dam leaked on 11 March.", False),
        ("on 12 March", "The dam leaked on 12 March 2023.", True),
        ("in March 2023", "The dam leaked on Sunday.", True),
        ("on 12 March", "The dam leaked in March.", False),
        ("in mid-July", "It opens in July.", False),
        ("in July", "It opens in mid-July.", True),
        ("in 2022", "It opened in September 2022.", True),
        ("on Sunday morning", "The dam leaked on Sunday night.", False),
        ("on Sunday night", "The dam leaked on Sunday.", False),
        ("on Monday", "The dam leaked yesterday.", True),
        ("in 2016", "It opened in 2015.", False),
        ("in the 1980s", "It opened in the 1990s.", False),
    ],
)
def test_agreement(claim: str, quote: str, expected: bool) -> None:
    (mention,) = find_dates(claim)
    assert dates_agree(mention, find_dates(quote), TUESDAY) is expected


def test_agreement_without_an_anchor_compares_what_is_said() -> None:
    (sunday,) = find_dates("on Sunday")
    (day,) = find_dates("on 8 August")
    assert dates_agree(sunday, find_dates("late on Sunday"), None)
    assert not dates_agree(sunday, find_dates("on 8 August 2021"), None)
    assert dates_agree(day, find_dates("on August 8, 2021"), None)


def test_is_day_and_parse_day() -> None:
    (mention,) = find_dates("published on 14 March 2023")
    assert is_day(mention, TUESDAY)
    assert parse_day("2023-03-14") == TUESDAY
    assert parse_day(None) is None
    assert parse_day("soon") is None


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2099, 12, 31)))
def test_every_way_to_write_a_day_means_that_day(day: date) -> None:
    months = "January February March April May June July August September October November December"
    month = months.split(" ")[day.month - 1]
    for text in (f"{day.day} {month} {day.year}", f"{month} {day.day}, {day.year}", day.isoformat()):
        (mention,) = find_dates(f"It was on {text}.")
        assert resolve(mention, None) == Interval(day, day)


@given(st.text(max_size=200), st.dates())
def test_any_text_is_read_without_error(text: str, anchor: date) -> None:
    for mention in find_dates(text):
        resolve(mention, anchor)
        assert 0 <= mention.start < mention.end <= len(text)


_WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WHEN = st.sampled_from(
    [*(f"on {day}" for day in _WEEK), "last Sunday", "over the weekend", "overnight Friday to Saturday",
     "between Friday and Sunday", "yesterday", "last week", "earlier this month", "two weeks ago", "a month ago",
     "last month", "in May", "last May", "since August", "in early June", "on 3 May", "on 29 February"]
)  # fmt: skip
_YEARS = st.dates(min_value=date(1900, 1, 1), max_value=date(2099, 12, 31))


@given(st.sampled_from(["The dam leaked", "Nine were hurt", "The mayor resigned"]), _WHEN, _YEARS)
def test_what_was_never_lies_after_the_article(subject: str, when: str, anchor: date) -> None:
    for text in (f"{subject} {when}.", f"{when[0].upper()}{when[1:]} it fell."):
        for mention in find_dates(text):
            interval = resolve(mention, anchor)
            assert interval is None or interval.start <= interval.end
            assert interval is None or interval.start <= anchor


@given(st.sampled_from(["The council will meet", "The bridge is to open"]), st.integers(0, 6), _YEARS)
def test_a_weekday_to_come_lies_within_the_week_ahead(subject: str, weekday: int, anchor: date) -> None:
    (mention,) = find_dates(f"{subject} on {_WEEK[weekday]}.")
    interval = resolve(mention, anchor)
    assert interval is not None
    assert 0 <= (interval.start - anchor).days <= 6
    assert interval.start.weekday() == weekday


@given(_WHEN, _YEARS)
def test_a_day_written_out_as_resolved_resolves_to_itself(when: str, anchor: date) -> None:
    for mention in find_dates(f"The dam leaked {when}."):
        interval = resolve(mention, anchor)
        if interval is not None and interval.start == interval.end:
            (written,) = find_dates(f"The dam leaked on {interval.start.isoformat()}.")
            assert resolve(written, anchor) == interval
            assert dates_agree(written, [mention], anchor)


@given(st.lists(st.sampled_from(_PIECES)), st.dates())
def test_any_mix_of_date_words_agrees_with_itself(parts: list[str], anchor: date) -> None:
    text = " ".join(parts)
    found = find_dates(text)
    assert all(dates_agree(m, found, anchor) for m in found)
