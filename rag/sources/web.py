"""Pages and feeds from the web, only when a user asks for them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Web:
    """That web addresses may be fetched, and the ``feeds`` (RSS or Atom) whose articles are wanted."""

    feeds: tuple[str, ...] = ()
