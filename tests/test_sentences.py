from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rag.text.sentences import split, split_complete


def sentences(text: str) -> list[str]:
    return [text[a:b] for a, b in split(text)]


@pytest.mark.parametrize(
    "parts",
    [
        ["He met Gen. Mark Milley in Washington, D.C. on Monday.", "The U.S. Army said so."],
        ["It works in the U.S.", "The plan failed."],
        ["Mr. Smith and Mrs. Jones arrived at 5 p.m.", "Officials waited."],
        ["The meeting is at 5 p.m. on Jan. 3 in room No. 5 of the hotel."],
        ["Maj. Gen. Chris Donahue left at 11:59 p.m. Aug. 30."],
        ["Polls close at 8 p.m. ET.", "They open at 6:30 a.m. Friday morning."],
        ["Now it is 9 a.m.", "Sunday’s vote begins."],
        ["J. K. Rowling and George W. Bush spoke.", "Then they left."],
        ["Prices rose 3.5 percent.", "A litre costs $1.20 now."],
        ["“We had to leave the city.” a source told AFP.", "They withdrew."],
        ["“We must go,” said the man.", "“There is no time.”"],
        ['"Is it over?" he asked.', '"No!" she said.'],
        ["‘We left.’", "‘They came.’", "The boys’ team won.", "It’s over."],
        ["He said: “Stop.", "Go home.”", "Then he left."],
        ["(He was late.)", "Then he left.", "[He knew.]", "Fine."],
        ["She lives near the border with Iran. .", "The next day came."],
        ["People must leave “immediately ”.", "Another thing happened."],
        ["He paused...", "Then he spoke.", "Wait… what?"],
        ["See https://example.com/a.b?c=d.", "The site is down."],
        ["Look at www.Foo.Bar/Baz.Html now.", "Write to John.Doe@Example.Com please."],
        ["Node.Js and ASP.NET are old.", "A.B. Smith met St.Louis fans."],
        ["About 1,000 sq. km. of land, approx. 3 million acres, burned.", "Fig. 3 shows it."],
        ["Rep. A. Smith and Dr. No won.", "Lt. Col. James Fry, Ph.D., spoke."],
        ["It was Aug. 8.", "Kunduz fell.", "In 2001.", "50 people died."],
        ["The ferry ran aground [1][2].", "It carried 212. [3]", '"Yes." [4]', "She wept. [5]"],
        ["¿Quién fue?", "Nadie.", "¡Vamos!"],
    ],
)
def test_news_text_is_split_where_a_reader_would(parts: list[str]) -> None:
    assert sentences(" ".join(parts)) == parts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("They fled the clashes.The army withdrew.", ["They fled the clashes.", "The army withdrew."]),
        ("They left Kunduz.The Taliban came.", ["They left Kunduz.", "The Taliban came."]),
        ("“It is over.”The man left.", ["“It is over.”", "The man left."]),
        ("“It is over.”a source said.", ["“It is over.”a source said."]),
        ("他来了。我走了!", ["他来了。", "我走了!"]),
        ("हम गए। वे आए।", ["हम गए।", "वे आए।"]),
    ],
)
def test_missing_spaces(text: str, parts: list[str]) -> None:
    assert sentences(text) == parts


def test_line_breaks() -> None:
    assert sentences("A headline\n\nHe came\nhome late. Yes.") == ["A headline", "He came\nhome late.", "Yes."]
    assert sentences("Three towns:\n- Kunduz\n- Herat\n2. Zaranj") == [
        "Three towns:",
        "- Kunduz",
        "- Herat",
        "2. Zaranj",
    ]
    assert sentences("1. First point\n2. Second point.") == ["1. First point", "2. Second point."]
    assert sentences("He came.\nShe left.\r\nThey ate.") == ["He came.", "She left.", "They ate."]


def test_nothing_to_split() -> None:
    assert split("") == split(" \n\n\t ") == []


def test_odd_white_space_and_huge_nesting_are_harmless() -> None:
    assert sentences("J.\u00a0K. Rowling left.\u2009She ran.") == ["J.\u00a0K. Rowling left.", "She ran."]
    assert len(split("(“" * 20_000)) == 1
    assert len(split("No. " * 20_000)) > 1


NASTY = st.text(alphabet="aZe. !?\n\t\"“”'’()[]12é😀…\u200b\u2028\u2029\u00a0。؟\x00A-,;:İГж", max_size=60)
PIECES = """He
Kunduz said. U.S. Gen. Milley 5 p.m. No. “Stop.” (late.) left!
Why? the and Aug. 8. p.m. ET Sunday Sunday’s May 3 [1] [1]. Dr. J. ran.Then
“We go,” - e.g. I Iran. . ... … 3.5 Inc. 。 ‘No.’ it’s *Yes.* he She"""
WORDS = st.lists(st.sampled_from([*PIECES.split(), "\n", "\n-", "\n\n"]), max_size=25).map(" ".join)


@settings(max_examples=300, deadline=None)
@given(st.one_of(NASTY, WORDS, st.text(max_size=60)))
@example("A\u2029.")
def test_spans_are_exact_ordered_and_complete(text: str) -> None:
    spans = split(text)
    position = 0
    for start, end in spans:
        assert position <= start < end <= len(text)
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip()
        position = end
    assert not text[position:].strip()


@settings(max_examples=400, deadline=None)
@given(st.one_of(NASTY, WORDS), st.integers(0, 200))
def test_a_complete_sentence_never_changes_when_more_text_comes(text: str, cut: int) -> None:
    done, rest = split_complete(text[:cut])
    assert done == split(text)[: len(done)]
    assert rest == (done[-1].end if done else 0)


def test_streaming_releases_each_sentence_one_word_later() -> None:
    text = "Yes. The ferry, No. 5 of Gen. Roe, ran aground. It carried 212 people.\n\nMore"
    seen = []
    for n in range(len(text) + 1):
        done, _ = split_complete(text[:n])
        seen.append([text[a:b] for a, b in done])
    assert seen[-1] == ["Yes.", "The ferry, No. 5 of Gen. Roe, ran aground.", "It carried 212 people."]
    assert seen[text.index("ferry") + 1] == ["Yes."]
    assert seen[text.index("carried") + 1][-1].endswith("aground.")
    assert split_complete("Done.") == ([], 0)
    assert [tuple(s) for s in split_complete("Done.\n\n")[0]] == [(0, 5)]
