"""Sentences that look like rival accounts and are none, beside disputes that are: all of invented articles."""

from __future__ import annotations

import pytest

from rag.broad.fair import differ
from rag.broad.text import Candidate
from rag.disagreement.conflict import detect
from rag.text.sentences import split
from rag.types import Article, Conflict, SourceSentence

Report = tuple[str, str, str]  # day, outlet, text


def read_in(*reports: Report) -> list[SourceSentence]:
    """Every sentence of these articles."""
    found = []
    for i, (day, outlet, text) in enumerate(reports):
        article = Article(f"a{i}", text, text, outlet=outlet, published_at=day)
        found += [SourceSentence(article, f"p{i}", span, text[slice(*span)]) for span in split(text)]
    return found


def found(question: str, *reports: Report) -> list[Conflict]:
    sentences = read_in(*reports)
    return detect(question, sentences, [0.8] * len(sentences))


def told(conflicts: list[Conflict]) -> list[tuple[str, list[str]]]:
    return [(c.kind, [v.value for v in c.values]) for c in conflicts]


# --- no disputes -----------------------------------------------------------------------------------

NONE = {
    "an age before was": (
        "How many people died in the skating hall in Kurrin?",
        ("2024-01-08", "Morning Post", "A boy of 9 was killed when the roof of the skating hall in Kurrin came down."),
        (
            "2024-01-08",
            "The Lantern",
            "Two people died when the roof of the skating hall in Kurrin came down, a boy of 9 and a caretaker of 58.",
        ),
    ),
    "an age set off by commas": (
        "How many people were killed in the tram crash in Ostby?",
        ("2024-05-02", "Morning Post", "The driver, a man of 24, was killed in the tram crash in Ostby."),
        ("2024-05-02", "The Lantern", "Three people were killed in the tram crash in Ostby, the company said."),
    ),
    "an age of one arrested": (
        "How many people were arrested at the march in Pell?",
        ("2024-05-02", "Morning Post", "Police arrested a student of 20 at the march in Pell."),
        ("2024-05-02", "The Lantern", "Seven people were arrested at the march in Pell."),
    ),
    "another noun of the question is counted": (
        "How many nurses will be transferred when wards close?",
        (
            "2022-09-05",
            "Dray Echo",
            "Dray hospital said on Monday that closing four of its eleven wards would save six million crowns a year.",
        ),
        (
            "2022-09-06",
            "The Lantern",
            "The nurses' union disputed the savings that Dray hospital expects from closing four wards.",
        ),
    ),
    "those who voted are others": (
        "How many farmers voted?",
        ("2021-04-11", "Coast Post", "The federation said that 1,100 postal ballots for its president were left."),
        ("2021-04-12", "Coast Post", "Ines Varga was elected president of the chess federation by 85 votes."),
    ),
    "a denial of something else": (
        "Why was Tomas Rehn sacked?",
        (
            "2025-02-03",
            "Coast Post",
            "Tomas Rehn, 44, an accountant, noticed that 30 invoices had been paid twice. "
            "His head of department, Lea Holt, told him to forget them. Holt denies this. "
            "The bank says that Rehn was sacked because he passed on the files.",
        ),
    ),
    "what one did and what one has": (
        "How many buses did Varby buy?",
        ("2023-06-01", "Varby News", "The town of Varby bought 12 electric buses on Thursday."),
        ("2023-06-01", "The Lantern", "The town of Varby runs 40 buses, half of them older than ten years."),
    ),
    "a margin is not what somebody received": (
        "How many votes did Lund receive?",
        (
            "2020-10-10",
            "Coast Post",
            "Ada Lund beat Carl Brink for the seat of Orre by 23 votes after a recount, the clerk said. "
            "Lund received 5,204 votes and Brink 5,181, said the returning officer, Pia Moe.",
        ),
    ),
    "what somebody received is not a margin": (
        "By how many votes did Lund beat Brink?",
        (
            "2020-10-10",
            "Coast Post",
            "Ada Lund beat Carl Brink for the seat of Orre by 23 votes after a recount, the clerk said. "
            "Lund received 5,204 votes and Brink 5,181, said the returning officer, Pia Moe.",
        ),
    ),
    "two sums near a budget": (
        "How much is the budget of Tornvik?",
        (
            "2023-03-01",
            "Coast Post",
            "Tornvik's council passed its budget on Tuesday and closes two parks. "
            "Mayor Ida Berg said that the town had no choice after its grant was cut by £2.4 million. "
            "Opposition leader Jon Moe called it vandalism and said that the council sat on reserves of £7 million.",
        ),
    ),
    "another deed of the same people": (
        "How many teachers will retire in Orre?",
        ("2024-03-01", "Coast Post", "The schools of Orre are hiring 14 teachers for the autumn, the town says."),
        ("2024-03-01", "The Lantern", "In Orre 31 teachers will retire this summer, the schools say."),
    ),
    "an age behind a noun": (
        "How many passengers were injured in the Nesse bus crash?",
        ("2024-01-03", "Coast Post", "The driver of the bus, 51, was injured in the Nesse bus crash."),
        ("2024-01-03", "The Lantern", "Eleven passengers were injured in the Nesse bus crash."),
    ),
    "seats won and seats ahead": (
        "How many seats did the Reform Party win?",
        ("2023-06-01", "Coast Post", "The Reform Party won the election in Torsland by four seats."),
        ("2023-06-01", "The Lantern", "The Reform Party won 41 seats in Torsland, the Labour Party 37."),
    ),
    "what the other one received": (
        "How many votes did Brink receive?",
        ("2020-10-10", "Coast Post", "Ada Lund received 5,204 votes and Carl Brink 5,181, said the clerk of Orre."),
        ("2020-10-11", "The Lantern", "Ada Lund received 5,402 votes in Orre, her party said; Carl Brink conceded."),
    ),
    "shares of the vote for the turnout": (
        "What was the turnout in Selm?",
        (
            "2021-05-09",
            "North Post",
            "Early returns gave Mira Rask 47.2 percent of the vote in Selm, with 35 percent of the ballots counted. "
            "Her rival, Otto Fenn, said that he had 44.9 percent. Turnout in Selm was 57 percent.",
        ),
    ),
    "an age of one who lost a home": (
        "How many people lost their homes in the Vell landslide?",
        ("2023-06-01", "Coast Post", "A widow of 71 lost her home in the Vell landslide."),
        ("2023-06-01", "The Lantern", "In the Vell landslide 26 people lost their homes."),
    ),
}


