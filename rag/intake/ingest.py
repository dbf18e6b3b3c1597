"""From files to the catalog: what is new, changed, moved or gone, and only that is worked on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import chain, count
from pathlib import Path

from rag import sources
from rag.catalog import Catalog
from rag.catalog_reads import File, Source
from rag.errors import CopydeskError
from rag.intake import chunk, clean, clusters, furniture, removals, versions
from rag.intake.places import is_gone, is_sound, printable, refuse_emptied, root_of
from rag.types import Article, IngestReport, Passage, Progress, RawDocument, Skipped

_BATCH = 64  # articles written in one transaction
_MISNAMED = "Its name is not valid Unicode; give it another one."
_MISWRITTEN = "It holds characters that are not valid Unicode."


@dataclass(frozen=True, slots=True)
class _Entry:
    """An article ready to be stored: as it was cleaned, and as it stays without its outlet's repeated lines."""

    base: Article
    article: Article
    passages: list[Passage]
    source_hash: str
    root: str | None
    file: str


@dataclass(slots=True)
class _Work:
    """What an ingest has found so far. ``taken`` are the ids of the articles
    read so far, ``free`` those that the file at hand does without, ``reserved``
    those of articles that were removed; ``out`` is what to leave out of the file at hand."""

    catalog: Catalog
    now: str
    folders: Sequence[str]
    planned: frozenset[str]
    taken: set[str] = field(default_factory=set)
    free: frozenset[str] = frozenset()
    out: removals.LeftOut = field(default_factory=removals.LeftOut)
    reserved: frozenset[str] = frozenset()
    batch: list[_Entry] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)
    added: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    unchanged: set[str] = field(default_factory=set)
    skipped: list[Skipped] = field(default_factory=list)


def ingest(
    inputs: Sequence[Path | str],
    *,
    catalog: Catalog,
    now: str,
    manifest: Path | None = None,
    mapping: Mapping[str, str] | None = None,
    web: sources.Web | None = None,
    progress: Progress | None = None,
    again: bool = False,
) -> IngestReport:
    """Bring the catalog in line with the files, folders and web addresses ``inputs``; the index is not touched.

    Files whose fingerprint is known are not read. Articles whose file has vanished from one of the folders are removed,
    and those that a file no longer holds. What can't be read or cleaned is skipped, its earlier version stays. What is
    done is stored in batches, so that an interrupted ingest goes on where it was. What was removed by hand stays out;
    with ``again``, files named by themselves bring back what was. ``now`` is an ISO timestamp. Raises SourceError where
    nothing can be read.
    """
    folders = [str(path.absolute()) for path in map(Path, inputs) if path.is_dir()]
    refuse_emptied(folders, catalog)
    mappings = json.loads(catalog.meta("mappings") or "{}")
    if web is not None:
        web = replace(web, have=frozenset(path for path in catalog.files() if sources.is_url(path)))
    plan = sources.plan(inputs, manifest=manifest, mapping=mapping, mappings=mappings, web=web, progress=progress)
    if mapping:
        named = [str(Path(path).absolute()) for path in inputs if not sources.is_url(str(path))]
        mappings.update({path: dict(mapping) for path in named})
        catalog.set_meta(mappings=json.dumps(mappings, sort_keys=True))
    files = [file for file in plan.files if is_sound(file.path)]
    misnamed = [Skipped(file.path, _MISNAMED) for file in plan.files if not is_sound(file.path)]
    planned = frozenset(file.path for file in files)
    given = {str(path) if sources.is_url(str(path)) else str(Path(path).absolute()) for path in inputs}
    restored = removals.put_back_from(given & planned, catalog) if again else []
    known = catalog.files()
    reserved = frozenset(removals.ids(catalog))
    work = _Work(catalog, now, folders, planned, reserved=reserved)
    work.skipped += map(printable, [*plan.skipped, *misnamed])
    read = _unread(files, known, work)
    if again:
        restored += removals.put_back_from(given & planned, catalog)  # of a file that was moved here
    versions.begin(catalog)
    for place, (file, found) in enumerate(sources.read_all(read)):
        if progress:
            progress("read", place, len(read))
        _take(file, found, work, progress)
    if progress and read:
        progress("read", len(read), len(read))
    _store(work)
    _remove_gone(work)
    return IngestReport(
        added=tuple(sorted(work.added)),
        changed=tuple(sorted(work.changed.difference(restored))),
        unchanged=tuple(sorted(work.unchanged.difference(restored))),
        removed=tuple(sorted(work.lost)),
        skipped=tuple(sorted(work.skipped, key=lambda s: s.path)),
        left_out=tuple(removals.ids(catalog, planned)),
        restored=tuple(sorted(set(restored) - work.lost)),
    )


