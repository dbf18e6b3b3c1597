"""A language model behind an OpenAI-compatible server (llama-server, Ollama, vLLM, LM Studio, OpenAI itself).

What such servers can't do is done without: ``Prompt.assistant_start`` is dropped, as most would answer it with a
turn of their own; token counts are estimates, as the vocabulary isn't known; the server keeps its own cache.
"""

from __future__ import annotations

import json
import math
import queue
import threading
from collections.abc import Generator, Mapping, Sequence
from typing import Any

from rag.errors import Cancelled, InputError, ModelError
from rag.llm.base import Cancel, ChoiceResult, Completion, Prompt
from rag.llm.text import TextStream
from rag.steps import finish

TOP = 20  # first-token log-probabilities asked for, as many as OpenAI gives
SURE = 0.98  # probability of an option that the model named, where the server tells no probabilities
_STOP = object()
_END = object()


class OpenAICompatible:
    """Talks to ``<url>/v1/chat/completions``; ``url`` may end in /v1 or not. Nothing is sent before the first call."""

    def __init__(
        self,
        url: str,
        *,
        model: str | None = None,
        key: str | None = None,
        timeout: float = 120.0,
        transport: Any = None,
    ) -> None:
        """``model`` None takes the first one the server lists. ``timeout`` is seconds without a sign of life.

        ``transport`` is httpx's, for tests. Raises InputError when ``url`` is no http(s) URL.
        """
        import httpx

        url = url.strip().rstrip("/")
        try:
            parts = httpx.URL(url)
        except httpx.InvalidURL as problem:
            raise InputError(f"COPYDESK_LLM_URL is no URL: {problem}.", "Set it to http://host:port/v1.") from problem
        if parts.scheme not in ("http", "https") or not parts.host:
            raise InputError(f"COPYDESK_LLM_URL is {url!r}, no http URL.", "Set it to http://host:port/v1.")
        self._shown_url = str(parts.copy_with(userinfo=b""))
        self._base = url if url.endswith("/v1") else url + "/v1"
        self._model = model
        self._client = httpx.Client(
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx.Timeout(timeout, connect=5.0),
            transport=transport,
        )
        self._tells_logprobs = True  # until the server refuses to

    @property
    def name(self) -> str:
        return self._model or self._shown_url

    def count(self, text: str) -> int:
        """About four characters a token, as in English."""
        return math.ceil(len(text) / 4)

    def warm(self, prompt: Prompt) -> None:
        """Nothing: the server keeps its own cache."""

    def stream(
        self, prompt: Prompt, *, max_tokens: int, stop: Sequence[str] = (), cancel: Cancel | None = None
    ) -> Generator[str, None, Completion]:
        return (yield from self._reply(_messages(prompt), max_tokens, stop, cancel or Cancel()))

    def choice(self, prompt: Prompt, options: Sequence[str], *, cancel: Cancel | None = None) -> ChoiceResult:
        """From the first token's log-probabilities where the server gives them and an option is among the likeliest.

        Otherwise the model is asked to reply with one of the options: the one it names gets the probability .98, the
        others share the rest; all are equal when it names none.
        """
        if len(options) < 2 or len(set(options)) < len(options):
            raise ValueError("a choice takes two or more different options")
        cancel = cancel or Cancel()
        messages = _messages(prompt)
        done = finish(self._reply(messages, 1, (), cancel)) if self._tells_logprobs else None
        scores = _option_scores(options, done.first_token_logprobs or {}) if done else None
        if done is None or scores is None:
            listed = " or ".join(f'"{option.strip()}"' for option in options)
            messages[-1]["content"] += f"\n\nReply with {listed} and nothing else."
            done = finish(self._reply(messages, 12, (), cancel))
            scores = _named_option(options, done.text)
        return ChoiceResult(tuple(options), scores, done.prompt_tokens, done.cached_tokens)

    def close(self) -> None:
        self._client.close()

    # --- HTTP ---

    def _reply(
        self, messages: list[dict[str, str]], max_tokens: int, stop: Sequence[str], cancel: Cancel
    ) -> Generator[str, None, Completion]:
        if cancel.is_set():
            raise Cancelled
        body: dict[str, Any] = {
            "model": self._model_name(),
            "messages": messages,
            "max_tokens": max_tokens,
            "temperature": 0,
            "seed": 0,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if stop:
            body["stop"] = list(stop)[:4]  # OpenAI takes no more; all are looked for below
        if self._tells_logprobs:
            body |= {"logprobs": True, "top_logprobs": TOP}
        text = TextStream(stop)
        shown, chunks = "", 0
        usage: Mapping[str, Any] = {}
        first: dict[str, float] | None = None
        events = self._events(body, cancel)
        try:
            for event in events:
                usage = event.get("usage") or usage
                for choice in event.get("choices") or ():
                    content = (choice.get("delta") or {}).get("content") or ""
                    chunks += bool(content)
                    first = first or _first_token(choice)
                    if piece := text.feed(content.encode("utf-8", "replace")):
                        shown += piece
                        yield piece
                if text.stopped:
                    break
        except (AttributeError, TypeError, ValueError) as problem:  # JSON of another shape
            raise self._nonsense(str(problem)) from problem
        finally:
            events.close()
        if piece := text.finish():
            shown += piece
            yield piece
        details = usage.get("prompt_tokens_details") or {}
        return Completion(
            shown,
            int(usage.get("prompt_tokens") or sum(self.count(m["content"]) for m in messages)),
            int(details.get("cached_tokens") or 0),
            int(usage.get("completion_tokens") or chunks),
            first,
        )

    def _events(self, body: dict[str, Any], cancel: Cancel) -> Generator[Any, None, None]:
        """The server's events as parsed JSON.

        The connection is read on a thread of its own, since a blocked read can't be interrupted: a stop is heard at
        once, and the connection closed at the server's next sign of life.
        """
        told: queue.SimpleQueue[Any] = queue.SimpleQueue()
        left = threading.Event()
        threading.Thread(target=self._pump, args=(body, told, left), name="copydesk-llm-http", daemon=True).start()
        try:
            with cancel.watching(lambda: told.put(_STOP)):
                while (item := told.get()) is not _END:
                    if item is _STOP:
                        raise Cancelled
                    if isinstance(item, ModelError):
                        raise item
                    event = self._parsed(item)
                    if event is not None:
                        yield event
        finally:
            left.set()

    def _pump(self, body: dict[str, Any], told: queue.SimpleQueue[Any], left: threading.Event) -> None:
        import httpx

        try:
            with self._client.stream("POST", f"{self._base}/chat/completions", json=body) as response:
                if response.status_code in (400, 422) and "logprobs" in body:
                    response.read()
                    self._tells_logprobs = False
                    rest = {k: v for k, v in body.items() if k not in ("logprobs", "top_logprobs")}
                    self._pump(rest, told, left)
                elif response.status_code >= 400:
                    response.read()
                    told.put(self._refused(response.status_code, response.text))
                else:
                    for line in response.iter_lines():
                        if left.is_set():
                            return
                        told.put(line)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, RuntimeError) as problem:
            # RuntimeError: the client was closed meanwhile
            told.put(self._unreachable(problem))
        finally:
            told.put(_END)

    def _parsed(self, line: str) -> Any:
        """The JSON of a server-sent event's line; None for lines without. Raises ModelError."""
        line = line.strip()
        if not line or line.startswith((":", "event:", "id:", "retry:")) or line == "data: [DONE]":
            return None
        if not line.startswith("data:"):
            raise self._nonsense(line[:80])
        try:
            event = json.loads(line[5:])
        except ValueError as problem:
            raise self._nonsense(line[:80]) from problem
        if isinstance(event, dict) and event.get("error"):
            raise self._refused(500, line[5:])
        return event

    def _model_name(self) -> str:
        """The configured model, else the first that the server lists."""
        if self._model is None:
            import httpx

            try:
                response = self._client.get(f"{self._base}/models", timeout=10.0)
                if response.status_code >= 400:
                    raise self._refused(response.status_code, response.text)
                self._model = str(response.json()["data"][0]["id"])
            except httpx.HTTPError as problem:
                raise self._unreachable(problem) from problem
            except (ValueError, KeyError, IndexError, TypeError) as problem:
                raise ModelError(
                    f"The server at {self._shown_url} lists no model.", "Name one with COPYDESK_LLM_MODEL."
                ) from problem
        return self._model

    # --- errors ---

    def _unreachable(self, problem: Exception) -> ModelError:
        import httpx

        what = "does not answer in time" if isinstance(problem, httpx.TimeoutException) else "can't be reached"
        return ModelError(
            f"The language model's server at {self._shown_url} {what} ({problem or type(problem).__name__}).",
            "Start it, or correct COPYDESK_LLM_URL.",
        )

    def _nonsense(self, what: str) -> ModelError:
        return ModelError(
            f"The server at {self._shown_url} does not answer as an OpenAI-compatible one does ({what!r}).",
            "Check COPYDESK_LLM_URL.",
        )

    def _refused(self, status: int, body: str) -> ModelError:
        said = _error_text(body)
        if status in (401, 403):
            return ModelError(
                f"The server at {self._shown_url} does not accept the key ({said}).", "Check COPYDESK_LLM_KEY."
            )
        if status == 404:
            return ModelError(
                f"The server at {self._shown_url} knows no model {self._model!r}, or no such address ({said}).",
                "Check COPYDESK_LLM_MODEL and COPYDESK_LLM_URL.",
            )
        if status == 429:
            return ModelError(f"The server at {self._shown_url} takes no more questions ({said}).", "Try again later.")
        return ModelError(f"The server at {self._shown_url} failed with {status} ({said}).", "See its log.")


