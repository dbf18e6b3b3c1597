"""Values that fill the same slot of the same sentence: "was born in Paris" and "was born in Lyon".

Two ways: a sentence and its near-copy that differ in just what the question asks for, whatever kind it is; and, for who
and where, two reports that use the question's verb with one name each.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from rag.disagreement.asked import asked_of, asking
from rag.disagreement.copies import Differences, aligned, containment
from rag.disagreement.matter import SAME_NEWS_DAYS, day_gap, topic
from rag.disagreement.measured import asked_kinds, facts, measure_of, measures_agree
from rag.text.names import Name, find_names, is_country, same_name, share_name
from rag.text.quantities import find, same
from rag.text.reading import Reading, read, root
from rag.text.senses import event
from rag.text.times import find_dates
from rag.text.words import STOP_WORDS, content_stems, word_set
from rag.types import SourceSentence, Span

Scored = tuple[SourceSentence, float]
Want = Literal["time", "number", "who", "where", "what"]

MIN_COPY = 0.12  # of the shorter article's shingles, for two sentences of one wording to be copies of each other
MOST_SUBSTITUTIONS = 4  # different numbers and names that a copy of a report may have
MOST_WORDS = 8  # of a value: a longer difference is another statement
MIN_CLOSE = 0.45  # relevance of a copied sentence that names what is asked about but none of the question's other words
COPY = 0.5  # of the shingles, from which an article is the other's copy and no two persons of one name are meant
SPELLING = 0.85  # likeness of two spellings of one name (difflib's ratio)
MOST_NOUNS = 3  # words of a value that is no name
TWO_WORDINGS = 0.75  # agreement from which a difference in common nouns counts

_WANTS: tuple[tuple[Want, re.Pattern[str]], ...] = (
    ("time", re.compile(r"\b(?:when|(?:what|which)\s+(?:\w+\s+)?(?:year|date|day|month|time|decade|century)|date of|"
                        r"(?:birth|release|opening|founding)\s*date)\b", re.I)),
    ("number", re.compile(
        r"\bhow (?:many|much|old|tall|long|far|high|large|big|deep|heavy|fast)\b|\b(?:what|"
        r"which)\b.*?\b(?:population|number|"
        r"percentage|share|income|price|cost|age|area|height|length|size|capacity|budget|score|rate|rank|total|toll|"
        r"distance|speed|weight|value|salary|amount|temperature|depth|width)\b", re.I)),
    ("who", re.compile(r"\b(?:who|whom|whose|by whom)\b|\bwhat(?:['’]s| is| was) the name of\b", re.I)),
    ("where", re.compile(r"\bwhere\b|\b(?:in|to|from|at|near) (?:which|what)\b|\b(?:which|what) (?:city|town|"
        r"country|state|"
                         r"place|village|county|location|province|region)\b", re.I)),
    ("what", re.compile(r"\b(?:what|which)\b", re.I)),
)  # fmt: skip
_REGION = re.compile(r",\s+(?:[A-Z][\w'’-]+)(?:\s+[A-Z][\w'’-]+)?")
_DATELINE = re.compile(r"[A-Z][A-Z.'’ -]+(?:,[^()–—]{0,40})?(?:\([^()]{2,40}\))?\s*[-–—]+\s")
_NO_VALUE = re.compile(
    r"\bwhat (?:has |had )?(?:happened|is happening)\b|\bwhy\b|\bwhat (?:do|does|"
    r"did)\b.*\b(?:say|said|think)\b",
    re.I,
)
_HOW_LONG = re.compile(r"\bhow (?:long|far|tall|high|deep|wide|old|heavy|fast|big|large|much)\b", re.I)
_HOW_MANY = re.compile(r"\bhow many\s+((?:\w+\s+){0,1}\w+)", re.I)
# The word for the kind of answer, which no sentence that gives it repeats: "what sport", "the genre of".
_CATEGORY = re.compile(
    r"\b(?:what|which)\s+(?:is|was|are|were)\s+the\s+((?:\w+\s+){0,2}?\w+)\s+(?:of|in|for)\b"
    r"|\b(?:what|which|who is the|who was the)\s+((?:\w+\s+){0,1}?\w+)\s+(?:is|was|did|does|do|are|were|has|"
    r"have|of)\b", re.I
)  # fmt: skip
_LIFE = re.compile(r"\([^()]*\b1[0-9]\d\d\b[^()]*\)|\([^()]*\b20\d\d\b[^()]*\)")
_TO_YEAR = re.compile(r"\s*[-–]\s*\d{2,4}\b")
_UNIT = re.compile(r"[^\W\d_]+")
_ARTICLE = re.compile(r"\bThe\s+$")
SAYS = re.compile(r"[\s,]*(?:who\s+)?(?:said|says|told|reported|reports|announced|wrote|added|according)\b|['’]s\b")


GENERIC = frozenset(
    root(w) for w in word_set("associated known refers refer type kind sort mean means called current belong related")
)


@dataclass(frozen=True, slots=True)
class Slot:
    """What one sentence says where another says something else. ``weight`` orders the pairs that were found."""

    source: SourceSentence
    relevance: float
    phrase: str
    weight: float
    unit: str | None = None


def want(question: str) -> Want | None:
    """The kind of answer that a question asks for; None for one that asks for no value."""
    question = asking(question)
    if _NO_VALUE.search(question):
        return None
    found = [(m.start(), i, kind) for i, (kind, p) in enumerate(_WANTS) if (m := p.search(question))]
    return min(found, key=lambda f: f[1])[2] if found else None


def changed(asked: Reading, kind: Want, ours: Sequence[Scored], theirs: Sequence[Scored]) -> tuple[Slot, Slot] | None:
    """What two near-copies say differently on what the question asks for; each side is one article's sentences.

    None for texts cut from one pattern, which differ in many values: such tell of different things.
    """
    one, two = ours[0][0].article, theirs[0][0].article
    gap = day_gap(one, two)
    likeness = containment(one.text, two.text)
    if (gap is not None and gap > SAME_NEWS_DAYS) or likeness < MIN_COPY:
        return None
    best: tuple[Slot, Slot] | None = None
    substitutions: set[tuple[str, str]] = set()
    for a in ours:
        for b in theirs:
            laid = aligned(a[0].text, b[0].text)
            if laid is None:
                continue
            pairs, agreement = laid
            if _other_event(asked, a[0].text, b[0].text, pairs):
                continue
            substitutions |= _substitutions(a[0].text, b[0].text, pairs)
            if kind in ("who", "where", "what") and agreement < TWO_WORDINGS and (kind == "what" or likeness < COPY):
                continue
            for left, right in pairs:
                values = _values(asked, kind, a[0], left, b[0], right)
                if values is None or values[0].end <= _dateline(a[0].text) or values[1].end <= _dateline(b[0].text):
                    continue
                best_of_both = kind in ("time", "where", "who") and a is ours[0] and b is theirs[0]
                if not (best_of_both or _linked(asked, kind, a[0].text, values[0], min(a[1], b[1]))):
                    continue
                near = _near_topic(asked, a[0].text, values[0])
                weight = agreement + min(a[1], b[1]) + near
                if best is None or weight > best[0].weight:
                    best = (_slot(a, values[0], weight, kind), _slot(b, values[1], weight, kind))
    return best if len(substitutions) <= MOST_SUBSTITUTIONS else None


def _dateline(text: str) -> int:
    """Where a report begins after "PORT SELIM, June 21 (Wire) - "."""
    match = _DATELINE.match(text)
    return match.end() if match else 0


def _other_event(asked: Reading, one: str, two: str, pairs: Differences) -> bool:
    """Whether just one of two sentences uses a word of the question where they differ: "began" and "resumed"."""
    wanted = {event(r) for r in topic(asked)}
    for left, right in pairs:
        mine, other = ({event(r) for r in read(text[slice(*at)]).roots} for text, at in ((one, left), (two, right)))
        if mine and other and (mine <= wanted) != (other <= wanted):
            return True
    return False


def _substitutions(one: str, two: str, pairs: Differences) -> set[tuple[str, str]]:
    """The different numbers and names that stand in the same places."""
    found = set()
    for left, right in pairs:
        numbers = _numbers(one, left, two, right)
        mine, other = _name_at(one, left), _name_at(two, right)
        if numbers:
            found.add((one[slice(*numbers[0])], two[slice(*numbers[1])]))
        elif mine and other and not same_name(mine, other):
            found.add((mine.text, other.text))
    return found


def _linked(asked: Reading, kind: Want, text: str, at: Span, relevance: float) -> bool:
    """Whether a value is what the question asks for: it counts the thing, or stands in a sentence that tells it."""
    told = {event(r) for r in read(text).roots}
    named_here = share_name(find_names(text), asked.names)
    counted = _HOW_MANY.search(asked.text)
    if kind == "number" and counted:
        unit = next((q for q in find(text) if q.start < at.end and at.start < q.end), None)
        nouns = {root(w) for w in counted[1].split()}
        return unit is not None and (set(map(root, [unit.unit or ""])) | set(unit.unit_stems)) & nouns != set()
    if kind == "number" and "money" in asked_of(asked.text).kinds and not _HOW_LONG.search(asked.text):
        inside = [q for q in find(text) if q.start < at.end and at.start < q.end]
        if not any(q.kind == "money" or re.search(r"illion\b", q.text) for q in inside):
            return False
    if kind == "number" and _HOW_LONG.search(asked.text):
        kinds = asked_kinds(asked.text)
        inside = [q for q in find(text) if q.start < at.end and at.start < q.end]
        if not any(measure_of(q) in kinds or (q.kind in ("money", "percent") and "mass" in kinds) for q in inside):
            return False
    category = {root(w) for m in _CATEGORY.finditer(asked.text) for w in (m[1] or m[2]).split()}
    drop = GENERIC if kind in ("number", "time") else GENERIC | category
    rest = [event(r) for r in asked.roots if r in topic(asked) - drop]
    if kind == "time" and "born" in rest and named_here and _LIFE.search(text):
        return True
    if not rest:
        return named_here
    hits = set(rest) & told
    close = relevance >= MIN_CLOSE and named_here and kind not in ("number", "time")
    return rest[-1] in told or (len(hits) > 1 and 2 * len(hits) >= len(set(rest))) or close


def _slot(a: Scored, at: Span, weight: float, kind: Want) -> Slot:
    text = a[0].text
    unit = None
    if kind == "number":
        q = next((q for q in find(text) if q.start < at.end and at.start < q.end and q.kind == "number"), None)
        unit = q.unit if q else None
        if q and unit and 0 <= q.unit_start - q.end <= 1:  # as written: "45.7 years"
            word = _UNIT.match(text, q.unit_start)
            at, unit = Span(at.start, word.end() if word else at.end), word[0] if word else unit
    article = _ARTICLE.search(text[: at.start]) if kind in ("who", "where", "what") else None
    return Slot(a[0], a[1], text[article.start() if article else at.start : at.end], weight, unit)


def _near_topic(asked: Reading, text: str, at: Span) -> float:
    """In [0, 1]: how near a word of the question's matter stands to a value."""
    wanted = {event(r) for r in topic(asked)}
    gaps = [min(abs(t.start - at.end), abs(at.start - t.end)) for t in read(text).terms if event(t.root) in wanted]
    return 1 / (1 + min(gaps) / 20) if gaps else 0.0


