"""Which articles a question may draw on, as chosen beside the question box: the form, and what it says. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date

from rag.types import Filter
from ui.ask import keys
from ui.bricks import date_field, day, esc, menu, outlet_menu

ALL = "All articles"


def line(outlets: Mapping[str, int] | None) -> str:
    """What stands above the question box: the way to the saved threads, which articles are asked (nothing of them where
    there are none: None), which question is being edited, and the keys."""
    chosen = form(outlets) if outlets is not None else ""
    return (
        '<div class="cd-editing" hidden><span>Editing <q></q>: it will replace that question and what followed.</span>'
        ' <button type="button" class="cd-plain" data-do="edit-cancel">Cancel</button></div>'
        '<div class="cd-line-above"><button type="button" class="cd-plain" id="cd-threads-open">Threads</button>'
        f'{chosen}<button type="button" class="cd-plain" id="cd-keys-open" aria-label="Keys">?</button></div>'
        f'<p class="cd-unseen" id="cd-said" role="status"></p>{keys.dialog()}'
    )


def form(outlets: Mapping[str, int]) -> str:
    """Outlet and dates, folded up until they are wanted; scope.js tells what is set."""
    return (
        f'<details class="cd-scope"><summary><span class="cd-scope-said">{esc(ALL)}</span></summary>'
        '<form class="cd-labelled" aria-label="Which articles to ask">'
        f"<label><span>Outlet</span>{menu('source', outlet_menu(outlets), '')}</label>"
        f"<label><span>From</span>{date_field('since', None)}</label>"
        f"<label><span>To</span>{date_field('until', None)}</label>"
        f'<label title="As if asked on that day: later articles are left out"><span>As of</span>'
        f"{date_field('as_of', None)}</label>"
        '<input type="hidden" name="instead" value=""><button type="reset" class="cd-plain">All</button>'
        "</form></details>"
    )


def read(chosen: object) -> Filter:
    """The filter in what scope.js sent; two dates the wrong way round stand for the time between them."""
    data = _data(chosen)
    source, since, until, as_of = (str(data.get(name) or "").strip() for name in ("source", "since", "until", "as_of"))
    first, last = _day(since), _day(until)
    if first and last and first > last:
        first, last = last, first
    return Filter(as_of=_day(as_of), since=first, until=last, sources=(source,) if source else ())


def instead(chosen: object) -> str:
    """The name of the turn that is being edited, in what scope.js sent; mostly nothing."""
    return str(_data(chosen).get("instead") or "")


def said(filter: Filter) -> str:
    """The filter in words; nothing for an open one."""
    parts = [f"from {name}" for name in filter.sources]
    if filter.since and filter.until:
        parts.append(f"of {day(filter.since)} to {day(filter.until)}")
    elif filter.since:
        parts.append(f"since {day(filter.since)}")
    elif filter.until:
        parts.append(f"until {day(filter.until)}")
    of = f"Only articles {', '.join(parts)}" if parts else ""
    if not filter.as_of:
        return of
    return f"{of or 'All articles'}, as of {day(filter.as_of)}"


def _data(chosen: object) -> dict[str, object]:
    try:
        data = json.loads(str(chosen or "{}"))
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _day(text: str) -> str | None:
    try:
        return date.fromisoformat(text).isoformat() if text else None
    except ValueError:
        return None
