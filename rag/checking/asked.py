"""A question for a yes or a no, taken apart: of whom or what it asks, what it asks of it, and what only goes along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.checking.clauses import BE, PRONOUNS
from rag.text.opposites import opposites
from rag.text.reading import Reading, Term, is_past
from rag.text.words import word_set

_DO = word_set("do does did don't doesn't didn't")
_BE = word_set("is are was were am isn't aren't wasn't weren't")
_HAVE = word_set("has have had hasn't haven't hadn't")
_AUXILIARIES = (
    _DO
    | _BE
    | _HAVE
    | word_set("will would can could shall should may might must won't wouldn't can't couldn't shouldn't mustn't")
)
_TURNS = word_set("who whom whose which that")
_ASIDE = word_set(
    """when while whereas although though because since until after before if once as during in at on under
    over near along around inside outside within amid throughout across despite due following between
    below above beside beyond"""
)
_GOVERNED = word_set("to with against by from into about for than onto toward towards through upon off out")
ADVERBS = word_set(
    """still also ever now already really again yet just actually truly indeed then finally soon likely not
    currently today recently once both all"""
)
_ARTICLES = word_set("a an")
_PARTICLES = word_set("off out up down away back")
_ANYBODY = word_set("anyone anybody someone somebody")
_SOME = word_set("any some")
_PEOPLE = word_set("people person persons man men woman women one ones")
_SAYING = word_set("say tell think believe admit announce claim report warn confirm deny expect")
_COMING = word_set("going due expected set planning planned about likely scheduled")
_FED = word_set(
    """fed known shown seen heard given gone done worn torn born read set let put spoken written eaten hidden
    forbidden"""
)
# Frequent verbs in their base form: what follows is no longer whom it is asked of.
_VERBS = word_set(
    """accept accuse act add admit agree aim allow announce answer appeal appear approve arrest arrive ask
    attack attend avoid ban bear beat become begin believe block break bring build burn buy call cancel
    carry catch cause change charge choose claim close collapse come complain concede condemn confirm
    consider contain continue control convict cost cover crash create cross cut damage decide declare
    decline defeat delay demand deny describe destroy die discover drop earn eat elect employ end enter
    escape expect explain explode extend face fail fall fear feel fight find finish fire flee fly follow
    force gain get give go grow happen have hear help hide hire hit hold hope hurt include increase
    injure invest invite join keep kill know land last launch lead learn leave lend let lift like live
    look lose love make manage mean meet mention miss move name need offer open oppose order own pass
    pay plan play postpone prevent produce promise protest prove publish put quit raise reach receive
    recover reduce refuse reject release rely remain remove repair replace resign rest restore retire
    return reveal rise rule run save say score see seek sell send serve set shoot show shut sign sink
    speak spend spread stand start stay steal step stop strike succeed suffer sue support survive take
    talk teach tell think threaten try turn use vote wait walk want warn win withdraw work write"""
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Places of terms in ``reading``. ``subject``: its own words, the last its head (none for "anyone");
    ``predicate``: the word asked of it; ``governed``: what it takes, ``beside``: where, when and how. ``ahead``: it
    asks what will be; ``may``: what can be; ``passive``: the subject is done to; ``there``: whether there is any."""

    reading: Reading
    subject: tuple[int, ...]
    anybody: bool
    predicate: int
    particle: str
    governed: tuple[int, ...]
    beside: tuple[int, ...]
    ahead: bool
    may: bool
    passive: bool
    there: bool

    @property
    def root(self) -> str:
        return self.reading.terms[self.predicate].root


def asked(reading: Reading) -> Asked | None:
    """The question taken apart; None where its wording is beyond these rules."""
    terms = reading.terms
    aux = next((i for i, t in enumerate(terms[:3]) if t.low in _AUXILIARIES), None)
    if aux is None or terms[aux].low.endswith("n't"):
        return None
    start = _skip(terms, aux + 1)
    there = start < len(terms) and terms[start].low == "there"
    if there:
        start = _skip(terms, start + 1)
        return _existing(reading, start, terms[aux].low)
    if start >= len(terms):
        return None
    anybody = terms[start].low in _ANYBODY
    some = terms[start].low in _SOME
    place = _predicate(reading, terms[aux].low, start + some, anybody)
    if place is None:
        return None
    predicate, passive = place
    if _in_name(reading, predicate):
        return None
    subject = [] if anybody else _head(reading, start, predicate)
    if not subject and not anybody and not any(t.low in PRONOUNS for t in terms[start:predicate]):
        return None
    if some and subject and terms[subject[-1]].low in _PEOPLE:
        anybody, subject = True, []
    governed, beside = _taken(reading, predicate + 1)
    tail = [i for i in range(start, predicate) if _tells(terms[i]) and i not in subject]
    particle = terms[predicate + 1].low if predicate + 1 < len(terms) and terms[predicate + 1].low in _PARTICLES else ""
    if (
        particle
        and predicate + 2 < len(terms)
        and reading.text[terms[predicate + 1].end : terms[predicate + 2].start] != " "
    ):
        particle = ""
    low = terms[aux].low
    ahead = low in ("will", "would", "shall") or _coming(terms, start) is not None
    may = low in ("can", "could", "may", "might", "must", "should")
    return Asked(
        reading, tuple(subject), anybody or (some and not subject), predicate, particle, tuple(governed),
        (*tail, *beside), ahead, may, passive, False,
    )  # fmt: skip


