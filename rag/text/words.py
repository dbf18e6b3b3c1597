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
    folded = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    shouted = folded.isupper()
    found = []
    for written in _WORD.findall(folded.replace("’", "'")):
        token = written.lower().removesuffix("'s")
        if re.fullmatch(r"(?:[a-z]\.)+[a-z]?", token + "."):  # an abbreviation of initials
            token = token.replace(".", "")
            found.append(_ACRONYMS.get(token.upper(), token))
        elif not shouted and (full := _ACRONYMS.get(written.removesuffix("'s"))):
            found.append(full)
        else:
            found.extend(part for part in re.split(r"[-]|(?<!\d)[.,]|[.,](?!\d)", token) if part)
    return found


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    return str(_stemmer().stemWord(word))


def content_stems(text: str) -> list[str]:
    """Stems of the content words of ``text``, in order, with repetitions."""
    return [stem(w.replace(",", "")) for w in words(text) if w not in STOP_WORDS and w not in _AMOUNTS]


@lru_cache(maxsize=1024)
def flat(text: str) -> str:
    """The words of a text in small letters with a blank around each: one text holds another, word for word, where its
    ``flat`` holds the other's."""
    return f" {' '.join(_PLAIN.findall(text.lower()))} "
