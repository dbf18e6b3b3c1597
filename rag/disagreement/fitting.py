"""Whether a value is of the time, place, part and mood that a question asks about.

Left out is what speaks of another time or place, or of a part or the whole of what is asked, what is told by the day
or the head where the question is not, and what is only demanded, offered, planned or feared.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from rag.disagreement.cover import Account, Matter, text_before
from rag.disagreement.dated import deed_of
from rag.disagreement.matter import story_names
from rag.disagreement.mentions import ANYBODY, FATES, PEOPLE, clause_of, focus_of, only_partly
from rag.disagreement.parties import parties_of
from rag.disagreement.uncounted import is_another_share, is_anothers, margin_fits
from rag.text.names import Name, find_names, same_name, share_name
from rag.text.reading import Reading, read, root
from rag.text.senses import alike, roots_of
from rag.text.times import parse_day, resolve
from rag.text.words import word_set
from rag.types import SourceSentence

MIN_COVER = 0.5  # of the question's words, weighted, that a value's surroundings hold

MIN_OWN = 0.1  # of them in the sentence itself, where the kind of value alone says little

MIN_FIT = 0.7  # of cover and three tenths of the sentence's relevance

LEAD_CHARS = 250  # of an article that tell what all of it is about

FAR_DAYS = 45  # before the article's day: what a clause dates so tells of another time

_MODAL_WORD = re.compile(
    r"\b(?P<w>demand\w*|ask(?:s|ed|ing)? for|want(?:s|ed)?|offer\w*|propos\w+|(?<!as )(?<!than )(?<!the )plann?(?:s|ed|"
    r"ing)?|(?<!than )expect\w*|hop(?:e|es|ed|ing)|"
    r"target\w*|licen[sc]ed|allowed|promis\w+|threaten\w*|forecast\w*|fear\w*|seek(?:s|ing)?|sought|aim(?:s|ed)|"
    r"scheduled|"
    r"had been set|intend\w*|capacity|designed|would|could|may|might|should|if|predict\w*|record|tried|asked)\b",
    re.IGNORECASE,
)

_OTHER_TIME = re.compile(
    r"\b(?:(?:the\s+)?(?:previous|earlier|former|preceding|last|first|second|third)\s+(?:round|time|attack|"
    r"battle|strike|"
    r"coup|accident|attempt|exchange|election|trial|quake|flood|vote|war|one|crash|match|truce|offer|day|week|"
    r"month|year)|"
    r"(?:worst|largest|biggest|deadliest|highest|record)\b|since (?:19|20)\d\d|years? (?:ago|earlier|before)|"
    r"a (?:year|month|decade|week) (?:ago|earlier|before)|at (?:its|their) height|in (?:it|that one)\b|"
    r"then\b(?=[.,;]|$)|back then|compared with|than (?:in|a)\b)\b",
    re.IGNORECASE,
)

_DAY_OF = re.compile(r"\b(?:first|second|third|last) (?:day|week|month|year|time)s?\b")

_RATE = re.compile(
    r"\b(?:per (?:day|hour|week|month|year|person|head)|(?:a|an|each|every) (?:day|hour|week|month|"
    r"year)(?! (?:later|ago|earlier|before|after))|daily|weekly|monthly)\b"
)

_PER = re.compile(r"[^,;.]{0,25}?\bper (?!cent\b)(\w+)")

_PARTLY = re.compile(
    r"\s*(?:of (?:the|them|those|these|its|their|whom)\b(?! \d)|(?:\w+\s+){0,2}each\b|more\b|"
    r"others?\b)",
    re.IGNORECASE,
)

_WHOLE = re.compile(r"\b(?:whole|entire|nationwide|country as a whole|worldwide|altogether)\b", re.IGNORECASE)

_PLACED = re.compile(r"\b(?:in|near|at|around|outside|across|off|inside|throughout)\s+(?:the\s+)?(?:\w+\s+){0,2}$")

_SPENT_ON = re.compile(r"[\w.,-]+\s+\w+\s+of\s+(?P<what>(?:[\w'’-]+\s*){1,3})")

_IT = re.compile(r"\b(?:it|they|that|this|those|the (?:sum|figure|amount))\b", re.IGNORECASE)


def fitted(matter: Matter, value: Account) -> Account | None:
    """The value with its cover, or None where it is of another time, place, part or mood than the question."""
    source, text = value.source, value.source.text
    reading = read(text)
    clause = clause_of(reading, value.quantity) if value.quantity else _clause_at(reading, value.at)
    said = text[slice(*clause)]
    modal, asked = {m["w"].lower()[:5] for m in _MODAL_WORD.finditer(said)}, matter.asked.text.lower()
    if re.search(r"\b(?:will|would)\b", asked):
        modal -= {"would", "could", "fear", "fears", "feare", "expec", "plan", "plans", "plann", "forec", "predi"}
    if any(word not in asked for word in modal if word not in ("asked", "may", "if")):
        return None
    if value.quantity and value.quantity.kind == "number" and _PARTLY.match(text, value.quantity.end):
        return None
    other, wanted = _OTHER_TIME.search(said), _OTHER_TIME.search(_DAY_OF.sub(" ", asked))
    if (other and not _shares_words(other[0], asked)) or (wanted and not _shares_words(wanted[0], text.lower())):
        return None
    if value.quantity and (
        not margin_fits(asked, text, value.quantity)
        or is_anothers(matter.reading, reading, value.quantity)
        or is_another_share(matter.reading, reading, value.quantity)
    ):
        return None
    if value.quantity and not _same_rate(asked, text, value.at):
        return None
    if not _acts(matter, value):
        return None
    if _WHOLE.search(said) and not _WHOLE.search(asked):
        return None
    if other_time(matter, source, clause) or _other_place(matter, source, clause):
        return None
    unit = value.unit or ""
    life = {"life", "live", "lose"} if "killed" in matter.fates else set()
    fates = life | frozenset(root(w) for fate in matter.fates for w in FATES[fate])
    without = frozenset({root(w) for w in (*matter.asked.noun.split()[-1:], unit) if w}) | fates | _KIND_WORDS
    cover, own = matter.cover(source, clause, without)
    if _KIND_WORDS & set(matter.reading.roots) & set(reading.roots):
        own = max(own, MIN_OWN)
    if (
        own < MIN_OWN
        and not value.kind.startswith(("count", "strength"))
        and (value.kind == "length" or not _IT.search(text))
    ):
        return None
    group = bool(matter.asked.noun) and matter.asked.noun.split()[-1] not in PEOPLE | ANYBODY and bool(unit)
    if cover < MIN_COVER or cover + 0.3 * value.relevance + 0.1 * group < MIN_FIT:
        return None
    return replace(value, cover=cover, own=own)


_KIND_WORDS = frozenset(
    root(w)
    for w in word_set(
        """high big large share percent percentage proportion rate price cost amount sum fee hour hours time number
        strong magnitude speed fast far deep distance long years year months month weeks days day damage part take
        took"""
    )
)


def _same_rate(asked: str, text: str, at: int) -> bool:
    """Whether a value is told by the day, the week or the head just where the question asks for that."""
    per = _PER.match(text[at:])
    if per and root(per[1]) not in read(asked).roots:
        return False  # dollars "per barrel", where the question does not speak of barrels
    return bool(_RATE.search(text) if _RATE.search(asked) else not _RATE.search(text[at : at + 50].split(",")[0]))


def _acts(matter: Matter, value: Account) -> bool:
    """Whether a sentence tells what the question asks about: what the counted did, or where an hour stands in it."""
    text = value.source.text
    told = roots_of(read(text).roots)
    if value.kind.startswith("count") and matter.deed and not matter.fates:
        return bool(alike(matter.deed) & told)
    spent = _SPENT_ON.match(text, value.at) if value.kind == "span" else None
    if spent and not any(alike(r) & set(matter.reading.roots) for r in read(spent["what"]).roots):
        # "four days of talks", where the question asks how long a port stood still
        deed = deed_of(matter.asked.text).words
        if not deed or not any(alike(word) & told for word in deed):
            return False
    if value.kind in ("clock", "span"):
        before = text[max(0, value.at - 12) : value.at].lower()
        start, end = "start" in matter.aspects, "end" in matter.aspects
        opens, closes = bool(re.search(r"\bfrom\s*$", before)), bool(re.search(r"\b(?:to|until|till)\s*$", before))
        if value.kind == "clock" and closes and not end:
            return False
        if start or end:
            return bool(told & {"start"} if start else told & {"end"}) or (opens and start) or (closes and end)
    return True


def _shares_words(phrase: str, asked: str) -> bool:
    return any(
        root(w) in {root(a) for a in re.findall(r"\w+", asked)}
        for w in re.findall(r"\w+", phrase.lower())
        if len(w) > 3
    )


def _clause_at(reading: Reading, at: int) -> tuple[int, int]:
    here = max((t.clause for t in reading.terms if t.start <= at), default=0)
    own = [t for t in reading.terms if t.clause == here]
    return (own[0].start, own[-1].end) if own else (0, len(reading.text))


def other_time(matter: Matter, source: SourceSentence, clause: tuple[int, int]) -> bool:
    """Whether a clause is dated to another year than the question's, or long before its article where the question
    does not name that time."""
    anchor = parse_day(source.article.published_at)
    told = [d for d in read(source.text).dates if clause[0] - 30 <= d.start < clause[1] + 30]
    years = {d.year for d in told if d.year}
    if matter.years:
        if years:
            return not years & matter.years
        return anchor is not None and anchor.year not in matter.years
    for mention in told:
        interval = resolve(mention, anchor)
        if interval is None or anchor is None:
            if mention.year and anchor and mention.year != anchor.year:
                return True
            continue
        if interval.end < anchor - timedelta(days=FAR_DAYS):
            words = set(re.findall(r"\w{4,}", mention.text.lower()))
            if not words & set(re.findall(r"\w{4,}", matter.asked.text.lower())):
                return True
    return False


def _other_place(matter: Matter, source: SourceSentence, clause: tuple[int, int]) -> bool:
    """Whether a clause tells of another place or person than the question names."""
    text, reading = source.text, read(source.text)
    spans = [(s, e) for s, e, _ in parties_of(text, frozenset())[0]]
    if not matter.names or only_partly(text, matter.names):
        return bool(matter.names)
    names = reading.names
    here = share_name(names, matter.names)
    focus = [n for n in focus_of(reading, clause) if not any(s <= n.start < e for s, e in spans)]
    placed = any(_PLACED.search(text[: n.start]) for n in focus)
    if focus and not share_name(focus, matter.names) and not (_all_told(matter, names) if placed else here):
        lead = find_names(f"{source.article.title or ''}. {source.article.text[:LEAD_CHARS]}")
        if not (_all_told(matter, lead) and share_name(focus, story_names(source.article))):
            return True  # "the curfew in its capital": of a place that the whole article is about
    known = (*names, *story_names(source.article), *_names_before(source))
    return not all(any(same_name(n, k) for k in known) for n in matter.names)


def _all_told(matter: Matter, names: Sequence[Name]) -> bool:
    return all(any(same_name(n, k) for k in names) for n in matter.names)


def _names_before(source: SourceSentence) -> tuple[Name, ...]:
    return find_names(text_before(source))
