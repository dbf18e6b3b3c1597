"""The seed articles through the real Chroma and all-MiniLM-L6-v2."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from rag.archive import Archive
from rag.config import load_settings
from rag.errors import ModelError
from rag.models import embedder_path
from rag.search.embed import Embedder, load_embedder

pytestmark = pytest.mark.integration

SEEDS = Path(__file__).parents[2] / "seeds"


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return load_settings({"COPYDESK_HOME": str(tmp_path_factory.mktemp("home") / "archive")})


@pytest.fixture(scope="module")
def embedder(settings):
    return load_embedder(settings)


@pytest.fixture
def archive(settings, embedder, tmp_path):
    with Archive.open(replace(settings, archive_dir=tmp_path / "archive"), write=True, embedder=embedder) as archive:
        yield archive


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(SEEDS, tmp_path / "seeds"))


def seen(hits):
    """What must not depend on how the index came about; vectors may differ in the last bit."""
    return [(h.passage.id, h.article.id, h.ranks, h.also_in, round(h.cosine, 4)) for h in hits]


def test_a_plain_question_finds_its_passage(archive, folder):
    report = archive.ingest([folder])
    assert len(report.added) == 5
    assert report.skipped == ()
    assert archive.check() == []
    for question, words in [
        ("Who met President Biden at the White House?", "Ghani"),
        ("When did the Taliban briefly take Kunduz before?", "2015"),
        ("By what date does Biden want all troops out?", "September"),
    ]:
        hits = archive.search(question)
        assert any(words in hit.passage.text for hit in hits[:3]), question
        assert all(-1 <= hit.cosine <= 1 and hit.bm25 >= 0 for hit in hits)


def test_ingesting_again_changing_deleting_and_copying(archive, folder, embedder, monkeypatch):
    first = archive.ingest([folder])
    with monkeypatch.context() as patch:
        patch.setattr(Embedder, "encode_documents", lambda *args: pytest.fail("nothing is to be embedded"))
        again = archive.ingest([folder])
    assert again.unchanged == first.added
    assert (again.added, again.changed, again.removed, again.passages) == ((), (), (), 0)

    changed, original = first.added[0], first.added[1]
    path = folder / f"{changed}.txt"
    path.write_text(path.read_text() + "\n\nA rare white heron was seen at the reservoir, birdwatchers said.\n")
    (folder / "copy.txt").write_text((folder / f"{original}.txt").read_text())
    report = archive.ingest([folder])
    assert (report.added, report.changed, report.copies) == (("copy",), (changed,), ("copy",))
    assert "heron" in archive.search("Which rare bird was seen at the reservoir?")[0].passage.text
    passage = archive.passages(original)[0]
    hit = next(h for h in archive.search(passage.text) if h.passage.id == passage.id)
    assert {hit.article.id, *hit.also_in} == {original, "copy"}

    path.write_text((SEEDS / f"{changed}.txt").read_text())
    (folder / "copy.txt").unlink()
    report = archive.sync()
    assert (report.changed, report.removed) == ((changed,), ("copy",))
    assert all("heron" not in hit.passage.text for hit in archive.search("Which rare bird was seen at the reservoir?"))
    assert all(hit.also_in == () for hit in archive.search(passage.text))
    assert archive.check() == []


def test_rebuild_gives_the_same_results(archive, folder):
    archive.ingest([folder])
    questions = ["How many districts have fallen?", "Who ordered the withdrawal?", "What happened in Ghazni?"]
    before = [seen(archive.search(question)) for question in questions]
    assert archive.rebuild() == archive.info()["passages"]
    assert [seen(archive.search(question)) for question in questions] == before


def test_vectors_have_unit_length_and_cached_ones_are_the_same(embedder):
    texts = ["The bridge was closed.", "El puente fue cerrado.", "", "word " * 2000]
    vectors = embedder.encode_documents(texts)
    assert vectors.shape == (4, embedder.dims) == (4, 384)
    assert (vectors**2).sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert embedder.encode_cached(texts) == pytest.approx(vectors, abs=1e-5)
    assert embedder.encode_queries(texts[:1]) @ vectors[0] == pytest.approx(1, abs=1e-5)


def test_damaged_weights_name_the_remedy(settings, tmp_path):
    folder = Path(shutil.copytree(embedder_path(settings), tmp_path / "model"))
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1_000_000])
    with pytest.raises(ModelError, match="copydesk models"):
        Embedder(folder, "broken").encode_queries(["a"])
