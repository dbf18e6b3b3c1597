"""Known questions: reading a JSON-lines file, checking it strictly, and matching expected wording in an answer."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from rag.errors import InputError
from rag.types import Message

Expect = Literal["answered", "conflicting", "not_found"]
EXPECTED: tuple[Expect, ...] = ("answered", "conflicting", "not_found")
KEYS = frozenset(
    [
        "id",
        "question",
        "history",
        "expect",
        "as_of",
        "must_contain",
        "must_not_contain",
        "gold_sources",
        "conflict_values",
        "tags",
    ]
)
REQUIRED = ("id", "question", "expect")


@dataclass(frozen=True, slots=True)
class KnownQuestion:
    """A question whose right answer is known.

    Each inner tuple of ``must_contain`` and ``conflict_values`` holds alternatives, one of which must be met.
    ``gold_sources`` are the ids of the articles that are fair to cite.
    """

    id: str
    question: str
    expect: Expect
    history: tuple[Message, ...] = ()
    as_of: str | None = None
    must_contain: tuple[tuple[str, ...], ...] = ()
    must_not_contain: tuple[str, ...] = ()
    gold_sources: tuple[str, ...] = ()
    conflict_values: tuple[tuple[str, ...], ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def answerable(self) -> bool:
        return self.expect != "not_found"


class Problem(NamedTuple):
    """What is wrong with one line (1-based) of a question file."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


def load(path: Path, known_sources: Collection[str] | None = None) -> list[KnownQuestion]:
    """The questions of a file, in order. Raises InputError that names every bad line."""
    questions, problems = check(path, known_sources)
    if problems:
        listed = "\n".join(f"  {problem}" for problem in problems)
        raise InputError(f"{path} has {len(problems)} bad line(s):\n{listed}\n", "Correct them and run it again.")
    if not questions:
        raise InputError(f"{path} holds no questions.", "Write one JSON object a line.")
    return questions


def check(path: Path, known_sources: Collection[str] | None = None) -> tuple[list[KnownQuestion], list[Problem]]:
    """All sound questions of a file and the problems of the others.

    ``known_sources`` are the article ids that ``gold_sources`` may name; None skips that check.
    Raises InputError where the file can't be read at all.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except FileNotFoundError:
        raise InputError(f"There is no question file {path}.", "Check the path.") from None
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8 text.", "Save it as UTF-8, one JSON object a line.") from None
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror}.", "Give a readable file.") from None
    questions: list[KnownQuestion] = []
    problems: list[Problem] = []
    first_line: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            question = _parse(line)
            if question.id in first_line:
                raise _Bad(f"id {question.id!r} stands already in line {first_line[question.id]}")
            first_line[question.id] = number
            unknown = [s for s in question.gold_sources if known_sources is not None and s not in known_sources]
            if unknown:
                raise _Bad("unknown gold source " + ", ".join(map(repr, unknown)))
        except _Bad as bad:
            problems.append(Problem(number, str(bad)))
        else:
            questions.append(question)
    return questions, problems


def matches(alternative: str, text: str) -> bool:
    """Whether ``alternative`` stands in ``text``: without case, on word boundaries, a final ``*`` for a prefix.

    A number stands only where it is the whole number: "250" is not in "1,250" and "12" not in "12,000" or "12.5".
    "1,250" and "1250" are two alternatives. Typographic quotes, dashes and spaces count as the plain ones.
    """
    return _pattern(alternative).search(_plain(text)) is not None


def matches_any(alternatives: Collection[str], text: str) -> bool:
    return any(matches(alternative, text) for alternative in alternatives)


_MARKER = re.compile(r"\s?\[\d+\]")


def without_markers(text: str) -> str:
    """The text without its citation markers, so that "[8]" never passes for the number eight."""
    return _MARKER.sub("", text)


# --- matching -------------------------------------------------------------------------------------

_SAME = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‑": "-", "‐": "-", "−": "-"})


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text.translate(_SAME)).casefold().split())


@lru_cache(maxsize=4096)
def _pattern(alternative: str) -> re.Pattern[str]:
    words = _plain(alternative.removesuffix("*"))
    before = after = ""
    if words[:1].isalnum():
        before = r"(?<!\w)"
    leading = re.match(r"\d+", words)
    if leading:
        before += r"(?<!\d\.)" + (r"(?<!\d,)" if len(leading[0]) == 3 else "")
    if not alternative.endswith("*"):
        after = r"(?!\w)"
        if words[-1:].isdigit():
            after += r"(?!\.\d|,\d{3}(?!\d))"
    return re.compile(before + re.escape(words) + after)


# --- one line -------------------------------------------------------------------------------------


class _Bad(Exception):
    """Why a line can't be used."""


def _parse(line: str) -> KnownQuestion:
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        raise _Bad(f"not JSON ({error.msg} at column {error.colno})") from None
    if not isinstance(record, dict):
        raise _Bad("not a JSON object")
    unknown = sorted(set(record) - KEYS)
    if unknown:
        raise _Bad("unknown key " + ", ".join(map(repr, unknown)))
    missing = [key for key in REQUIRED if key not in record]
    if missing:
        raise _Bad("missing key " + ", ".join(map(repr, missing)))
    if record["expect"] not in EXPECTED:
        raise _Bad(f"expect is {record['expect']!r}, not one of {', '.join(EXPECTED)}")
    question = KnownQuestion(
        id=_text(record["id"], "id"),
        question=_text(record["question"], "question"),
        expect=record["expect"],
        history=tuple(_message(turn) for turn in _list(record, "history")),
        as_of=_date(record.get("as_of")),
        must_contain=_groups(record, "must_contain"),
        must_not_contain=tuple(_alternative(item, "must_not_contain") for item in _list(record, "must_not_contain")),
        gold_sources=tuple(_text(item, "gold_sources") for item in _list(record, "gold_sources")),
        conflict_values=_groups(record, "conflict_values"),
        tags=tuple(_text(item, "tags") for item in _list(record, "tags")),
    )
    if question.expect == "conflicting" and len(question.conflict_values) < 2:
        raise _Bad("a conflicting question needs at least two conflict_values")
    if question.expect == "answered" and not question.must_contain:
        raise _Bad("an answered question needs must_contain")
    if question.answerable and not question.gold_sources:
        raise _Bad(f"a question that expects {question.expect!r} needs gold_sources")
    return question


def _list(record: dict[str, Any], key: str) -> list[Any]:
    value = record.get(key, [])
    if not isinstance(value, list):
        raise _Bad(f"{key} is not a list")
    return value


def _text(value: Any, key: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _Bad(f"{key} holds something other than non-empty text")
    return value


def _alternative(value: Any, key: str) -> str:
    text = _text(value, key)
    if not text.removesuffix("*").strip() or "*" in text[:-1]:
        raise _Bad(f"{key}: {text!r}; a * may only end a word")
    return text


def _groups(record: dict[str, Any], key: str) -> tuple[tuple[str, ...], ...]:
    groups = []
    for group in _list(record, key):
        if not isinstance(group, list) or not group:
            raise _Bad(f"each item of {key} is a non-empty list of alternatives")
        groups.append(tuple(_alternative(item, key) for item in group))
    return tuple(groups)


def _message(turn: Any) -> Message:
    if not isinstance(turn, dict) or set(turn) != {"role", "content"} or turn["role"] not in ("user", "assistant"):
        raise _Bad('each turn of history is {"role": "user" or "assistant", "content": "..."}')
    return Message(turn["role"], _text(turn["content"], "history"))


def _date(value: Any) -> str | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise _Bad(f"as_of is {value!r}, not a date like 2021-08-13") from None
