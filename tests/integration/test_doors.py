"""The example scripts against a real server with the real models, as their pages tell to run them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from eval.speed.server import make_archive, serving

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parent.parent.parent
QUESTION = "Who claimed to have taken Kandahar?"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    archive = tmp_path_factory.mktemp("doors") / "archive"
    make_archive(ROOT / "seeds", archive)
    with serving(archive, archive.parent / "log.txt") as running:
        yield running.url, archive


def run(script: str, *arguments: str) -> str:
    command = [sys.executable, str(ROOT / "examples" / script), QUESTION, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_openai_s_client_gets_the_answer_of_the_page(served: tuple[str, Path]) -> None:
    said = run("openai_client.py", "--url", served[0])
    assert said.startswith("The Taliban claimed to have taken Kandahar [1].\n\nanswered\n[1] AFP, 2021-08-13")


@pytest.mark.parametrize("over", ["http", "stdio"])
def test_an_mcp_client_gets_the_answer_of_the_page(served: tuple[str, Path], over: str) -> None:
    url, archive = served
    where = ("--url", f"{url}/mcp") if over == "http" else ("--archive", str(archive))
    said = run("mcp_client.py", *where)
    assert "The Taliban claimed to have taken Kandahar [1]." in said and "Status: answered" in said
    assert "from character" in said
