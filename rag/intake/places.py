"""Where articles came from: which folder answers for a file, what is gone for good, and what only seems to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rag import sources
from rag.catalog import Catalog
from rag.errors import SourceError
from rag.types import Skipped


def known_pages(catalog: Catalog) -> list[str]:
    """The addresses of the web pages that the archive holds."""
    return sorted(path for (path,) in catalog.rows("SELECT DISTINCT file FROM articles") if sources.is_url(path or ""))


def known_paths(catalog: Catalog, *, files_needed: bool = True) -> tuple[list[Path], list[str]]:
    """The folders and single files the archive was made from, and ids of articles of single files that are gone.

    Web pages stay as they are. Raises SourceError when nothing was ingested from files (where ``files_needed``), or a
    folder is not there: then it is far more likely that a disk is not plugged in than that all its articles are to be
    forgotten.
    """
    pairs = catalog.rows(
        "SELECT DISTINCT file, source_root FROM articles UNION SELECT path, root FROM files WHERE path IN"
        " (SELECT file FROM articles) OR path NOT IN (SELECT file FROM removals)"
    )
    files = sorted((path, root) for path, root in pairs if path and not sources.is_url(path))
    emptied = [Path(path) for path in _emptied(catalog) if Path(path).exists()]
    if not (files or emptied) and files_needed:
        raise SourceError("There is nothing to sync: no article came from a file.", "Run `copydesk ingest PATH` first.")
    roots = {root for _, root in files if root}
    outer = sorted(r for r in roots if not any(Path(r) != Path(o) and Path(r).is_relative_to(o) for o in roots))
    single = [path for path, root in files if not root]
    for folder in [*outer, *sorted({str(Path(path).parent) for path in single})]:
        if not Path(folder).is_dir():
            raise SourceError(
                f"The folder {folder} is not there, so nothing was changed.",
                "Make it available again, or take its articles out with `copydesk articles remove`.",
            )
    gone = {path for path in single if is_gone(path)}
    present = [Path(path) for path in single if path not in gone]
    present += [path for path in emptied if not any(path.is_relative_to(folder) for folder in outer)]
    return [*map(Path, outer), *present], sorted(source.id for source in catalog.sources(gone))


def _emptied(catalog: Catalog) -> list[str]:
    """The folders and single files that all articles were removed from: read if they are there, not missed if not."""
    rows = catalog.rows(
        "SELECT DISTINCT coalesce(source_root, file) FROM removals WHERE file NOT IN (SELECT file FROM articles)"
    )
    return sorted(place for (place,) in rows if place and not sources.is_url(place))


def is_sound(text: str) -> bool:
    """Whether a text can be stored: names of files may hold bytes that are no Unicode."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def printable(skipped: Skipped) -> Skipped:
    """With a path that can be stored and printed."""
    return replace(skipped, path=skipped.path.encode("utf-8", "replace").decode())


def root_of(path: str, folders: Sequence[str], earlier: str | None) -> str | None:
    """The folder that answers for a file: the widest one known, so that its deletion is noticed from there."""
    candidates = [folder for folder in folders if Path(path).is_relative_to(folder)]
    if earlier and Path(path).is_relative_to(earlier):
        candidates.append(earlier)
    return min(candidates, key=len) if candidates else None


def is_gone(path: str) -> bool:
    """Whether there is surely no such file; one that can't be looked at, or is on the web, is not gone."""
    if sources.is_url(path) or not path:
        return False
    try:
        Path(path).lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def refuse_emptied(folders: Sequence[str], catalog: Catalog) -> None:
    """A folder that has lost every article it had is more likely an empty mount point than a wish."""
    for folder in folders:
        if any(sources.kind_of(path.name) for path in Path(folder).rglob("*")):
            continue
        rows = catalog.rows("SELECT file FROM articles WHERE source_root IS NOT NULL")
        inside = sum(Path(file).is_relative_to(folder) for (file,) in rows)
        if inside:
            raise SourceError(
                f"The folder {folder} holds no articles any more, but {inside} of the archive came from"
                " it. Nothing was changed.",
                "Put the files back, or take the articles out with `copydesk articles remove ID`.",
            )
