"""Which statements of invented articles, other than plain counts, are set against each other, and which left "
"alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.disagreement.conflict import detect
from rag.text.sentences import split
from rag.types import Article, Conflict, SourceSentence

Report = tuple[str, str | None]


def article(report: Report, name: str) -> list[SourceSentence]:
    text, day = report
    whole = Article(name, text, text, outlet=f"Paper {name}", published_at=day)
    return [SourceSentence(whole, name, span, text[span.start : span.end]) for span in split(text)]


def found(question: str, *reports: Report) -> list[Conflict]:
    sentences = [s for i, report in enumerate(reports) for s in article(report, "abcd"[i])]
    return detect(question, sentences, [0.8] * len(sentences))


TOLD = [
    (
        "When did the Alder bridge collapse?",
        (
            "The Alder bridge collapsed at 6 a.m. on Tuesday, police said. No trains were running on the line "
            "through the gorge.",
            "2023-03-14",
        ),
        (
            "The railway bridge at Alder collapsed around noon on Tuesday, the ministry said, cutting the line "
            "through the gorge.",
            "2023-03-14",
        ),
        "disputed",
    ),
    (
        "When did the attack on Tarn begin?",
        ("Gunmen attacked the barracks in Tarn at dawn on Sunday, beginning a siege of the town hall.", "2023-03-14"),
        (
            "The attack on Tarn began at about 3 p.m. on Sunday, when gunmen stormed the barracks and town hall.",
            "2023-03-14",
        ),
        "disputed",
    ),
    (
        "How long did the siege of Tarn last?",
        ("The siege of Tarn lasted three weeks before the relief column arrived.", "2023-03-14"),
        ("The siege of Tarn, which lasted a month, ended when the relief column arrived.", "2023-03-14"),
        "disputed",
    ),
    (
        "How long were the miners trapped?",
        ("The Dorrow miners were trapped for 30 hours before crews reached them.", "2023-03-14"),
        ("Crews reached the Dorrow miners, who had been trapped for five days.", "2023-03-14"),
        "disputed",
    ),
    (
        "How long has the strike at Kessel lasted?",
        ("The strike at the Kessel works has lasted three weeks, the union said.", "2023-03-01"),
        ("The strike at the Kessel works has now lasted seven weeks, the union said.", "2023-03-29"),
        "superseded",
    ),
    (
        "How long has the town of Tarn been under siege?",
        ("Tarn has been under siege since 3 January, the mayor said. Food is short in the town.", "2023-03-14"),
        ("Tarn has been under siege for less than a month, the army said. Food is short in the town.", "2023-03-14"),
        "disputed",
    ),
    (
        "When did the Aldra sink?",
        ("The ferry Aldra sank on 3 March off Skarn, with 40 people on board.", "2023-03-14"),
        ("The Aldra, a ferry with 40 people on board, sank on 5 March off Skarn.", "2023-03-14"),
        "disputed",
    ),
    (
        "When will the Orrin tunnel open?",
        (
            "The Orrin tunnel will open on 1 June, the transport ministry said. It runs 12 km under the Kessel "
            "range and will carry trains between Dunmar and Port Ellis.",
            "2023-03-01",
        ),
        (
            "The opening of the Orrin tunnel has been postponed to 1 September, the transport ministry said. "
            "Trains will run 12 km under the Kessel range between Dunmar and Port Ellis.",
            "2023-04-20",
        ),
        "superseded",
    ),
    (
        "When was Haldane elected mayor?",
        ("Ruth Haldane was elected mayor of Lowmere in 2016.", "2023-03-14"),
        ("Ruth Haldane was elected mayor of Lowmere in 2018.", "2023-03-14"),
        "disputed",
    ),
    (
        "How far is the camp from the border?",
        ("The Orrin camp lies 5 km from the border, aid workers said.", "2023-03-14"),
        ("The camp at Orrin is 20 km from the border, aid workers said.", "2023-03-14"),
        "disputed",
    ),
    (
        "How old was the driver?",
        ("The driver of the Orrin bus, aged 34, was arrested at the scene.", "2023-03-14"),
        ("The driver of the Orrin bus, a 52-year-old man, was arrested at the scene.", "2023-03-14"),
        "disputed",
    ),
    (
        "Where did Marek finish in the race?",
        ("Marek finished third in the Ostrey road race on Sunday.", "2023-03-14"),
        ("Marek finished fifth in the Ostrey road race on Sunday.", "2023-03-14"),
        "disputed",
    ),
    (
        "How much will the bridge cost?",
        ("The Alder bridge will cost $1.2 million, the council said.", "2023-03-14"),
        ("The Alder bridge will cost $3 million, the council said.", "2023-03-14"),
        "disputed",
    ),
    (
        "What share of voters backed the plan?",
        ("In the Lowmere vote 54% backed the harbour plan.", "2023-03-14"),
        ("In the Lowmere vote 61 percent backed the harbour plan.", "2023-03-14"),
        "disputed",
    ),
    (
        "Is Tarn still under government control?",
        ("Tarn remains under government control, the defence ministry said on Tuesday.", "2023-03-14"),
        ("Rebels have encircled Tarn and fighting continues in the streets, residents said on Tuesday.", "2023-03-14"),
        "disputed",
    ),
    (
        "Who controls Tarn?",
        (
            "Tarn is firmly under army control, the defence ministry said on Tuesday. The rebels said nothing. "
            "Captain Lund of the Third Brigade said shells had hit the grain market and the Kessel bridge.",
            "2023-03-14",
        ),
        (
            "Tarn has fallen to the rebels, the defence ministry said on Friday, after a battle with the army. "
            "Shells hit the grain market, and the Third Brigade under Captain Lund left over the Kessel bridge.",
            "2023-03-17",
        ),
        "superseded",
    ),
    (
        "Did the driver survive the crash in Orrin?",
        ("The driver survived the crash in Orrin, police said.", "2023-03-14"),
        ("The driver died in the crash in Orrin, the hospital said.", "2023-03-14"),
        "disputed",
    ),
    (
        "Did parliament approve the harbour bill?",
        ("Parliament approved the harbour bill late on Monday.", "2023-03-14"),
        ("Parliament rejected the harbour bill late on Monday.", "2023-03-14"),
        "disputed",
    ),
    (
        "Is the Orrin airport open?",
        ("The Orrin airport is open again after the storm, its director said.", "2023-03-14"),
        ("The Orrin airport is closed because of the storm, the airline said.", "2023-03-14"),
        "disputed",
    ),
    (
        "Was anyone hurt in the Kessel explosion?",
        ("No one was hurt in the explosion at the Kessel works on Monday.", "2023-03-14"),
        ("Two workers were hurt in the explosion at the Kessel works on Monday.", "2023-03-14"),
        "disputed",
    ),
    (
        "How many people were hurt in the Kessel explosion?",
        ("There were no casualties in the explosion at the Kessel works, the owner said.", "2023-03-14"),
        ("Two people were hurt in the explosion at the Kessel works, the hospital said.", "2023-03-14"),
        "disputed",
    ),
    (
        "Was Marek convicted?",
        ("A court in Ostrey convicted Marek of fraud on Monday.", "2023-03-14"),
        ("Marek was acquitted of fraud by a court in Ostrey on Monday.", "2023-03-14"),
        "disputed",
    ),
    (
        "Did the talks end in agreement?",
        ("The Lowmere talks ended without agreement, mediators said.", "2023-03-14"),
        ("The two sides in the Lowmere talks reached an agreement, the minister said.", "2023-03-14"),
        "disputed",
    ),
    (
        "Where was Ines Moreau born?",
        ("Ines Moreau was born in Paris and trained as a welder.", "2023-03-14"),
        ("Ines Moreau was born in Lyon and trained as a welder.", "2023-03-14"),
        "disputed",
    ),
    (
        "Who set off the alarm in the Kessel works?",
        ("Karim Belhadj set off the alarm in the Kessel works, police said.", "2023-03-14"),
        ("Dana Ortiz set off the alarm in the Kessel works, police said.", "2023-03-14"),
        "disputed",
    ),
    (
        "How many houses burned in Millrace?",
        (
            "The Millrace fire burned 14 houses on Sunday, officials said, and spread along the lane behind the "
            "works before crews arrived.",
            "2023-03-14",
        ),
        (
            "The Millrace fire burned 16 houses on Sunday, officials said, and spread along the lane behind the "
            "works before crews arrived.",
            "2023-03-14",
        ),
        "disputed",
    ),
    (
        "How many districts have the rebels taken in Orrin?",
        ("Since 3 May the rebels have taken 17 districts in Orrin, the governor said.", "2021-06-01"),
        ("In less than a month the rebels have taken eleven districts in Orrin, a council member said.", "2021-06-01"),
        "disputed",
    ),
    (
        "How many districts have the rebels taken in Orrin?",
        ("Since the beginning of May the rebels have taken 17 districts in Orrin, the governor said.", "2021-06-01"),
        ("In the past month the rebels have captured eleven districts in Orrin, a council member said.", "2021-06-01"),
        "disputed",
    ),
    (
        "When did the rebels attack Tarn?",
        ("The rebels attacked Tarn on Sunday evening, police said.", "2021-06-01"),
        ("Rebels attacked the centre of Tarn early on Monday, residents said.", "2021-06-01"),
        "disputed",
    ),
    (
        "When did the rebels enter Tarn?",
        ("The rebels entered Tarn on Sunday at around 6 a.m., a police officer said.", "2021-06-01"),
        ("The rebels entered the city of Tarn at noon on Sunday, a teacher said.", "2021-06-01"),
        "disputed",
    ),
    (
        "Has Tarn fallen to the rebels?",
        ("Tarn fell to the rebels on Sunday, two council members said.", "2021-06-01"),
        ("The city of Tarn has not fallen to the rebels, the interior ministry said on Sunday.", "2021-06-01"),
        "disputed",
    ),
    (
        "How long did the battle for Tarn last?",
        ("The battle for Tarn lasted three days, the army said.", "2021-06-01"),
        ("Tarn was taken after two weeks of fighting, residents said, in a battle that lasted 14 days.", "2021-06-01"),
        "disputed",
    ),
    (
        "How many soldiers surrendered in Tarn?",
        ("Some 200 soldiers surrendered in Tarn, the rebels said.", "2021-06-01"),
        ("About 60 soldiers surrendered in Tarn, the ministry said.", "2021-06-01"),
        "disputed",
    ),
    (
        "Did the president visit Tarn on Monday?",
        ("The president visited Tarn on Monday, his office said.", "2021-06-01"),
        ("The president did not visit Tarn on Monday, the mayor said.", "2021-06-01"),
        "disputed",
    ),
    (
        "How high is unemployment in Orrin?",
        ("Unemployment in Orrin is 7 percent, the ministry said.", "2021-06-01"),
        ("Unemployment in Orrin stands at 11 percent, the union said.", "2021-06-01"),
        "disputed",
    ),
    (
        "Where did the plane crash?",
        ("The plane crashed near Dunmar on Monday with six people on board, police said.", "2021-06-01"),
        ("The plane crashed near Port Ellis on Monday with six people on board, the airline said.", "2021-06-01"),
        "disputed",
    ),
]
ALONE = [
    (
        "What time did the Alder bridge collapse?",
        ("The Alder bridge collapsed at 6 a.m. on Tuesday. No trains were running through the gorge.", "2023-03-14"),
        (
            "The railway bridge at Alder collapsed shortly after six o'clock in the morning, cutting the line "
            "through the gorge.",
            "2023-03-14",
        ),
    ),
    (
        "When did the attack on Tarn begin?",
        ("Gunmen attacked the barracks in Tarn at dawn on Sunday, beginning a siege of the town hall.", "2023-03-14"),
        (
            "The attack on Tarn began at 5.30 a.m. on Sunday, when gunmen stormed the barracks and town hall.",
            "2023-03-14",
        ),
    ),
    (
        "When did the fire start?",
        ("The fire at the Orrin mill started at midnight, neighbours said.", "2023-03-14"),
        ("The Orrin mill fire broke out at 12 a.m., the brigade said.", "2023-03-14"),
    ),
    (
        "How long did the siege of Tarn last?",
        ("The siege of Tarn lasted four weeks before the relief column arrived.", "2023-03-14"),
        ("The siege of Tarn lasted about a month and ended when the relief column arrived.", "2023-03-14"),
    ),
    (
        "How long were the miners trapped?",
        ("The Dorrow miners were trapped for 48 hours before crews reached them.", "2023-03-14"),
        ("Crews reached the Dorrow miners, who had been trapped for two days.", "2023-03-14"),
    ),
    (
        "When did the ferry Aldra sink?",
        ("The ferry Aldra sank on Sunday off Skarn with 40 people on board.", "2023-03-14"),
        ("The ferry Aldra sank on 12 March off Skarn with 40 people on board.", "2023-03-15"),
    ),
    (
        "When was Haldane elected mayor?",
        ("Ruth Haldane was elected mayor of Lowmere in 2016 and re-elected in 2020.", "2023-03-14"),
        ("Ruth Haldane, who was re-elected mayor of Lowmere in 2020, leads the council.", "2023-03-14"),
    ),
    (
        "When did the trial of Marek begin?",
        ("The trial of Marek began on Monday in Ostrey before three judges.", "2023-03-14"),
        ("The trial of Marek resumed on Thursday in Ostrey before three judges.", "2023-03-17"),
    ),
    (
        "How far is the camp from the border?",
        ("The Orrin camp lies 5 km from the border, aid workers said.", "2023-03-14"),
        ("The camp at Orrin is three miles from the border, aid workers said.", "2023-03-14"),
    ),
    (
        "How much will the bridge cost?",
        ("The Alder bridge will cost $1.2 million, the council said.", "2023-03-14"),
        ("The Alder bridge will cost 1,200,000 dollars, the council said.", "2023-03-14"),
    ),
    (
        "Did the council approve the budget?",
        ("The council approved the budget on Monday after a long debate.", "2023-03-14"),
        ("The council had rejected the budget in January, before it approved it on Monday.", "2023-03-14"),
    ),
    (
        "Did parliament approve the harbour bill?",
        ("Parliament approved the harbour bill late on Monday.", "2023-03-14"),
        ("Parliament rejected an amendment by the opposition on Monday, after the harbour bill debate.", "2023-03-14"),
    ),
    (
        "Where was Ines Moreau born?",
        ("Ines Moreau was born in Paris and trained as a welder.", "2023-03-14"),
        ("Ines Moreau was born in Paris, France, and trained as a welder.", "2023-03-14"),
    ),
    (
        "Who won the Ostrey race?",
        ("Jan Marek won the Ostrey race on Sunday in the rain.", "2023-03-14"),
        ("Marek won the Ostrey race on Sunday in the rain.", "2023-03-14"),
    ),
    (
        "Where was Ines Moreau born?",
        ("Ines Moreau (footballer) was born in Paris and plays for Dunmar.", "2023-03-14"),
        ("Ines Moreau (politician) was born in Lyon and sits for Dunmar.", "2023-03-14"),
    ),
    (
        "How many houses burned in Millrace?",
        (
            "The Millrace fire burned 14 houses on Sunday, officials said, and spread along the lane behind the "
            "works before crews arrived.",
            "2023-03-14",
        ),
        (
            "The Millrace fire burned 14 houses on Sunday, officials said, and spread along the lane behind the "
            "works before crews arrived.",
            "2023-03-14",
        ),
    ),
    (
        "How many districts have the rebels taken in Orrin?",
        ("Since January the rebels have taken 47 districts in Orrin, the governor said.", "2021-06-01"),
        ("In the past week the rebels have captured eleven districts in Orrin, a council member said.", "2021-06-01"),
    ),
    (
        "How far is Tarn from the capital?",
        ("Tarn lies about 50 km from the capital.", "2021-06-01"),
        ("Tarn is 31 miles from the capital.", "2021-06-01"),
    ),
    (
        "When was the ceasefire signed?",
        ("The ceasefire was signed on 28 May in Dunmar.", "2021-06-01"),
        ("The ceasefire, signed in Dunmar on Friday, holds.", "2021-06-01"),
    ),
    (
        "When did the Aldra sink?",
        ("The Aldra sank on 3 March off Skarn, with 40 people on board.", "2023-03-14"),
        (
            "Divers reached the Aldra on 5 March, two days after she sank off Skarn, and found the 40 people on board.",
            "2023-03-14",
        ),
    ),
    (
        "When did the storm hit Orrin?",
        ("The storm hit Orrin on Monday evening and cut power.", "2023-03-14"),
        ("Power was restored in Orrin on Wednesday after the storm.", "2023-03-16"),
    ),
    (
        "Who is the mayor of Lowmere?",
        ("Ruth Haldane, the mayor of Lowmere, opened the hall with Paul Verney.", "2023-03-14"),
        ("Paul Verney visited Lowmere and met mayor Haldane.", "2023-03-14"),
    ),
    (
        "Will the soldiers sent to Halm attack the rebels?",
        ("The ministry said that the soldiers sent to Halm will not attack the rebels.", "2023-03-14"),
        ("A rebel spokesman said that the soldiers sent to Halm fell into their hands at dawn.", "2023-03-14"),
    ),
    (
        "How long is the Orrin tunnel?",
        ("The Orrin tunnel is 12 km long.", "2023-03-14"),
        ("Work on the Orrin tunnel lasted six years.", "2023-03-14"),
    ),
]


@pytest.mark.parametrize(("question", "one", "two", "kind"), TOLD)
def test_what_cannot_both_be_true_is_told(question: str, one: Report, two: Report, kind: str) -> None:
    (conflict,) = found(question, one, two)
    assert conflict.kind == kind
    assert [v.article_id for v in conflict.values] == ["a", "b"]
    for value, (text, _) in zip(conflict.values, (one, two), strict=True):
        assert value.value in text
        assert value.quote in text


@pytest.mark.parametrize(("question", "one", "two"), ALONE)
def test_what_can_both_be_true_is_left_alone(question: str, one: Report, two: Report) -> None:
    assert found(question, one, two) == []


@pytest.mark.parametrize(("question", "one", "two", "kind"), TOLD)
def test_the_order_of_the_sentences_makes_no_difference(question: str, one: Report, two: Report, kind: str) -> None:
    sentences = article(one, "a") + article(two, "b")
    turned = detect(question, sentences[::-1], [0.8] * len(sentences))
    assert turned == detect(question, sentences, [0.8] * len(sentences))


@pytest.mark.parametrize("case", [*TOLD, *ALONE])
def test_an_article_does_not_contradict_its_copy(case: tuple[str, Report, Report]) -> None:
    question, one = case[:2]
    assert found(question, one, one) == []
    longer = (one[0] + " More follows.", one[1])
    assert found(question, one, longer) == []


NUMBERS = {3: "three", 4: "four", 7: "seven", 11: "eleven", 12: "a dozen", 15: "fifteen", 20: "twenty"}


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(NUMBERS)), st.sampled_from(sorted(NUMBERS)), st.booleans(), st.booleans())
def test_digits_and_words_are_the_same_number(a: int, b: int, spell_a: bool, spell_b: bool) -> None:
    one = f"The Orrin miners were trapped for {NUMBERS[a] if spell_a else a} days before crews reached them."
    two = f"Crews freed the Orrin miners, who had been trapped for {NUMBERS[b] if spell_b else b} days."
    conflicts = found("How long were the miners trapped?", (one, "2023-03-14"), (two, "2023-03-14"))
    assert bool(conflicts) == (a != b)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 23), st.integers(0, 23))
def test_hours_disagree_whenever_they_are_an_hour_apart(a: int, b: int) -> None:
    one = f"The Alder dam broke at {a:02}:00 on Tuesday, police said."
    two = f"At {b:02}:00 on Tuesday the Alder dam broke, residents said."
    conflicts = found("At what time did the Alder dam break?", (one, "2023-03-14"), (two, "2023-03-14"))
    assert bool(conflicts) == (a != b)


QUARREL = (
    "Two days after the flood in Orrin there is a quarrel about the warning. Mayor Jan Wolk maintains that the "
    "sirens "
    "sounded at 11.20 p.m. The log of the fire brigade gives the time of the alarm as 11.55 p.m.",
    "2023-03-14",
)


def test_parties_that_one_article_quotes_are_told_apart() -> None:
    (conflict,) = found("At what time did the sirens sound in Orrin?", QUARREL)
    assert (conflict.kind, [v.value for v in conflict.values]) == ("disputed", ["11.20 p.m.", "11.55 p.m."])
    assert found("At what time does the mayor say the sirens sounded in Orrin?", QUARREL) == []


def test_times_of_different_events_in_one_article_are_no_quarrel() -> None:
    calm = QUARREL[0].replace("there is a quarrel about the warning", "the town is calm").replace("maintains", "said")
    assert found("At what time did the sirens sound in Orrin?", (calm, "2023-03-14")) == []


def test_copies_that_keep_the_value_are_one_source() -> None:
    story = "The Millrace fire burned {} houses on Sunday, officials said, and spread along the lane behind the works."
    reports = [(story.format(n), "2023-03-14") for n in ("14", "14", "16")]
    reports[1] = (reports[1][0] + " Crews came late.", "2023-03-14")
    (conflict,) = found("How many houses burned in Millrace?", *reports)
    assert [v.value for v in conflict.values] == ["14", "16"]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["When did it open?", "Who won?", "Where was she born?", "Is it open?", "How long was it?"]),
    st.lists(st.text(min_size=1, max_size=80), min_size=1, max_size=4),
)
def test_any_text_is_compared_without_error(question: str, texts: list[str]) -> None:
    found(question, *((t, "2023-03-14") for t in texts))


def test_a_question_for_a_sum_is_not_answered_by_shares_that_are_in_dispute() -> None:
    report = (
        "The strike at the port of Orrin is in dispute. The company claims that 40 percent of the shifts are worked. "
        "The union says it is fewer than one in ten. The losses are disputed too: £2.4 million a day according to the "
        "company, but no more than £1.1 million according to the union.",
        "2023-03-14",
    )
    (conflict,) = found("How much did the port of Orrin lose per day of the strike?", report)
    assert [v.value for v in conflict.values] == ["£2.4 million", "no more than £1.1 million"]


def test_parts_of_the_day_are_times_too() -> None:
    one = ("The dyke at Orrin broke early on Monday afternoon, the mayor said.", "2023-03-14")
    two = ("The dyke at Orrin broke by 9 a.m. on Monday, according to the water board.", "2023-03-14")
    (conflict,) = found("At what time on Monday did the dyke at Orrin break?", one, two)
    assert len(conflict.values) == 2
    loose = ("The dyke at Orrin broke on Monday morning, the mayor said.", "2023-03-14")
    assert not found("At what time on Monday did the dyke at Orrin break?", loose, two)
