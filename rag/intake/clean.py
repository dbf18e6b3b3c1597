"""Raw documents into clean articles: Unicode and white space, page furniture dropped, title, outlet and date found.

``Article.text`` is final here: every offset anywhere else counts code points in it. Paragraphs are separated by
one blank line and hold no line breaks.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from itertools import islice

from rag.errors import SourceError
from rag.intake import boilerplate
from rag.intake.boilerplate import Line, is_sentence
from rag.intake.bylines import date_in, is_byline, is_date_line, is_sign_off
from rag.intake.provenance import host_of, split_title, url_day
from rag.text.language import detect
from rag.text.unicode import normalise
from rag.types import Article, DateSource, OutletSource, RawDocument

HEADING_WORDS = 6
TITLE_WORDS = (3, 14)
# A short line with one of these tells something: "June 19: Jan Doe", "Jan Doe, “The Reef”", "Fare: $3", "Tholm (shut)".
_STATES = re.compile(r"[\d“”\"():;,$€£¥%=|]|\s[-–—]")
SIGN_OFFS = 5  # lines at the end that may say how an article was made
TELLING = 40  # paragraphs of prose that tell which language a text is in
BODY_WORDS = 18  # a sentence of so many words is the article itself, not something around it


@dataclass(frozen=True, slots=True)
class Dropped:
    """A line that is not part of the article, and why."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Cleaned:
    article: Article
    dropped: tuple[Dropped, ...]


def clean(raw: RawDocument, now: str) -> Article:
    """The article in ``raw``. ``now`` is the ISO timestamp of the ingest; text dates after it are not believed.

    Raises SourceError when nothing is left.
    """
    return explain(raw, now).article


def explain(raw: RawDocument, now: str) -> Cleaned:
    """As ``clean``, with every dropped line and the reason. Nothing is lost: a line is kept, title, or dropped."""
    lines = _lines(normalise(raw.text))
    body_language = detect("\n".join(islice(filter(_is_body, lines), TELLING)) or "\n".join(lines))
    kept, dropped = _without_furniture(lines, body_language)
    given, named, outlet = _names(raw)
    kept, title = _take_title(kept, given, dropped)
    published_at, date_source = _day(raw, kept[:4] + [d.text for d in dropped], now)
    kept, source = _take_details(kept, dropped)
    outlet, outlet_source = _outlet(raw, outlet, source, named)
    kept = _without_headings(kept, dropped)
    text = "\n\n".join(kept)
    if not any(c.isalnum() for c in text):
        raise SourceError(
            f"{raw.path or raw.key}: no article text is left after page furniture is taken away.",
            "Check that the file holds an article and not a menu, a list of links or an empty page.",
        )
    article = Article(
        id=raw.key,
        text=text,
        content_hash=hashlib.sha256(text.encode()).hexdigest(),
        title=title,
        outlet=outlet,
        published_at=published_at,
        published_at_source=date_source if published_at else "unknown",
        url=raw.url,
        language=detect(text),
        path=raw.path,
        ingested_at=now,
        outlet_source=outlet_source,
        authors=tuple(author for name in raw.authors if (author := _line(name))),
    )
    return Cleaned(article, tuple(dropped))


# --- lines ---------------------------------------------------------------------------------------------


