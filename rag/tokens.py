"""Exact token counts without loading a model: a tiktoken encoding built from the GGUF file's own vocabulary.

tiktoken's own encodings come over the network and belong to other models. The only module that imports tiktoken.

It works for byte-level BPE vocabularies whose token ids follow the order of their merges and whose way of cutting text
into words is known here; ``tests/integration/test_tokens.py`` proves those equal to llama.cpp. For any other
vocabulary ``encoding_for`` gives None: ask the loaded model (``LLM.count``) then.
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import json
import os
import tempfile
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from rag.errors import ModelError

if TYPE_CHECKING:
    from tiktoken import Encoding

_FORMAT = 1  # of the cache files
_NORMAL, _CONTROL, _USER_DEFINED = 1, 3, 4  # token types in a GGUF

_ENGLISH_ENDINGS = r"'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD]"
# How text is cut into words before merging, by the GGUF's name for it.
_PATTERNS = {
    "qwen2": rf"(?:{_ENGLISH_ENDINGS})|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|\p{{N}}| ?[^\s\p{{L}}\p{{N}}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+",
    # Digits are cut out first, the rest by GPT-2's rules: a digit ends a run of spaces just as the text's end does.
    "smollm": r"\p{N}|'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?[^\s\p{L}\p{N}]+|\s+(?![^\s\p{N}])|\s",
}


@dataclass(frozen=True)
class _Vocabulary:
    """What an encoding is built from. ``tokens`` are base64, in rank order: rank = ``first_id`` + index."""

    pre: str
    first_id: int
    tokens: list[str]
    control: dict[str, int]
    user_defined: dict[str, int]  # tokens that text may produce although no merge does
    size: int  # ids at or above do not exist in the model


_extras: WeakKeyDictionary[Encoding, _Vocabulary] = WeakKeyDictionary()


def encoding_for(gguf: Path, cache_dir: Path) -> Encoding | None:
    """The encoding of the model in ``gguf``; None when its kind of vocabulary is not supported.

    Reading a vocabulary takes seconds, so it is kept in ``cache_dir`` under the file's size, time and first megabyte.
    Raises ModelError when the file is missing or damaged. Never loads the model.
    """
    try:
        stat = gguf.stat()
    except OSError:
        raise ModelError(f"The model file {gguf} is missing.", "Run `copydesk models pull`.") from None
    return _encoding(gguf, stat.st_size, stat.st_mtime_ns, cache_dir)


def encode(encoding: Encoding, text: str) -> list[int]:
    """Token ids of ``text`` as content: text that looks like a control token is ordinary text."""
    vocabulary = _extras.get(encoding)
    if vocabulary is None:
        return encoding.encode_ordinary(text)
    tokens = encoding.encode(text, allowed_special=set(vocabulary.user_defined), disallowed_special=())
    return [token for token in tokens if token < vocabulary.size]


def count(encoding: Encoding, text: str) -> int:
    """Tokens in ``text`` as content."""
    return len(encode(encoding, text))


@functools.lru_cache(maxsize=8)
def _encoding(gguf: Path, size: int, mtime_ns: int, cache_dir: Path) -> Encoding | None:
    with gguf.open("rb") as file:
        start = hashlib.sha256(file.read(1 << 20)).hexdigest()
    cache = cache_dir / f"vocabulary-{start[:16]}-{size}-{mtime_ns}.json"
    found, vocabulary = _load(cache)
    if not found:
        vocabulary = _read_gguf(gguf)
        _save(cache, vocabulary)
    return None if vocabulary is None else _build(gguf.stem, vocabulary)


def _build(name: str, vocabulary: _Vocabulary) -> Encoding:
    from tiktoken import Encoding

    ranks = {base64.b64decode(token): vocabulary.first_id + i for i, token in enumerate(vocabulary.tokens)}
    for byte in range(256):  # tiktoken wants every byte; those the model lacks get ids that `encode` drops
        ranks.setdefault(bytes([byte]), vocabulary.size + byte)
    encoding = Encoding(
        name,
        pat_str=_PATTERNS[vocabulary.pre],
        mergeable_ranks=ranks,
        special_tokens={**vocabulary.control, **vocabulary.user_defined},
    )
    _extras[encoding] = vocabulary
    return encoding


def _read_gguf(path: Path) -> _Vocabulary | None:
    from gguf import GGUFReader

    try:
        fields = GGUFReader(path).fields
    except (ValueError, KeyError, IndexError, OSError, UnicodeDecodeError) as problem:
        raise ModelError(
            f"The model file {path} is damaged: {problem}.",
            "Run `copydesk models verify`, then `copydesk models pull`.",
        ) from problem

    def field(name: str) -> Any:
        value = fields.get(f"tokenizer.ggml.{name}")
        return None if value is None else value.contents()

    pre, tokens, types, merges = field("pre"), field("tokens"), field("token_type"), field("merges")
    if field("model") != "gpt2" or pre not in _PATTERNS or not (tokens and types and merges):
        return None
    return _byte_level(pre, tokens, types, merges)


def _byte_level(pre: str, tokens: list[str], types: list[int], merges: list[str]) -> _Vocabulary | None:
    """The vocabulary, or None when its ids don't follow the merges' order, as tiktoken takes for granted."""
    ids = {token: i for i, token in enumerate(tokens)}
    normal = [i for i, kind in enumerate(types) if kind == _NORMAL]
    merged = [ids.get(merge.replace(" ", "", 1), -1) for merge in merges]
    singles = len(normal) - len(merged)
    alphabet = _bytes_of_characters()
    if (
        not normal
        or normal != list(range(normal[0], normal[0] + len(normal)))
        or merged != normal[singles:]
        or any(len(tokens[i]) != 1 for i in normal[:singles])
        or any(character not in alphabet for i in normal for character in tokens[i])
        or any(a >= b for a, b in pairwise(merged))
    ):
        return None
    return _Vocabulary(
        pre=pre,
        first_id=normal[0],
        tokens=[base64.b64encode(bytes(alphabet[c] for c in tokens[i])).decode() for i in normal],
        control={tokens[i]: i for i, kind in enumerate(types) if kind == _CONTROL},
        user_defined={tokens[i]: i for i, kind in enumerate(types) if kind == _USER_DEFINED},
        size=len(tokens),
    )


def _bytes_of_characters() -> dict[str, int]:
    """Byte-level BPE writes a byte as a printable character: itself where it is one, else from U+0100 on."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    rest = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(0x100 + i): byte for i, byte in enumerate(rest)}


def _load(cache: Path) -> tuple[bool, _Vocabulary | None]:
    """Whether the cache file holds something usable, and what: None stands for an unsupported vocabulary."""
    try:
        data = json.loads(cache.read_bytes())
        if data["format"] != _FORMAT:
            return False, None
        if data["vocabulary"] is None:
            return True, None
        vocabulary = _Vocabulary(**data["vocabulary"])
        base64.b64decode(vocabulary.tokens[-1], validate=True)
    except (OSError, ValueError, KeyError, TypeError, IndexError, binascii.Error):
        return False, None
    return vocabulary.pre in _PATTERNS, vocabulary


def _save(cache: Path, vocabulary: _Vocabulary | None) -> None:
    """Write the cache file at once, or not at all: without it, counting only starts more slowly."""
    data = {"format": _FORMAT, "vocabulary": vocabulary and asdict(vocabulary)}
    temporary = None
    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=cache.parent, prefix=cache.name, suffix=".part")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(data, file)
        Path(temporary).replace(cache)
    except OSError:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
