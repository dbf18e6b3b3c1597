"""What the ``copydesk`` command prints for people: answers as they are written, lists, reports.

Everything from articles and models is stripped of control characters first, and none of it is read as markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from rag.errors import CopydeskError
from rag.terminal import clean, one_line, size
from rag.types import STAGE_WORDS, Answer, Citation, Event, IngestReport, Retrieved, Skipped, Withheld
from rag.wire import answer_from_dict, retrieved_from_dict

if TYPE_CHECKING:
    from rag.doctor import Finding
    from rag.models import ModelStatus, Pulled

_NO_ANSWER = {
    "no_evidence": "Nothing in the archive bears on this question.",
    "weak_evidence": "Nothing in the archive answers this question clearly enough.",
    "unsupported": "No sentence about this could be checked against the articles, so none is shown.",
    "false_premise": "The question takes something for granted that the articles do not say.",
}
HOW_DATED = {"inferred": " (inferred)", "text": " (from the text)"}
_NEAREST = 3
_SOME = 6  # articles that are named of a great many
SHORTEST_STAGE = 5.0  # milliseconds; what took less is left out
_FEW = 3  # files that are named of those skipped for one reason


def error(console: Console, problem: CopydeskError) -> None:
    console.print(Text.assemble(("Error: ", "bold red"), one_line(problem.message)))
    if problem.hint:
        console.print(Text(one_line(problem.hint)))


# --- an answer ------------------------------------------------------------------------------------


def answer(console: Console, a: Answer, *, verbose: bool = False, quotes: bool = True) -> None:
    """The finished answer with what stands behind it."""
    if a.text:
        console.print(_marked(a.text))
    if notice := _notice(a):
        console.print(Text(notice, style="italic" if a.text else ""))
    if a.conflicts:
        conflicts(console, a)
    if a.citations:
        console.print()
        sources(console, a.citations, quotes=quotes)
    elif a.retrieved:
        console.print()
        console.print(Text("Nearest passages", style="bold"))
        for near in a.retrieved[:_NEAREST]:
            _quoted(console, Text(f"    {_origin(near)}"), _best_sentence(near))
    if a.withheld and not verbose:
        count = len(a.withheld)
        console.print()
        console.print(Text(f"{count} sentence{'s' if count > 1 else ''} withheld by the check.", style="dim"))
    if verbose:
        withheld(console, a.withheld)
        _details(console, a)


def _notice(a: Answer) -> str:
    if a.notice:
        return one_line(a.notice)
    if a.status == "partial" and a.reason:
        return one_line(a.reason)
    return _NO_ANSWER.get(a.reason or "", "The archive holds no answer to this.") if not a.text else ""


def _marked(text: str) -> Text:
    shown = Text(clean(text))
    shown.highlight_regex(r"\[\d+\]", "bold cyan")
    return shown


def sources(console: Console, citations: Sequence[Citation], *, quotes: bool = True) -> None:
    """The cited sources by number, each with its quote."""
    console.print(Text("Sources", style="bold"))
    for c in citations:
        origin = Text.assemble((f"[{c.n}] ", "bold cyan"), _origin(c), _event(c))
        if c.also_in:
            origin.append(f" (also in {one_line(', '.join(c.also_in))})", style="dim")
        if quotes:
            _quoted(console, origin, c.quote)
        else:
            console.print(origin)


def _quoted(console: Console, origin: Text, quote: str) -> None:
    console.print(origin)
    console.print(Padding(Text(f"“{one_line(quote)}”", style="dim"), (0, 0, 0, 4), expand=False))


def _origin(of: Citation | Retrieved) -> str:
    return ", ".join(part for part in (one_line(of.outlet), _title(of), _dated(of)) if part)


def _event(c: Citation) -> str:
    """What a quote's "Sunday" stands for; nothing where it names the day in full."""
    if not c.event_at or not c.event_text or re.search(r"\d{4}", c.event_text):
        return ""
    probably = "probably " if c.published_at_source == "inferred" else ""
    return f"; {one_line(c.event_text)} = {probably}{one_line(c.event_at.replace('/', ' to '))}"


