"""Counters of a running server, written in Prometheus's text format. Standard library only.

Names follow https://prometheus.io/docs/practices/naming/: base units (seconds, bytes), counters end in ``_total``.
"""

from __future__ import annotations

import os
import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SECONDS = (0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 1.5, 2.5, 4.0, 6.0, 10.0, 20.0, 60.0)  # a histogram's bounds
MOMENTS = {  # of the contract's timings_ms
    "evidence": ("copydesk_evidence_seconds", "Time from the request to the passages found."),
    "first_token": (
        "copydesk_time_to_first_token_seconds",
        "Time from the request to the first words.",
    ),
    "first_sentence": ("copydesk_first_sentence_seconds", "Time from the request to the first checked sentence."),
    "total": ("copydesk_answer_seconds", "Time from the request to the whole answer."),
}
STAGE = "copydesk_stage_seconds"

Labels = tuple[tuple[str, str], ...]
Gauges = Mapping[str, tuple[str, float]]  # name -> help, current value


class Metrics:
    """Thread-safe counters and histograms. Label values must come from a small fixed set, never from a request."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counters: dict[str, dict[Labels, float]] = defaultdict(lambda: defaultdict(float))
        self._histograms: dict[str, dict[Labels, list[float]]] = defaultdict(dict)
        self._help: dict[str, str] = {}

    def count(self, name: str, help: str, amount: float = 1, **labels: str) -> None:
        """Add to a counter; ``name`` should end in ``_total``."""
        with self._lock:
            self._help[name] = help
            self._counters[name][_key(labels)] += amount

    def observe(self, name: str, help: str, seconds: float, **labels: str) -> None:
        """Add one duration to a histogram; ``name`` should end in ``_seconds``."""
        with self._lock:
            self._help[name] = help
            cells = self._histograms[name].setdefault(_key(labels), [0.0] * (len(SECONDS) + 2))
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
        for moment, (name, help) in MOMENTS.items():
            if (at := answer["timings_ms"].get(moment)) is not None:
                self.observe(name, help, at / 1000)
        for stage, took in answer["stages_ms"].items():
            self.observe(STAGE, "Time that an answer took, by what it was spent on.", took / 1000, stage=stage)

    def refused(self, status: int) -> None:
        """Count a request that was answered with an HTTP error."""
        self.count("copydesk_refused_total", "Requests refused or failed, by HTTP status.", status=str(status))

    def render(self, gauges: Gauges) -> str:
        """The whole text, the process's own figures included."""
        lines: list[str] = []
        for name, (help, value) in {**gauges, **_process()}.items():
            kind = "counter" if name.endswith("_total") else "gauge"
            lines += [f"# HELP {name} {help}", f"# TYPE {name} {kind}", f"{name} {value:.12g}"]
        with self._lock:
            for name, series in sorted(self._counters.items()):
                lines += [f"# HELP {name} {self._help[name]}", f"# TYPE {name} counter"]
                lines += [f"{name}{_labels(labels)} {value:.12g}" for labels, value in sorted(series.items())]
            for name, histogram in sorted(self._histograms.items()):
                lines += [f"# HELP {name} {self._help[name]}", f"# TYPE {name} histogram"]
                for labels, cells in sorted(histogram.items()):
                    bounds = [*(f"{bound:g}" for bound in SECONDS), "+Inf"]
                    lines += [
                        f"{name}_bucket{_labels((*labels, ('le', bound)))} {cell:.12g}"
                        for bound, cell in zip(bounds, cells, strict=False)
                    ]
                    lines += [f"{name}_sum{_labels(labels)} {cells[-1]:.12g}"]
                    lines += [f"{name}_count{_labels(labels)} {cells[-2]:.12g}"]
        return "\n".join(lines) + "\n"


def _process() -> Gauges:
    """What Prometheus's own clients tell of a process, as far as the system does."""
    told = {"process_cpu_seconds_total": ("User and system CPU time spent.", time.process_time())}
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return told
    memory = float(pages * os.sysconf("SC_PAGE_SIZE"))
    return {**told, "process_resident_memory_bytes": ("Resident memory size, mapped models included.", memory)}


def _key(labels: Mapping[str, str]) -> Labels:
    return tuple(sorted(labels.items()))


def _labels(labels: Labels) -> str:
    if not labels:
        return ""
    escaped = ((k, v.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")) for k, v in labels)
    return "{" + ",".join(f'{k}="{v}"' for k, v in escaped) + "}"
