"""The model's part: what it writes is streamed, split and checked; what it costs is added up."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from rag.drafting import MAX_TOKENS, Draft, draft, whole_sentence
from rag.errors import Cancelled, ModelError
from rag.llm.base import Cancel
from rag.types import Check, Event
from tests.fakes_found import article, quote, sources
from tests.fakes_llm import ScriptedLLM

FERRY = article("ferry", "The ferry Aurora ran aground off Skagen on Tuesday. It carried 212 passengers.")
EVIDENCE = sources(FERRY)


def lenient(claim: str) -> Check:
    """Takes whatever doesn't speak of 24."""
    if "24" in claim:
        return Check(claim, (), 0.1, "number 24 not in the cited quote")
    return Check(claim, (quote(EVIDENCE[:1]),), 0.9)


def drafted(
    llm: ScriptedLLM, check: Callable[[str], Check] = lenient, cancel: Cancel | None = None
) -> tuple[list[Event], Draft]:
    steps = draft(llm, "How many passengers were there?", EVIDENCE, check, cancel=cancel)
    events: list[Event] = []
    while True:
        try:
            events.append(next(steps))
        except StopIteration as end:
            return events, end.value


def test_the_draft_is_streamed_as_it_is_written() -> None:
    events, done = drafted(ScriptedLLM(["The ferry carried 212 passengers."]))
    assert {e.name for e in events} == {"token"}
    assert len(events) > 1
    assert "".join(e.data["text"] for e in events) == done.text == "The ferry carried 212 passengers."
    assert [c.text for c in done.checks] == ["The ferry carried 212 passengers."]
    assert not done.refused


def test_every_sentence_is_checked_for_itself() -> None:
    _, done = drafted(ScriptedLLM(["It ran aground on Tuesday.  It carried 24 cars.\nNobody was hurt."]))
    assert [(c.text, c.passed) for c in done.checks] == [
        ("It ran aground on Tuesday.", True),
        ("It carried 24 cars.", False),
        ("Nobody was hurt.", True),
    ]


@pytest.mark.parametrize("reply", ["Not stated.", " not stated", "The excerpts do not say.", "It is not mentioned."])
def test_a_refusal_is_no_draft(reply: str) -> None:
    _, done = drafted(ScriptedLLM([reply]))
    assert done.refused
    assert done.checks == ()


@pytest.mark.parametrize("reply", ["", "  \n"])
def test_no_words_are_a_refusal_too(reply: str) -> None:
    assert drafted(ScriptedLLM([reply]))[1].refused


def test_the_models_own_marks_are_no_citations_and_no_numbers() -> None:
    _, done = drafted(ScriptedLLM(["The ferry carried 212 passengers [24]. It ran aground.[1]"]))
    assert [c.text for c in done.checks] == ["The ferry carried 212 passengers.", "It ran aground."]
    assert all(c.passed for c in done.checks)


def test_the_model_is_asked_whether_before_what() -> None:
    llm = ScriptedLLM(
        ["It carried 212."], choose=lambda *_: {"Yes": 0.25}, first_token_logprobs={" Not": -1.0, "It": -0.5}
    )
    _, done = drafted(llm)
    assert done.stated == pytest.approx(0.25)
    assert done.refusal == pytest.approx(0.3679, abs=1e-3)
    gate, answer = llm.choices[0][0], llm.prompts[0]
    assert gate.prefix_messages == answer.prefix_messages > 0
    assert gate.messages[-1].content.startswith(answer.messages[-1].content)  # the evidence is computed once


def test_a_model_that_tells_no_probabilities_has_no_refusal_signal() -> None:
    assert drafted(ScriptedLLM(["It carried 212."]))[1].refusal is None


def test_a_sentence_cut_off_by_the_limit_is_dropped() -> None:
    long = "It ran aground off Skagen. " + "The crew and " * MAX_TOKENS
    assert [c.text for c in drafted(ScriptedLLM([long]))[1].checks] == ["It ran aground off Skagen."]


def test_an_answer_that_goes_on_to_ask_itself_is_cut() -> None:
    _, done = drafted(ScriptedLLM(["It carried 212 passengers.\nQuestion: Who sank it?\nThe captain."]))
    assert done.text == "It carried 212 passengers."


def test_stopping_ends_the_draft() -> None:
    cancel = Cancel()
    steps = draft(ScriptedLLM(["one two three four"]), "How many?", EVIDENCE, lenient, cancel=cancel)
    assert next(steps).name == "token"
    cancel.set()
    with pytest.raises(Cancelled):
        list(steps)


def test_a_failing_model_is_not_hushed_up() -> None:
    with pytest.raises(ModelError):
        drafted(ScriptedLLM([ModelError("It broke.", "Mend it.")]))


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("212", "It carried 212 passengers."),
        ("212 passengers.", "It carried 212 passengers."),
        ("The ferry carried 212 passengers.", "The ferry carried 212 passengers."),
    ],
)
def test_a_bare_number_gives_way_to_its_sentence(said: str, shown: str) -> None:
    checked = whole_sentence(Check(said, (quote(EVIDENCE[1:]),), 0.8), "How many did the ferry carry?")
    assert checked.text == shown
    assert checked.passed


def test_a_failed_fragment_stays_failed() -> None:
    failed: Sequence[Check] = [Check("24", (), 0.1, "number 24 not in the cited quote")]
    assert [whole_sentence(c, "How many passengers did the ferry carry?") for c in failed] == failed
