"""Which texts come out as near-copies of one another, and that only the set of texts decides it."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.intake.dedupe import NEAR, candidates, cluster, sign
from rag.text.shingles import containment, shingles


def story(seed: int, words: int) -> str:
    """A text without turns of phrase that another one has."""
    chance = random.Random(seed)
    return " ".join(f"{chance.choice('bdfgklmnprst')}{chance.randrange(10**6)}" for _ in range(words))


def clusters(texts: list[str]) -> set[frozenset[str]]:
    """The texts by cluster, as an archive would find them that got them in this order."""
    ordered = sorted(((sign(text), text) for text in set(texts)), key=lambda pair: (-pair[0].size, pair[1]))
    found = [text for _, text in ordered]
    pairs = candidates([signature for signature, _ in ordered])
    assert pairs == sorted(set(pairs)) and all(i < j for i, j in pairs)
    lead = cluster(len(found), pairs, lambda i, j: containment(shingles(found[i]), shingles(found[j])))
    return {frozenset(t for t, other in zip(found, lead, strict=True) if other == place) for place in set(lead)}


def together(one: str, two: str) -> bool:
    others = [story(seed, 200) for seed in range(50, 60)]
    return any({one, two} <= group for group in clusters([one, two, *others]))


@pytest.mark.parametrize("length", [30, 60, 300, 1500])
def test_the_same_story_under_another_headline_and_lead_is_a_copy(length: int) -> None:
    assert together(story(1, length), f"{story(2, length // 10)} {story(1, length)} {story(3, length // 10)}")


@pytest.mark.parametrize(("length", "kept"), [(400, 60), (1500, 300), (2000, 120)])
def test_a_cut_down_story_is_a_copy_of_the_whole(length: int, kept: int) -> None:
    whole = story(7, length)
    assert together(whole, " ".join(whole.split()[:kept]))
    assert together(whole, " ".join(whole.split()[-kept:]))


def test_some_changed_words_leave_it_a_copy_and_many_do_not() -> None:
    def changed(every: int) -> str:
        return " ".join("other" if i % every == 0 else word for i, word in enumerate(story(1, 300).split()))

    assert together(story(1, 300), changed(25))
    assert not together(story(1, 300), changed(6))


def test_other_stories_that_share_a_paragraph_are_no_copies() -> None:
    shared = story(9, 80)
    assert not together(f"{story(1, 200)} {shared}", f"{story(2, 200)} {shared}")


def test_a_round_up_does_not_make_its_stories_one() -> None:
    one, two = story(1, 200), story(2, 190)
    found = clusters([one, two, f"{one} {story(3, 50)} {two}", f"{two} {story(4, 10)}"])
    assert not any({one, two} <= group for group in found)
    assert any({two, f"{two} {story(4, 10)}"} <= group for group in found)


def test_texts_too_short_to_tell_stay_alone() -> None:
    assert clusters(["No comment.", "No comment!", "Yes."]) == {
        frozenset({t}) for t in ("No comment.", "No comment!", "Yes.")
    }
    assert candidates([]) == candidates([sign("Yes.")]) == []


def test_signatures_stay_the_same() -> None:
    # kept in catalogs: when this fails, raise VERSION
    signature = sign(story(1, 60))
    assert (signature.size, len(signature.sample)) == (57, 7)
    assert [int(band) % 1000 for band in signature.bands[:4]] == [882, 732, 392, 337]


def test_many_texts_of_one_pattern_take_no_more_than_their_number() -> None:
    texts = [f"{story(1, 60)} number {n} of {n * 7} {story(2, 60)}" for n in range(400)]
    ordered = sorted(texts)
    signatures = [sign(text) for text in ordered]
    assert len(candidates(signatures)) < 400 * 60
    assert max(len(group) for group in clusters(texts)) > 300


def test_a_brief_of_a_story_that_a_hundred_outlets_print_is_found() -> None:
    printed = [f"{story(1, 150)} {story(100 + n, 12)}" for n in range(100)]
    brief = " ".join(story(1, 150).split()[:45])
    found = clusters([*printed, brief])
    assert max(len(group) for group in found) == 101


pieces = st.lists(st.integers(0, 5), min_size=1, max_size=4, unique=True)


@given(st.lists(pieces, min_size=2, max_size=12), st.randoms())
def test_the_order_of_texts_changes_nothing_and_every_pair_is_verified(parts, chance) -> None:
    texts = [" ".join(story(seed, 40 + 10 * seed) for seed in part) for part in parts]
    found = clusters(texts)
    chance.shuffle(texts)
    assert clusters(texts) == found
    for group in found:
        for one in group:
            for two in group:
                assert one == two or containment(shingles(one), shingles(two)) >= NEAR
