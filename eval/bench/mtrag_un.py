"""MTRAG-UN: the last turn of a conversation, asked with its history; the unanswerable ones are to be refused.

Katsis et al., "MTRAG" (2025), and its follow-up on unanswerable turns. The unanswerable turns come without contexts:
asked of nothing they would be refused by anyone. So every turn, answerable or not, is asked of the contexts of all
turns of its collection.

Counted: ANSWERABLE turns for false refusals, UNANSWERABLE for recall. PARTIAL (part of the answer is there) and
UNDERSPECIFIED (the human asks back) are shown apart, for no single reply is right to them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from eval.bench.base import Bench, Case, Figure, Row, Text, figure, read, refused, told
from eval.bench.refusals import false_refusals, refusal_figures
from eval.metrics import share
from rag.pipeline import Copydesk
from rag.types import Message

FILE = "mtrag_un/dev.jsonl.gz"
MOST = 2000  # characters of a turn: the longest question that is read


def load(folder: Path) -> list[Case]:
    members = _members(folder)
    return [
        Case(
            row["task_id"],
            row["conversation_id"],
            {
                "question": row["input"][-1]["text"],
                "history": [_turn(turn) for turn in row["input"][:-1]],
                "kind": row["answerability"][0],
                "answerable": row["answerability"][0] == "ANSWERABLE",
                "collection": row["Collection"],
                "contexts": sorted({_id(c["document_id"]) for c in row["contexts"]} & members[row["Collection"]]),
                "gold": row["targets"][0]["text"],
            },
        )
        for row in read(folder / FILE)
    ]


def texts(folder: Path) -> Iterator[Text]:
    """Every context once. Its outlet is the collection, so that a turn is asked of the whole collection."""
    seen: set[str] = set()
    for row in read(folder / FILE):
        for context in row["contexts"]:
            found = _id(context["document_id"])
            if found not in seen and context["text"].strip():
                seen.add(found)
                markdown = "](http" in context["text"]  # one of the collections is a manual written in it
                yield Text(found, context["text"], context.get("title") or None, row["Collection"], markdown=markdown)


def ask(desk: Copydesk, case: Case) -> dict[str, Any]:
    history = tuple(Message(turn["role"], turn["content"]) for turn in case.data["history"])
    answer = desk.ask(case.data["question"][:MOST], history=history, sources=(case.data["collection"],))
    return {**case.data, "answer": told(answer)}


def score(rows: Sequence[Row]) -> list[Figure]:
    counted = [row for row in rows if row["kind"] in ("ANSWERABLE", "UNANSWERABLE")]
    answerable = [row for row in counted if row["answerable"]]
    found = [row for row in answerable if row["contexts"]]
    figures = refusal_figures(counted, recall_reach=0.80, false_reach=0.20)
    figures.append(
        figure(
            "own_context",
            "A context of the turn retrieved",
            found,
            lambda r: share(bool(set(x["contexts"]) & _retrieved(x)) for x in r).value,
            note="among the passages listed, of the answerable turns",
        )
    )
    reached = [row for row in found if set(row["contexts"]) & _retrieved(row)]
    figures.append(figure("false_refusals_found", "False refusals where one was", reached, false_refusals))
    for kind in ("PARTIAL", "UNDERSPECIFIED"):
        of_kind = [row for row in rows if row["kind"] == kind]
        figures.append(
            figure(f"refused_{kind.lower()}", f"Refused, {kind}", of_kind, lambda r: share(map(refused, r)).value)
        )
    return figures


def _retrieved(row: Row) -> set[str]:
    return {passage["article_id"] for passage in row["answer"]["retrieved"]}


def _members(folder: Path) -> dict[str, set[str]]:
    members: dict[str, set[str]] = {}
    for row in read(folder / FILE):
        members.setdefault(row["Collection"], set()).update(_id(c["document_id"]) for c in row["contexts"])
    return members


def _turn(turn: dict[str, Any]) -> dict[str, str]:
    return {"role": "user" if turn["speaker"] == "user" else "assistant", "content": turn["text"]}


def _id(document_id: str) -> str:
    return re.sub(r"[^\w.-]+", "-", f"d{document_id}")[:120]


BENCH = Bench(
    "mtrag_un",
    "last turns of conversations, asked of the contexts of all turns of their collection",
    (FILE,),
    load,
    texts,
    ask,
    score,
)
