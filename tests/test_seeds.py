"""The shipped articles come through reading, cleaning and chunking whole, and without their page furniture."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from rag.intake.chunk import chunk
from rag.intake.clean import clean, explain
from rag.sources import read_paths
from rag.types import Article, RawDocument

SEEDS = Path(__file__).parent.parent / "seeds"
NOW = "2026-11-21T10:00:00+00:00"


@pytest.fixture(scope="module")
def documents() -> list[RawDocument]:
    read, skipped = read_paths([SEEDS])
    assert skipped == []
    return read


@pytest.fixture(scope="module")
def articles(documents: list[RawDocument]) -> list[Article]:
    return [clean(d, NOW) for d in documents]


def test_manifest_lists_every_seed_and_says_how_its_date_is_known() -> None:
    entries = json.loads((SEEDS / "manifest.json").read_text("utf-8"))["articles"]
    assert [e["file"] for e in entries] == sorted(p.name for p in SEEDS.glob("*.txt"))
    assert all(e["published_at_source"] == "inferred" and e["note"] for e in entries)


def test_metadata_reaches_the_articles(articles: list[Article]) -> None:
    assert [a.published_at for a in articles] == ["2021-06-22", "2021-06-20", "2021-08-08", "2021-08-13", "2021-06-21"]
    assert [a.outlet for a in articles] == [None, None, None, "AFP", None]
    assert all(a.title and a.language == "en" for a in articles)


def test_without_the_manifest_headlines_and_the_source_line_are_still_found(documents: list[RawDocument]) -> None:
    bare = [clean(replace(d, title=None, outlet=None), NOW) for d in documents]
    assert [a.title for a in bare] == [d.title if n != 2 else None for n, d in enumerate(documents)]
    assert [a.outlet for a in bare] == [None, None, None, "AFP", None]


def test_furniture_is_gone_and_every_other_word_is_kept(documents: list[RawDocument]) -> None:
    for document in documents:
        result = explain(document, NOW)
        shown = result.article.text
        for scrap in ("Cart", "Go to top", "Leave", "Comment", "commenting", "Categorized", "PHOTO", "skip to content"):
            assert scrap not in shown
        for scrap in ("Envíanos", "identidad", "-taliban", "Back to the past", "The retreat", "Source: AFP"):
            assert scrap not in shown
        dropped = sum(len(d.text.split()) for d in result.dropped)
        assert len(shown.split()) + dropped == len(document.text.split())
        assert dropped < 0.13 * len(document.text.split())


def test_passages(articles: list[Article]) -> None:
    for article in articles:
        passages = chunk(article)
        assert 4 <= len(passages) <= 12
        assert all(article.text[p.start : p.end] == p.text and len(p.text.split()) <= 143 for p in passages)
        for passage in passages:
            for span in passage.sentences:
                assert "\n" not in passage.sentence_text(span)
    standfirst = chunk(articles[0])[0]
    assert standfirst.sentence_text(standfirst.sentences[0]).endswith("as US troops began to withdraw")
