"""What a number in a text counts ("2,442 US soldiers" -> soldiers) and how exactly it is meant ("at least")."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from rag.text.numerals import SMALL, TENS, Token
from rag.text.words import STOP_WORDS, stem, word_set

Bound = Literal["exact", "about", "at_least", "more_than", "nearly", "at_most", "less_than"]
CURRENCY = {"$": "dollar", "€": "euro", "£": "pound", "¥": "yen", "₹": "rupee", "₽": "rouble", "₩": "won"}
CURRENCY_WORDS = {
    "dollar": "dollar", "usd": "dollar", "buck": "dollar", "euro": "euro", "eur": "euro", "pound": "pound",
    "gbp": "pound", "sterling": "pound", "yen": "yen", "jpy": "yen", "yuan": "yuan", "renminbi": "yuan",
    "rupee": "rupee", "rouble": "rouble", "ruble": "rouble", "peso": "peso", "franc": "franc", "krona": "krona",
    "krone": "krone", "real": "real", "rand": "rand", "dirham": "dirham", "riyal": "riyal", "dinar": "dinar",
    "shekel": "shekel", "lira": "lira", "naira": "naira", "shilling": "shilling", "cent": "cent", "penny": "penny",
}  # fmt: skip
MEASURES = {
    "km": "km", "kms": "km", "kilometre": "km", "kilometer": "km", "m": "metre", "metre": "metre", "meter": "metre",
    "cm": "cm", "centimetre": "cm", "centimeter": "cm", "mm": "mm", "millimetre": "mm", "millimeter": "mm",
    "mi": "mile", "mile": "mile", "ft": "foot", "foot": "foot", "feet": "foot", "inch": "inch", "yard": "yard",
    "kg": "kg", "kilo": "kg", "kilogram": "kg", "kilogramme": "kg", "g": "gram", "gram": "gram", "ton": "tonne",
    "tonne": "tonne", "lb": "lb", "mph": "mph", "kph": "kph", "km/h": "kph", "hr": "hour", "hrs": "hour",
    "hour": "hour", "min": "minute", "mins": "minute", "minute": "minute", "sec": "seconds", "secs": "seconds",
    "day": "day", "week": "week", "month": "month", "year": "year", "yr": "year", "yrs": "year", "decade": "decade",
    "century": "century", "hectare": "hectare", "acre": "acre", "litre": "litre", "liter": "litre",
    "gallon": "gallon", "barrel": "barrel", "degree": "degree", "mw": "mw", "megawatt": "mw", "gw": "gw",
    "gigawatt": "gw",
}  # fmt: skip
TIME_UNITS = word_set("""century day decade hour minute month seconds week year""")
_NOT_PLURAL = word_set("""as is was has his its this thus us yes plus versus perhaps always towards besides""")
_PLURALS = word_set(
    """people persons men women children police troops cattle sheep fish crew staff personnel policemen policewomen
    firefighters feet teeth mice geese aircraft species series criteria data media lives wives wolves knives dead
    seats clergy youth livestock firemen fishermen servicemen gunmen lawmen townspeople salespeople congressmen
    spokespeople midwives households percent"""
)
VERBS = word_set(
    """died fell fallen took taken went gone came come became made gave given got won lost held met left sank sunk
    broke broken burnt hit cut put shot rose risen grew grown fled flew flown drew spent sent said told were was
    are is be been has have had do did does may might could would will can shall should must remain remained
    remains live live lived work worked die kill lie lay lain swept hurt beat beaten began begun"""
)
# What a participle right after the number says about uncounted people: "17 killed", "40 injured", "11 dead".
STATES = word_set(
    """killed dead injured wounded missing arrested detained hurt displaced homeless evacuated infected hospitalised
    hospitalized rescued drowned kidnapped trapped stranded sick alive"""
)
_DETERMINERS = word_set("""the its their his her these those our all""")
_AUXILIARIES = word_set("""were was are is have has had been being""")
_ADJECTIVE_END = ("ous", "ful", "ive", "able", "ible", "ic", "al", "ish", "less", "ly", "ern", "ary")
_BOUNDS: tuple[tuple[str, Bound], ...] = (
    (r"no more than|not more than|up to|at most|as many as|as much as|a maximum of|maximum", "at_most"),
    (r"at least|no fewer than|no less than|not less than|a minimum of|minimum|at the very least", "at_least"),
    (r"more than|over|above|upwards of|in excess of|exceeding|exceeded|greater than|surpassing|topping", "more_than"),
    (r"less than|fewer than|below|under|lower than", "less_than"),
    (r"nearly|almost|close to|just under|approaching|just short of|virtually", "nearly"),
    (r"about|around|some|approximately|roughly|an estimated|estimated at|circa|~|approx\.?|or so", "about"),
)
BOUND_BEFORE = tuple(
    (re.compile(rf"(?<![^\W_])(?:{pattern})(?:\s+(?:of|the|a|an))?\s*(?:US|A|C)?[$€£¥₹]?\s*$", re.IGNORECASE), bound)
    for pattern, bound in _BOUNDS
)
BOUND_AFTER = re.compile(r"\s*(\+|or more\b|or so\b|at least\b|or fewer\b|or less\b)", re.IGNORECASE)


def is_plural(token: Token) -> bool:
    low = token.low.removesuffix("'s").removesuffix("’s")
    if low in _PLURALS:
        return True
    if token.text.isupper() or low in _NOT_PLURAL or low in STOP_WORDS or low in VERBS:
        return False
    return len(low) > 3 and low.endswith("s") and not low.endswith(("ss", "ous", "us", "is"))


def counted(tokens: Sequence[Token], end: int, values: tuple[float, ...]) -> tuple[str | None, int, tuple[str, ...]]:
    """The head noun after a number: the first plural of the words that follow, else the last that may be a noun."""
    i = end
    if i < len(tokens) and tokens[i].text in "-–" and tokens[i].start == tokens[i - 1].end:
        # "20-year", "12-member": the unit is what hangs on the hyphen
        if i + 1 < len(tokens) and tokens[i + 1].kind == "word" and tokens[i + 1].start == tokens[i].end:
            token = tokens[i + 1]
            return token.text, token.start, (stem(token.low),)
        return None, -1, ()
    if i < len(tokens) and tokens[i].low == "or":
        while i < len(tokens) and tokens[i].low in ("or", "so", "more", "fewer", "less"):
            i += 1
    if i < len(tokens) and tokens[i].text == "+":
        i += 1
    of = False
    if i < len(tokens) and tokens[i].low == "of":
        of, i = True, i + 1
        while i < len(tokens) and tokens[i].low in _DETERMINERS:
            i += 1
        # "12 of the 34 capitals": step over the second number
        while i < len(tokens) and (tokens[i].kind == "num" or tokens[i].low in SMALL or tokens[i].low in TENS):
            i += 1
    run: list[Token] = []
    for token in tokens[i : i + 5]:
        if run and token.text in ("-", "’", "'") and token.start == run[-1].end:
            continue
        if token.low in ("more", "others", "other", "new", "first"):
            continue
        measure = not run and token.low in MEASURES
        stop = token.low in STOP_WORDS and not measure and not (token.text.isupper() and len(token.text) > 1)
        if token.kind != "word" or stop:
            break
        run.append(token)
        if is_plural(token):
            break
        if measure:
            break
    if not run:
        return _told_beside(tokens, i, end)
    head = run[-1]
    if run[0].low in STATES:
        head, run = run[0], run[:1]
    elif not is_plural(head) and not (head.low in MEASURES and len(run) == 1):
        nouns: list[Token] = []
        for token in run:
            if token.low in VERBS or (nouns and token.low.endswith(("ed", "ing"))):
                break
            nouns.append(token)
        while len(nouns) > 1 and nouns[-1].low.endswith(_ADJECTIVE_END) and values != (1.0,):
            nouns.pop()
        if not nouns or (len(nouns) == 1 and nouns[0].low.endswith("ed")):
            return _told_beside(tokens, i, end)
        if values != (1.0,) and not of and len(nouns) > 1 and not nouns[-1].text[:1].islower():
            nouns = nouns[:1]
        head, run = nouns[-1], nouns
    text = re.sub(r"['’]s?$", "", head.text)
    return text, head.start, tuple(stem(re.sub(r"['’]s?$", "", t.low)) for t in run)


def _told_beside(tokens: Sequence[Token], i: int, end: int) -> tuple[str | None, int, tuple[str, ...]]:
    """The counted of a number that no noun follows: "19 were injured" (injured), "houses, of which 14" (houses),
    "the number of passengers at 194" (passengers)."""
    while i < len(tokens) and i < end + 3 and tokens[i].low in _AUXILIARIES:
        i += 1
    if i < len(tokens) and i > end and tokens[i].low in STATES:
        return tokens[i].text, tokens[i].start, (stem(tokens[i].low),)
    back = tokens[max(0, end - 12) : end]
    ahead = " ".join(t.low for t in back)
    if re.search(r"\bof (?:which|whom)(?: \S+){1,2}$", ahead):
        nouns = [t for t in back if t.kind == "word" and is_plural(t)]
    elif re.search(
        r"\b(?:number|total|count) of \w+(?: \w+){0,3} (?:at|to|was|is|reached|as) (?:\S+ ){0,3}\S+$", ahead
    ):
        at = max(j for j, t in enumerate(back) if t.low == "of")
        nouns = [t for t in back[at:] if t.kind == "word" and is_plural(t)][:1]
    else:
        nouns = []
    return (nouns[-1].text, nouns[-1].start, (stem(nouns[-1].low),)) if nouns else (None, -1, ())
