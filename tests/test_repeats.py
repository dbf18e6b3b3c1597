from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from rag.intake.repeats import LEAST_ARTICLES, furniture, line_keys, outlet_key, strip

BOX = "Sign up here to get The Tide Table, our daily newsletter, delivered to your inbox."
UPDATED = "This story has been updated with additional {}."
WIRE = "The strait has been closed to ferries since the storm of May 3, which cost eleven lives."


def told(i: int) -> str:
    return f"Harbour number {i} was closed on day {i}, its master said, because of ice {i} metres thick."


def learnt(texts: Sequence[str]) -> frozenset[str]:
    counts: Counter[str] = Counter()
    for text in sorted(set(texts)):
        counts.update(line_keys(text))
    return furniture(len(set(texts)), counts)


def archive(*extra: str, articles: int = 40, of: int | None = None) -> list[str]:
    """``articles`` texts of an outlet; the ``extra`` lines stand in the first ``of`` of them."""
    return ["\n\n".join([told(i), *(extra if of is None or i < of else ()), told(i + 1000)]) for i in range(articles)]


def test_a_box_in_a_few_of_an_outlets_articles_goes_from_all_of_them() -> None:
    texts = archive(BOX, of=3)
    stripped = strip(texts[0], learnt(texts))
    assert stripped.text == f"{told(0)}\n\n{told(1000)}"
    assert stripped.dropped == (BOX,)


def test_case_and_signs_make_no_other_line() -> None:
    texts = archive(BOX, of=3)
    other = f"{told(7)}\n\n{BOX.upper().replace(',', ' –')}"
    assert strip(other, learnt(texts)).text == told(7)


def test_a_notice_whose_end_varies_is_known_by_its_first_words() -> None:
    texts = [
        f"{told(i)}\n\n{UPDATED.format(what)}" for i, what in enumerate(["details", "news", "voices", "maps", "a map"])
    ]
    assert strip(f"{told(9)}\n\n{UPDATED.format('figures')}", learnt(texts)).text == told(9)


def test_prose_that_a_wire_story_repeats_stays() -> None:
    texts = archive(WIRE, of=11)
    assert strip(texts[0], learnt(texts)).text == texts[0]


def test_a_correction_is_not_furniture() -> None:
    line = "Correction: A previous version of this story misstated the depth of the harbour, which is 11 metres."
    texts = archive(line, of=20, articles=1000)
    assert strip(texts[0], learnt(texts)).text == texts[0]


def test_what_stands_in_lists_stays() -> None:
    texts = archive("1. Exampletown", "Tholm", "$4.20", of=11)
    assert strip(texts[0], learnt(texts)).text == texts[0]


def test_a_heading_in_every_article_goes() -> None:
    texts = archive("Today's number")
    assert "number\n" not in strip(texts[0], learnt(texts)).text


def test_a_short_outlet_is_left_alone() -> None:
    texts = archive(BOX, articles=LEAST_ARTICLES - 1)
    assert learnt(texts) == frozenset()


def test_copies_count_once() -> None:
    texts = [*archive(articles=20), *[f"{told(1)}\n\n{BOX}"] * 10]
    assert learnt(texts) == frozenset()


def test_a_text_of_nothing_else_stays() -> None:
    texts = [*archive(BOX, of=4), BOX]
    assert strip(BOX, learnt(texts)).text == BOX


def test_who_an_article_is_counted_with() -> None:
    assert outlet_key("Coast Post", None) == outlet_key("COAST  POST", "no address") == "coast post"
    assert outlet_key("Coast Post", "https://www.coastpost.example/a") == "coastpost.example"
    assert outlet_key(None, "http://m.coastpost.example/b") == "coastpost.example"
    assert outlet_key(None, None) is None and outlet_key(" ", "https://[broken") is None


@given(st.permutations(archive(BOX, "Jan Doe", WIRE, of=9, articles=12)))
def test_the_order_of_ingest_makes_no_difference(texts: list[str]) -> None:
    assert learnt(texts) == learnt(sorted(texts))


@given(st.lists(st.text(max_size=60), max_size=8).map("\n\n".join), st.booleans())
def test_any_text_loses_only_whole_lines(text: str, every: bool) -> None:
    keys = line_keys(text) if every else frozenset()
    stripped = strip(text, keys)
    kept = stripped.text.split("\n\n")
    assert sorted([*kept, *stripped.dropped]) == sorted(text.split("\n\n"))
    assert strip(stripped.text, keys).text == stripped.text
