"""The peer beside Copydesk: its process, one question put to it, and a judgement of its plain text."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eval.known import KnownQuestion, matches, matches_any, without_markers
from eval.metrics import Outcome
from eval.speed.asking import Asked, with_other
from eval.speed.server import stop

NAME = "LlamaIndex CitationQueryEngine"
MISSING = (
    "LlamaIndex is not installed. Install it with .venv/bin/pip install -c constraints.txt -e '.[bench]', "
    "or leave the peer out with --skip peer."
)

# A text that says, anywhere, that the sources do not tell counts as a refusal: generous, as it may go on to answer.
_REFUSAL = re.compile(
    r"\b(?:do|does|did|is|are|was|were|has|have|can|could)(?:\s+not|n['’]t)\s+(?:\w+\s+){0,3}?"
    r"(?:mention|provid|contain|state|specif|indicat|say|said|give|tell|told|includ|discuss|address|answer|know|report"
    r"|available|enough|sufficient|clear|support|directly|determin|found|find|list|name|cover|relate|refer|helpful)"
    r"|\bcannot\b|\bunable to\b|\bunknown\b|\bunclear\b|\bnot (?:mentioned|stated|provided|specified|given|available)\b"
    r"|\bno (?:\w+\s+){0,3}?(?:information|mention|sources?|details?|evidence|data|indication|answer|record|reference)"
    r"|\bnone of the\b|\bnothing (?:in|about)\b|\bneither (?:of )?(?:the )?sources?\b|\bnot (?:\w+\s+)?helpful\b",
    re.IGNORECASE,
)
_SIDES = (("yes",), ("no",))


class Peer:
    """A running peer. Not for two threads at once."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, known: KnownQuestion, now: Callable[[], float] = time.perf_counter) -> Asked:
        """The question alone: the engine knows neither a conversation nor a day. Raises RuntimeError."""
        assert self._process.stdin is not None
        began, first = now(), None
        self._process.stdin.write(json.dumps(known.question) + "\n")
        self._process.stdin.flush()
        told = self.next("token", "answer")
        if told["event"] == "token":
            first, told = 1000 * (now() - began), self.next("answer")
        total = 1000 * (now() - began)
        return Asked(
            known=known,
            outcome=judge_text(known, told["text"]),
            evidence_ms=None,
            first_token_ms=first,
            first_sentence_ms=None,
            total_ms=total,
            stages_ms=with_other(told["stages_ms"], total),
            uncached_tokens=told["uncached_tokens"],
            completion_tokens=told["completion_tokens"],
            text=told["text"],
        )

    def next(self, *events: str) -> dict[str, Any]:
        """What it tells next of these. Raises RuntimeError where it ends instead."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told: dict[str, Any] = json.loads(line)
            if told["event"] in events:
                return told
        raise RuntimeError(f"{NAME} ended with code {self._process.wait()}; see its log")


@contextmanager
def running(model: Path, articles: Path, log: Path) -> Iterator[Peer]:
    """The peer's process, ready for questions. ``log`` gets what it writes to stderr. Raises RuntimeError."""
    if importlib.util.find_spec("llama_index") is None:
        raise RuntimeError(MISSING)
    command = [sys.executable, "-m", "eval.speed.llamaindex", str(model), str(articles)]
    with log.open("a", encoding="utf-8") as sink:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=sink, encoding="utf-8"
        )
        try:
            peer = Peer(process)
            peer.next("ready")
            yield peer
        finally:
            stop(process)


def says_it_does_not_know(text: str) -> bool:
    return _REFUSAL.search(text) is not None or not text.strip()


def judge_text(known: KnownQuestion, text: str) -> Outcome:
    """A plain text by the rules for answers, as far as they apply, in doubt in its favour.

    Of an answerable question the expected words must be there and none of the forbidden ones, of a disputed one all
    the values; that the text also doubts its sources, or does not say that they disagree, is forgiven. A bare Yes or No
    is not asked for, but the text must not begin with the other one. An unanswerable question is refused by any text
    that says that the sources do not tell.
    """
    said = without_markers(text)
    refused = says_it_does_not_know(said)
    if known.expect == "not_found":
        why = None if refused else "answered, though the articles don't say"
    else:
        why = _why_wrong(known, said, refused)
    status = "not_found" if refused and (why or not known.answerable) else "answered"
    return Outcome(known.id, known.expect, status, why is None, tags=known.tags, why=why)


def _why_wrong(known: KnownQuestion, said: str, refused: bool) -> str | None:
    groups = [*known.must_contain, *known.conflict_values]
    wanted = [group for group in groups if group not in _SIDES]
    missing = [group for group in wanted if not matches_any(group, said)]
    if missing or (refused and not wanted):
        return "lacks what is expected"
    for side, other in (_SIDES, _SIDES[::-1]):
        if side in groups and matches(other[0], said[: len(other[0]) + 1]):
            return f"says {other[0]}"
    forbidden = [wrong for wrong in known.must_not_contain if matches(wrong, said)]
    return f"says {forbidden[0]!r}" if forbidden else None
