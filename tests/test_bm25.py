from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import ArchiveError
from rag.search.bm25 import BM25Index, words

TEXTS = {
    "ferry": "The ferry ran aground with 212 passengers on board.",
    "mayor": "The mayor resigned on Tuesday after the audit.",
    "strike": "Ferry crews are on strike; no ferries sail on Tuesday.",
    "empty": "",
}


@pytest.fixture
def index():
    return BM25Index.build(list(TEXTS), list(TEXTS.values()))


def test_finds_the_passage_with_the_words(index):
    assert index.query("who resigned?", 5)[0][0] == "mayor"
    assert index.query("212", 5) == [("ferry", pytest.approx(index.query("212", 1)[0][1]))]


def test_endings_and_case_do_not_matter(index):
    assert {i for i, _ in index.query("FERRIES", 5)} == {"ferry", "strike"}
    assert words("Passengers’ ferries") == words("passenger ferry") == ["passeng", "ferri"]


def test_words_in_no_passage_find_nothing(index):
    assert index.query("volcano", 5) == []
    assert index.query("the of and", 5) == []
    assert index.query("How many were there, and which?", 5) == []
    assert index.query("", 5) == []
    assert index.query("ferry", 0) == []


def test_only_passages_that_share_a_word_are_returned(index):
    assert {i for i, _ in index.query("audit volcano", 5)} == {"mayor"}


def test_score_is_lucene_bm25():
    index = BM25Index.build(["a", "b"], ["apple pear", "pear plum plum"])
    # apple: df 1 of 2 -> idf ln(1 + (2 - 1 + .5) / (1 + .5)) = ln 2; length 2, mean 2.5
    # tf part: 1 / (1 + 1.5 * (1 - .75 + .75 * 2 / 2.5)) = 1 / 2.275
    assert index.query("apple", 1) == [("a", pytest.approx(math.log(2) / 2.275, rel=1e-5))]


NEWS = st.lists(
    st.sampled_from(["ferry", "harbour", "mayor", "audit", "strike", "volcano", "bridge", "vote", "212", "river"]),
    max_size=9,
)


@given(st.lists(NEWS, min_size=1, max_size=12))
def test_all_scores_are_those_of_bm25s(passages):
    import bm25s

    if not any(passages):
        return
    index = BM25Index.build([f"p{n}" for n in range(len(passages))], [" ".join(words) for words in passages])
    reference = bm25s.BM25(method="lucene", k1=1.5, b=0.75)
    reference.index([words(" ".join(passage)) for passage in passages], show_progress=False)
    for word in {word for passage in passages for word in passage}:
        assert index.scores(word) == pytest.approx(reference.get_scores(words(word)), abs=1e-5)


@given(st.lists(NEWS, min_size=1, max_size=12), st.data())
def test_an_index_brought_up_to_date_is_the_one_made_anew(passages, data):
    before = {f"p{n}": " ".join(words) for n, words in enumerate(passages)}
    kept = data.draw(st.lists(st.sampled_from(sorted(before)), unique=True))
    fresh = {i: " ".join(data.draw(NEWS)) for i in [*kept[:1], "new"]}
    ids = [*(i for i in kept if i not in fresh), *fresh]
    updated = BM25Index.build(list(before), list(before.values())).updated(ids, fresh)
    anew = BM25Index.build(ids, [(before | fresh)[i] for i in ids])
    assert list(updated.ids) == ids
    for word in ("ferry", "harbour mayor", "212 volcano vote", "bridge"):
        assert updated.scores(word) == pytest.approx(anew.scores(word), abs=1e-5)
        assert updated.query(word, 20) == anew.query(word, 20)


def test_a_word_said_twice_in_the_question_counts_once(index):
    assert index.query("mayor mayor", 5) == index.query("mayor", 5)


