"""States on disk: what comes back is what was kept, or nothing."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.llm import kept as module
from rag.llm.kept import Kept

TOKENS = list(range(100))


def state(size: int = 5000, seed: int = 1) -> Any:
    return np.random.default_rng(seed).integers(0, 256, size, dtype=np.uint8)


def kept(folder: Path, computed_by: str = "a model on a machine") -> Kept:
    return Kept(folder / "states", computed_by)


def only(folder: Path) -> Path:
    (file,) = (folder / "states").iterdir()
    return file


def test_a_state_comes_back_at_the_next_start(tmp_path: Path) -> None:
    kept(tmp_path).save(TOKENS, state())
    assert (kept(tmp_path).load(TOKENS) == state()).all()


def test_other_tokens_and_other_computations_get_nothing(tmp_path: Path) -> None:
    kept(tmp_path).save(TOKENS, state())
    assert kept(tmp_path).load([*TOKENS[:-1], 5]) is None
    assert kept(tmp_path).load(TOKENS[:-1]) is None
    assert kept(tmp_path, "another model").load(TOKENS) is None


def test_a_file_under_anothers_name_is_not_taken(tmp_path: Path) -> None:
    kept(tmp_path).save(TOKENS, state())
    mine = only(tmp_path)
    kept(tmp_path, "another model").save(TOKENS, state(seed=2))
    (other,) = {*(tmp_path / "states").iterdir()} - {mine}
    other.replace(mine)
    assert kept(tmp_path).load(TOKENS) is None


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, 1087), value=st.integers(1, 255))
def test_one_changed_byte_is_noticed(tmp_path_factory: pytest.TempPathFactory, at: int, value: int) -> None:
    folder = tmp_path_factory.mktemp("kept")
    kept(folder).save(TOKENS, state(1000))
    file = only(folder)
    data = bytearray(file.read_bytes())
    data[at] ^= value
    file.write_bytes(data)
    assert kept(folder).load(TOKENS) is None
    kept(folder).save(TOKENS, state(1000))  # and is written over
    assert kept(folder).load(TOKENS) is not None


@pytest.mark.parametrize("size", [0, 3, 40, 87, 88, 900])
def test_a_cut_file_and_a_longer_one(tmp_path: Path, size: int) -> None:
    kept(tmp_path).save(TOKENS, state(1000))
    file = only(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(whole[:size])
    assert kept(tmp_path).load(TOKENS) is None
    file.write_bytes(whole + b"x")
    assert kept(tmp_path).load(TOKENS) is None


def test_only_the_user_can_read_them(tmp_path: Path) -> None:
    kept(tmp_path).save(TOKENS, state())
    assert stat.S_IMODE((tmp_path / "states").stat().st_mode) == 0o700
    assert stat.S_IMODE(only(tmp_path).stat().st_mode) == 0o600


def test_links_folders_and_unwritable_places_are_as_good_as_nothing(tmp_path: Path) -> None:
    kept(tmp_path).save(TOKENS, state())
    file = only(tmp_path)
    file.rename(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    assert kept(tmp_path).load(TOKENS) is None
    file.unlink()
    file.mkdir()
    assert kept(tmp_path).load(TOKENS) is None
    kept(tmp_path).save(TOKENS, state())  # can't replace a folder, and says nothing
    assert only(tmp_path) == file  # nothing left lying about
    (tmp_path / "states2").write_text("a file where the folder should be")
    Kept(tmp_path / "states2", "x").save(TOKENS, state())
    assert Kept(tmp_path / "states2", "x").load(TOKENS) is None


def test_short_prefixes_are_not_worth_a_file(tmp_path: Path) -> None:
    kept(tmp_path).save(TOKENS[:20], state())
    assert not (tmp_path / "states").exists()


def test_the_oldest_use_goes_first_when_there_is_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST", 12_000)
    long_ago = time.time() - 1000
    for n in range(2):
        kept(tmp_path, str(n)).save(TOKENS, state())
        for file in (tmp_path / "states").iterdir():
            os.utime(file, (long_ago, long_ago))
        long_ago += 100
    assert kept(tmp_path, "0").load(TOKENS) is not None  # used just now
    kept(tmp_path, "2").save(TOKENS, state())
    assert kept(tmp_path, "0").load(TOKENS) is not None
    assert kept(tmp_path, "1").load(TOKENS) is None
    assert kept(tmp_path, "2").load(TOKENS) is not None
    kept(tmp_path, "3").save(TOKENS, state(13_000))
    assert kept(tmp_path, "3").load(TOKENS) is None


def test_what_a_crash_left_is_removed_later(tmp_path: Path) -> None:
    kept(tmp_path).save(TOKENS, state())
    left, young = tmp_path / "states" / "unfinished-1", tmp_path / "states" / "unfinished-2"
    for file in (left, young):
        file.write_bytes(b"half")
    os.utime(left, (1, 1))
    kept(tmp_path, "b").save(TOKENS, state())
    assert not left.exists() and young.exists()
