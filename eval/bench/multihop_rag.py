"""MultiHop-RAG: questions over two to four dated news facts, asked of the facts of all questions.

Tang and Yang, "MultiHop-RAG" (2024). The facts of one URL make one article; there are no bodies. A null question asks
of what no fact tells, and is to be refused. An inference question is right when the answer's text holds the gold name.
Comparison and temporal questions are yes or no: the mean of the shares right among those whose answer is yes and those
whose answer is no, so that always saying "yes" scores a half. The few with another answer ("Consistent") are left out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from eval.bench.base import Bench, Case, Figure, Row, Text, figure, read, refused, told
from eval.bench.matching import holds, normal
from eval.metrics import balanced_accuracy, share
from rag.pipeline import Copydesk

FILE = "multihop_rag/dev.jsonl.gz"
YES_NO = {"yes": "yes", "true": "yes", "no": "no", "false": "no"}
CLOSED = ("comparison_query", "temporal_query")


def load(folder: Path) -> list[Case]:
    cases = []
    for row in read(folder / FILE):
        urls = sorted({fact["url"] for fact in row["evidence_list"]})
        data = {
            "question": row["question"],
            "kind": row["question_type"],
            "gold": row["answer"],
            "answerable": row["question_type"] != "null_query",
            "articles": sorted(map(article_id, urls)),
        }
        cases.append(Case(row["id"], "\n".join(urls) or row["question"], data))
    return cases


def texts(folder: Path) -> Iterator[Text]:
    """One article for each URL, its facts in the order they come up."""
    facts: dict[str, dict[str, dict[str, str]]] = {}
    for row in read(folder / FILE):
        for fact in row["evidence_list"]:
            facts.setdefault(fact["url"], {}).setdefault(fact["fact"].strip(), fact)
    for url, told_by in facts.items():
        first = next(iter(told_by.values()))
        text = "\n\n".join(told_by)
        yield Text(article_id(url), text, first["title"], first["source"], first["published_at"][:10] or None, url)


def article_id(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()[:16]


def ask(desk: Copydesk, case: Case) -> dict[str, Any]:
    return {**case.data, "answer": told(desk.ask(case.data["question"]))}


def said(row: Row) -> str:
    return " ".join(sentence["text"] for sentence in row["answer"]["sentences"])


def right(row: Row) -> bool:
    """Refused for a null question; the gold name in the text, or yes or no as its first word, for the others."""
    if row["kind"] == "null_query":
        return refused(row)
    if row["kind"] in CLOSED:
        return bool(gold(row)) and YES_NO.get((normal(said(row)) or [""])[0]) == gold(row)
    return holds(said(row), row["gold"])


def gold(row: Row) -> str | None:
    """Yes or no, None where the question's answer is neither."""
    return YES_NO.get(row["gold"].strip().lower())


def mean_over_types(rows: Sequence[Row]) -> float | None:
    """Mean of the inference questions' share right and of the two closed types' balanced accuracies."""
    values = [
        share(right(row) for row in rows if row["kind"] == "inference_query").value,
        *(closed_accuracy([row for row in rows if row["kind"] == kind]) for kind in CLOSED),
    ]
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if len(known) == len(values) else None


def closed_accuracy(rows: Sequence[Row]) -> float | None:
    return balanced_accuracy([(gold(row), right(row)) for row in rows if gold(row)], ("yes", "no"))


def score(rows: Sequence[Row]) -> list[Figure]:
    by_kind = {kind: [r for r in rows if r["kind"] == kind] for kind in ("null_query", "inference_query", *CLOSED)}
    others = [row for row in rows if row["answerable"]]

    def rate(r: Sequence[Row]) -> float | None:
        return share(map(right, r)).value

    return [
        figure("null_refused", "Null questions refused", by_kind["null_query"], rate, reach=0.90),
        figure("others", "Other types, mean of balanced accuracy", others, mean_over_types, reach=0.60),
        figure("inference", "Inference, answer contained", by_kind["inference_query"], rate),
        *(
            figure(kind.split("_")[0], f"{kind.split('_')[0].capitalize()}, balanced", closed, closed_accuracy)
            for kind in CLOSED
            for closed in [[row for row in by_kind[kind] if gold(row)]]
        ),
        figure("refused_others", "Refused, other types", others, lambda r: share(map(refused, r)).value),
    ]


BENCH = Bench(
    "multihop_rag",
    "questions over several dated news facts, asked of the facts of all questions",
    (FILE,),
    load,
    texts,
    ask,
    score,
)
