"""Measures how follow-ups are understood: ``python -m eval.followups [--mtrag]``.

``questions/conversations.jsonl`` holds invented turns with what must stand in the question that is searched (``need``;
null: it must stay as it is) and what must not (``never``). With ``--mtrag`` the fit part of MTRAG-UN is printed for
reading instead: it has no such labels.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from eval.bench.base import read
from eval.bench.splits import part
from eval.known import matches_any
from rag import conversation, rewriting
from rag.config import load_settings
from rag.llm import load_llm
from rag.llm.base import LLM
from rag.types import Message

TURNS = Path(__file__).parent / "questions" / "conversations.jsonl"


def understood(llm: LLM | None, question: str, history: Sequence[Message]) -> tuple[str, str]:
    """The question as searched, and how it came about: "as it stands", "code", "model"."""
    settled = conversation.settled(question, history)
    if settled is not None:
        return settled, "as it stands" if settled == conversation.without_thanks(question) else "code"
    if llm is None:
        return conversation.fall_back(question, history), "code"
    return rewriting.standalone(llm, question, history), "model"


def messages(row: dict[str, Any]) -> tuple[Message, ...]:
    """The turns before a row's question."""
    return tuple(Message(m["role"], m["content"]) for m in row["history"])


def right(row: dict[str, Any], searched: str) -> bool:
    """Whether what is searched holds what it must, and nothing that it must not."""
    if row["kind"] == "small talk":
        return conversation.is_small_talk(row["question"])
    if row["kind"] == "unclear":
        return conversation.unclear(row["question"], messages(row)) is not None
    if row["kind"] == "either":
        return bool(conversation.settled(row["question"], messages(row)) == row["question"])
    if row["need"] is None:
        return searched == conversation.without_thanks(row["question"])
    needed = all(matches_any(ways, searched) for ways in row["need"])
    return needed and not matches_any(row["never"], searched)


def main(arguments: Sequence[str]) -> int:
    import os

    settings = load_settings(os.environ)
    llm = None if "--code" in arguments else load_llm(settings)
    kinds: dict[str, list[bool]] = defaultdict(list)
    for row in _mtrag() if "--mtrag" in arguments else _turns():
        history = messages(row)
        searched, how = understood(llm, row["question"], history)
        if "need" in row:
            kinds[row["kind"]].append(right(row, searched))
        sign = "" if "need" not in row else "ok  " if kinds[row["kind"]][-1] else "MISS"
        before = [m.content for m in history if m.role == "user"][-1:]
        print(f"{sign} {row['kind']:12} {how:12} {before} | {row['question']} -> {searched}", flush=True)
    for kind, found in kinds.items():
        print(f"{kind}: {sum(found)} of {len(found)}")
    return 0


def _turns() -> Iterator[dict[str, Any]]:
    for line in TURNS.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def _mtrag() -> Iterator[dict[str, Any]]:
    import os

    for row in read(Path(os.environ["COPYDESK_BENCH_DIR"]) / "mtrag_un" / "dev.jsonl.gz"):
        if part(row["conversation_id"]) == "fit" and len(row["input"]) > 1:
            history = [
                {"role": "user" if t["speaker"] == "user" else "assistant", "content": t["text"]} for t in row["input"]
            ]
            last = history.pop()
            yield {
                "kind": row["Multi-Turn"][0],
                "question": " ".join(last["content"].split())[:2000],
                "history": history,
            }


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
