"""Two parties that one article quotes with different values: "The mayor says 11.20 p.m. ... the log gives 11.55 p.m."

A value counts as a party's where the wording names who says it. Two values disagree where they stand within three
sentences of each other, are of one kind, come from different parties and can't both be true.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.disagreement.asked import asking
from rag.disagreement.matter import ASKING, topic
from rag.disagreement.measured import asked_kinds, days_of, facts, measure_of, unit_end
from rag.disagreement.mentions import FATES
from rag.disagreement.outcomes import asked_fields, opposed, states, without_states
from rag.disagreement.parties import Parties, differ, parties, party_of, quarrel
from rag.text.quantities import Quantity, find, same
from rag.text.reading import Reading, read, root
from rag.text.senses import event
from rag.types import SourceSentence

BEFORE = 3  # sentences before the claims in which the quarrel may be told
NEXT = 2  # sentences apart at most
MIN_TOPIC = 0.5  # of the question's words that the two sentences, and the one before them, hold

_MONEY = re.compile(
    r"\bhow much\b|\bwhat (?:is |was )?(?:the )?(?:\w+ )?(?:fee|price|sum|amount|cost|loss|"
    r"fine)\b",
    re.I,
)
_COUNT = re.compile(r"\bhow many\b|\bnumber of\b|\btoll\b", re.IGNORECASE)
_SHARE = re.compile(
    r"\bwhat (?:is |was )?(?:the )?(?:\w+ )?(?:share|percentage|proportion|rate|turnout)\b|"
    r"\bhow much (?:of|more|less|higher|lower)\b|\bhow (?:many|much) per ?cent\b|"
    r"\bhow much (?:\w+ )+(?:rise|risen|grow|grown|increase|increased|shrink|shrunk)\b",
    re.I,
)
# A question for one party's word is answered by that party alone.
_ONE_PARTY = re.compile(
    r"\b(?:according to|by \w+(?: \w+)?['’]s (?:count|account)|(?:does|did|do|has|have) .{2,40}\b(?:say|claim|"
    r"think|put(?! (?:out|off|back|down|up|on|an end)\b)|believe|estimate)\b|"
    r"(?:says|said|claims|claimed))\b", re.I
)  # fmt: skip
_AGO = re.compile(r"\W*\w+\s+(?:ago|earlier|later|old)\b|\W*\w+-old\b", re.IGNORECASE)
_ONE_IN = re.compile(
    r"(?:(?:fewer|less|more) than )?\b(\w+) in (two|three|four|five|six|seven|eight|nine|ten|"
    r"\d{1,3})\b(?! \w*years)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A value and who is quoted with it. ``kind`` tells what it measures or counts; values of one kind compare."""

    source: SourceSentence
    relevance: float
    kind: str
    low: float
    high: float
    phrase: str
    unit: str | None
    quantity: Quantity | None
    party: frozenset[str]
    side: str | None = None  # of a state

    def apart(self, other: Claim) -> bool:
        if self.quantity is not None and other.quantity is not None:
            return not same(self.quantity, other.quantity)
        if self.side is not None and other.side is not None:
            return opposed(self.side, other.side)
        return self.low > other.high or other.low > self.high


def disputes(question: str, asked: Reading, found: Sequence[tuple[SourceSentence, float]]) -> list[list[Claim]]:
    """The claims of different parties within one article that differ on what is asked, best first."""
    question = asking(question)
    values = (
        asked_kinds(question) - {"date", "day"}
        or asked_fields(question)
        or _MONEY.search(question)
        or _SHARE.search(question)
    )
    if _ONE_PARTY.search(question) or not (values or _COUNT.search(question)):
        return []
    by_article: dict[str, list[tuple[SourceSentence, float]]] = {}
    for source, score in found:
        by_article.setdefault(source.article.id, []).append((source, score))
    pairs: list[tuple[float, str, list[Claim]]] = []
    for key, sentences in by_article.items():
        sentences.sort(key=lambda f: f[0].span)
        claims = [(i, c) for i, (s, score) in enumerate(sentences) for c in _claims(question, asked, s, score)]
        for n, (i, a) in enumerate(claims):
            for j, b in claims[n + 1 :]:
                if j - i > NEXT or a.kind != b.kind or not a.apart(b) or not differ(a.party, b.party):
                    continue
                around = [s for s, _ in sentences[max(0, i - 1) : i + 1]]
                near = [s.text for s, _ in sentences[max(0, i - BEFORE) : j + 2]] + [around[0].article.title or ""]
                stateless = without_states(question) if a.side is not None else None
                held = _told(asked, around, stateless) if any(quarrel(t) for t in near) else 0
                if held:
                    pairs.append((held + max(a.relevance, b.relevance), key, [a, b]))
    best = sorted(pairs, key=lambda p: (-p[0], p[1]))
    return [pair for _, _, pair in best[:1]]


