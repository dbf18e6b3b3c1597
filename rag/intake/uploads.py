"""Files handed in through the page: kept in ``uploads/`` beside the catalog, so that ``sync`` finds them again."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from rag.errors import InputError, NotFoundError, SourceError
from rag.sources import kind_of
from rag.sources.formats import READ_FORMATS, split_name
from rag.sources.manifest import MANIFEST
from rag.types import IngestReport, Progress, Skipped

FOLDER = "uploads"
_STOPPED = "Adding was stopped before it was indexed."
_LONGEST = 150  # bytes of a file name; file systems allow 255


def keep(archive_dir: Path, name: str, data: bytes) -> str:
    """Store a file under ``name``, as far as that can be a file name; returns the name it got.

    The same file again keeps its place; another one of that name goes beside it ("story-2.txt"): nothing is
    overwritten. Raises InputError for a kind that no reader takes, SourceError for an empty file.
    """
    stem, suffix = _parts(name)
    if not data:
        raise SourceError("It is empty.", "Choose a file that holds an article.")
    folder = archive_dir / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    for n in count(1):
        path = folder / (f"{stem}{suffix}" if n == 1 else f"{stem}-{n}{suffix}")
        try:
            with path.open("xb") as file:
                file.write(data)
        except FileExistsError:
            if path.stat().st_size == len(data) and path.read_bytes() == data:
                return path.name
            continue
        return path.name
    raise AssertionError("count() does not end")


def paths(archive_dir: Path, names: Sequence[str]) -> list[Path]:
    """The files kept under these names. Raises NotFoundError."""
    found = []
    for name in names:
        path = archive_dir / FOLDER / name
        if name != Path(name).name or not path.is_file():
            raise NotFoundError(f"There is no uploaded file {name!r}.", "Upload it first.")
        found.append(path)
    return found


def add(
    archive: Any,
    archive_dir: Path,
    names: Sequence[str],
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> dict[str, Any]:
    """Take the files kept under these names into the archive; those that can't be read are deleted again, and where
    ``stop`` is set those that were not taken in by then.

    Returns the report's JSON object. Raises NotFoundError, and what ``Archive.ingest`` raises.
    """
    files = paths(archive_dir, names)
    if not files:
        return IngestReport().to_dict()
    report: IngestReport = archive.ingest(files, progress=progress, stop=stop)
    if report.stopped:
        left = give_up(archive, archive_dir, names)
        report = replace(report, skipped=tuple(Skipped(str(archive_dir / FOLDER / name), _STOPPED) for name in left))
    discard(archive_dir, [skipped.path for skipped in report.skipped])
    return report.to_dict()


def give_up(archive: Any, archive_dir: Path, names: Sequence[str]) -> list[str]:
    """Delete those of the files kept under these names that no article of the archive, or removed from it, came from;
    returns their names. Raises NotFoundError."""
    files = {str(path): path for path in paths(archive_dir, names)}
    left = sorted(set(files) - set(archive.files_held(list(files))))
    discard(archive_dir, left)
    return [files[path].name for path in left]


def forget(archive: Any, archive_dir: Path, files: Sequence[str]) -> None:
    """Delete those of ``files`` that are copies kept here and that no article, and no text of a removed one, needs."""
    discard(archive_dir, set(files) - set(archive.files_held(files, kept=True)))


def discard(archive_dir: Path, files: Iterable[str]) -> None:
    """Delete those of ``files`` that are copies kept here: what they held was removed, or they held nothing."""
    for file in map(Path, files):
        if file.parent == archive_dir / FOLDER:
            file.unlink(missing_ok=True)


def _parts(name: str) -> tuple[str, str]:
    """Stem and suffix of a name that can do no harm: no folders, no control characters, not hidden, not too long."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(c for c in unicodedata.normalize("NFC", last) if c.isprintable() and c not in ':*?"<>|').strip(". ")
    stem, suffix = split_name(plain)
    if kind_of(f"x{suffix}") is None or plain.lower() == MANIFEST:
        raise InputError("Files of this kind are not read.", f"Read are {READ_FORMATS}.")
    stem = stem.encode()[: _LONGEST - len(suffix)].decode(errors="ignore").strip(". ")
    return stem or "article", suffix
