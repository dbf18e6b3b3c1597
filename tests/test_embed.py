from __future__ import annotations

import subprocess
import sys
import threading

import numpy as np
import pytest

from rag.config import load_settings
from rag.errors import ModelError
from rag.search.embed import Embedder, load_embedder


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "modules.json").write_text("[]")
    (folder / "model.safetensors").write_bytes(bytes(200_000))
    return folder


class FakeModel:
    """Counts what it is asked for; its vectors hold the length of the text."""

    dims = 2

    def __init__(self):
        self.calls = []

    def encode(self, texts, *, query=False):
        self.calls.append(list(texts))
        vectors = np.asarray([[len(text), 1] for text in texts], dtype=np.float32)
        return -vectors if query else vectors


@pytest.fixture
def model(monkeypatch):
    model = FakeModel()
    loads = []
    monkeypatch.setattr("rag.search.embed._load", lambda *args: loads.append(args) or model)
    model.loads = loads
    return model


def test_nothing_is_loaded_before_the_first_text(folder, model):
    embedder = Embedder(folder, "test")
    assert embedder.name == "test"
    assert embedder.fingerprint
    assert model.loads == []
    embedder.encode_queries(["a"])
    embedder.encode_documents(["a"])
    assert len(model.loads) == 1


def test_shapes_and_types(folder, model):
    embedder = Embedder(folder, "test")
    for encode in (embedder.encode_queries, embedder.encode_documents, embedder.encode_cached):
        assert encode(["a", "bb", "ccc"]).shape == (3, 2)
        assert encode(["a"]).dtype == np.float32
        assert encode([]).shape == (0, 2)
    assert embedder.dims == 2


def test_known_sentences_are_not_encoded_again(folder, model):
    embedder = Embedder(folder, "test")
    first = embedder.encode_cached(["one", "three", "one"])
    second = embedder.encode_cached(["three", "seven", "one"])
    assert model.calls == [["one", "three"], ["seven"]]
    assert first[:, 0].tolist() == [3, 5, 3]
    assert second[:, 0].tolist() == [5, 5, 3]


def test_the_cache_forgets_the_longest_unused(folder, model, monkeypatch):
    monkeypatch.setattr("rag.search.embed._CACHED", 2)
    embedder = Embedder(folder, "test")
    embedder.encode_cached(["a", "b"])
    embedder.encode_cached(["a"])
    embedder.encode_cached(["c"])  # forgets b
    embedder.encode_cached(["a", "c"])
    embedder.encode_cached(["b"])
    assert model.calls == [["a", "b"], ["c"], ["b"]]


def test_other_weights_have_another_fingerprint(folder):
    before = Embedder(folder, "test").fingerprint
    assert Embedder(folder, "test").fingerprint == before
    (folder / "model.safetensors").write_bytes(bytes(199_999) + b"\x01")
    assert Embedder(folder, "test").fingerprint != before


def test_a_missing_model_names_the_remedy(tmp_path):
    with pytest.raises(ModelError, match="copydesk models pull"):
        Embedder(tmp_path, "test")
    settings = load_settings({"COPYDESK_MODELS": str(tmp_path)})
    with pytest.raises(ModelError):
        load_embedder(settings)


def test_a_damaged_model_names_the_remedy(folder):
    (folder / "modules.json").write_text('[{"idx": 0, "name": "0", "path": "", "type": "no.such.module"}]')
    with pytest.raises(ModelError, match=r"can't be loaded.*copydesk models"):
        Embedder(folder, "test").encode_queries(["a"])


def test_threads_share_one_model(folder, model):
    embedder = Embedder(folder, "test")
    results = []
    threads = [
        threading.Thread(target=lambda n=n: results.append((n, embedder.encode_cached(["x" * n])[0, 0])))
        for n in range(1, 30)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(model.loads) == 1
    assert sorted(results) == [(n, n) for n in range(1, 30)]


def test_importing_it_loads_no_heavy_library():
    code = (
        "import sys, rag.archive, rag.search.embed\n"
        "heavy = {'torch', 'sentence_transformers', 'transformers', 'chromadb', 'bm25s'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
