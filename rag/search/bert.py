"""A BERT sentence encoder made for CPUs: three to six times as many passages a second as sentence-transformers.

What makes the difference: bfloat16 where the CPU multiplies it natively (pooling and unit length stay in float32); no
padding at all (the tokens of a batch lie end to end, and only texts of one length share an attention call); one core
works on one batch, so that cores never wait for each other; and GELU and the residual sums are done by oneDNN within
the multiplication that precedes them. The result is the same to a cosine of .9999 (tests/integration/test_archive.py).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WINDOW = 8192  # texts tokenized and sorted by length at a time
_BUDGET = 2048  # tokens in a batch at most: activations stay in the caches, and a matrix product has enough to do
_SHORT = 512  # tokens up to which a single core works on what is asked, beside whatever else is being embedded
_FEW = 32  # texts that are tokenized where they are asked for
_KNOWN = {"model_type": "bert", "hidden_act": "gelu", "position_embedding_type": "absolute"}
_MODULES = ["Transformer", "Pooling", "Normalize"]


class BertEncoder:
    """Unit vectors of texts. Safe to share between threads."""

    def __init__(self, folder: Path, threads: int | None = None, *, exact: bool = False) -> None:
        """Load the model in ``folder``, of which ``fits`` said yes. ``exact`` keeps to float32."""
        import torch
        from safetensors.torch import load_file
        from tokenizers import Tokenizer

        self._torch = torch
        config = _read(folder / "config.json")
        self.dims = int(config["hidden_size"])
        self.reduced = not exact and _multiplies_bfloat16(torch)
        self._heads = int(config["num_attention_heads"])
        self._epsilon = float(config["layer_norm_eps"])
        self._first_only = bool(_read(folder / "1_Pooling" / "config.json").get("pooling_mode_cls_token"))
        self._tokenizer = Tokenizer.from_str((folder / "tokenizer.json").read_text(encoding="utf-8"))
        self._tokenizer.no_padding()
        about = _read(folder / "sentence_bert_config.json")
        most = int(config["max_position_embeddings"])
        self._tokenizer.enable_truncation(min(int(about.get("max_seq_length") or most), most))
        kind = torch.bfloat16 if self.reduced else torch.float32
        weights = {
            name.removeprefix("bert."): value.to(kind)
            for name, value in load_file(str(folder / "model.safetensors")).items()
            if value.is_floating_point()
        }
        self._embedding = weights["embeddings.word_embeddings.weight"]
        self._position = (
            weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
        )
        self._norm = _pair(weights, "embeddings.LayerNorm")
        self._layers = [
            _layer(torch, weights, f"encoder.layer.{place}.") for place in range(config["num_hidden_layers"])
        ]
        self._fused = _fuses(torch, self._layers[0])
        self._threads = threads or int(torch.get_num_threads())
        self._pool: ThreadPoolExecutor | None = None
        self._single: ThreadPoolExecutor | None = None
        self._pool_lock = threading.Lock()

    def encode(self, texts: Sequence[str], *, query: bool = False) -> NDArray[np.float32]:
        """Vectors of ``texts``, float32 ``[len(texts), dims]``; those of a ``query`` are made alike."""
        vectors = np.empty((len(texts), self.dims), dtype=np.float32)
        for start in range(0, len(texts), _WINDOW):
            window = texts[start : start + _WINDOW]
            self._encode(window, vectors[start : start + len(window)])
        return vectors

    def _encode(self, texts: Sequence[str], vectors: NDArray[np.float32]) -> None:
        pool, single = self._pools()
        share = max(1, -(-len(texts) // self._threads))
        parts = [texts[start : start + share] for start in range(0, len(texts), share)]
        found = map(self._tokens, parts) if len(texts) < _FEW else pool.map(self._tokens, parts)
        ids = [tokens for part in found for tokens in part]
        total = sum(map(len, ids))
        if total <= _SHORT:
            places = sorted(range(len(ids)), key=lambda place: len(ids[place]))
            single.submit(self._batch, ids, vectors, places).result()
        else:
            # the longest first, so that all cores finish at about the same time
            most = min(_BUDGET, total // self._threads + max(map(len, ids)))  # so that no core is left without work
            for _ in pool.map(partial(self._batch, ids, vectors), [*_batches(ids, most)][::-1]):
                pass

    def _tokens(self, texts: Sequence[str]) -> list[list[int]]:
        # half a character, as a broken escape leaves it, is none to the tokenizer
        sound = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        return [found.ids for found in self._tokenizer.encode_batch_fast(sound)]

    def _pools(self) -> tuple[ThreadPoolExecutor, ThreadPoolExecutor]:
        """Threads whose operations use one core each, so that no core waits for another within an operation: one for
        each core, and one more for what is short and in a hurry."""
        with self._pool_lock:
            if self._pool is None or self._single is None:
                count = int(self._torch.get_num_threads())
                self._pool, self._single = self._start(self._threads), self._start(1)
                # each thread has its own number of cores, but new threads take the last one that was set anywhere
                self._torch.set_num_threads(count)
            return self._pool, self._single

    def _start(self, threads: int) -> ThreadPoolExecutor:
        ready = threading.Barrier(threads + 1)

        def single() -> None:
            self._torch.set_num_threads(1)
            ready.wait()

        pool = ThreadPoolExecutor(threads, "embed", initializer=single)
        for _ in range(threads):
            pool.submit(lambda: None)
        ready.wait()
        return pool

    def _batch(self, ids: Sequence[Sequence[int]], vectors: NDArray[np.float32], places: Sequence[int]) -> None:
        """Fill the rows ``places`` of ``vectors``; the texts there are sorted by length."""
        lengths = [len(ids[place]) for place in places]
        groups: list[tuple[int, int]] = []  # texts of one length: how many, how long
        for length in lengths:
            if groups and groups[-1][1] == length:
                groups[-1] = (groups[-1][0] + 1, length)
            else:
                groups.append((1, length))
        with self._torch.inference_mode():
            states = self._forward([token for place in places for token in ids[place]], groups)
            start, pooled = 0, []
            for count, length in groups:
                part = states[start : start + count * length].view(count, length, self.dims)
                pooled.append(part[:, 0].float() if self._first_only else part.mean(1, dtype=self._torch.float32))
                start += count * length
            unit = self._torch.nn.functional.normalize(self._torch.cat(pooled), dim=1)
            vectors[places] = unit.numpy()

    def _forward(self, tokens: Sequence[int], groups: Sequence[tuple[int, int]]) -> Any:
        """The last layer's states, ``[tokens, dims]``, of texts that lie end to end."""
        torch, functional = self._torch, self._torch.nn.functional
        norm = partial(functional.layer_norm, normalized_shape=(self.dims,), eps=self._epsilon)
        spans = [self._position[:length].repeat(count, 1) for count, length in groups]
        states = functional.embedding(torch.tensor(tokens), self._embedding) + torch.cat(spans)
        states = norm(states, weight=self._norm[0], bias=self._norm[1])
        for layer in self._layers:
            mixed = self._attend(functional.linear(states, *layer["qkv"]), groups)
            states = norm(self._added(mixed, states, *layer["mix"]), weight=layer["norm1"][0], bias=layer["norm1"][1])
            wide = self._gelu(states, *layer["wide"])
            states = norm(self._added(wide, states, *layer["back"]), weight=layer["norm2"][0], bias=layer["norm2"][1])
        return states

    def _attend(self, projected: Any, groups: Sequence[tuple[int, int]]) -> Any:
        start, parts = 0, []
        for count, length in groups:
            span = projected[start : start + count * length]
            q, k, v = span.view(count, length, 3, self._heads, -1).permute(2, 0, 3, 1, 4)
            found = self._torch.nn.functional.scaled_dot_product_attention(q, k, v)
            parts.append(found.transpose(1, 2).reshape(count * length, self.dims))
            start += count * length
        return parts[0] if len(parts) == 1 else self._torch.cat(parts)

    def _added(self, states: Any, other: Any, weight: Any, bias: Any) -> Any:
        if self._fused:
            return self._torch.ops.mkldnn._linear_pointwise.binary(states, other, weight, bias, "add")
        return self._torch.nn.functional.linear(states, weight, bias) + other

    def _gelu(self, states: Any, weight: Any, bias: Any) -> Any:
        if self._fused:
            return self._torch.ops.mkldnn._linear_pointwise(states, weight, bias, "gelu", [], "none")
        functional = self._torch.nn.functional
        return functional.gelu(functional.linear(states, weight, bias))


