"""Numbers in shown sentences that don't stand in their quotes.

Deliberately shares no code with the library's own check of quantities: this one has to notice when that one fails.
It knows values only (digits, number words, ordinals, "2.5 million", "a dozen"), no units.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

UNITS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
SMALL = {word: value for value, word in enumerate(UNITS)} | {word: 10 * (i + 2) for i, word in enumerate(TENS)}
SCALES = {"hundred": 100, "dozen": 12, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
SCALES |= {"mn": 10**6, "bn": 10**9}
ORDINALS = {
    word: value
    for value, word in enumerate(
        [
            "first",
            "second",
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
            "eleventh",
            "twelfth",
            "thirteenth",
            "fourteenth",
            "fifteenth",
            "sixteenth",
            "seventeenth",
            "eighteenth",
            "nineteenth",
            "twentieth",
        ],
        start=1,
    )
}
MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]  # a month is known by its first three letters
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
RELATIVE_DAYS = ("today", "yesterday", "tomorrow", "overnight", "tonight", "this morning", "last night")

_TOKEN = re.compile(
    r"(?P<digits>\d{1,3}(?:[,\u00a0\u202f]\d{3})+(?:\.\d+)?(?!\d)|\d{1,3}(?: 000)+(?!\d)|\d+(?:\.\d+)?)"
    r"(?P<ordinal>(?:st|nd|rd|th)\b)?|(?P<word>[A-Za-z]+)"
)
_GROUPING = re.compile(r"[,\s]")
_MONTH = r"(?P<month>(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*)\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?:,?\s+(?P<year>\d{4}))?"
_DATES = (
    re.compile(r"\b(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})\b"),
    re.compile(rf"\b{_DAY}\s+(?:of\s+)?{_MONTH}{_YEAR}\b", re.IGNORECASE),
    re.compile(rf"\b{_MONTH}\s+{_DAY}{_YEAR}\b", re.IGNORECASE),
)


def unsupported_numbers(
    sentence: str, quotes: Sequence[str], published: Sequence[str | None] = (), labels: Sequence[str] = ()
) -> list[str]:
    """The numbers of a shown sentence that stand in none of its quotes, as written.

    Not counted: ``labels`` (outlets and titles of the cited articles, which the answer may name), the publication
    dates themselves, and a date within a week of one whose weekday, or a word like "yesterday", stands in a quote.
    "one" as a word and "first" are no numbers here; in a quote "one" supports the digit.
    """
    text = sentence
    for label in sorted(labels, key=len, reverse=True):
        text = text.replace(label, " ")
    text = _without_known_dates(text, " ".join(quotes).lower(), published)
    held = {value for quote in quotes for value, _ in numbers(quote, names=True)}
    return [
        written for value, written in numbers(text) if value not in held and written.lower() not in ("one", "first")
    ]


def numbers(text: str, *, names: bool = False) -> list[tuple[float, str]]:
    """All numbers of a text as (value, as written), in order.

    A number that is part of a name ("DV-19", "F16") is left out unless ``names``.
    """
    text = re.sub(r"\b(\d{1,2}):(\d{2})\b", r"\1.\2", text)  # 2:40 and 2.40 are the same time
    found: list[tuple[float, str]] = []
    run: list[re.Match[str]] = []
    for token in _TOKEN.finditer(text):
        if token["word"] == "and":
            continue  # what stands between two tokens is looked at where they meet
        if run and not _continues(run, token, text):
            found.extend(_value(run, text))
            run = []
        if token["digits"]:
            if names or not _in_name(token, text):
                run.append(token)
        elif _is_number_word(token["word"].lower()):
            run.append(token)
    found.extend(_value(run, text))
    return found


def _is_number_word(word: str) -> bool:
    return word in SMALL or word in SCALES or word in ORDINALS


def _in_name(token: re.Match[str], text: str) -> bool:
    """Digits glued to letters ("F16"), or to a word by a hyphen ("DV-19") unless they look like a year."""
    before = text[max(0, token.start() - 2) : token.start()]
    if before[-1:].isalpha():
        return True
    return len(token["digits"]) < 4 and before[-1:] == "-" and before[:1].isalpha()


def _continues(run: Sequence[re.Match[str]], token: re.Match[str], text: str) -> bool:
    """Whether the token carries on the number written so far ("two hundred" + "and twelve")."""
    last, gap = run[-1], text[run[-1].end() : token.start()]
    before = (last["word"] or "").lower()
    if last["ordinal"] or before in ORDINALS:
        return False
    word = (token["word"] or "").lower()
    joined = re.fullmatch(r"\s+|-", gap) is not None
    if word in SCALES:
        return joined
    if word in SMALL or word in ORDINALS:
        value = SMALL.get(word, ORDINALS.get(word, 0))
        if before in TENS:
            return joined and value < 10
        return before in SCALES and (joined or re.fullmatch(r"\s+and\s+", gap) is not None)
    return False


def _value(run: Sequence[re.Match[str]], text: str) -> Iterator[tuple[float, str]]:
    if not run:
        return
    total, current = 0.0, 0.0
    for token in run:
        word = (token["word"] or "").lower()
        if token["digits"]:
            current += float(_GROUPING.sub("", token["digits"]))
        elif word in SCALES:
            scale = SCALES[word]
            current = (current or 1) * scale
            if scale >= 1000:
                total, current = total + current, 0.0
        else:
            current += SMALL.get(word, ORDINALS.get(word, 0))
    yield total + current, text[run[0].start() : run[-1].end()]


def _without_known_dates(text: str, quotes: str, published: Sequence[str | None]) -> str:
    days = [date.fromisoformat(day[:10]) for day in published if day]

    def drop(match: re.Match[str]) -> str:
        return " " if any(_is_known(match, day, quotes) for day in days) else match[0]

    for pattern in _DATES:
        text = pattern.sub(drop, text)
    return text


def _is_known(match: re.Match[str], day: date, quotes: str) -> bool:
    month = match["month"]
    number = int(month) if month.isdigit() else 1 + [m[:3] for m in MONTHS].index(month[:3].lower())
    try:
        written = date(int(match["year"] or day.year), number, int(match["day"]))
    except ValueError:
        return False
    if written == day:
        return True
    near = abs(written - day) <= timedelta(days=7)
    return near and (WEEKDAYS[written.weekday()] in quotes or any(word in quotes for word in RELATIVE_DAYS))
