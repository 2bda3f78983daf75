"""Rows of the outbox that Kafka refuses for their own sake: each stops its shard for a while, and
the other shards go on."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import structlog
from asyncpg import Connection, Record

from shared.runtime import metrics
from shared.runtime.envelope import SHARDS

log = structlog.get_logger(__name__)
ATTEMPTS = 5  # of a row, before the relay says that it is stuck
_TRIED = "UPDATE outbox SET attempts = attempts + 1 WHERE id = $1 RETURNING attempts"


class Refusals:
    """Of one relay. `tick` gives its seconds."""

    def __init__(self, tick: Callable[[], float]) -> None:
        self._tick = tick
        self._held: dict[int, float] = {}  # shard → time (tick) until which it waits
        self._stuck: dict[int, str] = {}  # shard → what is wrong with its first row

    def held(self) -> list[int]:
        """The shards that wait, in order."""
        now = self._tick()
        self._held = {shard: until for shard, until in self._held.items() if until > now}
        return sorted(self._held)

    def read(self, own: Collection[int], held: Collection[int], rows: Collection[Record]) -> None:
        """These rows are all that stands in these shards, and those apart that go with them, but
        for the ones that were held: where there is none, it is gone."""
        here = {row["shard"] for row in rows}
        for shard in set(self._stuck) - here - set(held):
            if shard % SHARDS in own:
                del self._stuck[shard]

    def sent(self, row: Record) -> None:
        """It was acknowledged: its shard goes on."""
        self._stuck.pop(row["shard"], None)

    async def refused(self, con: Connection, row: Record, why: Any) -> None:
        """The first row of its shard that failed."""
        attempts = await con.fetchval(_TRIED, row["id"])
        log.error("relay.refused", topic=row["topic"], error=type(why).__name__, attempts=attempts)
        metrics.relay_failures.labels(type(why).__name__).inc()
        self._held[row["shard"]] = self._tick() + min(10.0, 0.2 * 2.0 ** min(attempts or 1, 10))
        if attempts is not None and attempts >= ATTEMPTS:
            self._stuck[row["shard"]] = (
                f"outbox row {row['id']} for {row['topic']} is refused by Kafka "
                f"({type(why).__name__}); the rows of its shard wait behind it"
            )

    def waiting(self) -> bool:
        """Whether a shard waits."""
        return any(until > self._tick() for until in self._held.values())

    def ills(self) -> list[str]:
        """Of each shard that is stuck, why."""
        return list(self._stuck.values())
