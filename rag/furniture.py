"""Lines that an outlet's articles repeat, in a catalog: counted as articles come and go, and taken out of all of them.

``rag.repeats`` says which lines those are. An article's text as it was before is its *base*: counts are of bases, so
that the same articles give the same texts, in whatever order they came.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace

from rag import chunk, repeats
from rag.catalog import Catalog
from rag.types import Article

Progress = Callable[[str, int, int], None]  # stage, done, total


def known_furniture(catalog: Catalog, outlet: str | None, url: str | None) -> frozenset[str]:
    """The lines, as keys, to take out of a text of this outlet, as far as is known so far."""
    key = repeats.outlet_key(outlet, url)
    rows = catalog.rows("SELECT furniture FROM outlets WHERE key = ?", key) if key else []
    return frozenset(json.loads(rows[0][0])) if rows else frozenset()


def stripped(base: Article, keys: frozenset[str]) -> Article:
    """The article without those lines."""
    text = repeats.strip(base.text, keys).text if keys else base.text
    return base if text == base.text else replace(base, text=text, content_hash=_hash(text))


def count(catalog: Catalog, base: Article, text: Article) -> None:
    """Count the lines of an article that was just stored as ``text``."""
    key = repeats.outlet_key(base.outlet, base.url)
    outlet = None
    if key:
        catalog.run("INSERT OR IGNORE INTO outlets (key) VALUES (?)", [(key,)])
        outlet = catalog.rows("SELECT id FROM outlets WHERE key = ?", key)[0][0]
        if not _holders(catalog, outlet, base.content_hash):
            _add(catalog, outlet, base.text, 1)
    catalog.run("UPDATE articles SET outlet_id = ?, base = ? WHERE id = ?", [(outlet, base.content_hash, base.id)])
    if base.content_hash != text.content_hash:
        catalog.run("INSERT OR IGNORE INTO bases VALUES (?, ?)", [(base.content_hash, base.text)])


def discount(catalog: Catalog, article_id: str) -> None:
    """Take the lines of an article, which is about to be replaced or removed, out of the counts."""
    rows = catalog.rows("SELECT outlet_id, base, content_hash FROM articles WHERE id = ?", article_id)
    outlet, base, content_hash = rows[0] if rows else (None, None, None)
    if base is None:
        return
    if outlet is not None and _holders(catalog, outlet, base) == 1:
        _add(catalog, outlet, _base_text(catalog, base), -1)
    catalog.run("UPDATE articles SET outlet_id = NULL, base = NULL WHERE id = ?", [(article_id,)])
    if base != content_hash and not catalog.rows(
        "SELECT 1 FROM articles WHERE base = ? AND content_hash <> base LIMIT 1", base
    ):
        catalog.run("DELETE FROM bases WHERE hash = ?", [(base,)])


def is_settled(catalog: Catalog) -> bool:
    """Whether the texts are without the lines that their outlets' counts say are furniture."""
    return not catalog.rows("SELECT 1 FROM outlets WHERE changed LIMIT 1")


def settle(catalog: Catalog, progress: Progress | None = None) -> None:
    """Clean the texts of outlets whose counts changed again: lines learnt to be furniture go, others come back."""
    changed = catalog.rows("SELECT id, key, texts, furniture FROM outlets WHERE changed ORDER BY id")
    for place, (outlet, _, texts, furniture) in enumerate(changed):
        if progress:
            progress("lines", place, len(changed))
        before = frozenset(json.loads(furniture))
        counts = dict(catalog.rows("SELECT key, count FROM lines WHERE outlet_id = ? AND count > 1", outlet))
        now = repeats.furniture(texts, counts)
        with catalog.transaction():
            if now != before:
                _clean_again(catalog, outlet, now, now ^ before)
            catalog.run(
                "UPDATE outlets SET furniture = ?, changed = 0 WHERE id = ?", [(json.dumps(sorted(now)), outlet)]
            )
            catalog.run("DELETE FROM outlets WHERE id = ? AND texts = 0", [(outlet,)])
    if progress and changed:
        progress("lines", len(changed), len(changed))


def _clean_again(catalog: Catalog, outlet: int, furniture: frozenset[str], changed: frozenset[str]) -> None:
    bases = catalog.rows("SELECT DISTINCT base FROM articles WHERE outlet_id = ?", outlet)
    for (base,) in bases:
        text = _base_text(catalog, base)
        if changed.isdisjoint(repeats.line_keys(text)):
            continue
        new = repeats.strip(text, furniture).text
        content_hash = _hash(new)
        rows = catalog.rows("SELECT id FROM articles WHERE base = ? AND outlet_id = ?", base, outlet)
        for article in catalog.articles([row[0] for row in rows]):
            if article.content_hash == content_hash:
                continue
            if content_hash != base:
                catalog.run("INSERT OR IGNORE INTO bases VALUES (?, ?)", [(base, text)])
            item = replace(article, text=new, content_hash=content_hash)
            catalog.put_text(item, chunk.chunk(item))
        if not catalog.rows("SELECT 1 FROM articles WHERE base = ? AND content_hash <> base LIMIT 1", base):
            catalog.run("DELETE FROM bases WHERE hash = ?", [(base,)])


def _add(catalog: Catalog, outlet: int, text: str, by: int) -> None:
    keys = [(outlet, key, by) for key in repeats.line_keys(text)]
    catalog.run(
        "INSERT INTO lines (outlet_id, key, count) VALUES (?, ?, ?)"
        " ON CONFLICT (outlet_id, key) DO UPDATE SET count = count + excluded.count",
        keys,
    )
    if by < 0:
        catalog.run("DELETE FROM lines WHERE outlet_id = ? AND key = ? AND count <= 0", [key[:2] for key in keys])
    catalog.run("UPDATE outlets SET texts = texts + ?, changed = 1 WHERE id = ?", [(by, outlet)])


def _holders(catalog: Catalog, outlet: int, base: str) -> int:
    found = catalog.rows("SELECT count(*) FROM articles WHERE outlet_id = ? AND base = ?", outlet, base)
    return int(found[0][0])


def _base_text(catalog: Catalog, base: str) -> str:
    rows = catalog.rows("SELECT text FROM bases WHERE hash = ?", base) or catalog.rows(
        "SELECT text FROM contents WHERE hash = ?", base
    )
    text: str = rows[0][0]
    return text


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
