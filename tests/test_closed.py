"""What settles a yes/no question."""

import pytest

from rag.verdict.closed import settled

CASES = [
    ("Did Mayor Holt resign?", "Mayor Holt resigned on Monday.", "Yes"),
    ("Did Mayor Holt resign?", "Mayor Holt did not resign.", "No"),
    ("Was the chapel damaged?", "The chapel was not damaged.", "No"),
    ("Will the prosecution appeal against the verdict?", "The prosecution will not appeal against the verdict.", "No"),
    ("Has anybody been arrested over the theft?", "Nobody has been arrested over the theft.", "No"),
    ("Did the council approve the budget?", "The council rejected the budget.", "No"),
    ("Were 14 houses burned?", "Eleven houses burned down.", "No"),
    ("Did the ferry run aground in March?", "The ferry ran aground in March.", "Yes"),
    # the verb is not there
    ("Has anybody been arrested over the theft?", "Thieves broke in and carried off four paintings.", None),
    ("Have the rebels captured Tarn?", "The rebels hold all roads to Tarn.", None),
    # wished, claimed, planned, possible
    (
        "Will the ban be extended to the bank?",
        "The group wants the ban, now two years old, extended to the bank.",
        None,
    ),
    ("Have the rebels captured Tarn?", "The rebels claimed to have captured Tarn.", None),
    ("Was the bridge closed?", "The bridge could be closed.", None),
    ("Was the bridge closed?", "The bridge will be closed.", None),
    ("Will the port company sack those on strike?", "The port company did not say what the strike had cost.", None),
    ("Did Tarn close its border?", "The town on the border, close to Tarn, was quiet.", None),
    ("Did the bridge close to lorries?", "The bridge did not close to lorries.", "No"),
    # somebody else, the other way round, another day
    ("Did Holt resign?", "Brandt resigned on Monday.", None),
    ("Did Orrin beat Tarn?", "Tarn beat Orrin.", None),
    ("Did the ferry run aground in March?", "The ferry ran aground in May.", None),
    ("Was Holt hurt?", "The weather was fine.", None),
]


@pytest.mark.parametrize(("question", "sentence", "word"), CASES)
def test_a_sentence_settles_a_question_or_does_not(question: str, sentence: str, word: str | None) -> None:
    assert settled(question, sentence, f"{sentence} Holt Orrin Tarn") == word


def test_a_name_may_stand_beside_the_sentence() -> None:
    assert settled("Did Holt resign?", "He resigned on Monday.", "Mayor Holt spoke. He resigned on Monday.") == "Yes"
    assert settled("Did Holt resign?", "He resigned on Monday.", "He resigned on Monday.") is None


def test_a_question_about_a_claim_is_settled_by_one() -> None:
    assert (
        settled("Did the rebels claim to have captured Tarn?", "The rebels claimed to have captured Tarn.", "Tarn")
        == "Yes"
    )


def test_are_you_sure_asks_the_same() -> None:
    sentence = "In 1993, the river flooded parts of Alder."
    assert settled("Are you sure that the river flooded Alder in 1993?", sentence, sentence) == "Yes"


def test_a_comparison_is_not_settled_by_a_sentence_that_compares_nothing() -> None:
    sentence = "Ferry tickets are an expense of the council."
    assert settled("Are ferry tickets more expensive?", sentence, sentence) is None
    dearer = "Ferry tickets are more expensive than last year."
    assert settled("Are ferry tickets more expensive?", dearer, dearer) == "Yes"


@pytest.mark.parametrize(
    ("sentence", "told"),
    [("There has been no arrest and no demand for a ransom.", "No"), ("Two men were arrested on Sunday.", "Yes")],
)
def test_whether_it_befell_anybody_is_told_by_a_sentence_that_leaves_the_matter_to_its_passage(
    sentence: str, told: str
) -> None:
    near = f"Thieves took four paintings from the museum. {sentence} The theft was noticed at six."
    assert settled("Has anybody been arrested over the theft of the paintings?", sentence, near) == told
    assert settled("Has anybody been arrested over the fire in the harbour?", sentence, near) is None


def test_what_only_goes_along_with_the_matter_does_not_settle_it() -> None:
    said = "The army took Tarn, near the border with Lund, on Sunday."
    assert settled("Did Lund close its border after Tarn was taken?", said, said) is None
