"""The model's part of an answer: draft it from the evidence, sentence by sentence, and have each sentence checked.

Runs on the thread that owns the model. The model never cites, never judges and never picks a side: it only phrases.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rag import probe, prompt
from rag.llm.base import LLM, Cancel, Completion, Prompt
from rag.steps import mapped
from rag.text.sentences import split
from rag.text.words import asks_yes_no, content_stems
from rag.types import Check, Event, SourceSentence
from rag.verdict import abstain

MAX_TOKENS = 120  # about 80 words
FRAGMENT_WORDS = 4
LOOSE_WORDS = 10
OPENINGS = ("Yes", "No", "Not")  # of replies; the last is the refusal's
_DATE_PROBLEM = re.compile(r"date (.+) not in the cited quote$")
_MARKS = re.compile(r"\s*\[\d+\]")  # citations of the model's own making


@dataclass(frozen=True, slots=True)
class Draft:
    """What the model wrote and what the checks made of it.

    ``stated``: the probability that the evidence states the answer, by a fitted probe (``probed``) or else by the
    model's own yes or no; ``refusal``: that it would rather not say. ``evidence`` is what the model read, ``hidden``
    its state after it (float32 [width], None without a probe).
    """

    text: str
    checks: tuple[Check, ...]
    refused: bool
    stated: float
    refusal: float | None
    probed: bool = False
    evidence: tuple[SourceSentence, ...] = ()
    hidden: Any = None


def draft(
    llm: LLM,
    question: str,
    evidence: Sequence[SourceSentence],
    check: Callable[[str], Check],
    *,
    cancel: Cancel | None = None,
    write: bool = True,
    least: float = 0.0,
) -> Generator[Event, None, Draft]:
    """Yield ``token`` events as the draft is written; return it with its checks.

    Without ``write`` the evidence is read and nothing more: what counts then is ``Draft.hidden``.
    Nor is it where the evidence states the answer with a probability below ``least``: the draft then is a refusal.
    """
    values = {"evidence": prompt.evidence_block(evidence), "question": question}
    template = prompt.load("answer")
    asked = prompt.render(template, values)
    fitted, closed = probe.of(llm.name), asks_yes_no(question)
    probed = fitted is not None and fitted.prompt == template.label and not closed
    if not write:
        hidden = None if closed else llm.choice(asked, OPENINGS, cancel=cancel).hidden
        return Draft("", (), True, 0.0, None, False, tuple(evidence), hidden)
    hidden, refusal, start = None, None, ""
    if fitted is not None and probed:
        first = llm.choice(asked, OPENINGS, cancel=cancel)
        hidden, stated, refusal = first.hidden, fitted.stated(first.hidden), math.exp(first.logprobs[2])
    elif closed:  # nothing like an answer stands in the evidence: the probe does not know such questions
        first = llm.choice(asked, OPENINGS, cancel=cancel)
        refusal = first.probability("Not")
        stated = 1 - refusal
        start = "Yes," if first.probability("Yes") > first.probability("No") else "No,"
    else:
        gate = llm.choice(prompt.render(prompt.load("gate"), values), ("Yes", "No"), cancel=cancel)
        stated = gate.probability("Yes")
    if stated < least:
        return Draft("", (), True, stated, refusal, probed, tuple(evidence), hidden)
    if start:  # a plain Yes or No first: the model is quick to refuse these, the checks are not
        asked = replace(asked, assistant_start=start)
        yield Event("token", {"text": start})
    written = yield from _write(llm, asked, cancel)
    if refusal is None:
        refusal = abstain.refusal_probability(written.first_token_logprobs)
    text = " ".join(_MARKS.sub("", start + written.text).split())
    done = (stated, refusal, probed, tuple(evidence), hidden)
    if not text or abstain.is_refusal(text):
        return Draft(text, (), True, *done)
    sentences = [text[span.start : span.end] for span in split(text)]
    if written.completion_tokens >= MAX_TOKENS and not re.search(r"[.!?][\"'”’)]*$", text):
        sentences = sentences[:-1] or sentences  # the last one was cut off
    return Draft(text, tuple(check(s) for s in sentences), False, *done)


def without_date(check: Check) -> str | None:
    """A drafted sentence that failed by a date alone, with that date cut out; None where that can't be done.

    The model likes to add the day from another sentence: what is left must pass the check by itself.
    """
    failed = _DATE_PROBLEM.match(check.problem or "")
    if not failed:
        return None
    cut = re.sub(
        rf",?\s*\b(?:on|by|in|at|since|until|from|during|before|as of)\s+{re.escape(failed[1])}\b",
        "",
        check.text,
        count=1,
    )
    return cut if cut != check.text and len(cut.split()) > FRAGMENT_WORDS else None


def whole_sentence(check: Check, question: str) -> Check:
    """A draft of a few words ("187") gives way to the sentence it was found in: words alone can't be printed.

    So does a short one that repeats nothing of the question ("Bagram Airfield, according to the report").
    """
    words = check.text.split()
    loose = len(words) <= LOOSE_WORDS and not set(content_stems(check.text)) & set(content_stems(question))
    if not check.passed or not (loose or len(words) <= FRAGMENT_WORDS) or check.quotes[0].text.count(" ") >= 60:
        return check
    return Check(" ".join(check.quotes[0].text.split()), check.quotes[:1], check.support)


def _write(llm: LLM, asked: Prompt, cancel: Cancel | None) -> Generator[Event, None, Completion]:
    pieces = llm.stream(asked, max_tokens=MAX_TOKENS, stop=("\n\n", "\nQuestion:", "\nReport"), cancel=cancel)
    return mapped(pieces, lambda piece: Event("token", {"text": piece}))
