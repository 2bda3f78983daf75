"""Of what there is only so much of, a part for each: one domain that does not answer has all of its
own, and the others go on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Shares:
    """At most `most` of one name at once; whoever comes later waits, in order."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._of: dict[str, tuple[asyncio.Semaphore, int]] = {}  # and how many have it, or wait

    @asynccontextmanager
    async def one(self, name: str, patience: float) -> AsyncIterator[None]:
        """For as long as the block lasts. Raises TimeoutError where it would take too long."""
        share, users = self._of.get(name) or (asyncio.Semaphore(self._most), 0)
        self._of[name] = share, users + 1
        try:
            async with asyncio.timeout(patience):
                await share.acquire()
            try:
                yield
            finally:
                share.release()
        finally:
            share, users = self._of.pop(name)
            if users > 1:
                self._of[name] = share, users - 1
