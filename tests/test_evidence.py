"""Which sentences become evidence: what they score, what fits, and in which order they are read."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from rag.evidence import HEAD, choose, rank, score, sentences_of
from rag.found import Scored
from rag.types import Article, SourceSentence
from tests.fakes_found import article, hit, sources

FERRY = article(
    "ferry",
    "The ferry Aurora ran aground off Skagen on Tuesday. It carried 212 passengers. Tugs pulled it free. "
    "The weather had been calm all week.",
)
RIVAL = article("rival", "Some 230 passengers were on the ferry Aurora, the coastguard said. Nobody was hurt.")


def count(text: str) -> int:
    return len(text.split())


def ranked(*wanted: tuple[SourceSentence, float]) -> list[Scored]:
    return sorted((Scored(s, r, r / 2, r / 2) for s, r in wanted), key=lambda s: -s.relevance)


def texts(chosen: Sequence[SourceSentence]) -> list[str]:
    return [s.text for s in chosen]


# --- relevance ---


def scores(question: str, *articles: Article) -> dict[str, float]:
    hits = [hit(a, i + 1) for i, a in enumerate(articles)]
    found = sentences_of(hits)
    return {s.sentence.text: s.relevance for s in score(question, hits, found, [0.5] * len(found))}


def test_sharing_the_questions_words_counts() -> None:
    told = scores("Did tugs pull the ferry free?", FERRY)
    assert max(told, key=lambda t: told[t]) == "Tugs pulled it free."


def test_a_number_is_preferred_where_one_is_asked_for() -> None:
    assert (
        scores("How many were carried?", FERRY)["It carried 212 passengers."]
        > (scores("Who was carried?", FERRY)["It carried 212 passengers."])
    )


def test_a_day_is_preferred_where_a_time_is_asked_for() -> None:
    opening = "The ferry Aurora ran aground off Skagen on Tuesday."
    assert scores("When did it run aground?", FERRY)[opening] > scores("Why did it run aground?", FERRY)[opening]


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    common = article("c", "The dam is old. The dam is tall. The dam is grey. The spillway cracked.")
    told = scores("dam spillway", common)
    assert told["The spillway cracked."] > told["The dam is old."]


def test_ranking_is_best_first_and_the_same_each_time() -> None:
    hits = [hit(FERRY), hit(RIVAL, 2)]
    found = sentences_of(hits)
    assert texts(found)[:2] == ["The ferry Aurora ran aground off Skagen on Tuesday.", "It carried 212 passengers."]
    first = rank("How many passengers did the coastguard count?", hits, found, None, [0.1] * len(found))
    again = rank("How many passengers did the coastguard count?", hits, found, None, [0.1] * len(found))
    assert first.ranked == again.ranked
    assert [s.promise for s in first.ranked] == sorted((s.promise for s in first.ranked), reverse=True)
    assert "230" in first.best.sentence.text
    assert all(0 <= r <= 1 for r in first.relevance)
    assert first.highlights["rival-p"] == first.best.sentence.span


def test_a_question_without_content_words_scores_all_the_same() -> None:
    assert set(scores("Who was it?", FERRY)) == {s.text for s in sources(FERRY)}
    assert rank("Why?", [], [], None, []).ranked == ()


# --- choosing ---


def test_a_sentence_that_leans_on_the_one_before_brings_it_along() -> None:
    first, second, third, fourth = sources(FERRY)
    chosen = choose(ranked((second, 1.0), (first, 0.1), (third, 0.0), (fourth, 0.0)), count, budget=HEAD + 15)
    assert texts(chosen) == [first.text, second.text]


def test_where_both_dont_fit_the_leaning_one_goes_alone() -> None:
    first, second, *_ = sources(FERRY)
    assert texts(choose(ranked((second, 1.0), (first, 0.1)), count, budget=HEAD + 6)) == [second.text]


def test_the_first_sentence_of_a_passage_has_none_to_bring() -> None:
    leaning = article("lean", "He resigned on Friday. The party was surprised.")
    first, second = sources(leaning)
    assert texts(choose(ranked((first, 1.0), (second, 0.0)), count, budget=HEAD + 5)) == [first.text]


def test_copies_are_not_repeated() -> None:
    copy = article("copy", "Nobody was hurt. The mayor thanked the crew.")
    one, two = sources(RIVAL)[1], sources(copy)[0]
    assert texts(choose(ranked((one, 1.0), (two, 0.9)), count)) == ["Nobody was hurt."]


def test_a_sentence_brought_along_is_not_repeated_from_a_copy_either() -> None:
    first, second, *_ = sources(FERRY)
    copied = sources(article("copy", first.text))[0]
    assert texts(choose(ranked((second, 1.0), (copied, 0.9), (first, 0.1)), count)).count(first.text) == 1


def test_one_article_does_not_crowd_out_another() -> None:
    long = article("long", " ".join(f"Shed number {n} burned to the ground." for n in range(9)))
    other = sources(RIVAL)[0]
    order = ranked(*((s, 1.0 - i / 100) for i, s in enumerate(sources(long))), (other, 0.5))
    tight = choose(order, count, budget=2 * HEAD + 4 * 8 + len(other.text.split()) + 2)
    assert other in tight
    assert sum(s.article.id == "long" for s in tight) == 4


def test_room_that_others_leave_is_filled() -> None:
    long = article("long", " ".join(f"Shed number {n} burned to the ground." for n in range(9)))
    assert len(choose(ranked(*((s, 1.0 - i / 100) for i, s in enumerate(sources(long)))), count)) == 9


def test_a_long_sentence_that_does_not_fit_lets_shorter_ones_in() -> None:
    long = sources(article("long", "The " + "very " * 60 + "long report said little."))[0]
    short = sources(RIVAL)[1]
    assert texts(choose(ranked((long, 1.0), (short, 0.5)), count, budget=HEAD + 40)) == [short.text]


def test_reading_order_within_articles_and_best_article_first() -> None:
    a, b = sources(FERRY), sources(RIVAL)
    chosen = choose(ranked((b[1], 1.0), (a[3], 0.9), (a[0], 0.8), (b[0], 0.7)), count)
    assert texts(chosen) == [b[0].text, b[1].text, a[0].text, a[3].text]


WORDS = st.sampled_from(["storm", "hit", "Varn", "on", "Monday", "and", "14", "houses", "fell", ",", "he", "said"])
SENTENCE = st.tuples(st.sampled_from(["It", "They", "A", "This"]), st.lists(WORDS, min_size=1, max_size=30)).map(
    lambda drawn: f"{drawn[0]} {' '.join(drawn[1])}."
)


@given(st.lists(st.lists(SENTENCE, min_size=1, max_size=6), min_size=1, max_size=4), st.integers(0, 120), st.integers())
def test_the_budget_is_kept(written: list[list[str]], budget: int, salt: int) -> None:
    every = [s for i, some in enumerate(written) for s in sources(article(f"a{i}", " ".join(some)))]
    relevance = [zlib.crc32(f"{salt} {i}".encode()) / 2**32 for i in range(len(every))]
    chosen = choose(ranked(*zip(every, relevance, strict=True)), count, budget)
    assert sum(count(s.text) for s in chosen) + HEAD * len({s.article.content_hash for s in chosen}) <= budget
    places = [(s.article.id, s.span) for s in chosen]
    assert len(set(places)) == len(places)
    assert set(chosen) <= set(every)
    for id in {s.article.id for s in chosen}:
        spans = [s.span for s in chosen if s.article.id == id]
        assert spans == sorted(spans)
