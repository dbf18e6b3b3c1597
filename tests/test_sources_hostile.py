"""Files made to break a reader: each is skipped with a reason, and what stands beside it is read all the same."""

from __future__ import annotations

import gzip
import io
import json
import os
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.errors import SourceError
from rag.sources import child, formats, frames, plan, read_all, read_paths
from rag.sources.files import SourceFile
from rag.types import RawDocument, Skipped
from tests import fakes_files as make

GOOD = "The ferry ran aground off Skerry Point on Tuesday with 212 passengers on board."
_ENTITIES = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 12))
LAUGHS = f"<!DOCTYPE x [<!ENTITY l0 'ha'>{_ENTITIES}]>"


def docx(markup: str, before: str = "") -> bytes:
    return make.word([], word__document_dot_xml=before.encode() + make.body_xml(markup))


def endless_pages() -> bytes:
    return (
        b"%PDF-1.4\n1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj\n"
        b"2 0 obj << /Type /Pages /Kids [2 0 R 2 0 R] /Count 999999999 >> endobj\ntrailer << /Root 1 0 R >>"
    )


def lying_zip() -> bytes:
    """An archive whose directory says that an entry of a few bytes is 4 GB long."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as package:
        package.writestr("word/document.xml", b"x")
    data = bytearray(made.getvalue())
    place = data.rindex(b"PK\x01\x02")
    data[place + 24 : place + 28] = (0xFFFFFFF0).to_bytes(4, "little")
    return bytes(data)


FILES: dict[str, tuple[bytes, str]] = {
    "bomb.docx": (docx("<w:p><w:r><w:t>word</w:t></w:r></w:p>" * 2_000_000), "too long"),
    "lying.docx": (lying_zip(), "too long"),
    "deep.docx": (docx("<w:p>" * 50_000), "damaged"),
    "laughs.docx": (docx("<w:p><w:r><w:t>&l11;</w:t></w:r></w:p>", LAUGHS), "damaged"),
    "junk.docx": (b"no archive", "damaged"),
    "cut.docx": (make.word([GOOD])[:3000], "damaged"),
    "junk.epub": (b"PK\x03\x04" + bytes(100), "damaged"),
    "empty.epub": (make.epub({}, {}), "no text"),
    "endless.pdf": (endless_pages(), "PDF"),
    "cut.pdf": (make.pdf([make.set_lines(GOOD, 50, 700, width=60)])[:200], "PDF"),
    "deep.html": (b"<html><body>" + b"<div>" * 100_000 + GOOD.encode(), "article"),
    "deep.json": (b"[" * 1_000_000, "deeply"),
    "number.json": (b"3", "no JSON objects"),
    "notes.json": (json.dumps({"name": "a web app", "version": 3}).encode(), "--map"),
    "deep.eml": (
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(2000)),
        "deeply",
    ),
    "inside.eml": (b"Subject: x\nContent-Type: message/rfc822\n\n" * 2000 + b"x", "deeply"),
    "none.eml": (b"\x00\x01\x02", "no mail message"),
    "quote.csv": (b'title,text\na,"' + b"x" * 21_000_000, "field larger"),
    "headless.csv": (b"1,2,3\n4,5,6\n", "--map"),
    "bomb.jsonl.gz": (gzip.compress(b'{"text":"' + b"a" * 110_000_000, 1), "100 MB"),
    "bomb.txt.gz": (gzip.compress(bytes(30_000_000), 1), "20 MB"),
    "junk.txt.gz": (b"\x1f\x8b\x08\x00junk and more junk", "broken .gz"),
    "junk.warc": (
        b"WARC/1.0\r\nContent-Length: 99999999999\r\nWARC-Type: response\r\n\r\nHTTP/1.1 200",
        "damaged web archive",
    ),
    "cut.warc.gz": (make.warc([("https://a.example", "text/html", os.urandom(5000))])[:900], "broken .gz"),
    "none.rss": (b"<rss></rss>", "no RSS"),
    "empty.mbox": (b"nothing of the kind", "no messages"),
    "front.md": (b"---\ntitle: [open\n---\nText.", "front matter"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("hostile")
    for name, (data, _) in FILES.items():
        (made / name).write_bytes(data)
    (made / "long.html").touch()
    os.truncate(made / "long.html", 1_000_000_000)
    (made / "good.md").write_text(GOOD)
    (made / "good.docx").write_bytes(make.word([GOOD]))
    return made


def test_each_is_skipped_with_its_reason_and_the_good_ones_are_read(folder: Path) -> None:
    began = time.monotonic()
    found, skipped = read_paths([folder])
    assert [d.text for d in found] == [GOOD, GOOD]
    reasons = {Path(s.path).name: s.reason for s in skipped}
    assert set(reasons) == {*FILES, "long.html"}
    wrong = {name: reasons[name] for name, (_, part) in FILES.items() if part not in reasons[name]}
    assert wrong == {} and "1000 MB" in reasons["long.html"]
    assert all(reason.endswith(".") and "Traceback" not in reason for reason in reasons.values())
    assert time.monotonic() - began < 60


def test_nothing_outside_is_read_into_a_document(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("TOPSECRET")
    outside = f"<!DOCTYPE x [<!ENTITY x SYSTEM 'file://{tmp_path}/secret.txt'>]>"
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.docx").write_bytes(docx("<w:p><w:r><w:t>A &x; B</w:t></w:r></w:p>", outside))
    chapters = {"../../secret.txt": "", "a.xhtml": outside + make.page("&x;", [GOOD] * 4)}
    (folder / "b.epub").write_bytes(make.epub(chapters, {"title": "Book"}))
    (folder / "c.rss").write_text(f"{outside}<rss><channel><item><title>&x;</title></item></channel></rss>")
    found, _ = read_paths([folder])
    assert found and not any("TOPSECRET" in f"{d.text}{d.title}" for d in found)


def test_one_article_that_kills_the_reader_costs_only_itself(tmp_path: Path) -> None:
    deep: Any = GOOD
    for _ in range(700):
        deep = [deep]
    rows = [{"text": f"{GOOD} {n}"} for n in range(30)]
    rows[7] = rows[19] = {"text": deep}
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    found, skipped = read_paths([tmp_path])
    assert sorted(d.text for d in found) == sorted(f"{GOOD} {n}" for n in range(30) if n not in (7, 19))
    assert {Path(s.path).name: s.reason for s in skipped} == {
        "a.jsonl#8": "It is nested too deeply.",
        "a.jsonl#20": "It is nested too deeply.",
    }


def test_what_was_whole_in_a_broken_file_is_kept_and_the_break_is_told(tmp_path: Path) -> None:
    lines = b"".join(json.dumps({"text": f"{GOOD} {os.urandom(30).hex()}"}).encode() + b"\n" for _ in range(500))
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(lines)[:15_000])
    ((_, found),) = read_all(plan([tmp_path]).files)
    assert isinstance(found, list) and sum(isinstance(r, RawDocument) for r in found) > 100
    last = found[-1]
    assert isinstance(last, Skipped) and last.path.endswith("a.jsonl.gz") and "first part" in last.reason


def test_a_reader_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "_START_SECONDS", 0.8)
    monkeypatch.setitem(formats.READERS, "markdown", replace(formats.READERS["markdown"], seconds=0.1))
    (tmp_path / "a.md").write_text("*a **b " * 300_000)  # some seconds of work
    (tmp_path / "b.txt").write_text(GOOD)
    found, (skipped,) = read_paths([tmp_path])
    assert [d.text for d in found] == [GOOD] and "too long" in skipped.reason


def test_the_reader_may_not_touch_the_machine() -> None:
    """The limits of the process itself, tried from inside it."""
    tries = """
