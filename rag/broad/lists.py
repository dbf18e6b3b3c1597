"""Lists of named things ("Which towns flooded?"): what is asked for, and which names a sentence says it of.

Rules over words, no parser. A name counts only where it stands right beside the verb asked about, as its subject or
object, and nothing shows it to be another kind of thing (a person where places are asked for).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from rag.broad.days import split_days
from rag.text.names import Name, find_names, is_country, keys_of
from rag.text.reading import is_past, read, root
from rag.text.times import Interval, find_dates
from rag.text.words import STOP_WORDS, word_set, words


@dataclass(frozen=True, slots=True)
class ListPlan:
    """What a list is asked of. ``item``: the noun ("towns"), of ``kind`` place, person, group or thing. ``verbs``:
    roots of what is said of the items, ``wanted`` of the other content words. ``topic``: the question without "list" or
    "which". ``subject``: whether the items do what the verb says, to something that the question names."""

    text: str
    item: str
    kind: str
    verbs: frozenset[str]
    wanted: frozenset[str]
    topic: str
    subject: bool
    days: Interval | None


# Classes of things that go by names of their own. General English; what else is asked for gets the narrow way.
_KINDS = {
    "place": word_set(
        """area base borough canton capital city country county crossing department district island lake locality
        mountain municipality nation neighbourhood neighborhood place port prefecture province region republic river
        settlement state street suburb territory town township valley village volcano zone"""
    ),
    "person": word_set(
        """artist athlete author candidate councillor driver lawmaker leader mayor minister musician person player
        politician senator singer winner"""
    ),
    "group": word_set(
        """airline bank club college company employer firm ministry newspaper operator outlet party producer retailer
        school supermarket team union university"""
    ),
    "thing": word_set(
        """airport bridge castle church dam factory ferry forest hospital hotel jail library mall market mine mosque
        museum palace park plant prison road ship shop stadium station temple theatre theater vessel"""
    ),
}
_IRREGULAR = {"people": "person", "men": "man", "women": "woman"}
LISTING = re.compile(
    r"^(?:(?:list|name|enumerate)|(?:give|show|make|write|get)\s+(?:me\s+|us\s+)?(?:an?|the)\s+(?:full\s+|complete\s+)?"
    r"list\s+of|(?:give|show|tell)\s+(?:me|us)\s+all|what\s+(?:are|were)\s+(?:all\s+)?(?:the\s+)?names\s+of|"
    r"what\s+(?:are|were)\s+all)\s+(?:all\s+|every\s+|each\s+)?(?:of\s+)?(?:the\s+|those\s+)?(?P<rest>.+)$",
    re.IGNORECASE,
)
WHICH = re.compile(
    r"^(?:(?:in|at|on|from|to|by)\s+)?(?:which|what)\s+(?P<rest>(?!of\b|is\b|are\b|was\b|were\b).+)$", re.IGNORECASE
)
_NOT_ALL = re.compile(
    r"\b(?:first|second|third|last|next|\w+est|most|least|more|fewer|only|both|two|either|than|like|as|closest|apart|or|"
    r"not|never|no|without)\b|n['’]t\b",
    re.IGNORECASE,
)
_NO_VERB = STOP_WORDS | word_set(
    "list name names give show all every each archive articles article reported far included"
)
# A place that fell was taken; seizing and storming take places, though not goods.
_TAKEN = frozenset(root(w) for w in word_set("taken fell seized stormed overran occupied"))
_FALL = root("fell")  # says something of its subject only
_AUX = r"(?:is|are|was|were|be|been|being|has|have|had|will|would|did|do|does|to|can|could)"
_TAKING = re.compile(
    r"^(?:that |which |who )?(?:have |has |had |were |was |are |is |will |to )*(?:be(?:en)? )?"
    r"(?P<verb>[\w’'-]+)(?P<after>.*)$",
    re.IGNORECASE,
)
_ASKED_OF = re.compile(r"^(?:has|have|had|did|do|does|will|would|can|could)\s+(?!been\b|be\b)", re.IGNORECASE)
_PLACED = (
    r"\b(?i:in|at|near|from|to|into|outside|around|towards?|through|(?:town|city|village|capital|province|district|region|"
    r"island|port|state|county|suburb)s?(?: of)?|north|south|east|west|of)\s+(?:the\s+)?"
)
_PLACES = (
    "town|city|village|capital|province|district|region|island|port|state|county|suburb|kilomet(?:re|er)s|km|miles"
)
_PRECISE = word_set(
    "capital country county district island nation port prefecture province region republic river state"
)
_SPEAKS = r"[\w’' -]{0,30}?(?:,[^,.]{3,60},\s+)?\s*\b(?:said|says|told|added|called|announced|warned)\b"
_GROUP = re.compile(
    r"\b(?:Front|Union|Party|Ministry|Company|Bank|Agency|Council|Army|Police|Post|Times|Herald|News|Nations|Foundation|"
    r"University|Institute|Court|Commission|Board|Association|Club|United|Group|Inc|Ltd|Corp)\b"
)
_JOINED = re.compile(
    r"^\s*(?:,|,?\s*(?:and|as well as|plus)|&)\s*(?:then |also |later )?(?:the )?(?:(?:town|city|village)s? of )?$"
)
_BEFORE_VERB = re.compile(  # between a subject and its verb: nothing, an aside, auxiliaries, adverbs
    rf"^(?:,[^.;:]{{3,90}},)?\s*(?:{_AUX}\s+|also\s+|later\s+|then\s+|already\s+|all\s+|both\s+|[a-z]+ly\s+|not\s+)*$"
)
_AFTER_VERB = re.compile(  # between a verb and its object: an article, a class, a few adjectives
    r"^\s+(?:(?:control|hold|possession|charge) of\s+)?(?:the\s+|a\s+|an\s+|its\s+|both\s+)?"
    r"(?:(?!in\b|at\b|on\b|by\b|from\b|to\b|near\b|after\b|before\b|with\b|for\b|of\b|and\b|as\b|that\b)[a-z-]+\s+){0,3}"
    r"(?:(?:town|city|village|capital|port|district|province|island|suburb|region)s?\s+(?:of\s+)?)?$"
)
_INSIDE = re.compile(  # "the cellar in Alba flooded": not Alba
    r"\b(?:in|at|on|near|from|to|with|by|outside|around|for|against|behind|(?<!town )(?<!city )(?<!village )of)\s+"
    r"(?:the\s+)?$"
)
_NO_OBJECT = re.compile(
    r"\b(?:in|at|on|by|from|to|near|after|before|during|with|for|against|when|because|as|than|since)\b"
)
_PASSIVE = re.compile(r"\b(?:is|are|was|were|be|been|being|got)\s+(?:[a-z]+ly\s+|also\s+|not\s+)?$", re.IGNORECASE)


def listed(text: str, today: date | None) -> ListPlan | None:
    """What a question asks a list of, or None; ``text`` without courtesies and closing mark."""
    found = LISTING.match(text) or WHICH.match(text)
    if not found or _NOT_ALL.search(text):
        return None
    item, kind, after = _head(found["rest"])
    if not item:
        return None
    days, told = split_days(after, today)
    own = root(singular(item))
    wanted = frozenset(root(w) for w in words(told) if w not in _NO_VERB and not w.isdigit() and root(w) != own)
    verbs, subject = _said_of(told)
    if not verbs:
        return None
    if kind == "place" and verbs & _TAKEN:
        verbs |= _TAKEN
    return ListPlan(text, item, kind, verbs, wanted - verbs, found["rest"], subject, days)


def named_in(sentence: str, plan: ListPlan, texts: str) -> list[Name]:
    """The names that a sentence says it of, in order; ``texts``: the articles found, for what kind of thing each is."""
    names = [n for n in find_names(sentence) if not _asked(n, plan.topic)]
    if not names:
        return []
    chosen: dict[int, Name] = {}
    for verb in _verbs(sentence, plan):
        for name in _beside(sentence, names, verb, plan):
            chosen[name.start] = name
    chosen.update((n.start, n) for n in _enumerated(sentence, names, plan))
    return [n for _, n in sorted(chosen.items()) if _is_kind(n, plan, texts)]


def told_of(sentence: str, plan: ListPlan) -> bool:
    """Whether a sentence tells what is asked about, as a fact or somebody's word: not denied, nor only possible."""
    reading = read(sentence)
    held = plan.verbs & set(reading.roots)
    planned = re.search(r"\b(?:will|to be|are to|is to|due|going to|plan\w*|would)\b", plan.text) is not None
    return bool(
        held - (reading.denied - reading.stated) - reading.possible - (frozenset() if planned else reading.ahead)
    )


