"""What a question takes for granted, held against the articles: denied by them, or nowhere told. No model."""

from __future__ import annotations

import re

from rag.checking.meaning import polarity_clash
from rag.found import Found
from rag.text.names import missing_names
from rag.text.reading import Reading, is_past, read, stands_as_noun
from rag.text.senses import alike, roots_of
from rag.text.sentences import split
from rag.text.words import asks_yes_no, word_set
from rag.types import SourceSentence

LOOKED = 12  # of the most relevant sentences
MIN_SHARED = 0.75  # of the question's content words in a sentence that denies what it takes for granted, or tells it
MIN_WORDS = 2  # a question of fewer takes nothing for granted that could be recognised

_PRESUPPOSES = re.compile(
    r"^\W*(?:and |but |so )?(?:(?:on|at|in|by|to|for|from|since|until) )?"
    r"(?:when|why|where|how(?! (?:many|much|often|likely))|whom?|what|which)\b"
    r"[^?]*\b(?:did|was|were|had|has|have)\b",
    re.IGNORECASE,
)
_OPEN = re.compile(r"\b(?:will|would|should|could|can|may|might|plan\w*|expect\w*)\b", re.IGNORECASE)
# Verbs of so little content that another may stand for them.
_LIGHT = word_set(
    """sent gave given made wanted demanded came went got used took taken put brought became kept had asked called
    needed helped tried started began decided chose chosen said told showed felt thought found"""
)
_PARTICLE = re.compile(r"\s+(?:\w+\s+)?(?:off|out|up|down|over|back|away)\b", re.IGNORECASE)  # "called off" says more
_WISHED = re.compile(
    r"\b(?:asked|calls?|called|calling|urged?|demand(?:s|ed)?|wants?|wanted|refus(?:es|ed)|declin(?:es|ed)|press(?:ed|ure)|"
    r"pushed)\b[^.;]{0,50}?\bto\s+([a-z]+)\b",
    re.IGNORECASE,
)
_ASKS_WHY = re.compile(r"^\W*(?:and |but |so )?why\b|\b(?:for what reason|what (?:caused|made|led))\b", re.IGNORECASE)


def denial(question: str, found: Found) -> SourceSentence | None:
    """The sentence that plainly denies what a question takes for granted ("When did A capture B?"), or None.

    It holds nearly all of the question's words and every name, states the opposite of one of its verbs, and no other
    sentence that was found tells the thing after all: what changed over time is no false premise.
    """
    asked = read(question)
    if asks_yes_no(question) or not _PRESUPPOSES.search(question) or _OPEN.search(question) or asked.denied:
        return None
    if len(set(asked.roots)) < MIN_WORDS:
        return None
    denying: SourceSentence | None = None
    for scored in found.ranked[:LOOKED]:
        sentence = scored.sentence
        said = read(sentence.text)
        absent = missing_names(question, f"{sentence.text} {sentence.article.title or ''}")
        if absent or _shared(asked, said) < MIN_SHARED:
            continue
        clash = polarity_clash(asked, [said])
        if clash is None:
            return None
        if denying is None and _is_verb(clash, question):
            denying = sentence
    return denying


def unheard(question: str, near: str) -> str | None:
    """The one word, names aside, that says what a "why" is about ("praise"), where no passage near the quote has it or
    one of its kind; None where there are several, since several may be put otherwise."""
    asked = read(question)
    matter = [t for t in asked.terms if t.content and not any(n.start <= t.start < n.end for n in asked.names)]
    told = roots_of(read(near).roots)
    if not _ASKS_WHY.search(question) or len(matter) != 1 or any(told & alike(t.root) for t in matter):
        return None
    return matter[0].low


def untold(question: str, answer: str, near: str) -> str | None:
    """What a "why" takes for granted though the passages near the quote don't tell it ("praised"), or None.

    It is a past verb of the question that the answer repeats before its "because" and no passage uses.
    """
    if not _ASKS_WHY.search(question):
        return None
    claimed = re.split(r"\b(?:because|since|due to|as|after|so that|to)\b", answer, maxsplit=1)[0]
    asked = set(read(question).roots)
    sentences = [read(near[span.start : span.end]) for span in split(near)]
    told = {root for said in sentences for root in said.roots}
    wished = {m[1].lower() for m in _WISHED.finditer(near)}
    for term in read(claimed).terms:
        if not (is_past(term.low) and term.content and term.root in asked):
            continue
        if term.low in _LIGHT and not _PARTICLE.match(claimed, term.end):
            continue
        if not roots_of(told) & alike(term.root):
            return term.low
        uses = [t.low for said in sentences for t in said.terms if t.root == term.root]
        if all(use in wished for use in uses):  # "asked to resign" tells of no resigning
            return term.low
    return None


def _shared(asked: Reading, said: Reading) -> float:
    """Share of the question's content words in a sentence, in [0, 1]; an opposite counts as its word."""
    words, theirs = set(asked.roots), set(said.roots)
    both = len(words & theirs)
    return (both + (polarity_clash(asked, [said]) is not None and both < len(words))) / len(words)


def _is_verb(word: str, question: str) -> bool:
    """Whether a word of the question is its verb: a past form, or what "did" or "was" brings."""
    if stands_as_noun(word, question):
        return False
    return is_past(word) or bool(
        re.search(rf"\b(?:did|was|were|had|has|have)\b[^?]*\b{re.escape(word)}\b", question, re.IGNORECASE)
    )
