"""How build time, disk, memory and search time grow with the number of passages, on synthetic archives."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eval.cost.synthetic import Model, SyntheticEmbedder, article, fill
from eval.cost.timing import Clock, disk, memory, timed
from rag.catalog import Catalog
from rag.search.bm25 import BM25Index
from rag.search.index import Index
from rag.search.store import VectorStore

MB_EACH = 0.012  # disk for a passage while an archive is built: two versions of the index, and the catalog
MEMORY_EACH = 0.006


def lacking(size: int, folder: Path) -> str | None:
    """Why an archive of so many passages is better not made here."""
    free = shutil.disk_usage(folder).free / 2**20
    if free < size * MB_EACH + 500:
        return f"{free:,.0f} MB of disk are free, {size * MB_EACH + 500:,.0f} MB are wanted"
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    ram = next(int(line.split()[1]) / 1024 for line in lines if line.startswith("MemAvailable"))
    wanted = size * MEMORY_EACH + 1000
    return f"{ram:,.0f} MB of memory are free, {wanted:,.0f} MB are wanted" if ram < wanted else None


def grow(
    size: int, model: Model, embedder: SyntheticEmbedder, questions: Sequence[str], folder: Path
) -> dict[str, Any]:
    """Make an archive of ``size`` passages in ``folder``, search it, change one article in it; then delete it."""
    folder.mkdir(mode=0o700, parents=True)
    asked = folder / "questions.json"
    asked.write_text(json.dumps(list(questions)), encoding="utf-8")
    clock = Clock(float)
    with Catalog.open(folder / "catalog.sqlite3") as catalog:
        start = time.perf_counter()
        fill(catalog, model, size)
        filled = time.perf_counter() - start
        index = Index(folder / "index", catalog)
        start = time.perf_counter()
        with timed(clock, ("vectors", VectorStore, "create"), ("words", BM25Index, "updated")):
            index.update(embedder)  # type: ignore[arg-type]
        built = time.perf_counter() - start
        index.close()
        index.tidy()
    figures: dict[str, Any] = {
        "passages": size,
        "catalog_s": round(filled, 1),
        "index_s": round(built, 1),
        "index_stages_s": {"vectors": round(clock["vectors"], 1), "words": round(clock["words"], 1)},
        "build_memory_mb": round(memory()["own"], 1),
        "catalog_mb": round(disk(folder) - disk(folder / "index"), 1),
        "index_mb": round(disk(folder / "index"), 1),
    }
    figures |= searches(folder, asked)
    with Catalog.open(folder / "catalog.sqlite3") as catalog:
        index = Index(folder / "index", catalog)
        spent = []
        for turn in range(3):
            catalog.put(*article(model, size + turn))
            start = time.perf_counter()
            index.update(embedder)  # type: ignore[arg-type]
            spent.append(time.perf_counter() - start)
        index.close()
    figures["one_article_s"] = round(min(spent), 2)
    shutil.rmtree(folder)
    return figures


def searches(archive: Path, questions: Path) -> dict[str, Any]:
    """What ``eval.cost.searching`` measures in a process of its own. Raises RuntimeError where that fails."""
    command = [sys.executable, "-m", "eval.cost.searching", str(archive), str(questions)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the searches failed:\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
