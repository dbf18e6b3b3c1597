"""Whether a source sentence may stand as an answer by itself: a statement, no question, teaser, heading or byline."""

from __future__ import annotations

import re

from rag.text.reading import is_past
from rag.text.words import word_set

HEADING = 12  # words at most of a line without a full stop that needs a verb to be a statement

_TEASER = re.compile(
    r"^\W*(?:"
    r"(?:learn|read|find out|discover|see|hear)\s+(?:more|also|next|about|our|the full|how|why|what)\b"
    r"|(?:see also|read next|up next|more (?:on|from)|click here|sign up|subscribe|follow us|share this|don['’]t miss|"
    r"watch (?:the video|now|live|more|this|below)|listen (?:to|now|here)|scroll (?:down|on)|advertisement)\b"
    r"|(?:related|watch|listen|video|photos?|pictures?|gallery|podcast|live|opinion|analysis|explainer|quiz|poll|"
    r"editor['’]s note|correction|sponsored|trending|recommended|image (?:source|caption|credit)|caption|credit|"
    r"source|file photo)\s*[:|]"
    r")",
    re.IGNORECASE,
)
_BYLINE = re.compile(
    r"^\W*(?:(?:story|written|reporting|report|words|photographs?|photos?|additional reporting|edited)\s+)?[Bb][Yy]\s+"
    r"[A-Z][\w.’'-]+(?:\s+(?:and\s+|de\s+|van\s+|von\s+|al[- ])?[A-Z][\w.’'-]*){1,5}(?:,[^.]{0,60})?\.?$"
)
_DATELINE = re.compile(  # a place and perhaps a day, an agency in brackets, a dash; a place in capitals and a dash
    r"^(?:[A-Z][\w.’']*[\w.,’' -]{0,40}\s)?\((?:CNN|CNN Business|AP|Reuters|AFP|UPI|BBC|dpa|PA)\)\s*(?:[-–—]+\s*)?"
    r"|^[A-Z][\w.’']*[\w.,’' -]{0,40}\s\([A-Z][\w .&-]{1,30}\)\s*[-–—]+\s+"
    r"|^[A-Z][A-Z .’'-]{2,30}(?:,\s[\w. ]{2,20}){0,2}\s*[–—]\s+|^[A-Z][A-Z .’'-]{2,30},\s[\w ]{3,12}\.?\s*-\s+"
)
_STRAY_QUOTE = re.compile(r"^(?:''|”|’’|\")\s+")  # closes what the sentence before had opened
_LEANING = re.compile(
    r"^\W*(?:he|she|it|they|his|her|its|their|this|that|these|those|such|both|also|but|and|so|then|there|here|instead|"
    r"however|meanwhile|therefore|thus|as a result|for example|for instance|in addition|moreover|furthermore|that['’]s|"
    r"it['’]s|he['’]s|she['’]s|they['’]re)\b",
    re.IGNORECASE,
)
_HIS_SPEECH = re.compile(  # whoever "he" is stands before: no name in the sentence can be his
    r"[\"”’'][,.]?\s+(?:he|she|they)\s+(?:also\s+|later\s+|then\s+)?(?:said|says|added|told|wrote|asked|warned|recalled)\b",
    re.IGNORECASE,
)
_QUESTION = re.compile(
    r"[-–•*\s\d.)]*(?:who|whom|whose|what|which|when|where|why|how|is|are|was|were|do|does|did|can|could|will|would|should|"
    r"has|have|had|may|must)\b[^\"“”]*\?$",
    re.IGNORECASE | re.DOTALL,
)
_ENDS = re.compile(r"[.!…][\"”’'»)\]]*(?:\s*\[\d+\])*$")
_AUXILIARIES = word_set("""is are was were has have had does did would could should must""")
_VERBS = word_set(
    """is are was were am be been being has have had do does did will would can could may might shall should must
    isn't aren't wasn't weren't hasn't haven't hadn't doesn't don't didn't won't can't says say said tells told
    makes make gives give gets get goes go comes come takes take wins win loses lose rises rise falls fall faces face
    hits hit plans plan becomes become remains remain needs need wants want shows show finds find begins begin opens
    open closes close dies die kills kill calls call uses use helps help means mean includes include contains"""
)


def showable(text: str) -> bool:
    """Whether a sentence of an article is a statement that can be printed as an answer."""
    line = " ".join(text.split())
    words = re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)*", line)
    if len(words) < 3 or re.search(r"\?[\"”’'»)\]]*$", line):
        return False
    if _TEASER.match(line) or _BYLINE.match(line):
        return False
    return bool(_ENDS.search(line)) or len(words) > HEADING or has_verb(line)


def asks(text: str) -> bool:
    """Whether a sentence is a question that nobody is quoted with: a heading of a list of questions and answers."""
    return _QUESTION.match(text.strip()) is not None


def plain(text: str) -> str:
    """A sentence of an article on one line, without the dateline before it ("BOSTON (AP) — ")."""
    line = _STRAY_QUOTE.sub("", " ".join(text.split()))
    cut = _DATELINE.sub("", line, count=1)
    return cut if len(cut.split()) >= 3 and cut[:1].isupper() else line


def leans(text: str) -> bool:
    """Whether a sentence opens with a word that only the one before it explains ("They did", "As a result"), or is all
    speech of a "he"."""
    return _LEANING.match(text) is not None or (text.lstrip()[:1] in "\"“‘'" and _HIS_SPEECH.search(text) is not None)


def has_verb(text: str) -> bool:
    """Whether a text holds a word that is plainly a verb: an auxiliary, a past form, a frequent verb."""
    found = [w.replace("’", "'") for w in re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)*", text)]
    return any((w in _VERBS or is_past(w)) if w.islower() else w.lower() in _AUXILIARIES for w in found)
