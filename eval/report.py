"""A run as one self-contained HTML page: inline styles and SVG, no script, nothing loaded from anywhere.

Everything that comes from articles, questions or models is escaped.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from eval import calibration
from eval.measures import MEASURES, meets_target, written, written_interval, written_target

STYLE = """
:root { --ink: #1c1d1f; --soft: #62666d; --line: #dcdee2; --paper: #fff; --bar: #3b6ea5; --good: #2d7d46;
  --bad: #b3372f }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8e8e6; --soft: #a0a4ab; --line: #3a3d42; --paper: #17181a; --bar: #7aa7d9; --good: #6cc487;
    --bad: #ef8079 }
}
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 62rem;
  margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem; margin-bottom: .2rem } h2 { font-size: 1.15rem; margin-top: 2.2rem }
p.about { color: var(--soft); margin-top: 0 }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
td.n, th.n { text-align: right; white-space: nowrap } .soft { color: var(--soft) }
.good { color: var(--good) } .bad { color: var(--bad) }
svg { display: block; max-width: 100% } svg text { fill: var(--ink); font: 12px system-ui, sans-serif }
svg .soft { fill: var(--soft) } .bar { fill: var(--bar) } .track { fill: var(--line) }
.target { stroke: var(--ink); stroke-width: 2 }
details { border-bottom: 1px solid var(--line); padding: .35rem 0 } summary { cursor: pointer }
blockquote { margin: .3rem 0 .3rem 1rem; color: var(--soft); white-space: pre-wrap }
"""


def page(run: Mapping[str, Any], comparison: Mapping[str, Sequence[str]] | None = None) -> str:
    """The report of a run (the same object that is written as JSON)."""
    parts = [
        _heading(run),
        _measures(run["metrics"], whole=run.get("whole") is not False),
        "<h2>Against the targets</h2>",
        bars(_share_rows(run["metrics"])),
        "<h2>Right outcomes by tag</h2>",
        bars([(f"{tag} ({row['cases']})", row["value"], None) for tag, row in run["by_tag"].items()]),
        _kept_word("Support said, answers right", _supports(run["answers"])),
        _kept_word("Answerability said, questions answerable", _answerabilities(run["answers"])),
        "<h2>Time to the first token</h2>",
        histogram([a["first_token_ms"] for a in run["answers"]]),
        "<h2>Time to the whole answer</h2>",
        histogram([a["total_ms"] for a in run["answers"]]),
        _comparison(comparison),
        _misses(run["misses"]),
        "<h2>All answers</h2>",
        *(_answer(answer) for answer in run["answers"]),
    ]
    return document(f"Copydesk eval: {run['set']}", parts)


def document(title: str, parts: Iterable[str], style: str = "") -> str:
    """A self-contained page of HTML parts, empty ones left out. ``style`` is added to the common one."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_e(title)}</title><style>{STYLE}{style}</style></head><body>"
        + "\n".join(part for part in parts if part)
        + "</body></html>\n"
    )


# --- charts ---------------------------------------------------------------------------------------


def bars(rows: Sequence[tuple[str, float | None, float | None]]) -> str:
    """Horizontal bars: (label, share in [0, 1] or None, target or None) each; the target is a tick on the bar."""
    label, width, step = 290, 420, 24
    parts = []
    for i, (name, value, target) in enumerate(rows):
        y = i * step
        parts.append(f'<text x="0" y="{y + 15}">{_e(name)}</text>')
        parts.append(f'<rect class="track" x="{label}" y="{y + 4}" width="{width}" height="14" rx="2"/>')
        if value is not None:
            filled = width * min(max(value, 0), 1)
            parts.append(f'<rect class="bar" x="{label}" y="{y + 4}" width="{filled:.1f}" height="14" rx="2"/>')
        if target is not None:
            x = label + width * target
            parts.append(f'<line class="target" x1="{x:.1f}" x2="{x:.1f}" y1="{y + 1}" y2="{y + 21}"/>')
        shown = "no cases" if value is None else f"{100 * value:.1f}%"
        parts.append(f'<text x="{label + width + 10}" y="{y + 15}">{shown}</text>')
    return _svg(label + width + 80, max(1, len(rows)) * step, parts)


def histogram(values: Sequence[float | None], bins: int = 24) -> str:
    """Counts of durations (milliseconds) in equal bins from 0 to the largest."""
    known = [value for value in values if value is not None]
    if not known:
        return '<p class="soft">no cases</p>'
    top = max(known) or 1.0
    counts = [0] * bins
    for value in known:
        counts[min(int(value / top * bins), bins - 1)] += 1
    width, height, most = 720, 120, max(counts)
    column = width / bins
    parts = [f'<line x1="0" x2="{width}" y1="{height}" y2="{height}" stroke="currentColor"/>']
    for i, count in enumerate(counts):
        tall = (height - 18) * count / most
        if count:
            x, y = i * column, height - tall
            parts.append(
                f'<rect class="bar" x="{x + 1:.1f}" y="{y:.1f}" width="{column - 2:.1f}" height="{tall:.1f}"/>'
            )
            parts.append(
                f'<text class="soft" x="{x + column / 2:.1f}" y="{y - 3:.1f}" text-anchor="middle">{count}</text>'
            )
    for share in (0, 0.25, 0.5, 0.75, 1):
        anchor = "start" if share == 0 else "end" if share == 1 else "middle"
        seconds = f"{top * share / 1000:.2f} s"
        parts.append(
            f'<text class="soft" x="{width * share:.0f}" y="{height + 16}" text-anchor="{anchor}">{seconds}</text>'
        )
    return _svg(width, height + 22, parts)


