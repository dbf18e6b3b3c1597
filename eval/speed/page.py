"""What ``make bench-speed`` prints, and its page: aims, where the time goes, how long readers wait beside the peer."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from eval.report import document
from eval.speed.figures import mean_stages
from eval.speed.plots import STYLE, Curve, columns, distributions, key, stacks

# --- in the terminal ------------------------------------------------------------------------------


def tables(run: Mapping[str, Any]) -> None:
    """The aims, the peer and where the time goes, on stdout."""
    console = Console(highlight=False)
    table = Table("", title="Aims", title_justify="left")
    for heading in ("measured", "aim", ""):
        table.add_column(heading, justify="right")
    for aim in run["aims"]:
        verdict = {None: "[dim]not measured[/]", True: "[green]met[/]", False: "[red]missed[/]"}[aim["met"]]
        table.add_row(aim["label"], measured(aim), wanted(aim), verdict)
    console.print(table)
    if rows := _programs(run):
        beside = Table("", title="Beside the peer, median / 95th percentile", title_justify="left")
        for name, _ in rows:
            beside.add_column(name, justify="right")
        for label, cells in _beside(rows):
            beside.add_row(label, *cells)
        console.print(beside)
    for line in lines(run):
        console.print(line, markup=False, soft_wrap=True)


def lines(run: Mapping[str, Any]) -> list[str]:
    """Sentences about what the tables leave out."""
    found = []
    if answers := run.get("answers"):
        stages = ", ".join(f"{name} {ms / 1000:.2f}" for name, ms in answers["stages_ms"].items())
        found.append(f"Mean seconds of {answers['n']} answers by stage: {stages}.")
        found.append(
            f"The model read {_or(answers['prefill_tokens_s'])} and wrote {_or(answers['decode_tokens_s'])} tokens a"
            f" second; uncached prompt tokens {_or(answers['uncached_tokens']['p50'])} at the median,"
            f" {_or(answers['uncached_tokens']['p95'])} at the 95th percentile."
        )
    for name, ratio in run.get("peer", {}).get("ratios", {}).items():
        what = {"first_token": "first token", "total": "whole answer"}[name]
        found.append(
            f"The peer's {what} takes {_or(ratio['value'])} times as long (95% interval {_or(ratio['low'])} to"
            f" {_or(ratio['high'])}, {ratio['n']} questions)."
        )
    if server := run.get("server"):
        found.append(f"copydesk serve: a page after {server['page_s']} s, questions after {server['ready_s']} s.")
    found += [f"Left out: {part}: {why}." for part, why in run["left_out"].items()]
    found += [f"FAILED: {part}: {why}" for part, why in run["failed"].items()]
    return found


def measured(aim: Mapping[str, Any]) -> str:
    return "" if aim["value"] is None else _written(aim["value"], aim["unit"], sign=True)


def wanted(aim: Mapping[str, Any]) -> str:
    return f"{'≤' if aim['at_most'] else '≥'} {_written(aim['reach'], aim['unit'])}"


# --- the page -------------------------------------------------------------------------------------


def page(run: Mapping[str, Any]) -> str:
    """The run as one self-contained HTML page. What comes from questions or models is escaped."""
    machine, model = run["machine"], run.get("model", {"llm": "no model", "embedder": "no embedder"})
    about = f"{machine['cpu']}, {machine['cores']} cores · {model['llm']}, {model['embedder']} · {run['started_at']}"
    ours = [r for r in run["records"] if r["who"] == "copydesk"]
    theirs = [r for r in run["records"] if r["who"] == "peer"]
    failed = "".join(f"<li>{_e(part)}: {_e(why)}</li>" for part, why in run["failed"].items())
    parts = [
        "<h1>Copydesk: how long a reader waits</h1>",
        f"<p class='about'>{_e(about)}</p>",
        f"<p class='bad'>These parts failed:</p><ul class='bad'>{failed}</ul>" if failed else "",
        _aims(run["aims"]),
        *(f"<p>{_e(line)}</p>" for line in lines(run) if not line.startswith("FAILED")),
        f"<h2>Where the time of an answer goes</h2>{_key(ours)}{stacks(_kinds(ours))}" if ours else "",
        f"<h3>Each answer, the quickest first</h3>{columns(ours)}" if ours else "",
        "<h2>Waiting, beside the peer</h2>" if theirs else "<h2>Waiting</h2>" if ours else "",
        stacks([(f"{name}, {s['n']} questions", s["stages_ms"]) for name, s in _programs(run)]) if theirs else "",
        "<p class='soft'>The share of questions for which it is there after so many seconds (logarithmic).</p>"
        + distributions(_curves(ours, theirs))
        if ours
        else "",
        _beside_table(_programs(run)),
        _judged(theirs, ours),
    ]
    return document("Copydesk: how long a reader waits", parts, STYLE)


# --- parts ----------------------------------------------------------------------------------------


def _aims(found: Sequence[Mapping[str, Any]]) -> str:
    rows = []
    for aim in found:
        look, verdict = {None: ("soft", "not measured"), True: ("good", "met"), False: ("bad", "missed")}[aim["met"]]
        rows.append(
            f'<tr><td>{_e(aim["label"])}</td><td class="n">{_e(measured(aim))}</td>'
            f'<td class="n">{_e(wanted(aim))}</td><td class="{look}">{verdict}</td></tr>'
        )
    head = '<tr><th></th><th class="n">Measured</th><th class="n">Aim</th><th></th></tr>'
    return f"<table>{head}{''.join(rows)}</table>"


def _programs(run: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """(name, summary) of Copydesk and the peer on the questions that both were asked; empty without a peer."""
    peer = run.get("peer", {})
    return [("Copydesk", peer["ours"]), (peer["name"], peer)] if peer.get("ours") else []


def _beside(programs: Sequence[tuple[str, Mapping[str, Any]]]) -> list[tuple[str, list[str]]]:
    def pair(summary: Mapping[str, Any], name: str) -> str:
        found = summary[name]
        return "" if found["p50"] is None else f"{found['p50'] / 1000:.2f} / {found['p95'] / 1000:.2f} s"

    def share(summary: Mapping[str, Any]) -> str:
        found = summary["right"]
        return "" if found["value"] is None else f"{100 * found['value']:.0f}% of {found['n']}"

    labels = {
        "evidence_ms": "evidence",
        "first_token_ms": "first token",
        "first_sentence_ms": "first checked sentence",
        "total_ms": "whole answer",
    }
    rows = [(label, [pair(s, name) for _, s in programs]) for name, label in labels.items()]
    rows.append(("uncached prompt tokens, median", [_or(s["uncached_tokens"]["p50"]) for _, s in programs]))
    rows.append(("right outcomes", [share(s) for _, s in programs]))
    rows.append(("... of answerable questions", [_percent(s["answer_accuracy"]) for _, s in programs]))
    rows.append(("unanswerable ones refused", [_percent(s["refusal_recall"]) for _, s in programs]))
    return rows


def _beside_table(programs: Sequence[tuple[str, Mapping[str, Any]]]) -> str:
    if not programs:
        return ""
    head = "".join(f'<th class="n">{_e(name)}</th>' for name, _ in programs)
    rows = "".join(
        f"<tr><td>{_e(label)}</td>" + "".join(f'<td class="n">{_e(cell)}</td>' for cell in cells) + "</tr>"
        for label, cells in _beside(programs)
    )
    head = f"<tr><th>Median / 95th percentile</th>{head}</tr>"
    return f'<div class="scroll"><table class="beside">{head}{rows}</table></div>'


def _kinds(records: Sequence[Mapping[str, Any]]) -> list[tuple[str, dict[str, float]]]:
    """Mean milliseconds by stage of all answers, and of kinds of them."""
    written = [r for r in records if r["stages_ms"].get("decode")]
    read = [r for r in records if r["stages_ms"].get("prefill") and r not in written]
    code = [r for r in records if r not in written and r not in read]
    kinds = {"all": records, "written by the model": written, "only read by the model": read, "by code alone": code}
    return [
        (f"{name} ({len(some)})", mean_stages([r["stages_ms"] for r in some])) for name, some in kinds.items() if some
    ]


def _key(records: Sequence[Mapping[str, Any]]) -> str:
    return key(mean_stages([r["stages_ms"] for r in records]))


def _curves(ours: Sequence[Mapping[str, Any]], theirs: Sequence[Mapping[str, Any]]) -> list[Curve]:
    def seconds(records: Sequence[Mapping[str, Any]], name: str) -> list[float]:
        return [r[name] / 1000 for r in records if r[name] is not None]

    return [
        ("evidence", "var(--retrieve)", False, seconds(ours, "evidence_ms")),
        ("first token", "var(--prefill)", False, seconds(ours, "first_token_ms")),
        ("first checked sentence", "var(--check)", False, seconds(ours, "first_sentence_ms")),
        ("whole answer", "var(--ink)", False, seconds(ours, "total_ms")),
        ("peer's first token", "var(--prefill)", True, seconds(theirs, "first_token_ms")),
        ("peer's whole answer", "var(--ink)", True, seconds(theirs, "total_ms")),
    ]


def _judged(theirs: Sequence[Mapping[str, Any]], ours: Sequence[Mapping[str, Any]]) -> str:
    """Both answers to each shared question, to judge the judgement by."""
    if not theirs:
        return ""
    by_id = {record["id"]: record for record in ours}
    rows = []
    for peer in theirs:
        mine = by_id.get(peer["id"])
        said = "".join(f"<p>{_verdict(r)} {_e(r['text'])}</p>" for r in (mine, peer) if r)
        rows.append(f"<details><summary>{_e(peer['id'])} {_e(peer['question'])}</summary>{said}</details>")
    about = (
        "Copydesk above, the peer below. The peer's plain text is judged in its favour: the expected words must "
        "be there, doubts and missing citations are forgiven, any hint that the sources do not tell counts as refusal."
    )
    return f"<h2>What both answered</h2><p class='soft'>{_e(about)}</p>{''.join(rows)}"


def _verdict(record: Mapping[str, Any]) -> str:
    look, word = ("good", "right") if record["correct"] else ("bad", "wrong")
    return f'<span class="{look}">{word}</span> <span class="soft">{record["total_ms"] / 1000:.1f} s</span>'


def _written(value: float, unit: str, *, sign: bool = False) -> str:
    if unit == "ms":
        return f"{value / 1000:.2f} s" if value >= 1000 else f"{value:.0f} ms"
    if unit == "share":
        return f"{100 * value:{'+' if sign else ''}.0f} points"
    if unit == "s":
        return f"{value:.2f} s" if value >= 0.1 else f"{1000 * value:.0f} ms"
    return f"{value:.2f}×" if unit == "x" else f"{value:,.0f}"


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.0f}%"


def _or(value: float | None) -> str:
    return "no" if value is None else f"{value:g}"


def _e(value: object) -> str:
    return html.escape(str(value), quote=True)
