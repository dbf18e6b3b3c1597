"""``copydesk doctor``: is everything in place, and if not, what to do."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import shutil
import socket
import sqlite3
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.request import getproxies

from rag import models
from rag.config import Settings
from rag.errors import CopydeskError
from rag.offline import prove

_GB = 1_000_000_000
_COMPILERS = ("c++", "g++", "clang++")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. With ``ok`` a remedy is advice; without it, it is what mends the fault."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""


def run_checks(
    settings: Settings, *, full: bool = False, progress: Callable[[str], None] | None = None
) -> list[Finding]:
    """Looks at everything Copydesk needs; never raises. With ``full`` every model file is hashed and the language
    model is made to answer offline. ``progress`` is told the name of each check before it starts."""
    checks: list[tuple[str, Callable[[], Finding | list[Finding]]]] = [
        ("python", check_python),
        ("compiler", check_compiler),
        ("packages", check_packages),
        ("torch", check_torch),
        ("sqlite", check_sqlite),
        ("memory", check_memory),
        ("disk", lambda: check_disk(settings)),
        ("models", lambda: check_models(settings, full)),
        ("archive", lambda: check_archive(settings)),
        ("port", lambda: check_port(settings)),
        ("network", lambda: check_network(settings)),
        ("offline", lambda: check_offline(settings, full)),
    ]
    findings: list[Finding] = []
    # a future holds whatever a check raises, so one that breaks is a finding like any other
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="doctor") as pool:
        for name, check in checks:
            if progress:
                progress(name)
            future = pool.submit(check)
            problem = future.exception()
            if problem is None:
                result = future.result()
                findings.extend([result] if isinstance(result, Finding) else result)
            elif isinstance(problem, CopydeskError):
                findings.append(Finding(name, False, problem.message, problem.hint))
            else:
                detail = f"the check itself failed: {type(problem).__name__}: {problem}"
                findings.append(Finding(name, False, detail, "Run make setup; if it stays, please report it."))
    return findings


# --- the machine ----------------------------------------------------------------------------------


def check_python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    ok = sys.version_info >= (3, 11)
    return Finding("python", ok, version, "" if ok else "Install Python 3.11 or newer, then run make clean setup.")


def check_compiler() -> Finding:
    found = next((name for name in _COMPILERS if shutil.which(name)), None)
    if found:
        return Finding("compiler", True, found)
    if importlib.util.find_spec("llama_cpp"):
        return Finding("compiler", True, "none, and none is needed: llama-cpp-python is built")
    return Finding("compiler", False, "no C++ compiler", "Install g++ or clang, then run make setup.")


def check_packages() -> Finding:
    """Compares what is installed with the versions Copydesk was tested with."""
    wrong, count = [], 0
    for package, wanted in _pins():
        count += 1
        try:
            found = importlib.metadata.version(package).split("+")[0]
        except importlib.metadata.PackageNotFoundError:
            found = "missing"
        if found != wanted:
            wrong.append(f"{package} is {found}, not {wanted}")
    if wrong:
        return Finding("packages", False, "; ".join(wrong), "Run make setup to install the tested versions.")
    return Finding("packages", True, f"all {count} at the tested versions")


def check_torch() -> Finding:
    """A CUDA build on a machine without a GPU works, but takes gigabytes for nothing."""
    spec = importlib.util.find_spec("torch")
    if spec is None or spec.origin is None:
        return Finding("torch", False, "not installed", "Run make setup.")
    version = importlib.metadata.version("torch")
    built = re.search(r"^cuda\b[^=]*=\s*'([^']+)'", (Path(spec.origin).parent / "version.py").read_text(), re.MULTILINE)
    if not built:
        return Finding("torch", True, f"{version}, for the CPU")
    if shutil.which("nvidia-smi"):
        return Finding("torch", True, f"{version}, for CUDA {built[1]}")
    return Finding(
        "torch",
        True,
        f"{version}, for CUDA {built[1]}, but there is no NVIDIA GPU",
        "It works. To save some gigabytes: make clean setup TORCH_INDEX=https://download.pytorch.org/whl/cpu",
    )


def check_sqlite() -> Finding:
    ok = sqlite3.sqlite_version_info >= (3, 35)
    remedy = "" if ok else "The vector index needs SQLite 3.35: use a newer Python or system, then make clean setup."
    return Finding("sqlite", ok, sqlite3.sqlite_version, remedy)


def check_memory() -> Finding:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    ok = total >= 3 * _GB
    remedy = (
        "" if ok else "Copydesk uses up to 3 GB. Choose the smaller model: COPYDESK_LLM=qwen2.5-coder-0.5b-instruct"
    )
    return Finding("memory", ok, f"{total / _GB:.1f} GB", remedy)


def check_disk(settings: Settings) -> list[Finding]:
    findings = []
    missing = sum(s.size for s in models.list_models(settings) if s.selected and s.state in ("missing", "damaged"))
    places = (("models", settings.models_dir, 2 * missing + _GB // 5), ("archive", settings.archive_dir, _GB // 2))
    for what, folder, needed in places:
        free = shutil.disk_usage(_existing(folder)).free
        ok = free >= needed
        remedy = "" if ok else f"Free at least {needed / _GB:.1f} GB, or set {_VARIABLE[what]} to a larger disk."
        findings.append(Finding(f"disk for {what}", ok, f"{free / _GB:.1f} GB free at {folder}", remedy))
    return findings


# --- models, archive, port, network ---------------------------------------------------------------


def check_models(settings: Settings, full: bool) -> list[Finding]:
    findings = []
    for name in models.selected(settings):
        found = models.status(settings, models.find(name), full=full)
        if found.state == "unverified":
            found = models.status(settings, models.find(name), full=True)
        how = "sha256 checked" if full else "checked before, unchanged since"
        detail = f"{found.path} ({how})" if found.state == "ok" else f"{found.state}: {found.detail}"
        remedy = "" if found.state == "ok" else f"copydesk models pull {name}"
        findings.append(Finding(f"model {name}", found.state == "ok", detail, remedy))
    if settings.llm_url:
        findings.append(Finding("language model", True, f"served by {settings.llm_url}"))
    elif settings.llm == "none":
        findings.append(Finding("language model", True, "none chosen: answers are quoted evidence only"))
    elif settings.llm not in models.selected(settings):
        findings.append(Finding("language model", True, f"{models.resolve_llm(settings)} (your own)"))
    if settings.embedder not in models.selected(settings):
        findings.append(Finding("embedder", True, f"{models.embedder_path(settings)} (your own)"))
    return findings


def check_archive(settings: Settings) -> list[Finding]:
    """The catalog's integrity, and whether the index holds what the catalog says. A running server is no obstacle."""
    from rag.archive import Archive

    folder = settings.archive_dir
    if not folder.is_dir() or not any(folder.iterdir()):
        return [Finding("archive", True, f"none at {folder} yet", "Make one with: copydesk ingest FOLDER")]
    with Archive.open(settings) as archive:
        problems = archive.check()
        count = 0 if problems else int(archive.info()["articles"])
    if not problems:
        return [Finding("archive", True, f"{count} articles at {folder}, catalog and index agree")]
    findings = []
    for problem in problems:
        what, _, remedy = problem.partition(". ")  # each says what to do after what is wrong
        findings.append(Finding("archive", False, what, remedy or "Run copydesk rebuild."))
    return findings


