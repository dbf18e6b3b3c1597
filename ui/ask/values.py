"""What the articles disagree on, as a card: values side by side, or one after another where they moved. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ui.ask import chips, plot
from ui.ask.draft import Draft
from ui.bricks import Json, esc, icon


def cards(draft: Draft, number: int) -> str:
    """A card for each conflict of the answer."""
    answer = draft.answer or {}
    known = {item["article_id"]: item for item in (*answer.get("retrieved", ()), *draft.citations)}
    return "".join(_card(conflict, draft.citations, known, number) for conflict in answer.get("conflicts", ()))


def _card(conflict: Json, citations: Iterable[Json], known: Mapping[str, Json], number: int) -> str:
    values, about = list(conflict["values"]), esc(conflict["about"])
    if conflict["kind"] == "disputed":
        columns = "".join(_side(group, citations, known, number) for group in _alike(values))
        return (
            f'<section class="cd-conflict cd-disputed"><h3>{icon("conflicting")} Sources disagree: '
            f'<span dir="auto">{about}</span></h3><ul class="cd-values">{columns}</ul></section>'
        )
    values.sort(key=lambda value: value["date"] or "")
    steps = "".join(
        _step(value, i == len(values) - 1, _report(value, citations, known, number)) for i, value in enumerate(values)
    )
    return (
        f'<section class="cd-conflict cd-superseded"><h3>{icon("superseded")} Changed over time: '
        f'<span dir="auto">{about}</span></h3>{plot.timeline(str(conflict["about"]), values)}'
        f'<ol class="cd-moved">{steps}</ol></section>'
    )


def _step(value: Json, latest: bool, report: str) -> str:
    figure = _figure(value, "latest" if latest else "earlier")
    return f'<li class="{"cd-newest" if latest else "cd-older"}">{figure}{report}</li>'


def _alike(values: Sequence[Json]) -> list[list[Json]]:
    """Reports that give the same value, together; in the order of the first of each."""
    groups: dict[str, list[Json]] = {}
    for value in values:
        groups.setdefault(str(value["value"]).casefold(), []).append(value)
    return list(groups.values())


def _side(group: Sequence[Json], citations: Iterable[Json], known: Mapping[str, Json], number: int) -> str:
    reports = "".join(_report(value, citations, known, number) for value in group)
    return f"<li>{_figure(group[0])}{reports}</li>"


def _figure(value: Json, tag: str = "") -> str:
    unit = f' <span class="cd-unit">{esc(value["unit"])}</span>' if value["unit"] else ""
    tagged = f' <span class="cd-tag">{tag}</span>' if tag else ""
    return f'<p class="cd-figure"><strong dir="auto">{esc(value["value"])}{unit}</strong>{tagged}</p>'


def _report(value: Json, citations: Iterable[Json], known: Mapping[str, Json], number: int) -> str:
    """Who says so, when, and in which words."""
    n, article = value["citation"], value["article_id"]
    cited = next((citation for citation in citations if citation["n"] == n), None)
    source = known.get(article) or {"article_id": article}
    source = {**source, "outlet": value["outlet"] or source.get("outlet"), "published_at": value["date"]}
    where = chips.chip(n, cited, number) if cited else chips.place(article, source)
    return f'<p class="cd-cites">{where}</p><q dir="auto">{_marked(str(value["quote"]), str(value["value"]))}</q>'


def _marked(quote: str, value: str) -> str:
    """The quote with the value in it set off."""
    at = quote.casefold().find(value.casefold()) if value else -1
    if at < 0 or len(quote.casefold()) != len(quote):
        return esc(quote)
    end = at + len(value)
    return f"{esc(quote[:at])}<b>{esc(quote[at:end])}</b>{esc(quote[end:])}"
