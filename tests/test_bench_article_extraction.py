from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from eval.bench import article_extraction as bench
from rag.config import load_settings

# Worked out by hand. The article "a b c d e" has the shingles abcd and bcde.


def test_shingles_count_runs_of_four_words_each_as_often_as_it_stands() -> None:
    assert bench.shingles("A b, c. D e!") == {("A", "b", "c", "D"): 1, ("b", "c", "D", "e"): 1}
    assert bench.shingles("x x x x x x") == {("x", "x", "x", "x"): 3}
    assert bench.shingles("only two") == {("only", "two"): 1}  # fewer than four words are one shingle
    assert bench.shingles(" – ") == {}


def test_counts_by_hand() -> None:
    assert bench.counts("a b c d e", "a b c d e") == (2, 0, 0)
    assert bench.counts("a b c d e", "a b c d") == (1, 0, 1)
    assert bench.counts("a b c d e", "z a b c d e") == (2, 1, 0)
    assert bench.counts("x x x x x x", "x x x x") == (1, 0, 2)  # of three equal shingles one was found
    assert bench.counts("A b c d", "a b c d") == (0, 1, 1)  # case is kept


def test_measures_are_means_over_pages_and_f1_is_made_of_them() -> None:
    pages = [(1, 1, 0), (3, 0, 1), (0, 0, 2), (0, 4, 0)]
    # precision: 1/2, 3/3, nothing extracted (left out), 0/4; recall: 1/1, 3/4, 0/2, no article (left out)
    assert bench.precision(pages) == pytest.approx((0.5 + 1 + 0) / 3)
    assert bench.recall(pages) == pytest.approx((1 + 0.75 + 0) / 3)
    assert bench.f1(pages) == pytest.approx(2 * 0.5 * (7 / 12) / (0.5 + 7 / 12))
    assert bench.f1([]) is None
    assert bench.f1([(0, 3, 2)]) == 0.0


def test_a_page_is_read_by_all_extractors_and_scored(tmp_path: Path) -> None:
    body = "".join(f"<p>{words}</p>" for words in PARAGRAPHS)
    html = f"<html><head><title>Ferry aground | Coast Post</title></head><body><article>{body}</article></body></html>"
    folder = tmp_path / "article_extraction" / "html"
    folder.mkdir(parents=True)
    (folder / "k.html.gz").write_bytes(gzip.compress(html.encode()))
    page = {"articleBody": " ".join(PARAGRAPHS), "url": "https://coastpost.example/2019/03/05/ferry"}
    (tmp_path / bench.TRUTH).write_text(json.dumps({"k": page}))
    (tmp_path / bench.PUBLISHED).write_text(json.dumps({"output": {"k": {"articleBody": PARAGRAPHS[0]}}}))
    row = bench.ask(None, bench.load(tmp_path)[0])
    figures = {figure.key: figure for figure in bench.score([row])}
    assert figures["cleaned_F1"].value == figures["trafilatura_F1"].value == 1.0
    assert figures["published_precision"].value == 1.0
    assert (figures["published_recall"].value or 1) < 1.0
    assert figures["gain"].value == 0.0 and figures["gain"].met
    assert row["day"] == ["2019-03-05", None, "unknown"]


PARAGRAPHS = [
    "The ferry Star of Tholm ran aground near Exampletown early on Tuesday, and all 212 passengers are ashore.",
    "Captain Ilse Roe told reporters that thick fog and a broken radar had left the crew without any view of the reef.",
    "The harbour master said that the ferry would be towed off at the next spring tide, if the weather allowed it.",
]


def test_the_published_output_scores_as_published() -> None:
    """The benchmark's table gives trafilatura 2.0.0 an F1 of .958 over all 181 pages, of which these are a part."""
    folder = load_settings().bench_dir
    if folder is None or not (folder / bench.TRUTH).is_file():
        pytest.skip("set COPYDESK_BENCH_DIR to run this")
    cases = bench.load(folder)
    counts = [bench.counts(case.data["article"], case.data["published"]) for case in cases]
    assert bench.f1(counts) == pytest.approx(0.958, abs=0.012)
