"""Decides when to stay silent: before the model is asked, and after its answer was checked."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.types import Reason
from rag.verdict.signals import Signals

# The reply the prompt asks for when the excerpts do not hold the answer, and what the model makes of it.
_TOLD = r"(?:stated|mentioned|specified|given|provided|known|clear|available)"
_REFUSAL = re.compile(
    rf"^\W*(?:not {_TOLD}\b|(?:it|this|that) is not {_TOLD}\b|unknown\b|n/?a\b|no information\b|"
    r"(?:the )?(?:excerpt|report|article|passage|text)s? (?:do|does) not (?:state|mention|say|specify|provide|give))"
    rf"|\b(?:is|are|was|were) not {_TOLD}(?: in the (?:excerpts?|reports?|articles?))?\W*$",
    re.IGNORECASE,
)

ANSWERS_IN = "en"
_LANGUAGES = """
ar=Arabic bg=Bulgarian bn=Bengali ca=Catalan cs=Czech da=Danish de=German el=Greek en=English es=Spanish et=Estonian
fa=Persian fi=Finnish fr=French he=Hebrew hi=Hindi hr=Croatian hu=Hungarian id=Indonesian it=Italian ja=Japanese
ko=Korean lt=Lithuanian lv=Latvian ms=Malay nl=Dutch no=Norwegian pl=Polish ps=Pashto pt=Portuguese ro=Romanian
ru=Russian sk=Slovak sl=Slovenian sr=Serbian sv=Swedish sw=Swahili ta=Tamil th=Thai tr=Turkish uk=Ukrainian ur=Urdu
vi=Vietnamese zh=Chinese
"""


@dataclass(frozen=True, slots=True)
class Gate:
    """A logistic combination of the signals and where it draws the line; ``eval/fit_gate.py`` fits and prints it."""

    intercept: float = -1.78
    stated: float = 1.35  # of the log-odds
    refusal: float = -0.09  # of the log-odds
    support: float = 0.11  # little: what passed the checks is well supported by then
    absent: float = 0.0
    threshold: float = 0.30  # below this probability nothing is said
    hopeless_cosine: float = 0.15  # best sentence: below both of these the model is not even asked
    hopeless_overlap: float = 0.15


GATE = Gate()  # for a model without a probe
# With a probe nothing but what it says and a name of the question that stands nowhere near the quotes adds anything.
PROBED = Gate(intercept=0.38, stated=0.88, refusal=0.0, support=0.0, absent=-1.55, threshold=0.45)

NO_EVIDENCE: tuple[Reason, str] = ("no_evidence", "Nothing in these articles speaks of this.")
WEAK_EVIDENCE: tuple[Reason, str] = (
    "weak_evidence",
    "The articles come near this question but don't answer it. The nearest passages are listed.",
)
UNSUPPORTED: tuple[Reason, str] = (
    "unsupported",
    "An answer was drafted, but no passage supports it, so it is withheld.",
)

DENIED = "The question takes for granted what the articles deny. This is what they say."


def false_premise(word: str) -> tuple[Reason, str]:
    """Why a question that takes something for granted is not answered; ``word`` is what no passage says."""
    return (
        "false_premise",
        f"The question takes for granted what these articles don't say (“{word}”). The nearest passages are listed.",
    )


def foreign_question(language: str | None) -> tuple[Reason, str] | None:
    """Why a question in that language (ISO 639-1, None where it can't be told) is not answered."""
    if language is None or language == ANSWERS_IN:
        return None
    return (
        "no_evidence",
        f"This question seems to be in {language_name(language)}. Copydesk reads and checks English only: "
        "ask in English.",
    )


def unread_articles(languages: Sequence[str]) -> str | None:
    """That passages were left out because of their articles' languages (ISO 639-1); None where none was."""
    if not languages:
        return None
    named = " and ".join(sorted(language_name(code) for code in languages))
    return f"Passages in {named} were found too but not used: Copydesk reads and checks English only."


def language_name(code: str) -> str:
    """The English name of an ISO 639-1 code."""
    names = dict(pair.split("=") for pair in _LANGUAGES.split())
    return names.get(code, f"another language ({code})")


def is_refusal(text: str) -> bool:
    """Whether the model's reply says that the excerpts do not hold the answer."""
    return bool(_REFUSAL.search(" ".join(text.split())))


def answerable(signals: Signals) -> float:
    """Probability, in [0, 1], that the draft answers the question from the articles."""
    gate = _gate(signals)
    x = (
        gate.intercept
        + gate.stated * log_odds(signals.stated)
        + gate.refusal * log_odds(signals.refusal)
        + gate.support * signals.support
        + gate.absent * min(signals.absent, 1)
    )
    return 1 / (1 + math.exp(-x))


def unsure(signals: Signals) -> bool:
    """Whether a draft is to be withheld although its sentences passed their checks."""
    return answerable(signals) < _gate(signals).threshold


def _gate(signals: Signals) -> Gate:
    return PROBED if signals.probed else GATE


def hopeless(cosine: float, overlap: float, gate: Gate = GATE) -> bool:
    """Whether the best evidence is so far from the question that asking the model would be idle."""
    return cosine < gate.hopeless_cosine and overlap < gate.hopeless_overlap


def refusal_probability(first_token: Mapping[str, float] | None) -> float | None:
    """Probability that the reply begins with the refusal's first word, from the first token's log-probabilities."""
    if first_token is None:
        return None
    return sum(math.exp(p) for token, p in first_token.items() if token.strip().lower() == "not")


def log_odds(probability: float) -> float:
    """Natural log-odds of a probability, kept within that of 0.0001 and 0.9999."""
    p = min(max(probability, 1e-4), 1 - 1e-4)
    return math.log(p / (1 - p))
