"""Questions of several clauses that lie in different articles: told from ordinary ones, and cut into their clauses.

"Did the Sund Post report that the dam held, while Velmar Today reported a breach?" has a clause for each outlet it
names. An outlet named in a question says which articles to look in; it is never a name to be found in their text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rag.text.times import Interval, find_dates, resolve
from rag.text.words import asks_yes_no, content_stems

Kind = Literal["which", "claims", "compare"]
Order = Literal["before", "after"]

MIN_WORDS = 2  # content words of a clause
MOST = 8  # clauses: each costs a search, and of a yes/no question a call of the model
FRAME = 24  # characters on either side of an outlet in which a word says that it is one
BESIDE = 8  # characters between two outlets of a list

_REPORT = r"(?:articles?|reports?|stor(?:y|ies)|pieces?|coverage|sources?|blog|column|editorial|interview)"
_TELLS = (
    r"(?:report(?:s|ed|ing)?|sa(?:y|ys|id)|suggest(?:s|ed)?|claim(?:s|ed)?|describ(?:e|es|ed|ing)|mention(?:s|ed)?|"
    r"discuss(?:es|ed)?|not(?:e|es|ed)|cover(?:s|ed)?|detail(?:s|ed)?|indicat(?:e|es|ed)|writes?|wrote|published|"
    r"featur(?:e|es|ed)|highlight(?:s|ed)?|quot(?:e|es|ed)|tells?|told|state[sd]?|call(?:s|ed)|attribut(?:e|es|ed)|"
    r"credit(?:s|ed)?|announced?|estimate[sd]?|give[sn]?|gave|put|maintain|change|fail)"
)
_FRAME = re.compile(rf"\b(?:{_REPORT}|{_TELLS}|according to|as per|per|by both|reported by)\b", re.IGNORECASE)
_MADE_UP = re.compile(  # an outlet that the archive may not have: "an ESPN article", "a report by Reuters"
    r"\b(?:an?|the|another)\s+['\"‘“]?((?:[A-Z][\w.&]*\s){1,4}?)['\"’”]?\s*(?:article|report|story|piece)\b"
    r"|\b(?:article|report|story|piece)s?\s+(?:by|from|in)\s+(?:an?\s+|the\s+)?['\"‘“]?((?:[A-Z][\w.&]*\s?){1,4})"
    r"|\b(?:according to|reported by)\s+['\"‘“]?((?:The\s)?[A-Z][\w.&]*(?:\s[A-Z][\w.&]*){0,3}\s"
    r"(?:News|Times|Post|Journal|Herald))\b"
)
_STRONG = re.compile(
    r",?\s+(?=(?:while|whereas)\b)|,\s+(?=(?:and|but|or)\b)"
    r"|,?\s+(?=(?:and|or) (?:does|did|do|is|was|were|has|have|will)\b)"
    r"|,?\s+(?=(?:before|after|than|compared (?:to|with)|similar(?:ly)? to|(?:identically )?to how|"
    r"in contrast to|unlike|as opposed to)\b)|,\s+(?=(?:does|did|do|is|was|were|has|have|had|which|who|what)\b)|;\s+"
)
_WEAK = re.compile(r",\s+|\s+(?=(?:and|but|or|as|with|from|in|by)\b)")
_MAIN = re.compile(r",\s+(?=(?:is|are|was|were|do|does|did|has|have|had|which|who|what)\b)")
_LEADS = re.compile(r"^\W*(?:between|after|before|following|since|considering|based on|given)\b", re.IGNORECASE)
_ASKS_NAME = re.compile(r"^\W*(?:which|what|who|whose)\b", re.IGNORECASE)
_SAME_SOURCE = re.compile(
    r"\b(?:the )?same (?:source|outlet|paper|newspaper|publication)(?:['’]s)?\b"
    r"|\bits (?:own )?(?:earlier|later|previous|first|second|other) (?:article|report|story|piece)\b",
    re.IGNORECASE,
)
_ORDER = re.compile(r"\W*(before|after)\b(?! (?:the )?(?:\d|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)))")
_CHOICE = re.compile(r"\b(?:or (?:do|does|did|is|are|was|were|has|have)|(\w+) or (?:in|un|dis)\1)\b", re.IGNORECASE)
_FILLER = re.compile(
    rf"\b(?:{_REPORT}|published|later|earlier|subsequent|another|second|reported|report|suggests?|claims?|indicates?|"
    r"discuss(?:es|ing)?|mention(?:s|ed)?|regarding|concerning|according|detailing|featuring|portrayal|portraying|"
    r"does|did|do|has|have|had|was|were|is|are|between|after|before|while|whereas|and|but|the)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a question: ``text`` as written, ``topic`` what to search for, in the articles of ``outlets`` (any
    where none is named) published in ``days`` (any where None)."""

    text: str
    topic: str
    outlets: tuple[str, ...] = ()
    days: Interval | None = None


