"""What is to be taken into a catalog, and out of it, in one go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from rag.catalog import Catalog
from rag.intake import ingest
from rag.sources import Web
from rag.types import IngestReport, Progress


@dataclass(frozen=True, slots=True)
class Order:
    """``paths`` are read as ``ingest.ingest`` does; ``gone`` are ids of articles whose files are no longer there."""

    paths: Sequence[Path | str] = ()
    gone: Sequence[str] = ()
    manifest: Path | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    web: Web | None = None
    again: bool = False  # what was removed by hand comes back where its file is named

    def carry_out(self, catalog: Catalog, now: str, progress: Progress | None = None) -> IngestReport:
        """Change the catalog, and say how; the index is another's work. ``now`` is an ISO timestamp, UTC.

        Raises SourceError where nothing can be read.
        """
        report = IngestReport()
        if self.paths or self.web:
            report = ingest.ingest(
                self.paths,
                catalog=catalog,
                now=now,
                manifest=self.manifest,
                mapping=self.mapping or None,
                web=self.web,
                progress=progress,
                again=self.again,
            )
        # a file that was only moved has its article still
        here = {*report.changed, *report.unchanged, *report.removed, *report.restored}
        gone = [id for id in self.gone if id not in here]
        ingest.remove(gone, catalog)
        ingest.settle(catalog, progress)
        return ingest.with_copies(replace(report, removed=tuple(sorted({*report.removed, *gone}))), catalog)
