"""What a benchmark run prints and writes: progress on stderr, a table on stdout, one HTML page."""

from __future__ import annotations

import html
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from eval import calibration
from eval.bench.base import Figure
from eval.report import document

EVERY_S = 10.0  # between two lines of progress where the output is no terminal


def line(text: str) -> None:
    Console(highlight=False).print(text, markup=False, soft_wrap=True)


def warn(text: str) -> None:
    Console(stderr=True, highlight=False).print(text, markup=False, soft_wrap=True)


def building() -> Callable[[str, int, int], None]:
    """Tells how far the archive's building is."""
    tell = Teller()

    def told(stage: str, done: int, total: int) -> None:
        tell(f"archive, {stage}", done, total)

    return told


@contextmanager
def progress(total: int, todo: int, quiet: bool) -> Iterator[Callable[[], None]]:
    """Yields the function that counts one case; cases finished earlier count from the start."""
    tell = Teller()
    done = total - todo
    if not quiet and done:
        warn(f"{done} of {total} were asked before with the same program.")

    def advance() -> None:
        nonlocal done
        done += 1
        if not quiet:
            tell("asked", done, total)

    yield advance
    if not quiet and sys.stderr.isatty() and todo:
        print(file=sys.stderr)


class Teller:
    """Writes "stage: n of N, time left" to stderr: in place on a terminal, else a line every ten seconds."""

    def __init__(self) -> None:
        self._stage = ""
        self._start = self._last = time.monotonic()
        self._first = 0

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._start, self._first = stage, now, done - 1 if done else 0
        if not sys.stderr.isatty() and now - self._last < EVERY_S and done < total:
            return
        self._last = now
        worked = done - self._first
        left = (now - self._start) / worked * (total - done) if worked > 0 else 0
        text = f"{stage}: {done:,} of {total:,}, {_minutes(left)} left"
        sys.stderr.write(f"\r{text:<70}" if sys.stderr.isatty() else f"{text}\n")
        sys.stderr.flush()


def _cases(result: Mapping[str, Any]) -> str:
    articles = result["archive"]["articles"]
    return f"{result['cases']} cases" + (f", {articles} articles in reach" if articles else "")


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def table(result: Mapping[str, Any], figures: Sequence[Figure]) -> None:
    """Our figures with intervals and aims, the published ones below, and the caveats."""
    console = Console(highlight=False)
    console.print(
        f"{result['bench']}: {result['about']}. Part {result['part']}, {_cases(result)}.",
        markup=False,
    )
    shown = Table("Measure", title="Copydesk", title_justify="left")
    for heading in ("Value", "95% interval", "Cases", "Aim"):
        shown.add_column(heading, justify="right")
    shown.add_column("")
    for figure in figures:
        verdict = {None: "", True: "[green]met[/]", False: "[red]missed[/]"}[figure.met]
        cells = (_number(figure.value), _interval(figure), str(figure.cases), _aim(figure))
        shown.add_row(escape(figure.label), *cells, verdict)
    console.print(shown)
    for figure in figures:
        if figure.note:
            console.print(f"{figure.label}: {figure.note}.", markup=False)
    if result["published"]:
        labels = {figure.key: figure.label for figure in figures}
        others = Table("Measure", "Who", title="Published by others", title_justify="left")
        others.add_column("Value", justify="right")
        others.add_column("Where it stands")
        for other in result["published"]:
            others.add_row(
                labels.get(other["key"], other["key"]), other["who"], _number(other["value"]), other["source"]
            )
        console.print(others)
    if result["caveat"]:
        console.print(result["caveat"], markup=False)


def page(result: Mapping[str, Any]) -> str:
    """The run as one self-contained HTML page. What comes from the benchmark or a model is escaped."""
    figures = [Figure(**{k: v for k, v in f.items() if k != "met"}) for f in result["figures"]]
    ours = "".join(
        f"<tr><td>{_e(f.label)}</td><td class=n>{_number(f.value)}</td><td class=n>{_interval(f)}</td>"
        f"<td class=n>{f.cases}</td><td class=n>{_e(_aim(f))}</td>"
        f"<td>{_e({None: '', True: 'met', False: 'missed'}[f.met])}</td><td class=soft>{_e(f.note)}</td></tr>"
        for f in figures
    )
    labels = {f.key: f.label for f in figures}
    others = "".join(
        f"<tr><td>{_e(labels.get(o['key'], o['key']))}</td><td>{_e(o['who'])}</td>"
        f"<td class=n>{_number(o['value'])}</td><td class=soft>{_e(o['source'])}</td></tr>"
        for o in result["published"]
    )
    plots = "".join(
        f"<h2>{_e(title)}</h2>{calibration.diagram([calibration.Bin(**b) for b in found])}"
        for title, found in result.get("reliability", {}).items()
    )
    return document(
        f"Copydesk: {result['bench']}",
        [
            f"<h1>{_e(result['bench'])}</h1>",
            f"<p class=about>{_e(result['about'])}. Part {_e(result['part'])}, {_cases(result)}.</p>",
            "<table><tr><th>Measure</th><th class=n>Value</th><th class=n>95% interval</th><th class=n>Cases</th>"
            f"<th class=n>Aim</th><th></th><th></th></tr>{ours}</table>",
            plots,
            f"<h2>Published by others</h2><table>{others}</table>" if others else "",
            f"<p class=soft>{_e(result['caveat'])}</p>",
        ],
    )


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"


def _interval(figure: Figure) -> str:
    return "" if figure.low is None or figure.high is None else f"{figure.low:.2f} to {figure.high:.2f}"


def _aim(figure: Figure) -> str:
    return "" if figure.reach is None else f"{'≤' if figure.at_most else '≥'} {figure.reach:.2f}"


def _e(text: str) -> str:
    return html.escape(text)