def _existing(reading: Reading, start: int, aux: str) -> Asked | None:
    """ "Is there any measles in the camp?": what is asked for is the first noun."""
    terms = reading.terms
    while start < len(terms) and not terms[start].content:
        start += 1
    if start >= len(terms):
        return None
    head = start
    while head + 1 < len(terms) and terms[head + 1].content and _joined(reading, head):
        head += 1
    governed, beside = _taken(reading, head + 1)
    return Asked(
        reading, (), True, head, "", (*range(start, head), *governed), tuple(beside), aux == "will", False, False, True
    )  # fmt: skip


def _predicate(reading: Reading, aux: str, start: int, anybody: bool) -> tuple[int, bool] | None:
    """Where the word that is asked of the subject stands, and whether it is done to it."""
    terms = reading.terms
    end = len(terms)
    name = next((n for n in reading.names if n.start <= terms[start].start < n.end), None)
    first = next((i for i in range(start, end) if terms[i].start >= name.end), end) if name else start + 1
    if anybody or terms[start].low in PRONOUNS:
        first = start + 1
    first = _skip(terms, first)
    if aux not in _BE | _DO:
        been = next((i for i in range(first, min(first + 8, end)) if terms[i].low in ("be", "been")), None)
        if been is not None:
            at = _skip(terms, been + 1)
            at = at + 1 if at < end and terms[at].low == "being" else at
            return _spoken(terms, at, passive=True)
    if aux in _HAVE:
        done = [i for i in range(first, end) if is_past(terms[i].low) or terms[i].low.endswith(("en", "wn"))]
        return (done[0], False) if done else None
    if aux in _BE:
        return _of_being(reading, first, name is not None or anybody or terms[start].low in PRONOUNS)
    return _of_doing(reading, first, name is not None or anybody or terms[start].low in PRONOUNS)


def _said_of(reading: Reading, at: int) -> bool:
    """Whether a word may be what "is" says of its subject."""
    term = reading.terms[at]
    if not term.content or _in_name(reading, at):
        return False
    return _past(reading.terms, at) or term.low.endswith("ing") or bool(opposites(term.root))


def _coming(terms: Sequence[Term], start: int) -> int | None:
    """Where "to" stands in "going to", "due to", "planning to"."""
    return next((i for i in range(start + 1, len(terms)) if terms[i].low == "to" and terms[i - 1].low in _COMING), None)


def _of_being(reading: Reading, first: int, whole: bool) -> tuple[int, bool] | None:
    """After "is" and "was": a past form, an -ing form, a word with an opposite, or what a preposition brings."""
    terms = reading.terms
    end = len(terms)
    to = _coming(terms, first - 1)
    if to is not None:
        return _spoken(terms, to + 1, passive="be" in [t.low for t in terms[to : to + 3]])
    turned = next((i for i in range(first, end) if terms[i].low in _TURNS), None)
    if turned is not None:  # "the people who lived in the terrace rescued": the last past form
        past = [i for i in range(turned, end) if _past(terms, i)]
        return (past[-1], True) if len(past) > 1 else None
    for i in range(first, end):
        low, before = terms[i].low, terms[i - 1].low
        if not (whole or any(t.content for t in terms[first - 1 : i])) or low in ADVERBS or low == "of":
            continue
        if low in _ARTICLES or (low == "the" and whole):
            return _spoken(terms, i + 1, passive=False)
        if low in ("being", "to"):
            return _spoken(terms, i + 1, passive=low == "being")
        if before == "of" or (before in ("the", "a", "an", "its", "his", "her", "their") and i >= first):
            continue
        if _past(terms, i):
            return i, True
        if terms[i].content and (low.endswith("ing") or opposites(terms[i].root) or whole):
            return i, False
        if low in _ASIDE | _GOVERNED:
            later = [j for j in range(i + 1, end) if _said_of(reading, j)]
            if whole or not later:
                return _spoken(terms, i + 1, passive=False) if low not in ("behind", "ahead") else (i, False)
            return later[-1], _past(terms, later[-1])
    last = end - 1
    return (last, False) if last > first and terms[last].content else None


