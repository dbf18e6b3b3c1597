"""The local language model: a GGUF file run by llama.cpp in this process. The only module that imports llama_cpp.

Texts are tokenised apart from the chat template's scaffold, so that no text can produce a control token.
"""

from __future__ import annotations

import ctypes
import functools
import itertools
import threading
from collections import deque
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rag.config import share_cores
from rag.errors import InputError, ModelError
from rag.llm.base import Cancel, ChoiceResult, Completion, Prompt
from rag.llm.chat import Piece, Render, chatml, pieces, without_system
from rag.llm.context import Context
from rag.llm.cores import physical_cores
from rag.llm.hidden import LayerTap
from rag.llm.text import TextStream, valid_unicode
from rag.types import Message

TOP = 20  # first-token log-probabilities reported

_log: deque[str] = deque(maxlen=20)
_log_callback: Any = None
_log_lock = threading.Lock()


class LlamaCpp:
    """A GGUF model in this process. Not thread-safe but for ``count``: one thread owns it."""

    def __init__(
        self, path: Path, *, n_ctx: int = 4096, n_threads: int | None = None, tap_layer: int | None = None
    ) -> None:
        """Load the model. Raises ModelError when the file is missing, damaged or of an unknown kind.

        ``tap_layer``: the layer (from 0) whose state after a prompt ``choice`` returns too.
        """
        _check_file(path)
        self.name = path.stem
        self._lib = lib = _library()
        params = lib.llama_model_default_params()
        params.load_mode = lib.LLAMA_LOAD_MODE_MMAP
        params.use_extra_bufts = False
        self._model: Any = lib.llama_model_load_from_file(str(path).encode(), params)
        if not self._model:
            raise _broken(path)
        self._vocab = lib.llama_model_get_vocab(self._model)
        self.n_ctx = min(n_ctx, lib.llama_model_n_ctx_train(self._model))
        try:
            self._context = Context(
                lib,
                self._model,
                n_ctx=self.n_ctx,
                threads=n_threads or physical_cores(),
                last_log=_last_log,
                tap=None if tap_layer is None else LayerTap(lib, tap_layer, lib.llama_model_n_embd(self._model)),
            )
        except ModelError:
            lib.llama_model_free(self._model)
            raise
        self._render = self._chat_template()
        self._pieces: dict[int, bytes] = {}

    # --- the LLM protocol ---

    def count(self, text: str) -> int:
        return len(self._tokenize(text, scaffold=False))

    def warm(self, prompt: Prompt) -> None:
        prefix, _ = self._encode(prompt)
        if prefix:
            with self._context.guard(None):
                self._context.load_prefix(prefix)

    def stream(
        self, prompt: Prompt, *, max_tokens: int, stop: Sequence[str] = (), cancel: Cancel | None = None
    ) -> Generator[str, None, Completion]:
        prefix, tail = self._encode(prompt)
        tokens = prefix + tail
        text = TextStream(stop)
        shown: list[str] = []
        made = 0
        with self._context.guard(cancel):
            turn = self._context.turn
            cached, logits, _ = self._context.prefill(prefix, tail)
            first = self._top(logits)
            limit = min(max_tokens, self.n_ctx - len(tokens))
            while made < limit:
                token = int(logits.argmax())
                if self._ends(token):
                    break
                made += 1
                if piece := text.feed(self._piece(token)):
                    shown.append(piece)
                    yield piece
                if text.stopped or made == limit:
                    break
                if self._context.turn != turn:
                    raise RuntimeError("the model was asked something else before this reply was finished")
                logits = self._context.decode([token], len(tokens) + made - 1)
        if piece := text.finish():
            shown.append(piece)
            yield piece
        return Completion("".join(shown), len(tokens), cached, made, first)

    def choice(self, prompt: Prompt, options: Sequence[str], *, cancel: Cancel | None = None) -> ChoiceResult:
        if len(options) < 2 or len(set(options)) < len(options) or not all(options):
            raise ValueError("a choice takes two or more different options")
        prefix, tail = self._encode(prompt)
        start = len(prefix) + len(tail)
        spelled = [self._tokenize(option, scaffold=False) for option in options]
        with self._context.guard(cancel):
            cached, logits, hidden = self._context.prefill(prefix, tail)
            first = _log_softmax(logits)
            scores = [float(first[tokens[0]]) for tokens in spelled]
            if len({tokens[0] for tokens in spelled}) < len(spelled):  # told apart by later tokens only
                for i, tokens in enumerate(spelled):
                    for at, (given, wanted) in enumerate(itertools.pairwise(tokens)):
                        scores[i] += float(_log_softmax(self._context.decode([given], start + at))[wanted])
                    if not self._context.rewind(start):
                        self._context.prefill(prefix, tail)
        return ChoiceResult(tuple(options), tuple(scores), start, cached, hidden)

    def close(self) -> None:
        if self._model:
            self._context.close()
            self._lib.llama_model_free(self._model)
            self._model = None

    # --- tokens ---

    def _encode(self, prompt: Prompt) -> tuple[list[int], list[int]]:
        """Token ids of the fixed prefix and of the rest. Each piece is tokenised for itself, so prompts that
        share their beginning share its tokens."""
        if not self._model:
            raise ModelError("The language model is closed.", "Restart Copydesk.")
        head, rest = self._layout(prompt)
        prefix = [token for piece in head for token in self._tokenize(*piece)]
        tail = [token for piece in rest for token in self._tokenize(*piece)]
        tail += self._tokenize(prompt.assistant_start, scaffold=False)
        if self._lib.llama_vocab_get_add_bos(self._vocab):
            bos = self._lib.llama_vocab_bos(self._vocab)
            first = prefix or tail
            if first[:1] != [bos]:  # some templates write it themselves
                first.insert(0, bos)
        size = len(prefix) + len(tail)
        if size > self.n_ctx - 16:
            raise InputError(
                f"The prompt takes {size} tokens; the language model reads at most {self.n_ctx - 16}.",
                "Ask a shorter question.",
            )
        return prefix, tail

    def _layout(self, prompt: Prompt) -> tuple[list[Piece], list[Piece]]:
        try:
            return pieces(self._render, prompt.messages, prompt.prefix_messages)
        except ValueError as problem:
            raise ModelError(
                f"The chat template of {self.name} can't lay out this conversation: {problem}.",
                "Use another model (COPYDESK_LLM).",
            ) from problem

    def _tokenize(self, text: str, scaffold: bool) -> list[int]:
        data = valid_unicode(text).encode()
        size = len(data) + 8
        buffer = (self._lib.llama_token * size)()
        n = self._lib.llama_tokenize(self._vocab, data, len(data), buffer, size, False, scaffold)
        if n < 0:
            raise InputError("The text can't be split into the model's tokens.", "Remove unusual characters.")
        return list(buffer[:n])

    def _piece(self, token: int) -> bytes:
        """The bytes a token stands for, none for control tokens."""
        if token not in self._pieces:
            buffer = ctypes.create_string_buffer(256)
            n = self._lib.llama_token_to_piece(self._vocab, token, buffer, len(buffer), 0, False)
            self._pieces[token] = buffer.raw[: max(n, 0)]
        return self._pieces[token]

    def _ends(self, token: int) -> bool:
        """End of reply: the model's own marks, or any control token, which has no business in a text."""
        return bool(
            self._lib.llama_vocab_is_eog(self._vocab, token) or self._lib.llama_vocab_is_control(self._vocab, token)
        )

    def _top(self, logits: Any) -> dict[str, float]:
        scores = _log_softmax(logits)
        best = np.argpartition(scores, -TOP)[-TOP:]
        ranked = best[np.argsort(-scores[best], kind="stable")]
        result: dict[str, float] = {}
        for token in ranked:
            result.setdefault(self._piece(int(token)).decode("utf-8", "replace"), float(scores[token]))
        return result

    def _chat_template(self) -> Render:
        """The model's own template; the usual one where it has none, or one that can't be used."""
        source = self._metadata("tokenizer.chat_template")
        from jinja2 import TemplateError
        from llama_cpp.llama_chat_format import Jinja2ChatFormatter

        bos, eos = (
            (self._lib.llama_vocab_get_text(self._vocab, token) or b"").decode("utf-8", "replace") if token >= 0 else ""
            for token in (self._lib.llama_vocab_bos(self._vocab), self._lib.llama_vocab_eos(self._vocab))
        )

        @functools.cache  # compiling a template takes milliseconds
        def formatter(open_reply: bool) -> Any:
            return Jinja2ChatFormatter(source, eos, bos, add_generation_prompt=open_reply)

        def render(messages: list[dict[str, str]], open_reply: bool) -> str:
            return str(formatter(open_reply)(messages=messages).prompt)

        probe = [Message("system", "a"), Message("user", "b"), Message("assistant", "c"), Message("user", "d")]
        for candidate in (render, without_system(render)) if source else ():
            try:
                pieces(candidate, probe, 1)
            except (TemplateError, ValueError, TypeError):
                continue
            return candidate
        return chatml

    def _metadata(self, key: str) -> str:
        buffer = ctypes.create_string_buffer(1 << 17)
        n = self._lib.llama_model_meta_val_str(self._model, key.encode(), buffer, len(buffer))
        return buffer.value.decode("utf-8", "replace") if n > 0 else ""


