"""What cleaning takes out of RealTimeQA's pages, and what that does to search.

    python -m eval.furniture                  lines and words taken out, passages, and BM25's hit@k over articles
    python -m eval.furniture --sample 100     that many different lines that were taken out, to be read by hand

The pages are compared as they are, cleaned one by one, and cleaned with the lines that their outlets repeat taken out
too. Questions are those of the benchmark with an article that holds the answer; all are asked of the whole index.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from eval.bench import realtimeqa
from eval.bench.base import Case, Text
from eval.metrics import hit_rate, mean_reciprocal_rank
from rag.config import load_settings
from rag.errors import SourceError
from rag.intake import clean, repeats
from rag.intake.chunk import chunk
from rag.search.bm25 import BM25Index
from rag.text.unicode import normalise
from rag.types import Article, RawDocument

NOW = "2026-01-01T00:00:00+00:00"
DEPTH = 10
ARTICLE = 3000  # words of a long article


@dataclass(frozen=True, slots=True)
class Texts:
    """The archive in one state. ``dropped`` are the lines taken out so far, each as often as it was."""

    name: str
    articles: Mapping[str, Article]
    dropped: Counter[str]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, metavar="N", help="print N dropped lines of each kind instead")
    options = parser.parse_args(argv)
    folder = load_settings().bench_dir
    if folder is None:
        print("Skipped: set COPYDESK_BENCH_DIR to the folder that holds the benchmarks' data.")
        return 0
    states = list(archive_states(list(realtimeqa.texts(folder))))
    if options.sample:
        print_sample(states, options.sample)
        return 0
    cases = [case for case in realtimeqa.load(folder) if case.data["articles"]]
    print(f"{len(cases)} questions over {len(states[0].articles)} articles")
    print("                          lines out  words out  passages  hit@1  hit@5  MRR@10  furniture in first 5")
    known = set().union(*(state.dropped for state in states))
    for state in states:
        print(row(state, cases, known))
    return 0


def archive_states(texts: Sequence[Text]) -> Iterator[Texts]:
    """The pages as they are, cleaned, and cleaned with repeated lines out. What is empty after cleaning stays as it is,
    so that all three hold the same articles."""
    plain = {text.id: as_it_is(text) for text in texts}
    yield Texts("as they are", plain, Counter())
    cleaned: dict[str, Article] = {}
    dropped: Counter[str] = Counter()
    began = time.process_time()
    for text in texts:
        try:
            result = clean.explain(document(text), NOW)
        except SourceError:
            cleaned[text.id] = plain[text.id]
            continue
        cleaned[text.id] = result.article
        dropped.update(line.text for line in result.dropped)
    words = sum(len(article.text.split()) for article in plain.values())
    print(f"Cleaning took {1000 * (time.process_time() - began) * ARTICLE / words:.1f} ms for {ARTICLE:,} words.")
    yield Texts("cleaned", cleaned, dropped)
    stripped, more = without_repeats(cleaned)
    yield Texts("and repeated lines out", stripped, dropped + more)


def as_it_is(text: Text) -> Article:
    body = "\n\n".join(line for line in normalise(text.text).split("\n") if line)
    return Article(text.id, body, hashlib.sha256(body.encode()).hexdigest(), text.title, text.outlet, url=text.url)


def document(text: Text) -> RawDocument:
    return RawDocument(
        key=text.id,
        path=text.id,
        text=text.text,
        title=text.title,
        outlet=text.outlet,
        published_at=text.published_at,
        published_at_source="metadata",
        url=text.url,
    )


def without_repeats(articles: Mapping[str, Article]) -> tuple[dict[str, Article], Counter[str]]:
    """As an ingest does it: counted over distinct texts of each outlet, then taken out."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    seen: dict[str, set[str]] = defaultdict(set)
    who = {key: repeats.outlet_key(article.outlet, article.url) for key, article in articles.items()}
    for key, article in articles.items():
        outlet = who[key]
        if outlet and article.content_hash not in seen[outlet]:
            seen[outlet].add(article.content_hash)
            counts[outlet].update(repeats.line_keys(article.text))
    learnt = {outlet: repeats.furniture(len(seen[outlet]), counts[outlet]) for outlet in counts}
    stripped: dict[str, Article] = {}
    dropped: Counter[str] = Counter()
    for key, article in articles.items():
        found = repeats.strip(article.text, learnt.get(who[key] or "", frozenset()))
        digest = hashlib.sha256(found.text.encode()).hexdigest()
        stripped[key] = replace(article, text=found.text, content_hash=digest)
        dropped.update(found.dropped)
    return stripped, dropped


def row(state: Texts, cases: Sequence[Case], known: set[str]) -> str:
    """``known`` are all lines that any state drops: how many of the five best passages hold one is told last."""
    passages = {p.id: (p, key) for key, article in state.articles.items() for p in chunk(article)}
    titles = {key: article.title or "" for key, article in state.articles.items()}
    index = BM25Index.build(list(passages), [f"{titles[key]}\n{p.text}" for p, key in passages.values()])
    ranked, held = [], 0
    for case in cases:
        hits = [passages[i] for i, _ in index.query(case.data["question"], 20 * DEPTH)]
        ranked.append(list(dict.fromkeys(key for _, key in hits))[:DEPTH])
        held += sum(any(line in known for line in passage.text.split("\n\n")) for passage, _ in hits[:5])
    gold = [set(case.data["articles"]) for case in cases]
    words = sum(len(line.split()) * times for line, times in state.dropped.items())
    hit1, hit5 = (hit_rate(ranked, gold, k) for k in (1, 5))
    mrr = mean_reciprocal_rank(ranked, gold, DEPTH)
    taken = f"{state.name:25} {state.dropped.total():9,} {words:10,} {len(passages):9,}"
    return f"{taken}  {hit1:.3f}  {hit5:.3f}   {mrr:.3f}  {held / (5 * len(cases)):.3f}"


def print_sample(states: Sequence[Texts], number: int) -> None:
    before: Counter[str] = Counter()
    for state in states[1:]:
        lines = sorted((state.dropped - before), key=lambda line: hashlib.sha256(line.encode()).hexdigest())
        print(f"--- {state.name}: {len(lines):,} different lines taken out")
        for line in lines[:number]:
            print(f"{(state.dropped - before)[line]:4} {line[:200]}")
        before = state.dropped


if __name__ == "__main__":
    sys.exit(main())
