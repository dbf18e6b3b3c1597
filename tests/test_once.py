from __future__ import annotations

import hashlib

import pytest

from rag.intake.chunk import chunk
from rag.search.once import once, only_repeats
from rag.types import Article

STORY = (
    "The ferry Marlin ran aground off Halm on Monday. All 212 passengers were taken off by noon. "
    "The company said that the cause was not yet known."
)


def article(id, text):
    return Article(id, text, hashlib.sha256(text.encode()).hexdigest())


def passage(text):
    (found,) = chunk(article("x", text))
    return found


def test_the_same_sentences_in_other_type_only_repeat():
    assert only_repeats(passage("THE FERRY Marlin ran aground off Halm on Monday!"), STORY)
    assert only_repeats(passage("The ferry Marlin ran aground off Halm on the Monday."), STORY)


@pytest.mark.parametrize(
    "changed",
    [
        "All 221 passengers were taken off by noon.",
        "All twelve passengers were taken off by noon.",
        "The ferry Marlin ran aground off Brest on Monday.",
        "Dolphin ran aground off Halm.",
        "The company said that the cause was known and not the fog.",
        "Divers will look at the hull while the weather holds, and a tug is on its way from the south.",
    ],
)
def test_another_number_name_or_fact_is_a_statement_of_its_own(changed):
    assert not only_repeats(passage(changed), STORY)


def test_a_cluster_takes_one_place_and_names_what_was_left_out():
    first, copy, other = (
        article(i, t) for i, t in (("a", STORY), ("b", "Our own staff. " + STORY), ("c", "Rain fell."))
    )
    found = {p.id: p for a in (first, copy, other) for p in chunk(a)}
    by_content = {p.content_hash: i for i, p in found.items()}
    texts = {a.content_hash: a for a in (first, copy)}
    clusters = {first.content_hash: "k", copy.content_hash: "k", other.content_hash: "other"}
    ranked = [
        (by_content[copy.content_hash], 3.0),
        (by_content[first.content_hash], 2.0),
        (by_content[other.content_hash], 1.0),
    ]
    kept, left_out = once(ranked, found, texts, clusters)
    assert [i for i, _ in kept] == [by_content[copy.content_hash], by_content[other.content_hash]]
    assert left_out == {copy.content_hash: (first.content_hash,)}
    assert once(ranked, found, texts, {}) == (ranked, {})