def _title(of: Citation | Retrieved) -> str:
    title = one_line(of.title, 100)
    return f"“{title}”" if title else "" if of.outlet else one_line(of.article_id)


def _dated(of: Citation | Retrieved) -> str:
    if not of.published_at:
        return "undated"
    return one_line(of.published_at) + HOW_DATED.get(of.published_at_source, "")


def _best_sentence(near: Retrieved) -> str:
    if near.highlight is None:
        return one_line(near.text, 200)
    return near.text[max(0, near.highlight.start - near.start) : max(0, near.highlight.end - near.start)]


def conflicts(console: Console, a: Answer) -> None:
    """What the sources disagree about, value by value; quotes where they don't stand among the sources anyway."""
    known: tuple[Citation | Retrieved, ...] = (*a.retrieved, *a.citations)
    titles = {of.article_id: of.title for of in known}
    for conflict in a.conflicts:
        what = "Sources disagree" if conflict.kind == "disputed" else "Changed over time"
        with_quotes = any(v.citation is None for v in conflict.values)
        order = (0, 1, 2, 3) if conflict.kind == "disputed" else (2, 0, 1, 3)  # by date where the value moved
        columns = ("value", "reported by", "date", "quote")
        shown = [i for i in order if columns[i] != "quote" or with_quotes]
        made = Table(*(columns[i] for i in shown), box=None, pad_edge=False, header_style="dim")
        values = sorted(conflict.values, key=lambda v: v.date or "") if order[0] else conflict.values
        for v in values:
            value = one_line(f"{v.value} {v.unit or ''}") + (f" [{v.citation}]" if v.citation else "")
            by = one_line(v.outlet) or one_line(titles.get(v.article_id), 60) or one_line(v.article_id)
            cells = (value, by, one_line(v.date) or "undated", one_line(v.quote))
            made.add_row(*(Text(cells[i]) for i in shown))
        console.print()
        console.print(Text(f"{what}: {one_line(conflict.about)}", style="bold yellow"))
        _untrailed(console, made)


def withheld(console: Console, sentences: Sequence[Withheld]) -> None:
    """What the check kept from the reader, and why."""
    if not sentences:
        return
    console.print()
    console.print(Text("Withheld, because the check failed", style="bold"))
    for w in sentences:
        console.print(Text.assemble("  - ", one_line(w.text), (f" ({one_line(w.reason)})", "dim")))


def _details(console: Console, a: Answer) -> None:
    t, u, m = a.timings_ms, a.usage, a.model
    steps = (("evidence", t.evidence), ("first words", t.first_token), ("whole answer", t.total))
    times = ", ".join(f"{name} {ms / 1000:.2f} s" for name, ms in steps if ms is not None)
    lines = [f"Status: {a.status}" + (f" ({one_line(a.reason)})" if a.reason else "")]
    if a.standalone_question != a.question:
        lines.append(f"Understood as: {one_line(a.standalone_question)}")
    lines += [f"Time: {times}"] if times else []
    spent = [(word, getattr(a.stages_ms, stage)) for stage, word in STAGE_WORDS.items()]
    where = ", ".join(f"{word} {ms / 1000:.2f} s" for word, ms in spent if ms >= SHORTEST_STAGE)
    lines += [f"Spent on: {where}"] if where else []
    computed = u.prompt_tokens - u.cached_tokens
    lines.append(f"Tokens: {computed} read, {u.cached_tokens} kept from before, {u.completion_tokens} written")
    lines.append(
        f"Models: {one_line(m.llm or 'no language model')}, {one_line(m.embedder)}, prompt {one_line(m.prompt)}"
    )
    console.print()
    console.print(Text("\n".join(lines), style="dim"))


# --- an answer in the making ----------------------------------------------------------------------


