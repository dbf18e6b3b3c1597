"""States and outcomes that can't both hold of one thing at one time: "under control" and "encircled", "died" and
"survived". General English only; each field lists its sides, and a denied word stands for the other side of two."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.disagreement.asked import asking
from rag.text.reading import Reading, Term, read, root
from rag.text.words import asks_yes_no, word_set
from rag.types import SourceSentence

# field: side = words or phrases (a trailing * is any ending). Sides of a field exclude each other.
_TABLE = """
control
 held = held, holding out, holds, under control, in control of, under government control, under army control,
        under state control, under full control, firmly in, still controls, still hold, secured, holding its positions,
        holding their positions, holding the town, holding its ground, repelled, beaten back, retaken, recaptured,
        liberated, safe, beat back, is secure, town is quiet, city is quiet, is in full control, in control
 contested = encircl*, besieg*, surrounded, under siege, still fighting, fighting continue*, fighting * raging, cut off,
        street fighting, clashes continue*, contested, on the verge of falling
 lost = had taken, have taken, has taken, had captured, have captured, has captured, had seized, have seized,
        has overrun, have overrun, under our control, has fallen, have fallen, fell, in our hands, in rebel hands,
        in the hands of, under rebel control, had overrun,
        under their control, captured by, seized by, taken by, overrun, lost control, abandoned, fallen to
survival
 alive = survived, survives, alive, recovered, recovering, unhurt, unharmed, found safe, pulled through, out of danger
 dead = died, dies, dead, was killed, were killed, perished, drowned, succumbed, death of
approval
 yes = approved, approves, passed, adopted, accepted, ratified, endorsed, backed, authorised, authorized, green light,
       gave the go-ahead, voted for, voted in favour of, voted in favor of, signed off
 no = rejected, rejects, vetoed, voted down, turned down, refused, threw out, thrown out, blocked, voted against,
      struck down, dismissed, declined
opening
 open = open, opened, reopened, remains open, stays open, reopens
 shut = closed, shut, sealed, remains closed, shuttered, closes, shut down
verdict
 guilty = convicted, found guilty, pleaded guilty, jailed for
 cleared = acquitted, cleared, found not guilty, exonerated
custody
 held = arrested, detained, in custody, in detention, jailed, behind bars
 free = released on bail, released from, was released, were released, freed, at large, on the run, escaped, fled,
        set free
progress
 on = resumed, went ahead, goes ahead, go ahead, took place, continues, restarted, under way, underway, proceeded
 off = halted, suspended, cancelled, canceled, called off, abandoned, scrapped, stopped, postponed, put off, shelved
fire
 out = contained, extinguished, put out, under control, doused, fire is out, fire was out, blaze is out
 burning = still burning, raging, still raging, out of control, spreading, still spreading, continued to burn
deal
 made = reached an agreement, reached a deal, agreed, signed, struck a deal, sealed, reached agreement
 none = collapsed, broke down, broken down, without agreement, without a deal, fell through, no deal, no agreement,
        ended without, walked out, failed to agree, failed to reach
whereabouts
 found = found, located, traced, recovered
 missing = still missing, remains missing, remain missing, unaccounted for, not been found, disappeared
power
 on = restored, back on, reconnected
 out = without power, without electricity, without water, still out, remains out, cut off, knocked out
ship
 afloat = afloat, refloated, stayed afloat, towed
 sunk = sank, sunk, went down, capsized
result
 won = won, beat, defeated, victory, victorious, triumphed
 lost = lost, was beaten, were beaten, was defeated, were defeated, defeat
 drew = drew, drawn, a draw, tied
office
 stays = remains in office, stay on, stays on, refused to resign, will not resign, reinstated, re-elected
 gone = resigned, stepped down, quit, sacked, dismissed, fired, ousted, removed
limits
 lifted = lifted, eased, repealed
 kept = extended, remains in force, remain in force, kept in place, still in force, tightened
"""
# What a question says when it asks how things stand, without naming a state.
_GENERAL = re.compile(
    r"\b(?:what (?:is|was) the (?:state|status|situation|outcome|result|fate|verdict|condition)|"
    r"what (?:has )?happened to|"
    r"what became of|how did .{3,60}\b(?:end|turn out|go|vote|rule)|in what (?:state|condition))\b",
    re.IGNORECASE,
)
_ASKS_FIELD = {
    "control": re.compile(
        r"\b(?:who|which (?:side|group|army|forces)|whose)\b.*\b(?:control|hold|held|holds|run)\w*", re.I
    ),
    "fire": re.compile(
        r"^\W*(?:is|was|has|are|were|have)\b.*\b(?:fire|blaze)\b.*\b(?:out|burn\w*|under control|"
        r"contained)\b",
        re.I,
    ),
    "result": re.compile(r"\bwho (?:won|beat|lost)\b", re.I),
    "deal": re.compile(r"\b(?:agree|agreed|agreement|deal|accord|truce|treaty|pact)\b", re.I),
}
# "Was the pass already open, or was it still shut?", also after "In June,".
_CHOICE = re.compile(r"\b(?:did|does|do|is|are|was|were|has|have|had)\b[^?]+\bor\b[^?]+\?", re.IGNORECASE)
_AHEAD = re.compile(
    r"\b(?:would|could|might|may|if|unless|whether|will|to be|should|hopes?|wants?|plans?|vow\w*|threaten\w*|"
    r"called for|"
    r"demand\w*|asked|urged|expected|due to|likely|risk\w*|fear\w*|attempt\w*|tried|trying)\b",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(?:not|never|no longer|n[o']t yet|yet to|denied|denies|without|nobody|none|neither|failed to|refused to)\b"
    r"(?:\s+\w+){0,3}\s*$|n['’]t\b(?:\s+\w+){0,2}\s*$",
    re.IGNORECASE,
)


def _pattern(phrases: list[str]) -> re.Pattern[str]:
    parts = []
    for phrase in phrases:
        words = [re.escape(w[:-1]) + r"\w*" if w.endswith("*") and len(w) > 1 else r"[\w'’-]+(?: [\w'’-]+)?" if w == "*"
                 else re.escape(w) for w in phrase.split()]  # fmt: skip
        parts.append(r"\s+".join(words))
    return re.compile(rf"\b(?:{'|'.join(sorted(parts, key=len, reverse=True))})\b", re.IGNORECASE)


def _sides() -> dict[str, dict[str, list[str]]]:
    """The table's phrases by field and side."""
    fields: dict[str, dict[str, str]] = {}
    field = side = ""
    for line in _TABLE.strip().splitlines():
        if not line.startswith(" "):
            field = line.strip()
        elif "=" in line:
            side, words = (part.strip() for part in line.split("=", 1))
            fields.setdefault(field, {})[side] = words
        else:
            fields[field][side] += " " + line.strip()
    split = {f: {s: [w.strip() for w in words.split(",")] for s, words in sides.items()} for f, sides in fields.items()}
    return {f: {s: [w for w in words if w] for s, words in sides.items()} for f, sides in split.items()}


