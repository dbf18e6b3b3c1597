"""Example questions drawn from the archive: each is known to have an answer, because it was asked.

Sentences of the newest articles are chosen by code; the model writes a question for each; it is kept where asking it
leads back to that sentence. Made while nobody asks, and kept in ``examples.json`` in the archive's folder.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from rag import example_checks as checks
from rag import example_text as text
from rag import example_topics, prompt
from rag.config import Settings
from rag.errors import Cancelled, CopydeskError
from rag.llm.base import Cancel, Prompt
from rag.types import Question

FILE = "examples.json"
SHOWN = 6
WANTED = 5  # made; one is left to what needs no model
DISPUTED = 1  # of them, to whose answers sources disagree
MAX_TOKENS = 40  # of a question
PAUSE = 3.0  # seconds without a question before work goes on
POLL = 0.05  # seconds until a reader's question stops it
ASKER = "examples:"


@dataclass(frozen=True, slots=True)
class Example:
    """A question, and where its answer stands: the text of which article (``content_hash``). ``status`` is the
    answer's."""

    question: str
    article_id: str
    content_hash: str
    status: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What was made so far. ``made_with`` names model and prompt; ``tried`` are digests of sentences tried before."""

    made_with: str = ""
    examples: tuple[Example, ...] = ()
    tried: tuple[str, ...] = ()


# --- what is kept ---------------------------------------------------------------------------------


def examples_of(settings: Settings, archive: Any) -> tuple[str, ...]:
    """Up to ``SHOWN`` questions to start from: those made so far, then such as need no model."""
    made = [example.question for example in read(settings.archive_dir).examples]
    with suppress(CopydeskError):  # an archive under change
        plain = example_topics.questions(text.newest(archive), SHOWN - len(made), besides=made)
        return (*made, *plain)
    return tuple(made)


def read(folder: Path) -> Kept:
    """What ``folder`` keeps; what can't be read is as good as none."""
    try:
        told = json.loads((folder / FILE).read_text(encoding="utf-8"))
        examples = tuple(Example(**{k: str(item[k]) for k in Example.__slots__}) for item in told["examples"])
        return Kept(str(told["made_with"]), examples[:WANTED], tuple(map(str, told["tried"])))
    except (OSError, ValueError, KeyError, TypeError):
        return Kept()


def write(folder: Path, kept: Kept) -> None:
    """Keep it. Raises OSError."""
    part = folder / f"{FILE}.part"
    part.write_text(json.dumps(asdict(kept), ensure_ascii=False, indent=1), encoding="utf-8")
    part.replace(folder / FILE)


# --- making them ----------------------------------------------------------------------------------


def keep_fresh(desk: Any, busy: Callable[[], bool], ending: threading.Event, every: float = 10.0) -> None:
    """Make what is missing, and again after each change of the archive, until ``ending`` is set; only while nobody is
    ``busy``. Ends at once where there is no language model."""
    done: object = None
    while desk.llm_name and not ending.is_set():
        with suppress(CopydeskError, OSError):  # nobody waits for them: an archive under change, a full disk
            now = text.state(desk.archive)
            if now != done:
                refresh(desk, busy, ending)
                done = now
        ending.wait(every)


def refresh(desk: Any, busy: Callable[[], bool], ending: threading.Event) -> Kept:
    """Drop questions whose article went or changed, and try sentences until there are ``WANTED``. Each step is kept as
    it is done. Raises CopydeskError, OSError."""
    folder: Path = desk.settings.archive_dir
    kept, found = read(folder), text.candidates(desk.archive)
    made_with = f"{desk.llm_name} {prompt.load('example_question').label} {prompt.load('answer').label}"
    if kept.made_with != made_with:
        kept = Kept(made_with)
    here = {one.article.content_hash for one in found}
    digests = {one.digest for one in found}
    current = Kept(
        made_with,
        tuple(example for example in kept.examples if example.content_hash in here),
        tuple(digest for digest in kept.tried if digest in digests),
    )
    if current != read(folder):
        write(folder, current)
    share = -(-2 * WANTED // max(1, len(here)))  # of one article
    for candidate in found:
        if len(current.examples) >= WANTED or len(current.tried) >= text.MOST:
            break
        held = [example.content_hash for example in current.examples]
        if candidate.digest in current.tried or held.count(candidate.article.content_hash) >= share:
            continue
        example, again = None, True
        while again:
            if ending.is_set():
                return current
            with suppress(Cancelled):  # a reader came in between
                example, again = attempt(desk, candidate, current.examples, busy, ending), False
        made = [example] if example else []
        current = Kept(made_with, (*current.examples, *made), (*current.tried, candidate.digest))
        write(folder, current)
    return current


def attempt(
    desk: Any, candidate: text.Candidate, others: Sequence[Example], busy: Callable[[], bool], ending: threading.Event
) -> Example | None:
    """A question for one sentence, None where it came to nothing. Raises Cancelled when a reader came in between."""
    article = candidate.article
    disputed = sum(example.status == "conflicting" for example in others)
    _until_idle(busy, ending)
    with _stopped_by(busy, ending) as cancel:
        asked = [other.question for other in others]
        for target in text.targets(candidate.text, article.text):
            if target.start and checks.one_of_many(target.start, asked):
                continue
            written = desk.reply(
                _asked(candidate, target), max_tokens=MAX_TOKENS, stop=("\n",), cancel=cancel, asker=ASKER
            )
            question = checks.accept(f"{target.start} {written}", candidate, target, asked)
            if question is None:
                continue
            answer = desk.ask(Question(question, asker=ASKER), cancel=cancel)
            one_too_many = answer.status == "conflicting" and disputed >= DISPUTED
            if checks.leads_back(answer, candidate, target) and not one_too_many:
                return Example(question, article.id, article.content_hash, answer.status)
    return None


def _asked(candidate: text.Candidate, target: text.Target) -> Prompt:
    """The prompt for one question, made to begin as the target wants it."""
    template = prompt.load("example_question")
    values = {"title": candidate.article.title or "Report", "sentence": candidate.text, "answer": target.answer}
    values["named"] = ", ".join(text.to_name(candidate, target))
    plain = {name: " ".join(value.split()) for name, value in values.items()}
    return replace(prompt.render(template, plain), assistant_start=target.start)


def _until_idle(busy: Callable[[], bool], ending: threading.Event) -> None:
    """Wait until nobody has asked for a while."""
    quiet = 0.0
    while (now := busy()) or quiet < PAUSE:
        if ending.wait(POLL):
            raise Cancelled
        quiet = 0.0 if now else quiet + POLL


@contextmanager
def _stopped_by(busy: Callable[[], bool], ending: threading.Event) -> Iterator[Cancel]:
    """A stop button that is pressed as soon as somebody asks."""
    cancel, done = Cancel(), threading.Event()

    def watch() -> None:
        while not done.wait(POLL):
            if busy() or ending.is_set():
                cancel.set()
                return

    watcher = threading.Thread(target=watch, name="examples", daemon=True)
    watcher.start()
    try:
        yield cancel
    finally:
        done.set()
        watcher.join()
