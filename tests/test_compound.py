"""Which questions have clauses in different articles, and what the clauses are."""

from __future__ import annotations

import pytest

from eval.choices import ARTICLES, HERE
from eval.known import load
from rag.compound.question import Compound, mentions, plan
from rag.sources import read_paths

OUTLETS = ["Coast Post", "Sund Post | News", "Velmar Today", "The Lantern", "Wired", "Harbour.com"]


def made(question: str) -> Compound:
    found = plan(question, OUTLETS)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "question",
    [
        "How many people died in the flood?",
        "Which company laid off 600 people and moved to Orlo?",
        "Was the house wired before the fire, and did the wired part burn?",
        "Did the mayor of Orlo resign before the inquiry reported?",
        "What does the Coast Post say about the flood?",
        "Did the Coast Post report that the dam held?",
        "Who owns the Coast Post and the Velmar Today?",
        "Is the report in the Coast Post consistent or inconsistent with the article in Velmar Today?",
    ],
)
def test_ordinary_questions_are_left_alone(question: str) -> None:
    assert plan(question, OUTLETS) is None


@pytest.mark.parametrize(
    "question",
    [
        "Who, according to an article in the Brell Times and a report by Velmar Today, led the divers?",
        "Considering a Coast Post article and an ESPN report, which player wears the jersey?",
        "Did a Reuters article report a strike, while the Coast Post article reported a lockout?",
    ],
)
def test_nothing_is_known_of_an_outlet_the_archive_lacks(question: str) -> None:
    assert plan(question, OUTLETS) is None


def test_an_outlet_is_one_beside_a_word_of_reporting_in_quotes_or_in_a_list() -> None:
    def named(question: str) -> list[str]:
        return [question[m.start : m.end] for m in mentions(question, OUTLETS)]

    assert named("Which firm, reported by Wired and Coast Post, sold 'Harbour.com' papers?") == [
        "Wired",
        "Coast Post",
        "Harbour.com",
    ]
    assert named("Who wired the lantern at the coast post?") == []
    assert mentions("as the Sund Post reported", OUTLETS)[0].outlets == ("Sund Post | News",)


def test_a_question_for_a_name_is_cut_into_what_is_said_of_it() -> None:
    found = made(
        "Which company, reported by both the Coast Post and Velmar Today, paid for the tunnel's contract, gave a "
        "minister 2,600,000 crowns, and was barred from public contracts?"
    )
    assert found.kind == "which"
    assert [c.text for c in found.clauses] == [
        "Which company paid for the tunnel's contract",
        "gave a minister 2,600,000 crowns",
        "and was barred from public contracts",
    ]
    assert found.clauses[0].outlets == ("Coast Post", "Velmar Today")


def test_claims_are_cut_by_outlet_and_a_second_article_of_the_same_source_counts() -> None:
    found = made(
        "Did the Coast Post report that the governor counted 34 dead, while Velmar Today said that 38 people had died, "
        "and does the same source blame the dam's operator?"
    )
    assert found.kind == "claims"
    assert [c.outlets for c in found.clauses] == [("Coast Post",), ("Velmar Today",), ("Velmar Today",)]
    assert "governor counted 34 dead" in found.clauses[0].topic
    assert "Post" not in found.clauses[0].topic


def test_reports_may_be_pointed_out_first_and_asked_about_then() -> None:
    found = made(
        "Between the Coast Post report on the damage in Orlo published on 9 April 2025 and the Velmar Today report on "
        "the damage published on 2025-05-16, was there a change in the insurer's estimate?"
    )
    assert found.kind == "compare"
    assert found.asked == "was there a change in the insurer's estimate?"
    assert [str(c.days.start) for c in found.clauses if c.days] == ["2025-04-09", "2025-05-16"]


def test_a_question_of_endless_clauses_is_not_followed() -> None:
    assert (
        plan("Did " + "the Coast Post article say that the dam held, while " * 30 + "Velmar Today fell?", OUTLETS)
        is None
    )


@pytest.mark.parametrize("word", ["before", "after"])
def test_the_order_of_two_reports(word: str) -> None:
    found = made(
        f"Did the Coast Post report on the siege of Hadira {word} Velmar Today reported on the truce in Zarunda?"
    )
    assert found.order == word
    dated = made(
        "Did the Coast Post report a siege in Hadira after 3 June 2025, while Velmar Today reported a truce there?"
    )
    assert dated.order is None


def test_a_report_without_words_of_its_own_is_about_the_same_matter() -> None:
    found = made(
        "Does the Coast Post report on the museum theft give the same number of paintings as the Velmar Today report?"
    )
    assert "paintings" in found.clauses[1].topic


def test_the_questions_of_several_clauses_on_the_gazette_are_read_as_such_and_its_others_are_not() -> None:
    documents, _ = read_paths([ARTICLES["gazette"]])
    outlets = sorted({d.outlet for d in documents if d.outlet})
    compound = load(HERE / "questions" / "compound.jsonl", {d.key for d in documents})
    ordinary = [q for q in compound if plan(q.question, outlets) is None]
    assert [q.id for q in ordinary] == ["c09"]  # it names an outlet that the gazette's articles don't come from
    assert [q.id for q in load(HERE / "questions" / "gazette.jsonl") if plan(q.question, outlets)] == []
