"""Numbers of a claim held against a quote."""

from rag.claim_numbers import number_problem
from rag.reading import read


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
