"""A qualifier of the question that the quote gives otherwise."""

import pytest

from rag.verdict.swapped import swapped
from tests.fakes_found import article, quote, sources


def said(question: str, text: str, **fields: str) -> tuple[str, str] | None:
    story = article("a", text, **fields)
    return swapped(question, [quote(sources(story)[:1])], text)


@pytest.mark.parametrize(
    ("question", "text", "asked", "instead"),
    [
        ("Who signed the Harbour Act of 1988?", "The Harbour Act 1998 was signed by Lena Ortiz.", "1988", "1998"),
        ("Built with four decks, how fast was it?", "It was built with three decks.", "four decks", "three decks"),
        (
            "Which French architect drew it?",
            "Spanish architect Ana Reyes drew it.",
            "French architect",
            "Spanish architect",
        ),
        ("Which port did the Second Army take?", "The First Army took Corva.", "Second Army", "First Army"),
        ("Who jailed hundreds of weavers?", "Paal Dahl jailed thousands of weavers.", "hundreds of weavers", ""),
        ("What stands behind the mill?", "A chapel stands in front of the mill.", "behind", "in front of"),
        ("What did the board call necessary?", "The board called the dam unnecessary.", "necessary", "unnecessary"),
        ("What did the decline in sales bring?", "The rise in sales brought jobs.", "decline", "rise"),
        ("Who has the largest mill?", "Paal Dahl has the smallest mill.", "largest", "smallest"),
        ("What was the only aim of the talks?", "One of the main aims of the talks was peace.", "only aim", ""),
        ("Who moved it from Alba to Brix?", "Dahl moved it from Brix to Alba.", "from Alba to Brix", ""),
    ],
)
def test_what_is_swapped_is_told_with_what_is_said(question: str, text: str, asked: str, instead: str) -> None:
    found = said(question, text)
    assert found is not None and found[0] == asked and instead in found[1]


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Who signed the Harbour Act of 1998?", "The Harbour Act 1998 was signed by Lena Ortiz."),
        ("How many decks had it?", "It was built with three decks."),
        ("How many of the 34 capitals fell?", "Nine capitals fell."),
        ("What are the other three parts?", "It has four parts: bow, keel, mast and sail."),
        ("Which port did the Second Army take?", "The First Army took Corva. The Second Army took Brix."),
        ("What stands behind the mill?", "A chapel stands behind the mill."),
        ("Who are the un-elected judges?", "Unelected judges are named by the king."),
        ("What came after coming to power?", "Before coming to power he was a weaver."),
    ],
)
def test_what_fits_is_left_alone(question: str, text: str) -> None:
    assert said(question, text) is None


def test_the_year_of_the_report_need_not_be_said() -> None:
    text = "The mill, built in 1998, closed on Sunday."
    assert said("Why did the mill close in 2021?", text, published_at="2021-03-02") is None


def test_a_year_within_the_years_told_is_fine() -> None:
    assert said("What did the town fear in 1947?", "In the strike of 1946 -- 49 the town feared hunger.") is None
