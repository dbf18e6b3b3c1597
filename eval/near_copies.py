"""How many of an archive's near-copies are found, and how many pairs said to be near-copies are none.

    python -m eval.near_copies                 RealTimeQA's pages, taken in by the ordinary ingest
    python -m eval.near_copies --show 30       the pairs found, and as many that only just are none, to be read by hand
    python -m eval.near_copies --made 10000    pieces of those pages and copies made of them: cut down, edited, wrapped

Every pair of texts is compared here (shared 4-word shingles, by a product of sparse matrices), which an ingest never
does. A true pair has a containment of ``dedupe.NEAR`` or more. "Compared" are the true pairs that the ingest's
signatures brought together, "in one cluster" those that ended up in one, in which all are near-copies of all.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np

from eval.bench import realtimeqa
from rag.catalog import Catalog
from rag.config import load_settings
from rag.intake import clusters, dedupe, furniture, versions
from rag.intake import ingest as ingesting
from rag.text import shingles

NOW = "2026-01-01T00:00:00+00:00"
Pair = tuple[str, str]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--made", type=int, metavar="N", help="N articles, a fifth of them copies that were made")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print N pairs on both sides of the line")
    options = parser.parse_args(argv)
    folder = load_settings().bench_dir
    if folder is None:
        print("Skipped: set COPYDESK_BENCH_DIR to the folder that holds the benchmarks' data.")
        return 0
    rows = list(pages(folder))
    if options.made:
        rows = made([row["text"] for row in rows], options.made)
    with tempfile.TemporaryDirectory() as temporary, Catalog.open(Path(temporary) / "catalog.sqlite3") as catalog:
        file = Path(temporary) / "articles.jsonl"
        file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
        measure(catalog, file, options.show)
    return 0


def pages(folder: Path) -> Iterator[dict[str, str]]:
    for text in realtimeqa.texts(folder):
        values = {"title": text.title, "text": text.text, "source": text.outlet, "date": text.published_at}
        yield {key: value for key, value in {**values, "url": text.url}.items() if value}


def made(texts: Sequence[str], count: int) -> list[dict[str, str]]:
    """Pieces of 150 to 500 words, and for every four of them a copy of one; each title begins with the kind."""
    chance = random.Random(1)
    pieces: list[list[str]] = []
    for text in texts:
        words = text.split()
        while len(words) > 150:
            size = chance.choice((150, 300, 500))
            pieces.append(words[:size])
            words = words[size:]
    chance.shuffle(pieces)
    pieces = pieces[: count * 4 // 5]
    others = [word for piece in pieces[:50] for word in piece]
    rows = [("piece", piece) for piece in pieces]
    for number in range(count - len(pieces)):
        piece, other = chance.choice(pieces), chance.choice(pieces)
        kind = ("cut", "edited", "wrapped", "round-up")[number % 4]
        if kind == "cut":
            made = piece[: max(14, int(len(piece) * chance.uniform(0.1, 0.9)))]
        elif kind == "edited":
            rate = chance.uniform(0.005, 0.06)
            made = [chance.choice(others) if chance.random() < rate else word for word in piece]
        elif kind == "wrapped":
            around = int(len(piece) * chance.uniform(0.1, 1.5)) // 2
            made = [*other[:around], *piece, *other[-around:]]
        else:
            parts = [piece, *(chance.choice(pieces) for _ in range(chance.randint(1, 8)))]
            made = [word for part in chance.sample(parts, len(parts)) for word in part]
        rows.append((kind, made))
    return [{"title": f"{kind} {n}", "text": _sentences(words)} for n, (kind, words) in enumerate(rows)]


def _sentences(words: Sequence[str]) -> str:
    return "\n\n".join(" ".join(words[start : start + 60]).rstrip(".,;") + "." for start in range(0, len(words), 60))


def measure(catalog: Catalog, file: Path, show: int) -> None:
    began = time.monotonic()
    ingesting.ingest([file], catalog=catalog, now=NOW)
    versions.rechunk(catalog)
    furniture.settle(catalog)
    stored = time.monotonic()
    clusters.settle(catalog)
    settled = time.monotonic()
    texts = dict(catalog.rows("SELECT hash, text FROM contents"))
    words = sum(len(text.split()) for text in texts.values()) / len(texts)
    shares = {pair: share for pair, share in all_pairs(texts).items() if share >= dedupe.NEAR / 2}
    compared_all = time.monotonic()
    true = {pair for pair, share in shares.items() if share >= dedupe.NEAR}
    told = catalog.rows("SELECT min(one, two), max(one, two), share FROM near_pairs GROUP BY 1, 2")
    compared = {(one, two): share for one, two, share in told}
    near = {pair for pair, share in compared.items() if share >= dedupe.NEAR}
    together = same_cluster(catalog)
    print(f"{len(texts)} distinct texts of {catalog.stats()['articles']} articles, {words:.0f} words each at the mean")
    print(f"near-copies: {len(true)} pairs by comparing all pairs")
    print(f"compared:       {len(compared)} pairs, {len(near)} of them near-copies: recall {_share(near & true, true)}")
    print(f"in one cluster: {len(together)} pairs: precision {_share(together & true, together)}", end=", ")
    print(f"recall {_share(together & true, true)}; {len(set(catalog.cluster_of(texts).values()))} clusters")
    per = 1000 / len(texts)
    print(f"seconds per 1,000: {(settled - stored) * per:.2f} to sign, compare and cluster", end=", ")
    print(f"{(stored - began) * per:.1f} to read, clean, cut and store", end="; ")
    print(f"{(compared_all - settled) * per:.2f} to compare all pairs")
    kind = {content_hash: (title or "").partition(" ")[0] for content_hash, title in catalog.titles().items()}
    if "round-up" in kind.values():
        of_two = ("round-up", "wrapped")  # they may hold two stories, which must not become one
        plain = {pair for pair in true if not any(kind[h] in of_two for h in pair)}
        print(f"pieces, cut and edited alone: compared {_share(near & plain, plain)}", end=", ")
        print(f"in one cluster {_share(together & plain, plain)}")
        lost = Counter(" and ".join(sorted(kind[h] for h in pair)) for pair in true - together)
        print("not in one cluster:", ", ".join(f"{kinds} {n}" for kinds, n in lost.most_common(8)))
    if show:
        print_pairs(catalog, sorted(((shares[p], p) for p in true), reverse=True)[:show], together)
        print_pairs(
            catalog, sorted(((s, p) for p, s in shares.items() if p not in true), reverse=True)[:show], together
        )


def all_pairs(texts: Mapping[str, str]) -> dict[Pair, float]:
    """The containment of every pair of texts, by content hash, that share a shingle and are long enough to tell."""
    from scipy.sparse import csr_matrix

    hashes = sorted(texts)
    sets = [shingles.shingles(texts[h]) for h in hashes]
    sizes = np.array([len(s) for s in sets])
    columns, numbers = np.unique(np.concatenate(sets), return_inverse=True)
    table = csr_matrix(
        (np.ones(len(numbers), np.int32), numbers, np.concatenate(([0], np.cumsum(sizes)))),
        shape=(len(sets), len(columns)),
    )
    found: dict[Pair, float] = {}
    for start in range(0, len(sets), 500):
        shared = (table[start : start + 500] @ table.T).tocoo()
        one, two = shared.row + start, shared.col
        fewest = np.minimum(sizes[one], sizes[two])
        keep = (one < two) & (fewest >= shingles.FEWEST)
        for i, j, share in zip(one[keep], two[keep], shared.data[keep] / fewest[keep], strict=True):
            if share >= dedupe.NEAR / 2:
                found[hashes[i], hashes[j]] = float(share)
    return found


def same_cluster(catalog: Catalog) -> set[Pair]:
    groups: dict[str, list[str]] = {}
    for content_hash, cluster in catalog.rows("SELECT hash, cluster FROM contents ORDER BY hash"):
        groups.setdefault(cluster, []).append(content_hash)
    return {pair for group in groups.values() for pair in combinations(group, 2)}


def print_pairs(catalog: Catalog, pairs: Sequence[tuple[float, Pair]], together: set[Pair]) -> None:
    for share, pair in pairs:
        print(f"\n{share:.3f} {'one cluster' if pair in together else 'apart'}")
        for content_hash in pair:
            article = catalog.articles_by_content(content_hash)[0]
            words = len(article.text.split())
            print(f"    {article.published_at} {article.outlet}, {words} words: {article.title}\n        {article.url}")


def _share(part: set[Pair], whole: set[Pair]) -> str:
    return f"{len(part) / len(whole):.4f} ({len(part)} of {len(whole)})" if whole else "-"


if __name__ == "__main__":
    sys.exit(main())
