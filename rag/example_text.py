"""Example questions, the part without a model: sentences that are worth asking about, what to ask of each, and which of
the questions that a model writes will do."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rag import conversation
from rag.text import quantities, showable
from rag.text.names import find_names, is_country, missing_names
from rag.text.time_words import find_dates
from rag.text.words import asks_yes_no, content_stems, word_set
from rag.types import Answer, Article, Listing, Passage, Span
from rag.verdict.abstain import ANSWERS_IN

NEWEST = 24  # articles that questions are drawn from
EACH = 3  # sentences of each that are tried at most
TARGETS = 2  # things that are asked of a sentence at most
MAX_WORDS = 18  # of a question
SAID = 0.5  # share of a question's words that the sentence must hold; the headline may bring the rest

_NEWEST_FIRST = Listing(sort="-published", limit=NEWEST)
_ASKING = re.compile(
    r"^(?:(?:in|on|at|to|from|by|for|with|of) )?(?:who|whom|whose|what|which|when|where|why|how)\b", re.IGNORECASE
)
_OF_A_TEXT = re.compile(r"\b(?:sentences?|headlines?|articles?|texts?|passages?|according to)\b", re.IGNORECASE)
_BECAUSE = re.compile(r"\b(?:because(?: of)?|due to|owing to|on account of)\s+(?P<why>[^,;:.]{12,90})")
_PLURAL = re.compile(r"(?:(?<!s)s|people|children|men|women)$", re.IGNORECASE)
_COUNTED = re.compile(r"(?:(?!(?:of|more|other)\b)[a-z-]+ ){0,2}(?!more\b)[a-z-]{3,}")  # "provincial capitals"
_OF_TWO = re.compile(r"\s+(?:to|against|out of|or more|and a half)\b")  # "five votes to four"
_EMPTY = word_set("happen happened happening do did does done event events situation issue news status role main")


@dataclass(frozen=True, slots=True)
class Target:
    """What of a sentence is asked for: the ``answer`` as it stands there, and how the question begins ("" where the
    model is to say)."""

    start: str
    answer: str


@dataclass(frozen=True, slots=True)
class Candidate:
    article: Article
    passage_id: str
    span: Span
    text: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(f"{self.article.content_hash} {self.span.start}".encode()).hexdigest()[:16]


def state(archive: Any) -> tuple[str, ...]:
    """What tells whether there may be other candidates than before: quick to make, and equal while there are not."""
    return tuple(f"{row.id} {row.content_hash}" for row in archive.articles_page(_NEWEST_FIRST).articles)


def candidates(archive: Any) -> list[Candidate]:
    """Sentences worth asking about, the best of each article before the second best of any, newest articles first."""
    rows = archive.articles_page(_NEWEST_FIRST).articles
    best: list[list[Candidate]] = []
    seen: set[str] = set()
    for row in rows:
        cluster = row.cluster or row.content_hash
        if row.language not in (None, ANSWERS_IN) or cluster in seen:
            continue
        seen.add(cluster)
        article = archive.article(row.id)
        best.append(best_of(article, archive.passages(row.id)))
    return [one for turn in range(EACH) for ones in best for one in ones[turn : turn + 1]]


def best_of(article: Article, passages: Sequence[Passage]) -> list[Candidate]:
    """Up to ``EACH`` sentences of an article that tell the most, the best first."""
    found: dict[Span, Candidate] = {}
    for passage in passages:
        for span in passage.sentences:
            found.setdefault(span, Candidate(article, passage.id, span, showable.plain(passage.sentence_text(span))))
    scored = [(worth(one.text, place), -place, one) for place, one in enumerate(found.values())]
    return [one for score, _, one in sorted(scored, key=lambda s: s[:2], reverse=True)[:EACH] if score > 0]


def worth(text: str, place: int) -> float:
    """How much a sentence has to ask about; 0 where it can't stand alone. ``place`` is its number in the article: what
    matters most is told first."""
    count = len(text.split())
    names = {name.text for name in find_names(text) if not is_country(name.text)}
    unfit = not 8 <= count <= 45 or not names or not showable.showable(text) or not showable.has_verb(text)
    if unfit or showable.leans(text) or showable.asks(text) or not conversation.stands_alone(text):
        return 0.0
    numbers = len(quantities.find(text))
    spoken = sum(text.count(mark) for mark in '“”"') > 0
    return min(len(names), 3) + 1.5 * min(numbers, 2) - 0.2 * min(place, 10) - spoken - (count > 30)


def targets(text: str) -> list[Target]:
    """What can be asked of a sentence, the most telling first: a number, a reason, who, when."""
    found: list[Target] = []
    for number in quantities.find(text):
        if number.kind == "number" and number.value > 1 and _PLURAL.search(number.unit or ""):
            end = number.unit_start + len(number.unit or "")
            counted = " ".join(text[number.end : max(end, 0)].split())
            if _COUNTED.fullmatch(counted) and not _OF_TWO.match(text, end):
                found.append(Target(f"How many {counted}", text[number.phrase_start : end]))
        elif number.kind == "money":
            found.append(Target("How much", number.phrase))
    if reason := _BECAUSE.search(text):
        found.append(Target("Why", reason["why"]))
    names = [name for name in find_names(text) if not is_country(name.text)]
    if len(names) > 1 and names[0].start <= len("The "):
        found.append(Target("", names[0].text))
    if names:
        found += [Target("When", day.text) for day in find_dates(text) if day.kind in ("day", "weekday", "month")][:1]
    return found[:TARGETS]


# --- which will do --------------------------------------------------------------------------------


def accept(written: str, candidate: Candidate, target: Target, others: Sequence[str] = ()) -> str | None:
    """The model's question where it is one that a reader might ask without having seen the sentence, else None."""
    text = " ".join(written.split()).strip(' "“”')
    text = text[: text.find("?") + 1]
    if not 4 <= len(text.split()) <= MAX_WORDS or not text[0].isupper():
        return None
    if not _ASKING.match(text) or asks_yes_no(text) or _OF_A_TEXT.search(text) or not conversation.stands_alone(text):
        return None
    source = f"{candidate.article.title or ''}. {candidate.text}"
    named = find_names(text[:1].lower() + text[1:])
    if not named or missing_names(text, source) or quantities.missing_numbers(text, source):
        return None
    asked, told = _telling(text), set(content_stems(candidate.text))
    sought = set(content_stems(target.answer)) - set(content_stems(target.start))
    if len(asked) < 3 or len(asked & told) < max(2.0, SAID * len(asked)) or sought & asked:
        return None
    return None if any(_alike(asked, _telling(other)) for other in others) else text


def leads_back(answer: Answer, candidate: Candidate, target: Target) -> bool:
    """Whether an answer says what was sought, and cites the sentence that its question was made from."""
    article = candidate.article
    cites = any(
        (cited.article_id == article.id or article.id in cited.also_in)
        and cited.passage_id == candidate.passage_id
        and cited.start < candidate.span.end
        and candidate.span.start < cited.end
        for cited in answer.citations
    )
    sought, said = set(content_stems(target.answer)), set(content_stems(answer.text))
    return answer.status == "answered" and cites and 2 * len(sought & said) >= len(sought)


def _telling(text: str) -> set[str]:
    return set(content_stems(text)) - {stem for word in _EMPTY for stem in content_stems(word)}


def _alike(a: set[str], b: set[str]) -> bool:
    return len(a & b) > 0.6 * min(len(a), len(b))
