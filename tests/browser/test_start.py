"""The page before the first question: what is offered to ask stands within the column and in sight."""

from __future__ import annotations

from typing import Any

import pytest

from rag import examples
from tests.fakes_desk import FakeDesk, live

LONG = "How many civilians were killed in Lashkar Gah, Kandahar, Herat and Kunduz in a month, by the UN’s count?"
MADE = (
    "Who claimed to have taken Kandahar?", "When did the Taliban capture Imam Sahib district?", LONG,
    "What did Deborah Lyons urge the Taliban to do?", "What is Sibargan the capital of, and who took it?",
)  # fmt: skip


@pytest.mark.parametrize(("width", "height", "seen"), [(1440, 900, 6), (390, 844, 3)])
def test_six_questions_no_wider_than_the_question_box(page: Any, width: int, height: int, seen: int) -> None:
    desk = FakeDesk()
    made = tuple(examples.Example(question, "ferry-aground", "hash-ferry-aground", "answered") for question in MADE)
    examples.write(desk.settings.archive_dir, examples.Kept("fake", made))
    page.set_viewport_size({"width": width, "height": height})
    with live(desk, with_ui=True) as url:
        page.goto(url)
        page.wait_for_selector(".cd-example >> nth=5 >> visible=true")
        offered = page.locator(".cd-example")
        assert [text.strip() for text in offered.all_text_contents()] == [*MADE, "What is known about Skerry Point?"]
        dock, boxes = page.locator("#cd-dock").bounding_box(), [one.bounding_box() for one in offered.all()]
        assert all(
            box["x"] >= dock["x"] - 1 and box["x"] + box["width"] <= dock["x"] + dock["width"] + 1 for box in boxes
        )
        assert all(box["height"] >= 24 for box in boxes)
        assert sum(box["y"] + box["height"] <= dock["y"] for box in boxes) >= seen
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
