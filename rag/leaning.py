"""Which turns of a conversation lean on what went before, by their own words.

A question leans on it when it is a fragment ("And in May?"), asks about next to nothing ("Why?"), or holds a word that
stands for something ("it", "there", "that year") which the question itself doesn't name.
"""

from __future__ import annotations

import re

from rag import shifted
from rag.fragments import is_correction
from rag.text.time_words import find_dates
from rag.text.words import STOP_WORDS, word_set, words

AUX = (
    "is|are|was|were|am|do|does|did|has|have|had|will|would|can|could|should|may|might|must|isn['’]t|aren['’]t|"
    "wasn['’]t|weren['’]t|don['’]t|doesn['’]t|didn['’]t|hasn['’]t|haven['’]t|won['’]t"
)
ASKING = "who|whom|whose|what|which|when|where|why|how"
_SAYING = (
    r"say|says|said|claim\w*|report\w*|announce\w*|den(?:y|ies|ied)|confirm\w*|think|thought|believe\w*|know|knew|fear\w*|"
    r"expect\w*|hope\w*|promise\w*|suggest\w*|show\w*|argue\w*|agree\w*|warn\w*|insist\w*|prove\w*|find|found"
)

# --- fragments ---
_THANKS = (
    r"thanks?(?: you)?(?: (?:so|very) much)?(?: for [\w ]+)?|thx|cheers|got it|i see|i understand|understood|"
    r"good to know|that is (?:fine|all|ok(?:ay)?|good|great|helpful)|great|good|nice|perfect|fine|alright|all right|"
    r"sure|wow|oh|ah|hm+|interesting|ok(?:ay)?|no problem|"
    r"never mind|you['’]re welcome|awesome|cool|right|much appreciated"
)
_GREETING = r"hi|hello|hey|good (?:morning|afternoon|evening|day)|bye|goodbye|see you|how are you(?: (?:doing|today))?"
_SMALL_TALK = re.compile(
    rf"^\W*(?:(?:{_THANKS}|{_GREETING}|there|again|and|then|yes|no)\b[\s.,!?;:…-]*)+$", re.IGNORECASE
)
_ACK = re.compile(rf"^\W*(?:(?:{_THANKS}|{_GREETING})\b\s*[.,!;…-]+\s*)+(?=\w)", re.IGNORECASE)
_NO_THEN = re.compile(rf"^(?:no|nope|sorry|wait)\s*[,.;:!]+\s*(?=(?:{ASKING}|{AUX})\b)", re.IGNORECASE)
LINK = re.compile(r"^(?:and|but|so|or|also|then|ok(?:ay)?|well)\b[\s,]*", re.IGNORECASE)
WHAT_ABOUT = re.compile(
    rf"^(?:what|how) about\b|^(?:in|at|on|by|from|for|since|during|after|before) (?!.*\b(?:{AUX})\b)[\w ]+\?$",
    re.IGNORECASE,
)
_WHY_NAME = re.compile(r"^why (?:not )?(?:the )?[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)?\s*\?*$")
_ONLY_IF = re.compile(rf"^(?:even |only |what )?if (?!.*,)(?:(?!\b(?:{ASKING})\b).){{3,60}}\?$", re.IGNORECASE)
FULL = re.compile(
    rf"\b(?:{AUX}|{ASKING})\b|^(?:tell|give|show|list|name|summari[sz]e|describe|explain)\b", re.IGNORECASE
)
_ELSE = re.compile(
    r"\b(?:what|who|where|how|any\w+|some\w+|every\w+|nobody|no one) else\b(?!.*\b(?:besides|apart|than|except)\b)",
    re.IGNORECASE,
)
_HEADLESS = re.compile(  # "Who was the second?", "Which is the second largest?", "How many did it kill?"
    r"\bthe (?:first|second|third|last|next|others?|rest|former|latter|two|three)(?: ones?)?\s*"
    rf"(?:\?|$|(?:{AUX}|{_SAYING})\b)"
    r"|^(?:which|who|what) (?:is|was|are|were) the (?:\w+ )?(?:\w+est|(?:most|least) \w+)\s*\?*$"
    rf"|\bhow many (?:{AUX})\b(?!.*\b(?:killed|injured|hurt|wounded|arrested|rescued|die)\b)",
    re.IGNORECASE,
)
_ONE = re.compile(r"\b(?:another|which|there|has|have|had) ones?\b(?!\s+of\b)", re.IGNORECASE)
OF_ALL = re.compile(  # of the whole archive
    r"^(?:please )?(?:summari[sz]e|sum up|recap|list|name|what(?:['’]s| is) (?:in )?the (?:latest )?news|news|"
    r"(?:give me )?an? (?:summary|overview)|what (?:has )?happened (?:today|yesterday|(?:this|last) \w+))\b",
    re.IGNORECASE,
)
# Words of a question that ask for more without saying about what.
_ASKS_ON = STOP_WORDS | word_set(
    """please give show know explain detail details happen happened next many much long thing else anyone
    anybody anything someone somebody something everyone"""
)
_DEFINITION = re.compile(r"^(?:who|what|where) (?:is|are) (?:an? )?(?!the\b)\w+(?<!ed)\s*\?*$", re.IGNORECASE)

