"""Turns a follow-up into a question that stands alone, and only a follow-up: most questions pass through untouched."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.types import Message
from rag.words import content_stems

_PERSON = re.compile(r"\b(he|she|him|her|his|hers|himself|herself)\b", re.I)
_THING = re.compile(r"\b(it|its|itself)\b", re.I)
_PLURAL = re.compile(r"\b(they|them|their|theirs|themselves)\b", re.I)
_POINTING = re.compile(r"\b(this|that|these|those|there|then|the same|the others?|the former|the latter)\b", re.I)
_OPENER = re.compile(
    r"^\s*(and|but|so|also|or|what about|how about|what else|who else|where else|any(thing|one) else)\b", re.I
)
_SECOND_OF = re.compile(
    r"\bthe (first|second|third|next|last|other|rest)\b(?! (?:time|day|week|month|year)s?\b)(?!\s+\w+)", re.I
)
# "it" and "there" that stand for nothing: "is it true that", "how long did it take", "are there".
_EMPTY = re.compile(
    r"\b(?:is|was|has|does|did|would|will|could|can) it (?:true|been|take|mean|possible|likely|clear|known|seem)\b"
    r"|\bhow long (?:did|does|will|would|has) it (?:take|taken|last)\b|\b(?:is|are|was|were|will|have|has) there\b"
    r"|\bthere (?:is|are|was|were|be|been)\b",
    re.I,
)
# "that" as a conjunction or relative: after a verb of saying, or a noun, and before a clause.
_THAT_CLAUSE = re.compile(
    r"\b(?:say|says|said|claim\w*|report\w*|true|know|known|think|believe\w*|announce\w*|deny|denied|confirm\w*|mean\w*|"
    r"show\w*|suggest\w*|\w{4,}s?) that(?= \w+)",
    re.I,
)
_CAPITAL = re.compile(r"(?<!^)(?<![.?!] )\b[A-Z][\w’'-]+")
_DEFINITE = re.compile(
    r"\b(?:the|a|an|our|many|some|all|most|which|what|how many)\s+(?:[\w’'-]+\s+){0,3}?[a-z][\w’'-]*", re.I
)


def is_follow_up(question: str, history: Sequence[Message]) -> bool:
    """Whether the question can't be understood without what was asked before it."""
    if not any(m.role == "user" for m in history):
        return False
    text = " ".join(question.split())
    if _OPENER.match(text) or _SECOND_OF.search(text):
        return True
    if not content_stems(text) or (len(content_stems(text)) <= 1 and not _CAPITAL.search(text)):
        return True  # "Why?", "How many?", "When was that?"
    bare = _THAT_CLAUSE.sub(" ", _EMPTY.sub(" ", text))
    for pattern in (_PERSON, _THING, _PLURAL):
        pronoun = pattern.search(bare)
        if pronoun and not _has_antecedent(bare[: pronoun.start()], person=pattern is _PERSON):
            return True
    pointing = _POINTING.search(bare)
    return bool(pointing and not _CAPITAL.search(bare))


def _has_antecedent(before: str, *, person: bool) -> bool:
    """Whether something earlier in the question itself can be what a pronoun stands for."""
    if _CAPITAL.search(before):
        return True
    return bool(
        _DEFINITE.search(re.sub(r"^\s*(?:what|which|how many|how much|why|when|where|who)\b", "", before, flags=re.I))
    ) and (not person or bool(re.search(r"\bthe\b", before, re.I)))


def recent(history: Sequence[Message], turns: int = 2, answer_words: int = 40) -> str:
    """The last turns as the rewriting prompt shows them, answers cut short, citation marks removed."""
    kept: list[str] = []
    for message in list(history)[-2 * turns :]:
        words = re.sub(r"\s*\[\d+\]", "", message.content).split()
        if message.role == "user":
            kept.append("Q: " + " ".join(words[:60]))
        elif message.role == "assistant" and words:
            kept.append("A: " + " ".join(words[:answer_words]))
    return "\n".join(kept)


def accept(rewritten: str, question: str, history: Sequence[Message]) -> str | None:
    """The model's rewriting when it can be trusted, else None: one question, of sensible length, that keeps the
    words asked and brings in nothing that was not said before."""
    text = " ".join(rewritten.split()).strip(' "“”')
    text = re.sub(r"^(?:Q|Question|Rewritten|Standalone question)\s*:\s*", "", text, flags=re.I)
    if "?" in text:
        text = text[: text.index("?") + 1]
    if not text or len(text) > 300 or not text.endswith("?"):
        return None
    known = set(content_stems(question)) | {s for m in history for s in content_stems(m.content)}
    new = [s for s in content_stems(text) if s not in known]
    asked = content_stems(question)
    lost = [s for s in asked if s not in set(content_stems(text))]
    names = set(re.findall(r"\b[A-Z][\w’'-]+", text[1:]))
    said = {w for m in (*history, Message("user", question)) for w in re.findall(r"\b[A-Z][\w’'-]+", m.content)}
    if len(new) > 2 or len(lost) > max(1, len(asked) // 2) or names - said - {"I"}:
        return None
    return text


def fall_back(question: str, history: Sequence[Message]) -> str:
    """Without a trusted rewriting: the question with the previous one beside it, for the searching."""
    previous = next((m.content for m in reversed(history) if m.role == "user"), "")
    return f"{' '.join(question.split())} (asked after: {' '.join(previous.split())})" if previous else question
