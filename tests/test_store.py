from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import ArchiveError
from rag.search.store import VectorStore, base_name
from tests.test_graph import random_vectors, unit


@pytest.fixture(autouse=True)
def small_bases(monkeypatch):
    """Versions that share a base come about with a few hundred vectors, and the graph is asked."""
    monkeypatch.setattr("rag.search.store._BASE", 100)
    monkeypatch.setattr("rag.search.store._SCAN", 0)


def make(folder, ids, vectors, **options):
    return VectorStore.create(folder, "abc", ids, vectors, **options)


def names(count, start=0):
    return [f"p{n}" for n in range(start, start + count)]


def exact(vectors, query, k, allowed=None):
    """The nearest by looking at all; ``vectors`` by id."""
    pairs = [(i, float(v @ query)) for i, v in vectors.items() if allowed is None or i in allowed]
    return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))[:k]


def test_nearest_come_first_with_their_cosine(tmp_path):
    store = make(tmp_path / "1", ["east", "north", "northeast"], unit([1, 0], [0, 1], [1, 1]))
    assert store.query(unit([1, 0])[0], 2) == [("east", pytest.approx(1)), ("northeast", pytest.approx(2**-0.5))]


def test_equally_near_ones_are_ordered_by_id(tmp_path):
    store = make(tmp_path / "1", ["c", "a", "b"], unit([1, 0], [1, 0], [1, 0]))
    assert [i for i, _ in store.query(unit([1, 0])[0], 3)] == ["a", "b", "c"]


def test_an_empty_store_finds_nothing(tmp_path):
    store = make(tmp_path / "1", [], np.zeros((0, 0), dtype=np.float32))
    for each in (store, VectorStore.open(tmp_path / "1", "abc")):
        assert each.query(unit([1, 0])[0], 5) == []
        assert each.vectors(["x"]) == {}
        assert each.ids == []


def test_an_empty_store_takes_in_its_first_vectors_however_often_it_was_made_anew(tmp_path):
    """The first version of an archive that was served before anything was in it knows no number of dimensions."""
    nothing = np.zeros((0, 0), dtype=np.float32)
    make(tmp_path / "1", [], nothing)
    make(tmp_path / "2", [], nothing, old=VectorStore.open(tmp_path / "1", "abc"))
    old = VectorStore.open(tmp_path / "2", "abc")
    store = make(tmp_path / "3", ["east", "north"], unit([1, 0], [0, 1]), old=old)
    for each in (store, VectorStore.open(tmp_path / "3", "abc")):
        assert each.query(unit([1, 0])[0], 1) == [("east", pytest.approx(1))]


def test_only_allowed_ones_are_returned_and_all_of_them_when_few(tmp_path, monkeypatch):
    vectors = random_vectors(3000)
    store = make(tmp_path / "1", names(3000), vectors)
    query = random_vectors(1, seed=7)[0]
    for most in (10_000, 100):  # looked at one by one, and found through the graph
        monkeypatch.setattr("rag.search.store._EXACT", most)
        for chosen in (range(3), range(100, 300), range(0, 3000, 7), range(2800)):
            allowed = np.zeros(3000, dtype=bool)
            allowed[list(chosen)] = True
            expected = {f"p{n}" for n in sorted(chosen, key=lambda n: -float(vectors[n] @ query))[:10]}
            assert len({i for i, _ in store.query(query, 10, allowed)} & expected) >= len(expected) - 1
        assert store.query(query, 10, np.zeros(3000, dtype=bool)) == []


def test_few_vectors_are_compared_one_by_one(tmp_path, monkeypatch):
    monkeypatch.setattr("rag.search.store._SCAN", 1000)
    vectors = random_vectors(1000)
    store = make(tmp_path / "1", names(1000), vectors)
    monkeypatch.delattr("rag.search.graph.Graph.nearest")
    query = random_vectors(1, seed=9)[0]
    nearest = exact(dict(zip(names(1000), vectors, strict=True)), query, 7)
    assert store.query(query, 7) == [(i, pytest.approx(cosine, abs=1e-5)) for i, cosine in nearest]


def test_a_small_archive_has_no_graph_and_gets_one_as_it_grows(tmp_path, monkeypatch):
    monkeypatch.setattr("rag.search.store._SCAN", 300)
    vectors = random_vectors(500)
    store = make(tmp_path / "1", names(200), vectors[:200])
    assert not (tmp_path / "1" / "chroma").exists()
    for number, size in ((2, 300), (3, 500)):
        kept = len(store.ids)
        make(tmp_path / str(number), names(size - kept, kept), vectors[kept:size], old=store, keep=range(kept))
        store = VectorStore.open(tmp_path / str(number), "abc")
        assert (tmp_path / str(number) / "chroma").exists() == (size > 300)
        truth = dict(zip(names(size), vectors[:size], strict=True))
        query = random_vectors(1, seed=11)[0]
        assert [i for i, _ in store.query(query, 5)] == [i for i, _ in exact(truth, query, 5)]
    small = make(tmp_path / "4", [], vectors[:0], old=store, keep=range(0, 500, 2))
    assert small.ids == names(500)[::2] and not (tmp_path / "4" / "chroma").exists()
    assert small.query(vectors[4], 1) == [("p4", pytest.approx(1))]


