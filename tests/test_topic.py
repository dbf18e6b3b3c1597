"""Turns that name a topic and ask nothing."""

import pytest

from rag.found import Found, Scored
from rag.verdict import topic
from tests.fakes_found import article, hit, sources

TEXT = "The ferry takes two hours. Ferry timetable options are summer, winter and holiday timetables."
STORY = article("a", TEXT)
FOUND = Found(
    (hit(STORY),),
    tuple(sources(STORY)),
    None,
    tuple(Scored(s, 1.0, c, 0.5) for s, c in zip(reversed(sources(STORY)), (0.8, 0.4), strict=True)),
)


@pytest.mark.parametrize("turn", ["Ferry timetable options", "Tax rate for a ferry company", "Alder air board."])
def test_noun_phrases_are_topics(turn: str) -> None:
    assert topic.is_topic(turn)


@pytest.mark.parametrize(
    "turn", ["Is it late?", "ferry?", "Thanks a lot", "The ferry was late", "My ferry plans", "Hello there"]
)
def test_questions_statements_and_greetings_are_none(turn: str) -> None:
    assert not topic.is_topic(turn)


def test_a_topic_is_told_by_the_sentence_that_speaks_of_it() -> None:
    quote = topic.told("Ferry timetable options", FOUND)
    assert quote is not None and quote.text.startswith("Ferry timetable options are")
    assert topic.told("Zeppelin hangar options", FOUND) is None
