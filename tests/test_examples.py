"""Example questions: sentences worth asking about, questions that will do, and making them only while nobody asks."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import example_checks, example_text, examples
from rag.archive import Archive
from rag.errors import Cancelled
from rag.example_text import Candidate, Target
from rag.llm.base import Cancel, Prompt
from rag.types import Answer, AnswerSentence, Conflict, Question, Span
from tests.fakes_archive import archive_of
from tests.fakes_desk import FERRY, FIRE, answer, citation, value
from tests.fakes_embedder import KeywordEmbedder

ARTICLES = {
    "ferry": (
        "Ferry runs aground off Skerry Point", "Coast Post", "2019-03-05",
        "The ferry Morning Star ran aground off Skerry Point on Tuesday with 212 passengers on board. "
        "It was pulled free at high tide. They were taken to Larne.",
    ),
    "strike": (
        "Strike at Marrowby docks", "Harbour Times", "2019-03-07",
        "The dockers of Marrowby stopped work on Thursday because the company had cut their night pay, the Dockers' "
        "Union said.",
    ),
    "copy": (
        "Strike at Marrowby docks", "Daily Lantern", "2019-03-07",
        "The dockers of Marrowby stopped work on Thursday because the company had cut their night pay, the Dockers' "
        "Union said.",
    ),
}  # fmt: skip
WRITTEN = {
    "212": "were on board the ferry Morning Star?",
    "because": "did the dockers of Marrowby stop work?",
}


class ScriptedDesk:
    """Writes the question that the sentence has in ``WRITTEN`` and answers by citing the sentence."""

    def __init__(self, archive: Any, settings: Any) -> None:
        self.archive, self.settings = archive, settings
        self.llm_name: str | None = "scripted"
        self.llm_problem = None
        self.replies = 0
        self.asked: list[Question] = []
        self.cancels: list[Cancel] = []
        self.slow = 0.0
        self.cites = True

    def reply(
        self, asked: Prompt, *, max_tokens: int, stop: Sequence[str] = (), cancel: Cancel | None = None, asker: str = ""
    ) -> str:
        assert cancel is not None and asker
        self.replies += 1
        self.cancels.append(cancel)
        if cancel.wait(self.slow):
            raise Cancelled
        sentence = asked.messages[-1].content
        return next((f" {text}" for key, text in WRITTEN.items() if key in sentence), " happened?")

    def ask(self, question: Question, *, cancel: Cancel | None = None) -> Answer:
        self.asked.append(question)
        for found in example_text.candidates(self.archive):
            if any(text in question.text for key, text in WRITTEN.items() if key in found.text):
                cited = replace(
                    citation(1, FERRY, FERRY.text), article_id=found.article.id, passage_id=found.passage_id,
                    start=found.span.start, end=found.span.end, quote=found.text,
                )  # fmt: skip
                told = AnswerSentence(found.text, (1,), 0.9)
                return answer(
                    question.text, text=f"{found.text} [1]", sentences=(told,), citations=(cited,) if self.cites else ()
                )
        return answer(question.text, "not_found")


@contextmanager
def scripted(tmp_path: Path, articles: Any = ARTICLES) -> Iterator[ScriptedDesk]:
    settings = archive_of(tmp_path, articles)
    with Archive.open(settings, write=True, embedder=KeywordEmbedder()) as archive:
        yield ScriptedDesk(archive, settings)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedDesk]:
    monkeypatch.setattr(examples, "PAUSE", 0.0)
    with scripted(tmp_path) as desk:
        yield desk


def refresh(desk: ScriptedDesk) -> examples.Kept:
    return examples.refresh(desk, lambda: False, threading.Event())


def made(desk: ScriptedDesk) -> tuple[str, ...]:
    return tuple(example.question for example in examples.read(desk.settings.archive_dir).examples)


# --- made, kept, dropped --------------------------------------------------------------------------


def test_questions_are_made_asked_and_kept_the_newest_article_s_first(desk: ScriptedDesk) -> None:
    assert made(desk) == ()
    refresh(desk)
    wanted = ("Why did the dockers of Marrowby stop work?", "How many passengers were on board the ferry Morning Star?")
    assert made(desk) == wanted
    assert [question.text for question in desk.asked] == list(wanted), "copies are asked about once"


def test_what_was_made_is_not_made_again(desk: ScriptedDesk) -> None:
    refresh(desk)
    replies = desk.replies
    refresh(desk)
    assert desk.replies == replies


def test_a_question_whose_answer_cites_something_else_is_dropped(desk: ScriptedDesk) -> None:
    desk.cites = False
    refresh(desk)
    assert desk.asked and made(desk) == ()


def test_a_question_goes_with_its_article_and_another_model_begins_anew(desk: ScriptedDesk) -> None:
    refresh(desk)
    desk.archive.remove(["ferry"])
    refresh(desk)
    assert made(desk) == ("Why did the dockers of Marrowby stop work?",)
    replies, desk.llm_name = desk.replies, "another"
    refresh(desk)
    assert desk.replies > replies


@pytest.mark.parametrize("text", ["", "no JSON", "[]", '{"made_with": 1, "examples": [{}], "tried": []}', "null"])
def test_a_broken_file_is_as_good_as_none(desk: ScriptedDesk, text: str) -> None:
    (desk.settings.archive_dir / examples.FILE).write_text(text)
    assert made(desk) == ()
    refresh(desk)
    assert len(made(desk)) == 2


def test_without_a_model_nothing_is_made(desk: ScriptedDesk) -> None:
    desk.llm_name = None
    examples.keep_fresh(desk, lambda: False, threading.Event())
    assert desk.replies == 0


# --- who comes first ------------------------------------------------------------------------------


def test_a_reader_s_question_stops_it_at_once_and_it_is_taken_up_again_later(desk: ScriptedDesk) -> None:
    desk.slow = 30
    busy, ending = threading.Event(), threading.Event()
    working = threading.Thread(target=examples.refresh, args=(desk, busy.is_set, ending), daemon=True)
    working.start()
    while not desk.cancels:
        time.sleep(0.005)
    busy.set()
    began = time.monotonic()
    while not desk.cancels[0].is_set():
        time.sleep(0.005)
    assert time.monotonic() - began < 0.5
    time.sleep(0.2)
    assert desk.replies == 1, "nothing while the reader's answer is made"
    desk.slow = 0
    busy.clear()
    working.join(5)
    assert len(made(desk)) == 2


def test_it_ends_with_the_server(desk: ScriptedDesk) -> None:
    desk.slow = 30
    ending = threading.Event()
    working = threading.Thread(target=examples.keep_fresh, args=(desk, lambda: False, ending), daemon=True)
    working.start()
    while not desk.cancels:
        time.sleep(0.005)
    ending.set()
    working.join(2)
    assert not working.is_alive()


def test_a_change_of_the_archive_is_noticed(desk: ScriptedDesk, tmp_path: Path) -> None:
    ending = threading.Event()
    desk.archive.remove(["strike", "copy"])
    working = threading.Thread(target=examples.keep_fresh, args=(desk, lambda: False, ending, 0.02), daemon=True)
    working.start()

    def until(count: int) -> bool:
        end = time.monotonic() + 5
        while len(made(desk)) != count and time.monotonic() < end:
            time.sleep(0.01)
        return len(made(desk)) == count

    try:
        assert until(1)
        desk.archive.remove(["ferry"])
        assert until(0)
    finally:
        ending.set()
        working.join(5)


# --- sentences and questions ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "worth"),
    [
        ("The ferry Morning Star ran aground off Skerry Point on Tuesday with 212 passengers on board.", True),
        ("They were taken to Larne by the coast guard on Tuesday with all of their belongings.", False),
        ("What did the captain of the Morning Star see before it ran aground off Skerry Point?", False),
        ("The weather was good and the sea was calm when it all began that day.", False),
        ("Morning Star aground.", False),
    ],
)
def test_sentences_that_name_something_and_stand_alone_are_worth_asking_about(text: str, worth: bool) -> None:
    assert (example_text.worth(text, 0) > 0) == worth


def test_what_is_told_first_is_worth_more() -> None:
    text = "The ferry Morning Star ran aground off Skerry Point with 212 passengers on board."
    assert example_text.worth(text, 0) > example_text.worth(text, 5)


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        (
            "Tugs took at least 212 tired passengers of the Morning Star to Larne.",
            [Target("How many tired passengers", "at least 212 tired passengers")],
        ),
        (
            "Halden paid Mira Solberg $2 million for the bridge.",
            [Target("How much", "$2 million"), Target("", "Halden")],
        ),
        (
            "The Harbour Board closed the quay at Larne because of cracks in the old wall.",
            [Target("Why", "cracks in the old wall"), Target("", "Harbour Board")],
        ),
        ("The court upheld the ban of Telland by five votes to four.", []),
        ("Mira Solberg won by 17 votes.", [Target("By how many votes", "17 votes")]),
        ("The council of Larne closes two of its five libraries and the 12 pools of the town.", []),
        (
            "Lena Fuchs warned that the slope could slip again.",
            [
                Target("What did Lena Fuchs", "that the slope could slip again."),
            ],
        ),
        ("The bridge at Halden was designed by Mira Solberg.", [Target("Who", "Mira Solberg")]),
        (
            "Teller Row, a former dairy in the north of Portmore, is to let.",
            [
                Target("", "a former dairy in the north of Portmore"),
            ],
        ),
        ("The pass at Halden is closed, Lena Fuchs said on Monday.", []),
        ("Two people familiar with the talks in Halden said that Larne had lost.", []),
        ("The strike at Marrowby lasted 16 days.", [Target("How long", "16 days")]),
    ],
)
def test_what_can_be_asked_of_a_sentence(text: str, targets: list[Target]) -> None:
    assert example_text.targets(text, "She lives in Halden.") == targets


SENTENCE = "The ferry Morning Star ran aground off Skerry Point on Tuesday with 212 passengers on board."
ABOARD = Target("How many passengers", "212 passengers")


def candidate(text: str = SENTENCE) -> Candidate:
    return Candidate(replace(FERRY, title="Ferry aground off Skerry Point"), "p", Span(0, len(text)), text)


@pytest.mark.parametrize(
    ("written", "good"),
    [
        ("How many passengers were on board the Morning Star? It was 212.", True),
        ("How many passengers were on board the ferry?", False),  # which ferry?
        ("How many passengers were on board of it off Skerry Point?", False),
        ("How many passengers were on board the Evening Star?", False),
        ("How many of the 212 passengers were on board the Morning Star?", False),
        ("How many passengers were on board the 3 ferries off Skerry Point?", False),
        ("Was the Morning Star off Skerry Point with passengers on board?", False),
        ("According to the article, how many passengers were on board the Morning Star?", False),
        ("What happened at Skerry Point?", False),
        ("How many passengers were on board the Morning Star after the accident?", False),
        ("How many passengers were on board the Morning Star", False),
        ("", False),
    ],
)
def test_questions_that_a_reader_could_ask_will_do(written: str, good: bool) -> None:
    found = example_checks.accept(written, candidate(), ABOARD)
    assert found == ("How many passengers were on board the Morning Star?" if good else None)


@pytest.mark.parametrize(
    ("text", "answer", "named"),
    [
        ("In May 183 people were killed in Larne, Halden and Portmore.", "183 people", ["Larne", "Halden", "Portmore"]),
        ("In Larne the mayor, Tom Reyes, left the board on 3 May.", "3 May", ["Larne", "Tom Reyes"]),
        ("Tugs took 212 passengers to Larne.", "212 passengers", ["Larne", "Skerry Point"]),
        ("About 40 people were taken to the church.", "About 40 people", ["Skerry Point"]),
    ],
)
def test_a_question_names_what_makes_it_understood(text: str, answer: str, named: list[str]) -> None:
    asked = replace(candidate(text), about=("Morning Star", "Skerry Point"))
    assert example_text.to_name(asked, Target("", answer)) == named


def test_a_question_that_any_article_might_answer_will_not_do() -> None:
    common = replace(candidate(), common=frozenset({"morning", "star"}))
    assert example_checks.accept("How many passengers were on board the Morning Star?", common, ABOARD) is None
    assert example_checks.accept("How many passengers were on board off Skerry Point?", common, ABOARD)


def test_part_of_a_list_will_not_do() -> None:
    told = candidate("In one month 183 civilians were killed in Larne, Halden and Portmore.")
    sought = Target("How many civilians", "183 civilians")
    assert example_checks.accept("How many civilians were killed in Larne?", told, sought) is None
    assert example_checks.accept("How many civilians were killed in Larne, Halden and Portmore?", told, sought)


def test_a_day_goes_with_what_is_told_of_it() -> None:
    told = candidate(
        "Mira Solberg has won the vote in Halden, according to a result that the board published on Monday."
    )
    monday = Target("When", "Monday")
    assert example_checks.accept("When did Mira Solberg win the vote in Halden?", told, monday) is None
    fell = candidate("Halden, a town in the north, fell to the rebels on Sunday, the army said on Monday.")
    assert example_checks.accept("When did Halden fall to the rebels?", fell, Target("When", "Sunday"))
    hour = candidate("The ferry Morning Star ran onto rocks off Skerry Point shortly before 7 a.m. on Tuesday.")
    assert example_checks.accept("When did the ferry Morning Star run onto rocks?", hour, Target("When", "Tuesday"))


def test_what_something_is_is_asked_in_so_many_words() -> None:
    told = candidate("In Halden, a port in the north of the country, the rebels took the station of Larne.")
    port = Target("", "a port in the north of the country")
    assert example_checks.accept("What is Halden, where the rebels took the station?", told, port)
    assert example_checks.accept("What station did the rebels take in Halden?", told, port) is None
    says = candidate("The board will meet on Friday, said Lena Fuchs, a member of the council of Larne.")
    assert example_checks.accept("Who is Lena Fuchs?", says, Target("", "a member of the council of Larne"))
    assert example_checks.accept("Who is Lena Fuchs of Larne?", says, Target("", "Lena Fuchs")) is None


def test_no_more_than_two_begin_alike() -> None:
    others = ["When did Tom Reyes leave?", "When was Larne founded?"]
    assert example_checks.one_of_many("When", others) and not example_checks.one_of_many("When", others[:1])
    assert not example_checks.one_of_many("", others)


def test_the_same_is_not_asked_twice() -> None:
    written = "How many passengers were on board the Morning Star?"
    others = ["How many passengers did the Morning Star have on board?"]
    assert example_checks.accept(written, candidate(), ABOARD, others) is None


@given(st.text(max_size=80))
def test_whatever_the_model_writes_no_question_brings_markup_or_lines(written: str) -> None:
    found = example_checks.accept(f"How many passengers {written}", candidate(), ABOARD)
    assert found is None or (
        found.endswith("?") and "\n" not in found and len(found.split()) <= example_checks.MAX_WORDS
    )


def carried() -> tuple[Candidate, Answer]:
    """A sentence, and a good answer to a question made from it."""
    at = FERRY.text.index("It carried")
    text = FERRY.text[at : FERRY.text.index("Nobody") - 1]
    asked = Candidate(FERRY, "p-ferry-aground", Span(at, at + len(text)), text)
    told = (AnswerSentence("It carried 212 passengers.", (1,), 0.9),)
    cited = (citation(1, FERRY, text),)
    return asked, answer("How many?", text="It carried 212 passengers [1].", sentences=told, citations=cited)


def test_an_answer_leads_back_when_it_says_the_thing_and_cites_the_sentence() -> None:
    asked, good = carried()
    assert example_checks.leads_back(good, asked, ABOARD)
    assert not example_checks.leads_back(replace(good, status="partial"), asked, ABOARD)
    assert not example_checks.leads_back(replace(good, text="The ferry ran aground [1]."), asked, ABOARD)
    elsewhere = citation(1, FERRY, "Nobody was hurt, the coast guard said.")
    assert not example_checks.leads_back(replace(good, citations=(elsewhere,)), asked, ABOARD)
    more = (AnswerSentence("It carried 212 passengers, according to Mira Solberg.", (1,), 0.9),)
    assert not example_checks.leads_back(replace(good, sentences=more), asked, ABOARD)


def test_sources_that_disagree_lead_back_when_one_other_article_has_another_value() -> None:
    asked, good = carried()
    ours, theirs = value("212 passengers", 1, FERRY, "It carried"), value("194 passengers", 2, FIRE, "Some 194")
    disputed = replace(good, status="conflicting", conflicts=(Conflict("aboard", "disputed", (ours, theirs)),))
    assert example_checks.leads_back(disputed, asked, ABOARD)
    for values in ((ours, replace(theirs, article_id=FERRY.id)), (ours, theirs, theirs), (theirs, theirs)):
        unlike = replace(disputed, conflicts=(Conflict("aboard", "disputed", values),))
        assert not example_checks.leads_back(unlike, asked, ABOARD)


def test_the_file_holds_questions_and_digests_only(desk: ScriptedDesk) -> None:
    refresh(desk)
    told = json.loads((desk.settings.archive_dir / examples.FILE).read_text())
    assert set(told) == {"made_with", "examples", "tried"}
    assert set(told["examples"][0]) == {"question", "article_id", "content_hash", "status"}
