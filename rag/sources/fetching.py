"""Web addresses and feeds as files to read."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from rag.errors import SourceError
from rag.sources.child import Child
from rag.sources.files import Known, SourceFile
from rag.sources.formats import fingerprint
from rag.sources.web import Fetched, Web, fetch, key_of
from rag.types import Progress, RawDocument, Skipped

MAX_ENTRIES = 100  # of one feed, from the top
_ENOUGH = 500  # characters of a feed's own text that will do where its page can't be fetched


def fetch_all(urls: Iterable[str], web: Web, progress: Progress | None = None) -> Iterator[SourceFile | Skipped]:
    """The pages at ``urls``, and those that the feeds name. One that fails is ``Skipped`` with its reason."""
    wanted: dict[str, RawDocument | None] = {url: None for url in urls}  # noqa: C420 (fromkeys has a narrower type)
    for feed in web.feeds:
        try:
            entries = _entries(feed, web)
        except SourceError as error:
            yield Skipped(feed, error.message)
            continue
        for entry in entries[:MAX_ENTRIES]:
            if (place := entry.url or entry.path) not in web.have:
                wanted.setdefault(place, entry)
        if len(entries) > MAX_ENTRIES:
            yield Skipped(feed, f"Of its {len(entries)} entries only the first {MAX_ENTRIES} were looked at.")
    for number, (url, known) in enumerate(wanted.items()):
        if progress:
            progress("fetch", number, len(wanted))
        if number:
            time.sleep(web.pause)
        yield _page(url, known, web)
    if progress and wanted:
        progress("fetch", len(wanted), len(wanted))


def _entries(feed: str, web: Web) -> list[RawDocument]:
    fetched = fetch(feed, web, feed=True)
    with Child() as child:
        return [entry for entry in child.read(_file(fetched, Known())) if isinstance(entry, RawDocument)]


def _page(url: str, entry: RawDocument | None, web: Web) -> SourceFile | Skipped:
    if entry is None:
        known = Known()
    else:
        known = Known(entry.title, entry.outlet, entry.published_at, entry.published_at_source, entry.url)
    try:
        if entry is not None and entry.url is None:
            raise SourceError("The feed gives no address for it.", "")
        return _file(fetch(url, web), known)
    except SourceError as error:
        if entry is None or len(entry.text) < _ENOUGH:
            return Skipped(url, error.message)
        return _file(Fetched(url, "text", entry.text.encode("utf-8", "replace")), known)


def _file(fetched: Fetched, known: Known) -> SourceFile:
    return SourceFile(
        path=fetched.url,
        root=None,
        key=key_of(fetched.url),
        fingerprint=fingerprint(fetched.kind, known, (), [fetched.data]),
        kind=fetched.kind,
        size=len(fetched.data),
        known=known,
        data=fetched.data,
    )
