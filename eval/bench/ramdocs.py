"""RAMDocs: is a misinforming document set against the true one, or are the answers merely of different namesakes?

Wang et al., "Retrieval-Augmented Generation with Conflicting Evidence" (2025). A record's documents are articles of one
outlet, undated and untitled, and the question is asked of these alone. A dispute is a record with a document typed
``correct`` and one typed ``misinfo``; all others hold one answer, or several for different persons or places, and are
none. Told as a dispute is what the Answer calls one (``conflicts`` not empty). No language model takes part.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from eval.bench.base import Bench, Case, Figure, Row, Statistic, Text, figure, read, told
from eval.metrics import balanced_accuracy
from rag.pipeline import Copydesk

FILE = "ramdocs/dev.jsonl.gz"
_WORD = re.compile(r"\w+")


def load(folder: Path) -> list[Case]:
    return [
        Case(
            f"ramdocs-{row['line']}",
            row["question"],
            {
                "question": row["question"],
                "outlet": outlet(row["line"]),
                "dispute": {"correct", "misinfo"} <= {d["type"] for d in row["documents"]},
                "gold": row["gold_answers"],
                "wrong": sorted(set(row["wrong_answers"])),
            },
        )
        for row in read(folder / FILE)
    ]


def texts(folder: Path) -> Iterator[Text]:
    for row in read(folder / FILE):
        for i, document in enumerate(row["documents"]):
            yield Text(f"ramdocs-{row['line']}-{i}", document["text"], None, outlet(row["line"]))


def outlet(line: int) -> str:
    """The outlet that holds one record's documents."""
    return f"record {line}"


def ask(desk: Copydesk, case: Case) -> dict[str, Any]:
    alone = Copydesk(desk.settings, desk.archive, lambda: None)  # what no rule finds, no draft could add
    answer = alone.ask(case.data["question"], sources=(case.data["outlet"],))
    return {**case.data, "answer": told(answer)}


def classify(row: Row) -> bool:
    """Whether the answer tells of a dispute."""
    return bool(row["answer"]["conflicts"])


def score(rows: Sequence[Row]) -> list[Figure]:
    """Balanced accuracy of ``classify``, its two halves, and, of the disputes that were told, how many show both a true
    and a wrong answer among their values or in the text."""
    disputes = [r for r in rows if r["dispute"]]
    others = [r for r in rows if not r["dispute"]]
    found = [r for r in disputes if classify(r)]
    return [
        figure("balanced_accuracy", "dispute told from ambiguity", rows, balance, reach=0.70),
        figure("recall", "disputes told", disputes, _share(classify)),
        figure("specificity", "the rest left alone", others, _share(lambda r: not classify(r))),
        figure(
            "both_quoted", "both values quoted", found, _share(both_quoted), reach=0.65, note="of the disputes told"
        ),
    ]


def balance(rows: Sequence[Row]) -> float | None:
    """The mean of the share of disputes told and of the share of others left alone; None where one kind is missing."""
    return balanced_accuracy(((r["dispute"], classify(r) == r["dispute"]) for r in rows), (True, False))


def both_quoted(row: Row) -> bool:
    """Whether a true and a wrong answer both stand among the values or in the text, case and punctuation aside."""
    answer = row["answer"]
    values = [f"{v['value']} {v['unit'] or ''}" for conflict in answer["conflicts"] for v in conflict["values"]]
    shown = _plain(" | ".join([answer["text"], *values]))
    return all(any(f" {_plain(a).strip()} " in shown for a in row[kind]) for kind in ("gold", "wrong"))


def _plain(text: str) -> str:
    return f" {' '.join(_WORD.findall(text.lower()))} "


def _share(holds: Callable[[Row], bool]) -> Statistic:
    return lambda rows: sum(map(holds, rows)) / len(rows) if rows else None


BENCH = Bench(
    "ramdocs",
    "questions whose documents disagree, by misinformation or because they speak of namesakes",
    (FILE,),
    load,
    texts,
    ask,
    score,
    needs_llm=False,
)
