"""Who may do what: what changes anything is for visitors on the machine that Copydesk runs on."""

from __future__ import annotations

from typing import Any

from rag.errors import InputError
from rag.http.guard import is_loopback


def is_local(request: Any) -> bool:
    """Whether the visitor of a ``gradio.Request`` sits at this machine."""
    return is_loopback(request.client.host if request.client else None)


def require_local(request: Any, what: str, command: str) -> None:
    """Raises InputError for any other visitor, with the command that does ``what`` on the machine itself."""
    if not is_local(request):
        raise InputError(f"{what} on the server’s own machine only.", f"Use {command} there.")
