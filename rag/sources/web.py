"""Pages and feeds from the web, only when a user asks for them: which addresses, one fetch, what an article is called.

The address that is checked is the one that is connected to: the name is resolved once, here, and the connection made
to what it resolved to. Nothing is followed, no cookie is kept, no proxy or password of the environment is used.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
import socket
import time
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from rag import __version__
from rag.errors import SourceError

MAX_BYTES = 10_000_000  # of a page, unpacked
_SECONDS = 30.0  # for the whole of a fetch
_AGENT = f"Copydesk/{__version__} (a reader's own news archive; fetches single pages when asked to)"
_PAGES = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "application/pdf": "pdf",
    "text/plain": "text",
    "text/markdown": "markdown",
}
_FEEDS = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/xml", "text/xml", "text/html"}
)
# Addresses that stand for others, behind which anything may be.
_TRANSLATED = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")))


def is_public(address: str) -> bool:
    """Whether an IP address is anybody's to connect to: not private, loopback, link-local, multicast, reserved, nor
    one that wraps another address (IPv4-mapped, 6to4, Teredo, NAT64)."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and (
        ip.ipv4_mapped or ip.is_site_local or any(ip in network for network in _TRANSLATED)
    ):
        return False
    refused = ip.is_private or ip.is_loopback or ip.is_link_local or ip.is_multicast or ip.is_reserved
    return ip.is_global and not refused and not ip.is_unspecified


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host. Raises OSError."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


@dataclass(frozen=True, slots=True)
class Web:
    """That web addresses may be fetched, and the ``feeds`` (RSS or Atom) whose articles are wanted.

    Entries of a feed whose address is in ``have`` are not fetched again. ``resolve`` and ``is_allowed`` decide where a
    name leads and which IP address may be connected to.
    """

    feeds: tuple[str, ...] = ()
    have: frozenset[str] = field(default=frozenset(), repr=False)
    resolve: Callable[[str, int], Sequence[str]] = resolve
    is_allowed: Callable[[str], bool] = is_public
    pause: float = 0.5  # seconds between two fetches
    seconds: float = _SECONDS


@dataclass(frozen=True, slots=True)
class Fetched:
    url: str
    kind: str  # the reader it is for: a key of ``rag.sources.formats.READERS``
    data: bytes = field(repr=False)


def is_url(text: str) -> bool:
    """Whether an input names something on the web, or by some other scheme; never a path."""
    return re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*://", text) is not None


def key_of(url: str) -> str:
    """What an article fetched from ``url`` is called: "coastpost.example/2019/ferry-aground"."""
    where, _, query = re.sub(r"^\w+://(?:www\.)?|#.*$", "", url).partition("?")
    name = re.sub(r"(?:/index)?(?:\.(?:x?html?|php|aspx?|pdf|txt))?/*$", "", where, flags=re.IGNORECASE)
    return f"{name}-{hashlib.sha256(query.encode()).hexdigest()[:8]}" if query else name


def fetch(url: str, web: Web, *, feed: bool = False) -> Fetched:
    """One page, or one ``feed``. Raises SourceError for what is refused, fails, is too long or of another kind."""
    import httpcore
    import httpx

    address = _checked(url)
    until = time.monotonic() + web.seconds
    headers: list[tuple[bytes | str, bytes | str]] = [
        ("Host", address.netloc.decode("ascii")),
        ("User-Agent", _AGENT),
        ("Accept", ", ".join(sorted(_FEEDS if feed else _PAGES))),
        ("Accept-Encoding", "gzip"),
    ]
    try:
        with httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False), network_backend=_backend(web, until)
        ) as pool:
            timeout = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), web.seconds)}
            with pool.stream("GET", str(address), headers=headers, extensions=timeout) as response:
                given = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
                kind = _kind(url, response.status, given, feed)
                data = _body(response.iter_stream(), given)
    except httpcore.TimeoutException:
        raise SourceError(f"It did not answer within {web.seconds:.0f} seconds.", "Try again later.") from None
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, OSError) as error:
        what = " ".join(str(error).split())[:200] or type(error).__name__
        raise SourceError(f"It could not be fetched: {what}.", "Check the address, and try again.") from None
    return Fetched(url, kind, data)


