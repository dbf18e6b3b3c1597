"""What tells an answer that the articles give from one that they don't."""

import pytest

from rag.text.words import asks_yes_no
from rag.types import Article, Check, Quote
from rag.verdict import signals

TEXT = "The tannery at Orrin closed in May. Its owner moved the machines to Dalby."
ARTICLE = Article("tannery", TEXT, "hash", title="Tannery closes")


def passed(support: float) -> Check:
    quote = Quote(ARTICLE, "p1", 0, 35, TEXT[:35])
    return Check("The tannery closed in May.", (quote,), support)


@pytest.mark.parametrize(
    "question", ["Was the tannery sold?", "Did it close?", "And has the mill reopened?", "Isn't it so?"]
)
def test_questions_for_yes_or_no(question: str) -> None:
    assert asks_yes_no(question)


@pytest.mark.parametrize(
    "question",
    ["When did it close?", "Who was hurt?", "Was it sold or closed?", "Which mill is open?", "Wasps: how many?"],
)
def test_other_questions(question: str) -> None:
    assert not asks_yes_no(question)


@pytest.mark.parametrize(
    ("question", "answer", "beside"),
    [
        ("How many looms burned?", "The looms burned on Friday.", "no number"),
        ("How many looms burned?", "Twelve looms burned.", None),
        ("How many looms burned?", "None of the looms burned.", None),
        ("How many of the 40 looms burned?", "The 40 looms stood in the hall.", "no number"),
        ("How large was the fine of 2019?", "The mill was fined in 2019.", "no number"),
        ("When did the tannery close?", "The tannery closed.", "no time"),
        ("When did the tannery close?", "The tannery closed in May.", None),
        ("When did the tannery close?", "It closed after the flood.", None),
        ("Who runs the mill?", "The mill is run by the mill.", "repeats"),
        ("Who runs the mill?", "The mill is run by Ada Brink.", None),
        ("Was the mill sold?", "No, the mill was not sold.", None),
    ],
)
def test_a_true_sentence_may_be_no_answer(question: str, answer: str, beside: str | None) -> None:
    why = signals.misses_the_point(question, answer)
    assert (why is None) if beside is None else (why is not None and beside in why)


def test_support_is_the_best_of_the_sentences_that_passed() -> None:
    failed = Check("It burned.", (), 0.99, "no passage says this")
    measured = signals.measure("Who?", [passed(0.7), passed(0.9), failed], {}, stated=0.6, refusal=0.1)
    assert (measured.stated, measured.refusal, measured.support) == (0.6, 0.1, 0.9)


def test_without_a_sentence_that_passed_there_is_no_support() -> None:
    assert signals.measure("Who?", [], {}, stated=0.6, refusal=None) == signals.Signals(0.6, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("question", "answer", "beside"),
    [
        ("How many weavers were sacked at the mill?", "Forty looms were sold.", "weavers"),
        ("How many weavers were sacked?", "Forty were sacked.", None),
        ("How many villagers fled?", "Forty residents fled.", None),
        ("How many county towns were flooded?", "At least 17 villages were flooded.", "county towns"),
        ("How many county towns were flooded?", "Three of the towns were flooded.", None),
        ("How many people were hurt?", "Eight people died.", "killed, not of injured"),
        ("How many people were hurt?", "Nine were injured.", None),
        ("How many people were sacked?", "Forty weavers were sacked.", None),
        ("What is the name of the owner?", "The owner of the mill was fined.", "no name"),
        ("What is the name of the owner?", "The owner is a Belgian.", "no name"),
        ("What is the name of the owner?", "The owner is Ada Brink.", None),
    ],
)
def test_an_answer_about_something_else_is_none(question: str, answer: str, beside: str | None) -> None:
    why = signals.misses_the_point(question, answer)
    assert (why is None) if beside is None else (why is not None and beside in why)


def test_counts_of_another_nation_are_told_apart() -> None:
    assert signals.misses_the_point("How many Belgian sailors drowned?", "Nine Danish sailors drowned.")
    assert not signals.misses_the_point("How many Belgian sailors drowned?", "Nine Belgian sailors drowned.")
    assert not signals.misses_the_point("How many sailors drowned?", "Nine Danish sailors drowned.")


def test_what_is_counted_ends_before_where_it_is() -> None:
    assert signals.counted("How many copies of my backup can I keep?") == "copies"
    assert signals.counted("How many houses in the village burned?") == "houses"
    assert signals.counted("How many miles east of Orrin is Dalby?") is None


def test_a_why_is_not_answered_by_a_date() -> None:
    beside = signals.misses_the_point("Why did Voss leave the council?", "Voss left the council in November 2021.")
    assert beside == "it gives no reason, though one was asked for"


def test_only_one_is_a_number_of_things() -> None:
    assert signals.misses_the_point("How many copies can I keep?", "Only one copy can exist in each region.") is None
    assert signals.misses_the_point("How many copies can I keep?", "Copies can be kept in each region.") is not None