def check_port(settings: Settings) -> Finding:
    from rag.http.client import find_server

    where = f"{settings.host}:{settings.port}"
    problem = _bind_problem(settings.host, settings.port)
    if problem is None:
        return Finding("port", True, f"{where} is free")
    url = find_server(settings.archive_dir)
    if url and url.endswith(f":{settings.port}"):
        return Finding("port", True, f"{where} is used by Copydesk itself")
    remedy = f"Choose another: copydesk serve --port {settings.port + 1}"
    return Finding("port", False, f"{where} can't be used: {problem}", remedy)


def check_network(settings: Settings) -> Finding:
    """Only what bears on fetching models; nothing is contacted."""
    proxies = ", ".join(
        f"{scheme} through {_bare(url)}" for scheme, url in sorted(getproxies().items()) if scheme != "no"
    )
    parts = [f"proxies: {proxies}" if proxies else "no proxy"]
    if settings.offline:
        parts.append("COPYDESK_OFFLINE is set: models are never fetched")
    if settings.llm_url:
        parts.append("answers need the server at COPYDESK_LLM_URL")
    return Finding("network", True, "; ".join(parts))


def check_offline(settings: Settings, full: bool) -> Finding:
    """Does the work in a child process that can't connect anywhere."""
    proof = prove(settings, full=full)
    if proof.error:
        return Finding("offline", False, proof.error, "Run copydesk models pull and make setup, then try again.")
    detail = "with every connection refused, " + " and ".join(proof.done or ("nothing had to be done",))
    if proof.tried:
        detail += f"; refused were {', '.join(sorted(set(proof.tried)))}"
    return Finding("offline", True, detail)


# --- helpers --------------------------------------------------------------------------------------

_VARIABLE = {"models": "COPYDESK_MODELS", "archive": "COPYDESK_HOME"}


def _pins() -> Iterator[tuple[str, str]]:
    for line in importlib.metadata.requires("copydesk") or []:
        if match := re.fullmatch(r"([\w.-]+)==([\w.!+-]+)", line.strip()):
            yield match[1], match[2]


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())


def _bind_problem(host: str, port: int) -> str | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.strerror or str(error)
    return None


def _bare(url: str) -> str:
    return re.sub(r"//[^/@]*@", "//", url)  # a proxy's password is nobody's business
