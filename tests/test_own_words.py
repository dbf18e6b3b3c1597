"""Sentences that a quote nearly carries: what the reader gets is what the article says."""

from collections.abc import Sequence

import pytest

from rag.checking.verify import check
from rag.types import Article, Check, SourceSentence, Span

_FERRY = (
    "Smoke from the ferry hung over the harbour of Orrin for two days.",
    "A boy of nine was hurt when a rope snapped beside his bicycle in Orrin.",
    "Harbour master Edda Kline said that nobody had been warned.",
    "She expects the ferry to sail again in May while the ramp is mended.",
    "The ferry will stay in port until 3 May while the ramp at Orrin is mended.",
)


def sources(sentences: Sequence[str]) -> list[SourceSentence]:
    text = " ".join(sentences)
    story = Article("ferry", text, "f", title="Trouble at the harbour", outlet="Coast Post", published_at="2023-03-14")
    starts = [text.index(s) for s in sentences]
    return [SourceSentence(story, "p", Span(a, a + len(s)), s) for a, s in zip(starts, sentences, strict=True)]


def run(claim: str, question: str) -> Check:
    return check(claim, sources(_FERRY), [], question)


@pytest.mark.parametrize(
    ("claim", "question", "said"),
    [
        ("The ferry burned for two days in the harbour of Orrin.", "How long did the ferry burn?", _FERRY[0]),
        ("The boy lived near a rope and a bicycle in Orrin.", "Where did the boy live?", _FERRY[1]),
        # no reason is given where one was asked for
        ("The ferry will stay in port until 3 May.", "Why will the ferry stay in port?", _FERRY[4]),
    ],
)
def test_a_word_of_the_question_that_the_quote_lacks_gives_way_to_the_quote(
    claim: str, question: str, said: str
) -> None:
    found = run(claim, question)
    assert found.passed
    assert found.text == said
    assert [q.text for q in found.quotes] == [said]


def test_a_sentence_in_the_quotes_own_words_stays() -> None:
    assert run("A rope snapped in Orrin.", "What happened in Orrin?").text == "A rope snapped in Orrin."
    claim = "The ferry will stay in port because the ramp is mended."
    assert run(claim, "Why will the ferry stay in port?").text == claim


def test_a_word_put_into_somebodys_mouth_is_taken_out() -> None:
    claim = "The ferry will stay in port until 3 May"
    question = "Until when will the ferry stay in port?"
    assert run(f"{claim}, according to harbour master Edda Kline.", question).text == f"{claim}."
    assert run(f"{claim}, according to the mayor.", question).text == f"{claim}."
    assert run(f"According to the mayor, {claim[0].lower()}{claim[1:]}.", question).text == f"{claim}."
    kept = "Nobody had been warned, according to harbour master Edda Kline."
    assert run(kept, "Who had been warned?").text == kept


def test_who_says_it_is_not_answered_by_whoever_did_not() -> None:
    found = run("The ferry will stay in port, according to the mayor.", "Who says that the ferry will stay in port?")
    assert not found.passed


def test_a_hedge_that_a_claim_drops_is_shown() -> None:
    quote = "The cause was unclear and arson could not be excluded, the police said."
    found = check("Arson.", sources((quote,)), [], "What was the cause?")
    assert found.text == quote


def test_a_sentence_that_adds_to_its_quote_gives_way_to_it() -> None:
    question = "Why was the boy hurt?"
    assert run("The boy of nine was hurt because a rope snapped and whipped him.", question).text == _FERRY[1]
    assert not run("The boy was hurt because of thunder.", question).passed


def test_half_a_quotation_is_not_shown_by_itself() -> None:
    speech = ("“The ramp is weak because nobody oils it.", "It was built in a day,” pilot Ada Brun said.")
    found = check(
        "The pilot finds the ramp weak because nobody oils it.", sources(speech), [], "What does the pilot find?"
    )
    assert found.text == " ".join(speech)
