"""A tiny BERT with random weights: small enough to be worked out beside sentence-transformers in a second."""

from __future__ import annotations

import json
import threading

import numpy as np
import pytest

from rag.search import bert
from rag.search.embed import Embedder

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *(f"w{n}" for n in range(60))]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("tiny")
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=40,
        layer_norm_eps=1e-12,
    )
    model = BertModel(config)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    model.save_pretrained(folder)
    tokenizer = Tokenizer(models.WordLevel({word: n for n, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]"
    )
    fast.save_pretrained(folder)
    kinds = ["Transformer", "Pooling", "Normalize"]
    modules = [
        {"idx": n, "name": str(n), "path": f"{n}_{kind}" if n else "", "type": f"sentence_transformers.models.{kind}"}
        for n, kind in enumerate(kinds)
    ]
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "config_sentence_transformers.json").write_text("{}")
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 24, "do_lower_case": False}))
    pooling(folder, "mean_tokens")
    (folder / "2_Normalize").mkdir()
    return folder


def pooling(folder, mode):
    (folder / "1_Pooling").mkdir(exist_ok=True)
    modes = {f"pooling_mode_{m}": m == mode for m in ("cls_token", "mean_tokens", "max_tokens")}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"word_embedding_dimension": 32} | modes))


def texts(count, seed=0):
    random = np.random.default_rng(seed)
    return [" ".join(random.choice(WORDS[4:], random.integers(0, 40))) for _ in range(count)]


@pytest.mark.parametrize("mode", ["mean_tokens", "cls_token"])
@pytest.mark.parametrize("threads", [1, 2])
def test_the_vectors_are_those_of_sentence_transformers(folder, mode, threads, monkeypatch):
    from sentence_transformers import SentenceTransformer

    monkeypatch.setattr(bert, "_BUDGET", 100)
    monkeypatch.setattr(bert, "_SHORT", 30)
    monkeypatch.setattr(bert, "_WINDOW", 50)
    pooling(folder, mode)
    assert bert.fits(folder)
    given = texts(120)
    plain = SentenceTransformer(str(folder), device="cpu").encode(given, show_progress_bar=False)
    exact = bert.BertEncoder(folder, threads, exact=True).encode(given)
    assert exact == pytest.approx(plain, abs=2e-6)
    quick = bert.BertEncoder(folder, threads).encode(given)
    assert (quick * plain).sum(axis=1).min() > 0.999
    assert (quick**2).sum(axis=1) == pytest.approx(1, abs=1e-5)
    pooling(folder, "mean_tokens")


def test_a_text_has_one_vector_whatever_stands_beside_it(folder):
    encoder = bert.BertEncoder(folder, 2, exact=True)
    given = texts(40, seed=2)
    together = encoder.encode(given)
    assert np.vstack([encoder.encode([text]) for text in given]) == pytest.approx(together, abs=1e-5)
    assert encoder.encode(["half \ud83d", ""]).shape == (2, 32)


def test_threads_share_one_encoder_and_leave_torch_as_it_was(folder, monkeypatch):
    import torch

    monkeypatch.setattr(bert, "_SHORT", 30)
    encoder = bert.BertEncoder(folder, 2, exact=True)
    given, before, found = texts(60, seed=3), torch.get_num_threads(), []
    encoder.encode(given)
    expected = encoder.encode(given)
    threads = [threading.Thread(target=lambda: found.append(encoder.encode(given))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert all(vectors == pytest.approx(expected, abs=1e-5) for vectors in found)
    assert torch.get_num_threads() == before


@pytest.mark.parametrize("threads", [2, 4])
def test_a_questions_sentences_are_shared_out_to_all_cores(folder, threads, monkeypatch):
    monkeypatch.setattr(bert, "_SHORT", 30)
    encoder = bert.BertEncoder(folder, threads, exact=True)
    given, batches = texts(40, seed=5), []
    batch = encoder._batch
    monkeypatch.setattr(encoder, "_batch", lambda ids, into, places: batches.append(places) or batch(ids, into, places))
    encoder.encode(given)
    assert len(batches) == threads
    sizes = [sum(min(24, 2 + len(given[place].split())) for place in places) for places in batches]
    assert max(sizes) - min(sizes) <= 2 * threads * 24


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("config.json", {"model_type": "mpnet"}),
        ("config.json", {"position_embedding_type": "relative_key"}),
        ("config.json", {"hidden_act": "relu"}),
        ("sentence_bert_config.json", {"do_lower_case": True}),
        ("1_Pooling/config.json", {"pooling_mode_max_tokens": True}),
        ("config_sentence_transformers.json", {"prompts": {"query": "query: "}}),
    ],
)
def test_other_kinds_of_models_are_left_to_sentence_transformers(folder, file, change):
    path = folder / file
    before = path.read_text()
    path.write_text(json.dumps(json.loads(before) | change))
    assert not bert.fits(folder)
    path.write_text(before)
    assert bert.fits(folder)


def test_a_model_with_prompts_is_still_an_embedder(folder):
    path = folder / "config_sentence_transformers.json"
    before = path.read_text()
    path.write_text(json.dumps({"prompts": {"query": "w1 w2 ", "document": ""}}))
    embedder = Embedder(folder, "tiny")
    one, other = embedder.encode_queries(["w3"]), embedder.encode_documents(["w3"])
    assert one.shape == other.shape == (1, embedder.dims) == (1, 32)
    assert not np.allclose(one, other, atol=1e-3)
    path.write_text(before)
