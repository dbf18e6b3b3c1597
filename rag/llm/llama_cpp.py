"""The local language model: a GGUF file run by llama.cpp in this process. The only module that imports llama_cpp.

What a call costs is the prompt tokens the model has not seen just before. The state (KV cache) of a fixed prefix
is kept in memory and copied back; on top of it, a prompt that begins like the previous one computes only what differs.

llama.cpp rounds differently for different batch shapes, so a cache can change a reply. Here it does not: with flash
attention and weight repacking off, a prompt token's result is the same to the last bit in every batch of 8 or more
(measured; smaller ones take another code path), and one sequence fills the cache from its start, so a token always
lies in the same place. ``_prefill`` keeps to such batches. Repacking off also costs less memory (1.3 GB, not 1.9, for
the 1.5B) and reads prompts faster (245 tokens/s, not 155), for slower writing (28 tokens/s, not 37).
"""

from __future__ import annotations

import ctypes
import itertools
import sys
import threading
from collections import OrderedDict, deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from rag.errors import Cancelled, InputError, ModelError
from rag.llm.base import Cancel, ChoiceResult, Completion, Prompt
from rag.llm.chat import Piece, Render, chatml, pieces
from rag.llm.cores import physical_cores
from rag.llm.text import TextStream, valid_unicode

BATCH = 512  # tokens computed at once
BLOCK = 8  # tokens after the prefix are reused in whole blocks only
LEAST = 16  # tokens in a batch, unless a prompt has no more
PREFIX_TOKENS = 8192  # what all kept prefixes may hold together (29 KB a token for a 1.5B model)
TOP = 20  # first-token log-probabilities reported

_log: deque[str] = deque(maxlen=20)
_log_callback: Any = None
_log_lock = threading.Lock()
_GO_ON = ctypes.create_string_buffer(2)


