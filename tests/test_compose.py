"""The form of an answer: citations, markers, disagreement told by code, what is withheld."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import compose
from rag.clock import Clock
from rag.types import (
    Answer,
    Article,
    Check,
    Conflict,
    ConflictValue,
    ModelInfo,
    Quote,
    SourceSentence,
    Span,
)
from tests.fakes_found import article, hit, quote, sources

WIRE = article(
    "wire",
    "A kiln exploded at the Orrin pottery on Monday. Fourteen sheds burned. Nobody died.",
    title="Kiln explodes",
    outlet="Northern Wire",
    published_at="2018-02-05",
    published_at_source="metadata",
)
POST = article(
    "post", "At Orrin eleven sheds burned, firefighters said. The pottery is insured.", title="Fire at Orrin"
)
ONE, TWO, THREE = sources(WIRE)
FOUR, FIVE = sources(POST)


def passed(text: str, *quotes: Quote, support: float = 0.9) -> Check:
    return Check(text, quotes, support)


def failed(text: str, problem: str | None = "number 24 not in the cited quote") -> Check:
    return Check(text, (), 0.2, problem)


def finished(outcome: compose.Outcome) -> Answer:
    shown = compose.retrieved([hit(WIRE), hit(POST, 2)], {"wire-p": Span(0, 5)})
    clock = Clock()
    clock.meter.add(10, 5, 2)
    return compose.answer("asked?", "asked alone?", outcome, shown, clock, ModelInfo("llm", "emb", "answer@1"))


def value(said: str, unit: str | None, source: SourceSentence) -> ConflictValue:
    a = source.article
    return ConflictValue(said, unit, None, a.published_at, a.id, a.outlet, source.text)


# --- citations ---


def test_citations_are_numbered_as_they_appear_and_quotes_keep_their_number() -> None:
    sentences, citations, text = compose.cite(
        [
            passed("The pottery is insured.", quote([FIVE])),
            passed("A kiln exploded and sheds burned.", quote([ONE, TWO]), quote([FOUR])),
            passed("It is insured, all the same.", quote([FIVE])),
        ]
    )
    assert text == (
        "The pottery is insured [1]. A kiln exploded and sheds burned [2][3]. It is insured, all the same [1]."
    )
    assert [s.citations for s in sentences] == [(1,), (2, 3), (1,)]
    assert [(c.n, c.article_id) for c in citations] == [(1, "post"), (2, "wire"), (3, "post")]
    assert citations[1].quote == WIRE.text[citations[1].start : citations[1].end] == f"{ONE.text} {TWO.text}"
    assert citations[1].outlet == "Northern Wire"
    assert not any("[" in s.text for s in sentences)


def test_one_quote_given_twice_for_a_sentence_is_marked_once() -> None:
    sentences, citations, text = compose.cite([passed("Nobody died.", quote([THREE]), quote([THREE]))])
    assert (text, sentences[0].citations, len(citations)) == ("Nobody died [1].", (1,), 1)


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("It sank.", "It sank [1][2]."),
        ("Did it sink?", "Did it sink [1][2]?"),
        ("It sank", "It sank [1][2]"),
        ("It sank...", "It sank [1][2]..."),
        ("It sank?!", "It sank [1][2]?!"),
        ("“It sank.”", "“It sank.” [1][2]"),
        ("It cost 3.5", "It cost 3.5 [1][2]"),
    ],
)
def test_markers_stand_before_the_final_stop(sentence: str, shown: str) -> None:
    assert compose.with_marks(sentence, [1, 2]) == shown
    assert compose.with_marks(sentence, []) == sentence


def test_an_articles_own_brackets_do_not_pass_for_citations() -> None:
    wiki = article("wiki", "The pottery was founded\nin 1901.[7] It burned [12].")
    first = sources(wiki)[0]
    sentences, citations, text = compose.cite([passed("The pottery was founded\nin 1901.[7]", quote([first]))])
    assert text == "The pottery was founded in 1901 [1]."
    assert sentences[0].text == "The pottery was founded in 1901."
    assert citations[0].quote in wiki.text  # the quote stays as the article has it


ALL = [ONE, TWO, THREE, FOUR, FIVE]


@given(st.lists(st.lists(st.sampled_from(ALL), min_size=1, max_size=3), max_size=6))
def test_markers_and_citations_agree(drawn: Sequence[Sequence[SourceSentence]]) -> None:
    checks = [passed("So they said.", *(quote([s]) for s in some)) for some in drawn]
    sentences, citations, text = compose.cite(checks)
    marks = [int(n) for n in re.findall(r"\[(\d+)\]", text)]
    assert list(dict.fromkeys(marks)) == [c.n for c in citations] == list(range(1, len(citations) + 1))
    assert marks == [n for s in sentences for n in s.citations]
    assert len({(c.article_id, c.start, c.end) for c in citations}) == len(citations)


# --- disagreement ---

DISPUTED = Conflict("sheds", "disputed", (value("Fourteen", "sheds", TWO), value("eleven", "sheds", FOUR)))


def test_a_dispute_is_told_with_outlet_and_date_and_numbers_its_values() -> None:
    shown = finished(compose.dispute([DISPUTED], [*sources(WIRE), *sources(POST)]))
    assert shown.status == "conflicting"
    assert shown.text == (
        "Northern Wire of 5 February 2018 says fourteen sheds [1]. The report “Fire at Orrin” says eleven sheds [2]."
    )
    assert [v.citation for v in shown.conflicts[0].values] == [1, 2]
    assert [c.article_id for c in shown.citations] == ["wire", "post"]
    assert all(s.citations for s in shown.sentences)


def test_a_unit_is_not_said_twice() -> None:
    conflict = Conflict("area", "disputed", (value("20%", "%", ONE), value("no sheds", "sheds", FOUR)))
    assert finished(compose.dispute([conflict], ALL)).text == (
        "Northern Wire of 5 February 2018 says 20% [1]. The report “Fire at Orrin” says no sheds [2]."
    )


def test_a_disputed_outcome_is_told_in_the_words_of_its_sources() -> None:
    conflict = Conflict("who survived", "disputed", (value("Nobody died", None, THREE), value("insured", None, FIVE)))
    assert finished(compose.dispute([conflict], ALL)).text == (
        "Northern Wire of 5 February 2018 says “Nobody died” [1]. "
        "The report “Fire at Orrin” says “The pottery is insured” [2]."
    )


def test_a_disputed_time_stands_alone() -> None:
    late = article("late", "It burned on Sunday at 6 a.m. in all.", title="Kiln")
    conflict = Conflict("time", "disputed", (value("Fourteen", "sheds", TWO), value("6 a.m.", None, *sources(late))))
    shown = finished(compose.dispute([conflict], [TWO, *sources(late)])).text
    assert shown.endswith("The report “Kiln” says 6 a.m [2].")


def test_copies_are_named_beside_the_one_that_is_quoted() -> None:
    copied = replace(TWO, also_in=("mirror", "echo"))
    conflict = Conflict("sheds", "disputed", (value("Fourteen", "sheds", copied), value("eleven", "sheds", FOUR)))
    shown = finished(compose.dispute([conflict], [copied, FOUR]))
    assert shown.text.startswith("Northern Wire of 5 February 2018 (also in 2 other articles) says fourteen sheds [1].")
    assert shown.citations[0].also_in == ("mirror", "echo")


def test_parties_that_one_article_quotes_are_told_in_its_own_sentences() -> None:
    conflict = Conflict("sheds", "disputed", (value("Fourteen", "sheds", TWO), value("Nobody", None, THREE)))
    shown = finished(compose.dispute([conflict], ALL))
    assert shown.text == "Fourteen sheds burned [1]. Nobody died [2]."
    assert shown.notice == "The article quotes parties that disagree."


def test_only_what_is_disputed_is_told_as_a_dispute() -> None:
    moved = Conflict("deaths", "superseded", (value("two", "people", THREE), value("three", "people", FIVE)))
    outcome = compose.dispute([DISPUTED, moved], ALL)
    assert len(outcome.checks) == 2
    assert finished(outcome).conflicts[1].kind == "superseded"


def test_what_only_moved_is_told_in_the_latest_reports_words() -> None:
    moved = Conflict("sheds", "superseded", (value("Fourteen", "sheds", TWO), value("eleven", "sheds", FOUR)))
    shown = finished(compose.latest([moved], ALL))
    assert (shown.status, shown.text) == ("answered", "At Orrin eleven sheds burned, firefighters said [1].")
    assert [v.citation for v in shown.conflicts[0].values] == [None, 1]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (WIRE, "Northern Wire of 5 February 2018"),
        (POST, "The report “Fire at Orrin”"),
        (article("a", "x", outlet="Channel 4", title="Kiln."), "The report “Kiln”"),
        (
            article("b", "x", outlet="Channel 4", title="14 sheds burn", published_at="2018-02-05"),
            "A report of 5 February 2018",
        ),
        (article("c", "x"), "A report"),
    ],
)
def test_a_source_is_named_without_numbers_that_no_quote_holds(source: Article, name: str) -> None:
    assert compose.source_name(source) == name


def test_a_conflicts_value_is_numbered_only_where_the_text_cites_it() -> None:
    _, citations, _ = compose.cite([passed("Fourteen sheds burned.", quote([ONE, TWO]))])
    numbered = compose.number_conflicts([DISPUTED], citations)
    assert [v.citation for v in numbered[0].values] == [1, None]


# --- outcomes ---


def test_a_draft_that_passes_whole_is_answered() -> None:
    shown = finished(compose.drafted([passed("Nobody died.", quote([THREE]))], []))
    assert (shown.status, shown.reason, shown.withheld) == ("answered", None, ())


def test_what_fails_is_withheld_with_its_reason() -> None:
    shown = finished(
        compose.drafted([passed("Nobody died.", quote([THREE])), failed("24 sheds burned."), failed("So.", None)], [])
    )
    assert shown.status == "partial"
    assert shown.reason
    assert shown.text == "Nobody died [1]."
    assert [w.text for w in shown.withheld] == ["24 sheds burned.", "So."]
    assert shown.withheld[0].reason == "number 24 not in the cited quote"
    assert shown.withheld[1].reason


def test_silence_says_why_and_still_lists_what_was_found() -> None:
    shown = finished(compose.silent("weak_evidence", "The articles come near this.", []))
    assert (shown.status, shown.reason, shown.text, shown.citations) == ("not_found", "weak_evidence", "", ())
    assert [r.article_id for r in shown.retrieved] == ["wire", "post"]
    assert shown.retrieved[0].highlight == Span(0, 5)
    assert shown.retrieved[1].highlight is None


def test_without_a_model_the_best_sentence_is_shown_as_just_that() -> None:
    shown = finished(compose.quoted(ONE, "The model file is missing."))
    assert shown.status == "partial"
    assert shown.text == "A kiln exploded at the Orrin pottery on Monday [1]."
    assert "model file is missing" in (shown.notice or "")
    assert shown.citations[0].quote == ONE.text


def test_notices_add_up() -> None:
    outcome = compose.silent("no_evidence", "Nothing here.")
    assert compose.note(outcome, None) is outcome
    assert compose.note(outcome, "Some is in Polish.").notice == "Nothing here. Some is in Polish."
    assert compose.note(compose.drafted([], []), "Some is in Polish.").notice == "Some is in Polish."


def test_the_answer_is_the_contracts_object() -> None:
    told = finished(compose.drafted([passed("Nobody died.", quote([THREE]))], [])).to_dict()
    assert told["question"] == "asked?"
    assert told["standalone_question"] == "asked alone?"
    assert told["usage"] == {"prompt_tokens": 10, "cached_tokens": 5, "completion_tokens": 2}
    assert told["model"] == {"llm": "llm", "embedder": "emb", "prompt": "answer@1"}
    citation = told["citations"][0]
    assert citation["published_at_source"] == "metadata"
    assert WIRE.text[citation["start"] : citation["end"]] == citation["quote"]
    assert told["retrieved"][0]["highlight"] in ([0, 5], (0, 5))
