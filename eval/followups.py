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
from rag import conversation, following, rewriting
from rag.config import load_settings
from rag.llm import load_llm
from rag.llm.base import LLM
from rag.types import Article, Hit, Message, Passage, Span

TURNS = Path(__file__).parent / "questions" / "conversations.jsonl"


def understood(llm: LLM | None, question: str, history: Sequence[Message]) -> tuple[str, str]:
    """The question as searched, and how it came about: "as it stands", "code", "model"."""
    reading = following.read(question, history, lambda query: _passages(query, question, history))
    if reading.unclear:
        return question, "unclear"
    if reading.settled:
        as_typed = reading.question == conversation.without_thanks(question)
        return reading.question, "as it stands" if as_typed else "code"
    guess = conversation.fall_back(reading.question, history)
    asked = guess if llm is None else rewriting.standalone(llm, reading.question, history)
    return asked or question, "unclear" if asked is None else "code" if llm is None else "model"


def _passages(query: str, question: str, history: Sequence[Message]) -> list[Hit]:
    """A stand-in for the archive: what was said so far is one article, and another holds what a question names."""
    said = " ".join(m.content for m in history)
    texts = {"said": said} if query != question else {"said": said, "other": question}
    return [_hit(name, text) for name, text in texts.items()]


def _hit(name: str, text: str) -> Hit:
    passage = Passage(name, name, 0, len(text), text, (Span(0, len(text)),))
    return Hit(passage, Article(name, text, name), 1.0, {})


def messages(row: dict[str, Any]) -> tuple[Message, ...]:
    """The turns before a row's question."""
    return tuple(Message(m["role"], m["content"]) for m in row["history"])


def right(row: dict[str, Any], searched: str, how: str) -> bool:
    """Whether what is searched holds what it must, and nothing that it must not."""
    if row["kind"] == "small talk":
        return conversation.is_small_talk(row["question"])
    if row["kind"] == "unclear":
        return how == "unclear"
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
            kinds[row["kind"]].append(right(row, searched, how))
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
