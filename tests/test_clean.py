from __future__ import annotations

import contextlib
import hashlib
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import SourceError
from rag.intake.boilerplate import THRESHOLD, Line, judge, source_line
from rag.intake.chunk import chunk
from rag.intake.clean import clean, explain
from rag.text.unicode import normalise
from rag.types import Article, RawDocument

NOW = "2026-11-21T10:00:00+00:00"
P1 = (
    "The ferry Star of Tholm ran aground near Exampletown early on Tuesday, and all 212 passengers were brought ashore "
    "by fishing boats before noon, the coast guard said."
)
P2 = (
    "Captain Ilse Roe told reporters that thick fog and a broken radar had left the crew without any view of the reef "
    "that lies two miles off the harbour."
)
P3 = "Nobody was hurt."
GERMAN = (
    "Die Fähre Stern von Tholm lief am Dienstag früh bei Beispielstadt auf Grund, und alle 212 Passagiere wurden vor "
    "Mittag von Fischerbooten an Land gebracht, wie die Küstenwache mitteilte.",
    "Kapitänin Ilse Roe sagte vor der Presse, dichter Nebel und ein defektes Radar hätten der Besatzung jede Sicht auf "
    "das Riff genommen, das zwei Meilen vor dem Hafen liegt.",
)


def raw(*paragraphs: str, **fields: str) -> RawDocument:
    return replace(RawDocument(key="ferry", path="in/ferry.txt", text="\n\n".join(paragraphs)), **fields)  # type: ignore[arg-type]


def text_of(*paragraphs: str) -> list[str]:
    return clean(raw(*paragraphs), NOW).text.split("\n\n")


FURNITURE = [
    # (lines before the article, lines after it), from sites that do not exist
    (["My account", "Your basket is empty: continue shopping", "Search"], []),
    (["We use cookies to improve your experience. By continuing you accept our privacy policy."], []),
    (["Skip to main content", "Menu", "Log in", "Subscribe"], []),
    (["Share on Facebook", "Tweet", "WhatsApp", "Email this article"], []),
    ([], ["Sign up for our daily newsletter and get the best stories straight to your inbox."]),
    ([], ["Got a tip? Contact us at tips@coastpost.example or message us on Telegram."]),
    ([], ["Leave a Reply", "Logged in as guest. Log out?", "Jan says:", "Great article about the ferry, thanks!"]),
    ([], ["12 Comments", "This is the worst captain on the whole coast and she should be fired."]),
    ([], ["Read more: Storm closes the harbour for a week", "Related articles", "Tags: ferry, coast, fog"]),
    ([], ["© 2019 Coast Post Media Ltd. All rights reserved.", "Privacy policy | Terms of use"]),
    (["Image: Coast guard boats beside the ferry"], ["(Photo by Jan Doe/Getty Images)"]),
    (["star-of-tholm ferry_2019", "ferry-reef.jpg"], []),
    ([], ["Suscríbete a nuestro boletín y recibe las noticias en tu correo electrónico cada mañana."]),
    (
        [],
        ["Abonnez-vous à notre newsletter pour ne rien manquer de l'actualité de la région.", "Laisser un commentaire"],
    ),
    ([], ["Melden Sie sich für unseren Newsletter an", "Schreiben Sie uns, wenn Sie einen Fehler gefunden haben."]),
    ([], ["Подписывайтесь на наш канал в Telegram", "Читайте также"]),
    ([], ["Iscriviti alla newsletter", "Condividi", "Lascia un commento"]),
    ([], ["Este contenido fue publicado por primera vez en el portal de la costa y no puede ser reproducido."]),
]


@pytest.mark.parametrize(("head", "tail"), FURNITURE)
def test_page_furniture_is_dropped_on_sites_never_seen(head: list[str], tail: list[str]) -> None:
    assert text_of(*head, P1, P2, P3, *tail) == [P1, P2, P3]


@pytest.mark.parametrize("line", ["Advertisement", "Share this article", "Subscribe to our newsletter", "Read more"])
def test_furniture_in_the_middle_goes_too(line: str) -> None:
    assert text_of(P1, line, P2, P3) == [P1, P2, P3]


