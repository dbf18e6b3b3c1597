"""Other sources get a hearing: which values are put to the model, and what is made of those that answer, too."""

from __future__ import annotations

import numpy as np
import pytest

from rag import compose, hearing
from rag.found import Found, Scored
from rag.types import Article, Check, Conflict
from tests.fakes_found import hit, sources
from tests.fakes_llm import ScriptedLLM


def report(id: str, day: str, text: str, title: str = "Barge strikes Halm bridge", outlet: str = "Wire") -> Article:
    return Article(id, text, f"hash-{id}", title, outlet, day, "metadata", None, "en", f"{id}.txt", "2026-01-01")


HALM = report("halm", "2026-05-04", "Workers at Halm lost 40 crates of tea when a barge struck the bridge on Monday.")


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """How probable it is that sentences with these words state the answer; none does but these."""
    told: dict[str, float] = {}

    def stated(llm, question, evidence, cancel=None):  # type: ignore[no-untyped-def]
        return next((p for words, p in told.items() if words in evidence), 0.0)

    monkeypatch.setattr(hearing, "stated", stated)
    return told


def heard(question: str, told: str, *articles: Article) -> list[Conflict]:
    all_of_them = [sentence for article in articles for sentence in sources(article)]
    ranked = tuple(Scored(sentence, 1.0, 0.5, 0.5) for sentence in all_of_them)
    found = Found(tuple(map(hit, articles)), tuple(all_of_them), np.zeros((len(ranked), 1)), ranked)
    source = ranked[0].sentence
    return hearing.others(ScriptedLLM(), question, (Check(told, (compose.whole(source),), 0.9),), found)


def values(conflicts: list[Conflict]) -> list[tuple[str, str]]:
    return [(conflict.kind, value.value) for conflict in conflicts for value in conflict.values]


QUESTION = "How many crates of tea were lost at Halm?"
SAID = "40 crates of tea were lost at Halm."


def test_another_value_that_answers_is_told_beside_the_first(answering: dict[str, float]) -> None:
    other = report("other", "2026-05-04", "The shipping firm put its loss at 65 crates.", outlet="Post")
    answering["65 crates"] = 0.8
    assert values(heard(QUESTION, SAID, HALM, other)) == [("disputed", "40"), ("disputed", "65")]


def test_what_answers_something_else_is_left_alone(answering: dict[str, float]) -> None:
    other = report("other", "2026-05-04", "In March 65 crates fell off a lorry in Brae.", outlet="Post")
    answering["65 crates"] = 0.2
    assert heard(QUESTION, SAID, HALM, other) == []


@pytest.mark.parametrize(
    "text",
    [
        "The skipper, a man of 65, was unhurt.",
        "The skipper is 65 years old.",
        "It took 65 minutes to free the barge.",
        "All 65 sailors are safe.",
        "More than 39 crates were lost.",
        "The toll was 65 percent of a year's tea.",
    ],
)
def test_numbers_of_another_kind_are_not_put_to_the_model(answering: dict[str, float], text: str) -> None:
    answering[text] = 1.0
    assert heard(QUESTION, SAID, HALM, report("other", "2026-05-04", text, outlet="Post")) == []


def test_what_somebody_received_is_not_by_how_much_she_won(answering: dict[str, float]) -> None:
    won = report("won", "2026-05-04", "Ada Lund beat Carl Brink at Halm by 23 votes.")
    received = report("received", "2026-05-04", "At Halm Ada Lund received 5,204 votes.", outlet="Post")
    answering["5,204"] = 1.0
    said = "Lund beat Brink by 23 votes."
    assert heard("By how many votes did Lund beat Brink at Halm?", said, won, received) == []
    assert heard("How many votes at Halm did Lund win by?", said, won, received) == []


def test_a_value_denied_in_so_many_words_needs_no_model(answering: dict[str, float]) -> None:
    text = "Sixty-five crates of tea were lost at Halm when a barge struck the bridge, not 40."
    got = heard(QUESTION, SAID, HALM, report("other", "2026-05-05", text, outlet="Post"))
    assert values(got) == [("disputed", "40"), ("disputed", "Sixty-five")]


@pytest.mark.parametrize(
    ("title", "end"),
    [("Barge strikes Halm bridge", " as the harbour office first said"), ("Correction: Halm bridge", "")],
)
def test_a_correction_takes_the_place_of_what_was_said_at_first(
    answering: dict[str, float], title: str, end: str
) -> None:
    text = f"Sixty-five crates of tea were lost at Halm when a barge struck the bridge, not 40{end}."
    got = heard(QUESTION, SAID, HALM, report("other", "2026-05-05", text, title))
    assert values(got) == [("superseded", "40"), ("superseded", "Sixty-five")]


def test_of_what_is_now_the_later_report_counts(answering: dict[str, float]) -> None:
    first = report("first", "2026-05-04", "At Halm 40 crates of tea are in the water.")
    later = report("later", "2026-05-05", "Twelve crates have not been brought ashore.")
    answering["Twelve"] = 0.9
    got = heard("How many crates of tea are still in the water at Halm?", "40 crates are in the water.", first, later)
    assert values(got) == [("superseded", "40"), ("superseded", "Twelve")]


@pytest.mark.parametrize(
    "question",
    [
        "Were 30 crates of tea lost at Halm?",
        "Who lost tea at Halm?",
        "When was tea lost at Halm?",
        "According to the harbour office, how many crates of tea were lost?",
    ],
)
def test_questions_for_no_number_or_for_one_partys_word_are_not_compared(
    answering: dict[str, float], question: str
) -> None:
    answering["65 crates"] = 1.0
    other = report("other", "2026-05-04", "The shipping firm put its loss at 65 crates.", outlet="Post")
    assert heard(question, SAID, HALM, other) == []


@pytest.mark.parametrize(
    ("alone", "answerability", "beside"),
    [(0.05, 0.6, True), (0.3, 0.6, False), (0.05, 0.9, False), (0.05, None, False)],
)
def test_a_doubtful_answer_whose_quote_answers_nothing_is_told_by_its_quote_alone(
    answering: dict[str, float], alone: float, answerability: float | None, beside: bool
) -> None:
    answering["40 crates"] = alone
    told = (Check("40 crates of tea went to Brae.", (compose.whole(sources(HALM)[0]),), 0.9),)
    assert hearing.beside_the_point(ScriptedLLM(), "Who paid for the tea?", told, answerability) is beside
    assert not hearing.beside_the_point(ScriptedLLM(), "Was the tea paid for?", told, answerability)


def test_a_model_without_a_probe_settles_nothing() -> None:
    other = report("other", "2026-05-04", "The shipping firm put its loss at 65 crates.", outlet="Post")
    assert heard(QUESTION, SAID, HALM, other) == []
