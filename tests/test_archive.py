from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time

import pytest

from rag.archive import Archive
from rag.config import load_settings
from rag.errors import ArchiveBusyError, ArchiveError, InputError, NotFoundError, SourceError
from rag.types import Filter
from tests.fakes_embedder import KeywordEmbedder

FERRY = "The ferry Margareta ran aground near the harbour on Sunday. The 212 passengers were taken off by boat."
MAYOR = "The mayor of the town resigned on Tuesday after an audit. Her deputy takes over until the election."
VOLCANO = "The volcano on the island erupted again. Four villages were evacuated during the night, officials said."


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "ferry.txt").write_text(FERRY)
    (folder / "mayor.txt").write_text(MAYOR)
    (folder / "volcano.txt").write_text(VOLCANO)
    return folder


@pytest.fixture
def settings(tmp_path):
    return load_settings({"COPYDESK_HOME": str(tmp_path / "archive"), "COPYDESK_MODELS": str(tmp_path / "none")})


@pytest.fixture
def embedder():
    return KeywordEmbedder()


@pytest.fixture
def archive(settings, embedder):
    with Archive.open(settings, write=True, embedder=embedder) as archive:
        yield archive


def ids(archive, query, **filter):
    return [hit.article.id for hit in archive.search(query, filter=Filter(**filter))]


