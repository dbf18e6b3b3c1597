"""RealTimeQA: weekly news quizzes, each answered from the whole index of dated web articles, as of the quiz's date.

Asked are the questions whose answer stands in one of their search results (a string match, so a weak label). An answer
is right when its text holds the gold choice and has 40 words at most. Kasai et al., "RealTime QA" (2023).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from eval.bench.base import Bench, Case, Figure, Row, Text, figure, read, refused, told
from eval.bench.matching import holds, normal, words
from eval.metrics import share
from rag.pipeline import Copydesk

QUESTIONS = "realtimeqa/questions.jsonl.gz"
RESULTS = "realtimeqa/search_results.jsonl.gz"
MOST_WORDS = 40
DEPTH = 5
TRUE_FALSE = {"true": "yes", "false": "no"}  # how an answer begins where the choices are these


def load(folder: Path) -> list[Case]:
    """The questions with an answer in an article; gold articles by id."""
    results = {row["question_id"]: row["search_result"] for row in read(folder / RESULTS)}
    cases = []
    for row in read(folder / QUESTIONS):
        if not row["docs_with_answer"]:
            continue
        found = results[row["question_id"]]
        data = {
            "question": row["question_sentence"],
            "as_of": row["question_date"].replace("/", "-"),
            "gold": [row["choices"][int(place)] for place in row["answer"]],
            "choices": row["choices"],
            "articles": sorted({article_id(found[place]["url"]) for place in row["docs_with_answer"]}),
        }
        cases.append(Case(row["question_id"], row["question_id"], data))
    return cases


def texts(folder: Path) -> Iterator[Text]:
    """Every article once, by URL; of several crawls of one the longest."""
    longest: dict[str, dict[str, Any]] = {}
    for row in read(folder / RESULTS):
        for found in row["search_result"]:
            text = found.get("text") or ""
            if text.strip() and len(text) > len(longest.get(found["url"], {"text": ""})["text"]):
                longest[found["url"]] = found
    for url in sorted(longest):
        found = longest[url]
        published = (found.get("publish_date") or "").replace("/", "-") or None
        yield Text(article_id(url), found["text"], found["title"], urlsplit(url).hostname, published, url)


def article_id(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()[:16]


def ask(desk: Copydesk, case: Case) -> dict[str, Any]:
    answer = desk.ask(case.data["question"], as_of=case.data["as_of"])
    hits = desk.search(case.data["question"], 50)  # over the whole index, as the question's label was made
    return {**case.data, "answer": told(answer), "ranked": list(dict.fromkeys(h.article.id for h in hits))[:10]}


def right(row: Row) -> bool:
    """Whether the shown text holds a gold choice in at most 40 words."""
    said = _said(row)
    if len(words(said)) > MOST_WORDS:
        return False
    first = (normal(said) or [""])[0]
    return any(
        first == TRUE_FALSE[gold.lower()] if gold.lower() in TRUE_FALSE else holds(said, gold) for gold in row["gold"]
    )


def score(rows: Sequence[Row]) -> list[Figure]:
    answered = [row for row in rows if not refused(row)]
    note = f"gold choice in the answer's text of at most {MOST_WORDS} words; refusals count as wrong"
    return [
        figure("contained", "Answer contained", rows, lambda r: share(map(right, r)).value, reach=0.66, note=note),
        figure("of_answered", "Answer contained, of those answered", answered, lambda r: share(map(right, r)).value),
        figure("refused", "Refused", rows, lambda r: share(map(refused, r)).value),
        figure("hit1", "A gold article ranked first", rows, lambda r: share(_hit(x, 1) for x in r).value),
        figure("hit5", "A gold article among the first 5", rows, lambda r: share(_hit(x, DEPTH) for x in r).value),
    ]


def _said(row: Row) -> str:
    return " ".join(sentence["text"] for sentence in row["answer"]["sentences"])


def _hit(row: Row, depth: int) -> bool:
    return bool(set(row["ranked"][:depth]) & set(row["articles"]))


BENCH = Bench(
    "realtimeqa",
    "news quiz questions over 1,829 web articles, asked as of the quiz's date",
    (QUESTIONS, RESULTS),
    load,
    texts,
    ask,
    score,
)
