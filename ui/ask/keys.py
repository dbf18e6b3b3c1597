"""What the keyboard can do, as a small dialog. Pure."""

from __future__ import annotations

KEYS = (
    (("/",), "Go to the question box"),
    (("Enter",), "Ask; with Shift, a new line"),
    (("Esc",), "Stop the answer; close what is open"),
    (("↑",), "In the empty box: edit the last question"),
    (("Alt", "N"), "New thread"),
    (("?",), "Show these keys"),
)


def dialog() -> str:
    """The dialog, closed."""
    rows = "".join(
        f"<dt>{' + '.join(f'<kbd>{key}</kbd>' for key in pressed)}</dt><dd>{what}</dd>" for pressed, what in KEYS
    )
    return (
        '<dialog id="cd-keys" aria-labelledby="cd-keys-head"><h2 id="cd-keys-head">Keys</h2>'
        f'<dl>{rows}</dl><form method="dialog"><button class="cd-plain">Close</button></form></dialog>'
    )