def settle(catalog: Catalog, progress: Progress | None = None, *, anew: bool = False) -> None:
    """Do what depends on all articles together, or on how this version cuts texts: passages, repeated lines, copies.

    Quick where there is nothing to do. An ingest that was interrupted is completed by it. With ``anew`` all texts are
    cut again.
    """
    versions.rechunk(catalog, progress, anew=anew)
    furniture.settle(catalog, progress)
    clusters.settle(catalog, progress)


def is_settled(catalog: Catalog) -> bool:
    """Whether ``settle`` has nothing to do."""
    return versions.is_chunked(catalog) and furniture.is_settled(catalog) and clusters.is_settled(catalog)


def with_copies(report: IngestReport, catalog: Catalog) -> IngestReport:
    """The report, of an ingest that is settled, with those of its articles that copy another."""
    copied = clusters.copied(catalog, [*report.added, *report.changed])
    return replace(
        report,
        copies=tuple(sorted(copied)),
        near_copies=tuple(sorted(i for i, (_, exact) in copied.items() if not exact)),
        copy_of={i: copied[i][0] for i in sorted(copied)},
    )


def remove(ids: Sequence[str], catalog: Catalog) -> None:
    """Remove articles, all or none, and forget their files, so that those are taken in when ingested again (what was
    taken out by hand is not: ``intake.removals``).

    Raises NotFoundError for an unknown id.
    """
    with catalog.transaction():
        for article_id in ids:
            source = catalog.source(article_id)
            furniture.discount(catalog, article_id)
            catalog.remove(article_id)
            if source is not None:
                catalog.forget_files([source.file])


# --- files ----------------------------------------------------------------------------------------------------------


def _unread(files: Sequence[sources.SourceFile], known: Mapping[str, File], work: _Work) -> list[sources.SourceFile]:
    """The files that must be read. Articles of the others are noted as unchanged, under a new path if they moved."""
    gone = {
        (before.key, before.fingerprint): path
        for path, before in known.items()
        if path not in work.planned and is_gone(path)
    }
    read: list[sources.SourceFile] = []
    same: list[str] = []
    moved: list[tuple[str, str, str | None, File]] = []
    for file in files:
        before, fingerprint = known.get(file.path), _fingerprint(file)
        if before is not None and before.fingerprint == fingerprint:
            same.append(file.path)
            work.skipped.extend(before.skipped)
            root = root_of(file.path, work.folders, before.root)
            if root != before.root:
                moved.append((file.path, file.path, root, before))
        elif before is None and (old := gone.pop((file.key, fingerprint), None)):
            moved.append((old, file.path, root_of(file.path, work.folders, None), known[old]))
            same.append(file.path)
        else:
            read.append(file)
    with work.catalog.transaction():
        for old, path, root, before in moved:
            for source in work.catalog.sources([old]):
                work.catalog.move(source.id, path + source.path.removeprefix(old), root, path)
            work.catalog.forget_files([old])
            removals.move(work.catalog, old, path, root)
            work.catalog.put_file(replace(before, path=path, root=root))
    work.unchanged.update(source.id for source in work.catalog.sources(same))
    return read


def _take(file: sources.SourceFile, found: sources.Records | Skipped, work: _Work, progress: Progress | None) -> None:
    """Store what a file holds, and take out what it held before."""
    if isinstance(found, Skipped):
        work.skipped.append(found)
        return
    before = {source.path: source for source in work.catalog.sources([file.path])}
    root = root_of(file.path, work.folders, next(iter(before.values())).root if before else None)
    skipped = [item for item in found if isinstance(item, Skipped)]
    whole = all(item.path != file.path for item in skipped)  # nothing stopped the reader on its way
    work.out = removals.left_out(work.catalog, file.path)
    out = _out_of(found, before, work) if work.out.sources else set()
    held = {item.path for item in found} - out
    lost = [source.id for path, source in before.items() if path not in held] if whole else []
    work.free = frozenset(lost)
    for place, item in enumerate(found):
        if progress and place % _BATCH == _BATCH - 1:
            progress("store", place, len(found))
        if isinstance(item, RawDocument) and item.path not in out:
            problem = _take_one(item, before.get(item.path), root, file.path, work)
            if problem is not None:
                skipped.append(problem)
    work.skipped += skipped
    with work.catalog.transaction():
        _store(work)
        work.lost.update(_drop(lost, work))
        if whole:
            work.catalog.put_file(File(file.path, root, file.key, _fingerprint(file), tuple(skipped)))