def follow(console: Console, events: Iterable[Event], *, draw: bool = True) -> Answer:
    """Show the draft as it is written, dim until it is checked; return the answer. Raises CopydeskError.

    The draft vanishes in the end, for the finished answer to take its place. Only a terminal shows it.
    """
    draft, wait = "", "Looking for evidence"
    checked: list[str] = []
    with (
        Live(console=console, transient=True, refresh_per_second=12)
        if draw and console.is_terminal
        else nullcontext() as live
    ):
        if live:
            live.update(_draft_view(wait, checked, draft))
        for event in events:
            data = event.data
            if event.name == "answer":
                return answer_from_dict(data)
            if event.name == "error":
                raise CopydeskError(str(data.get("error")), str(data.get("hint") or ""))
            if event.name == "queue":
                ahead = data.get("position")
                wait = f"Waiting: {ahead} before this question" if ahead else "Reading"
            elif event.name == "evidence":
                wait = f"Reading {len(data.get('passages', ()))} passages"
            elif event.name == "token":
                draft += str(data.get("text", ""))
            elif event.name in ("sentence", "withheld"):
                draft = draft.replace(str(data.get("text")), "", 1).lstrip()
                if event.name == "sentence":
                    markers = "".join(f"[{n}]" for n in data.get("citations", ()))
                    checked.append(f"{data.get('text')} {markers}")
            if live:
                live.update(_draft_view(wait, checked, draft))
    raise CopydeskError("The answer broke off.", "Ask again.")


def _draft_view(wait: str, checked: Sequence[str], draft: str) -> RenderableType:
    if not checked and not draft.strip():
        return Spinner("dots", Text(f"{wait} …", style="dim"))
    return Group(Text.assemble(_marked(" ".join(checked)), " " if checked else "", (clean(draft), "dim")))


# --- search, ingest, models, checks --------------------------------------------------------------


def hits(console: Console, found: Sequence[Mapping[str, Any]], undated: int = 0) -> None:
    """Passages found, each with the rank either retriever gave it; ``undated`` articles were left out by date."""
    if not found:
        console.print("No passage was found.")
    left_out(console, undated)
    for place, hit in enumerate(map(retrieved_from_dict, found), 1):
        ranks = ", ".join(f"{name} #{rank}" for name, rank in sorted(hit.ranks.items()))
        console.print(Text.assemble((f"{place}. ", "bold cyan"), _origin(hit), (f"  ({ranks})", "dim")))
        console.print(Padding(Text(one_line(hit.text)), (0, 0, 0, 3), expand=False))
        console.print(Text(f"   {one_line(hit.article_id)} {hit.start}-{hit.end}\n", style="dim"))


