"""RAMDocs: what counts as a dispute, as one told, and as both values quoted; figures worked out by hand."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from eval.bench import ramdocs

RECORD = {
    "line": 4,
    "question": "Where was Ada Orlin born?",
    "documents": [
        {"text": "Ada Orlin was born in Lyon.", "type": "correct", "answer": "Lyon"},
        {"text": "Ada Orlin was born in Oslo.", "type": "misinfo", "answer": "Oslo"},
        {"text": "Menu", "type": "noise", "answer": "unknown"},
    ],
    "disambig_entity": ["Ada Orlin"],
    "gold_answers": ["Lyon"],
    "wrong_answers": ["Oslo", "Oslo"],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ramdocs").mkdir()
    agreed = {**RECORD, "line": 5, "documents": RECORD["documents"][:1]}  # type: ignore[index]
    with gzip.open(tmp_path / ramdocs.FILE, "wt", encoding="utf-8") as file:
        file.write(json.dumps(RECORD) + "\n" + json.dumps(agreed) + "\n")
    return tmp_path


def row(dispute: bool, *values: str, text: str = "") -> dict[str, Any]:
    told = [{"values": [{"value": v, "unit": None} for v in values]}] if values else []
    answer = {"conflicts": told, "text": text}
    return {"dispute": dispute, "gold": ["Lyon, France"], "wrong": ["Oslo"], "answer": answer}


def test_a_record_is_a_dispute_where_misinformation_stands_against_the_truth(folder: Path) -> None:
    one, two = ramdocs.load(folder)
    assert (one.document, one.data["dispute"], one.data["wrong"]) == (RECORD["question"], True, ["Oslo"])
    assert two.data["dispute"] is False


def test_a_records_documents_are_articles_of_its_own_outlet(folder: Path) -> None:
    texts = list(ramdocs.texts(folder))
    assert [t.id for t in texts] == ["ramdocs-4-0", "ramdocs-4-1", "ramdocs-4-2", "ramdocs-5-0"]
    assert {t.outlet for t in texts[:3]} == {ramdocs.load(folder)[0].data["outlet"]}
    assert all(t.title is None and t.published_at is None for t in texts)


def test_the_figures() -> None:
    # two disputes, one told and with both values; two others, both left alone: (1/2 + 2/2) / 2 = 3/4
    rows = [row(True, "Lyon, France", "Oslo"), row(True), row(False), row(False)]
    figures = {f.key: f.value for f in ramdocs.score(rows)}
    assert figures == {"balanced_accuracy": 0.75, "recall": 0.5, "specificity": 1.0, "both_quoted": 1.0}


def test_always_telling_a_dispute_scores_a_half() -> None:
    rows = [row(True, "x"), row(False, "x"), row(False, "x")]
    assert ramdocs.balance(rows) == 0.5
    assert ramdocs.balance([row(True, "x")]) is None


def test_both_values_may_stand_in_the_text_whatever_their_case_and_punctuation() -> None:
    assert ramdocs.both_quoted(row(True, "OSLO", text="One report says “born in Lyon, France”."))
    assert not ramdocs.both_quoted(row(True, "Lyon", "Oslo"))  # only a part of the answer
    assert not ramdocs.both_quoted(row(True, "Lyon, France", "Oslofjord"))
