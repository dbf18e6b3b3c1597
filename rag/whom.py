"""Whom "he" and "she" of a follow-up mean: somebody named just before, by what the articles call them, else by who is
the subject of the last answer. Where two fit, both are named, so that the reader is asked and nobody guesses."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.text.names import Name, find_names, is_country, same_name
from rag.text.sentences import split

_HE, _SHE = r"\b(?:he|him|his|himself)\b", r"\b(?:she|her|hers|herself)\b"
_ANY = re.compile(rf"{_HE}|{_SHE}", re.IGNORECASE)
_STANDS_FOR = re.compile(r"\b(?:(?P<of>his|her(?=\s+[\w’'-]+))|he|she|him|her)\b", re.IGNORECASE)
_BARE = re.compile(r"^\W*(?:(?:and|but|so|or|(?:what|how) about)\s+)*(?:him|her|he|she)\W*$", re.IGNORECASE)
_MALE = re.compile(
    r"^(?:Mr|Sir|Lord|King|Prince|Baron|Count|Duke|Father|Brother)\b|"
    r"\b(?:[a-z]*(?<![Ww]o)(?<![Hh]u)man|husband|widower|father|son|brother|king|actor)(?:,| named| called)?\s+$"
)
_FEMALE = re.compile(
    r"^(?:Ms|Mrs|Miss|Dame|Lady|Queen|Princess|Baroness|Countess|Duchess|Mother|Sister)\b|"
    r"\b(?:[a-z]*woman|wife|widow|mother|daughter|sister|queen|actress)(?:,| named| called)?\s+$"
)
_NOT_SUBJECT = re.compile(
    r"\b(?:in|at|on|near|from|to|of|by|with|for|against|than|behind|about|over|after|before|and|or|,)\s+(?:the\s+)?$",
    re.IGNORECASE,
)
_WHERE = re.compile(r"\b(?:in|at|near|off|outside|around|across)\s+$", re.IGNORECASE)
_WHENCE = re.compile(r"\b(?:from|of|to)\s+$", re.IGNORECASE)
_JOINED = re.compile(r"^\s*(?:,\s+[A-Z]|(?:,\s*)?and\s+[A-Z]|or\s+[A-Z])")
CLEARLY = 3  # times as many words of one gender as of the other are near a name that is that gender's


def speaks_of(question: str) -> bool:
    """Whether a question says he or she of somebody, of one of the two only."""
    return bool(re.search(_HE, question, re.IGNORECASE)) != bool(re.search(_SHE, question, re.IGNORECASE))


def meant(question: str, previous: str, answer: str, told: Sequence[str], base: str = "") -> tuple[str, ...]:
    """Who may be meant by "he" or "she": one name; two or more that fit alike; none where nobody is known to fit.

    ``previous`` and ``answer`` are the last question and its answer, ``told`` texts of the articles about them.
    ``base`` is the question that a fragment ("And him?") would be put in, where that is another.
    """
    if not speaks_of(question):
        return ()
    wanted = "m" if re.search(_HE, question, re.IGNORECASE) else "f"
    said = " ".join(re.sub(r"\[\d+\]", "", answer).split())
    asked = previous if previous.endswith("?") else f"{previous}?"
    first = (asked, said) if _ANY.match(said) else (said, asked)  # "She won by 212 votes": whoever was asked about
    people = _people(said, asked)
    if _BARE.match(question):  # "And him?": another than was asked about
        people = [p for p in people if not any(same_name(p, n) for n in find_names(f"{asked} {base}"))]
    genders = {p.text: _gender(p, (said, asked, *told)) for p in people}
    full = [n.keys for text in (said, asked, *told) for n in find_names(text) if len(n.keys) > 1]
    people = [  # one word alone may name anything, or just open a sentence: somewhere it has to be somebody's last name
        p for p in people if len(p.text.split()) > 1 or genders[p.text] or any(keys[-1] == p.keys[-1] for keys in full)
    ]
    pool = [p for p in people if genders[p.text] == wanted]
    if not pool:  # of people, unlike firms and towns, articles speak by the last of their names alone, too
        short = {n.keys[0] for text in told for n in find_names(text) if len(n.keys) == 1}
        open_ = [p for p in people if genders[p.text] is None]
        pool = [p for p in open_ if len(p.keys) > 1 and p.keys[-1] in short] or open_
    for text in first:
        here = [p for p in pool if any(same_name(p, n) for n in find_names(text))]
        if len(here) == 1:
            return (here[0].text,)
        subject = _subject(text)
        found = [p for p in here if subject and same_name(p, subject)]
        if found:
            return (found[0].text,)
        if here:
            return tuple(p.text for p in here)
    return tuple(p.text for p in pool)


def put_name(question: str, name: str) -> str:
    """The question with a name where it says "he" or "she" for the first time: "his" becomes "Berg's"."""
    plain = re.sub(r"^(?:Mr|Mrs|Ms|Miss)\.?\s+(?=\S+\s+\S)", "", name)
    plain = re.sub(r"(?<=\w\s)(\S+)\s+(?:of|for)\s.*$", r"\1", plain)  # "Nora Feld of the Greens"

    def named(found: re.Match[str]) -> str:
        return f"{plain}'s" if found["of"] else plain

    return _STANDS_FOR.sub(named, question, count=1)


def _people(said: str, asked: str) -> list[Name]:
    """Names that may be people's, each once, in full where it is given in full."""
    found: list[Name] = []
    for text in (said, asked):
        for name in find_names(text):
            before = text[: name.start]
            if name.text.isupper() or is_country(name.text) or re.search(r"\bthe\s+$", before, re.IGNORECASE):
                continue
            if _is_place(name, before):
                continue
            like = next((i for i, other in enumerate(found) if same_name(other, name)), None)
            if like is None:
                found.append(name)
            elif len(found[like].keys) < len(name.keys):
                found[like] = name
    return found