def snapshot(folder):
    return {p: p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


# --- ingest ---------------------------------------------------------------------------------------


def test_ingested_articles_are_found(archive, folder):
    report = archive.ingest([folder])
    assert report.added == ("ferry", "mayor", "volcano")
    assert report.passages == 3
    assert ids(archive, "Why did the mayor resign?")[0] == "mayor"
    assert archive.article("ferry").text == FERRY
    passage = archive.passages("ferry")[0]
    assert archive.passage(passage.id) == passage
    assert archive.check() == []


def test_unchanged_files_cost_nothing(archive, folder, embedder, settings):
    archive.ingest([folder])
    embedder.encoded.clear()
    before = snapshot(settings.archive_dir / "index")
    report = archive.ingest([folder])
    assert report.unchanged == ("ferry", "mayor", "volcano")
    assert (report.added, report.changed, report.removed, report.passages) == ((), (), (), 0)
    assert embedder.encoded == []
    assert snapshot(settings.archive_dir / "index") == before


def test_unchanged_files_need_no_model(settings, folder, embedder):
    with Archive.open(settings, write=True, embedder=embedder) as archive:
        archive.ingest([folder])
    with Archive.open(settings, write=True) as archive:  # its models folder is empty
        assert archive.ingest([folder]).unchanged == ("ferry", "mayor", "volcano")


def test_changed_and_deleted_files(archive, folder, embedder):
    archive.ingest([folder])
    embedder.encoded.clear()
    (folder / "mayor.txt").write_text("The treasurer resigned on Wednesday. The mayor stays.")
    (folder / "volcano.txt").unlink()
    report = archive.ingest([folder])
    assert (report.changed, report.removed, report.unchanged) == (("mayor",), ("volcano",), ("ferry",))
    assert len(embedder.encoded) == 1
    assert "treasurer" in archive.search("treasurer")[0].passage.text
    assert "volcano" not in ids(archive, "volcano villages evacuated")
    assert archive.check() == []
    with pytest.raises(NotFoundError):
        archive.article("volcano")


def test_a_new_title_is_indexed_though_the_text_is_the_same(archive, folder):
    archive.ingest([folder])
    manifest = {"articles": [{"file": "mayor.txt", "title": "Corruption at the waterworks", "outlet": "Herald"}]}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    report = archive.ingest([folder])
    assert (report.changed, report.copies, report.passages) == (("mayor",), (), 1)
    best = archive.search("waterworks corruption")[0]
    assert best.article.title == "Corruption at the waterworks"
    assert best.bm25 > 0


def test_copies_are_reported_and_shown_once(archive, folder):
    (folder / "wire.txt").write_text(FERRY)
    report = archive.ingest([folder])
    assert report.copies == ("wire",)
    best = archive.search("ferry aground")[0]
    assert (best.article.id, best.also_in) == ("ferry", ("wire",))
    assert ids(archive, "ferry aground").count("ferry") == 1
    (folder / "ferry.txt").unlink()
    archive.ingest([folder])
    best = archive.search("ferry aground")[0]
    assert (best.article.id, best.also_in) == ("wire", ())


def test_one_bad_file_does_not_stop_the_rest(archive, folder):
    (folder / "photo.txt").write_bytes(bytes(range(256)) * 40)
    (folder / "blank.txt").write_text(" \n")
    report = archive.ingest([folder])
    assert report.added == ("ferry", "mayor", "volcano")
    assert sorted(skipped.path.rsplit("/", 1)[1] for skipped in report.skipped) == ["blank.txt", "photo.txt"]
    assert all(skipped.reason for skipped in report.skipped)


def test_a_file_that_became_unreadable_keeps_its_article(archive, folder):
    archive.ingest([folder])
    (folder / "mayor.txt").write_bytes(bytes(range(256)) * 40)
    report = archive.ingest([folder])
    assert (report.removed, len(report.skipped)) == ((), 1)
    assert archive.article("mayor").text == MAYOR


def test_a_title_that_is_not_valid_unicode_is_skipped(archive, folder):
    (folder / "manifest.json").write_text('{"articles": [{"file": "mayor.txt", "title": "half \\ud83d"}]}')
    report = archive.ingest([folder])
    assert report.added in (("ferry", "volcano"), ("ferry", "mayor", "volcano"))


def test_a_dry_run_reports_and_writes_nothing(archive, folder, settings, embedder):
    archive.ingest([folder])
    (folder / "ferry.txt").unlink()
    (folder / "new.txt").write_text("A quite new story about a museum.")
    (folder / "mayor.txt").write_text("The mayor is back.")
    embedder.encoded.clear()
    report = archive.ingest([folder], dry_run=True)
    assert (report.added, report.changed, report.removed) == (("new",), ("mayor",), ("ferry",))
    assert report.dry_run
    assert embedder.encoded == []
    assert [a.id for a in archive.articles()] == ["ferry", "mayor", "volcano"]


def test_a_dry_run_needs_no_archive(settings, folder):
    with Archive.open(settings, missing_ok=True) as archive:
        assert archive.ingest([folder], dry_run=True).added == ("ferry", "mayor", "volcano")
        assert archive.search("ferry") if archive.info()["articles"] else True
    assert not settings.archive_dir.exists()


def test_files_with_the_same_name_get_ids_of_their_own(archive, folder, tmp_path):
    archive.ingest([folder])
    other = tmp_path / "second"
    other.mkdir()
    (other / "ferry.txt").write_text("Another ferry, another story altogether.")
    report = archive.ingest([other])
    assert report.added == ("second/ferry",)
    assert archive.article("ferry").text == FERRY
    assert archive.ingest([folder, other]).unchanged == ("ferry", "mayor", "second/ferry", "volcano")


def test_a_moved_file_keeps_its_article(archive, folder):
    archive.ingest([folder])
    (folder / "old").mkdir()
    (folder / "ferry.txt").rename(folder / "old" / "ferry.txt")
    report = archive.ingest([folder])
    assert (report.unchanged, report.removed) == (("ferry", "mayor", "volcano"), ())
    assert archive.article("ferry").path.endswith("old/ferry.txt")


def test_progress_says_how_far(archive, folder):
    steps = []
    archive.ingest([folder], progress=lambda stage, done, total: steps.append((stage, done, total)))
    assert ("read", 3, 3) in steps
    assert ("embed", 3, 3) in steps
    assert all(0 <= done <= total for _, done, total in steps)


def test_paths_that_cannot_be_used(archive, folder, tmp_path):
    with pytest.raises((SourceError, NotFoundError)):
        archive.ingest([tmp_path / "nowhere"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError):
        archive.ingest([tmp_path / "empty"])


# --- sync and remove ------------------------------------------------------------------------------


def test_sync_follows_the_folders_ingested_before(archive, folder, tmp_path):
    single = tmp_path / "single.txt"
    single.write_text("A single report about the museum.")
    archive.ingest([folder, single])
    (folder / "new.txt").write_text("The library opens on Sundays from now on.")
    (folder / "ferry.txt").unlink()
    single.unlink()
    report = archive.sync()
    assert (report.added, report.removed) == (("new",), ("ferry", "single"))
    assert [a.id for a in archive.articles()] == ["mayor", "new", "volcano"]
    assert archive.check() == []


def test_sync_never_forgets_a_folder_that_is_not_there(archive, folder, tmp_path):
    archive.ingest([folder])
    folder.rename(tmp_path / "unplugged")
    with pytest.raises(SourceError, match=r"not there.*Make it available"):
        archive.sync()
    folder.mkdir()
    for sync in (archive.sync, lambda: archive.ingest([folder])):
        with pytest.raises(SourceError, match="no articles any more"):
            sync()
    assert len(archive.articles()) == 3


def test_sync_of_an_empty_archive_says_so(archive):
    with pytest.raises(SourceError, match="copydesk ingest"):
        archive.sync()


def test_a_single_file_is_not_removed_by_ingesting_its_folder(archive, folder):
    archive.ingest([folder / "ferry.txt"])
    (folder / "ferry.txt").unlink()
    assert archive.ingest([folder]).removed == ()


def test_removed_articles_are_gone(archive, folder):
    archive.ingest([folder])
    assert archive.remove(["ferry"]) == ["ferry"]
    assert "ferry" not in ids(archive, "ferry aground")
    assert archive.check() == []
    with pytest.raises(NotFoundError):
        archive.remove(["mayor", "nobody"])
    assert archive.article("mayor").text == MAYOR
    archive.remove(["mayor", "volcano"])
    assert archive.search("mayor") == []


# --- the archive on disk --------------------------------------------------------------------------


def test_the_folder_is_private(archive, settings, folder):
    archive.ingest([folder])
    assert settings.archive_dir.stat().st_mode & 0o077 == 0


def test_a_missing_archive_names_the_remedy(settings):
    with pytest.raises(ArchiveError, match=r"There is no archive at .*copydesk ingest PATH"):
        Archive.open(settings)
    assert not settings.archive_dir.exists()


def test_an_empty_archive_finds_nothing(archive):
    assert archive.search("anything") == []
    assert archive.articles() == []
    assert archive.check() == []
    assert archive.info()["articles"] == 0


def test_an_archive_that_was_served_empty_takes_in_articles_and_so_does_an_emptied_one(archive, folder):
    archive.warm()
    archive.ingest([folder / "ferry.txt"])
    assert ids(archive, "ferry") == ["ferry"]
    archive.remove(["ferry"])
    archive.ingest([folder / "mayor.txt"])
    assert ids(archive, "mayor") == ["mayor"]
    assert archive.check() == []


def test_questions_too_long_are_refused(archive, folder):
    with pytest.raises(InputError, match="100,000 characters"):
        archive.search("x" * 100_000)


def test_info(archive, folder):
    (folder / "manifest.json").write_text(
        json.dumps({"articles": [{"file": "ferry.txt", "outlet": "Coast Post", "published_at": "2019-03-05"}]})
    )
    archive.ingest([folder])
    info = archive.info()
    assert (info["articles"], info["passages"], info["outlets"]) == (3, 3, {"Coast Post": 1})
    assert info["first_published_at"] == info["last_published_at"] == "2019-03-05"
    assert info["embedder"] == "keywords"
    assert info["disk_bytes"] > 0
    assert info["last_ingest"].startswith("20")
    assert [a.id for a in archive.articles(Filter(sources=("coast post",)))] == ["ferry"]


def test_a_second_writer_is_refused_and_readers_are_not(archive, settings, folder, embedder):
    archive.ingest([folder])
    with pytest.raises(ArchiveBusyError, match=rf"process {os.getpid()}.*Wait"):
        Archive.open(settings, write=True)
    with Archive.open(settings, embedder=embedder) as one, Archive.open(settings, embedder=embedder) as two:
        assert ids(one, "mayor")[0] == ids(two, "mayor")[0] == "mayor"
        with pytest.raises(ArchiveError, match="reading only"):
            one.ingest([folder])


def test_closing_leaves_one_index(settings, folder, embedder):
    with Archive.open(settings, write=True, embedder=embedder) as archive:
        archive.ingest([folder])
        with Archive.open(settings, embedder=embedder) as reader:
            ids(reader, "mayor")
            archive.remove(["ferry"])
            assert ids(reader, "ferry mayor")[0] == "mayor"
    archive.close()
    assert len(list((settings.archive_dir / "index").iterdir())) == 1


def test_the_lock_ends_with_the_archive(settings):
    Archive.open(settings, write=True).close()
    Archive.open(settings, write=True).close()


def test_rebuild_makes_the_same_index_again(archive, folder, settings):
    archive.ingest([folder])
    before = archive.search("mayor volcano ferry")
    assert archive.rebuild() == 3
    assert archive.search("mayor volcano ferry") == before
    assert len(list((settings.archive_dir / "index").iterdir())) == 1


@pytest.mark.parametrize("damage", ["chroma gone", "chroma garbage", "bm25 cut", "index gone", "files gone"])
def test_a_damaged_index_is_reported_and_rebuilt(settings, folder, embedder, damage, monkeypatch):
    monkeypatch.setattr("rag.search.store._SCAN", 0)  # the graph of large archives is there too
    with Archive.open(settings, write=True, embedder=embedder) as archive:
        archive.ingest([folder])
    index = settings.archive_dir / "index"
    number = next(index.iterdir())
    if damage == "chroma gone":
        shutil.rmtree(number / "chroma")
    elif damage == "chroma garbage":
        (number / "chroma" / "chroma.sqlite3").write_bytes(b"garbage" * 1000)
    elif damage == "bm25 cut":
        file = number / "bm25" / "data.csc.index.npy"
        file.write_bytes(file.read_bytes()[:-8])
    elif damage == "index gone":
        shutil.rmtree(index)
    else:
        (number / "files.json").unlink()
    with Archive.open(settings, embedder=embedder) as reader:
        with pytest.raises(ArchiveError, match="copydesk rebuild"):
            reader.search("mayor")
        assert "copydesk rebuild" in reader.check()[0]
        assert reader.article("mayor").text == MAYOR
    with Archive.open(settings, write=True, embedder=embedder) as archive:
        assert archive.rebuild() == 3
        assert ids(archive, "mayor")[0] == "mayor"
        assert archive.check() == []


def test_changed_bytes_in_the_index_are_found_by_the_check(archive, folder, settings):
    archive.ingest([folder])
    file = next((settings.archive_dir / "index").rglob("data.csc.index.npy"))
    data = bytearray(file.read_bytes())
    data[-1] ^= 0xFF
    file.write_bytes(data)
    assert "damaged" in archive.check()[0]


def test_a_check_without_the_model_says_so(settings, folder, embedder):
    with Archive.open(settings, write=True, embedder=embedder) as archive:
        archive.ingest([folder])
    with Archive.open(settings) as archive:
        assert "copydesk models pull" in archive.check()[0]


def test_another_embedder_is_indexed_for_at_once_and_nothing_is_mixed(settings, folder, embedder):
    with Archive.open(settings, write=True, embedder=embedder) as archive:
        archive.ingest([folder])
    other = KeywordEmbedder(dims=64, name="others", fingerprint="others")
    reading, told = Archive.open(settings, embedder=other), pytest.raises(ArchiveError, match=r"'keywords'.*rebuild")
    with reading as reader, told:
        reader.search("mayor")
    steps = []
    with Archive.open(settings, write=True, embedder=other) as archive:
        report = archive.sync(progress=lambda *step: steps.append(step))
        assert (report.unchanged, report.passages) == (("ferry", "mayor", "volcano"), 3)
        assert ("embed", 3, 3) in steps
        assert ids(archive, "mayor")[0] == "mayor"
        assert archive.check() == []
        assert archive.sync().passages == 0


def test_the_old_index_serves_until_the_new_one_is_whole(settings, folder, embedder):
    with Archive.open(settings, write=True, embedder=embedder) as archive:
        archive.ingest([folder])
    other = KeywordEmbedder(dims=64, name="others", fingerprint="others")
    encode, seen = other.encode_documents, []

    with Archive.open(settings, embedder=embedder) as reader, Archive.open(settings, embedder=other) as early:
        with Archive.open(settings, write=True, embedder=other) as archive:

            def look_on(texts):
                seen.append(ids(reader, "mayor")[0])
                with pytest.raises(ArchiveBusyError, match=r"'others'.*0 of 3 passages are done.*Ask again"):
                    archive.search("mayor")
                return encode(texts)

            other.encode_documents = look_on
            archive.repair()
            assert ids(archive, "mayor")[0] == ids(early, "mayor")[0] == "mayor"
        with pytest.raises(ArchiveError, match=r"'others'"):
            reader.search("mayor")
    assert seen == ["mayor"]


def test_an_ingest_that_dies_before_indexing_is_mended(settings, folder, embedder, monkeypatch):
    def die(*args):
        raise KeyboardInterrupt

    with Archive.open(settings, write=True, embedder=embedder) as archive:
        archive.ingest([folder / "ferry.txt"])
        with monkeypatch.context() as patch:
            patch.setattr(embedder, "encode_documents", die)
            with pytest.raises(KeyboardInterrupt):
                archive.ingest([folder])
        assert ids(archive, "ferry") == ["ferry"]  # what was there is still served
        assert "missing from the search index" in archive.check()[0]
    with Archive.open(settings, write=True, embedder=embedder) as archive:
        archive.warm()
        assert archive.check() == []
        assert ids(archive, "mayor")[0] == "mayor"


def test_a_long_ingest_is_put_to_use_step_by_step(settings, tmp_path, embedder, monkeypatch):
    monkeypatch.setattr("rag.search.index._PUBLISH", 10)
    monkeypatch.setattr("rag.search.index._EMBED", 5)
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(25):
        (folder / f"story{number:02}.txt").write_text(f"Story number {number} tells of the village of Place{number}.")
    encode, calls = embedder.encode_documents, []

    def die_in_the_third_step(texts):
        calls.append(len(texts))
        if len(calls) == 5:
            raise KeyboardInterrupt
        return encode(texts)

    with Archive.open(settings, write=True, embedder=embedder) as archive:
        with monkeypatch.context() as patch:
            patch.setattr(embedder, "encode_documents", die_in_the_third_step)
            with pytest.raises(KeyboardInterrupt):
                archive.ingest([folder])
        assert "5 of 25 passages are missing" in archive.check()[0]
        assert archive.ingest([folder]).passages == 5
        assert archive.check() == []
        assert len(archive.search("Story of the village", k=50)) == 25


def test_searches_go_on_while_another_thread_ingests(archive, folder):
    archive.ingest([folder])
    stop, failures, searches = threading.Event(), [], []

    def search():
        while not stop.is_set():
            hits = archive.search("Why did the mayor resign?")
            searches.append(len(hits))
            if not hits or hits[0].article.id != "mayor":
                failures.append([hit.article.id for hit in hits])

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(6):
        (folder / f"extra{number}.txt").write_text(f"Extra story {number} about a bridge in the north.")
        archive.ingest([folder])
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert searches
    assert archive.check() == []


READER = """
import sys, time
from rag.archive import Archive
from rag.config import load_settings
from tests.fakes_embedder import KeywordEmbedder
settings = load_settings({"COPYDESK_HOME": sys.argv[1], "COPYDESK_MODELS": "/nonexistent"})
with Archive.open(settings, embedder=KeywordEmbedder()) as archive:
    seen, searches, deadline = 0, 0, time.monotonic() + 60
    print("ready", flush=True)
    while seen < 12 and time.monotonic() < deadline:
        hits = archive.search("Where is the bridge?", k=50)
        count = sum("bridge" in hit.passage.text for hit in hits)
        assert count >= seen, (count, seen)
        assert archive.search("Why did the mayor resign?")[0].article.id == "mayor"
        seen, searches = count, searches + 1
    print(seen, searches)
"""


def test_another_process_reads_while_this_one_writes(archive, folder, settings):
    archive.ingest([folder])
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(settings.archive_dir)], stdout=subprocess.PIPE, text=True
    )
    assert reader.stdout.readline() == "ready\n"
    for number in range(12):
        (folder / f"extra{number}.txt").write_text(f"Extra story {number} about the bridge over the river.")
        archive.ingest([folder])
        time.sleep(0.05)
    output, _ = reader.communicate(timeout=90)
    assert reader.returncode == 0
    assert output.split()[0] == "12"


def test_another_process_that_writes_is_refused(archive, settings):
    code = (
        "import sys\nfrom rag.archive import Archive\nfrom rag.config import load_settings\n"
        "from rag.errors import ArchiveBusyError\n"
        "settings = load_settings({'COPYDESK_HOME': sys.argv[1]})\n"
        "try:\n    Archive.open(settings, write=True)\nexcept ArchiveBusyError as error:\n    sys.exit(7)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(settings.archive_dir)], timeout=60, check=False)
    assert done.returncode == 7


def test_a_damaged_catalog_is_left_as_it_is(settings, folder, embedder):
    with Archive.open(settings, write=True, embedder=embedder) as archive:
        archive.ingest([folder])
    catalog = settings.archive_dir / "catalog.sqlite3"
    catalog.write_bytes(b"This is no database. " * 500)
    for write in (False, True):
        with pytest.raises(ArchiveError, match="left as it is"):
            Archive.open(settings, write=write)
    assert catalog.read_bytes() == b"This is no database. " * 500
