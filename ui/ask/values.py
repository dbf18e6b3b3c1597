"""What the articles disagree on, as a card: values side by side, or one after another where they moved. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ui.ask import chips, plot
from ui.ask.draft import Draft
from ui.bricks import Json, capital, esc, icon, source_name

SHORT = 150  # characters of a quote that is shown whole: in the narrowest column seven lines
PART = 110  # characters that are shown of a longer one
BEFORE = 45  # of them before the value
WORDY = 9  # characters of a value from which on all of a card are set smaller


def cards(draft: Draft, number: int) -> str:
    """A card for each conflict of the answer."""
    answer = draft.answer or {}
    known = {item["article_id"]: item for item in (*answer.get("retrieved", ()), *draft.citations)}
    return "".join(_card(conflict, draft.citations, known, number) for conflict in answer.get("conflicts", ()))


def _card(conflict: Json, citations: Iterable[Json], known: Mapping[str, Json], number: int) -> str:
    values = list(conflict["values"])
    about = "" if _is_unit(conflict) else f': <span dir="auto">{esc(conflict["about"])}</span>'
    if conflict["kind"] == "disputed":
        groups = _alike(values)
        columns = "".join(_side(group, citations, known, number) for group in groups)
        wordy = " cd-wordy" if any(len(str(value["value"])) > WORDY for value in values) else ""
        even = " cd-even" if len(groups) % 2 == 0 else ""
        return (
            f'<section class="cd-conflict cd-disputed"><h3>{icon("conflicting")} Sources disagree{about}</h3>'
            f'<ul class="cd-values{wordy}{even}">{columns}</ul></section>'
        )
    values.sort(key=lambda value: value["date"] or "")
    steps = "".join(
        _step(value, i == len(values) - 1, "".join(_report(value, citations, known, number)))
        for i, value in enumerate(values)
    )
    return (
        f'<section class="cd-conflict cd-superseded"><h3>{icon("superseded")} Changed over time'
        f"{about}</h3>{plot.timeline(str(conflict['about']), values)}"
        f'<ol class="cd-moved">{steps}</ol></section>'
    )


def _is_unit(conflict: Json) -> bool:
    """Whether what it is about is no more than what stands beside each value: "crown" of 12 million crowns."""
    about, units = str(conflict["about"]).casefold(), [str(v["unit"] or "").casefold() for v in conflict["values"]]
    return all(unit.startswith(about) and len(unit) - len(about) <= len("es") for unit in units)


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
    """A column in three rows, which line up with those beside it: the value, who reports it first, and the words; below
    these whoever reports it too."""
    (where, words), *others = (_report(value, citations, known, number) for value in group)
    more = "".join(other for report in others for other in report)
    return f"<li>{_figure(group[0])}{where}<div>{words}{more}</div></li>"


def _figure(value: Json, tag: str = "") -> str:
    unit = f' <span class="cd-unit">{esc(value["unit"])}</span>' if value["unit"] else ""
    tagged = f' <span class="cd-tag">{tag}</span>' if tag else ""
    return f'<p class="cd-figure"><strong dir="auto">{esc(capital(value["value"]))}{unit}</strong>{tagged}</p>'


def _report(value: Json, citations: Iterable[Json], known: Mapping[str, Json], number: int) -> tuple[str, str]:
    """Who says so and when, and in which words."""
    n, article = value["citation"], value["article_id"]
    cited = next((citation for citation in citations if citation["n"] == n), None)
    source = known.get(article) or {"article_id": article}
    source = {**source, "outlet": value["outlet"] or source.get("outlet"), "published_at": value["date"]}
    where = chips.chip(n, cited, number) if cited else chips.place(article, source)
    return f'<p class="cd-cites">{where}</p>', _words(str(value["quote"]), str(value["value"]), source)


def _words(quote: str, value: str, source: Json) -> str:
    """The quote with the value in it set off; of a long one the part around the value, and the whole to unfold."""
    bold = _place(quote, value)
    whole = f'<q dir="auto">{_marked(quote, bold, 0, len(quote))}</q>'
    if len(quote) <= SHORT:
        return whole
    start, end = excerpt(quote, *bold)
    part = f"{'… ' if start else ''}{_marked(quote, bold, start, end)}{' …' if end < len(quote) else ''}"
    key = esc(f"quote {source['article_id']} {value}")
    return (
        f'<q class="cd-part" dir="auto">{part}</q><details class="cd-whole" data-key="{key}"><summary>'
        f'<span>Whole quote</span><span>Less</span><span class="cd-unseen"> of {esc(source_name(source))}</span>'
        f"</summary>{whole}</details>"
    )


def excerpt(quote: str, start: int, end: int) -> tuple[int, int]:
    """Where the part of a quote begins and ends that shows its ``start`` to ``end``: about ``PART`` characters, cut
    between words where there are any. What lies within is shown from its beginning on."""
    first = max(0, min(start - BEFORE, len(quote) - PART))
    last = min(len(quote), max(first + PART, min(end, start + PART)))
    if first and not quote[first - 1].isspace():
        gap = next((place for place in range(first, start) if quote[place].isspace()), first - 1)
        first = gap + 1
    if last < len(quote) and not quote[last].isspace():
        least = min(end, last)
        last = next((place for place in range(last, least, -1) if quote[place - 1].isspace()), last)
    return first, first + len(quote[first:last].rstrip())


def _place(quote: str, value: str) -> tuple[int, int]:
    """Where the value stands in the quote; (0, 0) where it does not."""
    at = quote.casefold().find(value.casefold()) if value else -1
    return (0, 0) if at < 0 or len(quote.casefold()) != len(quote) else (at, at + len(value))


def _marked(quote: str, bold: tuple[int, int], start: int, end: int) -> str:
    """A stretch of the quote, with what of ``bold`` lies in it set off."""
    a, b = (min(max(place, start), end) for place in bold)
    said = f"<b>{esc(quote[a:b])}</b>" if a < b else ""
    return f"{esc(quote[start:a])}{said}{esc(quote[b:end])}"
