"""Which addresses that somebody outside gave us may be sent to: those of the public network.

A name can be pointed at our own machines by whoever controls it; so an address is judged by its
form here, and by the numbers that its name has just now where the connection is made
(`outward.py`).
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

import httpx

Address = IPv4Address | IPv6Address
PORTS = frozenset({443, 8443})
HERE = ("127.0.0.1", "::1")
LONGEST = 2_000  # characters of an address
_INSIDE = [  # what `is_global` calls public, or does in some versions, and leads inside
    ip_network(one)
    for one in (
        "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "64:ff9b::/96",
        "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
        "5f00::/16", "fec0::/10",
        "168.63.129.16/32",  # a public address at which Azure answers its own machines
    )
]  # fmt: skip


class NotPublic(Exception):
    """Nothing is sent there; the text says why, and names no address of ours."""


def is_public(address: Address) -> bool:
    """Whether it is a single machine of the public network."""
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        return is_public(mapped)
    inside = any(address.version == net.version and address in net for net in _INSIDE)
    return address.is_global and not (inside or address.is_multicast or address.is_reserved)


def parsed(url: str, ports: frozenset[int] = PORTS, *, here: bool = False) -> SplitResult:
    """The address in parts; with `here` it may be this machine by number, too, at any port and in
    plain. Raises NotPublic where its form alone forbids it."""
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or "\\" in url:
        raise NotPublic("It is not a plain address of at most 2000 characters.")
    try:
        parts = urlsplit(url)
        port = parts.port or 443
        host = parts.hostname or ""
    except ValueError as why:
        raise NotPublic("It cannot be read as an address.") from why
    if here and parts.scheme == "http" and host in HERE and parts.username is None:
        return parts
    if parts.scheme != "https" or not host or " " in url:
        raise NotPublic("It has to begin with https:// and a name.")
    if parts.username is not None or parts.password is not None:
        raise NotPublic("It must hold no name or password.")
    if port not in ports:
        raise NotPublic(f"Its port has to be one of {', '.join(map(str, sorted(ports)))}.")
    if _is_number(host) and not is_public(ip_address(host)):
        raise NotPublic("It leads to no public address.")
    if not _is_number(host) and ("." not in host or host.rpartition(".")[2].isdigit()):
        raise NotPublic("Its name is none of the public network.")
    if not _is_read_alike(url, host, port):
        raise NotPublic("Its name cannot be one.")
    return parts


def _is_read_alike(url: str, host: str, port: int) -> bool:
    """Whether the client that sends it there reads the same name and port in it; it does not take
    every `xn--` for a name, either (RFC 5891)."""
    try:
        read = httpx.URL(url)
        named = bool(read.host)  # it reads the name as words only when it is asked for them
    except (httpx.InvalidURL, UnicodeError):
        return False
    return named and (read.raw_host.decode(), read.port or 443) == (host, port)


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
