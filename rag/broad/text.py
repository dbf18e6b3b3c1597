"""Single sentences of an article as they can be shown: understood alone, cleaned, and weighed for a digest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from rag.events import event_of, said_on
from rag.text.names import find_names
from rag.text.reading import is_past
from rag.text.sentences import split
from rag.text.times import Interval, parse_day
from rag.text.words import words
from rag.types import Article, Passage, Quote, SourceSentence, Span

SHORT = 10  # words of an opening sentence that only sets the scene
FRESH = timedelta(days=10)  # how far back a report's own news may lie

# A sentence that opens like this, or holds such a word, leans on one before it.
_OPENS_LEANING = re.compile(
    r"^[\"“”‘'(]*(?:he|she|it|they|we|i|you|his|her|its|their|our|my|this|that|these|those|such|both|but|and|so|then|"
    r"there|here|also|however|instead|nevertheless|another|others|the (?:two|three|latter|former|other|"
    r"others|"
    r"second|third|same|move|decision|attack|incident|group|announcement|statement|figure|figures|change|changes|measure|"
    r"measures|board|ministry|company|council|union|plan|trial|agreement|deal|vessel|ship|town|city|country|findings))\b",
    re.IGNORECASE,
)
_HOLDS_LEANING = re.compile(
    r"\b(?:did so|the latter|the former|as a result|in the meantime|this (?:was|is|came|means))\b"
    r"|[\"”],? (?:he|she|they) \w+",
    re.IGNORECASE,
)
_LOOSE_IT = re.compile(  # "Whoever controls it", "Like Brix, their"
    r"^(?:(?!\b(?:the|an?|that|which)\b).){0,24}\b(?:it|its)\b|^whoever\b|^[^.]{0,70}, (?:their|its|his|her)\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_LINKING = re.compile(  # what joins a sentence to the one before and says nothing itself
    r"^(?:in addition|moreover|furthermore|meanwhile|also|additionally|besides|for (?:his|her|its|their) part|"
    r"in (?:the )?meantime),\s+",
    re.IGNORECASE,
)
_BACKGROUND = re.compile(  # what was so long before the news
    r"\b(?:was|were) (?:last|first|built|founded|born)\b|\bthe last \w+(?: \w+){0,3}, in \d{4}\b|\bknown for\b"
    r"|\bhas been \w+ for \w+ years\b",
    re.IGNORECASE,
)
_PRONOUN = re.compile(r"\b(?:he|she|him|they|them|his|her|their)\b", re.IGNORECASE)
_SUBJECT = re.compile(
    r"\b(?:he|she|him|them)\b|\b(?<!was )(?<!is )(?<!were )(?<!are )there\b(?! (?:is|are|was|were|had|has)\b)",
    re.IGNORECASE,
)
_DENIES = re.compile(
    r"\b(?:den(?:y|ies|ied)|reject(?:s|ed)|disput(?:es|ed)|dismiss(?:es|ed)|contradict(?:s|ed)) "
    r"(?:it|this|that|the (?:claim|report|accusation|allegation)s?)\b",
    re.I,
)
_SPEECH = re.compile(r"[\"“”]")
_SAYING = re.compile(
    r"\b(?:said|says|told|called|according to|accus\w+|warn\w+|den(?:y|ied)|insist\w+|claim\w*|argu\w+|prais\w+|"
    r"critici\w+|"
    r"blam\w+|demand\w*|promis\w+|welcom\w+|reject\w+|condemn\w+|complain\w+|thank\w+|regret\w*|describ\w+|announc\w+)\b",
    re.IGNORECASE,
)
_WHOLE = re.compile(r"[.!?…][\"”’'»)\]]*$")
_BYLINE = re.compile(
    r"^(?:by [A-Z]|(?:photo|image|source|picture|updated|published|copyright)s?\b\W*[:|©]|"
    r"share (?:this|on)\b|advertisement$|read more|©|https?:)",
    re.IGNORECASE,
)
_DATELINE = re.compile(
    r"^(?:[A-ZÀ-Þ][A-ZÀ-Þ'’.-]{2,}(?:[ ,/]+[A-ZÀ-Þ][A-ZÀ-Þ'’.-]*)*)"
    r"(?:,\s[A-Z][\w. ]{2,20})?(?:,?\s(?:[A-Z][a-z]{2,8}\.?\s\d{1,2}|\d{1,2}\s[A-Z][a-z]+\.?)(?:,?\s\d{4})?)?\.?"
    r"\s*(?:\([^()]{1,30}\)\s*)?(?:[—–-]|:)\s+"
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may be shown. ``text`` is the sentence without a dateline; ``day`` the day it tells of, or that
    its article was published; ``score`` about 0 to 3; ``lead`` a sentence before it that it can't do without."""

    sentence: SourceSentence
    text: str
    day: date | None
    score: float
    place: int  # of the sentence in its article, from 0
    lead: SourceSentence | None = None
    after: SourceSentence | None = None  # the sentence after it, where that denies it

    @property
    def article(self) -> Article:
        return self.sentence.article

    @property
    def quote(self) -> Quote:
        start, end = (self.lead or self.sentence).span.start, (self.after or self.sentence).span.end
        s = self.sentence
        return Quote(s.article, s.passage_id, start, end, s.article.text[start:end], s.also_in)


