"""The day before, counted from a date that was named."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.shifted import only_date, shift, step


def counted(turn: str, named: str) -> str | None:
    said, mention = step(turn), only_date(named)
    found = shift(said, mention) if said and mention else None
    return " ".join(filter(None, found)) if found else None


@pytest.mark.parametrize(
    ("turn", "named", "told"),
    [
        ("And the day before?", "It rained on Monday.", "on Sunday"),
        ("the next day", "Was it dry on Sunday?", "on Monday"),
        ("And two days later?", "It rained on Saturday.", "on Monday"),
        ("And the day before?", "It rained on 1 March 2024.", "on 29 February 2024"),
        ("And the day before?", "It rained on March 2.", "on March 1"),
        ("What happened a week later?", "It rained on 28 April 2026.", "on 5 May 2026"),
        ("And the day after?", "It rained on 31 December 2025.", "on 1 January 2026"),
        ("And the month before?", "It rained in January 2026.", "in December 2025"),
        ("And the following month?", "It rained in May.", "in June"),
        ("And the year before?", "It rained in May 2021.", "in May 2020"),
        ("And three years earlier?", "It rained in 2021.", "in 2018"),
        ("And the day before?", "It rained yesterday.", "the day before yesterday"),
    ],
)
def test_the_day_is_counted(turn: str, named: str, told: str) -> None:
    assert counted(turn, named) == told


@pytest.mark.parametrize(
    ("turn", "named"),
    [
        ("And the day before?", "It rained in May."),  # which day of May?
        ("And the day before?", "It rained on 1 March."),  # the 28th or the 29th
        ("And the year before?", "It rained on Monday."),
        ("And the day before?", "It rained from Monday to Wednesday."),
        ("And the day before?", "It rained on Monday and on Friday."),
        ("And the day before?", "It rained."),
        ("What happened the day before the vote?", "It rained on Monday."),
        ("How long before?", "It rained on Monday."),
    ],
)
def test_where_it_cannot_be_counted_nothing_is_said(turn: str, named: str) -> None:
    assert counted(turn, named) is None


@given(st.dates(date(1600, 1, 1), date(2090, 1, 1)), st.integers(1, 60))
def test_there_and_back_is_the_same_day(day: date, days: int) -> None:
    named = f"It rained on {day:%-d %B %Y}."
    there = counted(f"And {days} days later?", named)
    assert counted(f"And {days} days before?", f"It rained {there}.") == f"on {day:%-d %B %Y}"
