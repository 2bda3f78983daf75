"""Requests to addresses that somebody outside gave us: to the public network, and nowhere else.

A partner names an endpoint; whoever controls its name can point it at our own machines, now or a
second later. So the name is looked up once, every address that it has must be public, and the very
address that was checked is connected to, under the name that was asked for (TLS checks it). No
redirect is followed, no proxy of the environment used, and an answer has an end in size and time.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

import httpcore
import httpx
from httpcore._backends.auto import AutoBackend

from shared.runtime.addresses import HERE, PORTS, Address, NotPublic, is_public, parsed
from shared.runtime.pools import Pools

_KEPT = 32  # connections of a pool without a request; those with one are as many as requests


@dataclass(frozen=True)
class Said:
    """What came back: its beginning, at most as much as was asked for. Names of headers are in
    lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


Lookup = Callable[[str, int], Awaitable[Sequence[str]]]


# Apart from other threads: a name server that does not answer keeps one for half a minute.
_LOOKING = ThreadPoolExecutor(64, "look-up")


async def look_up(host: str, port: int) -> Sequence[str]:
    """Every address of a name."""
    loop = asyncio.get_running_loop()
    asked = (host, port, socket.AF_UNSPEC, socket.SOCK_STREAM)
    found = await loop.run_in_executor(_LOOKING, socket.getaddrinfo, *asked)
    return [str(each[4][0]) for each in found]


class _Checked(httpcore.AsyncNetworkBackend):
    """Connects to an address of the name that was looked up and checked here, just now."""

    def __init__(self, look: Lookup, may: Callable[[Address], bool], here: bool) -> None:
        self._look, self._may, self._here = look, may, here
        self._inner = AutoBackend()

    async def checked(self, host: str, port: int) -> Address:
        """The address to connect to. Raises NotPublic, or OSError where the name is not known."""
        try:
            found = [ip_address(one.partition("%")[0]) for one in await self._look(host, port)]
        except UnicodeError as why:
            raise OSError("the name is not known") from why
        if self._here and host in HERE:
            return ip_address(host)
        if not found or not all(self._may(one) for one in found):
            raise NotPublic("Its name leads to no public address.")
        return found[0]

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            address = await self.checked(host, port)
        except OSError as why:
            raise httpcore.ConnectError("the name is not known") from why
        return await self._inner.connect_tcp(
            str(address), port, timeout, local_address, socket_options
        )

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise NotPublic("Sockets of this machine are not public.")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Outward:
    """The way out. `look` and `may` are for tests; `context` is whom TLS trusts. `here`: this
    machine may be named as well, by its number, for a sandbox that stands on a laptop.

    How many requests go out at once is for whoever asks to limit: one that waits for a connection
    would wait for whoever does not answer.
    """

    def __init__(
        self,
        *,
        look: Lookup = look_up,
        may: Callable[[Address], bool] = is_public,
        ports: frozenset[int] = PORTS,
        context: ssl.SSLContext | None = None,
        here: bool = False,
    ) -> None:
        self._ports, self._here = ports, here
        self._checked = _Checked(look, may, here)
        self._context = context or ssl.create_default_context()
        self._pools = Pools(self._client)

    def _client(self) -> httpx.AsyncClient:
        transport = httpx.AsyncHTTPTransport(
            verify=self._context,
            trust_env=False,
            retries=0,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=_KEPT),
        )
        transport._pool._network_backend = self._checked
        return httpx.AsyncClient(
            transport=transport,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(None),  # the whole of it has one, and httpx's own is shorter
        )

    async def aclose(self) -> None:
        await self._pools.aclose()

    async def check(self, url: str, seconds: float = 5) -> None:
        """Whether something could be sent there at this moment; nothing is.

        Raises NotPublic, also where the name is not known.
        """
        parts = parsed(url, self._ports, here=self._here)
        try:
            async with asyncio.timeout(seconds):
                await self._checked.checked(parts.hostname or "", parts.port or 443)
        except OSError as why:  # TimeoutError is one
            raise NotPublic("Its name is not known.") from why

    async def post(
        self,
        url: str,
        content: bytes,
        headers: Mapping[str, str],
        *,
        seconds: float = 15,
        most: int = 65_536,
        to: str = "",
    ) -> Said:
        """Send a body there. Of the answer at most `most` bytes are read, undecoded. `to` is whose
        address it is: who is named so shares connections with nobody else.

        Raises NotPublic, TimeoutError (`seconds` for all of it), and what httpx raises.
        """
        parsed(url, self._ports, here=self._here)
        async with asyncio.timeout(seconds), self._pools.of(to) as client:
            asked = client.build_request(
                "POST", url, content=content, headers={**headers, "Accept-Encoding": "identity"}
            )
            answer = await client.send(asked, stream=True)
            try:
                body = b""
                async for part in answer.aiter_raw():
                    body += part
                    if len(body) >= most:
                        break
                return Said(answer.status_code, body[:most], dict(answer.headers))
            finally:
                await answer.aclose()
