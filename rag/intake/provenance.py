"""Where an article comes from and when, as far as its address and its title tell. Standard library only.

Nothing is guessed: an address without a full date gives none.
"""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import unquote, urlsplit

EARLIEST = 1700  # the first year believed; the oldest newspapers still read are of about then

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?P<word>(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*)\.?"
# Full dates in the order in which they are looked for. Numbers alone, such as 5/3/2019, are read only where they can
# be read in one way, in ``_numeric``.
_DAYS = (
    re.compile(r"(?<!\d)(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)"),
    re.compile(r"(?<!\d)(?P<year>(?:17|18|19|20)\d\d)(?P<month>[01]\d)(?P<day>[0-3]\d)(?:T?\d{4,6}Z?)?(?!\d)"),
    re.compile(rf"\b{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})\b", re.IGNORECASE),
    re.compile(rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s-]{_MONTH},?[\s-](?P<year>\d{{4}})\b", re.IGNORECASE),
)
_NUMERIC = re.compile(r"(?<!\d)(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?!\d)")

_SEGMENTS = re.compile(
    r"/(?P<year>(?:19|20)\d\d)[/-](?P<month>\d{1,2}|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
    r"[/-](?P<day>\d{1,2})(?=[/._-]|$)",
    re.IGNORECASE,
)
_RUN = re.compile(r"(?:^|[/_-])(?P<year>(?:19|20)\d\d)(?P<month>[01]\d)(?P<day>[0-3]\d)(?=[/._-]|$)")
_SLUG_END = re.compile(r"-(?P<year>(?:19|20)\d\d)-(?P<month>\d\d)-(?P<day>\d\d)(?=[/.]|$)")

# Labels in front of a host's name that say how it is read, not whose it is.
_READ_AS = frozenset({"www", "www1", "www2", "www3", "m", "mobile", "amp", "edition", "wap"})
_SUFFIX = re.compile(r"\s+(?:[|·•»«~]|[-–—]{1,2}|::|//)\s+")
_SMALL = frozenset({"the", "of", "and", "for", "a"})
_KIND_OF = frozenset({"news", "online", "english", "international", "com", "tv", "radio", "uk", "us"})  # "Sky News"


def day_in(text: str) -> str | None:
    """The first full date in ``text`` as ``YYYY-MM-DD``, as written, whatever the time zone; None where there is none,
    or it could be two."""
    for pattern in _DAYS:
        if found := pattern.search(text):
            parts = found.groupdict()
            month = parts.get("month") or _MONTHS.index(parts["word"][:3].lower()) + 1
            return _day(parts["year"], month, parts["day"])
    found = _NUMERIC.search(text)
    if found is None:
        return None
    first, second = int(found[1]), int(found[2])
    if first <= 12 < second or first == second:
        return _day(found[3], first, second)
    return _day(found[3], second, first) if second <= 12 < first else None


def url_day(url: str | None) -> str | None:
    """The full date in an address, such as ``…/2022/06/17/…``, ``…/2022/jun/17/…`` or ``…/20220617-…``; else None."""
    path = _path(url)
    for pattern in (_SEGMENTS, _RUN, _SLUG_END):
        if found := pattern.search(path):
            month = found["month"].lower()
            return _day(found["year"], _MONTHS.index(month) + 1 if month in _MONTHS else month, found["day"])
    return None


def host_of(url: str | None) -> str | None:
    """The host of an address without "www." and its like: "bbc.co.uk"."""
    try:
        host = (urlsplit(url or "").hostname or "").rstrip(".").lower()
    except ValueError:
        return None
    labels = host.split(".")
    while len(labels) > 2 and labels[0] in _READ_AS:
        labels.pop(0)
    return ".".join(labels) if len(labels) > 1 and not labels[-1].isdigit() else None


def split_title(title: str, outlet: str | None, url: str | None) -> tuple[str, str | None]:
    """A title without the name of its outlet, and that name where it stood there: ("Ferry runs aground", "Coast Post")
    of "Ferry runs aground | Coast Post". Only what is the outlet's name, or spells the address's host, is taken off."""
    parts = _SUFFIX.split(title)
    for place in (-1, 0):
        name = parts[place].strip(" .…")  # search engines cut titles short: "… - CNN ..."
        if len(parts) > 1 and name and (_same(name, outlet) or _spells(name, host_of(url))):
            cuts = list(_SUFFIX.finditer(title))
            rest = title[: cuts[-1].start()] if place else title[cuts[0].end() :]
            return rest.strip(), name
    return title, None


def without_slogan(name: str, url: str | None) -> str:
    """The outlet's own name in "Coast Post | News from the shore": the part that spells the host, else the first."""
    parts = [part for part in _SUFFIX.split(name.strip(" |-–—")) if part]
    return next((part for part in parts if _spells(part, host_of(url))), parts[0]) if parts else ""


def _same(name: str, outlet: str | None) -> bool:
    return bool(outlet) and _letters(name) == _letters(outlet or "")


def _spells(name: str, host: str | None) -> bool:
    """Whether a host's name is written from the words of ``name``: "nytimes" from "The New York Times"."""
    if host is None or len(name) > 60:
        return False
    if _letters(name) == _letters(host):
        return True
    words = list(re.findall(r"[^\W_]+", name.casefold()))
    short = [w for w in words if w not in _SMALL] or words
    bare = short[:-1] if short[-1:] and short[-1] in _KIND_OF else short
    for label in host.split(".")[:-1]:
        label = re.sub(r"[^a-z0-9]", "", label)
        if len(label) > 1 and any(_from_openings(label, w) for w in (words, short, bare)):
            return True
    return False


def _from_openings(label: str, words: list[str]) -> bool:
    """Whether ``label`` is made of an opening of each word, in order, and of the last word whole or all by initials."""
    if not words or len(words) > 8:
        return False
    if len(words) == 1:
        return label == words[0]
    if label == "".join(w[0] for w in words):
        return True
    reached = {0}
    for word in words[:-1]:
        reached = {at + n for at in reached for n in range(1, len(word) + 1) if label.startswith(word[:n], at)}
    return any(label[at:] == words[-1] for at in reached)


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text.casefold())


def _path(url: str | None) -> str:
    try:
        return unquote(urlsplit(url or "").path)
    except ValueError:
        return ""


def _day(year: str, month: str | int, day: str | int) -> str | None:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return found.isoformat() if found.year >= EARLIEST else None
