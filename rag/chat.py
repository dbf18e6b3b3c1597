"""``copydesk chat``: one question after another in the terminal, follow-ups included."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Protocol

from rich.console import Console
from rich.text import Text

from rag import cli_output as show
from rag.errors import Cancelled, CopydeskError
from rag.llm.base import Cancel
from rag.terminal import one_line
from rag.types import Answer, Event, Filter, Message, Question

KEPT_TURNS = 20  # messages handed on as history

_HELP = """\
Type a question, or:
  /sources   the quotes behind the last answer
  /withheld  what the check kept from the last answer, and why
  /new       forget what was said so far
  /quit      leave (so does Ctrl-D)
Ctrl-C stops an answer."""


class Desk(Protocol):
    """What a chat needs: ``Copydesk``, or ``RemoteDesk``."""

    def stream(self, question: Question, cancel: Cancel | None = None) -> Iterator[Event]: ...


def run(
    desk: Desk,
    console: Console,
    *,
    filter: Filter = Filter(),  # noqa: B008 (it is frozen)
    verbose: bool = False,
    read: Callable[[str], str] = input,
) -> None:
    """Ask and answer until the input ends or the reader leaves. Errors are shown, and the chat goes on."""
    _line_editing()
    prompt = "> " if console.is_terminal else ""
    if console.is_terminal:
        console.print("Ask a question. /help lists the commands, Ctrl-D leaves.", style="dim")
    history: list[Message] = []
    last: Answer | None = None
    while True:
        try:
            line = read(prompt).strip()
        except EOFError:
            if console.is_terminal:
                console.print()
            return
        except KeyboardInterrupt:
            console.print("\nCtrl-D or /quit leaves.", style="dim")
            continue
        if line in ("/quit", "/exit"):
            return
        if line == "/new":
            history, last = [], None
            console.print("Starting afresh.", style="dim")
        elif line.startswith("/"):
            _command(line, last, console)
        elif line:
            answer = _ask(desk, console, Question(line, tuple(history[-KEPT_TURNS:]), filter, "terminal"), verbose)
            if answer:
                last = answer
                said = answer.text or answer.notice or answer.status
                history += [Message("user", answer.standalone_question or line), Message("assistant", said)]


def _ask(desk: Desk, console: Console, question: Question, verbose: bool) -> Answer | None:
    cancel = Cancel()
    try:
        with interruptible(desk.stream(question, cancel), cancel) as events:
            answer = show.follow(console, events)
    except (KeyboardInterrupt, Cancelled):
        console.print("Stopped.", style="dim")
        return None
    except CopydeskError as error:
        show.error(console, error)
        return None
    show.answer(console, answer, verbose=verbose, quotes=False)
    console.print()
    return answer


def _command(line: str, last: Answer | None, console: Console) -> None:
    if line == "/help":
        console.print(_HELP)
    elif line not in ("/sources", "/withheld"):
        console.print(Text(f"There is no command {one_line(line, 40)}; /help lists them."))
    elif last is None:
        console.print("Nothing was asked yet.")
    elif line == "/sources":
        if last.citations:
            show.sources(console, last.citations)
        else:
            console.print("The last answer cites nothing.")
    elif last.withheld:
        show.withheld(console, last.withheld)
    else:
        console.print("Nothing was withheld from the last answer.")


@contextmanager
def interruptible(events: Iterator[Event], cancel: Cancel) -> Iterator[Iterator[Event]]:
    """The same events, made on a thread of their own, so that Ctrl-C strikes while this one waits and never inside a
    library. However the block is left, ``cancel`` is pressed and that thread is waited for."""
    queue: SimpleQueue[Event | None] = SimpleQueue()

    def make() -> None:
        try:
            for event in events:
                queue.put(event)
        finally:
            queue.put(None)

    with ThreadPoolExecutor(1, "answer") as pool:
        made = pool.submit(make)

        def followed() -> Iterator[Event]:
            while (event := queue.get()) is not None:
                yield event
            made.result()  # raises what ended the events early

        try:
            yield followed()
        finally:
            cancel.set()


def _line_editing() -> None:
    """Arrow keys and a history of lines at the prompt, where Python came with readline."""
    try:
        import readline  # noqa: F401 (importing it is what switches it on)
    except ImportError:
        return
