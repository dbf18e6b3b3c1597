"""What ``make setup`` runs: the virtual environment, the packages, the models and the index of the seeds.

It starts before anything is installed, so it is a script of the standard library only and imports nothing of Copydesk:

    python3 -I rag/bootstrap.py [--dev] [--torch-index URL] [--cxx COMMAND]

Each step is skipped when it was done before; a step that fails says why in one sentence, and what to do.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NEEDED_BYTES = 6_000_000_000  # the environment, the build of llama.cpp and the models
TEST_MODEL = "smollm2-135m-instruct"
_COMPILERS = ("c++", "g++", "clang++")
_FIRST = ("torch", "llama-cpp-python")  # one must come from the index the user chose, the other takes minutes

_CAUSES = (
    (
        r"no space left|errno 28\b|disk quota exceeded",
        "The disk is full.",
        "Free about 6 GB, then run the same command again.",
    ),
    (
        r"killed signal terminated program|out of memory|cannot allocate memory",
        "The compiler ran out of memory.",
        "Close other programs, or build on one core: CMAKE_BUILD_PARALLEL_LEVEL=1 make setup",
    ),
    (
        r"no module named pip|ensurepip is not available",
        "Python came without pip or venv.",
        "{venv}",
    ),
    (
        r"temporary failure in name resolution|name or service not known|nodename nor servname|newconnectionerror"
        r"|max retries exceeded|connection (refused|reset|aborted|broken)|read timed out|connecttimeout|proxyerror"
        r"|network is unreachable|sslerror|certificate verify failed|temporary failure",
        "The package index can't be reached.",
        "Check the connection, and the proxy or mirror in pip's settings (pip config list), then run the same command "
        "again: what has arrived is kept.",
    ),
    (
        r"cmake_c(xx)?_compiler|no cmake_c|c\+\+: not found|command '[^']*(cc|\+\+)[^']*' failed|compilation terminated"
        r"|ninja: build stopped",
        "llama-cpp-python could not be compiled.",
        "{compiler}",
    ),
    (
        r"no matching distribution|could not find a version|resolutionimpossible",
        "The package index lacks a package of the pinned version for this system.",
        "Look up its name in the log, and try another Python: make setup PYTHON=python3.11",
    ),
)


class SetupError(Exception):
    """A step failed: what happened and what the user can do."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(f"{message} {remedy}")
        self.message = message
        self.remedy = remedy


# --- checks before anything is changed ------------------------------------------------------------


def check_python(version: tuple[int, int]) -> None:
    if version < (3, 11):
        raise SetupError(
            f"Copydesk needs Python 3.11 or newer; this is {version[0]}.{version[1]}.",
            "Install a newer one and name it: make setup PYTHON=python3.12",
        )


def check_compiler(cxx: str | None) -> None:
    wanted = [cxx.split()[0]] if cxx and cxx.strip() else []
    if not any(shutil.which(name) for name in (*wanted, *_COMPILERS)):
        raise SetupError(
            "No C++ compiler was found, and the language model's engine must be compiled.", compiler_help()
        )


def check_disk(folder: Path, needed: int = NEEDED_BYTES) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise SetupError(
            f"The disk of {folder} has {free / 1e9:.1f} GB free; about {needed / 1e9:.0f} GB are needed.",
            "Free some space, or put the project on a larger disk.",
        )


def compiler_help() -> str:
    return "Install one, then run the same command again: " + _package_help(
        "sudo apt-get install g++", "sudo dnf install gcc-c++", "xcode-select --install"
    )


def venv_help() -> str:
    return "Install it, then run the same command again: " + _package_help(
        "sudo apt-get install python3-venv", "sudo dnf install python3-pip", "brew install python"
    )


def _package_help(apt: str, dnf: str, mac: str) -> str:
    if platform.system() == "Darwin":
        return mac
    for tool, command in (("apt-get", apt), ("dnf", dnf)):
        if shutil.which(tool):
            return command
    return f"{apt} (Debian, Ubuntu) or {dnf} (Fedora)"


# --- running commands -----------------------------------------------------------------------------


def run_logged(command: Sequence[str], log: Path, title: str) -> None:
    """Runs a command with its output in ``log`` and a line on screen that shows it is alive.

    Raises SetupError with the cause recognised from the log's end.
    """
    started = time.monotonic()
    with log.open("a", encoding="utf-8") as sink:
        sink.write(f"\n$ {' '.join(command)}\n")
        sink.flush()
        offset = sink.tell()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT, cwd=ROOT)
        try:
            _tick(process, title, started, lambda: how_far(_tail(log, offset)))
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
    if process.returncode:
        output = _tail(log, offset)
        _say("".join(f"    {line[:200]}\n" for line in output.splitlines()[-12:]))
        message, remedy = explain(output)
        raise SetupError(f"{title} failed. {message}", f"{remedy} The whole log is in {log}.")
    _say(f"{title}: done in {_clock(time.monotonic() - started)}\n")


