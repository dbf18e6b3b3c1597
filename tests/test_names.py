"""Proper names: found by capitals, compared by words, countries, initials."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.countries import country_forms
from rag.text.names import find_names, missing_names, put_together, same_name, share_name, sibling

_PIECES = ("Ada", "of", "the", "Bank", "US", "U.S.", "al-Hamra", "met", ".", "Mr.", "Brown's", "&")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Officials in Sar-e-Bulak said Joe Kimani met Dr. Ana Ruiz.", ["Sar-e-Bulak", "Joe Kimani", "Dr. Ana Ruiz"]),
        ("The Bank of England cut rates on Sunday in March.", ["Bank of England"]),
        ("Fighting began near al-Hamra.", ["al-Hamra"]),
        ("When Olga Brandt spoke, NATO listened.", ["Olga Brandt", "NATO"]),
        ("Flooding closed the road. Witnesses fled. However, nobody died.", []),
        ("Norway's prime minister, Erna Solheim, agreed.", ["Norway", "Erna Solheim"]),
        ("Smith was arrested.", ["Smith"]),
        ("Yes, Carter won the Nobel Prize.", ["Carter", "Nobel Prize"]),
        ("“We left,” said Mayor Tom O'Brien.", ["Mayor Tom O'Brien"]),
        ("Twelve men left. I saw them.", []),
        ("Ammunition ran out, and the ammunition depot burned.", []),
        ("U.S. troops left.", ["U.S"]),
    ],
)
def test_names_are_found(text: str, names: list[str]) -> None:
    assert [n.text.rstrip(".") for n in find_names(text)] == names


@pytest.mark.parametrize(
    ("claim", "quote", "missing"),
    [
        ("Smith won the seat.", "Jane Smith won the seat.", []),
        ("Jane Smith won the seat.", "Smith won the seat.", ["Jane Smith"]),
        ("Brown won the seat.", "Jane Smith won the seat.", ["Brown"]),
        ("The American embassy closed.", "The US embassy closed.", []),
        ("The U.S. embassy closed.", "The United States closed its embassy.", []),
        ("The embassy of France closed.", "The French embassy closed.", []),
        ("The embassy of Spain closed.", "The French embassy closed.", ["Spain"]),
        ("The UN sent aid.", "The United Nations sent aid.", []),
        ("The United Nations sent aid.", "The UN sent aid.", []),
        ("José met Zoë.", "Jose met Zoe.", []),
        ("President Alder resigned.", "Alder resigned.", []),
        ("John Brown resigned.", "John Smith and Peter Brown resigned.", ["John Brown"]),
        ("Oslo's mayor resigned.", "The mayor of Oslo resigned.", []),
        ("It tells us nothing about Kerr.", "Kerr left the US.", []),
        ("He left the US.", "He told us he left.", ["US"]),
        ("The Ministry of Health agreed.", "The health ministry agreed.", []),
    ],
)
def test_missing_names(claim: str, quote: str, missing: list[str]) -> None:
    assert missing_names(claim, quote) == missing


def test_context_and_known_text_carry_names() -> None:
    claim, quote = "Ada Lindqvist resigned in Malmo.", "Lindqvist resigned after the vote."
    assert missing_names(claim, quote) == ["Ada Lindqvist", "Malmo"]
    assert missing_names(claim, quote, context="Council leader quits in Malmo", known="Ada Lindqvist led it.") == []
    # what is only known elsewhere may complete a surname, never bring in a name
    assert missing_names("Malmo voted.", "The city voted.", known="Malmo voted.") == ["Malmo"]


def test_same_name() -> None:
    (full,), (last,), (other,) = find_names("Met Ada Lovelace"), find_names("Met Lovelace"), find_names("Met Babbage")
    assert same_name(full, last)
    assert not same_name(full, other)
    assert share_name([other, full], [last])


def test_country_table_is_broad_and_consistent() -> None:
    forms = country_forms()
    assert len(set(forms.values())) > 140
    assert forms["french"] == forms["france"] == "france"
    assert forms["usa"] == forms["americans"] == "united states"
    assert forms["nigerien"] != forms["nigerian"]


@given(st.text(max_size=200), st.text(max_size=100))
def test_any_text_is_read_without_error(text: str, other: str) -> None:
    for name in find_names(text):
        assert 0 <= name.start < name.end <= len(text)
        assert name.keys
    missing_names(text, other)


@given(st.lists(st.sampled_from(_PIECES), max_size=12))
def test_a_text_misses_none_of_its_own_names(parts: list[str]) -> None:
    text = " ".join(parts)
    assert missing_names(text, text) == []


def test_a_name_is_not_completed_where_the_quote_has_another_of_that_kind() -> None:
    quote = "Another important library, the University Library, is home to two million items."
    assert missing_names("The Bremar Library is home to two million items.", quote, known="Bremar Library") == [
        "Bremar Library"
    ]
    assert missing_names("Ada Lovelace wrote it.", "Lovelace wrote it.", known="Ada Lovelace was born here.") == []


def test_two_longer_names_do_not_add_up_to_a_third() -> None:
    quote = "The Tarn Assembly Campaign led to the Alder Constitutional Convention."
    assert missing_names("The Campaign for Constitutional Convention met.", quote) == [
        "Campaign for Constitutional Convention"
    ]
    assert missing_names("The Alder Convention met.", quote) == []


def test_a_sibling_shares_a_word_and_has_another_in_its_place() -> None:
    ours = find_names("x Orrin Music School")[0]
    assert sibling(ours, find_names("The Orrin Trade School stands in Dalby.")) is not None
    assert sibling(ours, find_names("The Orrin Music School stands in Dalby.")) is None
    assert sibling(ours, find_names("Dalby Museum is open.")) is None


def test_a_name_is_not_put_together_of_two_that_stand_apart() -> None:
    quote = "The Kron Palace was rebuilt in the style of the old opera house that stood for decades in Paris."
    assert put_together("The Paris Palace was rebuilt.", quote, quote) == "Paris Palace"
    assert put_together("The Kron Palace was rebuilt.", quote, quote) is None
    assert put_together("The Tarn Assembly met.", "The assembly of Tarn met.", "The assembly of Tarn met.") is None
