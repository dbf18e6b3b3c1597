"""What a benchmark is to Copydesk: its cases, the articles they are asked of, how one is asked, how all are scored.

An adapter is a module with one ``BENCH``. It never goes around the product: ``texts`` go through the ordinary ingest
into one archive for the whole set (cached), ``ask`` puts a case to an open desk and returns a JSON-ready row, ``score``
turns finished rows into figures. A closed context (a paragraph that a question is to be answered from) is an article
whose outlet is the context's id, asked with ``sources=(that id,)``.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.metrics import bootstrap
from rag.types import Answer

Row = Mapping[str, Any]
Statistic = Callable[[Sequence[Row]], float | None]


@dataclass(frozen=True, slots=True)
class Case:
    """One question (or claim) of a benchmark. ``document`` is the key that decides its part, see ``splits.part``."""

    id: str
    document: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Text:
    """One article of a benchmark's archive. ``id`` becomes the article id, and the outlet where none is given."""

    id: str
    text: str
    title: str | None = None
    outlet: str | None = None
    published_at: str | None = None  # YYYY-MM-DD
    url: str | None = None
    markdown: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure: ``value`` with its bootstrap interval [low, high] over ``cases`` rows; None where there were
    none. ``reach`` is the figure aimed at (an upper bound with ``at_most``), ``note`` what is counted and how."""

    key: str
    label: str
    value: float | None
    low: float | None
    high: float | None
    cases: int
    reach: float | None = None
    at_most: bool = False
    note: str = ""

    @property
    def met(self) -> bool | None:
        if self.value is None or self.reach is None:
            return None
        return self.value <= self.reach if self.at_most else self.value >= self.reach


@dataclass(frozen=True, slots=True)
class Bench:
    """A benchmark. ``files`` are relative to the folder of all benchmarks, which ``load`` and ``texts`` are given.
    One that needs no archive has no texts, and its ``ask`` gets None for a desk."""

    name: str
    about: str
    files: tuple[str, ...]
    load: Callable[[Path], list[Case]]
    texts: Callable[[Path], Iterable[Text]]
    ask: Callable[[Any, Case], dict[str, Any]]  # an open Copydesk, or None
    score: Callable[[Sequence[Row]], list[Figure]]
    sample: int | None = None  # at most so many cases of a part unless --limit says otherwise
    needs_llm: bool = True
    needs_archive: bool = True
    probabilities: Callable[[Sequence[Row]], dict[str, list[tuple[float, bool]]]] | None = None  # said, and was it so


def read(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a gzipped JSON-lines file, one at a time."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def figure(
    key: str,
    label: str,
    rows: Sequence[Row],
    statistic: Statistic,
    *,
    reach: float | None = None,
    at_most: bool = False,
    note: str = "",
) -> Figure:
    """A statistic of the rows with its 95% bootstrap interval, drawn by whole rows."""
    interval = bootstrap(rows, statistic)
    low, high = interval if interval else (None, None)
    return Figure(key, label, statistic(rows), low, high, len(rows), reach, at_most, note)


def told(answer: Answer) -> dict[str, Any]:
    """An answer as a row keeps it: everything but the retrieved passages' texts."""
    kept = answer.to_dict()
    kept["retrieved"] = [
        {key: passage[key] for key in ("article_id", "passage_id", "score", "highlight")}
        for passage in kept["retrieved"]
    ]
    return kept


def refused(row: Row) -> bool:
    """Whether a row of ``told`` under "answer" says nothing."""
    return bool(row["answer"]["status"] == "not_found")
