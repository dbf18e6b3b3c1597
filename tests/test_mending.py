"""What code mends in a drafted sentence before it is given up."""

from rag.checking import mending
from rag.found import Found, Scored
from rag.types import Check
from tests.fakes_found import article, hit, sources

TEXT = "Orla Kilbrandon led the enquiry. Her report of 1973 urged the council to repair the dam at Tarn Falls."
STORY = article("a", TEXT, title="The enquiry", published_at="1973-05-04")
FOUND = Found((hit(STORY),), tuple(sources(STORY)), None, tuple(Scored(s, 1.0, 0.5, 0.5) for s in sources(STORY)))


def test_a_misspelt_name_of_the_question_is_spelt_as_in_the_articles() -> None:
    question = "What did Kllbrandon urge?"
    assert mending.respelt("Kllbrandon urged repairs.", question, FOUND) == "Kilbrandon urged repairs."
    assert mending.respelt(question, question, FOUND) == "What did Kilbrandon urge?"


def test_a_name_that_is_another_is_left() -> None:
    question = "What did Hillbrandt urge?"
    assert mending.respelt("Hillbrandt urged repairs.", question, FOUND) == "Hillbrandt urged repairs."
    assert mending.respelt("Kilbrandon urged it.", "What did Kilbrandon urge?", FOUND) == "Kilbrandon urged it."


def test_a_day_copied_from_the_question_is_cut_out() -> None:
    failed = Check("The council was fined this week.", (), 0.5, "date this week not in the cited quote")
    assert mending.without_copied_date(failed, "Who was fined this week?") == "The council was fined."
    assert mending.without_copied_date(failed, "Who was fined?") is None


def test_what_passes_without_the_copied_day_is_kept() -> None:
    def check(claim: str) -> Check:
        return Check(claim, (), 0.5, "date this week not in the cited quote" if "week" in claim else "other")

    assert mending.mended("It was fined this week.", "Who was fined this week?", FOUND, check).text.endswith("week.")
