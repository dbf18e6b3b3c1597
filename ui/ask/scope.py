"""Which articles a question may draw on, as chosen beside the question box: the form, and what it says. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date

from rag.types import Filter
from ui.bricks import date_field, day, esc, menu, outlet_menu

ALL = "All articles"


def form(outlets: Mapping[str, int]) -> str:
    """Outlet and dates, folded up until they are wanted; scope.js tells what is set."""
    return (
        f'<details class="cd-scope"><summary><span class="cd-scope-said">{esc(ALL)}</span></summary>'
        '<form class="cd-labelled" aria-label="Which articles to ask">'
        f"<label><span>Outlet</span>{menu('source', outlet_menu(outlets), '')}</label>"
        f"<label><span>From</span>{date_field('since', None)}</label>"
        f"<label><span>To</span>{date_field('until', None)}</label>"
        '<button type="reset" class="cd-plain">All</button></form></details>'
    )


def read(chosen: object) -> Filter:
    """The filter in what scope.js sent; two dates the wrong way round stand for the time between them."""
    try:
        data = json.loads(str(chosen or "{}"))
    except ValueError:
        data = {}
    data = data if isinstance(data, dict) else {}
    source, since, until = (str(data.get(name) or "").strip() for name in ("source", "since", "until"))
    first, last = _day(since), _day(until)
    if first and last and first > last:
        first, last = last, first
    return Filter(since=first, until=last, sources=(source,) if source else ())


def said(filter: Filter) -> str:
    """The filter in words; nothing for an open one."""
    parts = [f"from {name}" for name in filter.sources]
    if filter.since and filter.until:
        parts.append(f"of {day(filter.since)} to {day(filter.until)}")
    elif filter.since:
        parts.append(f"since {day(filter.since)}")
    elif filter.until:
        parts.append(f"until {day(filter.until)}")
    return f"Only articles {', '.join(parts)}" if parts else ""


def _day(text: str) -> str | None:
    try:
        return date.fromisoformat(text).isoformat() if text else None
    except ValueError:
        return None
