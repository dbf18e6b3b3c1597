"""Which numbers of invented articles are set against each other, and which are left alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.disagreement.conflict import detect
from rag.types import Article, Conflict, SourceSentence, Span


def says(text: str, day: str | None = "2023-03-14", name: str = "", also_in: tuple[str, ...] = ()) -> SourceSentence:
    article = Article(name or text[:20] + str(day), text, name or text, outlet="Coast Post", published_at=day)
    return SourceSentence(article, "p", Span(0, len(text)), text, also_in)


def found(question: str, *sources: SourceSentence) -> list[Conflict]:
    return detect(question, sources, [0.8] * len(sources))


def values(conflicts: list[Conflict]) -> list[tuple[str, list[str]]]:
    return [(c.kind, [v.value for v in c.values]) for c in conflicts]


HOUSES = "How many houses burned in Millrace?"


def test_reports_of_the_same_days_are_disputed_and_carry_their_source() -> None:
    a = says("The fire in Millrace burned 14 houses on Sunday.", "2023-03-13", "a")
    b = says("Eleven houses burned in the Millrace fire, officials said.", "2023-03-14", "b")
    (conflict,) = found(HOUSES, a, b)
    assert conflict.kind == "disputed"
    assert conflict.about == "houses"
    assert [(v.value, v.unit, v.date, v.article_id, v.outlet) for v in conflict.values] == [
        ("14", "houses", "2023-03-13", "a", "Coast Post"),
        ("Eleven", "houses", "2023-03-14", "b", "Coast Post"),
    ]
    assert conflict.values[0].quote == a.text


def test_a_later_report_supersedes_and_stands_last() -> None:
    late = says("In the Millrace fire, 30 houses burned in all.", "2023-04-02")
    early = says("The Millrace fire burned 14 houses.", "2023-03-13")
    assert values(found(HOUSES, late, early)) == [("superseded", ["14", "30"])]


def test_a_toll_that_rises_the_next_day_is_superseded() -> None:
    early = says("At least 11 people died in the Brule flood.", "2023-03-13")
    late = says("The death toll from the Brule flood rose to 19.", "2023-03-14")
    assert values(found("How many people died in the Brule flood?", early, late)) == [
        ("superseded", ["At least 11", "19"])
    ]


def test_numbers_without_a_date_are_disputed() -> None:
    a = says("The Millrace fire burned 14 houses.", None, "a")
    b = says("The Millrace fire burned eleven houses.", None, "b")
    assert values(found(HOUSES, a, b)) == [("disputed", ["14", "eleven"])]


def test_the_same_short_stretch_of_time_is_compared() -> None:
    a = says("Crews closed at least 17 roads in Alder County in the last 24 hours.", "2023-03-13")
    b = says("In the past 24 hours, around a dozen roads in Alder County were closed.", "2023-03-14")
    question = "How many roads were closed in Alder County?"
    assert values(found(question, a, b)) == [("disputed", ["at least 17", "around a dozen"])]


@pytest.mark.parametrize(
    ("question", "one", "two"),
    [
        # equal, or both can stand
        (HOUSES, "The Millrace fire burned at least 14 houses.", "Fourteen houses burned in the Millrace fire."),
        (HOUSES, "The Millrace fire burned a dozen houses.", "In the Millrace fire 12 houses burned."),
        (HOUSES, "The Millrace fire burned more than 50 houses.", "The Millrace fire burned 53 houses."),
        # another stretch of time
        (
            "How many roads were closed in Alder County?",
            "In the past 24 hours, 17 roads in Alder County were closed.",
            "Since 3 January, more than 50 roads in Alder County were closed.",
        ),
        (
            "How many roads were closed in Alder County?",
            "In less than a month, eleven roads in Alder County were closed.",
            "Over the weekend, 17 roads in Alder County were closed.",
        ),
        # another fate, another place, another unit, another kind of number
        (
            "How many people were killed in the Brule flood?",
            "The Brule flood killed 12 people.",
            "The Brule flood injured 40 people.",
        ),
        (HOUSES, "The Millrace fire burned 14 houses.", "A fire in Tarn Falls burned 30 houses."),
        (HOUSES, "The Millrace fire burned 14 houses.", "The Millrace fire burned 30 sheds."),
        (
            "What share of houses burned in Millrace?",
            "In Millrace 14 houses burned.",
            "In Millrace 30% of houses burned.",
        ),
        # not asked for
        (
            "Who set the fire in Millrace?",
            "The Millrace fire burned 14 people's barns.",
            "The Millrace fire burned 30 barns.",
        ),
        # years, ranks and times are not counts
        (HOUSES, "In 2021 houses burned in Millrace.", "In 2022 houses burned in Millrace."),
        ("Which title did the Millrace team win?", "Millrace won its third title.", "Millrace won its fourth title."),
        # about something else that only shares the unit
        (HOUSES, "The Millrace fire burned 14 houses.", "The council plans to build 200 houses for pensioners."),
    ],
)
def test_numbers_about_different_things_are_left_alone(question: str, one: str, two: str) -> None:
    assert found(question, says(one, name="a"), says(two, name="b")) == []


def test_a_number_set_against_an_earlier_one_is_the_same_matter() -> None:
    early = says("The ferry Alma was carrying 187 passengers when it sank.", "2023-03-10")
    late = says("After a recount the board put the number of passengers on the Alma at 194, not the 187 first given.")
    assert values(found("How many passengers were on the Alma?", early, late)) == [("superseded", ["187", "194"])]


def test_articles_on_one_story_are_compared_where_their_sentences_share_little() -> None:
    opening = "Fire broke out at the Kessel rubber works in Millrace on Monday and spread to a nearby lane. "
    herald = Article("h", opening + "Eleven houses on the lane burned down.", "h", published_at="2023-03-14")
    wire = Article(
        "w", "Rubber works at Kessel in Millrace on fire, lane cut off. Of which 14 burned.", "w", "Fire on Monday"
    )
    one = SourceSentence(herald, "p", Span(len(opening), len(herald.text)), "Eleven houses on the lane burned down.")
    two = SourceSentence(wire, "p", Span(0, 9), "The fire jumped to terraced houses, of which 14 burned to the ground.")
    question = "How many houses burned beside the Kessel works?"
    assert values(found(question, one, two)) == [("disputed", ["14", "Eleven"])]
    elsewhere = says("Crews in the south said 30 houses burned after lightning.", name="x")
    assert found(question, one, elsewhere) == []


@pytest.mark.parametrize(
    ("question", "one", "two"),
    [
        # what there is, and what happened
        (
            "How many schools does Alder have?",
            "There are 40 schools in Alder.",
            "In Alder 17 schools shut on Monday.",
        ),
        # some of them, not how many
        (
            "How many people died in the Brule flood?",
            "The Brule flood killed 12 people.",
            "Three of the dead in the Brule flood were children.",
        ),
        # the question asks about another stretch of time
        (
            "How many roads in Alder closed in the past 24 hours?",
            "In Alder 17 roads closed in the past month.",
            "Over the past month 30 roads closed in Alder.",
        ),
        # other people
        (
            "How many workers died in the Brule flood?",
            "The Brule flood killed 12 workers.",
            "The Brule flood killed 20 people.",
        ),
    ],
)
def test_what_only_sounds_alike_is_left_alone(question: str, one: str, two: str) -> None:
    assert found(question, says(one, name="a"), says(two, name="b")) == []


def test_copies_and_one_articles_own_numbers_are_no_conflict() -> None:
    a = says("The Millrace fire burned 14 houses.", name="a", also_in=("b",))
    b = says("The Millrace fire burned 15 houses.", name="b")
    assert found(HOUSES, a, b) == []
    one = Article("one", "x", "same")
    first = SourceSentence(one, "p", Span(0, 1), "The Millrace fire burned 14 houses.")
    second = SourceSentence(one, "p", Span(2, 3), "The Millrace fire burned 30 houses.")
    assert found(HOUSES, first, second) == []


def test_sentences_of_little_relevance_are_left_alone() -> None:
    a = says("The Millrace fire burned 14 houses.", name="a")
    b = says("The Millrace fire burned 30 houses.", name="b")
    assert detect(HOUSES, [a, b], [0.8, 0.1]) == []
    assert detect(HOUSES, [], []) == []


def test_three_sources_make_one_conflict() -> None:
    texts = (
        "The Millrace fire burned 14 houses.",
        "The Millrace fire burned 30 houses.",
        "The fire in Millrace burned 14 houses.",
    )
    (conflict,) = found(HOUSES, *(says(t, name=n) for t, n in zip(texts, "abc", strict=True)))
    assert len(conflict.values) == 3


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80), st.lists(st.text(min_size=1, max_size=80), max_size=4))
def test_any_text_is_compared_without_error(question: str, texts: list[str]) -> None:
    detect(question, [says(t, name=str(i)) for i, t in enumerate(texts)], [1.0] * len(texts))
