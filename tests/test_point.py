"""What a question is after: a time, a name; and answers that give it something else."""

import pytest

from rag.verdict.point import another_subject, asks_time, gives_occasion, lacks_its_name, names_nobody, turned_round


@pytest.mark.parametrize(
    "question",
    ["When was it sold?", "Since when is it open?", "In May, when did he leave?", "when the dam broke", "Which year?"],
)
def test_questions_for_a_time(question: str) -> None:
    assert asks_time(question)


@pytest.mark.parametrize(
    "question",
    [
        "When the dam broke, who was mayor?",
        "What path does a ball take when seen from the bank?",
        "How deep is it when it rains?",
    ],
)
def test_a_clause_that_says_when_asks_for_no_time(question: str) -> None:
    assert not asks_time(question)


def test_an_occasion_answers_when_do_you() -> None:
    assert gives_occasion("When do you need to blind bake?", "It is needed when the filling is raw.")
    assert not gives_occasion("When does the mine reopen?", "The mine reopens if the price rises.")


@pytest.mark.parametrize(
    ("question", "answer", "nobody"),
    [
        ("Who played Ada Frost in Tarn Lights?", "Ada Frost is a character in Tarn Lights.", True),
        ("Who does the voice of Frost in Tarn Lights?", "Sir Frost is the voice of Frost in Tarn Lights.", True),
        ("Who played Ada Frost in Tarn Lights?", "Lena Ortiz played Ada Frost in Tarn Lights.", False),
        ("Who wrote the Book of Tarn?", "The Book of Tarn was written anonymously.", False),
        ("Who runs Tarn?", "Tarn is a town.", False),
    ],
)
def test_who_played_somebody_is_not_answered_with_the_role(question: str, answer: str, nobody: bool) -> None:
    assert names_nobody(question, answer) is nobody


@pytest.mark.parametrize(
    ("question", "answer", "turned"),
    [
        ("What was absorbed into Brix?", "Brix was absorbed into Corva.", True),
        ("What was absorbed into Brix?", "Alba was absorbed into Brix.", False),
        ("Who beat Harwick?", "Harwick beat Alton.", True),
        ("Who beat Harwick?", "Harwick was beaten by Alton.", False),
        ("Who benefited from Brix?", "Brix benefited from the state.", True),
    ],
)
def test_the_doer_is_not_the_one_it_was_done_to(question: str, answer: str, turned: bool) -> None:
    assert turned_round(question, answer) is turned


@pytest.mark.parametrize(
    ("question", "answer", "other"),
    [
        ("How many years in prison did Agnes Dahl get?", "Mr Voss could get ten years in prison.", "Mr Voss"),
        ("How many years in prison did Agnes Dahl get?", "Dahl got six years.", None),
        ("How many years in prison did Agnes Dahl get?", "The judge gave her six years.", None),
        ("What did Alton say?", "Spokesman Tom Okafor said no.", None),
        ("Who runs Tarn?", "Lena Ortiz runs the town.", None),
    ],
)
def test_what_one_did_is_not_what_another_did(question: str, answer: str, other: str | None) -> None:
    assert another_subject(question, answer) == other


@pytest.mark.parametrize(
    ("answer", "lacks"),
    [
        ("The harbour chief, Ada Lind, was killed on Monday.", False),
        ("Ada Lind, the harbour chief, was killed on Monday.", False),
        ("The Reds, who hold Tarn, said that they had killed the harbour chief on Monday.", True),
        ("The harbour chief is a man of Orrin.", True),
        ("It was Ada Lind.", False),
    ],
)
def test_the_name_of_somebody_stands_beside_what_he_is(answer: str, lacks: bool) -> None:
    assert lacks_its_name("What was the name of the harbour chief who was killed?", answer) == lacks