@pytest.mark.parametrize("case", NONE.values(), ids=NONE.keys())
def test_nothing_is_set_against_each_other(case: tuple[str, ...]) -> None:
    question, *reports = case
    assert told(found(question, *reports)) == []  # type: ignore[arg-type]


# --- figures that a later one took the place of -------------------------------------------------------

OVERTAKEN = {
    "an estimate and the final share": (
        "What was the turnout in Marwick?",
        ("2022-11-06", "Coast Post", "Turnout in Marwick was estimated at 58 percent."),
        ("2022-11-09", "Coast Post", "Turnout in Marwick was 61.7 percent, the electoral board said."),
        ["estimated at 58 percent", "61.7 percent"],
    ),
    "a count that goes on": (
        "What share of the vote did Dora Lindh get in Marwick?",
        ("2022-11-06", "Coast Post", "With 40 percent of ballots counted Dora Lindh had 44.1 percent in Marwick."),
        ("2022-11-09", "The Lantern", "Dora Lindh got 41.3 percent of the vote in Marwick."),
        ["44.1 percent", "41.3 percent"],
    ),
    "still": (
        "How many homes in Hallen are still without water?",
        ("2023-12-04", "Coast Post", "In Hallen 8,200 homes were without water on Monday, the utility said."),
        ("2023-12-05", "Coast Post", "In Hallen 900 homes were still without water on Tuesday, the utility said."),
        ["8,200", "900"],
    ),
    "provisional, then final": (
        "How many sheep drowned in the Brule flood?",
        ("2023-12-04", "Coast Post", "An estimated 400 sheep drowned in the Brule flood."),
        ("2023-12-06", "The Lantern", "In the Brule flood 312 sheep drowned, the vets' final count shows."),
        ["An estimated 400", "312"],
    ),
    "by noon": (
        "How many tickets were sold for the Lund festival?",
        ("2023-06-01", "Coast Post", "By noon 3,000 tickets for the Lund festival had been sold."),
        ("2023-06-02", "The Lantern", "For the Lund festival 9,500 tickets were sold."),
        ["3,000", "9,500"],
    ),
}


@pytest.mark.parametrize("case", OVERTAKEN.values(), ids=OVERTAKEN.keys())
def test_a_later_figure_overtakes_and_disputes_nothing(case: tuple[object, ...]) -> None:
    question, *reports, values = case
    kinds = told(found(question, *reports))  # type: ignore[arg-type]
    assert all(kind == "superseded" for kind, _ in kinds)
    assert [v for _, v in kinds] in ([values], [])


