"""How much of one text stands in another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.shingles import containment, shared, shingles


def of(text: str) -> int:
    return len(shingles(text))


def test_shingles_are_runs_of_four_words_without_case_and_signs() -> None:
    assert (of("One two three."), of("One two three four."), of("a b c d a b c d")) == (0, 1, 4)
    assert list(shingles("ONE, two: three — four!")) == list(shingles("one two three four"))


def test_they_are_the_same_on_every_machine_and_in_every_run() -> None:
    # kept in catalogs: when this fails, raise VERSION
    assert [int(h) for h in shingles("The ferry ran aground")] == [6881462278206500261]


def test_containment_is_the_share_of_the_shorter_text() -> None:
    words = [f"w{i}" for i in range(23)]  # 20 shingles
    whole, half, changed = " ".join(words), " ".join(words[:13]), " ".join([*words[:9], "x", *words[10:]])
    assert (of(whole), of(half)) == (20, 10)
    assert containment(shingles(whole), shingles(half)) == 1.0
    assert containment(shingles(whole), shingles(changed)) == pytest.approx(16 / 20)  # a word is in four shingles
    assert shared(shingles(whole), shingles("")) == 0
    assert containment(shingles("a b c d"), shingles("a b c d")) == 0.0  # too short to tell


@given(st.text(max_size=200), st.text(max_size=200))
def test_containment_is_a_share_and_symmetric(one: str, two: str) -> None:
    a, b = shingles(one), shingles(two)
    assert 0.0 <= containment(a, b) <= 1.0
    assert containment(a, b) == containment(b, a)
    assert shared(a, b) == len(set(a.tolist()) & set(b.tolist()))
