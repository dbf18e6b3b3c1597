"""``manifest.json``: what a user knows about the files of a folder."""

from __future__ import annotations

import json
from pathlib import Path

from rag.errors import NotFoundError, SourceError
from rag.sources.files import Known
from rag.sources.text import decode, parse_date
from rag.types import DateSource

MANIFEST = "manifest.json"
_DATE_SOURCES: tuple[DateSource, ...] = ("metadata", "text", "inferred", "unknown")
_KEYS = frozenset({"file", "title", "outlet", "published_at", "published_at_source", "url", "note"})


def read_manifest(path: Path, *, strict: bool, foreign_ok: bool = False) -> dict[Path, Known]:
    """Metadata by resolved path. ``strict`` refuses files that aren't there; ``foreign_ok`` passes over a
    ``manifest.json`` that belongs to some other program. Raises NotFoundError and SourceError."""
    if not path.is_file():
        raise NotFoundError(f"There is no manifest {str(path)!r}.", "Check the path for typing errors.")
    try:
        loaded = json.loads(decode(path.read_bytes()))
    except (json.JSONDecodeError, RecursionError) as error:
        raise SourceError(f"{path} is not valid JSON: {error}.", "Correct it, or move it out of the folder.") from None
    if not isinstance(loaded, dict) or "articles" not in loaded:
        if foreign_ok or not strict:
            return {}
        raise _bad(path, 'It has no list "articles"')
    if not isinstance(loaded["articles"], list):
        raise _bad(path, '"articles" is not a list')
    entries: dict[Path, Known] = {}
    for number, item in enumerate(loaded["articles"], 1):
        file, entry = _entry(path, number, item)
        if strict and not file.is_file():
            raise _bad(path, f"Entry {number}: there is no file {item['file']!r} beside the manifest")
        if file.resolve() in entries:
            raise _bad(path, f"Entry {number}: {item['file']!r} is listed twice")
        entries[file.resolve()] = entry
    return entries


def _entry(path: Path, number: int, item: object) -> tuple[Path, Known]:
    where = f"Entry {number}"
    if not isinstance(item, dict) or not isinstance(item.get("file"), str) or not item["file"]:
        raise _bad(path, f'{where} has no "file"')
    file = path.parent / item["file"]
    where = f"{where} ({item['file']})"
    if not file.resolve().is_relative_to(path.parent.resolve()):
        raise _bad(path, f"{where} points out of the manifest's folder")
    if unknown := sorted(set(item) - _KEYS):
        raise _bad(path, f"{where} has unknown keys: {', '.join(map(str, unknown))}")
    values: dict[str, str | None] = {}
    for key in ("title", "outlet", "published_at", "published_at_source", "url"):
        value = item.get(key)
        if value is not None and not isinstance(value, str):
            raise _bad(path, f"{where}: {key} is not a text")
        values[key] = (value or "").strip() or None
    published_at, source = values["published_at"], values["published_at_source"]
    if published_at and (len(published_at) != 10 or parse_date(published_at) is None):
        raise _bad(path, f"{where}: published_at is {published_at!r}, not a date like 2019-03-05")
    known = next((s for s in _DATE_SOURCES if s == source), None)
    if source and known is None:
        raise _bad(path, f"{where}: published_at_source is {source!r}, not one of {', '.join(_DATE_SOURCES)}")
    date_source: DateSource = (known or "metadata") if published_at else "unknown"
    return file, Known(values["title"], values["outlet"], published_at, date_source, values["url"])


def _bad(path: Path, problem: str) -> SourceError:
    return SourceError(f"{path}: {problem}.", "Correct the manifest and ingest again.")