_NEW_MATTER = re.compile(
    r"^(?:how many|how much|which|what|any) (?:[a-z]+s|women|men|children|people)\b(?!\s*\?*$)"
    rf"|^(?:{AUX}) there (?:any |an? |still )*[a-z]|^(?:what|how) about (?:the |an? )?[a-z]",
    re.IGNORECASE,
)
_CAPITAL_OR_DIGIT = re.compile(r"\b[A-Z][\w’'-]|\d")

# --- words that stand for something ---
_SUBJECT = re.compile(r"\b(?:he|she|it|they)\b", re.IGNORECASE)
_OBJECT = re.compile(r"\b(?:him|them|her(?!\s+\w))\b", re.IGNORECASE)
_OWNER = re.compile(r"\b(?:his|its|their|theirs|her(?=\s+\w))\b", re.IGNORECASE)
_PLACE = re.compile(r"\bthere\b", re.IGNORECASE)
_POINTER = re.compile(
    r"\bthese\b(?! days\b)|\bthose\b(?! (?:who|whose|in|of|from|with|\w+ed)\b)|\bsuch\b(?! as\b)"
    r"|\bthe same\b(?!.*\bas\b)"
    r"|\bthis\b(?! (?:year|month|week|morning|afternoon|evening|summer|autumn|fall|winter|spring|season)\b)"
    r"|(?<!the )\bthen\b|\b(?:do|does|did|doing|done) so\b",
    re.IGNORECASE,
)
_THAT = re.compile(r"\bthat\b(?P<next>\s+[\w’'-]+)?", re.IGNORECASE)
_SPAN_OF_TIME = word_set("day night morning afternoon evening week weekend month year decade time moment period season")
_STARTS_CLAUSE = word_set(AUX.replace("|", " ")) | word_set(
    """the a an he she it they i we you his her their there no all some many most people at in by on about over under
    nearly more only even after fell broke took went came left began made won lost ran shot sank struck hit led got
    gave held kept grew rose met built sold bought told saw wrote hurt cut put killed"""
)

# "It" and "there" that stand for nothing.
_EMPTY = re.compile(
    rf"\b(?:{AUX}) it (?=(?:\w+ly |still |ever |too |so )?(?:true|possible|legal|illegal|safe|clear|likely|unlikely|"
    r"known|important|necessary|hard|difficult|easy|common|certain|dangerous|normal|wrong|right|fair|late|worth)\b)"
    r"|\bit (?:takes?|costs?|took)\b(?=(?: [\w’'-]+){0,6} to\b)|\bit (?=(?:seems?|appears?) that\b)"
    rf"|\b(?:is|was) it (?=(?:[\w’'-]+ ){{1,6}}(?:who|that)\b)|\bit (?=been (?:[\w’'-]+ ){{0,3}}since\b)"
    r"|\bit (?=(?:from|to) \w+ (?:from|to) )|\b(?:what time|what day) is it\b|\bit (?=rain|snow|freez)"
    rf"|^(?!who\b)(?:.*\s)?(?:is|are|was|were|has|have|had|will|would) there\b|\bthere (?=(?:{AUX}|be|been)\b)",
    re.IGNORECASE,
)

