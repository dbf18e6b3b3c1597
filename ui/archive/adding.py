"""Adding to the archive, as HTML: where files are chosen, how far they are, what became of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ui.archive.shelf import pick
from ui.bricks import Json, esc, icon

NAMED = 12  # articles and files named of those that were handed in
STAGES = {  # in their order, as a reader would call them; of all others, "Finishing"
    "read": "Reading files",
    "store": "Reading a large file",
    "cut": "Cutting articles into passages",
    "lines": "Looking for repeated lines",
    "sign": "Looking for copies",
    "copies": "Looking for copies",
    "embed": "Indexing passages",
}
# What adding.js fills in: it is never drawn anew, so that a press on Stop meets the button it was meant for.
BAR = (
    '<div class="cd-adding" hidden><span class="cd-stage"></span><progress max="1" value="0" aria-label="Adding files">'
    '</progress><span class="cd-far"></span><button type="button" class="cd-plain cd-halt">Stop</button></div>'
    '<span class="cd-unseen cd-heard" role="status"></span>'
)


def choose(suffixes: Iterable[str]) -> str:
    """Where files are chosen; adding.js copies them to the server, and those dropped on the page too."""
    return (
        '<label class="cd-choose" title="Or drop files anywhere. They are copied into the archive’s folder.">'
        f'<input type="file" multiple id="cd-files" class="cd-files" accept="{esc(",".join(suffixes))}">Add articles'
        "</label>"
    )


def elsewhere() -> str:
    """In place of that, for visitors who may only read."""
    return '<span class="cd-elsewhere">Added to on its own machine only</span>'


def step(stage: str, done: int, total: int) -> str:
    """How far an ingest is, for adding.js to show."""
    words = STAGES.get(stage, "Finishing")
    return f'<i class="cd-step" data-words="{esc(words)}" data-done="{int(done)}" data-total="{int(total)}"></i>'


def added(report: Json, refused: Sequence[tuple[str, str]] = (), titles: Mapping[str, str] | None = None) -> str:
    """What became of the files: counts, the articles to open by their ``titles``, each file that was not taken in and
    the reason."""
    left = [(_name(item["path"]), str(item["reason"])) for item in report.get("skipped") or ()] + list(refused)
    told = [
        (name, list(report.get(name) or ()), said)
        for name, said in (
            ("added", "added"),
            ("changed", "changed"),
            ("restored", "brought back"),
            ("unchanged", "unchanged"),
        )
    ]
    counts = [f"{len(ids):,} {said}" for _, ids, said in told if ids]
    if left:
        counts.append(f"{len(left):,} not added")
    items = [_item(id, name, said, report, titles or {}) for name, ids, said in told for id in ids]
    reasons = [f'<li><b dir="auto">{esc(name)}</b> {esc(why)}</li>' for name, why in left]
    listed = _some(items) + _some(reasons)
    stopped = bool(report.get("stopped"))
    kind = "stopped" if stopped else "answered" if items else "failed"
    label = f"{'Stopped: ' if stopped else ''}{', '.join(counts) or 'nothing to add'}"
    return (
        f'<div class="cd-done"><p class="cd-status cd-is-{kind}" role="status">{icon(kind)}'
        f'<span class="cd-label">{esc(label[:1].upper() + label[1:])}</span></p>'
        f"{f'<ul>{listed}</ul>' if listed else ''}</div>"
    )


def _item(id: str, name: str, said: str, report: Json, titles: Mapping[str, str]) -> str:
    what = "" if name == "added" else f" <span>{said}</span>"
    return f"<li>{pick({'article_id': id, 'title': titles.get(id)})}{what}{_repeats(report, id)}</li>"


def _repeats(report: Json, article_id: str) -> str:
    """Which other article it has the text of."""
    other = (report.get("copy_of") or {}).get(article_id)
    if not other:
        return ""
    how = "nearly the same text as" if article_id in (report.get("near_copies") or ()) else "same text as"
    return f' <span dir="auto">{how} {esc(other)}</span>'


def _some(items: Sequence[str]) -> str:
    more = f"<li>and {len(items) - NAMED:,} more</li>" if len(items) > NAMED else ""
    return "".join(items[:NAMED]) + more


def _name(path: object) -> str:
    return str(path).replace("\\", "/").rsplit("/", 1)[-1]
