"""The machine a model computes on: its cores and its kind of processor."""

from __future__ import annotations

import os
import platform
from pathlib import Path

_CPUS = Path("/sys/devices/system/cpu")
_CPUINFO = Path("/proc/cpuinfo")
_SLOW = 0.8  # a core that reaches less of the fastest one's speed is an efficiency core
_ENOUGH = 4


def physical_cores() -> int:
    """Physical cores this process may use, at least 1: how many threads a model should compute with.

    A second hardware thread of a core slows arithmetic down. Efficiency cores are left out, as llama.cpp's own
    programs do, where enough quick ones remain. Where the system does not tell, every processor counts.
    """
    try:
        usable = os.sched_getaffinity(0)
    except AttributeError:  # macOS, Windows
        return os.cpu_count() or 1
    cores: dict[str, int] = {}
    for cpu in usable:
        siblings = _read(_CPUS / f"cpu{cpu}/topology/thread_siblings_list") or str(cpu)
        cores[siblings] = max(cores.get(siblings, 0), _speed(cpu))
    quick = [speed for speed in cores.values() if speed >= _SLOW * max(cores.values())]
    return max(1, len(quick) if len(quick) >= _ENOUGH else len(cores))


def processor() -> str:
    """The kind of processor: what computes a model's numbers in the same way calls itself the same."""
    first = _read(_CPUINFO).split("\n\n")[0]
    told = [line for line in first.splitlines() if line.startswith(("model name", "flags", "CPU part", "Features"))]
    return "\n".join([platform.machine(), platform.processor(), *told])


def _speed(cpu: int) -> int:
    """A core's highest speed beside other cores' of the machine, in units of its own; 0 where unknown."""
    for name in ("cpu_capacity", "cpufreq/cpuinfo_max_freq"):
        told = _read(_CPUS / f"cpu{cpu}" / name).strip()
        if told.isdigit():
            return int(told)
    return 0


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
