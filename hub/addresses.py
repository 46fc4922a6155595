"""Where a page or the API may send the hub: to hosts of the open internet, not to its own machine or network.

What a person with the file hub.toml in hand may write there is another matter; nothing here looks at that.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from hub.errors import Refusal

Address = IPv4Address | IPv6Address
Resolver = Callable[[str], list[str]]
"""All addresses of a host, as texts. Raises OSError when there are none to be had."""
VISIBLE = re.compile(r"[!-~]+")
HOST = re.compile(r"[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?)*")
NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
NAT64 = IPv6Network("64:ff9b::/96")
"""Carries an IPv4 address in its last 32 bits (RFC 6052)."""
ALLOW = "allow_private_addresses = true at the top of hub.toml allows it, for sandboxes and servers inside"


def system_resolver(host: str) -> list[str]:
    """What the machine says."""
    return sorted({str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)})


def check_address(url: str, resolve: Resolver, *, place: str, private: bool = False) -> None:
    """Raises Refusal unless every address behind this URL is one of the open internet, or, with `private`, any.

    The host is looked up now. What it is looked up as later, when the hub connects, is not checked again.
    """
    try:
        host = _host(_parts(url))
        if not private:
            for address in _addresses(host, resolve):
                _check(host, address)
    except ValueError as problem:
        hint = ALLOW if isinstance(problem, _Inside) else "write the address as https://host or https://host:port"
        raise Refusal(str(problem), place=place, hint=hint) from None


class _Inside(ValueError):
    """The address is well-formed, and leads where nobody but the file's owner may send the hub."""


def _parts(url: str) -> SplitResult:
    if not VISIBLE.fullmatch(url) or "\\" in url:
        raise ValueError("an address has no spaces, backslashes or letters beyond ASCII")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        raise ValueError("an address starts with https:// or http://")
    if "@" in parts.netloc:
        raise ValueError("an address holds no name or password")
    if parts.query or parts.fragment:
        raise ValueError("an address ends before ? and #")
    if parts.port == 0:  # raises ValueError itself when it is no number
        raise ValueError("no server has port 0")
    return parts


def _host(parts: SplitResult) -> str:
    """The host in lower case. A number that is spelt unlike an address is no host: who reads it sees something else."""
    host = (parts.hostname or "").removesuffix(".")
    if _literal(host) is not None:
        return host
    if not HOST.fullmatch(host):
        raise ValueError("this is not the name of a host")
    if NUMBER.fullmatch(host.rpartition(".")[2]):
        raise ValueError("an address of numbers has four decimal ones, without leading zeros")
    return host


def _literal(host: str) -> Address | None:
    """The address that a host is; one with a zone (`%eth0`) is none, since zones are of one machine."""
    try:
        return None if "%" in host else ip_address(host)
    except ValueError:
        return None


def _addresses(host: str, resolve: Resolver) -> list[Address]:
    literal = _literal(host)
    if literal is not None:
        return [literal]
    try:
        found = resolve(host)
    except (OSError, UnicodeError):
        found = []
    if not found:
        raise ValueError(f"the host {host} is not known")
    return [ip_address(one.partition("%")[0]) for one in found]


def _check(host: str, address: Address) -> None:
    via = "" if _literal(host) == address else f", and {host} leads there"
    for one in (address, *_carried(address)):
        old_local = isinstance(one, IPv6Address) and one.is_site_local
        if not one.is_global or one.is_multicast or old_local:
            raise _Inside(f"{address} is not an address of the open internet{via}")


def _carried(address: Address) -> Iterator[Address]:
    """IPv4 addresses that an IPv6 one stands for: mapped, by 6to4, Teredo or NAT64, or in the old compatible form."""
    if not isinstance(address, IPv6Address):
        return
    known = (address.ipv4_mapped, address.sixtofour, *(address.teredo or ()))
    yield from (one for one in known if one is not None)
    if address in NAT64 or int(address) >> 32 == 0:
        yield IPv4Address(int(address) & 0xFFFFFFFF)
