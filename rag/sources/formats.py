"""Which reader takes which file. Raise a reader's version when it reads the same bytes differently."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rag.sources import text
from rag.sources.files import SourceFile
from rag.types import RawDocument

MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Reader:
    read: Callable[[bytes, SourceFile], list[RawDocument]]
    suffixes: tuple[str, ...]
    version: int = 1
    max_bytes: int = 20 * MB


READERS: dict[str, Reader] = {
    "text": Reader(text.read_plain, (".txt",)),
    "markdown": Reader(text.read_markdown, (".md", ".markdown")),
}
SUFFIXES = {suffix: kind for kind, reader in READERS.items() for suffix in reader.suffixes}
# Files a user may think are read; anything else in a folder (pictures, code) is passed over in silence.
OTHER_DOCUMENTS = frozenset({".pdf", ".doc", ".docx", ".odt", ".rtf", ".html", ".htm", ".epub", ".text", ".eml"})


def kind_of(name: str) -> str | None:
    """The key in ``READERS`` for a file of this name; None where no reader takes it."""
    lower = name.lower()
    return next((kind for suffix, kind in SUFFIXES.items() if lower.endswith(suffix)), None)
