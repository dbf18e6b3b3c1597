"""How soon evidence is shown: what is counted, and what is not. The figures themselves need a quiet machine."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace

import pytest

from eval.speed.evidence import main, measure
from rag.errors import InputError
from rag.types import Event


class SlowAtFirst:
    """A desk that takes 30 ms for a new question and 10 for a known one; greetings show no passages."""

    def __init__(self):
        self.known = set()
        self.archive = SimpleNamespace(warm=lambda: None)

    def stream(self, question):
        if question.text == "Hello":
            yield Event("answer", {})
            return
        time.sleep(0.01 if question.text in self.known else 0.03)
        self.known.add(question.text)
        yield Event("evidence", {"passages": []})
        raise AssertionError("nobody waits for the rest")


def test_time_runs_to_the_passages_and_no_further():
    found = measure(SlowAtFirst(), ["Who?", "Hello", "Where?"])
    assert found["n"] == found["again_n"] == 2
    assert found["p50_ms"] >= 30
    assert 10 <= found["again_p50_ms"] < 30
    assert found["mean_ms"]["search"] == 0
    assert found["mean_ms"]["other"] >= 30


def test_questions_that_show_nothing_are_an_error():
    with pytest.raises(InputError):
        measure(SlowAtFirst(), ["Hello"])


def test_the_command_names_what_is_missing(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("COPYDESK_BENCH_DIR", raising=False)
    assert main([]) == 2
    assert "COPYDESK_BENCH_DIR" in capsys.readouterr().err
    assert main(["--archive", str(tmp_path)]) == 2
    assert "--questions" in capsys.readouterr().err


def test_the_last_line_is_json(tmp_path, monkeypatch, capsys):
    class Open(SlowAtFirst):
        def __init__(self, settings):
            super().__init__()
            assert settings.llm == "none"
            self.archive.info = lambda: {"passages": 7}

        def __enter__(self):
            return self

        def __exit__(self, *error):
            return None

    monkeypatch.setattr("eval.speed.evidence.Copydesk", SimpleNamespace(open=Open))
    asked = tmp_path / "asked.txt"
    asked.write_text("Who?\n\nWhere?\n", encoding="utf-8")
    assert main(["--archive", str(tmp_path), "--questions", str(asked)]) == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert figures["passages"] == 7 and figures["n"] == 2
