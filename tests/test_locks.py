"""Who may write to an archive, and what the others are told."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys

import pytest

from rag.errors import ArchiveBusyError
from rag.locks import ReadLock, WriteLock, is_read

HOLDER = """
import sys
sys.argv = ["/usr/bin/copydesk", "ingest", "/home/ann/secret folder"]
from pathlib import Path
from rag.locks import WriteLock
lock = WriteLock(Path(sys.stdin.readline().strip()))
print("locked", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def holder(tmp_path):
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    child.stdin.write(f"{tmp_path / 'write.lock'}\n")
    assert child.stdout.readline() == "locked\n"
    yield child
    child.kill()
    child.communicate()


def test_a_second_writer_learns_which_process_is_first(holder, tmp_path):
    with pytest.raises(ArchiveBusyError) as caught:
        WriteLock(tmp_path / "write.lock")
    assert re.search(rf"process {holder.pid} \(copydesk ingest\), since \d\d:\d\d\.$", caught.value.message)
    assert "secret" not in str(caught.value)
    assert "Wait until it has finished" in caught.value.hint


def test_a_killed_writer_s_lock_is_free(holder, tmp_path):
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    WriteLock(tmp_path / "write.lock").release()


def test_a_released_lock_can_be_taken_again(tmp_path):
    first = WriteLock(tmp_path / "write.lock")
    with pytest.raises(ArchiveBusyError, match=f"process {os.getpid()}"):
        WriteLock(tmp_path / "write.lock")
    first.release()
    first.release()
    WriteLock(tmp_path / "write.lock").release()


@pytest.mark.parametrize("content", ["", "nonsense", "12\n\x1b[31mred\nnever\n", "12\n"])
def test_a_lock_file_that_says_nothing_sensible_is_not_believed(tmp_path, content):
    first = WriteLock(tmp_path / "write.lock")
    (tmp_path / "write.lock").write_text(content)
    with pytest.raises(ArchiveBusyError) as caught:
        WriteLock(tmp_path / "write.lock")
    first.release()
    assert ("process 12." in caught.value.message) == content.startswith("12")
    assert ("another process." in caught.value.message) != content.startswith("12")


def test_readers_are_many_and_seen(tmp_path):
    assert not is_read(tmp_path)
    one, two = ReadLock(tmp_path), ReadLock(tmp_path)
    one.release()
    assert is_read(tmp_path)
    two.release()
    assert not is_read(tmp_path)
