"""From files to the catalog: what is new, changed, moved or gone, and only that is worked on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from rag import chunk, clean, sources
from rag.catalog import Catalog, Source
from rag.errors import CopydeskError, SourceError
from rag.index import Progress
from rag.types import Article, Filter, IngestReport, Passage, RawDocument, Skipped

_VERSION = 1  # raise when cleaning or chunking changes, so that unchanged files are read again
_BATCH = 64  # articles written in one transaction


@dataclass(frozen=True, slots=True)
class _Entry:
    """An article ready to be stored."""

    article: Article
    passages: list[Passage]
    source_hash: str
    root: str | None


@dataclass(slots=True)
class _Work:
    """What an ingest has found so far."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    copies: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def ingest(
    paths: Sequence[Path | str],
    *,
    catalog: Catalog,
    now: str,
    manifest: Path | None = None,
    mapping: Mapping[str, str] | None = None,
    web: sources.Web | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> IngestReport:
    """Bring the catalog in line with the files and folders ``paths``; the index is not touched.

    Articles whose file has vanished from one of the folders are removed. A file that can't be read or cleaned is
    skipped, its earlier version stays. ``now`` is an ISO timestamp. Raises SourceError where nothing can be read.
    """
    known = {source.path: source for source in catalog.sources()}
    folders = [str(path.absolute()) for path in map(Path, paths) if path.is_dir()]
    _refuse_emptied(folders, list(known.values()))
    documents, skipped = sources.read_paths(paths, manifest, mapping, web)
    work = _Work(skipped=list(skipped))
    ids = _ids(documents, known)
    gone = _gone(folders, [s for s in known.values() if s.id not in set(ids.values())])
    holders = {content: set(held) - set(gone) for content, held in catalog.allowed(Filter()).items()}
    batch: list[_Entry] = []
    for place, document in enumerate(documents):
        if progress:
            progress("read", place, len(documents))
        path = str(Path(document.path).absolute())
        source = known.get(path) or next((s for s in known.values() if s.id == ids[path]), None)
        root = _root(path, folders, source)
        source_hash = _source_hash(document)
        if source is not None and source.source_hash == source_hash:
            work.unchanged.append(source.id)
            if (source.path, source.root) != (path, root) and not dry_run:
                catalog.move(source.id, path, root)
            continue
        entry = _prepare(replace(document, key=ids[path], path=path), now, source_hash, root, work)
        if entry is None:
            continue
        (work.added if source is None else work.changed).append(entry.article.id)
        held_by = holders.setdefault(entry.article.content_hash, set())
        if held_by - {entry.article.id}:
            work.copies.append(entry.article.id)
        held_by.add(entry.article.id)
        batch.append(entry)
        if len(batch) == _BATCH and not dry_run:
            _store(batch, catalog)
            batch.clear()
    if progress:
        progress("read", len(documents), len(documents))
    if not dry_run:
        _store(batch, catalog)
        remove(gone, catalog)
    return IngestReport(
        added=tuple(sorted(work.added)),
        changed=tuple(sorted(work.changed)),
        unchanged=tuple(sorted(work.unchanged)),
        removed=tuple(gone),
        copies=tuple(sorted(work.copies)),
        skipped=tuple(work.skipped),
        dry_run=dry_run,
    )


def known_paths(catalog: Catalog) -> tuple[list[Path], list[str]]:
    """The folders and single files the archive was made from, and ids of single files that are gone.

    Raises SourceError when nothing was ingested from files, or a folder is not there: then it is far more likely
    that a disk is not plugged in than that all its articles are to be forgotten.
    """
    records = [source for source in catalog.sources() if source.path]
    if not records:
        raise SourceError("There is nothing to sync: no article came from a file.", "Run `copydesk ingest PATH` first.")
    roots = {source.root for source in records if source.root}
    outer = sorted(r for r in roots if not any(Path(r) != Path(o) and Path(r).is_relative_to(o) for o in roots))
    single = sorted((source for source in records if not source.root), key=lambda s: s.path)
    for folder in [*outer, *(str(Path(source.path).parent) for source in single)]:
        if not Path(folder).is_dir():
            raise SourceError(
                f"The folder {folder} is not there, so nothing was changed.",
                "Make it available again, or take its articles out with `copydesk articles remove`.",
            )
    present = [Path(source.path) for source in single if not _is_gone(source.path)]
    return [*map(Path, outer), *present], [s.id for s in single if _is_gone(s.path)]


