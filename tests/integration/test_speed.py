"""A real server and a real LlamaIndex, both with the small model, asked by the benchmark of waiting times."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from eval.known import KnownQuestion
from eval.speed import peer
from eval.speed.asking import ask
from eval.speed.server import make_archive, serving
from rag.http.client import RemoteDesk
from tests.integration.conftest import SMALL, model_path

pytestmark = pytest.mark.integration

ARTICLE = "The ferry ran aground off Skerry Point on Tuesday night. It carried 212 passengers and nine crew."
KNOWN = KnownQuestion(
    "q", "How many passengers did the ferry carry?", "answered", must_contain=(("212",),), gold_sources=("ferry",)
)


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    path = model_path(SMALL)
    monkeypatch.setenv("COPYDESK_LLM", str(path))
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "ferry.txt").write_text(ARTICLE)
    return path


def test_a_server_is_started_asked_and_stopped(model: Path, tmp_path: Path) -> None:
    make_archive(tmp_path / "articles", tmp_path / "archive")
    with serving(tmp_path / "archive", tmp_path / "log") as server:
        assert 0 < server.page_s <= server.ready_s
        with RemoteDesk(server.url) as desk:
            found = ask(desk, KNOWN)
    assert found.evidence_ms is not None and 0 < found.evidence_ms <= found.total_ms
    assert sum(found.stages_ms.values()) == pytest.approx(found.total_ms, rel=0.05)
    assert not (tmp_path / "archive" / "server.json").exists()


@pytest.mark.skipif(importlib.util.find_spec("llama_index") is None, reason="needs the extra bench")
def test_the_peer_answers_without_a_network(model: Path, tmp_path: Path) -> None:
    with peer.running(model, tmp_path / "articles", tmp_path / "log") as other:
        found = other.ask(KNOWN)
    assert found.text
    assert found.first_token_ms is not None and 0 < found.first_token_ms <= found.total_ms
    assert found.uncached_tokens and found.stages_ms["prefill"] > 0
