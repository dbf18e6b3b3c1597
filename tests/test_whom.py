"""Whom "he" and "she" mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.whom import meant, put_name, speaks_of

RACE = "Who leads the race for governor of Ulm?"
AHEAD = "Nora Feld moved ahead of Tom Brask in Ulm on Tuesday [1]."
REPORT = "Feld said that she would not give up her seat. Tom Brask, with his wife, left Ulm. Brask cancelled his party."


@pytest.mark.parametrize(
    ("question", "previous", "answer", "told", "names"),
    [
        ("How old is she?", RACE, AHEAD, [], ["Nora Feld"]),  # the subject
        ("How old is she?", RACE, AHEAD, [REPORT], ["Nora Feld"]),
        ("How old is he?", RACE, AHEAD, [REPORT], ["Tom Brask"]),
        ("How old is he?", RACE, "Ms Falk beat Mr Reyes in Ulm [1].", [], ["Mr Reyes"]),
        ("Where does she live?", RACE, "Ms Falk beat Mr Reyes in Ulm [1].", [], ["Ms Falk"]),
        ("Is he sorry?", "Who was sacked?", "Ruth Adler sacked Tom Brandt [1]. She called him careless [1].", [],
         ["Tom Brandt"]),
        ("What did she say?", "By how much did Nora Feld win?", "She won by 212 votes against Tom Brask [1].", [],
         ["Nora Feld"]),
        ("When was she born?", "Did Anna Berg resign?", "Yes, on Monday [1].", [], ["Anna Berg"]),
        ("What number will he wear?", "Whom did Sund United sign?", "They signed the midfielder Ilya Marek [1].",
         ["Marek, 24, has played for Sund United. Marek signed until 2028."], ["Ilya Marek"]),
        ("What did she find?", "Who led the inquiry?", "Marta Quist led the inquiry into the ferry Aldra [1].",
         ["The ferry Aldra sank. Aldra carried 12 men."], ["Marta Quist"]),
        ("How old is he?", RACE, "Nora Feld moved ahead of Tom Brask [1].",
         ["Nora Feld moved ahead of Tom Brask, with 40 percent to his 39. Feld said she was sure."], ["Tom Brask"]),
        ("And him?", "How many votes did Nora Feld win?", "She won 300 more than Tom Brask [1].", [], ["Tom Brask"]),
        ("How old is he?", "Who signed?", "Karl Munk and Peter Dahl signed the contract [1].", [],
         ["Karl Munk", "Peter Dahl"]),
        ("How old is he?", "Who signed?", "The contract was signed by Karl Munk and Peter Dahl [1].", [],
         ["Karl Munk", "Peter Dahl"]),
        ("How old is he?", "What burned in Leeds?", "The Calder mill burned in Leeds [1].", [], []),
        ("How old is he?", RACE, "Ms Falk leads it [1].", [], []),
        ("Did he tell her?", RACE, AHEAD, [REPORT], []),
        ("How old is it?", RACE, AHEAD, [REPORT], []),
    ],
)  # fmt: skip
def test_who_is_meant(question: str, previous: str, answer: str, told: list[str], names: list[str]) -> None:
    assert list(meant(question, previous, answer, told)) == names


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("How old is she?", "How old is Nora Feld?"),
        ("Who is her deputy?", "Who is Nora Feld's deputy?"),
        ("Who accused her?", "Who accused Nora Feld?"),
        ("Did she say that she would go?", "Did Nora Feld say that she would go?"),
        ("And her?", "And Nora Feld?"),
    ],
)
def test_the_name_takes_the_place_of_the_word(question: str, named: str) -> None:
    assert put_name(question, "Nora Feld") == named


def test_who_somebody_is_with_is_no_part_of_the_name() -> None:
    assert put_name("How old is she?", "Ms Nora Feld of the Greens") == "How old is Nora Feld?"
    assert put_name("How old is she?", "Ms Feld") == "How old is Ms Feld?"


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80), st.text(max_size=200))
def test_any_texts_are_read_without_error(question: str, previous: str, answer: str, told: str) -> None:
    names = meant(f"{question} she", previous, answer, [told])
    assert isinstance(speaks_of(question), bool) and all(names)
