"""How many threads a model should compute with."""

from __future__ import annotations

import os
from pathlib import Path

_CPUS = Path("/sys/devices/system/cpu")


def physical_cores() -> int:
    """Physical cores this process may use, at least 1. A second hardware thread of a core slows arithmetic down.

    Where the system does not tell which threads share a core, every processor counts.
    """
    try:
        usable = os.sched_getaffinity(0)
    except AttributeError:  # macOS, Windows
        return os.cpu_count() or 1
    cores = set()
    for cpu in usable:
        try:
            cores.add((_CPUS / f"cpu{cpu}/topology/thread_siblings_list").read_text())
        except OSError:
            cores.add(str(cpu))
    return max(1, len(cores))
