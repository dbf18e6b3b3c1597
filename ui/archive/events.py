"""The archive view: Gradio's events around the HTML that ``ui.archive.html`` makes."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from importlib.resources import files
from typing import Any

import gradio as gr

from rag import browse, sources
from rag.errors import ArchiveBusyError, CopydeskError, InputError
from rag.http.guard import is_loopback
from rag.intake import uploads
from rag.types import Filter, Listing, Progress
from ui.archive import html as view
from ui.bricks import Json
from ui.pages import PerPage

PAGE = 50  # articles
SECONDS = 0.1  # between two looks at how far an ingest is


@dataclass(frozen=True)
class Shelf:
    """What a visitor has before them: which articles, which one open and which part of it marked."""

    listing: Listing = field(default_factory=lambda: Listing(sort="-published", limit=PAGE))
    opened: str | None = None
    quote: tuple[int, int] | None = None


def build(desk: Any, writing: threading.Lock, masthead: gr.HTML, head: Any) -> None:
    """The view, inside an open ``gr.Blocks``. ``writing`` is held while the archive is changed; ``head(articles)`` is
    what ``masthead`` shows of it. Articles are added and removed by visitors on this machine only.
    """
    archive = desk.archive
    script = files("ui.archive").joinpath("archive.js").read_text(encoding="utf-8")
    hidden: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "queue": False}

    def part(name: str, value: str = "") -> gr.HTML:
        made = f'<div class="cd-{name}-part">${{value}}</div>'
        return gr.HTML(value, elem_id=f"cd-{name}", html_template=made, js_on_load=script)

    shelves = PerPage(Shelf)
    with gr.Column(elem_id="cd-archive"):
        with gr.Column(elem_id="cd-shelf"):
            with gr.Row(elem_id="cd-front"):
                facts = part("facts")
                adding = part("add")
            intake = part("intake")
            find = part("find")
            rows = part("rows")
        reader = part("reader", view.nothing_open())

    def counted() -> dict[Any, Any]:
        told = archive.info()  # quick: counted anew only after a change
        return {facts: view.facts(told), masthead: head(int(told["articles"]))}

    def listed(now: Shelf, request: gr.Request) -> dict[Any, Any]:
        shelves.put(request.session_hash, now)
        return {rows: view.rows(browse.page(archive, now.listing), now.opened)}

    def read(now: Shelf, request: gr.Request, *, asking: bool = False) -> dict[Any, Any]:
        article = browse.article(archive, str(now.opened))
        shelves.put(request.session_hash, now)
        shown = view.reader(article, quote=now.quote, removable=_is_local(request), asking=asking)
        return {reader: shown}

    def act(event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
        data = event._data if isinstance(event._data, dict) else {}
        asked, now = str(data.get("do", "")), shelves.of(request.session_hash)
        try:
            match asked:
                case "refresh":
                    outlets = archive.info().get("outlets") or {}
                    box = view.add_button(sources.SUFFIXES) if _is_local(request) else ""
                    blank = {find: view.find_form(outlets, now.listing), adding: box}
                    return {**counted(), **blank, **listed(now, request)}
                case "find":
                    return listed(replace(now, listing=_listing(data)), request)
                case "page":
                    return listed(replace(now, listing=replace(now.listing, offset=_number(data.get("to")))), request)
                case "open":
                    quote = (_number(data.get("start")), _number(data.get("end")))
                    return read(Shelf(now.listing, str(data.get("id", "")), quote if quote[1] else None), request)
                case "ask-remove" | "keep":
                    return read(now, request, asking=asked == "ask-remove")
                case "remove":
                    said = remove(str(data.get("id", "")), request)
                    return {**said, **counted(), **listed(Shelf(now.listing), request)}
                case "close":
                    shelves.put(request.session_hash, Shelf(now.listing))
                    return {reader: view.nothing_open()}
        except CopydeskError as error:
            if asked in ("refresh", "find", "page"):
                return {rows: view.fault(error.message, error.hint)}
            return {reader: view.unreadable(error.message, error.hint)}
        return {}

    def remove(article_id: str, request: gr.Request) -> dict[Any, Any]:
        _require_local(request)
        title = archive.article(article_id).title or article_id
        with _Writing(writing):
            archive.remove([article_id])
        return {reader: view.removed(title), intake: ""}

    def take_in(event: gr.EventData, request: gr.Request) -> Iterator[dict[Any, Any]]:
        data = event._data if isinstance(event._data, dict) else {}
        if data.get("do") != "take-in":
            yield {}
            return
        refused = [(str(name), str(why)) for name, why in data.get("refused") or ()]
        names = [str(name) for name in data.get("names") or ()]
        report: Json = {}
        try:
            _require_local(request)
            with _Writing(writing):
                for step in _steps(lambda tell: uploads.add(archive, desk.settings.archive_dir, names, tell)):
                    if isinstance(step, CopydeskError):
                        raise step
                    if isinstance(step, tuple):
                        yield {intake: view.adding(*step)}
                    else:
                        report = step
        except CopydeskError as error:
            yield {intake: view.fault(error.message, error.hint)}
            return
        done = view.added(report, refused)
        outlets = archive.info().get("outlets") or {}
        now = shelves.of(request.session_hash)
        yield {intake: done, **counted(), find: view.find_form(outlets, now.listing), **listed(now, request)}

    everything = [facts, adding, intake, find, rows, reader, masthead]
    for place in (intake, find, rows, reader):
        place.click(act, None, everything, trigger_mode="always_last", **hidden)
    adding.click(take_in, None, [facts, intake, find, rows, masthead], trigger_mode="once", **{**hidden, "queue": True})


def _steps(add: Callable[[Progress], Json]) -> Iterator[tuple[str, int, int] | Json | CopydeskError]:
    """An ingest's progress, the latest there is each time, then its report or its error."""
    steps: queue.Queue[tuple[str, int, int]] = queue.Queue()
    end: list[Json | CopydeskError] = []

    def work() -> None:
        try:
            end.append(add(lambda *step: steps.put(step)))
        except CopydeskError as error:
            end.append(error)

    worker = threading.Thread(target=work, name="take-in")
    worker.start()
    while worker.is_alive():
        worker.join(SECONDS)
        latest = None
        while not steps.empty():
            latest = steps.get()
        if latest:
            yield latest
    fault = CopydeskError("Adding broke off because of a fault in Copydesk.", "Try again; see the server's log.")
    yield end[0] if end else fault


