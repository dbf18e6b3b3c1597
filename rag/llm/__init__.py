"""Language models: llama.cpp in this process, or any OpenAI-compatible server."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag.config import Settings
    from rag.llm.base import LLM


def load_llm(settings: Settings) -> LLM | None:
    """The language model the settings name, ready to answer; None when they say "none".

    A local model is loaded into memory here; the thread that calls this need not be the one that uses it.
    A server is not contacted before the first question. Raises ModelError when a model is missing or damaged.
    """
    if settings.llm_url:
        from rag.llm.openai_api import OpenAICompatible

        return OpenAICompatible(settings.llm_url, model=settings.llm_model, key=settings.llm_key)
    if settings.llm == "none":
        return None
    from rag import probe
    from rag.llm.llama_cpp import LlamaCpp
    from rag.models import resolve_llm

    path = resolve_llm(settings)
    if path is None:
        return None
    fitted = probe.of(path.stem)
    tap = fitted.layer if fitted else None
    return LlamaCpp(
        path,
        n_ctx=settings.n_ctx,
        n_threads=settings.n_threads,
        tap_layer=tap,
        states=settings.models_dir / "states",
        pen=settings.fast_writing,
    )
