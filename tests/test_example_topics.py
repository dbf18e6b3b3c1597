"""Questions that need no model: whom and what they name, in which words, and that the archive answers them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.broad.question import plan
from rag.example_topics import names, questions, told_of
from rag.types import Article
from tests.fakes_desk import FERRY


def article(title: str, text: str) -> Article:
    return replace(FERRY, title=title, text=text)


STRIKE = article(
    "Strike at Marrowby docks",
    "The dockers of the port stopped work in Marrowby on Thursday. A ferry waits in Marrowby. "
    "Next week the Harbour Board will vote, Fiona Haldane told the Coast Wire. Haldane hopes for a deal. "
    "In the hall the Harbour Board said that Haldane would stay.",
)
BUDGET = article(
    "Council passes budget",
    "The budget was carried by one vote, said the leader, Judith Amery. Then Amery left. Others asked Amery why. "
    "So it was according to the Coast Wire. A reader told the Coast Wire more.",
)


def test_a_place_and_a_person_are_asked_about_in_their_own_ways() -> None:
    assert questions([STRIKE, BUDGET], 2) == ["What happened in Marrowby?", "What is known about Judith Amery?"]


def test_each_article_comes_once_before_any_comes_twice_and_no_name_twice() -> None:
    assert questions([STRIKE, STRIKE, BUDGET], 4) == [
        "What happened in Marrowby?",
        "What is known about Fiona Haldane?",
        "What is known about Judith Amery?",
        "What is known about the Harbour Board?",
    ]


def test_what_other_questions_name_is_not_asked_about_again() -> None:
    asked = ["Why did the dockers of Marrowby stop work?", "What did Haldane say?"]
    assert questions([STRIKE], 3, asked) == ["What is known about the Harbour Board?"]


def test_who_only_passed_something_on_and_whole_countries_are_no_topics() -> None:
    assert "the Coast Wire" not in " ".join(questions([STRIKE, BUDGET], 9)) and names(BUDGET) == ["Judith Amery"]
    assert told_of("In Norway, Mira Solberg told the Coast Wire that Halden is far.") == ["Mira Solberg", "Halden"]
    assert told_of("Thieves broke in at Larne.", "So thieves came.") == ["Larne"]
    assert told_of("Ostrey's council met in Larne.") == ["Ostrey", "Larne"]
    sent = article("Aid", "The aid reached the towns of Norway. In the north of Norway there is snow in June.")
    assert questions([sent], 3) == []


def test_a_name_that_every_article_has_is_left_out_unless_it_is_a_place() -> None:
    texts = [f"The union of {town} met the Harbour Board in {town}. The Harbour Board was late." for town in TOWNS]
    found = questions([article(f"Meeting {n}", text) for n, text in enumerate(texts)], 9)
    assert found == [f"What happened in {town}?" for town in TOWNS]
    same = [f"The union met in Halden again, in month {n}. The hall in Halden was full." for n in range(4)]
    assert questions([article("Meeting", text) for text in same], 9) == ["What happened in Halden?"]


TOWNS = ("Marrowby", "Halden", "Larne", "Skerry")


@pytest.mark.parametrize("question", questions([STRIKE, BUDGET], 9))
def test_they_are_questions_that_the_archive_answers_without_a_model(question: str) -> None:
    assert plan(question, None)


def test_an_empty_archive_has_none() -> None:
    assert questions([], 6) == [] and questions([STRIKE], 0) == []