def singular(noun: str) -> str:
    """A plural noun's singular, by its ending: "cities" -> "city"."""
    if noun in _IRREGULAR:
        return _IRREGULAR[noun]
    if noun.endswith("ies") and len(noun) > 4:
        return noun[:-3] + "y"
    if noun.endswith(("ches", "shes", "sses", "xes")):
        return noun[:-2]
    return noun[:-1] if noun.endswith("s") and not noun.endswith("ss") else noun


def _head(phrase: str) -> tuple[str, str, str]:
    """The plural noun among the first words that a list's items are ("provincial capitals taken" -> "capitals"), its
    kind, and what stands after it; empty where it is none that goes by names."""
    tokens = phrase.split()
    for i, token in enumerate(tokens[:4]):
        low = token.lower().strip(",;:")
        kind = next((k for k, nouns in _KINDS.items() if singular(low) in nouns), "") if low != singular(low) else ""
        if kind and tokens[i + 1 : i + 2] != ["of"]:
            return low, kind, " ".join(tokens[i + 1 :])
        if low.endswith(("ed", "es")) or (low in STOP_WORDS and low not in ("other", "own", "of")):
            break  # a verb before the noun: "which theory suggested people ..."
    return "", "", ""


def _said_of(told: str) -> tuple[frozenset[str], bool]:
    """The roots of the verb, and whether the items do it to something else."""
    if _ASKED_OF.match(told):  # "have the rebels taken", "did the storm flood": the items are the object
        inner = [w for w in words(told) if w not in _NO_VERB]
        past = [w for w in inner if is_past(w)]
        return frozenset(root(w) for w in (past or inner[-1:])), False
    parts = _TAKING.match(told)
    if parts and (is_past(parts["verb"].lower()) or told.lower().startswith(("to ", "will ", "are to "))):
        after = parts["after"].strip()
        has_object = bool(after) and not _NO_OBJECT.match(after)
        passive = re.match(r"^(?:\w+ ){0,2}(?:were|was|are|is|been|be) ", told, re.IGNORECASE)
        return frozenset({root(parts["verb"])}), has_object and not passive
    inner = [w for w in words(told) if w not in _NO_VERB and is_past(w)]  # "the rebels took"
    return frozenset(root(w) for w in inner[-1:]), False