def fits(folder: Path) -> bool:
    """Whether the sentence-transformers model in ``folder`` is of the one kind that is done here: a BERT with absolute
    positions, pooled by mean or first token, then brought to unit length, without prompts."""
    try:
        kinds = [str(module["type"]).rpartition(".")[2] for module in _read(folder / "modules.json")]
        config = _read(folder / "config.json")
        about = _read(folder / "sentence_bert_config.json")
        pooling = {name for name, on in _read(folder / "1_Pooling" / "config.json").items() if on is True}
        prompts = _read(folder / "config_sentence_transformers.json").get("prompts") or {}
        return (
            kinds == _MODULES
            and all(config.get(name, value) == value for name, value in _KNOWN.items())
            and config.get("model_type") == "bert"
            and not about.get("do_lower_case")
            and pooling - {"include_prompt"} in ({"pooling_mode_mean_tokens"}, {"pooling_mode_cls_token"})
            and not any(prompts.values())
            and (folder / "model.safetensors").is_file()
            and (folder / "tokenizer.json").is_file()
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return False


def _batches(ids: Sequence[Sequence[int]], most: int) -> Iterator[list[int]]:
    """The places of texts, the shortest first, in batches of at most ``most`` tokens (or of one text)."""
    batch: list[int] = []
    total = 0
    for place in sorted(range(len(ids)), key=lambda place: len(ids[place])):
        if batch and total + len(ids[place]) > most:
            yield batch
            batch, total = [], 0
        batch.append(place)
        total += len(ids[place])
    if batch:
        yield batch


def _multiplies_bfloat16(torch: Any) -> bool:
    """Whether the CPU has instructions for it; emulated, it would be slower than float32."""
    asked = (getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))
    return any(ask() for ask in asked if ask is not None)


