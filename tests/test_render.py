"""Answers as HTML: everything a reader needs is there, and no text becomes markup."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.types import Answer, Filter, Stages
from tests.fakes_desk import ATTACK, DISAGREE, FERRY, NOTHING, PARTLY, PASSENGERS, citation, events_of
from tests.html_page import Page, classes, safe
from ui.ask import panel
from ui.ask import turn as render
from ui.ask.draft import Draft, apply, stopped


def done(answer: Answer, question: str | None = None) -> Draft:
    draft = Draft(question or answer.question)
    for event in events_of(answer):
        draft = apply(draft, event)
    return draft


def page(answer: Answer) -> tuple[Page, Page]:
    draft = done(answer)
    return Page(render.turn(draft, 1)), Page(panel.sources(draft, 1))


@pytest.mark.parametrize(
    ("answer", "label"),
    [
        (PASSENGERS, "Answered"),
        (PARTLY, "Partly answered"),
        (DISAGREE, "Sources disagree"),
        (NOTHING, "Not in these articles"),
    ],
)
def test_each_status_has_a_word_and_an_icon(answer: Answer, label: str) -> None:
    turn, _ = page(answer)
    assert label in turn.text
    assert "cd-icon" in classes(turn)


def test_the_answer_shows_its_sentences_with_numbered_chips() -> None:
    turn, _ = page(PASSENGERS)
    chips = [attrs for tag, attrs in turn.tags if tag == "button" and "cd-chip" in (attrs.get("class") or "")]
    assert [(chip["data-turn"], chip["data-n"]) for chip in chips] == [("1", "1"), ("1", "2")]
    assert chips[0]["aria-label"] == "Source 1: Coast Post, 5 March 2019"
    first, second = (
        "The ferry carried 212 passengers and a crew of 18.1Coast Post5 Mar 2019",
        "Nobody was hurt.2Coast Post",
    )
    assert f"{first}{second}" in turn.text, "each sentence stands above its source, with outlet and day"


def test_a_chip_says_how_its_day_is_known() -> None:
    turn, _ = page(DISAGREE)
    chips = [attrs["aria-label"] for tag, attrs in turn.tags if "cd-chip" in (attrs.get("class") or "")]
    assert chips[0] == "Source 1: Harbour Times, 5 March 2019, date inferred"
    assert "Harbour Times5 Mar 2019inferred" in turn.text and "Daily Lantern5 Mar 2019from the text" in turn.text
    assert "undated" in page(ATTACK)[0].text


def test_the_quote_is_marked_inside_its_passage() -> None:
    _, panel = page(PARTLY)
    assert panel.marked == "The rocks tore a hole of two metres into the hull."
    assert FERRY.text in panel.text


def test_a_quote_that_is_not_in_the_retrieved_passage_is_shown_by_itself() -> None:
    elsewhere = replace(citation(1, FERRY, "It carried 212 passengers and a crew of 18."), start=5000, end=5043)
    _, panel = page(replace(PARTLY, citations=(elsewhere,)))
    assert panel.marked == "It carried 212 passengers and a crew of 18."


def test_cited_and_also_retrieved_are_kept_apart() -> None:
    _, panel = page(PASSENGERS)
    cited, others = panel.text.split("Also retrieved")
    assert cited.count("Ferry runs aground") == 2 and "Ferry runs aground" not in others
    assert "Fire sweeps through" in others and "not used as a source" in others
    assert "Same text in ferry-copy" in cited


def test_the_best_sentence_of_what_was_found_is_in_sight_before_any_word() -> None:
    found = apply(Draft("q"), events_of(PASSENGERS)[0])
    html = panel.sources(found, 1)
    assert "<em>The cause is not known.</em></summary>" in html
    assert found.phase == "reading" and not found.loose


def test_how_a_date_is_known_is_said() -> None:
    _, panel = page(DISAGREE)
    assert "5 March 2019" in panel.text and "inferred" in panel.text and "from the text" in panel.text
    assert "undated" in page(ATTACK)[1].text


def test_the_day_that_a_weekday_stood_for_is_shown_with_the_source() -> None:
    (cited, *_) = PASSENGERS.citations
    sunday = replace(cited, event_at="2019-03-03", event_text="Sunday")
    assert "Sunday = 3 March 2019" in page(replace(PASSENGERS, citations=(sunday,)))[1].text
    probable = replace(sunday, published_at_source="inferred")
    assert "Sunday = probably 3 March 2019" in page(replace(PASSENGERS, citations=(probable,)))[1].text
    week = replace(sunday, event_at="2019-02-25/2019-03-03", event_text="last week")
    assert "last week = 25 February 2019 to 3 March 2019" in page(replace(PASSENGERS, citations=(week,)))[1].text
    full = replace(sunday, event_text="3 March 2019")
    assert "=" not in page(replace(PASSENGERS, citations=(full,)))[1].text


def test_conflicting_values_stand_side_by_side_with_outlet_date_and_quote() -> None:
    turn, _ = page(DISAGREE)
    for said in ("14 houses", "Eleven houses", "Harbour Times5 Mar 2019", "Daily Lantern5 Mar 2019"):
        assert said in turn.text
    assert "Eleven houses burned in the harbour quarter, according to the fire brigade." in turn.text
    assert turn.text.index("Eleven houses") < turn.text.index("The same in sentences"), "the card comes first"


def test_reports_of_the_same_value_share_a_column() -> None:
    (conflict,) = DISAGREE.conflicts
    third = replace(conflict.values[0], outlet="Coast Post", article_id="ferry-aground", citation=None, value="14")
    turn, _ = page(replace(DISAGREE, conflicts=(replace(conflict, values=(*conflict.values, third)),)))
    assert len([1 for _, attrs in turn.tags if attrs.get("class") == "cd-figure"]) == 2
    assert any(attrs.get("href") == "#article=ferry-aground" for tag, attrs in turn.tags if tag == "a")


def test_a_superseded_value_comes_before_the_latest() -> None:
    (conflict,) = DISAGREE.conflicts
    late, early = replace(conflict.values[0], date="2019-03-09"), replace(conflict.values[1], date="2019-03-05")
    changed = replace(conflict, kind="superseded", values=(late, early))
    turn, _ = page(replace(DISAGREE, status="answered", conflicts=(changed,)))
    assert "Changed over time" in turn.text and "Sources disagree" not in turn.text
    assert "cd-moved" in classes(turn) and "cd-values" not in classes(turn)
    assert turn.text.index("Eleven houses earlier") < turn.text.index("14 houses latest")


def test_withheld_sentences_wait_behind_a_click_with_their_reason() -> None:
    html = render.turn(done(PASSENGERS), 1)
    inside = html[html.index('<details class="cd-withheld"') :]
    assert "1 sentence withheld" in inside and "number 54 not in the cited quote" in inside
    assert "captain" not in html[: html.index('<details class="cd-withheld"')]


def test_the_question_searched_is_shown_only_when_it_was_rewritten() -> None:
    assert "Who won the cup in 2019?" in page(NOTHING)[0].text
    assert "Searched for" not in page(PASSENGERS)[0].text


def test_an_error_shows_its_hint_and_a_stop_keeps_what_was_checked() -> None:
    from rag.errors import ModelError

    failed = apply(Draft("q"), ModelError("The model is gone.", "Pull it."))
    assert "The model is gone. Pull it." in Page(render.turn(failed, 1)).text
    half = Draft("q")
    for event in events_of(PASSENGERS)[:14]:
        half = apply(half, event)
    text = Page(render.turn(stopped(half), 1)).text
    assert "Stopped" in text and "212 passengers" in text


def test_the_queue_position_is_shown() -> None:
    from rag.types import Event

    waiting = apply(Draft("q"), Event("queue", {"position": 2}))
    assert "2 questions before yours" in render.turn(waiting, 1)


def test_where_the_time_went_is_drawn_in_proportion_and_said_in_words() -> None:
    html = render.turn(done(PASSENGERS), 1)  # 0, 140, 750, 1,250, 60 and 100 ms, of 2,300
    turn = Page(html)
    bars = {
        attrs["class"]: float(attrs["width"] or 0)
        for tag, attrs in turn.tags
        if tag == "rect" and "cd-spent" in (attrs.get("class") or "")
    }
    assert bars["cd-spent-decode"] == pytest.approx(200 * 1250 / 2300, abs=0.05)
    assert bars["cd-spent-check"] == pytest.approx(200 * 60 / 2300, abs=0.05)
    assert "cd-spent-queue" not in bars and "waiting in line" not in turn.text
    assert "searching 0.14 s" in turn.text and "writing 1.2 s" in turn.text and "checking 0.06 s" in turn.text
    nothing = Page(render.turn(done(replace(PASSENGERS, stages_ms=Stages())), 1))
    assert "cd-spent" not in classes(nothing)


def test_a_draft_leaves_room_for_its_citations() -> None:
    draft = Draft("q", phase="writing", loose="The ferry carried 212 passengers. Nobody was")
    html = render.turn(draft, 1)
    assert "Nobody was" in Page(html).text and html.count("cd-loose") == 2
    assert html.count("cd-blank") == 2, "as many lines as there will be"
    solid = done(replace(PASSENGERS, sentences=PASSENGERS.sentences[:1]))
    assert render.turn(solid, 1).count('class="cd-chip"') == 1 and "cd-blank" not in render.turn(solid, 1)


def offered(draft: Draft) -> list[str]:
    html = render.turn(draft, 1)
    inside = html.partition('class="cd-next"')[2].partition("</p>")[0]
    return [attrs["data-do"] or "" for _, attrs in Page(f"<p {inside}").tags if "data-do" in attrs]


def test_what_to_do_next_depends_on_how_the_answer_stands() -> None:
    assert offered(done(PASSENGERS)) == []
    assert offered(done(NOTHING)) == ["nearest", "as-of", "edit"]
    narrowed = replace(done(NOTHING), filter=Filter(sources=("Coast Post",)))
    assert offered(narrowed) == ["nearest", "widen", "as-of", "edit"]
    assert offered(done(replace(NOTHING, reason="no_evidence", retrieved=()))) == ["edit"]
    assert offered(done(PARTLY)) == ["nearest", "edit"]
    assert offered(done(DISAGREE)) == ["as-of"]
    assert offered(stopped(Draft("q"))) == ["retry", "edit"]
    assert offered(Draft("q", phase="reading")) == []


def test_why_is_said_even_where_the_notice_only_repeats_the_label() -> None:
    turn, _ = page(replace(DISAGREE, notice="The sources disagree."))
    assert "2 reports say different things. None is picked for you." in turn.text
    assert "2 sentences, each checked against what it cites." in page(replace(PASSENGERS, notice=None))[0].text


def test_the_nearest_passages_stand_in_for_words_that_do_not_come() -> None:
    silent, _ = page(NOTHING)
    assert "cd-peek" in classes(silent) and "Coast Post, 5 March 2019" in silent.text
    assert "cd-peek" not in classes(page(PASSENGERS)[0])
    reading = apply(Draft("q"), events_of(PASSENGERS)[0])
    assert "The cause is not known." in Page(render.turn(reading, 1)).text


def test_a_kept_answer_can_be_linked_and_rated() -> None:
    kept = replace(done(PASSENGERS), id="abc123")
    tools = {attrs["data-do"] for _, attrs in Page(render.turn(kept, 1)).tags if "data-do" in attrs}
    assert {"copy", "link", "retry", "edit", "rate"} <= tools and "rate-reason" not in tools
    rated = Page(render.turn(replace(kept, rating="down", rating_reason='a "wrong" year'), 1))
    pressed = {a["data-value"]: a["aria-pressed"] for _, a in rated.tags if a.get("data-do") == "rate"}
    assert pressed == {"up": "false", "down": "true"} and "What was wrong with it?" in rated.text
    assert [a["value"] for tag, a in rated.tags if tag == "input"] == ['a "wrong" year']
    unkept = {a["data-do"] for _, a in Page(render.turn(kept, 1, kept=False)).tags if "data-do" in a}
    assert not unkept & {"link", "rate"} and {"copy", "retry", "edit"} <= unkept


def test_hostile_text_stays_text() -> None:
    draft = done(ATTACK, ATTACK.citations[0].quote)
    said, sources = safe(render.turn(draft, 1)), safe(panel.sources(draft, 1))
    assert "<script>window.hacked=1</script>" in said.text and "<img src=x onerror" in sources.text
    assert not [attrs for tag, attrs in sources.tags if attrs.get("class") == "cd-link"]  # javascript: is no link


strange = st.text(alphabet=st.sampled_from(list("<>&\"'`$\\{}=/![]() \n\u2028\u202eaé")), max_size=40)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_no_text_at_all_becomes_markup(data: Any) -> None:
    def poisoned(value: Any) -> Any:
        if isinstance(value, str):
            return data.draw(strange)
        if isinstance(value, dict):
            return {key: (item if key in ("status", "kind") else poisoned(item)) for key, item in value.items()}
        return [poisoned(item) for item in value] if isinstance(value, list) else value

    answer = poisoned(DISAGREE.to_dict())
    draft = replace(
        Draft(data.draw(strange)),
        phase="done",
        answer=answer,
        passages=tuple(answer["retrieved"]),
        sentences=tuple(answer["sentences"]),
        citations=tuple(answer["citations"]),
        withheld=tuple(answer["withheld"]),
    )
    safe(render.turn(draft, 1))
    safe(panel.sources(draft, 1))


@pytest.mark.parametrize(
    ("url", "shown"),
    [("https://coast.test/a", True), ("http://coast.test", True), ("javascript:alert(1)", False), ("//x.test", False),
     ("data:text/html,x", False), ("https://", False), ("http://[", False), (None, False)],
)  # fmt: skip
def test_only_web_addresses_become_links(url: str | None, shown: bool) -> None:
    _, panel = page(replace(PARTLY, citations=(replace(PARTLY.citations[0], url=url),)))
    assert any(attrs.get("class") == "cd-link" for _, attrs in panel.tags) is shown


def test_a_value_from_an_unknown_outlet_goes_by_its_articles_title() -> None:
    (conflict,) = DISAGREE.conflicts
    unknown = tuple(replace(value, outlet=None) for value in conflict.values)
    cited = tuple(replace(citation, outlet=None) for citation in DISAGREE.citations)
    turn, _ = page(replace(DISAGREE, conflicts=(replace(conflict, values=unknown),), citations=cited))
    for cited in DISAGREE.citations:
        assert cited.title and cited.title in turn.text
    assert conflict.values[0].article_id not in turn.text


def test_nothing_is_offered_twice() -> None:
    for draft in (done(NOTHING), done(PARTLY), done(PASSENGERS), stopped(Draft("q", id="abc"))):
        offered = [attrs["data-do"] for _, attrs in Page(render.turn(draft, 1)).tags if "data-do" in attrs]
        assert offered.count("retry") == 1 and offered.count("edit") == 1
