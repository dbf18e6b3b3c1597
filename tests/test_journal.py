from __future__ import annotations

import numpy as np
import pytest

from rag.errors import ArchiveError
from rag.search.journal import Journal

TEXTS = ["one", "two", "three \ud83d"]
VECTORS = np.arange(12, dtype=np.float32).reshape(3, 4)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "index" / "journal.bin"
    journal = Journal(path, 4)
    journal.add(TEXTS, VECTORS)
    journal.close()
    return path


def test_what_was_written_is_known_after_reopening(path):
    journal = Journal(path, 4)
    assert journal.missing(["two", "four", "four", "one"]) == ["four"]
    assert journal.vectors(["three \ud83d", "one"]) == pytest.approx(VECTORS[[2, 0]])
    with pytest.raises(KeyError):
        journal.vectors(["four"])


@pytest.mark.parametrize("left", [1, 10, 37, 38])
def test_what_was_written_half_is_made_again(path, left):
    size = len(path.read_bytes()) // 3
    path.write_bytes(path.read_bytes()[: 2 * size + left])
    journal = Journal(path, 4)
    assert journal.missing(TEXTS) if left < size else not journal.missing(TEXTS)
    assert journal.missing(TEXTS[:2]) == []
    journal.add(journal.missing(TEXTS), VECTORS[2:])
    journal.close()
    assert Journal(path, 4).vectors(TEXTS) == pytest.approx(VECTORS)


def test_a_flipped_bit_is_never_served(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 3 + 20] ^= 1  # within the second record
    path.write_bytes(data)
    assert Journal(path, 4).missing(TEXTS) == TEXTS[1:]


def test_emptied_and_discarded(path):
    journal = Journal(path, 4)
    journal.clear()
    assert journal.missing(TEXTS) == TEXTS
    journal.add(["five"], VECTORS[:1])
    assert journal.vectors(["five"]) == pytest.approx(VECTORS[:1])
    journal.discard()
    assert not path.exists()


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ArchiveError, match="can't be written"):
        Journal(tmp_path / "file" / "journal.bin", 4)
