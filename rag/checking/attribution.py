"""Who says so: what a sentence only passes on from a speaker ("claimed", "according to"), and keeping that in a claim.

Rules over words, as in ``rag.text.reading``: each looks at one sentence and speaks up only where the wording is plain.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.text.names import keys_of
from rag.text.reading import Reading, is_past, read
from rag.text.senses import alike
from rag.text.words import word_set

SHARE = 0.6  # of a claim's words that must stand in what is only passed on, where it has no past verb to go by

# Verbs that hold what they pass on at arm's length: whoever uses them does not vouch for it.
_HOLDING = (
    r"(?:alleg(?:es?|ed|ing)|assert(?:s|ed|ing)?|maintain(?:s|ed)\s+(?:that|it|they|he|she)|insist(?:s|ed)|"
    r"purport(?:s|ed)?|boast(?:s|ed)|contend(?:s|ed)|accus(?:es?|ed|ing)|suspected|believed|rumou?red|thought\s+to)"
)
_AUXILIARY = r"(?:had|has|have|was|were|is|are|will|would)"
# A deed is claimed "to have been done", "that ...", or with an auxiliary soon after; a title or a life is just claimed.
_CLAIMS = (
    r"claim(?:s|ed|ing)?\s+(?:to\b|that\b|(?:it|he|she|they|we|I)\b|responsibility\b|credit\b|"
    rf"(?=(?:[^\s,;.]+\s+){{1,5}}{_AUXILIARY}\b))"
)
# "said it had taken": a party speaking of its own doing.
_OF_ITSELF = (
    r"(?:said|says|say|announced|announces|told\s+(?:[^\s,;.]+\s+){1,3}|added|declared|wrote|reported)\s+(?:that\s+)?"
    rf"(?:it|he|she|they|we|I|(?:its|his|her|their|our)\s+\S+)\s+(?:\w+ly\s+)?(?={_AUXILIARY}\b|\w+ed\b)"
)
_ADVERB = r"\b(?:reportedly|allegedly|purportedly|supposedly|apparently)\b"
_ACCORDING = r"\b(?:according\s+to|as\s+claimed\s+by|by\s+the\s+account\s+of)\b"
_BREAK = re.compile(r"[;:]|,?\s+\b(?:but|while|whereas|although|though)\b", re.IGNORECASE)
_OPENING = re.compile(rf"\b(?:{_HOLDING}\b|{_CLAIMS}|{_OF_ITSELF})|{_ADVERB}", re.IGNORECASE)
_CLOSING = re.compile(
    rf",[\"”’]?\s+(?:[^,;.]{{1,60}}\s)?(?:{_HOLDING}|claims|claimed)"
    r"(?:\s+(?:on|in|late|early|at|last|this)\s+[^,;.]{1,30})?(?=[.,;]|$)",
    re.IGNORECASE,
)
_TAG = re.compile(
    rf",\s+{_ACCORDING}\s+[^,;.]{{2,80}}(?=[.,;]|$)|\s+{_ACCORDING}\s+[^,;.]{{2,80}}(?=\.|$)", re.IGNORECASE
)
_LEAD = re.compile(rf"^\W*({_ACCORDING}\s+[^,;.]{{2,80}}),", re.IGNORECASE)
_ASIDE = re.compile(r"(?:^|,)\s*(?:(?:which|who|that)\s+(?:\w+\s+){0,3})?$", re.IGNORECASE)
_KEPT = re.compile(
    rf"\b(?:{_HOLDING}\b|claims?\b|claimed\b|claiming\b)|{_ADVERB}|{_ACCORDING}|\b(?:say|says|said|saying|tell|tells|told|"
    r"report|reports|reported|announce[sd]?|state[sd]?|declare[sd]?|described|wrote|account|version|word|statement)\b",
    re.IGNORECASE,
)
_SPEECH = re.compile(
    r"[\"“”]|\b(?:he|she|they|it)\s+(?:also\s+|later\s+)?(?:said|says|added|told|wrote|warned|argued|explained|announced)\b",
    re.IGNORECASE,
)
_PRONOUNS = word_set("""he she it they him her them we i who officials""")


def keeps_a_speaker(claim: str) -> bool:
    """Whether a claim itself says that somebody says so."""
    return bool(_KEPT.search(claim))


def only_passed_on(claim: Reading, quote: Sequence[Reading]) -> bool:
    """Whether the claim tells as fact what the quote only passes on as a speaker's word.

    The claim's past verbs decide, where the quote has them: all its uses of them stand in what is passed on. Where it
    has none of them, most of the claim's words must stand there and nowhere else.
    """
    if keeps_a_speaker(claim.text):
        return False
    inside: set[str] = set()
    outside: set[str] = set()
    for reading in quote:
        spans = passed_on(reading.text)
        for term in reading.terms:
            if term.content:
                (inside if any(a <= term.start < b for a, b in spans) else outside).add(term.root)
    named = [(n.start, n.end) for n in claim.names]
    terms = [t for t in claim.terms if t.content and not any(a <= t.start < b for a, b in named)]
    verbs = {t.root for t in terms if is_past(t.low)} & (inside | outside)
    if verbs:
        return all(v in inside and v not in outside for v in verbs)
    words = {t.root for t in claim.terms if t.content} & (inside | outside)
    return len(words) >= 2 and len(words & (inside - outside)) / len(words) >= SHARE


def passed_on(text: str) -> list[tuple[int, int]]:
    """The stretches ``[start, end)`` of a sentence that it only passes on from a speaker."""
    spans = []
    ends = [m.start() for m in _BREAK.finditer(text)] + [len(text)]
    for match in _OPENING.finditer(text):
        end = next(e for e in ends if e >= match.end())
        comma = text.find(",", match.end())
        if comma >= 0 and _ASIDE.search(text, 0, match.start()):  # "the group, which claimed to have won, ..."
            end = min(end, comma)
        spans.append((match.end(), end))
    for pattern in (_CLOSING, _TAG):
        for match in pattern.finditer(text):
            starts = [m.end() for m in _BREAK.finditer(text, 0, match.start())]
            spans.append((starts[-1] if starts else 0, match.start()))
    lead = _LEAD.match(text)
    if lead:
        spans.append((lead.end(), next(e for e in ends if e >= lead.end())))
    return spans


def source_of(claim: str) -> tuple[str, str] | None:
    """Whose word a claim says it is ("according to the mayor"), and the claim without that; None where it says none."""
    lead = _LEAD.match(claim)
    if lead:
        rest = claim[lead.end() :].strip()
        return _who(lead[1]), rest[:1].upper() + rest[1:]
    tags = list(_TAG.finditer(claim))
    if len(tags) != 1:
        return None
    before, after = claim[: tags[0].start()], claim[tags[0].end() :]
    return _who(tags[0][0]), before + after.removeprefix(",")


def speaks(who: str, claim: Reading, quote: Sequence[Reading], outlet: str) -> bool:
    """Whether a quote has it from ``who``: named in the sentence that tells the claim's matter, or, where that is a
    speech of "he" or in quotation marks, in another; or the article's own outlet."""
    source = read(who)
    wanted = {k for name in source.names for k in name.keys[-1:]} or set(source.roots)
    if not wanted or wanted <= keys_of(outlet) | set(read(outlet).roots):
        return True
    words = set(claim.roots) - set(source.roots)
    closest = max(quote, key=lambda r: len(words & set(r.roots)))
    heard = quote if _SPEECH.search(closest.text) else [closest]
    return any(wanted <= keys_of(r.text) | {other for root in r.roots for other in alike(root)} for r in heard)


def _who(tag: str) -> str:
    return re.sub(rf"^\W*{_ACCORDING}\s+", "", tag, flags=re.IGNORECASE).strip(" ,.")


def with_speaker(claim: str, sentence: str) -> str | None:
    """The claim with the sentence's own "according to ..." at its end; None where the sentence has none that fits."""
    found = _LEAD.match(sentence)
    tag = found[1] if found else None
    if tag is None:
        tags = [m[0].strip(" ,") for m in _TAG.finditer(sentence)]
        tag = tags[0] if len(tags) == 1 else None
    if tag is None or tag.split()[-1].lower() in _PRONOUNS:
        return None
    return f"{claim.rstrip().rstrip('.!')}, {tag[0].lower()}{tag[1:]}."
