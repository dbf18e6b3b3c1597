"""What ``make bench`` prints, and its page with the plots of growth."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from eval.report import document

Series = Mapping[str, Sequence[tuple[float, float]]]  # name -> (passages, value)

_COLOURS = ("var(--bar)", "var(--good)", "var(--bad)", "var(--soft)")


def tables(run: Mapping[str, Any]) -> None:
    """The figures on stdout."""
    console = Console(highlight=False)
    for row in _lines(run):
        console.print(row, markup=False, soft_wrap=True)
    if run["sizes"]:
        table = Table("", title="Search and growth (synthetic archives)", title_justify="left")
        for size in run["sizes"]:
            table.add_column(f"{size['passages']:,} passages", justify="right")
        for cells in zip(_HEADINGS, *(_cells(size) for size in run["sizes"]), strict=True):
            table.add_row(*cells)
        console.print(table)


def page(run: Mapping[str, Any]) -> str:
    """The run as one self-contained HTML page: figures, a table by size, four plots."""
    sizes = run["sizes"]
    rows = "".join(
        f'<tr><td class="n">{size["passages"]:,}</td>'
        + "".join(f'<td class="n">{_e(c)}</td>' for c in _cells(size))
        + "</tr>"
        for size in sizes
    )
    head = '<th class="n">Passages</th>' + "".join(f'<th class="n">{_e(name)}</th>' for name in _HEADINGS)
    about = f"{run['machine']['cpu']}, {run['machine']['cores']} cores · {run['embedder']} · {run['started_at']}"
    parts = [
        "<h1>Copydesk: cost and scale</h1>",
        f"<p class='about'>{_e(about)}</p>",
        *(f"<p>{_e(line)}</p>" for line in _lines(run)),
        f"<h2>By size</h2><table><tr>{head}</tr>{rows}</table>" if sizes else "",
        *(f"<h2>{_e(title)}</h2>{lines(series, unit)}" for title, unit, series in plots(sizes)),
    ]
    return document("Copydesk: cost and scale", parts)


def plots(sizes: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, Series]]:
    """(title, unit, lines) of each plot."""

    def series(**values: Any) -> Series:
        return {name.replace("_", " "): [(s["passages"], read(s)) for s in sizes] for name, read in values.items()}

    return [
        (
            "Search, 95th percentile",
            "ms",
            series(
                open=lambda s: s["open"]["p95_ms"],
                half_of_the_days=lambda s: s["half of the days"]["p95_ms"],
                one_outlet=lambda s: s["one outlet"]["p95_ms"],
            ),
        ),
        ("Memory while searching", "MB", series(own=lambda s: s["memory_mb"], mapped_files=lambda s: s["mapped_mb"])),
        ("Disk", "MB", series(index=lambda s: s["index_mb"], catalog=lambda s: s["catalog_mb"])),
        (
            "Build time without embedding, and of one more article",
            "s",
            series(
                vectors=lambda s: s["index_stages_s"]["vectors"],
                words=lambda s: s["index_stages_s"]["words"],
                whole_index=lambda s: s["index_s"],
                one_article=lambda s: s["one_article_s"],
            ),
        ),
    ]


def lines(series: Series, unit: str) -> str:
    """Lines over the number of passages, both axes logarithmic; values of 0 are drawn at the bottom."""
    points = [point for line in series.values() for point in line]
    if not points:
        return '<p class="soft">no sizes were measured</p>'
    left, top, width, height, names = 70, 12, 470, 210, 190
    x_low, x_high = _decades([x for x, _ in points])
    y_low, y_high = _decades([y for _, y in points if y > 0] or [1])

    def at(x: float, y: float) -> tuple[float, float]:
        across = (math.log10(x) - x_low) / (x_high - x_low)
        up = (math.log10(y) - y_low) / (y_high - y_low) if y > 0 else 0
        return left + width * across, top + height * (1 - up)

    parts = []
    for decade in range(y_low, y_high + 1):
        y = at(10**x_low, 10**decade)[1]
        parts.append(f'<line x1="{left}" x2="{left + width}" y1="{y:.1f}" y2="{y:.1f}" stroke="var(--line)"/>')
        label = f"{10**decade:g} {unit}"
        parts.append(f'<text class="soft" x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{_e(label)}</text>')
    for decade in range(x_low, x_high + 1):
        x = at(10**decade, 10**y_low)[0]
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{top + height}" stroke="var(--line)"/>')
        parts.append(
            f'<text class="soft" x="{x:.1f}" y="{top + height + 18}" text-anchor="middle">{10**decade:,}</text>'
        )
    for place, (name, line) in enumerate(series.items()):
        colour = _COLOURS[place % len(_COLOURS)]
        drawn = [at(x, y) for x, y in sorted(line)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in drawn)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for (x, y), (size, value) in zip(drawn, sorted(line), strict=True):
            title = f"<title>{_e(name)}: {value:g} {_e(unit)} at {size:,} passages</title>"
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}">{title}</circle>')
        y = top + 14 + 20 * place
        parts.append(f'<rect x="{left + width + 14}" y="{y - 9}" width="12" height="12" rx="2" fill="{colour}"/>')
        parts.append(f'<text x="{left + width + 32}" y="{y + 1}">{_e(name)}</text>')
    whole, tall = left + width + names, top + height + 26
    return f'<svg role="img" viewBox="0 0 {whole} {tall}" width="{whole}">{"".join(parts)}</svg>'


def _decades(values: Sequence[float]) -> tuple[int, int]:
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


_HEADINGS = (
    "Open p50/p95",
    "Half the days",
    "One outlet",
    "Recall@50",
    "Memory",
    "Mapped",
    "Disk",
    "Index",
    "+1 article",
)


def _cells(size: Mapping[str, Any]) -> list[str]:
    return [
        *(
            f"{size[name]['p50_ms']:.0f}/{size[name]['p95_ms']:.0f} ms"
            for name in ("open", "half of the days", "one outlet")
        ),
        f"{size['recall50']['all']:.3f}",
        f"{size['memory_mb']:,.0f} MB",
        f"{size['mapped_mb']:,.0f} MB",
        f"{size['index_mb'] + size['catalog_mb']:,.0f} MB",
        f"{size['index_s']:,.0f} s",
        f"{size['one_article_s']:.1f} s",
    ]


def _lines(run: Mapping[str, Any]) -> list[str]:
    found = []
    if pairs := run.get("embedding"):
        rates = pairs["passages_per_s"]
        found.append(
            f"Embedding: {rates['copydesk']} passages a second beside {rates['plain']} of a plain encode; median ratio"
            f" {pairs['ratio']} (lowest {pairs['ratio_lowest']}), in float32 {pairs['ratio_float32']}, over"
            f" {pairs['pairs']} pairs of {pairs['passages_in_each']} passages; lowest cosine {pairs['lowest_cosine']};"
            f" one question {pairs['query']['copydesk']} ms beside {pairs['query']['plain']} ms."
        )
    if quality := run.get("quality"):
        rates = ", ".join(f"{name} {value:.3f}" for name, value in quality["hit5"].items())
        found.append(
            f"hit@5 by vectors alone over {quality['passages']:,} passages, {quality['questions']} questions: {rates}."
        )
    if made := run.get("ingest"):
        stages = ", ".join(f"{name} {seconds} s" for name, seconds in made["stages_s"].items())
        found.append(
            f"Ingest of {made['articles']:,} articles, {made['passages']:,} passages: {made['seconds']} s, of which"
            f" {stages}; {made['passages_per_s']} passages a second in all; {made['disk_mb']} MB."
        )
    found += [f"{size:,} passages left out: {why}." for size, why in run["left_out"]]
    return found


def _e(value: object) -> str:
    return html.escape(str(value), quote=True)
