"""Broad questions answered from an archive of invented articles, without a language model."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rag.archive import Archive
from rag.broad.answer import answer
from rag.compose import cite
from rag.config import Settings
from rag.pipeline import Copydesk
from rag.types import Filter, Question
from tests.fakes_archive import archive_of
from tests.fakes_embedder import KeywordEmbedder

ARTICLES = {
    "flood-1": (
        "Heavy rain floods Alder", "Vale Courier", "2022-03-02",
        "The river Tamsin burst its banks on Tuesday night and flooded the town of Alder, the mayor said.\n\n"
        "“I have never seen water rise so fast,” said Lena Ordway. She carried her stock to the first floor.",
    ),
    "flood-2": (
        "Brix under water", "Northern Post", "2022-03-03",
        "Brix, 12 kilometres downstream from Alder, was flooded on Wednesday when a wall of sandbags gave way.\n\n"
        "About 140 houses stood under water by morning, according to the fire service. A man drowned in his cellar.",
    ),
    "flood-2copy": (
        "Second night of storms", "Daily Lantern", "2022-03-03",
        "Brix, 12 kilometres downstream from Alder, was flooded on Wednesday when a wall of sandbags gave way.\n\n"
        "About 140 houses stood under water by morning, according to the fire service.",
    ),
    "war-1": (
        "Rebels take Norvan", "Meridian News", "2022-02-20",
        "Rebels captured Norvan, the capital of the province of Ulm, on Saturday after two days of fighting.",
    ),
    "war-2": (
        "Rebels claim Varda", "City Wire", "2022-02-25",
        "The rebels said on Thursday that they had taken Varda, the capital of Lower Ulm. The army denied it and said "
        "its troops still held the city.",
    ),
    "museum": (
        "A museum by the river", "Valley Notes", None,
        "The old mill in Sarn is a museum now. It was built in 1820 and shows tools.",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return archive_of(tmp_path_factory.mktemp("broad"), ARTICLES)


@pytest.fixture
def shelf(settings: Settings) -> Iterator[Archive]:
    with Archive.open(settings, embedder=KeywordEmbedder()) as archive:
        yield archive


def texts(shelf: Archive, question: str, filter: Filter = Filter()) -> list[str]:  # noqa: B008
    found = answer(question, shelf, filter)
    assert found is not None
    return [s.text for s in cite(found.outcome.checks)[0]]


def test_an_overview_is_told_in_order_of_the_days_with_copies_as_one_source(shelf: Archive) -> None:
    found = answer("Give me an overview of the floods", shelf, Filter())
    assert found is not None
    sentences, citations, _ = cite(found.outcome.checks)
    assert [c.article_id for c in citations][:2] == ["flood-1", "flood-2"]
    assert sentences[0].text.startswith("The river Tamsin burst its banks on Tuesday night (1 March 2022)")
    assert {i for c in citations for i in c.also_in} == {"flood-2copy"}
    assert (found.outcome.notice or "").startswith("Drawn from 2 of 6 articles; 3 speak of this.")
    assert found.outcome.coverage is not None
    assert (found.outcome.coverage.cited, found.outcome.coverage.articles) == (2, 6)


def test_every_sentence_is_its_own_quote(shelf: Archive) -> None:
    found = answer("What happened in Brix?", shelf, Filter())
    assert found is not None
    for check in found.outcome.checks:
        for quote in check.quotes:
            assert quote.article.text[quote.start : quote.end] == quote.text
            assert {quote.passage_id} <= {h.passage.id for h in found.hits}


def test_no_sentence_opens_with_somebody_unnamed(shelf: Archive) -> None:
    for text in texts(shelf, "What happened in Alder?"):
        assert not text.startswith(("She", "He", "It", "They"))


def test_a_claim_is_shown_with_its_denial(shelf: Archive) -> None:
    (told,) = texts(shelf, "What happened in Varda?")
    assert told.startswith("The rebels said on Thursday (24 February 2022)")
    assert "denied it" in told


def test_a_period_holds_its_articles_only_and_says_what_has_no_date(shelf: Archive) -> None:
    found = answer("Summarise the week", shelf, Filter())
    assert found is not None
    assert {q.article.id for c in found.outcome.checks for q in c.quotes} == {"flood-1", "flood-2", "war-2"}
    assert "dated 25 February to 3 March 2022" in (found.outcome.notice or "")
    assert "1 article without a date was left out" in (found.outcome.notice or "")


def test_as_of_moves_the_week(shelf: Archive) -> None:
    assert len(texts(shelf, "Summarise the week", Filter(as_of="2022-02-21"))) == 1


def test_a_list_names_every_item(shelf: Archive) -> None:
    told = texts(shelf, "List the capitals taken")
    assert len(told) == 2
    assert "Norvan" in told[0]
    assert "Varda" in told[1]
    assert "denied" in told[1]


@pytest.mark.parametrize("question", ["What happened in Zedonia?", "Summarise the earthquake in Brix"])
def test_what_no_article_speaks_of_is_refused(shelf: Archive, question: str) -> None:
    found = answer(question, shelf, Filter())
    assert found is not None
    assert found.outcome.status == "not_found"
    assert not found.outcome.checks


def test_an_empty_week_is_refused(shelf: Archive) -> None:
    found = answer("What happened in May 2021?", shelf, Filter())
    assert found is not None
    assert found.outcome.reason == "no_evidence"
    assert "May 2021" in (found.outcome.notice or "")


@pytest.mark.parametrize(
    "question", ["Which towns were evacuated?", "Give me an overview of the quarrel", "How many houses flooded?"]
)
def test_the_narrow_way_is_taken_where_it_serves_better(shelf: Archive, question: str) -> None:
    assert answer(question, shelf, Filter()) is None


def test_the_whole_way_streams_the_sentences_as_they_are_told(settings: Settings) -> None:
    with Copydesk.open(settings, embedder=KeywordEmbedder()) as desk:
        events = list(desk.stream(Question("What happened in Brix?")))
        answered = desk.ask("What happened in Brix?")
    assert [e.name for e in events][:2] == ["evidence", "sentence"]
    assert events[-1].name == "answer"
    assert answered.status == "answered"
    assert answered.coverage is not None
    assert {c.passage_id for c in answered.citations} <= {r.passage_id for r in answered.retrieved}


def test_thanks_search_nothing(settings: Settings) -> None:
    with Copydesk.open(settings, embedder=KeywordEmbedder()) as desk:
        answered = desk.ask("Thank you very much!")
    assert (answered.status, answered.text, answered.retrieved) == ("not_found", "", ())
