"""Disputes told by how well accounts cover the question: reports side by side, parties in one report, plain denials."""

from __future__ import annotations

import hashlib

import pytest

from rag.disagreement.asked import asked_of
from rag.disagreement.conflict import detect
from rag.disagreement.parties import differ, parties_of
from rag.text.senses import counts_same
from rag.text.sentences import split
from rag.types import Article, Conflict, SourceSentence

DAY = "2023-05-04"


def told(question: str, *reports: str, days: tuple[str, ...] = ()) -> list[Conflict]:
    """What is found in reports of one day (or of ``days``), every sentence taken as relevant."""
    sentences = []
    for i, text in enumerate(reports):
        digest = hashlib.sha256(text.encode()).hexdigest()
        article = Article(f"r{i}", text, digest, outlet=f"Paper {i}", published_at=days[i] if days else DAY)
        sentences += [SourceSentence(article, "p", span, text[span.start : span.end]) for span in split(text)]
    return detect(question, sentences, [0.6] * len(sentences))


TOLD = [
    (
        "How many dockers joined the strike in Port Lorne?",
        (
            "Dockers in Port Lorne went on strike on Tuesday. Some 900 dockers had joined it, the union said.",
            "The strike in Port Lorne began on Tuesday. The harbour said that 250 dockers had joined it.",
        ),
        ("900", "250"),
    ),
    (
        "How far from Port Lorne are the rebels?",
        (
            "Fear grows in Port Lorne. The mayor said the rebels were still 40 kilometres away. "
            "A shepherd told this paper that he had met rebels at a farm that is 8 kilometres from the city.",
        ),
        ("40 kilometres", "8 kilometres"),
    ),
    (
        "What share of the trains ran during the strike at Lorne Rail?",
        (
            "Lorne Rail was on strike on Monday. According to the company, 60 percent of trains ran. "
            "The drivers' union spoke of fewer than one train in five.",
        ),
        ("60 percent", "one train in five"),
    ),
    (
        "Did the mayor of Port Lorne resign?",
        (
            "The mayor of Port Lorne has resigned, the governor announced.",
            "The mayor of Port Lorne denied that he had resigned.",
        ),
        ("has resigned", "denied that he had resigned"),
    ),
    (
        "What caused the explosion in Port Lorne?",
        (
            "The explosion in Port Lorne was caused by a leaking pipe, the company's expert says. "
            "The union's expert insists that the cause was a faulty switch.",
        ),
        ("leaking pipe", "faulty switch"),
    ),
    (
        "Were the gates of the Lorne dam open?",
        (
            "Farmers say that the gates of the Lorne dam were open all night. The operator denies that.",
        ),
        ("were open", "denies that"),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("question", "reports", "values"), TOLD)
def test_what_reports_or_parties_tell_differently_is_disputed(
    question: str, reports: tuple[str, ...], values: tuple[str, ...]
) -> None:
    (conflict,) = told(question, *reports)
    shown = " | ".join(f"{v.value} {v.quote}" for v in conflict.values)
    assert conflict.kind == "disputed"
    assert all(value in shown for value in values)


ALONE = [
    # what is demanded is not what is given
    (
        "How much more pay do the drivers of Lorne Rail get?",
        (
            "The drivers of Lorne Rail get 6 percent more pay. The union had demanded 9 percent more pay.",
            "The drivers of Lorne Rail get six percent more pay.",
        ),
    ),
    # another year's event
    (
        "How many miners died at the Lorne mine?",
        (
            "Eleven miners died at the Lorne mine on Monday, the operator said.",
            "At the Lorne mine four miners died in 2011, when a lift fell.",
        ),
    ),
    # a part of the whole
    (
        "How many people were killed in Port Lorne?",
        (
            "In Port Lorne 20 people were killed, the mayor said.",
            "At least 35 people were killed by the quake, most of them in Port Lorne.",
        ),
    ),
    # one party's word is asked for
    (
        "How many dockers does the union say joined the strike in Port Lorne?",
        (
            "Some 900 dockers had joined the strike in Port Lorne, the union said. "
            "The company said that 250 dockers had joined the strike.",
        ),
    ),
    # the hour it begins and the hour it ends
    (
        "At what time does the curfew in Port Lorne begin?",
        (
            "The curfew in Port Lorne begins at 9 p.m., the army said.",
            "The army announced a curfew in Port Lorne from 9 p.m. to 6 a.m.",
        ),
    ),
]


@pytest.mark.parametrize(("question", "reports"), ALONE)
def test_what_only_looks_like_a_dispute_is_left_alone(question: str, reports: tuple[str, ...]) -> None:
    assert [c for c in told(question, *reports) if c.kind == "disputed"] == []


def test_a_later_report_overtakes_the_earlier() -> None:
    found = told(
        "How many homes were flooded in Port Lorne?",
        "The flood in Port Lorne has damaged 900 homes, the mayor said.",
        "The flood in Port Lorne has now damaged 1,150 homes, the mayor said.",
        days=("2023-05-04", "2023-05-12"),
    )
    assert [c.kind for c in found] in ([], ["superseded"])


def test_the_kind_of_value_is_read_from_the_question() -> None:
    assert {"count"} <= asked_of("How many soldiers were freed?").kinds
    assert asked_of("How many long-distance trains were cancelled?").noun == "long-distance trains"
    assert "percent" not in asked_of("How much did the port lose?").kinds
    assert "money" not in asked_of("How much of the crop was lost?").kinds
    assert asked_of("How many dead does the army claim?").one_party
    assert "clock" in asked_of("At what time did it sink?").kinds


def test_he_and_it_are_whoever_was_quoted_before() -> None:
    _, before = parties_of("The Front said that it had won.", frozenset())
    parties, _ = parties_of("It put its losses at eleven men.", before)
    assert [p[2] for p in parties] == [before]
    assert differ(parties_of("The army said so.", frozenset())[1], before)


def test_words_that_count_the_same() -> None:
    assert counts_same("houses", "homes")
    assert counts_same("fighters", "rebels")
    assert not counts_same("soldiers", "houses")
