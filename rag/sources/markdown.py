"""Markdown articles as plain text: front matter, the title heading, and paragraphs without markup."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field
from typing import Any

from rag.errors import SourceError

_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_MAX_FRONT_MATTER = 65_536  # characters


@dataclass(frozen=True, slots=True)
class MarkdownDocument:
    """``meta`` holds the front matter's plain values as strings, keys in lower case; ``title`` the first heading."""

    text: str
    title: str | None = None
    meta: dict[str, str] = field(default_factory=dict)


def split_front_matter(text: str) -> tuple[dict[str, str], str]:
    """The front matter (empty where there is none) and the rest. Raises SourceError when it is not valid YAML."""
    match = _FRONT_MATTER.match(text[: _MAX_FRONT_MATTER + 16])
    if not match:
        return {}, text
    import yaml

    try:
        loaded = yaml.safe_load(match.group(1))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = str(error).splitlines()[0]
        raise SourceError(
            f"Its front matter is not valid YAML ({reason}).", "Correct the lines between the --- marks."
        ) from error
    if not isinstance(loaded, dict):
        return {}, text  # a text that opens with a horizontal rule
    return {str(k).strip().lower(): _plain(v) for k, v in loaded.items() if _plain(v)}, text[match.end() :]


def parse(text: str) -> MarkdownDocument:
    """Paragraphs separated by blank lines; images, HTML, code fences and headings below the title left out."""
    from markdown_it import MarkdownIt

    meta, body = split_front_matter(text)
    tokens = MarkdownIt("commonmark", {"maxNesting": 50}).enable("table").parse(body)
    title: str | None = None
    blocks: list[str] = []
    heading = False
    bullets: list[str] = []
    for token in tokens:
        if token.type == "heading_open":
            heading = True
        elif token.type == "heading_close":
            heading = False
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            bullets.append("- ")
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            bullets.pop()
        elif token.type == "inline":
            line = _inline(token.children or [])
            if heading:
                title = title or (line if not blocks else None)
            elif line:
                blocks.append(("- " if bullets else "") + line)
    return MarkdownDocument("\n\n".join(blocks), title, meta)


def _inline(children: list[Any]) -> str:
    parts = []
    for child in children:
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
    return "".join(parts).strip()


def _plain(value: object) -> str:
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    return str(value).strip() if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""
