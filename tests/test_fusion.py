from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.fusion import reciprocal_rank_fusion

RANKINGS = st.dictionaries(
    st.sampled_from(["dense", "bm25", "title", "recent"]),
    st.lists(st.sampled_from([f"p{n}" for n in range(12)]), unique=True),
)


def test_scores_are_sums_of_reciprocal_ranks():
    fused = reciprocal_rank_fusion({"dense": ["a", "b"], "bm25": ["b", "c"]}, k=60)
    # b: 1/62 + 1/61; a: 1/61; c: 1/62
    assert fused == [("b", pytest.approx(1 / 62 + 1 / 61)), ("a", pytest.approx(1 / 61)), ("c", pytest.approx(1 / 62))]


def test_equal_scores_are_ordered_by_id():
    assert [i for i, _ in reciprocal_rank_fusion({"dense": ["z", "a"], "bm25": ["a", "z"]})] == ["a", "z"]


def test_weights_favour_a_ranking():
    rankings = {"dense": ["a", "b"], "bm25": ["b", "a"]}
    assert reciprocal_rank_fusion(rankings, weights={"dense": 2.0})[0][0] == "a"
    assert reciprocal_rank_fusion(rankings, weights={"bm25": 2.0})[0][0] == "b"


def test_nothing_in_nothing_out():
    assert reciprocal_rank_fusion({}) == []
    assert reciprocal_rank_fusion({"dense": []}) == []


def test_a_repeated_id_counts_once():
    assert reciprocal_rank_fusion({"dense": ["a", "a"]}) == reciprocal_rank_fusion({"dense": ["a"]})


@pytest.mark.parametrize("bad", [{"k": -1}, {"weights": {"dense": -0.5}}])
def test_negative_parameters_are_refused(bad):
    with pytest.raises(ValueError, match="negative"):
        reciprocal_rank_fusion({"dense": ["a"]}, **bad)


@given(RANKINGS, st.randoms())
def test_the_order_of_the_rankings_does_not_matter(rankings, random):
    names = list(rankings)
    random.shuffle(names)
    assert reciprocal_rank_fusion({n: rankings[n] for n in names}) == reciprocal_rank_fusion(rankings)


@given(RANKINGS)
def test_every_id_comes_out_once_best_first(rankings):
    fused = reciprocal_rank_fusion(rankings)
    assert sorted(i for i, _ in fused) == sorted({i for ranking in rankings.values() for i in ranking})
    assert fused == sorted(fused, key=lambda pair: (-pair[1], pair[0]))


@given(RANKINGS, st.data())
def test_moving_up_in_one_ranking_never_lowers_an_id(rankings, data):
    names = [n for n, ranking in rankings.items() if len(ranking) > 1]
    if not names:
        return
    name = data.draw(st.sampled_from(names))
    place = data.draw(st.integers(1, len(rankings[name]) - 1))
    item = rankings[name][place]
    better = list(rankings[name])
    better[place - 1], better[place] = better[place], better[place - 1]
    before = [i for i, _ in reciprocal_rank_fusion(rankings)]
    after = [i for i, _ in reciprocal_rank_fusion({**rankings, name: better})]
    assert after.index(item) <= before.index(item)


@given(RANKINGS)
def test_an_id_first_everywhere_comes_first(rankings):
    fused = reciprocal_rank_fusion({n: ["best", *ranking] for n, ranking in rankings.items()})
    assert not rankings or fused[0][0] == "best"
