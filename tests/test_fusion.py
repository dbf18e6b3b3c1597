from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.search.fusion import Signs, Weights, fuse, score, spread

SHARES = st.floats(0, 1)
SIGNS = st.builds(Signs, cosine=st.floats(-1, 1), bm25=SHARES, article=SHARES, names=SHARES, recent=SHARES)
CANDIDATES = st.dictionaries(st.sampled_from([f"p{n}" for n in range(12)]), SIGNS)
BLANK = Signs(cosine=0, bm25=0, article=0, names=0, recent=0)


def test_a_score_is_the_weighted_sum_of_the_signs():
    weights = Weights(cosine=2, bm25=3, article=5, names=7, recent=11)
    signs = Signs(cosine=0.5, bm25=1, article=0.2, names=0, recent=0.1)
    assert score(signs, weights) == pytest.approx(1 + 3 + 1 + 0 + 1.1)


def test_equal_scores_are_ordered_by_id():
    assert [i for i, _ in fuse({"z": BLANK, "a": BLANK, "m": BLANK})] == ["a", "m", "z"]


@given(CANDIDATES)
def test_every_candidate_comes_out_once_best_first(candidates):
    fused = fuse(candidates)
    assert sorted(i for i, _ in fused) == sorted(candidates)
    assert fused == sorted(fused, key=lambda pair: (-pair[1], pair[0]))


@given(CANDIDATES.filter(bool), st.data())
def test_more_of_a_sign_never_lowers_a_candidate(candidates, data):
    name = data.draw(st.sampled_from(sorted(candidates)))
    sign = data.draw(st.sampled_from(["cosine", "bm25", "article", "names", "recent"]))
    better = {**candidates, name: replace(candidates[name], **{sign: 1.0})}

    def place(of: dict[str, Signs]) -> int:
        return [i for i, _ in fuse(of)].index(name)

    assert place(better) <= place(candidates)


def test_what_an_article_says_again_leaves_room_for_others():
    ranked = [("a1", 5.0), ("a2", 4.8), ("b1", 4.5), ("a3", 4.4)]
    article = {"a1": "a", "a2": "a", "a3": "a", "b1": "b"}
    # a2 is set back by one, a3 by two
    assert spread(ranked, article, less=1.0) == [
        ("a1", 5.0),
        ("b1", 4.5),
        ("a2", pytest.approx(3.8)),
        ("a3", pytest.approx(2.4)),
    ]


@given(CANDIDATES, st.lists(st.sampled_from("xyz"), min_size=12, max_size=12))
def test_setting_back_keeps_every_passage_and_the_order_of_the_articles(candidates, owners):
    article = {f"p{n}": owner for n, owner in enumerate(owners)}
    ranked = fuse(candidates)
    apart = spread(ranked, article)
    assert sorted(i for i, _ in apart) == sorted(candidates)
    assert list(dict.fromkeys(article[i] for i, _ in apart)) == list(dict.fromkeys(article[i] for i, _ in ranked))