import resource, socket, subprocess, sys
from rag.sources import worker
worker._limit()
for what in (
    lambda: socket.create_connection(("127.0.0.1", 9)), lambda: subprocess.run(["true"]),
    lambda: open("/tmp/written-by-a-reader", "w"), lambda: __import__("os").remove("/tmp/nothing"),
):
    try:
        what()
    except PermissionError:
        continue
    sys.exit("let through")
try:
    bytearray(3_000_000_000)
except MemoryError:
    sys.exit(0)
sys.exit("has all the memory it wants")
"""
    import subprocess
    import sys

    root = str(Path(__file__).parents[1])
    done = subprocess.run([sys.executable, "-c", tries], capture_output=True, text=True, cwd=root)
    assert done.returncode == 0, done.stderr


# --- whatever the bytes are -------------------------------------------------------------------------

_SEEDS = {
    "a.docx": make.word([GOOD, GOOD]),
    "a.epub": make.epub({"a.xhtml": make.page("T", [GOOD] * 4)}, {"title": "B"}),
    "a.pdf": make.pdf([make.set_lines(GOOD, 50, 700, width=40)], {"Title": "A title"}),
    "a.eml": make.mail(GOOD, html=make.page("T", [GOOD]), Subject="S", From="A <a@b.example>"),
    "a.mbox": b"From a\n" + make.mail(GOOD, Subject="S") + b"\nFrom b\n" + make.mail(GOOD),
    "a.warc": make.warc([("https://a.example", "text/html", make.page("T", [GOOD] * 3).encode())]),
    "a.html": make.page("T", [GOOD] * 3).encode(),
    "a.json": json.dumps([{"title": "T", "text": GOOD, "date": "2019-03-05"}]).encode(),
    "a.csv": f"title,text\nT,{GOOD}\n".encode(),
    "a.rss": f"<rss><channel><title>C</title><item><description>{GOOD}</description></item></channel></rss>".encode(),
}


@pytest.fixture(scope="module")
def reader() -> Iterator[child.Child]:
    with child.Child() as made:
        yield made


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(sorted(_SEEDS)),
    cuts=st.lists(st.tuples(st.integers(0, 5000), st.binary(max_size=6)), min_size=1, max_size=6),
    length=st.integers(0, 6000),
)
def test_damaged_files_give_articles_or_a_reason(
    tmp_path: Path, reader: child.Child, name: str, cuts: list[tuple[int, bytes]], length: int
) -> None:
    data = bytearray(_SEEDS[name])
    for place, piece in cuts:
        data[place % len(data) : place % len(data) + len(piece)] = piece
    path = tmp_path / name
    path.write_bytes(bytes(data[: len(data) - length % len(data) if length % 3 == 0 else len(data)]))
    (file,) = plan([path]).files
    try:
        found = reader.read(file)
    except SourceError as error:
        assert error.message
        return
    assert all(isinstance(r, (RawDocument, Skipped)) and r.path.startswith(str(path)) for r in found)


_TEXT = st.text(max_size=50)


@given(st.builds(RawDocument, key=st.just("k#1"), path=st.just("/p#1"), text=_TEXT, title=st.none() | _TEXT))
def test_articles_pass_between_the_processes_unchanged(raw: RawDocument) -> None:
    file = SourceFile("/p", None, "k", "f", "json")
    sent = json.loads(json.dumps(frames.record_to_json(raw)))
    assert frames.record_from_json(sent, file) == raw


@pytest.mark.parametrize(
    "lie",
    [
        {"path": "/etc/passwd"},
        {"key": "other"},
        {"text": None},
        {"title": 3},
        {"authors": [3]},
        {"published_at_source": "made up"},
    ],
)
def test_a_reader_gone_bad_cannot_speak_for_other_files(lie: dict[str, Any]) -> None:
    file = SourceFile("/p", None, "k", "f", "json")
    honest = frames.record_to_json(RawDocument(key="k#1", path="/p#1", text="x"))
    with pytest.raises(frames.Broken):
        frames.record_from_json({**honest, **lie}, file)
