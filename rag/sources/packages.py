"""What Word and EPUB files have in common: they are ZIP archives of XML. Nothing is ever unpacked to disk."""

from __future__ import annotations

import zipfile
import zlib
from typing import Any, BinaryIO

from rag.errors import SourceError

MAX_UNPACKED = 300_000_000  # bytes, all entries together
_MAX_XML = 60_000_000  # bytes of one entry that is parsed; its tree takes ten times as much
_MAX_ENTRIES = 20_000
_PARSED = (".xml", ".rels", ".opf", ".html", ".xhtml", ".htm")


def open_package(stream: BinaryIO) -> zipfile.ZipFile:
    """The archive, when it is one of a bearable size. An entry is never longer than it says it is, so that the sum of
    what the entries say is a limit that holds. Raises SourceError."""
    try:
        package = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError):
        raise damaged() from None
    entries = package.infolist()
    parsed = max((entry.file_size for entry in entries if entry.filename.lower().endswith(_PARSED)), default=0)
    whole = sum(entry.file_size for entry in entries)
    if len(entries) > _MAX_ENTRIES or whole > MAX_UNPACKED or parsed > _MAX_XML:
        raise SourceError(f"Unpacked it is too long: {max(whole, parsed) / 1_000_000:,.0f} MB.", "")
    if any(entry.flag_bits & 1 for entry in entries):
        raise SourceError("It is locked with a password.", "Save it again without one.")
    return package


def entry(package: zipfile.ZipFile, name: str) -> bytes | None:
    """What is in the archive under ``name``; None where there is nothing. Raises SourceError where it is damaged."""
    try:
        return package.read(name)
    except KeyError:
        return None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError, ValueError):
        raise damaged() from None


def xml(data: bytes) -> Any:
    """The root element of a piece of XML, without entities or anything from outside. Raises SourceError."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None:
        raise damaged()
    return root


def damaged() -> SourceError:
    return SourceError("It is damaged, or not what its name says.", "Open it in its program and save it again.")