def _is_place(name: Name, before: str) -> bool:
    """Whether a name is likely a place's by what stands before it: "in Ulm", "of Ulm", but "ahead of Tom Brask"."""
    return bool(_WHERE.search(before) or (len(name.text.split()) == 1 and _WHENCE.search(before)))


def _gender(name: Name, texts: Sequence[str]) -> str | None:
    """ "m" or "f" by titles, by words such as "spokeswoman" before the name, and by the pronouns that follow it."""
    counts = {"m": 0, "f": 0}
    for text in texts:
        sentences = [text[start:end] for start, end in split(text)]
        for i, sentence in enumerate(sentences):
            for word in _of(name, sentence, sentences[i + 1] if i + 1 < len(sentences) else ""):
                counts[word] += 1
    less, more = sorted(counts, key=lambda g: counts[g])
    return more if counts[more] and counts[more] >= CLEARLY * counts[less] else None


def _of(name: Name, sentence: str, following: str) -> list[str]:
    """What one sentence, and the pronoun that opens the next, tell of a name's gender."""
    names = find_names(sentence)
    found = []
    for i, other in enumerate(names):
        if not same_name(other, name):
            continue
        start, end = other.start, other.end
        for sign, pattern in (("m", _MALE), ("f", _FEMALE)):
            if pattern.search(other.text) or pattern.search(sentence[:start]):
                found.append(sign)
        people = [n for n in names[i + 1 :] if not _is_place(n, sentence[: n.start]) and not is_country(n.text)]
        until = people[0].start if people else len(sentence)
        pronoun = _ANY.search(sentence, end, until)
        opening = _ANY.match(following) if i == 0 and not pronoun else None
        if pronoun or opening:
            found.append("m" if re.match(_HE, (pronoun or opening).group(), re.IGNORECASE) else "f")  # type: ignore[union-attr]
    return found


def _subject(text: str) -> Name | None:
    """The name that a sentence says something of: its first, unless others stand beside it or it is no subject."""
    names = find_names(text)
    if not names or _NOT_SUBJECT.search(text[: names[0].start]) or _JOINED.match(text[names[0].end :]):
        return None
    return names[0]
