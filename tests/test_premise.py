"""Questions that take something for granted."""

import pytest

from rag.found import Found, Scored
from rag.verdict import premise
from tests.fakes_found import article, hit, sources


def found(*texts: str) -> Found:
    articles = [article(f"a{n}", text) for n, text in enumerate(texts)]
    sentences = [s for a in articles for s in sources(a)]
    return Found(
        tuple(hit(a) for a in articles), tuple(sentences), None, tuple(Scored(s, 1.0, 0.5, 0.5) for s in sentences)
    )


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("When did the rebels capture Tarn?", "The rebels have not captured Tarn, the governor said."),
        ("Why did Mayor Holt resign?", "Mayor Holt did not resign."),
        ("Why did Mayor Holt resign?", "Mayor Holt has refused to say when he eats. Mayor Holt never resigned."),
        ("How did the council approve the budget?", "The council rejected the budget."),
        ("On which day was the Orrin bridge closed?", "The Orrin bridge was not closed."),
    ],
)
def test_what_the_articles_deny_is_told(question: str, text: str) -> None:
    denied = premise.denial(question, found(text))
    assert denied is not None
    assert denied.text in text


@pytest.mark.parametrize(
    ("question", "texts"),
    [
        ("When did the rebels capture Tarn?", ["The rebels captured Tarn on Sunday."]),
        # it changed: what was denied first happened later
        ("When did the rebels capture Tarn?", ["The rebels have not captured Tarn.", "The rebels captured Tarn."]),
        # another town
        ("When did the rebels capture Tarn?", ["The rebels have not captured Orrin."]),
        # the question denies it too
        ("Why did Mayor Holt not resign?", ["Mayor Holt did not resign."]),
        ("When will the strike at the mill end?", ["The strike at the mill has not ended."]),
        ("Did Mayor Holt resign?", ["Mayor Holt did not resign."]),
        ("How many rebels did the army capture in Tarn?", ["The army did not capture rebels in Tarn."]),
        ("What did the dockers ask for at the start?", ["The dockers asked to stop work."]),
        # something else is denied
        ("Where did the ferry run aground?", ["The ferry ran aground off Skarn. Nobody was hurt."]),
        ("What was damaged?", ["The chapel was not damaged."]),
    ],
)
def test_what_they_do_not_deny_is_no_false_premise(question: str, texts: list[str]) -> None:
    assert premise.denial(question, found(*texts)) is None


def test_a_why_that_takes_for_granted_what_nobody_said() -> None:
    near = "The council urged the mill to stop dyeing the river. Its owner refused."
    claim = "The council praised the mill because it stopped dyeing the river."
    assert premise.untold("Why did the council praise the mill?", claim, near) == "praised"
    assert premise.untold("Why was the mill praised by the council?", claim, near) == "praised"
    assert premise.untold("Why did the owner refuse?", "The owner refused because of the cost.", near) is None
    assert premise.untold("Who praised the mill?", claim, near) is None


def test_a_wish_is_no_deed_and_a_light_verb_no_premise() -> None:
    near = "The opposition asked Hanna Reuss to resign. The state gave aid to Corva."
    assert premise.untold("Why did Reuss resign?", "Reuss resigned because she was asked to.", near) == "resigned"
    assert premise.untold("Why did the state send aid?", "The state sent aid because of hunger.", near) is None
    told = "The state called off the fair because of rain."
    assert premise.untold("Why did the state call off the fair?", told, near) == "called"


def test_a_why_of_which_nothing_but_the_names_is_told() -> None:
    near = "Deb Lund urged the mill to stop at once, before the council of Orrin."
    assert premise.unheard("Why did Deb Lund praise Orrin?", near) == "praise"
    assert premise.unheard("Why did Deb Lund urge the mill to stop?", near) is None
    assert premise.unheard("Who praised the dyers?", near) is None
