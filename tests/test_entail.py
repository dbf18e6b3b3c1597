"""The optional cross-encoder: tiny random models made here, what their scores mean, and clear errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rag.checking.entail import Entailment, carried, load_entailment
from rag.checking.verify import check
from rag.config import Settings, load_settings
from rag.errors import ModelError
from tests.test_verify import sources_of

WORDS = (
    "[PAD] [UNK] [CLS] [SEP] [MASK] the fortress was supplied with food held out after provisions reached it by river ."
)


def make(folder: Path, kind: str, labels: list[str]) -> Path:
    """A BERT of one tiny layer with random weights, saved as a real one is."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(1)
    folder.mkdir()
    vocabulary = folder / "vocab.txt"
    vocabulary.write_text("\n".join(WORDS.split()), encoding="utf-8")
    config = transformers.BertConfig(
        vocab_size=len(WORDS.split()),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        id2label=dict(enumerate(labels)),
        label2id={label: i for i, label in enumerate(labels)},
    )
    model: Any = getattr(transformers, f"BertFor{kind}Classification")(config)
    model.save_pretrained(folder)
    transformers.BertTokenizerFast(vocab_file=str(vocabulary)).save_pretrained(folder)
    return folder


@pytest.mark.parametrize(
    ("kind", "labels"),
    [
        ("Sequence", ["contradiction", "entailment", "neutral"]),
        ("Sequence", ["LABEL_0"]),
        ("Token", ["supported", "hallucinated"]),
    ],
)
def test_a_local_model_gives_a_probability(tmp_path: Path, kind: str, labels: list[str]) -> None:
    model = Entailment(make(tmp_path / "m", kind, labels))
    found = model.probability(
        "The fortress was supplied with food.", "The fortress held out after provisions reached it."
    )
    assert 0 < found < 1
    again = model.probability(
        "The fortress was supplied with food.", "The fortress held out after provisions reached it."
    )
    assert again == found


def test_what_the_scores_mean() -> None:
    nli = {0: "contradiction", 1: "neutral", 2: "entailment"}
    # softmax of 0, 0, ln 2 is 1/4, 1/4, 2/4
    assert carried([0.0, 0.0, 0.6931471805599453], nli) == pytest.approx(0.5)
    assert carried([2.0, 0.0], {0: "entailment", 1: "not_entailment"}) > 0.8
    assert carried([2.0, 0.0], {0: "LABEL_0", 1: "LABEL_1"}) < 0.2
    assert carried([0.0], {0: "LABEL_0"}) == pytest.approx(0.5)
    with pytest.raises(ValueError, match="none of its labels"):
        carried([0.0, 0.0, 0.0], {0: "joy", 1: "anger", 2: "fear"})


def test_a_missing_or_other_model_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no entailment model"):
        Entailment(tmp_path / "nowhere")
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(ModelError, match="damaged"):
        Entailment(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({"architectures": ["BertForMaskedLM"]}))
    with pytest.raises(ModelError, match="no cross-encoder"):
        Entailment(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({"architectures": ["BertForSequenceClassification"]}))
    with pytest.raises(ModelError, match="can't be loaded") as raised:
        Entailment(tmp_path).probability("a", "b")
    assert "COPYDESK_ENTAILMENT_MODEL" in (raised.value.hint or "")


def test_it_is_optional_and_set_by_a_path(tmp_path: Path) -> None:
    assert load_entailment(load_settings({})) is None
    settings: Settings = load_settings({"COPYDESK_ENTAILMENT_MODEL": str(tmp_path)})
    assert settings.entailment == tmp_path


def test_only_a_doubtful_sentence_is_given_to_it() -> None:
    sources = sources_of("fort", ("The fortress held out after provisions reached it by river.",))
    asked: list[str] = []

    def says(probability: float) -> Any:
        def opinion(claim: str, _: object) -> float:
            asked.append(claim)
            return probability

        return opinion

    doubtful = "The fortress was supplied with food."
    assert not check(doubtful, sources, [0.6]).passed
    assert check(doubtful, sources, [0.6], opinion=says(0.95)).passed
    assert not check(doubtful, sources, [0.6], opinion=says(0.2)).passed
    assert asked == [doubtful, doubtful]
    assert check("The fortress held out after provisions reached it.", sources, [0.9], opinion=says(0.0)).passed
    assert not check("The fortress was supplied with 40 cannon.", sources, [0.6], opinion=says(1.0)).passed
    assert asked == [doubtful, doubtful]
