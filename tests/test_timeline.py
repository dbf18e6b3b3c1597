"""What a question's time words ask of the evidence."""

from __future__ import annotations

from datetime import date

import pytest

from rag.found import Scored
from rag.text.times import Interval
from rag.timeline import (
    LATEST,
    TIE,
    AskedTime,
    asked_time,
    newest,
    newest_only,
    recency_boost,
    timeline,
    told_by,
    undated_notice,
    up_to,
    wants_latest,
)
from rag.types import Conflict, ConflictValue, Filter
from tests.fakes_found import article, sources

EARLY = article("early", "Six towns had been taken, the army said.", published_at="2021-08-08")
LATE = article("late", "Nineteen towns have been taken so far.", published_at="2021-08-14")
UNDATED = article("undated", "Three towns had been taken.")
BACK = article("back", "By 9 August seven towns had fallen. On Friday the port fell.", published_at="2021-08-15")
ALL = [EARLY, LATE, UNDATED, BACK]
SENTENCES = [s for a in ALL for s in sources(a)]


def days(start: str, end: str | None = None) -> Interval:
    return Interval(date.fromisoformat(start), date.fromisoformat(end or start))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What is the latest on the strike?", True),
        ("How many towns have been taken so far?", True),
        ("How many people have died?", True),
        ("Who is now the mayor?", True),
        ("Has the bridge opened yet?", True),
        ("Is the pool still open?", True),
        ("What is the final death toll?", True),
        ("At the last count, how many were missing?", True),
        ("How many inhabitants does the town have?", False),
        ("How many homes were still dark three days later?", False),
        ("What pay rise is the port offering?", True),
        ("Is there anything against it?", False),
        ("How many people died?", False),
        ("What did the mayor know?", False),
        ("When did the bridge open?", False),
    ],
)
def test_questions_about_the_present_state(question: str, expected: bool) -> None:
    assert wants_latest(question) is expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How many towns had been taken by 10 August?", AskedTime("until", days("2021-08-10"))),
        ("how many towns had been taken by august 10?", AskedTime("until", days("2021-08-10"))),
        ("How many towns had been taken as of 10 August 2020?", AskedTime("until", days("2020-08-10"))),
        ("Who held the port before June?", AskedTime("until", days("2021-05-31"))),
        ("Who held the port before 2015?", AskedTime("until", days("2014-12-31"))),
        ("How many had fled by the end of July?", AskedTime("until", days("2021-07-31"))),
        ("What happened in July?", AskedTime("within", days("2021-07-01", "2021-07-31"))),
        ("Which towns fell on 8 August?", AskedTime("within", days("2021-08-08"))),
        ("Who will leave by 11 September?", None),
        ("What is the deadline of 31 August about?", None),
        ("What happened on Sunday?", None),  # of which week?
        ("What happened yesterday?", None),
        ("Who may leave?", None),
        ("How many towns were taken?", None),
    ],
)
def test_the_time_that_a_question_is_about(question: str, expected: AskedTime | None) -> None:
    assert asked_time(question, ALL) == expected


def test_as_of_is_today_for_the_words_of_a_question() -> None:
    today = date(2021, 8, 12)
    assert asked_time("What happened on Sunday?", ALL, today) == AskedTime("within", days("2021-08-08"))
    assert asked_time("What happened yesterday?", ALL, today) == AskedTime("within", days("2021-08-11"))
    assert asked_time("What happened last week?", ALL, today) == AskedTime("within", days("2021-08-02", "2021-08-08"))


def test_a_date_without_year_stays_open_where_reports_span_years() -> None:
    old = article("old", "The mill burned.", published_at="2017-08-10")
    assert asked_time("How many had been taken by 10 August?", [*ALL, old]) is None
    assert asked_time("How many had been taken by 10 August?", [UNDATED]) is None


def test_the_state_at_a_past_day_comes_from_reports_up_to_it() -> None:
    kept, notice = told_by(SENTENCES, AskedTime("until", days("2021-08-10")))
    assert [s.text for s in kept] == [EARLY.text, "By 9 August seven towns had fallen."]
    assert notice is not None
    assert "10 August 2021" in notice


