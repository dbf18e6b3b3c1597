"""Has the model write a follow-up out in full, and takes what it wrote only where code finds it faithful."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rag import conversation, prompt
from rag.llm.base import LLM, Cancel, complete
from rag.text.words import STOP_WORDS, content_stems, words
from rag.types import Message

# Words of a question that a faithful rewriting may put otherwise: "that happen" -> "the fire break out".
_LOOSE = frozenset(
    content_stems(
        """happen happened occur take place thing things one ones anybody anyone somebody someone everybody everyone
        nobody people exactly else more detail details explain others mean like"""
    )
)
MAX_TOKENS = 60  # of a question


def standalone(llm: LLM, question: str, history: Sequence[Message], cancel: Cancel | None = None) -> str | None:
    """The question as it will be searched.

    For one that ``following.read`` leaves open. Where the rewriting isn't faithful the matter of the question before
    is set beside it instead, as in ``conversation.fall_back``. Raises Cancelled.
    """
    values = {"conversation": recent(history), "question": question}
    asked = prompt.render(prompt.load("rewrite"), values)
    written = complete(llm, asked, max_tokens=MAX_TOKENS, stop=("\n",), cancel=cancel)
    return accept(written.text, question, history) or conversation.fall_back(question, history)


def recent(history: Sequence[Message], turns: int = 2) -> str:
    """The last turns as the rewriting prompt shows them, cut short, citation marks removed."""
    kept: list[str] = []
    for message in list(history)[-2 * turns :]:
        told = re.sub(r"\s*\[\d+\]", "", message.content).split()
        if told and message.role != "system":
            kept.append(f"Q: {' '.join(told[:40])}" if message.role == "user" else f"A: {' '.join(told[:30])}")
    return "\n".join(kept)


def accept(rewritten: str, question: str, history: Sequence[Message]) -> str | None:
    """The model's rewriting where it can be trusted, else None: one question, of sensible length, that asks what was
    asked, keeps its names and numbers and most of its words, brings in nothing unsaid, is no two turns glued together,
    and stands alone."""
    text = " ".join(rewritten.split()).strip(' "“”')
    text = re.sub(r"^(?:Q|Question|Rewritten|(?:Last|Standalone) question)\s*:\s*", "", text, flags=re.IGNORECASE)
    text = text[: text.find("?") + 1]
    if not text or len(text) > 300 or any(_key(text) == _key(m.content) for m in history if m.role == "user"):
        return None
    said = " ".join((question, *(m.content for m in history)))
    if not conversation.asks_same(question, text):
        return None
    stems, wanted = set(content_stems(text)), set(content_stems(question)) - _LOOSE
    if len(stems - set(content_stems(said))) > 1 or len(wanted - stems) > len(wanted) // 3:
        return None
    if _marks(text) - _marks(said) or _marks(question[1:]) - _marks(text):
        return None
    if conversation.is_patched(text, question):
        return None
    return text if conversation.stands_alone(text) else None


def _key(text: str) -> str:
    return " ".join(words(text))


def _marks(text: str) -> set[str]:
    """Names and numbers, which a rewriting must neither lose nor invent."""
    found: Iterable[str] = re.findall(r"\b[A-Z][\w’'-]+|\d+", text)
    return {re.sub(r"['’]s?$", "", m).lower() for m in found} - STOP_WORDS
