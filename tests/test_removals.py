"""What is removed by hand stays out, and can be put back: nothing is listed that can't be found, nor found unlisted."""

from __future__ import annotations

import json
import shutil
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from rag.archive import Archive
from rag.config import load_settings
from rag.errors import InputError, NotFoundError, SourceError
from rag.intake import uploads
from tests.fakes_embedder import KeywordEmbedder

FERRY = "The ferry Margareta ran aground near the harbour on Sunday. The 212 passengers were taken off by boat."
MAYOR = "The mayor of the town resigned on Tuesday after an audit. Her deputy takes over until the election."
VOLCANO = "The volcano on the island erupted again. Four villages were evacuated during the night, officials said."


def opened(base: Path, embedder: KeywordEmbedder | None = None) -> Archive:
    found = load_settings({"COPYDESK_HOME": str(base / "archive"), "COPYDESK_MODELS": str(base / "none")})
    return Archive.open(found, write=True, embedder=embedder or KeywordEmbedder())


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "articles"
    folder.mkdir()
    for name, text in (("ferry", FERRY), ("mayor", MAYOR), ("volcano", VOLCANO)):
        (folder / f"{name}.txt").write_text(text)
    return folder


@pytest.fixture
def archive(tmp_path, folder):
    with opened(tmp_path) as archive:
        archive.ingest([folder])
        yield archive


def listed(archive):
    return [a.id for a in archive.articles()]


def found(archive, query):
    return [hit.article.id for hit in archive.search(query)]


# --- staying out ----------------------------------------------------------------------------------


def test_a_removed_article_stays_out_of_what_is_read_again(archive, folder):
    archive.remove(["ferry"])
    for report in (archive.sync(), archive.ingest([folder]), archive.sync(dry_run=True)):
        assert (report.added, report.changed, report.left_out) == ((), (), ("ferry",))
    (folder / "ferry.txt").write_text(FERRY + " It was pulled free.")
    assert archive.sync().left_out == ("ferry",)
    assert listed(archive) == ["mayor", "volcano"] and "ferry" not in found(archive, "ferry aground")
    assert archive.check() == []


def test_it_stays_out_where_its_file_is_moved(archive, folder):
    archive.remove(["ferry"])
    (folder / "old").mkdir()
    (folder / "ferry.txt").rename(folder / "old" / "ferry.txt")
    assert archive.sync().left_out == ("ferry",) and listed(archive) == ["mayor", "volcano"]


def test_a_record_stays_out_of_its_file_however_the_records_shift(archive, folder):
    path = folder / "many.jsonl"
    rows = [json.dumps({"title": f"Story {n}", "text": f"{MAYOR} Number {n} of the story follows."}) for n in range(4)]
    path.write_text("\n".join(rows))
    archive.sync()
    archive.remove(["many#2"])
    path.write_text("\n".join([json.dumps({"title": "New", "text": VOLCANO + " More follows."}), *rows]))
    assert archive.sync().left_out == ("many#2",)
    titles = {archive.article(i).title for i in listed(archive)}
    assert titles >= {"New", "Story 0", "Story 2", "Story 3"} and "Story 1" not in titles
    archive.restore(["many#2"])
    archive.sync()
    assert [archive.article(i).title for i in listed(archive)].count("Story 1") == 1 and archive.check() == []


def test_its_id_is_nobody_elses_meanwhile(archive, folder):
    archive.remove(["ferry"])
    (folder / "sub").mkdir()
    (folder / "sub" / "ferry.txt").write_text("Another ferry sank in the lake. The ten passengers swam ashore.")
    assert archive.sync().added == ("sub/ferry",)
    archive.restore(["ferry"])
    assert listed(archive) == ["ferry", "mayor", "sub/ferry", "volcano"]


def test_a_sync_does_not_miss_what_was_all_removed(archive, folder, tmp_path):
    archive.remove(listed(archive))
    assert archive.sync().left_out == ("ferry", "mayor", "volcano")
    folder.rename(tmp_path / "unplugged")
    with pytest.raises(SourceError, match="nothing to sync"):
        archive.sync()


# --- coming back ----------------------------------------------------------------------------------


def test_restored_articles_are_as_they_were(archive):
    before, passages = archive.article("ferry"), archive.passages("ferry")
    archive.remove(["ferry", "mayor"])
    assert [item.id for item in archive.removed()] == ["ferry", "mayor"]
    assert archive.restore(["ferry"]) == ["ferry"]
    assert (archive.article("ferry"), archive.passages("ferry")) == (before, passages)
    assert found(archive, "ferry aground")[0] == "ferry"
    assert [item.id for item in archive.removed()] == ["mayor"]
    assert archive.sync().unchanged == ("ferry", "volcano")
    assert archive.check() == []