_FIELDS = {field: {side: _pattern(words) for side, words in sides.items()} for field, sides in _sides().items()}
# The roots of each side's one-word entries, by which a question in another form names it ("Did it close?").
_HEADS = {
    field: {side: frozenset(root(w) for w in words if " " not in w and "*" not in w) for side, words in sides.items()}
    for field, sides in _sides().items()
}


@dataclass(frozen=True, slots=True)
class State:
    """One side of a field that a sentence tells of what its clause names."""

    source: SourceSentence
    relevance: float
    field: str
    side: str
    phrase: str
    start: int
    clause: tuple[Term, ...]


def opposed(a: str, b: str) -> bool:
    """Whether two sides of one field can't both hold: "not lost" leaves open which of the others does."""
    if a.startswith("not ") or b.startswith("not "):
        return a == f"not {b}" or b == f"not {a}"
    return a != b


def asked_fields(question: str) -> frozenset[str]:
    """The fields that a question is about: one of their words stands in it, or it asks how things stand."""
    question = asking(question)
    if _GENERAL.search(question):
        return frozenset(_FIELDS)
    if not (asks_yes_no(question) or _CHOICE.search(question)):
        if re.match(r"\W*who\b", question, re.IGNORECASE):  # one wins and another loses
            return frozenset({"control"} & {f for f, pattern in _ASKS_FIELD.items() if pattern.search(question)})
        return frozenset(field for field, pattern in _ASKS_FIELD.items() if pattern.search(question))
    stems = {root(w) for w in re.findall(r"[A-Za-z]+", question)}
    found = {field for field, pattern in _ASKS_FIELD.items() if pattern.search(question)}
    for field, sides in _FIELDS.items():
        named = any(pattern.search(question) for pattern in sides.values())
        if named or any(stems & _HEADS[field][side] for side in sides):
            found.add(field)
    return frozenset(found)


_STATE_NOUNS = frozenset(
    root(w)
    for w in word_set(
        """control controls hold run govern state status fate situation condition outcome result verdict agreement deal
        agree end"""
    )
)


def without_states(question: str) -> frozenset[str]:
    """The question's content roots but for the words that name a state."""
    for sides in _FIELDS.values():
        for pattern in sides.values():
            question = pattern.sub(lambda m: " " * len(m[0]), question)
    heads = frozenset().union(*(h for sides in _HEADS.values() for h in sides.values()))
    return frozenset(read(question).roots) - heads - _STATE_NOUNS


def states(source: SourceSentence, relevance: float, fields: frozenset[str]) -> Iterator[State]:
    """The states of these fields that a sentence tells as facts; what it only fears, plans or asks for is left out."""
    reading = read(source.text)
    for field in sorted(fields):
        told = [
            s
            for side, pattern in _FIELDS[field].items()
            for s in _side(source, relevance, reading, field, side, pattern)
        ]
        longest = [
            s for s in told
            if not any(o is not s and o.start <= s.start and len(o.phrase) > len(s.phrase)
                       and s.start + len(s.phrase) <= o.start + len(o.phrase) for o in told)
        ]  # fmt: skip
        first = next(iter(_FIELDS[field]))
        if len({s.side for s in longest}) == 1 or (
            longest and all(s.side != first for s in longest)
        ):  # a sentence that tells both sides settles nothing
            yield from longest[:1]


def _side(
    source: SourceSentence, relevance: float, reading: Reading, field: str, side: str, pattern: re.Pattern[str]
) -> Iterator[State]:
    for match in pattern.finditer(source.text):
        at = next((t for t in reading.terms if t.start <= match.start() < t.end), None)
        if at is None:
            continue
        clause = tuple(t for t in reading.terms if t.clause == at.clause)
        before = source.text[clause[0].start : match.start()]
        if _AHEAD.search(before):
            continue
        negated = _NOT.search(before)
        others = [s for s in _FIELDS[field] if s != side]
        told = side if not negated else others[0] if len(others) == 1 else f"not {side}"
        start = clause[0].start + negated.start() if negated else match.start()
        yield State(source, relevance, field, told, source.text[start : match.end()], start, clause)
