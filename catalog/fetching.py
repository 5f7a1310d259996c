"""Fetch a file from the internet without letting its address reach into the shop's own network.

Addresses in feeds are written by strangers. A name is resolved once, every address that it has must be public, and
the connection goes to the checked address. Each redirect is checked in the same way. One deadline covers names,
connections, redirects and the last byte, so that a server that sends a byte a minute holds nothing up.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

MAX_REDIRECTS = 5
MAX_URL = 2_000  # characters
CONNECT_SECONDS = 10
CHUNK = 2**16
REDIRECTS = {301, 302, 303, 307, 308}
TEMPORARY = {408, 425, 429, 500, 502, 503, 504}
NAT64 = ipaddress.ip_network("64:ff9b::/96")
MAX_WAIT = 24 * 60 * 60  # seconds that a server may ask for
USER_AGENT = "Semblance/1 (pictures and feeds of a shop)"

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], list[str]]


class FetchFailed(Exception):
    """The file was not fetched. The message is for people. Temporary failures are worth another try."""

    def __init__(self, reason: str, *, is_temporary: bool = False, retry_after: int = 0) -> None:
        super().__init__(reason)
        self.is_temporary = is_temporary
        self.retry_after = retry_after


@dataclass(frozen=True)
class Validators:
    """What a server said of a file, to ask later whether it has changed."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True)
class Answer:
    """A fetched file, or no data if it is unchanged."""

    data: bytes
    validators: Validators
    content_type: str = ""
    is_unchanged: bool = False


def resolve_name(host: str, port: int) -> list[str]:
    """Return all addresses of the host. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def fetch(url: str, max_bytes: int, known: Validators = Validators(), resolve: Resolve = resolve_name) -> Answer:
    """Fetch the file, unless the server says that it is as known. Raises FetchFailed."""
    deadline = time.monotonic() + settings.FETCH_SECONDS
    for _redirect in range(MAX_REDIRECTS + 1):
        found = _fetch_once(url, max_bytes, known, resolve, deadline)
        if isinstance(found, Answer):
            return found
        url = found
    raise FetchFailed(_("The address redirects more than %(most)d times.") % {"most": MAX_REDIRECTS})


def host_of(url: str) -> str:
    """Return the host of the address in lower case, or an empty string if it has none."""
    try:
        return (urlsplit(url).hostname or "")[:253]
    except ValueError:
        return ""


def check_url(url: str) -> SplitResult:
    """Return the parts of an address that may be fetched, before its name is resolved. Raises FetchFailed."""
    if len(url) > MAX_URL or not url.isprintable() or " " in url or "\\" in url:
        raise FetchFailed(_("The address is not valid."))
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    except ValueError as error:
        raise FetchFailed(_("The address is not valid.")) from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise FetchFailed(_("Only addresses that begin with http:// or https:// are fetched."))
    if parts.username or parts.password:
        raise FetchFailed(_("Addresses with a name and password are not fetched."))
    if port not in settings.FETCH_PORTS:
        raise FetchFailed(_("The port %(port)d is not allowed.") % {"port": port})
    return parts


def is_allowed(text: str) -> bool:
    """Return True if the address is public, or if the settings name its network."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if any(address in ipaddress.ip_network(network) for network in settings.FETCH_NETWORKS):
        return True
    return _is_public(address)


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _is_public(inner)
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _fetch_once(url: str, max_bytes: int, known: Validators, resolve: Resolve, deadline: float) -> Answer | str:
    """Return the answer, or the address that the server redirects to. Raises FetchFailed."""
    parts = check_url(url)
    try:
        with _connected(parts, resolve, deadline) as connection:
            connection.request("GET", _target(parts), headers=_headers(known))
            response = connection.getresponse()
            if response.status in REDIRECTS:
                return urljoin(url, response.headers.get("Location") or "invalid:")
            return _read(response, max_bytes, deadline, known)
    except FetchFailed:
        raise
    except ssl.SSLCertVerificationError as error:
        raise FetchFailed(_("The certificate of the server is not valid.")) from error
    except (OSError, http.client.HTTPException, UnicodeError, ValueError) as error:
        if time.monotonic() >= deadline:
            raise _too_slow() from error
        reason = str(getattr(error, "strerror", None) or error or type(error).__name__)
        raise FetchFailed(
            _("The server did not answer: %(reason)s.") % {"reason": reason[:200]}, is_temporary=True
        ) from error


