"""``make setup``: which commands it runs, when it runs none, and what it says when one fails."""

import json
import re
import stat
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from rag import bootstrap
from rag.bootstrap import SetupError

PYPROJECT = """
[project]
dependencies = ["llama-cpp-python==0.3.36", "numpy==2.4.6", "torch==2.13.0"]
[project.optional-dependencies]
dev = ["pytest==9.2.0"]
"""


class Machine:
    """Stands for the commands that setup runs: notes them, and what would be installed by them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.ran: list[str] = []
        self.packages: dict[str, str] = {}

    def run_logged(self, command: Sequence[str], log: Path, title: str) -> None:
        line = " ".join(command)
        self.ran.append(line)
        self.packages.update(re.findall(r"(\S+)==(\S+)", line))
        if "--no-deps -e" in line:
            (self.root / ".venv/bin/copydesk").touch()

    def create_venv(self, venv: Path) -> None:
        (venv / "bin").mkdir(parents=True)
        (venv / "bin" / "python").touch()


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    (tmp_path / "constraints.txt").write_text("numpy==2.4.6\n")
    machine = Machine(tmp_path)
    monkeypatch.setattr(bootstrap, "run_logged", machine.run_logged)
    monkeypatch.setattr(bootstrap, "create_venv", machine.create_venv)
    monkeypatch.setattr(bootstrap, "has_pip", lambda python: python.exists())
    monkeypatch.setattr(bootstrap, "installed", lambda python, package: machine.packages.get(package))
    monkeypatch.setattr(bootstrap, "check_disk", lambda folder: None)
    return machine


def install(machine: Machine, *, dev: bool = False, torch_index: str | None = None) -> list[str]:
    machine.ran.clear()
    bootstrap.install(machine.root, machine.root / ".venv", dev=dev, torch_index=torch_index, cxx=sys.executable)
    return machine.ran


def test_torch_first_then_the_long_build_then_the_rest(machine: Machine) -> None:
    torch, llama, rest, own = install(machine)
    assert torch.endswith("torch==2.13.0") and "constraints.txt" in torch
    assert llama.endswith("llama-cpp-python==0.3.36")
    assert "numpy==2.4.6" in rest and "pytest==" not in rest and "constraints.txt" in rest
    assert own.endswith(f"--no-deps -e {machine.root}")


def test_a_second_run_installs_nothing(machine: Machine) -> None:
    install(machine)
    assert install(machine) == []


def test_changed_pins_are_looked_at_again_but_nothing_is_built_twice(machine: Machine) -> None:
    install(machine)
    (machine.root / "constraints.txt").write_text("numpy==2.5.0\n")
    ran = install(machine)
    assert len(ran) == 2 and not any(line.endswith("torch==2.13.0 ") for line in ran)


def test_the_test_tools_come_on_top_and_stay(machine: Machine) -> None:
    install(machine)
    assert any("pytest==9.2.0" in line for line in install(machine, dev=True))
    assert install(machine) == []
    (machine.root / "constraints.txt").write_text("numpy==2.5.0\n")
    assert any("pytest==9.2.0" in line for line in install(machine))


def test_the_cpu_index_is_for_torch_alone(machine: Machine) -> None:
    torch, *others = install(machine, torch_index="https://example.org/cpu")
    assert "--index-url https://example.org/cpu torch==2.13.0" in torch and "--no-deps" in torch
    assert not any("example.org" in line for line in others)


def test_a_torch_of_the_users_own_build_is_kept(machine: Machine) -> None:
    machine.create_venv(machine.root / ".venv")
    machine.packages["torch"] = "2.13.0+cpu"
    assert not any(line.endswith("torch==2.13.0") and "numpy" not in line for line in install(machine))


def test_no_compiler(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: "/usr/bin/apt-get" if name == "apt-get" else None)
    with pytest.raises(SetupError, match=r"No C\+\+ compiler.*sudo apt-get install g\+\+"):
        install(machine)
    assert machine.ran == [] and not (machine.root / ".venv").exists()


def test_a_full_disk(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="GB free; about 1000000000 GB are needed"):
        bootstrap.check_disk(tmp_path, needed=10**18)


def test_an_old_python() -> None:
    with pytest.raises(SetupError, match=r"needs Python 3\.11 or newer; this is 3\.9.*PYTHON="):
        bootstrap.check_python((3, 9))


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("error: could not write: [Errno 28] No space left on device", "disk is full"),
        ("Retrying: Temporary failure in name resolution\nERROR: No matching distribution found", "can't be reached"),
        ("CMake Error: CMAKE_CXX_COMPILER not set\nERROR: Failed building wheel", "could not be compiled"),
        ("g++: fatal error: Killed signal terminated program cc1plus\nninja: build stopped", "out of memory"),
        ("ERROR: No matching distribution found for torch==2.13.0", "lacks a package"),
        ("something new", "The lines above say why"),
    ],
)
def test_a_cause_is_recognised(output: str, said: str) -> None:
    message, remedy = bootstrap.explain(output)
    assert said in message
    assert remedy and "{" not in remedy


@pytest.mark.parametrize(
    ("output", "shown"),
    [
        ("  [36/193] /usr/bin/gcc -c a.c\n  [37/193] /usr/bin/g++ -c b.cpp\n", "37 of 193 files"),
        ("[ 40%] Building CXX object b.o", "40% compiled"),
        (
            "Collecting numpy\n  Downloading numpy-2.4.6-cp311-cp311-linux_x86_64.whl (16.9 MB)\n",
            "downloading numpy 2.4.6 (16.9 MB)",
        ),
        ("Installing collected packages: a, b", "unpacking"),
        ("", ""),
    ],
)
def test_how_far_a_step_is(output: str, shown: str) -> None:
    assert shown in bootstrap.how_far(output)


def test_a_failed_step_shows_the_last_lines_and_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script = "print('Temporary failure in name resolution'); raise SystemExit(1)"
    with pytest.raises(SetupError, match=r"\[3/6\] Installing failed\. The package index can't be reached"):
        bootstrap.run_logged([sys.executable, "-c", script], tmp_path / "setup.log", "[3/6] Installing")
    assert "name resolution" in capsys.readouterr().out
    assert "name resolution" in (tmp_path / "setup.log").read_text()


def test_a_step_that_takes_long_shows_that_it_is_alive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap.sys.stdout, "isatty", lambda: True, raising=False)
    waits = iter([0.01, 0.01])
    monkeypatch.setattr(bootstrap, "_clock", lambda seconds: f"{next(waits, 9)}s")
    script = "import time; print('[1/9] Building C object a.o', flush=True); time.sleep(2.5)"
    bootstrap.run_logged([sys.executable, "-c", script], tmp_path / "setup.log", "[4/6] Building")
    assert "1 of 9 files" in capsys.readouterr().out


def test_debian_without_venv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "python"
    fake.write_text("#!/bin/sh\necho 'The virtual environment was not created: ensurepip is not available.'\nexit 1\n")
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(bootstrap.sys, "executable", str(fake))
    with pytest.raises(SetupError, match=r"venv module is missing.*Install it"):
        bootstrap.create_venv(tmp_path / ".venv")


# --- models and seeds -----------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose ``copydesk`` notes how it was called, and whose archive is in a folder beside it."""
    for folder in (".venv/bin", "seeds", "archive"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "seeds" / "one.txt").write_text("An article.")
    (tmp_path / "archive" / "catalog").write_text("")
    _script(tmp_path / ".venv/bin/copydesk", f'echo "$*" >> {tmp_path}/calls\nexit $(cat {tmp_path}/code)')
    _script(tmp_path / ".venv/bin/python", f"echo {tmp_path}/archive")
    (tmp_path / "code").write_text("0")
    return tmp_path


