"""What the doors for OpenAI's clients accept: chat completions and responses.

Settings of a writing model (``temperature``, ``max_tokens``, ``stop``, ``seed`` and the like) are accepted and ignored,
as is the model's name: answers are checked, and the same question always gets the same one. What would change the form
of the answer, so that ignoring it would mislead whoever asks, is refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from rag.errors import InputError
from rag.http.api_models import MAX_TURNS, Filtered, checked_question
from rag.types import Filter, Message, Question

_FILTERS = ("as_of", "since", "until")
_TEXT_PARTS = ("text", "input_text", "output_text")
_ASIDE = ("system", "developer")  # how an answer comes about is not for a message to change


class UnusableError(InputError):
    """A request that can't be served as asked; ``param`` is the field that is in the way."""

    def __init__(self, message: str, hint: str, param: str) -> None:
        super().__init__(message, hint)
        self.param = param


class ChatMessage(BaseModel):
    """One message; its content is text, or a list of parts."""

    model_config = ConfigDict(extra="allow")

    role: str = ""
    content: str | list[dict[str, Any]] | None = None

    def text(self) -> str:
        """Its words, those of all text parts."""
        if isinstance(self.content, str):
            return self.content
        parts = (part for part in self.content or () if part.get("type") in _TEXT_PARTS)
        return "\n".join(str(part.get("text") or "") for part in parts)

    def others(self) -> list[str]:
        """The kinds of its parts that are no text: images, sound, files."""
        parts = self.content if isinstance(self.content, list) else ()
        return [str(part.get("type")) for part in parts if part.get("type") not in _TEXT_PARTS]


class _Request(BaseModel):
    """What both have in common. ``copydesk`` (``extra_body`` of the client) says which articles may be used; so may
    ``metadata``, whose values are text."""

    model_config = ConfigDict(extra="allow")

    model: str = ""
    stream: bool = False
    copydesk: Filtered | None = None
    metadata: dict[str, Any] | None = None

    def filter(self) -> Filter:
        """Raises InputError for a bad filter, with the field's name."""
        given = _from_metadata(self.metadata or {})
        if self.copydesk is not None:
            given |= self.copydesk.model_dump(exclude_unset=True)
        try:
            return Filtered.model_validate(given).filter()
        except ValidationError as error:  # of the metadata: ``copydesk`` itself has been read
            first = error.errors()[0]
            raise UnusableError(
                f"metadata.{first['loc'][0]}: {first['msg']}.", "Write dates as YYYY-MM-DD.", "metadata"
            ) from error


class ChatRequest(_Request):
    """``POST /v1/chat/completions``."""

    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=2 * MAX_TURNS)]
    stream_options: dict[str, Any] | None = None

    def to_question(self, max_chars: int) -> Question:
        """The last message is the question, the user's and assistant's before it are the history.

        Raises InputError when there is no question in it, or something is asked for that can't be given.
        """
        extra = self.model_extra or {}
        _refuse_tools(extra)
        if (extra.get("n") or 1) != 1:
            raise UnusableError(
                "One answer is given to a question; the same one each time.", "Leave out `n`, or set it to 1.", "n"
            )
        _refuse_form(extra.get("response_format"), "response_format")
        if extra.get("logprobs") or extra.get("top_logprobs"):
            raise UnusableError("There are no log-probabilities to tell.", "Leave out `logprobs`.", "logprobs")
        if extra.get("modalities") not in (None, [], ["text"]):
            raise UnusableError("Answers are text.", "Leave out `modalities`.", "modalities")
        return _question(self.messages, max_chars, self.filter(), "messages")


def _as_turns(given: Any) -> Any:
    return [{"role": "user", "content": given}] if isinstance(given, str) else given


class ResponsesRequest(_Request):
    """``POST /v1/responses``."""

    input: Annotated[list[ChatMessage], BeforeValidator(_as_turns), Field(min_length=1, max_length=2 * MAX_TURNS)]

    def to_question(self, max_chars: int) -> Question:
        """As ``ChatRequest.to_question``."""
        extra = self.model_extra or {}
        _refuse_tools(extra)
        for name in ("previous_response_id", "conversation", "prompt"):
            if extra.get(name):
                raise UnusableError(
                    "Nothing is kept from request to request.", f"Leave out `{name}`; send all turns in `input`.", name
                )
        if extra.get("background"):
            raise UnusableError("Answers are not made in the background.", "Leave out `background`.", "background")
        text = extra.get("text")
        _refuse_form(text.get("format") if isinstance(text, Mapping) else None, "text")
        return _question(self.input, max_chars, self.filter(), "input")


def _question(turns: list[ChatMessage], max_chars: int, filter: Filter, param: str) -> Question:
    *earlier, last = [turn for turn in turns if turn.role not in _ASIDE] or [ChatMessage()]
    if last.role != "user":
        raise UnusableError("The last message is not from the user.", f"End `{param}` with the user's question.", param)
    if others := last.others():
        raise UnusableError(f"A part of the kind {others[0]!r} can't be read.", "Send the question as text.", param)
    history = tuple(
        Message("user" if turn.role == "user" else "assistant", text)
        for turn in earlier
        if turn.role in ("user", "assistant") and (text := turn.text()).strip()
    )
    return Question(checked_question(last.text(), max_chars), history, filter)


def _refuse_tools(extra: Mapping[str, Any]) -> None:
    for name in ("tools", "functions"):
        if extra.get(name):
            raise UnusableError(
                "This server answers from its archive and calls no tools.", f"Leave out `{name}`.", name
            )


def _refuse_form(form: Any, param: str) -> None:
    kind = form.get("type") if isinstance(form, Mapping) else None
    if kind not in (None, "text"):
        raise UnusableError(
            f"Answers can't be given in the form {kind!r}.",
            f"Leave out `{param}`; citations and all else are in the field `copydesk` of every answer.",
            param,
        )


def _from_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The filters among what a client notes on its request. Outlets are separated by commas, or are a JSON list."""
    found: dict[str, Any] = {name: value for name in _FILTERS if (value := metadata.get(name))}
    outlets = metadata.get("sources")
    if isinstance(outlets, str) and outlets.strip():
        try:
            listed = json.loads(outlets)
        except ValueError:
            listed = None
        found["sources"] = listed if isinstance(listed, list) else outlets.split(",")
    return found