def remove(ids: Sequence[str], catalog: Catalog) -> None:
    """Remove articles, all or none. Raises NotFoundError for an unknown id."""
    with catalog.transaction():
        for article_id in ids:
            catalog.remove(article_id)


def rechunk(catalog: Catalog) -> None:
    """Cut every text into passages anew, and store those that came out differently."""
    for content_hash in catalog.titles():
        passages = chunk.chunk(catalog.articles_by_content(content_hash)[0])
        if passages != catalog.passages_of(content_hash):
            catalog.put_passages(content_hash, passages)


def _prepare(raw: RawDocument, now: str, source_hash: str, root: str | None, work: _Work) -> _Entry | None:
    """Clean and chunk one document; None, and a line in ``work.skipped``, where that can't be done."""
    try:
        article = clean.clean(raw, now)
        passages = chunk.chunk(article)
        for value in (article.text, article.title, article.outlet, article.url):
            (value or "").encode()  # half a character, as broken escapes leave it, can't be stored
        if not passages:
            raise SourceError("No sentence is left after cleaning.", "")
    except UnicodeEncodeError:
        work.skipped.append(Skipped(raw.path, "It holds characters that are not valid Unicode."))
    except CopydeskError as error:
        work.skipped.append(Skipped(raw.path, error.message))
    else:
        return _Entry(article, passages, source_hash, root)
    return None


def _store(batch: Sequence[_Entry], catalog: Catalog) -> None:
    if batch:
        with catalog.transaction():
            for entry in batch:
                catalog.put(entry.article, entry.passages, source_hash=entry.source_hash, source_root=entry.root)


def _source_hash(document: RawDocument) -> str:
    values = [
        _VERSION,
        document.text,
        document.title,
        document.outlet,
        document.published_at,
        document.published_at_source,
        document.url,
    ]
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()


def _ids(documents: Sequence[RawDocument], known: dict[str, Source]) -> dict[str, str]:
    """The article id of each document by absolute path.

    A path keeps the id it has. A new one gets its key, also when it was another file's that is gone (then the file
    has moved); where the key belongs to another article it is lengthened by the names of the folders above.
    """
    paths = [str(Path(document.path).absolute()) for document in documents]
    ids = {path: known[path].id for path in paths if path in known}
    owners = {source.id: source.path for source in known.values()}
    taken = set(ids.values()) | {i for i, path in owners.items() if path in ids or not path or not _is_gone(path)}
    for path, document in zip(paths, documents, strict=True):
        if path in ids:
            continue
        candidates = [document.key]
        for folder in Path(path).parents:
            if folder.name:
                candidates.append(f"{folder.name}/{candidates[-1]}")
        free = [candidate for candidate in candidates if candidate not in taken]
        ids[path] = free[0] if free else path
        taken.add(ids[path])
    return ids


def _root(path: str, folders: Sequence[str], source: Source | None) -> str | None:
    """The folder that answers for a file: the widest one known, so that its deletion is noticed from there."""
    candidates = [folder for folder in folders if Path(path).is_relative_to(folder)]
    if source is not None and source.root and Path(path).is_relative_to(source.root):
        candidates.append(source.root)
    return min(candidates, key=len) if candidates else None


def _gone(folders: Sequence[str], records: Sequence[Source]) -> list[str]:
    """Ids of articles that were ingested with a folder, lie in one of ``folders`` and have lost their file."""
    return sorted(
        record.id
        for record in records
        if record.root and any(Path(record.path).is_relative_to(folder) for folder in folders) and _is_gone(record.path)
    )


def _is_gone(path: str) -> bool:
    """Whether there is surely no such file; one that can't be looked at is not gone."""
    try:
        Path(path).lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _refuse_emptied(folders: Sequence[str], records: Sequence[Source]) -> None:
    """A folder that has lost every article it had is more likely an empty mount point than a wish."""
    for folder in folders:
        inside = [record for record in records if record.root and Path(record.path).is_relative_to(folder)]
        left = any(sources.kind_of(path.name) for path in Path(folder).rglob("*"))
        if inside and not left:
            raise SourceError(
                f"The folder {folder} holds no articles any more, but {len(inside)} of the archive came from"
                " it. Nothing was changed.",
                "Put the files back, or take the articles out with `copydesk articles remove ID`.",
            )
