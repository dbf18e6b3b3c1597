"""What can be told about the local model without loading one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rag.config import load_settings
from rag.errors import ModelError
from rag.llm.context import _common
from rag.llm.cores import physical_cores
from rag.llm.llama_cpp import LlamaCpp


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="missing") as error:
        LlamaCpp(tmp_path / "none.gguf")
    assert "models pull" in error.value.hint


@pytest.mark.parametrize("content", [b"", b"not a model", b"GGUF", b"GGUF\x03\x00\x00\x00" + b"\xff" * 64])
def test_a_damaged_file(tmp_path: Path, content: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "damaged.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="damaged") as error:
        LlamaCpp(path)
    assert "models verify" in error.value.hint
    assert capfd.readouterr() == ("", "")  # the C library keeps quiet


def test_a_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        LlamaCpp(tmp_path)


def test_the_library_is_imported_at_the_first_load_only() -> None:
    code = "import sys, rag.llm.llama_cpp, rag.llm.openai_api, rag.llm.worker, rag.tokens\n"
    code += "heavy = {'llama_cpp', 'httpx', 'tiktoken', 'gguf', 'jinja2'} & set(sys.modules)\nassert not heavy, heavy"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_there_is_a_core() -> None:
    assert physical_cores() >= 1


def test_common_beginning() -> None:
    assert _common([1, 2, 3], [1, 2, 4, 5]) == 2
    assert _common([1, 2], [1, 2, 3]) == 2
    assert _common([], [1]) == 0


def test_waiting_threads_sleep_soon_unless_the_user_wants_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT"):
        monkeypatch.setenv(name, "")  # so that it is put back afterwards
        monkeypatch.delenv(name)
    load_settings()
    assert os.environ["GOMP_SPINCOUNT"] == "1000"
    monkeypatch.setenv("GOMP_SPINCOUNT", "7")
    load_settings()
    assert os.environ["GOMP_SPINCOUNT"] == "7"
    monkeypatch.delenv("GOMP_SPINCOUNT")
    monkeypatch.setenv("OMP_WAIT_POLICY", "active")
    load_settings()
    assert "GOMP_SPINCOUNT" not in os.environ
