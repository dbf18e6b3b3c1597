"""RAGTruth's adapter: what a response states, which sentences are sound, and figures against hand-made values."""

from __future__ import annotations

from typing import Any

import pytest

from eval.bench import ragtruth


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Here is a summary of the article in 95 words:", ""),
        ("Unable to answer based on given passages.", ""),
        ("Therefore, I cannot say which is better, based on the passages.", ""),
        ("The passages do not mention a price.", ""),
        ("According to passage 3, the mill burned down.", "the mill burned down."),
        ("Overall, the article suggests that the mill burned down.", "the mill burned down."),
        ("The mill burned down (Passage 2).", "The mill burned down."),
        ("The mill burned down.", "The mill burned down."),
    ],
)
def test_what_is_about_the_task_states_nothing(sentence: str, expected: str) -> None:
    assert ragtruth.statement(sentence) == expected


def test_a_sentence_is_sound_where_no_marked_span_touches_it() -> None:
    response = "The mill burned down. Four men died. It rained."
    start = response.index("Four")
    assert ragtruth.sentences(response, [[start, start + 8]]) == [
        ("The mill burned down.", True),
        ("Four men died.", False),
        ("It rained.", True),
    ]


def test_a_question_s_passages_are_paragraphs_of_one_article() -> None:
    source = {"question": "?", "passages": "passage 1:One  line.\nMore.\n\npassage 2:Two.\n\n"}
    assert ragtruth.source_text(source) == "One line. More.\n\nTwo."
    assert ragtruth.source_text("One\nline.") == "One line."


def row(unsupported: bool, *supports: tuple[float, bool]) -> dict[str, Any]:
    said = [{"text": "x", "support": support, "sound": sound} for support, sound in supports]
    return {"kind": "qa", "by": "m", "unsupported": unsupported, "sentences": said}


def test_figures_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ragtruth.THRESHOLDS, "qa", 0.5)
    rows = [
        row(True, (0.9, True), (0.2, False)),  # flagged, rightly
        row(True, (0.6, False)),  # missed
        row(False, (0.8, True), (0.7, True)),  # let pass, rightly
        row(False, (0.4, True)),  # flagged, wrongly
        row(False),  # states nothing: let pass
    ]
    # half of the unsupported flagged, two of three sound ones not: (1/2 + 2/3) / 2
    assert ragtruth.balanced_accuracy(rows) == pytest.approx(7 / 12)
    # two flagged of which one right, two unsupported: 2 * 1 / (2 + 2)
    assert ragtruth.f1(rows) == pytest.approx(0.5)
    # sound 0.7, 0.4, 1.0 against 0.2, 0.6: above in 2, 1, 2 of 6 pairs
    assert ragtruth.response_auroc(rows) == pytest.approx(5 / 6)
    # sound sentences 0.9, 0.8, 0.7, 0.4 against 0.2, 0.6: above in 2, 2, 2, 1 of 8 pairs
    assert ragtruth.sentence_auroc(rows) == pytest.approx(7 / 8)
    assert ragtruth.balanced_accuracy(rows[:2]) is None
    figures = {f.key: f for f in ragtruth.score(rows)}
    assert figures["qa_balanced_accuracy"].reach == 0.72
    assert figures["summary_f1"].value is None
