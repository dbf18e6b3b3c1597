"""Building an encoding from a tiny GGUF vocabulary made here, and keeping it in a cache."""

from __future__ import annotations

from pathlib import Path

import pytest
from gguf import GGUFWriter

import rag.tokens
from rag.errors import ModelError
from rag.tokens import count, encode, encoding_for

BYTES = list(rag.tokens._bytes_of_characters())
CONTROL, USER_DEFINED, NORMAL = 3, 4, 1


@pytest.fixture(autouse=True)
def forget() -> None:
    rag.tokens._encoding.cache_clear()


def gguf_file(
    path: Path, *, pre: str = "qwen2", model: str = "gpt2", merges: tuple[str, ...] = ("a b", "ab c")
) -> Path:
    """Ids: 0 <|end|> (control), 1-256 the bytes, then one a merge, at last <call> (user-defined)."""
    tokens = ["<|end|>", *BYTES, *(merge.replace(" ", "") for merge in merges), "<call>"]
    writer = GGUFWriter(path, "llama")
    writer.add_tokenizer_model(model)
    writer.add_tokenizer_pre(pre)
    writer.add_token_list(tokens)
    writer.add_token_types([CONTROL, *[NORMAL] * (len(tokens) - 2), USER_DEFINED])
    writer.add_token_merges(list(merges))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_ids_are_the_models(tmp_path: Path) -> None:
    encoding = encoding_for(gguf_file(tmp_path / "m.gguf"), tmp_path / "cache")
    assert encoding is not None
    a = 1 + BYTES.index("a")
    assert encode(encoding, "abc") == [258]  # "ab" is 257
    assert encode(encoding, "aab") == [a, 257]
    assert count(encoding, "é") == 2  # two bytes, no merge
    assert encoding.decode(encode(encoding, "añ🏚 b\x00")) == "añ🏚 b\x00"


def test_text_gives_no_control_token_but_user_defined_ones_as_llama_cpp_does(tmp_path: Path) -> None:
    encoding = encoding_for(gguf_file(tmp_path / "m.gguf"), tmp_path / "cache")
    assert encoding is not None
    assert 0 not in encode(encoding, "<|end|>") and count(encoding, "<|end|>") == 7
    assert encode(encoding, "<call>") == [259]


def test_a_lone_surrogate_is_counted_not_refused(tmp_path: Path) -> None:
    encoding = encoding_for(gguf_file(tmp_path / "m.gguf"), tmp_path / "cache")
    assert encoding is not None
    assert count(encoding, "\ud800") == 3  # U+FFFD is three bytes


def test_the_second_time_the_gguf_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = gguf_file(tmp_path / "m.gguf")
    first = encoding_for(path, tmp_path / "cache")
    rag.tokens._encoding.cache_clear()
    monkeypatch.setattr(rag.tokens, "_read_gguf", lambda _: pytest.fail("read again"))
    second = encoding_for(path, tmp_path / "cache")
    assert first is not None and second is not None
    assert encode(second, "abc <call> <|end|>") == encode(first, "abc <call> <|end|>")


def test_another_file_in_its_place_is_read(tmp_path: Path) -> None:
    path = gguf_file(tmp_path / "m.gguf")
    encoding_for(path, tmp_path / "cache")
    gguf_file(path, merges=("a b", "ab c", "abc d"))
    encoding = encoding_for(path, tmp_path / "cache")
    assert encoding is not None and encode(encoding, "abcd") == [259]


@pytest.mark.parametrize("damage", [b"", b"{", b'{"format": 1}', b'{"format": 99, "vocabulary": null}', b"\xff\xfe"])
def test_a_damaged_cache_file_is_made_anew(tmp_path: Path, damage: bytes) -> None:
    path = gguf_file(tmp_path / "m.gguf")
    encoding_for(path, tmp_path / "cache")
    (cached,) = (tmp_path / "cache").iterdir()
    whole = cached.read_bytes()
    cached.write_bytes(damage)
    rag.tokens._encoding.cache_clear()
    encoding = encoding_for(path, tmp_path / "cache")
    assert encoding is not None and encode(encoding, "abc") == [258]
    assert cached.read_bytes() == whole
    assert list((tmp_path / "cache").iterdir()) == [cached]


def test_a_cache_that_cannot_be_written_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert encoding_for(gguf_file(tmp_path / "m.gguf"), tmp_path / "cache") is not None


@pytest.mark.parametrize(
    "kind",
    [
        {"model": "llama"},  # SentencePiece
        {"pre": "unheard-of"},
        {"merges": ("a b", "a b")},  # ids can't follow the merges' order
    ],
)
def test_other_vocabularies_give_none_and_that_is_kept_too(
    tmp_path: Path, kind: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = gguf_file(tmp_path / "m.gguf", **kind)  # type: ignore[arg-type]
    assert encoding_for(path, tmp_path / "cache") is None
    rag.tokens._encoding.cache_clear()
    monkeypatch.setattr(rag.tokens, "_read_gguf", lambda _: pytest.fail("read again"))
    assert encoding_for(path, tmp_path / "cache") is None


def test_missing_and_damaged_files_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as missing:
        encoding_for(tmp_path / "none.gguf", tmp_path)
    assert "pull" in missing.value.hint
    for content in (b"", b"no gguf at all", b"GGUF" + b"\x03\0\0\0" + b"\xff" * 40):
        bad = tmp_path / "bad.gguf"
        bad.write_bytes(content)
        with pytest.raises(ModelError) as damaged:
            encoding_for(bad, tmp_path)
        assert "verify" in damaged.value.hint
