"""The plots of the page: stacked bars, columns, distributions.

Everything is placed by percent of the page's width, so that text keeps its size on a narrow screen.
"""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from typing import Any

from eval.speed.figures import STAGES, reached

STYLE = """
:root { --queue: #767d88; --retrieve: #1f8a7d; --prefill: #3b6ea5; --decode: #c07a1c; --check: #8657a6;
  --other: #b4bac3 }
@media (prefers-color-scheme: dark) {
  :root { --queue: #9aa1ab; --retrieve: #4fc0b1; --prefill: #7aa7d9; --decode: #e2a654; --check: #b78fd4;
    --other: #565c65 }
}
.key { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; margin: .6rem 0; padding: 0; list-style: none }
.key li::before { content: ""; display: inline-block; width: .8em; height: .8em; border-radius: 2px;
  margin-right: .4em; background: var(--mark); vertical-align: -.05em }
.key li.dashed::before { width: 1.3em; height: 0; border-top: 2px dashed var(--mark); border-radius: 0;
  background: none; vertical-align: .25em }
.stack { display: grid; grid-template-columns: minmax(7rem, 14rem) 1fr; gap: .5rem .8rem; align-items: center }
.stack .row { display: flex; align-items: center; gap: .5rem } .stack .bars { display: flex; height: 1.3rem;
  min-width: 2px; border-radius: 2px; overflow: hidden; flex: none } .stack .bars span { min-width: 0 }
.plot { display: block; width: 100%; overflow: visible } .scroll { overflow-x: auto }
table.beside th.n { white-space: normal }
@media (max-width: 40rem) { .stack { grid-template-columns: 1fr; gap: .1rem } .stack .row { margin-bottom: .6rem }
  th, td { padding-right: .4rem } table { font-size: 14px } body { margin: 1rem auto } }
"""

Curve = tuple[str, str, bool, Sequence[float]]  # name, colour, dashed, values in seconds


def key(stages: Mapping[str, float]) -> str:
    """The colours of the stages, with seconds for each (given in milliseconds)."""
    names = "".join(f'<li style="--mark:var(--{name})">{name} {ms / 1000:.2f} s</li>' for name, ms in stages.items())
    return f'<ul class="key">{names}</ul>'


def stacks(rows: Sequence[tuple[str, Mapping[str, float]]]) -> str:
    """One bar for each (name, milliseconds by stage), all to the same scale, the longest as wide as there is room."""
    longest = max((sum(stages.values()) for _, stages in rows), default=0.0) or 1.0
    parts = []
    for name, stages in rows:
        total = sum(stages.values())
        spans = "".join(
            f'<span style="width:{100 * ms / total:.2f}%;background:var(--{stage})" '
            f'title="{stage}: {ms / 1000:.2f} s"></span>'
            for stage, ms in stages.items()
            if total and ms > 0
        )
        width = f"calc((100% - 5rem) * {total / longest:.4f})"
        bar = f'<div class="bars" style="width:{width}">{spans}</div><span>{total / 1000:.2f} s</span>'
        parts.append(f'<div>{_e(name)}</div><div class="row">{bar}</div>')
    return f'<div class="stack">{"".join(parts)}</div>'


