"""Citations as chips: number, outlet and date of a source, to press for its quote. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from ui.bricks import Json, address, esc, how_dated, short_day, source_name


def row(numbers: Iterable[int], citations: Iterable[Json], turn: int) -> str:
    """The line below a sentence: a chip for each passage it cites."""
    known = {citation["n"]: citation for citation in citations}
    return f'<p class="cd-cites">{"".join(chip(n, known.get(n), turn) for n in numbers)}</p>'


def blank_row() -> str:
    """Room for the chips of a sentence that is not checked yet, so that nothing moves when they come."""
    return '<p class="cd-cites cd-blank" aria-hidden="true"></p>'


def chip(n: int, citation: Json | None, turn: int) -> str:
    """One citation, of a source that may not be known yet."""
    how = how_dated(citation) if citation else ""
    since = ", since removed from the archive" if citation and citation.get("gone") else ""
    said = f"Source {n}" + (f": {source_name(citation)}{f', date {how}' if how else ''}{since}" if citation else "")
    return (
        f'<button type="button" class="cd-chip" data-turn="{turn}" data-n="{int(n)}" '
        f'title="{esc(said)}" aria-label="{esc(said)}"><b>{int(n)}</b>{_who(citation) if citation else ""}</button>'
    )


def place(article_id: str, source: Json) -> str:
    """The same for a source that the answer does not cite: it leads to the article."""
    return f'<a class="cd-chip" href="{esc(address("article", article_id))}">{_who(source)}</a>'


def _who(source: Json) -> str:
    how = how_dated(source)
    tag = f'<i class="cd-how-dated">{how}</i>' if how else ""
    tag += '<i class="cd-how-dated">removed</i>' if source.get("gone") else ""
    date = source.get("published_at")
    when = f'<time datetime="{esc(date)}">{esc(short_day(str(date)))}</time>' if date else "<i>undated</i>"
    name = source.get("outlet") or source.get("title") or source["article_id"]
    return f'<span class="cd-who" dir="auto">{esc(name)}</span><span class="cd-when">{when}{tag}</span>'
