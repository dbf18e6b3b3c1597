"""What stands on the page before the application does, as HTML. Pure."""

from __future__ import annotations

from ui.bricks import esc
from ui.masthead import held


def still(articles: int, longest: int) -> str:
    """The top line, and a question box for up to ``longest`` characters; still.css says where, still.js until when."""
    return (
        '<div class="cd-still" id="cd-still-head"><div><strong>Copydesk</strong>'
        f"<p>Every sentence is checked against the passage it cites. {esc(held(articles))}</p></div></div>"
        '<div class="cd-still" id="cd-still-dock"><form><textarea rows="1" autofocus aria-label="Your question" '
        f'placeholder="Ask the archive" maxlength="{longest}"></textarea><button>Ask</button></form></div>'
        "<noscript>This page needs JavaScript. Without it there is the command <code>copydesk ask</code>.</noscript>"
    )
