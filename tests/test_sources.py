from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from rag.errors import NotFoundError, SourceError
from rag.intake.clean import clean
from rag.sources import decode, read_paths


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def manifest(folder: Path, *articles: dict[str, Any]) -> Path:
    path = folder / "manifest.json"
    path.write_text(json.dumps({"articles": list(articles)}), encoding="utf-8")
    return path


def test_folders_are_read_recursively_and_ids_are_stems(tmp_path: Path) -> None:
    write(tmp_path, a_dot_txt="One.", sub__b_dot_md="Two.", sub__c_dot_markdown="Three.", _dot_hidden_dot_txt="No.")
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    docs, skipped = read_paths([tmp_path])
    assert [(d.key, d.text) for d in docs] == [("a", "One."), ("b", "Two."), ("c", "Three.")]
    assert skipped == []
    assert all(d.published_at is None and d.published_at_source == "unknown" for d in docs)


def test_colliding_stems_become_relative_paths(tmp_path: Path) -> None:
    write(tmp_path, x__a_dot_txt="1", y__a_dot_txt="2", b_dot_txt="3", z__c_dot_txt="4", z__c_dot_md="5")
    assert [d.key for d in read_paths([tmp_path])[0]] == ["b", "x/a", "y/a", "z/c.md", "z/c.txt"]


def test_two_folders_with_the_same_files_get_distinct_ids(tmp_path: Path) -> None:
    write(tmp_path, one__a_dot_txt="1", two__a_dot_txt="2")
    docs, _ = read_paths([tmp_path / "one", tmp_path / "two"])
    assert [d.key for d in docs] == ["one/a.txt", "two/a.txt"]


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    write(tmp_path, a_dot_txt="One.")
    assert len(read_paths([tmp_path, tmp_path / "a.txt"])[0]) == 1


def test_manifest_metadata(tmp_path: Path) -> None:
    write(tmp_path, a_dot_txt="One.", README_dot_md="# About", b_dot_txt="Two.")
    manifest(
        tmp_path,
        {
            "file": "a.txt",
            "title": "Ferry aground",
            "outlet": "Coast Post",
            "published_at": "2019-03-05",
            "published_at_source": "inferred",
            "url": "https://a.example/1",
            "note": "the text says Tuesday",
        },
    )
    docs, skipped = read_paths([tmp_path])
    assert [d.key for d in docs] == ["a", "b"] and skipped == []
    a, b = docs
    assert (a.title, a.outlet, a.url) == ("Ferry aground", "Coast Post", "https://a.example/1")
    assert (a.published_at, a.published_at_source) == ("2019-03-05", "inferred")
    assert (b.title, b.published_at, b.published_at_source) == (None, None, "unknown")
    alone, _ = read_paths([tmp_path / "a.txt"])
    assert alone == [a]


def test_without_a_manifest_a_readme_is_an_article(tmp_path: Path) -> None:
    write(tmp_path, README_dot_md="Some text.")
    assert [d.key for d in read_paths([tmp_path])[0]] == ["README"]


def test_the_time_of_a_file_is_no_publication_date(tmp_path: Path) -> None:
    file = tmp_path / "quay.txt"
    file.write_text("The quay was closed on Sunday.", encoding="utf-8")
    os.utime(file, (1_500_000_000, 1_500_000_000))
    (document,), _ = read_paths([tmp_path])
    assert (document.published_at, document.published_at_source) == (None, "unknown")
    article = clean(document, "2026-01-01T00:00:00+00:00")
    assert (article.published_at, article.published_at_source) == (None, "unknown")


def test_another_programs_manifest_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path, a_dot_txt="One.", manifest_dot_json='{"name": "web app"}')
    assert len(read_paths([tmp_path])[0]) == 1


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"title": "x"}, 'no "file"'),
        ({"file": "gone.txt"}, "no file 'gone.txt'"),
        ({"file": "../out.txt"}, "out of the manifest's folder"),
        ({"file": "a.txt", "published_at": "5 March 2019"}, "not a date like 2019-03-05"),
        ({"file": "a.txt", "published_at": "2019-02-30"}, "not a date like 2019-03-05"),
        ({"file": "a.txt", "published_at": "2019-02-03", "published_at_source": "guess"}, "not one of metadata"),
        ({"file": "a.txt", "titel": "x"}, "unknown keys: titel"),
        ({"file": "a.txt", "title": 3}, "title is not a text"),
    ],
)
def test_bad_manifests_are_named_with_the_entry(tmp_path: Path, entry: dict[str, Any], message: str) -> None:
    write(tmp_path, a_dot_txt="One.")
    manifest(tmp_path, entry)
    with pytest.raises(SourceError) as caught:
        read_paths([tmp_path])
    assert message in caught.value.message and caught.value.hint


def test_broken_json_and_wrong_shape(tmp_path: Path) -> None:
    write(tmp_path, a_dot_txt="One.", manifest_dot_json="{")
    with pytest.raises(SourceError, match="not valid JSON"):
        read_paths([tmp_path])
    (tmp_path / "manifest.json").write_text('{"articles": 3}')
    with pytest.raises(SourceError, match="not a list"):
        read_paths([tmp_path])
    (tmp_path / "other.json").write_text("[]")
    (tmp_path / "manifest.json").unlink()
    with pytest.raises(SourceError, match="no list"):
        read_paths([tmp_path], manifest=tmp_path / "other.json")