def _checked(url: str) -> Any:
    """The address as httpx reads it. Raises SourceError."""
    import httpx

    try:
        address = httpx.URL(url).copy_with(fragment=None)
    except (httpx.InvalidURL, ValueError, UnicodeError):
        raise SourceError("It is no web address.", "Check it for typing errors.") from None
    if address.scheme not in ("http", "https") or not address.host:
        raise SourceError("Only addresses that begin with http:// or https:// are fetched.", "")
    if address.userinfo:
        raise SourceError("It holds a user name or a password, and is not fetched for that.", "")
    return address


def _kind(url: str, status: int, headers: dict[str, str], feed: bool) -> str:
    if 300 <= status < 400:
        target = " ".join(headers.get("location", "nowhere").split())[:500]
        raise SourceError(f"It redirects to {target}, which is not followed.", "Ask for that address, if you want it.")
    if status != 200:
        raise SourceError(f"The server answered with HTTP {status}.", "")
    media = headers.get("content-type", "").partition(";")[0].strip().lower()
    if feed and media in _FEEDS:
        return "feed"
    if not feed and media in _PAGES:
        return _PAGES[media]
    if not feed and media in _FEEDS:
        raise SourceError("It is a feed, or some other XML.", "Take up a feed with --feed.")
    raise SourceError(f"It is no {'feed' if feed else 'page with text'} ({media[:80] or 'of unknown kind'}).", "")


def _body(blocks: Iterable[bytes], headers: dict[str, str]) -> bytes:
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "", "gzip", "x-gzip"):
        raise SourceError(f"It is packed in a way that was not asked for ({encoding[:40]}).", "")
    unpack = zlib.decompressobj(wbits=31) if "gzip" in encoding else None
    data = bytearray()
    try:
        for block in blocks:
            data += unpack.decompress(block, MAX_BYTES + 1 - len(data)) if unpack else block
            if len(data) > MAX_BYTES:
                raise SourceError(f"It is longer than {MAX_BYTES // 1_000_000} MB.", "")
    except zlib.error:
        raise SourceError("What the server sent is damaged.", "Try again.") from None
    return bytes(data)


def _backend(web: Web, until: float) -> Any:
    """How httpcore connects: only to allowed addresses, and with one time limit for all that is sent and read."""
    import httpcore

    def left() -> float:
        seconds = until - time.monotonic()
        if seconds <= 0:
            raise httpcore.ReadTimeout
        return seconds

    class Stream(httpcore.NetworkStream):
        def __init__(self, inner: httpcore.NetworkStream) -> None:
            self._inner = inner

        def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
            return self._inner.read(max_bytes, left())

        def write(self, buffer: bytes, timeout: float | None = None) -> None:
            self._inner.write(buffer, left())

        def start_tls(self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None) -> Any:
            return Stream(self._inner.start_tls(ssl_context, server_hostname, left()))

        def get_extra_info(self, info: str) -> Any:
            return self._inner.get_extra_info(info)

        def close(self) -> None:
            self._inner.close()

    class Backend(httpcore.NetworkBackend):
        def connect_tcp(
            self,
            host: str,
            port: int,
            timeout: float | None = None,
            local_address: str | None = None,
            socket_options: Any = None,
        ) -> httpcore.NetworkStream:
            found = list(dict.fromkeys(web.resolve(host, port)))
            allowed = [address for address in found if web.is_allowed(address)]
            if not allowed:
                where = f" ({found[0]})" if found else ""
                raise SourceError(f"{host} is not on the public internet{where}, and is not fetched for that.", "")
            stream = httpcore.SyncBackend().connect_tcp(allowed[0], port, left(), None, socket_options)
            if stream.get_extra_info("server_addr")[0] not in allowed:  # it has always been; this keeps it so
                stream.close()
                raise SourceError(f"{host} led somewhere else.", "")
            return Stream(stream)

    return Backend()