def _lines(text: str) -> list[str]:
    """One string per paragraph: lines that an editor wrapped at a width are joined, other lines stand alone."""
    paragraphs = [[line for line in p.split("\n") if line] for p in re.split(r"\n{2,}", text)]
    inner = [len(line) for p in paragraphs for line in p[:-1]]
    width = max(inner, default=0)
    wrapped = bool(inner) and width <= 130 and sorted(inner)[len(inner) // 2] >= max(40, 0.7 * width)
    result: list[str] = []
    for paragraph in paragraphs:
        joinable = False
        for line in paragraph:
            if joinable and not re.match(r"[-*•‣–]\s|\d{1,3}[.)]\s", line):
                result[-1] += " " + line
            else:
                result.append(line)
            joinable = wrapped and len(line) >= 0.6 * width
    return result


def _is_body(text: str) -> bool:
    return is_sentence(text) and len(text.split()) >= BODY_WORDS and boilerplate.judge(Line(text, edge=True))[0] < 2


# --- dropping ---------------------------------------------------------------------------------------


def _without_furniture(lines: list[str], language: str | None) -> tuple[list[str], list[Dropped]]:
    first, last = _body(lines, language)
    total = sum(len(t.split()) for t in lines)
    kept: list[str] = []
    dropped: list[Dropped] = []
    words = 0
    comments = False
    for i, text in enumerate(lines):
        edge = i < first or i > last
        line = Line(text, edge=edge, foreign=edge and _is_foreign(text, language))
        score, reason = boilerplate.judge(line)
        if comments:
            score, reason = boilerplate.THRESHOLD, "below the comment section's heading"
        elif score >= boilerplate.THRESHOLD and boilerplate.opens_comments(text) and words > 0.5 * total:
            comments = True
        if score < boilerplate.THRESHOLD and i < min(first, 10) and _is_cut_off(text, lines):
            score, reason = boilerplate.THRESHOLD, "cut off in the middle of a word"
        words += len(text.split())
        if score >= boilerplate.THRESHOLD:
            _drop_heading_above(kept, dropped, lines, i, last)
            dropped.append(Dropped(text, reason))
        else:
            kept.append(text)
    return kept, dropped


def _body(lines: list[str], language: str | None) -> tuple[int, int]:
    """The first and the last line of prose in the article's language; of a text without any, its ends."""

    def is_own(i: int) -> bool:
        return _is_body(lines[i]) and not _is_foreign(lines[i], language)

    first = next(filter(is_own, range(len(lines))), None)
    if first is None:
        return 0, len(lines) - 1
    return first, next(filter(is_own, range(len(lines) - 1, -1, -1)))


def _drop_heading_above(kept: list[str], dropped: list[Dropped], lines: list[str], i: int, last: int) -> None:
    """At the tail, a short heading whose text is dropped goes with it."""
    above = i - 1
    if above <= last or not kept or kept[-1] != lines[above] or boilerplate.source_line(lines[above]):
        return
    if _is_fragment(lines[above], HEADING_WORDS) and not _STATES.search(lines[above].rstrip(":")):
        dropped.append(Dropped(kept.pop(), "the heading of something dropped"))


def _is_foreign(text: str, language: str | None) -> bool:
    if language is None or len(text.split()) < 6:
        return False
    found = detect(text)
    return found is not None and found != language


def _is_cut_off(text: str, lines: list[str]) -> bool:
    """Whether a caption or teaser stops inside a word that the article writes in full ("… between Gov")."""
    words = re.findall(r"\w+", text)
    if is_sentence(text) or len(words) < 6 or not text[-1].isalnum():
        return False
    last = words[-1]
    others = re.findall(rf"\b{re.escape(last)}\w*", "\n".join(t for t in lines if t != text))
    return len(last) >= 2 and len(others) >= 2 and last not in others


def _is_fragment(text: str, most: int) -> bool:
    return not is_sentence(text) and len(text.split()) <= most and not re.match(r"[-*•‣–]\s|\d{1,3}[.)]\s", text)


def _without_headings(kept: list[str], dropped: list[Dropped]) -> list[str]:
    """Without short lines that stand alone above a paragraph: they state nothing that could be quoted."""
    result = []
    for i, text in enumerate(kept):
        below = kept[i + 1] if i + 1 < len(kept) else ""
        above = kept[i - 1] if i else below
        plain = _is_fragment(text, HEADING_WORDS) and not _STATES.search(text)
        nothing_below = not below and is_sentence(above)
        if plain and len(above.split()) > HEADING_WORDS and (nothing_below or len(below.split()) > HEADING_WORDS):
            dropped.append(Dropped(text, "a heading"))
        else:
            result.append(text)
    return result


# --- title, outlet, date ----------------------------------------------------------------------------


def _line(text: str | None) -> str:
    return " ".join(normalise(text or "").split())


def _names(raw: RawDocument) -> tuple[str | None, str | None, str | None]:
    """The title given, without the outlet's name; that name where it stood there; the outlet given."""
    outlet = _line(raw.outlet) or None
    title, named = split_title(_line(raw.title), outlet, raw.url)
    return title or None, named, outlet


def _outlet(
    raw: RawDocument, given: str | None, source: str | None, named: str | None
) -> tuple[str | None, OutletSource]:
    """The outlet as given, as a source line or the title names it, or the host of the address; and how it is known."""
    if given:
        return given, raw.outlet_source if raw.outlet_source != "unknown" else "metadata"
    if source or named:
        return source or named, "text"
    host = host_of(raw.url)
    return (host, "url") if host else (None, "unknown")


def _day(raw: RawDocument, lines: list[str], now: str) -> tuple[str | None, DateSource]:
    """The day of publication as given, as the address holds it, as the text gives it, or as the file was made."""
    if raw.published_at:
        return raw.published_at, raw.published_at_source
    today = now[:10]
    if (addressed := url_day(raw.url)) and addressed <= today:
        return addressed, "metadata"
    day, source = date_in(lines, now)
    if day is None and raw.created_on and raw.created_on <= today:
        return raw.created_on, "inferred"
    return day, source


def _take_title(kept: list[str], title: str | None, dropped: list[Dropped]) -> tuple[list[str], str | None]:
    """The title, and the text without the line that repeats it. Without one given, a headline above the body."""
    head = next((i for i, text in enumerate(kept) if _is_body(text)), len(kept))
    if title is None:
        fits = [t for t in kept[: min(head, 4)] if _looks_like_headline(t) and t != kept[-1]]
        title = fits[0] if fits else None
    if not title:
        return kept, None
    result = []
    for i, text in enumerate(kept):
        if i <= head and _same_words(text, title) and not text.endswith(".") and text != kept[-1]:
            dropped.append(Dropped(text, "the title"))
        else:
            result.append(text)
    return result, title


def _looks_like_headline(text: str) -> bool:
    least, most = TITLE_WORDS
    return (
        not text.rstrip().endswith((".", ":", ",", ";", "…"))
        and least <= len(text.split()) <= most
        and text[0] != "("
        and (text[0] == text[0].upper() or not text[0].isalpha())
        and not is_byline(text)
        and not is_date_line(text)
        and boilerplate.source_line(text) is None
    )


def _same_words(a: str, b: str) -> bool:
    return re.findall(r"\w+", a.casefold()) == re.findall(r"\w+", b.casefold())


def _take_details(kept: list[str], dropped: list[Dropped]) -> tuple[list[str], str | None]:
    """Bylines, date lines and source lines out of the text; the outlet where a source line names one."""
    outlet = None
    head = next((i for i, text in enumerate(kept) if _is_body(text)), 0)
    tail = max((i for i, text in enumerate(kept) if _is_body(text)), default=len(kept))
    about = [(i < head or i > tail) and (is_byline(text) or is_date_line(text)) for i, text in enumerate(kept)]
    result = []
    for i, text in enumerate(kept):
        source = boilerplate.source_line(text) if i > tail or i < head else None
        listed = any(about[j : j + 3] == [True] * 3 for j in range(max(0, i - 2), i + 1))  # names or days of a list
        if source:
            outlet = outlet or source
            dropped.append(Dropped(text, "names the source"))
        elif about[i] and (i < head or i >= len(kept) - SIGN_OFFS) and not listed:
            dropped.append(Dropped(text, "a byline or date line"))
        elif (i == 0 or i >= len(kept) - SIGN_OFFS) and is_sign_off(text):
            dropped.append(Dropped(text, "says how the article was made"))
        else:
            result.append(text)
    return result, outlet
