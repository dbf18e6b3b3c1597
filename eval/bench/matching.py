"""Whether a text holds an expected answer, with wording that means nothing set aside. Standard library only."""

from __future__ import annotations

import re
import unicodedata

_TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_ONES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", *_TEENS)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_NUMBERS = {**{w: str(n) for n, w in enumerate(_ONES)}, **{w: f"{n}0" for n, w in enumerate(_TENS, 2)}}
_SAME = {**_NUMBERS, "percent": "%", "usa": "us", "dollar": "$", "dollars": "$", "euros": "€", "pounds": "£"}
_ARTICLES = frozenset({"a", "an", "the"})
_TITLES = frozenset(
    {"rep", "sen", "gov", "mr", "mrs", "ms", "dr", "sir", "dame", "president", "senator", "representative"}
)


def words(text: str) -> list[str]:
    """The words of a text as they stand, citation markers left out."""
    return re.sub(r"\[\d+\]", " ", text).split()


def normal(text: str) -> list[str]:
    """Tokens for comparison: no case, accents, articles or punctuation; small numbers and per cent as signs.

    SQuAD's normalisation (Rajpurkar et al., 2016) with numerals: "Twenty-one per cent" and "21%" are the same.
    """
    plain = unicodedata.normalize("NFKD", text.casefold().replace("per cent", "percent"))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    plain = re.sub(r"(?<=\d),(?=\d{3})", "", plain)
    plain = re.sub(r"\b([a-z])\.(?=[a-z]\.)", r"\1", plain)  # u.s. -> us.
    plain = re.sub(r"[’'`]s\b", "", plain)
    found = re.findall(r"\d+(?:\.\d+)?|[^\W\d_]+|[%$€£]", plain)
    tokens = [_SAME.get(token, token) for token in found]
    return [t for t in _joined(tokens) if t not in _ARTICLES]


def holds(text: str, expected: str) -> bool:
    """Whether the expected answer's tokens stand in the text in a row.

    A title before a name need not be told ("Rep. Liz Cheney"), and two things may stand in any order and place ("Sweden
    and Finland").
    """
    wanted, said = normal(expected), normal(text)
    if len(wanted) > 2 and wanted[0] in _TITLES:
        wanted = wanted[1:]
    if wanted.count("and") == 1 and wanted[0] != "and" != wanted[-1]:
        cut = wanted.index("and")
        return _in_a_row(wanted[:cut], said) and _in_a_row(wanted[cut + 1 :], said)
    return _in_a_row(wanted, said)


def _in_a_row(wanted: list[str], said: list[str]) -> bool:
    n = len(wanted)
    return bool(wanted) and any(said[i : i + n] == wanted for i in range(len(said) - n + 1))


def _joined(tokens: list[str]) -> list[str]:
    """Tens and ones of a written number as one: 20, 1 -> 21; a sign of money before its number goes behind it."""
    result: list[str] = []
    for token in tokens:
        before = result[-1] if result else ""
        if len(token) == 1 and token in "123456789" and len(before) == 2 and before[1] == "0" and before[0] > "1":
            result[-1] = before[0] + token
        elif before in ("$", "€", "£") and token[0].isdigit():
            result[-1:] = [token, before]
        else:
            result.append(token)
    return result
