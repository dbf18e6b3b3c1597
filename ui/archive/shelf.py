"""The archive's list as HTML: what it holds, which of it is looked for, a page of articles, what was removed. Pure.

A click on an element with ``data-do`` is sent to ``ui.archive.events`` with its other data (see parts.js).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rag.types import Listing
from ui.bricks import Json, address, count, date_field, dated, day, esc, icon, menu, outlet_menu, short_day

MOST_CHARS = 200  # of search words
SORTS = {
    "-published": "Newest first",
    "published": "Oldest first",
    "title": "Title",
    "outlet": "Outlet",
    "-ingested": "Added last",
    "id": "File name",
}
MOST_REMOVED = 30  # shown of what was removed


# --- what it holds ----------------------------------------------------------------------------------


def facts(info: Json) -> str:
    """The archive in one line of numbers."""
    articles = int(info.get("articles") or 0)
    if not articles:
        return '<p class="cd-facts"><span>No articles yet.</span></p>'
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
        told.append(short_day(first) if first == last else f"{short_day(first)} to {short_day(last)}")
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
        '<details class="cd-more"><summary>Filter and sort</summary><div>'
        f"<label><span>Outlet</span>{menu('source', outlet_menu(outlets, *now.filter.sources), chosen)}</label>"
        f"<label><span>From</span>{date_field('since', now.filter.since)}</label>"
        f"<label><span>To</span>{date_field('until', now.filter.until)}</label>"
        f"<label><span>Order</span>{menu('sort', list(SORTS.items()), now.sort)}</label>"
        f'<label class="cd-tick"><input type="checkbox" name="undated"{ticked}> <span>Undated only</span></label>'
        '<button type="button" class="cd-clear">Clear</button></div></details></form>'
    )


def empty(read: str, here: bool) -> str:
    """In place of the list while there is nothing: where to drop files, or (from elsewhere) who can. ``read`` names the
    kinds of files."""
    if not here:
        return '<div class="cd-empty"><p>Articles are added on the archive’s own machine.</p></div>'
    return (
        f'<div class="cd-empty"><p class="cd-empty-lead">{icon("add")}Drop articles here</p>'
        '<p>or <label class="cd-link-like" for="cd-files">choose files</label>. '
        f"Read are {esc(read)}, and folders of them.</p>"
        "<p>They are copied into the archive’s folder. To use files where they are: <code>copydesk ingest FOLDER</code>"
        "</p></div>"
    )


# --- the list -----------------------------------------------------------------------------------------


def rows(page: Json, *, searched: bool = False) -> str:
    """One page of articles, with how many there are and the way to the other pages; ``searched``: by words."""
    found, total, offset = page["articles"], int(page["total"]), int(page["offset"])
    left_out = int(page.get("undated_left_out") or 0)
    note = f'<p class="cd-left-out">{count(left_out, "article")} without a date left out.</p>' if left_out else ""
    if not found:
        where = " Only titles and outlets are searched here; ask, to search the texts." if searched else ""
        said = f"No article matches.{where}"
        return f'<p class="cd-total" role="status">{said}</p>{note}'
    first, last = offset + 1, offset + len(found)
    shown = count(total, "article") if (first, last) == (1, total) else f"{first:,} to {last:,} of {total:,} articles"
    return (
        f'<p class="cd-total" role="status">{esc(shown)}</p>{note}<ul class="cd-rows">{"".join(map(_row, found))}</ul>'
        f"{_pager(offset, len(found), total, int(page['limit'] or total))}"
    )


def _row(item: Json) -> str:
    copies = int(item.get("copies") or 0)
    tag = f'<span class="cd-tag">{count(copies, "copy", "copies")}</span>' if copies else ""
    passages = f'<span class="cd-count">{count(int(item.get("passages") or 0), "passage")}</span>'
    return (
        f'<li class="cd-row">{pick(item)}<span class="cd-line">{outlet(item)}{dated(item)}{passages}{tag}</span></li>'
    )


def pick(item: Json, **part: str) -> str:
    """The link that opens an article, or a part of it (see ``ui.bricks.address``)."""
    id = item["article_id"]
    return (
        f'<a class="cd-pick" href="{esc(address("article", id, **part))}" data-id="{esc(id)}" dir="auto">'
        f"{esc(item.get('title') or id)}</a>"
    )


def outlet(item: Json) -> str:
    """Who published it, and how that is known."""
    if not item.get("outlet"):
        return '<span class="cd-outlet cd-missing">no outlet</span>'
    how = {"url": "from the URL", "text": "from the text"}.get(str(item.get("outlet_source")), "")
    tag = f' <span class="cd-tag">{how}</span>' if how else ""
    return f'<span class="cd-outlet" dir="auto">{esc(item["outlet"])}</span>{tag}'


def _pager(offset: int, here: int, total: int, limit: int) -> str:
    if total <= here:
        return ""
    page, pages = offset // limit + 1, (total + limit - 1) // limit
    back, on = offset > 0, offset + here < total
    return (
        '<nav class="cd-pager" aria-label="Pages">'
        f"{_turn('First', 0, back)}{_turn('Previous', max(0, offset - limit), back)}"
        f"<span>Page {page:,} of {pages:,}</span>"
        f"{_turn('Next', offset + limit, on)}{_turn('Last', (pages - 1) * limit, on)}</nav>"
    )


def _turn(label: str, to: int, possible: bool) -> str:
    off = "" if possible else " disabled"
    return f'<button type="button" class="cd-plain" data-do="page" data-to="{to}"{off}>{label}</button>'


# --- what was removed ---------------------------------------------------------------------------------


def removed(found: Sequence[Json]) -> str:
    """What was taken out and can come back, folded up."""
    if not found:
        return ""
    items = "".join(map(_removed, found[:MOST_REMOVED]))
    more = f"<li>and {len(found) - MOST_REMOVED:,} more: <code>copydesk articles removed</code></li>"
    return (
        f'<details class="cd-gone"><summary>Removed ({len(found):,})</summary>'
        "<p>They stay out when their files are read again, until they are restored.</p>"
        f"<ul>{items}{more if len(found) > MOST_REMOVED else ''}</ul></details>"
    )


def _removed(item: Json) -> str:
    title, id = item.get("title") or item["article_id"], esc(item["article_id"])
    back = (
        f'<button type="button" class="cd-plain" data-do="restore" data-id="{id}" aria-label="Restore {esc(title)}">'
        "Restore</button>"
    )
    if not item.get("restorable", True):
        back = '<span class="cd-count">text deleted</span>'
    name = f'<span class="cd-outlet" dir="auto">{esc(item["outlet"])}</span>' if item.get("outlet") else ""
    return (
        f'<li><div><span class="cd-gone-title" dir="auto">{esc(title)}</span><span class="cd-line">{name}'
        f'<span class="cd-count">removed {esc(day(str(item["removed_at"])[:10]))}</span></span></div>{back}</li>'
    )


def fault(message: str, hint: str, kind: str = "failed") -> str:
    """What is wrong, with what to do."""
    return (
        f'<p class="cd-status cd-is-{kind}" role="alert">{icon(kind)}'
        f'<span class="cd-label">{esc(message)}</span><span class="cd-notice">{esc(hint)}</span></p>'
    )