def _log_softmax(logits: Any) -> Any:
    """Natural log-probabilities, float64[n_vocab]."""
    scores = logits.astype(np.float64)
    scores -= scores.max()
    return scores - np.log(np.exp(scores).sum())


def _check_file(path: Path) -> None:
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except FileNotFoundError:
        raise ModelError(f"The model file {path} is missing.", "Run `copydesk models pull`.") from None
    except OSError as problem:
        raise ModelError(
            f"The model file {path} can't be read: {problem.strerror}.", "Check its permissions."
        ) from None
    if magic != b"GGUF":
        raise _broken(path, "not a GGUF file")


def _broken(path: Path, why: str | None = None) -> ModelError:
    return ModelError(
        f"The model file {path} is damaged or of an unknown kind ({why or _last_log()}).",
        "Run `copydesk models verify`, then `copydesk models pull`.",
    )


def _last_log() -> str:
    lines = [line.strip() for line in _log if line.strip()]
    return lines[-1] if lines else "no further details"


def _library() -> Any:
    """llama_cpp, initialised once, its log kept from the terminal."""
    global _log_callback
    share_cores()
    try:
        import llama_cpp
    except (ImportError, OSError, RuntimeError) as problem:
        raise ModelError(
            f"llama-cpp-python can't be loaded: {problem}.", "Run `make setup`; it needs a C++ compiler."
        ) from problem
    with _log_lock:
        if _log_callback is None:

            def keep(level: int, text: bytes, _: Any) -> None:
                if level in (2, 3):  # warnings and errors
                    _log.append(text.decode("utf-8", "replace"))

            _log_callback = llama_cpp.llama_log_callback(keep)  # C keeps a pointer: must never be collected
            llama_cpp.llama_log_set(_log_callback, ctypes.c_void_p(0))
            llama_cpp.llama_backend_init()
    _log.clear()
    return llama_cpp
