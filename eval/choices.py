"""What ``copydesk eval`` can be told, and which files that means."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from eval.bench.names import NAMES
from eval.bench.splits import PARTS
from eval.known import KnownQuestion
from rag.errors import InputError
from rag.sources import read_paths

HERE = Path(__file__).resolve().parent
ARTICLES = {
    "seeds": HERE.parent / "seeds",
    "invented": HERE / "questions" / "invented",
    "gazette": HERE / "questions" / "gazette",
    "unseen": HERE / "questions" / "unseen",
    "disputes": HERE / "questions" / "disputes",
}


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """The options; a set's own question file is that set, however it was named. Raises SystemExit or InputError."""
    options = _parser().parse_args(argv)
    if options.bench and (options.questions or options.check or options.tag or options.articles):
        raise InputError("A benchmark has its own questions and articles.", "Drop the other arguments.")
    for name in ARTICLES:
        if options.questions and options.questions.resolve() == of_set(name)[0]:
            options.set, options.questions = name, None
    return options


def files(options: argparse.Namespace) -> tuple[Path, Path]:
    """The question file and the folder of its articles."""
    questions, articles = of_set(options.set)
    articles = options.articles or articles
    if not articles.is_dir():
        raise InputError(f"There is no folder of articles {articles}.", "Name one with --articles.")
    return options.questions or questions, articles


def of_set(name: str) -> tuple[Path, Path]:
    """A set's own question file and the folder of its articles."""
    return HERE / "questions" / f"{name}.jsonl", ARTICLES[name]


def article_ids(articles: Path) -> frozenset[str]:
    """The ids that the folder's articles get when they are read in."""
    documents, _ = read_paths([articles])
    return frozenset(document.key for document in documents)


def chosen(questions: Sequence[KnownQuestion], options: argparse.Namespace) -> list[KnownQuestion]:
    if options.limit is not None and options.limit < 1:
        raise InputError(f"--limit is {options.limit}.", "Give a number of 1 or more.")
    chosen = [known for known in questions if options.tag is None or options.tag in known.tags]
    if not chosen:
        tags = ", ".join(sorted({tag for known in questions for tag in known.tags}))
        raise InputError(f"No question has the tag {options.tag!r}.", f"Tags in this file: {tags}.")
    return chosen[: options.limit]


def name(options: argparse.Namespace) -> str:
    return options.questions.stem if options.questions else str(options.set)


def baseline_path(options: argparse.Namespace) -> Path | None:
    """The baseline to use: None where there is none to compare with or only a part is asked.

    A set has its own; for a user's own questions it is the one named with ``--baseline``.
    """
    named = options.baseline if options.baseline != "none" else None
    own = None if options.questions else HERE / "baselines" / f"{options.set}.json"
    if options.update_baseline:
        if partial(options):
            raise InputError("A part of the questions makes no baseline.", "Drop --limit, --tag and --articles.")
        if not named and not own:
            raise InputError("Your own questions have no baseline yet.", "Name its file with --baseline FILE.")
        return Path(named) if named else own
    if options.baseline == "none" or partial(options):
        return None
    if named:
        return Path(named)
    return own if own and own.is_file() else None


def partial(options: argparse.Namespace) -> bool:
    """Whether this run can't stand for its question set: fewer questions, or a set's questions on other articles."""
    other_articles = options.articles is not None and options.questions is None
    return options.limit is not None or options.tag is not None or other_articles


def why_not_compared(options: argparse.Namespace) -> str:
    if options.baseline == "none":
        return "Not compared with a baseline."
    if partial(options):
        return "Not compared with a baseline: this was not the whole set on its own articles."
    if options.questions:
        return "Not compared with a baseline: name one with --baseline FILE, and make it with --update-baseline."
    return "There is no baseline for this set yet; store this run with --update-baseline."


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="copydesk eval",
        description="Ask known questions and measure the answers. Exits 1 when something got worse than the baseline.",
    )
    add = parser.add_argument
    add("questions", nargs="?", type=Path, metavar="QUESTIONS.jsonl", help="your own questions instead of a set")
    add("--set", choices=sorted(ARTICLES), default="seeds", help="which questions and articles (default: seeds)")
    add("--articles", type=Path, metavar="DIR", help="the articles that your questions are about (default: the set's)")
    add("--check", action="store_true", help="only check the question file")
    add("--json", type=Path, metavar="OUT", help="write everything, all answers included, as JSON")
    add("--html", type=Path, metavar="OUT", help="write a report with charts")
    add("--baseline", metavar="FILE|none", help="compare with this baseline (default: the set's own)")
    add("--update-baseline", action="store_true", help="store this run as the new baseline")
    add("--limit", type=int, metavar="N", help="ask the first N questions only; not compared")
    add("--tag", metavar="T", help="ask questions with this tag only; not compared")
    add("--bench", choices=NAMES, help="run a public benchmark instead (its data: COPYDESK_BENCH_DIR)")
    add("--part", choices=(*PARTS, "all"), default="report", help="which part of the benchmark (default: report)")
    add("--fresh", action="store_true", help="ask a benchmark's cases again that were asked before")
    add("--no-keep", action="store_true", help="leave this run out of those that the evaluation page lists")
    add("--quiet", action="store_true", help="no progress bar and no tables, only what got worse")
    return parser
