"""Lines on pages into paragraphs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rag.sources.layout import Line, Sheet, headline, in_order, merged, paragraphs, without_furniture


def column(x: float, top: float, texts: list[str], *, width: float = 200, size: float = 10) -> list[Line]:
    """Lines 12 points apart; the last is short."""
    lines = [Line(x, top - 12 * n, x + width, top - 12 * n + size, text) for n, text in enumerate(texts)]
    last = lines[-1]
    return [*lines[:-1], Line(last.left, last.bottom, x + width / 2, last.top, last.text)]


def sheet(*lines: Line) -> Sheet:
    return Sheet(800, tuple(lines))


def test_a_headline_across_two_columns_comes_before_both() -> None:
    left = column(50, 600, ["The ferry ran aground", "on Tuesday off the", "rocky point."])
    right = column(300, 600, ["Nobody was hurt in", "the accident, the", "guard said."])
    title = Line(50, 700, 500, 724, "Ferry aground")
    page = sheet(*right, *left, title)
    assert headline(page) == "Ferry aground"
    assert in_order(page.lines)[0].text == "Ferry aground"
    assert paragraphs([page]) == [
        "Ferry aground",
        "The ferry ran aground on Tuesday off the rocky point.",
        "Nobody was hurt in the accident, the guard said.",
    ]


def test_a_headline_in_two_lines_is_one() -> None:
    large = [Line(50, 700 - 28 * n, 500, 724 - 28 * n, text) for n, text in enumerate(("Ferry runs", "aground again"))]
    body = column(50, 600, [f"line number {n} of the text" for n in range(9)])
    assert headline(sheet(*large, *body)) == "Ferry runs aground again"
    assert paragraphs([sheet(*large, *body)])[0] == "Ferry runs aground again"


def test_paragraphs_are_told_by_indents_gaps_and_short_last_lines() -> None:
    indented = [Line(62, 600, 250, 610, "First one begins"), Line(50, 588, 250, 598, "and ends at the edge.")]
    second = [Line(62, 576, 250, 586, "Second one begins"), Line(50, 564, 120, 574, "and stops.")]
    third = [Line(50, 552, 250, 562, "Third is not set in"), Line(50, 540, 250, 550, "but goes on to the edge.")]
    fourth = [Line(50, 510, 250, 520, "Fourth stands apart"), Line(50, 498, 150, 508, "from it.")]
    assert paragraphs([sheet(*indented, *second, *third, *fourth)]) == [
        "First one begins and ends at the edge.",
        "Second one begins and stops.",
        "Third is not set in but goes on to the edge.",
        "Fourth stands apart from it.",
    ]


def test_a_sentence_goes_on_over_the_page_and_furniture_does_not() -> None:
    def page(number: int, *texts: str) -> Sheet:
        head, foot = Line(50, 770, 200, 780, "Harbour Gazette"), Line(300, 20, 320, 30, f"- {number} -")
        return sheet(head, *column(50, 700, list(texts)), foot)

    pages = [page(1, "The ferry ran aground", "off the point and"), page(2, "stayed there for three", "long days.")]
    assert paragraphs(pages) == ["The ferry ran aground off the point and stayed there for three long days."]


def test_a_line_that_two_pages_share_elsewhere_is_text() -> None:
    """Running heads stand at the same height; a sentence that returns doesn't."""
    pages = [
        sheet(*column(50, 700, ["One thing."]), Line(50, 60, 200, 70, "It was Tuesday.")),
        sheet(*column(50, 700, ["Another."]), Line(50, 85, 200, 95, "It was Tuesday.")),
    ]
    assert sum(line.text == "It was Tuesday." for page in without_furniture(pages) for line in page.lines) == 2


def test_hyphens_at_line_ends() -> None:
    texts = [
        "We said it was pub-",
        "lished in the long-",
        "term plan, a long-term",
        "one by a 12-",
        "member panel of Mc-",
        "Gee.",
    ]
    assert paragraphs([sheet(*column(50, 700, texts))]) == [
        "We said it was published in the long-term plan, a long-term one by a 12-member panel of Mc-Gee."
    ]
    soft = ["a soft\u00adly cut word goes o\u00ad", "ver the end"]
    assert paragraphs([sheet(*column(50, 700, soft))]) == ["a softly cut word goes over the end"]


_WORD = st.text("abcdefghij", min_size=2, max_size=6)
_BOX = st.tuples(st.integers(0, 500), st.integers(120, 680), st.integers(5, 30), st.integers(20, 300))


@given(st.lists(st.tuples(_BOX, st.lists(_WORD, min_size=1, max_size=5)), max_size=25))
def test_nothing_is_lost_or_doubled_wherever_lines_stand(given_lines: list[tuple[tuple[int, ...], list[str]]]) -> None:
    """Letter by letter: pieces that touch are one word."""
    lines = [Line(x, y, x + width, y + high, " ".join(words)) for (x, y, high, width), words in given_lines]
    letters = sorted(letter for _, words in given_lines for word in words for letter in word)
    assert sorted("".join("".join(paragraphs([sheet(*lines)])).split())) == letters
    assert sorted("".join("".join(line.text for line in merged(lines)).split())) == letters