def alone(
    rows: Sequence[SourceSentence], place: int, gain: float = 0.0, *, early: bool = True, said: bool = False
) -> Candidate | None:
    """A sentence of an article as it can be shown alone: with the one before it where it leans on that, and with the
    one after it where that denies it. None where it can't, or says too little. ``gain`` adds to its score; ``early``
    lets a place near the beginning count."""
    source = rows[place]
    text = shown(source.text)
    if len(words(text)) < 5 or not _WHOLE.search(text) or text.endswith("?") or _half_quoted(text):
        return None
    score = _worth(text, place if early else 9, said) + gain
    years = [int(y) for y in _YEAR.findall(text)]
    published = said_on(source.article)
    if years and published and all(y < published.year for y in years):
        score -= 0.3  # recalled, not reported
    lead, before = None, rows[place - 1] if place else None
    if _leans(text):
        if before is None or _leans(before.text) or not _WHOLE.search(before.text):
            return None
        if before.passage_id != source.passage_id or source.article.text[before.span.end : source.span.start].strip():
            return None
        lead, score = before, score - 0.7
        text = f"{shown(before.text)} {text}"
    after = rows[place + 1] if place + 1 < len(rows) else None
    denied = after is not None and _DENIES.search(after.text)
    # a claim is not shown without its denial, nor "The strike is over." without what follows
    opens = place == 0 and after is not None and len(words(text)) <= SHORT and _tells(after.text)
    if after is not None and (denied or opens) and after.passage_id == source.passage_id:
        text = f"{text} {shown(after.text)}"
    else:
        after = None
    return Candidate(source, text, day_of(source), score, place, lead, after) if len(words(text)) <= 70 else None


def shown(text: str) -> str:
    """A sentence as it is shown: on one line, without dateline, linking word or stray full stop."""
    text = _DATELINE.sub("", " ".join(text.split()))
    text = re.sub(r"(?<=[.!?])(?:\s+\.)+$", "", text)
    rest = _LINKING.sub("", text)
    return rest[:1].upper() + rest[1:] if rest != text else text


def day_of(source: SourceSentence) -> date | None:
    """The day a sentence tells of, else that of its article; None where neither is known."""
    quote = Quote(source.article, source.passage_id, source.span.start, source.span.end, source.text)
    told = event_of(source.text, quote)
    published = said_on(source.article)
    day = parse_day(told[0]) if told and "/" not in told[0] else None
    if day and published and not timedelta(0) <= published - day <= FRESH:
        return published  # what is announced, or recalled, belongs to the day of the report
    return day or published


def tells_of(source: SourceSentence, days: Interval) -> bool:
    """Whether a sentence says itself that it tells of some of those days."""
    quote = Quote(source.article, source.passage_id, source.span.start, source.span.end, source.text)
    told = event_of(source.text, quote)
    first, _, last = (told[0] if told else "").partition("/")
    start, end = parse_day(first), parse_day(last or first)
    return start is not None and end is not None and days.start <= start and end <= days.end


def sentences_of(article: Article, passages: Sequence[Passage]) -> list[SourceSentence]:
    """The article's sentences, without title, byline and headings."""
    title = words(article.title or "")
    rows = [SourceSentence(article, p.id, span, p.sentence_text(span)) for p in passages for span in p.sentences]
    rows.sort(key=lambda s: s.span)
    kept = []
    for written in rows:
        row = _below_title(written)
        if row and words(row.text) != title and not _BYLINE.match(row.text):
            kept.append(row)
    return kept


def _below_title(row: SourceSentence) -> SourceSentence | None:
    """A sentence without the title that runs into it: a headline has no full stop."""
    if "\n" not in row.text:
        return row
    spans = [s for s in split(row.text) if "\n" in row.text[s.start : s.end]]
    if not spans:
        return row
    last = row.text.rfind("\n\n")
    if last < 0:
        return row
    start = row.span.start + last + len(row.text[last:]) - len(row.text[last:].lstrip())
    return SourceSentence(
        row.article, row.passage_id, Span(start, row.span.end), row.article.text[start : row.span.end], row.also_in
    )


def _half_quoted(text: str) -> bool:
    """Whether a quotation begins or ends outside the sentence."""
    return text.count('"') % 2 == 1 or text.count("“") != text.count("”")


def _tells(text: str) -> bool:
    """Whether a sentence is whole and no mere quotation."""
    return bool(_WHOLE.search(text)) and not _SPEECH.search(text) and len(words(text)) >= 8


def _worth(text: str, place: int, said: bool) -> float:
    """How well a sentence serves in a digest, about -1 to 1.8: early, telling what happened, with numbers and names,
    not speech (unless that is wanted), neither very short nor very long."""
    length = len(words(text))
    silent = re.search(r"\b(?:declined|refused) to (?:say|comment|answer)\b", text)
    spoken = len("".join(re.findall(r"[\"“][^\"”]*[\"”]", text)))
    score = {0: 1.2, 1: 0.6, 2: 0.4}.get(place, 0.2)
    score += 0.2 * any(is_past(w) for w in words(text))
    score += 0.1 * bool(re.search(r"\d", text)) + 0.1 * bool(find_names(text))
    score -= 0.3 * (length < 8) + 0.3 * (length > 45)
    speech = bool(_SPEECH.search(text)) or bool(_SAYING.search(text))
    if said:
        score += 0.8 * speech
    elif spoken > 0.4 * len(text):
        score -= 0.6
    if _PRONOUN.search(text) and not find_names(text):
        score -= 0.3
    score -= 0.4 * bool(silent) + 0.4 * bool(_LOOSE_IT.search(text)) + 0.3 * bool(_BACKGROUND.search(text))
    return score


def _leans(text: str) -> bool:
    text = shown(text)
    if _OPENS_LEANING.match(text) or _HOLDS_LEANING.search(text):
        return True
    pronoun = _SUBJECT.search(text)  # "“...,” she said": nobody says who
    return pronoun is not None and not find_names(text[: pronoun.start()])
