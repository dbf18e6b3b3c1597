"""Which questions want many articles, and for which days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.broad.days import split_days
from rag.broad.lists import ListPlan
from rag.broad.question import Plan, may_be_broad, plan
from rag.text.times import Interval

SATURDAY = date(2022, 3, 12)

TOPICS = """
What happened in Brenholt? | Brenholt
What has happened in Halm? | Halm
What's going on in Sarn? | Sarn
What happened at the paint works? | the paint works
What happened during the strike? | the strike
Give me an overview of the strike | the strike
Can you give me a short summary of the floods in the Tamsin valley? | the floods in the Tamsin valley
Summarise the bus strike in Halm. | the bus strike in Halm
Sum up the dock strike: how long, how it ended. | the dock strike
Summarise what the board found about the ferry | what the board found about the ferry
Recap the mine accident | the mine accident
How did the outbreak in Lumera develop? | the outbreak in Lumera
What were the main developments in the war? | the war
What do we know about the mine collapse? | the mine collapse
What do the articles say about Deltar? | Deltar
Tell me about the strike in Halm | the strike in Halm
What has been said about the dikes? | the dikes
What were the reactions to the budget? | the budget
"""
NARROW = """
What happened to the captain?
What happened when the dam broke?
What happened in Brix after the dam broke?
What happened next?
What happened?
What happened to it?
What happened at 3 a.m.?
What did Falk say about the dikes?
What did the report say about lead?
What is known as the Tamsin?
What is the latest death toll?
What events led to the war?
What is happening to garden waste collection?
Tell me who won
Tell me about its policies
What do we know about who set the fire?
What was the name of the news agency?
How did the team do this week?
Which of the towns flooded?
Which town flooded first?
Which towns are larger than Brix?
Which towns were not flooded?
Which country's invasion failed?
Which theory suggested that people left?
Which schools of thought exist?
Which party won the most seats?
Name the mayor of Halm
List the reasons for the strike
What is the capital of Ulm?
How many towns flooded?
"""


@pytest.mark.parametrize("line", TOPICS.strip().splitlines())
def test_a_broad_question_is_told_with_its_topic(line: str) -> None:
    question, topic = line.split(" | ")
    found = plan(question, SATURDAY)
    assert isinstance(found, Plan)
    assert (found.topic, found.days) == (topic, None)
    assert may_be_broad(question)


@pytest.mark.parametrize("question", NARROW.strip().splitlines())
def test_a_narrow_question_is_left_to_the_narrow_way(question: str) -> None:
    assert plan(question, SATURDAY) is None


@pytest.mark.parametrize(
    ("question", "days"),
    [
        ("Summarise the week", ("2022-03-06", "2022-03-12")),
        ("What happened this week?", ("2022-03-06", "2022-03-12")),
        ("What happened last week?", ("2022-02-28", "2022-03-06")),
        ("What happened today?", ("2022-03-12", "2022-03-12")),
        ("What happened yesterday?", ("2022-03-11", "2022-03-11")),
        ("What's the news today?", ("2022-03-12", "2022-03-12")),
        ("Summarize the last three days", ("2022-03-10", "2022-03-12")),
        ("What happened in the last two weeks?", ("2022-02-27", "2022-03-12")),
        ("What happened in February 2022?", ("2022-02-01", "2022-02-28")),
        ("What were the top stories this month?", ("2022-03-01", "2022-03-12")),
    ],
)
def test_a_question_for_a_period_has_its_days(question: str, days: tuple[str, str]) -> None:
    found = plan(question, SATURDAY)
    assert isinstance(found, Plan)
    assert found.kind == "period"
    assert found.days == Interval(*map(date.fromisoformat, days))


def test_days_and_topic_are_told_apart() -> None:
    found = plan("What happened in Halm this week?", SATURDAY)
    assert found == Plan("overview", "Halm", Interval(date(2022, 3, 6), SATURDAY))


def test_the_readers_own_dates_stand_in_for_a_period() -> None:
    days = Interval(date(2022, 3, 1), date(2022, 3, 5))
    assert plan("Summarise the news", SATURDAY, days) == Plan("period", "", days)
    assert plan("Summarise the news", SATURDAY) is None


def test_without_any_date_there_is_no_week() -> None:
    assert plan("Summarise the week", None) is None


@pytest.mark.parametrize(
    ("question", "item", "subject"),
    [
        ("Which towns flooded?", "towns", False),
        ("Which towns were flooded?", "towns", False),
        ("List the capitals taken", "capitals", False),
        ("Which provincial capitals have the rebels captured?", "capitals", False),
        ("Name the banks that cut their forecasts", "banks", True),
        ("Give me a list of the towns hit by the flood", "towns", False),
    ],
)
def test_a_list_is_told_with_what_it_lists(question: str, item: str, subject: bool) -> None:
    found = plan(question, SATURDAY)
    assert isinstance(found, ListPlan)
    assert (found.item, found.subject) == (item, subject)


@given(st.text(max_size=200), st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 1, 1)))
def test_any_text_is_planned_without_error(text: str, today: date) -> None:
    if plan(text, today) is not None:
        assert may_be_broad(text)


@given(st.integers(1, 400), st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 1, 1)))
def test_the_last_days_are_as_many_as_said_and_end_today(count: int, today: date) -> None:
    days, left = split_days(f"the last {count} days", today)
    assert days == Interval(today - timedelta(days=count - 1), today)
    assert left == ""