NEWS = [
    "He was 83.",
    "The ministry declined to comment.",
    "The company did not reply to requests for comment.",
    "He told her to leave.",
    "“Leave us alone,” he told the photographers, and shut the door.",
    "Facebook will share user data with Twitter, the court heard.",
    "Websites must ask for consent before they store cookies, the court ruled.",
    "Photos of the wreck spread within minutes.",
    "The newsletter told subscribers to check their inbox.",
    "The US and its allies will follow up on the next page of the treaty.",
    "Police asked readers of the website to send videos.",
    "More than 40 people read the message before it was deleted.",
    "It carried 212 people.",
]


@pytest.mark.parametrize("sentence", NEWS)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_news_that_talks_of_such_things_stays(sentence: str, place: int) -> None:
    paragraphs = [P1, P2]
    paragraphs.insert(place, sentence)
    assert text_of(*paragraphs) == paragraphs


def test_every_dropped_line_is_listed_with_a_reason() -> None:
    result = explain(raw("Ferry runs aground near Exampletown", "Menu", P1, "The reef", P2, "Leave a Reply"), NOW)
    assert {d.text: d.reason for d in result.dropped} == {
        "Ferry runs aground near Exampletown": "the title",
        "Menu": "words of page furniture",
        "The reef": "a heading",
        "Leave a Reply": "words of page furniture",
    }


def test_a_german_article_keeps_its_german_and_loses_its_english_furniture() -> None:
    article = clean(raw("Zum Inhalt springen", *GERMAN, "Be the first to write a comment", "Kommentare"), NOW)
    assert article.language == "de"
    assert article.text.split("\n\n")[-2:] == list(GERMAN)
    assert "comment" not in article.text


def test_a_foreign_quotation_inside_the_article_stays() -> None:
    quote = "„Wir haben das Riff nicht gesehen“, sagte der Steuermann einem Reporter in seiner Sprache."
    assert text_of(P1, quote, P2) == [P1, quote, P2]


def test_headline_becomes_the_title_and_leaves_the_text() -> None:
    headline = "Ferry runs aground near Exampletown"
    for fields in ({}, {"title": headline}, {"title": headline.upper()}):
        article = clean(raw("Menu", headline, P1, P2, **fields), NOW)
        assert article.title is not None and article.title.casefold() == headline.casefold()
        assert article.text == f"{P1}\n\n{P2}"
    question = clean(raw("Why did the ferry run aground?", P1, P2), NOW)
    assert (question.title, question.text) == ("Why did the ferry run aground?", f"{P1}\n\n{P2}")


def test_a_standfirst_stays_and_is_not_glued_to_a_sentence() -> None:
    deck = (
        "In less than an hour fishing boats had brought all of the passengers to the harbour wall while the tide "
        "was already turning"
    )
    article = clean(raw(deck, "Ferry runs aground near Exampletown", P1, P2), NOW)
    assert article.title == "Ferry runs aground near Exampletown"
    assert article.text.split("\n\n") == [deck, P1, P2]


def test_no_headline_no_title() -> None:
    assert clean(raw(P1, P2), NOW).title is None


def test_a_line_of_nothing_but_text_is_not_taken_away_as_title() -> None:
    assert clean(raw("Water rose in Exampletown on Friday"), NOW).text == "Water rose in Exampletown on Friday"
    assert clean(raw("Water rose.", title="Water rose"), NOW).text == "Water rose."


def test_lists_keep_their_items() -> None:
    items = ["Three harbours were closed:", "- Exampletown", "- Tholm", "- Port Sample"]
    assert text_of(P1, *items, P2) == [P1, *items, P2]


def test_a_caption_cut_off_inside_a_word_goes() -> None:
    caption = "Members of the crew stand beside boats in the harbour of Exam"
    assert text_of("Ferry runs aground near reef", caption, P1, P2 + " Exampletown mourns.") == [
        P1,
        P2 + " Exampletown mourns.",
    ]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Source: AFP", "AFP"),
        ("Fuente: EFE", "EFE"),
        ("Quelle: dpa", None),
        ("Sources : Coast Post", "Coast Post"),
        ("Source: the man who sold it said that he knew", None),
        ("AFP", None),
    ],
)
def test_source_lines(line: str, name: str | None) -> None:
    assert source_line(line) == name


