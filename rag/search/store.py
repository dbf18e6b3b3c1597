"""The vectors of one version of the index: a large base, and what was added to it since.

The base is a float32 matrix on disk, memory-mapped, where it is large with a graph over it (``graph.py``); the vectors
added later are a small matrix that is searched row by row. A small change thus writes a small version that names its
base; once the changes are an eighth of the base, a new base is made. Nothing is ever written to once it is in use.

Up to ``_SCAN`` rows are compared one by one, which takes no longer than asking a graph and misses nothing: there is no
graph then, and its library, which takes a second to load, is left alone. With a filter, so are the allowed rows: up to
``_EXACT`` of them that takes less than 20 ms, and where there are more, the graph's nearest are likely to hold enough
of them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rag.errors import ArchiveError
from rag.search.graph import MADE_OTHERWISE, Graph, copy, unusable

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BASE = 4096  # a base of fewer rows is made anew with each change
_SHARE = 8  # changes up to this part of the base are kept beside it
_HOLES = 4  # a base of whose rows more than this part is gone is made anew from nothing
_SCAN = 16_384  # rows up to which each is looked at, and a base has no graph
_EXACT = 200_000  # allowed rows up to which each is looked at
_BLOCK = 4096  # rows gathered at a time


@dataclass(frozen=True, slots=True)
class _Base:
    folder: Path
    matrix: NDArray[np.float32]  # [rows, dims]
    graph: Graph | None
    holes: int  # rows that are not in the graph


class VectorStore:
    """Unit vectors by passage id; positions are places in ``ids``. Safe to share between threads."""

    def __init__(
        self, ids: Sequence[str], rows: NDArray[np.int64], base: _Base | None, added: NDArray[np.float32]
    ) -> None:
        """``rows``, ascending: where each id's vector is, those of ``added`` counted on from the base's last."""
        self.ids = list(ids)
        self._rows = rows
        self._base = base
        self._added = added
        count = len(base.matrix) if base else 0
        self._places = {passage_id: place for place, passage_id in enumerate(self.ids)}
        self._split = int(np.searchsorted(rows, count))  # positions before it are in the base
        self._position = np.full(count, -1, dtype=np.int32)
        self._position[rows[: self._split]] = np.arange(self._split)

    @classmethod
    def create(
        cls,
        folder: Path,
        fingerprint: str,
        ids: Sequence[str],
        vectors: NDArray[np.float32],
        *,
        old: VectorStore | None = None,
        keep: Sequence[int] = (),
    ) -> VectorStore:
        """Write a version into ``folder``: the vectors at the positions ``keep``, ascending, of ``old``, then these.

        ``vectors`` are ``[len(ids), dims]``; none of ``ids`` may be among those kept. Raises ArchiveError.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = np.asarray(keep, dtype=np.int64)
        all_ids = [*([] if old is None else (old.ids[i] for i in keep)), *ids]
        base, rows, added = None, np.zeros(0, dtype=np.int64), vectors
        if old is not None:
            base, rows = old._base, old._rows[kept]
            split = int(np.searchsorted(kept, old._split))
            later = old._added[rows[split:] - len(old._position)]
            both = [part for part in (later, vectors) if len(part)]  # without rows, columns may not be known either
            added = np.concatenate(both) if both else later
            rows = rows[:split]
        count = 0 if base is None else len(base.matrix)
        changes = len(added) + count - (base.holes if base else 0) - len(rows)
        if base is None or count < _BASE or changes * _SHARE > count:
            base, rows = _rebase(folder, fingerprint, base, rows, added)
            count, added = len(base.matrix) if base else 0, added[:0]
        rows = np.concatenate([rows, count + np.arange(len(added), dtype=np.int64)])
        np.save(folder / "added.npy", added)
        np.save(folder / "rows.npy", rows)
        (folder / "ids.json").write_text(json.dumps(all_ids), encoding="utf-8")
        about = {
            "base": base.folder.name if base else None,
            "holes": base.holes if base else 0,
            "graph": base is not None and base.graph is not None,
            "fingerprint": fingerprint,
        }
        (folder / "store.json").write_text(json.dumps(about), encoding="utf-8")
        return cls(all_ids, rows, base, added)

    @classmethod
    def open(cls, folder: Path, fingerprint: str, near: VectorStore | None = None) -> VectorStore:
        """Open the version in ``folder``, whose base may be another folder beside it, or one that ``near`` has open.

        Raises ArchiveError when it is missing, damaged or made with something else.
        """
        try:
            about = json.loads((folder / "store.json").read_text(encoding="utf-8"))
            if about.get("fingerprint", fingerprint) != fingerprint:
                raise ValueError(MADE_OTHERWISE)
            ids = json.loads((folder / "ids.json").read_text(encoding="utf-8"))
            name = about["base"]
            rows, added = np.load(folder / "rows.npy"), np.load(folder / "added.npy")
            base = None
            if name is not None:
                where = folder.parent / Path(name).name
                base = near._base if near is not None else None
                if base is None or base.folder != where:
                    matrix = np.load(where / "vectors.npy", mmap_mode="r").view(np.ndarray)
                    large = about.get("graph", len(matrix) > _SCAN)  # older versions say nothing of it
                    graph = Graph(where / "chroma", fingerprint) if large else None
                    base = _Base(where, matrix, graph, int(about["holes"]))
            total = len(added) + (len(base.matrix) if base else 0)
            if (
                len(rows) != len(ids)
                or (np.diff(rows) <= 0).any()
                or (len(rows) and not 0 <= rows[0] <= rows[-1] < total)
            ):
                raise ValueError("its parts don't fit together")
        except (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError) as error:
            raise unusable(folder, str(error)) from error
        return cls(ids, rows, base, added)

    def close(self) -> None:
        """Let go of the files; safe to call twice. Versions with the same base are closed together."""
        if self._base is not None and self._base.graph is not None:
            self._base.graph.close()

    @property
    def base(self) -> str | None:
        """The name of the folder with the base."""
        return self._base.folder.name if self._base else None

    def __len__(self) -> int:
        return len(self.ids)

    def place(self, passage_id: str) -> int | None:
        """The position of a passage; None where it is unknown."""
        return self._places.get(passage_id)

    def query(
        self, vector: NDArray[np.float32], k: int, allowed: NDArray[np.bool_] | None = None, *, exact: bool = False
    ) -> list[tuple[str, float]]:
        """The ``k`` nearest (id, cosine), best first, ties by id; only where ``allowed``, bool ``[len(self)]``.

        ``exact`` compares with every vector, however many there are.
        """
        if k <= 0 or not self.ids:
            return []
        some = None if allowed is None else np.flatnonzero(allowed[: self._split])
        found = [self._among_base(vector, k, some, exact)]
        later = np.arange(self._split, len(self.ids))
        if allowed is not None:
            later = later[allowed[self._split :]]
        cosines = _dots(self._added[self._rows[later] - len(self._position)], vector)
        found.append(_best(later, cosines, k))
        pairs = [(self.ids[place], max(-1.0, min(1.0, cosine))) for part in found for place, cosine in part]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))[:k]

    def vectors(self, ids: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """The stored vectors of ``ids``; unknown ids are left out."""
        found = {}
        for passage_id in ids:
            place = self._places.get(passage_id)
            if place is not None:
                row = int(self._rows[place])
                later = row - len(self._position)
                found[passage_id] = self._added[later] if later >= 0 or self._base is None else self._base.matrix[row]
        return found

    def _among_base(
        self, vector: NDArray[np.float32], k: int, allowed: NDArray[np.int64] | None, exact: bool
    ) -> list[tuple[int, float]]:
        """The nearest (position, cosine) of the base; ``allowed`` are positions, ascending."""
        many = self._split if allowed is None else len(allowed)
        if self._base is None or many == 0:
            return []
        matrix, graph, members = self._base.matrix, self._base.graph, len(self._position) - self._base.holes
        if exact or graph is None or many <= max(k, _SCAN if allowed is None else _EXACT):
            places = np.arange(many, dtype=np.int64) if allowed is None else allowed
            return _best(places, _cosines(matrix, self._rows[places], vector), k)
        welcome = np.full(self._split, allowed is None)
        if allowed is not None:
            welcome[allowed] = True
        wanted = min(k, many)
        # as many as are likely to hold enough that are there still, and allowed
        asked = k if many == members else int(1.2 * k * members / many) + 10
        while True:
            asked = min(asked, members)
            rows = graph.nearest(vector, asked)
            found = self._position[rows]
            found = found[found >= 0]
            found = found[welcome[found]]
            if len(found) >= wanted or asked >= members:
                return _best(found, _dots(matrix[self._rows[found]], vector), k)
            asked *= 4


def base_name(folder: Path) -> str | None:
    """The name of the folder with the base of the version in ``folder``; None where it has none, or is damaged."""
    try:
        name = json.loads((folder / "store.json").read_text(encoding="utf-8"))["base"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return name if isinstance(name, str) else None


def _cosines(matrix: NDArray[np.float32], rows: NDArray[np.int64], vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """The dot product of each of the ``rows`` with ``vector``, without copying much at a time."""
    if len(rows) * 3 > len(matrix):  # reading in order all of it is quicker than picking
        return _dots(matrix, vector)[rows]
    found = np.empty(len(rows), dtype=np.float32)
    for start in range(0, len(rows), _BLOCK):
        found[start : start + _BLOCK] = _dots(matrix[rows[start : start + _BLOCK]], vector)
    return found


def _dots(matrix: NDArray[np.float32], vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """``matrix @ vector`` in this thread only: when another program wants a core, threads that wait for each other take
    30 ms for what one does in 2."""
    return np.asarray(np.vecdot(matrix, vector), dtype=np.float32)


def _best(places: NDArray[np.integer], cosines: NDArray[np.float32], k: int) -> list[tuple[int, float]]:
    """The ``k`` best (place, cosine), and all that tie with the last of them."""
    if len(places) > k:
        best = np.flatnonzero(cosines >= np.partition(cosines, -k)[-k])
        places, cosines = places[best], cosines[best]
    return [(int(place), float(cosine)) for place, cosine in zip(places, cosines, strict=True)]


def _rebase(
    folder: Path, fingerprint: str, old: _Base | None, rows: NDArray[np.int64], added: NDArray[np.float32]
) -> tuple[_Base | None, NDArray[np.int64]]:
    """A new base in ``folder`` of the ``rows`` of the old one and then ``added``; where those stand in it."""
    count = 0 if old is None else len(old.matrix)
    large = len(rows) + len(added) > _SCAN
    if old is not None and (old.graph is None or not large or (count - len(rows)) * _HOLES > count):
        added = np.concatenate([old.matrix[rows], added])
        old, count, rows = None, 0, rows[:0]
    if not count and not len(added):
        return None, rows
    shape = (count + len(added), added.shape[1])
    with (folder / "vectors.npy").open("wb") as file:
        about = {"descr": "<f4", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, about)
        if old is not None:
            file.write(old.matrix.data)
        file.write(np.ascontiguousarray(added, dtype="<f4").data)
    graph = _graphed(folder / "chroma", fingerprint, old, rows, added) if large else None
    matrix = np.load(folder / "vectors.npy", mmap_mode="r").view(np.ndarray)
    base = _Base(folder, matrix, graph, count - len(rows))
    return base, np.concatenate([rows, np.arange(count, shape[0], dtype=np.int64)])


def _graphed(
    folder: Path, fingerprint: str, old: _Base | None, rows: NDArray[np.int64], added: NDArray[np.float32]
) -> Graph:
    """A graph in ``folder`` over the ``rows`` of the old base, by its own, and ``added``. Raises ArchiveError."""
    count = 0
    if old is not None:
        count = len(old.matrix)
        copy(old.folder / "chroma", folder)
    graph = Graph(folder, fingerprint, create=True)
    try:
        graph.remove(np.setdiff1d(np.arange(count), rows).tolist())
        graph.add(range(count, count + len(added)), added)
        graph.finish()
    except ArchiveError:
        graph.close()
        raise
    return graph
