"""Yes/no questions: whether a sentence of an article settles one, and how. Rules over words, no model.

A small model says Yes to nearly everything it is asked and puts the question's words in its mouth. So its Yes or No
counts only where a sentence of the articles says the same of the same matter, or the opposite.
"""

from __future__ import annotations

import re
from typing import Literal

from rag.checking.meaning import polarity_clash, roles_reversed
from rag.text.names import find_names, missing_names, same_name
from rag.text.quantities import same
from rag.text.reading import Reading, is_past, read, stands_as_noun
from rag.text.times import dates_agree

MIN_SHARED = 0.6  # of the question's content words, names aside, that the sentence must hold

# Wishes, claims and questions are no facts; a question that itself speaks of one may be settled by one.
_NOT_FACT = re.compile(
    r"\b(?:wants?|wanted|demand(?:s|ed|ing)|call(?:s|ed|ing)? (?:for|on)|urg(?:e|es|ed|ing)|propos\w+|asks?|asked|"
    r"whether|claim\w*|alleg\w+|reportedly|rumou?r\w*|accus\w+|suspect\w*|hop(?:e|es|ed|ing)|fear\w*|threat\w*|if)\b",
    re.IGNORECASE,
)
_FRAME = re.compile(  # "Are you sure that it sank?" asks whether it sank
    r"^\W*(?:are you (?:sure|certain)|is it (?:true|correct|right|a fact)|do you (?:know|think|believe)|"
    r"can you (?:tell me|confirm))\s+(?:that\s+|if\s+|whether\s+)?",
    re.IGNORECASE,
)
_ANYBODY = re.compile(
    r"^\W*(?:is|are|was|were|has|have|had|did|does|do|will)\s+(?:there\s+)?"
    r"(?:any(?:one|body|\s+[a-z]+)|some(?:one|body))\b",
    re.IGNORECASE,
)
_COMPARES = re.compile(r"\b(?:more|less|fewer)\s+(?P<of>[a-z]+)|\b[a-z]{3,}er than\b", re.IGNORECASE)
_COMPARED = re.compile(r"\b(?:more|less|fewer|than|worse|better|[a-z]{3,}er)\b", re.IGNORECASE)
_BESIDE = re.compile(r"\s(?:after|before|when|while|because|since|until|once)\s", re.IGNORECASE)
_STANDS_FOR = re.compile(r"\b(?:he|she|it|they|him|her|them|his|its|their|there)\b", re.IGNORECASE)
_AHEAD = re.compile(r"\b(?:will|shall|going to|to be|plan\w*|due|set to|expect\w*|about to)\b", re.IGNORECASE)


def settled(question: str, sentence: str, near: str) -> Literal["Yes", "No"] | None:
    """How a sentence settles a yes/no question, or None where it does not plainly.

    ``near`` is the text around the sentence, where a name of the question may stand that the sentence leaves unsaid.
    """
    question = _FRAME.sub("", question, count=1)
    compared = _COMPARES.search(question)
    if compared and not (_COMPARED.search(sentence) and (compared["of"] or "").lower() in sentence.lower()):
        return None
    asked, said = read(question), read(sentence)
    if asked.denied or missing_names(question, near) or _about_another(question, sentence):
        return None
    matter = _matter(asked)
    if not matter:
        return None
    opposite = polarity_clash(asked, [said])
    held = matter & set(said.roots)
    enough = len(held) + bool(opposite and not any(t.low == opposite and t.root in held for t in asked.terms))
    main = _matter(read(_BESIDE.split(question, maxsplit=1)[0])) or matter
    if not opposite and len(held & main) < MIN_SHARED * len(main):  # what only goes along does not settle it
        enough = 0
    if enough < MIN_SHARED * len(matter) and not _told_by_its_passage(question, asked, held, near):
        return None
    if roles_reversed(asked, [said]) or not all(dates_agree(d, said.dates, None) for d in asked.dates):
        return None
    if _NOT_FACT.search(sentence) and not _NOT_FACT.search(question):
        return None
    if held & (said.possible - asked.possible):
        return None
    if held & (said.ahead - asked.ahead) and not _AHEAD.search(question):
        return None
    if opposite:
        return None if stands_as_noun(opposite, question) else "No"
    for number in asked.numbers:
        alike = [n for n in said.numbers if n.unit_stem is not None and n.unit_stem == number.unit_stem]
        if not any(same(number, n) for n in said.numbers):
            return "No" if alike else None
    return "Yes"


def _matter(asked: Reading) -> set[str]:
    """The roots that say what is asked, the names aside."""
    return {
        t.root for t in asked.terms if t.content and not any(n.start <= t.start and t.end <= n.end for n in asked.names)
    }


def _told_by_its_passage(question: str, asked: Reading, held: set[str], near: str) -> bool:
    """Whether a sentence tells what befell somebody ("Was anyone hurt when the bridge fell?", "Has she been charged?"),
    and its passage the rest of what is asked: "... Nobody was hurt."."""
    subject = _ANYBODY.match(question)
    told = [t.root for t in asked.terms if subject and t.content and t.start >= subject.end()]
    if not subject and re.match(r"^\W*(?:is|are|was|were|has|have|had)\b", question, re.IGNORECASE):
        told = [t.root for t in asked.terms if t.content and is_past(t.low)]
    if not told or told[0] not in held:
        return False
    rest = _matter(asked) - {told[0]}
    return len(rest & set(read(near).roots)) >= MIN_SHARED * len(rest)


def _about_another(question: str, sentence: str) -> bool:
    """Whether the sentence lacks a name of the question and a word that may stand for it, or brings another name."""
    if not missing_names(question, sentence):
        return False
    ours = find_names(question)
    others = any(not any(same_name(name, own) for own in ours) for name in find_names(sentence))
    return others or not _STANDS_FOR.search(sentence)
