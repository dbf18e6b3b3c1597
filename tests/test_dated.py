"""Which dates of invented articles are those of what a question asks for, and which belong to something else."""

from __future__ import annotations

import pytest

from rag.disagreement.dated import deed_of
from tests.fakes_reports import found, values

QUARRY = (
    "The Sorn quarry must be cleared of squatters by 31 May, the county court ruled. The sheriff will meet the "
    "squatters "
    "on Thursday to discuss the clearing of the quarry. Stone was first cut there in March 1923.",
    "2024-03-04",
)
QUARRY_LATER = (
    "The clearing of the Sorn quarry, until now set for 31 May, has been put back to 15 August, the county court "
    "said on "
    "Friday. A squatter of the quarry had been hurt by a falling stone on Monday.",
    "2024-04-12",
)
TRAINS = (
    "Morva Rail is to take its old night trains out of service by 10 December, the ministry ordered. Inspectors "
    "looked at "
    "the night trains on Tuesday. A night train burned out on 2 January, killing two people.",
    "2022-06-07",
)
TRAINS_LATER = (
    "Morva Rail's night trains will be out of service by 1 July, five months earlier than the 10 December set "
    "before, the "
    "ministry said on Wednesday. Passengers of the night trains protested in Dunmar on Sunday.",
    "2022-06-22",
)


@pytest.mark.parametrize(
    "question",
    [
        "By when is the Sorn quarry to be cleared?",
        "What is the deadline for clearing the Sorn quarry?",
        "What date is set for the clearing of the Sorn quarry?",
        "By what date do the squatters have to be out of the Sorn quarry?",
    ],
)
def test_a_deadline_that_moved_is_told_without_the_dates_of_other_matters(question: str) -> None:
    conflicts = found(question, QUARRY, QUARRY_LATER)
    assert [c.kind for c in conflicts] == ["superseded"]
    assert values(conflicts) == ["31 May", "15 August"]


def test_a_date_beside_the_subject_but_of_another_verb_is_no_earlier_value() -> None:
    later = (
        "The Swiss guards will be out of the Ostrey pumping station later this month, a colonel said.",
        "2021-08-13",
    )
    first = (
        "A colonel will meet the mayor of Ostrey on Friday to discuss the withdrawal of the Swiss guards, the pumping "
        "station said. The Swiss guards came to the Ostrey pumping station after the raids of June 9, 2019, a colonel "
        "said.",
        "2021-06-20",
    )
    assert found("By when are the Swiss guards to be out of Ostrey?", first, later) == []


def test_the_date_of_an_attack_named_in_passing_is_no_deadline() -> None:
    first = (
        "Swiss guards have watched the Ostrey pumping station since the raids of 9 June 2019, and are to leave Ostrey"
        " by "
        "30 November.",
        "2021-05-03",
    )
    later = (
        "The Swiss guards will leave the Ostrey pumping station by 15 October, Ostrey's mayor said.",
        "2021-07-06",
    )
    conflicts = found("By when are the Swiss guards to be out of Ostrey?", first, later)
    assert values(conflicts) == ["30 November", "15 October"]


def test_earlier_plans_in_one_sentence_give_way_to_the_new_one() -> None:
    conflicts = found("When must the night trains of Morva Rail be out of service?", TRAINS, TRAINS_LATER)
    assert values(conflicts) == ["10 December", "1 July"]


def test_what_has_passed_before_the_next_report_is_another_event() -> None:
    """A vote of March and one of June are two votes: the first had been held when the second was called."""
    first = ("The Lowmere council will vote on the harbour budget on 14 March, its clerk said.", "2023-03-01")
    later = ("The Lowmere council will vote on the harbour budget on 9 June, its clerk said.", "2023-06-02")
    assert found("When will the Lowmere council vote on the harbour budget?", first, later) == []


def test_other_subjects_of_the_same_verb_are_left_alone() -> None:
    one = (
        "Libraries in Skarn are to reopen on 4 March, the council said. The Skarn flood of January is over.",
        "2022-02-20",
    )
    two = (
        "Swimming pools in Skarn will reopen on 18 March, the council said. The flood of January is over.",
        "2022-02-21",
    )
    assert found("When do the libraries in Skarn reopen?", one, two) == []


@pytest.mark.parametrize(
    ("question", "deed"),
    [
        ("By when are the Swiss guards to be out of Ostrey?", "leave"),
        ("What is the deadline for clearing the Sorn quarry?", "clear"),
        ("By when must the tenants leave the tower?", "leave"),
        ("When did the bridge over the Harg collapse?", "collaps"),
        ("What date is set for the reopening of the pass?", "reopen"),
    ],
)
def test_what_happens_is_read_from_the_question(question: str, deed: str) -> None:
    assert deed in deed_of(question).words


def test_a_question_that_says_nothing_of_what_happens_has_no_deed() -> None:
    assert not deed_of("When was that?").words


def test_a_day_that_something_is_postponed_to_lies_ahead() -> None:
    first = ("The tenants of Kessel House must be out by 31 March, the city of Norlan ordered.", "2023-01-17")
    later = (
        "The clearing of Kessel House, set for 31 March, has been postponed to 30 September, Norlan said on Friday. On "
        "Monday the tenants put up scaffolding at Kessel House.",
        "2023-02-24",
    )
    loose = ("For tenants of Kessel House, which will be cleared later this year, the lifts stand still.", "2023-03-02")
    conflicts = found("By when must the tenants be out of Kessel House?", first, later, loose)
    assert [c.kind for c in conflicts] == ["superseded"]
    assert values(conflicts) == ["31 March", "30 September"]