def test_a_source_line_names_the_outlet_only_where_the_manifest_does_not() -> None:
    article = clean(raw(P1, P2, "Source: AFP", "Leave a Reply"), NOW)
    assert (article.outlet, article.text) == ("AFP", f"{P1}\n\n{P2}")
    assert clean(raw(P1, P2, "Source: AFP", outlet="Coast Post"), NOW).outlet == "Coast Post"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("By Jan Doe, March 5, 2019", "2019-03-05"),
        ("Published: 5 March 2019 10:30 GMT", "2019-03-05"),
        ("2019-03-05", "2019-03-05"),
        ("March 5th, 2199", None),  # still to come
        ("February 30, 2019", None),
        ("By Jan Doe", None),
    ],
)
def test_dates_from_date_lines(line: str, expected: str | None) -> None:
    article = clean(raw("Ferry runs aground near Exampletown", line, P1, P2), NOW)
    assert article.published_at == expected
    assert article.published_at_source == ("text" if expected else "unknown")
    assert article.text == f"{P1}\n\n{P2}"


def test_a_dateline_counts_but_a_date_that_is_told_of_does_not() -> None:
    dated = clean(raw("EXAMPLETOWN, March 5, 2019 (AP) — " + P1, P2), NOW)
    assert (dated.published_at, dated.published_at_source) == ("2019-03-05", "text")
    told = clean(raw("The ferry was built on March 5, 1999. " + P1, P2), NOW)
    assert told.published_at is None
    given = clean(raw("March 5, 2019", P1, published_at="2020-01-01", published_at_source="metadata"), NOW)
    assert (given.published_at, given.published_at_source) == ("2020-01-01", "metadata")


def test_characters() -> None:
    assert normalise(
        "e\u0301a\u00adb\u200bc\ufeff\x07d\u00a0 \u2009e\r\nf\u2028g \n\n\n\n h"
    ) == "éabcd e\nf\ng\n\nh".replace("\n\nh", "\n\n\n\nh")
    assert normalise("می\u200cخواهم") == "می\u200cخواهم"


def test_wrapped_lines_are_joined_and_single_lines_are_paragraphs() -> None:
    words = (P1 + " " + P2).split()
    wrapped, line = [], ""
    for word in words:
        if len(line) + len(word) > 70:
            wrapped.append(line.strip())
            line = ""
        line += word + " "
    wrapped.append(line.strip())
    assert clean(raw("\n".join(wrapped)), NOW).text == P1 + " " + P2
    assert clean(raw(f"{P1}\n{P2}\n{P3}"), NOW).text.split("\n\n") == [P1, P2, P3]


@pytest.mark.parametrize("text", ["", "***", "Menu\n\nLog in\n\nSubscribe", "Leave a Reply\n\nYour email address *"])
def test_nothing_left_is_an_error_that_names_the_file(text: str) -> None:
    with pytest.raises(SourceError) as caught:
        clean(raw(text), NOW)
    assert "in/ferry.txt" in caught.value.message and caught.value.hint


def test_metadata_and_hash() -> None:
    article = clean(raw(P1, url="https://a.example"), NOW)
    assert isinstance(article, Article)
    assert article.content_hash == hashlib.sha256(P1.encode()).hexdigest()
    assert (article.id, article.path, article.url) == ("ferry", "in/ferry.txt", "https://a.example")
    assert (article.language, article.ingested_at) == ("en", NOW)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(st.sampled_from([P1, P2, "Menu", "Source: AFP", "a-b", "2019-03-05"]), st.text(max_size=80))))
def test_any_text_gives_tidy_paragraphs_or_a_clear_error(paragraphs: list[str]) -> None:
    document = raw(*paragraphs)
    try:
        article = clean(document, NOW)
    except SourceError:
        return
    assert article.text == article.text.strip()
    assert all(p and p == p.strip() and "\n" not in p for p in article.text.split("\n\n"))
    assert clean(document, NOW) == article


def test_the_threshold_is_clear_of_both_sides() -> None:
    assert judge(Line("Subscribe to our newsletter", edge=True))[0] > THRESHOLD + 1
    assert judge(Line(P1, edge=False))[0] < THRESHOLD - 1


