"""The archive as HTML: what it holds, a list of its articles, one of them to read. Pure.

A click on an element with ``data-do`` is sent to ``ui.archive.events`` with its other data (see archive.js).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from rag.types import Listing
from ui.bricks import Json, count, date_field, dated, day, esc, icon, link, menu, outlet_menu

MOST_CHARS = 200  # of search words
SORTS = {
    "-published": "Newest first",
    "published": "Oldest first",
    "title": "Title",
    "outlet": "Outlet",
    "-ingested": "Added last",
    "id": "File name",
}
NAMED = 12  # articles and files named of those that were handed in
_CLOSE = '<div class="cd-top"><button type="button" class="cd-plain" data-do="close">Close</button></div>'


# --- what it holds ----------------------------------------------------------------------------------


def facts(info: Json) -> str:
    """The archive in one line of numbers."""
    articles = int(info.get("articles") or 0)
    if not articles:
        return '<p class="cd-facts">The archive is empty.</p>'
    told = [count(articles, "article")]
    texts = info.get("distinct_texts")
    if texts is not None and texts != articles:
        told.append(count(int(texts), "distinct text"))
    if info.get("clusters"):
        told.append(f"{count(int(info['clusters']), 'group')} of near-copies")
    if info.get("outlets"):
        told.append(count(len(info["outlets"]), "outlet"))
    first, last = str(info.get("first_published_at") or "")[:10], str(info.get("last_published_at") or "")[:10]
    if first:
        told.append(day(first) if first == last else f"{day(first)} to {day(last)}")
    if undated := int((info.get("dates") or {}).get("unknown") or 0):
        told.append(f"{undated:,} undated")
    behind = '<p class="cd-stale">The search index is behind: run <code>copydesk rebuild</code>.</p>'
    stale = "" if info.get("index_current", True) else behind
    return f'<p class="cd-facts">{"".join(f"<span>{esc(part)}</span>" for part in told)}</p>{stale}'


def find_form(outlets: Mapping[str, int], now: Listing) -> str:
    """Search words, outlet, dates and order, as they are set ``now``; sent as they are changed."""
    chosen = now.filter.sources[0] if now.filter.sources else ""
    ticked = " checked" if now.undated else ""
    return (
        '<form class="cd-find cd-labelled" role="search" aria-label="Find articles">'
        '<label class="cd-words"><span class="cd-unseen">Words in title or outlet</span>'
        f'<input type="search" name="q" class="cd-field" maxlength="{MOST_CHARS}" autocomplete="off" '
        f'placeholder="Find by title or outlet" value="{esc(now.search)}"></label>'
        '<button type="button" class="cd-clear">Clear</button>'
        '<details class="cd-more"><summary>Filter and sort</summary><div>'
        f"<label><span>Outlet</span>{menu('source', outlet_menu(outlets, *now.filter.sources), chosen)}</label>"
        f"<label><span>From</span>{date_field('since', now.filter.since)}</label>"
        f"<label><span>To</span>{date_field('until', now.filter.until)}</label>"
        f"<label><span>Order</span>{menu('sort', list(SORTS.items()), now.sort)}</label>"
        f'<label class="cd-tick"><input type="checkbox" name="undated"{ticked}> <span>Undated only</span></label>'
        "</div></details></form>"
    )


def add_button(suffixes: Iterable[str]) -> str:
    """Where files are chosen; archive.js copies them to the server, and those dropped on the view too."""
    return (
        '<label class="cd-choose" title="Or drop files anywhere here. They are copied into the archive’s folder.">'
        f'<input type="file" multiple class="cd-files" accept="{esc(",".join(suffixes))}">Add articles</label>'
        '<span class="cd-sent" role="status"></span>'
    )


# --- the list -----------------------------------------------------------------------------------------


def rows(page: Json, opened: str | None = None) -> str:
    """One page of articles, with how many there are and the way to the other pages."""
    found, total, offset = page["articles"], int(page["total"]), int(page["offset"])
    left_out = int(page.get("undated_left_out") or 0)
    note = f'<p class="cd-left-out">{esc(_left_out(left_out))}</p>' if left_out else ""
    if not found:
        return f'<p class="cd-total" role="status">No article matches.</p>{note}'
    first, last = offset + 1, offset + len(found)
    shown = count(total, "article") if (first, last) == (1, total) else f"{first:,} to {last:,} of {total:,} articles"
    listed = "".join(_row(item, item["article_id"] == opened) for item in found)
    return (
        f'<p class="cd-total" role="status">{esc(shown)}</p>{note}<ul class="cd-rows">{listed}</ul>'
        f"{_pager(offset, len(found), total, int(page['limit'] or total))}"
    )


def _left_out(undated: int) -> str:
    return f"{count(undated, 'article')} without a date left out."


def _row(item: Json, opened: bool) -> str:
    here = ' aria-current="true"' if opened else ""
    copies = int(item.get("copies") or 0)
    tag = f'<span class="cd-tag">{count(copies, "copy", "copies")}</span>' if copies else ""
    passages = f'<span class="cd-count">{count(int(item.get("passages") or 0), "passage")}</span>'
    return (
        f'<li class="cd-row{" cd-here" if opened else ""}"><button type="button" class="cd-pick" data-do="open" '
        f'data-id="{esc(item["article_id"])}"{here} dir="auto">{esc(item.get("title") or item["article_id"])}</button>'
        f'<span class="cd-line">{_outlet(item)}{dated(item)}{passages}{tag}</span></li>'
    )


def _outlet(item: Json) -> str:
    if not item.get("outlet"):
        return '<span class="cd-outlet cd-missing">no outlet</span>'
    how = {"url": "from the URL", "text": "from the text"}.get(str(item.get("outlet_source")), "")
    tag = f' <span class="cd-tag">{how}</span>' if how else ""
    return f'<span class="cd-outlet" dir="auto">{esc(item["outlet"])}</span>{tag}'


def _pager(offset: int, here: int, total: int, limit: int) -> str:
    if total <= here:
        return ""
    page, pages = offset // limit + 1, (total + limit - 1) // limit
    return (
        f'<nav class="cd-pager" aria-label="Pages">{_turn("Previous", max(0, offset - limit), offset > 0)}'
        f"<span>Page {page:,} of {pages:,}</span>{_turn('Next', offset + limit, offset + here < total)}</nav>"
    )


def _turn(label: str, to: int, possible: bool) -> str:
    off = "" if possible else " disabled"
    return f'<button type="button" class="cd-plain" data-do="page" data-to="{to}"{off}>{label}</button>'


# --- one article ----------------------------------------------------------------------------------------


def reader(article: Json, *, quote: tuple[int, int] | None = None, removable: bool = True, asking: bool = False) -> str:
    """An article to read: what is known of it, its near-copies, its text with each passage's beginning marked, and
    ``quote``, as offsets in the text."""
    title = article.get("title") or article["article_id"]
    return (
        '<article class="cd-article" tabindex="-1" aria-labelledby="cd-article-title" '
        f'data-id="{esc(article["article_id"])}">'
        f"{_CLOSE}"
        f'<h2 id="cd-article-title" dir="auto">{esc(title)}</h2>'
        f'<p class="cd-line">{_outlet(article)}{dated(article)}{link(article.get("url"))}</p>'
        f"{_copies(article.get('copies') or ())}"
        f'<div class="cd-full" dir="auto">{_text(article, quote)}</div>'
        f"{_about(article)}{_removal(article, asking) if removable else ''}</article>"
    )


def nothing_open() -> str:
    return '<p class="cd-none">Choose an article to read it here.</p>'


def removed(title: str) -> str:
    """In place of an article that was just taken out."""
    return (
        f'{_CLOSE}<p class="cd-status cd-is-stopped" role="status" tabindex="-1">{icon("stopped")}'
        f'<span class="cd-label">Removed</span><span class="cd-notice" dir="auto">{esc(title)}</span></p>'
    )


def unreadable(message: str, hint: str) -> str:
    """In place of an article that can't be shown, or could not be removed."""
    return f"{_CLOSE}{fault(message, hint)}"