# --- what they may stand for ---
_NAME = re.compile(r"(?P<place>\b(?i:in|at|on|near|from|to) )?\b(?P<name>[A-Z][\w’'-]+)")
_NO_NAME = re.compile(
    rf"(?:{AUX}|{ASKING}|before|after|since|during|if|in|at|on|of|by|for|from|and|but|the|an?|tell|give|please)$",
    re.IGNORECASE,
)
_NOUN = re.compile(
    r"\b(?:the|an?|our|some|many|all|most|two|three|four|five|six|seven|eight|nine|ten|\d[\d,.]*|every)\s+"
    rf"(?!(?:{AUX})\b)[a-z][\w’'-]+|\b(?:which|what|whose)\s+(?!(?:{AUX})\b)[a-z][\w’'-]+(?<!ed)\b|\b(?:people|children|police|women|men|(?-i:(?!(?:{AUX})\b)[a-z]{{3,}}(?<!s)s))\b",
    re.IGNORECASE,
)
_BREAK = re.compile(  # where a new clause begins, in which a word may stand for something of the one before
    rf"[,;:–—]|\b(?:and|but|or)(?=\s+(?:{AUX}|{ASKING})\b|\s+$)|\b(?:that|because|while|if|whether|as|since|until|although|though|than|once|so|before|after|"
    rf"{ASKING})\b|\b(?:{_SAYING})(?=\s+$)",
    re.IGNORECASE,
)


def is_small_talk(text: str) -> bool:
    """Whether a turn only thanks, greets or nods: there is nothing to search for."""
    return bool(_SMALL_TALK.match(text))


def stands_alone(text: str) -> bool:
    """Whether no word of a question stands for something that the question doesn't name."""
    return not _has_loose_word(text)


def without_thanks(question: str) -> str:
    """The question behind "Thanks.", "Got it, " and "No, "; unchanged where there is none."""
    text = " ".join(question.split())
    rest = _NO_THEN.sub("", _ACK.sub("", text))
    return rest[:1].upper() + rest[1:] if rest != text else text


def is_slight(text: str) -> bool:
    """Whether a plain question is so short, and names so little, that it may be about what was asked before."""
    one_clause = not any(m.start() > 0 for m in _BREAK.finditer(text))
    return (
        one_clause and len(told(text)) <= 2 and not _CAPITAL_OR_DIGIT.search(text[1:]) and not _DEFINITION.match(text)
    )


def may_stand_alone(question: str) -> bool:
    """Whether a question that is short enough to lean on what went before may as well be about something new: "Will any
    teachers be dismissed?", "How many whales are there?", "What about the whales?"."""
    text = LINK.sub("", question)
    if is_correction(question) or not stands_alone(text) or not told(text):
        return False
    return bool(_NEW_MATTER.match(text)) or (is_slight(text) and not leans(question))


def leans(question: str) -> bool:
    """Whether the question's own words show that it doesn't stand alone."""
    whole = " ".join(question.split())
    text = LINK.sub("", whole)
    if is_correction(whole):
        return True
    if OF_ALL.match(text):
        return _has_loose_word(text)
    if WHAT_ABOUT.search(text) or _ELSE.search(text) or _HEADLESS.search(text) or _ONE.search(text):
        return True
    if is_fragment(whole) or _says_little(text):
        return True
    step = shifted.step(text)
    if step and not find_dates(text[: step.start()]):  # "How many died the day before?"
        return True
    return _has_loose_word(text)


def is_fragment(question: str) -> bool:
    """Whether it is no sentence: "And Norway?", "The mayor?", "In May?"."""
    text = LINK.sub("", question)
    if WHAT_ABOUT.search(text):
        return True
    if _WHY_NAME.search(text) or _ONLY_IF.search(text):
        return True
    asks = question.rstrip().endswith("?") or text != question
    bare = re.sub(r"(?<=\s)May\b", "", text)  # the month
    return not FULL.search(bare) and asks and (text != question or len(text.split()) <= 2)


