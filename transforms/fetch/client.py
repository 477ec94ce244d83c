"""Fetch a URL: conditions, redirects, retries, limits."""

import random
import time
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from importlib.metadata import PackageNotFoundError, version
from typing import Final, Self

from urllib3 import BaseHTTPResponse, PoolManager, Timeout
from urllib3.exceptions import HTTPError, IncompleteRead, ProtocolError, SSLError

from transforms.fetch.addresses import Address, host_name, read_address, resolve
from transforms.fetch.body import ACCEPTED, unpack
from transforms.fetch.pace import Pace
from transforms.fetch.sockets import direct_pool, proxy_pool, set_deadline
from transforms.records import ItemError

MAX_BYTES: Final = 16 << 20  # of a body; the longest of 3,740 feeds has 2 MB, podcasts reach 10
MAX_HOPS: Final = 10
ATTEMPTS: Final = 3
BACKOFF: Final = 1.0  # seconds before the second attempt; doubled for the third
MAX_WAIT: Final = 10.0  # longest Retry-After that is waited for; later ones are for a later run
CHUNK: Final = 64 << 10
_PERMANENT: Final = (301, 308)
_REDIRECTS: Final = (301, 302, 303, 307, 308)
_FLAKY: Final = (408, 425, 429, 500, 502, 503, 504)
_FEED_TYPES: Final = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9,"
    " text/html;q=0.8, */*;q=0.7"
)


