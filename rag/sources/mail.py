"""Mail: single messages, mailboxes, and web pages that a browser saved as one file (MHTML)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from functools import partial
from typing import BinaryIO

from rag.errors import SourceError
from rag.sources import fragments, html, pages
from rag.sources.files import Item, SourceFile
from rag.sources.text import decode
from rag.types import RawDocument

_MAX_MESSAGE = 50_000_000  # bytes
_REPLY = re.compile(r"(?:\s*(?:re|fwd?|aw|wg|tr|rv|sv)\s*:\s*)+", re.IGNORECASE)
_ENOUGH = 300  # characters of plain text that make the HTML part needless


def read_mail(stream: BinaryIO, file: SourceFile) -> Iterator[Item]:
    """One message: its subject, its sender, its day, and its text without attachments."""
    data = stream.read()
    yield lambda: _read(data, file.key, file.path)


def read_mailbox(stream: BinaryIO, file: SourceFile) -> Iterator[Item]:
    """The messages of an mbox file."""
    number = 0
    for number, message in enumerate(_messages(stream), 1):
        yield partial(_read, message, *file.part(number))
    if not number:
        raise SourceError("It holds no messages.", "")


def read_mhtml(stream: BinaryIO, file: SourceFile) -> Iterator[Item]:
    """The page in a web archive of one page. When it was saved says nothing of when it was published."""
    data = stream.read()
    yield lambda: _read_page(data, file)


def _messages(stream: BinaryIO) -> Iterator[bytes]:
    lines: list[bytes] | None = None
    size, blank = 0, True
    while line := stream.readline(_MAX_MESSAGE):
        if blank and line.startswith(b"From "):
            if lines is not None:
                yield b"".join(lines)
            lines, size = [], 0
        elif lines is not None:
            size += len(line)
            if size > _MAX_MESSAGE:
                lines.clear()  # of one too long nothing is left, and it is reported as empty
            else:
                lines.append(line)
        blank = not line.strip()
    if lines is not None:
        yield b"".join(lines)


def _read(data: bytes, key: str, path: str) -> RawDocument:
    message = _parsed(data)
    text, url = _text(message)
    if not text.strip():
        raise SourceError("The message has no text.", "")
    sender = _sender(message)
    is_bulk = any(message[name] for name in ("List-Id", "List-Unsubscribe", "List-Post"))
    day = _day(message)
    return RawDocument(
        key=key,
        path=path,
        text=text,
        title=_REPLY.sub("", _header(message, "Subject") or "", count=1).strip() or None,
        outlet=sender if is_bulk else None,
        published_at=day,
        published_at_source="metadata" if day else "unknown",
        url=url,
        authors=(sender,) if sender and not is_bulk else (),
        outlet_source="metadata" if sender and is_bulk else "unknown",
    )


def _read_page(data: bytes, file: SourceFile) -> RawDocument:
    message = _parsed(data)
    part = next((p for p in message.walk() if p.get_content_type() in ("text/html", "application/xhtml+xml")), None)
    if part is None:
        raise SourceError("There is no web page in it.", "")
    url = _header(message, "Snapshot-Content-Location") or _header(part, "Content-Location") or ""
    return html.document(_payload(part), file.key, file.path, url if re.match(r"https?://", url) else None)


def _parsed(data: bytes) -> EmailMessage:
    try:
        message = message_from_bytes(data, policy=policy.default)
        list(message.walk())
    except RecursionError:
        raise SourceError("It is nested too deeply.", "") from None
    except (MessageError, ValueError, LookupError, IndexError, AttributeError):  # all of which the parser lets through
        raise SourceError("It is no mail message that can be read.", "") from None
    if not message.keys():
        raise SourceError("It is no mail message.", "")
    return message


def _text(message: EmailMessage) -> tuple[str, str | None]:
    """The body as paragraphs, and the page it links to as itself, where it says so."""
    parts = {"text/plain": "", "text/html": ""}
    for part in message.walk():
        kind = part.get_content_type()
        if kind == "message/rfc822":
            continue
        if kind in parts and not parts[kind] and part.get_content_disposition() != "attachment":
            parts[kind] = _payload(part)
    plain = _unwrapped(parts["text/plain"])
    if len(plain) >= _ENOUGH or not parts["text/html"]:
        return plain, None
    page = pages.extract(parts["text/html"])
    read = [page.text, fragments.to_text(parts["text/html"]), plain]
    return next((text for text in read if len(text) >= _ENOUGH), max(read, key=len)), None


def _payload(part: EmailMessage) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    try:
        return data.decode(part.get_content_charset() or "utf-8")
    except (LookupError, UnicodeDecodeError):
        return decode(data)


def _unwrapped(text: str) -> str:
    """Lines broken at some 75 characters as paragraphs; without quoted mail and the signature."""
    text = re.split(r"(?m)^-- ?\r?$", text.replace("\r\n", "\n"), maxsplit=1)[0]
    text = re.sub(r"(?m)^>.*\n?", "", text)
    blocks = []
    for block in re.split(r"\n\s*\n", text):
        lines = [line.rstrip() for line in block.split("\n") if line.strip()]
        wrapped = len(lines) > 1 and all(45 <= len(line) <= 100 for line in lines[:-1])
        blocks.append(" ".join(line.strip() for line in lines) if wrapped else "\n".join(lines))
    return "\n\n".join(block for block in blocks if block)


def _header(message: EmailMessage, name: str) -> str | None:
    try:
        value = message[name]
    except (ValueError, IndexError, AttributeError, TypeError, LookupError):  # a header that the library can't parse
        return None
    return " ".join(str(value).split())[:1000] or None if value is not None else None


def _sender(message: EmailMessage) -> str | None:
    """The display name, and never an address."""
    name = re.sub(r"<[^>]*>|\([^)]*\)", "", _header(message, "From") or "").strip().strip('"').strip()
    return name if name and "@" not in name else None


def _day(message: EmailMessage) -> str | None:
    try:
        return parsedate_to_datetime(_header(message, "Date") or "").date().isoformat()
    except (ValueError, TypeError, IndexError):
        return None
