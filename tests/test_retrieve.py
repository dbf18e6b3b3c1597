from __future__ import annotations

import hashlib
import math

import numpy as np
import pytest

from rag.catalog import Catalog
from rag.errors import InputError
from rag.intake import clusters
from rag.intake.chunk import chunk
from rag.search import columns
from rag.search.bm25 import BM25Index
from rag.search.index import indexed_text
from rag.search.retrieve import best_of_articles, check_filter, recent, search
from rag.search.store import VectorStore
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
    def __init__(self, folder, articles=ARTICLES):
        self.catalog = Catalog.in_memory()
        self.embedder = KeywordEmbedder()
        for id, title, outlet, day, text in articles:
            article = Article(id, text, hashlib.sha256(text.encode()).hexdigest(), title, outlet, day)
            self.catalog.put(article, chunk(article))
        clusters.settle(self.catalog)
        passages, titles = self.catalog.passages(), self.catalog.titles()
        texts = [indexed_text(p, titles[p.content_hash]) for p in passages]
        vectors = self.embedder.encode_documents(texts)
        self.store = VectorStore.create(folder, "fake", [p.id for p in passages], vectors)
        self.bm25 = BM25Index.build([p.id for p in passages], texts)

    def search(self, question, k=8, **filter):
        return search(
            question,
            k=k,
            filter=Filter(**filter),
            catalog=self.catalog,
            columns=columns.read(self.catalog, self.bm25.ids),
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
    assert best.score == max(hit.score for hit in desk.search("Where did the ferry run aground?"))
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


def test_of_many_outlets_those_that_may_be_meant_are_named():
    outlets = [f"Gazette of Port {n}" for n in range(300)] + ["Coast Post"]
    with Catalog.in_memory() as catalog:
        for n, outlet in enumerate(outlets):
            catalog.put(Article(str(n), f"Text {n}.", f"hash{n}", outlet=outlet), [])
        with pytest.raises(InputError) as caught:
            check_filter(Filter(sources=("Cost Post",)), catalog)
    assert caught.value.hint.startswith("Did you mean Coast Post?") and "301 outlets" in caught.value.hint


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


def test_the_newer_an_article_the_more_it_gains_as_of_a_day():
    published = {
        "old": "2018-01-01",
        "month": "2020-05-02",
        "today": "2020-06-01",
        "undated": None,
        "later": "2020-06-02",
    }
    gains = recent(published, "2020-06-01")
    assert gains["today"] == 1
    assert gains["month"] == pytest.approx(1 / math.e)
    assert gains["old"] < 1e-9
    assert gains.keys().isdisjoint({"undated", "later"})


def test_without_a_day_the_newest_found_counts_as_today():
    assert recent({"a": "2020-06-01", "b": "2020-05-02"}, None) == {"a": 1, "b": pytest.approx(1 / math.e)}
    assert recent({"a": None}, None) == {}


def test_asked_as_of_a_day_the_news_of_then_comes_first(desk):
    assert desk.ids("harbour")[0] in ("ferry", "mayor")
    assert desk.ids("harbour", as_of="2020-06-03")[0] == "mayor"


def test_an_article_that_covers_the_question_in_several_passages_is_found():
    bm25 = BM25Index.build(["a1", "a2", "b1"], ["amber bridge", "cobalt dam", "amber amber"])
    table = columns.Columns(
        *(np.array(v, dtype=np.int32) for v in ([0, 0, 1],)),
        2,
        *[np.zeros(0, dtype=np.int32)] * 3,
        {},
        np.array([0, 1, 2], dtype=np.int32),
        np.array([0, 2, 3], dtype=np.int32),
    )
    coverage = bm25.group_scores("amber cobalt", table.content, 2)
    assert coverage[0] > coverage[1]
    assert best_of_articles(coverage, bm25.scores("amber cobalt"), table, 1) == [1]
    only_b = bm25.scores("amber cobalt") * np.array([False, False, True])
    assert best_of_articles(coverage, only_b, table, 1) == [2]


AGENCY = (
    "The ferry Marlin ran aground off Halm in thick fog on Monday, and all 212 passengers were taken off by noon. "
    "The company that runs the ferry said that the cause was not known, and that divers would look at the hull once "
    "the weather allows. The harbour of Halm stays closed to larger ships until then, its master told reporters."
)


def test_a_near_copy_takes_no_place_of_its_own_but_what_it_changed_does(tmp_path):
    texts = {"first": AGENCY, "second": "Our own staff. " + AGENCY, "third": AGENCY.replace("212", "221")}
    desk = Desk(tmp_path, [(id, None, id.title(), "2021-03-01", text) for id, text in texts.items()])
    hits = desk.search("How many passengers of the ferry Marlin were taken off?")
    (leader,) = [hit for hit in hits if hit.article.id in ("first", "second")]
    assert "third" in [hit.article.id for hit in hits]
    assert {leader.article.id, *(copy.id for copy in leader.near)} == {"first", "second"}
