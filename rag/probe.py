"""A linear probe on the language model's hidden state: does the evidence in the prompt state the answer?

The answer is read where the model is about to write its reply, in the middle of its layers, and costs nothing beyond
the prompt itself. A probe fits one model file and one prompt; ``python -m eval.fit_probe`` fits and writes it.
Source: G. Alain, Y. Bengio, Understanding intermediate layers using linear classifier probes, ICLR 2017 workshop.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Probe:
    """``weights``: one for each of the hidden state's numbers, after output of layer ``layer`` (from 0)."""

    model: str  # the model file's stem
    prompt: str  # label of the prompt it reads, "answer@2"
    layer: int
    intercept: float
    weights: tuple[float, ...]

    def stated(self, hidden: Any) -> float:
        """Probability, in [0, 1], that the evidence states the answer. ``hidden``: float [len(weights)]."""
        if len(hidden) != len(self.weights):
            raise ValueError(f"the probe takes {len(self.weights)} numbers, not {len(hidden)}")
        x = self.intercept + math.fsum(w * float(h) for w, h in zip(self.weights, hidden, strict=True))
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, x))))


@cache
def of(model: str) -> Probe | None:
    """The probe for a model file's stem, None where none was fitted."""
    file = files("rag") / "probes" / f"{model}.json"
    if not file.is_file():
        return None
    fields = json.loads(file.read_text(encoding="utf-8"))
    return Probe(**{**fields, "weights": tuple(fields["weights"])})
