"""Keeps Gradio from writing type stubs of its own components as it is imported: 1.2 of its 2.8 seconds."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def unwritten() -> Iterator[None]:
    """Within the block Gradio does not find its components' source files, and so leaves their stubs as they are.

    For each of its classes ``gradio.component_meta`` parses the source and the ``.pyi`` file beside it, and writes that
    again where it differs: an aid to those who edit components, who are not here. Where there is no source file it
    does neither.
    """
    before = inspect.getfile

    def getfile(thing: Any) -> str:
        if inspect.isclass(thing) and thing.__module__.partition(".")[0] == "gradio":
            raise OSError("not looked for")
        return before(thing)

    inspect.getfile = getfile  # type: ignore[assignment]
    try:
        yield
    finally:
        inspect.getfile = before