def test_all_is_kept_where_no_report_is_that_old() -> None:
    for asked in (AskedTime("until", days("2020-01-01")), AskedTime("within", days("2021-08-08")), None):
        assert told_by(SENTENCES, asked) == (SENTENCES, None)


def test_up_to_narrows_a_filter_only() -> None:
    asked = AskedTime("until", days("2021-08-10"))
    assert up_to(Filter(since="2021-01-01"), asked) == Filter(since="2021-01-01", until="2021-08-10")
    assert up_to(Filter(until="2021-07-01"), asked) == Filter(until="2021-07-01")
    assert up_to(Filter(), AskedTime("within", days("2021-08-10"))) is None


def test_later_reports_gain_where_the_latest_is_asked_for() -> None:
    gains = dict(zip(SENTENCES, recency_boost("How many so far?", SENTENCES), strict=True))
    by_article = {s.article.id: gain for s, gain in gains.items()}
    assert by_article == {"early": 0.0, "late": LATEST / 2, "undated": 0.0, "back": LATEST}
    assert max(recency_boost("How many towns were taken?", SENTENCES)) == TIE
    assert set(recency_boost("Who took the towns?", SENTENCES)) == {0.0}


def test_where_the_latest_is_asked_for_a_clearly_best_report_speaks_alone() -> None:
    early, late, undated, *_ = SENTENCES

    def ranked(*scores: float) -> list[Scored]:
        return [Scored(s, r, r, r) for s, r in zip((late, early, undated), scores, strict=True)]

    clear, close = ranked(1.5, 1.2, 0.9), ranked(1.5, 1.4, 0.9)
    assert newest_only("How many so far?", clear) == [clear[0], clear[2]]
    assert newest_only("How many so far?", close) == close
    assert newest_only("How many were taken?", clear) == clear
    assert newest_only("How many so far?", [clear[1], clear[0]]) == [clear[1], clear[0]]
    assert newest_only("How many so far?", []) == []


def test_a_period_asked_about_favours_what_tells_of_it() -> None:
    gains = recency_boost("What happened on 8 August?", SENTENCES, AskedTime("within", days("2021-08-08")))
    early, late, undated, ninth, friday = gains
    assert early > late == undated == 0 > ninth == friday


def test_a_value_that_moved_gives_a_dated_line() -> None:
    def value(text: str, day: str | None, n: int | None = None) -> ConflictValue:
        return ConflictValue(text, "towns", n, day, f"of {day}", "Coast Post", "q")

    moved = Conflict(
        "towns",
        "superseded",
        (value("six", "2021-08-08"), value("six", "2021-08-09"), value("19 towns", "2021-08-14", 1), value("3", None)),
    )
    line = timeline([moved])
    assert [(e.date, e.text, e.citation) for e in line] == [
        ("2021-08-08", "six towns", None),
        ("2021-08-14", "19 towns", 1),
    ]
    same_day = Conflict("towns", "superseded", (value("six", "2021-08-08"), value("8", "2021-08-08")))
    assert timeline([same_day]) == ()
    assert timeline([moved, Conflict("dead", "disputed", moved.values)]) == ()


def test_notices() -> None:
    assert undated_notice(0) is None
    assert undated_notice(1) == "1 article without a date was left out."
    assert undated_notice(3) == "3 articles without a date were left out."
    assert newest("How many so far?", [EARLY, LATE]) == "The newest report cited is of 14 August 2021."
    assert newest("How many so far?", [UNDATED]) is None
    assert newest("How many died?", [EARLY]) is None


def test_as_of_a_month_takes_in_that_month() -> None:
    asked = asked_time("Who led the inquiry as of April 2019?", [])
    assert asked is not None
    assert asked.days.end == date(2019, 4, 30)
    by = asked_time("How many had been found by April 2019?", [])
    assert by is not None
    assert by.days.end == date(2019, 4, 1)