class _Writing:
    """The archive's one writer, or ArchiveBusyError."""

    def __init__(self, lock: threading.Lock) -> None:
        self._lock = lock

    def __enter__(self) -> None:
        if not self._lock.acquire(blocking=False):
            raise ArchiveBusyError("The archive is being changed already.", "Try again when that is done.")

    def __exit__(self, *error: object) -> None:
        self._lock.release()


def _listing(data: Json) -> Listing:
    """What the search form asks for. Raises InputError for dates that leave nothing."""
    since, until = str(data.get("since") or "") or None, str(data.get("until") or "") or None
    if since and until and since > until:
        raise InputError("“From” is later than “To”.", "Swap the two dates.")
    source = str(data.get("source") or "")
    sort = str(data.get("sort") or "")
    return Listing(
        Filter(since=since, until=until, sources=(source,) if source else ()),
        search=str(data.get("q") or "")[: view.MOST_CHARS],
        undated=data.get("undated") is True,
        sort=sort if sort in view.SORTS else "-published",
        limit=PAGE,
    )


def _number(value: object) -> int:
    text = str(value or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _is_local(request: gr.Request) -> bool:
    return is_loopback(request.client.host if request.client else None)


def _require_local(request: gr.Request) -> None:
    if not _is_local(request):
        raise InputError("The archive can be changed on its own machine only.", "Use the copydesk command there.")
