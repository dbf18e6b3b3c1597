"""Which sentences of an article may be printed as an answer."""

import pytest

from rag.text.showable import leans, showable


@pytest.mark.parametrize(
    "text",
    [
        "Why did the union take this decision?",
        "“Who pays for it?”",
        "Learn more about her:How Lena Ortiz went from clerk to mayor",
        "Read more: the flood in pictures.",
        "RELATED: The mine that will not close.",
        "See also the report on Tarn Falls.",
        "Watch: the dam breaks.",
        "5. Sri Lanka",
        "By Ana Reyes and Tom Okafor, Coast Post",
        "Photos: a week in Orrin.",
        "The flood at Tarn Falls",
    ],
)
def test_what_is_no_statement_is_not_shown(text: str) -> None:
    assert not showable(text)


@pytest.mark.parametrize(
    "text",
    [
        "The mine closed in May.",
        "Alba and Brix are on the cusp of joining the pact",
        "By Sunday the river had risen above its banks.",
        "Live music was banned in Orrin.",
        "Related firms were fined as well.",
        "“We will pay,” she said.",
        "Watch towers were built along the wall.",
    ],
)
def test_statements_are_shown(text: str) -> None:
    assert showable(text)


@pytest.mark.parametrize(
    ("text", "leaning"),
    [
        ("They did.", True),
        ("“Nobody oils the ramp,” she said.", True),
        ('"Nobody oils the ramp," he later told the paper.', True),
        ("“Nobody oils the ramp,” pilot Ada Brun said.", False),
        ("Ada Brun left when the ramp, as she said, broke.", False),
    ],
)
def test_a_speech_of_nobody_named_leans_on_what_comes_before(text: str, leaning: bool) -> None:
    assert leans(text) is leaning
