"""Puts what a fragment says ("And in May?", "No, I meant the Marl brewery.") in the place of its like in the question
before it. By code, where only one place fits; a fragment that fits nowhere, or in two places, is left to the model."""

from __future__ import annotations

import re

from rag import shifted
from rag.text.names import find_names
from rag.text.times import find_dates
from rag.text.words import content_stems

_DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_PREPOSITIONS = "in|at|on|from|by|of|for|during|since|after|before|near|to|with|against|between|under|over"
_LEAD = re.compile(
    r"^(?:(?:and|but|so|or|also|then|well|ok(?:ay)?|no|nope|sorry|oops|wait|actually|rather)\b[\s,.;:!]*)+",
    re.IGNORECASE,
)
_MEANT = re.compile(
    r"^(?:(?:no|nope|sorry|oops|wait|wrong|not that|actually)\b[\s,.;:!]*)*"
    r"(?:i (?:mean|meant|was asking about|am asking about|was thinking of|asked about)|"
    r"(?:a |my )?correction[:,]?(?: to)?)\s+",
    re.IGNORECASE,
)
_DENIED = re.compile(r"^(?:no|nope|sorry|oops|wait|not that)\s*[,.;:!]+\s*(?=\S)", re.IGNORECASE)
_ABOUT = re.compile(r"^(?:what|how) about\s+", re.IGNORECASE)
QUESTION_WORD = re.compile(r"how (?:many|much)|who|what|where|which", re.IGNORECASE)
_THE_ONE = re.compile(rf"^the ones? (?=(?:{_PREPOSITIONS})\b)", re.IGNORECASE)
_PLURAL = r"(?:[a-z][\w’'-]+s|women|men|children|people)"
_CALENDAR = re.compile(  # small letters, as people type them
    rf"\b(?:{_DAYS}|january|february|april|june|july|august|september|october|november|december)\b"
    r"|(?<=\d )(?:march|may)\b|(?<=\bin )(?:march|may)\b"
)
_NOT = re.compile(
    r"^(?P<new>.+?),?\s+(?:and )?not\s+(?P<old>.+)$|^not\s+(?P<old2>.+?),?\s+but\s+(?P<new2>.+)$", re.IGNORECASE
)
_PLACED = re.compile(rf"^(?P<how>{_PREPOSITIONS})\s+(?P<what>.+)$", re.IGNORECASE)
_PHRASE = r"[\w’'-]+(?:\s+[\w’'-]+){0,3}?"
_AUX = (
    r"is|are|was|were|do|does|did|has|have|had|will|would|can|could|should|isn['’]t|aren['’]t|wasn['’]t|weren['’]t|"
    r"don['’]t|doesn['’]t|didn['’]t|hasn['’]t|haven['’]t|won['’]t"
)
_ENDS = rf"\s+(?:{_PREPOSITIONS}|and|{_AUX}|get|got|lose|lost|win|won|take|took|sink|burn|die|close|say|pay)\b|[,;]|$"
_BARE = re.compile(r"^(?P<ask>why|when|where|how|since when|how long|how often)(?P<no> not)?\W*$", re.IGNORECASE)
_WHOM = re.compile(rf"^(?P<ask>(?:{_PREPOSITIONS}) (?:whom|what|which|how (?:much|many|long)))\W*$", re.IGNORECASE)
_ASKED = re.compile(
    rf"^(?:when|where|why|how(?: (?:long|often|far))?|since when)\s+(?P<rest>(?:{_AUX})\b.+)$", re.IGNORECASE
)
_COUNTED = re.compile(rf"^how many (?P<who>[\w’'-]+(?: [\w’'-]+){{0,3}}?) (?P<aux>{_AUX}) (?P<rest>.+)$", re.IGNORECASE)
_HOW_MANY = re.compile(  # "And how many were injured?"
    r"^how many (?P<what>(?:(?:people|others|more|of them) )?(?:(?:were|was|have been|are) )?"
    r"(?:\w+ed|died|hurt|missing))$",
    re.IGNORECASE,
)
_FATE = re.compile(
    r"^how many .+? (?:\w+ed|hurt|missing|die)(?P<where> (?:in|at|by|during|on|when|after) .+)$", re.IGNORECASE
)
_ANYONE = re.compile(rf"^(?P<aux>{_AUX})\s+(?:any(?:one|body)|some(?:one|body))\s+(?P<rest>.+)$", re.IGNORECASE)


def is_correction(question: str) -> bool:
    """Whether a turn puts right what was asked before: "No, I meant in March.", "the Solveig, not the Sigrun"."""
    text = question.strip()
    if _MEANT.match(text):
        return True
    rest = _DENIED.match(text)
    asks = rf"\b(?:{_AUX}|who|what|which|when|where|why|how)\b"
    return rest is not None and not re.search(asks, text[rest.end() :], re.IGNORECASE)