# --- disputes that are ---------------------------------------------------------------------------------

DISPUTES = {
    "dead, with an age beside them": (
        "How many people died in the skating hall in Kurrin?",
        ("2024-01-08", "Morning Post", "Two people died in the skating hall in Kurrin, one of them a woman of 62."),
        ("2024-01-08", "The Lantern", "Five people died in the skating hall in Kurrin, the rescue service said."),
        ["Two", "Five"],
    ),
    "votes received": (
        "How many votes did Lund receive in Orre?",
        ("2020-10-10", "Coast Post", "Ada Lund received 5,204 votes in Orre, the returning officer said."),
        ("2020-10-10", "The Lantern", "In Orre Ada Lund received 5,402 votes, her party said."),
        ["5,204", "5,402"],
    ),
    "turnout of two counts": (
        "What was the turnout in Marwick?",
        ("2022-11-09", "Coast Post", "Turnout in Marwick was 61.7 percent, the electoral board said."),
        ("2022-11-09", "The Lantern", "Observers put turnout in Marwick at 48 percent."),
        ["61.7 percent", "48 percent"],
    ),
    "still, on one day": (
        "How many homes in Hallen are still without water?",
        ("2023-12-05", "Coast Post", "In Hallen 900 homes were still without water on Tuesday, the utility said."),
        ("2023-12-05", "The Lantern", "In Hallen 2,600 homes are still without water, said the mayor."),
        ["900", "2,600"],
    ),
    "those who were moved": (
        "How many nurses will be transferred when wards close in Dray?",
        (
            "2022-09-05",
            "Dray Echo",
            "Dray hospital will close four of its eleven wards. In all 60 nurses will be transferred, it said.",
        ),
        (
            "2022-09-06",
            "The Lantern",
            "Dray hospital closes four wards. The union said that 85 nurses would be transferred, not 60.",
        ),
        ["60", "85"],
    ),
    "estimates of one day": (
        "How many sheep drowned in the Brule flood?",
        ("2023-12-04", "Coast Post", "An estimated 400 sheep drowned in the Brule flood."),
        ("2023-12-04", "The Lantern", "Farmers say that 900 sheep drowned in the Brule flood."),
        ["400", "900"],
    ),
    "those who were hurt": (
        "How many passengers were injured in the Nesse bus crash?",
        ("2024-01-03", "Coast Post", "Eleven passengers were injured in the Nesse bus crash."),
        ("2024-01-03", "The Lantern", "The hospital treated 19 passengers who were injured in the Nesse bus crash."),
        ["Eleven", "19"],
    ),
}


@pytest.mark.parametrize("case", DISPUTES.values(), ids=DISPUTES.keys())
def test_what_reports_tell_differently_is_disputed(case: tuple[object, ...]) -> None:
    question, *reports, values = case
    (conflict,) = found(question, *reports)  # type: ignore[arg-type]
    assert conflict.kind == "disputed"
    shown = " ".join(v.value for v in conflict.values)
    assert all(value in shown for value in values)  # type: ignore[attr-defined]


@pytest.mark.parametrize("outlets", [("Coast Post", "Coast Post"), ("Coast Post", "The Lantern")])
def test_an_outlets_next_report_brings_its_last_one_up_to_date(outlets: tuple[str, str]) -> None:
    sentences = read_in(
        ("2022-11-06", outlets[0], "Ada Lund leads with 71 percent of ballots counted."),
        ("2022-11-07", outlets[1], "Ada Lund leads with 96 percent of ballots counted."),
    )
    a, b = (Candidate(s, s.text, None, 1.0, 0) for s in sentences)
    assert bool(differ(a, b)) == (outlets[0] != outlets[1])


def test_a_heading_names_what_is_asked_and_a_share_its_sign_once() -> None:
    fine = "How much is the fine for Orvik Bank?"
    (sum_of_money,) = found(
        fine,
        ("2023-06-01", "Coast Post", "Orvik Bank must pay a fine of 14 million crowns."),
        ("2023-06-01", "The Lantern", "Orvik Bank must pay a fine of 41 million crowns, the court said."),
    )
    assert sum_of_money.about == "fine"
    question, *reports, _ = DISPUTES["turnout of two counts"]
    (share,) = found(question, *reports)
    assert share.about == "turnout"
    assert [(v.value, v.unit) for v in share.values] == [("61.7 percent", None), ("48 percent", None)]
