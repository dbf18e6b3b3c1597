"""The day that a metadata field means."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.sources.dates import day_of


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2019-03-05", "2019-03-05"),
        ("2019/3/5", "2019-03-05"),
        ("20190305", "2019-03-05"),
        (20190305, "2019-03-05"),
        ("2019-03-05T23:30:00-05:00", "2019-03-05"),  # the day where it was written
        ("D:20190305101500+02'00'", "2019-03-05"),
        ("Tue, 05 Mar 2019 18:00:00 GMT", "2019-03-05"),
        ("March 5th, 2019", "2019-03-05"),
        ("Tuesday 5 March 2019 at noon", "2019-03-05"),
        ("31/12/2018", "2018-12-31"),
        ("12/31/2018", "2018-12-31"),
        ("5.3.2019", "2019-03-05"),
        (1551787200, "2019-03-05"),
        ("1551787200000", "2019-03-05"),
        ("05/03/2019", None),  # May or March: nobody knows
        ("March 2019", None),
        ("2019", None),
        ("2019-02-30", None),
        ("99999999", None),
        ("yesterday", None),
        ("", None),
        (None, None),
        (True, None),
        (3.5, None),
    ],
)
def test_days(value: object, day: str | None) -> None:
    assert day_of(value) == day


@given(st.dates(date(1700, 1, 1), date(2100, 1, 1)))
def test_every_day_is_read_in_every_clear_form(day: date) -> None:
    for form in (
        "%Y-%m-%d",
        "%Y/%m/%d",
        "%Y%m%d",
        "%d %B %Y",
        "%B %d, %Y",
        "%a, %d %b %Y %H:%M:%S +0000",
        "D:%Y%m%d120000Z",
    ):
        assert day_of(day.strftime(form)) == day.isoformat(), form


@given(st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1)))
def test_seconds_since_1970(moment: datetime) -> None:
    seconds = (moment.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
    assert day_of(seconds) == day_of(str(seconds * 1000)) == moment.date().isoformat()


@given(st.text(max_size=40) | st.integers() | st.floats())
def test_whatever_stands_there(value: object) -> None:
    found = day_of(value)
    assert found is None or date.fromisoformat(found)
