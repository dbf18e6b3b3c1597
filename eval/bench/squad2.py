"""SQuAD 2.0: is a question answered from its paragraph, or is the paragraph rightly said not to answer it?

Each paragraph is an article, asked alone. Half of the questions were written to look answerable and are not
(Rajpurkar et al., "Know What You Don't Know", 2018). Parts are split by paragraph: by title the set has eleven only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from eval.bench.base import Bench, Case, Figure, Row, Text, read, told
from eval.bench.refusals import refusal_figures
from rag.pipeline import Copydesk

FILE = "squad2/dev.jsonl.gz"


def load(folder: Path) -> list[Case]:
    return [
        Case(
            row["id"],
            row["context"],
            {
                "question": row["question"],
                "answerable": not row["is_impossible"],
                "gold": sorted(set(row["answers"])),
                "context": context_id(row["context"]),
            },
        )
        for row in read(folder / FILE)
    ]


def texts(folder: Path) -> Iterator[Text]:
    """Every paragraph once, under the title of the Wikipedia article it is from."""
    titles = {row["context"]: row["title"].replace("_", " ") for row in read(folder / FILE)}
    for context, title in titles.items():
        yield Text(context_id(context), context, title)


def context_id(context: str) -> str:
    return hashlib.sha256(context.encode()).hexdigest()[:16]


def ask(desk: Copydesk, case: Case) -> dict[str, Any]:
    answer = desk.ask(case.data["question"], sources=(case.data["context"],))
    return {**case.data, "answer": told(answer)}


def score(rows: Sequence[Row]) -> list[Figure]:
    return refusal_figures(rows, f1_reach=0.78, false_reach=0.15, auroc_reach=0.86)


BENCH = Bench(
    "squad2",
    "questions on one Wikipedia paragraph, half of them unanswerable from it",
    (FILE,),
    load,
    texts,
    ask,
    score,
    sample=400,
)
