"""A qualifier that the question takes for granted and the quote gives otherwise: another year, number, nation, rank,
side or direction of the same thing. Rules over words, no model.

It is told only where the quote holds the other value in the same place and nothing that was found holds the asked one:
reports that differ are a disagreement, not a false premise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rag.text.names import is_country, keys_of
from rag.text.quantities import Quantity, same
from rag.text.reading import Reading, Term, read
from rag.text.sentences import split
from rag.text.units import TIME_UNITS
from rag.text.words import word_set
from rag.types import Quote

REACH = 2  # content words after a qualifier that may be what it qualifies
OPPOSED_SHARED = 0.5  # of the question's other content words in a sentence that has a word's opposite
SIDE_SHARED = 0.6  # of the question's content words in a sentence whose own side of a thing counts
MIN_SHARED = 0.5  # of the question's content words in a sentence whose number for the same thing counts

_RANKS = word_set("first second third fourth fifth sixth seventh eighth ninth tenth")
_AMOUNTS = word_set("dozens scores hundreds thousands millions billions")
_SIDES = (
    ("in front of", "behind"), ("above", "below"), ("inside", "outside"), ("before", "after"),
    ("north of", "south of"), ("east of", "west of"), ("upstream", "downstream"), ("with", "without"),
)  # fmt: skip
_MOVES = (
    word_set("rise increase growth surge upturn upsurge gain"),
    word_set("decline decrease fall drop reduction downturn slump loss"),
)
# Words of which one can't stand for the other in the same place.
_OPPOSED = """
largest smallest; biggest smallest; highest lowest; longest shortest; oldest youngest; oldest newest; best worst;
most least; more less; more fewer; maximum minimum; majority minority; always never; first last; earliest latest;
public private; enter leave;
entered left; arrive depart; arrival departure; accept reject; accepted rejected; friend enemy; ally enemy;
allies enemies; male female; men women; boys girls; king queen;
eastern western; northern southern; east west; north south; internal external; domestic foreign;
upper lower; major minor; ancient modern; rich poor; strong weak; stronger weaker; positive negative; formal informal;
increase decrease; increased decreased; increases decreases; increasing decreasing; rose fell; rising falling;
gained lost; expand shrink; expanded shrank; support oppose; supported opposed; supporters opponents; allow forbid;
allowed banned; allows forbids; allowed forbade; include exclude; included excluded; includes excludes;
opened closed; create destroy; created destroyed;
hot cold; heavy light; wet dry; urban rural; guilty innocent; legal illegal; easy difficult; common rare;
frequently rarely; often rarely; old new; failed succeeded; failure success; agreed refused;
left right; democratic authoritarian;
liberal conservative; alive dead; raised lowered; raised cut
"""
_OPPOSITE: dict[str, set[str]] = {}
for _pair in _OPPOSED.split(";"):
    _a, _b = _pair.split()
    _OPPOSITE.setdefault(_a, set()).add(_b)
    _OPPOSITE.setdefault(_b, set()).add(_a)
# "Of the four", "the other three": a number of some among more.
_PART_OF = re.compile(
    r"(?:\bof\s+(?:the|its|his|her|their)|\b(?:other|remaining|last|next|further|more))\s*$", re.IGNORECASE
)
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_YEARS = re.compile(r"\b((?:1[5-9]|20)\d\d)\s*[-–/]{1,2}\s*(\d\d)\b")
_ONLY = re.compile(r"\b(?:only|sole)\s+([a-z]+)\b", re.IGNORECASE)
_FROM_TO = re.compile(r"\bfrom\s+(?:the\s+)?([A-Z][\w’'-]+)\s+to\s+(?:the\s+)?([A-Z][\w’'-]+)")


def swapped(question: str, quotes: Sequence[Quote], near: str) -> tuple[str, str] | None:
    """What the question says and the quote says instead, or None.

    ``near``: the passages around all that was found, where the question's own value would do as well.
    """
    told = " ".join(quote.text for quote in quotes)
    around = " ".join([near, *(f"{q.article.text} {q.article.title or ''}" for q in quotes)])
    return (
        _other_year(question, told, around, [q.article.published_at or "" for q in quotes])
        or _other_number(question, told, around)
        or _other_qualifier(question, told, around)
        or _other_side(question, told, around)
        or _turned_prefix(question, told)
        or _opposed(question, told, around)
        or _turned_move(question, told, around)
        or _not_only(question, told, around)
        or _turned_way(question, told, around)
    )


def _other_year(question: str, told: str, around: str, published: Iterable[str]) -> tuple[str, str] | None:
    days = {int(day[:4]) for day in published if day[:4].isdigit()}
    there, everywhere = _years(told), _years(around)
    for found in _YEAR.finditer(question):
        year = int(found[0])
        if year in everywhere or not there or days & {year - 1, year, year + 1} or f"{year // 10}0s" in around:
            continue
        if min(there) < year < max(there):  # "from 1990 to 1995"
            continue
        return found[0], str(min(there, key=lambda y: abs(y - year)))
    return None


def _years(text: str) -> set[int]:
    """The years a text names; of "1946-49" both ends."""
    ends = {int(m[1][:2] + m[2]) for m in _YEARS.finditer(text)}
    return ends | {int(y) for y in _YEAR.findall(text)}


def _other_number(question: str, told: str, around: str) -> tuple[str, str] | None:
    """Another number of the same things in a sentence that tells the question's matter, and the asked one nowhere."""
    asked = read(question)
    words = set(asked.roots)
    for number in asked.numbers:
        if number.kind != "number" or number.unit is None or number.unit in TIME_UNITS or number.approx:
            continue
        if _PART_OF.search(question[: number.phrase_start]):
            continue
        if any(_alike(number, n) and same(number, n) for n in read(around).numbers) or number.values == (1.0,):
            continue
        for sentence in _sentences(told):
            shared = len(words & set(sentence.roots)) >= MIN_SHARED * len(words) if words else False
            others = [n for n in sentence.numbers if n.kind == "number" and n.unit_stem == number.unit_stem]
            if shared and others and not any(same(number, n) for n in others):
                return f"{number.text} {number.unit}", f"{others[0].text} {others[0].unit}"
    return None


