"""What stands in the conversation before the first question. Pure."""

from __future__ import annotations


def welcome(articles: int) -> str:
    """How to begin, with articles or without."""
    if not articles:
        return (
            '<div class="cd-welcome"><p>There are no articles yet. Drop files on this page, or add a folder with '
            "<code>copydesk ingest FOLDER</code>.</p></div>"
        )
    return (
        '<div class="cd-welcome"><p>Ask what the articles say. Each sentence of an answer stands above the source it '
        "was checked against; press a source to read the passage. What the articles don’t say, Copydesk won’t."
        "</p></div>"
    )
