"""One file opened and handed to its reader. Runs in the limited process but for the plainest formats."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, cast

from rag.errors import SourceError
from rag.sources.files import Item, Known, Records, SourceFile
from rag.sources.formats import MB, READERS
from rag.types import RawDocument, Skipped

_MOST = 5  # times the size of a .gz that holds many articles is what they may come to


def read(file: SourceFile) -> Records:
    """The articles in ``file``, read in this process and without limits; see ``rag.sources.read_all``.

    Raises SourceError when it can't be read, OSError when it is not there.
    """
    return [called(item, file, place) for place, item in enumerate(items_of(file))]


def items_of(file: SourceFile) -> Iterator[Item]:
    """The articles of ``file``, none of them read yet. Raises SourceError, also between two of them, and OSError."""
    reader = READERS[file.kind]
    with cast(BinaryIO, Path(file.path).open("rb") if file.data is None else io.BytesIO(file.data)) as raw:
        packed = reader.packed and raw.read(2) == b"\x1f\x8b"  # whatever its name: a download may have lost its .gz
        raw.seek(0)
        most = _MOST * reader.max_bytes if reader.many else reader.max_bytes
        stream = cast(BinaryIO, io.BufferedReader(_Unpacked(raw, most))) if packed else raw
        yield from reader.read(stream, file)


def called(item: Item, file: SourceFile, place: int) -> RawDocument | Skipped:
    """What ``item``, number ``place`` from 0, holds, with what the manifest says of the file."""
    try:
        record = item()
    except SourceError as error:
        return Skipped(file.part(place + 1)[1] if READERS[file.kind].many else file.path, error.message)
    return _with_known(record, file.known) if isinstance(record, RawDocument) else record


def _with_known(raw: RawDocument, known: Known) -> RawDocument:
    """What the manifest says goes before what the file says."""
    dated = known.published_at is not None
    return replace(
        raw,
        title=known.title or raw.title,
        outlet=known.outlet or raw.outlet,
        outlet_source="metadata"
        if known.outlet or (raw.outlet and raw.outlet_source == "unknown")
        else raw.outlet_source,
        published_at=known.published_at if dated else raw.published_at,
        published_at_source=known.published_at_source if dated else raw.published_at_source,
        url=known.url or raw.url,
    )


class _Unpacked(io.RawIOBase):
    """What is in a .gz, at most ``most`` bytes of it. Reading raises SourceError past that, or where it is broken."""

    def __init__(self, raw: BinaryIO, most: int) -> None:
        self._gzip = gzip.GzipFile(fileobj=raw)
        self._left = self._most = most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            block = self._gzip.read(len(buffer))
        except (EOFError, gzip.BadGzipFile, zlib.error):
            raise SourceError("It is a broken .gz file.", "Download or pack it again.") from None
        self._left -= len(block)
        if self._left < 0:
            raise SourceError(f"Unpacked it is longer than {self._most / MB:.0f} MB.", "Split it.")
        buffer[: len(block)] = block
        return len(block)