def fault(message: str, hint: str) -> str:
    """An error, with what to do."""
    return (
        f'<p class="cd-status cd-is-failed" role="alert">{icon("failed")}'
        f'<span class="cd-label">{esc(message)}</span><span class="cd-notice">{esc(hint)}</span></p>'
    )


def _copies(copies: Sequence[Json]) -> str:
    if not copies:
        return ""
    items = "".join(
        f'<li><button type="button" class="cd-pick" data-do="open" data-id="{esc(copy["article_id"])}" dir="auto">'
        f'{esc(copy.get("title") or copy["article_id"])}</button><span class="cd-line">{_outlet(copy)}{dated(copy)}'
        f'<span class="cd-tag">{"same text" if copy.get("same_text") else "nearly the same text"}</span></span></li>'
        for copy in copies
    )
    said = f"Told in {count(len(copies), 'other article')} too; an answer counts them as one source"
    return (
        f'<details class="cd-copies"{" open" if len(copies) < 4 else ""}><summary>{said}</summary>'
        f"<ul>{items}</ul></details>"
    )


def _text(article: Json, quote: tuple[int, int] | None) -> str:
    """The text, cut where passages begin and where the quote begins and ends; each piece is escaped by itself."""
    text = str(article.get("text") or "")
    passages = sorted(article.get("passages") or (), key=lambda p: int(p["start"]))
    begins = {int(p["start"]): n for n, p in enumerate(passages, 1)}
    start, end = quote if quote and 0 <= quote[0] < quote[1] <= len(text) else (-1, -1)
    cuts = sorted({0, len(text), *begins} | ({start, end} if start >= 0 else set()))
    parts = []
    for a, b in pairwise(cuts):
        if a in begins:
            parts.append(_mark(begins[a], passages[begins[a] - 1], len(passages)))
        piece = esc(text[a:b])
        parts.append(f"<mark>{piece}</mark>" if start <= a < end else piece)
    return "".join(parts)


