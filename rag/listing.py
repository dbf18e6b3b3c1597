"""Lists of articles out of the catalog: filtered, searched, sorted, page by page, and without their texts."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from rag.database import folded
from rag.errors import InputError
from rag.types import ArticlePage, ArticleRow, Filter, Listing

Rows = Callable[..., list[tuple[Any, ...]]]  # runs (sql, *values) on a catalog

# Missing values come last from either end; ids make every order complete.
_COLUMNS = {
    "title": "title",
    "outlet": "outlet",
    "published": "published_at",
    "ingested": "ingested_at",
}
# Letters that Unicode does not take apart, as they are typed where a keyboard lacks them: "sorli" finds "Sørli".
_LETTERS = {"ø": "o", "æ": "ae", "œ": "oe", "ð": "d", "đ": "d", "þ": "th", "ł": "l", "ħ": "h", "ı": "i", "ŋ": "n"}
_PLAIN = str.maketrans(_LETTERS)
_SEARCHED = "replace(" * len(_LETTERS) + "search" + "".join(f", '{a}', '{b}')" for a, b in _LETTERS.items())
_ROW = (
    "SELECT a.id, a.title, a.outlet, a.outlet_source, a.published_at, a.published_at_source, a.url, c.language,"
    " a.ingested_at, a.content_hash, c.words, (SELECT count(*) FROM passages p WHERE p.content_hash = c.hash),"
    " c.cluster, (SELECT count(*) FROM contents o JOIN articles b ON b.content_hash = o.hash"
    " WHERE o.cluster = c.cluster) - 1"
    " FROM articles a JOIN contents c ON c.hash = a.content_hash"
)


def where(filter: Filter) -> tuple[str, list[str]]:
    """``filter`` as an SQL condition on ``articles``, with its values. Outlets are compared as they are written.

    A day that ends in a time sorts below the same day with a "~".
    """
    clauses, values = ["1"], []
    for clause, value in (
        ("published_at <= ?", filter.as_of and f"{filter.as_of}~"),
        ("published_at >= ?", filter.since),
        ("published_at <= ?", filter.until and f"{filter.until}~"),
        ("outlet IN (SELECT value FROM json_each(?))", json.dumps(filter.sources) if filter.sources else None),
    ):
        if value is not None:
            clauses.append(clause)
            values.append(value)
    return " AND ".join(clauses), values


def page(rows: Rows, wanted: Listing) -> ArticlePage:
    """One page of the articles that pass ``wanted``. Raises InputError for a sort order that there is not."""
    condition, values = where(wanted.filter)
    if wanted.undated:
        condition += " AND published_at IS NULL"
    for word in folded([wanted.search]).translate(_PLAIN).split():
        condition, values = f"{condition} AND instr({_SEARCHED}, ?)", [*values, word]
    total = rows(f"SELECT count(*) FROM articles WHERE {condition}", *values)[0][0]
    limit = -1 if wanted.limit is None else wanted.limit
    sql = f"SELECT id FROM articles WHERE {condition} ORDER BY {_order(wanted.sort)} LIMIT ? OFFSET ?"
    ids = [row[0] for row in rows(sql, *values, limit, wanted.offset)]
    found = {
        row[0]: ArticleRow(*row)
        for row in rows(f"{_ROW} WHERE a.id IN (SELECT value FROM json_each(?))", json.dumps(ids))
    }
    return ArticlePage(tuple(found[i] for i in ids if i in found), total, wanted.offset)


def copies_of(rows: Rows, article_id: str) -> list[ArticleRow]:
    """The other articles of the cluster of ``article_id``, the earliest first, as far as dates are known."""
    sql = (
        f"{_ROW} WHERE c.cluster = (SELECT o.cluster FROM articles b JOIN contents o ON o.hash = b.content_hash"
        " WHERE b.id = ?) AND a.id <> ?"
        " ORDER BY a.published_at IS NULL, a.published_at, a.id"
    )
    return [ArticleRow(*row) for row in rows(sql, article_id, article_id)]


def _order(sort: str) -> str:
    down = " DESC" if sort.startswith("-") else ""
    name = sort.removeprefix("-")
    if name == "id":
        return f"id{down}"
    if name not in _COLUMNS:
        raise InputError(f"Articles can't be sorted by {sort!r}.", f"Choose one of: id, {', '.join(_COLUMNS)}.")
    column = _COLUMNS[name]
    return f"{column} IS NULL, {column}{down}, id"
