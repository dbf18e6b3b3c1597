"""Each format: what is read of it, and what its own words about itself are taken for."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from textwrap import fill

import pytest

from rag.errors import InputError
from rag.sources import plan, read_all, read_paths
from rag.types import RawDocument, Skipped
from tests import fakes_files as make

STORY = (
    "The ferry Morning Star ran aground off Skerry Point on Tuesday with 212 passengers on board, the guard said.",
    "Nobody was hurt, and all passengers had been taken off by two lifeboats before nightfall, said the master.",
    "The company said that it would examine why the captain had left the marked channel in clear weather.",
)
COLUMN = (
    "The harbour authority said on Tuesday that the reconstruction of the northern breakwater would cost considerably"
    " more than anticipated. Engineers discovered unexpected cavities beneath the foundation."
)
OTHER = (
    "Meanwhile the opposition demanded an independent investigation into the contracts, which had been awarded without"
    " competition to a single contractor in the capital."
)


def read(path: Path, data: bytes | str, **options: dict[str, str]) -> list[RawDocument]:
    """The articles in a file with this content, none of them skipped."""
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    found, skipped = read_paths([path], **options)  # type: ignore[arg-type]
    assert skipped == []
    return found


# --- pages and documents ----------------------------------------------------------------------------


def test_a_web_page_is_read_without_its_menu(tmp_path: Path) -> None:
    head = (
        '<meta property="og:site_name" content="Coast Post">'
        '<meta property="article:published_time" content="2019-03-05T10:00:00Z">'
    )
    (article,) = read(tmp_path / "a.html", make.page("Ferry aground", STORY, head=head))
    assert STORY[1] in article.text and "Home" not in article.text and "rights" not in article.text
    assert (article.key, article.title, article.outlet) == ("a", "Ferry aground", "Coast Post")
    assert (article.published_at, article.published_at_source) == ("2019-03-05", "metadata")


@pytest.mark.parametrize("across", [False, True])
def test_pdf_columns_are_read_one_after_the_other(tmp_path: Path, across: bool) -> None:
    """Also where the file draws the page line by line, across both columns."""
    lines = [
        *make.set_lines(COLUMN, 50, 670, width=45),
        *make.set_lines(STORY[0], 62, 586, width=45)[:1],
        *make.set_lines(OTHER, 320, 670, width=45),
    ]
    if across:
        lines.sort(key=lambda line: -line[1])
    pages = [
        [
            (50, 730, 24, "Repairs to cost double"),
            (50, 770, 8, "Harbour Gazette"),
            (300, 20, 8, f"Page {n} of 2"),
            *lines,
        ]
        for n in (1, 2)
    ]
    made_on = {"Title": "Microsoft Word - gazette.doc", "CreationDate": "D:20220612101500+02'00'"}
    (article,) = read(tmp_path / "gazette.pdf", make.pdf(pages, made_on))
    assert COLUMN in article.text and OTHER in article.text  # hyphens at line ends are gone, both columns whole
    assert article.text.index(COLUMN) < article.text.index(OTHER)
    assert "Gazette" not in article.text and "Page" not in article.text
    assert article.title == "Repairs to cost double"
    assert (article.published_at, article.created_on) == (None, "2022-06-12")  # a day it was made, not published


def test_a_pdf_knows_which_hyphens_are_its_words(tmp_path: Path) -> None:
    lines = [
        "The long-term plan for the coast was pub-",
        "lished on Monday after a year of talks, and the long-",
        "term",
    ]
    lines += ["costs were put at 3.5 million euros by the 12-", "member committee, which met behind closed doors."]
    (article,) = read(tmp_path / "a.pdf", make.pdf([[(50, 700 - 12 * n, 10, text) for n, text in enumerate(lines)]]))
    assert "was published on Monday" in article.text and "the long-term costs" in article.text
    assert "12-member committee" in article.text and "\n" not in article.text


def test_a_scanned_pdf_says_so(tmp_path: Path) -> None:
    (tmp_path / "scan.pdf").write_bytes(make.pdf([[]]))
    _, (skipped,) = read_paths([tmp_path])
    assert "scan" in skipped.reason


def test_word(tmp_path: Path) -> None:
    (article,) = read(tmp_path / "a.docx", make.word(STORY, title="Ferry aground", author="Ilse Roe"))
    assert article.text == "\n\n".join(STORY)
    assert (article.title, article.authors) == ("Ferry aground", ("Ilse Roe",))
    assert article.created_on is None  # the day in the writing program's template is nobody's


def test_word_as_it_reads_when_all_changes_are_accepted(tmp_path: Path) -> None:
    run = "<w:r><w:t xml:space='preserve'>{}</w:t></w:r>"
    markup = (
        f"<w:p>{run.format('The ferry ')}<w:del><w:r><w:delText>sank</w:delText></w:r></w:del>"
        f"<w:ins>{run.format('ran aground')}</w:ins>{run.format('.')}</w:p>"
        f"<w:tbl><w:tr><w:tc><w:p>{run.format('212 passengers')}</w:p></w:tc></w:tr></w:tbl>"
    )
    (article,) = read(tmp_path / "a.docx", make.word([], word__document_dot_xml=make.body_xml(markup)))
    assert article.text == "The ferry ran aground.\n\n212 passengers"


def test_a_magazine_gives_an_article_a_chapter(tmp_path: Path) -> None:
    chapters = {
        "cover.xhtml": "<html><body><img src='c.png'/></body></html>",
        "toc.xhtml": "<html><body>"
        + "<p><a href='a.xhtml'>Ferry aground, and much more about it</a></p>" * 9
        + "</body></html>",
        "a.xhtml": make.page("Ferry aground", STORY),
        "sub/b.xhtml": make.page("Repairs", (COLUMN, OTHER)),
        "../../secret.txt": "never read",
    }
    about = {"title": "The Coast Weekly", "publisher": "calibre", "date": "2019-03-08T00:00:00+00:00"}
    ferry, repairs = read(tmp_path / "weekly.epub", make.epub(chapters, about))
    assert [ferry.key, repairs.key] == ["weekly#1", "weekly#2"] and ferry.path.endswith("weekly.epub#1")
    assert [ferry.title, repairs.title] == ["Ferry aground", "Repairs"]
    assert STORY[1] in ferry.text and OTHER in repairs.text
    assert (ferry.outlet, ferry.published_at, ferry.published_at_source) == (
        "The Coast Weekly",
        "2019-03-08",
        "metadata",
    )


# --- mail -------------------------------------------------------------------------------------------


def test_a_newsletter(tmp_path: Path) -> None:
    text = "\n\n".join(fill(paragraph, 72) for paragraph in STORY) + "\n\n> quoted before\n\n-- \nUnsubscribe here"
    headers = {"Subject": "Fwd: Ferry aground", "From": "Coast Post <news@post.example>", "List_Id": "<n.post.example>"}
    (article,) = read(tmp_path / "a.eml", make.mail(text, Date="Tue, 05 Mar 2019 23:30:00 -0500", **headers))
    assert article.text == "\n\n".join(STORY)
    assert (article.title, article.outlet, article.authors) == ("Ferry aground", "Coast Post", ())
    assert (article.published_at, article.published_at_source) == ("2019-03-05", "metadata")


def test_a_personal_mail_has_an_author_and_no_outlet(tmp_path: Path) -> None:
    (article,) = read(tmp_path / "a.eml", make.mail(STORY[0], Subject="Look", From='"Ilse Roe" <i@roe.example>'))
    assert (article.outlet, article.authors, article.published_at) == (None, ("Ilse Roe",), None)
    (article,) = read(tmp_path / "b.eml", make.mail(STORY[0], Subject="Look", From="i@roe.example"))
    assert article.authors == ()


def test_mail_that_is_only_a_page(tmp_path: Path) -> None:
    (article,) = read(tmp_path / "a.eml", make.mail("View online.", html=make.page("Ferry", STORY), Subject="x"))
    assert STORY[2] in article.text


def test_a_mailbox(tmp_path: Path) -> None:
    messages = [make.mail(text, Subject=f"Number {n}") for n, text in enumerate(STORY, 1)]
    found = read(tmp_path / "all.mbox", b"".join(b"From x Tue Mar  5\n" + m + b"\n\n" for m in messages))
    assert [a.title for a in found] == ["Number 1", "Number 2", "Number 3"]
    assert [a.key for a in found] == ["all#1", "all#2", "all#3"]


def test_a_page_saved_as_one_file(tmp_path: Path) -> None:
    data = make.mail("", html=make.page("Ferry", STORY), Date="Tue, 05 Mar 2019 23:30:00 -0500")
    data = data.replace(b"MIME-Version", b"Snapshot-Content-Location: https://post.example/f\nMIME-Version", 1)
    (article,) = read(tmp_path / "a.mhtml", data)
    assert article.url == "https://post.example/f" and article.published_at != "2019-03-05"  # when it was saved


# --- archives and feeds -----------------------------------------------------------------------------


def test_a_web_archive(tmp_path: Path) -> None:
    records = [
        ("https://post.example/1", "text/html; charset=utf-8", make.page("Ferry", STORY).encode()),
        ("https://post.example/x.png", "image/png", b"\x89PNG"),
        ("https://post.example/2.pdf", "application/pdf", make.pdf([make.set_lines(COLUMN, 50, 700, width=60)])),
    ]
    page, document = read(tmp_path / "crawl.warc.gz", make.warc(records))
    assert (page.key, page.url, page.title) == ("crawl#1", "https://post.example/1", "Ferry")
    assert COLUMN in document.text and document.url == "https://post.example/2.pdf"
    (tmp_path / "errors.warc").write_bytes(make.warc(records[:1], "404 Not Found"))
    _, (skipped,) = read_paths([tmp_path / "errors.warc"])
    assert "no web pages" in skipped.reason


def test_a_saved_feed(tmp_path: Path) -> None:
    entry = (
        "<title>Ferry &amp;amp; rescue</title><link>https://post.example/1</link>"
        f"<description>&lt;p&gt;{STORY[0]}&lt;/p&gt;</description><pubDate>Tue, 05 Mar 2019 18:00:00 GMT</pubDate>"
    )
    feed = f"<rss version='2.0'><channel><title>Coast Post</title><item>{entry}</item></channel></rss>"
    (article,) = read(tmp_path / "news.rss", feed)
    assert (article.title, article.outlet, article.text) == ("Ferry & rescue", "Coast Post", STORY[0])
    assert (article.published_at, article.url) == ("2019-03-05", "https://post.example/1")


# --- tables -----------------------------------------------------------------------------------------


def test_json_lines_with_other_names_and_broken_rows(tmp_path: Path) -> None:
    rows = [
        {
            "Headline": "One",
            "body": STORY[0],
            "publish_date": "2019/03/05",
            "source": {"name": "Coast Post"},
            "link": "https://p.example/1",
        },
        "{broken",
        {"headline": "Empty", "body": " "},
        {"id": "x-7", "headline": "Four", "body": f"<p>{STORY[1]}</p><p>{STORY[2]}</p>", "author": "A. Roe; B. Doe"},
    ]
    path = tmp_path / "news.jsonl"
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows))
    found, skipped = read_paths([path])
    one, four = found
    assert (one.key, one.title, one.outlet, one.url) == ("news#1", "One", "Coast Post", "https://p.example/1")
    assert (one.published_at, one.published_at_source, one.outlet_source) == ("2019-03-05", "metadata", "metadata")
    assert (four.key, four.text, four.authors) == ("news#x-7", f"{STORY[1]}\n\n{STORY[2]}", ("A. Roe", "B. Doe"))
    assert [(Path(s.path).name, s.reason) for s in skipped] == [
        ("news.jsonl#2", "It is not valid JSON."),
        ("news.jsonl#3", "It has no text."),
    ]


@pytest.mark.parametrize("shape", ["list", "object", "single", "pretty", "packed"])
def test_json_in_all_its_shapes(tmp_path: Path, shape: str) -> None:
    row = {"title": "One", "text": STORY[0]}
    value = {"list": [row], "object": {"status": "ok", "articles": [row]}, "single": row, "pretty": [row]}.get(
        shape, [row]
    )
    text = json.dumps(value, indent=2 if shape == "pretty" else None)
    if shape == "packed":
        (article,) = read(tmp_path / "a.json.gz", gzip.compress(text.encode()))
    else:
        (article,) = read(tmp_path / "a.json", text)
    assert (article.key, article.title, article.text) == ("a#1", "One", STORY[0])


def test_of_search_results_the_longest_crawl_of_a_page_is_kept(tmp_path: Path) -> None:
    def result(url: str, text: str) -> dict[str, str]:
        return {"url": url, "title": "T", "text": text, "publish_date": "2022/06/12"}

    lines = [
        {
            "question_id": "1",
            "search_result": [result("https://a.example/1", "Short."), result("https://a.example/2", "B.")],
        },
        {"question_id": "2", "search_result": []},
        {"question_id": "3", "search_result": [result("https://a.example/1#top", "Short and then more.")]},
    ]
    found = read(tmp_path / "dump.jsonl", "\n".join(map(json.dumps, lines)))
    assert [(a.key, a.text, a.published_at) for a in found] == [
        ("dump#1", "Short and then more.", "2022-06-12"),
        ("dump#2", "B.", "2022-06-12"),
    ]


@pytest.mark.parametrize(("name", "separator"), [("a.csv", ","), ("a.csv", ";"), ("a.tsv", "\t")])
def test_tables(tmp_path: Path, name: str, separator: str) -> None:
    cells = [
        ["Title", "Content", "Date"],
        ["One", f'"{STORY[0]}\n\nA second ""quoted"" part."', "5 March 2019"],
        ["Two", STORY[2], "05/03/2019"],
    ]
    one, two = read(tmp_path / name, "\n".join(separator.join(row) for row in cells))
    assert one.text == f'{STORY[0]}\n\nA second "quoted" part.' and one.published_at == "2019-03-05"
    assert (two.key, two.title, two.published_at) == ("a#2", "Two", None)  # 5 March or 3 May: nobody knows


def test_a_mapping_says_which_field_is_which(tmp_path: Path) -> None:
    rows = json.dumps({"kop": "One", "inhoud": {"volledig": STORY[0]}, "dag": "2019-03-05", "title": "wrong"})
    fields = {"title": "kop", "text": "inhoud.volledig", "published_at": "dag"}
    (article,) = read(tmp_path / "a.jsonl", rows, mapping=fields)
    assert (article.title, article.text, article.published_at) == ("One", STORY[0], "2019-03-05")
    with pytest.raises(InputError, match="colour"):
        plan([tmp_path / "a.jsonl"], mapping={"colour": "x"})
    _, (skipped,) = read_paths([tmp_path / "a.jsonl"])
    assert "--map" in skipped.reason and "kop, inhoud, dag" in skipped.reason


def test_a_mapping_is_part_of_the_fingerprint_of_tables_only(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2")
    (tmp_path / "a.txt").write_text("Text.")
    before = {f.kind: f.fingerprint for f in plan([tmp_path]).files}
    after = {f.kind: f.fingerprint for f in plan([tmp_path], mapping={"text": "b"}).files}
    again = {f.kind: f.fingerprint for f in plan([tmp_path], mappings={str(tmp_path): {"text": "b"}}).files}
    assert before["csv"] != after["csv"] == again["csv"] and before["text"] == after["text"]


# --- in general -------------------------------------------------------------------------------------


def test_what_the_manifest_says_goes_before_what_the_file_says(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(make.page("Wrong", STORY))
    entry = {"file": "a.html", "title": "Right", "outlet": "Coast Post", "published_at": "2019-03-05"}
    (tmp_path / "manifest.json").write_text(json.dumps({"articles": [entry]}))
    (article,), _ = read_paths([tmp_path])
    assert (article.title, article.outlet, article.published_at) == ("Right", "Coast Post", "2019-03-05")


def test_fingerprints_tell_what_changed_without_reading(tmp_path: Path) -> None:
    for name in ("a.txt", "b.pdf"):
        (tmp_path / name).write_text("One.")
    first = {f.key: f.fingerprint for f in plan([tmp_path]).files}
    assert {f.key: f.fingerprint for f in plan([tmp_path]).files} == first
    (tmp_path / "a.txt").write_text("Two.")
    second = {f.key: f.fingerprint for f in plan([tmp_path]).files}
    assert second["a"] != first["a"] and second["b"] == first["b"]


def test_other_formats_are_named_and_pictures_are_not(tmp_path: Path) -> None:
    for name in ("old.doc", "sheet.xlsx", "photo.jpg", "script.py"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "a.txt").write_text("One.")
    _, skipped = read_paths([tmp_path])
    assert [Path(s.path).name for s in skipped] == ["old.doc", "sheet.xlsx"] and ".docx" in skipped[0].reason


def test_files_come_in_their_order_and_early_leaving_ends_the_reader(tmp_path: Path) -> None:
    for n in range(40):
        (tmp_path / f"{n:02}.md").write_text(f"# Title {n}\n\nText {n}.")
    files = plan([tmp_path]).files
    reading = read_all(files)
    for file, found in reading:
        assert isinstance(found, list) and isinstance(found[0], RawDocument) and found[0].key == file.key
        if file.key == "05":
            break
    reading.close()  # type: ignore[attr-defined]
    assert [f.key for f, r in read_all(files) if not isinstance(r, Skipped)] == [f"{n:02}" for n in range(40)]
