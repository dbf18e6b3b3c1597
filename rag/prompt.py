"""Prompt files: front matter (id, version, variables) and one section per message, rendered to an ``LLM`` prompt.

A prompt file's sections are ``# system``, ``# user`` and ``# assistant``. The last ``# user`` section is the one that
asks and holds ``{variables}``. Everything before it is the same for every question (rules and worked examples), so
that the model's state for it is kept. A file that ``extends`` another begins with that one's rules and examples, so
that both share the state, and the evidence after it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Literal, cast

from rag.llm.base import Prompt
from rag.text.quantities import MONTHS
from rag.types import Message, SourceSentence

_MONTH_NAMES = MONTHS.split("|")[:12]
_HEADING = re.compile(r"^# (system|user|assistant)[ \t]*$", re.MULTILINE)
_VARIABLE = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Template:
    """A prompt file as read. ``fixed`` are the messages that never change, ``asking`` those with variables."""

    id: str
    version: int
    variables: tuple[str, ...]
    fixed: tuple[Message, ...]
    asking: tuple[Message, ...]
    extends: str | None = None

    @property
    def label(self) -> str:
        return f"{self.id}@{self.version}"


@cache
def load(name: str) -> Template:
    """The prompt file ``prompts/<name>.md``. Raises ValueError when it is malformed: that is a packaging fault."""
    template = parse((files("prompts") / f"{name}.md").read_text(encoding="utf-8"))
    if template.extends is None:
        return template
    return replace(template, fixed=load(template.extends).fixed + template.fixed)


def parse(text: str) -> Template:
    """Read a prompt file's text. Raises ValueError when the front matter lacks something, or the text is not sections,
    or the variables are not those declared."""
    head = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    if not head:
        raise ValueError("a prompt file begins with front matter between two lines of ---")
    pairs = (line.split(":", 1) for line in head.group(1).splitlines() if ":" in line)
    meta = {key.strip(): value.strip() for key, value in pairs}
    if missing := {"id", "version", "variables"} - meta.keys():
        raise ValueError(f"a prompt's front matter lacks {', '.join(sorted(missing))}")
    variables = tuple(meta["variables"].replace(",", " ").split())
    parts = _HEADING.split(text[head.end() :])
    if parts[0].strip() or len(parts) == 1:
        raise ValueError(f"prompt {meta['id']}: every text stands under # system, # user or # assistant")
    messages = [
        Message(cast(Literal["system", "user", "assistant"], role), body.strip())
        for role, body in zip(parts[1::2], parts[2::2], strict=True)
    ]
    first = next((i for i, m in enumerate(messages) if _VARIABLE.search(m.content)), len(messages))
    used = {name for m in messages for name in _VARIABLE.findall(m.content)}
    if used != set(variables):
        raise ValueError(f"prompt {meta['id']}: declared {sorted(variables)}, used {sorted(used)}")
    fixed, asking = tuple(messages[:first]), tuple(messages[first:])
    return Template(meta["id"], int(meta["version"]), variables, fixed, asking, meta.get("extends"))


def render(template: Template, values: Mapping[str, str]) -> Prompt:
    """The prompt with its variables filled in, in one pass: a value's own braces stay as they are."""
    asking = tuple(
        Message(m.role, _VARIABLE.sub(lambda found: values[found.group(1)], m.content)) for m in template.asking
    )
    return Prompt(template.fixed + asking, prefix_messages=len(template.fixed))


def fixed(template: Template) -> Prompt:
    """Only what is the same for every question, for computing it ahead."""
    return Prompt(template.fixed, prefix_messages=len(template.fixed))


def evidence_block(chosen: Sequence[SourceSentence]) -> str:
    """The chosen sentences as the model sees them: a line per article, headed by its date; gaps marked.

    The model never sees source numbers: citations are assigned by code.
    """
    lines: list[str] = []
    previous: SourceSentence | None = None
    for sentence in chosen:
        text = " ".join(sentence.text.split())
        if previous is None or previous.article.id != sentence.article.id:
            lines.append(f"{_head(sentence.article.published_at)}: {text}")
        else:
            lines[-1] += f" {text}"
        previous = sentence
    return "\n".join(lines)


def _head(date: str | None) -> str:
    """What a line of evidence begins with. "5 March 2019" takes 7 tokens, "Report of 2019-03-05" 13."""
    if date is None:
        return "Report"
    year, month, day = date.split("-")
    return f"{int(day)} {_MONTH_NAMES[int(month) - 1]} {year}"
