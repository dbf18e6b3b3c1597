"""How the process that reads files and the one that asked for it talk: JSON with its length in front, over pipes.

JSON and not pickle: what comes from a process that read a hostile file is as little trusted as the file.
"""

from __future__ import annotations

import json
import os
import selectors
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, BinaryIO

from rag.sources.files import Known, SourceFile
from rag.types import RawDocument, Skipped

MAX_FRAME = 256_000_000  # bytes
_TEXTS = ("key", "path", "text")
_PERHAPS = ("title", "outlet", "published_at", "url", "created_on")


class Broken(Exception):
    """The other side has ended, is too slow (``late``), or talks nonsense."""

    def __init__(self, late: bool = False) -> None:
        super().__init__()
        self.late = late


def write(stream: BinaryIO, message: Mapping[str, Any], data: bytes = b"") -> None:
    """Send one message, with bytes behind it. Raises BrokenPipeError."""
    head = json.dumps({**message, "bytes": len(data)}).encode()  # ASCII, so that lone surrogates pass too
    stream.write(len(head).to_bytes(4, "big") + head)
    stream.write(data)
    stream.flush()


def read(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """The next message and its bytes; None at the end."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    message = json.loads(stream.read(int.from_bytes(head, "big")))
    return message, stream.read(message["bytes"])


def read_within(fd: int, seconds: float) -> dict[str, Any]:
    """The next message from a file descriptor, if it comes within ``seconds``. Raises Broken."""
    until = time.monotonic() + seconds
    size = int.from_bytes(_exactly(fd, 4, until), "big")
    if size > MAX_FRAME:
        raise Broken
    try:
        message = json.loads(_exactly(fd, size, until))
    except (ValueError, RecursionError):
        raise Broken from None
    if not isinstance(message, dict):
        raise Broken
    return message


def _exactly(fd: int, size: int, until: float) -> bytes:
    parts = bytearray()
    with selectors.DefaultSelector() as ready:
        ready.register(fd, selectors.EVENT_READ)
        while len(parts) < size:
            if not ready.select(max(0.0, until - time.monotonic())):
                raise Broken(late=True)
            block = os.read(fd, min(size - len(parts), 1 << 20))
            if not block:
                raise Broken
            parts += block
    return bytes(parts)


# --- what is sent -----------------------------------------------------------------------------------


def file_to_json(file: SourceFile) -> dict[str, Any]:
    return {name: value for name in SourceFile.__slots__ if (value := _plain(file, name)) is not None}


def _plain(file: SourceFile, name: str) -> Any:
    value = getattr(file, name)
    return asdict(value) if isinstance(value, Known) else None if name == "data" else value


def file_from_json(given: Mapping[str, Any], data: bytes | None) -> SourceFile:
    known = Known(**given["known"])
    mapping = tuple((str(ours), str(theirs)) for ours, theirs in given["mapping"])
    return SourceFile(**{"root": None, **given, "known": known, "mapping": mapping, "data": data})


def record_to_json(record: RawDocument | Skipped) -> dict[str, Any]:
    return {"skipped": record.reason, "path": record.path} if isinstance(record, Skipped) else asdict(record)


def record_from_json(given: Any, file: SourceFile) -> RawDocument | Skipped:
    """Raises Broken for what isn't an article of ``file``."""
    if not isinstance(given, dict) or not _is_part(given.get("path"), file.path):
        raise Broken
    if "skipped" in given:
        return Skipped(given["path"], str(given["skipped"]))
    texts = {name: given.get(name) for name in _TEXTS}
    perhaps = {name: given.get(name) for name in _PERHAPS}
    authors = given.get("authors") or ()
    if (
        not _is_part(given.get("key"), file.key)
        or not all(isinstance(value, str) for value in (*texts.values(), *authors))
        or not all(value is None or isinstance(value, str) for value in perhaps.values())
        or given.get("published_at_source") not in ("metadata", "text", "inferred", "unknown")
        or given.get("outlet_source") not in ("metadata", "url", "text", "unknown")
    ):
        raise Broken
    sources = {name: given[name] for name in ("published_at_source", "outlet_source")}
    return RawDocument(**texts, **perhaps, **sources, authors=tuple(authors))  # type: ignore[arg-type]


def _is_part(value: Any, whole: str) -> bool:
    return isinstance(value, str) and (value == whole or value.startswith(f"{whole}#"))
