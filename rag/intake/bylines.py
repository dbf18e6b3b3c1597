"""Lines about the article rather than of it: who wrote it and when, and the date a text gives as its own."""

from __future__ import annotations

import re
from datetime import date

from rag.intake.boilerplate import is_sentence
from rag.types import DateSource

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?P<month>(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*)\.?"
_DATE = re.compile(
    rf"\b(?:(?P<iso>\d{{4}}-\d\d-\d\d)|{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})"
    rf"|(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\s+{_MONTH.replace('month', 'month2')},?\s+(?P<year2>\d{{4}}))\b"
)
_BYLINE = re.compile(r"\s*(?:by|from|special to|contributing:|por|von|par|di|door)\s+(?=[A-ZÀ-Þ])", re.IGNORECASE)
_DATED = re.compile(r"(?:published|updated|posted|last|modified|date|on|at|first|created)\b", re.IGNORECASE)
_DATELINE = re.compile(r"[A-ZÀ-Þ][A-ZÀ-Þ .,'-]+,\s.{0,30}$")
_CONNECTORS = frozenset(
    {"and", "the", "of", "via", "for", "staff", "wire", "reports", "report", "correspondent", "de", "van", "von"}
)
# What an article says of its own making, at its end: who helped, how to write to the author, that it was updated.
_SIGN_OFF = re.compile(
    r"\bcontribut(?:ed|ing) (?:\w+ ){0,2}to th(?:is|e) (?:report|story|article|piece)\b"
    r"|\bcontributed (?:additional )?reporting\b"
    r"|^\W*(?:contributing|(?:additional )?reporting by|editing by|writing by|compiled by)\b"
    r"|^\W*this (?:story|article|report|post|page)(?: and (?:its )?headline)? (?:has been|have been|was|is being) "
    r"(?:updated|first published|originally published|republished|translated|produced)\b"
    r"|^\W*a version of this (?:story|article)\b",
    re.IGNORECASE,
)
_REACH = re.compile(r"^\W*(?:reach|contact|follow|e-?mail|write to|tweet|call)\b|\bcan be reached\b", re.IGNORECASE)
_REACHED = re.compile(r"\S@\S+\.\w|(?<!\w)@\w{2,}|\(?\b\d{3}\)?[-. ]\d{3}[-. ]\d{4}\b")
_CORRECTS = re.compile(r"\b(?:correct|clarif|misstate|misspel|wrong|error)", re.IGNORECASE)  # that is news


def is_sign_off(text: str) -> bool:
    """ "Jan Doe contributed to this report.", "This story has been updated.", "Reach the reporter at …": what stands
    below an article and tells of it. A correction tells facts, and is none."""
    if len(text) > 400 or _CORRECTS.search(text):
        return False
    return bool(_SIGN_OFF.search(text) or (_REACH.search(text) and _REACHED.search(text)))


def is_byline(text: str) -> bool:
    """ "By Jan Doe, Coast Post", or nothing but names: "Jan Doe and Ilse Roe"."""
    text = _DATE.sub(" ", text)
    label = _BYLINE.match(text)
    names = re.split(r"[,;|/]|\s(?:and|&|y|et|und|e|en)\s", text[label.end() :] if label else text)
    words = [[w for w in name.split() if w[0].isalpha()] for name in names]
    are_names = all(w[0].isupper() or w in _CONNECTORS for name in words for w in name)
    if not any(words) or not are_names or any(len(name) > 4 for name in words):
        return False
    if label:
        return True
    return not is_sentence(text) and not re.search(r"\d", text) and (len(words) > 1 or 2 <= len(words[0]) <= 3)


def is_date_line(text: str) -> bool:
    rest = _DATE.sub(" ", text)
    return rest != text and not is_sentence(text) and len(re.findall(r"[^\W\d_]{3,}", _DATED.sub(" ", rest))) <= 4


def date_in(lines: list[str], now: str) -> tuple[str | None, DateSource]:
    """A full date that the text itself gives as its own: in a date line, a byline or a dateline ("PARIS, May 3, …")."""
    for text in lines:
        match = _DATE.search(text)
        if not match:
            continue
        opening = text[: match.start()]
        if is_date_line(text) or is_byline(text) or (len(opening) < 40 and _DATELINE.match(opening)):
            found = _to_iso(match)
            if found and found <= now[:10]:
                return found, "text"
    return None, "unknown"


def _to_iso(match: re.Match[str]) -> str | None:
    if match["iso"]:
        parts = tuple(int(p) for p in match["iso"].split("-"))
    else:
        month = _MONTHS.index((match["month"] or match["month2"])[:3].lower()) + 1
        parts = (int(match["year"] or match["year2"]), month, int(match["day"] or match["day2"]))
    try:
        return date(*parts).isoformat()
    except ValueError:
        return None
