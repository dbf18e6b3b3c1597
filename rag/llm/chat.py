"""A conversation as a chat template lays it out, with the text that is ours kept apart from the text that is not.

Templates put control tokens around the contents. If the whole were tokenised at once, a content holding
"<|im_end|>" would end its own message; so the template is rendered around placeholders, and the pieces it
leaves are told apart: scaffold (may hold control tokens) and content (never does).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from rag.types import Message

Render = Callable[[list[dict[str, str]], bool], str]  # messages, whether to open the assistant's turn -> text

_PLACEHOLDER = "\ue000{}\ue001"
_FIND = re.compile("\ue000([0-9]+)\ue001")


class Piece(NamedTuple):
    """A run of text; ``scaffold`` says that the template wrote it."""

    text: str
    scaffold: bool


def chatml(messages: list[dict[str, str]], open_reply: bool) -> str:
    """The layout of most small models, for those that bring no template of their own."""
    text = "".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in messages)
    return text + "<|im_start|>assistant\n" if open_reply else text


def without_system(render: Render) -> Render:
    """The same template for models that know no system role: its text goes before the first user's."""

    def folded(messages: list[dict[str, str]], open_reply: bool) -> str:
        first, rest = messages[0], messages[1:]
        if first["role"] == "system":
            text = first["content"]
            if rest and rest[0]["role"] == "user":
                text, rest = f"{text}\n\n{rest[0]['content']}", rest[1:]
            messages = [{"role": "user", "content": text}, *rest]
        return render(messages, open_reply)

    return folded


def pieces(render: Render, messages: Sequence[Message], prefix_messages: int) -> tuple[list[Piece], list[Piece]]:
    """The prompt up to the reply in two lists: the first ``prefix_messages`` messages, and the rest.

    The first list does not depend on the messages that follow. Raises ValueError when the template
    leaves out a message or refuses the roles.
    """
    whole = _rendered(render, messages, True)
    head = ""
    if prefix_messages:
        head = _rendered(render, messages[:prefix_messages], False)
        if not whole.startswith(head):  # a template that treats the last message differently
            last = _PLACEHOLDER.format(prefix_messages - 1)
            head = whole[: whole.index(last) + len(last)]
    return _split(head, messages), _split(whole[len(head) :], messages)


def _rendered(render: Render, messages: Sequence[Message], open_reply: bool) -> str:
    text = render([{"role": m.role, "content": _PLACEHOLDER.format(i)} for i, m in enumerate(messages)], open_reply)
    missing = set(range(len(messages))) - {int(n) for n in _FIND.findall(text)}
    if missing:
        raise ValueError(f"the chat template leaves out message {min(missing) + 1}")
    return text


def _split(text: str, messages: Sequence[Message]) -> list[Piece]:
    parts = _FIND.split(text)  # scaffold, number, scaffold, number, ..., scaffold
    found = [Piece(messages[int(part)].content, False) if i % 2 else Piece(part, True) for i, part in enumerate(parts)]
    return [piece for piece in found if piece.text]
