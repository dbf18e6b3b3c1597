from __future__ import annotations

import threading

import numpy as np
import pytest

from rag.errors import ArchiveError
from rag.store import VectorStore


def unit(*rows):
    vectors = np.asarray(rows, dtype=np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def random_vectors(count, dims=16, seed=0):
    return unit(*np.random.default_rng(seed).normal(size=(count, dims)))


@pytest.fixture
def store(tmp_path):
    store = VectorStore(tmp_path / "chroma", "abc", create=True)
    yield store
    store.close()


def test_nearest_come_first_with_their_cosine(store):
    store.upsert(["east", "north", "northeast"], unit([1, 0], [0, 1], [1, 1]))
    assert store.query(unit([1, 0])[0], 2) == [("east", pytest.approx(1)), ("northeast", pytest.approx(2**-0.5))]


def test_an_empty_store_finds_nothing(store):
    assert store.query(unit([1, 0])[0], 5) == []
    assert store.vectors(["x"]) == {}
    assert store.ids() == frozenset()


def test_upsert_replaces_and_delete_removes(store):
    store.upsert(["a", "b"], unit([1, 0], [0, 1]))
    store.upsert(["a"], unit([0, -1]))
    assert store.ids() == {"a", "b"}
    assert store.vectors(["a", "unknown"])["a"] == pytest.approx(np.array([0, -1]))
    store.delete(["a", "unknown"])
    assert store.ids() == {"b"}
    assert store.count() == 1


def test_only_allowed_ids_are_returned_and_all_of_them_when_few(store):
    vectors = random_vectors(3000)
    ids = [f"p{n}" for n in range(3000)]
    store.upsert(ids, vectors)
    query = random_vectors(1, seed=7)[0]
    for allowed in (ids[:3], ids[100:300], ids[::7]):
        places = [int(i[1:]) for i in allowed]
        exact = sorted(places, key=lambda n: -float(vectors[n] @ query))[:10]
        found = [i for i, _ in store.query(query, 10, allowed=[*allowed, "unknown"])]
        assert len(set(found) & {f"p{n}" for n in exact}) >= len(exact) - 1
    assert store.query(query, 10, allowed=[]) == []
    assert store.query(query, 10, allowed=["unknown"]) == []


def test_what_is_stored_is_there_after_reopening(tmp_path):
    vectors = random_vectors(1500)
    store = VectorStore(tmp_path / "chroma", "abc", create=True)
    store.upsert([f"p{n}" for n in range(1500)], vectors)
    before = store.query(vectors[3], 10)
    store.close()
    store = VectorStore(tmp_path / "chroma", "abc")
    assert store.query(vectors[3], 10) == before
    store.close()


def test_a_missing_index_names_the_remedy(tmp_path):
    with pytest.raises(ArchiveError, match="copydesk rebuild"):
        VectorStore(tmp_path / "nothing", "abc")
    assert not (tmp_path / "nothing").exists()


def test_vectors_of_another_model_are_never_served(tmp_path):
    VectorStore(tmp_path / "chroma", "abc", create=True).close()
    with pytest.raises(ArchiveError, match="another embedding model"):
        VectorStore(tmp_path / "chroma", "xyz")


@pytest.mark.parametrize("name", ["chroma.sqlite3", "header.bin", "index_metadata.pickle"])
@pytest.mark.parametrize("damage", ["garbage", "cut"])
def test_damage_shows_when_it_is_opened(tmp_path, name, damage):
    folder = tmp_path / "chroma"
    store = VectorStore(folder, "abc", create=True)
    store.upsert([f"p{n}" for n in range(1500)], random_vectors(1500))
    store.close()
    file = next(folder.rglob(name))
    file.write_bytes(b"garbage" * 500 if damage == "garbage" else file.read_bytes()[: file.stat().st_size // 3])
    with pytest.raises(ArchiveError, match="copydesk rebuild"):
        VectorStore(folder, "abc").query(random_vectors(1)[0], 5)


def test_searches_go_on_while_another_thread_writes(store):
    vectors = random_vectors(2000)
    store.upsert([f"p{n}" for n in range(500)], vectors[:500])
    stop, failures = threading.Event(), []

    def search():
        while not stop.is_set():
            found = store.query(vectors[3], 5)
            if found[0][0] != "p3":
                failures.append(found)

    threads = [threading.Thread(target=search) for _ in range(2)]
    for thread in threads:
        thread.start()
    for start in range(500, 2000, 100):
        store.upsert([f"p{n}" for n in range(start, start + 100)], vectors[start : start + 100])
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert store.count() == 2000
