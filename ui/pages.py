"""What the server remembers of each open page.

Kept here, not in Gradio's ``State``: for that each tab holds a connection open, and a browser has six for one server,
so that with a few tabs open neither a question nor a stop got through.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

MOST_PAGES = 300  # remembered; of more, the longest unused are forgotten

T = TypeVar("T")

# An event that changes nothing: Gradio fails on an update of no components at all, and takes this for "leave all".
UNCHANGED: Mapping[Any, Any] = {"__type__": "update"}


class PerPage(Generic[T]):
    """A value for each open page, by the name of its session; made when first asked for."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._values: OrderedDict[str, T] = OrderedDict()

    def of(self, page: object) -> T:
        with self._lock:
            value = self._values.get(str(page))
            return self._keep(page, self._make() if value is None else value)

    def put(self, page: object, value: T) -> T:
        """Replace a page's value."""
        with self._lock:
            return self._keep(page, value)

    def _keep(self, page: object, value: T) -> T:
        self._values[str(page)] = value
        self._values.move_to_end(str(page))
        if len(self._values) > MOST_PAGES:
            self._values.popitem(last=False)
        return value
