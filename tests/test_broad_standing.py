"""Which names stay on a list: those of the kind asked for that no later report takes off."""

from __future__ import annotations

import pytest

from rag.broad.lists import ListPlan, listed
from rag.broad.standing import items, withdrawn


def asked(question: str) -> ListPlan:
    found = listed(question.rstrip("?"), None)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("sentence", "article", "names"),
    [
        ("Alba, Brix and Corva will close.", "Three libraries go.", ["Alba", "Brix", "Corva"]),
        ("Alba and Brix will close.", "Two mines go.", []),
        ("The branches at Alba, Brix and Corva will close.", "Three branch libraries go.", ["Alba", "Brix", "Corva"]),
        ("The branches at Alba and Brix will close.", "The library quarrel. Two bank branches go.", []),
        ("The railway line between Alba and Brix will close.", "Libraries and trains.", []),
        ("The council voted to close the libraries at Alba and Brix.", "", ["Alba", "Brix"]),
        ("The council voted to close roads, it said at a meeting on the libraries at Alba.", "", []),
    ],
)
def test_a_name_counts_where_it_stands_with_the_things_asked_for(sentence: str, article: str, names: list[str]) -> None:
    assert [n.text for n in items(sentence, asked("Which libraries will close?"), "", f"{article} {sentence}")] == names


@pytest.mark.parametrize(
    ("question", "later", "gone"),
    [
        ("Which libraries will close?", "With Alba kept open the saving falls.", True),
        ("Which libraries will close?", "Alba will not close.", True),
        ("Which libraries will close?", "Alba will close in May.", False),
        ("Which libraries will close?", "Brix will not close.", False),
        ("Which bridges were closed?", "Alba was not closed, the council said.", True),
    ],
)
def test_a_later_report_takes_a_name_off_the_list(question: str, later: str, gone: bool) -> None:
    assert withdrawn("Alba", asked(question), [(later, later)]) is gone
