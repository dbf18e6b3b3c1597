"""An embedder without a model: texts that share words get similar vectors."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

import numpy as np


class KeywordEmbedder:
    """Each word (its first five letters, so that endings don't matter) adds to one of ``dims`` numbers."""

    def __init__(self, dims: int = 256, name: str = "keywords", fingerprint: str = "keywords1") -> None:
        self.name = name
        self.dims = dims
        self.fingerprint = fingerprint
        self.encoded: list[str] = []  # every text that was encoded as a document

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        return self._encode(texts)

    def encode_documents(self, texts: Sequence[str]) -> np.ndarray:
        self.encoded.extend(texts)
        return self._encode(texts)

    def encode_cached(self, texts: Sequence[str]) -> np.ndarray:
        return self._encode(texts)

    def _encode(self, texts: Sequence[str]) -> np.ndarray:
        vectors = np.zeros((len(texts), self.dims), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()):
                if len(word) > 3 or word.isdigit():
                    vectors[row, zlib.crc32(word[:5].encode()) % self.dims] += 1
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / np.where(norms == 0, 1, norms)