def test_ties_are_ordered_by_id_whatever_the_order_of_the_passages():
    ids = [f"p{n:02}" for n in range(40)]
    for order in (ids, ids[::-1]):
        index = BM25Index.build(order, ["same words here"] * 40)
        assert [i for i, _ in index.query("words", 5)] == ids[:5]


def test_allowed_ids_only(index):
    only = np.array([i == "strike" for i in index.ids])
    assert [i for i, _ in index.query("ferry", 5, only)] == ["strike"]
    assert index.query("ferry", 5, np.zeros(len(index), dtype=bool)) == []


def test_scores_are_in_the_order_of_the_ids(index):
    scores = dict(zip(index.ids, index.scores("ferry"), strict=True))
    assert scores["ferry"] > 0
    assert scores["mayor"] == 0
    assert scores[index.ids[index.place("strike")]] == scores["strike"]


def test_a_group_counts_each_word_with_its_best_passage():
    index = BM25Index.build(["a1", "a2", "b1"], ["amber bridge", "cobalt dam", "amber bridge"])
    first, second = index.group_scores("amber cobalt amber", np.array([0, 0, 1], dtype=np.int32), 2)
    assert first == pytest.approx(index.scores("amber")[0] + index.scores("cobalt")[1])
    assert second == pytest.approx(index.scores("amber")[2])


def test_rare_words_weigh_more_in_the_share_held():
    index = BM25Index.build(["a", "b", "c"], ["amber dam", "cobalt dam", "dam"])
    rare, common = math.log(1 + 2.5 / 1.5), math.log(1 + 0.5 / 3.5)  # of "amber" and of "dam", as in BM25
    share = index.share(words("amber dam"), np.array([0, 1], dtype=np.int32))
    assert share == pytest.approx([1, common / (rare + common)])
    assert index.share([], np.array([0, 1], dtype=np.int32)).tolist() == [0, 0]
    assert index.share(["zeppelin"], np.array([0], dtype=np.int32)).tolist() == [0]


def test_saved_and_loaded_it_answers_alike(index, tmp_path):
    index.save(tmp_path / "bm25")
    loaded = BM25Index.load(tmp_path / "bm25")
    assert len(loaded) == 4
    for question in ("ferry on tuesday", "resigned", "volcano"):
        assert loaded.query(question, 5) == index.query(question, 5)


@pytest.mark.parametrize("texts", [[], [""], ["the and of"]])
def test_an_index_without_words_finds_nothing(texts, tmp_path):
    index = BM25Index.build([f"p{n}" for n in range(len(texts))], texts)
    index.save(tmp_path)
    assert index.query("ferry", 5) == BM25Index.load(tmp_path).query("ferry", 5) == []
    assert index.scores("ferry").tolist() == [0.0] * len(texts)


def test_a_damaged_index_is_an_archive_error(index, tmp_path):
    for number, name in enumerate(["ids.json", "data.csc.index.npy", "indices.csc.index.npy", "vocab.index.json"]):
        for damage in ("gone", "cut", "garbage"):
            folder = tmp_path / f"{number}{damage}"
            index.save(folder)
            file = folder / name
            if damage == "gone":
                file.unlink()
            elif damage == "cut":
                file.write_bytes(file.read_bytes()[:-9])
            else:
                file.write_bytes(b"\x00garbage")
            with pytest.raises(ArchiveError, match="copydesk rebuild"):
                BM25Index.load(folder)


def test_an_index_of_other_passages_is_refused(index, tmp_path):
    index.save(tmp_path)
    BM25Index.build(["one"], ["another index"]).save(tmp_path / "other")
    (tmp_path / "ids.json").write_bytes((tmp_path / "other" / "ids.json").read_bytes())
    with pytest.raises(ArchiveError, match="number of passages"):
        BM25Index.load(tmp_path)


def test_threads_get_the_same_results(index):
    expected = index.query("ferry strike tuesday", 5)
    with ThreadPoolExecutor(8) as pool:
        assert all(r == expected for r in pool.map(lambda _: index.query("ferry strike tuesday", 5), range(200)))
