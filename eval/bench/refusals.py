"""Figures on answering and refusing that several benchmarks share. Rows hold ``answerable`` and ``answer``."""

from __future__ import annotations

from collections.abc import Sequence

from eval.bench.base import Figure, Row, figure, refused
from eval.metrics import auroc, f1, share


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


def likely(row: Row) -> float:
    """The answerability told; where code alone decided (nothing near, a dispute) 0 for a refusal, else 1."""
    score: float | None = row["answer"]["answerability"]
    return score if score is not None else float(not refused(row))


def separation(rows: Sequence[Row]) -> float | None:
    """AUROC of the answerability."""
    return auroc(
        (likely(row) for row in rows if row["answerable"]), (likely(row) for row in rows if not row["answerable"])
    )


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