def test_all_or_none_is_restored(archive):
    archive.remove(["ferry"])
    with pytest.raises(NotFoundError, match="No article 'mayor' was removed"):
        archive.restore(["ferry", "mayor"])
    assert listed(archive) == ["mayor", "volcano"]


def test_naming_the_file_brings_it_back(archive, folder):
    archive.remove(["ferry", "mayor"])
    (folder / "mayor.txt").write_text("The mayor stays after all, the council said on Wednesday.")
    report = archive.ingest([folder / "ferry.txt", folder / "mayor.txt"])
    assert (report.restored, report.left_out) == (("ferry", "mayor"), ())
    assert listed(archive) == ["ferry", "mayor", "volcano"]
    assert found(archive, "council mayor stays")[0] == "mayor" and "council" in archive.article("mayor").text
    assert archive.removed() == [] and archive.check() == []


def test_naming_a_file_that_was_moved_brings_it_back_too(archive, folder, tmp_path):
    archive.remove(["ferry"])
    (folder / "ferry.txt").rename(tmp_path / "ferry.txt")
    assert archive.ingest([tmp_path / "ferry.txt"]).restored == ("ferry",)
    assert found(archive, "ferry aground")[0] == "ferry" and archive.removed() == []
    assert "ferry" in archive.sync().unchanged


def test_what_changed_meanwhile_is_taken_up_by_the_next_sync(archive, folder):
    archive.remove(["ferry"])
    (folder / "ferry.txt").write_text("The ferry was pulled free by tugs on Monday.")
    archive.sync()
    archive.restore(["ferry"])
    assert archive.article("ferry").text == FERRY
    assert archive.sync().changed == ("ferry",)
    assert "tugs" in archive.article("ferry").text and archive.check() == []


def test_a_deleted_text_can_only_be_read_again(archive, folder):
    archive.remove(["ferry"])
    assert archive.forget(["ferry"]) == [str(folder / "ferry.txt")]
    assert [(item.id, item.title, item.restorable) for item in archive.removed()] == [("ferry", None, False)]
    assert archive.sync().left_out == ("ferry",)
    with pytest.raises(InputError, match="was deleted"):
        archive.restore(["ferry"])
    with pytest.raises(NotFoundError):
        archive.forget(["mayor"])
    assert archive.ingest([folder / "ferry.txt"]).added == ("ferry",)
    assert archive.removed() == []


def test_it_is_remembered_when_the_archive_is_opened_again(tmp_path, folder):
    with opened(tmp_path) as archive:
        archive.ingest([folder])
        archive.remove(["ferry"])
    with opened(tmp_path) as archive:
        assert archive.sync().left_out == ("ferry",)
        archive.restore(["ferry"])
        assert found(archive, "ferry aground")[0] == "ferry"


def test_where_a_passage_stands_is_told_whatever_the_article_is_called(archive, folder):
    passage = archive.passages("ferry")[0].id
    assert [a.id for a in archive.holders(passage)] == ["ferry"]
    (folder / "copy.txt").write_text(FERRY)
    archive.sync()
    archive.remove(["ferry"])
    assert [a.id for a in archive.holders(passage)] == ["copy"]
    archive.remove(["copy"])
    assert archive.holders(passage) == []


# --- stopping ---------------------------------------------------------------------------------------


def many(folder: Path, count: int) -> list[Path]:
    folder.mkdir(exist_ok=True)
    paths = [folder / f"story-{n:02}.txt" for n in range(count)]
    for n, path in enumerate(paths):
        path.write_text(f"Ward {n} opened street {n * 7}. The mayor of ward {n} spoke of number {n * 13} at length.")
    return paths


@pytest.mark.parametrize(("stage", "at"), [("read", 0), ("read", 7), ("embed", 0), ("embed", 10), ("embed", 20)])
def test_a_stopped_ingest_leaves_the_archive_whole(archive, tmp_path, monkeypatch, stage, at):
    monkeypatch.setattr("rag.search.index._EMBED", 5)
    stop = threading.Event()

    def tell(where, done, total):
        if where == stage and done >= at:
            stop.set()

    report = archive.ingest(many(tmp_path / "more", 25), progress=tell, stop=stop)
    assert report.stopped and set(listed(archive)) == {"ferry", "mayor", "volcano", *report.added}
    assert len(report.added) == {("embed", 10): 10, ("embed", 20): 20}.get((stage, at), 0)
    assert archive.check() == [] and archive.info()["index_current"]
    rest = archive.ingest(many(tmp_path / "more", 25))
    assert len(rest.added) + len(report.added) == 25 and archive.check() == []


def test_stopping_the_return_of_a_removed_article_keeps_it_removed(archive, folder):
    archive.remove(["ferry"])
    stop = threading.Event()
    stop.set()
    report = archive.ingest([folder / "ferry.txt"], progress=None, stop=stop)
    assert report.stopped and listed(archive) == ["mayor", "volcano"]
    assert [item.id for item in archive.removed()] == ["ferry"]


