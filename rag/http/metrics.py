"""Counters of a running server, written in Prometheus's text format. Standard library only."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

SECONDS = (0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 20.0, 60.0)

Labels = tuple[tuple[str, str], ...]


class Metrics:
    """Thread-safe counters and histograms. Label values must come from a small fixed set, never from a request."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counters: dict[str, dict[Labels, float]] = defaultdict(lambda: defaultdict(float))
        self._histograms: dict[str, list[float]] = {}
        self._help: dict[str, str] = {}

    def count(self, name: str, help: str, amount: float = 1, **labels: str) -> None:
        """Add to a counter; ``name`` should end in ``_total``."""
        with self._lock:
            self._help[name] = help
            self._counters[name][tuple(sorted(labels.items()))] += amount

    def observe(self, name: str, help: str, seconds: float) -> None:
        """Add one duration to a histogram; ``name`` should end in ``_seconds``."""
        with self._lock:
            self._help[name] = help
            cells = self._histograms.setdefault(name, [0.0] * (len(SECONDS) + 2))
            for i, bound in enumerate(SECONDS):
                cells[i] += seconds <= bound
            cells[-2] += 1
            cells[-1] += seconds

    def answer(self, answer: Mapping[str, Any], door: str) -> None:
        """Count one finished answer, given in the contract's JSON form."""
        self.count("copydesk_answers_total", "Finished answers.", status=str(answer["status"]), door=door)
        if withheld := answer["withheld"]:
            self.count("copydesk_withheld_sentences_total", "Sentences withheld by the check.", len(withheld))
        usage = answer["usage"]
        for kind in ("prompt_tokens", "cached_tokens", "completion_tokens"):
            self.count("copydesk_tokens_total", "Tokens of all model calls.", usage[kind], kind=kind[:-7])
        for stage in ("retrieve", "first_token", "total"):
            if (took := answer["timings_ms"].get(stage)) is not None:
                name = f"copydesk_{'answer' if stage == 'total' else stage}_seconds"
                self.observe(name, f"Seconds from the request received, stage {stage}.", took / 1000)

    def render(self, gauges: Mapping[str, tuple[str, float]]) -> str:
        """The whole text; ``gauges`` maps names to (help, current value)."""
        lines: list[str] = []
        for name, (help, value) in gauges.items():
            lines += [f"# HELP {name} {help}", f"# TYPE {name} gauge", f"{name} {value:g}"]
        with self._lock:
            for name, series in sorted(self._counters.items()):
                lines += [f"# HELP {name} {self._help[name]}", f"# TYPE {name} counter"]
                lines += [f"{name}{_labels(labels)} {value:g}" for labels, value in sorted(series.items())]
            for name, cells in sorted(self._histograms.items()):
                lines += [f"# HELP {name} {self._help[name]}", f"# TYPE {name} histogram"]
                lines += [f'{name}_bucket{{le="{bound:g}"}} {cells[i]:g}' for i, bound in enumerate(SECONDS)]
                lines += [f'{name}_bucket{{le="+Inf"}} {cells[-2]:g}']
                lines += [f"{name}_sum {cells[-1]:g}", f"{name}_count {cells[-2]:g}"]
        return "\n".join(lines) + "\n"


def _labels(labels: Labels) -> str:
    if not labels:
        return ""
    escaped = ((k, v.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")) for k, v in labels)
    return "{" + ",".join(f'{k}="{v}"' for k, v in escaped) + "}"