def _take_one(raw: RawDocument, source: Source | None, root: str | None, file: str, work: _Work) -> Skipped | None:
    """Prepare one document to be stored where it is new or changed; what is wrong with it where that can't be done."""
    if not (is_sound(raw.path) and is_sound(raw.key)):
        return printable(Skipped(raw.path, _MISNAMED))
    new = source is None
    if source is None:
        article_id, source = _new_id(raw, work)
    else:
        article_id = source.id
    source_hash = _source_hash(raw)
    work.taken.add(article_id)
    if source is not None and source.source_hash == source_hash:
        work.unchanged.add(article_id)
        if (source.path, source.root, source.file) != (raw.path, root, file):
            work.catalog.move(article_id, raw.path, root, file)
        return None
    try:
        base = clean.clean(replace(raw, key=article_id), work.now)
        if new and base.content_hash in work.out.texts:
            work.taken.discard(article_id)
            return None
        article = furniture.stripped(base, furniture.known_furniture(work.catalog, base.outlet, base.url))
        passages = chunk.chunk(article)
    except UnicodeEncodeError:
        return Skipped(raw.path, _MISWRITTEN)
    except CopydeskError as error:
        return Skipped(raw.path, error.message)
    # half a character, as broken escapes leave it, can't be stored
    if not all(is_sound(value or "") for value in (base.text, base.title, base.outlet, base.url, *base.authors)):
        return Skipped(raw.path, _MISWRITTEN)
    if not passages:
        return Skipped(raw.path, "No sentence is left after cleaning.")
    if source is None:
        work.added.add(article_id)
    elif _same(article, work.catalog.article(article_id)):
        work.unchanged.add(article_id)  # another version of the program read it, and found the same
    else:
        work.changed.add(article_id)
    work.batch.append(_Entry(base, article, passages, source_hash, root, file))
    if len(work.batch) >= _BATCH:
        _store(work)
    return None


def _out_of(found: Iterable[RawDocument | Skipped], before: Mapping[str, Source], work: _Work) -> set[str]:
    """The paths of what was removed by hand; an article that is there as it was read before was not."""
    out = set()
    for raw in found:
        if isinstance(raw, RawDocument):
            source, source_hash = before.get(raw.path), _source_hash(raw)
            known = source is not None and source.source_hash == source_hash
            if (source is None and raw.path in work.out.paths) or (source_hash in work.out.sources and not known):
                out.add(raw.path)
    return out


def _same(one: Article, two: Article) -> bool:
    return replace(one, ingested_at=None, path="") == replace(two, ingested_at=None, path="")


def _store(work: _Work) -> None:
    with work.catalog.transaction():
        for entry in work.batch:
            furniture.discount(work.catalog, entry.base.id)
            work.catalog.put(
                entry.article,
                entry.passages,
                source_hash=entry.source_hash,
                source_root=entry.root,
                file=entry.file,
            )
            furniture.count(work.catalog, entry.base, entry.article)
    work.batch.clear()


def _drop(ids: Iterable[str], work: _Work) -> list[str]:
    """Remove articles, but for those whose id has gone to another document meanwhile."""
    lost = [article_id for article_id in ids if article_id not in work.taken]
    for article_id in lost:
        furniture.discount(work.catalog, article_id)
        work.catalog.remove(article_id)
    return lost


def _remove_gone(work: _Work) -> None:
    """Remove what came with a folder, lies in one of those read, and has lost its file."""
    pairs = work.catalog.rows(
        "SELECT DISTINCT file, source_root FROM articles WHERE source_root IS NOT NULL"
        " UNION SELECT path, root FROM files WHERE root IS NOT NULL"
    )
    gone = [
        path
        for path, _ in pairs
        if path not in work.planned and any(Path(path).is_relative_to(f) for f in work.folders) and is_gone(path)
    ]
    with work.catalog.transaction():
        work.lost.update(_drop([source.id for source in work.catalog.sources(gone)], work))
        work.catalog.forget_files(gone)


def _fingerprint(file: sources.SourceFile) -> str:
    return f"{file.fingerprint}.{versions.cleaning()}"


def _source_hash(document: RawDocument) -> str:
    values = [versions.cleaning(), {**asdict(document), "key": None, "path": None}]
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _new_id(document: RawDocument, work: _Work) -> tuple[str, Source | None]:
    """The id of a document that was not there before, and what has it so far.

    It gets its key, also when that was another file's that is gone: then the file has moved. Where the key belongs to
    another article it is lengthened by the names of the folders above.
    """
    candidates = [document.key]
    for folder in Path(document.path).parents if not sources.is_url(document.path) else ():
        if folder.name:
            candidates.append(f"{folder.name}/{candidates[-1]}")
    for candidate in chain(candidates, (f"{document.path}~{n}" for n in count(1))):
        if candidate in work.taken or candidate in work.reserved:
            continue
        source = work.catalog.source(candidate)
        if source is None or source.id in work.free or (source.file not in work.planned and is_gone(source.file)):
            break
    return candidate, source
