"""How long it takes after a fault, while the load goes on, until all is as if nothing had been.

Recovered: every process has said that it is ready; what stood in an outbox, or was overdue, when
it said so is done; and every group has heard what stood in its topics by then. What the load adds
meanwhile is not waited for.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import asyncpg
import httpx
from aiokafka.errors import KafkaError

from shared.contracts.services import SERVICES
from tests.chaos.ground import Ground, answer
from tests.chaos.groups import Groups

_EVERY = 0.5
_AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, KafkaError, httpx.HTTPError,
         TimeoutError)  # fmt: skip
_MARK = """
SELECT (SELECT max(id) FROM outbox) AS said,
  (SELECT array_agg(id) FROM due WHERE due_at <= $1) AS due
"""
_LEFT = """
SELECT (SELECT count(*) FROM outbox WHERE id <= $1)
  + (SELECT count(*) FROM due WHERE id = ANY ($2) AND due_at <= $3)
"""


class Recovery:
    """Watches from the end of one fault; `seconds` is None as long as it is not over, and `wanting`
    is what it then waits for."""

    def __init__(self, ground: Ground, name: str) -> None:
        self._ground, self.name = ground, name
        self._began = time.monotonic()
        self.seconds: float | None = None
        self.wanting: set[str] = set()

    async def watch(self) -> None:
        async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
            await self._until(self._ground.watched(), lambda name: self._ready(client, name))
            now = await self._patiently(lambda: self._clock(client))
        marks = {}
        for name in SERVICES:
            marks[name] = await self._patiently(lambda name=name: self._row(name, _MARK, now))

        async def done(name: str) -> bool:
            mark = marks[name]
            [left] = await self._row(name, _LEFT, mark["said"] or 0, mark["due"] or [], now)
            return not left

        await self._until(SERVICES, done)
        groups = Groups(self._ground)
        try:
            await self._patiently(groups.mark)
            await self._until(SERVICES, groups.heard)
        finally:
            await groups.close()
        self.seconds = round(time.monotonic() - self._began, 1)

    async def _until(self, names: Any, good: Callable[[str], Awaitable[bool]]) -> None:
        """Until each of them was good once."""
        self.wanting = set(names)
        while self.wanting:
            for name in sorted(self.wanting):
                try:
                    if await good(name):
                        self.wanting.discard(name)
                except _AWAY:
                    continue
            if self.wanting:
                await asyncio.sleep(_EVERY)

    async def _patiently(self, ask: Callable[[], Awaitable[Any]]) -> Any:
        while True:
            try:
                return await ask()
            except _AWAY:
                await asyncio.sleep(_EVERY)

    async def _ready(self, client: httpx.AsyncClient, name: str) -> bool:
        url = self._ground.watched().get(name, "")
        return await answer(client, f"{url}/health/ready") is not None

    async def _clock(self, client: httpx.AsyncClient) -> datetime:
        told = (await client.get(f"{self._ground.url('clock')}/")).raise_for_status().json()
        return datetime.fromisoformat(told["now"])

    async def _row(self, service: str, sql: str, *values: Any) -> Any:
        con = await asyncpg.connect(self._ground.database(service), timeout=10)
        try:
            return await con.fetchrow(sql, *values)
        finally:
            await con.close()
