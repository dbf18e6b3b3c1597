"""How fast replies are written, beside plain greedy decoding, and whether they still say the same.

    python -m eval.speed.decoding                  all questions on the seeds
    python -m eval.speed.decoding --limit 30       some of them, spread over the set
    python -m eval.speed.decoding --set invented   another set

Each reply that an answer takes is written twice from the same prompt, one right after the other, in turns first: by the
model with fast writing, and by the same file without a second copy of the weights and guesses. Only writing is
timed: from the first piece of text to the last. Where the texts differ, the question is asked once more with the plain
replies and both answers are judged. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.bench import report as telling
from eval.choices import ARTICLES, HERE
from eval.judge import judge
from eval.known import KnownQuestion, load
from eval.machine import describe
from eval.speed.asking import spread
from rag.archive import Archive
from rag.config import Settings, load_settings
from rag.errors import CopydeskError, ModelError
from rag.llm import load_llm
from rag.llm.base import LLM, Cancel, ChoiceResult, Completion, Prompt
from rag.llm.llama_cpp import LlamaCpp
from rag.models import resolve_llm
from rag.pipeline import Copydesk

LEAST = 5  # tokens in a reply whose rate means something


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply written both ways: tokens a second after the first piece, and whether the texts are the same."""

    ours: float
    plain: float
    tokens: int
    same: bool


class Both:
    """A model that writes each reply twice, with ``ours`` and with ``plain``, and answers with ``ours``.

    ``replies`` holds what came of it; ``only_plain`` makes it answer with the plain replies and time nothing.
    """

    def __init__(self, ours: LLM, plain: LLM) -> None:
        self._ours, self._plain = ours, plain
        self.name = ours.name
        self.replies: list[Reply] = []
        self.only_plain = False

    def count(self, text: str) -> int:
        return self._ours.count(text)

    def warm(self, prompt: Prompt) -> None:
        self._ours.warm(prompt)
        self._plain.warm(prompt)

    def choice(self, prompt: Prompt, options: Sequence[str], *, cancel: Cancel | None = None) -> ChoiceResult:
        return self._ours.choice(prompt, options, cancel=cancel)

    def stream(
        self, prompt: Prompt, *, max_tokens: int, stop: Sequence[str] = (), cancel: Cancel | None = None
    ) -> Generator[str, None, Completion]:
        models = {"plain": self._plain} if self.only_plain else {"ours": self._ours, "plain": self._plain}
        order = list(models) if len(self.replies) % 2 else list(models)[::-1]
        done: dict[str, tuple[Completion, float]] = {}
        for name in order:
            done[name] = _timed(models[name].stream(prompt, max_tokens=max_tokens, stop=stop, cancel=cancel))
        wanted = done["plain" if self.only_plain else "ours"][0]
        if not self.only_plain:
            (ours, quick), (plain, slow) = done["ours"], done["plain"]
            rates = (
                (ours.completion_tokens - 1) / max(quick, 1e-9),
                (plain.completion_tokens - 1) / max(slow, 1e-9),
            )
            self.replies.append(Reply(*rates, ours.completion_tokens, ours.text == plain.text))
        yield wanted.text
        return wanted

    def close(self) -> None:
        self._ours.close()
        self._plain.close()


def _timed(pieces: Generator[str, None, Completion]) -> tuple[Completion, float]:
    """The reply, and the seconds from its first piece to its end."""
    first = None
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            done: Completion = end.value
            return done, time.perf_counter() - (first or time.perf_counter())
        first = first or time.perf_counter()


def summary(replies: Sequence[Reply], right: int, right_plain: int) -> dict[str, Any]:
    """Medians over replies of at least ``LEAST`` tokens; ``total_ratio`` is of all their tokens and seconds.

    ``right`` and ``right_plain``: of the questions whose replies differ, how many were answered right.
    """
    long = [reply for reply in replies if reply.tokens >= LEAST]
    if not long:
        raise ModelError("No reply was long enough to be timed.", "Take more questions.")
    seconds = [sum((r.tokens - 1) / rate(r) for r in long) for rate in (lambda r: r.ours, lambda r: r.plain)]
    return {
        "ratio": round(statistics.median(reply.ours / reply.plain for reply in long), 3),
        "total_ratio": round(seconds[1] / seconds[0], 3),
        "tokens_s": round(statistics.median(reply.ours for reply in long), 1),
        "plain_tokens_s": round(statistics.median(reply.plain for reply in long), 1),
        "replies": len(replies),
        "timed": len(long),
        "differ": sum(not reply.same for reply in replies),
        "right_where_differ": right,
        "plain_right_where_differ": right_plain,
    }


def measure(questions: Sequence[KnownQuestion], articles: Path, settings: Settings) -> dict[str, Any]:
    path = resolve_llm(settings)
    ours = load_llm(settings)
    if path is None or not isinstance(ours, LlamaCpp):
        raise ModelError("Only a local language model can be measured.", "Unset COPYDESK_LLM and COPYDESK_LLM_URL.")
    both = Both(ours, LlamaCpp(path, n_ctx=settings.n_ctx, n_threads=settings.n_threads))
    tell = telling.Teller()
    right = right_plain = 0
    with closing(both), Archive.open(settings, write=True) as archive:
        archive.ingest([articles])
        with Copydesk.open(settings, embedder=archive.embedder, llm=both) as desk:
            desk.warm()
            for done, known in enumerate(questions):
                tell("questions", done, len(questions))
                before = len(both.replies)
                answer = desk.ask(known.question, history=known.history, as_of=known.as_of)
                if all(reply.same for reply in both.replies[before:]):
                    continue
                both.only_plain = True
                other = desk.ask(known.question, history=known.history, as_of=known.as_of)
                both.only_plain = False
                right += judge(known, answer).correct
                right_plain += judge(known, other).correct
    return {"machine": describe(), "model": path.stem, **summary(both.replies, right, right_plain)}


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.speed.decoding", description="Time how replies are written.")
    parser.add_argument("--set", choices=sorted(ARTICLES), default="seeds", help="known questions (default: seeds)")
    parser.add_argument("--limit", type=int, metavar="N", help="only N of them")
    options = parser.parse_args(argv)
    questions = spread(load(HERE / "questions" / f"{options.set}.jsonl"), options.limit)
    with tempfile.TemporaryDirectory(prefix="copydesk-speed-") as folder:
        try:
            settings = load_settings(archive_dir=Path(folder) / "archive", fast_writing=True)
            found = measure(questions, ARTICLES[options.set], settings)
        except CopydeskError as error:
            telling.warn(f"Error: {error}")
            return 2
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
