"""Numbers of a claim held against a quote."""

import pytest

from rag.checking import claim_numbers
from rag.checking.claim_numbers import number_problem
from rag.text.reading import read


def problem(claim: str, quote: str) -> str | None:
    reading = read(claim)
    found = [number_problem(n, reading, [read(quote)], 0.34) for n in reading.numbers]
    return next(filter(None, found), None)


def test_the_number_of_a_name_may_stand_anywhere_in_the_quote() -> None:
    quote = "Henrik Aske, who runs the agency, put the bill at 194 million euros; Petrel-2 waits on its pad."
    assert problem("Petrel-2 waits on its pad.", quote) is None
    assert problem("The bill of the whole Petrel-2 mission, says the agency, is 194 million euros.", quote) is None


def test_a_number_about_something_else_is_told() -> None:
    quote = "Nine boats sank while the crews slept, and 40 roofs flew off near Tarn."
    assert problem("In Orrin harbour 40 fishermen drowned during the storm.", quote) is not None


def test_hundreds_are_not_thousands() -> None:
    assert claim_numbers.vague_clash("It jailed hundreds of members.", "It jailed thousands of members.") is not None
    assert claim_numbers.vague_clash("It jailed hundreds of members.", "It jailed hundreds of members.") is None
    assert claim_numbers.vague_clash("It sold hundreds of boats.", "It employs thousands of welders.") is None


@pytest.mark.parametrize(
    ("claim", "quote", "question", "fine"),
    [
        (
            "The three parts of it are heat, fuel and air.",
            "It needs heat, fuel and air.",
            "What are its three parts?",
            1,
        ),
        ("The three parts of it are heat and fuel.", "It needs heat and fuel.", "What are its three parts?", 0),
        ("The two ports are for Alba and Brix.", "It trades with Alba and Brix.", "What are the two ports?", 0),
        (
            "The first film came out in May.",
            "The original film came out in May.",
            "When did the first film come out?",
            1,
        ),
        ("The first film came out in May.", "The film came out in May.", "When did the first film come out?", 0),
    ],
)
def test_a_number_of_the_question_is_only_repeated(claim: str, quote: str, question: str, fine: int) -> None:
    ours = read(claim)
    assert claim_numbers.taken_over(ours.numbers[0], ours, [read(quote)], read(question), quote) is bool(fine)


def test_what_is_counted_may_be_called_by_its_kind() -> None:
    told = [read("Seals were seen off Orrin again."), read("Wardens counted 31 animals on the sandbank.")]
    claim = read("There are 31 seals off Orrin.")
    assert number_problem(claim.numbers[0], claim, told, 0.34) is None
    cats = read("There are 31 cats off Orrin.")
    assert number_problem(cats.numbers[0], cats, told, 0.34) is not None