def _other_qualifier(question: str, told: str, around: str) -> tuple[str, str] | None:
    """Another rank, nation or rough amount before the same word."""
    asked, everywhere = list(_qualified(read(question))), None
    for kind, value, heads, phrase in asked:
        theirs = [q for q in _qualified(read(told)) if q[0] == kind and q[2] & heads]
        if not theirs or any(q[1] == value for q in theirs) or (kind == "nation" and value in keys_of(told)):
            continue
        everywhere = everywhere or list(_qualified(read(around)))
        if not any(q[0] == kind and q[1] == value and q[2] & heads for q in everywhere):
            return phrase, theirs[0][3]
    return None


def _qualified(reading: Reading) -> Iterable[tuple[str, str, frozenset[str], str]]:
    """(kind, value, roots of what follows, as written) of each rank, nation and rough amount."""
    nations = {n.start: n for n in reading.names if len(n.keys) == 1 and _is_people(n.text)}
    for i, term in enumerate(reading.terms):
        kind = "rank" if term.low in _RANKS else "amount" if term.low in _AMOUNTS else None
        value = term.low
        if kind is None and term.start in nations:
            kind, value = "nation", nations[term.start].keys[0]
        if kind is None:
            continue
        following: list[Term] = []
        for other in reading.terms[i + 1 : i + 2 + REACH]:
            if other.content and other.clause == term.clause and len(following) < REACH:
                following.append(other)
        if kind != "amount":
            gap = reading.text[term.end : following[0].start] if following else "-"
            if gap.strip():  # it qualifies what follows at once: "French architect", not "in French, an architect"
                continue
        if following:
            phrase = reading.text[term.start : following[0].end]
            yield kind, value, frozenset(t.root for t in following), phrase


def _is_people(word: str) -> bool:
    """Whether a country form is an adjective: "Spanish", "Afghan", "US"; not "Spain", which only names it."""
    low = word.lower()
    ends = ("ish", "ese", "an", "ian", "ean", "ch", "ic", "i", "sh")
    return is_country(word) and (low.endswith(ends) or low in ("us", "u.s", "uk", "u.k"))


def _other_side(question: str, told: str, around: str) -> tuple[str, str] | None:
    """The opposite preposition before the same word: behind the speaker, in front of the speaker."""
    wanted = set(read(question).roots)
    telling = [r for r in _sentences(around) if len(wanted & set(r.roots)) >= SIDE_SHARED * len(wanted)]
    same_matter = " ".join(r.text for r in telling)
    for pair in _SIDES:
        for ours, theirs in (pair, pair[::-1]):
            words = 2 if ours in ("before", "after") else 1  # "before the river came" is not "after the river fell"
            for heads in _after(ours, question, words):
                opposite = any(heads <= other for other in _after(theirs, told, words))
                if opposite and not any(heads & other for other in _after(ours, same_matter, words)):
                    return ours, theirs
    return None