def put_in(question: str, previous: str, answer: str = "") -> str | None:
    """The question before with the fragment in its place, or None where that can't be told by code.

    "The day before" is counted from the one date of that question, else of its ``answer``.
    """
    before = " ".join(previous.split()).rstrip(" ?.!")
    text = _CALENDAR.sub(lambda m: m.group().capitalize(), " ".join(question.split()).rstrip(" ?.!"))
    if asks_barely(text):
        return _bare_asking(_LEAD.sub("", text), before)
    text = _THE_ONE.sub("", phrase(text))
    step = shifted.step(text)
    if step:
        return _stepped(text, before, step, answer)
    against = _NOT.match(text)
    if against:
        old, new = (_bare_noun(against[a] or against[b]) for a, b in (("old", "old2"), ("new", "new2")))
        return _swap(before, old, new) if before.lower().count(old.lower()) == 1 else None
    counted, fate = _HOW_MANY.match(text), _FATE.match(before)
    if counted and fate:
        were = "were " if re.fullmatch(r"\w+ed|hurt|missing", counted["what"]) and counted["what"] != "died" else ""
        return f"How many {were}{counted['what']}{fate['where']}?"
    placed = _PLACED.match(text)
    if placed and not re.search(rf"\b(?:{_AUX}|that|this|then|when|what|whom)\b", placed["what"], re.IGNORECASE):
        return _in_place(before, text, placed["how"], placed["what"])
    if re.search(rf"\b(?:{_AUX})\b", text, re.IGNORECASE) or not text:
        return None
    date = find_dates(f"on {text}")
    if len(date) == 1 and date[0].text.lower() == text.lower():
        lead = {"day": "on ", "weekday": "on ", "relative": ""}.get(date[0].kind, "in ")
        return _in_place(before, f"{lead}{text}", "", text)
    return _like(before, text)


def asks_barely(question: str) -> bool:
    """Whether a turn is nothing but a question word: "Why?", "And when?", "By whom?"."""
    bare = _LEAD.sub("", question.strip())
    return bool(_BARE.match(bare) or _WHOM.match(bare) or re.fullmatch(r"who\W*", bare, re.IGNORECASE))


def phrase(question: str) -> str:
    """What a fragment or correction names, without the words that lead to it: "the pool" of "No, I meant the pool"."""
    text = " ".join(question.split()).rstrip(" ?.!")
    return _ABOUT.sub("", _LEAD.sub("", _MEANT.sub("", _LEAD.sub("", text)))).strip(" ,")


def _stepped(text: str, before: str, step: re.Match[str], answer: str) -> str | None:
    """The question before of "the day before", or what a turn asks of it ("What happened the day before?")."""
    asks = text[: step.start()].strip()
    named, told = shifted.only_date(before), shifted.only_date(answer)
    if find_dates(before) and not named:
        return None
    counted_from = named or told
    when = shifted.shift(step, counted_from) if counted_from else None
    if when is None:
        return None
    words = " ".join(filter(None, when))
    if asks and not QUESTION_WORD.fullmatch(asks):
        return f"{_upper_first(asks)} {words}?"
    if named:
        return f"{before[: named.start]}{when[1]}{before[named.start + len(named.text) :]}?"
    return None if re.match(r"(?:since )?when\b", before, re.IGNORECASE) else f"{before} {words}?"


def _bare_asking(text: str, before: str) -> str | None:
    """ "Why?" and its like, asked of the question before: "When did the dam break?" -> "Why did the dam break?"."""
    bare, whom, who = _BARE.match(text), _WHOM.match(text), re.match(r"^who\W*$", text, re.IGNORECASE)
    yes_no = re.match(rf"(?:{_AUX})\b", before, re.IGNORECASE)
    if who:
        found = _ANYONE.match(before)
        return f"Who {found['aux'].lower()} {found['rest']}?" if found else None
    if whom:
        return f"{_upper(whom['ask'])} {_lower(before)}?" if yes_no else None
    if not bare:
        return None
    ask = _upper(bare["ask"])
    if yes_no and not _ANYONE.match(before):
        rest = _lower(before)
        return f"{ask} {_denied(rest) if bare['no'] else rest}?"
    found = _ASKED.match(before)
    if found and not bare["no"]:
        return f"{ask} {_lower(found['rest'])}?"
    counted = _COUNTED.match(before)
    if counted and not bare["no"] and not re.fullmatch(r"d(?:o|oes|id)", counted["aux"], re.IGNORECASE):
        return f"{ask} {counted['aux'].lower()} {counted['who']} {counted['rest']}?"
    return None


