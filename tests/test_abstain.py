"""When Copydesk stays silent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.verdict import abstain
from rag.verdict.signals import Signals

SURE = Signals(stated=0.8, refusal=0.001, support=0.95)
probabilities = st.floats(0, 1)


@pytest.mark.parametrize(
    "text",
    [
        "Not stated.",
        "not mentioned",
        "The excerpts do not state the answer.",
        "The report does not say.",
        "It is not specified.",
        "The number of crew is not stated in the excerpts.",
        "Unknown.",
        "N/A",
    ],
)
def test_a_refusal_is_recognised(text: str) -> None:
    assert abstain.is_refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "No, the chapel was not damaged.",
        "The mayor is not known for patience, her deputy said.",
        "Nothing was stolen.",
        "The captain was not given a lifeboat.",
    ],
)
def test_a_denial_is_no_refusal(text: str) -> None:
    assert not abstain.is_refusal(text)


def test_a_well_supported_answer_is_shown() -> None:
    assert not abstain.unsure(SURE)


def test_an_answer_the_model_doubts_and_no_quote_carries_is_not() -> None:
    assert abstain.unsure(Signals(stated=0.4, refusal=0.4, support=0.5))


@given(probabilities, probabilities, probabilities, probabilities)
def test_more_of_any_good_signal_never_makes_it_less_sure(a: float, b: float, c: float, more: float) -> None:
    base = abstain.answerable(Signals(a, b, c))
    assert 0 <= base <= 1
    assert abstain.answerable(Signals(max(a, more), b, c)) >= base
    assert abstain.answerable(Signals(a, b, max(c, more))) >= base
    assert abstain.answerable(Signals(a, max(b, more), c)) <= base


def test_the_answer_is_not_even_tried_only_when_both_kinds_of_evidence_are_far() -> None:
    assert abstain.hopeless(0.05, 0.05)
    assert not abstain.hopeless(0.6, 0.0)
    assert not abstain.hopeless(0.0, 0.6)


def test_the_refusals_probability_is_that_of_its_first_word() -> None:
    assert abstain.refusal_probability({"Not": -0.5, " not": -2.0, "The": -1.5}) == pytest.approx(
        0.6065307 + 0.1353353
    )  # e^-0.5 + e^-2
    assert abstain.refusal_probability({"The": -0.1}) == 0
    assert abstain.refusal_probability(None) is None


def test_a_question_in_another_language_is_named_with_what_to_do() -> None:
    found = abstain.foreign_question("es")
    assert found is not None
    assert "Spanish" in found[1] and "English" in found[1]
    assert abstain.foreign_question("en") is None
    assert abstain.foreign_question(None) is None
