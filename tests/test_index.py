from __future__ import annotations

import hashlib

import pytest

from rag.catalog import Catalog
from rag.errors import ArchiveError
from rag.intake.chunk import chunk
from rag.search.index import Index
from rag.types import Article
from tests.fakes_embedder import KeywordEmbedder

PLACES = [f"{n:03}ville" for n in range(400)]


class Desk:
    """A catalog and an index of one-passage articles, each about a place."""

    def __init__(self, folder):
        self.root = folder / "index"
        self.catalog = Catalog.in_memory()
        self.index = Index(self.root, self.catalog)
        self.embedder = KeywordEmbedder()

    def put(self, *places, title=None):
        for place in places:
            text = f"A story tells of the village of {place}."
            article = Article(place, text, hashlib.sha256(text.encode()).hexdigest(), title)
            self.catalog.put(article, chunk(article))

    def update(self, **options):
        self.embedder.encoded.clear()
        return self.index.update(self.embedder, **options)

    def found(self, place):
        """The texts found by the words and by the vector of a place, and whether they agree."""
        snapshot = self.index.snapshot(self.embedder)
        by_words = [i for i, _ in snapshot.bm25.query(place, 3)]
        vector = self.embedder.encode_queries([place])[0]
        nearest = snapshot.store.query(vector, 20)
        best = [i for i, cosine in nearest if cosine > nearest[0][1] - 1e-6]  # the fake's vectors are not unique
        assert list(snapshot.bm25.ids) == list(snapshot.ids)
        return len(by_words), set(by_words) <= set(best)

    def folders(self):
        return sorted(p.name for p in self.root.iterdir())


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.setattr("rag.search.store._BASE", 100)
    desk = Desk(tmp_path)
    yield desk
    desk.index.close()


def test_a_small_change_writes_little_and_embeds_only_what_is_new(desk):
    desk.put(*PLACES)
    assert desk.update() == 400
    base = desk.index.snapshot(desk.embedder)
    desk.put("Newtown")
    desk.catalog.remove("007ville")
    assert desk.update() == 1
    assert len(desk.embedder.encoded) == 1
    assert desk.folders() == ["000001", "000002"]
    assert not (desk.root / "000002" / "chroma").exists()
    assert desk.found("Newtown") == (1, True)
    assert desk.found("007ville")[0] == 0
    assert desk.found("009ville") == (1, True)
    assert len(base.ids) == 400  # whoever holds the version before still sees that
    assert desk.index.check(desk.embedder) == []


def test_many_small_changes_leave_one_base_and_the_latest_version(desk):
    desk.put(*PLACES)
    desk.update()
    for number in range(60):
        desk.put(f"{number:03}town")
        desk.catalog.remove(f"{number:03}ville")
        desk.update()
        assert len(desk.folders()) <= 3  # base, latest, and the one before, which was still held
    assert desk.found("003town") == desk.found("059town") == desk.found("080ville") == (1, True)
    assert desk.found("003ville")[0] == 0
    assert desk.index.check(desk.embedder) == []
    other = Index(desk.root, desk.catalog)
    assert list(other.snapshot(desk.embedder).ids) == list(desk.index.snapshot(desk.embedder).ids)
    other.close()


def test_a_new_title_replaces_what_was_indexed(desk):
    desk.put(*PLACES)
    desk.update()
    desk.put("005ville", title="Corruption at the waterworks")
    assert desk.update() == 1
    assert desk.found("waterworks")[0] == 1
    assert len(desk.index.snapshot(desk.embedder).ids) == 400
    assert desk.index.check(desk.embedder) == []


def test_an_ingest_that_is_stopped_embeds_nothing_twice(desk, monkeypatch):
    monkeypatch.setattr("rag.search.index._EMBED", 20)
    encode = desk.embedder.encode_documents

    def die_at_the_fifth(texts):
        if len(desk.embedder.encoded) >= 80:
            raise KeyboardInterrupt
        return encode(texts)

    desk.put(*PLACES)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(desk.embedder, "encode_documents", die_at_the_fifth)
        desk.update()
    assert desk.index.snapshot(desk.embedder) is None
    assert desk.update() == 400
    assert len(desk.embedder.encoded) == 320
    assert desk.folders() == ["000001"]  # the journal is gone
    assert desk.found("003ville") == (1, True)


