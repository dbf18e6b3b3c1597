"""Words and stems: what retrieval, evidence and checks compare."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.words import content_stems, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Naïve cafés", ["naive", "cafes"]),
        ("don’t", ["don't"]),
        ("Osei’s bakery", ["osei", "bakery"]),
        ("1,250.5 tonnes.", ["1,250.5", "tonnes"]),
        ("closed.Then", ["closed", "then"]),
        ("a 42-year-old", ["a", "42", "year", "old"]),
        ("the U.K. and J.K. Rowling", ["the", "uk", "and", "jk", "rowling"]),
        ("???", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_content_stems_leave_out_what_says_nothing_of_the_matter() -> None:
    assert content_stems("When did the bakery’s owner say that it would be closing?") == ["bakeri", "owner", "close"]
    assert content_stems("How many sheds burned?") == ["shed", "burn"]
    assert content_stems("1,250 houses") == content_stems("1250 house")


def test_names_in_capitals_are_no_pronouns() -> None:
    assert content_stems("US troops") == content_stems("U.S. troops") == content_stems("USA troops") == ["usa", "troop"]
    assert content_stems("Did the WHO warn us?") == [*content_stems("the WHO"), "warn"]
    assert content_stems("who warned us") == ["warn"]
    assert content_stems("WHO WARNED US?") == ["warn"]  # shouted: nobody can tell


@given(st.text(max_size=200))
def test_any_text_has_words_in_small_letters(text: str) -> None:
    assert all(word and word == word.lower() and not word.isspace() for word in words(text))
