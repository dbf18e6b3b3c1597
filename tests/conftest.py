"""What holds for every test."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _runs_kept_apart(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test's evaluation run ends up among the user's."""
    monkeypatch.setenv("COPYDESK_EVALS", str(tmp_path_factory.getbasetemp() / "evals"))
