"""A benchmark's archive: its articles taken in once by the ordinary ingest and kept in the user's cache folder.

It is made again when the articles, the embedder or the code that cleans and cuts them changes; what was embedded before
is remembered (``vectors.py``), so a build that was stopped goes on where it was.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import rag
from eval.bench.base import Text
from eval.bench.vectors import RememberingEmbedder
from rag.archive import Archive
from rag.config import Settings
from rag.search.embed import Embedder, load_embedder
from rag.types import Progress

_RAG = Path(rag.__file__).parent
# What an archive's texts and passages come from. Of the sources only how plain text is read: nothing else is.
_WRITE_SIDE = (
    "intake/boilerplate",
    "intake/bylines",
    "intake/chunk",
    "intake/clean",
    "search/index",
    "intake/ingest",
    "sources/markdown",
    "intake/provenance",
    "intake/repeats",
    "sources/text",
    "text/language",
    "text/sentences",
    "text/unicode",
)
_READY = "ready.json"


@dataclass(frozen=True, slots=True)
class Built:
    """A finished archive: settings that open it, how many articles it holds, and what the ingest left out and why."""

    settings: Settings
    articles: int
    passages: int
    skipped: tuple[tuple[str, str], ...]  # (article id, reason)


def build(
    name: str,
    texts: Iterable[Text],
    settings: Settings,
    cache: Path,
    progress: Progress | None,
    embedder: Embedder | None = None,
) -> Built:
    """The archive of these articles, from the cache or built now. Raises the archive's own errors."""
    listed = list(texts)
    embedder = embedder or load_embedder(settings)
    folder = cache / name / _key(listed, embedder)
    own = replace(settings, archive_dir=folder / "archive")
    if not (folder / _READY).is_file():
        write(listed, folder / "articles")
        with (
            closing(RememberingEmbedder(embedder, cache)) as remembering,
            Archive.open(own, write=True, embedder=remembering) as archive,
        ):
            report = archive.ingest([folder / "articles"], progress=progress)
            counts = archive.info()
        made = {
            "articles": counts["articles"],
            "passages": counts["passages"],
            "skipped": [[Path(s.path).stem, s.reason] for s in report.skipped],
        }
        (folder / _READY).write_text(json.dumps(made), encoding="utf-8")
    made = json.loads((folder / _READY).read_text(encoding="utf-8"))
    return Built(own, made["articles"], made["passages"], tuple((i, reason) for i, reason in made["skipped"]))


def code_hash(files: Sequence[Path]) -> str:
    """Changes with the program in these Python files, not with comments or layout; others count as bytes."""
    digest = hashlib.sha256()
    for path in sorted(files):
        content = path.read_bytes()
        digest.update(_program(content).encode() if path.suffix == ".py" else content)
    return digest.hexdigest()[:16]


def _program(source: bytes) -> str:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    return ast.dump(tree)


def _key(texts: Sequence[Text], embedder: Embedder) -> str:
    digest = hashlib.sha256(embedder.fingerprint.encode())
    digest.update(code_hash([_RAG / f"{name}.py" for name in _WRITE_SIDE]).encode())
    for text in texts:
        digest.update(json.dumps(asdict(text), sort_keys=True).encode())
    return digest.hexdigest()[:16]


def write(texts: Sequence[Text], folder: Path) -> None:
    """One file per article, with a manifest. Ids must be names of files."""
    folder.mkdir(parents=True, exist_ok=True)
    listed: list[dict[str, Any]] = []
    for text in texts:
        if not re.fullmatch(r"[A-Za-z0-9][\w.-]{0,150}", text.id):
            raise ValueError(f"{text.id!r} is no article id")
        file = f"{text.id}.{'md' if text.markdown else 'txt'}"
        entry = {
            "file": file,
            "title": text.title,
            "outlet": text.outlet or text.id,
            "published_at": text.published_at,
            "url": text.url,
        }
        (folder / file).write_text(text.text, encoding="utf-8")
        listed.append({key: value for key, value in entry.items() if value})
    (folder / "manifest.json").write_text(json.dumps({"articles": listed}, ensure_ascii=False), encoding="utf-8")
