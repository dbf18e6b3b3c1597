"""What settles a yes/no question."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.verdict.closed import denied, settled

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
    ("Did Orrin sue Tarn?", "Tarn sued Orrin.", None),
    ("Did the ferry run aground in March?", "The ferry ran aground in May.", None),
    ("Was Holt hurt?", "The weather was fine.", None),
    # closed to some is not closed to others; what is kept is not cut
    ("Is the quay closed to trams?", "The quay was closed to vans on Monday after a beam gave way.", None),
    ("Is the quay closed to vans?", "The quay was closed to vans on Monday after a beam gave way.", "Yes"),
    (
        "Did the fund cut its fee?",
        "The fund kept its fee and said that it did not expect to cut it before spring.",
        "No",
    ),
    ("Did the fund keep its fee?", "The fund kept its fee and said that it did not expect to cut it.", "Yes"),
    ("Did the ministry raise the fee?", "The price rose while the ministry cut the fee.", "No"),
    ("Did the shares rise?", "The shares fell 3 percent on Monday.", "No"),
    ("Will the pool close?", "The pool will stay open until May.", "No"),
    # one instance is enough, of the very thing
    ("Was anyone expelled?", "Midfielder Una Roe was expelled in the 12th minute.", "Yes"),
    ("Was anyone sent off?", "Una Roe was sent off in the 12th minute.", "Yes"),
    ("Was anyone sent off?", "Ships were sent to the port.", None),
    ("Did the storm kill anyone?", "The storm killed three people along the coast.", "Yes"),
    ("Was anyone killed in the raid?", "Nobody died in the raid.", "No"),
    ("Is there any doubt?", "The judge said that there was no doubt.", "No"),
    # who did it to whom
    ("Did the union reject the offer?", "The union said that the company rejected the offer.", None),
    ("Was Tarn attacked?", "Tarn attacked Orrin on Sunday.", None),
    ("Was Orrin attacked?", "Tarn attacked Orrin on Sunday.", "Yes"),
    ("Did Tarn attack Orrin?", "Orrin was attacked by Tarn on Sunday.", "Yes"),
    ("Did Orrin attack Tarn?", "Orrin was attacked by Tarn on Sunday.", None),
    ("Are larger boats affected?", "Smaller boats and the ferry are not affected.", None),
    ("Are smaller boats affected?", "Smaller boats and the ferry are not affected.", "No"),
    ("Was Holt a surgeon?", "Holt, the surgeon who founded the ward, died on Sunday.", "Yes"),
    ("Did the minister resign?", "The minister said the mayor resigned.", None),
    ("Was Holt found guilty?", "Holt was found not guilty.", "No"),
    ("Was the vote close?", "The vote was held close to the border.", None),
    ("Did the army take Tarn?", "The army failed to take Tarn.", "No"),
    ("Did Holt pay a fine?", "Holt was ordered to pay a fine.", None),
    # part of what another is
    ("Was Holt arrested?", "Holt's brother was arrested.", None),
    ("Was Holt arrested?", "The brother of Holt was arrested.", None),
    ("Was the mayor arrested?", "The mayor's brother was arrested.", None),
    ("Was the bridge closed?", "The road to the bridge was closed.", None),
    ("Was the bridge closed?", "In the north the old bridge was closed.", "Yes"),
    ("Did Holt approve the plan?", "Holt approved the budget but not the plan.", None),
    # a relation told from the other side
    ("Did Orrin beat Tarn?", "Tarn beat Orrin.", "No"),
    ("Did Orrin beat Tarn?", "Tarn lost 2-1 to Orrin.", "Yes"),
    ("Did Orrin lose to Tarn?", "Orrin were beaten 2-1 by Tarn.", "Yes"),
    ("Is Orrin ahead of Tarn?", "Tarn moved ahead of Orrin on Monday.", "No"),
    ("Is Orrin ahead of Tarn?", "Tarn trails Orrin by two points.", "Yes"),
    ("Did Orrin win?", "Orrin lost the race by two votes.", "No"),
    # denied, meant, said
    ("Did Holt ask for a review?", "Holt gave in and said that he would not ask for a review.", "No"),
    ("Did Holt rule out a sale?", "Holt did not rule out a sale next year.", "No"),
    ("Will any nurses be dismissed?", "No nurses would be dismissed, Holt said; 12 would go to other wards.", "No"),
    ("Did Holt vote for the tax?", "Holt, of the ruling party, also voted against the tax.", "No"),
    ("Did Holt win?", "Holt said that he was sure of winning.", None),
    ("Will Holt resign?", "Holt, whose resignation the opposition has demanded, made clear that he would stay.", "No"),
    ("Did Holt vote against the tax?", "Holt voted against.", "Yes"),
    ("Has the report been peer reviewed?", "The report has not been peer reviewed.", "No"),
    ("Did Holt sell the car?", "Holt said on Monday that he sold the car.", "Yes"),
    ("Has Holt found work?", "Holt, who told police that Tarn Motors lied, says that she has not found work.", "No"),
    # what another says of somebody's deed settles nothing
    ("Did Holt steal the car?", "Police said that Holt stole the car.", None),
    ("Did Holt win?", "Holt was elected mayor on Sunday by 212 votes.", "Yes"),
    # the very word goes before an opposite beside it
    ("Has power been restored?", "Power was restored to most of the homes cut off by the storm.", "Yes"),
    ("Can vans use the tunnel?", "Vans may still use the tunnel at night.", "Yes"),
]


@pytest.mark.parametrize(("question", "sentence", "word"), CASES)
def test_a_sentence_settles_a_question_or_does_not(question: str, sentence: str, word: str | None) -> None:
    assert settled(question, sentence, f"{sentence} Holt Orrin Tarn") == word


@pytest.mark.parametrize(
    ("before", "word"),
    [
        ("Transport minister Ada Holt's car was hit.", "No"),
        ("Ada Holt, the minister, was in the car.", "No"),
        ("Ada Holt met minister Tom Roe.", None),
        ("Ada Holt was in the car.", None),
    ],
)
def test_a_noun_stands_for_the_only_one_who_is_called_so(before: str, word: str | None) -> None:
    assert settled("Was Ada Holt hurt?", "The minister was unhurt.", f"{before} The minister was unhurt.") == word


@pytest.mark.parametrize(
    ("sentence", "word"),
    [
        ('Ada Holt has recalled that "the pool will remain open", but money is short.', "Yes"),
        ("Ada Holt said that the pool will not remain open.", None),
        ("Tom Roe said that the pool will remain open.", None),
    ],
)
def test_what_somebody_said_is_told_by_what_they_said(sentence: str, word: str | None) -> None:
    assert settled("Did Ada Holt say the pool would stay open?", sentence, f"{sentence} Ada Holt") == word


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


@given(
    verb=st.sampled_from(["beat", "sue", "visit", "attack", "hire", "blame", "rescue", "arrest", "warn", "support"]),
    pair=st.permutations(["Orrin", "Tarn", "Kora", "Lund"]),
)
def test_a_plain_statement_its_denial_and_its_reverse(verb: str, pair: list[str]) -> None:
    a, b = pair[:2]
    past = {"beat": "beat", "sue": "sued", "hire": "hired", "blame": "blamed", "rescue": "rescued"}.get(
        verb, f"{verb}ed"
    )
    asked = f"Did {a} {verb} {b}?"

    def told(sentence: str) -> str | None:
        return settled(asked, sentence, sentence)

    assert told(f"{a} {past} {b} on Sunday.") == "Yes"
    assert told(f"{a} did not {verb} {b} on Sunday.") == "No"
    assert told(f"{b} {past} {a} on Sunday.") != "Yes"
    assert told(f"{a} may {verb} {b} on Sunday.") is None
    assert told(f"{a} wants to {verb} {b}.") is None


@pytest.mark.parametrize(
    ("question", "body", "quote", "rests"),
    [
        (
            "Did the raiders hurt the clerk?",
            "the clerk was not harmed.",
            "The clerk, a man of 41, was not harmed.",
            True,
        ),
        ("Will the coast authority sue?", "the coast authority will not sue.", "The authority will not sue.", True),
        ("Does the guild like the plan?", "the guild disliked the plan.", "The guild disliked the plan.", True),
        ("Did the mayor resign?", "the mayor did not resign.", "The deputy did not resign.", False),
        ("Did the bank cut its rate?", "the bank did not cut its rate.", "The bank did not raise its rate.", False),
        ("Did Ona Berg resign?", "Ona Berg did not resign.", "Her motion was voted down.", False),
    ],
)
def test_a_drafts_no_rests_on_a_sentence_that_denies_what_was_asked(
    question: str, body: str, quote: str, rests: bool
) -> None:
    assert denied(question, body, quote) is rests
