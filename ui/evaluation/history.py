"""The runs over time as HTML: a line each, a chart, and two of them held against each other. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from ui.bricks import Json, address, capital, count, esc
from ui.evaluation.report import change, moment, when
from ui.evaluation.running import took

HEIGHT, TOP, BASE = 190, 12, 164  # pixels of the chart, and where 100% and its lowest share lie
MOST_POINTS = 30
MARKED = 12  # points, up to which each has a mark; of more only the last
COLUMNS = ("answer_accuracy", "refusal_recall", "false_refusal_rate")
TICK = 0.1  # between lines of the grid
GAP = 15.0  # between the names of two lines


def history(runs: Sequence[Json], charted: Sequence[str], unreadable: Sequence[str], shown: str) -> str:
    """All runs of one set, the newest first; ``shown`` is the id of the one whose report is open."""
    if not runs:
        return _damaged(unreadable)
    whole = [run for run in runs if run["whole"]]
    rows = "".join(_row(run, run["id"] == shown) for run in runs)
    heads = "".join(f'<th scope="col">{esc(capital(_labels(runs).get(key, key)))}</th>' for key in COLUMNS)
    compare = (
        '<p class="cd-ev-compare"><button type="button" class="cd-plain" disabled>Compare two runs</button>'
        '<span class="cd-ev-note">Tick two of them.</span></p>'
        if len(runs) > 1
        else ""
    )
    return (
        f'<section class="cd-ev-history"><h3>Runs</h3>{chart(whole, charted)}<div class="cd-ev-runs"><table><thead><tr>'
        f'<th scope="col"><span class="cd-unseen">To compare</span></th><th scope="col">Run</th>'
        f'<th scope="col" class="cd-ev-wide">Model and prompt</th>{heads}<th scope="col" class="cd-ev-wide">Took</th>'
        f"</tr></thead><tbody>{rows}</tbody></table></div>{compare}{_damaged(unreadable)}</section>"
    )


def _row(run: Json, here: bool) -> str:
    said = {figure["key"]: figure["said"] for figure in run["shown"]}
    cells = "".join(f'<td class="cd-ev-n">{esc(said.get(key, ""))}</td>' for key in COLUMNS)
    part = (
        ""
        if run["whole"]
        else f'<span class="cd-ev-part">{"Stopped" if run["stopped"] else "A part"}: {int(run["asked"])} of'
        f" {int(run['of'] or 0)} questions</span>"
    )
    models = f"{run['model'].get('llm') or 'no language model'}, {run['model'].get('prompt') or ''}".rstrip(", ")
    current = ' aria-current="true"' if here else ""
    look = f"{'cd-here' if here else ''}{'' if run['whole'] else ' cd-ev-unwhole'}"
    place = esc(address("run", run["id"]))
    begun = when(str(run["started_at"]), short=True)
    return (
        f'<tr class="{look}"><td><label class="cd-ev-tick"><input type="checkbox" '
        f'value="{esc(run["id"])}"><span class="cd-unseen">Compare the run of {begun}</span></label></td>'
        f'<td><a href="{place}"{current}>{begun}</a>{part}</td>'
        f'<td class="cd-ev-wide cd-ev-model">{esc(models)}</td>{cells}'
        f'<td class="cd-ev-n cd-ev-wide">{esc(took(run["duration_s"]))}</td></tr>'
    )


def _labels(runs: Sequence[Json]) -> Mapping[str, str]:
    return {figure["key"]: str(figure["label"]) for run in runs for figure in run["shown"]}


def _damaged(names: Sequence[str]) -> str:
    if not names:
        return ""
    listed = ", ".join(esc(name) for name in names[:5]) + (" …" if len(names) > 5 else "")
    return f'<p class="cd-ev-note">{count(len(names), "file")} can’t be read: {listed}</p>'


# --- the chart --------------------------------------------------------------------------------------


def chart(runs: Sequence[Json], keys: Sequence[str]) -> str:
    """Shares over the runs, the oldest at the left; nothing where there are not two runs to draw a line between.

    Across, all is in percent, so that it fits any column with its words unscaled; the grid's numbers and the lines'
    names stand beside it, where no line comes.
    """
    drawn = list(reversed(runs[:MOST_POINTS]))
    lines = [(key, _points(drawn, key)) for key in keys]
    lines = [(key, points) for key, points in lines if len(points) > 1]
    if not lines:
        return ""
    labels = _labels(drawn)
    low = min(value for _, points in lines for _, value in points)
    floor = max(0.0, int(low / TICK - 1e-9) * TICK)

    def x(place: int) -> float:
        return 100 * place / (len(drawn) - 1)

    def y(value: float) -> float:
        return TOP + (BASE - TOP) * (1 - (value - floor) / ((1 - floor) or 1))

    grid = "".join(
        f'<line x1="0" x2="100%" y1="{y(v):.1f}" y2="{y(v):.1f}"/>'
        f'<text x="0" dx="-8" y="{y(v) + 4:.1f}" text-anchor="end">{round(100 * v)}</text>'
        for v in _ticks(floor)
    )
    names = _apart([(key, y(points[-1][1])) for key, points in lines])
    parts = "".join(
        _line(i, [(x(place), y(value)) for place, value in points])
        + f'<text class="cd-ev-name cd-ev-line{i}" x="100%" dx="11" y="{names[key] + 4:.1f}">'
        f"{_short(labels.get(key, key))} {round(100 * points[-1][1])}</text>"
        for i, (key, points) in enumerate(lines)
    )
    ends = "".join(
        f'<text x="{place}%" y="{HEIGHT - 6}" text-anchor="{anchor}">{esc(said)}</text>'
        for place, anchor, said in zip((0, 100), ("start", "end"), _ends(drawn), strict=True)
    )
    said = "; ".join(
        f"{labels.get(key, key)} from {round(100 * points[0][1])}% to {round(100 * points[-1][1])}%"
        for key, points in lines
    )
    named = esc(f"Percent over {len(drawn)} whole runs: {said}")
    return (
        f'<figure class="cd-ev-chart"><svg height="{HEIGHT}" role="img" aria-label="{named}">'
        f'<g class="cd-ev-grid">{grid}{ends}</g>{parts}</svg>'
        f"<figcaption>Percent, over the last {len(drawn)} whole runs</figcaption></figure>"
    )


def _ends(drawn: Sequence[Json]) -> tuple[str, str]:
    """When the first and the last run began: the days, or on one day the hours."""
    first, last = (moment(str(run["started_at"]), short=True) for run in (drawn[0], drawn[-1]))
    (day, _, hour), (other, _, later) = first.partition(", "), last.partition(", ")
    return (hour, f"{other}, {later}") if day == other else (day, other)


def _points(runs: Sequence[Json], key: str) -> list[tuple[int, float]]:
    """(place, share) of each run that has this figure."""
    values = [(run["metrics"].get(key) or {}).get("value") for run in runs]
    return [(place, min(max(float(value), 0.0), 1.0)) for place, value in enumerate(values) if value is not None]


def _ticks(floor: float) -> list[float]:
    """At most six lines of the grid from ``floor`` to 1."""
    steps = round((1 - floor) / TICK)
    each = max(1, -(-steps // 5))
    return [1 - TICK * n for n in range(0, steps + 1, each)]


def _apart(names: Sequence[tuple[str, float]]) -> dict[str, float]:
    """Heights at which the names do not overlap, in the order of the lines."""
    placed: dict[str, float] = {}
    last = float("-inf")
    for key, height in sorted(names, key=lambda name: name[1]):
        last = max(height, last + GAP)
        placed[key] = last
    return placed


def _line(i: int, points: Sequence[tuple[float, float]]) -> str:
    """(percent across, pixels down) of each point. The first line is solid with round marks, the second dashed with
    square ones: told apart without colour."""
    parts = "".join(
        f'<line x1="{ax:.2f}%" y1="{ay:.1f}" x2="{bx:.2f}%" y2="{by:.1f}"/>' for (ax, ay), (bx, by) in pairwise(points)
    )
    marks = "".join(
        f'<circle cx="{px:.2f}%" cy="{py:.1f}" r="3"/>'
        if i == 0
        else f'<rect x="{px:.2f}%" y="{py - 2.8:.1f}" width="5.6" height="5.6"/>'
        for px, py in (points if len(points) <= MARKED else points[-1:])
    )
    return f'<g class="cd-ev-line{i}">{parts}{marks}</g>'


def _short(label: str) -> str:
    return esc({"answer accuracy": "accuracy", "refusal recall": "refusals"}.get(label, label))


# --- two runs -----------------------------------------------------------------------------------------


def comparison(found: Json) -> str:
    """The later of two runs against the earlier: figures, and the questions that turned."""
    now, then = found["now"], found["then"]
    figures = "".join(
        f'<tr><th scope="row">{esc(capital(f["label"]))}</th><td class="cd-ev-n">{esc(f["said"])}</td>'
        f"<td>{change(f['change'])}</td></tr>"
        for f in found["figures"]
    )
    other = "" if now["questions"] == then["questions"] else " They were not asked the same questions."
    reworded = int(found["reworded"])
    both = int(found["asked_in_both"])
    note = f"{count(both, 'question')} asked in both; {reworded} answered in other words, no better or worse.{other}"
    id = str(now["id"])
    back = f'<p class="cd-ev-back"><a href="{esc(address("run", id))}">Back to the report</a></p>'
    return (
        f'<section class="cd-ev-two">{back}'
        f"<h3>{when(str(now['started_at']))}, against {when(str(then['started_at']))}</h3>"
        f'<p class="cd-ev-note">{esc(note)}</p><table class="cd-ev-moved"><tbody>{figures}</tbody></table>'
        f"{_turned('Now wrong', found['newly_wrong'], id)}{_turned('Now right', found['newly_right'], id)}</section>"
    )


def _turned(title: str, questions: Sequence[Json], run: str) -> str:
    rows = "".join(
        f'<li class="cd-row"><a class="cd-pick" dir="auto" href="{esc(address("run", run, question=str(q["id"])))}">'
        f'{esc(q["question"])}</a><p class="cd-line"><span>{esc(q["id"])}</span></p><dl><dt>Before</dt>'
        f'<dd dir="auto">{esc(q["before"])}</dd><dt>Now</dt><dd dir="auto">{esc(q["now"])}</dd>'
        f'<dt>Judged</dt><dd dir="auto">{esc(capital(q["why"]))}</dd></dl></li>'
        for q in questions
    )
    listed = f'<ol class="cd-ev-list">{rows}</ol>' if rows else '<p class="cd-ev-note">None.</p>'
    return f"<h4>{esc(title)} <small>{len(questions)}</small></h4>{listed}"
