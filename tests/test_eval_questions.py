"""Question files: strict checks by line number, and the matching rule."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.choices import ARTICLES, HERE
from eval.known import check, load, matches, without_markers
from rag.errors import InputError
from rag.sources import read_paths
from rag.types import Message

GOOD = {
    "id": "a1",
    "question": "How many?",
    "history": [{"role": "user", "content": "Was there a ferry?"}],
    "expect": "answered",
    "as_of": "2019-03-06",
    "must_contain": [["212", "two hundred*"]],
    "must_not_contain": ["213"],
    "gold_sources": ["ferry"],
    "conflict_values": [],
    "tags": ["number"],
}


def file(tmp_path: Path, *records: object) -> Path:
    path = tmp_path / "q.jsonl"
    path.write_text("\n".join(r if isinstance(r, str) else json.dumps(r) for r in records), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("alternative", "text", "met"),
    [
        ("212", "It carried 212 passengers.", True),
        ("212", "It carried 2125 passengers.", False),
        ("250", "It carried 1,250 passengers.", False),
        ("1,250", "It carried 1,250 passengers.", True),
        ("1250", "It carried 1,250 passengers.", False),  # formats are alternatives, not normalised
        ("12", "12,000 soldiers", False),
        ("12", "12.5 million", False),
        ("12", "It was 12.", True),
        ("12", "12, then 13", True),
        ("May 28", "On May 28,2021 they left", True),
        ("encircl*", "The town was ENCIRCLED.", True),
        ("encircl", "The town was encircled.", False),
        ("circled", "The town was encircled.", False),
        ("ran ashore", "it ran\n ashore", True),
        ("24-48", "in 24–48 hours", True),
        ("don't", "They don’t say", True),
        ("no", "Now it is known", False),
        ("no", "No, it is not.", True),
        ("U.S", "the U.S. army", True),
        ("four*", "the fourth city", True),
        ("£48.2 million", "a budget of £48.2 million", True),
        ("20", "a 20-year war", True),
    ],
)
def test_matching_rule(alternative: str, text: str, met: bool) -> None:
    assert matches(alternative, text) is met


def test_citation_markers_never_pass_for_numbers() -> None:
    assert without_markers("Many died [8][12].") == "Many died."
    assert without_markers("Many died.[8]") == "Many died."


@given(st.text(min_size=1).filter(lambda s: s.strip() and "*" not in s), st.text())
def test_matching_never_fails_and_finds_a_word_in_itself(alternative: str, text: str) -> None:
    assert matches(alternative, text) in (True, False)
    assert matches("ferry", f"{text} ferry {text}")


def test_a_good_line_is_read_in_full(tmp_path: Path) -> None:
    (question,) = load(file(tmp_path, GOOD, ""), {"ferry"})
    assert question.history == (Message("user", "Was there a ferry?"),)
    assert question.must_contain == (("212", "two hundred*"),)
    assert question.as_of == "2019-03-06"
    assert question.answerable


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"expect": "maybe"}, "expect is 'maybe'"),
        ({"extra": 1}, "unknown key 'extra'"),
        ({"gold_sources": ["nowhere"]}, "unknown gold source 'nowhere'"),
        ({"gold_sources": []}, "needs gold_sources"),
        ({"must_contain": []}, "needs must_contain"),
        ({"must_contain": ["212"]}, "must_contain"),
        ({"must_contain": [[]]}, "must_contain"),
        ({"must_contain": [["*"]]}, "a * may only end a word"),
        ({"must_contain": [["a*b"]]}, "a * may only end a word"),
        ({"must_not_contain": [["213"]]}, "must_not_contain"),
        ({"tags": "number"}, "tags is not a list"),
        ({"as_of": "last week"}, "as_of is 'last week'"),
        ({"as_of": 5}, "as_of is 5"),
        ({"history": [{"role": "system", "content": "x"}]}, "each turn of history"),
        ({"question": "  "}, "question"),
        ({"expect": "conflicting"}, "at least two conflict_values"),
    ],
)
def test_a_bad_line_is_named_with_its_number(tmp_path: Path, change: dict[str, object], said: str) -> None:
    questions, problems = check(file(tmp_path, GOOD, GOOD | {"id": "a2"} | change), {"ferry"})
    assert [q.id for q in questions] == ["a1"]
    assert [p.line for p in problems] == [2]
    assert said in problems[0].message


def test_missing_keys_broken_json_and_double_ids(tmp_path: Path) -> None:
    _, problems = check(file(tmp_path, GOOD, '{"id": "a2"}', "{not json", "[]", GOOD))
    assert [p.line for p in problems] == [2, 3, 4, 5]
    assert "missing key 'question', 'expect'" in problems[0].message
    assert "not JSON" in problems[1].message
    assert "stands already in line 1" in problems[3].message


def test_load_names_every_bad_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"line 1: .*\n.*line 2: "):
        load(file(tmp_path, "{", "["))


def test_unreadable_files_say_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no question file"):
        load(tmp_path / "none.jsonl")
    binary = tmp_path / "binary.jsonl"
    binary.write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(InputError, match="not UTF-8"):
        load(binary)
    with pytest.raises(InputError, match="no questions"):
        load(file(tmp_path, ""))


@pytest.mark.parametrize("name", sorted(ARTICLES))
def test_the_committed_sets_are_sound(name: str) -> None:
    """Every gold answer of a question without history or `as_of` stands in its gold sources, in some wording."""
    documents = {d.key: d.text for d in read_paths([ARTICLES[name]])[0]}
    questions = load(HERE / "questions" / f"{name}.jsonl", documents)
    least = {"seeds": 20, "disputes": 0}.get(name, 12)  # the disputes are all answerable
    assert sum(not q.answerable for q in questions) >= least
    for question in questions:
        text = "\n".join(documents[source] for source in question.gold_sources)
        groups = question.conflict_values if question.expect == "conflicting" else question.must_contain
        for group in groups:
            if "yes" in group or "no" in group:
                continue  # the answer's own word, not the article's
            assert any(matches(alternative, text) for alternative in group), (question.id, group)
