"""Files and folders of articles into raw documents: what is read, what is skipped and why, and the metadata."""

from __future__ import annotations

import codecs
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rag import markdown
from rag.errors import NotFoundError, SourceError
from rag.types import DateSource, RawDocument, Skipped

MAX_BYTES = 20_000_000
MANIFEST = "manifest.json"
TEXT_SUFFIXES = frozenset({".txt", ".md", ".markdown"})
# Files a user may think are read; anything else in a folder (pictures, code) is passed over in silence.
_OTHER_DOCUMENTS = frozenset({".pdf", ".doc", ".docx", ".odt", ".rtf", ".html", ".htm", ".epub", ".text", ".eml"})
_NOT_ARTICLES = re.compile(r"(?:readme|licen[cs]e|copying|notice|changelog|contributing)", re.IGNORECASE)
_DATE_SOURCES: tuple[DateSource, ...] = ("metadata", "text", "inferred", "unknown")
_KEYS = frozenset({"file", "title", "outlet", "published_at", "published_at_source", "url", "note"})
_WESTERN = frozenset("àáâãäåæçèéêëìíîïñòóôõöøùúûüœßÀÁÂÃÄÅÆÇÈÉÊËÍÎÏÑÓÔÕÖØÚÛÜŒŸ‘’‚“”„…–—•«»‹›€£§°©®™¿¡·´\u00a0")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True, slots=True)
class _Entry:
    title: str | None = None
    outlet: str | None = None
    published_at: str | None = None
    published_at_source: DateSource = "unknown"
    url: str | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    path: Path
    root: Path  # the folder the user gave, or the file's own folder


def read_paths(paths: Sequence[Path], manifest: Path | None = None) -> tuple[list[RawDocument], list[Skipped]]:
    """Articles in the files and folders given, sorted by key, and what was left out with the reason.

    A folder's ``manifest.json`` (or ``manifest`` for all paths) gives titles, outlets and dates. Dates never come
    from the file system. Raises NotFoundError for a path that isn't there and SourceError for a folder without
    articles or a bad manifest.
    """
    skipped: list[Skipped] = []
    found: dict[Path, _Found] = {}
    entries: dict[Path, _Entry] = {}
    given = _manifest_entries(manifest, strict=True) if manifest else {}
    entries.update(given)
    for path in paths:
        if not path.exists():
            raise NotFoundError(f"There is no file or folder {str(path)!r}.", "Check the path for typing errors.")
        for item in _walk(path, skipped, entries):
            found.setdefault(item.path.resolve(), item)
    entries.update(given)  # the manifest named by the user goes before those found in folders
    if not found and not skipped:
        names = ", ".join(str(p) for p in paths) or "nothing"
        raise SourceError(f"There are no articles in {names}.", "Give .txt or .md files, or a folder that holds some.")
    keys = _keys(list(found.values()))
    documents = []
    for resolved, item in found.items():
        try:
            documents.append(_read(item.path, keys[item.path], entries.get(resolved, _Entry())))
        except SourceError as error:
            skipped.append(Skipped(str(item.path), error.message))
        except OSError as error:
            skipped.append(Skipped(str(item.path), f"It can't be read: {error.strerror or error}."))
    return sorted(documents, key=lambda d: d.key), sorted(skipped, key=lambda s: s.path)


# --- finding files ----------------------------------------------------------------------------------


def _walk(path: Path, skipped: list[Skipped], entries: dict[Path, _Entry]) -> Iterator[_Found]:
    if not path.is_dir():
        sibling = path.parent / MANIFEST
        if sibling.is_file():
            own = _manifest_entries(sibling, strict=False)
            entries.update({k: v for k, v in own.items() if k == path.resolve()})
        if path.suffix.lower() in TEXT_SUFFIXES:
            yield _Found(path, path.parent)
        else:
            skipped.append(Skipped(str(path), "Only .txt and .md files are read."))
        return
    yield from _walk_folder(path, path, False, skipped, entries)


def _walk_folder(
    folder: Path, root: Path, listed: bool, skipped: list[Skipped], entries: dict[Path, _Entry]
) -> Iterator[_Found]:
    try:
        children = sorted(folder.iterdir())
    except OSError as error:
        skipped.append(Skipped(str(folder), f"It can't be read: {error.strerror or error}."))
        return
    if (folder / MANIFEST).is_file():
        own = _manifest_entries(folder / MANIFEST, strict=True, foreign_ok=True)
        entries.update(own)
        listed = listed or bool(own)
    for child in children:
        if child.name.startswith("."):
            continue
        if child.is_symlink():
            target = child.resolve()
            if not target.is_relative_to(root.resolve()):
                skipped.append(Skipped(str(child), "It is a link that points out of the folder."))
                continue
            if not target.is_file():
                continue  # a folder inside is walked anyway; a dangling link has nothing to read
        if child.is_dir():
            yield from _walk_folder(child, root, listed, skipped, entries)
        elif child.suffix.lower() in TEXT_SUFFIXES:
            if not (listed and _NOT_ARTICLES.match(child.stem) and child.resolve() not in entries):
                yield _Found(child, root)
        elif child.suffix.lower() in _OTHER_DOCUMENTS:
            skipped.append(Skipped(str(child), "Only .txt and .md files are read."))


