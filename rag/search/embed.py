"""The embedder: texts to vectors, with a sentence-transformers model from a local folder.

Models of the commonest kind run on ``bert.py``, several times as fast; all others as sentence-transformers runs them.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from rag.config import Settings, go_offline
from rag.errors import ModelError
from rag.search.bert import BertEncoder, fits

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CACHED = 8192  # sentence vectors kept for later questions, about 1.5 KB each


class Model(Protocol):
    """A loaded model."""

    dims: int

    def encode(self, texts: Sequence[str], *, query: bool = False) -> NDArray[np.float32]: ...


class Embedder:
    """Vectors of unit length, float32 ``[texts, dims]``. The model is loaded at first use; threads may share it."""

    def __init__(self, folder: Path, name: str, threads: int | None = None, *, exact: bool = False) -> None:
        """``exact`` keeps to float32 where the CPU would be quicker in bfloat16; both can search one index, as their
        vectors of a text have a cosine of .9999. Raises ModelError when ``folder`` holds no sentence-transformers
        model.
        """
        if not (folder / "modules.json").is_file():
            raise ModelError(
                f"The embedding model {name!r} is not at {folder}.", "Fetch it with `copydesk models pull`."
            )
        self.name = name
        self._folder = folder
        self._threads = threads
        self._exact = exact
        self._model: Model | None = None
        self._lock = threading.Lock()
        self._cache: OrderedDict[bytes, NDArray[np.float32]] = OrderedDict()
        self._cache_lock = threading.Lock()
        self._fingerprint: str | None = None

    @property
    def fingerprint(self) -> str:
        """Tells one set of weights from another, without loading them: vectors of two must never be mixed."""
        if self._fingerprint is None:
            digest = hashlib.sha256()
            for path in sorted(self._folder.rglob("*")):
                if path.suffix in (".json", ".safetensors", ".bin", ".txt") and path.is_file():
                    digest.update(f"{path.relative_to(self._folder)} {path.stat().st_size}\n".encode())
                    with path.open("rb") as file:  # both ends of the weights are enough to tell them apart
                        digest.update(file.read(1 << 16))
                        file.seek(max(0, path.stat().st_size - (1 << 16)))
                        digest.update(file.read())
            self._fingerprint = digest.hexdigest()[:16]
        return self._fingerprint

    @property
    def dims(self) -> int:
        return self._loaded().dims

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of questions, float32 ``[len(texts), dims]``."""
        return self._encode(texts, query=True)

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of passages or sentences, float32 ``[len(texts), dims]``."""
        return self._encode(texts, query=False)

    def encode_cached(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Like ``encode_documents``, remembering the vectors: the same sentences come up question after question."""
        keys = [hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest() for text in texts]
        found: dict[bytes, NDArray[np.float32]] = {}
        with self._cache_lock:
            for key in keys:
                if key in self._cache:
                    self._cache.move_to_end(key)
                    found[key] = self._cache[key]
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        if missing:
            found.update(zip(missing, self.encode_documents(list(missing.values())), strict=True))
            with self._cache_lock:
                self._cache.update((key, found[key].copy()) for key in missing)
                while len(self._cache) > _CACHED:
                    self._cache.popitem(last=False)
        return np.stack([found[key] for key in keys]) if keys else self.encode_documents([])

    def _encode(self, texts: Sequence[str], *, query: bool) -> NDArray[np.float32]:
        model = self._loaded()
        return model.encode(texts, query=query) if texts else np.zeros((0, self.dims), dtype=np.float32)

    def _loaded(self) -> Model:
        with self._lock:
            if self._model is None:
                self._model = _load(self._folder, self.name, self._threads, self._exact)
            return self._model


def load_embedder(settings: Settings) -> Embedder:
    """The embedder that ``settings`` name; nothing heavy happens before its first use. Raises ModelError."""
    from rag.models import embedder_path

    name = Path(settings.embedder).name
    return Embedder(embedder_path(settings), name, settings.n_threads, exact=settings.exact_embedding)


def _load(folder: Path, name: str, threads: int | None, exact: bool) -> Model:
    go_offline()  # before the import: the libraries read it once
    from rag.models import loading

    with loading(
        f"The embedding model {name!r} at {folder}",
        "Check it with `copydesk models verify`; `copydesk models pull` fetches it again.",
    ):
        import torch

        if threads:
            torch.set_num_threads(threads)
        return BertEncoder(folder, threads, exact=exact) if fits(folder) else _Plain(folder)


class _Plain:
    """Any sentence-transformers model, as that library runs it. Threads take turns."""

    def __init__(self, folder: Path) -> None:
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging

        transformers_logging.disable_progress_bar()
        logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
        self._model = SentenceTransformer(str(folder), device="cpu", local_files_only=True, trust_remote_code=False)
        self.dims = int(self._model.get_embedding_dimension() or 0)
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str], *, query: bool = False) -> NDArray[np.float32]:
        encode = self._model.encode_query if query else self._model.encode_document
        with self._lock:
            vectors = encode(list(texts), show_progress_bar=False, convert_to_numpy=True, normalize_embeddings=True)
        return np.asarray(vectors, dtype=np.float32)
