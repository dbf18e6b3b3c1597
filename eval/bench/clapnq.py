"""ClapNQ: long-form questions on one Wikipedia passage; refusals, and citations against the sentences people chose.

Rosenthal et al., "CLAPnq" (2024). Each passage is an article, asked alone. A passage's sentence counts as cited where
a quote holds half of its characters, white space aside.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from eval.bench.base import Bench, Case, Figure, Row, Text, figure, read, refused, told
from eval.bench.refusals import refusal_figures
from rag.pipeline import Copydesk

FILES = ("clapnq/answerable_dev.jsonl.gz", "clapnq/unanswerable_dev.jsonl.gz")
HELD = 0.5  # of a sentence's characters in a quote


def load(folder: Path) -> list[Case]:
    return [
        Case(
            row["id"],
            row["passages"][0]["title"],
            {
                "question": row["input"],
                "answerable": bool(row["output"][0]["selected_sentences"]),
                "context": context_id(row["passages"][0]["text"]),
                "sentences": row["passages"][0]["sentences"],
                "selected": row["output"][0]["selected_sentences"],
                "gold": row["output"][0]["answer"],
            },
        )
        for name in FILES
        for row in read(folder / name)
    ]


def texts(folder: Path) -> Iterator[Text]:
    seen: set[str] = set()
    for name in FILES:
        for row in read(folder / name):
            passage = row["passages"][0]
            found = context_id(passage["text"])
            if found not in seen:
                seen.add(found)
                yield Text(found, passage["text"], passage["title"])


def context_id(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def ask(desk: Copydesk, case: Case) -> dict[str, Any]:
    answer = desk.ask(case.data["question"], sources=(case.data["context"],))
    return {**case.data, "answer": told(answer)}


def cited(sentences: Sequence[str], quotes: Sequence[str]) -> set[int]:
    """Places of the sentences that the quotes hold: half of their characters or more, white space aside."""
    marks, text = [], ""
    for sentence in sentences:
        bare = _bare(sentence)
        marks.append((len(text), len(text) + len(bare)))
        text += bare
    covered: set[int] = set()
    for quote in map(_bare, quotes):
        start = text.find(quote)
        if quote and start >= 0:
            covered |= set(range(start, start + len(quote)))
    return {i for i, (a, b) in enumerate(marks) if b > a and len(covered & set(range(a, b))) >= HELD * (b - a)}


def citation_precision(rows: Sequence[Row]) -> float | None:
    """Selected among the cited sentences, mean over rows."""
    return _mean([len(ours & gold) / len(ours) if ours else 0.0 for ours, gold in map(_pair, rows)])


def citation_recall(rows: Sequence[Row]) -> float | None:
    """Cited among the selected sentences, mean over rows."""
    return _mean([len(ours & gold) / len(gold) for ours, gold in map(_pair, rows) if gold])


def score(rows: Sequence[Row]) -> list[Figure]:
    given = [row for row in rows if row["answerable"] and not refused(row)]
    note = "mean over the answerable questions that got an answer"
    return [
        *refusal_figures(rows, f1_reach=0.80),
        figure("citation_precision", "Citation precision", given, citation_precision, reach=0.75, note=note),
        figure("citation_recall", "Citation recall", given, citation_recall, reach=0.65, note=note),
    ]


def _pair(row: Row) -> tuple[set[int], set[int]]:
    quotes = [citation["quote"] for citation in row["answer"]["citations"]]
    return cited(row["sentences"], quotes), cited(row["sentences"], row["selected"])


def _bare(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


BENCH = Bench(
    "clapnq",
    "long-form questions on one Wikipedia passage, about half of them unanswerable from it",
    FILES,
    load,
    texts,
    ask,
    score,
)