def _after(preposition: str, text: str, words: int) -> list[frozenset[str]]:
    """The first word after each use of a preposition, or the first so many content words."""
    found = []
    for match in re.finditer(rf"\b{preposition}\s+(?:the\s+|a\s+|an\s+|his\s+|her\s+|its\s+|their\s+)?", text, re.I):
        following = read(text[match.end() : match.end() + 60]).terms
        following = following[:1] if words == 1 else tuple(t for t in following if t.content)[:words]
        if following and following[0].low.endswith("ing"):  # "before coming to power": a turn of phrase
            continue
        following = tuple(t for t in following if t.content and len(t.low) > 2)
        found.append(frozenset(t.root for t in following))
    return [heads for heads in found if heads]


def _turned_prefix(question: str, told: str) -> tuple[str, str] | None:
    """ "Conservative forces" where the quote speaks of nonconservative ones."""
    asked = read(question)
    best = _closest(asked, told)
    if best is None or asked.denied or best.denied:
        return None
    theirs = {t.low for t in best.terms}
    for term in asked.terms:
        if not term.content or len(term.low) < 6 or term.root in best.roots or question[term.start - 1] in "-‑":
            continue
        for low in theirs:
            if low in (f"un{term.low}", f"non{term.low}", f"non-{term.low}"):
                return term.low, low
    return None


def _opposed(question: str, told: str, around: str) -> tuple[str, str] | None:
    """A word of the question that no passage has, where the sentence that tells its matter has the opposite."""
    asked = read(question)
    best = _closest(asked, told)
    if best is None or asked.denied or best.denied:
        return None
    words, theirs = set(asked.roots), {t.low for t in best.terms}
    everywhere = {t.root for t in read(around).terms} | {t.low for t in read(around).terms}
    for term in asked.terms:
        others = _OPPOSITE.get(term.low, set()) & theirs
        if not others or term.low in everywhere or term.root in everywhere:
            continue
        if len((words - {term.root}) & set(best.roots)) >= OPPOSED_SHARED * len(words - {term.root}):
            return term.low, sorted(others)[0]
    return None


def _turned_move(question: str, told: str, around: str) -> tuple[str, str] | None:
    """ "A decline in sales" where the quote tells of a rise in sales."""
    for ours, theirs in (_MOVES, _MOVES[::-1]):
        for move, of in _moves(question, ours):
            if any(of & other for _, other in _moves(around, ours)):
                continue
            other = next((m for m, o in _moves(told, theirs) if o & of), None)
            if other:
                return move, other
    return None


def _moves(text: str, moves: frozenset[str]) -> list[tuple[str, frozenset[str]]]:
    """The nouns of rising or falling with the content words of what rises: "a rise in Scottish nationalism"."""
    found = []
    for match in re.finditer(rf"\b({'|'.join(sorted(moves))})s?\s+(?:in|of)\s+((?:[\w’'-]+\s*){{1,3}})", text, re.I):
        found.append((match[1].lower(), frozenset(t.root for t in read(match[2]).terms if t.content)))
    return [pair for pair in found if pair[1]]


def _not_only(question: str, told: str, around: str) -> tuple[str, str] | None:
    """ "The only aim" where the quote tells of one of the aims."""
    for match in _ONLY.finditer(question):
        noun = re.escape(match[1].removesuffix("s"))
        one = re.search(rf"\bone of (?:the |its |his |her |their )?(?:[\w-]+ ){{0,3}}{noun}s\b", told, re.IGNORECASE)
        if one and not re.search(rf"\b(?:only|sole) {noun}", around, re.IGNORECASE):
            return match[0], one[0]
    return None


def _turned_way(question: str, told: str, around: str) -> tuple[str, str] | None:
    """ "From Alba to Brix" where the quote has from Brix to Alba."""
    for match in _FROM_TO.finditer(question):
        start, end = (keys_of(match[i]) for i in (1, 2))
        ways = [(keys_of(m[1]), keys_of(m[2]), m[0]) for m in _FROM_TO.finditer(around)]
        if any(a & start and b & end for a, b, _ in ways):
            continue
        other = next((m[0] for m in _FROM_TO.finditer(told) if keys_of(m[1]) & end and keys_of(m[2]) & start), None)
        if other:
            return match[0], other
    return None


def _sentences(told: str) -> list[Reading]:
    return [read(told[span.start : span.end]) for span in split(told)]


def _closest(asked: Reading, told: str) -> Reading | None:
    words = set(asked.roots)
    return max(_sentences(told), key=lambda r: len(words & set(r.roots)), default=None)


def _alike(a: Quantity, b: Quantity) -> bool:
    return a.unit_stem == b.unit_stem or b.unit is None