def test_without_a_graph_vectors_of_another_model_are_told_too(tmp_path, monkeypatch):
    monkeypatch.setattr("rag.search.store._SCAN", 300)
    make(tmp_path / "1", names(200), random_vectors(200))
    with pytest.raises(ArchiveError, match="another embedding model"):
        VectorStore.open(tmp_path / "1", "xyz")


def test_a_small_change_shares_the_base_and_a_large_one_makes_another(tmp_path):
    old = make(tmp_path / "1", names(400), random_vectors(400))
    small = make(tmp_path / "2", ["new"], random_vectors(1, seed=1), old=old, keep=range(1, 400))
    assert (small.base, base_name(tmp_path / "2"), (tmp_path / "2" / "chroma").exists()) == ("1", "1", False)
    large = make(tmp_path / "3", names(50, 1000), random_vectors(50, seed=2), old=small, keep=range(400))
    assert (large.base, base_name(tmp_path / "3")) == ("3", "3")
    assert make(tmp_path / "4", [], np.zeros((0, 0)), old=large, keep=range(300)).base == "4"


def test_a_version_stays_as_it_was_when_another_is_made_of_it(tmp_path):
    vectors = random_vectors(400)
    old = make(tmp_path / "1", names(400), vectors)
    before = old.query(vectors[3], 10)
    files = {p: p.read_bytes() for p in (tmp_path / "1").rglob("*") if p.is_file()}
    for number in range(2, 5):
        make(tmp_path / str(number), [f"new{number}"], vectors[3:4], old=old, keep=range(10 * number, 400))
    assert old.query(vectors[3], 10) == before
    assert {p: p.read_bytes() for p in (tmp_path / "1").rglob("*") if p.is_file()} == files


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 120)), min_size=1, max_size=4), st.randoms())
def test_after_any_changes_exactly_what_is_there_is_found(tmp_path_factory, changes, random):
    """Each change takes out some at random and adds some; the same store is reopened from disk along the way."""
    folder = tmp_path_factory.mktemp("store")
    pool = random_vectors(900, dims=8, seed=3)
    truth = dict(zip(names(150), pool[:150], strict=True))
    store = make(folder / "0", list(truth), pool[:150])
    used = 150
    for step, (out, more) in enumerate(changes, start=1):
        gone = set(random.sample(sorted(truth), min(out, len(truth))))
        keep = [n for n, i in enumerate(store.ids) if i not in gone]
        fresh = dict(zip(names(more, used), pool[used : used + more], strict=True))
        used += more
        near = store if random.random() < 0.5 else None
        make(folder / str(step), list(fresh), np.stack([*fresh.values()]) if fresh else pool[:0], old=store, keep=keep)
        store = VectorStore.open(folder / str(step), "abc", near)
        truth = {i: v for i, v in truth.items() if i not in gone} | fresh
        assert store.ids == list(truth)
        query = random_vectors(1, dims=8, seed=step)[0]
        allowed = np.array([random.random() < 0.3 for _ in store.ids], dtype=bool)
        some = {i for i, yes in zip(store.ids, allowed, strict=True) if yes}
        assert store.query(query, 5, allowed) == [
            (i, pytest.approx(c, abs=1e-5)) for i, c in exact(truth, query, 5, some)
        ]
        found = {i for i, _ in store.query(query, 20)}
        assert len(found) == min(20, len(truth))
        assert len(found & {i for i, _ in exact(truth, query, 20)}) >= len(found) - 1
        assert all(v == pytest.approx(truth[i]) for i, v in store.vectors([*truth, "unknown"]).items())
        assert len(store.vectors([*truth, "unknown"])) == len(truth)


def test_damage_to_any_part_shows_when_it_is_opened(tmp_path):
    make(tmp_path / "1", names(300), random_vectors(300)).close()
    for name in ("store.json", "ids.json", "rows.npy", "added.npy", "vectors.npy", "chroma/chroma.sqlite3"):
        file = tmp_path / "1" / name
        before = file.read_bytes()
        for damaged in (b"", b"garbage", before[: len(before) // 2]):
            file.write_bytes(damaged)
            with pytest.raises(ArchiveError, match="copydesk rebuild"):
                VectorStore.open(tmp_path / "1", "abc").query(random_vectors(1)[0], 5)
        file.write_bytes(before)
    with pytest.raises(ArchiveError, match="another embedding model"):
        VectorStore.open(tmp_path / "1", "xyz")
    with pytest.raises(ArchiveError, match="copydesk rebuild"):
        VectorStore.open(tmp_path / "nothing", "abc")
    assert not (tmp_path / "nothing").exists()


def test_threads_search_while_another_version_is_made(tmp_path):
    vectors = random_vectors(2000)
    store = make(tmp_path / "0", names(500), vectors[:500])
    stop, failures = threading.Event(), []

    def search(held):
        while not stop.is_set():
            found = held.query(vectors[3], 5)
            if found[0][0] != "p3":
                failures.append(found)

    threads = [threading.Thread(target=search, args=(store,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for number, start in enumerate(range(500, 2000, 100), start=1):
        ids, more = names(100, start), vectors[start : start + 100]
        store = make(tmp_path / str(number), ids, more, old=store, keep=range(start))
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(store) == 2000