class LlamaCpp:
    """A GGUF model in this process. Not thread-safe but for ``count``: one thread owns it."""

    def __init__(self, path: Path, *, n_ctx: int = 4096, n_threads: int | None = None) -> None:
        """Load the model. Raises ModelError when the file is missing, damaged or of an unknown kind."""
        _check_file(path)
        self.name = path.stem
        self._lib = lib = _library()
        self._model: Any = None
        self._ctx: Any = None
        params = lib.llama_model_default_params()
        params.load_mode = lib.LLAMA_LOAD_MODE_MMAP
        params.use_extra_bufts = False
        self._model = lib.llama_model_load_from_file(str(path).encode(), params)
        if not self._model:
            raise _broken(path)
        self._vocab = lib.llama_model_get_vocab(self._model)
        self._n_vocab: int = lib.llama_vocab_n_tokens(self._vocab)
        self.n_ctx = min(n_ctx, lib.llama_model_n_ctx_train(self._model))
        self._ctx = self._new_context(n_threads or physical_cores())
        if not self._ctx:
            self.close()
            raise ModelError(
                f"No memory for a context of {n_ctx} tokens ({_last_log()}).",
                "Close other programs or set a smaller model.",
            )
        self._memory = lib.llama_get_memory(self._ctx)
        self._abort_fn = _c_strlen(lib)
        self._batch = lib.llama_batch_init(BATCH, 0, 1)
        self._render = self._chat_template()
        self._tokens: list[int] = []  # what the working cache holds, of prompts only
        self._split = 0  # how many of them were computed as a prefix
        self._turn = 0
        self._cancel: Cancel | None = None
        self._prefixes: OrderedDict[tuple[int, ...], Any] = OrderedDict()  # tokens -> saved state, oldest use first
        self._pieces: dict[int, bytes] = {}

    # --- the LLM protocol ---

    def count(self, text: str) -> int:
        return len(self._tokenize(text, scaffold=False))

    def warm(self, prompt: Prompt) -> None:
        prefix, _ = self._encode(prompt)
        if prefix:
            with self._guard(None):
                self._load_prefix(prefix)

    def stream(
        self, prompt: Prompt, *, max_tokens: int, stop: Sequence[str] = (), cancel: Cancel | None = None
    ) -> Generator[str, None, Completion]:
        prefix, tail = self._encode(prompt)
        tokens = prefix + tail
        text = TextStream(stop)
        shown: list[str] = []
        made = 0
        with self._guard(cancel):
            turn = self._turn
            cached, logits = self._prefill(prefix, tail)
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
                if self._turn != turn:
                    raise RuntimeError("the model was asked something else before this reply was finished")
                logits = self._decode([token], len(tokens) + made - 1)
        if piece := text.finish():
            shown.append(piece)
            yield piece
        return Completion("".join(shown), len(tokens), cached, made, first)

    def choice(self, prompt: Prompt, options: Sequence[str], *, cancel: Cancel | None = None) -> ChoiceResult:
        if len(options) < 2 or len(set(options)) < len(options):
            raise ValueError("a choice takes two or more different options")
        prefix, tail = self._encode(prompt)
        start = len(prefix) + len(tail)
        spelled = [self._tokenize(option, scaffold=False) for option in options]
        with self._guard(cancel):
            cached, logits = self._prefill(prefix, tail)
            first = _log_softmax(logits)
            scores = [float(first[tokens[0]]) for tokens in spelled]
            if len({tokens[0] for tokens in spelled}) < len(spelled):  # told apart by later tokens only
                for i, tokens in enumerate(spelled):
                    for at, (given, wanted) in enumerate(itertools.pairwise(tokens)):
                        scores[i] += float(_log_softmax(self._decode([given], start + at))[wanted])
                    if not self._rewind(start):
                        self._prefill(prefix, tail)
        return ChoiceResult(tuple(options), tuple(scores), start, cached)

    def close(self) -> None:
        if self._ctx:
            self._lib.llama_batch_free(self._batch)
            self._lib.llama_free(self._ctx)
            self._ctx = None
        if self._model:
            self._lib.llama_model_free(self._model)
            self._model = None
        self._prefixes = OrderedDict()

    # --- tokens ---

    def _encode(self, prompt: Prompt) -> tuple[list[int], list[int]]:
        """Token ids of the fixed prefix and of the rest. Each piece is tokenised for itself, so prompts that
        share their beginning share its tokens."""
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
        source = self._metadata("tokenizer.chat_template")
        if not source:
            return chatml
        from llama_cpp.llama_chat_format import Jinja2ChatFormatter

        def mark(token: int) -> str:
            return (self._lib.llama_vocab_get_text(self._vocab, token) or b"").decode() if token >= 0 else ""

        bos, eos = mark(self._lib.llama_vocab_bos(self._vocab)), mark(self._lib.llama_vocab_eos(self._vocab))
        formatters = {
            opened: Jinja2ChatFormatter(source, eos, bos, add_generation_prompt=opened) for opened in (True, False)
        }

        def render(messages: list[dict[str, str]], open_reply: bool) -> str:
            return str(formatters[open_reply](messages=messages).prompt)  # type: ignore[arg-type]

        return render

    def _metadata(self, key: str) -> str:
        buffer = ctypes.create_string_buffer(1 << 17)
        n = self._lib.llama_model_meta_val_str(self._model, key.encode(), buffer, len(buffer))
        return buffer.value.decode("utf-8", "replace") if n > 0 else ""

    # --- computing ---

    def _new_context(self, threads: int) -> Any:
        params = self._lib.llama_context_default_params()
        params.n_ctx = self.n_ctx
        params.n_batch = params.n_ubatch = BATCH
        params.n_seq_max = 1
        params.n_threads = params.n_threads_batch = threads
        params.flash_attn_type = self._lib.LLAMA_FLASH_ATTN_TYPE_DISABLED
        params.no_perf = True
        return self._lib.llama_init_from_model(self._model, params)

    @contextmanager
    def _guard(self, cancel: Cancel | None) -> Iterator[None]:
        """Whatever goes wrong inside, the cache's bookkeeping is right afterwards. A stop aborts a running batch.

        llama.cpp asks the abort function before every operation. Python code there would have to take the GIL
        a thousand times a token, so it is C's strlen on a buffer of ours: 0 goes on, 1 stops.
        """
        if not self._ctx:
            raise ModelError("The language model is closed.", "Restart Copydesk.")
        flag = ctypes.create_string_buffer(2)

        def press() -> None:
            flag[0] = b"\x01"

        self._turn += 1
        self._cancel = cancel
        self._lib.llama_set_abort_callback(self._ctx, self._abort_fn, ctypes.cast(flag, ctypes.c_void_p))
        try:
            if cancel is None:
                yield
            else:
                with cancel.watching(press):
                    yield
        except (Cancelled, ModelError):
            self._rewind(0)
            raise
        finally:
            self._lib.llama_set_abort_callback(self._ctx, self._abort_fn, ctypes.cast(_GO_ON, ctypes.c_void_p))

    def _rewind(self, position: int) -> bool:
        """Forget what follows ``position``. False (and all is forgotten) for models that can't forget a part."""
        done = position > 0 and bool(self._lib.llama_memory_seq_rm(self._memory, 0, position, -1))
        if not done:
            self._lib.llama_memory_clear(self._memory, False)
        del self._tokens[position if done else 0 :]
        return done

    def _prefill(self, prefix: list[int], tail: list[int]) -> tuple[int, Any]:
        """Compute a prompt; returns how many of its tokens were known, and the logits after its last.

        The prefix is computed from its start, or copied back as a whole. Of the previous prompt's tail the common
        beginning is kept, in whole blocks and never so much that too small a batch would be left.
        """
        if not tail:
            raise ValueError("a prompt needs text after its fixed prefix")
        tokens, fixed = prefix + tail, len(prefix)
        shared = min(_common(self._tokens, tokens), len(tokens) - LEAST)
        keep = fixed + (shared - fixed) // BLOCK * BLOCK
        if self._split == fixed and keep >= max(fixed, 1) and self._rewind(keep):
            cached = keep
        else:
            cached, keep = self._load_prefix(prefix), fixed
        return cached, self._extend(tokens, keep)

    def _load_prefix(self, prefix: list[int]) -> int:
        """Put the prefix, and nothing else, into the working cache; returns how many of its tokens were known."""
        key = tuple(prefix)
        self._rewind(0)
        self._split = len(prefix)
        if not prefix:
            return 0
        if key in self._prefixes:
            self._prefixes.move_to_end(key)
            state = self._prefixes[key]
            if self._lib.llama_state_seq_set_data(self._ctx, state, len(state), 0) == 0:
                raise ModelError("The kept prompt prefix could not be restored.", "Ask again.")
            self._tokens = list(prefix)
            return len(prefix)
        self._extend(prefix, 0)
        size = self._lib.llama_state_seq_get_size(self._ctx, 0)
        state = (ctypes.c_uint8 * size)()
        self._lib.llama_state_seq_get_data(self._ctx, state, size, 0)
        self._prefixes[key] = state
        while len(self._prefixes) > 1 and sum(map(len, self._prefixes)) > PREFIX_TOKENS:
            self._prefixes.popitem(last=False)
        return 0

    def _extend(self, tokens: list[int], start: int) -> Any:
        """Compute ``tokens`` from ``start`` on; the logits after the last."""
        logits: Any = None
        while start < len(tokens):
            left = len(tokens) - start
            size = left if left <= BATCH else min(BATCH, left - LEAST) // BLOCK * BLOCK
            logits = self._decode(tokens[start : start + size], start)
            self._tokens += tokens[start : start + size]
            start += size
        return logits

    def _decode(self, tokens: list[int], position: int) -> Any:
        """Run the model over ``tokens`` from ``position`` on; the logits after the last, float32[n_vocab].

        The array is overwritten by the next call.
        """
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled
        batch, n = self._batch, len(tokens)
        batch.n_tokens = n
        for i, token in enumerate(tokens):
            batch.token[i] = token
            batch.pos[i] = position + i
            batch.n_seq_id[i] = 1
            batch.seq_id[i][0] = 0
            batch.logits[i] = i == n - 1
        code = self._lib.llama_decode(self._ctx, batch)
        if code == 2:
            raise Cancelled
        if code != 0:
            raise ModelError(
                f"The language model failed (code {code}; {_last_log()}).", "Ask again; if it persists, restart."
            )
        return np.ctypeslib.as_array(self._lib.llama_get_logits_ith(self._ctx, -1), shape=(self._n_vocab,))


def _common(a: Sequence[int], b: Sequence[int]) -> int:
    """Length of the common beginning."""
    for i, (x, y) in enumerate(zip(a, b, strict=False)):
        if x != y:
            return i
    return min(len(a), len(b))


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


def _c_strlen(lib: Any) -> Any:
    """C's strlen, typed as llama.cpp's abort callback."""
    c = ctypes.cdll.msvcrt if sys.platform == "win32" else ctypes.CDLL(None)
    return ctypes.cast(c.strlen, lib.ggml_abort_callback)
