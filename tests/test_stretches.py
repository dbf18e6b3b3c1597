"""Counts said of another stretch of time than the question's, and lengths of time told by their ends, of invented
articles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.disagreement.asked import asked_of
from rag.disagreement.lasting import told_by_ends
from rag.types import Article, SourceSentence, Span
from tests.fakes_reports import found, values

CLINICS = (
    "On 4 April, when the Norlan health board began its reform, it closed more than 40 clinics, the "
    "nurses' league said. "
    "In the past week alone nine clinics in Norlan were closed.",
    "2023-05-02",
)
CLINICS_LATER = (
    "In less than a month the Norlan health board has closed 15 clinics as its reform began, a minister "
    "said. In the past "
    "week it closed twelve clinics, according to patients in Norlan.",
    "2023-05-03",
)


def test_counts_since_something_began_are_set_against_each_other() -> None:
    conflicts = found(
        "How many clinics has the Norlan health board closed since its reform began?", CLINICS, CLINICS_LATER
    )
    assert [c.kind for c in conflicts] == ["disputed"]
    assert values(conflicts) == ["more than 40", "15"]


def test_counts_of_the_past_week_are_none_since_something_began() -> None:
    week = [(text.split(". ")[1], day) for text, day in (CLINICS, CLINICS_LATER)]
    assert values(found("How many clinics did Norlan close in the past week?", *week)) == ["nine", "twelve"]
    assert found("How many clinics has Norlan closed since the reform began?", *week) == []


def test_a_count_since_something_began_is_none_of_the_past_days() -> None:
    one = ("Since the harvest began, 31 pickers have fainted in the Ostrey vineyards, a doctor said.", "2022-09-20")
    two = (
        "In the Ostrey vineyards 12 pickers have fainted since the beginning of the harvest, growers said.",
        "2022-09-20",
    )
    assert values(found("How many pickers have fainted in Ostrey since the harvest began?", one, two)) == ["31", "12"]
    assert found("How many pickers fainted in Ostrey in the past two days?", one, two) == []


def test_a_length_told_by_its_ends_is_set_against_one_in_days() -> None:
    one = (
        "The fight for Fort Alder began on Sunday night and by noon on Monday the marines had taken the fort,"
        " an admiral "
        "told the Coast Post.",
        "2021-03-09",
    )
    two = (
        "The marines took Fort Alder early on Monday afternoon after five days of heavy fighting, it was said.",
        "2021-03-09",
    )
    conflicts = found("How long did the marines fight for Fort Alder?", one, two)
    assert [c.kind for c in conflicts] == ["disputed"]
    assert {v.split()[0] for v in values(conflicts)} == {"began", "five"}


def test_putting_something_out_is_not_putting_a_figure_on_it() -> None:
    assert not asked_of("How long did it take crews to put out the fire?").one_party
    assert asked_of("How high did the mayor put the damage?").one_party


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("The siege began on 3 May and was over by 9 May.", 5, 11),
        ("The talks began on Friday evening and by dawn on Sunday all had signed.", 1, 3),
        ("The search began at 6 a.m. on Monday and ended on Thursday.", 2, 6),
    ],
)
def test_ends_tell_a_length(text: str, least: float, most: float) -> None:
    told = list(told_by_ends(sentence(text)))
    assert len(told) == 1
    assert least <= told[0].low < told[0].high <= most
    assert told[0].phrase.startswith("began")


@pytest.mark.parametrize(
    "text",
    [
        "The trial began on Monday; the mayor resigned on Friday.",
        "The fair began on Monday, and the minister said on Thursday that it had gone well.",
        "She was born on 3 May and died on 9 May.",
    ],
)
def test_two_days_that_are_no_ends_tell_no_length(text: str) -> None:
    assert not list(told_by_ends(sentence(text)))


@given(st.text(max_size=80))
def test_any_text_is_read(text: str) -> None:
    for lasted in told_by_ends(sentence(text)):
        assert 0 <= lasted.low < lasted.high


def sentence(text: str) -> SourceSentence:
    return SourceSentence(Article("a", text, text, published_at="2023-05-12"), "a", Span(0, len(text)), text)


def test_a_question_that_offers_two_states_is_one_about_them() -> None:
    one = ("The Orrin tunnel has been reopened, the hauliers' union said on Monday.", "2024-06-17")
    two = ("The Orrin tunnel is still closed, the road office said on Monday evening.", "2024-06-17")
    conflicts = found("On 17 June, was the Orrin tunnel already open or was it still closed?", one, two)
    assert [c.kind for c in conflicts] == ["disputed"]
    assert values(conflicts) == ["reopened", "closed"]


def test_what_a_follow_up_was_about_need_not_stand_in_the_sentence() -> None:
    one = ("Kestria's coastguard took 17 boats in the past 24 hours, it said.", "2022-08-04")
    two = (
        "Some nine boats were taken by Kestria's coastguard in the past 24 hours, a fishermen's league said.",
        "2022-08-04",
    )
    question = "And how many boats did they take in those 24 hours (the Kestria blockade in August)?"
    assert len(values(found(question, one, two))) == 2


def test_how_long_others_talked_is_not_how_long_a_harbour_was_shut() -> None:
    one = ("The harbour of Korsund had been shut for nine days when dockers and owners signed.", "2024-02-11")
    two = ("After four days of talks dockers and owners of the harbour of Korsund signed on Sunday.", "2024-02-12")
    assert found("How long had the harbour of Korsund been shut?", one, two) == []


def test_reaching_an_agreement_is_no_update_of_a_figure() -> None:
    one = (
        "The talks in Korsund began on Friday evening and by dawn on Sunday an accord had been signed.",
        "2024-02-11",
    )
    two = ("After five days of talks in Korsund the dockers reached an agreement with the owners.", "2024-02-12")
    assert [c.kind for c in found("How long did the talks in Korsund take?", one, two)] == ["disputed"]


def test_a_later_figure_that_names_the_earlier_one_follows_it_whatever_else_is_dated() -> None:
    one = ("Brandt Glass will cut 640 of its 4,100 jobs, the company said on Tuesday.", "2025-05-13")
    two = ("After four weeks of talks Brandt Glass agreed on Wednesday to cut 470 jobs rather than 640.", "2025-06-18")
    conflicts = found("How many jobs is Brandt Glass cutting?", one, two)
    assert [c.kind for c in conflicts] == ["superseded"]
    assert values(conflicts) == ["640", "470"]


def test_a_number_that_opens_a_sentence_is_no_name() -> None:
    story = " The dockers of Marrow have been on strike for higher pay; cranes stand still in the harbour."
    one = ("Twenty-three ships are waiting off Marrow." + story, "2025-09-11")
    two = ("Thirty-one ships are waiting off Marrow." + story, "2025-09-20")
    question = "How many ships are now waiting off Marrow?"
    assert values(found(question, one, two)) == ["Twenty-three", "Thirty-one"]


def test_a_place_that_was_surrounded_and_then_fell_has_changed_hands_over_time() -> None:
    story = (
        " Governor Ida Brock has left for Khaldan. The road to Port Ellis is cut, traders in Dunmar said; bread and "
        "water are scarce in the valley of the Harg."
    )
    one = ("The Kessin Front has encircled the city of Saraj." + story, "2024-03-12")
    two = ("Saraj, a town in the north, fell to the Kessin Front on Sunday." + story, "2024-04-02")
    conflicts = found("Has the city of Saraj fallen?", one, two)
    assert [c.kind for c in conflicts] == ["superseded"]
    assert values(conflicts) == ["encircled", "fell"]
