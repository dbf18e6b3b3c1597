"""``copydesk eval --bench``: parts, archives, resuming, and figures against values worked out by hand."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from eval import choices, runner
from eval.bench import archives, clapnq, mtrag_un, multihop_rag, realtimeqa, refusals, run, splits, squad2
from eval.bench.base import Figure, Text, told
from eval.bench.matching import holds, normal
from rag.config import Settings
from tests.fakes_embedder import KeywordEmbedder
from tests.fakes_eval import answer

SAID = told(answer("It did.", ("a", "It did.")))
SILENT = told(answer(status="not_found", reason="weak_evidence"))


def value(figures: Sequence[Figure], key: str) -> float | None:
    return next(f.value for f in figures if f.key == key)


def said(text: str, *quotes: str) -> dict[str, Any]:
    return told(answer(text, *[("a", quote) for quote in quotes or (text,)]))


# --- parts and samples ----------------------------------------------------------------------------


def test_a_document_is_in_one_part_and_parts_have_their_size() -> None:
    counts = dict.fromkeys(splits.PARTS, 0)
    for n in range(2000):
        counts[splits.part(f"document {n}")] += 1
    assert 1120 < counts["fit"] < 1280 and 330 < counts["choose"] < 470 and 330 < counts["report"] < 470


# --- whether an answer holds the gold one ---------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He won 21% of the vote.", "Twenty-one percent"),
        ("It was renewed: 'Squid Game' is back.", "“Squid Game”"),
        ("Balancing for ten seconds may tell.", "10 seconds"),
        ("They won at the Tonys, the Tony Awards.", "The Tony Awards"),
        ("It cost 5 dollars.", "$5"),
        ("About 1,200 left the U.S. on Friday.", "1200 left the US"),
        ("Beyoncé's album is out.", "Beyonce"),
        ("Finland, then Sweden were invited.", "Sweden and Finland"),
        ("Liz Cheney lost her seat.", "Rep. Liz Cheney"),
    ],
)
def test_wording_that_means_nothing_is_set_aside(text: str, expected: str) -> None:
    assert holds(text, expected)


@pytest.mark.parametrize(("text", "expected"), [("It took 100 seconds.", "10 seconds"), ("Iran", "Iraq"), ("x", "the")])
def test_other_answers_are_not_held(text: str, expected: str) -> None:
    assert not holds(text, expected)


def test_written_numbers_are_joined_as_numbers() -> None:
    assert normal("sixty-two and twenty") == ["62", "and", "20"]


# --- figures --------------------------------------------------------------------------------------


def test_refusal_figures() -> None:
    rows = [
        {"answerable": True, "answer": {**SAID, "answerability": 0.9}},
        {"answerable": True, "answer": {**SILENT, "answerability": 0.3}},  # a false refusal
        {"answerable": True, "answer": SAID},  # decided by code: counts as 1
        {"answerable": False, "answer": {**SILENT, "answerability": 0.2}},
        {"answerable": False, "answer": {**SAID, "answerability": 0.6}},  # missed
        {"answerable": False, "answer": SILENT},  # hopeless: counts as 0
    ]
    figures = refusals.refusal_figures(rows, false_reach=0.15)
    assert value(figures, "refusal_precision") == pytest.approx(2 / 3)
    assert value(figures, "refusal_recall") == pytest.approx(2 / 3)
    assert value(figures, "refusal_f1") == pytest.approx(2 / 3)
    assert value(figures, "false_refusals") == pytest.approx(1 / 3)
    # positives .9 .3 1, negatives .2 .6 0: .9 beats 3, .3 beats 2, 1 beats 3 -> 8 of 9
    assert value(figures, "auroc") == pytest.approx(8 / 9)
    assert next(f for f in figures if f.key == "false_refusals").met is False


def test_clapnq_counts_the_sentences_a_quote_holds() -> None:
    sentences = ["One is here .", "Two is there , too .", "Three ."]
    assert clapnq.cited(sentences, ["Two is there, too."]) == {1}
    assert clapnq.cited(sentences, ["One is here. Two is"]) == {0}  # 5 of 15 characters of the second are too few
    assert clapnq.cited(sentences, ["Nowhere."]) == set()


def test_clapnq_citations_are_averaged_over_answered_questions() -> None:
    sentences = ["One is here.", "Two is there.", "Three is near.", "Four is far."]
    row = {"answerable": True, "sentences": sentences, "selected": sentences[:2]}
    rows = [
        {**row, "answer": said("x", sentences[0])},  # precision 1, recall 1/2
        {**row, "answer": said("x", sentences[1], sentences[2], sentences[3])},  # precision 1/3, recall 1/2
        {**row, "answer": SILENT},
        {**row, "answerable": False, "selected": [], "answer": SILENT},
    ]
    figures = clapnq.score(rows)
    assert value(figures, "citation_precision") == pytest.approx(2 / 3)
    assert value(figures, "citation_recall") == pytest.approx(1 / 2)
    assert value(figures, "refusal_f1") == pytest.approx(2 / 3)  # precision 1/2, recall 1


def test_realtimeqa_wants_the_answer_within_40_words() -> None:
    row = {"gold": ["Colombia"], "articles": ["g"], "ranked": ["x", "g"]}
    long = "Colombia " + "and so on " * 14  # 43 words
    rows = [
        {**row, "answer": said("Colombia elected him.")},
        {**row, "answer": said(long), "ranked": ["g"]},
        {**row, "answer": SILENT, "ranked": ["x"]},
        {**row, "answer": said("Peru did."), "ranked": []},
    ]
    figures = realtimeqa.score(rows)
    assert value(figures, "contained") == 0.25
    assert value(figures, "of_answered") == pytest.approx(1 / 3)
    assert value(figures, "hit1") == 0.25 and value(figures, "hit5") == 0.5


def test_multihop_always_yes_scores_a_third() -> None:
    def row(kind: str, gold: str) -> dict[str, Any]:
        return {"kind": kind, "gold": gold, "answerable": kind != "null_query", "answer": said("Yes, it does.")}

    rows = [row("inference_query", "Google"), row("null_query", "Insufficient information.")]
    rows += [row(kind, gold) for kind in multihop_rag.CLOSED for gold in ("Yes", "Yes", "no", "True", "Consistent")]
    figures = multihop_rag.score(rows)
    assert value(figures, "others") == pytest.approx(1 / 3)
    assert value(figures, "comparison") == 0.5
    assert value(figures, "null_refused") == 0.0


def test_multihop_inference_is_right_when_the_name_is_told() -> None:
    row = {"kind": "inference_query", "gold": "Sam Bankman-Fried", "answerable": True}
    assert multihop_rag.right({**row, "answer": said("Sam Bankman-Fried was charged.")})
    assert not multihop_rag.right({**row, "answer": SILENT})


def test_mtrag_counts_partial_and_underspecified_turns_apart() -> None:
    def row(kind: str, answer: Mapping[str, Any]) -> dict[str, Any]:
        return {"kind": kind, "answerable": kind == "ANSWERABLE", "answer": answer, "contexts": []}

    rows = [
        row("ANSWERABLE", SAID),
        row("ANSWERABLE", SILENT),
        row("UNANSWERABLE", SILENT),
        row("PARTIAL", SILENT),
        row("UNDERSPECIFIED", SAID),
    ]
    figures = mtrag_un.score(rows)
    assert value(figures, "refusal_recall") == 1.0 and value(figures, "false_refusals") == 0.5
    assert value(figures, "refused_partial") == 1.0 and value(figures, "refused_underspecified") == 0.0


# --- the archive ----------------------------------------------------------------------------------

TEXTS = [
    Text("p1", "The ferry Aurora carried 212 passengers when it ran aground on Tuesday morning.", "Aurora"),
    Text("p2", "# The mill\n\nThe [mill](https://example.org/mill) burned for three hours.", markdown=True),
]  # fmt: skip


def settings(tmp_path: Path) -> Settings:
    return Settings(archive_dir=tmp_path / "never", models_dir=tmp_path / "models", embedder="keywords")


def test_an_archive_is_built_once_and_again_when_its_articles_change(tmp_path: Path) -> None:
    embedder = KeywordEmbedder()
    built = archives.build("b", TEXTS, settings(tmp_path), tmp_path, None, embedder)
    encoded = len(embedder.encoded)
    assert (built.articles, built.skipped) == (2, ()) and encoded == built.passages
    again = archives.build("b", TEXTS, settings(tmp_path), tmp_path, None, embedder)
    assert again == built and len(embedder.encoded) == encoded
    other = archives.build("b", TEXTS[:1], settings(tmp_path), tmp_path, None, embedder)
    assert other.articles == 1 and other.settings.archive_dir != built.settings.archive_dir
    assert len(embedder.encoded) == encoded  # its passages were embedded before


def test_a_closed_context_is_asked_alone(tmp_path: Path) -> None:
    from rag.archive import Archive
    from rag.types import Filter

    built = archives.build("b", TEXTS, settings(tmp_path), tmp_path, None, KeywordEmbedder())
    with Archive.open(built.settings, embedder=KeywordEmbedder()) as archive:
        hits = archive.search("How many passengers did the ferry carry?", 8, Filter(sources=("p2",)))
        assert {hit.article.id for hit in hits} == {"p2"}
        assert "mill burned" in hits[0].passage.text  # the link's address is gone, its words stay
        assert hits[0].article.title == "The mill"


def test_comments_and_layout_of_the_program_do_not_count(tmp_path: Path) -> None:
    a, b, c = tmp_path / "a.py", tmp_path / "b.py", tmp_path / "c.py"
    a.write_text('"""Doc."""\n\ndef f(x):\n    """Doc."""\n    return x + 1  # why\n')
    b.write_text('"""Other."""\ndef f(x):\n    """Said anew."""\n    return (x\n      + 1)\n')
    c.write_text("def f(x):\n    return x + 2\n")
    assert archives.code_hash([a]) == archives.code_hash([b]) != archives.code_hash([c])


# --- the command ----------------------------------------------------------------------------------

ROWS = [
    {"id": f"q{n}", "title": "T", "context": f"The ferry number {n} carried {n + 20} passengers on Monday.",
     "question": f"How many passengers did ferry {n} carry?", "is_impossible": n % 2 == 0, "answers": []}
    for n in range(30)
]  # fmt: skip


class Desk:
    """Answers every question; fails with ``error`` on the questions named."""

    def __init__(self, broken: Mapping[str, BaseException] | None = None) -> None:
        self.asked: list[tuple[str, tuple[str, ...]]] = []
        self.broken = dict(broken or {})

    def warm(self) -> None: ...

    def ask(self, question: str, *, sources: Sequence[str] = ()) -> Any:
        if question in self.broken:
            raise self.broken[question]
        self.asked.append((question, tuple(sources)))
        return answer("It carried some.", ("a", "It carried some."))


@pytest.fixture
def bench_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bench" / "squad2"
    folder.mkdir(parents=True)
    with gzip.open(folder / "dev.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join(map(json.dumps, ROWS)))
    monkeypatch.setenv("COPYDESK_BENCH_DIR", str(folder.parent))
    return folder.parent


def command(tmp_path: Path, desk: Desk, *arguments: str) -> int:
    @contextmanager
    def open_desk(_: Settings) -> Iterator[Desk]:
        yield desk

    options = choices.parse(["--bench", "squad2", *arguments])
    return run.main(options, open_desk=open_desk, cache=tmp_path / "cache", embedder=KeywordEmbedder())  # type: ignore[arg-type]


def test_a_run_tells_its_figures_beside_the_published_ones(
    bench_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk, out = Desk(), tmp_path / "out.json"
    assert command(tmp_path, desk, "--part", "all", "--json", str(out), "--html", str(tmp_path / "out.html")) == 0
    assert len(desk.asked) == 30 and all(len(sources) == 1 for _, sources in desk.asked)
    shown = capsys.readouterr()
    assert "Refusal F1" in shown.out and "GPT-4o" in shown.out and "0.728" in shown.out
    assert "30 of 30" in shown.err
    data = json.loads(out.read_text())
    figures = {f["key"]: f for f in data["figures"]}
    assert figures["false_refusals"]["value"] == 0.0 and figures["false_refusals"]["cases"] == 15
    assert len(data["rows"]) == 30 and data["rows"][0]["answer"]["text"].startswith("It carried")
    assert "GPT-4o" in (tmp_path / "out.html").read_text()


def test_a_stopped_run_goes_on_and_more_can_be_asked_later(
    bench_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = Desk()
    assert command(tmp_path, first, "--part", "all", "--limit", "5") == 0
    order = [question for question, _ in first.asked]
    second = Desk()
    assert command(tmp_path, second, "--part", "all", "--limit", "8") == 0
    assert len(second.asked) == 3 and not {q for q, _ in second.asked} & set(order)
    assert "5 of 8 were asked before" in capsys.readouterr().err
    third = Desk()
    assert command(tmp_path, third, "--part", "all", "--limit", "8", "--fresh") == 0
    assert [q for q, _ in third.asked][:5] == order  # always the same cases in the same order


def test_a_case_that_fails_is_told_and_asked_again_next_time(
    bench_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    question = "How many passengers did ferry 3 carry?"
    assert command(tmp_path, Desk({question: ValueError("no")}), "--part", "all") == 1
    assert "Failed: q3: ValueError: no" in capsys.readouterr().out
    again = Desk()
    assert command(tmp_path, again, "--part", "all") == 0
    assert [q for q, _ in again.asked] == [question]


def test_ctrl_c_keeps_what_was_asked(bench_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        command(tmp_path, Desk({"How many passengers did ferry 3 carry?": KeyboardInterrupt()}), "--part", "all") == 130
    )
    assert "goes on from here" in capsys.readouterr().out


def test_what_is_not_there_is_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("COPYDESK_BENCH_DIR", raising=False)
    assert runner.main(["--bench", "squad2"]) == 0
    assert "Skipped squad2: set COPYDESK_BENCH_DIR" in capsys.readouterr().out
    monkeypatch.setenv("COPYDESK_BENCH_DIR", str(tmp_path))
    assert runner.main(["--bench", "clapnq"]) == 0
    assert "there is no clapnq/answerable_dev.jsonl.gz" in capsys.readouterr().out


def test_a_benchmark_takes_no_questions_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert runner.main(["mine.jsonl", "--bench", "squad2"]) == 2
    assert "A benchmark has its own questions" in capsys.readouterr().err


def test_squad_is_split_by_paragraph(bench_dir: Path) -> None:
    cases = squad2.load(bench_dir)
    assert {case.document for case in cases} == {row["context"] for row in ROWS}
    assert {text.id for text in squad2.texts(bench_dir)} == {case.data["context"] for case in cases}
