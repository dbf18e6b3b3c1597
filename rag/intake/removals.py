"""What was taken out by hand: kept whole, so that reading its file again leaves it out, and so that it can come back.

A file that is one article stays out under its path, whatever is written into it. An article of a file that holds many
stays out as long as its text is the same: the numbers of records shift.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, replace

from rag.catalog import Catalog
from rag.errors import InputError, NotFoundError
from rag.intake import chunk, furniture
from rag.types import Article, RemovedArticle


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What of one file is not to be taken in: paths, and hashes of raw and of cleaned articles."""

    paths: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()


def take_out(ids: Sequence[str], catalog: Catalog, now: str) -> None:
    """Remove articles, all or none, and remember them. ``now`` is an ISO timestamp. Raises NotFoundError."""
    with catalog.transaction():
        for article_id in ids:
            article, source = catalog.article(article_id), catalog.source(article_id)
            assert source is not None
            base = furniture.base_of(catalog, article)
            furniture.discount(catalog, article_id)
            catalog.remove(article_id)
            catalog.run(
                "INSERT OR REPLACE INTO removals (id, title, outlet, published_at, published_at_source, removed_at,"
                " path, file, source_root, source_hash, text_hash, article)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        article_id,
                        article.title,
                        article.outlet,
                        article.published_at,
                        article.published_at_source,
                        now,
                        source.path,
                        source.file,
                        source.root,
                        source.source_hash,
                        base.content_hash,
                        json.dumps(asdict(base)),
                    )
                ],
            )


def put_back(ids: Sequence[str], catalog: Catalog) -> None:
    """Take removed articles in again as they were, all or none. What their files hold by now the next sync tells.

    Raises NotFoundError for one that was not removed, InputError for one whose text was deleted.
    """
    with catalog.transaction():
        for article_id in ids:
            rows = catalog.rows("SELECT article, file, source_root, source_hash FROM removals WHERE id = ?", article_id)
            if not rows:
                raise not_removed(article_id)
            kept, file, root, source_hash = rows[0]
            if kept is None:
                raise InputError(
                    f"The text of {article_id!r} was deleted, so it can't be restored.",
                    f"Take it in again from its file: copydesk ingest {file}",
                )
            base = _article(kept)
            if any(source.path == base.path for source in catalog.sources([file])):  # the records have shifted
                base = replace(base, path=f"{file}#restored-{article_id}")
            article = furniture.stripped(base, furniture.known_furniture(catalog, base.outlet, base.url))
            catalog.put(article, chunk.chunk(article), source_hash=source_hash, source_root=root, file=file)
            furniture.count(catalog, base, article)
            catalog.forget_files([file])
        drop(ids, catalog)


def put_back_from(files: Collection[str], catalog: Catalog) -> list[str]:
    """Let these files hold again what was taken out of them; returns the ids of the articles that are back."""
    rows = catalog.rows(
        "SELECT id, file, article IS NOT NULL FROM removals WHERE file IN (SELECT value FROM json_each(?)) ORDER BY id",
        json.dumps(sorted(files)),
    )
    back = [article_id for article_id, _, kept in rows if kept]
    with catalog.transaction():
        put_back(back, catalog)
        drop([article_id for article_id, *_ in rows], catalog)
        catalog.forget_files({file for _, file, _ in rows})
    return back


def drop(ids: Iterable[str], catalog: Catalog) -> None:
    """Forget that these were removed: their files are read like all others again."""
    catalog.run("DELETE FROM removals WHERE id = ?", [(article_id,) for article_id in ids])


def delete_texts(ids: Sequence[str], catalog: Catalog) -> list[str]:
    """Delete what is kept of removed articles, all or none; they stay out. Returns the files they came from. Raises
    NotFoundError."""
    with catalog.transaction():
        found = []
        for article_id in ids:
            rows = catalog.rows("SELECT file FROM removals WHERE id = ?", article_id)
            if not rows:
                raise not_removed(article_id)
            found.append(str(rows[0][0]))
            catalog.run("UPDATE removals SET article = NULL, title = NULL WHERE id = ?", [(article_id,)])
    return found


def removed(catalog: Catalog) -> list[RemovedArticle]:
    """All that was taken out, the last first."""
    rows = catalog.rows(
        "SELECT id, title, outlet, published_at, published_at_source, removed_at, article IS NOT NULL FROM removals"
        " ORDER BY removed_at DESC, id"
    )
    return [RemovedArticle(*about, restorable=bool(kept)) for *about, kept in rows]  # type: ignore[misc]


def ids(catalog: Catalog, files: Collection[str] | None = None, *, kept: bool = False) -> list[str]:
    """The ids of what was taken out, of these files or of all, with ``kept`` only where its text is kept; sorted."""
    only = " AND article IS NOT NULL" if kept else ""
    if files is None:
        return [row[0] for row in catalog.rows(f"SELECT id FROM removals WHERE 1{only} ORDER BY id")]
    sql = f"SELECT id FROM removals WHERE file IN (SELECT value FROM json_each(?)){only} ORDER BY id"
    return [row[0] for row in catalog.rows(sql, json.dumps(sorted(files)))]


def left_out(catalog: Catalog, file: str) -> LeftOut:
    """What of ``file`` is not to be taken in."""
    rows = catalog.rows("SELECT path, source_hash, text_hash FROM removals WHERE file = ?", file)
    if not rows:
        return LeftOut()
    paths, sources, texts = zip(*rows, strict=True)
    return LeftOut(frozenset(paths) & {file}, frozenset(sources), frozenset(texts))


def move(catalog: Catalog, old: str, new: str, root: str | None) -> None:
    """Note that a file was moved, with what was taken out of it."""
    catalog.run(
        "UPDATE removals SET path = ? || substr(path, length(file) + 1), file = ?, source_root = ? WHERE file = ?",
        [(new, new, root, old)],
    )


def not_removed(article_id: str) -> NotFoundError:
    return NotFoundError(f"No article {article_id!r} was removed.", "See `copydesk articles removed`.")


def _article(kept: str) -> Article:
    values = json.loads(kept)
    return Article(**{**values, "authors": tuple(values["authors"])})
