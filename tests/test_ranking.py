"""The order in which retrieved sentences are read."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from rag import ranking
from rag.evidence import sentences_of
from tests.fakes_found import article, hit

REPORT = article(
    "orrin",
    "The harbour of Orrin was shut on Monday. A crane had fallen because its base was rusted. "
    "It will take 12 days to clear it. The mayor, Ada Lind, spoke of bad luck. Who is to blame?",
)


def best(question: str) -> str:
    hits = [hit(REPORT)]
    found = sentences_of(hits)
    signs = ranking.signs(question, hits, found, [0.3] * len(found))
    return max(zip(found, signs, strict=True), key=lambda pair: ranking.score(pair[1]))[0].text


def test_the_kind_of_thing_asked_for_decides_between_sentences_that_share_no_words() -> None:
    assert "12 days" in best("How long until the wreck is gone?")
    assert "because" in best("Why did it topple?")


def test_a_question_is_no_answer() -> None:
    assert best("Who is to blame, then?") != "Who is to blame?"


def test_words_of_the_sentence_before_count() -> None:
    hits = [hit(REPORT)]
    found = sentences_of(hits)
    signs = ranking.signs("How long will clearing the crane take?", hits, found, [0.3] * len(found))
    assert signs[2].with_previous > signs[2].overlap


@given(st.text(max_size=80))
def test_any_question_gives_shares_in_range(question: str) -> None:
    hits = [hit(REPORT)]
    found = sentences_of(hits)
    for sign in ranking.signs(question, hits, found, [0.0] * len(found)):
        assert 0 <= sign.overlap <= 1 and 0 <= sign.with_previous <= 1 and 0 <= sign.passage_overlap <= 1
        assert ranking.score(replace(sign, question=1.0)) <= ranking.score(replace(sign, question=0.0))
