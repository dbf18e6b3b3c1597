"""Who may do what in the window."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from rag.errors import CopydeskError
from ui.visitors import is_local, require_local


@pytest.mark.parametrize(("host", "allowed"), [("127.0.0.1", True), ("::1", True), ("192.0.2.7", False), (None, False)])
def test_only_this_machine_may_change_anything(host: str | None, allowed: bool) -> None:
    request: Any = SimpleNamespace(client=SimpleNamespace(host=host) if host else None)
    assert is_local(request) is allowed
    if not allowed:
        with pytest.raises(CopydeskError, match="on the server’s own machine only"):
            require_local(request, "Stones are turned", "`copydesk turn`")
