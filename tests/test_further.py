"""What is added to a first sentence where more than a name is asked for."""

import pytest

from rag.found import Found, Scored
from rag.types import Check
from rag.verdict.further import further, wants_more
from tests.fakes_found import article, hit, quote, sources

TEXT = (
    "The harbour master runs the port of Brix. She gives every ship its berth. The port lies in the north. "
    "Who pays her? The harbour master also checks lights, pays pilots and marks wrecks."
)
STORY = article("a", TEXT)
SENTENCES = sources(STORY)
COSINES = (0.8, 0.5, 0.2, 0.6, 0.7)
RANKED = tuple(
    sorted(
        (Scored(s, c, c, 0.5) for s, c in zip(SENTENCES, COSINES, strict=True)), key=lambda scored: -scored.relevance
    )
)
FOUND = Found((hit(STORY),), tuple(SENTENCES), None, RANKED)
FIRST = Check("The harbour master runs the port of Brix.", (quote(SENTENCES[:1]),), 0.9)


def test_the_next_best_sentences_are_added_in_reading_order_each_cited_to_itself() -> None:
    added = further("What does the harbour master do?", [FIRST], FOUND)
    assert [c.text for c in added] == [SENTENCES[1].text, SENTENCES[4].text]
    assert all(c.quotes[0].text == c.text for c in added)


def test_nothing_is_added_where_a_name_or_a_date_is_asked_for() -> None:
    assert further("Which port does she run?", [FIRST], FOUND) == ()
    assert further("When did she start?", [FIRST], FOUND) == ()


def test_a_sentence_that_leans_on_one_not_shown_is_left_out() -> None:
    last = Check(SENTENCES[4].text, (quote(SENTENCES[4:]),), 0.9)
    assert SENTENCES[1].text not in [c.text for c in further("How does the port work?", [last], FOUND)][:1]


@pytest.mark.parametrize(
    "question",
    [
        "What does the mayor do?", "How did the strike end?", "Why did it fail?", "Who is Lena Ortiz?",
        "Two facts about Brix", "What are the main parts of a ship?", "Where do puffins nest?", "Alder tribes",
    ],
)  # fmt: skip
def test_questions_that_want_more(question: str) -> None:
    assert wants_more(question)


@pytest.mark.parametrize(
    "question",
    [
        "How many ships sank?", "Who won the vote?", "When did it sink?", "Which port is it?", "Is it open?",
        "What is the name of the ship?", "What is the capital of Alder?", "Where did the ship sink?",
    ],
)  # fmt: skip
def test_questions_that_want_one_thing(question: str) -> None:
    assert not wants_more(question)