def _values(
    asked: Reading, kind: Want, a: SourceSentence, ours: Span, b: SourceSentence, theirs: Span
) -> tuple[Span, Span] | None:
    one, two = a.text, b.text
    if ours.start == ours.end or theirs.start == theirs.end:
        return None
    if max(len(one[slice(*ours)].split()), len(two[slice(*theirs)].split())) > MOST_WORDS:
        return None
    if kind == "time":
        left, right = _date_at(one, ours), _date_at(two, theirs)
        return (left, right) if left and right and not _same_time(a, left, b, right) else None
    if kind == "number":
        return _numbers(one, ours, two, theirs)
    if kind in ("who", "where"):
        return _names(asked, kind, one, ours, two, theirs)
    return _names(asked, kind, one, ours, two, theirs) or _nouns(asked, one, ours, two, theirs)


def _same_time(a: SourceSentence, left: Span, b: SourceSentence, right: Span) -> bool:
    """Whether two dates or hours can be the same, read by their articles' dates: "Sunday" and "12 March"."""
    if a.text[slice(*left)].lower() == b.text[slice(*right)].lower():
        return True
    kinds = frozenset({"clock", "date"})
    mine = [f for f in facts(a, 0.0, kinds) if left.start <= f.at < left.end]
    other = [f for f in facts(b, 0.0, kinds) if right.start <= f.at < right.end]
    return any(x.kind == y.kind and not x.apart(y) for x in mine for y in other)


