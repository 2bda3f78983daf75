"""Whether a host or an address is of this machine, by its form alone."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit


def host_is_here(host: str) -> bool:
    """Whether what is said to that host never leaves this machine, whatever a resolver says."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def is_here(url: str) -> bool:
    """Whether only this machine reaches that address; browsers take `*.localhost` for it, too."""
    host = urlsplit(url).hostname or ""
    return host.endswith(".localhost") or host_is_here(host)
