"""Which of the questions that a model writes will do to start from, and which answers show that they do."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag import conversation
from rag.example_text import Candidate, Target, is_common, lists, to_name
from rag.text import quantities, reading
from rag.text.names import find_names, missing_names
from rag.text.time_words import find_dates
from rag.text.words import asks_yes_no, content_stems, word_set
from rag.types import Answer, Citation

OF_A_KIND = 2  # questions that begin alike
MAX_WORDS = 18  # of a question
SAID = 0.5  # share of a question's words that the sentence must hold; the headline may bring the rest

_ASKING = re.compile(
    r"^(?:(?:in|on|at|to|from|by|for|with|of) )?(?:who|whom|whose|what|which|when|where|why|how)\b", re.IGNORECASE
)
_OF_A_TEXT = re.compile(r"\b(?:sentences?|headlines?|articles?|texts?|passages?|according to)\b", re.IGNORECASE)
_OF_SOMETHING = re.compile(  # which sum, only the sentence before says
    r"\bthe (?:same )?(?:sum|amount|deal|plan|move|measure|matter|incident|accident|decision|figure|total|others)\b"
    r"(?! (?:of|by|between|with|at|in|on|near|over|about)\b)",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"; |, (?=according|said|after|as|but|and|while|ending|leaving|becoming)"
    r"|\b(?:that|which|who|whom|whose|because|before(?! \d)|until(?! \d)|while|where|according to)\b"
)
_WHAT_IT_IS = re.compile(r"(?:a|an|the) [a-z]")
_ASKS_WHAT_IT_IS = re.compile(r"(?:Who|What) (?:is|are|was|were) (?:the )?[A-Z]")
_EMPTY = word_set("happen happened happening do did does done event events situation issue news status role main")


def accept(written: str, candidate: Candidate, target: Target, others: Sequence[str] = ()) -> str | None:
    """The model's question where it is one that a reader might ask without having seen the sentence, else None."""
    text = " ".join(written.split()).strip(' "“”')
    text = text[: text.find("?") + 1]
    if not 4 <= len(text.split()) <= MAX_WORDS or not text[0].isupper():
        return None
    if (
        not _ASKING.match(text)
        or asks_yes_no(text)
        or _OF_A_TEXT.search(text)
        or _OF_SOMETHING.search(text)
        or not conversation.stands_alone(text)
    ):
        return None
    source = f"{candidate.article.title or ''}. {candidate.text} {'; '.join(to_name(candidate, target))}"
    named = find_names(text[:1].lower() + text[1:])
    telling = [name for name in named if not is_common(name.text, candidate.common)]
    if not (telling or len(named) > 1) or any(day.kind in ("weekday", "relative") for day in find_dates(text)):
        return None
    if missing_names(text, source) or quantities.missing_numbers(text, source):
        return None
    asked, told = _telling(text), set(content_stems(candidate.text))
    sought = set(content_stems(target.answer)) - set(content_stems(target.start))
    enough = 2 if _ASKS_WHAT_IT_IS.match(text) else 3
    given_away = 3 * len(sought & asked) > len(sought)  # "president" may stand in both
    if len(asked) < enough or len(asked & told) < max(2.0, SAID * len(asked)) or given_away:
        return None
    if any(0 < sum(name in text for name in group) < len(group) for group in lists(candidate.text)):
        return None
    if _WHAT_IT_IS.match(target.answer) and not target.start and not _ASKS_WHAT_IT_IS.match(text):
        return None
    if target.start == "When" and not _dated_so(text, candidate.text, target.answer):
        return None
    if one_of_many(text, others):
        return None
    same = any(_alike(asked, _telling(other)) or _names(other) == _names(text) for other in others)
    return None if same else text


def one_of_many(start: str, others: Sequence[str]) -> bool:
    """Whether enough of the ``others`` begin as a question does."""
    kind = re.match(r"(?:By |In )?[Hh]ow \w+|\w*", start)
    return bool(kind and kind[0] and sum(other.startswith(kind[0]) for other in others) >= OF_A_KIND)


def _dated_so(question: str, sentence: str, day: str) -> bool:
    """Whether a day goes with what a question asks about: a word that is no name stands in the day's clause."""
    start = sentence.find(day)
    before = _CLAUSE.split(sentence[:start])[-1]
    beside = before if len(before.split()) > 2 else _CLAUSE.split(sentence[start + len(day) :].lstrip(" ,"))[0]
    names = {part for name in _names(question) for part in reading.read(name).roots}
    return bool((set(reading.read(question).roots) - names) & set(reading.read(beside).roots))


def _names(question: str) -> set[str]:
    return {name.text for name in find_names(question[:1].lower() + question[1:])}


def leads_back(answer: Answer, candidate: Candidate, target: Target) -> bool:
    """Whether an answer says what was sought from the sentence that its question was made from, and nothing that the
    sentence does not; or shows it beside what one other source has instead."""
    sought, said = set(content_stems(target.answer)), set(content_stems(answer.text))
    if 2 * len(sought & said) < len(sought) or not any(_is_it(cited, candidate) for cited in answer.citations):
        return False
    if answer.status == "conflicting":
        return _two_sides(answer, candidate, sought)
    source = f"{candidate.article.title or ''}. {candidate.text}"
    first = answer.sentences[0] if answer.sentences else None
    cites = first is not None and any(_is_it(c, candidate) for c in answer.citations if c.n in first.citations)
    return answer.status == "answered" and first is not None and cites and not missing_names(first.text, source)


def _is_it(cited: Citation, candidate: Candidate) -> bool:
    article, span = candidate.article, candidate.span
    held = cited.article_id == article.id or article.id in cited.also_in
    return held and cited.passage_id == candidate.passage_id and cited.start < span.end and span.start < cited.end


def _two_sides(answer: Answer, candidate: Candidate, sought: set[str]) -> bool:
    """Whether an answer sets the sentence's value beside the other one of another article."""
    values = answer.conflicts[0].values if answer.conflicts else ()
    told_by = [value.article_id for value in values]
    ours = [value for value in values if value.article_id == candidate.article.id]
    two = len(answer.conflicts) == 1 and len(values) == 2 and len(set(told_by)) == 2
    return two and len(ours) == 1 and bool(sought & set(content_stems(ours[0].value)))


def _telling(text: str) -> set[str]:
    return set(content_stems(text)) - {stem for word in _EMPTY for stem in content_stems(word)}


def _alike(a: set[str], b: set[str]) -> bool:
    return len(a & b) > 0.6 * min(len(a), len(b))