def _says_little(text: str) -> bool:
    """Whether there is next to nothing to search for: "Why?", "How many died?", "Please give more details."."""
    said = told(text)
    return not said or (len(said) == 1 and not _names(text) and not _DEFINITION.match(text))


def told(text: str) -> list[str]:
    """The words of a question that say what it is about, in small letters."""
    return [word for word in words(text) if word not in _ASKS_ON]


def _has_loose_word(text: str) -> bool:
    """Whether a word of the question stands for something that the question doesn't name."""
    bare = _EMPTY.sub(" ", text)
    return _has_loose_pronoun(bare) or _points_back(bare)


def _has_loose_pronoun(text: str) -> bool:
    """Whether a pronoun stands for nothing in the question. Within one clause only a possessive can do so: in "Why did
    the company sell it?" the company is not what was sold."""
    for found in (*_SUBJECT.finditer(text), *_OBJECT.finditer(text), *_OWNER.finditer(text)):
        before, after = text[: found.start()], text[found.end() :]
        inverted = re.search(rf"\b(?:{AUX})\s+$", before, re.IGNORECASE)  # "which villages did its troops enter"
        if inverted or found.group().lower() in ("it", "him", "her", "them"):
            before = _earlier(before)
        elif not _OWNER.fullmatch(found.group()):  # a clause begins here: "the soldiers they captured"
            before = re.sub(r"[\w’'-]+\s+$", "", before)
        before = re.sub(r"\b(?:the|an?)\s+(?:[\w’'-]+\s+){1,2}of\s+$", "", before)  # "the price of its shares"
        ahead = after.partition(",")[2] if not before else ""  # "Before he became mayor, what did Halloran do?"
        word = found.group().lower()
        things = word in ("it", "its", "itself")
        if _names(before, places=things) or _NOUN.search(before) or _names(ahead, places=things):
            continue
        if word != "their" or not re.match(r"who\b", before, re.IGNORECASE):  # "who lost their seat"
            return True
    return False


def _points_back(text: str) -> bool:
    """Whether "that", "then", "there" and their like point at something outside the question."""
    for found in _PLACE.finditer(text):
        if not re.search(
            r"\b(?:in|at|to|from|near|visit\w*|left) (?:the |an? )?\w+", text[: found.start()], re.IGNORECASE
        ):
            return True
    pointers = [*_POINTER.finditer(text), *(m for m in _THAT.finditer(text) if _is_pointer(m, text[: m.start()]))]
    for found in pointers:
        before = text[: found.start()]
        said = _earlier(before) if found.group().lower() != "the same" else before
        time = re.search(r"\d", before) if found.group().lower().endswith(tuple(_SPAN_OF_TIME)) else None
        if not (_names(said) or _NOUN.search(said) or time):
            return True
    return False


def _is_pointer(that: re.Match[str], before: str) -> bool:
    """Whether "that" points ("that year", "Why was that?") and doesn't begin a clause ("the fire that spread")."""
    follows = (that["next"] or "").strip().lower()
    if (
        not follows
        or follows in _SPAN_OF_TIME
        or re.search(r"\b(?:of|about|for|by|with|from|after|like)\s+$", before, re.I)
    ):
        return True
    if re.search(rf"(?:^|\s)(?:{AUX})\s+$", before, re.IGNORECASE):
        return True
    begins = follows in _STARTS_CLAUSE or follows.endswith(("ed", "s", "ly")) or that["next"].strip()[0].isupper()
    return not begins and not re.search(
        rf"\b(?:{_SAYING}|true|likely|clear|possible|sure|evidence|\w+s|people)\s+$", before, re.IGNORECASE
    )


def _earlier(before: str) -> str:
    """What stands before the clause that a text ends in."""
    ends = [m.start() for m in _BREAK.finditer(before) if m.start() > 0]
    return before[: ends[-1]] if ends else ""


def _names(text: str, *, places: bool = True) -> list[str]:
    """Capitalised words that name somebody or something; without ``places``, none after "in" and its like."""
    return [m["name"] for m in _NAME.finditer(text) if not _NO_NAME.match(m["name"]) and (places or not m["place"])]