def _fuses(torch: Any, layer: dict[str, tuple[Any, Any]]) -> bool:
    """Whether this build of torch has oneDNN's fused products (they are not part of its public interface)."""
    weight, bias = layer["wide"]
    try:
        torch.ops.mkldnn._linear_pointwise(weight[:1], weight, bias, "gelu", [], "none")
        narrow, low = layer["mix"]
        torch.ops.mkldnn._linear_pointwise.binary(narrow[:1], narrow[:1], narrow, low, "add")
    except (AttributeError, RuntimeError, NotImplementedError):
        return False
    return True


def _layer(torch: Any, weights: dict[str, Any], prefix: str) -> dict[str, tuple[Any, Any]]:
    projections = [_pair(weights, f"{prefix}attention.self.{name}") for name in ("query", "key", "value")]
    return {
        "qkv": (torch.cat([weight for weight, _ in projections]), torch.cat([bias for _, bias in projections])),
        "mix": _pair(weights, f"{prefix}attention.output.dense"),
        "norm1": _pair(weights, f"{prefix}attention.output.LayerNorm"),
        "wide": _pair(weights, f"{prefix}intermediate.dense"),
        "back": _pair(weights, f"{prefix}output.dense"),
        "norm2": _pair(weights, f"{prefix}output.LayerNorm"),
    }


def _pair(weights: dict[str, Any], name: str) -> tuple[Any, Any]:
    return weights[f"{name}.weight"], weights[f"{name}.bias"]


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
