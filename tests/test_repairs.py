"""What code may mend in a drafted sentence before it is checked again."""

import pytest

from rag import drafting
from rag.types import Article, Check, Quote

TEXT = "The tannery employed 187 weavers."
QUOTE = Quote(Article("tannery", TEXT, "hash"), "p1", 0, len(TEXT), TEXT)


@pytest.mark.parametrize(
    ("text", "date", "left"),
    [
        ("Two mills in Orrin will close on 30 June.", "30 June", "Two mills in Orrin will close."),
        (
            "The mill in Orrin was sold in May 2019, its owner said.",
            "May 2019",
            "The mill in Orrin was sold, its owner said.",
        ),
        ("It closed on Monday.", "Monday", None),  # nothing worth printing would be left
        ("Monday saw the mill in Orrin close.", "Monday", None),  # the date is the subject
    ],
)
def test_a_date_that_the_quote_lacks_is_cut_out(text: str, date: str, left: str | None) -> None:
    assert drafting.without_date(Check(text, (), 0.6, f"date {date} not in the cited quote")) == left


def test_nothing_else_is_cut_out() -> None:
    assert (
        drafting.without_date(Check("Nine mills closed on Monday.", (), 0.6, "number nine not in the cited quote"))
        is None
    )
    assert drafting.without_date(Check("Nine mills closed on Monday.", (QUOTE,), 0.9)) is None


def test_a_bare_number_gives_way_to_the_sentence_it_stands_in() -> None:
    question = "How many worked at the mill?"
    assert drafting.whole_sentence(Check("187", (QUOTE,), 0.9), question) == Check(TEXT, (QUOTE,), 0.9)
    loose = Check("187 weavers, according to the report.", (QUOTE,), 0.9)
    assert drafting.whole_sentence(loose, question) == Check(TEXT, (QUOTE,), 0.9)
    assert drafting.whole_sentence(loose, "How many weavers were there?") == loose
    full = Check("The tannery in Orrin employed 187 weavers.", (QUOTE,), 0.9)
    assert drafting.whole_sentence(full, "How many did the tannery employ?") == full
