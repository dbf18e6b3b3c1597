"""The commands of ``copydesk``, one small function each: ``(arguments, settings) -> exit code``.

What they print is in ``rag.cli_output``. Heavy imports stand in the functions that need them.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag import __version__
from rag.cli_parser import read_filter, read_history, read_listing, sound
from rag.config import Settings
from rag.errors import ArchiveBusyError, InputError, ModelError, SourceError
from rag.types import IngestReport, Question

if TYPE_CHECKING:
    from rich.console import Console

    from rag.archive import Archive
    from rag.http.client import RemoteDesk
    from rag.pipeline import Copydesk

_MAX_STDIN_BYTES = 1_000_000
_NAMED = 5  # articles named when asking whether to remove them


# --- where the work is done: in the server that runs on the archive, or here ----------------------


def _remote(settings: Settings) -> RemoteDesk | None:
    if not (settings.archive_dir / "server.json").exists():
        return None
    from rag.http.client import connect

    return connect(settings.archive_dir)


@contextmanager
def open_desk(settings: Settings) -> Iterator[Copydesk | RemoteDesk]:
    """What answers questions."""
    remote = _remote(settings)
    if remote:
        with remote:
            yield remote
        return
    from rag.pipeline import Copydesk

    with Copydesk.open(settings) as desk:
        desk.load_ahead()
        yield desk


@contextmanager
def open_archive(
    settings: Settings, *, write: bool = False, missing_ok: bool = False
) -> Iterator[Archive | RemoteDesk]:
    """What holds the articles."""
    remote = _remote(settings)
    if remote:
        with remote:
            yield remote
        return
    from rag.archive import Archive

    with Archive.open(settings, write=write, missing_ok=missing_ok) as archive:
        yield archive


# --- questions ------------------------------------------------------------------------------------


def _ask(args: argparse.Namespace, settings: Settings) -> int:
    from rag import cli_output as show
    from rag.chat import interruptible
    from rag.llm.base import Cancel
    from rag.terminal import make_console

    history = read_history(args.history) if args.history else ()
    question = Question(_text(args.question, "question"), history, read_filter(args), "terminal")
    console, cancel = make_console(), Cancel()
    with open_desk(settings) as desk, interruptible(desk.stream(question, cancel), cancel) as events:
        answer = show.follow(console, events, draw=not args.json)
    return _show(args, answer.to_dict(), lambda console: show.answer(console, answer, verbose=args.verbose))


def _search(args: argparse.Namespace, settings: Settings) -> int:
    from rag import cli_output as show
    from rag.http.client import RemoteDesk
    from rag.terminal import make_console, waiting
    from rag.wire import hit_json

    query, filter = _text(args.query, "query"), read_filter(args)
    with open_archive(settings) as archive, waiting(make_console(sys.stderr), "Searching"):
        if isinstance(archive, RemoteDesk):
            hits = archive.hits(query, args.k, filter)
        elif not query:
            raise InputError("The query is empty.", "Say what to look for.")
        else:
            hits = [hit_json(hit) for hit in archive.search(query, args.k, filter)]
        undated = archive.undated(filter)
    found = {"query": query, "hits": hits, "undated_left_out": undated}
    return _show(args, found, lambda console: show.hits(console, hits, undated))


def _chat(args: argparse.Namespace, settings: Settings) -> int:
    from rag import chat
    from rag.http.client import RemoteDesk
    from rag.terminal import make_console, waiting

    console = make_console()
    with open_desk(settings) as desk:
        if not isinstance(desk, RemoteDesk):
            with waiting(console, "Loading the models"):
                desk.warm()
        chat.run(desk, console, filter=read_filter(args), verbose=args.verbose)
    return 0


# --- articles -------------------------------------------------------------------------------------


def _ingest(args: argparse.Namespace, settings: Settings) -> int:
    from rag.sources import Web, check_mapping, is_url
    from rag.sources.formats import READ_FORMATS

    if not (args.paths or args.feeds):
        raise InputError("There is nothing to ingest.", "Name files, folders, web pages or, with --feed, feeds.")
    urls = [path for path in args.paths if is_url(path)]
    for address in (*urls, *args.feeds):
        if not re.match(r"https?://", address, re.IGNORECASE):
            raise InputError(f"{address} can't be fetched.", "Give an address that begins with http:// or https://.")
    given: dict[str, Any] = {"mapping": check_mapping(args.mapping)} if args.mapping else {}
    if urls or args.feeds:
        given["web"] = Web(feeds=tuple(args.feeds))
    paths = [path if is_url(path) else Path(path).expanduser() for path in args.paths]
    with open_archive(settings, write=not args.dry_run, missing_ok=True) as archive, _progress() as advance:
        report = archive.ingest(paths, dry_run=args.dry_run, progress=advance, **given)
    _show_report(args, report)
    if report.skipped and not (report.added or report.changed or report.unchanged or report.removed):
        raise SourceError("Nothing of this could be read as an article.", f"Files that are read: {READ_FORMATS}.")
    return 0


def _sync(args: argparse.Namespace, settings: Settings) -> int:
    from rag.sources import Web

    _require_archive(settings)
    given: dict[str, Any] = {"web": Web()} if args.web else {}
    with open_archive(settings, write=not args.dry_run) as archive, _progress() as advance:
        report = archive.sync(dry_run=args.dry_run, progress=advance, **given)
    return _show_report(args, report)


def _rebuild(args: argparse.Namespace, settings: Settings) -> int:
    _require_archive(settings)
    with open_archive(settings, write=True) as archive, _progress() as advance:
        count = archive.rebuild(progress=advance)
    return _show(args, {"passages": count}, lambda console: console.print(f"{count} passages indexed anew."))


def _articles(args: argparse.Namespace, settings: Settings) -> int:
    actions = {
        "list": _articles_list,
        "show": _articles_show,
        "remove": _articles_remove,
        "removed": _articles_removed,
        "restore": _articles_restore,
        "forget": _articles_forget,
    }
    return actions[args.action](args, settings)


def _articles_list(args: argparse.Namespace, settings: Settings) -> int:
    from rag import browse, cli_archive

    with open_archive(settings) as archive:
        page = browse.page(archive, read_listing(args))
    return _show(args, page, lambda console: cli_archive.articles(console, page))


def _articles_show(args: argparse.Namespace, settings: Settings) -> int:
    from rag import browse, cli_archive

    with open_archive(settings) as archive:
        item = browse.article(archive, args.id)
    return _show(args, item, lambda console: cli_archive.article(console, item, passages=args.passages))


def _articles_remove(args: argparse.Namespace, settings: Settings) -> int:
    from rag import cli_archive

    with open_archive(settings) as archive:  # unknown ids are named before anything is asked
        ids = _chosen(args, archive)
    if not ids:
        return _show(args, {"removed": []}, lambda console: console.print("No article matches; nothing was removed."))
    if not args.yes:
        shown = ", ".join(ids[:_NAMED]) + (f" and {len(ids) - _NAMED:,} more" if len(ids) > _NAMED else "")
        what = f"{cli_archive.counted(len(ids), 'article')} ({shown})"
        if not (sys.stdin and sys.stdin.isatty()):
            raise InputError(f"Removing {what} must be confirmed.", "Add --yes to do it without being asked.")
        if not _confirmed(f"Remove {what} from the archive? The files stay. [y/N] "):
            return _show(args, {"removed": []}, lambda console: console.print("Nothing was removed."))
    with open_archive(settings, write=True) as archive:
        removed = archive.remove(ids)
    return _show(args, {"removed": removed}, lambda console: cli_archive.removed(console, removed))


def _articles_removed(args: argparse.Namespace, settings: Settings) -> int:
    from rag import browse, cli_archive

    with open_archive(settings) as archive:
        found = browse.removed(archive)
    return _show(args, {"removed": found}, lambda console: cli_archive.removed_list(console, found))


def _articles_restore(args: argparse.Namespace, settings: Settings) -> int:
    from rag import cli_archive

    _require_archive(settings)
    with open_archive(settings, write=True) as archive:
        ids = archive.restore(args.ids)
    return _show(args, {"restored": ids}, lambda console: cli_archive.done(console, "Restored", ids))


def _articles_forget(args: argparse.Namespace, settings: Settings) -> int:
    from rag import browse, cli_archive

    _require_archive(settings)
    with open_archive(settings, write=True) as archive:
        ids = browse.forget(archive, args.ids, None if hasattr(archive, "url") else settings.archive_dir)
    return _show(args, {"forgotten": ids}, lambda console: cli_archive.done(console, "Deleted the text of", ids))


def _chosen(args: argparse.Namespace, archive: Archive | RemoteDesk) -> list[str]:
    """The ids to remove: those named, or those a filter lets through. Raises InputError, NotFoundError."""
    from rag import browse

    listing = read_listing(args)
    filtered = not listing.filter.is_open or bool(listing.search) or listing.undated
    if bool(args.ids) == filtered:
        raise InputError(
            "Both ids and a filter were given." if filtered else "Neither ids nor a filter was given.",
            "Name articles by id, or choose them with --source, --since, --until, --search or --undated.",
        )
    if filtered:
        return [item["article_id"] for item in browse.page(archive, listing)["articles"]]
    for article_id in args.ids:
        archive.article(article_id)
    return list(dict.fromkeys(args.ids))


def _info(args: argparse.Namespace, settings: Settings) -> int:
    from rag import cli_archive

    with open_archive(settings) as archive:
        info = {**archive.info(), "server": getattr(archive, "url", None), "version": __version__}
    return _show(args, info, lambda console: cli_archive.info(console, info))


def _feedback(args: argparse.Namespace, settings: Settings) -> int:
    from rag import cli_feedback

    found = cli_feedback.ratings(settings.archive_dir)
    return _show(args, found, lambda console: cli_feedback.show(console, found))


# --- server, models, checks -----------------------------------------------------------------------


def _serve(args: argparse.Namespace, settings: Settings) -> int:
    running = _remote(settings)
    if running:
        raise ArchiveBusyError(
            f"A server already runs on this archive, at {running.url}.",
            "Open that address in a browser, or stop it first.",
        )
    from rag.http.server import serve
    from rag.terminal import make_console

    console = make_console()
    serve(settings, report=lambda line: console.print(line))
    return 0


def _mcp(args: argparse.Namespace, settings: Settings) -> int:
    from rag.mcp import stdio

    stdio.serve(settings)
    return 0


def _models(args: argparse.Namespace, settings: Settings) -> int:
    from rag import cli_output as show
    from rag import models

    if args.action == "pull":
        with _progress(in_bytes=True) as advance:
            pulled = models.pull(settings, args.names or None, advance)
        return _show(args, [asdict(p) for p in pulled], lambda console: show.pulled(console, pulled))
    verifying = args.action == "verify"
    found = models.verify(settings, args.names or None) if verifying else models.list_models(settings)
    _show(args, [asdict(status) for status in found], lambda console: show.models(console, found))
    bad = [status.name for status in found if status.state != "ok"]
    if verifying and bad:
        raise ModelError(f"Not whole: {', '.join(bad)}.", f"Fetch again with: copydesk models pull {' '.join(bad)}")
    return 0


def _doctor(args: argparse.Namespace, settings: Settings) -> int:
    from rag import cli_output as show
    from rag.doctor import run_checks
    from rag.terminal import make_console, waiting

    with waiting(make_console(sys.stderr), "Checking"):
        findings = run_checks(settings, full=args.full)
    _show(args, [asdict(finding) for finding in findings], lambda console: show.findings(console, findings))
    return 0 if all(finding.ok for finding in findings) else 1


def _version(args: argparse.Namespace, settings: Settings) -> int:
    return _show(args, {"version": __version__}, lambda console: console.print(f"copydesk {__version__}"))


COMMANDS: dict[str, Callable[[argparse.Namespace, Settings], int]] = {
    "ask": _ask,
    "search": _search,
    "chat": _chat,
    "ingest": _ingest,
    "sync": _sync,
    "rebuild": _rebuild,
    "articles": _articles,
    "serve": _serve,
    "mcp": _mcp,
    "models": _models,
    "doctor": _doctor,
    "info": _info,
    "feedback": _feedback,
    "version": _version,
}


# --- input and output -----------------------------------------------------------------------------


def _text(words: Sequence[str], what: str) -> str:
    """The question on the command line, or on standard input for "-". Raises InputError for what is no text."""
    if list(words) != ["-"]:
        return sound(" ".join(words), f"The {what}").strip()
    data = sys.stdin.buffer.read(_MAX_STDIN_BYTES + 1) if sys.stdin else b""
    if len(data) > _MAX_STDIN_BYTES:
        raise InputError(f"The {what} on standard input is longer than 1 MB.", "Send one question.")
    try:
        return data.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise InputError(f"The {what} is not valid UTF-8 text.", "Save or type it as UTF-8.") from None


def _confirmed(prompt: str) -> bool:
    from rag.terminal import clean

    sys.stderr.write(clean(prompt))
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _show(args: argparse.Namespace, value: Any, human: Callable[[Console], None]) -> int:
    """``value`` as JSON where that was asked for, else what ``human`` prints."""
    from rag.terminal import make_console, to_json_text

    if args.json:
        sys.stdout.write(f"{to_json_text(value)}\n")
    else:
        human(make_console())
    return 0


def _show_report(args: argparse.Namespace, report: IngestReport) -> int:
    from rag import cli_output as show

    return _show(args, report.to_dict(), lambda console: show.report(console, report))


@contextmanager
def _progress(*, in_bytes: bool = False) -> Iterator[Callable[[str, int, int], None]]:
    from rag.terminal import make_console, progress

    with progress(make_console(sys.stderr), in_bytes=in_bytes) as advance:
        yield advance


def _require_archive(settings: Settings) -> None:
    """Raises ArchiveError where there is none; opening it for writing would make an empty one."""
    with open_archive(settings):
        pass
