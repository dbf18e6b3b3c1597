"""What an eval run prints: progress on stderr, tables and comparison on stdout."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from eval.baseline import Comparison
from eval.known import KnownQuestion, Problem
from eval.measures import MEASURES, meets_target, written, written_target
from rag.errors import CopydeskError


def line(text: str) -> None:
    Console(highlight=False).print(text, markup=False, soft_wrap=True)


def error(problem: CopydeskError) -> None:
    Console(stderr=True, highlight=False).print(f"Error: {problem}", markup=False, soft_wrap=True)


def checked(path: Path, questions: Sequence[KnownQuestion], problems: Sequence[Problem]) -> None:
    """The outcome of ``--check``: every bad line, or what the file holds."""
    for problem in problems:
        line(f"{path}:{problem.line}: {problem.message}")
    expected = Counter(known.expect for known in questions)
    tags = Counter(tag for known in questions for tag in known.tags)
    line(f"{len(questions)} sound questions, {len(problems)} bad lines")
    line("expected: " + ", ".join(f"{n} {name}" for name, n in expected.most_common()))
    line("tags: " + ", ".join(f"{n} {name}" for name, n in tags.most_common()))


@contextmanager
def progress(total: int, quiet: bool) -> Iterator[Callable[[str, bool], None]]:
    """A progress bar on stderr; yields the function that counts one question (its id, whether it was right)."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[right]} right"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=quiet,
    )
    right = 0
    with bar:
        task = bar.add_task("asking", total=total, right=0)

        def advance(question_id: str, correct: bool) -> None:
            nonlocal right
            right += correct
            bar.update(task, advance=1, description=escape(question_id), right=right)

        yield advance


def run(result: Mapping[str, Any]) -> None:
    """Tables: the measures, right outcomes by tag, the misses by name."""
    console = Console(highlight=False)
    model, machine = result["model"], result["machine"]
    console.print(
        f"{result['set']}: {len(result['answers'])} questions in {result['duration_s']:.0f} s "
        f"(ready after {result['ready_s']:.1f} s), {model['llm'] or 'no language model'}, {model['embedder']}, "
        f"{machine['cpu']}, {machine['cores']} cores",
        markup=False,
    )
    if result["llm_problem"]:
        console.print(f"No language model: {result['llm_problem']}", markup=False)
    table = Table("Measure", title="Measures", title_justify="left")
    for heading in ("Value", "95% interval", "Cases", "Target"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for measure in MEASURES:
        figure = result["metrics"][measure.key]
        met = meets_target(measure, figure["value"], whole=result["whole"])
        interval = "" if figure["low"] is None else f"{100 * figure['low']:.0f} to {100 * figure['high']:.0f}%"
        verdict = "" if met is None else "[green]met[/]" if met else "[red]missed[/]"
        cells = (written(measure, figure["value"]), interval, str(figure["cases"]), written_target(measure))
        table.add_row(measure.label, *cells, verdict)
    console.print(table)
    tags = Table("Tag", title="Right outcomes by tag", title_justify="left")
    tags.add_column("Right", justify="right")
    tags.add_column("Cases", justify="right")
    for tag, row in result["by_tag"].items():
        tags.add_row(escape(tag), f"{100 * row['value']:.0f}%", str(row["cases"]))
    console.print(tags)
    console.print(f"Misses ({len(result['misses'])}):")
    for miss in result["misses"]:
        said = " ".join(miss["said"].split())
        for text in (f"{miss['id']}  {miss['question']}", f"      {said}", f"      -> {miss['why']}"):
            console.print(text, markup=False, soft_wrap=True)


def comparison(found: Comparison) -> None:
    """What changed against the baseline, plainly."""
    for note in found.notes:
        line(f"Note: {note}.")
    for title, items in (("WORSE", found.worse), ("Better", found.better)):
        for item in items:
            line(f"{title}: {item}")
    for title, ids in (("Newly wrong", found.newly_wrong), ("Newly right", found.newly_right)):
        if ids:
            line(f"{title}: {', '.join(ids)}")
    if not found.worse and not any(note.startswith("not compared") for note in found.notes):
        line("Nothing got worse than the baseline beyond its margin.")
