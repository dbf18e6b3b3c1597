"""Gradio is imported without the seconds it takes to write type stubs, and works as ever."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

from ui.stubs import unwritten

SCRIPT = """
import pathlib
stubs = []
plain = pathlib.PurePath.with_suffix
def with_suffix(self, suffix):
    if suffix == ".pyi":
        stubs.append(str(self))
    return plain(self, suffix)
pathlib.PurePath.with_suffix = with_suffix
from ui.stubs import unwritten
with unwritten():
    import gradio
with gradio.Blocks():
    gradio.Textbox().submit(str, None, None)
print(len(stubs))
"""


def test_importing_gradio_looks_at_no_stub():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["0"]


def test_only_gradios_own_files_are_hidden_and_only_meanwhile():
    hidden, before = type("Box", (), {"__module__": "gradio.box"}), inspect.getfile
    with unwritten():
        assert inspect.getfile(subprocess.Popen) == subprocess.__file__
        with pytest.raises(OSError):
            inspect.getfile(hidden)
    assert inspect.getfile is before