def test_markdown_front_matter_and_heading(tmp_path: Path) -> None:
    front = "---\ntitle: 'Storm: the toll'\ndate: 2020-02-01\nsource: Daily Sample\nurl: https://s.example\n---\n"
    write(
        tmp_path,
        a_dot_md=front + "# Ignored\n\nThe **storm** hit [the coast](https://x.example) on\nFriday.\n\n![pic](p.jpg)",
        b_dot_md="# Flood in Exampletown\n\nWater rose.\n\n## Later\n\n* one\n* two",
        c_dot_txt=front + "Plain text.",
        d_dot_md="---\ntitle: [unclosed\n---\nText.",
    )
    docs, skipped = read_paths([tmp_path])
    a, b, c = docs
    assert (a.title, a.outlet, a.url) == ("Storm: the toll", "Daily Sample", "https://s.example")
    assert (a.published_at, a.published_at_source) == ("2020-02-01", "metadata")
    assert a.text == "The storm hit the coast on Friday."
    assert (b.title, b.text) == ("Flood in Exampletown", "Water rose.\n\n- one\n\n- two")
    assert (c.title, c.text) == ("Storm: the toll", "Plain text.")
    assert len(skipped) == 1 and "front matter" in skipped[0].reason


@pytest.mark.parametrize(
    "title",
    [
        "Council: pool to stay shut",
        "Correction: Lowmere v Halm: the score",
        '"I saw it coming": the lock keeper',
        "'Nobody asked us', say tenants: the hearing",
        "[Updated] Ferry back in service",
        "@ the races",
        "*Not* a drill",
    ],
)
@pytest.mark.parametrize("name", ["a.txt", "a.md"])
def test_a_headline_needs_no_quotation_marks_in_front_matter(tmp_path: Path, title: str, name: str) -> None:
    front = f"---\ntitle: {title}\noutlet: Daily Sample\ndate: 2020-02-01\nnote: >\n  folded\n---\n"
    (tmp_path / name).write_text(front + "Text.", encoding="utf-8")
    (doc,), skipped = read_paths([tmp_path])
    assert (doc.title, doc.outlet, doc.published_at, doc.text) == (title, "Daily Sample", "2020-02-01", "Text.")
    assert skipped == []


def test_front_matter_that_cannot_be_read_is_told_with_its_line_and_the_remedy(tmp_path: Path) -> None:
    write(tmp_path, a_dot_txt="---\noutlet: Daily Sample\ntitle: [unclosed\n---\nText.")
    _, (skipped,) = read_paths([tmp_path])
    assert "line 3" in skipped.reason.lower() and "title: [unclosed" in skipped.reason
    assert "quotation marks" in skipped.reason and "YAML" not in skipped.reason


def test_what_cannot_be_read_is_skipped_with_its_reason(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write(folder, good_dot_txt="One.", empty_dot_txt=" \n")
    (folder / "binary.txt").write_bytes(b"\x7fELF\x00\x01" * 50)
    (folder / "fake.txt").write_bytes(b"%PDF-1.7 stream")
    (folder / "noise.txt").write_bytes(bytes(range(1, 32)) * 20)
    (folder / "paper.pdf").write_bytes(b"%PDF")
    with (folder / "huge.txt").open("wb") as file:
        file.truncate(21_000_000)
    docs, skipped = read_paths([folder])
    assert [d.key for d in docs] == ["good"]
    reasons = {Path(s.path).name: s.reason for s in skipped}
    assert set(reasons) == {"empty.txt", "binary.txt", "fake.txt", "noise.txt", "paper.pdf", "huge.txt"}
    assert "empty" in reasons["empty.txt"] and "binary" in reasons["binary.txt"] and "20 MB" in reasons["huge.txt"]


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path, secret_dot_txt="Secret.", outside__b_dot_txt="B.", inside__a_dot_txt="A.")
    (tmp_path / "inside" / "link.txt").symlink_to(tmp_path / "secret.txt")
    (tmp_path / "inside" / "dir").symlink_to(tmp_path / "outside")
    (tmp_path / "inside" / "loop").symlink_to(tmp_path / "inside")
    docs, skipped = read_paths([tmp_path / "inside"])
    assert [d.key for d in docs] == ["a"]
    assert [Path(s.path).name for s in skipped] == ["dir", "link.txt"]
    assert all("points out of the folder" in s.reason for s in skipped)


def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    docs, skipped = read_paths([tmp_path])
    assert docs == [] and "not a regular file" in skipped[0].reason


def test_missing_paths_and_empty_folders(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError) as missing:
        read_paths([tmp_path / "nope"])
    assert "nope" in missing.value.message and missing.value.hint
    with pytest.raises(SourceError) as empty:
        read_paths([tmp_path])
    assert ".txt" in empty.value.hint


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Plain “quotes” – and a café.", "utf-8"),
        ("Plain “quotes” – and a café.", "utf-8-sig"),
        ("Plain “quotes” – and a café.", "utf-16"),
        ("Café à Paris, déjà vu. The “quote” — he said it’s €5.", "cp1252"),
        ("Zdobyli miasto, żołnierze uciekli do stolicy, powiedział rzecznik. Później wrócili.", "cp1250"),
        ("Город пал сегодня, сообщили местные власти. Войска захватили его утром.", "cp1251"),
        ("首都が今日陥落したと発表された。多くの人々が逃げている。", "shift_jis"),
        ("Η πόλη έπεσε σήμερα, είπαν αξιωματούχοι της κυβέρνησης.", "cp1253"),
    ],
)
def test_encodings(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text