def _messages(prompt: Prompt) -> list[dict[str, str]]:
    return [{"role": message.role, "content": message.content} for message in prompt.messages]


def _first_token(choice: Mapping[str, Any]) -> dict[str, float] | None:
    """Text -> log-probability of the likeliest tokens, from a chunk that has them."""
    content = (choice.get("logprobs") or {}).get("content") or ()
    for token in content:
        top = token.get("top_logprobs") or [token]
        return {str(entry["token"]): float(entry["logprob"]) for entry in top if "logprob" in entry} or None
    return None


def _option_scores(options: Sequence[str], first: Mapping[str, float]) -> tuple[float, ...] | None:
    """Log-probability of each option by the likeliest token it begins with; None when no option is among them.

    An option that is not gets what is left over of the probability at most.
    """
    left = math.log(max(1e-6, 1 - sum(math.exp(value) for value in first.values())))
    found = [
        max((value for token, value in first.items() if _begins(option, token)), default=None) for option in options
    ]
    if all(value is None for value in found):
        return None
    floor = min([left, *first.values()])
    return tuple(floor if value is None else value for value in found)


def _begins(option: str, token: str) -> bool:
    return bool(token.strip()) and option.strip().startswith(token.strip())


def _named_option(options: Sequence[str], reply: str) -> tuple[float, ...]:
    said = reply.strip().strip("\"'`.*!").casefold()
    named = [i for i, option in enumerate(options) if said.startswith(option.strip().casefold())]
    if not named:
        return tuple(math.log(1 / len(options)) for _ in options)
    best = max(named, key=lambda i: len(options[i]))
    rest = (1 - SURE) / (len(options) - 1)
    return tuple(math.log(SURE if i == best else rest) for i in range(len(options)))


def _error_text(body: str) -> str:
    try:
        error = json.loads(body)["error"]
        said = error["message"] if isinstance(error, dict) else error
    except (ValueError, KeyError, TypeError):
        said = body
    return " ".join(str(said).split())[:200] or "without saying why"
