"""One question with its answer as HTML. Pure functions of the contract's JSON; no text becomes markup."""

from __future__ import annotations

from rag.text.sentences import split
from ui.ask import chips, panel, scope, status, values
from ui.ask.details import footer
from ui.ask.draft import Draft
from ui.bricks import Json, esc

LONG_QUESTION = 280  # characters, from which on it is set smaller, and scrolls when it is very long


def turn(draft: Draft, number: int, *, tools: bool = True, kept: bool = True) -> str:
    """One question with what is known of its answer. ``number`` ties it to its section of the sources panel; without
    ``tools`` it is only to be read, as in a report; not ``kept``, as for visitors from elsewhere, nothing is offered
    that needs it to be."""
    live = ' aria-busy="true"' if draft.running else ""
    long = (
        ' class="cd-question cd-long" tabindex="0"' if len(draft.question) > LONG_QUESTION else ' class="cd-question"'
    )
    return (
        f'<article class="cd-turn" data-turn="{number}" data-id="{esc(draft.id)}" data-phase="{draft.phase}"{live}>'
        f'<h2{long} dir="auto">{esc(draft.question)}</h2>'
        f"{_scope(draft)}{status.banner(draft)}{_searched(draft, tools=tools)}"
        f'<div class="cd-answer" dir="auto">{_said(draft, number)}{_peek(draft)}</div>'
        f"{status.next_steps(draft) if tools else ''}{footer(draft, number, tools=tools, kept=kept)}</article>"
    )


def _scope(draft: Draft) -> str:
    said = scope.said(draft.filter)
    return f'<p class="cd-asked-of" dir="auto">{esc(said)}</p>' if said else ""


def _searched(draft: Draft, *, tools: bool) -> str:
    """What was searched where that is not what was asked, and the way back to the words as they were typed."""
    searched = str(draft.answer["standalone_question"]) if draft.answer else ""
    if not searched or _squeezed(searched) == _squeezed(draft.question):
        return ""
    button = '<button type="button" class="cd-plain" data-do="as-typed">Ask it as I wrote it</button>' if tools else ""
    return f'<p class="cd-searched"><span>Searched for: <q dir="auto">{esc(searched)}</q></span> {button}</p>'


def _said(draft: Draft, number: int) -> str:
    """The answer's sentences, then what they moved over; where sources disagree the values come first, for the
    sentences say the same once more."""
    text, cards = _text(draft, number), values.cards(draft, number)
    if cards and draft.answer is not None and draft.answer["status"] == "conflicting":
        return (
            f'{cards}<details class="cd-said" data-key="said"><summary>The same in sentences</summary>{text}</details>'
        )
    return text + cards


def _text(draft: Draft, number: int) -> str:
    """Each sentence with its citations below it; what is not checked yet has room for them, so that no word moves when
    it turns solid."""
    said = "".join(_sentence(sentence, draft, number) for sentence in draft.sentences)
    loose = "".join(
        f'<p class="cd-loose" title="Not checked yet">{esc(draft.loose[start:end])}</p>{chips.blank_row()}'
        for start, end in split(draft.loose)
    )
    return f'<div class="cd-text">{said}{loose}</div>' if said or loose else ""


def _sentence(sentence: Json, draft: Draft, number: int) -> str:
    cited = chips.row(sentence["citations"], draft.citations, number)
    return f'<p class="cd-checked">{esc(sentence["text"])}</p>{cited}'


def _peek(draft: Draft) -> str:
    """The best evidence, for narrow windows, where the panel is out of sight: before there are words, or in place of
    them."""
    silent = draft.answer is not None and draft.answer["status"] == "not_found"
    if draft.sentences or draft.loose or not (draft.running or silent):
        return ""
    return panel.nearest(draft.passages)


def _squeezed(text: str) -> str:
    return " ".join(text.lower().split()).rstrip("?. ")
