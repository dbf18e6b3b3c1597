"""What a search must know of all passages at once, as arrays in the order of the index: whose text each is, and which
pass a filter. Read from the catalog once, and again when it changed."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rag.catalog import Catalog
from rag.types import Filter

if TYPE_CHECKING:
    from numpy.typing import NDArray

_UNDATED = -1


@dataclass(frozen=True, slots=True)
class Columns:
    """``content`` numbers the texts: int32 [passages]. The other arrays have a row for each passage and article that
    has its text: the passage's place in the index, the article's day as YYYYMMDD (-1 where unknown) and outlet."""

    content: NDArray[np.int32]
    contents: int  # how many texts there are
    place: NDArray[np.int32]
    day: NDArray[np.int32]
    outlet: NDArray[np.int32]
    outlets: dict[str | None, int]
    by_content: NDArray[np.int32]  # the places of the passages, text by text
    starts: NDArray[np.int32]  # where each text's begin there; one more at the end

    def members(self, content: int) -> NDArray[np.int32]:
        """The places of a text's passages, ascending."""
        return self.by_content[self.starts[content] : self.starts[content + 1]]

    def allowed(self, filter: Filter) -> NDArray[np.bool_] | None:
        """Which passages stand in an article that passes ``filter``: bool [passages]; None when all may."""
        if filter.is_open:
            return None
        passes = np.ones(len(self.place), dtype=bool)
        if filter.by_date:
            passes &= self.day != _UNDATED
        for day, late in ((filter.as_of, True), (filter.until, True), (filter.since, False)):
            if day is not None:
                passes &= self.day <= _number(day) if late else self.day >= _number(day)
        if filter.sources:
            passes &= np.isin(self.outlet, [self.outlets[s] for s in filter.sources if s in self.outlets])
        found = np.zeros(len(self.content), dtype=bool)
        found[self.place[passes]] = True
        return found


def read(catalog: Catalog, ids: Sequence[str]) -> Columns:
    """The columns of the passages ``ids``, in that order. One that the catalog no longer has passes no filter."""
    places = {passage_id: place for place, passage_id in enumerate(ids)}
    numbers: dict[str, int] = {}
    outlets: dict[str | None, int] = {}
    content = np.full(len(ids), -1, dtype=np.int32)
    rows: list[tuple[int, int, int]] = []
    for passage_id, content_hash, _, day, outlet in catalog.passage_rows():
        place = places.get(passage_id)
        if place is not None:
            content[place] = numbers.setdefault(content_hash, len(numbers))
            rows.append((place, _number(day), outlets.setdefault(outlet, len(outlets))))
    content[content < 0] = len(numbers)  # passages that are gone, as if of one text
    contents = len(numbers) + 1
    by_content = np.argsort(content, kind="stable").astype(np.int32)
    starts = np.searchsorted(content[by_content], np.arange(contents + 1)).astype(np.int32)
    table = np.array(rows, dtype=np.int32).reshape(-1, 3)
    return Columns(content, contents, table[:, 0], table[:, 1], table[:, 2], outlets, by_content, starts)


class Reader:
    """The columns of the index in use, read anew when index or catalog changed. Safe to share between threads."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._lock = threading.Lock()
        self._key: tuple[str, int] | None = None
        self._columns: Columns | None = None

    def columns(self, index: str, ids: Sequence[str]) -> Columns:
        """The columns of the passages ``ids`` of the index named ``index``."""
        with self._lock:
            key = (index, self._catalog.changes())
            if self._columns is None or self._key != key:
                self._columns, self._key = read(self._catalog, ids), key
            return self._columns


def _number(day: str | None) -> int:
    return int(day.replace("-", "")) if day else _UNDATED
