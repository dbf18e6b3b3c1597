"""Which part of a benchmark a document belongs to: fitted on, chosen by, or reported on once."""

from __future__ import annotations

import hashlib
from typing import Literal

Part = Literal["fit", "choose", "report"]
PARTS: tuple[Part, ...] = ("fit", "choose", "report")


def part(document: str) -> Part:
    """The part of a document, by its key: ``sha256(key) mod 10`` is 0 to 5 for fit, 6 and 7 choose, 8 and 9 report.

    All questions on one document share its part, so that nothing is fitted on what is reported on.
    """
    at = bucket(document)
    return "fit" if at < 6 else "choose" if at < 8 else "report"


def bucket(document: str) -> int:
    """``sha256(key) mod 10``: folds for cross-validation that keep a document together."""
    return int(hashlib.sha256(document.encode("utf-8", "surrogatepass")).hexdigest(), 16) % 10


def place(case_id: str) -> str:
    """Sorts cases into a fixed shuffled order, so that the first N of a set are a fair sample and always the same."""
    return hashlib.sha256(f"sample {case_id}".encode("utf-8", "surrogatepass")).hexdigest()
