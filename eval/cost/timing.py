"""Stopwatches around the program's own functions, and what a process and a folder take up."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import numpy as np

from eval.machine import peak_memory_mb

Clock = defaultdict[str, float]  # seconds by stage


@contextmanager
def timed(clock: Clock, *stages: tuple[str, object, str]) -> Iterator[None]:
    """Add up, within the block, the seconds spent in each (stage, owner, name of its function).

    A function that is called by one of the same stage counts once.
    """
    with ExitStack() as stack:
        for stage, owner, name in stages:
            before = vars(owner).get(name, getattr(owner, name))
            setattr(owner, name, _wrapped(before, clock, stage))
            stack.callback(setattr, owner, name, before)
        yield


def _wrapped(function: Any, clock: Clock, stage: str) -> Any:
    if isinstance(function, classmethod):
        return classmethod(_counting(function.__func__, clock, stage))
    return _counting(function, clock, stage)


def _counting(function: Callable[..., Any], clock: Clock, stage: str) -> Callable[..., Any]:
    @wraps(function)
    def run(*args: Any, **options: Any) -> Any:
        inside = f"in {stage}"
        if clock[inside]:
            return function(*args, **options)
        clock[inside], start = 1, time.perf_counter()
        try:
            return function(*args, **options)
        finally:
            clock[stage] += time.perf_counter() - start
            clock[inside] = 0

    return run


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """p50 and p95 in milliseconds, with the number of timings."""
    p50, p95 = np.percentile(seconds, [50, 95]) * 1000
    return {"p50_ms": round(float(p50), 2), "p95_ms": round(float(p95), 2), "n": len(seconds)}


def memory() -> dict[str, float]:
    """What this process holds in memory, in MB: of its own (``own``), and of files, which the system may take back."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return {"own": peak_memory_mb(), "files": 0.0}
    found = {line.split(":")[0]: line.split()[1] for line in lines if line.startswith("Rss")}
    return {"own": int(found["RssAnon"]) / 1024, "files": int(found["RssFile"]) / 1024}


def disk(folder: Path) -> float:
    """MB in the files below ``folder``."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20
