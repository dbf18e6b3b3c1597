"""A web page into what it says: its text, title, outlet, authors and day of publication. Owns trafilatura.

Runs in the limited child process of the readers: whatever stands in a page is untrusted.
"""

from __future__ import annotations

from dataclasses import dataclass

from rag.errors import SourceError
from rag.types import DateSource, OutletSource


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says. ``text`` has its paragraphs parted by blank lines, and is empty where no article was found.
    ``published_at`` is a day, ``YYYY-MM-DD``; what isn't known is None, and its source "unknown"."""

    text: str
    title: str | None = None
    outlet: str | None = None
    published_at: str | None = None
    published_at_source: DateSource = "unknown"
    url: str | None = None
    authors: tuple[str, ...] = ()
    outlet_source: OutletSource = "unknown"


def extract(data: bytes | str, url: str | None = None) -> Page:
    """The article in an HTML page. ``url`` is where it came from, if that is known.

    Raises SourceError when ``data`` is not HTML. Some 20 ms for an ordinary page.
    """
    import trafilatura

    document = trafilatura.bare_extraction(data, url=url, include_comments=False, fast=True, with_metadata=False)
    if document is None:
        raise SourceError("It holds no web page.", "Give an HTML page with an article in it.")
    return Page(text="\n\n".join(line for line in (document.text or "").split("\n") if line.strip()), url=url)