def _verbs(sentence: str, plan: ListPlan) -> Iterator[tuple[int, int]]:
    """Where the sentence says what is asked about: past forms, and infinitives ("claimed to have taken")."""
    for term in read(sentence).terms:
        if term.root in plan.verbs and (
            is_past(term.low) or re.search(r"\b(?:to|will|would)\s+$", sentence[: term.start])
        ):
            yield term.start, term.end


def _beside(sentence: str, names: list[Name], verb: tuple[int, int], plan: ListPlan) -> list[Name]:
    """The names that are the verb's object, or its subject where it has none or is passive, and what joins them."""
    start, end = verb
    passive = bool(_PASSIVE.search(sentence[:start]))
    after = next((n for n in names if n.start >= end and _AFTER_VERB.match(sentence[end : n.start])), None)
    falls = root(sentence[start:end]) == _FALL
    if falls and re.match(
        r"\s+(?:by |to |from |about |nearly )*(?:[$£€]?\d|half\b|sharply\b|slightly\b)", sentence[end:]
    ):
        return []  # a price
    if after is not None and not passive and not plan.subject and not falls:
        return joined(sentence, names, after, forward=True)
    subjects = [n for n in names if n.end <= start and not _INSIDE.search(sentence[: n.start])]
    before = next(
        (
            n
            for n in reversed(subjects)
            if n.end <= start and _BEFORE_VERB.match(sentence[_past_mark(sentence, n) : start])
        ),
        None,
    )
    acts = re.match(
        r"\s+(?:the|a|an|its|their|all|some|several)\s+[a-z]", sentence[end:]
    )  # it does it to something else
    if before is not None and (passive or plan.subject or not acts):
        return joined(sentence, names, before, forward=False)
    return []