def _tick(process: subprocess.Popen[bytes], title: str, started: float, detail: Callable[[], str]) -> None:
    live = sys.stdout.isatty()
    pause, width = (2.0, shutil.get_terminal_size().columns - 1) if live else (30.0, 200)
    if not live:
        _say(f"{title} ...\n")
    while True:
        try:
            process.wait(timeout=pause)
            break
        except subprocess.TimeoutExpired:
            line = f"{title} ... {_clock(time.monotonic() - started)} {detail()}"[:width]
            _say(f"\r\x1b[K{line}" if live else f"{line}\n")
    if live:
        _say("\r\x1b[K")


def how_far(output: str) -> str:
    """The last thing pip or the compiler reported, short: "37 of 193 files", "downloading numpy 2.4.6 (16.9 MB)"."""
    for line in reversed(output.splitlines()):
        if match := re.match(r"\s*\[(\d+)/(\d+)\] ", line):  # ninja
            return f"{match[1]} of {match[2]} files"
        if match := re.match(r"\s*\[\s*(\d+)%\] ", line):  # make
            return f"{match[1]}% compiled"
        if match := re.match(r"\s*Downloading (\S+) \((.*)\)", line):
            name = match[1].rsplit("/", 1)[-1].removesuffix(".metadata").removesuffix(".tar.gz")
            return f"downloading {' '.join(name.split('-')[:2])} ({match[2]})"
        if line.startswith("Installing collected packages"):
            return "unpacking"
    return ""


def explain(output: str) -> tuple[str, str]:
    """The most likely cause of a failed pip or compiler run, and its remedy."""
    for pattern, message, remedy in _CAUSES:
        if re.search(pattern, output, re.IGNORECASE):
            return message, remedy.format(venv=venv_help(), compiler=compiler_help())
    return "The lines above say why.", "Mend that, then run the same command again."


def _tail(log: Path, offset: int, size: int = 20_000) -> str:
    with log.open("rb") as stream:
        end = stream.seek(0, 2)
        stream.seek(max(offset, end - size))
        return stream.read().decode("utf-8", "replace")


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}m{int(seconds) % 60:02}s" if seconds >= 60 else f"{int(seconds)}s"


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


# --- the steps ------------------------------------------------------------------------------------


def requirements(pyproject: Path, dev: bool) -> list[str]:
    """The pinned requirements of the project, with those of its tests when ``dev``."""
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    extra = project["optional-dependencies"]["dev"] if dev else []
    return [*project["dependencies"], *extra]


def pin(requirements: Sequence[str], package: str) -> str:
    return next(line for line in requirements if re.split(r"[=<>~\[ ;]", line)[0] == package)


def fingerprint(root: Path, python: Path) -> str:
    """Changes whenever the packages must be looked at again."""
    digest = hashlib.sha256(str(python).encode())
    for name in ("pyproject.toml", "constraints.txt"):
        digest.update((root / name).read_bytes())
    return digest.hexdigest()


def installed(python: Path, package: str) -> str | None:
    """The version of a package in the environment, or None."""
    script = "import sys; from importlib.metadata import version; print(version(sys.argv[1]))"
    result = subprocess.run([str(python), "-I", "-c", script, package], capture_output=True, text=True)
    return result.stdout.strip() if result.returncode == 0 else None


def has_pip(python: Path) -> bool:
    if not python.exists():
        return False
    command = [str(python), "-I", "-c", "import pip, sys; sys.exit(sys.version_info < (3, 11))"]
    return subprocess.run(command, capture_output=True).returncode == 0


def create_venv(venv: Path) -> None:
    result = subprocess.run([sys.executable, "-m", "venv", "--clear", str(venv)], capture_output=True, text=True)
    if result.returncode:
        output = result.stdout + result.stderr
        if re.search(r"ensurepip|no module named venv", output, re.IGNORECASE):
            raise SetupError("Python's venv module is missing.", venv_help())
        message, remedy = explain(output)
        raise SetupError(f"The environment {venv} could not be made. {message} {output.strip()[-300:]}", remedy)


