"""Which reader takes which file, and what each is allowed to cost."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import BinaryIO

from rag.sources import epub, feeds, html, mail, pdf, tables, text, warc, word
from rag.sources.files import Item, Known, SourceFile

MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Reader:
    """How one format is read. ``read`` gives its articles one by one; raise ``version`` when it reads the same bytes
    differently."""

    read: Callable[[BinaryIO, SourceFile], Iterator[Item]]
    suffixes: tuple[str, ...]
    version: int = 1
    max_bytes: int = 20 * MB  # of the file, and of what is unpacked from a .gz
    seconds: float = 30.0  # for one article
    packed: bool = False  # whether NAME.suffix.gz is read too
    many: bool = False  # whether one file may hold many articles
    trusted: bool = False  # simple enough to be read in this process
    mapped: bool = False  # whether a field mapping changes what is read


READERS: dict[str, Reader] = {
    "text": Reader(text.read_plain, (".txt", ".text"), packed=True, trusted=True),
    "markdown": Reader(text.read_markdown, (".md", ".markdown"), packed=True),
    "html": Reader(html.read_html, (".html", ".htm", ".xhtml"), packed=True),
    "word": Reader(word.read_word, (".docx",), max_bytes=100 * MB),
    "epub": Reader(epub.read_epub, (".epub",), max_bytes=200 * MB, many=True),
    "mail": Reader(mail.read_mail, (".eml",), max_bytes=50 * MB),
    "mailbox": Reader(mail.read_mailbox, (".mbox",), max_bytes=1000 * MB, packed=True, many=True),
    "mhtml": Reader(mail.read_mhtml, (".mht", ".mhtml"), max_bytes=50 * MB),
    "feed": Reader(feeds.read_feed, (".rss", ".atom"), packed=True, many=True),
    "warc": Reader(warc.read_warc, (".warc", ".arc"), max_bytes=2000 * MB, packed=True, many=True),
    "json": Reader(
        tables.read_json,
        (".jsonl", ".ndjson", ".json"),
        max_bytes=1000 * MB,
        seconds=60.0,
        packed=True,
        many=True,
        mapped=True,
    ),
    "csv": Reader(
        tables.read_csv, (".csv", ".tsv"), max_bytes=100 * MB, seconds=60.0, packed=True, many=True, mapped=True
    ),
    "pdf": Reader(pdf.read_pdf, (".pdf",), max_bytes=100 * MB, seconds=60.0),
}
SUFFIXES = {suffix: kind for kind, reader in READERS.items() for suffix in reader.suffixes}
# Files a user may think are read; anything else in a folder (pictures, code) is passed over in silence.
OTHER_DOCUMENTS = frozenset(
    {".doc", ".odt", ".rtf", ".pages", ".wpd", ".ps", ".djvu", ".mobi", ".xls", ".xlsx", ".msg"}
)
READ_FORMATS = ".txt, .md, .html, .pdf, .docx, .epub, .eml, .mbox, .jsonl, .json, .csv, .tsv and .warc"


def kind_of(name: str) -> str | None:
    """The key in ``READERS`` for a file of this name; None where no reader takes it."""
    stem, suffix = split_name(name)
    kind = SUFFIXES.get(suffix.removesuffix(".gz"))
    return kind if kind and (READERS[kind].packed or not suffix.endswith(".gz")) and stem else None


def split_name(name: str) -> tuple[str, str]:
    """A file's name without and with its suffix: ("news", ".jsonl.gz"); the suffix in lower case."""
    stem, dot, suffix = name.rpartition(".")
    if not dot:
        return name, ""
    if suffix.lower() == "gz" and "." in stem:
        stem, _, inner = stem.rpartition(".")
        suffix = f"{inner}.{suffix}"
    return stem, f".{suffix.lower()}"


def fingerprint(kind: str, known: Known, mapping: tuple[tuple[str, str], ...], blocks: Iterable[bytes]) -> str:
    """The sha256 of all that decides what is read: the bytes, what is known of the file beforehand, and the reader."""
    fields = mapping if READERS[kind].mapped else ()
    about = json.dumps([kind, READERS[kind].version, asdict(known), fields], sort_keys=True)
    hashed = hashlib.sha256(about.encode("utf-8", "surrogatepass"))
    for block in blocks:
        hashed.update(block)
    return hashed.hexdigest()
