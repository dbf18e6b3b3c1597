"""The stopwatches, synthetic archives and page of ``make bench``; its figures need a quiet machine."""

from __future__ import annotations

import time
from argparse import Namespace

import numpy as np
import pytest

from eval.cost import __main__ as cost
from eval.cost import growing, page
from eval.cost.synthetic import Model, SyntheticEmbedder, article, fill
from eval.cost.timing import Clock, percentiles, timed
from rag.catalog import Catalog
from rag.types import Filter

WORDS = ["harbour ferry strike mayor audit bridge river vote council storm"] * 3


@pytest.fixture
def model():
    vectors = np.random.default_rng(0).normal(size=(50, 32)).astype(np.float32)
    return Model.of(WORDS, vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


class Sleeper:
    def nap(self, seconds):
        time.sleep(seconds)
        return "rested"

    def nap_twice(self, seconds):
        return self.nap(seconds), self.nap(seconds)

    @classmethod
    def doze(cls, seconds):
        time.sleep(seconds)
        return cls


def test_stages_are_timed_once_and_left_as_they_were():
    before, clock, sleeper = dict(vars(Sleeper)), Clock(float), Sleeper()
    with timed(clock, ("nap", Sleeper, "nap"), ("nap", Sleeper, "nap_twice"), ("doze", Sleeper, "doze")):
        assert sleeper.nap_twice(0.02) == ("rested", "rested")
        assert Sleeper.doze(0.01) is Sleeper
    assert 0.04 <= clock["nap"] < 0.08
    assert 0.01 <= clock["doze"] < 0.04
    assert dict(vars(Sleeper)) == before


def test_percentiles_by_hand():
    # 1 to 101 ms: half of them are below 51, 95 of 100 steps below 96
    assert percentiles([n / 1000 for n in range(1, 102)]) == {"p50_ms": 51.0, "p95_ms": 96.0, "n": 101}


def test_a_synthetic_archive_has_the_passages_words_days_and_outlets_of_a_real_one(model):
    with Catalog.in_memory() as catalog:
        fill(catalog, model, 330)
        passages = catalog.passages()
        assert len(passages) == 330
        assert len(catalog.articles()) == 21  # 20 of 16 passages and one of 10
        assert {word.strip(".") for word in passages[0].text.split()} <= set(WORDS[0].split())
        assert 0 < len(catalog.allowed(Filter(since="2020-07-01"))) < 21
        assert len(catalog.outlets()) > 5
    assert article(model, 3) == article(model, 3) != article(model, 4)


def test_synthetic_vectors_have_unit_length_and_lie_near_real_ones(model):
    vectors = SyntheticEmbedder(model, "m", "f").encode_documents(["a", "b", "c"])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert (vectors @ model.vectors.T).max(axis=1).min() > 0.6


def test_a_small_archive_is_grown_searched_and_deleted(model, tmp_path, monkeypatch):
    searched = {"open": {"p50_ms": 1.0, "p95_ms": 2.0, "n": 1}}
    monkeypatch.setattr(growing, "searches", lambda folder, asked: searched)
    embedder = SyntheticEmbedder(model, "m", "f")
    figures = growing.grow(100, model, embedder, ["Who?"], tmp_path / "100")
    assert figures["passages"] == 100
    assert figures["open"] == searched["open"]
    assert figures["index_mb"] > 0
    assert figures["one_article_s"] > 0
    assert not (tmp_path / "100").exists()


def test_what_does_not_fit_the_machine_is_left_out(tmp_path):
    assert growing.lacking(1000, tmp_path) is None
    assert "are wanted" in growing.lacking(10**9, tmp_path)


def test_without_the_benchmark_it_says_so_and_ends_well(monkeypatch, capsys):
    monkeypatch.delenv("COPYDESK_BENCH_DIR", raising=False)
    assert cost.main([]) == 0
    assert "COPYDESK_BENCH_DIR" in capsys.readouterr().out


def size(passages, factor):
    search = {"p50_ms": 2.0 * factor, "p95_ms": 3.0 * factor, "n": 9, "mean_ms": {}}
    return {
        "passages": passages,
        "index_s": 4.0 * factor,
        "index_stages_s": {"vectors": 3.0 * factor, "words": 0},
        "one_article_s": 0.5,
        "catalog_mb": 1.0,
        "index_mb": 2.0,
        "memory_mb": 10.0,
        "mapped_mb": 0.0,
        "recall50": {"all": 0.99},
        "open": search,
        "half of the days": search,
        "one outlet": search,
    }


def test_the_page_stands_alone_and_shows_every_size(capsys):
    run = {
        "started_at": "2026-01-01",
        "machine": {"cpu": "<b>fast</b>", "cores": 2},
        "embedder": "m",
        "sizes": [size(1000, 1), size(100_000, 20)],
        "left_out": [(10**6, "no room")],
    }
    made = page.page(run)
    assert "<b>fast" not in made
    assert "http" not in made.replace("http-equiv", "")
    assert made.count("<polyline") == 3 + 2 + 2 + 4
    assert made.count("<circle") == 2 * 11
    assert "40/60 ms" in made
    assert "1,000,000 passages left out: no room." in made
    page.tables(run)
    assert "100,000" in capsys.readouterr().out
    assert "no sizes" in page.page(run | {"sizes": []})


def test_a_plot_places_points_by_their_logarithm():
    # passages 10 and 1000, values 1 and 100: from corner to corner of a plot from 10 to 1000 and from 1 to 100
    drawn = page.lines({"line": [(10, 1.0), (1000, 100.0)]}, "ms")
    assert 'points="70.0,222.0 540.0,12.0"' in drawn


def test_only_the_parts_and_sizes_that_were_named():
    options: Namespace = cost._parser().parse_args(["--sizes", "1000,50", "--only", "sizes,embedding"])
    assert (options.sizes, options.only) == ([1000, 50], ["embedding", "sizes"])
