"""What a sentence only passes on from a speaker, and that a claim keeps it or gives way."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.checking.attribution import only_passed_on, passed_on, with_speaker
from rag.checking.verify import check
from rag.text.reading import read
from tests.test_verify import sources_of


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        ("The militia took Orrin.", "The militia claimed to have taken Orrin."),
        ("The militia took Orrin on Monday.", "The militia said it had taken Orrin on Monday."),
        ("The bank lost $3 million.", "The bank lost $3 million, according to a rival."),
        ("The bank lost $3 million.", "According to a rival, the bank lost $3 million."),
        ("The mayor took bribes.", "The mayor allegedly took bribes."),
        ("The mayor took bribes.", "The mayor was accused of having taken bribes."),
        (
            "The militia killed 40 soldiers.",
            "The militia, which fled on Sunday, claimed to have killed 40 soldiers.",
        ),
        ("The dam is safe.", "The company insisted that the dam is safe."),
        ("Ballots were burned.", "Reza Khan won the vote, but his rival claimed that ballots were burned."),
        ("Ballots were burned.", "Ballots were burned, his rival claimed."),
    ],
)
def test_a_speaker_s_word_is_not_a_fact(claim: str, sentence: str) -> None:
    assert only_passed_on(read(claim), [read(sentence)])


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        ("The militia attacked Orrin.", "The militia, which attacked Orrin on Sunday, claimed to have killed 40."),
        ("Reza Khan won the vote.", "Reza Khan won the vote, but his rival claimed that ballots were burned."),
        ("The storm claimed 12 lives.", "The storm claimed 12 lives."),
        ("He claimed the title.", "He claimed the title in Marl."),
        ("The militia took Orrin, it said.", "The militia claimed to have taken Orrin."),
        ("The militia claims to hold Orrin.", "The militia claimed to have taken Orrin."),
        ("At least 14 houses burned.", "At least 14 houses burned, police said."),
        ("The flood cut the road.", "The flood, believed to be the worst in years, cut the road."),
        ("The group attacked the town.", "The group, which claims to have won, attacked the town."),
    ],
)
def test_what_the_report_itself_states_stays_a_fact(claim: str, sentence: str) -> None:
    assert not only_passed_on(read(claim), [read(sentence)])


def test_a_fact_stated_in_one_sentence_of_the_quote_is_one() -> None:
    quote = [read("The militia claimed to have taken Orrin."), read("Reporters saw that it had taken Orrin.")]
    assert not only_passed_on(read("The militia took Orrin."), quote)


def test_according_to_goes_along_with_the_claim() -> None:
    lines = ("The bank lost $3 million last year, according to the regulator.",)
    result = check("The bank lost $3 million last year.", sources_of("bank", lines), [])
    assert result.text == "The bank lost $3 million last year, according to the regulator."
    assert result.passed
    assert with_speaker("Yes, it lost $3 million.", "According to a rival, it lost $3 million.") == (
        "Yes, it lost $3 million, according to a rival."
    )
    assert with_speaker("It lost $3 million.", "It lost $3 million, according to him.") is None


def test_a_claimed_deed_is_told_in_the_source_s_own_words() -> None:
    lines = ("The militia claimed to have taken Orrin on Monday.",)
    result = check("The militia took Orrin on Monday.", sources_of("war", lines), [])
    assert result.passed
    assert result.text == lines[0]


def test_yes_is_withheld_where_it_is_only_claimed() -> None:
    lines = ("The militia claimed to have taken Orrin on Monday.",)
    question = "Did the militia take Orrin?"
    result = check("Yes, the militia took Orrin on Monday.", sources_of("war", lines), [], question)
    assert not result.passed
    assert result.problem == "the quote only passes this on as somebody's word"


def test_an_article_that_states_it_goes_before_one_that_passes_it_on() -> None:
    claimed = sources_of("a", ("The militia claimed to have taken the town of Orrin on Monday.",))
    stated = sources_of("b", ("On Monday the militia took the town of Orrin after a week of fighting.",))
    result = check("The militia took the town of Orrin on Monday.", [*claimed, *stated], [])
    assert result.text == "The militia took the town of Orrin on Monday."
    assert result.quotes[0].article.id == "b"


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="abc ,;:.claimed said it had according to reportedly", max_size=120))
def test_what_is_passed_on_lies_within_the_sentence(text: str) -> None:
    for start, end in passed_on(text):
        assert 0 <= start <= len(text) and 0 <= end <= len(text)
