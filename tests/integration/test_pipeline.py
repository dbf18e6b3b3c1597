"""Questions about the seed articles, answered by the real models."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.archive import Archive
from rag.config import Settings, load_settings
from rag.errors import Cancelled
from rag.llm.base import Cancel
from rag.pipeline import Copydesk
from rag.types import Answer, Message, Question

pytestmark = pytest.mark.integration

SEEDS = Path(__file__).parents[2] / "seeds"
MAX_UNCACHED = 200  # prompt tokens computed anew before a question's first words
SECOND_LOOK = 200  # and after them, where the first evidence comes to nothing
AFTERWARDS = 90  # read when the first words are shown: a draft's Yes or No, a quote by itself
FACT = "In which two years was Kunduz briefly captured by the Taliban before?"
UNANSWERABLE = "How many schools did the United Nations build in Kunduz?"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An archive of the seeds."""
    settings = load_settings(archive_dir=tmp_path_factory.mktemp("seeds") / "archive")
    with Archive.open(settings, write=True) as archive:
        assert len(archive.ingest([SEEDS]).added) == 5
    return settings


@pytest.fixture(scope="module")
def desk(settings: Settings) -> Iterator[Copydesk]:
    with Copydesk.open(settings) as desk:
        desk.warm()
        assert desk.llm_problem is None
        yield desk


def uncached(answer: Answer) -> int:
    return answer.usage.prompt_tokens - answer.usage.cached_tokens


def test_a_plain_fact_is_answered_with_a_quote_that_holds_it(desk: Copydesk) -> None:
    answer = desk.ask(FACT)
    assert answer.status == "answered", answer
    assert answer.sentences
    assert all(s.citations for s in answer.sentences)
    for citation in answer.citations:
        assert desk.archive.article(citation.article_id).text[citation.start : citation.end] == citation.quote
    for year in ("2015", "2016"):
        assert year in answer.text
        assert any(year in c.quote for c in answer.citations)
    assert uncached(answer) <= MAX_UNCACHED


def test_what_the_articles_do_not_say_is_not_said(desk: Copydesk) -> None:
    answer = desk.ask(UNANSWERABLE)
    assert (answer.status, answer.text) == ("not_found", "")
    assert answer.reason
    assert answer.retrieved
    assert uncached(answer) <= MAX_UNCACHED + SECOND_LOOK


@pytest.mark.parametrize(
    "question",
    [
        FACT,
        "Why did government forces in Maimana surrender?",
        "Is Bagram Airfield still used by US troops?",
    ],
)
def test_few_prompt_tokens_are_computed_anew(desk: Copydesk, question: str) -> None:
    answer = desk.ask(question)
    assert uncached(answer) <= MAX_UNCACHED + AFTERWARDS
    assert answer.usage.cached_tokens > uncached(answer)


def test_a_follow_up_is_understood(desk: Copydesk) -> None:
    history = (
        Message("user", "Who is Amruddin Wali?"),
        Message("assistant", "Amruddin Wali is a member of the Kunduz provincial council [1]."),
    )
    answer = desk.ask("What did he hear?", history=history)
    assert "Wali" in answer.standalone_question
    assert uncached(answer) <= MAX_UNCACHED
    assert desk.ask(FACT, history=history).standalone_question == FACT


def test_the_text_is_the_same_cold_and_warm(desk: Copydesk, settings: Settings) -> None:
    warm = [desk.ask(UNANSWERABLE), desk.ask(FACT)]
    with Copydesk.open(settings) as cold:
        first = cold.ask(FACT)
        again = cold.ask(FACT)
    assert {a.text for a in (warm[1], first, again)} == {first.text}
    assert first.withheld == warm[1].withheld


def test_stop_ends_a_prefill_at_once(settings: Settings) -> None:
    cancel = Cancel()
    with Copydesk.open(settings) as cold:
        cold.warm()
        steps = cold.stream(Question(FACT), cancel)
        assert next(steps).name == "evidence"
        stopped: list[float] = []

        def stop() -> None:
            stopped.append(time.monotonic())
            cancel.set()

        timer = threading.Timer(0.1, stop)  # reading the evidence takes half a second and more
        timer.start()
        with pytest.raises(Cancelled):
            for event in steps:
                assert event.name != "token", "the prefill was over before the stop"
        assert time.monotonic() - stopped[0] < 1.0
        assert cold.search(FACT)  # the desk goes on working