def _date_at(text: str, at: Span) -> Span | None:
    for mention in find_dates(text):
        if mention.start < at.end and at.start < mention.end:
            to = _TO_YEAR.match(text, mention.end)
            return Span(mention.start, to.end() if to else mention.end)
    for q in find(text):
        if q.start < at.end and at.start < q.end and q.kind in ("year", "clock", "day", "decade"):
            return Span(q.start, q.end)
    return None


def _numbers(one: str, ours: Span, two: str, theirs: Span) -> tuple[Span, Span] | None:
    left = [q for q in find(one) if q.start < ours.end and ours.start < q.end]
    right = [q for q in find(two) if q.start < theirs.end and theirs.start < q.end]
    if (
        not left
        or not right
        or left[0].kind in ("day", "name", "ordinal")
        or any(same(a, b) for a in left for b in right)
    ):
        return None
    if measures_agree(left[0], right[0]) is not False:
        return None
    if left[0].kind != right[0].kind and {left[0].kind, right[0].kind} != {"number", "year"}:
        return None
    return Span(left[0].phrase_start, left[0].end), Span(right[0].phrase_start, right[0].end)


def _names(asked: Reading, kind: Want, one: str, ours: Span, two: str, theirs: Span) -> tuple[Span, Span] | None:
    left, right = _name_at(one, ours), _name_at(two, theirs)
    if left is None or right is None or same_name(left, right) or (kind == "who" and is_country(left.text)):
        return None
    known = [any(same_name(name, q) for q in asked.names) for name in (left, right)]
    if all(known) or (kind != "where" and any(known)) or _spelt_alike(left, right):
        return None
    if any(text[name.end : name.end + 1] in (":", "/") for text, name in ((one, left), (two, right))):
        return None  # "Photos:", "Jane Doe/Agency"
    if SAYS.match(one, left.end) or SAYS.match(two, right.end):
        return None
    return _with_region(one, left), _with_region(two, right)


