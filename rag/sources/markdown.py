"""Markdown articles as plain text: front matter, the title heading, and paragraphs without markup."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field
from typing import Any

from rag.errors import SourceError

_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_MAX_FRONT_MATTER = 65_536  # characters
_KEY = re.compile(r"^(?P<key>[A-Za-z][\w-]*)[ \t]*:[ \t]*(?P<value>\S.*?)[ \t]*$")


class _Unread(ValueError):
    """YAML could not read a text, from a ``line`` (from 0) on."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


@dataclass(frozen=True, slots=True)
class MarkdownDocument:
    """``meta`` holds the front matter's plain values as strings, keys in lower case; ``title`` the first heading."""

    text: str
    title: str | None = None
    meta: dict[str, str] = field(default_factory=dict)


def split_front_matter(text: str) -> tuple[dict[str, str], str]:
    """The front matter (empty where there is none) and the rest.

    It is YAML, but a value may hold what YAML wants in quotation marks ("title: Union: ..."): where it is not valid,
    each line's value is taken as it is written. Raises SourceError where that does not help either.
    """
    match = _FRONT_MATTER.match(text[: _MAX_FRONT_MATTER + 16])
    if not match:
        return {}, text
    try:
        loaded = _load(match.group(1))
    except (ValueError, RecursionError):
        loaded = _by_lines(match.group(1))
    if not isinstance(loaded, dict):
        return {}, text  # a text that opens with a horizontal rule
    return {str(k).strip().lower(): _plain(v) for k, v in loaded.items() if _plain(v)}, text[match.end() :]


def _load(text: str) -> Any:
    """What YAML makes of a text. Raises _Unread, RecursionError, or ValueError as for the 30th of February."""
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "context_mark", None) or getattr(error, "problem_mark", None)
        raise _Unread(mark.line if mark else 0) from error


def _by_lines(text: str) -> Any:
    """YAML once more, with every value quoted that is not valid alone on its line. Raises SourceError."""
    lines = text.splitlines()
    try:
        return _load("\n".join(map(_quoted, lines)))
    except (ValueError, RecursionError) as error:
        at = error.line if isinstance(error, _Unread) and error.line < len(lines) else 0
        remedy = "Put what follows the colon in quotation marks."
        raise SourceError(
            f"Its front matter can't be read at line {at + 2} of the file: {lines[at].strip()[:80]!r}. {remedy}", remedy
        ) from error


def _quoted(line: str) -> str:
    """A "key: value" line, its value in quotation marks where YAML can't read it as it stands; a list or mapping that
    is left open may go on in the next line."""
    found = _KEY.match(line)
    if not found or (found["value"][:1] in "[{" and not re.search(r"[]}]", found["value"])):
        return line
    try:
        valid = isinstance(_load(line), dict)
    except (ValueError, RecursionError):
        valid = False
    escaped = found["value"].replace("'", "''")
    return line if valid else f"{found['key']}: '{escaped}'"


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
