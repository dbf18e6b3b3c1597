"""Figures on answering and refusing that several benchmarks share. Rows hold ``answerable`` and ``answer``."""

from __future__ import annotations

from collections.abc import Sequence

from eval.bench.base import Figure, Row, figure, refused
from eval.metrics import auroc, f1, share
from rag.types import Answer


def answerability(answer: Answer) -> float | None:
    """The answer's calibrated answerability in [0, 1], None where it tells none."""
    told: float | None = getattr(answer, "answerability", None)
    return told


def precision(rows: Sequence[Row]) -> float | None:
    """Unanswerable among the refused."""
    return share(not row["answerable"] for row in rows if refused(row)).value


def recall(rows: Sequence[Row]) -> float | None:
    """Refused among the unanswerable."""
    return share(refused(row) for row in rows if not row["answerable"]).value


def false_refusals(rows: Sequence[Row]) -> float | None:
    """Refused among the answerable."""
    return share(refused(row) for row in rows if row["answerable"]).value


def refusal_f1(rows: Sequence[Row]) -> float | None:
    """Harmonic mean of precision and recall of refusals; 0 where nothing was refused but should have been."""
    found = recall(rows)
    return f1(precision(rows) or 0.0, found) if found is not None else None


def separation(rows: Sequence[Row]) -> float | None:
    """AUROC of the answerability score; None where a row has none."""
    scores = [(row["answerability"], row["answerable"]) for row in rows]
    if any(score is None for score, _ in scores):
        return None
    return auroc((s for s, yes in scores if yes), (s for s, yes in scores if not yes))


def refusal_figures(
    rows: Sequence[Row],
    *,
    f1_reach: float | None = None,
    false_reach: float | None = None,
    recall_reach: float | None = None,
    auroc_reach: float | None = None,
) -> list[Figure]:
    """Refusal F1, precision, recall, false refusals, and the answerability's AUROC."""
    unanswerable = [row for row in rows if not row["answerable"]]
    answerable = [row for row in rows if row["answerable"]]
    gone = [row for row in rows if refused(row)]
    return [
        figure("auroc", "Answerability AUROC", rows, separation, reach=auroc_reach),
        figure("refusal_f1", "Refusal F1", rows, refusal_f1, reach=f1_reach),
        figure("refusal_precision", "Refusal precision", gone, precision, note="unanswerable among the refused"),
        figure("refusal_recall", "Refusal recall", unanswerable, recall, reach=recall_reach),
        figure("false_refusals", "False refusals", answerable, false_refusals, reach=false_reach, at_most=True),
    ]
