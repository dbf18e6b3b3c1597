"""Fragments and corrections, put in the place of their like."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.fragments import is_correction, put_in

VOTES = "How many votes did the Greens get in Lowmere in April?"
NURSES = "How many nurses are on strike in Corrie?"
BREWERY = "Which company bought the Orrin brewery?"


@pytest.mark.parametrize(
    ("before", "fragment", "whole"),
    [
        (VOTES, "And in May?", "How many votes did the Greens get in Lowmere in May?"),
        (VOTES, "And in Halm?", "How many votes did the Greens get in Halm in April?"),
        (VOTES, "What about the Liberals?", "How many votes did the Liberals get in Lowmere in April?"),
        (VOTES, "No, I meant in March.", "How many votes did the Greens get in Lowmere in March?"),
        (NURSES, "And in Brodick?", "How many nurses are on strike in Brodick?"),
        (NURSES, "Since when?", "Since when are nurses on strike in Corrie?"),
        (NURSES, "Sorry, I meant doctors.", "How many doctors are on strike in Corrie?"),
        (BREWERY, "No, the Marl brewery.", "Which company bought the Marl brewery?"),
        ("Who is the mayor of Halden?", "And of Corrie?", "Who is the mayor of Corrie?"),
        ("Who is the mayor of Halden?", "I meant the mayor of Corrie.", "Who is the mayor of Corrie?"),
        ("When did the dam break?", "Why?", "Why did the dam break?"),
        ("Was the bridge closed on Monday?", "Why?", "Why was the bridge closed on Monday?"),
        ("Did the Sarn mine reopen?", "Why not?", "Why did the Sarn mine not reopen?"),
        ("Did the council sell the cranes?", "To whom?", "To whom did the council sell the cranes?"),
        ("Was anyone arrested after the riot?", "Who?", "Who was arrested after the riot?"),
        ("Where did the trawler Sigrun sink?", "The Solveig, not the Sigrun.", "Where did the trawler Solveig sink?"),
        ("How many people died in the fire in Leith?", "And how many were injured?",
         "How many were injured in the fire in Leith?"),
    ],
)  # fmt: skip
def test_a_fragment_takes_the_place_of_its_like(before: str, fragment: str, whole: str) -> None:
    assert put_in(fragment, before) == whole


@pytest.mark.parametrize(
    ("before", "fragment"),
    [
        (BREWERY, "When?"),  # nobody can say it in the same words
        (BREWERY, "Who owns it?"),
        ("Who is the mayor of Halden?", "And before that?"),
        ("Did Leeds beat York?", "And Derby?"),  # for which of the two?
        ("What did Berg say in May about the vote in April?", "And in June?"),
        ("How did the fire start?", "The mayor?"),
    ],
)
def test_where_it_fits_nowhere_or_in_two_places_nothing_is_said(before: str, fragment: str) -> None:
    assert put_in(fragment, before) is None


@pytest.mark.parametrize(
    "turn", ["No, I meant in March.", "I mean the Solveig", "Sorry, doctors.", "no, the Marl brewery"]
)
def test_a_correction_is_told(turn: str) -> None:
    assert is_correction(turn)


@pytest.mark.parametrize(
    "turn", ["No one was hurt, was there?", "Is it mean?", "Sorry, how many died?", "What does it mean?"]
)
def test_what_is_no_correction(turn: str) -> None:
    assert not is_correction(turn)


@given(st.text(max_size=120), st.text(max_size=120))
def test_any_two_turns_are_read_without_error(fragment: str, before: str) -> None:
    found = put_in(fragment, before)
    assert found is None or found.endswith("?")
