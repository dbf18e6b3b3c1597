"""The scripts in examples/ run as written, and their pages show code that parses and settings that are there."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from rag.cli_parser import build_parser
from rag.mcp import tools
from tests.fakes_desk import DISAGREE, FakeDesk, live
from tests.test_mcp import folder_of

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
PAGES = {name: (EXAMPLES / name).read_text(encoding="utf-8") for name in ("openai.md", "mcp.md")}


def run(script: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(EXAMPLES / script), *arguments]
    held = {**os.environ, **environment}
    return subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=ROOT, env=held)


def test_the_openai_script_prints_answer_and_sources() -> None:
    desk = FakeDesk()
    with live(desk) as url:
        done = run("openai_client.py", DISAGREE.question, "--url", url, "--until", "2020-01-01")
    assert done.returncode == 0, done.stderr
    assert DISAGREE.text in done.stdout and "\n\nconflicting\n[1] Harbour Times, 2019-03-05: “" in done.stdout
    assert "[2] Daily Lantern, 2019-03-05: “Eleven houses" in done.stdout and "disputed: 14, eleven" in done.stdout
    assert desk.questions[0].filter.until == "2020-01-01"


def test_the_openai_script_says_what_to_do() -> None:
    done = run("openai_client.py", "Who?", "--url", "http://127.0.0.1:9")
    assert done.returncode == 1 and "copydesk serve" in done.stderr
    with live(FakeDesk()) as url:
        done = run("openai_client.py", "Who?", "--url", url, "--until", "soon")
    assert done.returncode == 1 and "until" in done.stderr


@pytest.mark.parametrize("over", ["http", "stdio", "environment"])
def test_the_mcp_script_asks_and_reads_on(over: str, tmp_path: Path) -> None:
    with live(FakeDesk()) as url:
        archive = str(folder_of(url, tmp_path))
        where = {"http": ("--url", f"{url}/mcp"), "stdio": ("--archive", archive)}.get(over, ())
        set_so = {"COPYDESK_HOME": archive} if over == "environment" else {}
        done = run("mcp_client.py", "How many passengers were aboard?", *where, **set_so)
    assert done.returncode == 0, done.stderr
    assert "The ferry carried 212 passengers and a crew of 18 [1]." in done.stdout
    assert "Ferry runs aground off Skerry Point, from character 0 of" in done.stdout
    assert "... 3 passages found" in done.stderr


def test_the_mcp_page_lists_the_tools() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", PAGES["mcp.md"], re.MULTILINE)
    mcp_server = pytest.importorskip("rag.mcp.server")
    assert rows == [tool.name for tool in mcp_server.TOOLS]
    assert all(f"`{name}`" in PAGES["mcp.md"] for name in tools.Ask.model_fields if name != "question")


@pytest.mark.parametrize("name", PAGES)
def test_code_on_the_pages_parses_and_links_lead_somewhere(name: str) -> None:
    text = PAGES[name]
    blocks = re.findall(r"^ *```(\w+)\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    for language, code in blocks:
        if language == "python":
            compile(code, name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        elif language == "json":
            json.loads(code)
        elif language == "sh":
            for line in filter(lambda line: line.startswith("copydesk "), code.splitlines()):
                build_parser().parse_args(shlex.split(line, comments=True)[1:])
            assert all((ROOT / path).exists() for path in re.findall(r"examples/\w+\.py", code))
    assert blocks and all((EXAMPLES / path).exists() for path in re.findall(r"\]\(([^)#:]+)\)", text))
