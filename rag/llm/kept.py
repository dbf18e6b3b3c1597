"""Prefix states on disk: what the model computed for a prompt's fixed beginning, read back at the next start.

A state is only good for the very same computation: the same tokens, model file, library, settings and kind of
processor. All of these go into a file's key; a checksum tells a damaged one. Anything else than a sound file of this
user with the right key is as good as none. The disk's errors are never the user's business: what it does not have is
computed anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import struct
import tempfile
import time
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

MAGIC = b"copydesk state 1"
LEAST_TOKENS = 64  # a shorter prefix is computed as quickly
LARGEST = 256 << 20  # bytes that all files may take, and one state
_HEADER = struct.Struct(f"<{len(MAGIC)}s32s32sQ")  # magic, key, checksum of the state, its size in bytes
_ABANDONED = 3600.0  # seconds after which an unfinished file is nobody's any more


@dataclass(frozen=True, slots=True)
class Kept:
    """The states in ``folder`` that belong to one way of computing, which ``computed_by`` names in full."""

    folder: Path
    computed_by: str

    def load(self, tokens: Sequence[int]) -> Any:
        """The state after ``tokens``, uint8[size]; None where there is no sound one."""
        key = self._key(tokens)
        path = self._path(key)
        try:
            with open(path, "rb", opener=_no_link) as file:
                about = os.fstat(file.fileno())
                if not stat.S_ISREG(about.st_mode) or (hasattr(os, "getuid") and about.st_uid != os.getuid()):
                    return None
                head = file.read(_HEADER.size)
                if len(head) < _HEADER.size:
                    return None
                magic, found, checksum, size = _HEADER.unpack(head)
                if (magic, found) != (MAGIC, key) or size != about.st_size - _HEADER.size or size > LARGEST:
                    return None
                state = np.empty(size, dtype=np.uint8)
                if file.readinto(state.data) != size or hashlib.sha256(state.data).digest() != checksum:
                    return None
        except OSError:
            return None
        with contextlib.suppress(OSError):
            os.utime(path)  # the oldest use is removed first
        return state

    def save(self, tokens: Sequence[int], state: Any) -> None:
        """Keep ``state``, uint8[size], for later starts; does nothing where it can't."""
        if len(tokens) < LEAST_TOKENS or not 0 < state.size <= LARGEST:
            return
        key = self._key(tokens)
        head = _HEADER.pack(MAGIC, key, hashlib.sha256(state.data).digest(), state.size)
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(prefix="unfinished-", dir=self.folder, delete=False) as file:
                file.write(head)
                file.write(state.data)
            try:
                Path(file.name).replace(self._path(key))
            finally:
                Path(file.name).unlink(missing_ok=True)
            self._tidy()
        except OSError:
            return

    def _tidy(self) -> None:
        """Remove what was used longest ago until the rest is small enough, and what a crash left unfinished."""
        for left in self.folder.glob("unfinished-*"):
            if time.time() - left.stat().st_mtime > _ABANDONED:
                left.unlink(missing_ok=True)
        files = sorted(((f.stat().st_mtime, f.stat().st_size, f) for f in self.folder.glob("*.state")), reverse=True)
        total = 0
        for _, size, file in files:
            total += size
            if total > LARGEST:
                file.unlink(missing_ok=True)

    def _key(self, tokens: Sequence[int]) -> bytes:
        return hashlib.sha256(self.computed_by.encode() + b"\0" + array("q", tokens).tobytes()).digest()

    def _path(self, key: bytes) -> Path:
        return self.folder / f"{key.hex()[:32]}.state"


def _no_link(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0))
