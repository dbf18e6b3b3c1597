"""Lines that an outlet's articles repeat, in a catalog: kept as articles come and go, and taken out of all of them.

``repeats.py`` says which lines those are. An article's text as it was before is its *base*: counts are of bases, so
that the same articles give the same texts, in whatever order they came.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import replace

from rag.catalog import Catalog
from rag.intake import chunk, repeats
from rag.types import Article, Progress

_BATCH = 64  # texts cleaned in one transaction
_CHANGED, _CLEANING = 1, 2  # an outlet's lines changed; its texts are being cleaned, some are and some are not yet


def known_furniture(catalog: Catalog, outlet: str | None, url: str | None) -> frozenset[str]:
    """The lines, as keys, to take out of a text of this outlet, as far as is known so far."""
    key = repeats.outlet_key(outlet, url)
    rows = catalog.rows("SELECT furniture FROM outlets WHERE key = ?", key) if key else []
    return frozenset(json.loads(rows[0][0])) if rows else frozenset()


def stripped(base: Article, keys: frozenset[str]) -> Article:
    """The article without those lines."""
    text = repeats.strip(base.text, keys).text if keys else base.text
    return base if text == base.text else replace(base, text=text, content_hash=_hash(text))


def base_of(catalog: Catalog, article: Article) -> Article:
    """The article as it was before its outlet's repeated lines were taken out."""
    rows = catalog.rows("SELECT base FROM articles WHERE id = ?", article.id)
    base = rows[0][0] if rows else None
    if base is None or base == article.content_hash:
        return article
    return replace(article, text=_base_text(catalog, base), content_hash=base)


def count(catalog: Catalog, base: Article, text: Article) -> None:
    """Keep the lines of an article that was just stored as ``text``."""
    key = repeats.outlet_key(base.outlet, base.url)
    outlet = None
    if key:
        catalog.run("INSERT OR IGNORE INTO outlets (key) VALUES (?)", [(key,)])
        outlet = catalog.rows("SELECT id FROM outlets WHERE key = ?", key)[0][0]
        if not catalog.rows("SELECT 1 FROM base_lines WHERE outlet_id = ? AND base = ?", outlet, base.content_hash):
            _keep(catalog, outlet, base.content_hash, base.text)
            catalog.run("UPDATE outlets SET changed = max(changed, ?) WHERE id = ?", [(_CHANGED, outlet)])
    catalog.run("UPDATE articles SET outlet_id = ?, base = ? WHERE id = ?", [(outlet, base.content_hash, base.id)])
    if base.content_hash != text.content_hash:
        catalog.run("INSERT OR IGNORE INTO bases VALUES (?, ?)", [(base.content_hash, base.text)])


def discount(catalog: Catalog, article_id: str) -> None:
    """Forget the lines of an article that is about to be replaced or removed."""
    rows = catalog.rows("SELECT outlet_id, base, content_hash FROM articles WHERE id = ?", article_id)
    outlet, base, content_hash = rows[0] if rows else (None, None, None)
    if base is None:
        return
    catalog.run("UPDATE articles SET outlet_id = NULL, base = NULL WHERE id = ?", [(article_id,)])
    if not catalog.rows("SELECT 1 FROM articles WHERE outlet_id = ? AND base = ? LIMIT 1", outlet, base):
        catalog.run("DELETE FROM base_lines WHERE outlet_id = ? AND base = ?", [(outlet, base)])
        catalog.run("UPDATE outlets SET changed = max(changed, ?) WHERE id = ?", [(_CHANGED, outlet)])
    if base != content_hash and not catalog.rows(
        "SELECT 1 FROM articles WHERE base = ? AND content_hash <> base LIMIT 1", base
    ):
        catalog.run("DELETE FROM bases WHERE hash = ?", [(base,)])


def is_settled(catalog: Catalog) -> bool:
    """Whether the texts are without the lines that their outlets' counts say are furniture."""
    return not catalog.rows("SELECT 1 FROM outlets WHERE changed LIMIT 1")


def settle(catalog: Catalog, progress: Progress | None = None) -> None:
    """Clean the texts of outlets whose counts changed again: lines learnt to be furniture go, others come back."""
    for outlet, furniture, state in catalog.rows(
        "SELECT id, furniture, changed FROM outlets WHERE changed ORDER BY id"
    ):
        before = frozenset(json.loads(furniture))
        lines = _lines(catalog, outlet)
        now = repeats.furniture(len(lines), Counter(key for keys in lines.values() for key in keys))
        todo = [base for base, keys in lines.items() if state == _CLEANING or not keys.isdisjoint(now ^ before)]
        if todo:
            new = json.dumps(sorted(now))
            catalog.run("UPDATE outlets SET furniture = ?, changed = ? WHERE id = ?", [(new, _CLEANING, outlet)])
        for start in range(0, len(todo), _BATCH):
            if progress:
                progress("lines", start, len(todo))
            with catalog.transaction():
                for base in todo[start : start + _BATCH]:
                    _clean_again(catalog, outlet, base, now)
        catalog.run("UPDATE outlets SET changed = 0 WHERE id = ?", [(outlet,)])
        if not lines:
            catalog.run("DELETE FROM outlets WHERE id = ?", [(outlet,)])
        if progress and todo:
            progress("lines", len(todo), len(todo))


def _clean_again(catalog: Catalog, outlet: int, base: str, furniture: frozenset[str]) -> None:
    text = _base_text(catalog, base)
    new = repeats.strip(text, furniture).text
    content_hash = _hash(new)
    rows = catalog.rows("SELECT id FROM articles WHERE base = ? AND outlet_id = ?", base, outlet)
    for article in catalog.articles([row[0] for row in rows]):
        if article.content_hash != content_hash:
            if content_hash != base:
                catalog.run("INSERT OR IGNORE INTO bases VALUES (?, ?)", [(base, text)])
            item = replace(article, text=new, content_hash=content_hash)
            catalog.put_text(item, chunk.chunk(item))
    if not catalog.rows("SELECT 1 FROM articles WHERE base = ? AND content_hash <> base LIMIT 1", base):
        catalog.run("DELETE FROM bases WHERE hash = ?", [(base,)])


def _lines(catalog: Catalog, outlet: int) -> dict[str, frozenset[str]]:
    """The keys of the lines of each of an outlet's texts, by base."""
    sql = (
        "SELECT DISTINCT a.base FROM articles a LEFT JOIN base_lines l ON l.outlet_id = a.outlet_id AND l.base = a.base"
        " WHERE a.outlet_id = ? AND l.base IS NULL"
    )
    for (base,) in catalog.rows(sql, outlet):  # from a catalog of before lines were kept
        _keep(catalog, outlet, base, _base_text(catalog, base))
    rows = catalog.rows("SELECT base, keys FROM base_lines WHERE outlet_id = ? ORDER BY base", outlet)
    return {base: frozenset(keys.split()) for base, keys in rows}


def _keep(catalog: Catalog, outlet: int, base: str, text: str) -> None:
    keys = " ".join(sorted(repeats.line_keys(text)))
    catalog.run("INSERT OR IGNORE INTO base_lines VALUES (?, ?, ?)", [(outlet, base, keys)])


def _base_text(catalog: Catalog, base: str) -> str:
    rows = catalog.rows("SELECT text FROM bases WHERE hash = ?", base) or catalog.rows(
        "SELECT text FROM contents WHERE hash = ?", base
    )
    text: str = rows[0][0]
    return text


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
