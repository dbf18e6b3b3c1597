"""Which files an ingest has to read: walking folders, manifests, ids and fingerprints."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.errors import InputError, NotFoundError, SourceError
from rag.sources.fetching import fetch_all
from rag.sources.files import Known, Plan, SourceFile
from rag.sources.formats import MB, OTHER_DOCUMENTS, READ_FORMATS, READERS, fingerprint, kind_of, split_name
from rag.sources.manifest import MANIFEST, read_manifest
from rag.sources.rows import check_mapping
from rag.sources.web import Web, is_url
from rag.types import Progress, Skipped

_NOT_ARTICLES = re.compile(r"(?:readme|licen[cs]e|copying|notice|changelog|contributing)", re.IGNORECASE)
_NOT_READ = f"Files of this kind aren't read; {READ_FORMATS} are."
_BLOCK = 1 << 20  # bytes


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
    mappings: Mapping[str, Mapping[str, str]] | None = None,
    web: Web | None = None,
    progress: Progress | None = None,
) -> Plan:
    """The files in the files and folders given, sorted by key, and what is left out with the reason.

    A folder's ``manifest.json`` (or ``manifest`` for all paths) gives titles, outlets and dates. ``mapping`` says
    which field of a table holds which of ours ({"title": "headline"}); without it ``mappings`` does, by the absolute
    path of a file or folder, as it was said before. With ``web``, the web addresses among ``inputs`` and its feeds
    are fetched here; without, they are refused.

    Raises NotFoundError for a path that isn't there, SourceError for a folder without articles or a bad manifest, and
    InputError for a mapping of a field that there is not, or a web address that may not be fetched.
    """
    skipped: list[Skipped] = []
    found: dict[Path, _Found] = {}
    entries: dict[Path, Known] = {}
    urls = [item for item in inputs if isinstance(item, str) and is_url(item)]
    if urls and web is None:
        raise InputError(
            f"{urls[0]} is a web address, and may not be fetched here.", "Save the page, and add the file."
        )
    given = read_manifest(manifest, strict=True) if manifest else {}
    entries.update(given)
    for path in (Path(item) for item in inputs if item not in urls):
        if not path.exists():
            raise NotFoundError(f"There is no file or folder {str(path)!r}.", "Check the path for typing errors.")
        for item in _walk(path, skipped, entries):
            found.setdefault(item.path.resolve(), item)
    entries.update(given)  # the manifest named by the user goes before those found in folders
    if not (found or skipped or web):
        names = ", ".join(str(p) for p in inputs) or "nothing"
        raise SourceError(
            f"There are no articles in {names}.", f"Give files, or a folder that holds some: {READ_FORMATS}."
        )
    keys = _keys(list(found.values()))
    mapped = check_mapping(mapping) if mapping else None
    files = []
    for resolved, item in found.items():
        try:
            fields = _said_before(item.path, mappings or {}) if mapped is None else mapped
            files.append(_source_file(item, keys[item.path], entries.get(resolved, Known()), fields))
        except SourceError as error:
            skipped.append(Skipped(str(item.path.absolute()), error.message))
        except OSError as error:
            skipped.append(Skipped(str(item.path.absolute()), f"It can't be read: {error.strerror or error}."))
    for fetched in fetch_all(urls, web, progress) if web else ():
        if isinstance(fetched, Skipped):
            skipped.append(fetched)
        else:
            files.append(fetched)
    return Plan(tuple(sorted(files, key=lambda f: f.key)), tuple(sorted(skipped, key=lambda s: s.path)))


def _said_before(path: Path, mappings: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """The mapping for the file itself, or for the nearest folder around it that has one."""
    place = path.absolute()
    return dict(next((mappings[str(p)] for p in (place, *place.parents) if str(p) in mappings), {}))


def _source_file(item: _Found, key: str, known: Known, mapping: Mapping[str, str]) -> SourceFile:
    if not item.path.is_file():
        raise SourceError("It is not a regular file.", "")
    size, most = item.path.stat().st_size, READERS[item.kind].max_bytes
    if size > most:
        raise SourceError(f"It is {size / MB:.0f} MB long; the limit is {most / MB:.0f} MB.", "")
    path = item.path.absolute()
    fields = tuple(sorted(mapping.items()))
    return SourceFile(
        path=str(path),
        root=str(item.root.absolute()) if item.in_folder else None,
        key=key,
        fingerprint=fingerprint(item.kind, known, fields, _blocks(path)),
        kind=item.kind,
        size=size,
        known=known,
        mapping=fields,
    )


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block


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