def _script(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def _calls(project: Path, *, dev: bool = False) -> list[str]:
    (project / "calls").unlink(missing_ok=True)
    bootstrap.models_and_seeds(project, project / ".venv", dev=dev)
    return (project / "calls").read_text().splitlines()


def test_models_are_pulled_and_seeds_indexed_once(project: Path) -> None:
    assert _calls(project) == ["models pull", f"ingest {project}/seeds"]
    assert _calls(project) == ["models pull"]
    (project / "seeds" / "one.txt").write_text("An article, corrected.")
    assert _calls(project) == ["models pull", f"ingest {project}/seeds"]


def test_a_deleted_archive_gets_its_seeds_again(project: Path) -> None:
    _calls(project)
    (project / "archive" / "catalog").unlink()
    assert f"ingest {project}/seeds" in _calls(project)


def test_a_failed_pull_stops_setup(project: Path) -> None:
    (project / "code").write_text("2")
    with pytest.raises(SetupError, match="'copydesk models pull' ended with code 2"):
        bootstrap.models_and_seeds(project, project / ".venv", dev=False)
    assert not (project / ".venv" / "copydesk-seeds.json").exists()


def test_the_projects_own_pins_agree_with_its_constraints() -> None:
    root = bootstrap.ROOT
    constraints = (root / "constraints.txt").read_text().splitlines()
    pinned = {_canonical(name): version for name, _, version in (line.partition("==") for line in constraints)}
    for line in bootstrap.requirements(root / "pyproject.toml", dev=True):
        name, _, version = line.partition("==")
        assert pinned.get(_canonical(name)) == version, line
    assert "+" not in pinned["torch"]


def test_a_stamp_that_was_cut_short_is_no_obstacle(machine: Machine) -> None:
    install(machine)
    (machine.root / ".venv" / "copydesk-setup.json").write_text(json.dumps({"fingerprint": "x"})[:7])
    assert install(machine)


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
