"""Which names a sentence says it of."""

from __future__ import annotations

import pytest

from rag.broad.lists import ListPlan, listed, named_in, singular, told_of

TEXTS = (
    "Alba is a town in the north. Brix, a town on the river. In Corva people fled. Norvan, the capital of the province "
    "of Ulm. Near Dunmore the road was cut. Mayor Otto Brandl said so. The Deltar company works at Sarn."
)


def asked(question: str) -> ListPlan:
    found = listed(question.rstrip("?"), None)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("question", "sentence", "names"),
    [
        ("Which towns flooded?", "The river flooded the town of Alba on Sunday.", ["Alba"]),
        ("Which towns flooded?", "Brix, twelve kilometres from Alba, was flooded.", ["Brix"]),
        ("Which towns flooded?", "Alba, Brix and Corva flooded overnight.", ["Alba", "Brix", "Corva"]),
        ("Which towns flooded?", "The river flooded Alba, Brix and Corva.", ["Alba", "Brix", "Corva"]),
        ("Which towns flooded?", "The cellar in Alba flooded, Otto Brandl said.", []),
        ("Which towns were evacuated?", "The army evacuated Alba and Brix.", ["Alba", "Brix"]),
        ("List the capitals taken", "Rebels captured Norvan, the capital of Ulm.", ["Norvan"]),
        ("List the capitals taken", "Rebels captured Alba.", []),  # a town, no capital
        ("List the towns taken", "Alba fell to the rebels.", ["Alba"]),
        ("List the towns taken", "Shares of Brix fell 11 percent.", []),
        ("Which towns did the rebels take?", "The rebels seized Corva.", ["Corva"]),
        ("Which towns did the rebels take?", "The rebels took Otto Brandl to Corva.", []),
        ("Name the banks that cut their forecasts", "Three banks cut their forecasts: Orrin, Castell and First Union.",
         ["Orrin", "Castell", "First Union"]),
    ],
)  # fmt: skip
def test_names_beside_the_verb_are_the_items(question: str, sentence: str, names: list[str]) -> None:
    assert [n.text for n in named_in(sentence, asked(question), TEXTS)] == names


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("Alba was flooded.", True),
        ("Alba was not flooded.", False),
        ("Alba could be flooded.", False),
        ("Alba was spared.", False),
    ],
)
def test_only_what_is_told_as_done_counts(sentence: str, told: bool) -> None:
    assert told_of(sentence, asked("Which towns flooded?")) is told


def test_what_is_planned_counts_where_it_is_asked_for() -> None:
    assert told_of("The schools in Alba will close in May.", asked("Which schools will close?"))
    assert not told_of("The schools in Alba will close in May.", asked("Which schools closed?"))


@pytest.mark.parametrize(
    ("noun", "one"), [("cities", "city"), ("churches", "church"), ("towns", "town"), ("people", "person")]
)
def test_plurals(noun: str, one: str) -> None:
    assert singular(noun) == one
