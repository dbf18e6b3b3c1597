"""What an archive holds, as the JSON that the command line, the HTTP API and the window show of it.

Each takes an ``Archive``, or a ``RemoteDesk`` that has the JSON already.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rag.types import Listing, to_json
from rag.wire import article_json, removed_json, row_json

SORTS = ("id", "title", "outlet", "published", "ingested")
MAX_PAGE = 500  # articles on one page of the HTTP API


def page(archive: Any, listing: Listing) -> dict[str, Any]:
    """One page of the list: ``articles``, ``total``, ``offset``, ``limit`` and ``undated_left_out``, the number of
    articles that a filter by date leaves out because theirs is unknown. Raises InputError for an unknown outlet."""
    found = archive.articles_page(listing)
    if isinstance(found, dict):
        return found
    return {
        "articles": [row_json(row) for row in found.articles],
        "total": found.total,
        "offset": listing.offset,
        "limit": listing.limit,
        "undated_left_out": archive.undated(listing.filter),
    }


def article(archive: Any, article_id: str) -> dict[str, Any]:
    """One article with its ``text``, its ``passages`` and its ``copies``. Raises NotFoundError."""
    found = archive.article(article_id)
    if isinstance(found, dict):
        return found
    copies = archive.copies_of(article_id)
    return {
        **article_json(found),
        "cluster": copies[0].cluster if copies else found.content_hash,
        "passages": [to_json(passage) for passage in archive.passages(article_id)],
        "copies": [{**row_json(copy), "same_text": copy.content_hash == found.content_hash} for copy in copies],
    }


def removed(archive: Any) -> list[dict[str, Any]]:
    """What was taken out and stays out, the last first: an article's id, title, outlet and date, ``removed_at`` (ISO,
    UTC), and whether it is ``restorable``."""
    found = archive.removed()
    return [item if isinstance(item, dict) else removed_json(item) for item in found]


def forget(archive: Any, ids: Sequence[str], archive_dir: Path | None) -> list[str]:
    """Delete what is kept of removed articles, all or none, with copies of their files that were uploaded into
    ``archive_dir`` (None: a server sees to them); returns the ids. Raises NotFoundError."""
    files = archive.forget(ids)
    if archive_dir is not None:
        from rag.intake import uploads  # knows all formats, which a list of articles can do without

        uploads.forget(archive, archive_dir, files)
    return list(dict.fromkeys(ids))
