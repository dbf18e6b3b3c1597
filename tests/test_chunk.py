from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.intake.chunk import HARD_LIMIT, chunk, passage_id
from rag.text.sentences import split
from rag.types import Article, Span


def article(text: str) -> Article:
    return Article(id="a", text=text, content_hash=hashlib.sha256(text.encode()).hexdigest())


SENTENCE = st.integers(1, 60).map(lambda n: " ".join(["Word", *["word"] * (n - 1)]) + ".")
TEXTS = st.lists(st.lists(SENTENCE, min_size=1, max_size=8).map(" ".join), max_size=8).map("\n\n".join)


@settings(max_examples=150, deadline=None)
@given(st.one_of(TEXTS, st.text(max_size=300)), st.integers(5, 150))
def test_passages_hold_every_sentence_once_with_exact_offsets(text: str, target: int) -> None:
    source = article(text)
    passages = chunk(source, target_words=target)
    position = 0
    for p in passages:
        assert p.text == text[p.start : p.end] and p.text
        assert p.start >= position
        assert (p.sentences[0].start, p.sentences[-1].end) == (p.start, p.end)
        assert p.id == passage_id(source.content_hash, p.start, p.end)
        assert len(p.sentences) == 1 or len(p.text.split()) <= 1.3 * target
        position = p.end
    assert [s for p in passages for s in p.sentences] == split(text)
    assert len({p.id for p in passages}) == len(passages)
    assert chunk(source, target_words=target) == passages


def test_passages_are_near_the_target_and_like_paragraph_ends() -> None:
    paragraph = " ".join(["One two three four five six seven eight nine ten."] * 4)
    passages = chunk(article("\n\n".join([paragraph] * 10)))
    assert [len(p.text.split()) for p in passages] == [120, 120, 120, 40]
    assert all(p.text.startswith(paragraph) and p.text.endswith(paragraph) for p in passages)


def test_a_few_last_words_do_not_stand_alone() -> None:
    body = " ".join(["One two three four five six seven eight nine ten."] * 11)
    assert len(chunk(article(body + "\n\nHe was 83."))) == 1


def test_a_text_without_full_stops_is_cut_at_spaces() -> None:
    text = " ".join(f"w{i}" for i in range(2 * HARD_LIMIT + 50))
    passages = chunk(article(text))
    assert [len(p.text.split()) for p in passages] == [HARD_LIMIT, HARD_LIMIT, 50]
    assert passages[0].text.endswith(f"w{HARD_LIMIT - 1}")


def test_ids_come_from_content_not_from_metadata() -> None:
    source = article("He came. She left.")
    renamed = replace(source, id="b", title="New", outlet="Post", path="/x")
    assert [p.id for p in chunk(source)] == [p.id for p in chunk(renamed)]
    assert chunk(source)[0].id != chunk(article("He came. She stayed."))[0].id
    assert len(passage_id("x", 0, 1)) == 20
    assert chunk(source)[0].sentences == (Span(0, 8), Span(9, 18))


@pytest.mark.parametrize("text", ["", "\n\n "])
def test_no_text_no_passages(text: str) -> None:
    assert chunk(article(text)) == []
