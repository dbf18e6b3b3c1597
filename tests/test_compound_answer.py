"""Questions of several clauses asked of an archive of invented articles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from rag.config import Settings
from rag.llm.base import Prompt
from rag.pipeline import Copydesk
from rag.types import Answer
from tests.fakes_archive import archive_of
from tests.fakes_embedder import KeywordEmbedder
from tests.fakes_llm import ScriptedLLM

ARTICLES = {
    "trial": (
        "Tunnel trial opens", "Velmar Today", "2025-03-05",
        "Prosecutors say that the company Stellmark paid for the contract to build the tunnel at Lenk. A gold watch "
        "was found.",
    ),
    "verdict": (
        "Verdict in the tunnel case", "Ardenz Courier", "2025-06-28",
        "The judges considered it proven that the minister received 2.6 million crowns from Stellmark. He will appeal.",
    ),
    "theft-wire": (
        "Museum theft", "Coast Wire", "2025-09-29",
        "Thieves stole three paintings from the museum in Ardenz on Sunday.",
    ),
    "theft-mail": (
        "Heist in Ardenz", "Ardenz Mail", "2025-09-30",
        "Thieves stole four paintings from the museum in Ardenz on Sunday.",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return archive_of(tmp_path_factory.mktemp("compound"), ARTICLES)


@pytest.fixture
def says() -> dict[str, str]:
    """What the model says of a statement that holds these words; Yes of any other."""
    return {}


@pytest.fixture
def desk(settings: Settings, says: dict[str, str]) -> Iterator[Copydesk]:
    def choose(prompt: Prompt, options: Sequence[str]) -> str:
        asked = prompt.messages[-1].content
        return next((word for part, word in says.items() if part in asked and word in options), options[0])

    with Copydesk.open(settings, llm=ScriptedLLM(choose=choose), embedder=KeywordEmbedder()) as desk:
        yield desk


def outlets(answer: Answer) -> list[str | None]:
    return [c.outlet for c in answer.citations]


WHICH = (
    "Which company, said by Velmar Today to have paid for the contract to build the tunnel at Lenk, gave the minister "
    "2.6 million crowns according to the Ardenz Courier?"
)


def test_the_name_that_the_clauses_share_is_cited_for_each(desk: Copydesk) -> None:
    answer = desk.ask(WHICH)
    assert answer.text == "Stellmark [1][2]."
    assert outlets(answer) == ["Velmar Today", "Ardenz Courier"]
    assert answer.status == "answered"
    assert "2 articles" in (answer.notice or "")
    assert all("Stellmark" in c.quote for c in answer.citations)
    listed = {p.passage_id: p for p in answer.retrieved}
    assert all(listed[c.passage_id].highlight == (c.start, c.end) for c in answer.citations)


def test_no_name_is_given_for_clauses_that_nothing_carries(desk: Copydesk) -> None:
    answer = desk.ask(
        "Which bank, said by Velmar Today to have lent money to a circus, bought the football stadium according to the "
        "Ardenz Courier?"
    )
    assert (answer.status, answer.text) == ("not_found", "")


def test_yes_with_a_quote_from_each_outlet(desk: Copydesk) -> None:
    answer = desk.ask(
        "Did Velmar Today report that Stellmark paid for the tunnel contract, while the Ardenz Courier reported that "
        "the minister received 2.6 million crowns?"
    )
    assert answer.text.startswith("Yes: Velmar Today of 5 March 2025 says “Prosecutors say")
    assert outlets(answer) == ["Velmar Today", "Ardenz Courier"]


def test_no_with_the_quote_of_the_clause_that_fails(desk: Copydesk, says: dict[str, str]) -> None:
    says["received nothing"] = "No"
    answer = desk.ask(
        "Did Velmar Today report that Stellmark paid for the tunnel contract, while the Ardenz Courier reported that "
        "the minister received nothing from Stellmark?"
    )
    assert answer.text.startswith("No: Ardenz Courier of 28 June 2025 says “The judges")
    assert outlets(answer) == ["Ardenz Courier"]


def test_numbers_settle_whether_two_reports_say_the_same(desk: Copydesk) -> None:
    answer = desk.ask(
        "Does the Coast Wire report on the museum in Ardenz give the same number of stolen paintings as the Ardenz "
        "Mail report on the museum?"
    )
    assert answer.text.startswith("No: Coast Wire")
    assert "three paintings" in answer.text and "four paintings" in answer.text


def test_a_filter_that_leaves_out_a_clauses_outlet_leaves_nothing_to_say(desk: Copydesk) -> None:
    answer = desk.ask(WHICH, sources=["Coast Wire"])
    assert answer.status == "not_found"


def test_without_a_model_a_name_is_still_found_and_yes_or_no_is_not_said(settings: Settings) -> None:
    with Copydesk.open(settings, embedder=KeywordEmbedder()) as desk:
        assert desk.ask(WHICH).text == "Stellmark [1][2]."
        closed = desk.ask(
            "Did Velmar Today report that Stellmark paid for the tunnel, while the Coast Wire reported a theft of "
            "three paintings?"
        )
        assert not closed.text.startswith(("Yes", "No"))
