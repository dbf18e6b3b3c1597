"""The doctor names what is wrong and what mends it, and never breaks down itself."""

import importlib.metadata
import shutil
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from rag import doctor, models
from rag.archive import Archive
from rag.config import Settings
from rag.doctor import Finding
from rag.errors import ModelError
from rag.offline import Proof, prove, refuse_connections


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(archive_dir=tmp_path / "archive", models_dir=tmp_path / "models", port=_free_port())


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> dict[str, Finding]:
    monkeypatch.setattr(doctor, "prove", lambda settings, full: Proof(("a sentence was embedded",), (), None))
    return {finding.name: finding for finding in doctor.run_checks(settings)}


def test_every_fault_has_its_remedy(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    findings = _run(settings, monkeypatch)
    assert {"python", "compiler", "packages", "torch", "sqlite", "port", "network", "offline"} <= findings.keys()
    assert all(finding.remedy for finding in findings.values() if not finding.ok)
    missing = findings[f"model {settings.llm}"]
    assert not missing.ok and missing.remedy == f"copydesk models pull {settings.llm}"
    assert findings["archive"].ok and "copydesk ingest" in findings["archive"].remedy
    assert not settings.archive_dir.exists() and not settings.models_dir.exists()  # looking makes nothing


def test_a_check_that_breaks_is_a_finding(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> None:
        raise ZeroDivisionError("out of order")

    def unfit(*args: object) -> None:
        raise ModelError("The model is unfit.", "Take another.")

    monkeypatch.setattr(doctor, "check_sqlite", broken)
    monkeypatch.setattr(doctor, "check_models", unfit)
    findings = _run(settings, monkeypatch)
    assert not findings["sqlite"].ok and "out of order" in findings["sqlite"].detail
    assert findings["models"] == Finding("models", False, "The model is unfit.", "Take another.")
    assert findings["port"].ok


def test_a_damaged_model_is_named(settings: Settings, tmp_path: Path) -> None:
    path = settings.models_dir / models.REGISTRY[settings.llm].path
    path.parent.mkdir()
    path.write_bytes(b"GGUF cut short")
    finding = doctor.check_models(settings, full=False)[0]
    assert not finding.ok and "damaged" in finding.detail and settings.llm in finding.remedy


def test_models_of_the_users_own(settings: Settings, tmp_path: Path) -> None:
    own = tmp_path / "own.gguf"
    own.write_bytes(b"GGUF")
    names = {f.name: f for f in doctor.check_models(replace(settings, llm=str(own)), full=False)}
    assert names["language model"].ok and "your own" in names["language model"].detail
    served = replace(settings, llm_url="http://127.0.0.1:9/v1")
    assert "served by" in {f.name: f for f in doctor.check_models(served, full=False)}["language model"].detail


def test_a_port_in_use(settings: Settings) -> None:
    assert doctor.check_port(settings).ok
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = replace(settings, port=server.getsockname()[1])
        finding = doctor.check_port(taken)
    assert not finding.ok and "in use" in finding.detail and "--port" in finding.remedy


def test_a_damaged_catalog(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    Archive.open(settings, write=True).close()
    catalog = next(path for path in settings.archive_dir.iterdir() if path.suffix not in (".lock", ""))
    catalog.write_bytes(b"this is no database at all" * 100)
    findings = _run(settings, monkeypatch)
    assert not findings["archive"].ok and findings["archive"].remedy


def test_an_index_that_lags_behind(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    Archive.open(settings, write=True).close()
    monkeypatch.setattr(
        Archive, "check", lambda self: ["3 passages are missing from the index. Run `copydesk rebuild`."]
    )
    (finding,) = doctor.check_archive(settings)
    assert finding == Finding("archive", False, "3 passages are missing from the index", "Run `copydesk rebuild`.")


def test_other_versions_than_tested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        doctor.importlib.metadata, "requires", lambda name: ["numpy==0.0.1", 'pytest==1; extra == "dev"']
    )
    finding = doctor.check_packages()
    found = importlib.metadata.version("numpy")
    assert not finding.ok and finding.detail == f"numpy is {found}, not 0.0.1" and "make setup" in finding.remedy


def test_a_cuda_build_without_a_gpu_gets_advice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "version.py").write_text("__version__ = '2.13.0+cu130'\ncuda: Optional[str] = '13.0'\nhip = None\n")

    class Spec:
        origin = str(tmp_path / "__init__.py")

    monkeypatch.setattr(doctor.importlib.util, "find_spec", lambda name: Spec())
    monkeypatch.setattr(doctor.shutil, "which", lambda name: None)
    finding = doctor.check_torch()
    assert finding.ok and "CUDA 13.0" in finding.detail and "TORCH_INDEX" in finding.remedy


def test_a_full_disk(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: usage._replace(free=1000))
    findings = doctor.check_disk(settings)
    assert [finding.ok for finding in findings] == [False, False]
    assert "COPYDESK_MODELS" in findings[0].remedy and "COPYDESK_HOME" in findings[1].remedy


def test_a_proxys_password_is_not_shown(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "getproxies", lambda: {"https": "http://me:secret@proxy.example:8080"})
    detail = doctor.check_network(settings).detail
    assert "proxy.example:8080" in detail and "secret" not in detail


def test_an_offline_proof_that_fails_says_why(settings: Settings) -> None:
    proof = prove(settings)  # there are no models
    assert proof.error is not None and "all-minilm-l6-v2" in proof.error


def test_refused_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    for owner, name in ((socket.socket, "connect"), (socket.socket, "connect_ex"), (socket, "getaddrinfo")):
        monkeypatch.setattr(owner, name, getattr(owner, name))  # put back afterwards
    tried: list[str] = []
    refuse_connections(tried)
    for address in ("192.0.2.1", "news.example"):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((address, 80), timeout=1)
    assert tried == ["192.0.2.1", "news.example"]
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=1).close()
