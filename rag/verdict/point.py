"""What a question is after, by its wording: a time, or who did it; and answers that give it something else.

Rules over words; each speaks up only where the wording is plain.
"""

from __future__ import annotations

import re

from rag.text.names import find_names, is_country, keys_of
from rag.text.reading import is_past, root

_AUX = (
    r"(?:is|are|was|were|do|does|did|has|have|had|will|would|can|could|shall|should|may|might|must|to|isn['’]t|"
    r"aren['’]t|wasn['’]t|weren['’]t|don['’]t|doesn['’]t|didn['’]t|won['’]t)"
)
_OTHER_ASKING = re.compile(r"\b(?:what|who|whom|whose|which|where|why|how)\b", re.IGNORECASE)
_ASKS_DAY = re.compile(r"\b(?:what|which) (?:day|date|year|month|time|week)\b", re.IGNORECASE)
_ASKS_WHEN = re.compile(
    rf"(?:^|[,;:–—-])\W*(?:(?:and|but|so|then|or|since|until|till|from|by)\s+)*when(?:['’]s|\s+(?:exactly\s+)?{_AUX})\b"
    r"|\b(?:know|tell me|say|says|clear|remember)\s+when\b|\bwhen\W*$",
    re.IGNORECASE,
)
_OPENS_WHEN = re.compile(r"^\W*(?:(?:and|but|so|since|until)\s+)?when\b", re.IGNORECASE)
_HABIT = re.compile(
    r"\bwhen\s+(?:to\b|(?:do|does|can|should|would|must)\s+(?:you|we|one|people|i|they|it|somebody|someone)\b)",
    re.IGNORECASE,
)
_OCCASION = re.compile(r"\b(?:when|whenever|if|once|in case|as soon as|every time)\b", re.IGNORECASE)

_ROLE = (
    r"(?:play(?:s|ed)?|portray(?:s|ed)?|voice[sd]?|(?:does|did|do|is|was) the voice of|the voice of|wr[oi]tes?|written|"
    r"direct(?:s|ed)?|s[aiu]ngs?|compose[sd]?|invent(?:s|ed)?|paint(?:s|ed)?|author(?:s|ed)?|host(?:s|ed)?|"
    r"narrate[sd]?|star(?:s|red) in)"
)
_ASKS_ROLE = re.compile(
    r"^\W*(?:and |so |but )?who\s+(?:(?:is|was|has|had|have|did|does|else|originally|first|actually)\s+){0,2}"
    rf"{_ROLE}\b",
    re.IGNORECASE,
)
_UNNAMED = re.compile(r"\bby\b|\banonym\w*|\bunknown\b|\bnobody\b|\bno one\b", re.IGNORECASE)

_NAME_OF = re.compile(
    r"\bwhat (?:is|was|are|were) the (?:full |first |last |real )?names? of (?:the |a |an |his |her |its |their )?"
    r"(?P<head>[\w’' -]+?)(?=\s+(?:who|that|which|whose|whom|in|of|from|at|on|for|to|by|with)\b|\W*$)",
    re.IGNORECASE,
)
_BELONGS = re.compile(r"\b(?:of|in|from|at|near|by|to|for|with|according to)\s+(?:the\s+)?$", re.IGNORECASE)
BESIDE = 6  # words between somebody's role and name

_DOER = re.compile(
    r"\bhow (?:many|much|long|often)\b[^,?]*?\s(?:did|does|do|has|have|had|will|would)\s+(?:the\s+)?",
    re.IGNORECASE,
)
_STANDS_FOR = re.compile(r"\b(?:he|she|it|they|him|her|them|his|its|their|who|which)\b", re.IGNORECASE)
_PREPOSITION = r"(?:into|from|by|to|on|with|for|of|against|over|in|through)"
_SUBJECT_ASKED = re.compile(
    rf"^\W*(?:who|what|which(?: [\w’'-]+){{1,3}}?)\s+(?P<be>was|were|is|are|has been|have been)?\s*"
    rf"(?P<verb>[a-z]+)\s+(?P<prep>{_PREPOSITION}\s+)?(?:the |a |an )?(?P<rest>\S.*?)\W*$",
    re.IGNORECASE,
)