def table(console: Console, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Plain columns; cells are cleaned, None is a dash."""
    made = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        made.add_row(*(Text("-" if cell is None or cell == "" else one_line(str(cell))) for cell in row))
    _untrailed(console, made)


def _untrailed(console: Console, made: Table) -> None:
    """Print a table; in a pipe or file without the blanks that fill up its last column."""
    if console.is_terminal:
        console.print(made)
        return
    with console.capture() as captured:
        console.print(made)
    console.file.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def left_out(console: Console, undated: int) -> None:
    """Say how many articles a filter by date left out because they have none."""
    from rag.timeline import undated_notice  # reads dates in words: an answer shown needs none of that

    if notice := undated_notice(undated):
        console.print(Text(notice, style="italic"))


def report(console: Console, done: IngestReport, *, limit: int = 20) -> None:
    """What an ingest or sync did, or would do."""
    counts = [(name, getattr(done, name)) for name in ("added", "changed", "removed", "unchanged")]
    summary = [f"{len(ids)} {name}" for name, ids in counts]
    near = set(done.near_copies)
    same = [i for i in done.copies if i not in near]
    nearly = "near-copy" if len(near) == 1 else "near-copies"
    for ids, name in ((same, "with the text of another"), (done.near_copies, nearly), (done.skipped, "skipped")):
        if ids:
            summary.append(f"{len(ids)} {name}")
    console.print(f"{'Dry run, nothing was written: ' if done.dry_run else ''}{', '.join(summary)}.")
    _removed_before(console, done, limit)
    copies = [f"{i} (of {done.copy_of[i]})" if i in done.copy_of else i for i in (*same, *done.near_copies)]
    listed = [*counts[:3], ("same text as another article", copies[: len(same)]), ("near-copies", copies[len(same) :])]
    for name, ids in listed:
        if ids:
            first = ids if len(ids) <= limit else ids[:_SOME]
            more = f" and {len(ids) - len(first)} more" if len(ids) > len(first) else ""
            console.print(Text(f"  {name}: {one_line(', '.join(first))}{more}"))
    _skipped(console, done.skipped, limit)
    if done.passages:
        console.print(f"{done.passages} passages {'to be indexed' if done.dry_run else 'indexed'}.")


def _removed_before(console: Console, done: IngestReport, limit: int) -> None:
    for ids, what in ((done.restored, "brought back"), (done.left_out, "left out")):
        if ids:
            shown = one_line(", ".join(ids[:limit])) + (f" and {len(ids) - limit:,} more" if len(ids) > limit else "")
            console.print(Text(f"{len(ids):,} removed before, {what}: {shown}"))
    if done.left_out:
        console.print(Text("  (`copydesk articles restore ID` brings one back)", style="dim"))


def _skipped(console: Console, skipped: Sequence[Skipped], limit: int) -> None:
    """What was left out, one line each or, where that is a lot, by reason; the most frequent first."""
    reasons: dict[str, list[str]] = {}
    for item in skipped:
        reason = item.reason.removeprefix(f"{item.path}: ")
        reasons.setdefault(f"{reason[:1].upper()}{reason[1:]}", []).append(item.path)
    if len(skipped) <= min(limit, _FEW + len(reasons)):
        for item in skipped:
            console.print(Text(f"  skipped {one_line(item.path)}: {one_line(item.reason)}"))
        return
    first, last = min(item.path for item in skipped), max(item.path for item in skipped)
    same = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    above = first.rfind("/", 0, same) + 1  # the folder that all of them lie in goes without saying
    for reason, paths in sorted(reasons.items(), key=lambda pair: -len(pair[1]))[:limit]:
        shown = one_line(", ".join(path[above:] for path in paths[:_FEW]), 300)
        more = f" and {len(paths) - _FEW} more" if len(paths) > _FEW else ""
        console.print(Text(f"  {len(paths)} skipped: {one_line(reason)} ({shown}{more})"))
    if len(reasons) > limit:
        console.print(f"  and others, for {len(reasons) - limit} other reasons")
    console.print(Text("  (--json lists them all)", style="dim"))


def mapping(console: Console, values: Mapping[str, Any]) -> None:
    """Names and values, one a line."""
    made = Table.grid(padding=(0, 2))
    for name, value in values.items():
        if name.endswith("_bytes"):
            name, value = name.removesuffix("_bytes"), size(int(value))
        elif isinstance(value, Mapping):
            value = ", ".join(f"{key} ({count})" for key, count in value.items())
        shown = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
        made.add_row(
            Text(name.replace("_", " "), style="dim"), Text("-" if shown in (None, "") else one_line(str(shown)))
        )
    _untrailed(console, made)


def models(console: Console, found: Sequence[ModelStatus]) -> None:
    """The models, with what is on disk of each; those in use are marked."""
    rows = [
        ("*" if m.selected else " ", m.name, m.kind, size(m.size) if m.size else None, m.state, m.licence, m.detail)
        for m in found
    ]
    table(console, ("", "name", "kind", "size", "state", "licence", "detail"), rows)
    console.print("* in use", style="dim")


def pulled(console: Console, done: Sequence[Pulled]) -> None:
    for p in done:
        how = "is here and whole" if p.source == "present" else f"fetched ({p.note or p.source})"
        console.print(Text(one_line(f"{p.name}: {how}, in {p.path}")))


def findings(console: Console, found: Sequence[Finding]) -> None:
    """One line for each thing checked, and what to do about it."""
    for f in found:
        mark = Text("ok   ", style="green") if f.ok else Text("FAULT", style="bold red")
        console.print(Text.assemble(mark, " ", (one_line(f.name), "bold"), f": {one_line(f.detail)}"))
        if f.remedy:
            console.print(Padding(Text(one_line(f.remedy)), (0, 0, 0, 6), expand=False))
    bad = sum(not f.ok for f in found)
    console.print(f"{bad} fault{'s' if bad != 1 else ''} found." if bad else "All is well.")