@pytest.mark.parametrize("unit", ["a", "a-", "a@", "“", "a\n", "Menu\n\n", "A. ", "word "])
def test_hostile_text_takes_no_longer_than_a_long_article(unit: str) -> None:
    started = time.monotonic()
    with contextlib.suppress(SourceError):
        chunk(clean(raw(unit * (300_000 // len(unit))), NOW))
    assert time.monotonic() - started < 20  # a fraction of a second; quadratic work would take minutes


@pytest.mark.parametrize(
    "line",
    [
        "Jan Doe contributed to this report.",
        "— Ilse Roe contributed reporting.",
        "Contributing: Jan Doe, Coast Post; the Tholm Courier",
        "This story has been updated with additional developments.",
        "Reach Jan Doe at jan@coastpost.example or 555-555-0100.",
        "A bridge on the coast road was washed away on Monday. Jan Doe/Reuters",
    ],
)
def test_what_stands_below_an_article_and_tells_of_it_goes(line: str) -> None:
    assert text_of(P1, P2, P3, line) == [P1, P2, P3]


@pytest.mark.parametrize(
    "line",
    [
        "Correction: An earlier version of this story misstated the number of passengers, which is 212.",
        "Fog contributed to the accident, the report said.",
        "News: An earlier report gave a wrong day for the accident. https://coastpost.example/ferry",
        "The ferry can be reached by boat from the harbour.",
    ],
)
def test_facts_below_an_article_stay(line: str) -> None:
    assert text_of(P1, P2, P3, line) == [P1, P2, P3, line]


def test_a_title_loses_its_outlets_name_and_names_it() -> None:
    url = "https://www.coastpost.example/2019/03/05/ferry"
    article = clean(raw(P1, P2, title="Ferry runs aground | The Coast Post", url=url), NOW)
    assert (article.title, article.outlet, article.outlet_source) == ("Ferry runs aground", "The Coast Post", "text")
    kept = clean(raw(P1, P2, title="Ferry runs aground - live updates", url=url), NOW)
    assert (kept.title, kept.outlet, kept.outlet_source) == (
        "Ferry runs aground - live updates",
        "coastpost.example",
        "url",
    )


def test_an_outlet_says_how_it_is_known() -> None:
    assert clean(raw(P1, P2, outlet="Coast Post"), NOW).outlet_source == "metadata"
    assert clean(raw(P1, P2, outlet="Coast Post", outlet_source="text"), NOW).outlet_source == "text"
    assert clean(raw(P1, P2, "Source: AFP"), NOW).outlet_source == "text"
    assert (clean(raw(P1, P2), NOW).outlet, clean(raw(P1, P2), NOW).outlet_source) == (None, "unknown")


def test_a_day_comes_from_the_address_before_the_text_and_the_file_last() -> None:
    url = "https://coastpost.example/2019/03/05/ferry"
    assert clean(raw("March 6, 2019", P1, P2, url=url), NOW).published_at == "2019-03-05"
    future = clean(raw(P1, P2, url="https://coastpost.example/2199/03/05/ferry"), NOW)
    assert (future.published_at, future.published_at_source) == (None, "unknown")
    made = clean(raw(P1, P2, created_on="2019-03-07"), NOW)
    assert (made.published_at, made.published_at_source) == ("2019-03-07", "inferred")
    assert clean(raw("March 6, 2019", P1, P2, created_on="2019-03-07"), NOW).published_at == "2019-03-06"
    assert clean(raw(P1, P2, created_on="2199-03-07"), NOW).published_at is None


@pytest.mark.parametrize(
    "line",
    ["June 19: The Singers", "Ilse Roe, “The Reef”", "Fare to Tholm: $12", "Harbours (three)", "6. You and your boat"],
)
def test_short_lines_that_state_something_are_no_headings(line: str) -> None:
    assert text_of(P1, line, P2, P3) == [P1, line, P2, P3]


def test_names_in_a_list_are_no_bylines() -> None:
    names = ["Jan Doe", "Ilse Roe", "Ann Poe", "Tom Loe"]
    assert text_of(P1, P2, *names) == [P1, P2, *names]


def test_a_rating_of_credit_is_not_a_picture_credit() -> None:
    assert text_of(P1, P2, P3, "Credit rating of the harbour: B2") == [P1, P2, P3, "Credit rating of the harbour: B2"]
    assert text_of(P1, P2, P3, "Photo credit: Jan Doe") == [P1, P2, P3]