def columns(records: Sequence[Mapping[str, Any]], height: int = 190) -> str:
    """One column for each answer, its stages stacked, in the order of their totals; seconds up the side."""
    ordered = sorted(records, key=lambda r: sum(r["stages_ms"].values()))
    if not ordered:
        return ""
    top = max(sum(ordered[-1]["stages_ms"].values()), 1.0)
    step = nice_step(top / 1000 / 4)
    parts = []
    for i in range(math.floor(top / 1000 / step) + 1):
        y = height - height * i * step * 1000 / top
        parts.append(f'<line x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}" stroke="var(--line)"/>')
        parts.append(f'<text class="soft" x="0" y="{y - 3:.1f}">{i * step:g} s</text>')
    left, room = 6.0, 94.0 / len(ordered)
    for place, record in enumerate(ordered):
        y = float(height)
        title = f"<title>{_e(record['id'])}: {_e(record['question'])}</title>"
        parts.append(f"<g>{title}")
        for stage in STAGES:
            tall = height * record["stages_ms"].get(stage, 0.0) / top
            if tall:
                y -= tall
                x = left + room * place
                parts.append(
                    f'<rect x="{x:.2f}%" width="{room * 0.86:.2f}%" y="{y:.1f}" height="{tall:.1f}"'
                    f' fill="var(--{stage})"/>'
                )
        parts.append("</g>")
    return f'<svg class="plot" role="img" height="{height + 6}">{"".join(parts)}</svg>'


def distributions(curves: Sequence[Curve], height: int = 240) -> str:
    """Step curves of how many of the values (seconds, above 0) are at most x, on a logarithmic scale."""
    curves = [curve for curve in curves if curve[3]]
    if not curves:
        return ""
    values = [max(value, 0.001) for *_, some in curves for value in some]
    ticks = ticks_around(min(values), max(values))
    low, high = math.log10(ticks[0]), math.log10(ticks[-1])

    def across(value: float) -> float:
        return 7 + 92 * (math.log10(max(value, 0.001)) - low) / (high - low)

    parts = []
    for share in (0, 0.25, 0.5, 0.75, 1):
        y = 8 + height * (1 - share)
        parts.append(f'<line x1="7%" x2="99%" y1="{y:.1f}" y2="{y:.1f}" stroke="var(--line)"/>')
        parts.append(f'<text class="soft" x="0" y="{y + 4:.1f}">{100 * share:.0f}%</text>')
    for tick in ticks:
        x = across(tick)
        parts.append(f'<line x1="{x:.2f}%" x2="{x:.2f}%" y1="8" y2="{height + 12}" stroke="var(--line)"/>')
        label = f"{tick:g} s" if tick == 1 else f"{tick:g}"
        parts.append(f'<text class="soft" x="{x:.2f}%" y="{height + 26}" text-anchor="middle">{label}</text>')
    for name, colour, dashed, some in curves:
        before, y = None, 8.0 + height
        look = f'stroke="{colour}" stroke-width="2"' + (' stroke-dasharray="5 3"' if dashed else "")
        parts.append(f"<g><title>{_e(name)}</title>")
        for value, share in reached(some):
            x, up = across(value), 8 + height * (1 - share)
            if before is not None:
                parts.append(f'<line x1="{before:.2f}%" x2="{x:.2f}%" y1="{y:.1f}" y2="{y:.1f}" {look}/>')
            parts.append(f'<line x1="{x:.2f}%" x2="{x:.2f}%" y1="{y:.1f}" y2="{up:.1f}" {look}/>')
            before, y = x, up
        parts.append("</g>")
    names = "".join(
        f'<li{" class=dashed" if dashed else ""} style="--mark:{colour}">{_e(name)}</li>'
        for name, colour, dashed, _ in curves
    )
    return f'<ul class="key">{names}</ul><svg class="plot" role="img" height="{height + 34}">{"".join(parts)}</svg>'


def nice_step(rough: float) -> float:
    """The first of 1, 2 or 5 times a power of ten that is not below ``rough``."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= rough * 0.999999)


def ticks_around(low: float, high: float) -> list[float]:
    """1, 2 and 5 times powers of ten around [low, high]."""
    marks = [step * 10.0**power for power in range(-3, 5) for step in (1, 2, 5)]
    first = max(i for i, mark in enumerate(marks) if mark <= low or i == 0)
    last = next((i for i, mark in enumerate(marks) if mark >= high), len(marks) - 1)
    return marks[first : max(last, first + 1) + 1]


def _e(value: object) -> str:
    return html.escape(str(value), quote=True)
