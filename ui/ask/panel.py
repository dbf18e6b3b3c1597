"""The sources panel as HTML: what an answer cites, with the quotes marked, apart from what was only retrieved. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ui.ask.draft import Draft
from ui.bricks import Json, address, dated, day, esc, link, source_name

PEEKED = 2
REMOVED = "since removed from the archive"
BEST_WORDS = 40  # of a passage's best sentence that are shown before the passage is opened


def sources(draft: Draft, number: int, *, active: bool = True) -> str:
    """The panel's section for one turn: the cited passages, then the others that were retrieved."""
    if not (draft.citations or draft.passages):
        return ""
    cited = "".join(_cited(citation, draft, number) for citation in draft.citations)
    used = {citation["passage_id"] for citation in draft.citations}
    rest = [passage for passage in draft.passages if passage["passage_id"] not in used]
    others = "".join(_passage(passage) for passage in rest)
    cited_part = f'<h3>Cited</h3><ol class="cd-sources">{cited}</ol>' if cited else ""
    other_part = f'<ul class="cd-sources cd-others">{others}</ul>' if others else ""
    if others and cited:  # folded until the answer has ended: what is cited comes above them, and would push them down
        folded = "" if draft.running else " open"
        heading = f'<details class="cd-rest" data-key="rest"{folded}><summary>{_heading(draft)}</summary>'
        other_part = f"{heading}{other_part}</details>"
    elif others:
        other_part = f"<h3>{_heading(draft)}</h3>{other_part}"
    return (
        f'<section class="cd-panel{" cd-active" if active else ""}" data-turn="{number}" '
        f'data-id="{esc(draft.id)}"><p class="cd-for" dir="auto">{esc(draft.question)}</p>'
        f"{cited_part}{other_part}</section>"
    )


def nearest(passages: Sequence[Json]) -> str:
    """The best sentences of the first few, short: who says so, and what."""
    items = "".join(
        f'<li><span class="cd-from" dir="auto">{esc(source_name(p))}</span> '
        f'<q dir="auto">{esc(_lead(_best_text(p), BEST_WORDS))}</q></li>'
        for p in passages[:PEEKED]
    )
    return f'<ul class="cd-peek" aria-label="The nearest passages">{items}</ul>' if items else ""


def _best(passage: Json) -> tuple[int, int] | None:
    """Where in its text the best sentence stands; None where that is not known."""
    start, end = (place - passage["start"] for place in passage.get("highlight") or (0, 0))
    return (start, end) if 0 <= start < end <= len(str(passage["text"])) else None


def _best_text(passage: Json) -> str:
    """Its best sentence, or all of it."""
    text, best = str(passage["text"]), _best(passage)
    return text[best[0] : best[1]] if best else text


def _heading(draft: Draft) -> str:
    unused = " <small>not used as a source</small>"
    if draft.citations:
        return f"Also retrieved{unused}"
    return "Retrieved" if draft.running else f"Nearest passages{unused}"


def _cited(citation: Json, draft: Draft, number: int) -> str:
    passage = next((p for p in draft.passages if p["passage_id"] == citation["passage_id"]), None)
    copies = citation.get("copies") or [{"article_id": id} for id in citation.get("also_in") or ()]
    also = f'<p class="cd-also">Same text in {"; ".join(map(_to, copies))}</p>' if copies else ""
    return (
        f'<li class="cd-source" id="cd-{number}-{int(citation["n"])}" data-n="{int(citation["n"])}" tabindex="-1">'
        f'<span class="cd-n">{int(citation["n"])}</span>{_origin(citation)}'
        f'<blockquote dir="auto">{_quoted(citation, passage)}</blockquote>{also}{_acts(citation)}</li>'
    )


def _to(copy: Json) -> str:
    """A copy by its outlet and day; by its name where no more is known."""
    name = source_name(copy) if copy.get("outlet") or copy.get("title") else str(copy["article_id"])
    return f'<a class="cd-read" href="{esc(address("article", copy["article_id"]))}" dir="auto">{esc(name)}</a>'


