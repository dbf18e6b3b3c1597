"""What articles were cleaned and cut by: when a later version does it differently, an archive is brought up to date.

A fingerprint is of what the code makes of a text written for the purpose, so that a change shows by itself; one that it
does not show takes a new number here.
"""

from __future__ import annotations

import hashlib
from functools import cache

from rag.catalog import Catalog
from rag.intake import chunk, clean
from rag.types import Article, Progress, RawDocument

CLEANING = 2
CHUNKING = 1
_BATCH = 64  # texts cut anew in one transaction


_PROBE = """Ferry runs aground off Skerry Point

By Ann Lee
5 March 2019

Share this article

SKERRY POINT (Coast Post) \u2014 The ferry Morning Star ran aground on Sunday, with 212 passengers on board\u2026

\u201cIt was dark,\u201d said J. M. Holm, who is the harbour master. \u201cNobody was hurt.\u201d The inquiry opens
at 9.30 a.m. in the town\u00a0hall.

Read more: Five ferries that sank

What is known

- The pilot had been on duty for 14 hours.
- The ship is insured.

Advertisement

The owners did not answer questions.

L\u2019enqu\u00eate a \u00e9t\u00e9 ouverte dimanche soir par le procureur de la ville.

Sign up for our newsletter to get the news every morning.

Copyright 2019 Coast Post. All rights reserved.
"""


@cache
def cleaning() -> str:
    """Names how raw documents become articles."""
    raw = RawDocument(key="probe", path="/probe.txt", text=_PROBE)
    return _digest(CLEANING, clean.clean(raw, "2026-01-01T00:00:00+00:00"))


@cache
def chunking() -> str:
    """Names how articles are cut into passages."""
    tale = [
        f"In ward {n} the mayor of town {n * 7} opened street {n * 13} on day {n}, {'and a hall, ' * (n % 5)}and left."
        for n in range(1, 90)
    ]
    text = "\n\n".join(" ".join(tale[start : start + 1 + start % 7]) for start in range(0, len(tale), 4))
    text += "\n\n" + "and so on " * 500
    return _digest(CHUNKING, chunk.chunk(Article("probe", text, "probe", title="A tale of many wards")))


def begin(catalog: Catalog) -> None:
    """Note of a catalog without articles that they will be cut as they are now."""
    if not catalog.rows("SELECT 1 FROM contents LIMIT 1"):
        catalog.set_meta(chunked_by=chunking())


def is_chunked(catalog: Catalog) -> bool:
    """Whether all texts were cut as they would be now."""
    return catalog.meta("chunked_by") == chunking() or not catalog.rows("SELECT 1 FROM contents LIMIT 1")


def rechunk(catalog: Catalog, progress: Progress | None = None, *, anew: bool = False) -> None:
    """Cut every text into passages again where they were cut in another way, or ``anew`` is asked for, and store those
    that come out otherwise."""
    if anew or not is_chunked(catalog):
        hashes = [row[0] for row in catalog.rows("SELECT hash FROM contents ORDER BY hash")]
        for start in range(0, len(hashes), _BATCH):
            if progress:
                progress("cut", start, len(hashes))
            with catalog.transaction():
                for content_hash in hashes[start : start + _BATCH]:
                    passages = chunk.chunk(catalog.articles_by_content(content_hash)[0])
                    if passages != catalog.passages_of(content_hash):
                        catalog.put_passages(content_hash, passages)
        if progress:
            progress("cut", len(hashes), len(hashes))
    if catalog.meta("chunked_by") != chunking():
        catalog.set_meta(chunked_by=chunking())


def _digest(version: int, made: object) -> str:
    return hashlib.sha256(f"{version} {made!r}".encode()).hexdigest()[:12]