def _in_place(before: str, text: str, how: str, what: str) -> str | None:
    """ "in May" for "in April", "in Brodick" for "in Corrie"; behind the question where it has nothing of the kind."""
    dates = find_dates(f"x {text}")
    if dates:
        old = find_dates(before)
        if len(old) > 1:
            return None
        if old:
            start = old[0].start
            lead = re.search(rf"\b(?:{_PREPOSITIONS})\s+(?:the\s+)?$", before[:start], re.IGNORECASE)
            return f"{before[: lead.start() if lead else start]}{text}{before[old[0].start + len(old[0].text) :]}?"
        return f"{before} {text}?"
    pattern = rf"\b{how}\s+(?P<np>(?:(?:the|an?)\s+)?{_PHRASE})(?=\s+(?:{_PREPOSITIONS}|and)\b|[,;]|$)"
    named = bool(find_names(f"x {what}"))
    fits = [
        m
        for m in re.finditer(pattern, before, re.IGNORECASE)
        if bool(find_names(f"x {m['np']}")) == named and not find_dates(f"x {m.group()}")
    ]
    if len(fits) == 1:
        return f"{before[: fits[0].start()]}{how.lower()} {what}{before[fits[0].end() :]}?"
    return f"{before} {how.lower()} {what}?" if not fits and named and how.lower() in ("in", "at", "near") else None


def _like(before: str, text: str) -> str | None:
    """A noun phrase for the one of its like: "the Marl brewery" for "the Orrin brewery", "doctors" for "nurses"."""
    if re.fullmatch(_PLURAL, text):
        counted = re.match(rf"^((?:how many|which|what)\s+)({_PLURAL})\b(.*)$", before, re.IGNORECASE)
        return f"{counted[1]}{text}{counted[3]}?" if counted else None
    span = re.fullmatch(r"(?:last|this|next)\s+([a-z]+)", text, re.IGNORECASE)
    if span:
        fits = list(re.finditer(rf"\b(?:last|this|next)\s+{span[1]}\b", before, re.IGNORECASE))
        return _swap(before, fits[0].group(), text.lower()) if len(fits) == 1 else None
    article = re.match(r"^(?:the|an?)\s+", text, re.IGNORECASE)
    if not article:
        free = [
            n
            for n in find_names(f"x {before}")
            if not re.search(r"\b(?:the|an?)(?: [a-z]\w+)? $", f"x {before}"[: n.start])
        ]
        if len(free) > 1:  # "And Berg?" is more likely another who than another where
            free = [n for n in free if not re.search(r"\b(?:in|at|on|near|from|to|of) $", f"x {before}"[: n.start])]
        if not _is_name(text) or len(free) != 1:
            return None
        return f"{before[: free[0].start - 2]}{text}{before[free[0].end - 2 :]}?"
    phrases = list(re.finditer(rf"\b(?:the|an?)\s+{_PHRASE}(?={_ENDS})", before, re.IGNORECASE))
    head = content_stems(re.split(rf"\s+(?:{_PREPOSITIONS})\s", text)[0])[-1:]
    fits = [m for m in phrases if head and content_stems(m.group())[-1:] == head]
    if not fits and _is_name(text[article.end() :]):
        fits = [m for m in phrases if _is_name(re.sub(r"^\w+\s+", "", m.group()))]
    if len(fits) != 1:
        return None
    end = fits[0].end()
    tail = re.match(rf"\s+(?:{_PREPOSITIONS})\s+(?:the\s+)?[A-Z][\w’'-]+(?:\s[A-Z][\w’'-]+)*", before[end:])
    if tail and re.search(rf"\s(?:{_PREPOSITIONS})\s", text):
        end += tail.end()
    return f"{before[: fits[0].start()]}{text}{before[end:]}?"


def _is_name(phrase: str) -> bool:
    return bool(re.fullmatch(r"[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*", phrase)) and not find_dates(f"in {phrase}")


def _bare_noun(phrase: str) -> str:
    return re.sub(r"^(?:the|an?)\s+", "", phrase, flags=re.IGNORECASE)


def _swap(before: str, old: str, new: str) -> str:
    start = before.lower().index(old.lower())
    return f"{before[:start]}{new}{before[start + len(old) :]}?"


def _denied(yes_no: str) -> str:
    """ "did the mine reopen" -> "did the mine not reopen": "not" before the verb that stands last or before a place."""
    match = re.match(rf"^({_AUX}) ((?:the |an? |[A-Z][\w’'-]+ ?)+(?:[\w’'-]+ )*?)([\w’'-]+)$", yes_no)
    return f"{match[1]} {match[2]}not {match[3]}" if match else yes_no


def _upper_first(text: str) -> str:
    return text[:1].upper() + text[1:]


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:].lower()


def _lower(text: str) -> str:
    """With a small first letter: it begins with an auxiliary verb."""
    return text[:1].lower() + text[1:]
