"""Content words of English text as stems: what BM25, evidence selection and checking compare."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import Any


def word_set(text: str) -> frozenset[str]:
    """The blank-separated words of ``text``."""
    return frozenset(text.split())


# Function words, question words and the verbs of reporting: words that say nothing about the subject.
STOP_WORDS = word_set(
    """a about above after again against all also am an and any are aren't as at be because been before being below
    between both but by can can't could couldn't did didn't do does doesn't doing don't down during each few for from
    further had hadn't has hasn't have haven't having he her here hers herself him himself his how i if in into is
    isn't it its itself just let me more most much my myself no nor not now of off on once only or other ought our ours
    ourselves out over own per same she should shouldn't so some such than that the their theirs them themselves then
    there these they this those through to too under until up upon us very was wasn't we were weren't what when where
    which while who whom whose why will with within without won't would wouldn't yet you your yours yourself
    yourselves s t d ll re ve m tell say says said according report reported reportedly"""
)

_AMOUNTS = ("many", "much")  # they ask for a number; no sentence that gives it repeats them

# Names that would be taken for stop words once in small letters.
_ACRONYMS = {"US": "usa", "WHO": "w.h.o", "IT": "i.t"}

_WORD = re.compile(r"[^\W_]+(?:[.,'’-][^\W_]+)*")
_PLAIN = re.compile(r"\w+")
_INITIALS = re.compile(r"(?:[a-z]\.)+[a-z]?")
_BREAKS = re.compile(r"[-]|(?<!\d)[.,]|[.,](?!\d)")
_MAY_COMBINE = re.compile(r"[^\u0000-\u02ff\u2000-\u20cf]")  # outside these ranges there are combining marks


_YES_NO = re.compile(
    r"^\W*(?:(?:and|but|so|then|or)\W+)?(?:is|are|was|were|am|do|does|did|has|have|had|will|would|can|could|should|may|might|"
    r"must|isn't|aren't|wasn't|weren't|don't|doesn't|didn't|hasn't|haven't|hadn't|won't)\b",
    re.IGNORECASE,
)


def asks_yes_no(question: str) -> bool:
    """Whether the question asks for a Yes or a No: it begins with an auxiliary verb and offers no choice of two."""
    plain = question.replace("’", "'")
    return bool(_YES_NO.match(plain)) and not re.search(r"\bor\b(?! not\b)", plain, re.IGNORECASE)


@cache
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")


def words(text: str) -> list[str]:
    """Lower-case word tokens without diacritics; "don’t" becomes "don't", "U.K." "uk", and "US" and "U.S." "usa"."""
    found: list[str] = []
    written, shouted = _written(text)
    for each in written:
        found.extend(_parts(each, shouted))
    return found


def _written(text: str) -> tuple[list[str], bool]:
    """The words as they are written, but for diacritics, and whether all is in capitals."""
    folded = text
    if not text.isascii():
        folded = unicodedata.normalize("NFKD", text).replace("’", "'")
        if _MAY_COMBINE.search(folded):
            folded = "".join(c for c in folded if not unicodedata.combining(c))
    return _WORD.findall(folded), folded.isupper()


@lru_cache(maxsize=100_000)
def _parts(written: str, shouted: bool) -> tuple[str, ...]:
    """The tokens of a word, most often one; the same words come up sentence after sentence."""
    token = written.lower().removesuffix("'s")
    if _INITIALS.fullmatch(token + "."):  # an abbreviation of initials
        token = token.replace(".", "")
        return (_ACRONYMS.get(token.upper(), token),)
    if not shouted and (full := _ACRONYMS.get(written.removesuffix("'s"))):
        return (full,)
    return tuple(part for part in _BREAKS.split(token) if part)


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    return str(_stemmer().stemWord(word))


def content_stems(text: str) -> list[str]:
    """Stems of the content words of ``text``, in order, with repetitions."""
    found: list[str] = []
    written, shouted = _written(text)
    for each in written:
        found.extend(_stems(each, shouted))
    return found


@lru_cache(maxsize=100_000)
def _stems(written: str, shouted: bool) -> tuple[str, ...]:
    kept = (w for w in _parts(written, shouted) if w not in STOP_WORDS and w not in _AMOUNTS)
    return tuple(stem(w.replace(",", "")) for w in kept)


@lru_cache(maxsize=1024)
def flat(text: str) -> str:
    """The words of a text in small letters with a blank around each: one text holds another, word for word, where its
    ``flat`` holds the other's."""
    return f" {' '.join(_PLAIN.findall(text.lower()))} "
