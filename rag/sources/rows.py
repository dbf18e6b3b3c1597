"""A row of a table, or a JSON object, as an article: which of its fields is the title, the text, the date."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from rag.errors import InputError, SourceError
from rag.sources import fragments, pages
from rag.sources.dates import day_of
from rag.sources.files import SourceFile
from rag.types import RawDocument

Row = Mapping[str, Any]

# The names that fields go by, best first; compared without case, spaces and signs ("Publish Date" is "publish_date").
NAMES: dict[str, tuple[str, ...]] = {
    "id": ("id", "article_id", "doc_id", "document_id", "uuid", "guid"),
    "title": ("title", "headline", "article_title", "heading", "name", "subject"),
    "text": (
        *(
            "text",
            "body",
            "content",
            "full_text",
            "article_text",
            "body_text",
            "main_text",
            "article_body",
            "plain_text",
        ),
        *("article_content", "content_text", "content_html", "article", "story", "document", "raw_text"),
        *("summary", "description", "abstract", "snippet", "lead"),  # where there is nothing fuller
    ),
    "outlet": (
        *(
            "outlet",
            "source",
            "publisher",
            "publication",
            "source_name",
            "outlet_name",
            "newspaper",
            "site_name",
            "site",
        ),
        *("provider", "media", "feed_name"),
    ),
    "date": (
        *("published_at", "date", "published", "publish_date", "publication_date", "pub_date", "date_published"),
        *("published_date", "date_publish", "publish_time", "published_on", "posted_at", "datetime", "timestamp"),
    ),
    "url": ("url", "link", "href", "permalink", "canonical_url", "article_url", "source_url", "web_url", "page_url"),
    "authors": ("authors", "author", "byline", "creator", "writer"),
}
_MAX_TEXT = 5_000_000  # characters of one article
_GOOD_ID = re.compile(r"[\w.:@-]{1,80}")


def check_mapping(mapping: Mapping[str, str]) -> dict[str, str]:
    """``mapping`` with "published_at" and "author" taken for "date" and "authors". Raises InputError."""
    checked = {}
    for ours, theirs in mapping.items():
        name = {"published_at": "date", "author": "authors", "source": "outlet"}.get(ours, ours)
        if name not in NAMES:
            raise InputError(f"There is no field {ours!r} to map.", f"Fields are: {', '.join(NAMES)}.")
        if not theirs:
            raise InputError(f"The field for {ours!r} is empty.", f"Write for example {ours}=headline.")
        checked[name] = theirs
    return checked


def value_of(row: Row, field: str, mapping: Mapping[str, str]) -> Any:
    """What ``row`` holds as our ``field``; None where it holds nothing."""
    if field in mapping:
        return _at(row, mapping[field])
    names = {_bare(name): name for name in reversed(list(row))}
    for name in NAMES[field]:
        value = row.get(names.get(_bare(name), ""))
        if value not in (None, "", [], {}):
            return value
    return None


def has_text(row: Row, mapping: Mapping[str, str]) -> bool:
    """Whether ``row`` has a field for the text, be it empty."""
    if "text" in mapping:
        return mapping["text"] in row or _at(row, mapping["text"]) is not None
    names = {_bare(name) for name in row}
    return any(_bare(name) in names for name in NAMES["text"])


def no_text(names: Iterable[str], mapping: Mapping[str, str]) -> SourceError:
    """That a table has no field for the text."""
    shown = ", ".join(" ".join(str(name).split())[:40] for name in list(names)[:12]) or "none"
    wanted = f"no field {mapping['text']!r}" if "text" in mapping else "no field that is surely the article's text"
    return SourceError(f"It has {wanted} (its fields: {shown}). Name it with --map text=FIELD.", "")


def to_document(row: Row, file: SourceFile, number: int, name: str | None = None) -> RawDocument:
    """Row ``number`` (from 1) of a file. Raises SourceError where it has no text."""
    mapping = dict(file.mapping)
    text = _text(value_of(row, "text", mapping))
    if not text.strip():
        raise SourceError("It has no text.", "")
    if len(text) > _MAX_TEXT:
        raise SourceError(f"Its text is longer than {_MAX_TEXT // 1_000_000} million characters.", "")
    url = _line(value_of(row, "url", mapping))
    published_at = day_of(_scalar(value_of(row, "date", mapping)))
    outlet = _line(value_of(row, "outlet", mapping))
    key, path = file.part(name or number)
    return RawDocument(
        key=key,
        path=path,
        text=_paragraphs(text, url),
        title=_line(value_of(row, "title", mapping)),
        outlet=outlet if outlet and not re.match(r"https?://", outlet) else None,
        published_at=published_at,
        published_at_source="metadata" if published_at else "unknown",
        url=url if url and re.match(r"https?://", url) else None,
        authors=_names(value_of(row, "authors", mapping)),
        outlet_source="metadata" if outlet else "unknown",
    )


def part_name(row: Row, number: int, seen: set[str], mapping: Mapping[str, str]) -> str:
    """What tells row ``number`` apart from the others of its file: its own id where that is short and given once."""
    given = value_of(row, "id", mapping)
    name = str(given).strip() if isinstance(given, (str, int)) and not isinstance(given, bool) else ""
    if not _GOOD_ID.fullmatch(name) or name in seen:
        name = str(number) if not name or str(number) not in seen else f"row-{number}"
    seen.add(name)
    return name


@lru_cache(maxsize=1000)
def _bare(name: str) -> str:
    return re.sub(r"[\W_]+", "", str(name)).casefold()


def _at(row: Row, path: str) -> Any:
    """The field of that name or, with dots in it, of an object inside: "article.body"."""
    if path in row:
        return row[path]
    value: Any = row
    for step in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(step)
    return value


def _text(value: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "\n\n".join(_text(part) for part in value)
    if isinstance(value, Mapping):
        return _text(value.get("text") or value.get("content") or value.get("value"))
    return str(value) if isinstance(value, (str, int, float)) else ""


def _paragraphs(text: str, url: str | None) -> str:
    """A whole page inside a field is read as a page."""
    page = pages.extract(text, url).text if re.search(r"<(?:html|body)[\s>]", text[:5000], re.IGNORECASE) else ""
    return page or fragments.plain(text)


def _scalar(value: Any) -> Any:
    if isinstance(value, Mapping):  # {"$date": "2022-06-12T..."}, as MongoDB exports it
        return next((part for part in value.values() if isinstance(part, (str, int, float))), None)
    return value if isinstance(value, (str, int, float)) else None


def _line(value: Any) -> str | None:
    if isinstance(value, Mapping):  # {"id": null, "name": "Coast Post"}
        value = next((value[name] for name in ("name", "title", "value", "text", "id") if value.get(name)), None)
    if isinstance(value, Sequence) and not isinstance(value, str):
        value = value[0] if value else None
    text = " ".join(fragments.plain(str(value)).split()) if isinstance(value, (str, int, float)) else ""
    return text[:1000] or None


def _names(value: Any) -> tuple[str, ...]:
    given = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    if isinstance(value, str):
        given = re.split(r"\s*[;|]\s*", value)
    return tuple(name for item in given[:20] if (name := _line(item)))