def _mark(n: int, passage: Json, of: int) -> str:
    where = f"Passage {n} of {of}: characters {int(passage['start']):,} to {int(passage['end']):,}"
    said = f'<span class="cd-unseen">{esc(where)}</span><i aria-hidden="true">{n}</i>'
    return f'<span class="cd-at" title="{esc(where)}">{said}</span>'


def _about(article: Json) -> str:
    authors, passages = article.get("authors"), len(article.get("passages") or ())
    facts: list[tuple[str, Any]] = [
        ("File name", article["article_id"]),
        ("Written by", ", ".join(authors) if isinstance(authors, (list, tuple)) else authors),
        ("Language", article.get("language")),
        ("Length", f"{count(int(article.get('words') or 0), 'word')} in {count(passages, 'passage')}"),
        ("Added", str(article.get("ingested_at") or "")[:10]),
    ]
    cells = "".join(f'<dt>{name}</dt><dd dir="auto">{esc(value)}</dd>' for name, value in facts if value)
    return f'<dl class="cd-about">{cells}</dl>'


def _removal(article: Json, asking: bool) -> str:
    id = esc(article["article_id"])
    risky = f'<button type="button" class="cd-plain cd-risky" data-id="{id}" data-do='
    if not asking:
        return f'<p class="cd-removal">{risky}"ask-remove">Remove from the archive</button></p>'
    return (
        '<div class="cd-removal cd-asking" role="alertdialog" aria-label="Remove this article?">'
        "<p>Remove this article from the archive? A file of yours stays where it is, and the next sync adds it "
        "again.</p>"
        f'{risky}"remove">Remove</button> '
        f'<button type="button" class="cd-plain" data-do="keep" data-id="{id}" data-focus>Keep</button></div>'
    )


# --- adding -----------------------------------------------------------------------------------------------


def adding(stage: str, done: int, total: int) -> str:
    """How far an ingest is."""
    words = {"read": "Reading", "embed": "Indexing passages", "index": "Writing the index"}.get(stage, stage)
    far = f"{done:,} of {total:,}" if total else ""
    bar = f'<progress max="{int(total)}" value="{int(done)}" aria-label="{esc(words)}"></progress>' if total else ""
    return f'<div class="cd-adding" role="status"><span>{esc(words)} {far}</span>{bar}</div>'


def added(report: Json, refused: Sequence[tuple[str, str]] = ()) -> str:
    """What became of the files: counts, the new articles to open, each file that was not taken in and the reason."""
    said = [
        f"{len(report.get(name) or ()):,} {label}"
        for name, label in (("added", "added"), ("changed", "changed"), ("unchanged", "there already"))
        if report.get(name)
    ]
    left = [(_name(item["path"]), str(item["reason"])) for item in report.get("skipped") or ()] + list(refused)
    if left:
        said.append(f"{len(left):,} not added")
    new = [*(report.get("added") or ()), *(report.get("changed") or ())]
    pick = '<li><button type="button" class="cd-pick" dir="auto" data-do="open" data-id='
    items = [f'{pick}"{esc(i)}">{esc(i)}</button>{_repeats(report, i)}</li>' for i in new]
    reasons = [f'<li><b dir="auto">{esc(name)}</b> {esc(why)}</li>' for name, why in left]
    listed = _some(items) + _some(reasons)
    kind = "answered" if new or report.get("unchanged") else "failed"
    return (
        f'<div class="cd-done"><p class="cd-status cd-is-{kind}" role="status">{icon(kind)}'
        f'<span class="cd-label">{esc(", ".join(said) or "Nothing to add")}</span></p>'
        f"{f'<ul>{listed}</ul>' if listed else ''}</div>"
    )


def _repeats(report: Json, article_id: str) -> str:
    """Which other article it has the text of."""
    other = (report.get("copy_of") or {}).get(article_id)
    if not other:
        return ""
    how = "nearly the same text as" if article_id in (report.get("near_copies") or ()) else "same text as"
    return f'<span dir="auto">{how} {esc(other)}</span>'


def _some(items: Sequence[str]) -> str:
    more = f"<li>and {len(items) - NAMED:,} more</li>" if len(items) > NAMED else ""
    return "".join(items[:NAMED]) + more


def _name(path: object) -> str:
    return str(path).replace("\\", "/").rsplit("/", 1)[-1]
