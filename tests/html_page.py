"""A piece of HTML as a test reads it: its tags, the text a reader sees, and whether any of it came out of text."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser

ALLOWED = {
    "a", "article", "b", "blockquote", "button", "circle", "dd", "details", "div", "dl", "dt", "em", "footer", "form",
    "h2", "h3", "i", "input", "label", "li", "line", "mark", "ol", "p", "path", "q", "rect", "section", "small", "span",
    "strong", "summary", "svg", "template", "text", "time", "ul",
}  # fmt: skip


class Page(HTMLParser):
    """Tags with their attributes, and the text a reader sees."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.marked = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("path", "circle", "rect", "line", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, f"unbalanced </{tag}>"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if "template" in self.open:  # for copying, unseen
            return
        self.text += data
        if "mark" in self.open:
            self.marked += data


def classes(page: Page) -> Iterator[str]:
    for _, attrs in page.tags:
        yield from (attrs.get("class") or "").split()


def safe(html: str) -> Page:
    found = Page(html)
    assert not found.open, "every element is closed"
    for tag, attrs in found.tags:
        assert tag in ALLOWED, tag
        for name, value in attrs.items():
            assert not name.startswith("on") and name not in ("src", "style"), (tag, name)
            if name == "href":
                assert (value or "").startswith(("http://", "https://", "#article="))
                assert (value or "").startswith("#") or {"noopener", "nofollow"} <= set((attrs["rel"] or "").split())
    return found
