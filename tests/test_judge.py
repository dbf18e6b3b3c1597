"""What of a checked draft may be said."""

from collections.abc import Callable

import pytest

from rag.drafting import Draft
from rag.found import Found, Scored
from rag.types import Article, Check, Hit, Passage, Quote, SourceSentence, Span
from rag.verdict import judge

TEXT = (
    "The tannery in Orrin employed 187 weavers. The council urged the mill to clean the river. "
    "The flood reached 17 villages and three county towns."
)
SPANS = (Span(0, 42), Span(43, 89), Span(90, len(TEXT)))
ARTICLE = Article("tannery", TEXT, "hash", title="Orrin in the flood")
SENTENCES = tuple(SourceSentence(ARTICLE, "p1", s, TEXT[s.start : s.end]) for s in SPANS)
PASSAGE = Passage("p1", "hash", 0, len(TEXT), TEXT, SPANS)
FOUND = Found(
    (Hit(PASSAGE, ARTICLE, 0.03, {"dense": 1}),), SENTENCES, None, tuple(Scored(s, 1.0, 0.5, 0.5) for s in SENTENCES)
)


def passed(text: str, which: int, support: float = 0.9) -> Check:
    span = SPANS[which]
    return Check(text, (Quote(ARTICLE, "p1", span.start, span.end, TEXT[span.start : span.end]),), support)


def draft(*checks: Check, stated: float = 0.8, refused: bool = False) -> Draft:
    return Draft(" ".join(c.text for c in checks), checks, refused, stated, 0.01)


def failing(problem: str) -> Callable[[str], Check]:
    return lambda claim: Check(claim, (), 0.5, problem)


def test_a_supported_answer_is_said() -> None:
    said = judge.outcome("How many weavers were there?", draft(passed("It employed 187 weavers.", 0)), FOUND, ())
    assert (said.status, said.checks[0].text) == ("answered", "It employed 187 weavers.")


def test_a_refusal_is_weak_evidence() -> None:
    assert judge.outcome("Who owns it?", draft(refused=True), FOUND, ()).reason == "weak_evidence"


def test_what_the_model_doubts_is_withheld_with_a_reason() -> None:
    said = judge.outcome("Who owns the tannery?", draft(passed("Orrin owns the tannery.", 0), stated=0.3), FOUND, ())
    assert (said.status, said.reason) == ("not_found", "weak_evidence")
    assert said.withheld[0].text == "Orrin owns the tannery."


def test_nothing_that_passed_is_unsupported() -> None:
    failed = Check("It employed 24 dyers.", (), 0.3, "number 24 not in the cited quote")
    said = judge.outcome("Who worked there?", draft(failed), FOUND, ())
    assert (said.reason, said.withheld[0].reason) == ("unsupported", "number 24 not in the cited quote")


def test_a_false_premise_is_named() -> None:
    claim = passed("The council praised the mill because it cleaned the river.", 1)
    said = judge.outcome("Why was the mill praised by the council?", draft(claim), FOUND, ())
    assert said.reason == "false_premise"
    assert said.notice is not None and "praised" in said.notice


def test_a_count_of_something_else_gives_way_to_the_sentence_that_counts_it() -> None:
    wrong = passed("The flood reached 17 villages.", 2)
    said = judge.outcome("How many county towns were flooded?", draft(wrong), FOUND, ())
    assert (said.status, said.checks[0].text) == ("answered", TEXT[SPANS[2].start :])


def test_a_bare_phrase_from_a_passage_about_something_else_is_withheld() -> None:
    shown = judge.mended("187", "Which bishop blessed the zeppelin in Rome?", FOUND, lambda claim: passed(claim, 0))
    assert not shown.passed
    shown = judge.mended("187", "How many weavers did the tannery employ?", FOUND, lambda claim: passed(claim, 0))
    assert shown.text == "The tannery in Orrin employed 187 weavers."


