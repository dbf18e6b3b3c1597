"""One run's report as HTML: figures with what they mean, right answers by tag, misses by name. Pure.

Which figures there are, their words and their verdicts come with the data.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Sequence

from ui.bricks import Json, address, capital, day, esc, short_day
from ui.evaluation.running import took

BAR = 100  # what a bar is drawn in


def moment(iso: str, *, short: bool = False) -> str:
    """``2026-11-21T17:08:09+00:00`` as ``21 November 2026, 17:08 UTC``; anything else unchanged."""
    try:
        then = datetime.datetime.fromisoformat(iso).astimezone(datetime.UTC)
    except ValueError:
        return iso
    date = (short_day if short else day)(then.date().isoformat())
    return f"{date}, {then:%H:%M}{'' if short else ' UTC'}"


def when(iso: str, *, short: bool = False) -> str:
    """A moment as a time element."""
    return f'<time datetime="{esc(iso)}">{esc(moment(iso, short=short))}</time>'


def report(run: Json) -> str:
    """What was run, and its figures."""
    figures = "".join(_figure(figure) for figure in run["figures"])
    listed = f'<dl class="cd-ev-figures">{figures}</dl>'
    return f'<section class="cd-ev-report" aria-label="Report">{_about(run)}{listed}</section>'


def _about(run: Json) -> str:
    head, before = run["head"], run["before"]
    part = "" if head["whole"] else f" of {int(head['of'] or 0)}" if head["of"] else ""
    facts = [
        f"{int(head['asked'])}{part} {'question' if head['asked'] == 1 and not part else 'questions'}",
        took(head["duration_s"]),
        str(head["model"].get("llm") or "no language model"),
        str(head["model"].get("prompt") or ""),
    ]
    part_of = "Stopped before its end" if head["stopped"] else "Only a part of the set"
    note = "" if head["whole"] else f"{part_of}: whether the targets are met takes the whole set."
    against = (
        f'Changes are against the run of <a href="{_run(before["id"])}">{when(before["started_at"])}</a>'
        f"{esc(_other_model(head, before))}."
        if before
        else "There is no earlier run of the same questions to compare with."
    )
    return (
        f"<h3>{esc(str(head['set']).capitalize())}, {when(head['started_at'])}</h3>"
        f'<p class="cd-ev-facts">{"".join(f"<span>{esc(fact)}</span>" for fact in facts if fact)}</p>'
        f'<p class="cd-ev-note">{esc(note)} {against}</p>'
    )


def _other_model(head: Json, before: Json) -> str:
    """What else differs between two runs, besides their days."""
    kinds = {"llm": "language model", "embedder": "embedder", "prompt": "prompt"}
    other = [f"{name} {before['model'].get(key) or 'none'}" for key, name in kinds.items()
             if before["model"].get(key) != head["model"].get(key)]  # fmt: skip
    return f", made with the {' and the '.join(other)}" if other else ""


def _figure(figure: Json) -> str:
    met = {True: "met", False: "missed"}.get(figure["met"], "")
    verdict = f", {met}" if met else ""
    target = f"target {figure['target']}{verdict}" if figure["target"] and figure["value"] is not None else ""
    interval = f"95% interval {figure['interval']}" if figure["interval"] else ""
    small = "".join(f"<span>{esc(text)}</span>" for text in (figure["rests_on"], interval, target) if text)
    return (
        f'<div class="cd-ev-figure"><dt>{esc(capital(figure["label"]))}</dt>'
        f"<dd><strong>{esc(figure['said'])}</strong> {change(figure['change'])}"
        f'<span class="cd-ev-means">{esc(capital(figure["means"]))}</span>'
        f'<span class="cd-ev-small">{small}</span></dd></div>'
    )


def change(told: Json | None) -> str:
    """``+1.2 points, better``: in words and sign; the colour only repeats it."""
    if told is None:
        return ""
    if told["word"] == "same":
        return f'<span class="cd-ev-change">{esc(told["said"])}</span>'
    return f'<span class="cd-ev-change cd-ev-{esc(told["word"])}">{esc(told["said"])}, {esc(told["word"])}</span>'


# --- by tag -----------------------------------------------------------------------------------------


def tags(rows: Sequence[Json]) -> str:
    """Right outcomes by tag, a bar for each."""
    if not rows:
        return ""
    body = "".join(_tag(row) for row in rows)
    return (
        '<section class="cd-ev-tags"><h3>Right by kind of question</h3><table><thead class="cd-unseen">'
        f"<tr><th>Kind</th><th>Share</th><th>Right</th><th>Change</th></tr></thead><tbody>{body}</tbody></table></section>"
    )


def _tag(row: Json) -> str:
    share = min(max(float(row["value"] or 0), 0.0), 1.0)
    cases, right = int(row["cases"]), round(share * int(row["cases"]))
    old = None if row["before"] is None else round(float(row["before"]) * cases)
    moved = "" if old is None or old == right else f"{'+' if right > old else '−'}{abs(right - old)}"
    said = (
        f'<span class="cd-ev-change cd-ev-{"better" if moved[:1] == "+" else "worse"}">{moved}</span>' if moved else ""
    )
    return (
        f'<tr><th scope="row">{esc(row["tag"])}</th><td class="cd-ev-bar">{bar(share)}</td>'
        f'<td class="cd-ev-n">{right} of {cases}</td><td class="cd-ev-n">{said}</td></tr>'
    )


def bar(share: float) -> str:
    """A share from 0 to 1 as a bar; the number stands beside it."""
    return (
        f'<svg viewBox="0 0 {BAR} 8" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="cd-ev-track" width="{BAR}" height="8"/>'
        f'<rect class="cd-ev-fill" width="{BAR * share:.1f}" height="8"/></svg>'
    )


# --- misses -----------------------------------------------------------------------------------------


def misses(run: Json) -> str:
    """Every question that went wrong; evaluation.js shows those of the chosen kind and tag."""
    found = run["misses"]
    id = str(run["head"]["id"])
    title = f"<h3>Misses <small>{len(found)} of {int(run['head']['asked'])}</small></h3>"
    if not found:
        return f'<section class="cd-ev-misses">{title}<p>Every question came out right.</p></section>'
    kinds, tagged = Counter(m["kind"] for m in found), Counter(tag for m in found for tag in m["tags"])
    by_kind = [(k["kind"], f"{k['label']} ({kinds[k['kind']]})") for k in run["kinds"] if kinds[k["kind"]]]
    by_tag = [(tag, f"{tag} ({n})") for tag, n in sorted(tagged.items())]
    new = sum(bool(m["new"]) for m in found)
    if new:
        by_kind.append(("new", f"New in this run ({new})"))
    return (
        f'<section class="cd-ev-misses">{title}<form class="cd-ev-filter cd-labelled" aria-label="Filter the misses">'
        f"<label><span>What went wrong</span>{_menu('kind', by_kind, len(found))}</label>"
        f"<label><span>Kind of question</span>{_menu('tag', by_tag, len(found))}</label>"
        f'<p class="cd-ev-note" role="status" data-total="{len(found)}"></p></form>'
        f'<ol class="cd-ev-list">{"".join(_miss(miss, id) for miss in found)}</ol></section>'
    )


def _menu(name: str, choices: Sequence[tuple[str, str]], total: int) -> str:
    options = "".join(f'<option value="{esc(value)}">{esc(said)}</option>' for value, said in choices)
    return f'<select name="{name}" class="cd-field"><option value="">All ({total})</option>{options}</select>'


def _miss(miss: Json, run: str) -> str:
    kinds = f"{miss['kind']} new" if miss["new"] else miss["kind"]
    new = '<span class="cd-tag">new</span>' if miss["new"] else ""
    place = esc(address("run", run, question=str(miss["id"])))
    rows = "".join(
        f'<dt>{name}</dt><dd dir="auto">{esc(text)}</dd>'
        for name, text in (("Expected", miss["expected"]), ("Said", miss["said"]), ("Judged", capital(miss["why"])))
        if text
    )
    return (
        f'<li class="cd-row" data-kind="{esc(kinds)}" data-tags="{esc(chr(10).join(miss["tags"]))}">'
        f'<a class="cd-pick" href="{place}" data-question="{esc(miss["id"])}" dir="auto">{esc(miss["question"])}</a>'
        f'<p class="cd-line"><b class="cd-ev-kind">{esc(miss["label"])}</b><span>{esc(miss["id"])}</span>'
        f"<span>{esc(', '.join(miss['tags']))}</span>{new}</p><dl>{rows}</dl></li>"
    )


# --- small things -----------------------------------------------------------------------------------


def _run(id: object) -> str:
    return esc(address("run", id))
