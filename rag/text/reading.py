"""One sentence read for checking: its content words in order, clauses, what is denied, what is only possible.

Rules over words, no parser: each looks at one clause and speaks up only where the wording is plain.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from rag.text.countries import country_forms
from rag.text.names import Name, find_names
from rag.text.numerals import SCALES, SMALL, TENS
from rag.text.quantities import Quantity, find
from rag.text.times import DateMention, find_dates
from rag.text.words import STOP_WORDS, stem, word_set


@dataclass(frozen=True, slots=True)
class Term:
    """A word at ``[start, end)`` with its root, the index of its clause, and whether it says something."""

    low: str
    root: str
    start: int
    end: int
    clause: int
    content: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """``roots``: content words without numbers and dates. ``denied`` and ``stated``: roots by polarity (one may be in
    both). ``possible``: roots said only to be possible, ``ahead`` those said to be planned or expected."""

    text: str
    terms: tuple[Term, ...]
    roots: tuple[str, ...]
    names: tuple[Name, ...]
    numbers: tuple[Quantity, ...]  # but for those that belong to dates
    dates: tuple[DateMention, ...]
    denied: frozenset[str]
    stated: frozenset[str]
    possible: frozenset[str]
    ahead: frozenset[str]
    unprefixed: frozenset[str]  # "unhurt" -> "hurt"


# Past forms that stemming does not join to their verb, and nouns to theirs: "fell" and "fall", "death" and "die".
_FAMILIES = """
take took taken capture captured captures capturing conquer conquered conquers conquering; fall fell fallen;
begin began begun; rise rose risen; grow grew grown growth; give gave given;
come came; go went gone; win won winner; lose lost loss; leave left; hold held; meet met; say said; tell told;
find found; keep kept; lead led; build built; buy bought; bring brought; fight fought; think thought; catch caught;
teach taught; sell sold sale; send sent; spend spent; lend lent; lay laid; pay paid payment; make made; hear heard;
speak spoke spoken speech; break broke broken; steal stole stolen theft; choose chose chosen choice; drive drove driven;
write wrote written; ride rode ridden; hide hid hidden; fly flew flown flight; draw drew drawn; throw threw thrown;
know knew known; see saw seen; eat ate eaten; shoot shot; strike struck stricken; sink sank sunk; swim swam swum;
run ran; sit sat; stand stood; flee fled; shut closed close closure; burn burnt; die died dead death deaths dying;
kill killed killing; become became; feel felt; get got gotten; sweep swept; wear wore worn; withdraw withdrew withdrawn
withdrawal; overthrow overthrew overthrown; arrive arrival; destroy destruction destroyed; decide decision;
propose proposal; refuse refusal; approve approval; announce announcement; appoint appointment; resign resignation;
explode explosion; collide collision; invade invasion; elect election elected; produce production; reduce reduction;
succeed success; fail failure; marry marriage; vote votes voted; child children; man men;
hurt injure injured injury injuries wounded wound wounds harmed;
woman women; fire flame flames blaze blazes inferno; earthquake quake earthquakes quakes;
house houses home homes; policeman policemen police; person people persons; wife wives; life lives
"""
_BASE = {form: family.split()[0] for family in _FAMILIES.split(";") for form in family.split()}
_PAST = frozenset(
    form
    for form in word_set(
        """fell took began rose grew gave came went won lost left held met found kept led built bought brought fought
        caught sold sent spent paid made broke stole chose drove wrote flew drew threw saw shot struck sank ran fled
        burnt swept withdrew overthrew became hit cut killed died fallen taken begun broken stolen
        chosen driven beat hurt quit spread shut cost put"""
    )
)
_WORD = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W_]+(?:['’][^\W\d_]+)*")
_CLAUSE_BREAK = re.compile(r"[,;:()—]|\s[–-]\s|[.!?][\"”’']*\s")
_CLAUSE_WORDS = word_set(
    """but while whereas although though because unless since which who whom whose when after
    before"""
)
_NOT = word_set(
    """not never cannot can't couldn't didn't doesn't don't hasn't haven't hadn't isn't aren't wasn't weren't won't
    wouldn't shouldn't mustn't without hardly unable unlikely neither nor"""
)
# Verbs that deny what follows them: these before "to", the others before anything.
_DENY_TO = word_set("""failed fails fail failing refused refuses refuse refusing declined declines decline declining""")
_NO = word_set("""no none nobody nothing""")
_NO_DENIAL_AFTER = word_set("""only just doubt fewer more less later sooner matter least even simply merely""")
_SPEECH_DENIAL = word_set("""denied denies deny denying""")
_POSSIBLE = word_set(
    """could may might threatened threatens threatening threaten hopes hoped hope hoping wants wanted want seeking seeks
    sought tried tries try trying attempted attempts attempt attempting vowed vows vow if plans planned planning plan
    considering considers considered proposed possibly perhaps risk risks"""
)
# What somebody is allowed, asked or has agreed to do is not done yet.
_LEAVE = word_set(
    """allow allows allowed allowing permit permits permitted permitting authorise authorises authorised authorize
    authorizes authorized licensed permission permit licence license ask asks asked urge urges urged order orders
    ordered agree agrees agreed promise promises promised offer offers offered right"""
)
_AHEAD = word_set(
    """will would shall expected expects likely due scheduled set intends intended aims should must
    ought"""
)


