"""What the ``copydesk`` command can be told. Imports nothing heavy: ``copydesk --help`` must be instant."""

from __future__ import annotations

import argparse
import calendar
import datetime
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from rag import __version__
from rag.browse import SORTS
from rag.errors import InputError, NotFoundError
from rag.types import Filter, Listing, Message

MAX_HITS = 50
_MAX_HISTORY_BYTES = 10_000_000

_EPILOG = """\
Every command takes --archive DIR (default: COPYDESK_HOME, or your data directory), most take --json.
When a server runs on the archive, commands go through it.

exit codes: 0 done, 1 doctor found a fault or eval got worse, 2 bad input or an error, 130 stopped with Ctrl-C"""


_REMOVE = "Take articles out of the archive, by id or by a filter, until they are restored. Their files stay."


class Parser(argparse.ArgumentParser):
    """Bad arguments raise ``InputError``, so that they are reported like every other error."""

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message[:1].upper()}{message[1:].rstrip('.')}.", f"See `{self.prog} --help`.")


def build_parser() -> Parser:
    """The whole command line. Parsed arguments hold ``command`` and, for articles and models, ``action``."""
    archive = Parser(add_help=False)
    archive.add_argument("--archive", type=_folder, metavar="DIR", default=argparse.SUPPRESS, help="the archive to use")
    both = Parser(add_help=False, parents=[archive])
    both.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON")
    dates = _filter_options()

    parser = Parser(
        prog="copydesk",
        description="Ask a news archive; every sentence of the answer is checked against the passage it cites.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        parents=[both],
    )
    parser.add_argument("--version", action="version", version=f"copydesk {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")

    def command(name: str, help: str, *parents: Parser, of: Any = commands) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = of.add_parser(
            name, help=help, description=help, parents=list(parents), allow_abbrev=False
        )
        return made

    ask = command("ask", "Answer a question from the archive.", both, dates)
    ask.add_argument("question", nargs="+", metavar="QUESTION", help='the question; "-" reads it from standard input')
    ask.add_argument("--history", type=Path, metavar="FILE", help='earlier turns: a JSON list of {"role", "content"}')
    ask.add_argument("-v", "--verbose", action="store_true", help="also what was withheld, and how long each step took")

    search = command("search", "Show the passages nearest to a query, and how each retriever ranked them.", both, dates)
    search.add_argument("query", nargs="+", metavar="QUERY", help='what to look for; "-" reads it from standard input')
    search.add_argument("-k", type=_hits, default=8, metavar="N", help="how many passages (default: 8)")

    chat = command("chat", "Ask one question after another in the terminal.", archive, dates)
    chat.add_argument(
        "-v", "--verbose", action="store_true", help="also what was withheld, and how long each step took"
    )

    ingest = command("ingest", "Take files, folders of them, web pages or feeds into the archive.", both)
    ingest.add_argument("paths", nargs="*", metavar="PATH|URL", help="files, folders, and pages to fetch from the web")
    ingest.add_argument(
        "--feed", dest="feeds", action="append", default=[], metavar="URL", help="the articles of an RSS or Atom feed"
    )
    ingest.add_argument(
        "--map",
        dest="mapping",
        type=_mapping,
        metavar="FIELDS",
        help="which fields of a table hold what: title=headline,text=body,date=day,outlet=paper,url=link",
    )
    ingest.add_argument("--dry-run", action="store_true", help="only say what would happen")
    sync = command("sync", "Take up what changed in the files ingested before.", both)
    sync.add_argument("--web", action="store_true", help="also fetch the web pages again that were ingested before")
    sync.add_argument("--dry-run", action="store_true", help="only say what would happen")
    command("rebuild", "Make the search index again from the catalog.", both)

    articles = command("articles", "List, show, remove or restore articles.", both)
    actions = articles.add_subparsers(dest="action", metavar="ACTION", required=True)
    which = _listing_options()
    listed = command("list", "List the articles.", both, dates, which, of=actions)
    listed.add_argument("--sort", choices=SORTS, default="id", help="the order (default: id)")
    listed.add_argument("--reverse", action="store_true", help="from the other end: --sort published --reverse")
    listed.add_argument("--limit", type=_limit, default=50, metavar="N", help='how many, or "all" (default: 50)')
    listed.add_argument("--page", type=_page, default=1, metavar="N", help="which page of so many (default: 1)")
    show = command("show", "Show one article: what is known of it and how, its copies, its text.", both, of=actions)
    show.add_argument("id", metavar="ID")
    show.add_argument("--passages", action="store_true", help="cut into its passages, with their ids and offsets")
    remove = command("remove", _REMOVE, both, dates, which, of=actions)
    remove.add_argument("ids", nargs="*", metavar="ID", help="articles by id; or give a filter instead")
    remove.add_argument("-y", "--yes", action="store_true", help="don't ask")
    command("removed", "List the articles that were removed and stay out.", both, of=actions)
    for name, help in (
        ("restore", "Put removed articles back as they were."),
        ("forget", "Delete the kept texts of removed articles. They stay out, and can't be restored."),
    ):
        command(name, help, both, of=actions).add_argument("ids", nargs="+", metavar="ID")

    serve = command("serve", "Serve the chat window and the HTTP API.", archive)
    serve.add_argument("--host", help="the address to listen on (default: 127.0.0.1, this machine only)")
    serve.add_argument("--port", type=_port, help="the port (default: 7860)")
    serve.add_argument(
        "--allow-urls",
        action="store_true",
        default=None,
        help="fetch pages and feeds when `copydesk ingest` asks this server to",
    )
    serve.add_argument(
        "--trace",
        metavar="FILE",
        type=_file,
        help="add a line for each answer to FILE: question, passages, times, tokens, draft (default: none)",
    )

    command("mcp", "Offer the archive as tools to the program that starts this one (MCP over stdio).", archive)

    # Only for the list of commands: its arguments go to eval.runner as they are.
    command("eval", "Measure the answers on known questions; see `copydesk eval --help`.", archive)

    models = command("models", "List, fetch or check the models.", both)
    actions = models.add_subparsers(dest="action", metavar="ACTION", required=True)
    command("list", "List the models Copydesk knows and whether they are here.", both, of=actions)
    pull = command("pull", "Fetch models that are missing or damaged.", both, of=actions)
    pull.add_argument("names", nargs="*", metavar="NAME", help="default: those in use")
    verify = command("verify", "Read every model file in full and compare its checksum.", both, of=actions)
    verify.add_argument("names", nargs="*", metavar="NAME", help="default: those in use")

    doctor = command("doctor", "Check that everything is in place, and say how to mend what is not.", both)
    doctor.add_argument("--full", action="store_true", help="also read the model files in full and answer offline")
    command("info", "Say what the archive holds.", both)
    command("feedback", "Print what was said about answers in the chat window.", both)
    command("version", "Print the version.", both)
    return parser