def test_uploads_not_taken_in_are_named_and_not_kept(tmp_path, archive):
    base = archive.settings.archive_dir
    names = [
        uploads.keep(base, f"{n}.txt", f"Story {n} tells of ward {n}. Nobody was hurt.".encode()) for n in range(3)
    ]
    stop = threading.Event()
    stop.set()
    done = uploads.add(archive, base, names, stop=stop)
    assert done["stopped"] and not done["added"]
    assert [item["reason"] for item in done["skipped"]] == ["Adding was stopped before it was indexed."] * 3
    assert not list((base / "uploads").iterdir())
    uploads.keep(base, "0.txt", b"Story 0 tells of ward 0. Nobody was hurt.")
    assert uploads.add(archive, base, ["0.txt"])["added"] == ["0"]
    again = uploads.keep(base, "0.txt", b"Story 0 tells of ward 0. Nobody was hurt.")
    assert uploads.add(archive, base, [again], stop=threading.Event())["unchanged"] == ["0"]
    uploads.give_up(archive, base, ["0.txt"])
    assert (base / "uploads" / "0.txt").exists(), "an article stands in it"


def test_an_uploaded_article_survives_removal_and_restoring(archive):
    base = archive.settings.archive_dir
    name = uploads.keep(base, "whale.txt", b"A whale was seen off Skerry Point. It stayed for an hour.")
    uploads.add(archive, base, [name])
    archive.remove(["whale"])
    assert archive.sync().left_out == ("whale",)
    archive.restore(["whale"])
    assert "whale" in archive.sync().unchanged and found(archive, "whale Skerry")[0] == "whale"
    archive.remove(["whale"])
    assert uploads.add(archive, base, [uploads.keep(base, "whale.txt", (base / "uploads" / name).read_bytes())])[
        "restored"
    ] == ["whale"]


# --- any order --------------------------------------------------------------------------------------

NAMES = ("ferry", "mayor", "volcano", "museum")
TEXTS = (FERRY, MAYOR, VOLCANO, f"{FERRY} {MAYOR}", "The museum opens on Sundays. Children pay nothing, it said.")


class Desk(RuleBasedStateMachine):
    """Files written, deleted and moved; articles removed, restored, synced and named again."""

    def __init__(self) -> None:
        super().__init__()
        self.base = Path(tempfile.mkdtemp())
        self.folder = self.base / "news"
        self.folder.mkdir()
        (self.folder / "keep.txt").write_text("The library keeps its opening hours. Nothing else is known of it.")
        self.archive = opened(self.base)
        self.archive.ingest([self.folder])
        self.out: set[str] = set()

    def teardown(self) -> None:
        self.archive.close()
        shutil.rmtree(self.base)

    @rule(name=st.sampled_from(NAMES), text=st.sampled_from(TEXTS))
    def write(self, name, text) -> None:
        (self.folder / f"{name}.txt").write_text(text)

    @rule(texts=st.lists(st.sampled_from(TEXTS), min_size=1, max_size=4, unique=True))
    def write_many(self, texts) -> None:
        rows = [json.dumps({"title": f"Story {n}", "text": text}) for n, text in enumerate(texts)]
        (self.folder / "many.jsonl").write_text("\n".join(rows))

    @rule(name=st.sampled_from(NAMES))
    def delete(self, name) -> None:
        (self.folder / f"{name}.txt").unlink(missing_ok=True)

    @rule()
    def sync(self) -> None:
        report = self.archive.sync()
        assert set(report.left_out) <= self.out and not report.restored

    @rule(name=st.sampled_from((*NAMES, "many")))
    def name_it(self, name) -> None:
        path = self.folder / ("many.jsonl" if name == "many" else f"{name}.txt")
        if path.exists():
            self.archive.ingest([path])
            self.out = {i for i in self.out if i.partition("#")[0] != name}

    @rule(chance=st.randoms())
    def remove(self, chance) -> None:
        ids = listed(self.archive)
        if ids:
            gone = chance.sample(ids, 1)
            self.archive.remove(gone)
            self.out |= set(gone)

    @precondition(lambda self: self.out)
    @rule(chance=st.randoms())
    def restore(self, chance) -> None:
        back = chance.sample(sorted(self.out), 1)
        self.archive.restore(back)
        self.out -= set(back)

    @invariant()
    def what_can_be_found_is_what_is_listed(self) -> None:
        catalog = self.archive._catalog
        snapshot = self.archive._snapshot()
        held = {p.id for i in listed(self.archive) for p in self.archive.passages(i)}
        assert set(snapshot.ids if snapshot else ()) == held == set(catalog.passage_ids())
        assert self.archive.check() == []
        assert {item.id for item in self.archive.removed()} == self.out
        assert not self.out & set(listed(self.archive))


Desk.TestCase.settings = settings(
    max_examples=10, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck)
)
TestDesk = Desk.TestCase
