"""A small archive on disk, for tests of everything that answers from one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from rag.archive import Archive
from rag.config import Settings, load_settings
from tests.fakes_embedder import KeywordEmbedder

Text = tuple[str, str | None, str | None, str]  # title, outlet, day of publication, text


def archive_of(base: Path, articles: Mapping[str, Text]) -> Settings:
    """Settings, without a language model, of an archive of these articles by id, written under ``base``."""
    folder = base / "articles"
    folder.mkdir()
    listed = []
    for id, (title, outlet, day, text) in articles.items():
        (folder / f"{id}.txt").write_text(text, encoding="utf-8")
        listed.append({"file": f"{id}.txt", "title": title, "outlet": outlet, "published_at": day})
    (folder / "manifest.json").write_text(json.dumps({"articles": listed}))
    settings = load_settings({"COPYDESK_HOME": str(base / "archive"), "COPYDESK_LLM": "none"})
    with Archive.open(settings, write=True, embedder=KeywordEmbedder()) as archive:
        assert len(archive.ingest([folder]).added) == len(articles)
    return settings