def split_eval(argv: list[str]) -> list[str] | None:
    """The arguments after ``eval``, without ``--archive``, when that is the command; else None.

    They belong to another parser, which has a ``--json FILE`` of its own.
    """
    values = iter(enumerate(argv))
    for place, argument in values:
        if argument == "--archive":
            next(values, None)
        elif not argument.startswith("-"):
            return _without_archive(argv[place + 1 :]) if argument == "eval" else None
    return None


def _without_archive(arguments: list[str]) -> list[str]:
    kept: list[str] = []
    values = iter(arguments)
    for argument in values:
        if argument == "--archive":
            next(values, None)
        elif not argument.startswith("--archive="):
            kept.append(argument)
    return kept


def read_filter(args: argparse.Namespace) -> Filter:
    """Raises InputError when the dates leave nothing."""
    if args.since and args.until and args.since > args.until:
        raise InputError(f"--since ({args.since}) is later than --until ({args.until}).", "Swap the two dates.")
    if args.since and args.as_of and args.since > args.as_of:
        raise InputError(f"--since ({args.since}) is later than --as-of ({args.as_of}).", "Change one of the two.")
    sources = tuple(name.strip() for name in args.sources if name.strip())
    return Filter(as_of=args.as_of, since=args.since, until=args.until, sources=sources)


def read_listing(args: argparse.Namespace) -> Listing:
    """Which articles to list or remove. Raises InputError when the dates leave nothing."""
    limit = getattr(args, "limit", None)
    offset = (getattr(args, "page", 1) - 1) * (limit or 0)
    return Listing(
        read_filter(args),
        search=sound(args.search, "The text of --search"),
        undated=args.undated,
        sort=f"{'-' if getattr(args, 'reverse', False) else ''}{getattr(args, 'sort', 'id')}",
        offset=offset,
        limit=limit,
    )


