"""The relay: takes the outbox rows of the shards it owns to Kafka, in order, and deletes them.

A shard has one owner: who holds its advisory lock. Rows are read in order of position (never
"after the last one": positions are given before the commit), sent without waiting for each, and
deleted after the acknowledgement. A crash between the two sends again; the inbox drops it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from base64 import b64decode
from collections.abc import Callable
from itertools import takewhile
from time import monotonic
from typing import Any

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from shared.runtime import metrics
from shared.runtime.database import plain_url, prepare
from shared.runtime.envelope import SHARDS
from shared.runtime.failures import backoff

log = structlog.get_logger(__name__)
ROWS = 1000
SHARD_LOCK = 0x0F10_0001  # class of the advisory locks of shards
RELAY_LOCK = 0x0F10_0002  # class of those by which relays count one another
RELAYS = 64
ATTEMPTS = 5  # of a row that Kafka refuses for its own sake, before the relay says it is stuck

_READ = """
SELECT id, topic, key, payload, headers FROM outbox WHERE shard = ANY($1::smallint[])
ORDER BY id LIMIT $2
"""
_OTHERS = """
SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
WHERE l.locktype = 'advisory' AND l.classid = $1 AND d.datname = current_database() AND l.granted
"""


class Relay:
    """One relay process; several share the shards out among themselves."""

    def __init__(self, url: str, bootstrap: str, service: str) -> None:
        self._url = url
        self._bootstrap = bootstrap
        self._service = service
        self._con: asyncpg.Connection | None = None
        self._producer: AIOKafkaProducer | None = None
        self._place: int | None = None
        self._shared_out = 0.0
        self._success = monotonic()
        self.shards: set[int] = set()
        self.stuck: str | None = None
        self.busy = False
        self.wake = asyncio.Event()
        self.after_send: Callable[[], Any] = lambda: None  # a fail-point for tests

    async def run(self) -> None:
        """For ever: send what is there; wait a little longer each time there is nothing."""
        pauses, idle = backoff(0.1, 5.0), 0.005
        while True:
            try:
                sent = await self.step()
            except (
                OSError,
                TimeoutError,
                KafkaError,
                asyncpg.PostgresError,
                asyncpg.InterfaceError,
            ) as why:
                metrics.relay_failures.labels(type(why).__name__).inc()
                log.warning("relay.waits", error=type(why).__name__)
                if isinstance(why, OSError | asyncpg.PostgresError | asyncpg.InterfaceError):
                    await self._lose_connection()
                await asyncio.sleep(next(pauses))
                continue
            pauses = backoff(0.1, 5.0)
            self._success = monotonic()
            idle = 0.005 if sent else min(idle * 2, 0.2)
            if sent < ROWS:
                self.wake.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.wake.wait(), idle)

    async def step(self) -> int:
        """One round: own shards, read, send, delete. Gives how many rows were acknowledged."""
        self.busy = True
        try:
            con = await self._connection()
            if monotonic() - self._shared_out > 1.0:
                await self._share_out(con)
                self._shared_out = monotonic()
            rows = await con.fetch(_READ, sorted(self.shards), ROWS) if self.shards else []
            return await self._send(con, rows) if rows else 0
        finally:
            self.busy = False

    async def _send(self, con: asyncpg.Connection, rows: list[asyncpg.Record]) -> int:
        producer = await self._live_producer()
        async with asyncio.timeout(20):
            sent = [
                await producer.send(
                    row["topic"], row["payload"], key=row["key"], headers=_headers(row["headers"])
                )
                for row in rows
            ]
        results = await self._acknowledged(sent)
        done = list(
            takewhile(
                lambda pair: not isinstance(pair[1], BaseException), zip(rows, results, strict=True)
            )
        )
        self.after_send()
        if done:
            ids = [row["id"] for row, _ in done]
            await con.execute("DELETE FROM outbox WHERE id = ANY($1::bigint[])", ids)
            metrics.relay_sent.inc(len(ids))
        if len(done) < len(rows):
            await self._refused(con, rows[len(done)], results[len(done)])
        else:
            self.stuck = None
        return len(done)

    async def _acknowledged(self, sent: list[Any]) -> list[Any]:
        """Wait for the same futures, however long the outage: an idempotent producer recovers by
        itself, and a new one would send duplicates (kafka-facts.md §6)."""
        waiting = asyncio.gather(*sent, return_exceptions=True)
        while True:
            try:
                return await asyncio.wait_for(asyncio.shield(waiting), 20)
            except TimeoutError:
                self.stuck = "Kafka has not acknowledged for 20 seconds or more"
                log.warning("relay.unacknowledged", rows=len(sent))
                if self._con is None or self._con.is_closed():
                    raise  # others own the shards by now
                await self._con.fetchval("SELECT 1")  # keep the session, and with it the shards

    async def _refused(self, con: asyncpg.Connection, row: asyncpg.Record, why: Any) -> None:
        """The first row that failed stops its round; the producer may be poisoned: a new one."""
        await self._drop_producer()
        attempts = await con.fetchval(
            "UPDATE outbox SET attempts = attempts + 1 WHERE id = $1 RETURNING attempts", row["id"]
        )
        log.error("relay.refused", topic=row["topic"], error=type(why).__name__, attempts=attempts)
        if attempts is not None and attempts >= ATTEMPTS:
            self.stuck = (
                f"outbox row {row['id']} for {row['topic']} is refused by Kafka "
                f"({type(why).__name__}); rows behind it wait"
            )
        raise KafkaError(f"refused: {type(why).__name__}")

    async def _share_out(self, con: asyncpg.Connection) -> None:
        """Take a fair share of the shards: relays count one another by advisory locks."""
        if self._place is None:
            for place in range(RELAYS):
                if await con.fetchval("SELECT pg_try_advisory_lock($1, $2)", RELAY_LOCK, place):
                    self._place = place
                    break
        relays = max(1, await con.fetchval(_OTHERS, RELAY_LOCK))
        share = -(-SHARDS // relays)
        while len(self.shards) > share:
            shard = self.shards.pop()
            await con.fetchval("SELECT pg_advisory_unlock($1, $2)", SHARD_LOCK, shard)
        for shard in range(SHARDS):
            if len(self.shards) >= share:
                break
            if shard not in self.shards and await con.fetchval(
                "SELECT pg_try_advisory_lock($1, $2)", SHARD_LOCK, shard
            ):
                self.shards.add(shard)

    async def _connection(self) -> asyncpg.Connection:
        if self._con is None or self._con.is_closed():
            await self._lose_connection()
            self._con = await asyncpg.connect(
                plain_url(self._url),
                timeout=10,
                command_timeout=30,
                # A relay that is stopped for long loses its session, and with it its shards.
                server_settings={
                    "application_name": f"holdfast-{self._service}-relay",
                    "idle_session_timeout": "30000",
                    "timezone": "UTC",
                },
            )
            await prepare(self._con)
        return self._con

    async def _lose_connection(self) -> None:
        con, self._con = self._con, None
        self.shards, self._place, self._shared_out = set(), None, 0.0
        if con is not None and not con.is_closed():
            con.terminate()

    async def _live_producer(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap.split(","),
                client_id=f"{self._service}-relay",
                acks="all",
                enable_idempotence=True,
                linger_ms=2,
                max_batch_size=262_144,
                max_request_size=1_900_000,
                request_timeout_ms=15_000,
            )
            await producer.start()
            self._producer = producer
        return self._producer

    async def _drop_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            with contextlib.suppress(TimeoutError, KafkaError):
                await asyncio.wait_for(producer.stop(), 5)

    async def stop(self) -> None:
        """Give the shards back and close; bounded, for a producer's stop can hang."""
        await self._drop_producer()
        await self._lose_connection()

    def ills(self) -> list[str]:
        """Why this relay is not well, in words."""
        quiet = monotonic() - self._success
        metrics.outbox_oldest_seconds.set(quiet if quiet > 1 else 0)
        found = [self.stuck] if self.stuck else []
        if quiet > 30:
            found.append(f"the relay has not come through for {quiet:.0f} seconds")
        return found


def _headers(stored: Any) -> list[tuple[str, bytes | None]]:
    values = json.loads(stored) if isinstance(stored, str) else stored
    return [(name, None if value is None else b64decode(value)) for name, value in values]
