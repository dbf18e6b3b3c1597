"""Where a model is looked for, when it is trusted, and what is said when it can't be."""

import hashlib
import re
from pathlib import Path

import pytest

from rag import models
from rag.config import Settings
from rag.errors import InputError, ModelError
from rag.registry import REGISTRY, Model, ModelFile

WEIGHTS = b"GGUF" + bytes(range(256)) * 8


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    file = ModelFile("tiny.gguf", hashlib.sha256(WEIGHTS).hexdigest(), len(WEIGHTS))
    monkeypatch.setitem(REGISTRY, "tiny", Model("tiny", "llm", "for tests", "none", "tiny.gguf", (file,)))
    (tmp_path / "models").mkdir()
    return Settings(archive_dir=tmp_path / "archive", models_dir=tmp_path / "models", llm="tiny")


@pytest.fixture
def weights(settings: Settings) -> Path:
    path = settings.models_dir / "tiny.gguf"
    path.write_bytes(WEIGHTS)
    return path


def test_a_whole_file_is_found(settings: Settings, weights: Path) -> None:
    assert models.resolve_llm(settings) == weights


def test_a_file_once_checked_is_not_read_again(
    settings: Settings, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models.resolve_llm(settings)
    monkeypatch.setattr(models, "sha256_of", lambda path: pytest.fail("the file was read again"))
    assert models.resolve_llm(settings) == weights


def test_a_file_changed_since_it_was_checked_is_found_damaged(settings: Settings, weights: Path) -> None:
    models.resolve_llm(settings)
    weights.write_bytes(WEIGHTS[:-1] + b"?")  # the same size, another time
    with pytest.raises(ModelError, match="damaged") as caught:
        models.resolve_llm(settings)
    assert "copydesk models pull tiny" in caught.value.hint


def test_verify_reads_the_file_whatever_was_noted(settings: Settings, weights: Path) -> None:
    models.resolve_llm(settings)
    before = weights.stat()
    with weights.open("r+b") as stream:
        stream.seek(100)
        stream.write(b"?")
    import os

    os.utime(weights, ns=(before.st_atime_ns, before.st_mtime_ns))  # silent decay leaves size and time as they were
    assert models.list_models(settings)[-1].state == "ok"
    assert [found.state for found in models.verify(settings, ["tiny"])] == ["damaged"]


def test_a_short_file_is_damaged_and_a_missing_one_missing(settings: Settings, weights: Path) -> None:
    weights.write_bytes(WEIGHTS[:100])
    assert _states(settings)["tiny"] == "damaged"
    weights.unlink()
    assert _states(settings)["tiny"] == "missing"
    with pytest.raises(ModelError, match="is not in") as caught:
        models.resolve_llm(settings)
    assert "copydesk models pull tiny" in caught.value.hint


def test_a_folder_that_cannot_be_written_still_serves(
    settings: Settings, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError("read-only file system")

    monkeypatch.setattr(Path, "write_text", refuse)
    assert models.resolve_llm(settings) == weights


def test_damaged_notes_are_no_obstacle(settings: Settings, weights: Path) -> None:
    (settings.models_dir / "verified.json").write_text("[1, 2")
    assert models.resolve_llm(settings) == weights


def test_an_own_gguf_is_taken_as_it_is(settings: Settings, tmp_path: Path) -> None:
    own = tmp_path / "mine.gguf"
    own.write_bytes(WEIGHTS)
    assert models.resolve_llm(_with(settings, llm=str(own))) == own
    assert models.selected(_with(settings, llm=str(own), embedder=str(tmp_path))) == []


@pytest.mark.parametrize("content", [b"", b"<html>404</html>"])
def test_an_own_file_that_is_no_gguf_is_refused(settings: Settings, tmp_path: Path, content: bytes) -> None:
    own = tmp_path / "mine.gguf"
    own.write_bytes(content)
    with pytest.raises(ModelError, match="not a GGUF"):
        models.resolve_llm(_with(settings, llm=str(own)))


@pytest.mark.parametrize("name", ["qwen", "/nowhere/model.gguf", "a/../../b.gguf", "o/r/../x.gguf", "./a/b/c.gguf"])
def test_an_unknown_name_is_explained(settings: Settings, name: str) -> None:
    with pytest.raises(ModelError, match="No language model") as caught:
        models.resolve_llm(_with(settings, llm=name))
    assert "owner/repo/file.gguf" in caught.value.hint


def test_a_hub_file_of_the_users_own_has_its_place(settings: Settings) -> None:
    own = _with(settings, llm="Some-Org/Some-Model-GGUF/model.Q4_K_M.gguf")
    assert models.selected(own)[0] == own.llm
    with pytest.raises(ModelError) as caught:
        models.resolve_llm(own)
    assert f"copydesk models pull {own.llm}" in caught.value.hint
    place = settings.models_dir / "hub" / own.llm
    place.parent.mkdir(parents=True)
    place.write_bytes(WEIGHTS)
    assert models.resolve_llm(own) == place


def test_no_llm_and_a_served_llm_need_no_file(settings: Settings) -> None:
    assert models.resolve_llm(_with(settings, llm="none")) is None
    assert "tiny" not in models.selected(_with(settings, llm_url="http://127.0.0.1:1/v1"))


def test_an_embedder_is_no_language_model(settings: Settings) -> None:
    with pytest.raises(ModelError, match="all-minilm-l6-v2"):
        models.resolve_llm(_with(settings, llm="all-minilm-l6-v2"))


def test_an_own_embedder_folder(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "embedder"
    folder.mkdir()
    with pytest.raises(ModelError, match="No embedder"):
        models.embedder_path(_with(settings, embedder=str(folder)))
    (folder / "modules.json").write_text("[]")
    assert models.embedder_path(_with(settings, embedder=str(folder))) == folder


def test_a_name_nobody_knows(settings: Settings) -> None:
    with pytest.raises(InputError, match="No model is named") as caught:
        models.verify(settings, ["gpt-99"])
    assert "tiny" in caught.value.hint


def test_the_registry_is_sound() -> None:
    for model in models.REGISTRY.values():
        for file in model.files:
            assert file.sha256 and re.fullmatch("[0-9a-f]{64}", file.sha256), file.path
            assert file.size > 0 and file.parts
            assert file.path == model.path or file.path.startswith(model.path + "/")
            assert not Path(file.path).is_absolute() and ".." not in file.path
    assert models.REGISTRY["qwen2.5-coder-1.5b-instruct"].size == 1_117_320_768


def _states(settings: Settings) -> dict[str, str]:
    return {found.name: found.state for found in models.list_models(settings)}


def _with(settings: Settings, **changes: object) -> Settings:
    from dataclasses import replace

    return replace(settings, **changes)  # type: ignore[arg-type]
