"""Numbers in text: values, units, bounds, and which of a claim's numbers a quote lacks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.numerals import word_list
from rag.text.quantities import Quantity, bounds_clash, equal_value, find, missing_numbers, same

_SMALL = word_list(
    """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen"""
)
_PIECES = word_list("a one two half hundred and million third - to between of the $ 5 1,250 % may p.m. 's")
_TENS = word_list("twenty thirty forty fifty sixty seventy eighty ninety")


def in_words(n: int) -> str:
    if n < 20:
        return _SMALL[n]
    if n < 100:
        return _TENS[n // 10 - 2] + (f"-{_SMALL[n % 10]}" if n % 10 else "")
    for scale, name in ((10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred")):
        if n >= scale:
            head, rest = divmod(n, scale)
            tail = "" if not rest else (" and " if rest < 100 else " ") + in_words(rest)
            return f"{in_words(head)} {name}{tail}"
    raise AssertionError


def only(text: str) -> Quantity:
    (found,) = find(text)
    return found


@given(st.integers(min_value=2, max_value=10**12 - 1))
def test_digits_commas_and_words_give_the_same_value(n: int) -> None:
    spelled = only(f"They counted {in_words(n)} lanterns.")
    commas = only(f"They counted {n:,} lanterns.")
    plain = only(f"They counted {n} lanterns.")
    assert spelled.values == commas.values == plain.values == (float(n),)
    assert spelled.unit == commas.unit == plain.unit == "lanterns"
    assert same(spelled, commas) and not missing_numbers(f"{n:,} lanterns", f"{in_words(n)} lanterns")


@given(st.text(max_size=200), st.text(max_size=100))
def test_any_text_is_read_without_error_and_spans_hold(text: str, other: str) -> None:
    last = 0
    for quantity in find(text):
        assert text[quantity.start : quantity.end] == quantity.text
        assert text[quantity.phrase_start : quantity.end] == quantity.phrase
        assert quantity.start >= last
        last = quantity.end
    assert missing_numbers(text, text) == []
    missing_numbers(text, other)


@given(
    st.lists(
        st.sampled_from(
            [
                "a",
                "one",
                "two",
                "half",
                "hundred",
                "and",
                "million",
                "third",
                "-",
                "to",
                "between",
                "of",
                "the",
                "$",
                "5",
                "1,250",
                "%",
                "may",
                "p.m.",
                "'s",
            ]
        )
    )
)
def test_any_mix_of_number_words_is_read_without_error(parts: list[str]) -> None:
    text = " ".join(parts)
    assert missing_numbers(text, text) == []


@pytest.mark.parametrize(
    ("text", "values", "unit", "bound"),
    [
        ("At least 17 houses burned", (17,), "houses", "at_least"),
        ("more than 50 schools stayed shut", (50,), "schools", "more_than"),
        ("around a dozen villages were cut off", (12,), "villages", "about"),
        ("half a million voters", (5e5,), "voters", "exact"),
        ("two hundred and fifty sheep drowned", (250,), "sheep", "exact"),
        ("nearly 150 firefighters", (150,), "firefighters", "nearly"),
        ("about 360,000 customers lost power", (360_000,), "customers", "about"),
        ("up to 40 wooden boats sank", (40,), "boats", "at_most"),
        ("2,442 Kenyan athletes had entered", (2442,), "athletes", "exact"),
        ("12 of the regional courts", (12,), "courts", "exact"),
        ("a 20-year lease", (20,), "year", "exact"),
        ("a 150-metre chimney", (150,), "metre", "exact"),
        ("300 km north of the port", (300,), "km", "exact"),
        ("50km from the border", (50,), "km", "exact"),
        ("the next 24-48 hours", (24, 48), "hour", "exact"),
        ("between 5 and 7 lorries", (5, 7), "lorries", "exact"),
        ("five to seven judges", (5, 7), "judges", "exact"),
        ("1.5 million tickets", (1.5e6,), "tickets", "exact"),
        ("two and a half million barrels", (2.5e6,), "barrel", "exact"),
        ("twenty one candidates", (21,), "candidates", "exact"),
        ("11 killed in the blast", (11,), "killed", "exact"),
        ("one passenger drowned", (1,), "passenger", "exact"),
        ("5 more people arrived", (5,), "people", "exact"),
        ("17 may have died", (17,), None, "exact"),
        ("30 or more horses", (30,), "horses", "at_least"),
    ],
)
def test_values_units_and_bounds(text: str, values: tuple[float, ...], unit: str | None, bound: str) -> None:
    quantity = only(text)
    assert (quantity.values, quantity.unit, quantity.bound) == (tuple(map(float, values)), unit, bound)


@pytest.mark.parametrize(
    ("text", "kind", "values"),
    [
        ("turnout rose to 61 per cent", "percent", (61,)),
        ("a 3.5% rise", "percent", (3.5,)),
        ("it cost $1.5m", "money", (1.5e6,)),
        ("a fine of 1,250 euros", "money", (1250,)),
        ("US$3 billion in aid", "money", (3e9,)),
        ("more than two billion dollars", "money", (2e9,)),
        ("the third bridge", "ordinal", (3,)),
        ("the 21st chamber", "ordinal", (21,)),
        ("their twenty-first title", "ordinal", (21,)),
        ("in 2015 the mill shut", "year", (2015,)),
        ("the 2020 elections", "year", (2020,)),
        ("2000 people marched", "number", (2000,)),
        ("in the 1990s", "decade", (1990,)),
        ("at 3:30 p.m. sharp", "clock", (930,)),
        ("by 15:30 the river had risen", "clock", (930,)),
        ("Flight 370 vanished", "name", (370,)),
        ("under Article 5 of the treaty", "name", (5,)),
        ("an F-16 crashed", "name", (16,)),
        ("won 3-1 at home", "number", (3, 1)),
        ("two-thirds of members", "fraction", (2 / 3,)),
    ],
)
def test_kinds(text: str, kind: str, values: tuple[float, ...]) -> None:
    quantity = only(text)
    assert quantity.kind == kind
    assert quantity.values == pytest.approx(values)


@pytest.mark.parametrize(
    "text",
    [
        "dozens of boats",
        "hundreds of thousands of birds",
        "several hundred pupils",
        "a few dozen tents",
        "one of the judges",
        "no one was there",
        "at one point it rained",
        "this one is new",
        "one another",
        "he first heard of it there",
        "first, the council met",
        "one day it will open",
        "a second",
    ],
)
def test_vague_amounts_and_pronouns_are_no_numbers(text: str) -> None:
    assert find(text) == ()


def test_dates_are_not_counts() -> None:
    kinds = [(q.kind, q.value) for q in find("On 8 August 2021 and May 28th, and 2021-08-11, 11 huts fell.")]
    assert kinds == [
        ("day", 8),
        ("year", 2021),
        ("day", 28),
        ("year", 2021),
        ("day", 11),
        ("number", 11),
    ]


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("at least 17 huts", "17 huts", True),
        ("a dozen huts", "12 huts", True),
        ("nearly 150 huts", "148 huts", True),
        ("150 huts", "148 huts", False),
        ("more than 50 huts", "53 huts", True),
        ("more than 50 huts", "49 huts", False),
        ("more than 50 huts", "120 huts", False),
        ("1,250 huts", "1250 huts", True),
        ("around a dozen huts", "at least 17 huts", False),
        ("17 huts", "17 percent", False),
        ("17 huts", "17 dollars", False),
        ("3 huts", "the third hut", False),
        ("24-48 hours", "48 hours", True),
        ("beaten 3-1", "lost 1-3", True),
        ("5 dollars", "5 euros", False),
    ],
)
def test_same(a: str, b: str, expected: bool) -> None:
    assert same(only(a), only(b)) is expected
    assert same(only(b), only(a)) is expected


@pytest.mark.parametrize(
    ("claim", "quote", "missing"),
    [
        ("The flood destroyed 24 homes.", "The flood destroyed fourteen homes.", ["24"]),
        ("The flood destroyed 14 homes.", "The flood destroyed fourteen homes.", []),
        ("About 150 cows drowned.", "Officials said 148 cows drowned.", ["150"]),
        ("One man was hurt.", "A man was hurt when the crane fell.", []),
        ("Eleven courts opened.", "The courts opened on 11 September.", ["Eleven"]),
        ("It was the third win.", "The club has won three matches.", ["third"]),
        ("Turnout was 61%.", "Turnout was 61 per cent.", []),
        ("One of the ships sank.", "A ferry sank.", []),
        ("The firm lost $2 billion.", "The firm lost two billion dollars.", []),
        ("The trial ran for 20 years.", "the end of a 20-year trial", []),
    ],
)
def test_missing_numbers(claim: str, quote: str, missing: list[str]) -> None:
    assert [q.text for q in missing_numbers(claim, quote)] == missing


def test_extra_allowed_values_are_not_missed() -> None:
    assert missing_numbers("It happened in 2019.", "It happened.", extra_allowed=(2019,)) == []


def test_turned_bounds_clash() -> None:
    assert bounds_clash(only("fewer than 20 huts"), only("at least 20 huts"))
    assert not bounds_clash(only("20 huts"), only("at least 20 huts"))
    assert equal_value(only("fewer than 20 huts"), only("at least 20 huts"))


def test_one_end_of_a_range_does_not_state_the_range() -> None:
    assert missing_numbers("It is for children aged 5 to 11.", "It is for children younger than 5.")
    assert not missing_numbers("It is for children aged 5 to 11.", "It is for children of 5 to 11 years.")
    assert not missing_numbers("Between 5 and 7 boats sank.", "Some say 5 boats sank, others 7.")
    assert not missing_numbers("It lasted from 1914 to 1918.", "It began in 1914 and ended in 1918.")