@dataclass(frozen=True, slots=True)
class Compound:
    """A question cut into clauses. ``which`` asks for the name that all of them fit, ``claims`` whether all of them
    hold, ``compare`` something of the reports that the clauses only point out. ``asked`` is the clause that asks."""

    kind: Kind
    clauses: tuple[Clause, ...]
    asked: str
    order: Order | None = None  # whether the first clause's report is said to be the earlier ("before") of two


@dataclass(frozen=True, slots=True)
class Mention:
    """An outlet named at ``[start, end)`` of a question, as the archive writes it; more than one for a common head."""

    start: int
    end: int
    outlets: tuple[str, ...]


def plan(question: str, outlets: Sequence[str]) -> Compound | None:
    """The clauses of a question that names outlets; None for an ordinary one, and where it names an outlet that the
    archive may not have: of that nothing is known."""
    found = mentions(question, outlets)
    if not found or _unknown(question, found):
        return None
    if _ASKS_NAME.match(question):
        return _few(_which(question, found))
    if _CHOICE.search(question):
        return None
    if not asks_yes_no(question.replace(" or ", " / ")) and not _LEADS.match(question):
        return None
    return _few(_closed(question, found))


def _few(made: Compound | None) -> Compound | None:
    return made if made is None or len(made.clauses) <= MOST else None


def mentions(question: str, outlets: Sequence[str]) -> tuple[Mention, ...]:
    """Where a question names outlets as such: beside a word like "article" or "reported", or in quotation marks."""
    known: dict[str, set[str]] = {}
    said = question.casefold()
    for outlet in outlets:
        for form in (f for f in _forms(outlet) if f.casefold() in said):
            known.setdefault(form.casefold(), set()).add(outlet)
    named: list[Mention] = []
    for form in sorted(known, key=lambda f: (-len(f), f)):
        for match in re.finditer(rf"(?<![\w.]){re.escape(form)}(?![\w])", question, re.IGNORECASE):
            start, end = match.span()
            if question[start].isupper() and not any(start < m.end and m.start < end for m in named):
                named.append(Mention(start, end, tuple(sorted(known[form]))))
    found: list[Mention] = []
    for mention in 2 * sorted(named, key=lambda m: m.start):  # one of a list may be known by its neighbour only
        start, end = mention.start, mention.end
        around = f"{question[max(0, start - FRAME) : start]} | {question[end : end + FRAME]}"
        quoted = question[start - 1 : start] in tuple("'\"‘“") and question[end : end + 1] in tuple("'\"’”")
        listed = any(0 <= start - m.end <= BESIDE or 0 <= m.start - end <= BESIDE for m in found)
        if mention not in found and (quoted or listed or _FRAME.search(around)):
            found.append(mention)
    return tuple(sorted(found, key=lambda m: m.start))


def _forms(outlet: str) -> list[str]:
    """An outlet's name, and its head where a mark cuts it: "Coast Post | Sport" is "Coast Post"."""
    head = re.split(r"\s+[|–—-]\s+", outlet)[0].strip()
    forms = [outlet.strip(), head, re.sub(r"\.(?:com|org|net|co\.uk)$", "", head)]
    return [f for f in dict.fromkeys(forms) if len(f) > 2]


def _unknown(question: str, found: Sequence[Mention]) -> bool:
    for match in _MADE_UP.finditer(question):
        group = next(i for i in (1, 2, 3) if match[i])
        start, end = match.span(group)
        if not any(m.start < end and start < m.end for m in found):
            return True
    return False


# --- which ----------------------------------------------------------------------------------------


def _which(question: str, found: Sequence[Mention]) -> Compound | None:
    bare = _without_sources(question, found)
    parts = [p.strip(" ,;?") for p in re.split(r",\s+|;\s+|\s+(?=(?:while|whereas|but|and|as well as)\b)", bare)]
    clauses: list[str] = []
    for part in parts:
        if len(set(content_stems(part))) < MIN_WORDS + 1 and clauses:
            clauses[-1] = f"{clauses[-1]} {part}"
        elif part:
            clauses.append(part)
    if len(clauses) > 1 and len(set(content_stems(clauses[0]))) < MIN_WORDS + 1:
        clauses[:2] = [f"{clauses[0]} {clauses[1]}"]
    if len(clauses) < 2:
        return None
    outlets = tuple(dict.fromkeys(o for m in found for o in m.outlets))
    made = tuple(Clause(c, c, outlets) for c in clauses)
    return Compound("which", made, bare)