def _of_doing(reading: Reading, first: int, whole: bool) -> tuple[int, bool] | None:
    """After "did" and "will": a base form. ``whole``: what stands before ``first`` may be all of the subject."""
    terms = reading.terms
    end, i = len(terms), first if whole else first - 1
    while i < end:
        run = i
        while run < end and not terms[run].content and terms[run].low not in _SAYING:
            run += 1
        stop = run
        while stop < end and (terms[stop].content or terms[stop].low in _SAYING | {"close"}):
            stop += 1
            if not _joined(reading, stop - 1) or (_in_name(reading, stop) and not _in_name(reading, stop - 1)):
                break
        words = list(range(run, stop))
        if not words:
            return None
        able = words if whole else words[1:]
        verb = next((j for j in able if terms[j].low in _VERBS | _SAYING and not _in_name(reading, j)), None)
        if verb is not None:
            return verb, False
        following = terms[stop].low if stop < end else ""
        if following in _TURNS:  # "the mayor who lost ask": after the verb of the aside
            past = next((j for j in range(stop, end) if is_past(terms[j].low)), None)
            return None if past is None or past + 1 >= end else (past + 1, False)
        past = bool(able) and is_past(terms[words[-1]].low)
        if following in _ASIDE | _GOVERNED | {"of", "and"} and (past or not able):  # "of Harg", "deployed to Kabul"
            i, whole = stop + 1, False
            name = next((n for n in reading.names if i < end and n.start <= terms[i].start < n.end), None)
            while name and i < end and terms[i].start < name.end:
                i, whole = i + 1, True
            continue
        if whole and not terms[words[0]].low.endswith("s") and not _in_name(reading, words[0]):
            return words[0], False
        return (words[-1], False) if able else None
    return None


def _in_name(reading: Reading, at: int) -> bool:
    return at < len(reading.terms) and any(n.start <= reading.terms[at].start < n.end for n in reading.names)


def _joined(reading: Reading, at: int) -> bool:
    """Whether the next word follows at once: nothing but a blank or hyphen between."""
    terms = reading.terms
    return at + 1 >= len(terms) or not reading.text[terms[at].end : terms[at + 1].start].strip(" -‑'’")


def _spoken(terms: Sequence[Term], at: int, *, passive: bool) -> tuple[int, bool] | None:
    """The first word from ``at`` on that says something; where it is done to somebody, the past form."""
    place = next((i for i in range(at, len(terms)) if terms[i].content), None)
    if place is None:
        return None
    if passive:
        place = next((i for i in range(place, min(place + 3, len(terms))) if _past(terms, i)), place)
    return place, passive


def _head(reading: Reading, start: int, predicate: int) -> list[int]:
    """The subject's own words, its head last: what stands before "of", "in" or "who"."""
    terms = reading.terms
    found: list[int] = []
    for i in range(start, predicate):
        if (
            terms[i].low in _TURNS
            or terms[i].low in _ASIDE | _GOVERNED
            or terms[i].low in ("of", "be", "been", "being")
        ):
            if found:
                break
            continue
        if found and is_past(terms[i].low) and i + 1 < predicate and terms[i + 1].low in _ASIDE | _GOVERNED:
            break  # "the soldiers deployed to Kora"
        if _tells(terms[i]):
            found.append(i)
    return found


def _taken(reading: Reading, start: int) -> tuple[list[int], list[int]]:
    """What the predicate takes, and what only goes along, from ``start`` on."""
    terms = reading.terms
    governed: list[int] = []
    beside: list[int] = []
    into = governed
    for i in range(start, len(terms)):
        low = terms[i].low
        if low in ("when", "while", "because", "after", "before", "since", "until", "if", "once"):
            beside.extend(j for j in range(i, len(terms)) if _tells(terms[j]))
            break
        if low in _ASIDE:
            into = beside
        elif low in _GOVERNED:
            into = governed
        elif _tells(terms[i]) and low not in BE:
            into.append(i)
    return governed, beside


def _tells(term: Term) -> bool:
    return term.content and term.low not in ADVERBS | _ANYBODY | _COMING


def _past(terms: Sequence[Term], at: int) -> bool:
    low = terms[at].low
    return is_past(low) or low in _FED or (terms[at].content and at + 1 < len(terms) and terms[at + 1].low == "by")


def _skip(terms: Sequence[Term], at: int) -> int:
    while at < len(terms) and terms[at].low in ADVERBS:
        at += 1
    return at
