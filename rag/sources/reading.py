"""Files into raw documents, the risky ones in a process of their own."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from rag.errors import SourceError
from rag.sources.child import Child
from rag.sources.files import Records, SourceFile
from rag.sources.formats import READERS
from rag.sources.items import read
from rag.sources.planning import plan
from rag.sources.web import Web
from rag.types import RawDocument, Skipped

_AHEAD = 16  # files read before they are asked for


def read_all(files: Sequence[SourceFile]) -> Iterator[tuple[SourceFile, Records | Skipped]]:
    """Each of ``files``, in their order, with its articles, or why it holds none. A bad file stops nothing.

    Of a file that holds many articles, ``key`` and ``path`` of each tell them apart ("news#12", "/in/news.jsonl#12");
    one that can't be read is a ``Skipped`` in its place, and a ``Skipped`` with the path of the file itself says that
    the rest of it could not be. Files are read ahead, in another process, while the caller works on the last one;
    closing the iterator stops that.
    """
    waiting: deque[tuple[SourceFile, Future[Records | Skipped]]] = deque()
    with Child() as child, ThreadPoolExecutor(1, thread_name_prefix="copydesk-sources") as pool:
        try:
            for file in files:
                waiting.append((file, pool.submit(_outcome, file, child)))
                if len(waiting) > _AHEAD:
                    first, coming = waiting.popleft()
                    yield first, coming.result()
            while waiting:
                first, coming = waiting.popleft()
                yield first, coming.result()
        finally:
            for _, coming in waiting:
                coming.cancel()
            child.stop()


def _outcome(file: SourceFile, child: Child) -> Records | Skipped:
    try:
        return read(file) if READERS[file.kind].trusted else child.read(file)
    except SourceError as error:
        return Skipped(file.path, error.message)
    except OSError as error:
        return Skipped(file.path, f"It can't be read: {error.strerror or error}.")


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
            if isinstance(item, Skipped):
                skipped.append(item)
            else:
                documents.append(item)
    return sorted(documents, key=lambda d: d.key), sorted(skipped, key=lambda s: s.path)
