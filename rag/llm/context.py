"""One llama.cpp context and what it has computed: the working cache, and the kept states of fixed prefixes.

What a call costs is the prompt tokens the model has not seen just before. The state of a fixed prefix is kept in
memory, and on disk for the next start, and copied back in a millisecond or two; on top of it, a prompt that begins like
the previous one computes only what differs.

llama.cpp rounds differently for different batch shapes, so a cache can change a reply. Here it does not: with flash
attention and weight repacking off, a prompt token's result is the same to the last bit in every batch of 8 or more
(measured; smaller ones take another code path), and one sequence fills the cache from its start, so a token always
lies in the same place. ``prefill`` keeps to such batches. Repacking off also costs less memory (1.3 GB, not 1.9, for
the 1.5B) and reads prompts faster (250 to 285 tokens/s, not 155), for slower writing (30 tokens/s, not 37): a second
context with repacked weights may take over a prompt's state and write the reply.
"""

from __future__ import annotations

import ctypes
import sys
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from rag.errors import Cancelled, ModelError
from rag.llm.base import Cancel
from rag.llm.hidden import LayerTap
from rag.llm.kept import Kept

BATCH = 512  # tokens computed at once
BLOCK = 8  # tokens after the prefix are reused in whole blocks only
LEAST = 16  # tokens in a batch, unless a prompt has no more
PREFIX_TOKENS = 8192  # what all kept prefixes may hold together (29 KB a token for a 1.5B model)

SETTINGS = f"no flash attention, cache of f16, batches of {BATCH}, {BLOCK}, {LEAST}"  # what states depend on

_GO_ON = ctypes.create_string_buffer(2)