def _spelt_alike(a: Name, b: Name) -> bool:
    """Whether two names are one in two spellings: "Morrisette" and "Morrissette"."""
    one, two = " ".join(a.keys), " ".join(b.keys)
    return SequenceMatcher(None, one, two, autojunk=False).ratio() >= SPELLING


def _with_region(text: str, name: Name) -> Span:
    """A name with what it lies in: "Lyon, France"."""
    region = _REGION.match(text, name.end)
    return Span(name.start, region.end() if region else name.end)


def _name_at(text: str, at: Span) -> Name | None:
    return next((n for n in find_names(text) if n.start < at.end and at.start < n.end), None)


def _nouns(asked: Reading, one: str, ours: Span, two: str, theirs: Span) -> tuple[Span, Span] | None:
    phrases = one[slice(*ours)], two[slice(*theirs)]
    if any(len(p.split()) > MOST_NOUNS or re.search(r"[,;:“”\"]|['’]s\b", p) for p in phrases):
        return None
    if _name_at(one, ours) or _name_at(two, theirs):
        return None
    if re.sub(r"\W", "", phrases[0]).lower() == re.sub(r"\W", "", phrases[1]).lower():
        return None
    left, right = content_stems(phrases[0]), content_stems(phrases[1])
    mine = {root(w) for w in one[slice(*ours)].split() if w.lower() not in STOP_WORDS}
    other = {root(w) for w in two[slice(*theirs)].split() if w.lower() not in STOP_WORDS}
    if not left or not right or mine & other or mine <= set(asked.roots) or other <= set(asked.roots):
        return None
    if any(q.start < ours.end and ours.start < q.end for q in find(one)):
        return None
    return ours, theirs


def best_pairs(pairs: Sequence[tuple[Slot, Slot]]) -> list[list[Slot]]:
    """Groups of slots that fill one place, the surest pair first; an article speaks once in a group."""
    groups: list[list[Slot]] = []
    for a, b in sorted(pairs, key=lambda p: (-p[0].weight, p[0].source.article.id, p[1].source.article.id)):
        if not groups:
            groups.append([a, b])
            continue
        group = groups[0]
        for slot, other in ((a, b), (b, a)):
            known = {s.source.article.id for s in group}
            if other.source.article.id in known and slot.source.article.id not in known:
                group.append(slot)
    return groups
