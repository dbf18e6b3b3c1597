"""Which way a date in a sentence looks: back, ahead, or not to be told."""

from __future__ import annotations

import pytest

from rag.text.time_words import find_dates


@pytest.mark.parametrize(
    ("text", "tense"),
    [
        ("The dam leaked on Sunday.", "past"),
        ("The mayor said on Sunday that he will resign.", "past"),
        ("He will resign on Sunday, the mayor said.", "future"),
        ("On Sunday the council will vote.", "future"),
        ("On Sunday, officials said, the dam broke.", "past"),
        ("On Sunday, officials said, schools will shut.", "unsure"),
        ("The council agreed to meet on Sunday.", "unsure"),
        ("The trial opens on Sunday.", "unsure"),
        ("The army was expected to leave on Sunday.", "unsure"),
        ("She would appeal on Sunday, she said.", "unsure"),
        ("They will vote again after the fire on Sunday.", "unsure"),
        ("He campaigned ahead of Sunday's vote.", "unsure"),
        ("Schools were closed until Sunday.", "unsure"),
        ("The sale could be completed by Sunday.", "future"),
        ("The trial is expected to begin on Sunday.", "future"),
        ("He may have left on Sunday.", "past"),
        ("The city had fallen by Sunday.", "past"),
        ("The club will be opened shortly before 7 a.m. on Sunday.", "future"),
        ("A strike on Sunday", "none"),
        ("Two dead after Sunday's attack", "past"),
        ("Effective Sunday, access is limited.", "unsure"),
    ],
)
def test_the_verb_before_a_date_tells_which_way_it_looks(text: str, tense: str) -> None:
    assert [m.tense for m in find_dates(text)] == [tense]


def test_each_date_of_a_sentence_has_its_own_verb() -> None:
    text = "The council, which will meet again on Thursday, approved the plan on Monday and closes it on 3 May."
    assert [m.tense for m in find_dates(text)] == ["future", "past", "unsure"]
