"""Files handed in through the page: what they are called, what is kept, what is thrown away again."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import InputError, NotFoundError, SourceError
from rag.intake import uploads
from rag.types import IngestReport, Skipped


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("story.txt", "story.txt"),
        ("Story.TXT", "Story.txt"),
        ("C:\\Users\\me\\story.md", "story.md"),
        ("../../etc/story.txt", "story.txt"),
        ("- .txt", "-.txt"),
        ("a\x00b\nc.txt", "abc.txt"),
        ("Überschrift – 1.txt", "Überschrift – 1.txt"),
        ("news.txt.gz", "news.txt.gz"),
    ],
)
def test_a_name_is_made_harmless(tmp_path: Path, sent: str, kept: str) -> None:
    assert uploads.keep(tmp_path, sent, b"text") == kept
    assert (tmp_path / "uploads" / kept).read_bytes() == b"text"


@given(st.text(max_size=300))
def test_no_name_leaves_the_folder(name: str) -> None:
    try:
        stem, suffix = uploads._parts(f"{name}.txt")
    except InputError:
        return  # nothing is left of it
    plain = f"{stem}{suffix}"
    assert Path(plain).name == plain and not plain.startswith(".") and len(plain.encode()) <= 160
    assert plain.isprintable() and "\\" not in plain


@pytest.mark.parametrize("name", ["virus.exe", "README", "manifest.json", "", ".", "..", "photo.jpg"])
def test_what_is_no_article_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError):
        uploads.keep(tmp_path, name, b"x")
    assert not (tmp_path / "uploads").exists()


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="empty"):
        uploads.keep(tmp_path, "a.txt", b"")


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    names = [uploads.keep(tmp_path, "a.txt", data) for data in (b"one", b"two", b"one", b"two", b"three")]
    assert names == ["a.txt", "a-2.txt", "a.txt", "a-2.txt", "a-3.txt"]


def test_only_uploaded_files_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    uploads.keep(tmp_path, "a.txt", b"text")
    assert uploads.paths(tmp_path, ["a.txt"]) == [tmp_path / "uploads" / "a.txt"]
    for name in ("../secret.txt", str(tmp_path / "secret.txt"), "b.txt", "", "."):
        with pytest.raises(NotFoundError):
            uploads.paths(tmp_path, [name])


def test_files_that_hold_no_article_do_not_stay(tmp_path: Path) -> None:
    for name in ("good.txt", "bad.txt"):
        uploads.keep(tmp_path, name, b"text")
    folder = tmp_path / "uploads"
    other = tmp_path / "mine.txt"
    other.write_text("mine")

    class Archive:
        def ingest(self, paths: list[Path], progress: object = None, stop: object = None) -> IngestReport:
            assert [path.name for path in paths] == ["good.txt", "bad.txt"]
            skipped = (Skipped(str(folder / "bad.txt"), "No."), Skipped(str(other), "Not one of ours."))
            return IngestReport(added=("good",), skipped=skipped)

    done = uploads.add(Archive(), tmp_path, ["good.txt", "bad.txt"])
    assert done["added"] == ["good"] and [s["reason"] for s in done["skipped"]] == ["No.", "Not one of ours."]
    assert [path.name for path in folder.iterdir()] == ["good.txt"] and other.exists()
