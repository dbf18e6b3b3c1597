"""The top of the page as HTML: name, views, and what is wrong with the server. Pure."""

from __future__ import annotations

from ui.bricks import count, esc, icon


def masthead(articles: int, evals: bool = False) -> str:
    """The top line; ``evals`` tells whether there is a view of runs of known questions."""
    known = '<a href="#evaluation" data-view="evaluation">Evaluation</a>' if evals else ""
    much = f'<span class="cd-held">{esc(held(articles))}</span>'
    return (
        '<header class="cd-masthead"><h1>Copydesk</h1>'
        f"<p>Every sentence is checked against the passage it cites. {much}</p>"
        '<nav class="cd-views" aria-label="Views"><a href="#ask" data-view="ask">Ask</a>'
        f'<a href="#archive" data-view="archive">Archive</a>{known}</nav></header>'
    )


def held(articles: int) -> str:
    """How much there is to ask, as a sentence of plain text."""
    return f"{count(articles, 'article')} in the archive." if articles else "The archive is empty."


def alert(problem: str | None) -> str:
    """Why there is no language model, when there is none."""
    if not problem:
        return ""
    return (
        f'<p class="cd-status cd-is-failed cd-wide" role="status">{icon("failed")}'
        f'<span class="cd-label">Quotes only</span><span class="cd-notice">{esc(problem)}</span></p>'
    )
