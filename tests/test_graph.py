from __future__ import annotations

import numpy as np
import pytest

from rag.errors import ArchiveError
from rag.search.graph import Graph, copy


def unit(*rows):
    vectors = np.asarray(rows, dtype=np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def random_vectors(count, dims=16, seed=0):
    return unit(*np.random.default_rng(seed).normal(size=(count, dims)))


@pytest.fixture
def graph(tmp_path):
    graph = Graph(tmp_path / "chroma", "abc", create=True)
    yield graph
    graph.close()


def test_nearest_come_first(graph):
    graph.add(range(3), unit([1, 0], [0, 1], [1, 1]))
    assert graph.nearest(unit([1, 0])[0], 2).tolist() == [0, 2]


def test_vectors_are_replaced_and_removed(graph):
    graph.add([4, 7], unit([1, 0], [0, 1]))
    graph.add([4], unit([0, -1]))
    assert graph.nearest(unit([0, 1])[0], 2).tolist() == [7, 4]
    graph.remove([4, 99])
    assert graph.nearest(unit([0, -1])[0], 1).tolist() == [7]


def test_most_of_the_nearest_are_found(graph):
    vectors = random_vectors(3000)
    graph.add(range(3000), vectors)
    for query in random_vectors(5, seed=7):
        exact = np.argsort(-(vectors @ query))[:50]
        assert len(np.intersect1d(exact, graph.nearest(query, 50))) >= 48


def test_what_is_stored_is_there_after_reopening(tmp_path):
    vectors = random_vectors(1500)
    graph = Graph(tmp_path / "chroma", "abc", create=True)
    graph.add(range(1500), vectors)
    before = graph.nearest(vectors[3], 10).tolist()
    graph.close()
    graph = Graph(tmp_path / "chroma", "abc")
    assert graph.nearest(vectors[3], 10).tolist() == before
    graph.close()


def test_a_copy_is_whole_though_another_process_has_the_graph_open(tmp_path):
    vectors = random_vectors(300)
    graph = Graph(tmp_path / "chroma", "abc", create=True)
    graph.add(range(300), vectors)
    graph.finish()
    expected = graph.nearest(vectors[3], 10).tolist()
    graph.close()
    (tmp_path / "chroma" / "chroma.sqlite3").write_bytes(
        b"half written"
    )  # as another process may leave it for a moment
    (tmp_path / "chroma" / "chroma.sqlite3-journal").write_bytes(b"and its journal")
    copy(tmp_path / "chroma", tmp_path / "copy")
    copied = Graph(tmp_path / "copy", "abc", create=True)
    copied.add([300], vectors[3:4])
    assert set(copied.nearest(vectors[3], 11).tolist()) == {*expected, 300}
    copied.close()


def test_a_missing_graph_names_the_remedy(tmp_path):
    with pytest.raises(ArchiveError, match="copydesk rebuild"):
        Graph(tmp_path / "nothing", "abc")
    assert not (tmp_path / "nothing").exists()


def test_vectors_of_another_model_are_never_served(tmp_path):
    Graph(tmp_path / "chroma", "abc", create=True).close()
    with pytest.raises(ArchiveError, match="another embedding model"):
        Graph(tmp_path / "chroma", "xyz")


@pytest.mark.parametrize("name", ["chroma.sqlite3", "header.bin", "index_metadata.pickle"])
@pytest.mark.parametrize("damage", ["garbage", "cut"])
def test_damage_shows_when_it_is_opened(tmp_path, name, damage):
    folder = tmp_path / "chroma"
    graph = Graph(folder, "abc", create=True)
    graph.add(range(1500), random_vectors(1500))
    graph.close()
    file = next(folder.rglob(name))
    file.write_bytes(b"garbage" * 500 if damage == "garbage" else file.read_bytes()[: file.stat().st_size // 3])
    with pytest.raises(ArchiveError, match="copydesk rebuild"):
        Graph(folder, "abc").nearest(random_vectors(1)[0], 5)