def test_a_long_ingest_is_put_to_use_whenever_it_has_doubled(desk, monkeypatch):
    monkeypatch.setattr("rag.search.index._PUBLISH", 50)
    monkeypatch.setattr("rag.search.index._EMBED", 10)
    counts = []
    desk.put(*PLACES)
    publish = desk.index._publish
    monkeypatch.setattr(desk.index, "_publish", lambda new, *rest: counts.append(len(new.ids)) or publish(new, *rest))
    desk.update()
    assert counts == [50, 100, 200, 400]
    assert desk.index.check(desk.embedder) == []


def test_another_embedder_makes_it_anew_while_the_old_one_serves(desk, monkeypatch):
    monkeypatch.setattr("rag.search.index._PUBLISH", 50)
    monkeypatch.setattr("rag.search.index._EMBED", 10)
    desk.put(*PLACES)
    desk.update()
    old = desk.embedder
    desk.embedder = KeywordEmbedder(dims=64, name="others", fingerprint="others")
    assert desk.index.is_current()
    assert not desk.index.is_current(desk.embedder)
    with pytest.raises(ArchiveError, match=r"'keywords'.*copydesk rebuild"):
        desk.index.snapshot(desk.embedder)
    encode, seen = desk.embedder.encode_documents, []

    def encode_and_search(texts):
        seen.append(len(desk.index.snapshot(old).ids))
        if len(seen) == 20:
            raise KeyboardInterrupt
        return encode(texts)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(desk.embedder, "encode_documents", encode_and_search)
        desk.update()
    assert set(seen) == {400}
    assert len(desk.index.snapshot(old).ids) == 400
    assert desk.update() == 400
    assert len(desk.embedder.encoded) == 400 - 19 * 10
    assert desk.found("003ville") == (1, True)
    with pytest.raises(ArchiveError):
        desk.index.snapshot(old)


def test_the_journal_of_another_embedder_is_not_used(desk, monkeypatch):
    monkeypatch.setattr("rag.search.index._EMBED", 10)
    desk.put(*PLACES)
    encode = desk.embedder.encode_documents

    def die_at_the_fifth(texts):
        if len(desk.embedder.encoded) >= 40:
            raise KeyboardInterrupt
        return encode(texts)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(desk.embedder, "encode_documents", die_at_the_fifth)
        desk.update()
    assert len([*desk.root.glob("journal-*")]) == 1
    desk.embedder = KeywordEmbedder(dims=64, name="others", fingerprint="others")
    desk.update()
    assert len(desk.embedder.encoded) == 400
    assert [*desk.root.glob("journal-*")] == []


def test_a_damaged_base_is_reported(desk):
    desk.put(*PLACES)
    desk.update()
    desk.put("Newtown")
    desk.update()
    desk.index.close()
    file = desk.root / "000001" / "vectors.npy"
    data = bytearray(file.read_bytes())
    data[-1] ^= 0xFF
    file.write_bytes(data)
    assert "damaged" in desk.index.check(desk.embedder)[0]
    file.unlink()
    desk.index.close()
    with pytest.raises(ArchiveError, match="copydesk rebuild"):
        desk.index.snapshot(desk.embedder)
    assert desk.update(anew=True) == 401
    assert desk.index.check(desk.embedder) == []


@pytest.mark.parametrize(
    "step", ["rag.search.bm25.BM25Index.save", "rag.search.store._rebase", "rag.search.index.seal"]
)
def test_a_full_disk_is_named_and_what_there_was_still_serves(desk, monkeypatch, step):
    def full(*args):
        raise OSError(28, "No space left on device")

    desk.put("001ville")
    desk.update()
    desk.put("002ville")
    with monkeypatch.context() as patch:
        patch.setattr(step, full)
        with pytest.raises(ArchiveError, match=r"No space left.*nothing was lost"):
            desk.update()
    assert desk.found("001ville") == (1, True)
    assert desk.update() == 1
    assert desk.found("002ville") == (1, True)
    assert desk.embedder.encoded == []  # its vector was in the journal


def test_an_index_of_nothing(desk):
    desk.put("001ville")
    desk.update()
    desk.catalog.remove("001ville")
    desk.update()
    assert list(desk.index.snapshot(desk.embedder).ids) == []
    desk.put("002ville")
    assert desk.update() == 1
    assert desk.found("002ville") == (1, True)