def read_history(path: Path) -> tuple[Message, ...]:
    """The turns in a history file. Raises NotFoundError or InputError, which names the bad entry."""
    form = 'It must hold a JSON list of {"role": "user" or "assistant", "content": "..."}.'
    try:
        if path.stat().st_size > _MAX_HISTORY_BYTES:
            raise InputError(f"The history file {path} is larger than 10 MB.", "Keep the last few turns only.")
        turns = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotFoundError(f"There is no history file {path}.", "Check the path given to --history.") from None
    except OSError as error:
        raise InputError(f"The history file {path} can't be read: {error.strerror or error}.", form) from None
    except (ValueError, RecursionError):
        raise InputError(f"The history file {path} is not JSON in UTF-8.", form) from None
    if not isinstance(turns, list):
        raise InputError(f"The history file {path} holds no list.", form)
    return tuple(_turn(turn, f"Entry {n} of the history file {path}", form) for n, turn in enumerate(turns, 1))


def _turn(turn: Any, where: str, form: str) -> Message:
    if not isinstance(turn, dict) or not isinstance(turn.get("content"), str):
        raise InputError(f'{where} has no text under "content".', form)
    if turn.get("role") not in ("user", "assistant"):
        raise InputError(f"{where} has the role {turn.get('role')!r}.", form)
    return Message(turn["role"], sound(turn["content"], where))


def sound(text: str, what: str) -> str:
    """``text`` itself. Raises InputError where it holds bytes that were no UTF-8 (lone surrogates)."""
    if any("\ud800" <= c <= "\udfff" for c in text):
        raise InputError(f"{what} is not valid UTF-8 text.", "Save or type it as UTF-8.")
    return text


# --- argument types -------------------------------------------------------------------------------


def _filter_options() -> Parser:
    options = Parser(add_help=False)
    group = options.add_argument_group(
        "which articles may be used (dates as YYYY-MM-DD, YYYY-MM or YYYY; undated articles pass none)"
    )
    group.add_argument(
        "--as-of", type=_day(last=True), metavar="DATE", help="as if asked that day: nothing published later"
    )
    group.add_argument("--since", type=_day(last=False), metavar="DATE", help="published on that day or later")
    group.add_argument("--until", type=_day(last=True), metavar="DATE", help="published on that day or earlier")
    group.add_argument(
        "--source",
        dest="sources",
        action="append",
        default=[],
        metavar="OUTLET",
        help="of this outlet; may be repeated",
    )
    return options


def _listing_options() -> Parser:
    options = Parser(add_help=False)
    options.add_argument("--search", default="", metavar="WORDS", help="with all these words in title, outlet or id")
    options.add_argument("--undated", action="store_true", help="only those whose day of publication is unknown")
    return options


def _day(*, last: bool) -> Callable[[str], str]:
    """Reads a date; a month or year stands for its first or its ``last`` day."""

    def read(text: str) -> str:
        match = re.fullmatch(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", text.strip(), re.ASCII)
        try:
            if match is None:
                raise ValueError
            year = int(match[1])
            month = int(match[2] or (12 if last else 1))
            day = int(match[3] or (calendar.monthrange(year, month)[1] if last else 1))
            return datetime.date(year, month, day).isoformat()
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is no date; write it as YYYY-MM-DD") from None

    return read


def _mapping(text: str) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in text.split(",")]
    if not all(ours.strip() and theirs.strip() for ours, _, theirs in pairs):
        raise argparse.ArgumentTypeError(f"{text!r} is no list like title=headline,text=body")
    return {ours.strip(): theirs.strip() for ours, _, theirs in pairs}


def _folder(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("it needs a folder")
    return Path(text).expanduser().absolute()


def _hits(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= MAX_HITS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {MAX_HITS}")
    return int(text)


def _limit(text: str) -> int | None:
    if text == "all":
        return None
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= 1_000_000:
        raise argparse.ArgumentTypeError(f'{text!r} is neither "all" nor a number from 1')
    return int(text)


def _page(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no page; use a number from 1")
    return int(text)


def _file(text: str) -> Path:
    if not text.strip():
        raise argparse.ArgumentTypeError("no file is named")
    return Path(text).expanduser().absolute()


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; use a number from 1 to 65535")
    return int(text)
