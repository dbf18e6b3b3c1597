"""How a turn is understood without a model: what is searched, as typed or not, and when the reader is asked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rag.following import read, written
from rag.types import Article, Hit, Message, Passage, Span

SAID = (
    Message("user", "Who was killed in the landslide at Eik?"),
    Message("assistant", "A man of 70 was killed in the landslide at Eik [1]."),
)
LANDSLIDE = "A man of 70 was killed in the landslide at Eik. Four houses were damaged, and two people were hurt."
SCHOOLS = "Lowmere council will close two schools. Nineteen teachers would be moved, and none dismissed, it said."


def archive(*texts: str) -> Callable[[str], list[Hit]]:
    """A search that finds every text, the nearest first."""
    made = []
    for text in texts:
        passage = Passage(text[:9], text, 0, len(text), text, (Span(0, len(text)),))
        made.append(Hit(passage, Article(text[:9], text, text), 1.0, {}))

    def search(query: str) -> list[Hit]:
        words = set(query.lower().split())
        return sorted(made, key=lambda h: -len(words & set(h.passage.text.lower().split())))

    return search


@pytest.mark.parametrize(
    "question", ["Will any teachers be dismissed?", "What about the teachers?", "Were teachers moved?"]
)
def test_a_question_about_something_else_is_searched_as_it_was_typed(question: str) -> None:
    found = read(question, SAID, archive(LANDSLIDE, SCHOOLS))
    assert (found.question, found.settled) == (question, True)


@pytest.mark.parametrize("question", ["Was anybody hurt?", "How many houses were damaged?", "Were people hurt?"])
def test_what_the_articles_spoken_of_hold_is_asked_of_them(question: str) -> None:
    football = "Two players were hurt, and the houses near the ground damaged."
    assert not read(question, SAID, archive(LANDSLIDE, football)).settled


def test_what_no_article_holds_is_for_the_model() -> None:
    assert not read("Were pupils insured?", SAID, archive(LANDSLIDE, SCHOOLS)).settled


def test_she_is_whom_the_articles_call_so() -> None:
    history = (
        Message("user", "Who leads the race for governor of Ulm?"),
        Message("assistant", "Nora Feld moved ahead of Tom Brask in Ulm on Tuesday [1]."),
    )
    report = "Nora Feld moved ahead of Tom Brask in Ulm on Tuesday. Brask cancelled his party. Feld gave up her seat."
    assert read("How old is he?", history, archive(report)).question == "How old is Tom Brask?"
    assert read("What does her deputy say?", history, archive(report)).question == "What does Nora Feld's deputy say?"


def test_she_may_have_been_named_before_the_last_answer() -> None:
    history = (
        Message("user", "By how much did Nora Feld win?"),
        Message("assistant", "She won by 212 votes [1]."),
        Message("user", "How many votes did Tom Brask get?"),
        Message("assistant", "Tom Brask got 4,000 votes [1]."),
        Message("user", "What was the turnout in Ulm?"),
        Message("assistant", "Turnout in Ulm was 61 percent [1]."),
    )
    report = "Tom Brask got 4,000 votes, and his party two seats. Nora Feld won by 212 votes. Turnout was 61 percent."
    assert read("How old is she?", history, archive(report)).question == "How old is Nora Feld?"
    assert read("How old is he?", history, archive(report)).question == "How old is Tom Brask?"


def test_and_him_is_another_than_the_question_was_about() -> None:
    history = (
        Message("user", "Who led in Ulm?"),
        Message("assistant", "Nora Feld led in Ulm [1]."),
        Message("user", "By how much did Nora Feld win?"),
        Message("assistant", "The sources disagree [1][2]."),
    )
    found = read("And him?", history, archive("Nora Feld led in Ulm."))
    assert found.question == "And him?" and not found.settled


def test_of_two_who_fit_the_reader_is_asked() -> None:
    history = (Message("user", "Who signed?"), Message("assistant", "Karl Munk and Peter Dahl signed [1]."))
    reason, said = read("How old is he?", history, archive(LANDSLIDE)).unclear or ("", "")
    assert reason == "no_evidence" and "Karl Munk or Peter Dahl" in said


def test_a_correction_with_nothing_to_put_right_is_said_to_be_unclear() -> None:
    _, said = written("No, I meant the union", None).unclear or ("", "")
    assert "“the union”" in said
    _, said = written("Why?", None).unclear or ("", "")
    assert "“Why” asks about" in said
    assert written("Who owns it?", "Who owns the mill?").question == "Who owns the mill?"
