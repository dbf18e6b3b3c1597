"""What is copied of an answer: whole, with its citations, and text as text in each form."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.fakes_desk import ATTACK, DISAGREE, NOTHING, PASSENGERS
from tests.html_page import Page
from tests.test_render import done
from ui.ask import copying
from ui.ask.draft import Draft


def test_plain_text_has_the_question_the_sentences_and_their_sources() -> None:
    assert copying.plain(done(PASSENGERS)) == (
        "How many passengers were aboard?\n\n"
        "The ferry carried 212 passengers and a crew of 18. [1] Nobody was hurt. [2]\n\n"
        "[1] Coast Post, 5 March 2019, “Ferry runs aground off Skerry Point”: “It carried 212 passengers and a crew of "
        "18.” https://coastpost.test/ferry\n"
        "[2] Coast Post, 5 March 2019, “Ferry runs aground off Skerry Point”: “Nobody was hurt, the coast guard said.” "
        "https://coastpost.test/ferry"
    )


def test_how_a_day_is_known_goes_along() -> None:
    assert "Harbour Times, 5 March 2019 (date inferred), “Fire sweeps" in copying.plain(done(DISAGREE))


def test_what_is_no_plain_answer_says_so() -> None:
    assert "The articles don’t say who won a cup." in copying.plain(done(NOTHING))
    assert "The figures were published on the same day." in copying.markdown(done(DISAGREE))
    half = replace(done(PASSENGERS), answer=None, phase="stopped")
    assert "Stopped before it was whole." in copying.html(half)


def test_earlier_values_of_what_moved_go_along() -> None:
    (conflict,) = DISAGREE.conflicts
    late, early = replace(conflict.values[0], date="2019-03-09"), replace(conflict.values[1], date="2019-03-05")
    moved = replace(conflict, kind="superseded", values=(late, early))
    said = copying.plain(done(replace(DISAGREE, status="answered", conflicts=(moved,))))
    assert "Earlier: eleven houses (Daily Lantern, 5 March 2019)." in said and "Earlier: 14" not in said


def test_markup_in_articles_stays_text_in_every_form() -> None:
    draft = done(ATTACK)
    rendered = MarkdownIt("commonmark", {"html": True}).render(copying.markdown(draft))
    for html in (rendered, copying.html(draft)):
        tags = {tag for tag, _ in Page(html).tags}
        assert tags <= {"p", "strong", "em", "ul", "ol", "li", "a", "br"}, tags
        assert "javascript:" not in "".join(str(attrs) for _, attrs in Page(html).tags)
    unseen = copying.templates(draft)
    assert {tag for tag, _ in Page(unseen).tags} == {"template"}


@given(st.text(alphabet=st.sampled_from(list("<>&[]()!*_`#|~$\\ab1.-+ \n")), max_size=60))
def test_no_text_becomes_markdown(text: str) -> None:
    rendered = MarkdownIt("commonmark", {"html": True}).render(copying.markdown(Draft(f"x {text}", phase="done")))
    assert {tag for tag, _ in Page(rendered).tags} <= {"p", "strong"}