def _without_sources(question: str, found: Sequence[Mention]) -> str:
    """The question without what says who reported it."""
    text = question
    for mention in reversed(found):
        text = f"{text[: mention.start]}\0{text[mention.end :]}"
    text = re.sub(r"['\"‘“]?\0['\"’”]?(?:['’]s)?", "\0", text)
    one = (
        r"(?:both |another |an? |the )?(?:\w+ )?(?:articles? |reports? )?(?:from |in |by |on )?(?:both )?\0"
        r"(?: (?:articles?|reports?))?"
    )
    many = rf"{one}(?:(?:,? and |, ){one})*"
    lead = (
        r"(?:as |is |are |was |were |has been |been )?(?:also |recently |frequently |simultaneously )?"
        rf"(?:{_TELLS}|according|covered|scrutinized|per) "
        r"(?:in |by |as |to |from )*(?:articles? |reports? |sources? )?(?:from |by |in |including |like |such as )*"
    )
    text = re.sub(rf",?\s*\b{lead}{many}\s*,?", " , ", text, flags=re.IGNORECASE)
    text = re.sub(rf"\b(?:in|by|from|to|of|as per|per) {many}", " , ", text, flags=re.IGNORECASE)
    text = re.sub(rf"{many} (?:{_TELLS})?", " , ", text, flags=re.IGNORECASE)
    return re.sub(r",(?:\s*,)+", ",", re.sub(r"\s+,", ",", " ".join(text.split()))).strip(" ,")


# --- yes or no ------------------------------------------------------------------------------------


def _closed(question: str, found: Sequence[Mention]) -> Compound | None:
    anchors = list(found)
    for match in _SAME_SOURCE.finditer(question):
        before = [m for m in anchors if m.end <= match.start()]
        if before:
            anchors.append(Mention(match.start(), match.end(), before[-1].outlets))
    anchors.sort(key=lambda m: m.start)
    if len(anchors) < 2:
        return None
    cuts = [0]
    for left, right, after in zip(anchors, anchors[1:], [*(m.start for m in anchors[2:]), len(question)], strict=False):
        cuts.append(_cut(question, left, right, after))
    cuts.append(len(question))
    main = _asked(question, anchors)
    if main is not None and not asks_yes_no(question[main:].replace(" or ", " / ")):
        return None
    if main is not None and main > cuts[-2]:
        cuts[-1] = main
    clauses = []
    for mention, start, end in zip(anchors, cuts, cuts[1:], strict=False):
        text = question[start:end].strip(" ,;?")
        topic = _topic(question[start : mention.start] + " " + question[mention.end : end])
        clauses.append(Clause(text, topic, mention.outlets, _published(text)))
    asked = question[main:].strip(" ,") if main is not None else question
    clauses = _merged(clauses, asked if main is not None else "")
    if len(clauses) < 2:
        return None
    order = _ORDER.match(question[cuts[1] :]) if len(clauses) == 2 and main is None else None
    return Compound(
        "claims" if main is None else "compare",
        tuple(clauses),
        asked,
        "before" if order and order[1] == "before" else "after" if order else None,
    )


def _cut(question: str, left: Mention, right: Mention, after: int) -> int:
    """Where between two outlets one clause ends and the next begins: the last place that leaves both of them words."""
    between = question[left.end : right.start]
    places = [m.end() for pattern in (_STRONG, _WEAK) for m in reversed([*pattern.finditer(between)])]
    rest = question[right.end : after]
    for place in places:
        if _says(between[place:] + rest) and _says(question[: left.start] + between[:place]):
            return left.end + place
    return left.end + places[0] if places else right.start


def _says(text: str) -> bool:
    return len(set(content_stems(_topic(text)))) >= MIN_WORDS


def _asked(question: str, anchors: Sequence[Mention]) -> int | None:
    """Where the clause that asks begins, of a question that begins with "Between", "After" and the like."""
    if not _LEADS.match(question):
        return None
    places = [m.end() for m in _MAIN.finditer(question) if m.start() > anchors[0].end]
    return places[-1] if places else None


def _merged(clauses: Sequence[Clause], asked: str) -> list[Clause]:
    """Clauses that say nothing of their own take over what the question asks about, or the clause before says."""
    kept: list[Clause] = []
    for clause in clauses:
        lent = _topic(asked) if asked else kept[-1].topic if kept else ""
        topic = clause.topic if _says(clause.topic) else f"{clause.topic} {lent}".strip()
        if _says(topic) or (content_stems(topic) and not lent):
            kept.append(replace(clause, topic=topic))
    return kept


def _topic(text: str) -> str:
    for mention in sorted(find_dates(text), key=lambda d: -d.start):
        if mention.kind in ("day", "month", "year") and mention.year:
            text = text[: mention.start] + " " + text[mention.end :]
    text = re.sub(r"\d{4}-\d\d-\d\d\S*", " ", text)
    return " ".join(_FILLER.sub(" ", text).replace("'s ", " ").strip(" ,;?'\"").split())


def _published(text: str) -> Interval | None:
    """The day that a clause gives for its report: "the report published on 7 May 2021", "reported on 7 May 2021"."""
    iso = re.search(r"\b(\d{4}-\d\d-\d\d)", text)
    for mention in find_dates(text if not iso else f"on {iso[1]}"):
        if mention.kind == "day" and mention.year:
            if re.search(r"\b(?:after|before|since|until|by)\s+\W*$", text[: mention.start]):
                return None
            return resolve(mention, None)
    return None
