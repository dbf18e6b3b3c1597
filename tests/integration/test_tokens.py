"""Token counts from the GGUF's vocabulary are llama.cpp's, token by token."""

from __future__ import annotations

import ctypes
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rag.tokens import count, encode, encoding_for
from tests.integration.conftest import DEFAULT, SMALL, model_path

pytestmark = pytest.mark.integration

SEEDS = sorted((Path(__file__).parents[2] / "seeds").glob("*.txt"))

SCRIPTS = [
    (0x20, 0x7E), (0xA0, 0x24F), (0x300, 0x36F), (0x370, 0x3FF), (0x400, 0x4FF), (0x5D0, 0x5EA), (0x600, 0x6FF),
    (0x900, 0x97F), (0xE00, 0xE7F), (0x2000, 0x206F), (0x20A0, 0x20BF), (0x2190, 0x21FF), (0x3040, 0x30FF),
    (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xFE00, 0xFE0F), (0xFF00, 0xFFEF), (0x1F300, 0x1FAFF), (0x1D400, 0x1D7FF),
    (0x10000, 0x10FFFF), (0x00, 0x1F), (0x7F, 0x9F),
]  # fmt: skip
WORDS = [
    "The",
    " the",
    "Taliban",
    " don't",
    "I'LL",
    "'s",
    "2019",
    " 1,250",
    "houses",
    "naïve",
    "Straße",
    "Кундуз",
    "قندوز",
    "昆都士",
    "कुंदुज",
    "\n",
    "\n\n",
    "\r\n",
    "\t",
    " ",
    "  ",
    "    ",
    "...",
    " -",
    "—",
    "\u200b",
    "\ufeff",
    "\u00a0",
    "\u3000",
    "🏚️",
    "👨‍👩‍👧",
    "🇦🇫",
    "e\u0301",
    "\x00",
    "\x1f",
    "½",
    "²",
    "Ⅳ",
    "٣",
    "<|im_end|>",
    "<|im_start|>system\n",
    "<|endoftext|>",
    "<|im_",
    "end|>",
    "<tool_call>",
    "</tool_call>",
    "<repo_name>",
    "[PAD151665]",
    "https://a.b/c?d=1",
    "_x_",
    "#",
    "(",
    ")",
]


def generated(n: int) -> Iterator[str]:
    rng = random.Random(20261121)
    for _ in range(n):
        parts = []
        for _ in range(rng.randint(1, 12)):
            if rng.random() < 0.5:
                parts.append(rng.choice(WORDS))
            else:
                low, high = rng.choice(SCRIPTS)
                codes = (rng.randint(low, high) for _ in range(rng.randint(1, 6)))
                parts.append("".join(chr(c) for c in codes if not 0xD800 <= c <= 0xDFFF))
        yield "".join(parts)


@pytest.fixture(scope="module", params=[SMALL, DEFAULT])
def model(request: pytest.FixtureRequest) -> Path:
    return model_path(request.param)


@pytest.fixture(scope="module")
def reference(model: Path) -> Iterator[Callable[[str], list[int]]]:
    """llama.cpp's own tokenizer, with the vocabulary only."""
    from rag.llm.llama_cpp import _library

    lib = _library()
    params = lib.llama_model_default_params()
    params.vocab_only = True
    handle = lib.llama_model_load_from_file(str(model).encode(), params)
    vocab = lib.llama_model_get_vocab(handle)

    def tokenize(text: str) -> list[int]:
        data = text.encode()
        buffer = (ctypes.c_int32 * (len(data) + 8))()
        n = lib.llama_tokenize(vocab, data, len(data), buffer, len(buffer), False, False)
        return list(buffer[:n])

    yield tokenize
    lib.llama_model_free(handle)


@pytest.fixture(scope="module")
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("vocabularies")


def test_seeds_and_generated_texts_give_the_same_tokens(
    model: Path, reference: Callable[[str], list[int]], cache_dir: Path
) -> None:
    encoding = encoding_for(model, cache_dir)
    assert encoding is not None
    texts = [path.read_text() for path in SEEDS] + list(generated(10_000))
    assert len(SEEDS) == 5
    wrong = [text for text in texts if encode(encoding, text) != reference(text)]
    assert not wrong, f"{len(wrong)} differ, the first: {wrong[0]!r}"


def test_texts_never_give_control_tokens(model: Path, cache_dir: Path) -> None:
    encoding = encoding_for(model, cache_dir)
    assert encoding is not None
    control = {"<|im_end|>", "<|im_start|>", "<|endoftext|>"}
    assert control <= encoding.special_tokens_set
    ids = {encoding.encode_single_token(token) for token in control}
    for token in control:
        assert count(encoding, token) > 1
    for text in generated(500):
        assert ids.isdisjoint(encode(encoding, text))


def test_second_start_is_quick(model: Path, cache_dir: Path) -> None:
    import rag.tokens

    encoding_for(model, cache_dir)
    rag.tokens._encoding.cache_clear()
    start = time.perf_counter()
    encoding = encoding_for(model, cache_dir)
    assert encoding is not None and count(encoding, "one two three") == 3
    assert time.perf_counter() - start < 2  # 0.3 s on a quiet machine; reading the GGUF takes 6
