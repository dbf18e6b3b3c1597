"""One claim against invented passages: what passes with which quote, and what is withheld and why."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.checking.answer_word import polarity_ok, split_answer_word
from rag.checking.support import Weights, features, rarities, windows
from rag.checking.verify import best_quote, check
from rag.types import Article, Check, SourceSentence, Span

_FLOOD = (
    "Heavy rain closed schools across Alder County on Sunday.",
    "The Brule River rose above its banks near Tarn Falls, and at least 14 houses were destroyed.",
    "Mayor Lena Ortiz was unhurt, but eight people died when a bridge collapsed.",
    "In the past 24 hours, around a dozen roads have been closed.",
    "Since 3 May, more than 50 roads have been closed.",
    "She said the dam could fail if the rain continued.",
    "The county plans to evacuate the Millrace district on Friday.",
)
_COURT = (
    "The Supreme Court of Norland convicted former minister Paal Dahl on Tuesday of taking bribes worth $2.5 million.",
    "Dahl was sentenced to six years in prison.",
    "Prosecutor Ana Reyes did not appeal the ruling.",
    "Kestrel Bank sued Dahl in 2019.",
    "The company denied that it had paid him.",
)
_SPORT = (
    "Harwick beat Alton 3-1 in the second leg in Marl.",
    "Striker Tom Okafor scored twice.",
    "Turnout at the ground was 41,250.",
)


def article(name: str, sentences: Sequence[str], **fields: str) -> Article:
    text = " ".join(sentences)
    defaults = {"title": "A day of news", "outlet": "Coast Post", "published_at": "2023-03-14"}
    return Article(name, text, f"hash-{name}", **{**defaults, **fields})  # type: ignore[arg-type]


def sources_of(name: str, sentences: Sequence[str], **fields: str) -> list[SourceSentence]:
    story = article(name, sentences, **fields)
    found, at = [], 0
    for sentence in sentences:
        start = story.text.index(sentence, at)
        at = start + len(sentence)
        found.append(SourceSentence(story, f"{name}-p", Span(start, at), sentence))
    return found


SOURCES = [*sources_of("flood", _FLOOD), *sources_of("court", _COURT), *sources_of("sport", _SPORT)]


def run(claim: str, question: str = "") -> Check:
    return check(claim, SOURCES, [], question)


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        ("At least 14 houses were destroyed near Tarn Falls.", _FLOOD[1]),
        ("Fourteen houses were destroyed when the Brule River rose.", _FLOOD[1]),
        ("Eight people died when a bridge collapsed.", _FLOOD[2]),
        ("Lena Ortiz was not hurt.", _FLOOD[2]),
        ("Mayor Lena Ortiz was unhurt.", _FLOOD[2]),
        ("In the past 24 hours, around 12 roads have been closed.", _FLOOD[3]),
        ("More than 50 roads have been closed since 3 May.", _FLOOD[4]),
        ("The county plans to evacuate the Millrace district on Friday.", _FLOOD[6]),
        ("Rain closed schools across Alder County on 12 March 2023.", _FLOOD[0]),
        ("Paal Dahl was convicted by the Supreme Court of taking bribes of $2.5 million.", _COURT[0]),
        ("Ana Reyes did not appeal the ruling.", _COURT[2]),
        ("Harwick beat Alton 3-1 in Marl.", _SPORT[0]),
        ("Alton was beaten by Harwick 3-1.", _SPORT[0]),
        ("Turnout was 41250 at the ground.", _SPORT[2]),
        ("2. Turnout was 41,250 at the ground.", _SPORT[2]),
    ],
)
def test_what_a_quote_says_passes_with_that_quote(claim: str, sentence: str) -> None:
    result = run(claim)
    assert result.passed, result.problem
    assert any(sentence in q.text or q.text in sentence for q in result.quotes)
    for quote in result.quotes:
        assert quote.article.text[quote.start : quote.end] == quote.text
    assert 0 < result.support <= 1


@pytest.mark.parametrize(
    ("claim", "problem"),
    [
        ("At least 24 houses were destroyed near Tarn Falls.", "number 24 not in the cited quote"),
        ("Fourteen people were destroyed near Tarn Falls.", "the quote's Fourteen counts houses, not people"),
        ("Fewer than 14 houses were destroyed near Tarn Falls.", "the quote says “at least 14”, not “Fewer than 14”"),
        ("Rain closed schools across Alder County on Monday.", "date Monday not in the cited quote"),
        ("Mayor Karin Holm was unhurt when a bridge collapsed.", "name Mayor Karin Holm not in the cited quote"),
        ("Mayor Lena Ortiz was hurt when a bridge collapsed.", "the quote says the opposite about “hurt”"),
        ("Prosecutor Ana Reyes appealed the ruling.", "the quote says the opposite about “appealed”"),
        ("Alton beat Harwick 3-1 in the second leg in Marl.", "the quote has it the other way round"),
        ("The dam failed as the rain continued.", "the quote says it could happen, not that it did"),
        ("Mayor Lena Ortiz died when a bridge collapsed.", "the quote says this of “eight people”"),
        ("The company paid him.", "the quote says the opposite about “paid”"),
        (
            "The Supreme Court of Norland acquitted Paal Dahl on Tuesday.",
            "the quote says the opposite about “acquitted”",
        ),
        ("Norland's parliament passed the annual fishing budget.", "no passage says this"),
        ("Yes.", "a bare yes or no says nothing that a passage could carry"),
        ("It is so.", "nothing in this sentence can be checked"),
    ],
)
def test_what_no_quote_says_is_withheld_with_the_reason(claim: str, problem: str) -> None:
    result = run(claim)
    assert not result.passed
    assert result.quotes == ()
    assert result.problem == problem


def test_a_count_is_not_moved_to_another_stretch_of_time() -> None:
    result = run("More than 50 roads have been closed in the past 24 hours.")
    assert result.problem == "the quote does not put 50 and 24 hours together"


def test_the_quote_widens_to_the_sentence_that_names() -> None:
    result = run("Paal Dahl was sentenced to six years in prison.")
    assert result.passed
    assert " ".join(_COURT[:2]) == result.quotes[0].text


def test_a_name_in_the_title_needs_no_widening_but_one_in_the_question_does() -> None:
    lines = ("The city council voted on Monday to close the old harbour.",)
    titled = sources_of("port", lines, title="Harbour vote in Quillon")
    claim = "The Quillon city council voted to close the old harbour."
    assert check(claim, titled, []).passed
    untitled = sources_of("port", lines, title="Harbour vote")
    assert (
        check(claim, untitled, [], question="What did Quillon vote on?").problem
        == "name Quillon not in the cited quote"
    )


def test_a_name_far_above_is_cited_beside_the_quote() -> None:
    lines = (
        "Quillon is a town of fishermen.",
        "Nets dry on the walls.",
        "Gulls wait there.",
        "Children play near the boats.",
        "Last week the council closed the old harbour after a storm broke its wall.",
    )
    result = check("The Quillon council closed the old harbour after a storm.", sources_of("q", lines), [])
    assert result.passed
    assert [q.text for q in result.quotes] == [lines[0], lines[4]]


def test_two_halves_may_stand_in_two_passages() -> None:
    claim = "At least 14 houses were destroyed near Tarn Falls, while Harwick beat Alton 3-1 in Marl."
    result = run(claim)
    assert result.passed, result.problem
    assert [q.article.id for q in result.quotes] == ["flood", "sport"]
    assert not run(claim.replace("3-1", "4-1")).passed


def test_a_list_of_names_may_be_carried_by_two_quotes() -> None:
    both = [
        *sources_of("one", ("Floods cut off the town of Alba on Monday.",)),
        *sources_of("two", ("Floods cut off the town of Brix on Monday.",)),
    ]
    assert len(check("Floods cut off Alba and Brix on Monday.", both, []).quotes) == 2
    assert not check("Floods cut off Alba and Corva on Monday.", both, []).passed


def test_quotes_stay_within_a_passage_and_within_touching_sentences() -> None:
    gap = [SOURCES[0], SOURCES[2]]
    assert {len(w.sentences) for w in windows(gap, [])} == {1}
    assert max(len(w.sentences) for w in windows(SOURCES, [])) == 3


def test_an_article_date_may_be_told_as_the_day_of_the_report() -> None:
    source = sources_of("plant", ("The Aldermoor plant has closed for good.",))
    assert check("The Aldermoor plant has closed for good, it was reported on 14 March 2023.", source, []).passed
    assert not check("The Aldermoor plant closed for good on 14 March 2023.", source, []).passed


@pytest.mark.parametrize(
    ("question", "rest", "word", "expected"),
    [
        ("Was the mayor hurt?", "the mayor was unhurt.", "No", True),
        ("Was the mayor hurt?", "the mayor was unhurt.", "Yes", False),
        ("Did Harwick beat Alton?", "Harwick beat Alton 3-1.", "Yes", True),
        ("Did Harwick beat Alton?", "Harwick beat Alton 3-1.", "No", False),
        ("Did Alton beat Harwick?", "Harwick beat Alton 3-1.", "No", True),
        ("Did Alton beat Harwick?", "Harwick beat Alton 3-1.", "Yes", False),
        ("Did 20 people die?", "eight people died.", "Yes", False),
        ("Did more than 40 people die?", "43 people died.", "Yes", True),
        ("Were the talks held in Oslo?", "the talks were held in Doha.", "No", True),
        ("Were the talks held in Oslo?", "the talks were held in Doha.", "Yes", False),
        ("Did the dam fail?", "she said the dam could fail.", "Yes", None),
        ("Who won?", "Harwick won.", "Yes", None),
        ("Did the strike end?", "workers at two depots will meet.", "Yes", None),
    ],
)
def test_the_answer_word_must_fit(question: str, rest: str, word: str, expected: bool | None) -> None:
    assert polarity_ok(question, rest, word) is expected


def test_yes_and_no_answers_are_checked_as_a_whole() -> None:
    question = "Did Ana Reyes appeal the ruling?"
    assert run("No, Ana Reyes did not appeal the ruling.", question).passed
    assert run("Yes, Ana Reyes did not appeal the ruling.", question).problem == "“Yes” does not fit what follows it"
    assert not run("Yes, Ana Reyes appealed the ruling.", question).passed


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("Yes, it did.", ("Yes", "it did.")),
        ("No.", ("No", "")),
        ("No one was hurt.", (None, "No one was hurt.")),
        ("no - they left", ("No", "they left")),
    ],
)
def test_split_answer_word(claim: str, expected: tuple[str | None, str]) -> None:
    assert split_answer_word(claim) == expected


def test_best_quote_ignores_the_hard_checks_and_uses_cosines() -> None:
    found = best_quote("At least 24 houses were destroyed near Tarn Falls.", SOURCES, [])
    assert found is not None and "14 houses" in found[0].text
    same = sources_of("a", ("The mill closed.", "The mill closed."))
    chosen = best_quote("The mill closed.", same, [0.1, 0.9])
    assert chosen is not None and chosen[0].start > 0
    assert best_quote("Anything.", [], []) is None
    assert check("Anything happened.", [], []).problem == "no passage says this"


def test_features_are_shares() -> None:
    for window in windows(SOURCES, [0.3] * len(SOURCES)):
        found = features("Harwick beat Alton 3-1 on Sunday.", window, rarities(SOURCES))
        assert all(0 <= value <= 1 for value in found.values())
    parts = Weights()
    assert parts.recall + parts.cosine + parts.pairs + parts.details == pytest.approx(1)


def test_a_claim_is_checked_fast() -> None:
    many = [s for i in range(8) for s in sources_of(f"flood{i}", _FLOOD)]
    check("Warm the caches.", many, [0.2] * len(many))
    started = time.perf_counter()
    for n in range(20):
        check(f"At least 14 houses were destroyed near Tarn Falls by flood {n}.", many, [0.2] * len(many))
    assert (time.perf_counter() - started) / 20 < 0.25  # generous: the machine may be busy


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=120), st.text(min_size=1, max_size=120), st.text(max_size=60))
def test_any_text_is_checked_without_error(claim: str, source: str, question: str) -> None:
    story = Article("x", source, "hash-x")
    sentence = SourceSentence(story, "p", Span(0, len(source)), source)
    result = check(claim, [sentence], [0.5], question)
    assert result.passed == (result.problem is None)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([s.text for s in SOURCES]))
def test_every_sentence_of_a_source_supports_itself(text: str) -> None:
    result = run(text)
    assert result.passed, result.problem
    assert result.support > 0.9


def test_a_name_that_only_the_question_brings_in_gives_way_to_the_sentence_itself() -> None:
    told = "Talks between the union and the owners, which opened in March 2019, go on."
    between = ["The works stand idle.", "The furnaces are cold.", "No bread was baked."]
    sources = sources_of("strike", [told, *between, "In Halden the shops are shut."])
    question = "When did the talks between the union and the owners in Halden open?"
    found = check("The talks between the union and the owners in Halden opened in March 2019.", sources, [], question)
    assert found.passed
    assert found.text == found.quotes[0].text == told
    elsewhere = check(
        "The talks between the union and the owners in Orrin opened in March 2019.", sources, [], question
    )
    assert not elsewhere.passed  # nobody spoke of Orrin


def test_a_quote_of_two_sentences_is_not_said_of_the_other_ones_school() -> None:
    schools = sources_of(
        "schools",
        ("The Orrin Trade School lies beside the harbour in Dalby.", "The Orrin Music School has its own campus."),
    )
    assert not check("The Orrin Music School lies beside the harbour in Dalby.", schools, []).passed
    assert check("The Orrin Trade School lies beside the harbour in Dalby.", schools, []).passed


def test_a_common_word_that_opens_a_claim_is_no_name() -> None:
    shops = sources_of("shops", ("In Alder the grocers run out of salt, and every larder is empty.",))
    assert check("Larder after larder is empty in Alder and the grocers run out of salt.", shops, []).problem is None


def test_a_question_in_the_article_carries_nothing() -> None:
    faq = sources_of(
        "faq", ("How many copies can be kept in other regions?", "Only one copy can exist in each region.")
    )
    found = check("Many copies can be kept in other regions.", faq, [])
    assert all("?" not in quote.text for quote in found.quotes)
    assert check("Only one copy can exist in each region.", faq, []).passed


def test_what_a_quote_denies_as_it_is_no_contradiction() -> None:
    water = sources_of("water", ("Water ran again on Monday in most of the flats; 300 were still without it at noon.",))
    assert check("300 flats are still without water.", water, []).passed
    dry = sources_of("dry", ("Water ran again on Monday in most of the 300 flats.",))
    assert not check("300 flats are still without water.", dry, []).passed


@pytest.mark.parametrize(
    ("claim", "title", "text"),
    [
        (
            "The keeper of the Ronsholm Lighthouse is Tove Lind.",
            "Storm hits the Ronsholm Lighthouse",
            "The keeper of the Skarre Lighthouse, Tove Lind, saw it all.",
        ),
        (
            "Dora Finch resigned because she had raised the rents.",
            "",
            "Dora Finch, who had raised the rents, resigned.",
        ),
        ("The guards shot two bears.", "", "The ministry has allowed the guards to shoot two bears."),
        ("The firm paid 300 crowns.", "", "A court ordered the firm to pay 300 crowns."),
    ],
)
def test_a_claim_is_withheld_that_its_quote_tells_of_another_gives_no_reason_for_or_only_allows(
    claim: str, title: str, text: str
) -> None:
    told = check(claim, sources_of("a", (text,), title=title), ())
    assert not told.passed, told


def test_a_reason_that_the_quote_gives_in_other_words_passes() -> None:
    text = "Dora Finch resigned after a quarrel over the rents."
    assert check("Dora Finch resigned because of a quarrel over the rents.", sources_of("a", (text,)), ()).passed
