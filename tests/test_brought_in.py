"""What a claim says that stands neither in its quote nor in the question."""

import pytest

from rag.checking.brought_in import brought_in, of_one_family
from rag.checking.verify import check
from rag.text.reading import read
from rag.types import Article, SourceSentence, Span


def words(claim: str, quote: str, *known: str) -> list[str]:
    return [term.low for term in brought_in(read(claim), [read(quote)], [read(text) for text in known])]


_WELL = "The well at Harn was closed on Monday, and the council did not say why."
_DIVER = "Nils Auder, the diver who found the wreck of the Marit, died on Friday at his home in Solvik."


@pytest.mark.parametrize(
    ("claim", "quote", "question", "new"),
    [
        ("The well at Harn was closed because of arsenic.", _WELL, "Why was the well closed?", ["arsenic"]),
        ("Nils Auder died of pneumonia.", _DIVER, "What did Nils Auder die of?", ["pneumonia"]),
        ("Nils Auder was a carpenter.", _DIVER, "Who was Nils Auder?", ["carpenter"]),
        ("The well was shut on Monday.", _WELL, "When was the well shut?", []),
        ("The closure of the well was on Monday.", _WELL, "", []),
        ("Nils Auder was a diver who had found a wreck.", _DIVER, "Who was Nils Auder?", []),
        ("12 people died at Harn.", "Twelve villagers died at Harn.", "", []),
        ("A physician treated her.", "A doctor treated her.", "", []),
    ],
)
def test_words_that_nobody_said_are_told(claim: str, quote: str, question: str, new: list[str]) -> None:
    assert words(claim, quote, question) == new


def test_a_headline_lends_its_words() -> None:
    assert words("The storm closed the well.", _WELL) == ["storm"]
    assert words("The storm closed the well.", _WELL, "After the storm") == []


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("report", "reporter", True),
        ("intensif", "intensifi", True),
        ("cancer", "cancel", False),
        ("art", "artist", False),
    ],
)
def test_words_of_one_family_share_most_of_their_letters(a: str, b: str, same: bool) -> None:
    assert of_one_family(a, b) is same


def test_a_sentence_that_brings_in_its_answer_is_withheld() -> None:
    article = Article("diver", _DIVER, "d", title="A diver dies")
    source = SourceSentence(article, "p", Span(0, len(_DIVER)), _DIVER)
    found = check("Nils Auder died of pneumonia.", [source], [0.8], "What did Nils Auder die of?")
    assert not found.passed
    assert found.problem == "“pneumonia” not in the cited quote"
    assert check("Nils Auder died at his home.", [source], [0.8], "Where did Nils Auder die?").passed
