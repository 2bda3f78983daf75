"""Rows a second from a filled outbox to Kafka: the relay, and a bare producer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from time import perf_counter

import asyncpg
from aiokafka import AIOKafkaProducer

from bench import outbox
from shared.contracts.billing import InvoiceIssued
from shared.runtime.relay import ROWS, Relay

WARM = 0.2  # of the rows come first and are not measured
_READ = "SELECT id, topic, key, payload, headers FROM outbox ORDER BY id LIMIT $1"
_DELETE = "DELETE FROM outbox WHERE id = ANY($1::bigint[])"


class Meter:
    """Counts rows as they are deleted, and gives the rate of all but the first."""

    def __init__(self, total: int) -> None:
        self.total, self.gone = total, 0
        self.done = asyncio.Event()
        self._warm: tuple[int, float] | None = None
        self._end = 0.0

    def __call__(self, rows: int) -> None:
        """So many more are acknowledged and deleted."""
        self.gone += rows
        if self._warm is None and self.gone >= self.total * WARM:
            self._warm = (self.gone, perf_counter())
        if self.gone >= self.total and not self.done.is_set():
            self._end = perf_counter()
            self.done.set()

    @property
    def rate(self) -> float:
        assert self._warm is not None
        assert self._warm[0] < self.total, f"{self.total} rows are too few: a round is {ROWS}"
        return (self.total - self._warm[0]) / (self._end - self._warm[1])


Taking = Callable[[str, str, Meter], Awaitable[None]]


async def relay(url: str, bootstrap: str, meter: Meter) -> None:
    """The relay's own loop, as a worker runs it."""

    class Measured(Relay):
        async def step(self) -> int:
            sent = await super().step()
            meter(sent)
            return sent

    ours = Measured(url, bootstrap, "billing")
    running = asyncio.create_task(ours.run())
    try:
        await meter.done.wait()
    finally:
        running.cancel()
        await asyncio.wait([running])
        await ours.stop()


async def bare(url: str, bootstrap: str, meter: Meter) -> None:
    """The same rows in the same batches, by a producer of the same settings; it owns no shard,
    takes nothing back, and would send out of order beside another."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        enable_idempotence=True,
        linger_ms=2,
        max_batch_size=262_144,
        max_request_size=1_900_000,
    )
    con = await asyncpg.connect(url)
    await producer.start()
    try:
        while rows := await con.fetch(_READ, ROWS):
            sent = []
            for row in rows:
                said = json.loads(row["headers"])
                headers = [(name, value.encode()) for name, value in said.items()]
                value = row["payload"]
                sent.append(
                    await producer.send(row["topic"], value, key=row["key"], headers=headers)
                )
            await asyncio.gather(*sent)
            await con.execute(_DELETE, [row["id"] for row in rows])
            meter(len(rows))
    finally:
        await producer.stop()
        await con.close()


TAKING: dict[str, Taking] = {"relay": relay, "bare": bare}


async def rows_a_second(kind: str, url: str, bootstrap: str, count: int) -> float:
    """One run on a fresh database of billing and a topic of its own; what arrived is counted, and
    what is left."""
    async with outbox.topic(bootstrap, "relay") as name:
        said = outbox.entries(InvoiceIssued, "billing", name, count)
        await outbox.fill(url, said)
        meter = Meter(count)
        async with asyncio.timeout(600):
            await TAKING[kind](url, bootstrap, meter)
        outbox.require(await outbox.arrived(bootstrap, name), said)
    con = await asyncpg.connect(url)
    try:
        left = await con.fetchval("SELECT count(*) FROM outbox")
    finally:
        await con.close()
    assert left == 0, f"{left} rows are left"
    return meter.rate