_CLOSE_TO = re.compile(r"close to\b", re.IGNORECASE)  # near, unless it is a verb
_MAY_CLOSE = word_set("""to will would shall should must may might can could did do does and or""")
_NEGATIVE_PREFIXES = ("un", "non", "dis")


def root(word: str) -> str:
    """A word's stem with irregular forms joined; a capitalised country form gives its country."""
    low = word.lower().replace("’", "'").removesuffix("'s").replace(".", "")
    if word[:1].isupper() and low in country_forms() and (len(low) > 2 or word.replace(".", "").isupper()):
        return country_forms()[low]
    return stem(_BASE.get(low, low))


@lru_cache(maxsize=8192)
def read(text: str) -> Reading:
    """Read one sentence (or a question). Pure and cached."""
    numbers, dates, names = find(text), find_dates(text), find_names(text)
    covered = [(q.start, q.end) for q in numbers] + [(d.start, d.end) for d in dates]
    breaks = [m.start() for m in _CLAUSE_BREAK.finditer(text)]
    terms: list[Term] = []
    clause, passed, before = 0, 0, ""
    for match in _WORD.finditer(text):
        while passed < len(breaks) and breaks[passed] < match.start():
            passed, clause = passed + 1, clause + 1
        low = match[0].lower().replace("’", "'")
        if low in _CLAUSE_WORDS and terms:
            clause += 1
        counted = any(s < match.end() and match.start() < e for s, e in covered)
        acronym = len(low.replace(".", "")) > 1 and match[0].replace(".", "").isupper()
        silent = low.removesuffix("'s") in STOP_WORDS and not acronym
        silent = silent or bool(_CLOSE_TO.match(text, match.start()) and before not in _MAY_CLOSE)
        before = low
        silent = silent or low in _NOT or low in _NO or low in SMALL or low in TENS or low in SCALES
        terms.append(Term(low, root(match[0]), match.start(), match.end(), clause, not (counted or silent)))
    denied, stated, possible, ahead, plain = _modes(terms)
    in_dates = [q for q in numbers if not any(d.start < q.end and q.start < d.end for d in dates)]
    return Reading(
        text,
        tuple(terms),
        tuple(t.root for t in terms if t.content),
        names,
        tuple(in_dates),
        dates,
        frozenset(denied),
        frozenset(stated),
        frozenset(possible - plain),
        frozenset(ahead - plain),
        frozenset(rest for t in terms if t.content for rest in unprefixed(t.low)),
    )


def _modes(terms: list[Term]) -> tuple[set[str], set[str], set[str], set[str], set[str]]:
    """Roots that are denied, stated, possible, ahead, and neither possible nor ahead."""
    denied: set[str] = set()
    stated: set[str] = set()
    possible: set[str] = set()
    ahead: set[str] = set()
    plain: set[str] = set()
    flips = [0] * len(terms)
    for i, term in enumerate(terms):
        following = terms[i + 1].low if i + 1 < len(terms) else ""
        denies = term.low in _NOT or term.low in _NO or term.low in _SPEECH_DENIAL
        # "not more than ten" denies nothing, "not more expensive" does
        compared = following in ("more", "less") and i + 2 < len(terms) and terms[i + 2].content
        spared = following in _NO_DENIAL_AFTER and not compared
        if not (denies or (term.low in _DENY_TO and following == "to")) or spared:
            continue
        # "not" turns the word it stands before; "no one was hurt" and "denied that it leaked" reach further
        reach = 3 if term.low in _SPEECH_DENIAL else 2 if term.low in _NO else 1
        for j in range(i + 1, len(terms)):
            if terms[j].clause != term.clause or not reach:
                break
            if terms[j].content and not terms[j].low.endswith("ly"):
                flips[j] += 1
                reach -= 1
    for i, term in enumerate(terms):
        if not term.content:
            continue
        (denied if flips[i] % 2 else stated).add(term.root)
        near = [t.low for t in terms[max(0, i - 6) : i] if t.clause == term.clause]
        before = set(near[-4:]) if i >= 4 else set(near)
        if before & _POSSIBLE or (near[-1:] == ["to"] and _LEAVE.intersection(near)):
            possible.add(term.root)
        elif before & _AHEAD:
            ahead.add(term.root)
        else:
            plain.add(term.root)
    return denied, stated, possible, ahead, plain


def unprefixed(low: str) -> list[str]:
    """The roots that a negative prefix may deny: "unhurt" -> "hurt" (and "under" -> "der", which matches nothing)."""
    return [root(low[len(p) :]) for p in _NEGATIVE_PREFIXES if low.startswith(p) and len(low) > len(p) + 2]


def stands_as_noun(word: str, text: str) -> bool:
    """Whether a word stands in a text where a noun does: "the start", "on strike"."""
    before = r"(?:the|an?|of|on|in|at|for|over|by|with|from|his|her|its|their|this|that)"
    return bool(re.search(rf"\b{before}\s+{re.escape(word)}\b", text, re.IGNORECASE))


def is_past(low: str) -> bool:
    """Whether a word is plainly a past form: "fell", "captured"."""
    return low in _PAST or (len(low) > 4 and low.endswith("ed"))
