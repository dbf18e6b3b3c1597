"""What goes over the wire: the JSON of articles and hits, JSON back to dataclasses, server-sent events.

Standard library only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import is_dataclass
from functools import cache
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from rag.errors import CopydeskError
from rag.types import Answer, Article, ArticleRow, Event, Hit, Passage, RemovedArticle, Retrieved, Span, to_json

T = TypeVar("T")


# --- to JSON --------------------------------------------------------------------------------------


def article_json(article: Article, *, with_text: bool = True) -> dict[str, Any]:
    """An article's JSON; its path on this machine stays here."""
    hidden = {"path"} if with_text else {"path", "text"}
    plain: dict[str, Any] = {key: value for key, value in to_json(article).items() if key not in hidden}
    return {"article_id": article.id, **plain, "words": len(article.text.split())}


def row_json(row: ArticleRow) -> dict[str, Any]:
    """An article's JSON in a list: no text."""
    return {"article_id": row.id, **{key: value for key, value in to_json(row).items() if key != "id"}}


def removed_json(item: RemovedArticle) -> dict[str, Any]:
    """The JSON of an article that was taken out."""
    return {"article_id": item.id, **{key: value for key, value in to_json(item).items() if key != "id"}}


def hit_json(hit: Hit) -> dict[str, Any]:
    """A hit in the form of the contract's ``retrieved`` items, with the raw scores."""
    passage, article = hit.passage, hit.article
    return {
        "passage_id": passage.id,
        "article_id": article.id,
        "title": article.title,
        "outlet": article.outlet,
        "published_at": article.published_at,
        "published_at_source": article.published_at_source,
        "text": passage.text,
        "start": passage.start,
        "end": passage.end,
        "score": hit.score,
        "ranks": dict(hit.ranks),
        "cosine": hit.cosine,
        "bm25": hit.bm25,
        "also_in": list(hit.also_in),
        "near_copies": [article.id for article in hit.near],
    }


# --- from JSON ------------------------------------------------------------------------------------


def answer_from_dict(data: Mapping[str, Any]) -> Answer:
    """The ``Answer`` whose ``to_dict`` this is. Raises ``CopydeskError`` when it is none."""
    return build(Answer, data)


def retrieved_from_dict(data: Mapping[str, Any]) -> Retrieved:
    """A ``Retrieved`` from an item of ``retrieved``, ``passages`` or ``hits``."""
    return build(Retrieved, data)


def passage_from_dict(data: Mapping[str, Any]) -> Passage:
    """A ``Passage`` from an item of an article's ``passages``."""
    return build(Passage, data)


def build(kind: type[T], data: Any) -> T:
    """A frozen dataclass of ``rag.types`` from its JSON; unknown keys are left aside. Raises ``CopydeskError``."""
    try:
        value: T = _build(kind, data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise unreadable() from error
    if not isinstance(value, kind):
        raise unreadable()
    return value


def unreadable() -> CopydeskError:
    return CopydeskError(
        "The server sent something this version of Copydesk can't read.",
        "Stop the server and start it again, so that both are the same version.",
    )


def _build(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if kind is Span:
        return Span(*value)
    if is_dataclass(kind):
        make: Any = kind
        return make(**{name: _build(hint, value[name]) for name, hint in _hints(make).items() if name in value})
    arguments = get_args(kind)
    if get_origin(kind) is tuple:
        if not isinstance(value, (list, tuple)):
            raise TypeError("not a list")
        return tuple(_build(arguments[0], item) for item in value)
    if len(arguments) == 2 and arguments[1] is type(None):
        return _build(arguments[0], value)
    return value


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


# --- server-sent events ---------------------------------------------------------------------------


def parse_events(chunks: Iterable[bytes]) -> Iterator[Event]:
    """The events in a stream of bytes, wherever its chunks break. Raises CopydeskError on data that is no object."""
    name = ""
    data: list[str] = []
    for line in _lines(chunks):
        if not line:
            if name and data:
                yield _event(name, "\n".join(data))
            name, data = "", []
        elif line.startswith("event:"):
            name = line[6:].strip()
        elif line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    # By hand: str.splitlines and httpx's iter_lines also break at U+2028 and U+0085, which may stand in an article.
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line.removesuffix(b"\r").decode("utf-8", "replace")


def _event(name: Any, data: str) -> Event:
    try:
        value = json.loads(data)
    except ValueError as error:
        raise unreadable() from error
    if not isinstance(value, dict):
        raise unreadable()
    return Event(name, value)
