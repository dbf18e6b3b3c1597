"""The README holds true: its commands parse, its example runs, every setting and file it should name is there."""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import rag
from eval import choices
from rag.cli_parser import build_parser, split_eval
from rag.errors import InputError
from rag.sources import read_paths
from rag.types import Answer, Question
from tests.fakes_desk import DISAGREE, NOTHING, PASSENGERS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    return [text for name, text in BLOCKS if name == language]


def commands() -> Iterator[str]:
    """Every command line in blocks and inline code, as the shell would read it."""
    for text in [*blocks("sh"), *blocks("console"), *re.findall(r"(?<!`)`([^`\n]+)`(?!`)", README)]:
        for line in text.splitlines():
            line = re.sub(r"^\$ ", "", line)
            if re.match(r"(?:[A-Z_]+=\S+ )*copydesk ", line):
                yield line


@pytest.mark.parametrize("line", sorted(set(commands())))
def test_commands_parse(line: str) -> None:
    words = shlex.split(line, comments=True)
    while "=" in words[0]:
        variable = words.pop(0).split("=")[0]
        assert variable in settings()
    if "<" in words:
        words = words[: words.index("<")]
    rest = split_eval(words[1:])
    if rest is not None:
        choices.parse(rest)
    elif words[1:] != ["--help"]:
        fenced = any(line in (row.removeprefix("$ ") for row in text.splitlines()) for _, text in BLOCKS)
        try:
            build_parser().parse_args(words[1:])
        except InputError as error:  # in prose a command may be named without its arguments
            assert not fenced and "arguments are required" in error.message


def test_it_shows_every_command() -> None:
    shown = {line.split("copydesk ", 1)[1].split()[0] for line in commands()}
    everyday = {"ask", "search", "chat", "ingest", "sync", "rebuild", "articles", "serve", "eval", "models", "doctor"}
    assert everyday <= shown


@pytest.mark.parametrize("answer", [PASSENGERS, DISAGREE, NOTHING], ids=lambda a: a.status)
def test_the_python_example_runs(
    answer: Answer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Desk:
        @classmethod
        @contextmanager
        def open(cls, settings: Any) -> Iterator[Desk]:
            assert settings == rag.load_settings()
            yield cls()

        def ask(self, question: str | Question) -> Answer:
            assert question == "How many?"
            return answer

    monkeypatch.setattr(rag, "Copydesk", Desk, raising=False)
    monkeypatch.setattr(sys, "argv", ["ask.py", "How", "many?"])
    (code,) = blocks("python")
    exec(compile(code, "README.md", "exec"), {"__name__": "__main__"})
    shown = capsys.readouterr().out
    assert shown.startswith(f"{answer.status}: {answer.text or answer.notice}\n")
    assert all(f"[{c.n}] {c.outlet}, {c.published_at}: “{c.quote}”" in shown for c in answer.citations)
    assert all(w.reason in shown for w in answer.withheld)


def test_the_python_example_is_the_file() -> None:
    assert blocks("python") == [(ROOT / "examples" / "ask.py").read_text(encoding="utf-8")]


def settings() -> set[str]:
    return set(re.findall(r"COPYDESK_[A-Z_]+", (ROOT / "rag" / "config.py").read_text(encoding="utf-8"))) - {
        "COPYDESK_"
    }


def test_every_setting_is_documented_and_no_other() -> None:
    rows = set(re.findall(r"^\| `(COPYDESK_[A-Z_]+)`", README, re.MULTILINE))
    assert rows == settings()


def test_every_field_of_an_answer_is_documented() -> None:
    table = README.split("## The answer\n")[1].split("\n## ")[0]
    missing = [name for name in Answer.__dataclass_fields__ if f"`{name}`" not in table]
    assert missing == ["question"]


def test_every_file_in_the_tree_exists() -> None:
    tree = next(text for name, text in BLOCKS if not name and "pyproject.toml" in text)
    folders = [ROOT]  # of each depth of indentation, two spaces deep, the one that its lines are in
    for line in filter(str.strip, tree.splitlines()):
        depth = (len(line) - len(line.lstrip())) // 2
        names = re.findall(r"[\w./-]*\w(?:/|\.\w+\b|(?=,|  ))", line.strip().split("   ")[0])
        assert names, line
        for name in names:
            assert (folders[depth] / name).exists(), f"{name} in {line!r}"
        folders = [*folders[: depth + 1], folders[depth] / names[0]]
    assert all((ROOT / path).exists() for path in re.findall(r"\]\(([^)#:]+)\)", README))


def test_the_manifest_and_front_matter_shown_are_read(tmp_path: Path) -> None:
    (manifest,) = blocks("json")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "manifest.json").write_text(manifest)
    (tmp_path / "a" / "ferry-aground.txt").write_text("The ferry Morning Star ran aground off Skerry Point.")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "ferry-aground.md").write_text(blocks("markdown")[0])
    for folder in ("a", "b"):
        (document,), skipped = read_paths([tmp_path / folder])
        assert not skipped
        assert document.title == "Ferry runs aground off Skerry Point"
        assert (document.outlet, document.published_at) == ("Coast Post", "2019-03-05")
        assert document.published_at_source == "metadata"
    assert json.loads(manifest)["articles"][0].keys() >= {"file", "published_at_source"}


def test_the_version_is_in_the_changelog() -> None:
    assert f"## [{rag.__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
