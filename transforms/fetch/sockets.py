"""Connections for urllib3 that check where they lead and keep to a deadline.

urllib3's time-outs are per operation: a server that sends a byte now and then is never late. Here
each wait for bytes, in headers and body, gets at most what is left of the response's total.
"""

import socket
import ssl
import threading
import time
from functools import cache
from typing import Any, Final

from urllib3 import PoolManager, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from transforms.fetch.addresses import resolve

CONNECT_SECONDS: Final = 10.0  # a public server answers a handshake within 3, or not at all
READ_SECONDS: Final = 20.0  # the longest silence
_clock: Final = threading.local()


def set_deadline(seconds: float) -> None:
    """Give this thread so long for all that it does on its sockets."""
    _clock.deadline = time.monotonic() + seconds


def _left(limit: float) -> float:
    left = min(limit, _clock.deadline - time.monotonic())
    if left <= 0:
        raise TimeoutError("the total time is over")
    return float(left)


class _Socket(socket.socket):
    def recv_into(self, *args: Any) -> int:  # noqa: ANN401 # as its parent has it
        self.settimeout(_left(READ_SECONDS))
        return super().recv_into(*args)


class _SecureSocket(ssl.SSLSocket):
    def recv_into(self, *args: Any) -> int:  # noqa: ANN401 # as its parent has it
        self.settimeout(_left(READ_SECONDS))
        return super().recv_into(*args)


def _connect(host: str, port: int, opened: frozenset[str] | None) -> socket.socket:
    """Return a connection to the first address that answers."""
    failure: OSError = OSError("no address")
    for family, address in resolve(host, port, opened):
        connection = _Socket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(_left(CONNECT_SECONDS))
            connection.connect(address)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            connection.close()
            failure = error
        else:
            return connection
    raise failure


def _pools(opened: frozenset[str] | None) -> dict[str, type]:
    """Return urllib3's pool classes, with connections that resolve and check names themselves.

    None opens all.
    """

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return _connect(self._dns_host.strip("[]"), self.port or 80, opened)

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return _connect(self._dns_host.strip("[]"), self.port or 443, opened)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


@cache  # reading the machine's certificates takes 30 ms
def _context() -> ssl.SSLContext:
    context = ssl.create_default_context()  # verifies, with the certificates of the machine
    context.sslsocket_class = _SecureSocket
    return context


def direct_pool(opened: frozenset[str], size: int) -> PoolManager:
    """Return connections straight to servers, to public addresses and the hosts `opened`."""
    pool = PoolManager(num_pools=size, maxsize=size, ssl_context=_context())
    pool.pool_classes_by_scheme = _pools(opened)
    return pool


def proxy_pool(proxy: str, size: int) -> ProxyManager:
    """Return connections through a proxy, which is trusted: the user's machine names it."""
    pool = ProxyManager(proxy, num_pools=size, maxsize=size, ssl_context=_context())
    pool.pool_classes_by_scheme = _pools(None)
    return pool
