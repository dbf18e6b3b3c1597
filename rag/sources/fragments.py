"""Markup inside a field (a feed's content, a table's text, a mail's body) as plain paragraphs."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

_MARKUP = re.compile(
    r"</?(?:p|div|br|span|a|b|i|em|strong|ul|ol|li|h[1-6]|img|figure|article|section|blockquote|table|html|body)\b[^<>]*>",
    re.IGNORECASE,
)
_BLOCKS = frozenset(
    {"p", "div", "br", "hr", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "figure", "figcaption", "article"}
    | {"section", "blockquote", "table", "tr", "header", "footer", "aside", "main", "pre", "address", "dl", "dt", "dd"}
)
_SILENT = frozenset({"script", "style", "template", "noscript", "svg", "math", "iframe", "select", "textarea", "head"})


def is_markup(text: str) -> bool:
    """Whether a text holds HTML tags, and not only a stray "<"."""
    return bool(_MARKUP.search(text))


def to_text(markup: str) -> str:
    """Paragraphs parted by blank lines; scripts, styles and forms left out. Needs no well-formed markup."""
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    blocks = (" ".join(block.split()) for block in "".join(reader.parts).split("\n\n"))
    return "\n\n".join(block for block in blocks if block)


def plain(text: str) -> str:
    """``text`` itself, or where it holds HTML what that says."""
    return to_text(text) if is_markup(text) else unescape(text) if "&" in text else text


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent.append(tag)
        elif tag in _BLOCKS:
            self.parts.append("\n\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.parts.append("\n\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._silent:
            del self._silent[self._silent.index(tag) :]
        elif tag in _BLOCKS:
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)
