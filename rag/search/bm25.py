"""BM25 over passages: finds names, numbers and rare words, which vectors blur."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.errors import ArchiveError
from rag.search.postings import K1, B, Stream, matrix

if TYPE_CHECKING:
    from numpy.typing import NDArray

_VERSION = 1  # raise when words() changes: an index and its questions must be cut into words alike
_WORD = re.compile(r"\w\w+|\d")
# Questions are full of these, and in a small archive the passage that happens to hold one would win.
_QUESTION_WORDS = {
    *("what", "which", "who", "whom", "whose", "when", "where", "why", "how", "many", "much", "do", "does", "did"),
    *("have", "has", "had", "am", "were", "been", "being", "can", "could", "would", "should"),
}


class BM25Index:
    """An index that never changes once built, so any number of threads may query it."""

    def __init__(self, ids: Sequence[str], retriever: Any, stream: Stream) -> None:
        self._ids = list(ids)
        self._places = {passage_id: place for place, passage_id in enumerate(self._ids)}
        self._retriever = retriever  # a bm25s.BM25; None when there is nothing to find
        self._stream = stream

    @classmethod
    def build(cls, ids: Sequence[str], texts: Sequence[str]) -> BM25Index:
        """Index ``texts`` under ``ids``."""
        return cls([], None, Stream.of([])).updated(ids, dict(zip(ids, texts, strict=True)))

    def updated(self, ids: Sequence[str], texts: Mapping[str, str]) -> BM25Index:
        """The index of ``ids``, in that order: of those in ``texts`` with these texts, of all others as here.

        It is what ``build`` would make of all their texts, but reads only the new ones. Raises KeyError for an unknown
        id.
        """
        import bm25s

        vocabulary: dict[str, int] = dict(self._retriever.vocab_dict) if self._retriever is not None else {}
        cut = _Cutter(vocabulary)
        passages = [cut(texts[i]) if i in texts else self._stream.passage(self._places[i]) for i in ids]
        stream = Stream.of(passages)
        if not len(stream.words):
            return BM25Index(ids, None, stream)
        made = matrix(stream, len(vocabulary))
        retriever: Any = bm25s.BM25(method="lucene", k1=K1, b=B)
        retriever.scores = {"data": made.data, "indices": made.indices, "indptr": made.indptr, "num_docs": len(ids)}
        retriever.vocab_dict, retriever.unique_token_ids_set = vocabulary, set(vocabulary.values())
        retriever.nonoccurrence_array = None
        return BM25Index(ids, retriever, stream)

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def ids(self) -> Sequence[str]:
        """The passages in the order of all arrays here."""
        return self._ids

    def place(self, passage_id: str) -> int:
        """Where a passage stands in them. Raises KeyError."""
        return self._places[passage_id]

    def scores(self, text: str) -> NDArray[np.float32]:
        """The score of each passage, float32 ``[len(self)]``; 0 where no word is shared."""
        vocabulary = self._retriever.vocab_dict if self._retriever is not None else {}
        # each word once: a question that says a word twice does not mean it twice as much
        known = [vocabulary[word] for word in dict.fromkeys(words(text)) if word in vocabulary]
        if not known:
            return np.zeros(len(self), dtype=np.float32)
        return np.asarray(self._retriever.get_scores(known), dtype=np.float32)

    def query(self, text: str, k: int, allowed: NDArray[np.bool_] | None = None) -> list[tuple[str, float]]:
        """Up to ``k`` (id, score) that share a word with ``text``, best first; ``allowed`` is bool ``[len(self)]``."""
        return self.best(self.scores(text) if allowed is None else self.scores(text) * allowed, k)

    def best(self, scores: NDArray[np.float32], k: int) -> list[tuple[str, float]]:
        """The ``k`` best (id, score) above 0, best first, ties by id; ``scores`` are in the order of ``ids``."""
        places = np.flatnonzero(scores > 0) if k > 0 else np.zeros(0, dtype=np.intp)
        if len(places) > k:
            # keep all that tie with the k-th, so that the order of ties is ours and not the partition's
            places = places[scores[places] >= np.partition(scores[places], -k)[-k]]
        found = ((self._ids[place], float(scores[place])) for place in places)
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:k]

    def group_scores(self, text: str, group: NDArray[np.int32], groups: int) -> NDArray[np.float32]:
        """How well each group of passages covers ``text``, float32 ``[groups]``: each word counts with its best score
        in the group, so that a text whose words lie in several passages is found. ``group`` numbers the group of each
        passage."""
        total = np.zeros(groups, dtype=np.float32)
        for word in dict.fromkeys(words(text)):
            places, scores = self.postings(word)
            best = np.zeros(groups, dtype=np.float32)
            np.maximum.at(best, group[places], scores)
            total += best
        return total

    def share(self, asked: Sequence[str], places: NDArray[np.int32]) -> NDArray[np.float64]:
        """Which share of the words ``asked`` (as ``words`` gives them) the passages at ``places`` hold, in [0, 1]; a
        word weighs as much as it is rare. Zeros where nothing is asked."""
        found, total = np.zeros(len(places)), 0.0
        for word in dict.fromkeys(asked):
            holders, _ = self.postings(word)
            weight = math.log(1 + (len(self) - len(holders) + 0.5) / (len(holders) + 0.5))  # as in BM25
            found += weight * np.isin(places, holders)
            total += weight
        return found / total if total else found

    def postings(self, word: str) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """The places of the passages that hold a word, as ``words`` gives it, and its scores there."""
        column = self._retriever.vocab_dict.get(word) if self._retriever is not None else None
        if column is None:
            return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32)
        data, indices, indptr = (self._retriever.scores[name] for name in ("data", "indices", "indptr"))
        part = slice(int(indptr[column]), int(indptr[column + 1]))
        return indices[part], data[part]

    def save(self, folder: Path) -> None:
        """Write the index into ``folder``, which is made."""
        folder.mkdir(parents=True, exist_ok=True)
        self._stream.save(folder)
        if self._retriever is not None:
            self._retriever.save(folder, show_progress=False)
        about = {"version": _VERSION, "empty": self._retriever is None, "ids": self._ids}
        (folder / "ids.json").write_text(json.dumps(about), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> BM25Index:
        """Read an index back; its arrays stay on disk until they are asked for.

        Raises ArchiveError when it is missing, damaged or cut into words differently.
        """
        try:
            about = json.loads((folder / "ids.json").read_text(encoding="utf-8"))
            if about["version"] != _VERSION:
                raise ValueError(f"it has version {about['version']}, not {_VERSION}")
            stream = Stream.load(folder)
            if len(stream.starts) != 1 + len(about["ids"]):
                raise ValueError("the number of passages does not match")
            if about["empty"]:
                return cls(about["ids"], None, stream)
            import bm25s

            retriever = bm25s.BM25.load(folder, show_progress=False, mmap=True)
            _check(retriever, len(about["ids"]))
            return cls(about["ids"], retriever, stream)
        except (OSError, ValueError, KeyError, TypeError, EOFError, AttributeError) as error:
            raise ArchiveError(
                f"The word index at {folder} can't be used: {error}", "Make it again with `copydesk rebuild`."
            ) from error


class _Cutter:
    """The words of texts as numbers: what ``words`` gives, asked once for each different word."""

    def __init__(self, vocabulary: dict[str, int]) -> None:
        """``vocabulary`` grows with what is new."""
        self._vocabulary = vocabulary
        self._known: dict[str, int] = {}  # -1 for a word that is left out

    def __call__(self, text: str) -> NDArray[np.int32]:
        known = self._known
        found = _WORD.findall(text.lower())
        for word in found:
            if word not in known:
                kept = words(word)
                known[word] = self._vocabulary.setdefault(kept[0], len(self._vocabulary)) if kept else -1
        return np.array([place for word in found if (place := known[word]) >= 0], dtype=np.int32)


def words(text: str) -> list[str]:
    """The stemmed words of ``text``, in order, without English stop words and question words."""
    import Stemmer
    from bm25s.stopwords import STOPWORDS_EN

    found = _WORD.findall(text.lower())
    plain = [word for word in found if word not in STOPWORDS_EN and word not in _QUESTION_WORDS]
    stems: list[str] = Stemmer.Stemmer("english").stemWords(plain)  # a stemmer can't be shared between threads
    return stems


def _check(retriever: Any, count: int) -> None:
    """Raises ValueError where the arrays of a loaded index don't fit together."""
    data, indices, indptr = (retriever.scores[name] for name in ("data", "indices", "indptr"))
    if retriever.scores["num_docs"] != count:
        raise ValueError("the number of passages does not match")
    if len(indptr) < 1 + max(retriever.vocab_dict.values()) or indptr[0] != 0 or indptr[-1] != len(data):
        raise ValueError("the words do not match the scores")
    if len(indices) != len(data) or (np.diff(indptr) < 0).any() or indices.min() < 0 or indices.max() >= count:
        raise ValueError("the scores do not match the passages")
