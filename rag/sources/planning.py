"""Which files an ingest has to read: walking folders, manifests, ids and fingerprints."""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rag.errors import NotFoundError, SourceError
from rag.sources.files import Known, Plan, SourceFile
from rag.sources.formats import MB, OTHER_DOCUMENTS, READ_FORMATS, READERS, kind_of, split_name
from rag.sources.manifest import MANIFEST, read_manifest
from rag.sources.rows import check_mapping
from rag.sources.web import Web
from rag.types import Skipped

_NOT_ARTICLES = re.compile(r"(?:readme|licen[cs]e|copying|notice|changelog|contributing)", re.IGNORECASE)
_NOT_READ = f"Files of this kind aren't read; {READ_FORMATS} are."
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class _Found:
    path: Path
    root: Path  # the folder the user gave, or the file's own folder
    kind: str
    in_folder: bool


def plan(
    inputs: Sequence[Path | str],
    *,
    manifest: Path | None = None,
    mapping: Mapping[str, str] | None = None,
    web: Web | None = None,
) -> Plan:
    """The files in the files and folders given, sorted by key, and what is left out with the reason.

    A folder's ``manifest.json`` (or ``manifest`` for all paths) gives titles, outlets and dates. ``mapping`` says
    which field of a table holds which of ours ({"title": "headline"}). Web addresses are refused without ``web``.
    Raises NotFoundError for a path that isn't there and SourceError for a folder without articles or a bad manifest.
    """
    skipped: list[Skipped] = []
    found: dict[Path, _Found] = {}
    entries: dict[Path, Known] = {}
    given = read_manifest(manifest, strict=True) if manifest else {}
    entries.update(given)
    for path in map(Path, inputs):
        if not path.exists():
            raise NotFoundError(f"There is no file or folder {str(path)!r}.", "Check the path for typing errors.")
        for item in _walk(path, skipped, entries):
            found.setdefault(item.path.resolve(), item)
    entries.update(given)  # the manifest named by the user goes before those found in folders
    if not found and not skipped:
        names = ", ".join(str(p) for p in inputs) or "nothing"
        raise SourceError(
            f"There are no articles in {names}.", f"Give files, or a folder that holds some: {READ_FORMATS}."
        )
    keys = _keys(list(found.values()))
    fields = tuple(sorted(check_mapping(mapping or {}).items()))
    files = []
    for resolved, item in found.items():
        try:
            files.append(_source_file(item, keys[item.path], entries.get(resolved, Known()), fields))
        except SourceError as error:
            skipped.append(Skipped(str(item.path.absolute()), error.message))
        except OSError as error:
            skipped.append(Skipped(str(item.path.absolute()), f"It can't be read: {error.strerror or error}."))
    return Plan(tuple(sorted(files, key=lambda f: f.key)), tuple(sorted(skipped, key=lambda s: s.path)))


def _source_file(item: _Found, key: str, known: Known, mapping: tuple[tuple[str, str], ...]) -> SourceFile:
    if not item.path.is_file():
        raise SourceError("It is not a regular file.", "")
    size, most = item.path.stat().st_size, READERS[item.kind].max_bytes
    if size > most:
        raise SourceError(f"It is {size / MB:.0f} MB long; the limit is {most / MB:.0f} MB.", "")
    path = item.path.absolute()
    return SourceFile(
        path=str(path),
        root=str(item.root.absolute()) if item.in_folder else None,
        key=key,
        fingerprint=_fingerprint(path, item.kind, known, mapping),
        kind=item.kind,
        size=size,
        known=known,
        mapping=mapping,
    )


def _fingerprint(path: Path, kind: str, known: Known, mapping: tuple[tuple[str, str], ...]) -> str:
    about = json.dumps([kind, READERS[kind].version, asdict(known), mapping], sort_keys=True)
    hashed = hashlib.sha256(about.encode("utf-8", "surrogatepass"))
    with path.open("rb") as file:
        while block := file.read(_CHUNK):
            hashed.update(block)
    return hashed.hexdigest()


# --- finding files ----------------------------------------------------------------------------------


def _walk(path: Path, skipped: list[Skipped], entries: dict[Path, Known]) -> Iterator[_Found]:
    if path.is_dir():
        yield from _walk_folder(path, path, False, skipped, entries)
        return
    sibling = path.parent / MANIFEST
    if sibling.is_file():
        own = read_manifest(sibling, strict=False)
        entries.update({k: v for k, v in own.items() if k == path.resolve()})
    kind = kind_of(path.name)
    if kind:
        yield _Found(path, path.parent, kind, False)
    else:
        skipped.append(Skipped(str(path.absolute()), _NOT_READ))


def _walk_folder(
    folder: Path, root: Path, listed: bool, skipped: list[Skipped], entries: dict[Path, Known]
) -> Iterator[_Found]:
    try:
        children = sorted(folder.iterdir())
    except OSError as error:
        skipped.append(Skipped(str(folder.absolute()), f"It can't be read: {error.strerror or error}."))
        return
    if (folder / MANIFEST).is_file():
        own = read_manifest(folder / MANIFEST, strict=True, foreign_ok=True)
        entries.update(own)
        listed = listed or bool(own)
    for child in children:
        if child.name.startswith("."):
            continue
        if child.is_symlink():
            target = child.resolve()
            if not target.is_relative_to(root.resolve()):
                skipped.append(Skipped(str(child.absolute()), "It is a link that points out of the folder."))
                continue
            if not target.is_file():
                continue  # a folder inside is walked anyway; a dangling link has nothing to read
        if child.is_dir():
            yield from _walk_folder(child, root, listed, skipped, entries)
        elif (kind := kind_of(child.name)) and child.name != MANIFEST:
            if not (listed and _NOT_ARTICLES.match(child.stem) and child.resolve() not in entries):
                yield _Found(child, root, kind, True)
        elif split_name(child.name)[1] in OTHER_DOCUMENTS:
            skipped.append(Skipped(str(child.absolute()), _NOT_READ))


def _keys(found: list[_Found]) -> dict[Path, str]:
    """Ids: the bare name; where two collide the relative path, then with its suffix, then with the folder's name."""
    namings: list[Callable[[_Found], str]] = [
        lambda f: split_name(f.path.name)[0],
        lambda f: f.path.relative_to(f.root).with_name(split_name(f.path.name)[0]).as_posix(),
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