@pytest.mark.parametrize("problem", ["number 24 not in the cited quote", "date Monday not in the cited quote"])
def test_what_cannot_be_mended_keeps_its_problem(problem: str) -> None:
    assert judge.mended("It closed on Monday.", "When did it close?", FOUND, failing(problem)).problem == problem


def probed(*checks: Check, stated: float, refused: bool = False) -> Draft:
    return Draft(" ".join(c.text for c in checks), checks, refused, stated, 0.01, probed=True)


def test_where_the_probe_is_sure_the_sentence_a_failed_draft_points_at_stands_for_it() -> None:
    quote = passed("", 2).quotes[0]
    failed = Check("The flood reached Tarn.", (), 0.6, "name Tarn not in the cited quote", quote)
    said = judge.outcome("Which places did the flood reach?", probed(failed, stated=0.9), FOUND, ())
    assert (said.status, said.checks[0].text) == ("answered", quote.text)
    assert said.withheld[0].text == "The flood reached Tarn."


def test_nothing_stands_for_a_number_that_was_made_up() -> None:
    quote = passed("", 2).quotes[0]
    failed = Check("The flood reached 71 villages.", (), 0.6, "number 71 not in the cited quote", quote)
    said = judge.outcome("Which places did the flood reach?", probed(failed, stated=0.9), FOUND, ())
    assert said.status == "not_found"


def test_a_refusal_gives_way_to_the_nearest_sentence_only_where_the_probe_is_sure() -> None:
    question = "What did the council urge the mill in Orrin to clean?"
    assert judge.outcome(question, probed(stated=0.3, refused=True), FOUND, ()).status == "not_found"
    assert judge.outcome(question, probed(stated=0.9, refused=True), FOUND, ()).status == "answered"


def test_a_sentence_that_misses_the_point_never_stands_in() -> None:
    question = "How much did the flood in Orrin cost?"
    quote = passed("", 1).quotes[0]
    failed = Check("It cost 9 million.", (), 0.2, "number 9 million not in the cited quote", quote)
    assert judge.outcome(question, probed(failed, stated=0.95), FOUND, ()).status == "not_found"


def test_no_yes_or_no_is_made_of_a_sentence() -> None:
    said = judge.outcome("Did the flood reach Orrin?", probed(stated=0.9, refused=True), FOUND, ())
    assert said.status == "not_found"


def test_a_passage_that_says_nothing_of_the_year_asked_about_answers_nothing() -> None:
    said = judge.outcome(
        "How many weavers were there in 1997?", draft(passed("It employed 187 weavers.", 0)), FOUND, ()
    )
    assert (said.status, said.withheld[0].reason) == ("not_found", "the passage says nothing of 1997")


def test_a_question_that_swaps_what_the_quote_says_is_told_what_it_says() -> None:
    claim = passed("The council urged the mill to clean the river.", 1)
    said = judge.outcome(
        "What did the council urge the 19 villages to clean that the flood reached?", draft(claim), FOUND, ()
    )
    assert said.status == "answered"  # the quote speaks of no villages
    reached = passed("The flood reached 17 villages.", 2)
    said = judge.outcome("What reached 19 villages and three county towns?", draft(reached), FOUND, ())
    assert (said.status, said.reason) == ("not_found", "false_premise")
    assert said.checks[0].text == TEXT[SPANS[2].start :] and "17 villages" in (said.notice or "")


def test_a_bare_phrase_is_shown_in_the_sentence_that_answers() -> None:
    shown = judge.mended("187 weavers", "How many did the tannery employ?", FOUND, lambda claim: passed(claim, 2))
    assert shown.text == TEXT[: SPANS[0].end]


def test_a_sentence_that_breaks_off_is_withheld() -> None:
    shown = judge.mended("When the council urged the mill,", "What then?", FOUND, lambda claim: passed(claim, 1))
    assert (shown.passed, shown.problem) == (False, "it breaks off")
