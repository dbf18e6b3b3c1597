"""The ``copydesk`` command: reads its arguments, runs one of ``rag.commands``, turns errors into exit codes.

Imports nothing heavy: ``copydesk --help`` must be instant.
"""

from __future__ import annotations

import errno
import io
import json
import os
import sys
from collections.abc import Sequence

from rag.cli_parser import build_parser, split_eval
from rag.config import load_settings
from rag.errors import Cancelled, CopydeskError, InputError

STOPPED = 130  # what shells expect after Ctrl-C
BROKEN_PIPE = 141


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code (see ``copydesk --help``). Never raises ``CopydeskError``."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    _tolerant_output()
    try:
        code = _run(arguments)
        sys.stdout.flush()
        return code
    except SystemExit as stop:  # argparse, after --help and --version
        return stop.code if isinstance(stop.code, int) else 0
    except (KeyboardInterrupt, Cancelled):
        _complain("Stopped.")
        return STOPPED
    except BrokenPipeError:  # the reader (head, less) has gone; keep Python from complaining at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except CopydeskError as error:
        _report(error, "--json" in arguments)
        return 2
    except OSError as error:
        _report(_plain(error), "--json" in arguments)
        return 2


def _run(arguments: list[str]) -> int:
    rest = split_eval(arguments)
    if rest is not None:
        from eval.runner import main as evaluate

        return evaluate(rest)
    parser = build_parser()
    args = parser.parse_args(arguments)
    if args.command is None:
        parser.print_help(sys.stderr)
        return 2
    args.json = getattr(args, "json", False)
    if args.json and args.command in ("chat", "serve", "mcp"):
        raise InputError(f"`copydesk {args.command}` has no JSON output.", "Use `copydesk ask --json`.")
    settings = load_settings(
        archive_dir=getattr(args, "archive", None),
        host=getattr(args, "host", None),
        port=getattr(args, "port", None),
        allow_urls=getattr(args, "allow_urls", None),
        trace=getattr(args, "trace", None),
    )
    from rag.commands import COMMANDS

    return COMMANDS[args.command](args, settings)


def _tolerant_output() -> None:
    """A terminal that can't show a character shows a substitute, instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _plain(error: OSError) -> CopydeskError:
    """An error of the operating system that nobody foresaw, in the form of all others."""
    where = f" ({error.filename})" if error.filename else ""
    message = f"{error.strerror or error}{where}."
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return CopydeskError(f"The disk is full{where}.", "Free some space and try again; the archive is unharmed.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return CopydeskError(message, "Choose a place you may write to, with --archive DIR or COPYDESK_HOME.")
    return CopydeskError(message, "Run `copydesk doctor` to see what is wrong.")


def _report(error: CopydeskError, as_json: bool) -> None:
    if as_json:
        _complain(json.dumps({"error": error.message, "hint": error.hint}))
        return
    from rag.terminal import one_line

    _complain(f"Error: {one_line(error.message)}", one_line(error.hint))


def _complain(*lines: str) -> None:
    for line in lines:
        if line:
            print(line, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
