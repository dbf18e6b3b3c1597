"""The archive view: Gradio's events around the HTML that its neighbours make."""

from __future__ import annotations

import itertools
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.resources import files
from typing import Any

import gradio as gr

from rag import browse, sources
from rag.errors import ArchiveBusyError, CopydeskError, InputError, NotFoundError
from rag.intake import uploads
from rag.sources.formats import READ_FORMATS
from rag.types import Filter, Listing, Progress
from rag.wire import article_json
from ui.archive import adding, reader, shelf
from ui.archive.reader import Place
from ui.bricks import Json
from ui.pages import UNCHANGED, PerPage
from ui.visitors import is_local, require_local

PAGE = 50  # articles
SECONDS = 0.1  # between two looks at how far an ingest is
MOST_FILES = 10_000  # taken in at once


def build(desk: Any, writing: threading.Lock, masthead: gr.HTML, head: Any) -> None:
    """The view, inside an open ``gr.Blocks``. ``writing`` is held while the archive is changed; ``head(articles)`` is
    what ``masthead`` shows of it. Articles are added and removed by visitors on this machine only.
    """
    archive, folder = desk.archive, desk.settings.archive_dir
    hidden: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "queue": False}

    def part(name: str, script: str = "", value: str = "") -> gr.HTML:
        made = f'<div class="cd-{name}-part">${{value}}</div>'
        run = "".join(_script(name) for name in ("parts.js", script) if name)
        return gr.HTML(value, elem_id=f"cd-{name}", html_template=made, js_on_load=run)

    listings = PerPage(lambda: Listing(sort="-published", limit=PAGE))
    opened = PerPage(Place)
    results = itertools.count(1)
    stops: dict[str, threading.Event] = {}  # of the ingests under way, by page
    with gr.Column(elem_id="cd-archive"):
        with gr.Column(elem_id="cd-shelf"):
            with gr.Row(elem_id="cd-front"):
                facts = part("facts")
                choose = part("add", "adding.js")
            part("bar", value=adding.BAR)
            intake = part("intake", "intake.js")
            find = part("find", "find.js")
            rows = part("rows", "list.js")
            removed = part("removed", "removed.js")
        article = part("reader", "reader.js", reader.nothing_open())

    def result(html: str) -> dict[Any, Any]:
        """What became of files; numbered, so that the page hears of it where it is the same as the last time."""
        return {intake: f'{html}<i data-result="{next(results)}"></i>'}

    def counted() -> dict[Any, Any]:
        told = archive.info()  # quick: counted anew only after a change
        return {facts: shelf.facts(told), masthead: head(int(told["articles"]))}

    def listed(request: gr.Request) -> dict[Any, Any]:
        listing, here = listings.of(request.session_hash), is_local(request)
        gone = {removed: shelf.removed(browse.removed(archive)) if here else ""}
        if not int(archive.info()["articles"]):
            return {rows: shelf.empty(READ_FORMATS, here), **gone}
        return {rows: shelf.rows(browse.page(archive, listing), searched=bool(listing.search.strip())), **gone}

    def formed(request: gr.Request) -> dict[Any, Any]:
        told = archive.info()
        form = shelf.find_form(told.get("outlets") or {}, listings.of(request.session_hash))
        return {find: form if int(told["articles"]) else ""}

    def read(place: Place, request: gr.Request, *, asking: bool = False) -> dict[Any, Any]:
        opened.put(request.session_hash, place)
        here = is_local(request)
        try:
            found = browse.article(archive, place.article)
        except NotFoundError:
            gone = next((item for item in browse.removed(archive) if item["article_id"] == place.article), None)
            holders = [article_json(a, with_text=False) for a in archive.holders(place.passage)]
            return {article: reader.not_there(place, gone, holders, here)}
        return {article: reader.reader(found, place, removable=here, asking=asking)}

    def act(event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
        data = event._data if isinstance(event._data, dict) else {}
        asked, id, page = str(data.get("do", "")), str(data.get("id", "")), request.session_hash
        try:
            match asked:
                case "refresh":
                    box = adding.choose(sources.SUFFIXES) if is_local(request) else adding.elsewhere()
                    return {**counted(), **formed(request), choose: box, **listed(request)}
                case "find":
                    listings.put(page, _listing(data))
                    return listed(request)
                case "page":
                    listings.put(page, replace(listings.of(page), offset=_number(data.get("to"))))
                    return listed(request)
                case "open":
                    return read(Place(id, str(data.get("passage") or ""), _range(data.get("quote"))), request)
                case "ask-remove" | "keep":
                    return read(opened.of(page), request, asking=asked == "ask-remove")
                case "remove":
                    return {**remove(id, request), **counted(), **listed(request)}
                case "restore":
                    change(lambda: archive.restore([id]), request)
                    shown = read(Place(id), request) if data.get("open") else {}
                    return {**shown, **counted(), **formed(request), **listed(request)}
                case "close":
                    opened.put(page, Place())
                    return {article: reader.nothing_open()}
                case "stop-adding":
                    if stop := stops.get(str(page)):
                        stop.set()
                case "give-up":
                    return give_up([str(name) for name in data.get("names") or ()], request)
        except CopydeskError as error:
            if asked in ("refresh", "find", "page", "restore", "give-up"):
                return result(shelf.fault(error.message, error.hint))
            return {article: reader.unreadable(error.message, error.hint)}
        return dict(UNCHANGED)

    def change(work: Callable[[], object], request: gr.Request) -> None:
        require_local(request, "The archive can be changed", "the copydesk command")
        with _Writing(writing):
            work()

    def remove(article_id: str, request: gr.Request) -> dict[Any, Any]:
        title = archive.article(article_id).title or article_id
        change(lambda: archive.remove([article_id]), request)
        opened.put(request.session_hash, Place())
        return {article: reader.removed(title, article_id), intake: ""}

    def give_up(names: list[str], request: gr.Request) -> dict[Any, Any]:
        """Throw away what was copied, where adding was stopped while files were still being copied."""
        change(lambda: uploads.give_up(archive, folder, names[:MOST_FILES]), request)
        return result(adding.added({"stopped": True}))

    def take_in(event: gr.EventData, request: gr.Request) -> Iterator[dict[Any, Any]]:
        data = event._data if isinstance(event._data, dict) else {}
        if data.get("do") != "take-in":
            yield dict(UNCHANGED)
            return
        refused = [(str(name), str(why)) for name, why in data.get("refused") or ()]
        names = [str(name) for name in data.get("names") or ()][:MOST_FILES]
        page, stop, report = str(request.session_hash), threading.Event(), {}
        try:
            require_local(request, "The archive can be changed", "the copydesk command")
            with _Writing(writing):
                stops[page] = stop
                for step in _steps(lambda tell: uploads.add(archive, folder, names, tell, stop)):
                    if isinstance(step, CopydeskError):
                        raise step
                    if isinstance(step, tuple):
                        yield {intake: adding.step(*step)}
                    else:
                        report = dict(step)
        except CopydeskError as error:
            yield result(shelf.fault(error.message, error.hint))
            return
        finally:
            stops.pop(page, None)
        done = adding.added(report, refused, titles(report))
        yield {**result(done), **counted(), **formed(request), **listed(request)}

    def titles(report: Json) -> dict[str, str]:
        ids = [i for name in ("added", "changed", "restored", "unchanged") for i in report.get(name) or ()]
        return {i: title for i in ids[: adding.NAMED] if (title := archive.article(i).title)}

    everything = [facts, choose, intake, find, rows, removed, article, masthead]
    for place in (intake, find, rows, removed, article):
        place.click(act, None, everything, trigger_mode="multiple", **hidden)
    took = [facts, intake, find, rows, removed, masthead]
    choose.click(take_in, None, took, trigger_mode="once", **{**hidden, "queue": True})


def _script(name: str) -> str:
    return files("ui.archive").joinpath(name).read_text(encoding="utf-8")


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
        search=str(data.get("q") or "")[: shelf.MOST_CHARS],
        undated=data.get("undated") is True,
        sort=sort if sort in shelf.SORTS else "-published",
        limit=PAGE,
    )


def _number(value: object) -> int:
    text = str(value or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _range(value: object) -> tuple[int, int] | None:
    """``812-961`` as two numbers; None for anything else."""
    start, dash, end = str(value or "").partition("-")
    found = _number(start), _number(end)
    return found if dash and found[0] < found[1] else None
