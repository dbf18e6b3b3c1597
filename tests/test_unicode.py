from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.intake.clean import clean
from rag.text.unicode import normalise, repair
from rag.types import RawDocument

GOOD = [
    "The minister’s “plan” – agreed in May… – costs €40m, he said.",
    "Der Präsident sagte: „Über München fällt Schnee.“ Größe: 5 µm, 20 °C.",
    "L’Élysée a démenti, à Noël, où « ça » s’arrête.",
    "Zażółć gęślą jaźń, powiedział rzecznik.",
    "El niño dijo: «¿Mañana?», y São Paulo calló.",
    "Президент заявил, что «переговоры» продолжатся — завтра.",
    "Η κυβέρνηση ανακοίνωσε νέα μέτρα.",
    "政府は新しい措置を発表した。",
    "قالت الحكومة إنها ستعلن ذلك غداً.",
    "Recep Tayyip Erdoğan İstanbul’da, Dvořák Praze, Ångström i Västerås",
    "AT&T rose 5% & fell; R&D; “Tom & Jerry”; a<b && c>d; see ?a=1&copy=2",
    "naïve café, façade, coöperate, Ærø, smörgåsbord, 5½ × 3¼, £5, ¥100, §4",
]


@pytest.mark.parametrize("text", GOOD)
def test_good_text_comes_back_as_it_was(text: str) -> None:
    assert repair(text) == text


@pytest.mark.parametrize("text", [t for t in GOOD if "&" not in t])
@pytest.mark.parametrize("encoding", ["latin-1", "sloppy-windows-1252"])
@pytest.mark.parametrize("times", [1, 2])
def test_utf8_read_as_western_text_is_put_right(text: str, encoding: str, times: int) -> None:
    import ftfy.bad_codecs  # noqa: F401  (registers the "sloppy" codecs)

    misread = text
    for _ in range(times):
        misread = misread.encode().decode(encoding)
    assert repair(misread) == text


def test_cyrillic_read_as_windows_1251_is_put_right() -> None:
    misread = "Президент заявил".encode().decode("cp1251")
    assert repair(misread) == "Президент заявил"


@pytest.mark.parametrize(
    ("damaged", "meant"),
    [
        ("The ministerâ€™s â€œplanâ€\x9d", "The minister’s “plan”"),
        ("“Good” beside a â€œbadâ€\x9d quote", "“Good” beside a “bad” quote"),
        ("It\x92s \x93here\x94 \x96 today\x85", "It’s “here” – today…"),  # Windows bytes read as Latin-1
        ("Jones &amp; Sons &quot;closed&quot; &#8211; &nbsp;for good", 'Jones & Sons "closed" – \xa0for good'),
        ("Jones &amp;amp; Sons", "Jones & Sons"),
        ("\ud83d\ude00 and \ud83d alone", "😀 and  alone"),
        ("The ﬁrst oﬃcer ﬂed", "The first officer fled"),
        ("cafe\u0301", "café"),
    ],
)
def test_damage(damaged: str, meant: str) -> None:
    assert repair(damaged) == meant


def test_unix_next_line_stays_a_line_break() -> None:
    assert normalise("one\x85two") == "one\ntwo"


def test_repair_comes_before_anything_else_is_made_of_a_text() -> None:
    quoted = (
        "â€œWe closed the harbour because of the storm,â€\x9d said the master, â€œand it will stay so till May.â€\x9d"
    )
    article = clean(
        RawDocument(key="a", path="a", text=f"Itâ€™s closed\n\n{quoted}", title="Itâ€™s closed"), "2026-11-21"
    )
    assert article.title == "It’s closed"
    assert (
        article.text == "“We closed the harbour because of the storm,” said the master, “and it will stay so till May.”"
    )


@given(st.text(max_size=200))
@settings(max_examples=300, deadline=None)
def test_repairing_twice_is_repairing_once(text: str) -> None:
    once = repair(text)
    assert repair(once) == once
    assert unicodedata.is_normalized("NFC", once)
    once.encode()  # no half of a character is left


@given(st.lists(st.sampled_from(" ".join(GOOD).split()), max_size=30).map(" ".join))
@settings(max_examples=300, deadline=None)
def test_good_words_in_any_order_stay(text: str) -> None:
    assert repair(text) == text


WORD = st.text(st.sampled_from("abcxyzABCéüñçèäößабвяЯё"), min_size=1, max_size=8)
PUT = st.sampled_from(
    ["{}", "“{}”", "‘{}’", "«{}»", "{},", "{}.”", "{}’s", "– {}", "{}…", "({})", "“{},”", "£{}", "{}½"]
)


@given(st.lists(st.builds(str.format, PUT, WORD), max_size=12).map(" ".join))
@settings(max_examples=500, deadline=None)
def test_words_of_two_alphabets_with_curly_signs_stay(text: str) -> None:
    assert repair(text) == text


@pytest.mark.parametrize("unit", ["â€™", "&amp;", "&", "Ã©", "Ð", "\x92", "\ud83d", "ﬁ", "&amp;amp;amp;"])
def test_hostile_text_is_repaired_in_no_time(unit: str) -> None:
    started = time.monotonic()
    repair(unit * (300_000 // len(unit)))
    assert time.monotonic() - started < 10