class FetchError(ItemError):
    """A URL could not be fetched. `retry_after` is the time before which it is not to be asked."""

    retry_after: datetime | None = None

    @classmethod
    def of(cls, error: ItemError, retry_after: datetime | None = None) -> Self:
        """Return an ItemError as a FetchError."""
        made = cls(error.reason, error.detail, retryable=error.retryable)
        made.retry_after = retry_after
        return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer of status 200 or 304. The body is unpacked; that of a 304 is empty."""

    url: str  # where the answer came from, after all redirects
    status: int
    fetched_at: datetime
    body: bytes = b""
    kind: str = ""  # media type, lower case
    charset: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    moved_to: str | None = None  # where permanent redirects alone lead, from the URL asked for
    complete: bool = True  # false: the server announced more than it sent


class Fetcher:
    """Fetches URLs; safe to share between threads.

    `opened` are hosts with private addresses that may be spoken to. `timeout` (seconds) is the
    total for a response, its redirects included. `contact` (a URL or mail address) is told to
    servers. Proxies are those of the environment, but for opened hosts.
    """

    def __init__(
        self,
        opened: Iterable[str] = (),
        *,
        timeout: float = 30.0,
        contact: str | None = None,
        backoff: float = BACKOFF,
        connections: int = 32,
    ) -> None:
        self._opened = frozenset(map(host_name, opened))
        self._timeout, self._backoff = timeout, backoff
        self._pace = Pace(self._opened)
        self._headers = {
            "User-Agent": user_agent(contact),
            "Accept": _FEED_TYPES,
            "Accept-Encoding": ACCEPTED,
        }
        self._pool: PoolManager = direct_pool(self._opened, connections)
        self._proxies = {
            scheme: proxy_pool(proxy, connections)
            for scheme, proxy in urllib.request.getproxies().items()
            if scheme in ("http", "https") and proxy
        }

    def fetch(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> Response:
        """Return the answer to a GET; anything but 200 and 304 raises FetchError.

        Time-outs, broken connections and flaky statuses are tried three times, with growing pauses.
        """
        headers = dict(self._headers)
        if etag and etag.isprintable():
            headers["If-None-Match"] = etag
        if last_modified and last_modified.isprintable():
            headers["If-Modified-Since"] = last_modified
        for attempt in range(1, ATTEMPTS + 1):
            try:
                response = self._follow(url, headers, max_bytes)
                if response.complete or attempt > 1:
                    return response
            except FetchError as error:
                wait = _wait(error, self._backoff * 2 ** (attempt - 1))
                if not error.retryable or attempt == ATTEMPTS or wait is None:
                    raise
                time.sleep(wait)
            except ItemError as error:
                raise FetchError.of(error) from error
        raise AssertionError("every attempt returns or raises")

    def _follow(self, url: str, headers: dict[str, str], max_bytes: int) -> Response:
        address, moved_to, only_permanent = read_address(url), None, True
        left = self._timeout  # the wait for a turn does not count
        for _ in range(MAX_HOPS):
            with self._pace.turn(address.host):
                began = time.monotonic()
                set_deadline(left)
                answer = self._get(address, headers, max_bytes)
                left -= time.monotonic() - began
            if isinstance(answer, Response):
                return _with_move(answer, moved_to)
            status, location = answer
            address = read_address(location, address.url)
            only_permanent = only_permanent and status in _PERMANENT
            moved_to = address.url if only_permanent else moved_to
        raise FetchError("too_many_redirects", f"more than {MAX_HOPS}")

    def _get(
        self, address: Address, headers: dict[str, str], max_bytes: int
    ) -> Response | tuple[int, str]:
        """Return one answer, or the status and target of a redirect."""
        try:
            response = self._pool_for(address).request(
                "GET",
                address.url,
                headers=headers,
                preload_content=False,
                decode_content=False,
                redirect=False,
                retries=False,
                timeout=Timeout(None),  # the sockets keep time themselves
            )
            try:
                return _read(address, response, max_bytes)
            finally:
                _let_go(response)
        except (HTTPError, HTTPException, OSError) as error:
            raise _failure(error) from error

    def _pool_for(self, address: Address) -> PoolManager:
        scheme = "https" if address.secure else "http"
        if scheme not in self._proxies or address.host in self._opened:
            return self._pool
        if urllib.request.proxy_bypass(f"{address.host}:{address.port}"):
            return self._pool
        resolve(address.host, address.port, self._opened)  # the proxy would not check
        return self._proxies[scheme]


def user_agent(contact: str | None) -> str:
    """Return what servers are told of who asks: `wirefold/0.1.0 (+mailto:desk@a.example)`."""
    try:
        name = f"wirefold/{version('wirefold')}"
    except PackageNotFoundError:  # run from a checkout
        name = "wirefold"
    if contact and not (contact.isascii() and contact.isprintable()):
        raise ValueError(f"the contact may hold printable ASCII only: {contact!r}")
    return f"{name} (+{contact})" if contact else name


def _read(
    address: Address, response: BaseHTTPResponse, max_bytes: int
) -> Response | tuple[int, str]:
    status, headers = response.status, response.headers
    location = headers.get("Location")
    if status in _REDIRECTS and location:
        return status, _as_utf8(location)
    if status not in (200, 304):
        error = ItemError(f"http_{status}", response.reason or "", retryable=status in _FLAKY)
        raise FetchError.of(error, _retry_after(headers.get("Retry-After")))
    kind, _, rest = headers.get("Content-Type", "").partition(";")
    wire, complete = (b"", True) if status == 304 else _receive(response, max_bytes)
    return Response(
        url=address.url,
        status=status,
        fetched_at=datetime.now(UTC),
        body=unpack(wire, headers.get("Content-Encoding", ""), max_bytes),
        kind=kind.strip().lower(),
        charset=_charset(rest),
        etag=headers.get("ETag"),
        last_modified=headers.get("Last-Modified"),
        complete=complete,
    )


def _as_utf8(location: str) -> str:
    """Return a header that http.client took for Latin-1 as UTF-8, if that is what it is."""
    try:
        return location.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return location


def _receive(response: BaseHTTPResponse, max_bytes: int) -> tuple[bytes, bool]:
    """Return the body as it came over the wire, and whether it is all that was announced."""
    parts, size = [], 0
    try:
        while part := response.read(CHUNK, decode_content=False):
            parts.append(part)
            size += len(part)
            if size > max_bytes:
                raise ItemError("too_large", f"more than {max_bytes} bytes")
    except (IncompleteRead, ProtocolError):
        if not size:
            raise
        return b"".join(parts), False
    return b"".join(parts), True


def _let_go(response: BaseHTTPResponse) -> None:
    """Keep the connection when its answer was read to the end, else close it."""
    if getattr(response, "length_remaining", None) == 0:
        response.release_conn()
    else:
        response.close()


def _with_move(response: Response, moved_to: str | None) -> Response:
    if moved_to is None:
        return response
    fields = {name: getattr(response, name) for name in Response.__slots__}
    return Response(**{**fields, "moved_to": moved_to})


def _failure(error: Exception) -> FetchError:
    """Say in a word what went wrong on the way. Details hold nothing that changes by chance."""
    cause: BaseException | None = error
    chain: list[BaseException] = []
    while cause is not None and len(chain) < 10:
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
    if any(isinstance(one, TimeoutError) for one in chain):
        return FetchError("timeout", "no complete answer in time", retryable=True)
    if any(isinstance(one, SSLError) for one in chain):
        return FetchError("tls_failed", str(chain[-1])[:200])
    names = ", ".join(dict.fromkeys(type(one).__name__ for one in reversed(chain)))
    return FetchError("connection_failed", names, retryable=True)


def _charset(parameters: str) -> str | None:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip("\"'") or None
    return None


def _retry_after(header: str | None) -> datetime | None:
    """Return the moment that a Retry-After names, at most a day ahead."""
    if not header:
        return None
    now = datetime.now(UTC)
    try:
        if header.strip().isdecimal():
            at = now + timedelta(seconds=min(int(header[:9]), 86_400))
        else:
            at = parsedate_to_datetime(header).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None
    return min(at, now + timedelta(days=1))


def _wait(error: FetchError, pause: float) -> float | None:
    """Return the seconds until the next attempt; None when the server wants a longer pause."""
    jitter = pause * random.uniform(0.5, 1.0)
    if error.retry_after is None:
        return jitter
    asked = (error.retry_after - datetime.now(UTC)).total_seconds()
    return max(asked, 0.0) + jitter if asked <= MAX_WAIT else None