class Context:
    """Computes logits for token sequences. One thread at a time.

    ``lib`` is the llama_cpp module, ``model`` its handle; ``last_log`` tells what the C library said last.
    """

    def __init__(
        self,
        lib: Any,
        model: Any,
        *,
        n_ctx: int,
        threads: int,
        last_log: Callable[[], str],
        tap: LayerTap | None = None,
        kept: Kept | None = None,
        batch: int = BATCH,
    ) -> None:
        """Allocate the cache for ``n_ctx`` tokens, ``batch`` of them computed at once.

        ``tap`` reads a layer as prompts are computed, ``kept`` has the prefixes computed before this start.
        Raises ModelError when there is no memory for it.
        """
        self._lib = lib
        self._last_log = last_log
        self._kept = kept
        self.n_ctx = n_ctx
        params = lib.llama_context_default_params()
        params.n_ctx = n_ctx
        params.n_batch = params.n_ubatch = batch
        params.n_seq_max = 1
        params.n_threads = params.n_threads_batch = threads
        params.flash_attn_type = lib.LLAMA_FLASH_ATTN_TYPE_DISABLED
        params.no_perf = True
        if tap is not None:
            params.cb_eval = tap.callback
        self._tap = tap
        self._ctx = lib.llama_init_from_model(model, params)
        if not self._ctx:
            raise ModelError(
                f"No memory for a context of {n_ctx} tokens ({last_log()}).",
                "Close other programs or use a smaller model.",
            )
        self._memory = lib.llama_get_memory(self._ctx)
        self._n_vocab: int = lib.llama_vocab_n_tokens(lib.llama_model_get_vocab(model))
        self._batch = lib.llama_batch_init(batch, 0, 1)
        self._abort_fn = _c_strlen(lib)
        self._tokens: list[int] = []  # what the working cache holds, of prompts only
        self._split = 0  # how many of them were computed as a prefix
        self._result: tuple[Any, Any] | None = None  # logits and hidden state after the last of them
        self._prefixes: OrderedDict[tuple[int, ...], Any] = OrderedDict()  # tokens -> saved state, oldest use first
        self._handed: Any = np.empty(0, dtype=np.uint8)  # where the state of another context is put
        self._cancel: Cancel | None = None
        self.turn = 0  # counts the uses

    def close(self) -> None:
        """Free the memory. The context can't be used afterwards."""
        self._lib.llama_batch_free(self._batch)
        self._lib.llama_free(self._ctx)
        self._prefixes.clear()

    @contextmanager
    def guard(self, cancel: Cancel | None) -> Iterator[None]:
        """Whatever goes wrong inside, the cache's bookkeeping is right afterwards. A stop aborts a running batch.

        llama.cpp asks the abort function before every operation. Python code there would have to take the GIL
        a thousand times a token, so it is C's strlen on a buffer of ours: 0 goes on, 1 stops.
        """
        flag = ctypes.create_string_buffer(2)

        def press() -> None:
            flag[0] = b"\x01"

        self.turn += 1
        self._cancel = cancel
        self._lib.llama_set_abort_callback(self._ctx, self._abort_fn, ctypes.cast(flag, ctypes.c_void_p))
        try:
            if cancel is None:
                yield
            else:
                with cancel.watching(press):
                    yield
        except (Cancelled, ModelError):
            self.rewind(0)
            raise
        finally:
            self._lib.llama_set_abort_callback(self._ctx, self._abort_fn, ctypes.cast(_GO_ON, ctypes.c_void_p))

    def rewind(self, position: int) -> bool:
        """Forget what follows ``position``. False (and all is forgotten) for models that can't forget a part."""
        done = position > 0 and bool(self._lib.llama_memory_seq_rm(self._memory, 0, position, -1))
        if not done:
            self._lib.llama_memory_clear(self._memory, False)
        del self._tokens[position if done else 0 :]
        self._result = None
        return done

    def forget(self, position: int) -> None:
        """Forget the part of a reply that follows ``position``. Raises ModelError."""
        if not self._lib.llama_memory_seq_rm(self._memory, 0, position, -1):
            raise ModelError("A guess could not be taken back.", "Ask again.")

    def prefill(self, prefix: list[int], tail: list[int]) -> tuple[int, Any, Any]:
        """Compute a prompt; returns how many of its tokens were known, and the logits and the tapped layer's state
        (None without a tap) after its last.

        The prefix is computed from its start, or copied back as a whole. Of the previous prompt's tail the common
        beginning is kept, in whole blocks and never so much that too small a batch would be left. The same prompt
        again costs nothing.
        """
        if not tail:
            raise ValueError("a prompt needs text after its fixed prefix")
        tokens, fixed = prefix + tail, len(prefix)
        known = self._result if self._split == fixed and self._tokens == tokens else None
        if known is not None and self.rewind(len(tokens)):
            self._result = known
            return len(tokens), *known
        shared = min(_common(self._tokens, tokens), len(tokens) - LEAST)
        keep = fixed + (shared - fixed) // BLOCK * BLOCK
        if self._split == fixed and keep >= max(fixed, 1) and self.rewind(keep):
            cached = keep
        else:
            cached, keep = self.load_prefix(prefix), fixed
        if self._tap is not None:
            self._tap.on = True
        try:
            logits = self._extend(tokens, keep).copy()
        finally:
            if self._tap is not None:
                self._tap.on = False
        self._result = logits, (self._tap.vector if self._tap is not None else None)
        return cached, *self._result

    def load_prefix(self, prefix: list[int]) -> int:
        """Put the prefix, and nothing else, into the working cache; returns how many of its tokens were known."""
        key = tuple(prefix)
        self.rewind(0)
        self._split = len(prefix)
        if not prefix:
            return 0
        state = self._prefixes.get(key)
        if state is None and self._kept is not None:
            state = self._kept.load(prefix)
        if state is not None and self._restore(state, len(prefix)):
            self._keep(key, state)
            self._tokens = list(prefix)
            return len(prefix)
        self._extend(prefix, 0)
        state = self._state()
        self._keep(key, state)
        if self._kept is not None:
            self._kept.save(prefix, state)
        return 0

    def take_over(self, other: Context) -> None:
        """Go on where ``other`` is: its cache takes the place of this one's. Raises ModelError."""
        self.rewind(0)
        self._split = 0
        size = self._lib.llama_state_seq_get_size(other._ctx, 0)
        if self._handed.size < size:  # kept, since fresh memory costs more than the copying
            self._handed = np.empty(size, dtype=np.uint8)
        if not self._restore(other._state(self._handed[:size]), other._length()):
            raise ModelError("The prompt could not be handed over for writing.", "Ask again.")

    def _keep(self, key: tuple[int, ...], state: Any) -> None:
        self._prefixes[key] = state
        self._prefixes.move_to_end(key)
        while len(self._prefixes) > 1 and sum(map(len, self._prefixes)) > PREFIX_TOKENS:
            self._prefixes.popitem(last=False)

    def _state(self, into: Any = None) -> Any:
        """What the working cache holds, uint8[size]; written to ``into`` where that is given."""
        state = into
        if state is None:
            state = np.empty(self._lib.llama_state_seq_get_size(self._ctx, 0), dtype=np.uint8)
        self._lib.llama_state_seq_get_data(self._ctx, _address(state), state.size, 0)
        return state

    def _restore(self, state: Any, length: int) -> bool:
        """Put ``length`` tokens' state into the empty working cache; False, and it is empty, where that fails."""
        read = self._lib.llama_state_seq_set_data(self._ctx, _address(state), state.size, 0)
        if read == state.size and self._length() == length:
            return True
        self.rewind(0)
        return False

    def _length(self) -> int:
        return int(self._lib.llama_memory_seq_pos_max(self._memory, 0)) + 1

    def _extend(self, tokens: list[int], start: int) -> Any:
        """Compute ``tokens`` from ``start`` on; the logits after the last."""
        logits: Any = None
        while start < len(tokens):
            left = len(tokens) - start
            size = left if left <= BATCH else min(BATCH, left - LEAST) // BLOCK * BLOCK
            logits = self.decode(tokens[start : start + size], start)
            self._tokens += tokens[start : start + size]
            start += size
        return logits

    def decode(self, tokens: list[int], position: int) -> Any:
        """Run the model over ``tokens`` from ``position`` on; the logits after the last, float32[n_vocab].

        The array is overwritten by the next call.
        """
        self._run(tokens, position, len(tokens) - 1)
        return self._logits(-1)

    def verdicts(self, tokens: list[int], position: int) -> list[int]:
        """Run the model over ``tokens`` from ``position`` on; the likeliest token after each of them."""
        self._run(tokens, position, 0)
        return [int(self._logits(i).argmax()) for i in range(len(tokens))]

    def _run(self, tokens: list[int], position: int, first_asked: int) -> None:
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled
        batch, n = self._batch, len(tokens)
        batch.n_tokens = n
        for i, token in enumerate(tokens):
            batch.token[i] = token
            batch.pos[i] = position + i
            batch.n_seq_id[i] = 1
            batch.seq_id[i][0] = 0
            batch.logits[i] = i >= first_asked
        code = self._lib.llama_decode(self._ctx, batch)
        if code == 2:
            raise Cancelled
        if code != 0:
            raise ModelError(
                f"The language model failed (code {code}; {self._last_log()}).", "Ask again; if it persists, restart."
            )

    def _logits(self, i: int) -> Any:
        return np.ctypeslib.as_array(self._lib.llama_get_logits_ith(self._ctx, i), shape=(self._n_vocab,))


def _address(state: Any) -> Any:
    return state.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))


def _common(a: Sequence[int], b: Sequence[int]) -> int:
    """Length of the common beginning."""
    for i, (x, y) in enumerate(zip(a, b, strict=False)):
        if x != y:
            return i
    return min(len(a), len(b))


def _c_strlen(lib: Any) -> Any:
    """C's strlen, typed as llama.cpp's abort callback."""
    c = ctypes.cdll.msvcrt if sys.platform == "win32" else ctypes.CDLL(None)
    return ctypes.cast(c.strlen, lib.ggml_abort_callback)
