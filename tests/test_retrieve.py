from __future__ import annotations

import hashlib

import pytest

from rag.bm25 import BM25Index
from rag.catalog import Catalog
from rag.chunk import chunk
from rag.errors import InputError
from rag.index import indexed_text
from rag.retrieve import newer_first, search
from rag.store import VectorStore
from rag.types import Article, Filter
from tests.fakes_embedder import KeywordEmbedder

ARTICLES = [
    (
        "ferry",
        "Ferry aground",
        "Coast Post",
        "2019-03-05",
        "The ferry ran aground by the harbour. 212 people left it.",
    ),
    ("strike", "Crews walk out", "Coast Post", "2020-06-01", "Ferry crews began a strike over wages on Monday."),
    ("mayor", "Mayor resigns", "The Herald", "2020-06-02", "The mayor resigned after the audit of the harbour works."),
    (
        "copy",
        "Ferry accident",
        "The Herald",
        "2019-03-07",
        "The ferry ran aground by the harbour. 212 people left it.",
    ),
    ("undated", None, None, None, "A volcano erupted on the island, and villages were evacuated."),
]


class Desk:
    def __init__(self, folder):
        self.catalog = Catalog.in_memory()
        self.embedder = KeywordEmbedder()
        for id, title, outlet, day, text in ARTICLES:
            article = Article(id, text, hashlib.sha256(text.encode()).hexdigest(), title, outlet, day)
            self.catalog.put(article, chunk(article))
        passages, titles = self.catalog.passages(), self.catalog.titles()
        texts = [indexed_text(p, titles[p.content_hash]) for p in passages]
        self.store = VectorStore(folder, "fake", create=True)
        self.store.upsert([p.id for p in passages], self.embedder.encode_documents(texts))
        self.bm25 = BM25Index.build([p.id for p in passages], texts)

    def search(self, question, k=8, **filter):
        return search(
            question,
            k=k,
            filter=Filter(**filter),
            catalog=self.catalog,
            store=self.store,
            bm25=self.bm25,
            embedder=self.embedder,
        )

    def ids(self, *args, **filter):
        return [hit.article.id for hit in self.search(*args, **filter)]


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    return Desk(tmp_path_factory.mktemp("chroma"))


def test_the_passage_that_answers_comes_first_with_all_its_scores(desk):
    best = desk.search("Where did the ferry run aground?")[0]
    assert best.article.id == "ferry"
    assert best.passage.text == best.article.text[best.passage.start : best.passage.end]
    assert best.ranks == {"dense": 1, "bm25": 1}
    assert best.score == pytest.approx(2 / 61)
    assert 0 < best.cosine <= 1
    assert best.bm25 > 0


def test_copies_take_one_place_and_are_named(desk):
    hits = desk.search("ferry aground harbour")
    assert [hit.article.id for hit in hits if hit.article.id in ("ferry", "copy")] == ["ferry"]
    assert hits[0].also_in == ("copy",)


def test_every_hit_has_a_cosine_and_a_bm25_score(desk):
    for hit in desk.search("volcano"):
        assert hit.cosine is not None
        assert (hit.bm25 > 0) == ("bm25" in hit.ranks)


def test_a_passage_that_only_bm25_found_has_its_cosine(desk, monkeypatch):
    monkeypatch.setattr(desk.store, "query", lambda *args: [])
    best = desk.search("volcano")[0]
    assert best.ranks == {"bm25": 1}
    assert best.cosine > 0


def test_words_unknown_to_the_archive_get_no_bm25_rank(desk):
    assert all("bm25" not in hit.ranks for hit in desk.search("zeppelin"))


def test_at_most_k_and_the_same_every_time(desk):
    assert len(desk.search("ferry harbour mayor", k=2)) == 2
    assert desk.search("ferry harbour mayor") == desk.search("ferry harbour mayor")
    assert desk.ids("ferry harbour mayor", 2) == desk.ids("ferry harbour mayor")[:2]


def test_filters_hold_for_hits_and_for_their_copies(desk):
    assert set(desk.ids("ferry", sources=("coast post",))) == {"ferry", "strike"}
    assert set(desk.ids("ferry", since="2020-01-01")) == {"strike", "mayor"}
    assert set(desk.ids("ferry", as_of="2019-12-31")) == {"ferry"}  # an undated one may be of any day
    assert desk.search("ferry aground", as_of="2019-03-06")[0].also_in == ()
    # where the first report is filtered out, its copy stands for the text
    copy = desk.search("ferry aground", sources=("The Herald",))[0]
    assert (copy.article.id, copy.also_in) == ("copy", ())


def test_a_filter_that_leaves_nothing_finds_nothing(desk):
    assert desk.search("ferry", until="1999-01-01") == []
    assert desk.search("ferry", since="2020-01-01", until="2019-01-01") == []


def test_an_unknown_outlet_names_the_known_ones(desk):
    with pytest.raises(InputError, match=r"'Gazette'.*Known outlets: Coast Post, The Herald"):
        desk.search("ferry", sources=("Gazette",))


@pytest.mark.parametrize("bad", [{"as_of": "yesterday"}, {"since": "2020-13-01"}, {"until": "20200101"}])
def test_a_bad_date_is_refused(desk, bad):
    with pytest.raises(InputError, match="YYYY-MM-DD"):
        desk.search("ferry", **bad)


def test_an_empty_question_is_refused(desk):
    with pytest.raises(InputError, match="empty"):
        desk.search(" \n")
    with pytest.raises(InputError):
        desk.search("ferry", k=0)


def test_articles_removed_a_moment_ago_are_not_shown(tmp_path):
    desk = Desk(tmp_path)
    desk.catalog.remove("undated")
    desk.catalog.remove("ferry")
    ids = desk.ids("volcano ferry")
    assert "undated" not in ids
    assert "copy" in ids


def test_asked_as_of_a_day_the_news_of_then_comes_first():
    ranking = [("old", 0.030), ("new", 0.029), ("undated", 0.028), ("far", 0.010)]
    published = {"old": "2018-01-01", "new": "2020-05-30", "undated": None, "far": "2020-06-01"}
    assert [i for i, _ in newer_first(ranking, published, "2020-06-01")] == ["new", "old", "undated", "far"]
    assert [i for i, _ in newer_first(ranking, published, None)] == ["new", "old", "undated", "far"]
    assert newer_first(ranking, {}, None) == ranking
    assert newer_first(ranking, {"old": "2020-06-02"}, "2020-06-01") == ranking
