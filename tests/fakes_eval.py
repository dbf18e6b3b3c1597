"""A desk that answers known questions from a script, and builders for short Answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from rag.types import (
    Answer,
    AnswerSentence,
    Citation,
    Conflict,
    ConflictValue,
    Message,
    ModelInfo,
    Retrieved,
    Stages,
    Timings,
    Usage,
    Withheld,
)


def answer(
    text: str = "",
    *quotes: tuple[str, str],
    status: str = "answered",
    reason: str | None = None,
    values: Sequence[str] = (),
    kind: str = "disputed",
    published_at: str | None = "2019-03-05",
    retrieved: Sequence[str] = (),
    first_token: float | None = 900.0,
    total: float | None = 2000.0,
    withheld: Sequence[Withheld] = (),
    also_in: tuple[str, ...] = (),
) -> Answer:
    """One sentence ``text`` citing each (article id, quote); nothing shown where ``text`` is empty."""
    citations = tuple(
        Citation(
            n, article_id, f"p{n}", None, "Coast Post", published_at, "metadata", quote, 0, len(quote), None, also_in
        )
        for n, (article_id, quote) in enumerate(quotes, 1)
    )
    marked = text + "".join(f"[{c.n}]" for c in citations)
    found = tuple(ConflictValue(v, None, None, None, "a", None, v) for v in values)
    return Answer(
        question="?",
        standalone_question="?",
        status=status,  # type: ignore[arg-type]
        reason=reason,
        notice=None,
        text=marked if text else "",
        sentences=(AnswerSentence(text, tuple(c.n for c in citations), 0.9),) if text else (),
        citations=citations,
        conflicts=(Conflict("houses", kind, found),) if found else (),  # type: ignore[arg-type]
        withheld=tuple(withheld),
        retrieved=tuple(
            Retrieved(f"p-{a}", a, None, None, None, "unknown", "text", 0, 4, 0.1, {"dense": 1}) for a in retrieved
        ),
        timings_ms=Timings(first_token=first_token, total=total),
        stages_ms=Stages(),
        usage=Usage(),
        model=ModelInfo("scripted", "keywords", "answer@1"),
    )


class ScriptedDesk:
    """Plays an Answer, or raises an error, for each question; remembers what it was asked."""

    def __init__(self, script: Mapping[str, Answer | BaseException], llm_problem: str | None = None) -> None:
        self.script = script
        self.llm_problem = llm_problem
        self.asked: list[tuple[str, tuple[Message, ...], str | None]] = []
        self.warmed = 0

    def warm(self) -> None:
        self.warmed += 1

    def ask(self, question: str, *, history: Sequence[Message] = (), as_of: str | None = None) -> Answer:
        self.asked.append((question, tuple(history), as_of))
        played = self.script.get(question) or answer(status="not_found", reason="no_evidence", first_token=None)
        if isinstance(played, BaseException):
            raise played
        return played

    def opener(self) -> Callable[[Path], AbstractContextManager[ScriptedDesk]]:
        @contextmanager
        def open_desk(articles: Path) -> Iterator[ScriptedDesk]:
            yield self

        return open_desk
