"""Quotes in the card of values: of long ones the part around the value is shown."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from rag.types import Event
from tests.fakes_desk import DISAGREE
from tests.html_page import Page
from ui.ask import turn as render
from ui.ask import values
from ui.ask.draft import Draft, apply
from ui.ask.values import BEFORE, PART, excerpt

LONG = (
    "According to officials who spoke late on Monday after a day of conflicting accounts, the fire that began in the "
    "rope store jumped the canal and burned at least seventeen houses in the harbour quarter before the brigade could "
    "bring it under control; the mayor said that more would be known in a week."
)


def test_a_heading_names_what_is_in_dispute_but_no_mere_unit() -> None:
    def heading(about: str, unit: str) -> str:
        conflict = {"about": about, "kind": "disputed", "values": [
            {"value": v, "unit": unit, "citation": n, "date": None, "article_id": "a", "outlet": None, "quote": v}
            for n, v in ((1, "12 million"), (2, "15 million"))
        ]}  # fmt: skip
        drawn = values.cards(Draft("How much?", answer={"conflicts": [conflict]}), 1)
        return Page(drawn[drawn.index("<h3>") : drawn.index("</h3>")]).text.strip()

    assert heading("crown", "crowns") == heading("crowns", "crowns") == "Sources disagree"
    assert heading("houses burned", "houses") == "Sources disagree: houses burned"
    assert heading("damage", "crowns") == "Sources disagree: damage"


def test_a_quote_is_cut_between_words_around_the_value() -> None:
    at = LONG.index("at least seventeen")
    start, end = excerpt(LONG, at, at + 18)
    assert LONG[start:end].startswith("the rope store jumped the canal and burned at least seventeen houses")
    start, end = excerpt(LONG, 0, 12)
    assert start == 0 and LONG[end] == " "
    start, end = excerpt(LONG, len(LONG) - 5, len(LONG))
    assert end == len(LONG) and LONG[start - 1] == " "


@given(st.lists(st.text("abcdefgh", min_size=1, max_size=12), min_size=30, max_size=80), st.data())
def test_whatever_the_value_it_is_seen_and_no_word_is_cut(words: list[str], data: st.DataObject) -> None:
    quote = " ".join(words)
    i = data.draw(st.integers(0, len(words) - 1))
    at = len(" ".join(words[:i])) + (i > 0)
    start, end = excerpt(quote, at, at + len(words[i]))
    assert start <= at and at + len(words[i]) <= end
    assert (start == 0 or quote[start - 1] == " ") and (end == len(quote) or quote[end] == " ")
    assert end - start <= PART + BEFORE


@given(st.text(min_size=1, max_size=400), st.integers(0, 400), st.integers(0, 400))
def test_any_text_can_be_cut(quote: str, a: int, b: int) -> None:
    at, to = sorted((min(a, len(quote)), min(b, len(quote))))
    start, end = excerpt(quote, at, to)
    assert 0 <= start <= end <= len(quote) and end - start <= PART + BEFORE


def test_a_long_quote_is_shown_in_part_with_the_whole_to_unfold() -> None:
    (conflict,) = DISAGREE.conflicts
    long = replace(conflict.values[0], value="at least seventeen", quote=LONG)
    answer = replace(DISAGREE, conflicts=(replace(conflict, values=(long, conflict.values[1])),))
    page = Page(render.turn(apply(Draft("q"), Event("answer", answer.to_dict())), 1))
    assert "At least seventeen houses" in page.text and "Eleven houses" in page.text, "headings begin alike"
    assert "… the rope store" in page.text and LONG in page.text
    assert page.text.count("Whole quote") == 1, "the short one is whole"
