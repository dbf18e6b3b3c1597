"""From files to the catalog: the same files give the same archive, however they came there."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from rag import sources
from rag.archive import Archive
from rag.catalog import Catalog
from rag.config import load_settings
from rag.intake import furniture, versions
from rag.intake import ingest as ingesting
from rag.types import Listing
from tests.fakes_embedder import KeywordEmbedder

NOW = "2026-01-01T00:00:00+00:00"
NAMES = ("ferry", "mayor", "volcano", "wire", "museum", "harbour", "strike")
STAMP = "This report is brought to readers by the friends of the harbour museum."


def story(seed: int, sentences: int = 12) -> str:
    """An article of its own words, in paragraphs of three sentences."""
    chance = random.Random(seed)
    syllables = ["ba", "de", "fi", "go", "ku", "la", "me", "ni", "po", "ru", "sa", "te", "vi", "wo", "xa"]
    made = []
    for _ in range(sentences):
        words = ["".join(chance.choice(syllables) for _ in range(chance.randint(2, 4))) for _ in range(9)]
        made.append(" ".join(words).capitalize() + ".")
    return "\n\n".join(" ".join(made[start : start + 3]) for start in range(0, sentences, 3))


# Whole stories, an exact and a near-copy, a cut-down one, a round-up, and short notes.
TEXTS = (
    story(1),
    story(2),
    story(3),
    f"{story(4, 3)}\n\n{story(1)}",
    "\n\n".join(story(2).split("\n\n")[:3]),
    f"{story(1)}\n\n{story(2)}\n\n{story(5)}",
    "The mayor resigned on Tuesday.",
    f"{story(6)}\n\n{STAMP}",
    f"{story(7)}\n\n{STAMP}",
    f"{STAMP}\n\n{story(8)}",
    f"{story(9)}\n\n{STAMP}\n\n{story(3, 3)}",
    f"{story(10)}\n\n{STAMP}",
    f"{story(11)}\n\n{STAMP}",
)


def ingest(catalog: Catalog, *paths: Path):
    report = ingesting.ingest(paths, catalog=catalog, now=NOW)
    ingesting.settle(catalog)
    return ingesting.with_copies(report, catalog)


def state(catalog: Catalog) -> set[tuple]:
    """All that an archive says of its articles, but for their ids: of two files of one name, the first keeps it."""
    names = {a.id: a.path for a in catalog.articles()}
    clusters = catalog.cluster_of({a.content_hash for a in catalog.articles()})
    return {
        (
            a.path,
            a.text,
            a.title,
            a.outlet,
            a.published_at,
            clusters[a.content_hash],
            tuple(p.id for p in catalog.passages_of(a.content_hash)),
            frozenset(names[row.id] for row in catalog.copies_of(a.id)),
        )
        for a in catalog.articles()
    }


def sound(catalog: Catalog) -> None:
    assert catalog.check() == []
    contents = {row[0] for row in catalog.rows("SELECT hash FROM contents")}
    assert contents == {a.content_hash for a in catalog.articles()}
    assert {row[0] for row in catalog.rows("SELECT content_hash FROM signatures")} == contents
    assert {row[0] for row in catalog.rows("SELECT DISTINCT content_hash FROM passages")} == contents
    pairs = catalog.rows("SELECT one, two FROM near_pairs")
    assert all(one in contents and two in contents for one, two in pairs)
    bases = {row[0] for row in catalog.rows("SELECT DISTINCT base FROM articles WHERE base <> content_hash")}
    assert {row[0] for row in catalog.rows("SELECT hash FROM bases")} == bases
    assert ingesting.is_settled(catalog)


class Folder(RuleBasedStateMachine):
    """Files of a folder written, rewritten, moved and deleted, and taken in whole or in part, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.base = Path(tempfile.mkdtemp())
        self.folder = self.base / "news"
        (self.folder / "sub").mkdir(parents=True)
        (self.folder / "keep.txt").write_text(story(99))
        self.catalog = Catalog.open(self.base / "catalog.sqlite3")

    def teardown(self) -> None:
        self.catalog.close()
        shutil.rmtree(self.base)

    def file(self, name: str, sub: bool) -> Path:
        return self.folder / "sub" / f"{name}.txt" if sub else self.folder / f"{name}.txt"

    @rule(name=st.sampled_from(NAMES), sub=st.booleans(), text=st.sampled_from(TEXTS), stamped=st.booleans())
    def write(self, name, sub, text, stamped) -> None:
        head = "outlet: Herald\ndate: 2024-03-05\n" if stamped else "outlet: Coast Post\n"
        self.file(name, sub).write_text(f"---\ntitle: The {name}\n{head}---\n{text}")

    @rule(texts=st.lists(st.sampled_from(TEXTS), min_size=1, max_size=5))
    def write_many(self, texts) -> None:
        lines = [json.dumps({"title": f"Story {n}", "text": text, "source": "Herald"}) for n, text in enumerate(texts)]
        (self.folder / "many.jsonl").write_text("\n".join(lines))

    @rule(name=st.sampled_from((*NAMES, "many")), sub=st.booleans())
    def delete(self, name, sub) -> None:
        path = self.folder / "many.jsonl" if name == "many" else self.file(name, sub)
        path.unlink(missing_ok=True)

    @rule(name=st.sampled_from(NAMES), sub=st.booleans())
    def move(self, name, sub) -> None:
        if self.file(name, sub).exists() and not self.file(name, not sub).exists():
            self.file(name, sub).rename(self.file(name, not sub))

    @rule()
    def take_all(self) -> None:
        with self.catalog.scratch() as copy:
            told = ingest(copy, self.folder)
        assert ingest(self.catalog, self.folder) == told

    @rule(name=st.sampled_from(NAMES), sub=st.booleans())
    def take_one(self, name, sub) -> None:
        if self.file(name, sub).exists():
            ingest(self.catalog, self.file(name, sub))

    @rule(chance=st.randoms())
    def remove(self, chance) -> None:
        ids = [a.id for a in self.catalog.articles()]
        if ids:
            ingesting.remove(chance.sample(ids, min(2, len(ids))), self.catalog)
            ingesting.settle(self.catalog)

    @invariant()
    def nothing_is_left_over(self) -> None:
        ingesting.settle(self.catalog)
        sound(self.catalog)

    @rule()
    def it_is_as_if_taken_in_afresh(self) -> None:
        for article in self.catalog.articles():  # a file named by itself is not missed by its folder
            if not Path(article.path.partition("#")[0]).exists():
                ingesting.remove([article.id], self.catalog)
        ingest(self.catalog, self.folder)
        with Catalog.in_memory() as fresh:
            ingest(fresh, self.folder)
            assert state(self.catalog) == state(fresh)


