"""What a turn of a conversation asks: by code and the archive where they can tell, else for a model to write out.

A question that may stand alone is searched as it was typed when the articles spoken of don't hold what it asks, and
others do; "she" is the one whom the articles call so; where two readings fit the reader is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag import conversation, whom
from rag.fragments import asks_barely, phrase
from rag.leaning import told
from rag.text.sentences import split
from rag.text.words import content_stems
from rag.types import Hit, Message, Reason

Search = Callable[[str], Sequence[Hit]]  # passages for a query, best first
ASKED_AHEAD = 400  # characters of the last question and answer that are searched for
EXCHANGES = 3  # questions with their answers in which whoever "she" is may be named
NEAR = 3  # articles that a conversation is taken to be about, at most
HALF = 0.5  # of the words of the last question, or of its answer, that such an article holds
WINDOW = 4  # sentences that hold together what is asked, as in a passage


@dataclass(frozen=True, slots=True)
class Reading:
    """The question as it will be searched. Not ``settled``: a model has to write it out. ``unclear``: why it can't be
    searched at all."""

    question: str
    settled: bool = True
    unclear: tuple[Reason, str] | None = None


def read(question: str, history: Sequence[Message], search: Search) -> Reading:
    """How a turn is understood without a model."""
    settled = conversation.settled(question, history)
    if settled is not None:
        return Reading(settled)
    question = conversation.dated(conversation.without_thanks(question), history)
    unclear = conversation.unclear(question, history)
    if unclear:
        return Reading(question, unclear=unclear)
    names = _meant(question, history, search)
    if len(names) > 1:
        listed = " or ".join((", ".join(names[:-1]), names[-1]))
        return Reading(question, unclear=("no_evidence", f"It is not clear who is meant: {listed}. Ask with the name."))
    if names:
        question = whom.put_name(question, names[0])
        settled = conversation.settled(question, history)
        if settled is not None:
            return Reading(settled)
    if _is_new(question, history, search):
        return Reading(conversation.without_thanks(question))
    return Reading(question, settled=False)


def written(question: str, found: str | None) -> Reading:
    """What becomes of a turn that a model was to write out: what it wrote, or that there is nothing to go by."""
    if found:
        return Reading(found)
    named = phrase(conversation.without_thanks(question))
    asks = "asks about" if asks_barely(question) else "is to stand for in the question before"
    return Reading(question, unclear=("no_evidence", f"It is not clear what “{named}” {asks}. Ask the whole question."))


def _meant(question: str, history: Sequence[Message], search: Search) -> tuple[str, ...]:
    """Whom "he" or "she" means, as ``whom.meant``: somebody of the last exchange, else of those before."""
    if not whom.speaks_of(question):
        return ()
    turns = [i for i, message in enumerate(history) if message.role == "user"]
    for nth, i in enumerate(reversed(turns[-EXCHANGES:])):
        asked, answer = history[i].content, conversation.last_answer(history[i : i + 2])
        asked = conversation.earlier_question(history)[0] or asked if nth == 0 else asked
        told = [hit.passage.text for hit in search(f"{asked} {answer}"[:ASKED_AHEAD])]
        names = whom.meant(question, asked, answer, told, conversation.earlier_question(history)[0])
        if names:
            return names
    return ()


def _is_new(question: str, history: Sequence[Message], search: Search) -> bool:
    """Whether a question that may stand alone asks about what only other articles than those spoken of hold."""
    text = conversation.without_thanks(question)
    if not conversation.may_stand_alone(text):
        return False
    asked = set(content_stems(" ".join(told(text))))
    previous, answer = conversation.earlier_question(history)[0], conversation.last_answer(history)
    spoken = [set(content_stems(said)) for said in (previous, re.sub(r"\[\d+\]", "", answer))]
    articles = {hit.article.id: hit.article for hit in search(f"{previous} {answer}"[:ASKED_AHEAD])}
    for article in list(articles.values())[:NEAR]:
        held = set(content_stems(f"{article.title or ''} {article.text}"))
        about = any(words and len(words & held) >= HALF * len(words) for words in spoken)
        if about and asked <= held and _together(article.text, asked):
            return False
    return any(asked <= set(content_stems(hit.passage.text)) for hit in search(text))


def _together(text: str, asked: set[str]) -> bool:
    sentences = [set(content_stems(text[start:end])) for start, end in split(text)]
    return any(asked <= set().union(*sentences[i : i + WINDOW]) for i in range(len(sentences)))
