"""Which articles count as copies of one report, and what stays a statement of its own."""

from __future__ import annotations

import pytest

from rag.disagreement import copies
from rag.text.sentences import split
from rag.types import Article, SourceSentence

STORY = (
    "The fire in Millrace burned 14 houses on Sunday, officials said. It spread along Mill Lane behind the paint works "
    "before crews from five towns arrived. Police moved 300 residents to a sports hall because of the smoke."
)


def sentences(text: str, name: str) -> list[SourceSentence]:
    article = Article(name, text, name)
    return [SourceSentence(article, name, span, text[span.start : span.end]) for span in split(text)]


def test_a_cut_down_copy_is_a_copy_and_another_story_is_none() -> None:
    whole, cut = Article("a", STORY, "a"), Article("b", STORY[:140], "b")
    other = Article(
        "c", "The council of Millrace passed its budget on Monday after a night of protest in the hall.", "c"
    )
    assert copies.near(whole, cut)
    assert not copies.near(whole, other)


def test_a_quote_names_the_copies_that_hold_the_same_sentence() -> None:
    copy = "WIRE - " + STORY.replace("14 houses", "16 houses")
    marked = copies.mark([*sentences(STORY, "a"), *sentences(copy, "b")])
    assert [s.also_in for s in marked if s.article.id == "a"] == [(), ("b",), ("b",)]  # the first one was changed


def test_articles_that_only_share_a_sentence_are_no_copies() -> None:
    shared = "Police moved 300 residents to a sports hall because of the smoke."
    long = " ".join(f"In ward {i} the mayor named street {i * 7} after poet number {i * 13}." for i in range(9))
    marked = copies.mark([*sentences(STORY, "a"), *sentences(f"{long} {shared}", "b")])
    assert all(s.also_in == () for s in marked)


@pytest.mark.parametrize(
    ("one", "two", "differences"),
    [
        ("She was born in Paris in 1950.", "She was born in Lyon in 1950.", [("Paris", "Lyon")]),
        ("She was born in Paris in 1950.", "She was born in Paris in 1950!", []),
        ("The old hall burned down on Monday night.", "The hall burned down on Monday night.", [("old", "")]),
    ],
)
def test_where_two_sentences_of_one_wording_differ(one: str, two: str, differences: list[tuple[str, str]]) -> None:
    laid = copies.aligned(one, two)
    assert laid is not None
    assert [(one[slice(*a)], two[slice(*b)]) for a, b in laid[0]] == differences


def test_other_wordings_are_not_laid_side_by_side() -> None:
    assert copies.aligned("She was born in Paris in 1950.", "Crews reached the miners on Tuesday.") is None
    assert copies.aligned("Yes.", "Yes.") is None