def _claims(question: str, asked: Reading, source: SourceSentence, score: float) -> Iterator[Claim]:
    text = source.text
    said_by = list(parties(text))
    if not said_by:
        return
    kinds = asked_kinds(question) - {"date", "day"}
    counts = kinds or _COUNT.search(question) or _MONEY.search(question) or _SHARE.search(question)
    if "span" in kinds:
        kinds -= {"span", "length"}
        for q in find(text):
            days = days_of(q)
            if days and not _AGO.match(text, q.end):
                yield Claim(
                    source,
                    score,
                    "span",
                    *days,
                    text[q.phrase_start : unit_end(text, q)],
                    None,
                    None,
                    party_of(said_by, q.start),
                )
    for field in () if counts else asked_fields(question):
        for state in states(source, score, frozenset({field})):
            party = party_of(said_by, state.start)
            yield Claim(source, score, field, 0.0, 0.0, state.phrase, None, None, party, state.side)
    for match in _ONE_IN.finditer(text) if _SHARE.search(question) else ():
        part, whole = (find(f"{word} houses")[:1] for word in (match[1], match[2]))
        if part and whole and whole[0].value:
            share = 100 * part[0].value / whole[0].value
            low = 0.0 if re.search(r"\b(?:fewer|less|under)\b", match[0]) else 0.9 * share
            yield Claim(
                source, score, "percent", low, 1.1 * share, match[0], None, None, party_of(said_by, match.start())
            )
    for fact in facts(source, score, kinds):
        yield Claim(source, score, fact.kind, fact.low, fact.high, fact.phrase, None, None, party_of(said_by, fact.at))
    money = _MONEY.search(question)
    for q in read(text).numbers:
        if q.kind == "percent" and _SHARE.search(question):
            yield _count(source, score, q, "percent", said_by)
        elif q.kind == "money" and money:
            yield _count(source, score, q, f"money {q.unit}", said_by)
        elif q.kind != "number" or not q.unit or len(q.values) != 1 or measure_of(q):
            continue
        elif _COUNT.search(question) and _counts_asked(asked, q):
            yield _count(source, score, q, f"count {root(q.unit)}", said_by)


def _counts_asked(asked: Reading, q: Quantity) -> bool:
    unit = (q.unit or "").lower()
    if root(unit) in asked.roots:
        return True
    return any(unit in words and any(t.low in words for t in asked.terms) for words in FATES.values())


def _count(source: SourceSentence, score: float, q: Quantity, kind: str, said_by: Parties) -> Claim:
    return Claim(source, score, kind, q.value, q.value, q.phrase, q.unit, q, party_of(said_by, q.start))


def _told(asked: Reading, around: Sequence[SourceSentence], only: frozenset[str] | None) -> int:
    """How many of the question's words the sentences hold; 0 where they and the article's opening miss half of them,
    the one that the question turns on, or its names."""
    matter = [event(r) for r in asked.roots if r in topic(asked) - ASKING and (only is None or r in only)]
    wanted, turning = set(matter), set(matter[-1:])
    names = {key for n in asked.names for key in n.keys}
    article = around[0].article
    told = {event(r) for s in around for r in read(s.text).roots}
    opening = {event(r) for text in (article.title or "", article.text[:400]) for r in read(text).roots}
    held = {key for n in read(article.text[:3000].replace("\n", " ")).names for key in n.keys}
    if (
        (matter and not (turning & told or 2 * len(wanted & told) > len(wanted)))
        or len(wanted & (told | opening)) < MIN_TOPIC * len(wanted)
        or (names and not names & held)
    ):
        return 0
    return len(wanted & told) or (not matter)
