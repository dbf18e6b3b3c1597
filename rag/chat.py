"""``copydesk chat``: one question after another in the terminal, follow-ups included."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

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
            answer = _ask(desk, console, Question(line, tuple(history[-KEPT_TURNS:]), filter), verbose)
            if answer:
                last = answer
                said = answer.text or answer.notice or answer.status
                history += [Message("user", line), Message("assistant", said)]


def _ask(desk: Desk, console: Console, question: Question, verbose: bool) -> Answer | None:
    cancel = Cancel()
    try:
        with stopping(cancel):
            answer = show.follow(console, desk.stream(question, cancel))
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
def stopping(cancel: Cancel) -> Iterator[None]:
    """Within the block Ctrl-C presses ``cancel`` before it raises KeyboardInterrupt, so that no cleanup on the way
    out waits for a model that nobody told to stop."""
    if threading.current_thread() is not threading.main_thread():  # only the main thread may set handlers
        yield
        return

    def press(number: int, frame: Any) -> None:
        cancel.set()
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, press)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _line_editing() -> None:
    """Arrow keys and a history of lines at the prompt, where Python came with readline."""
    try:
        import readline  # noqa: F401 (importing it is what switches it on)
    except ImportError:
        return
