"""Files into raw documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rag.errors import SourceError
from rag.sources.files import Known, SourceFile
from rag.sources.formats import READERS
from rag.sources.planning import plan
from rag.sources.web import Web
from rag.types import RawDocument, Skipped

Records = list[RawDocument | Skipped]


def read(file: SourceFile) -> Records:
    """The articles in ``file``, in their order there. Of a file that holds many, the ``key`` and ``path`` of each tell
    them apart ("news#12", "/in/news.jsonl#12"), and a record that can't be read is a ``Skipped`` in its place.

    Raises SourceError when nothing in it can be read, OSError when it is not there.
    """
    data = Path(file.path).read_bytes() if file.data is None else file.data
    return [_with_known(document, file.known) for document in READERS[file.kind].read(data, file)]


def read_all(files: Sequence[SourceFile]) -> Iterator[tuple[SourceFile, Records | Skipped]]:
    """Each of ``files``, in their order, with its articles, or why it holds none. A bad file stops nothing."""
    for file in files:
        try:
            yield file, read(file)
        except SourceError as error:
            yield file, Skipped(file.path, error.message)
        except OSError as error:
            yield file, Skipped(file.path, f"It can't be read: {error.strerror or error}.")


def read_paths(
    inputs: Sequence[Path | str],
    manifest: Path | None = None,
    mapping: Mapping[str, str] | None = None,
    web: Web | None = None,
) -> tuple[list[RawDocument], list[Skipped]]:
    """``plan`` and ``read_all`` in one: all articles sorted by key, and all that was left out."""
    planned = plan(inputs, manifest=manifest, mapping=mapping, web=web)
    documents: list[RawDocument] = []
    skipped = list(planned.skipped)
    for _, found in read_all(planned.files):
        for item in [found] if isinstance(found, Skipped) else found:
            (skipped if isinstance(item, Skipped) else documents).append(item)  # type: ignore[arg-type]
    return sorted(documents, key=lambda d: d.key), sorted(skipped, key=lambda s: s.path)


def _with_known(raw: RawDocument, known: Known) -> RawDocument:
    """What the manifest says goes before what the file says."""
    dated = known.published_at is not None
    return replace(
        raw,
        title=known.title or raw.title,
        outlet=known.outlet or raw.outlet,
        published_at=known.published_at if dated else raw.published_at,
        published_at_source=known.published_at_source if dated else raw.published_at_source,
        url=known.url or raw.url,
    )
