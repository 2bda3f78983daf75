"""Connections that are kept, apart by whom they lead to.

httpx looks through all connections of a pool for each request, and asks the socket of each idle one
whether it is still open: the more endpoints one pool leads to, dead ones among them, the more each
request costs all of them. A pool each makes that a handful of connections, and what one endpoint
leaves behind is nobody else's.
"""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic

import httpx

KEPT = 5.0  # seconds without a request, after which a pool is closed; httpx keeps one as long
MOST = 128  # pools without a request


class Pools:
    """One client for each name that is asked for, made by `make` and closed when it was idle for
    long, or too many are: each request looks at the idlest. `tick` gives its seconds."""

    def __init__(
        self, make: Callable[[], httpx.AsyncClient], tick: Callable[[], float] = monotonic
    ) -> None:
        self._make, self._tick = make, tick
        self._busy: dict[str, tuple[httpx.AsyncClient, int]] = {}  # and how many requests
        self._idle: OrderedDict[str, tuple[httpx.AsyncClient, float]] = OrderedDict()  # since when

    @asynccontextmanager
    async def of(self, name: str) -> AsyncIterator[httpx.AsyncClient]:
        """The client of that name, for one request."""
        client = self._begun(name)
        try:
            await self._close_idle()
            yield client
        finally:
            self._ended(name)

    def _begun(self, name: str) -> httpx.AsyncClient:
        if name in self._busy:
            client, requests = self._busy[name]
        else:
            client, requests = self._idle.pop(name, (None, 0.0))[0] or self._make(), 0
        self._busy[name] = client, requests + 1
        return client

    def _ended(self, name: str) -> None:
        client, requests = self._busy.pop(name)
        if requests > 1:
            self._busy[name] = client, requests - 1
        else:
            self._idle[name] = client, self._tick()

    async def _close_idle(self) -> None:
        before = self._tick() - KEPT
        while self._idle:
            name, (client, since) = next(iter(self._idle.items()))
            if since > before and len(self._idle) <= MOST:
                return
            del self._idle[name]
            with contextlib.suppress(httpx.HTTPError, OSError):  # it is gone in any case
                await client.aclose()

    async def aclose(self) -> None:
        """Close all, also those that are used."""
        clients = [client for client, _ in (*self._busy.values(), *self._idle.values())]
        self._idle.clear()
        for client in clients:
            await client.aclose()