def _keys(found: list[_Found]) -> dict[Path, str]:
    """Ids: the stem; where two collide the relative path, then with its suffix, then with the folder's name."""
    namings: list[Callable[[_Found], str]] = [
        lambda f: f.path.stem,
        lambda f: f.path.relative_to(f.root).with_suffix("").as_posix(),
        lambda f: f.path.relative_to(f.root).as_posix(),
        lambda f: f"{f.root.absolute().name}/{f.path.relative_to(f.root).as_posix()}",
        lambda f: f.path.absolute().as_posix(),
    ]
    keys: dict[Path, str] = {}
    left = found
    for naming in namings:
        groups: dict[str, list[_Found]] = defaultdict(list)
        for item in left:
            groups[naming(item)].append(item)
        taken = set(keys.values())
        left = []
        for key, items in groups.items():
            if len(items) == 1 and key not in taken:
                keys[items[0].path] = key
            else:
                left.extend(items)
    return keys


# --- reading one file -------------------------------------------------------------------------------


def _read(path: Path, key: str, entry: _Entry) -> RawDocument:
    if not path.is_file():
        raise SourceError("It is not a regular file.", "")
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise SourceError(f"It is {size / 1e6:.0f} MB long; the limit is {MAX_BYTES / 1e6:.0f} MB.", "")
    text = decode(path.read_bytes())
    if not text.strip():
        raise SourceError("It is empty.", "")
    if path.suffix.lower() == ".txt":
        meta, body = markdown.split_front_matter(text)
        title = None
    else:
        document = markdown.parse(text)
        meta, body, title = document.meta, document.text, document.title
    return _with_metadata(RawDocument(key=key, path=str(path), text=body, title=title), meta, entry)


def _with_metadata(raw: RawDocument, meta: Mapping[str, str], entry: _Entry) -> RawDocument:
    """What the manifest says, else the front matter, else the Markdown heading."""
    published_at, source = entry.published_at, entry.published_at_source
    value = next((meta[k] for k in ("date", "published_at", "published") if meta.get(k)), None)
    if published_at is None and value:
        published_at, source = parse_date(value), "metadata"
    outlet = next((meta[k] for k in ("outlet", "source", "publisher", "publication") if meta.get(k)), None)
    return RawDocument(
        key=raw.key,
        path=raw.path,
        text=raw.text,
        title=entry.title or meta.get("title") or raw.title,
        outlet=entry.outlet or outlet,
        published_at=published_at,
        published_at_source=source if published_at else "unknown",
        url=entry.url or meta.get("url") or meta.get("link"),
    )


def decode(data: bytes) -> str:
    """The text in ``data``: UTF-8, UTF-16 with a byte order mark, or whatever charset-normalizer takes it to be.

    Raises SourceError when it is not text.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                raise SourceError("Its encoding is damaged.", "Save it again as UTF-8.") from None
    if data.startswith(b"%PDF-") or b"\x00" in data:
        raise _binary()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = _detect(data)
    controls = sum(c < " " and c not in "\t\n\r\f\v\x1b" for c in text)
    if controls > 0.01 * len(text) + 1:
        raise _binary()
    return text


def _detect(data: bytes) -> str:
    from charset_normalizer import from_bytes

    try:  # on short Western texts detection wavers between encodings that differ in a letter or two
        western = data.decode("cp1252")
    except UnicodeDecodeError:
        western = ""
    foreign = [c for c in western if not c.isascii()]
    if western and len(foreign) < 0.2 * len(western) and set(foreign) <= _WESTERN:
        return western
    best = from_bytes(data).best()
    if best is None:
        raise _binary()
    return data.decode(best.encoding)


def _binary() -> SourceError:
    return SourceError("It is not text (a binary file).", "Give plain text or Markdown files.")


def parse_date(value: str) -> str | None:
    """``YYYY-MM-DD`` from an ISO date or timestamp, None when it is neither."""
    match = re.match(r"\s*(\d{4}-\d{2}-\d{2})(?:[T ]|\s*$)", value)
    try:
        return date.fromisoformat(match.group(1)).isoformat() if match else None
    except ValueError:
        return None


# --- the manifest -----------------------------------------------------------------------------------


def _manifest_entries(path: Path, *, strict: bool, foreign_ok: bool = False) -> dict[Path, _Entry]:
    """Metadata by resolved path. ``strict`` refuses files that aren't there; ``foreign_ok`` passes over a
    ``manifest.json`` that belongs to some other program."""
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
    entries: dict[Path, _Entry] = {}
    for number, item in enumerate(loaded["articles"], 1):
        file, entry = _entry(path, number, item)
        if strict and not file.is_file():
            raise _bad(path, f"Entry {number}: there is no file {item['file']!r} beside the manifest")
        if file.resolve() in entries:
            raise _bad(path, f"Entry {number}: {item['file']!r} is listed twice")
        entries[file.resolve()] = entry
    return entries


def _entry(path: Path, number: int, item: object) -> tuple[Path, _Entry]:
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
    return file, _Entry(values["title"], values["outlet"], published_at, date_source, values["url"])


def _bad(path: Path, problem: str) -> SourceError:
    return SourceError(f"{path}: {problem}.", "Correct the manifest and ingest again.")
