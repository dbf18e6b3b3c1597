"""What each account, an article or a party that it quotes, gives as the value that a question asks for.

A value is an account's where it is of the kind asked for, fits the question (``fitting``) and what stands around it
covers the question (``cover``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from rag.disagreement.cover import Account, Found, Matter, text_before
from rag.disagreement.fitting import fitted
from rag.disagreement.lasting import told_by_ends
from rag.disagreement.measured import days_of, facts, measure_of, unit_end
from rag.disagreement.mentions import ANYBODY, FATES, PEOPLE, clause_of, fate_of
from rag.disagreement.parties import parties_of, party_of
from rag.disagreement.uncounted import is_age
from rag.text.quantities import Quantity, find
from rag.text.reading import read, root
from rag.text.senses import alike, counts_same
from rag.text.words import word_set
from rag.types import SourceSentence

MEASURES = frozenset(
    ["clock", "span", "length", "mass", "area", "speed", "volume", "power", "temperature", "age", "strength", "rank"]
)  # kinds that ``measured`` reads, but for dates

_NOT_BEFORE = re.compile(
    r"\b(?:not|rather than|instead of|than|compared (?:with|to)|from|up from|down from)\s+$", re.IGNORECASE
)

_CASUALTIES = re.compile(r"\b(?:losses|casualties)\b[^.;]{0,40}$", re.IGNORECASE)

_MAGNITUDE = re.compile(
    r"\bmagnitude\b[^.;,]{0,25}$|\b(?:quake|earthquake|tremor|aftershock)\w* of $|\bmeasur\w+ $", re.IGNORECASE
)

_ONE_IN = re.compile(
    r"(?:(?P<bound>fewer|less|more) than |about |around |nearly )?\b(?P<part>one|two|three|four|five|six|seven|"
    r"eight|nine|"
    r"\d{1,2})(?:\s+[a-z]+)? (?:in|out of) (?:every )?(?P<whole>two|three|four|five|six|seven|eight|nine|ten|"
    r"twenty|hundred|"
    r"\d{1,3})\b(?! \w*years)",
    re.IGNORECASE,
)

_A_WHILE = re.compile(
    r"\b(?:last(?:s|ed)?|for) (?P<n>(?:a|one) (?P<unit>hour|day|week|fortnight|month|year))\b", re.IGNORECASE
)
_DAYS = {"hour": 1 / 24, "day": 1.0, "week": 7.0, "fortnight": 14.0, "month": 30.4, "year": 365.25}
_AN_HOUR = re.compile(r"\s+(?:an|per) hour\b")
_AUDIENCE = word_set("spectators visitors demonstrators protesters marchers participants fans guests")
_LONE = re.compile(
    r"\b(?:loss of|only|just|lost|at|counted|admits?|admitted) (?P<n>one)\b(?=\s*(?:[.,;]|"
    r"$))",
    re.IGNORECASE,
)
_BARE_BEFORE = re.compile(
    r"\b(?:counted|count|at|only|was|were|is|are|be|to|had|list(?:s|ed)|named|of)\s+(?:just |only )?$", re.IGNORECASE
)

_BARE_AFTER = re.compile(r"\s*(?:[.,;]|$|and\b|but\b|according\b)")

_COINS = word_set(
    """crown kroner kronor mark florin guilder dram lari zloty forint hryvnia kwacha birr cedi afghani rial baht ringgit
    taka lev leu somoni tenge som manat dong kip kyat ducat thaler escudo peseta drachma schilling shilling gulden penny
    pence cent sum"""
)

_GENERIC = word_set("men people others")


def accounts(question: str, found: Found) -> list[Account]:
    """The values that articles give for what a question asks, the better covered first."""
    matter = Matter(question, found)
    kinds = matter.asked.kinds
    if not re.search(r"\b(?:time|hours?)\b", matter.asked.text, re.IGNORECASE):
        kinds -= {"clock"}  # "when" may ask for a day as well
    if "span" in kinds:  # "how long": what lasts; lengths have their own words
        kinds -= (
            {"length"}
            if re.search(r"\bhow long\b", question, re.I) and not re.search(r"bridge|wall|road|river", question)
            else set()
        )
    kept = []
    carried: dict[str, frozenset[str]] = {}
    for source, relevance in sorted(found, key=lambda f: (f[0].article.id, f[0].span)):
        before = carried.get(source.article.id, frozenset())
        parties, carried[source.article.id] = parties_of(source.text, before)
        for value in _values(matter, kinds, source, relevance):
            fit = fitted(matter, value)
            if fit:
                kept.append(replace(fit, party=party_of(parties, value.at) or _quoted(before, source)))
    return sorted(kept, key=lambda a: (-a.score, a.source.article.id, a.at))


def _quoted(before: frozenset[str], source: SourceSentence) -> frozenset[str]:
    """Whose word a sentence is that names nobody: of the one quoted before, where it stands in quotation marks."""
    return before if source.text[:1] in '"“' else frozenset()


def _values(matter: Matter, kinds: frozenset[str], source: SourceSentence, relevance: float) -> Iterator[Account]:
    text = source.text
    for q in read(text).numbers:
        if _NOT_BEFORE.search(text[: q.phrase_start]):
            continue
        if q.kind == "money" and "money" in kinds:
            yield Account(source, relevance, f"money {q.unit}", q.value, q.value, q.phrase, q.unit, q, q.start)
        elif q.kind in ("percent", "fraction") and "percent" in kinds:
            yield Account(
                source,
                relevance,
                "percent",
                q.value,
                q.value,
                q.phrase,
                "%" if q.kind == "percent" else None,
                q,
                q.start,
            )
        elif "speed" in kinds and q.unit in ("km", "mile") and _AN_HOUR.match(text, unit_end(text, q)):
            low, high = (x * (1.609344 if q.unit == "mile" else 1.0) for x in (0.97 * q.value, 1.03 * q.value))
            said = text[q.phrase_start : unit_end(text, q)] + " an hour"
            yield Account(source, relevance, "speed", low, high, said, None, None, q.start)
        elif q.kind == "number" and "money" in kinds and _is_sum(q):
            coin = root(q.unit) if q.unit else "sum"
            yield Account(source, relevance, f"money {coin}", q.value, q.value, q.phrase, q.unit, q, q.start)
        elif q.kind == "number" and len(q.values) == 1:
            if "strength" in kinds and _MAGNITUDE.search(text[: q.start]):
                yield Account(
                    source, relevance, "strength", q.value - 0.11, q.value + 0.11, q.phrase, None, None, q.start
                )
            if "count" in kinds and not measure_of(q) and not is_age(text, q):
                subject = _subject(matter, source, q)
                if subject:
                    yield Account(source, relevance, f"count {subject}", q.value, q.value, q.phrase, q.unit, q, q.start)
        if "span" in kinds:
            days = days_of(q)
            if days and not re.match(r"\W*\w+\s+(?:ago|earlier|later|old|before)\b|\W*\w+-old\b", text[q.end :]):
                said = text[q.phrase_start : unit_end(text, q)]
                yield Account(source, relevance, "span", *days, said, None, None, q.start)
    for lasted in told_by_ends(source) if "span" in kinds else ():
        yield Account(source, relevance, "span", lasted.low, lasted.high, lasted.phrase, None, None, lasted.at)
    for match in _A_WHILE.finditer(text) if "span" in kinds else ():
        length = _DAYS[match["unit"].lower()]
        yield Account(source, relevance, "span", 0.9 * length, 1.1 * length, match["n"], None, None, match.start("n"))
    if "count" in kinds and matter.asked.noun:
        for match in _LONE.finditer(text):
            one = Quantity(*match.span("n"), match.start("n"), match["n"], match["n"], (1.0,), "number")
            subject = root(matter.asked.noun.split()[-1])
            yield Account(source, relevance, f"count {subject}", 1.0, 1.0, match["n"], None, one, match.start("n"))
    if "percent" in kinds:
        for match in _ONE_IN.finditer(text):
            part, whole = (find(f"{word} houses")[:1] for word in (match["part"], match["whole"]))
            if part and whole and whole[0].value:
                share = 100 * part[0].value / whole[0].value
                low = 0.5 * share if (match["bound"] or "") in ("fewer", "less") else 0.9 * share
                quantity = replace(
                    part[0], values=(share,), kind="percent", bound="less_than" if low < 0.9 * share else "about"
                )
                yield Account(source, relevance, "percent", low, 1.1 * share, match[0], None, quantity, match.start())
    for fact in facts(source, relevance, (kinds & MEASURES) - {"span"}):
        if fact.kind in MEASURES:
            yield Account(source, relevance, fact.kind, fact.low, fact.high, fact.phrase, None, None, fact.at)


def _is_sum(q: Quantity) -> bool:
    """Whether a number is of money though no great currency stands beside it: "12 million", "500 crowns"."""
    unit = (q.unit or "").lower()
    if unit:
        return unit in _COINS or unit.removesuffix("s") in _COINS
    return bool(re.search(r"(?:m|b)illion\b", q.text))


def _subject(matter: Matter, source: SourceSentence, q: Quantity) -> str:
    """What a number counts, by the question's word for it; "" where the question asks for something else."""
    reading = read(source.text)
    fate = fate_of(reading, q, clause_of(reading, q))
    if fate is None and re.match(r"[^.;,]{0,50}\bto safety\b", source.text[q.end :]):
        fate = "rescued"
    if fate is None and _CASUALTIES.search(source.text[: q.phrase_start]):
        fate = "killed"
    unit = (q.unit or "").lower()
    wanted = matter.asked.noun.split()
    noun = wanted[-1] if wanted else ""
    of_people = not unit or unit in PEOPLE | _GENERIC or any(unit in words for words in FATES.values())
    if unit and matter.deed and root(unit) in alike(matter.deed) and (noun in ANYBODY or _named_group(noun, source)):
        return root(noun)  # "nine survivors", where the question asks how many people survived
    bare = not unit and bool(
        _BARE_BEFORE.search(source.text[: q.phrase_start]) and _BARE_AFTER.match(source.text, q.end)
    )
    if matter.fates:
        if fate is None and "killed" in matter.fates and unit in ("bodies", "body", "victims"):
            fate = "killed"
        if fate is None and bare and not any(t.low in words for words in FATES.values() for t in reading.terms):
            before = {t.low for t in read(text_before(source)).terms}
            fate = next((f for f in sorted(matter.fates) if before & FATES[f]), None)
        if fate not in matter.fates:
            return ""
        asked_group = noun and noun not in ANYBODY and not any(noun in words for words in FATES.values())
        own_group = unit and unit not in ANYBODY | _GENERIC and not any(unit in words for words in FATES.values())
        if asked_group and own_group and not counts_same(noun, unit):
            return ""
        if asked_group and not own_group and not _named_group(noun, source):
            return ""
        if not asked_group and own_group and not (of_people or counts_same("people", unit)):
            return ""
        return fate
    if fate == "displaced" and not re.search(r"\b(?:displaced|fled|evacuated)\b", source.text, re.IGNORECASE):
        fate = None  # "a camp for refugees shelters 400 people"
    if (
        fate is not None
        and root(fate) not in matter.reading.roots
        and not (unit and counts_same(noun, unit) and not of_people)
    ):
        return ""
    if not noun:
        return root(unit) if unit and any(counts_same(unit, t.low) for t in matter.reading.terms if t.content) else ""
    if unit == "people" and noun in _AUDIENCE:
        return root(noun)
    if unit and (counts_same(noun, unit) or (noun == "people" and of_people)):
        return root(noun)
    near = f"{_last_sentence(source)} {source.text}"
    return root(noun) if bare and any(counts_same(noun, t.low) for t in read(near).terms) else ""


def _last_sentence(source: SourceSentence) -> str:
    return re.split(r"[.!?][\"”]?\s", text_before(source).rstrip(' .!?"”'))[-1]


def _named_group(noun: str, source: SourceSentence) -> bool:
    """Whether a sentence names a group of people whose number it then leaves without a noun."""
    return any(counts_same(noun, t.low) for t in read(source.text).terms if t.content)
