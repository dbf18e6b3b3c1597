"""The probability that a quote carries a claim: which way its signs move it, and that it keeps its word."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval import calibration
from rag.checking.confidence import COEFFICIENTS, joined, probability
from rag.checking.verify import assess
from tests.test_verify import _COURT, _FLOOD, SOURCES, sources_of


def sure(claim: str) -> float:
    assessed = assess(claim, SOURCES, [])
    assert assessed is not None
    return assessed.probability


def test_a_sentence_of_the_source_is_nearly_certain_and_another_matter_is_not() -> None:
    for line in (*_FLOOD, *_COURT):
        assert sure(line) > 0.9
    assert sure("Norland's parliament passed the annual fishing budget after a long debate.") < 0.4


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("Eight people died when a bridge collapsed.", "Nine people died when a bridge collapsed."),
        ("Dahl was sentenced to six years in prison.", "Dahl was sentenced to six years in prison in Marl."),
        ("Kestrel Bank sued Dahl in 2019.", "Kestrel Bank sued Dahl in 2019, and its shares fell sharply at once."),
        ("Heavy rain closed schools on Sunday.", "Heavy rain closed schools on Monday."),
    ],
)
def test_a_detail_from_nowhere_makes_it_less_sure(right: str, wrong: str) -> None:
    assert sure(wrong) < sure(right) - 0.02


def test_no_sign_against_speaks_for() -> None:
    against = [name for name in COEFFICIENTS if "missing" in name or "unmatched" in name or name == "passed_on"]
    assert against
    assert all(COEFFICIENTS[name] <= 0 for name in against)


def test_two_judges_meet_halfway_in_log_odds() -> None:
    assert joined(0.5, 0.5) == pytest.approx(0.5)
    assert joined(0.9, 0.1) == pytest.approx(0.5)
    # log-odds of 0.8 and 0.5 are 1.386 and 0; half their sum, 0.693, is the log-odds of 2/3
    assert joined(0.8, 0.5) == pytest.approx(2 / 3)


@settings(max_examples=50, deadline=None)
@given(st.text(min_size=1, max_size=100), st.text(min_size=1, max_size=100))
def test_every_assessment_is_a_probability(claim: str, source: str) -> None:
    assessed = assess(claim, sources_of("x", (source,)), [0.5])
    if assessed is not None:
        assert 0 < assessed.probability < 1
        assert probability(assessed.signs) == assessed.probability


def test_calibration_by_hand() -> None:
    # two bins: 0.1 and 0.3 in [0, .5) held 0 and 1 times; 0.9 in [.5, 1] held
    found = calibration.bins([(0.1, 0), (0.3, 1), (0.9, 1)], 2)
    assert [(b.n, round(b.said, 3), b.was) for b in found] == [(2, 0.2, 0.5), (1, 0.9, 1.0)]
    # (2 * |0.2 - 0.5| + 1 * |0.9 - 1|) / 3 = 0.7 / 3
    assert calibration.error([(0.1, 0), (0.3, 1), (0.9, 1)], 2) == pytest.approx(0.7 / 3)
    assert calibration.error([]) == 0.0
    assert calibration.bins([(1.0, 1)])[0].high == 1.0


def test_the_diagram_shows_each_bin_with_its_count() -> None:
    drawn = calibration.diagram(calibration.bins([(0.1, 0), (0.1, 1), (0.9, 1)], 2))
    assert drawn.count("<circle") == 2
    assert "said 0.10, was 0.50, 2 cases" in drawn
    assert "said 0.90, was 1.00, 1 cases" in drawn
    assert "<script" not in drawn and "http" not in drawn
    assert "no cases" in calibration.diagram([])
