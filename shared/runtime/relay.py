"""The relay: takes the outbox rows of the shards it owns to Kafka, in order, and deletes them.

A shard has one owner: who holds its advisory lock. Shards of single topics (`Entry.apart`) go with
that which they are modulo SHARDS, and are read behind the others. Rows are read in order of
position (never "after the last one": positions are given before the commit), sent without waiting
for each, and deleted after the acknowledgement. A crash between the two sends again; the inbox
drops it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Any

import asyncpg
import structlog
from aiokafka.errors import KafkaConnectionError

from shared.runtime import metrics, traced
from shared.runtime import sent as sent_
from shared.runtime.database import plain_url, prepare
from shared.runtime.envelope import SHARDS
from shared.runtime.failpoint import failpoint
from shared.runtime.failures import backoff, is_infrastructure
from shared.runtime.looking import Looking
from shared.runtime.producing import KafkaProducer, Producer
from shared.runtime.refusals import Refusals
from shared.runtime.relay_statements import DELETE, OTHERS, READ

log = structlog.get_logger(__name__)
ROWS = 1000
BYTES = 32_000_000  # of values that are read at once, and one more
SHARD_LOCK = 0x0F10_0001  # class of the advisory locks of shards
RELAY_LOCK = 0x0F10_0002  # class of those by which relays count one another
RELAYS = 64
PING = 10.0  # seconds between signs of life while Kafka does not acknowledge


class Relay:
    """One relay process; several share the shards out among themselves."""

    def __init__(
        self,
        url: str,
        bootstrap: str,
        service: str,
        producer: Producer | None = None,
        tick: Callable[[], float] = monotonic,
    ) -> None:
        self._url = url
        self._tick = tick
        self._service = service
        self._con: asyncpg.Connection | None = None
        self._producer = producer or KafkaProducer(bootstrap, f"{service}-relay")
        self._place: int | None = None
        self._shared_out = 0.0
        self._success = tick()
        self._looking = Looking(tick)
        self.shards: set[int] = set()
        self._turn = asyncio.Lock()
        self.refusals = Refusals(tick)
        self._unacknowledged = False
        self._lost = asyncio.Event()  # the session that holds our shards has ended
        self.wake = asyncio.Event()

    async def run(self) -> None:
        """For ever: send what is there; wait a little longer each time there is nothing."""
        pauses, woken = backoff(0.1, 5.0), False
        while True:
            self.wake.clear()  # before the look: what is committed during it wakes the next
            try:
                sent = await self.step()
            except Exception as why:  # whatever it is: a relay that ended would be silence
                metrics.relay_failures.labels(type(why).__name__).inc()
                log.warning("relay.waits", error=type(why).__name__)
                await asyncio.sleep(next(pauses))
                continue
            pauses = backoff(0.1, 5.0)
            self._success = self._tick()
            pause = self._looking.after(found=sent > 0, woken=woken)
            if sent < ROWS:
                with contextlib.suppress(
                    TimeoutError
                ):  # no wait_for: it can swallow a cancellation
                    async with asyncio.timeout(pause):
                        await self.wake.wait()
                woken = self.wake.is_set()

    async def step(self) -> int:
        """One round: own shards, read, send, delete. Gives how many rows were acknowledged."""
        async with self._turn:  # the loop, and whoever empties the outbox at the end
            try:
                return await self._round()
            except Exception as why:
                if is_infrastructure(why):  # a session that the server has ended, too
                    await self._lose_connection()
                raise

    async def _round(self) -> int:
        con = await self._connection()
        now = self._tick()
        if now - self._shared_out > 1.0:
            await self._share_out(con)
            self._shared_out = now
        own, held = sorted(self.shards), self.refusals.held()
        rows = await con.fetch(READ, own, held, ROWS, BYTES) if own else []
        self.refusals.read(own, held, rows)
        if not rows:
            return 0
        failpoint("relay.read")
        return await self._send(con, rows)

    async def _send(self, con: asyncpg.Connection, rows: list[asyncpg.Record]) -> int:
        began = traced.sending()
        sent, refusal = await self._producer.hand_over(rows)
        results = await self._acknowledged(con, sent)
        if any(isinstance(result, BaseException) for result in results):
            await self._producer.drop()  # it may be poisoned
        if refusal is not None:
            results.append(refusal)
        traced.sent(rows, results, began)
        # What was acknowledged behind a failure of its shard is sent again, in its order.
        failed: dict[int, tuple[asyncpg.Record, Any]] = {}
        done: list[asyncpg.Record] = []
        for row, result in zip(rows, results, strict=False):
            if row["shard"] in failed:
                continue
            if isinstance(result, BaseException):
                failed[row["shard"]] = row, result
            else:
                done.append(row)
        failpoint("relay.sent")
        if done:
            ids = [row["id"] for row in done]
            await con.execute(DELETE, ids)
            failpoint("relay.deleted")
            sent_.count(done)
            for row in done:
                self.refusals.sent(row)
        for row, result in failed.values():
            await self.refusals.refused(con, row, result)
        return len(done)

    async def _acknowledged(self, con: asyncpg.Connection, sent: list[Any]) -> list[Any]:
        """Wait for the same futures, however long the outage, while the shards are ours."""
        if not sent:
            return []
        waiting = asyncio.gather(*sent, return_exceptions=True)
        lost = asyncio.create_task(self._lost.wait())
        try:
            while waiting not in await _first([waiting, lost], PING):
                self._unacknowledged |= not lost.done()
                log.warning("relay.unacknowledged", rows=len(sent), lost=lost.done())
                if self._producer.ended():
                    await self._producer.drop(flush=False)
                    raise KafkaConnectionError
                try:  # keeps the session, and with it the shards
                    await con.fetchval("SELECT 1", timeout=5)
                except Exception:
                    await self._producer.drop(flush=False)  # others own the shards by now
                    raise
        finally:
            lost.cancel()
        self._unacknowledged = False
        return list(waiting.result())

    async def _share_out(self, con: asyncpg.Connection) -> None:
        """Take a fair share of the shards: relays count one another by advisory locks."""
        if self._place is None:
            for place in range(RELAYS):
                if await con.fetchval("SELECT pg_try_advisory_lock($1, $2)", RELAY_LOCK, place):
                    self._place = place
                    break
        relays = max(1, await con.fetchval(OTHERS, RELAY_LOCK))
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
                    "statement_timeout": "30000",
                    "lock_timeout": "10000",
                    # Of what was sent no crash of Postgres can lose more than that it is deleted:
                    # then it is sent again, in its order, as after a crash of the relay.
                    "synchronous_commit": "off",
                    "timezone": "UTC",
                },
            )
            # At once: a new owner says newer rows within a second, and on a compacted topic the
            # last word counts.
            lost = self._lost = asyncio.Event()
            self._con.add_termination_listener(lambda _con: lost.set())
            await prepare(self._con)
        return self._con

    async def _lose_connection(self) -> None:
        con, self._con = self._con, None
        self.shards, self._place, self._shared_out = set(), None, 0.0
        if con is not None and not con.is_closed():
            con.terminate()

    async def stop(self) -> None:
        """Give the shards back and close; bounded, for a producer's stop can hang."""
        await self._producer.drop()
        await self._lose_connection()

    def ills(self) -> list[str]:
        """Why this relay is not well, in words."""
        quiet = self._tick() - self._success
        metrics.relay_quiet.set(quiet if quiet > 1 else 0)
        found = self.refusals.ills()
        if self._unacknowledged:
            found.append(f"Kafka has not acknowledged for {PING:.0f} seconds or more")
        if quiet > 30:
            found.append(f"the relay has not come through for {quiet:.0f} seconds")
        return found


async def _first(some: Iterable[asyncio.Future[Any]], seconds: float) -> set[asyncio.Future[Any]]:
    """Those that are done, as soon as one is; none after so long."""
    done, _ = await asyncio.wait(some, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    return done
