"""Values over time as a drawing: places worked out by hand, words said in full."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.html_page import Page, safe
from ui.ask import plot


def value(said: str, date: str | None) -> dict[str, str | None]:
    return {"value": said, "date": date}


def drawn(*values: dict[str, str | None]) -> Page:
    return safe(plot.timeline("houses burned", values))


def test_days_lie_in_proportion_and_the_highest_value_on_top() -> None:
    page = drawn(value("30", "2020-01-11"), value("10", "2020-01-01"), value("20", "2020-01-06"))
    dots = [attrs for tag, attrs in page.tags if tag == "circle"]
    assert [(dot["cx"], dot["cy"]) for dot in dots] == [("5.0%", "70.0%"), ("50.0%", "52.0%"), ("95.0%", "34.0%")]
    assert [dot["class"] for dot in dots] == ["cd-then", "cd-then", "cd-now"]
    assert page.tags[0][1]["aria-label"] == (
        "houses burned over time: 10 on 1 Jan 2020; 20 on 6 Jan 2020; 30 on 11 Jan 2020"
    )


def test_a_value_holds_until_the_next_report() -> None:
    page = drawn(value("10", "2020-01-01"), value("30", "2020-01-11"))
    lines = [(a["x1"], a["y1"], a["x2"], a["y2"]) for tag, a in page.tags if tag == "line" and "class" not in a]
    assert lines == [("5.0%", "70.0%", "95.0%", "70.0%"), ("95.0%", "70.0%", "95.0%", "34.0%")]


def test_values_that_are_no_numbers_lie_on_one_level() -> None:
    page = drawn(value("early May", "2020-01-01"), value("July", "2020-01-11"))
    assert {attrs["cy"] for tag, attrs in page.tags if tag == "circle"} == {"52.0%"}


def test_nothing_is_drawn_of_one_day_or_none() -> None:
    assert plot.timeline("x", [value("1", "2020-01-01"), value("2", "2020-01-01")]) == ""
    assert plot.timeline("x", [value("1", "2020-01-01"), value("2", None), value("3", "some day")]) == ""


words = st.text(alphabet=st.sampled_from(list("<>&\"'`$\\{}=/ aé\u202e0159")), max_size=30)
days = st.one_of(st.none(), st.dates().map(str), st.just("long ago"))


@given(st.lists(st.fixed_dictionaries({"value": words, "date": days}), max_size=9))
def test_every_point_lies_within_and_no_text_becomes_markup(values: list[dict[str, Any]]) -> None:
    html = plot.timeline("<b>", values)
    if html:
        for tag, attrs in safe(html).tags:
            if tag == "circle":
                assert all(0 <= float((attrs[name] or "").rstrip("%")) <= 100 for name in ("cx", "cy"))
