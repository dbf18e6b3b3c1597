"""A folder as people have them: many formats, copies, and files that can't be read."""

from __future__ import annotations

import io
from pathlib import Path

from rag import cli_output, terminal
from rag.archive import Archive
from rag.config import load_settings
from tests.fakes_embedder import KeywordEmbedder
from tests.mixed_folder import build


def test_a_mixed_folder_is_taken_in_whole_and_told_of(tmp_path: Path) -> None:
    count = build(tmp_path / "news", 160, bad=0.15)
    settings = load_settings({}, archive_dir=tmp_path / "archive")
    steps: list[tuple[str, int, int]] = []
    with Archive.open(settings, write=True, embedder=KeywordEmbedder()) as archive:
        report = archive.ingest([tmp_path / "news"], progress=lambda *step: steps.append(step))
        assert len(report.added) == count["good"] + count["copies"]
        assert len(report.copies) == count["copies"] > 0
        held = {article.path.partition("#")[0] for article in archive.articles()}
        files = {str(path) for path in (tmp_path / "news").rglob("*") if path.is_file()}
        assert {item.path.partition("#")[0] for item in report.skipped} == files - held
        again = archive.ingest([tmp_path / "news"])
        assert (len(again.added), len(again.unchanged)) == (0, len(report.added))
    assert any(stage == "read" and 0 < done < total for stage, done, total in steps)
    out = io.StringIO()
    cli_output.report(terminal.make_console(out), report)
    lines = out.getvalue().splitlines()
    assert f"{len(report.added)} added" in lines[0] and f"{len(report.skipped)} skipped" in lines[0]
    assert len(lines) < 30 and any("skipped: It is damaged" in line for line in lines)
