"""Which addresses may be spoken to: public ones, and hosts that the user opened by name.

A name is judged by what it resolves to at the moment of connecting, so that neither a redirect nor
a name server that changes its answer leads into a private network.
"""

import ipaddress
import re
import socket
from dataclasses import dataclass
from typing import Final

import ada_url

from transforms.records import ItemError
from transforms.urls import MAX_URL

_CONTROL: Final = re.compile(r"[\x00-\x20\x7f]")
# IPv6 prefixes whose addresses carry an IPv4 address that is really spoken to: at which byte.
_CARRIERS: Final = (
    (ipaddress.ip_network("::ffff:0:0/96"), 12),  # mapped
    (ipaddress.ip_network("::/96"), 12),  # compatible, deprecated
    (ipaddress.ip_network("64:ff9b::/96"), 12),  # NAT64
    (ipaddress.ip_network("64:ff9b:1::/48"), 12),  # NAT64, local use
    (ipaddress.ip_network("2002::/16"), 2),  # 6to4
)


@dataclass(frozen=True, slots=True)
class Address:
    """An http(s) URL as WHATWG reads it, in parts that no other parser reads differently."""

    url: str  # without fragment
    secure: bool
    host: str  # lower case; decimal, octal and hex forms of IPv4 in dots; IPv6 without brackets
    port: int


def read_address(url: str, base: str | None = None) -> Address:
    """Return the address that a URL names; ItemError `bad_url` when it is none that we speak to.

    A user name is refused: it would end in rows, manifests and logs.
    """
    if len(url) > MAX_URL or _CONTROL.search(url.strip()):
        raise ItemError("bad_url", f"too long, or with blanks or control characters: {url[:80]!r}")
    try:
        parsed = ada_url.URL(url.strip(), base)
    except ValueError:
        raise ItemError("bad_url", f"not a URL: {url[:80]!r}") from None
    if parsed.protocol not in ("http:", "https:"):
        raise ItemError("bad_url", f"neither http nor https: {url[:80]!r}")
    if parsed.username or parsed.password:
        raise ItemError("bad_url", "a user name or password in the URL")
    parsed.hash = ""
    secure = parsed.protocol == "https:"
    port = int(parsed.port) if parsed.port else 443 if secure else 80
    return Address(parsed.href, secure, parsed.hostname.strip("[]"), port)


def host_name(host: str) -> str:
    """Return a host as `read_address` would spell it."""
    bare = host.strip().strip("[]")
    return read_address(f"http://[{bare}]/" if ":" in bare else f"http://{bare}/").host


def is_public(text: str) -> bool:
    """Tell whether an IP address belongs to the public Internet."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        for network, at in _CARRIERS:
            if address in network:
                return is_public(str(ipaddress.IPv4Address(address.packed[at : at + 4])))
    return address.is_global and not address.is_multicast


def resolve(
    host: str, port: int, opened: frozenset[str] | None
) -> list[tuple[int, tuple[object, ...]]]:
    """Return (family, socket address) of all addresses of a host, in the order to try them.

    If one of them is not public and the host is not among the `opened`, none is returned: ItemError
    `blocked_address`. None opens all hosts.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:  # UnicodeError: a label of more than 63 characters
        again = getattr(error, "errno", None) == socket.EAI_AGAIN
        raise ItemError("dns_failed", f"{host}: {error}", retryable=again) from error
    if opened is not None and host not in opened:
        for *_, address in found:
            if not is_public(str(address[0])):
                raise ItemError(
                    "blocked_address",
                    f"{host} is {address[0]}; --allow-private-hosts {host} would allow it",
                )
    return [(family, address) for family, _, _, _, address in found]