def _quoted(citation: Json, passage: Json | None) -> str:
    """The passage with the quote marked; the bare quote where the two don't lie one in the other."""
    quote = str(citation["quote"])
    if passage is not None:
        text = str(passage["text"])
        start = citation["start"] - passage["start"]
        end = citation["end"] - passage["start"]
        if 0 <= start < end <= len(text) and text[start:end] == quote:
            return f"{esc(text[:start])}<mark>{esc(quote)}</mark>{esc(text[end:])}"
    return f"<mark>{esc(quote)}</mark>"


def _passage(passage: Json) -> str:
    text = str(passage["text"])
    ranks = ", ".join(f"{esc(name)} #{int(rank)}" for name, rank in sorted(passage["ranks"].items()))
    if best := _best(passage):
        start, end = best
        shown = f"{esc(text[:start])}<em>{esc(text[start:end])}</em>{esc(text[end:])}"
        lead = f"<em>{esc(_lead(text[start:end], BEST_WORDS))}</em>"  # what it is here for, in sight before any word
    else:
        shown, lead = esc(text), esc(_lead(text))
    title = (
        f'<span class="cd-ranks" title="Rank by meaning (dense) and by words (bm25)">{ranks}</span>' if ranks else ""
    )
    return (
        f'<li class="cd-source">{_origin(passage)}'
        f'<details data-key="{esc(passage["passage_id"])}"><summary dir="auto">{lead}</summary>'
        f'<blockquote dir="auto">{shown}</blockquote>{title}{_acts(passage)}</details></li>'
    )


def _origin(item: Json) -> str:
    outlet = f'<span class="cd-outlet" dir="auto">{esc(item["outlet"])}</span>' if item.get("outlet") else ""
    title = f'<span class="cd-title" dir="auto">{esc(item.get("title") or item["article_id"])}</span>'
    gone = f'<span class="cd-tag cd-removed-since">{REMOVED}</span>' if item.get("gone") else ""
    line = f"{outlet}{dated(item)}{_event(item)}{gone}{link(item.get('url'))}"
    return f'<div class="cd-origin">{title}<span class="cd-line">{line}</span></div>'


def _acts(item: Json) -> str:
    """Opens the article in the archive view at the quote, or at the best sentence; and copies that address."""
    start, end = item.get("highlight") or (item["start"], item["end"])
    id, passage, quote = item["article_id"], item["passage_id"], f"{int(start)}-{int(end)}"
    place = esc(address("article", id, passage=passage, quote=quote))
    held = f'data-article="{esc(id)}" data-passage="{esc(passage)}" data-quote="{quote}"'
    return (
        f'<p class="cd-acts"><a class="cd-read" href="{place}">Read the article</a>'
        f'<button type="button" class="cd-read" data-do="copy-passage-link" {held}>Copy link</button></p>'
    )


def _event(item: Json) -> str:
    """The day that a citation's "Sunday" stands for; nothing where the quote names it in full."""
    said, days = str(item.get("event_text") or ""), str(item.get("event_at") or "")
    if not said or not days or re.search(r"\d{4}", said):
        return ""
    ends = [f'<time datetime="{esc(end)}">{esc(day(end))}</time>' for end in days.split("/")]
    inferred = item.get("published_at_source") == "inferred"
    title = "Read on the day the article was published" + (", which is inferred" if inferred else "")
    known = "probably " if inferred else ""
    return f'<span class="cd-tag cd-event" title="{title}">{esc(said)} = {known}{" to ".join(ends)}</span>'


def _lead(text: str, words: int = 16) -> str:
    parts = text.split()
    return " ".join(parts[:words]) + (" …" if len(parts) > words else "")


def no_sources() -> str:
    """The sources panel before the first question."""
    return '<p class="cd-none">The passages an answer rests on appear here.</p>'
