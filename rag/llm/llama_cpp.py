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
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from rag.config import share_cores
from rag.errors import InputError, ModelError
from rag.llm.base import Cancel, ChoiceResult, Completion, Prompt
from rag.llm.chat import Piece, Render, chatml, pieces, without_system
from rag.llm.context import SETTINGS, Context
from rag.llm.cores import physical_cores, processor
from rag.llm.hidden import LayerTap
from rag.llm.kept import Kept
from rag.llm.text import TextStream, valid_unicode
from rag.llm.writing import BATCH as PEN_BATCH
from rag.llm.writing import Pen, written
from rag.types import Message

TOP = 20  # first-token log-probabilities reported
PEN_CTX = 2048  # tokens of prompt and reply that the second copy takes; longer ones are written by the first

_log: deque[str] = deque(maxlen=20)
_log_callback: Any = None
_log_lock = threading.Lock()


class LlamaCpp:
    """A GGUF model in this process. Not thread-safe but for ``count``: one thread owns it."""

    def __init__(
        self,
        path: Path,
        *,
        n_ctx: int = 4096,
        n_threads: int | None = None,
        tap_layer: int | None = None,
        states: Path | None = None,
        pen: bool = False,
    ) -> None:
        """Load the model. Raises ModelError when the file is missing, damaged or of an unknown kind.

        ``tap_layer``: the layer (from 0) whose state after a prompt ``choice`` returns too. ``states``: a folder for
        the states of fixed prefixes. ``pen``: write replies with a second copy of the weights, laid out for that
        (``rag.llm.writing``), where the model can take guesses back.
        """
        _check_file(path)
        self.name = path.stem
        self._lib = lib = _library()
        self._model: Any = _load(lib, path, repack=False)
        if not self._model:
            raise _broken(path)
        self._vocab = lib.llama_model_get_vocab(self._model)
        self.n_ctx = min(n_ctx, lib.llama_model_n_ctx_train(self._model))
        threads = n_threads or physical_cores()
        try:
            self._context = Context(
                lib,
                self._model,
                n_ctx=self.n_ctx,
                threads=threads,
                last_log=_last_log,
                tap=None if tap_layer is None else LayerTap(lib, tap_layer, lib.llama_model_n_embd(self._model)),
                kept=None if states is None else Kept(states, _computed_by(lib, path, threads)),
            )
        except ModelError:
            lib.llama_model_free(self._model)
            raise
        rewinds = not (lib.llama_model_is_recurrent(self._model) or lib.llama_model_is_hybrid(self._model))
        self._pen = self._second(path, threads) if pen and rewinds else None
        self._render = self._chat_template()
        self._pieces: dict[int, bytes] = {}

    def _second(self, path: Path, threads: int) -> Pen:
        lib, handle = self._lib, None

        def make() -> Context:
            nonlocal handle
            handle = _load(lib, path, repack=True)
            if not handle:
                raise _broken(path)
            n_ctx = min(self.n_ctx, PEN_CTX)
            return Context(lib, handle, n_ctx=n_ctx, threads=threads, last_log=_last_log, batch=PEN_BATCH)

        return Pen(make, lambda: lib.llama_model_free(handle) if handle else None)

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
        size = len(prefix) + len(tail)
        text = TextStream(stop)
        shown: list[str] = []
        made = 0
        with self._context.guard(cancel):
            cached, logits, _ = self._context.prefill(prefix, tail)
            first = self._top(logits)
            limit = min(max_tokens, self.n_ctx - size)
            tokens = written(
                self._context,
                self._pen,
                tail,
                int(logits.argmax()),
                start=size,
                limit=limit,
                ends=self._ends,
                cancel=cancel,
            )
            for token in tokens:
                made += 1
                if piece := text.feed(self._piece(token)):
                    shown.append(piece)
                    yield piece
                if text.stopped:
                    break
        if piece := text.finish():
            shown.append(piece)
            yield piece
        return Completion("".join(shown), size, cached, made, first)

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
            if self._pen is not None:
                self._pen.close()
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


def _load(lib: Any, path: Path, repack: bool) -> Any:
    """The model's handle, null where it can't be loaded. ``repack`` lays the weights out anew where the CPU has a use
    for that, in memory of their own; else all stay in the file, mapped."""
    params = lib.llama_model_default_params()
    params.load_mode = lib.LLAMA_LOAD_MODE_NONE if repack else lib.LLAMA_LOAD_MODE_MMAP
    params.use_extra_bufts = repack
    return lib.llama_model_load_from_file(str(path).encode(), params)


def _computed_by(lib: Any, path: Path, threads: int) -> str:
    """Everything that the numbers of a state depend on, beside its tokens; the context's settings stand in code."""
    about = path.stat()
    files = sorted((Path(lib.__file__).parent / "lib").glob("*"))
    built = [f"{f.name} {f.stat().st_size} {f.stat().st_mtime_ns}" for f in files]
    model = f"{path.absolute()} {about.st_size} {about.st_mtime_ns}"
    info = lib.llama_print_system_info().decode("utf-8", "replace")
    return "\n".join([model, version("llama-cpp-python"), *built, info, processor(), str(threads), SETTINGS])


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
