"""Whether clauses hold and how two reports relate."""

from __future__ import annotations

import pytest

from rag.compound.closed import Evidence, Likeness, likeness, related, relation, verdict
from rag.compound.question import Clause, Compound, Kind, Order

APART = Likeness(None)


def evidence(*holds: float, text: str = "the Post says so", cosine: float = 0.6) -> list[Evidence]:
    return [Evidence(Clause(text, "x"), "A quote.", cosine, h, f"2025-01-0{i + 1}") for i, h in enumerate(holds)]


def asked(question: str, kind: Kind = "claims", order: Order | None = None) -> Compound:
    return Compound(kind, (), question, order)


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("was there a change in the estimate?", ("changed", False)),
        ("was there no change in the estimate?", ("changed", True)),
        ("is the portrayal consistent?", ("consistent", False)),
        ("was there inconsistency between them?", ("inconsistent", False)),
        ("Does A give the same number as B?", ("same", False)),
        ("Does A report a different toll than B?", ("different", False)),
        ("Does A cite the same source while B cites none?", None),
        ("Did A report a flood, while B reported a drought?", None),
    ],
)
def test_the_relation_asked_for(question: str, wanted: tuple[str, bool] | None) -> None:
    assert relation(question) == wanted


def test_numbers_of_one_kind_tell_likeness_whatever_the_wording() -> None:
    three, four = "Thieves stole three paintings.", "Thieves stole four paintings."
    assert likeness(three, four, 0.95) == Likeness(False, by_number=True)
    assert likeness(three, "The three paintings are gone.", 0.1) == Likeness(True, by_number=True)


def test_quotes_without_numbers_are_alike_when_near_and_contradict_only_by_denial() -> None:
    assert likeness("The dam held.", "The dam held.", 1.0).alike is True
    assert likeness("The dam held.", "A circus came to town.", 0.1).alike is None
    assert likeness("The army captured Orlo.", "The army did not capture Orlo.", 0.9).alike is False


def test_reports_that_only_tell_different_things_are_consistent_and_different() -> None:
    assert related("consistent", None) and related("different", None) and related("changed", None)
    assert not related("same", None) and not related("inconsistent", None)


def test_yes_when_all_clauses_hold_and_no_with_the_one_that_does_not() -> None:
    question = asked("Did A say x, while B said y?")
    every = verdict(question, evidence(0.9, 0.7), APART)
    assert every is not None and (every.word, every.settled_by) == ("Yes", (0, 1))
    one = verdict(question, evidence(0.9, 0.2), APART)
    assert one is not None and (one.word, one.settled_by) == ("No", (1,))


def test_another_number_of_the_same_thing_denies_a_clause_whatever_the_model_says() -> None:
    said = Evidence(
        Clause("A says he signed for two years", "he signed for two years"), "He signed for four years.", 0.7, 0.9
    )
    found = verdict(asked("Did A say x, while B said y?"), [said, *evidence(0.9)], APART)
    assert found is not None and (found.word, found.settled_by) == ("No", (0,))


def test_nothing_is_said_where_a_report_does_not_speak_of_its_clause() -> None:
    assert verdict(asked("Did A say x, while B said y?"), evidence(0.9, 0.9, cosine=0.1), APART) is None


def test_a_report_that_is_said_to_fail_to_mention_what_it_mentions() -> None:
    found = verdict(asked("?"), evidence(0.9, 0.9, text="A fails to mention the strike"), APART)
    assert found is not None and found.word == "No"


def test_order_is_by_the_reports_dates() -> None:
    for order, word in (("before", "Yes"), ("after", "No")):
        found = verdict(asked("?", order=order), evidence(0.1, 0.1), APART)  # type: ignore[arg-type]
        assert found is not None and found.word == word
    undated = [Evidence(e.clause, e.quote, e.cosine, e.holds) for e in evidence(0.9, 0.9)]
    assert verdict(asked("?", order="before"), undated, APART) is None


def test_differing_numbers_make_a_change_and_no_sameness() -> None:
    apart = Likeness(False, by_number=True)
    same = verdict(asked("Does A give the same toll as B?"), evidence(0.1, 0.1), apart)
    changed = verdict(asked("was there a change in the toll?", "compare"), evidence(0.1, 0.1), apart)
    assert same is not None and changed is not None
    assert (same.word, changed.word) == ("No", "Yes")
