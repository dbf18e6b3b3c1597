"""What the parts of ``rag.sources`` hand each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from rag.types import DateSource, RawDocument, Skipped

# One article of a file, read when it is called: RawDocument, or why there is none. Raises SourceError too. What was
# read already, or once broke its reader, is passed over by not calling it.
Item = Callable[[], RawDocument | Skipped]
# What came of a file, in its order; see ``rag.sources.read_all``.
Records = list[RawDocument | Skipped]


@dataclass(frozen=True, slots=True)
class Known:
    """What a manifest says of a file; it goes before what the file says itself."""

    title: str | None = None
    outlet: str | None = None
    published_at: str | None = None
    published_at_source: DateSource = "unknown"
    url: str | None = None


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file, or one fetched page, to read. Cheap: its bytes were hashed, nothing was parsed."""

    path: str  # absolute, or the URL
    root: str | None  # the folder given by the user that it lies in (absolute); None for a file or URL named by itself
    key: str  # what the ids of its articles begin with
    fingerprint: str  # sha256 of its bytes, what the manifest says, the field mapping and the reader's version
    kind: str  # which reader takes it: a key of ``rag.sources.formats.READERS``
    size: int = 0  # bytes
    known: Known = field(default_factory=Known)
    mapping: tuple[tuple[str, str], ...] = ()  # (our field, the file's field), for tables
    data: bytes | None = field(default=None, repr=False)  # the bytes of a fetched page

    @property
    def is_web(self) -> bool:
        """Whether it was fetched from the web."""
        return self.data is not None

    def part(self, name: object) -> tuple[str, str]:
        """Key and path of one of the articles in a file that holds many."""
        return f"{self.key}#{name}", f"{self.path}#{name}"


@dataclass(frozen=True, slots=True)
class Plan:
    """What an ingest would read, sorted by key, and what it leaves out with the reason."""

    files: tuple[SourceFile, ...]
    skipped: tuple[Skipped, ...]
