"""The feed and what is sent in, for asyncio."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import httpx

from holdfast_client.base import Inbound
from holdfast_client.calls import MOST_EVENTS, Feed, Page, Result, page_of, results_of, sending
from holdfast_client.client import PACE, options
from holdfast_client.signing import Signer
from holdfast_client.trying import Patience, Tries


class AsyncHoldfast:
    """The same for asyncio: `async with`, `async for page in holdfast.feed()`, `await send()`."""

    def __init__(
        self,
        door: str,
        key: str,
        *,
        secret: str | None = None,
        patience: Patience | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._client = httpx.AsyncClient(**options(door, key), transport=transport)
        self._patience = patience or Patience()
        self._signer = Signer(secret) if secret is not None else None

    async def feed(
        self,
        after: str | None = None,
        *,
        types: Iterable[str] = (),
        courses: Iterable[str] = (),
        since: datetime | None = None,
        limit: int = MOST_EVENTS,
        wait: int = 30,
        follow: bool = False,
    ) -> AsyncIterator[Page]:
        """As `Holdfast.feed`."""
        asked = Feed(tuple(types), tuple(courses), since, limit, wait if follow else 0)
        while True:
            began = time.monotonic()
            page = page_of(await self._answer(asked.request(self._client, after)))
            if page or page.rewound or follow:
                yield page
            if not page and not follow:
                return
            after = page.next
            if not page:
                await asyncio.sleep(max(0.0, began + PACE - time.monotonic()))

    async def send(self, lines: Iterable[Inbound | Mapping[str, Any]], key: str) -> list[Result]:
        """As `Holdfast.send`."""
        request, count = sending(self._client, lines, key)
        return results_of(await self._answer(request, self._signer), count)

    async def aclose(self) -> None:
        """Ends its connections."""
        await self._client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        why: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def _answer(self, request: httpx.Request, signer: Signer | None = None) -> httpx.Response:
        tries = Tries(self._patience)
        while True:
            if signer is not None:
                signer.sign(request)
            came: httpx.Response | httpx.RequestError
            try:
                came = await self._client.send(request)
            except httpx.RequestError as why:
                came = why
            pause = tries.pause(came)
            if pause is None and isinstance(came, httpx.Response):
                return came
            await asyncio.sleep(pause or 0.0)