Folder.TestCase.settings = settings(
    max_examples=8, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
TestFolder = Folder.TestCase


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "news"
    folder.mkdir()
    return folder


@pytest.fixture
def catalog(tmp_path):
    with Catalog.open(tmp_path / "catalog.sqlite3") as catalog:
        yield catalog


def write(path: Path, *texts: str) -> Path:
    lines = [json.dumps({"title": f"Story {n}", "text": text}) for n, text in enumerate(texts)]
    path.write_text("\n".join(lines))
    return path


def test_copies_are_named_with_what_they_copy(catalog, folder):
    (folder / "a.txt").write_text(story(1))
    (folder / "b.txt").write_text(story(1))
    (folder / "c.txt").write_text(f"{story(2, 3)}\n\n{story(1)}")
    report = ingest(catalog, folder)
    assert (report.copies, report.near_copies) == (("b", "c"), ("c",))
    assert report.copy_of["b"] == "a"
    (folder / "0.txt").write_text(story(1))
    report = ingest(catalog, folder)  # what was there before is what is copied, whatever sorts first
    assert (report.copies, report.copy_of) == (("0",), {"0": "a"})
    rows = catalog.articles_page(Listing()).articles
    assert [row.copies for row in rows] == [3, 3, 3, 3]
    assert len({row.cluster for row in rows}) == 1


def test_a_changed_article_leaves_its_cluster(catalog, folder):
    (folder / "a.txt").write_text(story(1))
    (folder / "b.txt").write_text(f"{story(1)}\n\n{story(2, 3)}")
    ingest(catalog, folder)
    assert [row.id for row in catalog.copies_of("a")] == ["b"]
    (folder / "b.txt").write_text(story(3))
    assert ingest(catalog, folder).copies == ()
    assert catalog.copies_of("a") == []


def test_unchanged_files_are_not_parsed(catalog, folder, monkeypatch):
    write(folder / "many.jsonl", story(1), story(2))
    (folder / "a.txt").write_text(story(3))
    ingest(catalog, folder)

    def read_all(files):
        assert [Path(file.path).name for file in files] == wanted
        yield from real(files)

    real, wanted = sources.read_all, []
    monkeypatch.setattr(sources, "read_all", read_all)
    assert len(ingest(catalog, folder).unchanged) == 3
    (folder / "a.txt").write_text(story(4))
    wanted = ["a.txt"]
    assert ingest(catalog, folder).changed == ("a",)


def test_a_record_that_is_gone_from_its_file_is_removed(catalog, folder):
    file = write(folder / "many.jsonl", story(1), story(2), story(3))
    assert len(ingest(catalog, folder).added) == 3
    write(file, story(1), story(4))
    report = ingest(catalog, folder)
    assert (len(report.unchanged), len(report.changed), len(report.removed)) == (1, 1, 1)
    assert {a.text for a in catalog.articles()} == {story(1), story(4)}


def test_what_is_skipped_is_told_again_without_being_read_again(catalog, folder):
    (folder / "menu.txt").write_text("* * *\n\n• • •")
    (folder / "a.txt").write_text(story(1))
    first = ingest(catalog, folder)
    assert [Path(s.path).name for s in first.skipped] == ["menu.txt"]
    assert ingest(catalog, folder).skipped == first.skipped


def test_a_file_whose_name_is_no_text_is_skipped(catalog, folder):
    (folder / "a.txt").write_text(story(1))
    try:
        (folder / os.fsdecode(b"caf\xe9.txt")).write_text(story(2))
    except OSError:
        pytest.skip("this file system takes no such name")
    for _ in range(2):
        report = ingest(catalog, folder)
        assert [(s.path.rsplit("/", 1)[1], s.reason[:8]) for s in report.skipped] == [("caf?.txt", "Its name")]
    assert report.unchanged == ("a",)


def test_a_record_that_became_unreadable_keeps_its_article(catalog, folder):
    file = write(folder / "many.jsonl", story(1), story(2))
    ingest(catalog, folder)
    file.write_text(file.read_text().replace('"text"', '"nothing"', 1))
    report = ingest(catalog, folder)
    assert (report.removed, len(report.skipped)) == ((), 1)
    assert {a.text for a in catalog.articles()} == {story(1), story(2)}


def test_an_outlet_s_repeated_lines_go_from_all_its_articles(catalog, folder):
    def add(number):
        text = f"---\noutlet: Herald\n---\n{story(number)}\n\n{STAMP}"
        (folder / f"a{number:02}.txt").write_text(text)
        return ingest(catalog, folder)

    for number in range(12):
        add(number)
    assert not any(STAMP in a.text for a in catalog.articles())
    assert {a.text for a in catalog.articles()} == {story(number) for number in range(12)}
    assert [len(c) for c in (ingest(catalog, folder).changed, ingest(catalog, folder).unchanged)] == [0, 12]


def test_a_line_half_taken_out_when_it_was_interrupted_comes_back(catalog, folder, monkeypatch):
    for number in range(12):
        (folder / f"a{number:02}.txt").write_text(f"---\noutlet: Herald\n---\n{story(number)}\n\n{STAMP}")
    ingesting.ingest([folder], catalog=catalog, now=NOW)
    monkeypatch.setattr(furniture, "_BATCH", 4)
    real, left = furniture._clean_again, list(range(6))

    def die(*args):
        left.pop()
        real(*args)

    with monkeypatch.context() as patch, pytest.raises(IndexError):
        patch.setattr(furniture, "_clean_again", die)
        furniture.settle(catalog)
    assert sum(STAMP in a.text for a in catalog.articles()) == 8
    for number in range(11):
        (folder / f"a{number:02}.txt").unlink()
    ingest(catalog, folder)
    assert [a.text for a in catalog.articles()] == [f"{story(11)}\n\n{STAMP}"]  # once is no habit
    sound(catalog)


def test_another_way_of_cutting_is_noticed(catalog, folder, monkeypatch):
    (folder / "a.txt").write_text(story(1, 60))
    ingest(catalog, folder)
    before = catalog.passage_ids()
    real = versions.chunk.chunk
    monkeypatch.setattr(versions.chunk, "chunk", lambda article: real(article, target_words=40))
    versions.chunking.cache_clear()
    assert not ingesting.is_settled(catalog)
    ingesting.settle(catalog)
    assert len(catalog.passage_ids()) > len(before)
    monkeypatch.undo()
    versions.chunking.cache_clear()
    ingesting.settle(catalog)
    assert catalog.passage_ids() == before


def test_another_way_of_cleaning_is_noticed(catalog, folder, monkeypatch):
    (folder / "a.txt").write_text(story(1))
    (folder / "b.txt").write_text(story(2))
    ingest(catalog, folder)
    monkeypatch.setattr(versions, "cleaning", lambda: "other")
    assert ingest(catalog, folder).unchanged == ("a", "b")  # read again, and the same
    real = ingesting.clean.clean
    monkeypatch.setattr(versions, "cleaning", lambda: "another")
    other = {"a": story(1), "b": story(3)}
    monkeypatch.setattr(ingesting.clean, "clean", lambda raw, now: real(replace(raw, text=other[raw.key]), now))
    assert ingest(catalog, folder).changed == ("b",)


def test_a_dry_run_says_what_the_ingest_then_does(tmp_path, folder):
    own = load_settings({"COPYDESK_HOME": str(tmp_path / "archive"), "COPYDESK_MODELS": str(tmp_path / "none")})
    (folder / "a.txt").write_text(story(1))
    write(folder / "many.jsonl", story(2), f"{story(3, 3)}\n\n{story(1)}")
    with Archive.open(own, write=True, embedder=KeywordEmbedder()) as archive:
        for change in (lambda: None, lambda: (folder / "a.txt").write_text(story(5)), (folder / "many.jsonl").unlink):
            change()
            told = archive.ingest([folder], dry_run=True)
            done = archive.ingest([folder])
            assert told.dry_run and not done.dry_run
            assert {**told.to_dict(), "dry_run": False} == done.to_dict()
        (folder / "b.txt").write_text(story(6))
        assert archive.sync(dry_run=True).added == archive.sync().added == ("b",)


def test_a_sync_reads_a_table_as_it_was_said_before(tmp_path, folder):
    own = load_settings({"COPYDESK_HOME": str(tmp_path / "archive"), "COPYDESK_MODELS": str(tmp_path / "none")})
    file = folder / "many.jsonl"
    file.write_text(json.dumps({"kop": "One", "stuk": story(1)}))
    with Archive.open(own, write=True, embedder=KeywordEmbedder()) as archive:
        archive.ingest([folder], mapping={"title": "kop", "text": "stuk"})
        file.write_text("\n".join(json.dumps({"kop": f"No {n}", "stuk": story(n)}) for n in (1, 2)))
        report = archive.sync()
        assert (len(report.added), len(report.changed)) == (1, 1)
        assert [a.title for a in archive.articles()] == ["No 1", "No 2"]
        assert archive.sync().unchanged == tuple(a.id for a in archive.articles())


KILLED = """
import sys
from rag.archive import Archive
from rag.config import load_settings
from tests.fakes_embedder import KeywordEmbedder
with Archive.open(load_settings({"COPYDESK_HOME": sys.argv[1]}), write=True, embedder=KeywordEmbedder()) as archive:
    print("ready", flush=True)
    archive.ingest([sys.argv[2]])
    print("done", flush=True)
"""


def test_a_killed_ingest_is_completed_by_the_next(tmp_path, folder):
    for number in range(60):
        text = f"{story(number)}\n\n{STAMP}" if number % 2 else story(number // 4)
        (folder / f"a{number:02}.txt").write_text(f"---\noutlet: Herald\n---\n{text}")
    write(folder / "many.jsonl", *[story(number) for number in range(100, 160)])
    own = load_settings({"COPYDESK_HOME": str(tmp_path / "archive")})
    with Catalog.in_memory() as fresh:
        ingest(fresh, folder)
        wanted = state(fresh)
    chance = random.Random(1)
    for attempt in range(5):
        child = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(own.archive_dir), str(folder)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout.readline() == "ready\n"
        time.sleep(0.05 + 0.15 * attempt * chance.random())
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()
        with Archive.open(own, embedder=KeywordEmbedder(), missing_ok=True) as reader:
            assert all("Run `copydesk rebuild`" in line for line in reader.check())  # at most the index is behind
    with Archive.open(own, write=True, embedder=KeywordEmbedder()) as archive:
        archive.ingest([folder])
        assert archive.check() == []
        assert state(archive._catalog) == wanted
        sound(archive._catalog)