def _svg(width: float, height: float, parts: Sequence[str]) -> str:
    return f'<svg role="img" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}">{"".join(parts)}</svg>'


# --- parts ----------------------------------------------------------------------------------------


def _e(value: object) -> str:
    return html.escape(str(value), quote=True)


def _heading(run: Mapping[str, Any]) -> str:
    model, machine = run["model"], run["machine"]
    about = [
        f"{len(run['answers'])} questions",
        run["started_at"],
        f"language model: {model.get('llm') or 'none'}",
        f"embedder: {model.get('embedder')}",
        f"prompt: {model.get('prompt')}",
        f"{machine.get('cpu')}, {machine.get('cores')} cores",
    ]
    if run.get("llm_problem"):
        about.append(f"no language model: {run['llm_problem']}")
    return f"<h1>Copydesk eval: {_e(run['set'])}</h1><p class='about'>{' · '.join(_e(item) for item in about)}</p>"


def _measures(figures: Mapping[str, Mapping[str, Any]], *, whole: bool) -> str:
    rows = []
    for measure in MEASURES:
        figure = figures[measure.key]
        met = meets_target(measure, figure["value"], whole=whole)
        look = "" if met is None else "good" if met else "bad"
        verdict = "" if met is None else "met" if met else "missed"
        named = f'{_e(measure.label)} <span class="soft">{_e(measure.means)}</span>'
        rows.append(
            f'<tr><td>{named}</td><td class="n {look}">{_e(written(measure, figure["value"]))}</td>'
            f'<td class="n soft">{_e(written_interval(measure, figure))}</td><td class="n">{figure["cases"]}</td>'
            f'<td class="n">{_e(written_target(measure))}</td><td class="{look}">{verdict}</td></tr>'
        )
    head = '<th>Measure</th><th class="n">Value</th><th class="n">95% interval</th><th class="n">Cases</th>'
    return f'<table><tr>{head}<th class="n">Target</th><th></th></tr>{"".join(rows)}</table>'


def _share_rows(figures: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, float | None, float | None]]:
    return [(m.label, figures[m.key]["value"], m.target) for m in MEASURES if m.kind == "share"]


def _kept_word(title: str, pairs: Sequence[tuple[float, bool]]) -> str:
    """A reliability diagram of probabilities and what came of them."""
    return f"<h2>{_e(title)}</h2>{calibration.diagram(calibration.bins(pairs))}"


def _supports(answers: Sequence[Mapping[str, Any]]) -> list[tuple[float, bool]]:
    """Of each answer that says something, its least supported sentence beside whether the answer is right."""
    said = [(a["answer"]["sentences"], a["correct"]) for a in answers if a["answer"] is not None]
    return [(min(s["support"] for s in sentences), correct) for sentences, correct in said if sentences]


def _answerabilities(answers: Sequence[Mapping[str, Any]]) -> list[tuple[float, bool]]:
    told = [(a["answer"].get("answerability"), a["expect"] != "not_found") for a in answers if a["answer"] is not None]
    return [(value, answerable) for value, answerable in told if value is not None]


def _comparison(comparison: Mapping[str, Sequence[str]] | None) -> str:
    if not comparison:
        return ""
    titles = {"worse": "Worse", "better": "Better", "newly_wrong": "Newly wrong", "newly_right": "Newly right"}
    lines = [
        f"<li>{title}: {'; '.join(_e(item) for item in comparison[key])}</li>"
        for key, title in (titles | {"notes": "Note"}).items()
        if comparison.get(key)
    ]
    return f"<h2>Against the baseline</h2><ul>{''.join(lines) or '<li>no change beyond the margins</li>'}</ul>"


def _misses(misses: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        f"<tr><td>{_e(m['id'])}</td><td>{_e(m['question'])}</td><td>{_e(m['said'])}</td><td>{_e(m['why'])}</td></tr>"
        for m in misses
    ]
    head = "<tr><th>Id</th><th>Question</th><th>Said</th><th>Why it counts as wrong</th></tr>"
    return f"<h2>Misses ({len(misses)})</h2><table>{head}{''.join(rows)}</table>"


def _answer(record: Mapping[str, Any]) -> str:
    mark = '<span class="good">right</span>' if record["correct"] else '<span class="bad">wrong</span>'
    answer = record["answer"]
    parts = [f"<summary>{_e(record['id'])} {mark} {_e(record['question'])}</summary>"]
    if record["why"]:
        parts.append(f'<p class="bad">{_e(record["why"])}</p>')
    if answer is not None:
        parts.append(
            f"<p>{_e(answer['status'])}: {_e(answer['text'] or answer['notice'] or answer['reason'] or '')}</p>"
        )
        for cited in answer["citations"]:
            source = " · ".join(str(v) for v in (cited["article_id"], cited["outlet"], cited["published_at"]) if v)
            parts.append(f"<blockquote>[{_e(cited['n'])}] {_e(cited['quote'])}<br>{_e(source)}</blockquote>")
        for held in answer["withheld"]:
            parts.append(f'<p class="soft">withheld: {_e(held["text"])} ({_e(held["reason"])})</p>')
    if record["unsupported_numbers"]:
        parts.append(f'<p class="bad">unsupported: {_e(", ".join(record["unsupported_numbers"]))}</p>')
    return f"<details>{''.join(parts)}</details>"
