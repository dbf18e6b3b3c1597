"""Metrics against values worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from eval import metrics
from eval.figures import numbers, unsupported_numbers
from eval.judge import judge
from eval.known import KnownQuestion
from eval.measures import SHARES, by_tag, figures
from eval.metrics import Outcome, f1, hit_rate, mean_reciprocal_rank, percentile, wilson_interval
from tests.fakes_eval import answer

# Six questions: four answerable (right, wrong, refused, error) and two not (refused, answered).
RIGHT = Outcome(
    "1", "answered", "answered", True, cited=(("a",), ("x",)), gold=("a", "b"), retrieved=("a",), sentences=2
)
WRONG = Outcome("2", "answered", "partial", False, cited=(("x",),), gold=("b",), retrieved=("x", "y"), sentences=1)
REFUSED = Outcome("3", "answered", "not_found", False, gold=("c",), retrieved=("c",))
ERROR = Outcome("4", "answered", "error", False, gold=("c",))
KEPT_SILENT = Outcome("5", "not_found", "not_found", True)
MADE_UP = Outcome("6", "not_found", "answered", False, cited=(("a",),), sentences=1, unsupported_numbers=("24",))
ALL = [RIGHT, WRONG, REFUSED, ERROR, KEPT_SILENT, MADE_UP]


def test_answers_and_refusals() -> None:
    assert metrics.answer_accuracy(ALL) == (1, 4)  # 1 of the 4 answerable
    assert metrics.accuracy(ALL) == (2, 6)  # 1 right answer + 1 right refusal
    assert metrics.refusal_precision(ALL) == (1, 2)  # refused: 3 and 5; rightly: 5
    assert metrics.refusal_recall(ALL) == (1, 2)  # to be refused: 5 and 6; refused: 5
    assert metrics.false_refusal_rate(ALL) == (1, 4)  # 3, not 4: an error is no refusal
    assert f1(0.5, 0.5) == 0.5
    assert f1(1.0, 0.5) == pytest.approx(2 * 1.0 * 0.5 / 1.5)  # 0.667
    assert f1(0.0, 0.0) == 0.0
    assert f1(None, 0.5) is None


def test_citations() -> None:
    # Answers to answerable questions: RIGHT cites a (gold) and x, WRONG cites x: 1 of 3. MADE_UP does not count.
    assert metrics.citation_precision(ALL) == (1, 3)
    assert metrics.citation_recall(ALL) == (1, 2)  # RIGHT cites a gold source, WRONG none
    assert metrics.retrieval_recall(ALL) == (2, 3)  # RIGHT and REFUSED of the three that ran
    copy = replace(WRONG, cited=(("x", "b"),))  # x has exactly the text of b
    assert metrics.citation_precision([copy]) == (1, 1)
    across = [replace(RIGHT, tags=("cross-article",)), replace(WRONG, tags=("cross-article",))]
    assert metrics.source_coverage(across) == (1, 3)  # gold a, b and b; cited of them: a
    assert metrics.source_coverage(ALL).value is None


def test_disagreement() -> None:
    shown = Outcome("7", "conflicting", "conflicting", True, values_expected=2, values_shown=2, dispute_said=True)
    half = replace(shown, values_shown=1)
    silent = replace(shown, status="answered", dispute_said=False)
    assert metrics.conflicts_surfaced([shown, half, silent, RIGHT]) == (1, 3)
    assert metrics.false_conflicts([RIGHT, replace(RIGHT, status="conflicting"), shown]) == (1, 2)
    latest = replace(RIGHT, tags=("superseded",), values_expected=2, values_shown=1)
    assert metrics.superseded_right([latest, replace(latest, correct=False), RIGHT]) == (1, 2)
    assert metrics.superseded_shown([latest, replace(latest, values_shown=2), RIGHT]) == (1, 2)


def test_counts_over_shown_sentences() -> None:
    assert metrics.unsupported_numbers(ALL) == 1
    assert metrics.uncited_sentences(ALL) == 0
    assert metrics.unsupported_numbers([REFUSED, KEPT_SILENT]) is None  # no sentence was shown
    assert metrics.uncited_sentences([]) is None


def test_no_cases_is_none_never_a_number() -> None:
    assert all(share([]).value is None for share in SHARES.values())
    assert all(figure.value is None and figure.cases == 0 for figure in figures([], None).values())
    assert wilson_interval(0, 0) is None
    assert percentile([], 50) is None
    assert percentile([None, None], 95) is None


def test_percentile_is_the_nearest_rank() -> None:
    values = [50.0, 15.0, 40.0, 20.0, 35.0]  # sorted 15 20 35 40 50
    assert percentile(values, 50) == 35  # ceil(2.5) = 3rd
    assert percentile(values, 30) == 20  # ceil(1.5) = 2nd
    assert percentile(values, 95) == 50  # ceil(4.75) = 5th
    assert percentile(values, 100) == 50
    assert percentile([*values, None], 5) == 15  # ceil(0.25) = 1st
    with pytest.raises(ValueError, match="not in"):
        percentile(values, 0)


def test_an_interval_is_wide_where_there_are_few_cases() -> None:
    # Normal approximation: .6 +- 1.96 * sqrt(.6 * .4 / 100) = .6 +- .096
    assert wilson_interval(60, 100) == pytest.approx((0.502, 0.691), abs=0.001)
    # All of n hit: the lower end is n / (n + z^2), 1 / 4.84 and 5 / 8.84
    assert wilson_interval(1, 1) == pytest.approx((0.2065, 1.0), abs=0.0005)
    assert wilson_interval(5, 5) == pytest.approx((0.5655, 1.0), abs=0.0005)
    assert wilson_interval(0, 5) == pytest.approx((0.0, 0.4345), abs=0.0005)


def test_by_tag_counts_right_refusals_as_right() -> None:
    tagged = [replace(RIGHT, tags=("number", "date")), replace(KEPT_SILENT, tags=("number",))]
    assert by_tag(tagged) == {"number": (2, 2), "date": (1, 1)}


# --- numbers in shown sentences -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1,250 or 1250", [1250, 1250]),
        ("360 000 people", [360000]),
        ("twenty-one and two hundred and twelve", [21, 212]),
        ("2.5 million, two billion", [2.5e6, 2e9]),
        ("two thousand five hundred", [2500]),
        ("about a dozen, two dozen", [12, 24]),
        ("dozens, hundreds", []),
        ("the 28th and the third and fourth", [28, 3, 4]),
        ("24-48 hours", [24, 48]),
        ("at 2:40 and at 2.40", [2.4, 2.4]),
        ("71 percent of 3,400", [71, 3400]),
        ("five six", [5, 6]),
        ("twenty-first", [21]),
        ("five and six", [5, 6]),
        ("DV-19 and F16", []),
        ("mid-2021", [2021]),
        ("12,5", [12, 5]),
    ],
)
def test_numbers_of_a_text(text: str, values: list[float]) -> None:
    assert [value for value, _ in numbers(text)] == values


def test_a_number_must_stand_in_a_quote() -> None:
    assert unsupported_numbers("It carried 212 passengers and 24 cars.", ["It carried 212 passengers."]) == ["24"]
    assert unsupported_numbers("It carried 212.", ["It had two hundred and twelve aboard."]) == []
    assert unsupported_numbers("Twelve districts fell.", ["around a dozen districts fell"]) == []
    assert unsupported_numbers("One of them was hurt, the first.", ["They were hurt."]) == []
    assert unsupported_numbers("1 was hurt.", ["One was hurt."]) == []
    assert unsupported_numbers("Four capitals fell.", ["the third and fourth capitals"]) == []
    assert unsupported_numbers("DV-19 cut illness by 71 percent.", ["It cut illness by 71 percent."]) == []


def test_metadata_dates_and_resolved_weekdays_may_be_shown() -> None:
    said = "It sank on 5 March 2019."  # a Tuesday
    assert unsupported_numbers(said, ["It sank."], ["2019-03-05"]) == []
    assert unsupported_numbers("It sank on March 3.", ["It sank on Sunday."], ["2019-03-05"]) == []
    assert unsupported_numbers("It sank on March 3.", ["It sank on Monday."], ["2019-03-05"]) == ["3"]
    assert unsupported_numbers("It sank on 2019-03-04.", ["It sank yesterday."], ["2019-03-05"]) == []
    assert unsupported_numbers("It sank on 5 April 2019.", ["It sank."], ["2019-03-05"]) == ["5", "2019"]
    assert unsupported_numbers(said, ["It sank."], [None]) == ["5", "2019"]
    assert unsupported_numbers("5 ships sank.", ["Ships sank."], ["2019-03-05"]) == ["5"]
    assert unsupported_numbers("Channel 4 says it sank.", ["It sank."], labels=["Channel 4"]) == []


# --- judging --------------------------------------------------------------------------------------

KNOWN = KnownQuestion("k", "How many?", "answered", must_contain=(("212",),), gold_sources=("a",))
CONFLICT = KnownQuestion(
    "c", "How many?", "conflicting", gold_sources=("a", "b"), conflict_values=(("14", "fourteen"), ("eleven", "11"))
)
QUOTE = ("a", "It carried 212 passengers.")


def test_a_right_answer() -> None:
    outcome = judge(KNOWN, answer("It carried 212 passengers.", QUOTE, retrieved=("a", "a", "b")), 1500)
    assert outcome.correct and outcome.why is None
    assert outcome.cited == (("a",),)
    assert outcome.retrieved == ("a", "b")
    assert (outcome.sentences, outcome.uncited_sentences, outcome.unsupported_numbers) == (1, 0, ())
    assert (outcome.first_token_ms, outcome.total_ms) == (900, 1500)


@pytest.mark.parametrize(
    ("known", "given", "why"),
    [
        (KNOWN, answer("It carried 213.", QUOTE), "lacks '212'"),
        (KNOWN, answer(status="not_found", reason="weak_evidence"), "refused (weak_evidence)"),
        (KNOWN, answer("212, others say 300.", QUOTE, status="conflicting"), "dispute where there is none"),
        (replace(KNOWN, must_not_contain=("crew",)), answer("212 crew.", QUOTE), "says 'crew'"),
        (replace(KNOWN, expect="not_found"), answer("It carried 212.", QUOTE), "answered, though"),
        (CONFLICT, answer("14 burned.", QUOTE), "did not say that the sources disagree"),
        (CONFLICT, answer("14 burned.", QUOTE, status="conflicting"), "does not show 'eleven' or '11'"),
    ],
)
def test_a_wrong_answer_says_why(known: KnownQuestion, given, why: str) -> None:  # type: ignore[no-untyped-def]
    outcome = judge(known, given)
    assert not outcome.correct
    assert why in (outcome.why or "")


def test_a_surfaced_conflict_may_stand_in_the_values() -> None:
    outcome = judge(CONFLICT, answer("Reports differ.", QUOTE, status="conflicting", values=("14", "eleven")))
    assert outcome.correct and outcome.dispute_said
    assert (outcome.values_shown, outcome.values_expected) == (2, 2)


def test_a_replaced_value_is_no_dispute() -> None:
    outcome = judge(KNOWN, answer("It carried 212.", QUOTE, values=("212", "187"), kind="superseded"))
    assert outcome.correct and not outcome.dispute_said


def test_uncited_and_unsupported_sentences_are_counted() -> None:
    assert judge(KNOWN, answer("It carried 212.")).uncited_sentences == 1
    assert judge(KNOWN, answer("It carried 212 and 9 dogs.", QUOTE)).unsupported_numbers == ("9",)


def test_a_marker_is_not_the_number_looked_for() -> None:
    known = replace(KNOWN, must_contain=(("1",),))
    assert not judge(known, answer("It carried some.", ("a", "some"))).correct


def test_a_copy_of_a_gold_source_is_a_gold_citation() -> None:
    outcome = judge(KNOWN, answer("It carried 212.", ("z", "It carried 212."), also_in=("a",)))
    assert metrics.citation_precision([outcome]) == (1, 1)


# --- of scores and classes ------------------------------------------------------------------------


def test_auroc_counts_ties_half() -> None:
    # pairs (positive, negative): .9>.5, .9>.1, .5=.5 (half), .5>.1, so 3.5 of 4
    assert metrics.auroc([0.9, 0.5], [0.5, 0.1]) == 0.875
    assert metrics.auroc([0.1, 0.2], [0.8, 0.9]) == 0.0
    assert metrics.auroc([], [0.5]) is None
    assert metrics.auroc([0.5], []) is None


def test_balanced_accuracy_gives_half_for_always_saying_the_same() -> None:
    said_yes = [("yes", True)] * 9 + [("no", False)]
    assert metrics.balanced_accuracy(said_yes, ("yes", "no")) == 0.5
    # yes: 1 of 2 right, no: 3 of 4 right -> (.5 + .75) / 2
    mixed = [("yes", True), ("yes", False), *[("no", True)] * 3, ("no", False)]
    assert metrics.balanced_accuracy(mixed, ("yes", "no")) == 0.625
    assert metrics.balanced_accuracy([("yes", True)], ("yes", "no")) is None


def test_bootstrap_of_a_statistic_surrounds_it_and_is_repeatable() -> None:
    values = [0.0] * 40 + [1.0] * 60

    def mean(cases: Sequence[float]) -> float:
        return sum(cases) / len(cases)

    interval = metrics.bootstrap(values, mean)
    assert interval is not None
    # the standard error of this mean is sqrt(.6 * .4 / 100) = .049, so about .5 to .7
    assert 0.47 <= interval[0] <= 0.54 and 0.66 <= interval[1] <= 0.73
    assert interval == metrics.bootstrap(values, mean)
    assert metrics.bootstrap([], mean) is None
    assert metrics.bootstrap([1.0], lambda _: None) is None


def test_hit_rate_and_reciprocal_rank_worked_by_hand():
    rankings = [["a", "b", "c"], ["d", "e"], ["f"], []]
    relevant = [{"b", "c"}, {"d"}, {"x"}, {"y"}]
    # first relevant at 2, 1, never, never
    assert hit_rate(rankings, relevant, 1) == pytest.approx(1 / 4)
    assert hit_rate(rankings, relevant, 2) == pytest.approx(2 / 4)
    assert mean_reciprocal_rank(rankings, relevant, 10) == pytest.approx((1 / 2 + 1) / 4)
    assert mean_reciprocal_rank(rankings, relevant, 1) == pytest.approx(1 / 4)
    assert hit_rate([], [], 5) == mean_reciprocal_rank([], [], 5) == 0.0
