"""Who stands where to whom: the same relation told from either side, and turned round."""

from __future__ import annotations

import pytest

from rag.checking.meaning import other_subject, roles_reversed
from rag.checking.relations import relations, side_by_side
from rag.checking.verify import check
from rag.text.reading import read
from tests.test_verify import sources_of


@pytest.mark.parametrize(
    ("claim", "quote", "turned"),
    [
        ("Kora beat Lund 2-1.", "Lund beat Kora 2-1 on Sunday.", True),
        ("Kora beat Lund 2-1.", "Lund lost 2-1 to Kora.", False),
        ("Kora lost to Lund.", "Lund beat Kora 2-1.", False),
        ("Lund was beaten by Kora.", "Lund beat Kora 2-1.", True),
        ("Kora won against Lund.", "Lund were beaten 2-1 by Kora.", False),
        ("Ada Holm was ahead on Monday.", "Tom Roe moved ahead of Ada Holm on Monday.", True),
        ("Tom Roe was ahead on Monday.", "Tom Roe moved ahead of Ada Holm on Monday.", False),
        ("Ada Holm leads Tom Roe.", "Ada Holm trails Tom Roe by two points.", True),
        ("Kora is older than Lund.", "Lund is younger than Kora.", False),
        ("Kora is older than Lund.", "Kora is younger than Lund.", True),
        ("Kora has more people than Lund.", "Lund has more people than Kora.", True),
        ("Kora has more people than Lund.", "Lund has fewer people than Kora.", False),
        ("Lund sold the ship to Kora.", "Kora bought the ship from Lund.", False),
        ("Lund sold the ship to Kora.", "Lund bought the ship from Kora.", True),
        ("Holm resigned before Roe.", "Roe resigned after Holm.", False),
        ("Holm resigned before Roe.", "Roe resigned before Holm.", True),
    ],
)
def test_a_relation_told_the_other_way_round_is_noticed(claim: str, quote: str, turned: bool) -> None:
    assert roles_reversed(read(claim), [read(quote)]) is turned


@pytest.mark.parametrize(
    ("claim", "quote", "of"),
    [
        ("Labour candidate Ada Holm spoke.", "Labour candidate Tom Roe and the Greens' Ada Holm spoke.", "Tom Roe"),
        ("Candidate Tom Roe spoke.", "The candidates Ada Holm and Tom Roe spoke.", None),
        ("Mayor Tom Roe spoke.", "Mayor Ada Holm spoke to Tom Roe.", "Mayor Ada Holm"),
        ("Mr Roe spoke.", "Mr Holm spoke to Tom Roe.", None),
    ],
)
def test_a_title_goes_with_its_own_name(claim: str, quote: str, of: str | None) -> None:
    assert other_subject(read(claim), [read(quote)]) == of


def test_a_place_is_no_party() -> None:
    assert [(r.kind, r.first and r.first.text, r.second) for r in relations(read("In Kora, Ada Holm leads."))] == [
        ("ahead", "Ada Holm", None)
    ]


def test_only_names_of_one_list_may_be_shared_out_among_quotes() -> None:
    assert side_by_side("Alba, Brix and Corva flooded.", ["Alba", "Corva"])
    assert not side_by_side("Alba beat Corva.", ["Alba", "Corva"])


def test_two_quotes_do_not_give_one_the_title_of_another() -> None:
    said = ("Labour candidate Tom Roe won 41 percent of the vote in Alder.", "The Greens' Ada Holm won 38 percent.")
    sources = sources_of("vote", said)
    assert check("The Greens' Ada Holm won 38 percent.", sources, []).passed
    assert not check("Labour candidate Ada Holm won 38 percent.", sources, []).passed
    assert not check(
        "Ada Holm was ahead of Tom Roe.", sources_of("race", ("Tom Roe moved ahead of Ada Holm.",)), []
    ).passed
