"""Seals: the size and checksum of every file of a finished index, to tell damage before it is searched."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from rag.search.graph import unusable

_SEALS = "files.json"


def seal(folder: Path) -> None:
    """Note size and checksum of each file of a finished index, and see them safely on the disk."""
    seals = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                seals[path.relative_to(folder).as_posix()] = [
                    path.stat().st_size,
                    hashlib.file_digest(file, "blake2b").hexdigest(),
                ]
                os.fsync(file.fileno())
    with (folder / _SEALS).open("w", encoding="utf-8") as file:
        json.dump(seals, file)
        file.flush()
        os.fsync(file.fileno())


def verify(folder: Path, *, contents: bool = False) -> None:
    """Raises ArchiveError where a sealed file is missing or of another size or, with ``contents``, other bytes."""
    try:
        seals: dict[str, tuple[int, str]] = json.loads((folder / _SEALS).read_text(encoding="utf-8"))
        for name, (size, digest) in seals.items():
            path = folder / name
            # Chroma may tidy its own database when it opens it, and SQLite notices damage by itself;
            # it also rewrites length.bin at every opening, with unused bytes that differ
            if path.name != "chroma.sqlite3" and path.stat().st_size != size:
                raise ValueError(f"{name} has another size than it was written with")
            if contents and path.name not in ("chroma.sqlite3", "length.bin"):
                with path.open("rb") as file:
                    if hashlib.file_digest(file, "blake2b").hexdigest() != digest:
                        raise ValueError(f"{name} is damaged")
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise unusable(folder, str(error)) from error
