"""Turns a follow-up into a question that stands alone, and only a follow-up: most questions pass through untouched.

By code, where a fragment has one place in the question before; the rest is for a model (``rag.rewriting``), or said to
be unclear.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag import shifted
from rag.fragments import QUESTION_WORD, asks_barely, is_correction, put_in
from rag.leaning import (
    ASKING,
    AUX,
    FULL,
    LINK,
    OF_ALL,
    WHAT_ABOUT,
    is_fragment,
    is_slight,
    is_small_talk,
    leans,
    may_stand_alone,
    stands_alone,
    without_thanks,
)
from rag.types import Message, Reason

__all__ = ["is_follow_up", "is_small_talk", "may_stand_alone", "settled", "stands_alone", "unclear", "without_thanks"]

_GLUED = re.compile(
    r"^(?:no|nope|sorry|and|but)\b[\s,]"
    r"|[,(]\s*(?:(?:and|but|so|or)\s+)?(?:no|nope|sorry|i mean|i meant|(?:what|how) about)\b"
    r"|[,(]\s*(?:and|but)\s+(?:him|her|them|he|she|it|they|that|this|there|the (?:day|week|month|year) (?:before|after)"
    rf"|{ASKING}|(?:on|in|at|for|of|by)\b)\b",
    re.IGNORECASE,
)

NO_QUESTION: tuple[Reason, str] = ("no_evidence", "Nothing was asked. Ask something about the articles.")


def is_follow_up(question: str, history: Sequence[Message]) -> bool:
    """Whether the question may not be understood without what was asked before it.

    True also for very short questions that name nothing ("Was anyone hurt?"): there the model that rewrites decides.
    """
    if not any(m.role == "user" for m in history):
        return False
    question = without_thanks(question)
    if leans(question):
        return True
    text = LINK.sub("", question)
    return bool(question.endswith("?") or FULL.search(text)) and not OF_ALL.match(text) and is_slight(text)


def asks_same(question: str, text: str) -> bool:
    """Whether a rewriting asks with the question's word: not "when" for "why", no yes/no question for another."""
    bare = LINK.sub("", question)
    asked = _ASKED.match(bare)
    if asked is None or WHAT_ABOUT.search(bare):
        return True
    if re.fullmatch(AUX, asked.group(), re.IGNORECASE):
        return bool(re.match(rf"(?:{AUX})\b", text, re.IGNORECASE))
    return bool(re.search(rf"\b{asked.group()}\b", text, re.IGNORECASE))


def is_patched(text: str, question: str) -> bool:
    """Whether what would be searched is two turns glued together, such as no reader would ask: "Who won, and the day
    before?", "No, I meant Orlo?". What the question itself says so is the reader's own."""
    return any(found.group().lower() not in question.lower() for found in _GLUED.finditer(text))


def settled(question: str, history: Sequence[Message]) -> str | None:
    """The question to search where code alone can tell it: as it stands, or a fragment put in the place of its like in
    the question before ("And in May?"). None where the model has to rewrite it."""
    text = without_thanks(question)
    if not is_follow_up(text, history):
        return text
    if not leans(text):
        return None
    previous, followed = earlier_question(history)
    if (not previous and not shifted.step(text)) or (asks_barely(text) and not followed):
        return None
    step = shifted.step(text)
    asks = LINK.sub("", text[: step.start()]).strip() if step else ""
    if asks and not is_fragment(text) and not QUESTION_WORD.fullmatch(asks) and leans(f"{asks}?"):
        return None  # "How many died the day before?" is told its day, see ``dated``, but not of what
    return put_in(text, previous, last_answer(history))


def dated(question: str, history: Sequence[Message]) -> str:
    """A question with the day in the place of "the day before", where only that can be told: the rest is for others."""
    text = without_thanks(question)
    if not shifted.step(text):
        return question
    return put_in(text, earlier_question(history)[0], last_answer(history)) or question


def unclear(question: str, history: Sequence[Message]) -> tuple[Reason, str] | None:
    """Why a turn can't be searched at all: what it counts from or puts right can't be told, and a guess would give the
    answer to another question. None for a turn that can."""
    text = without_thanks(question)
    if not is_follow_up(text, history) or settled(text, history):
        return None
    if shifted.step(text):
        return "no_evidence", f"It is not clear which day or time “{text}” is counted from. Name it in the question."
    return None


# --- without a model ------------------------------------------------------------------------------------

_ASKED = re.compile(rf"^(?:how (?:many|much|long|often|far|old|big)|{ASKING}|{AUX})\b", re.IGNORECASE)
_TOPIC = re.compile(r"(?:\b(?:the|an?)\s|(?<!^)\b[A-Z]|\d).*", re.DOTALL)
_FULL_NAME = re.compile(r"\b[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)+")


def fall_back(question: str, history: Sequence[Message]) -> str | None:
    """Without a trusted rewriting: the question with the matter of the one before it, for searching and for asking.

    "Who owns it?" becomes "Who owns it (the Calder mill)?"; a question that seems to stand alone stays as it is. None
    for a correction or a mere "Why?" that has no place in the question before: only together would they ask something.
    """
    text = without_thanks(question)
    previous, _ = earlier_question(history)
    if not previous or not leans(text):
        return text
    placed = put_in(text, previous, last_answer(history))
    if placed:
        return placed
    bare = text.rstrip(" ?.!")
    if is_correction(text) or asks_barely(text):
        return None
    topic = _TOPIC.search(previous)
    matter = [topic.group().strip() if topic else _ASKED.sub("", previous).strip()]
    if re.search(r"\b(?:he|she|him|her|his)\b", text, re.IGNORECASE):
        answer = next((m.content for m in reversed(history) if m.role == "assistant"), "")
        matter = [n for n in _FULL_NAME.findall(answer)[:1] if n not in matter[0]] + matter
    counted = re.match(r"(?:how many|which) (?!people\b)([a-z][\w’'-]+s)\b", previous, re.IGNORECASE)
    if counted and counted[1] not in matter[0] and re.search(r"\b(?:they|them|their)\b", text, re.IGNORECASE):
        matter = [counted[1], *matter]
    return f"{bare} ({', '.join(matter)})?"


def earlier_question(history: Sequence[Message]) -> tuple[str, bool]:
    """The last question that stood alone, with the fragments since then in their place, and whether each of them found
    one; "" where there is none. What found no place is passed over: nothing can build on it."""
    whole, answer, followed = "", "", True
    for message in history[-12:]:
        said = " ".join(message.content.split()[:40])
        if message.role != "user":
            answer = said
            continue
        asked = without_thanks(said)
        if is_small_talk(asked):
            continue
        if asks_barely(asked) and not followed:
            continue
        opens = not whole and FULL.search(asked) and stands_alone(asked) and not asks_barely(asked)  # "Who won?"
        if opens or not leans(asked):
            whole, followed = asked.rstrip(" ?."), True
        elif whole:
            placed = put_in(asked, whole, answer)
            whole, followed = (placed or whole).rstrip("?"), followed and placed is not None
    return whole, followed


def last_answer(history: Sequence[Message]) -> str:
    """What was answered last; "" where nothing was."""
    return next((m.content for m in reversed(history) if m.role == "assistant"), "")