def joined(sentence: str, names: list[Name], first: Name, *, forward: bool) -> list[Name]:
    """A name with those joined to it by commas and "and"."""
    run, place = [first], names.index(first)
    step = 1 if forward else -1
    while 0 <= place + step < len(names):
        a, b = sorted((names[place], names[place + step]), key=lambda n: n.start)
        if not _JOINED.match(sentence[_past_mark(sentence, a) : b.start]):
            break
        place += step
        run.append(names[place])
    return run


def _enumerated(sentence: str, names: list[Name], plan: ListPlan) -> list[Name]:
    """The names listed behind the noun asked for: "three banks cut their forecasts: Orrin, Castell and First Union"."""
    if not told_of(sentence, plan) or not re.search(rf"\b{re.escape(plan.item)}\b", sentence, re.IGNORECASE):
        return []
    colon = re.search(r":\s+|\b(?:such as|including|namely|among them)\s+", sentence)
    if not colon:
        return []
    first = next((n for n in names if colon.end() <= n.start <= colon.end() + 4), None)
    return joined(sentence, names, first, forward=True) if first else []


def _past_mark(sentence: str, name: Name) -> int:
    """Behind a name and its possessive."""
    return name.end + (2 if re.match(r"['’]s", sentence[name.end :]) else 0)


def _asked(name: Name, question: str) -> bool:
    return all(key in keys_of(question) for key in name.keys)


def _is_kind(name: Name, plan: ListPlan, article: str) -> bool:
    """Whether a name may be what the question asks for, by the company it keeps in the articles."""
    kind, written, own = plan.kind, re.escape(name.text), singular(plan.item)
    if own in _PRECISE:  # "Norvan, the capital of", "the provinces of Ulm and Osk"
        noun = rf"(?:{own}|{re.escape(plan.item)})"
        near = rf"\b{written}\b,?[^.;]{{0,70}}\b{noun}\b|\b{noun}\b[^.;,]{{0,40}}\b{written}\b"
        if not (is_country(name.text) if own in ("country", "nation") else re.search(near, article)):
            return False
    speaks = re.search(
        rf"\b{written}{_SPEAKS}|\b(?:said|says|told|called|added)\s+(?:[a-z]+\s+){{0,4}}{written}\b", article
    )
    titled = re.search(
        rf"\b(?:[Mm]r|[Mm]rs|[Mm]s|[Dd]r|[Pp]resident|[Mm]inister|[Mm]ayor|[Gg]overnor|[Jj]udge|[Cc]aptain|[Gg]eneral|"
        rf"[Ss]pokes(?:wo)?man|[Ll]eader|[Cc]hief|[Dd]irector)\.?,?\s+{written}\b",
        article,
    )
    placed = own in _PRECISE or re.search(
        rf"{_PLACED}{written}\b|\b{written} in the (?:north|south|east|west|cent)|"
        rf"\b{written}(?:,| is| was) (?:an?|the|\d+) [^.;]{{0,40}}\b(?:{_PLACES})\b",
        article,
    )
    if kind == "place":
        return bool(placed) and not speaks and not titled and not _GROUP.search(name.text) and not name.text.isupper()
    if kind == "person":
        return not _GROUP.search(name.text) and not name.text.isupper() and bool(speaks or titled or not placed)
    return not titled and not find_dates(name.text)
