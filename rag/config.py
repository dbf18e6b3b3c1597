"""Settings: one frozen dataclass, read from the environment in this file only."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import platformdirs

from rag.errors import InputError

DEFAULT_LLM = "qwen2.5-coder-1.5b-instruct"
DEFAULT_EMBEDDER = "all-minilm-l6-v2"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set. Paths are absolute; tokens and words are counts."""

    archive_dir: Path
    models_dir: Path
    evals_dir: Path | None = None  # where the runs of `copydesk eval` are kept; None: nowhere
    llm: str = DEFAULT_LLM  # a registry name, a path to a GGUF file, "owner/repo/file.gguf" on the hub, or "none"
    llm_url: str | None = None  # an OpenAI-compatible server; takes the place of the local model
    llm_model: str | None = None  # the model name to ask that server for
    llm_key: str | None = None
    embedder: str = DEFAULT_EMBEDDER
    exact_embedding: bool = False  # float32 also where the CPU embeds faster in bfloat16
    entailment: Path | None = None  # folder of a cross-encoder that gives a second opinion on doubtful sentences
    fast_writing: bool = False  # a second copy of the model's weights, laid out for writing
    n_ctx: int = 4096
    n_threads: int | None = None  # None: the machine's physical cores
    queue_size: int = 16
    host: str = "127.0.0.1"
    port: int = 7860
    offline: bool = False
    max_question_chars: int = 2000
    allow_urls: bool = False  # whether a server may fetch web pages that a command asks it to take in
    trace: Path | None = None  # a file that gets a line for each answer; None: nothing is recorded
    bench_dir: Path | None = None  # public benchmarks' dev splits, for fitting and measuring


def load_settings(env: Mapping[str, str] | None = None, **overrides: object) -> Settings:
    """Settings from ``COPYDESK_*`` variables, with ``overrides`` (None means: not given) on top."""
    if env is None:
        env = os.environ
        share_cores()
    settings = Settings(
        archive_dir=_path(env.get("COPYDESK_HOME"), platformdirs.user_data_dir("copydesk", appauthor=False)),
        models_dir=_path(
            env.get("COPYDESK_MODELS"), str(Path(platformdirs.user_cache_dir("copydesk", appauthor=False)) / "models")
        ),
        evals_dir=_path(env.get("COPYDESK_EVALS"), platformdirs.user_data_dir("copydesk-evals", appauthor=False)),
        llm=env.get("COPYDESK_LLM") or DEFAULT_LLM,
        llm_url=env.get("COPYDESK_LLM_URL") or None,
        llm_model=env.get("COPYDESK_LLM_MODEL") or None,
        llm_key=env.get("COPYDESK_LLM_KEY") or env.get("OPENAI_API_KEY") or None,
        embedder=env.get("COPYDESK_EMBEDDER") or DEFAULT_EMBEDDER,
        exact_embedding=env.get("COPYDESK_EXACT_EMBEDDING", "") not in ("", "0"),
        entailment=_path(env["COPYDESK_ENTAILMENT_MODEL"], "") if env.get("COPYDESK_ENTAILMENT_MODEL") else None,
        fast_writing=env.get("COPYDESK_FAST_WRITING", "") not in ("", "0"),
        n_threads=_number(env, "COPYDESK_THREADS"),
        host=env.get("COPYDESK_HOST") or "127.0.0.1",
        port=_number(env, "COPYDESK_PORT") or 7860,
        offline=env.get("COPYDESK_OFFLINE", "") not in ("", "0"),
        trace=_path(env["COPYDESK_TRACE"], "") if env.get("COPYDESK_TRACE") else None,
        bench_dir=Path(env["COPYDESK_BENCH_DIR"]).expanduser().absolute() if env.get("COPYDESK_BENCH_DIR") else None,
    )
    return replace(settings, **{k: v for k, v in overrides.items() if v is not None})  # type: ignore[arg-type]


def silence_telemetry() -> None:
    """Keep libraries from calling home; they read these variables when they are imported."""
    os.environ.update(
        GRADIO_ANALYTICS_ENABLED="False", ANONYMIZED_TELEMETRY="False", HF_HUB_DISABLE_TELEMETRY="1", DO_NOT_TRACK="1"
    )


def go_offline() -> None:
    """Make the model and index libraries work from local files only; call it before they are imported."""
    silence_telemetry()
    os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1", TOKENIZERS_PARALLELISM="false")


def bare_environment() -> dict[str, str]:
    """The environment without anything secret, for a process that reads what nobody has checked."""
    secret = ("COPYDESK_", "KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIAL")
    return {name: value for name, value in os.environ.items() if not any(part in name.upper() for part in secret)}


def share_cores() -> None:
    """Let the models' threads sleep soon, not spin, while they wait for each other; before their libraries are loaded.

    It costs nothing on an idle machine. When another program wants a core (the browser next to it), a two-core machine
    writes 15 tokens a second instead of 1 to 4. A user's own OpenMP settings hold.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")


def _path(value: str | None, default: str) -> Path:
    return Path(value or default).expanduser().absolute()


def _number(env: Mapping[str, str], name: str) -> int | None:
    value = env.get(name)
    if not value:
        return None
    try:
        return int(value)
    except ValueError:
        raise InputError(f"{name} is {value!r}, not a whole number.", f"Set {name} to a number or unset it.") from None