def install(root: Path, venv: Path, *, dev: bool, torch_index: str | None, cxx: str | None) -> None:
    """Brings the environment to the pinned state. Does nothing when it is there already."""
    python, stamp, log = venv / "bin" / "python", venv / "copydesk-setup.json", venv / "setup.log"
    wanted = fingerprint(root, python)
    done = _read_json(stamp)
    if done.get("fingerprint") == wanted and (done.get("dev") or not dev) and (venv / "bin" / "copydesk").exists():
        return
    needs_build = not has_pip(python) or not installed(python, "llama-cpp-python")
    _say("[1/6] Checking Python, the compiler and the disk\n")
    check_python(sys.version_info[:2])
    if needs_build:
        check_compiler(cxx)
        check_disk(root)
    _say(f"[2/6] The environment {venv}\n")
    if not has_pip(python):
        create_venv(venv)
    dev = dev or bool(done.get("dev"))
    lines = requirements(root / "pyproject.toml", dev)
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--progress-bar", "off"]
    pinned = [*pip, "-c", str(root / "constraints.txt")]
    log.unlink(missing_ok=True)

    torch, llama = (pin(lines, package) for package in _FIRST)
    if (installed(python, "torch") or "").split("+")[0] != torch.split("==")[1]:
        if torch_index:  # its own dependencies come with the rest, from the usual index and pinned
            run_logged([*pip, "--no-deps", "--index-url", torch_index, torch], log, f"[3/6] Installing {torch}")
        else:
            if platform.system() == "Linux" and not shutil.which("nvidia-smi"):
                _say(
                    "      No NVIDIA GPU was found. If pip now fetches gigabytes of CUDA, stop it and use:\n"
                    "      make setup TORCH_INDEX=https://download.pytorch.org/whl/cpu\n"
                )
            run_logged([*pinned, torch], log, f"[3/6] Installing {torch}")
    if installed(python, "llama-cpp-python") != llama.split("==")[1]:
        title = f"[4/6] Building {llama} (4 to 8 minutes the first time)"
        run_logged([*pinned, "--verbose", llama], log, title)
    run_logged([*pinned, *lines], log, "[5/6] Installing the other packages")
    run_logged([*pip, "--no-deps", "-e", str(root)], log, "[6/6] Installing the copydesk command")
    stamp.write_text(json.dumps({"fingerprint": wanted, "dev": dev}), encoding="utf-8")


def models_and_seeds(root: Path, venv: Path, *, dev: bool) -> None:
    """Pulls the models and indexes the seed articles into the default archive, once for each archive.

    The articles are not indexed again as long as they are unchanged, so one that the user removed stays removed.
    """
    copydesk, stamp = venv / "bin" / "copydesk", venv / "copydesk-seeds.json"
    _run_copydesk([str(copydesk), "models", "pull"])
    if dev:
        _run_copydesk([str(copydesk), "models", "pull", TEST_MODEL])
    where = "from rag.config import load_settings; print(load_settings().archive_dir)"
    result = subprocess.run([str(venv / "bin" / "python"), "-c", where], capture_output=True, text=True, cwd=root)
    archive = result.stdout.strip()
    digest = hashlib.sha256()
    for path in sorted((root / "seeds").iterdir()):
        if path.is_file():
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    wanted, done = digest.hexdigest(), _read_json(stamp)
    if archive and done.get(archive) == wanted and Path(archive).is_dir() and any(Path(archive).iterdir()):
        return
    _run_copydesk([str(copydesk), "ingest", str(root / "seeds")])
    stamp.write_text(json.dumps({**done, archive: wanted}), encoding="utf-8")


def _run_copydesk(command: Sequence[str]) -> None:
    # the command reports its own progress and errors
    if code := subprocess.run(command, stdin=subprocess.DEVNULL).returncode:
        shown = " ".join([Path(command[0]).name, *command[1:]])
        raise SetupError(f"'{shown}' ended with code {code}.", "Its message above says why and what to do.")


def _read_json(path: Path) -> dict[str, object]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make setup", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--dev", action="store_true", help="also what the tests need")
    parser.add_argument("--torch-index", help="where to take torch from, such as the index of its CPU builds")
    parser.add_argument("--cxx", help="the C++ compiler make knows of")
    args = parser.parse_args(argv)
    venv = ROOT / ".venv"
    try:
        install(ROOT, venv, dev=args.dev, torch_index=args.torch_index or None, cxx=args.cxx)
        models_and_seeds(ROOT, venv, dev=args.dev)
    except SetupError as error:
        sys.stderr.write(f"\n{error.message}\n{error.remedy}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"\n{error.strerror or error}: {error.filename or ROOT}\nMend that, then try again.\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped. Run the same command again to go on.\n")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