@contextmanager
def _connected(parts: SplitResult, resolve: Resolve, deadline: float) -> Iterator[http.client.HTTPConnection]:
    """Yield a connection to a checked address of the host, which is shut down at the deadline."""
    host, is_secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if is_secure else 80)
    addresses = resolve(host.encode("idna").decode() if not host.isascii() else host, port)
    if not addresses or not all(map(is_allowed, addresses)):
        raise FetchFailed(_("The address leads into a private network, which is refused."))
    seconds = min(CONNECT_SECONDS, deadline - time.monotonic())
    if seconds <= 0:
        raise _too_slow()
    opened = socket.create_connection((addresses[0], port), timeout=seconds)
    twin = opened.dup()  # shuts down the connection, whatever TLS does with the socket
    timer = threading.Timer(max(0.0, deadline - time.monotonic()), _shut, [twin])
    timer.daemon = True
    timer.start()
    kind = http.client.HTTPSConnection if is_secure else http.client.HTTPConnection
    connection = kind(host, port)
    try:
        opened.settimeout(settings.FETCH_SECONDS)
        connection.sock = (
            ssl.create_default_context().wrap_socket(opened, server_hostname=host) if is_secure else opened
        )
        yield connection
    finally:
        timer.cancel()
        connection.close()
        opened.close()
        twin.close()


def _shut(twin: socket.socket) -> None:
    with suppress(OSError):  # already closed
        twin.shutdown(socket.SHUT_RDWR)


def _read(response: http.client.HTTPResponse, max_bytes: int, deadline: float, known: Validators) -> Answer:
    if response.status == 304 and known != Validators():
        return Answer(b"", known, is_unchanged=True)
    if response.status != 200:
        wait = response.headers.get("Retry-After", "")
        seconds = min(int(wait), MAX_WAIT) if wait.isascii() and wait.isdigit() and len(wait) < 9 else 0
        raise FetchFailed(
            _("The server answered with the status %(status)d.") % {"status": response.status},
            is_temporary=response.status in TEMPORARY,
            retry_after=seconds,
        )
    expected = response.length or 0
    if expected > max_bytes:
        raise _too_large(max_bytes)
    chunks, size = [], 0
    while chunk := response.read1(CHUNK):
        chunks.append(chunk)
        size += len(chunk)
        if size > max_bytes:
            raise _too_large(max_bytes)
        if time.monotonic() >= deadline:
            raise _too_slow()
    if time.monotonic() >= deadline:
        raise _too_slow()
    if size < expected:
        raise FetchFailed(_("The server ended the file too early."), is_temporary=True)
    headers = response.headers
    validators = Validators((headers.get("ETag") or "")[:200], (headers.get("Last-Modified") or "")[:100])
    return Answer(b"".join(chunks), validators, headers.get_content_type())


def _target(parts: SplitResult) -> str:
    safe = "/%:@!$&'()*+,;=~-._"
    path = quote(parts.path or "/", safe=safe)
    return f"{path}?{quote(parts.query, safe=safe + '?')}" if parts.query else path


def _headers(known: Validators) -> dict[str, str]:
    headers = {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close"}
    if known.etag.isascii() and known.etag.isprintable() and known.etag:
        headers["If-None-Match"] = known.etag
    if known.last_modified.isascii() and known.last_modified.isprintable() and known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    return headers


def _too_large(max_bytes: int) -> FetchFailed:
    return FetchFailed(_("The file is larger than %(limit)d MB.") % {"limit": max_bytes // 2**20})


def _too_slow() -> FetchFailed:
    return FetchFailed(
        _("The server took longer than %(seconds)d seconds.") % {"seconds": settings.FETCH_SECONDS}, is_temporary=True
    )