def asks_time(question: str) -> bool:
    """Whether it asks for a time ("when was", "what year"), not only says when something is ("when it fell, who")."""
    if _ASKS_DAY.search(question) or _ASKS_WHEN.search(question):
        return True
    opens = _OPENS_WHEN.match(question)
    return opens is not None and not _OTHER_ASKING.search(question, opens.end())


def gives_occasion(question: str, answer: str) -> bool:
    """Whether "when do you ..." is answered by the occasion: "when it is filled", "if it rains"."""
    return bool(_HABIT.search(question) and _OCCASION.search(answer))


def names_nobody(question: str, answer: str) -> bool:
    """Whether "who played X" is answered without a name that is not X's own.

    "X is a character" and "Sir X plays X" name nobody; "written by monks" and "by an unknown poet" do.
    """
    if not _ASKS_ROLE.match(question) or _UNNAMED.search(answer):
        return False
    theirs, names = keys_of(question), find_names(answer)
    own = [n for n in names if set(n.keys) & theirs]
    if own and own[0] is names[0] and re.match(r"['’s]*\s+(?:is|was)\s+(?:an?|the)\b", answer[own[0].end :]):
        return re.fullmatch(r"\W*(?:the\W*)?", answer[: own[0].start], re.IGNORECASE) is not None
    return all(is_country(n.text) or n in own for n in names)


def lacks_its_name(question: str, answer: str) -> bool:
    """Whether "the name of the chief" is asked for and the answer speaks of the chief without a new name beside it."""
    asked = _NAME_OF.search(question)
    if not asked:
        return False
    known, head = keys_of(question), root(asked["head"].split()[-1])
    told = [m for m in re.finditer(r"[^\W\d_]+", answer) if root(m[0].lower()) == head]
    new = [n for n in find_names(answer) if not set(n.keys) <= known and not is_country(n.text)]
    beside = [
        n
        for n in new
        for m in told
        if not _BELONGS.search(answer[: n.start])
        and len(answer[min(n.end, m.end()) : max(n.start, m.start())].split()) <= BESIDE
    ]
    return bool(told) and not beside


def another_subject(question: str, answer: str) -> str | None:
    """The name that the answer speaks of where the question asks what another did or got ("How many years did A get?",
    "B got ten years"); None where the answer names A, says "she", or opens with no name."""
    asked = _DOER.search(question)
    if not asked:
        return None
    doers = find_names(f"x {question[asked.end() :]}")
    if not doers or doers[0].start > 2 or is_country(doers[0].text) or _STANDS_FOR.search(answer):
        return None
    names = find_names(answer)
    if not names or answer[: names[0].start].count(" ") > 2 or is_country(names[0].text):
        return None
    ours = set(doers[0].keys)
    if any(ours & set(n.keys) for n in names) or set(names[0].keys) & keys_of(question):
        return None
    return names[0].text


def turned_round(question: str, answer: str) -> bool:
    """Whether the answer makes the doer what the question speaks of as done to: "What was absorbed into B?" answered
    with "B was absorbed into C"."""
    asked = _SUBJECT_ASKED.match(question)
    if not asked or not (is_past(asked["verb"]) or asked["prep"]) or asked["verb"] in ("did", "does", "do", "will"):
        return False
    names = find_names(f"x {asked['rest']}")
    if not names or names[0].start > 2:
        return False
    told = re.sub(r"^\W*(?:the |a |an )?", "", answer, flags=re.IGNORECASE)
    name = names[0].text
    if not told.lower().startswith(name.lower()):
        return False
    after = re.findall(r"[^\W\d_]+", told[len(name) :].lower())[:6]
    verb = next((i for i, w in enumerate(after) if root(w) == root(asked["verb"])), None)
    if verb is None:
        return False
    passive = any(w in ("was", "were", "is", "are", "been", "being") for w in after[:verb])
    if passive != bool(asked["be"]):
        return False
    following = after[verb + 1 : verb + 2]
    if asked["prep"]:
        return following == [asked["prep"].strip().lower()]
    return not passive
