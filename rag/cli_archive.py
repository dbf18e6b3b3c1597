"""What the ``copydesk`` command prints about the archive: lists of articles, one article, what it holds.

As in ``rag.cli_output``: cleaned of control characters, and none of it read as markup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from rag.cli_output import HOW_DATED, left_out, mapping, table
from rag.terminal import clean, one_line, size

_SHOWN_OUTLETS = 12
_SHOWN_COPIES = 20
_WIDE = 110  # columns that the list needs as a table
_HOW_OUTLET = {"url": " (from the URL)", "text": " (from the text)"}


# --- lists ----------------------------------------------------------------------------------------


def articles(console: Console, page: Mapping[str, Any]) -> None:
    """One page of the list, and how to get at the rest."""
    found, total = page["articles"], int(page["total"])
    left_out(console, int(page["undated_left_out"]))
    if not found:
        console.print("No article matches." if not total else f"There are only {total:,}; that page is empty.")
        return
    _narrow(console, found) if console.is_terminal and console.width < _WIDE else _table(console, found)
    first, last = page["offset"] + 1, page["offset"] + len(found)
    if (first, last) == (1, total):
        console.print(Text(counted(total, "article"), style="dim"))
        return
    said = f"Articles {first:,} to {last:,} of {total:,}."
    if last < total and page["limit"]:
        said += f" The next: --page {last // page['limit'] + 1}; all: --limit all."
    console.print(Text(said, style="dim"))


def _table(console: Console, found: Sequence[Mapping[str, Any]]) -> None:
    rows = [
        (
            a["article_id"],
            dated(a),
            outlet(a),
            one_line(a.get("title"), 80),
            a.get("passages"),
            a.get("copies") or "",
        )
        for a in found
    ]
    table(console, ("id", "published", "outlet", "title", "passages", "copies"), rows)


def _narrow(console: Console, found: Sequence[Mapping[str, Any]]) -> None:
    """Two lines an article: a table would be all wrapped."""
    for a in found:
        copies = counted(a["copies"], "copy", "copies") if a.get("copies") else ""
        about = ", ".join(one_line(part) for part in (outlet(a), dated(a), copies) if part)
        console.print(Text(one_line(a.get("title"), console.width) or "(no title)", style="bold"))
        console.print(Text.assemble("  ", (one_line(a["article_id"]), "cyan"), (f"  {about}", "dim")))


def dated(a: Mapping[str, Any]) -> str:
    """The day of publication and how it is known."""
    date = a.get("published_at")
    return f"{date}{HOW_DATED.get(str(a.get('published_at_source')), '')}" if date else "undated"


def outlet(a: Mapping[str, Any]) -> str:
    """The outlet and how it is known."""
    name = a.get("outlet")
    return f"{name}{_HOW_OUTLET.get(str(a.get('outlet_source')), '')}" if name else ""


def counted(n: int, noun: str, plural: str | None = None) -> str:
    return f"{n:,} {noun if n == 1 else plural or f'{noun}s'}"


def removed(console: Console, ids: Sequence[str]) -> None:
    """What was taken out, and what becomes of the files."""
    done(console, "Removed", ids)
    if ids:
        console.print(
            Text(
                "Your files stay where they are, and `copydesk sync` leaves them out. `copydesk articles restore ID`"
                " brings an article back."
            )
        )


def done(console: Console, what: str, ids: Sequence[str], *, limit: int = 20) -> None:
    """What was done to articles."""
    more = f" and {len(ids) - limit:,} more" if len(ids) > limit else ""
    console.print(Text(f"{what} {counted(len(ids), 'article')}: {one_line(', '.join(ids[:limit]))}{more}"))


def removed_list(console: Console, found: Sequence[Mapping[str, Any]]) -> None:
    """What was taken out and stays out."""
    if not found:
        console.print("No article was removed.")
        return
    rows = [
        (
            a["article_id"],
            str(a["removed_at"])[:16].replace("T", " "),
            dated(a),
            a.get("outlet"),
            one_line(a.get("title"), 80) if a.get("restorable") else "(text deleted)",
        )
        for a in found
    ]
    table(console, ("id", "removed (UTC)", "published", "outlet", "title"), rows)
    console.print(Text("`copydesk articles restore ID` brings one back.", style="dim"))


# --- one article ----------------------------------------------------------------------------------


def article(console: Console, a: Mapping[str, Any], *, passages: bool) -> None:
    """One article: what is known about it and how, then its text, whole or passage by passage."""
    authors = a.get("authors")
    about = {
        "id": a["article_id"],
        "title": a.get("title"),
        "outlet": outlet(a),
        "published": dated(a),
        "authors": ", ".join(authors) if isinstance(authors, (list, tuple)) else authors,
        "url": a.get("url"),
        "language": a.get("language"),
        "ingested": str(a.get("ingested_at") or "").replace("T", " ").replace("+00:00", " UTC"),
        "length": f"{counted(int(a.get('words') or 0), 'word')}, {counted(len(a.get('passages', ())), 'passage')}",
    }
    for name, value in about.items():
        if value:
            console.print(Text.assemble((f"{name}: ", "dim"), one_line(str(value))))
    _copies(console, a.get("copies") or ())
    console.print()
    if not passages:
        console.print(Text(clean(a.get("text"))))
        return
    for p in a.get("passages", ()):
        told = f"{p['id']} {p['start']}-{p['end']}, {counted(len(p['sentences']), 'sentence')}"
        console.print(Text(told, style="dim"))
        console.print(Text(clean(p["text"])))
        console.print()


def _copies(console: Console, copies: Sequence[Mapping[str, Any]]) -> None:
    for copy in copies[:_SHOWN_COPIES]:
        how = "same text" if copy.get("same_text") else "nearly the same text"
        told = ", ".join(part for part in (one_line(copy["article_id"]), one_line(outlet(copy)), dated(copy)) if part)
        console.print(Text.assemble((f"{how}: ", "dim"), told))
    if len(copies) > _SHOWN_COPIES:
        console.print(Text(f"and {len(copies) - _SHOWN_COPIES:,} more copies", style="dim"))


# --- what the archive holds -----------------------------------------------------------------------


def info(console: Console, told: Mapping[str, Any]) -> None:
    """What the archive holds, by lines; what an older server does not tell is left out."""
    lines = {
        "archive": told.get("path"),
        "articles": _articles(told),
        "passages": _number(told.get("passages")),
        "published": _published(told),
        "dates known": _how_known(told.get("dates")),
        "outlets": _outlets(told),
        "languages": _counts(told.get("languages")),
        "size": size(int(told["disk_bytes"])) if "disk_bytes" in told else None,
        "embedder": told.get("embedder"),
        "index": _index(told.get("index_current")),
        "last ingest": str(told.get("last_ingest") or "").replace("T", " ").replace("+00:00", " UTC"),
        "server": told.get("server") or "none is running on this archive",
        "model": told.get("llm_problem"),
        "version": told.get("version"),
    }
    mapping(console, {name: value for name, value in lines.items() if value})


def _number(count: object) -> str | None:
    return f"{count:,}" if isinstance(count, int) else None


def _articles(told: Mapping[str, Any]) -> str:
    count = int(told.get("articles") or 0)
    more = []
    if (texts := told.get("distinct_texts")) is not None and texts != count:
        more.append(f"{texts:,} distinct texts")
    if clusters := told.get("clusters"):
        more.append(f"{counted(clusters, 'group')} of near-copies")
    return f"{count:,}" + (f" ({', '.join(more)})" if more else "")


def _published(told: Mapping[str, Any]) -> str:
    first, last = str(told.get("first_published_at") or "")[:10], str(told.get("last_published_at") or "")[:10]
    if not first:
        return "no date is known" if told.get("articles") else ""
    return first if first == last else f"{first} to {last}"


def _how_known(dates: object) -> str | None:
    if not isinstance(dates, Mapping):
        return None
    words = {"metadata": "from metadata", "text": "from the text", "inferred": "inferred", "unknown": "unknown"}
    return ", ".join(f"{count:,} {words.get(how, how)}" for how, count in dates.items() if count)


def _counts(counts: object) -> str | None:
    if not isinstance(counts, Mapping):
        return None
    return ", ".join(f"{name} ({count:,})" for name, count in counts.items())


def _outlets(told: Mapping[str, Any]) -> str | None:
    counts = told.get("outlets")
    if not isinstance(counts, Mapping):
        return None
    most = ", ".join(f"{name} ({count:,})" for name, count in list(counts.items())[:_SHOWN_OUTLETS])
    more = f" and {len(counts) - _SHOWN_OUTLETS:,} more" if len(counts) > _SHOWN_OUTLETS else ""
    unnamed = int(told.get("articles") or 0) - sum(counts.values())
    without = f"; {counted(unnamed, 'article')} without one" if unnamed > 0 else ""
    return f"{len(counts):,}" + (f": {most}{more}" if counts else "") + without


def _index(current: object) -> str | None:
    if current is None:
        return None
    return "up to date" if current else "behind the catalog: run `copydesk rebuild`"
